//! Initial sequence numbers. Read first: RFC 9293 3.4.1, RFC 6528 3.

use super::common::PEER;
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![passive_differ(), active_differ(), clock(), not_the_clock_alone()]
}

/// The listener's port.
const PORT: u16 = 80;

/// The tester sends a SYN from this port and notes the number that answers it.
fn probe(s: &mut Scene, port: u16, name: &str) {
    s.inject(s.ip().tcp(port, PORT).flags("S").seq(1_000));
    s.expect(s.ip().tcp(PORT, port).syn_ack().ack_number(1_001).set(FieldId::TcpSeqAbsolute, bind(name)));
    s.inject(s.ip().tcp(port, PORT).flags("R").seq(1_001)).why("the tester does not want it");
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("isn-{number}")).collect()
}

fn passive_differ() -> Case {
    case("tcp.isn.passive-opens-differ")
        .title("Each connection to a listener starts with another sequence number")
        .required(&["RFC9293-MUST-8", "RFC6528-3-1"])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            s.setup_done();
            for (number, name) in names(5).iter().enumerate() {
                probe(s, PEER + number as u16, name);
            }
            s.check(Check::VarsDiffer(names(5))).why("five connections, five numbers");
        })
}

fn active_differ() -> Case {
    case("tcp.isn.active-opens-differ")
        .title("Each connect starts with another sequence number")
        .required(&["RFC9293-MUST-8", "RFC6528-3-1"])
        .both_families()
        .build(|s| {
            s.setup_done();
            for (number, name) in names(4).iter().enumerate() {
                let socket = format!("c{number}");
                let peer = std::net::SocketAddr::new(s.tester(), PEER + number as u16);
                s.socket(&socket, SocketKind::Tcp);
                s.call(&socket, Verb::Connect(peer), Expected::Begun);
                let syn = s.ip().src(s.target()).tcp(any(), peer.port()).syn();
                s.expect(syn.set(FieldId::TcpSeqAbsolute, bind(name)));
            }
            s.check(Check::VarsDiffer(names(4))).why("four connections, four numbers");
        })
}

fn clock() -> Case {
    case("tcp.isn.grows-with-time")
        .title("For the same two sockets the initial sequence number grows with time, as a clock of about 4 microseconds makes it")
        .required(&["RFC9293-MUST-8"])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            s.setup_done();
            for name in names(6) {
                probe(s, PEER, &name);
                s.advance(ms(250));
            }
            s.check(Check::Increasing { vars: names(6), bits: 32 }).why("a number sequence that increases until it wraps");
        })
}

fn not_the_clock_alone() -> Case {
    case("tcp.isn.function-of-the-connection")
        .title("The number depends on the connection's addresses and ports: at one time two connections differ by more than the clock")
        .should()
        .required(&["RFC9293-SHLD-1", "RFC6528-3-1"])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            s.setup_done();
            for (number, name) in names(6).iter().enumerate() {
                probe(s, PEER + number as u16, name);
            }
            // Between two probes of virtual time the clock hardly moves; by chance two numbers are that close once
            // in 2^17.
            let apart = Check::Apart { vars: names(6), least: 1 << 14, bits: 32 };
            s.check(apart).why("one number does not tell the next connection's");
        })
}
