//! Connections that wait for the application. Read first: RFC 9293 3.9.1.1; RFC 4987 for why queues are bounded.
//!
//! How many may wait is left to the stack; what becomes of those that wait, and that the listener recovers, is not.

use super::common::{acks, data_flows, listener_works};
use crate::suite::prelude::*;

/// The port of the listener.
const PORT: u16 = 80;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        in_order(),
        data_waits(),
        fin_waits(),
        reset_while_waiting(),
        full_then_served(),
        full_is_silent(),
        many_syns(),
    ]
}

fn in_order() -> Case {
    case("tcp.backlog.accepted-in-order")
        .title("Connections that wait are accepted in the order in which they were established, each with its own data")
        .required(&["RFC9293-MUST-42"])
        .needs(&[Capability::TcpBacklog])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            s.setup_done();
            let flows = ["a", "b", "c", "d"];
            for flow in flows {
                s.flow(flow, PORT);
                s.handshake(flow);
            }
            for flow in flows {
                s.accept("l", flow);
                data_flows(s, flow);
            }
            s.call("l", Verb::Accept("none".to_owned()), Expected::Pending).why("four connections, not five");
        })
}

fn data_waits() -> Case {
    case("tcp.backlog.data-before-accept")
        .title("Data that comes before the application accepts is acknowledged and waits for it")
        .required(&["RFC9293-WP-13"])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            s.handshake("c");
            s.setup_done();
            s.inject(s.tcp("c").ack().payload("early "));
            s.expect(acks(s, "c").ack_number(7));
            s.inject(s.tcp("c").ack().payload("bird"));
            s.expect(acks(s, "c").ack_number(11));
            s.accept("l", "c");
            s.expect_bytes("c", "early bird");
            data_flows(s, "c");
        })
}

fn fin_waits() -> Case {
    case("tcp.backlog.fin-before-accept")
        .title("A connection whose peer has sent all and closed can still be accepted, read to its end and answered")
        .required(&["RFC9293-WP-6", "RFC9293-WP-10"])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            s.handshake("c");
            s.setup_done();
            s.inject(s.tcp("c").fin().payload("request"));
            s.expect(acks(s, "c").ack_number(9));
            s.accept("l", "c");
            s.expect_bytes("c", "request");
            s.expect_eof("c");
            s.send("c", "reply");
            s.expect(s.tcp("c").ack().seq(1).ack_number(9).payload("reply"));
        })
}

fn reset_while_waiting() -> Case {
    case("tcp.backlog.reset-before-accept")
        .title("A connection that is reset before it is accepted does not stop the listener")
        .required(&["RFC9293-MUST-42", "RFC5961-3.2-2"])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            s.handshake("c");
            s.setup_done();
            s.inject(s.tcp("c").rst());
            s.silence(s.tcp("c"));
            // Some stacks hand it out with its error, some do not: POSIX allows both.
            s.call("l", Verb::Accept("dead".to_owned()), Expected::Any);
            listener_works(s, "l", PORT);
        })
}

/// More handshakes than a backlog of one has room for: those that are answered are completed.
fn fill(s: &mut Scene) {
    s.listen_with("l", PORT, 1).why("a short queue");
    s.flow("first", PORT);
    s.handshake("first");
    for flow in ["x", "y", "z"] {
        s.flow(flow, PORT);
        s.inject(s.tcp(flow).syn()).after(ms(20));
        s.advance(ms(20));
        s.forget();
        s.inject(s.tcp(flow).ack()).why("if the SYN was not answered, this is an ACK for a listener");
    }
    s.flow("late", PORT);
    s.setup_done();
}

fn full_then_served() -> Case {
    case("tcp.backlog.full-then-served")
        .title("While the queue is full a SYN may be left unanswered; when there is room the next try opens the connection")
        .required(&["RFC9293-MUST-42"])
        .needs(&[Capability::TcpBacklog])
        .both_families()
        .build(|s| {
            fill(s);
            s.inject(s.tcp("late").syn()).after(ms(20));
            s.advance(ms(100));
            s.accept("l", "first").why("the first connection is kept");
            for flow in ["x", "y", "z"] {
                s.call("l", Verb::Accept(flow.to_owned()), Expected::Any);
            }
            data_flows(s, "first");
            s.forget();
            s.inject(s.tcp("late").syn().seq(0).untracked()).after(ms(100)).why("the tester's SYN again");
            let rto = s.profile().rto_initial * 3;
            s.expect(s.tcp("late").syn_ack().ack_number(1)).within(rto).why("there is room now");
            s.inject(s.tcp("late").ack());
            s.accept("l", "late");
            data_flows(s, "late");
        })
}

fn full_is_silent() -> Case {
    case("tcp.backlog.full-is-silent")
        .title("While the queue is full a SYN is left unanswered, so that the peer tries again, instead of being reset")
        .observed()
        .required(&["RFC9293-MUST-42"])
        .needs(&[Capability::TcpBacklog])
        .both_families()
        .build(|s| {
            fill(s);
            s.inject(s.tcp("late").syn()).after(ms(20));
            s.silence(s.tcp("late"));
        })
}

fn many_syns() -> Case {
    case("tcp.backlog.abandoned-handshakes")
        .title("Handshakes that nobody completes are given up within ten minutes, and the listener takes new ones")
        .observed()
        .required(&["RFC9293-MUST-42"])
        .needs(&[Capability::LongWaits])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            for number in 0..300u16 {
                s.inject(s.ip().src(s.host_on(0, 60)).tcp(20_000 + number, PORT).flags("S").seq(1));
            }
            s.setup_done();
            s.advance(secs(600)).why("every attempt has been given up");
            s.forget();
            listener_works(s, "l", PORT);
        })
}
