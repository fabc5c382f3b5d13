//! LISTEN: what a listener does with a segment, and that its connections are kept apart.
//!
//! Read first: RFC 9293 3.10.7.2, 3.9.1.1 (passive opens), 3.1 (header).

use std::net::SocketAddr;

use super::common::{PEER, acknowledges, data_flows, listener_works};
use crate::suite::prelude::*;

/// The port of the listener.
const PORT: u16 = 80;
/// Sequence number of the tester's segments.
const SEQ: u32 = 0x1122_3344;
/// Their acknowledgment number.
const ACK: u32 = 0x5566_7788;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        rst_ignored(),
        ack_reset(),
        other_dropped(),
        syn_fin(),
        bad_checksum(),
        malformed(),
        reserved_bits(),
        other_control_bits(),
        by_port(),
        by_address(),
        goes_on(),
        closing_keeps_connections(),
    ]
}

/// A segment of no connection to the listener.
fn segment(s: &Scene, flags: &str) -> PacketSpec {
    s.ip().tcp(PEER, PORT).flags(flags).seq(SEQ)
}

/// A segment of the listener to the tester.
fn answer(s: &Scene) -> PacketSpec {
    s.ip().src(s.target()).dst(s.tester()).tcp(PORT, PEER)
}

fn listening(s: &mut Scene) {
    s.listen("l", PORT);
    s.setup_done();
}

fn rst_ignored() -> Case {
    case("tcp.listen.rst-ignored")
        .title("First check: a listener ignores every segment with RST")
        .required(&["RFC9293-WP-2"])
        .both_families()
        .param("flags", &["R", "RA", "SR", "SRA"])
        .build(|s| {
            listening(s);
            let flags = s.param("flags").to_owned();
            s.inject(segment(s, &flags).ack_number(ACK));
            s.silence(answer(s));
            listener_works(s, "l", PORT);
        })
}

fn ack_reset() -> Case {
    case("tcp.listen.ack-reset")
        .title("Second check: an ACK is bad in LISTEN and answered by <SEQ=SEG.ACK><CTL=RST>")
        .required(&["RFC9293-WP-2"])
        .both_families()
        .param("flags", &["A", "PA", "FA", "SA"])
        .build(|s| {
            listening(s);
            let flags = s.param("flags").to_owned();
            let packet = segment(s, &flags).ack_number(ACK);
            s.inject(if flags == "PA" { packet.payload("data") } else { packet });
            s.expect(answer(s).rst().seq(ACK).no_payload());
            s.call("l", Verb::Accept("none".to_owned()), Expected::Pending).why("no connection came of it");
            listener_works(s, "l", PORT);
        })
}

fn other_dropped() -> Case {
    case("tcp.listen.other-dropped")
        .title("Fourth check: a segment without RST, ACK and SYN is dropped in silence")
        .required(&["RFC9293-WP-2"])
        .both_families()
        .param("segment", &["fin", "empty", "data", "urgent"])
        .build(|s| {
            listening(s);
            let packet = match s.param("segment") {
                "fin" => segment(s, "F"),
                "empty" => segment(s, ""),
                "data" => segment(s, "P").payload("data"),
                _ => segment(s, "U").urgent(1).payload("!"),
            };
            s.inject(packet);
            s.silence(answer(s));
            listener_works(s, "l", PORT);
        })
}

fn syn_fin() -> Case {
    case("tcp.listen.syn-fin")
        .title("A SYN with FIN is taken for a SYN whose FIN waits (RFC 9293 3.10.7.2; many stacks drop it)")
        .observed()
        .required(&["RFC9293-WP-13"])
        .both_families()
        .build(|s| {
            listening(s);
            s.inject(segment(s, "SF"));
            s.expect(answer(s).syn_ack().ack_number(one_of([SEQ + 1, SEQ + 2])));
        })
}

fn bad_checksum() -> Case {
    case("tcp.listen.bad-checksum-dropped")
        .title("A SYN with a wrong checksum is dropped in silence")
        .required(&["RFC9293-MUST-3"])
        .both_families()
        .param("checksum", &["wrong", "zero"])
        .build(|s| {
            listening(s);
            let packet = segment(s, "S");
            s.inject(match s.param("checksum") {
                "wrong" => packet.bad_checksum(),
                _ => packet.checksum(Checksum::Zero),
            });
            s.silence(answer(s));
            listener_works(s, "l", PORT);
        })
}

fn malformed() -> Case {
    case("tcp.listen.malformed-dropped")
        .title("A SYN whose header is cut or does not fit its data offset makes no connection and does no harm")
        .required(&["RFC9293-WP-25"])
        .both_families()
        .param("fault", &["offset-0", "offset-4", "offset-beyond-end", "header-cut"])
        .build(|s| {
            listening(s);
            let packet = segment(s, "S").no_options();
            s.inject(match s.param("fault") {
                "offset-0" => packet.set(FieldId::TcpDataOffset, 0),
                "offset-4" => packet.set(FieldId::TcpDataOffset, 4),
                "offset-beyond-end" => packet.set(FieldId::TcpDataOffset, 15),
                _ => {
                    let bytes = [0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02];
                    s.ip().protocol(6).payload(bytes)
                }
            });
            s.silence(answer(s).syn_ack());
            listener_works(s, "l", PORT);
        })
}

