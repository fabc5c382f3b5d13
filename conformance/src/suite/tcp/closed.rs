//! CLOSED: what the target says where it knows no connection. Read first: RFC 9293 3.10.7.1 and 3.5.2, first group.

use super::common::PEER;
use crate::suite::prelude::*;

/// A port of the target on which nobody listens.
const CLOSED: u16 = 4_998;
/// Sequence number of the tester's segments.
const SEQ: u32 = 0x0102_0304;
/// Their acknowledgment number.
const ACK: u32 = 0x0a0b_0c0d;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        without_ack(),
        with_ack(),
        numbers_wrap(),
        rst_silent(),
        bad_checksum_silent(),
        listener_closed(),
        port_of_another(),
    ]
}

/// A segment to the closed port.
fn segment(s: &Scene, flags: &str) -> PacketSpec {
    s.ip().tcp(PEER, CLOSED).flags(flags).seq(SEQ)
}

/// A segment from the closed port to the tester.
fn answer(s: &Scene) -> PacketSpec {
    s.ip().src(s.target()).dst(s.tester()).tcp(CLOSED, PEER).no_payload()
}

/// The closed port answers a SYN, so it can answer.
fn answers(s: &mut Scene) {
    s.inject(segment(s, "S"));
    s.expect(answer(s).rst_ack().seq(0).ack_number(SEQ + 1)).why("a proper SYN is answered");
}

fn without_ack() -> Case {
    case("tcp.closed.reset-for-segment-without-ack")
        .title("A segment without ACK is answered by <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>")
        .required(&["RFC9293-WP-1"])
        .both_families()
        .param("segment", &["syn", "syn-with-data", "fin", "syn-fin", "data", "empty", "urgent"])
        .build(|s| {
            let (packet, len) = match s.param("segment") {
                "syn" => (segment(s, "S"), 1),
                "syn-with-data" => (segment(s, "S").payload("0123456789"), 11),
                "fin" => (segment(s, "F"), 1),
                "syn-fin" => (segment(s, "SF"), 2),
                "data" => (segment(s, "P").payload("01234"), 5),
                "empty" => (segment(s, ""), 0),
                _ => (segment(s, "U").urgent(1).payload("!"), 1),
            };
            s.inject(packet);
            s.expect(answer(s).rst_ack().seq(0).ack_number(SEQ + len));
        })
}

fn with_ack() -> Case {
    case("tcp.closed.reset-for-segment-with-ack")
        .title("A segment with ACK is answered by <SEQ=SEG.ACK><CTL=RST>")
        .required(&["RFC9293-WP-1"])
        .both_families()
        .param("segment", &["ack", "data", "fin-ack", "syn-ack"])
        .build(|s| {
            let packet = match s.param("segment") {
                "ack" => segment(s, "A"),
                "data" => segment(s, "PA").payload("01234"),
                "fin-ack" => segment(s, "FA"),
                _ => segment(s, "SA"),
            };
            s.inject(packet.ack_number(ACK));
            s.expect(answer(s).rst().seq(ACK));
        })
}

fn numbers_wrap() -> Case {
    case("tcp.closed.reset-numbers-wrap")
        .title("The numbers of a reset are computed modulo 2^32")
        .required(&["RFC9293-WP-1", "RFC9293-WP-16"])
        .both_families()
        .build(|s| {
            s.inject(segment(s, "S").seq(u32::MAX).payload("0123"));
            s.expect(answer(s).rst_ack().seq(0).ack_number(4));
            s.inject(segment(s, "S").seq(u32::MAX));
            s.expect(answer(s).rst_ack().seq(0).ack_number(0));
            s.inject(segment(s, "A").ack_number(u32::MAX));
            s.expect(answer(s).rst().seq(u32::MAX));
        })
}

fn rst_silent() -> Case {
    case("tcp.closed.rst-not-answered")
        .title("A reset to a port without a connection is not answered")
        .required(&["RFC9293-WP-1"])
        .both_families()
        .param("flags", &["R", "RA", "SR", "FRA"])
        .build(|s| {
            let flags = s.param("flags").to_owned();
            s.inject(segment(s, &flags).ack_number(ACK));
            s.silence(answer(s));
            answers(s);
        })
}

fn bad_checksum_silent() -> Case {
    case("tcp.closed.bad-checksum-not-answered")
        .title("A segment with a wrong checksum is not answered, not even by a reset")
        .required(&["RFC9293-MUST-3"])
        .both_families()
        .param("flags", &["S", "A"])
        .build(|s| {
            let flags = s.param("flags").to_owned();
            s.inject(segment(s, &flags).ack_number(ACK).bad_checksum());
            s.silence(answer(s));
            answers(s);
        })
}

fn listener_closed() -> Case {
    case("tcp.closed.after-the-listener")
        .title("A port whose listener was closed is closed: a SYN is answered by a reset")
        .required(&["RFC9293-WP-1"])
        .both_families()
        .build(|s| {
            s.listen("l", CLOSED);
            s.setup_done();
            s.close("l");
            answers(s);
        })
}

fn port_of_another() -> Case {
    case("tcp.closed.listener-on-another-port")
        .title("A listener speaks for its own port only, and the reset of another port does not disturb it")
        .required(&["RFC9293-WP-1", "RFC9293-WP-26"])
        .both_families()
        .build(|s| {
            s.listen_for("c");
            s.setup_done();
            answers(s);
            s.handshake("c");
            s.accept("c.listener", "c");
        })
}