fn reserved_bits() -> Case {
    case("tcp.listen.reserved-bits-ignored")
        .title("The reserved bits of a received segment are ignored, and zero in what the target sends")
        .required(&["RFC9293-WP-20"])
        .both_families()
        .build(|s| {
            listening(s);
            s.flow("c", PORT);
            s.inject(s.tcp("c").syn().set(FieldId::TcpReserved, 7));
            s.expect(s.tcp("c").syn_ack().ack_number(1).set(FieldId::TcpReserved, 0));
            s.inject(s.tcp("c").ack().set(FieldId::TcpReserved, 7).payload("data"));
            s.expect(acknowledges(s, "c").set(FieldId::TcpReserved, 0));
            s.accept("l", "c");
            s.expect_bytes("c", "data");
        })
}

fn other_control_bits() -> Case {
    case("tcp.listen.other-control-bits-on-syn")
        .title("PSH or URG on a SYN do not keep it from being answered")
        .required(&["RFC9293-WP-2"])
        .both_families()
        .param("flags", &["SP", "SU"])
        .build(|s| {
            listening(s);
            s.flow("c", PORT);
            let flags = s.param("flags").to_owned();
            s.inject(s.tcp("c").flags(&flags));
            s.expect(s.tcp("c").syn_ack().ack_number(1));
            s.inject(s.tcp("c").ack());
            s.accept("l", "c");
            data_flows(s, "c");
        })
}

/// Two flows to the listener, open and accepted, their data sent crosswise.
fn kept_apart(s: &mut Scene) {
    s.inject(s.tcp("a").syn());
    s.inject(s.tcp("b").syn());
    s.expect(s.tcp("a").syn_ack().ack_number(1).set(FieldId::TcpSeqAbsolute, bind("isn-a")));
    s.expect(s.tcp("b").syn_ack().ack_number(1).set(FieldId::TcpSeqAbsolute, bind("isn-b")));
    s.inject(s.tcp("a").ack());
    s.accept("l", "a");
    s.inject(s.tcp("b").ack());
    s.accept("l", "b");
    s.inject(s.tcp("b").ack().payload("to b"));
    s.inject(s.tcp("a").ack().payload("this is for a"));
    s.expect(acknowledges(s, "a"));
    s.expect(acknowledges(s, "b"));
    s.expect_bytes("a", "this is for a");
    s.expect_bytes("b", "to b");
    s.send("a", "from a");
    s.expect(s.tcp("a").ack().seq(1).payload("from a"));
    s.send("b", "b says");
    s.expect(s.tcp("b").ack().seq(1).payload("b says"));
}

fn by_port() -> Case {
    case("tcp.listen.connections-by-port")
        .title("Two connections of one host to one listener differ in the host's port only, and are kept apart")
        .required(&["RFC9293-WP-26", "RFC9293-MUST-42", "RFC9293-MUST-41"])
        .needs(&[Capability::TcpBacklog])
        .both_families()
        .build(|s| {
            listening(s);
            s.flow("a", PORT);
            s.flow("b", PORT);
            kept_apart(s);
        })
}

fn by_address() -> Case {
    case("tcp.listen.connections-by-address")
        .title("Two connections from the same port of two hosts to one listener are kept apart")
        .required(&["RFC9293-WP-26", "RFC9293-MUST-42", "RFC9293-MUST-41"])
        .needs(&[Capability::TcpBacklog])
        .both_families()
        .build(|s| {
            listening(s);
            let other = s.host_on(0, 77);
            s.flow("a", PORT).tester_port = 42_000;
            s.flow("b", PORT).tester_port = 42_000;
            s.flow_mut("b").tester = other;
            kept_apart(s);
        })
}

fn goes_on() -> Case {
    case("tcp.listen.goes-on")
        .title("A listener goes on while its connections live and after they end, and names each peer")
        .required(&["RFC9293-MUST-42", "RFC9293-MUST-41"])
        .both_families()
        .build(|s| {
            listening(s);
            for flow in ["a", "b", "c"] {
                s.flow(flow, PORT);
                s.handshake(flow);
                let peer = SocketAddr::new(s.tester(), s.flow_mut(flow).tester_port);
                s.call("l", Verb::Accept(flow.to_owned()), Expected::Address(peer)).within(secs(2));
            }
            s.inject(s.tcp("b").rst()).why("one of them is reset");
            data_flows(s, "a");
            data_flows(s, "c");
            listener_works(s, "l", PORT);
            data_flows(s, "a");
        })
}

fn closing_keeps_connections() -> Case {
    case("tcp.listen.closing-keeps-connections")
        .title("Closing the listener ends the listening, not the connections that were accepted")
        .required(&["RFC9293-WP-26"])
        .both_families()
        .build(|s| {
            s.listen("l", PORT);
            s.handshake("c");
            s.accept("l", "c");
            s.setup_done();
            s.close("l");
            s.inject(segment(s, "S"));
            s.expect(answer(s).rst_ack().seq(0).ack_number(SEQ + 1)).why("nobody listens any more");
            data_flows(s, "c");
        })
}
