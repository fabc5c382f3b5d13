//! ICMP errors about segments. Read first: RFC 9293 3.9.2.2, RFC 5927, RFC 5461, RFC 1191, RFC 8201.

use std::net::SocketAddr;

use crate::suite::prelude::*;

/// ESTABLISHED with data in flight, whose segment is labelled `data`.
fn in_flight(s: &mut Scene) {
    s.established_passive("c");
    s.send_data("c", 0, 500);
    s.expect(s.tcp("c").data_at(0, 500)).label("data").why("set-up: data is in flight");
    s.setup_done();
}

/// The connection still works in both directions.
fn alive(s: &mut Scene) {
    s.inject(s.tcp("c").ack().payload("alive"));
    s.expect_bytes("c", "alive").why("the connection lives");
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("tcp.icmp-errors.soft-error-does-not-abort")
            .title("Network and host unreachable, source route failed and time exceeded do not abort a connection")
            .required(&["RFC9293-MUST-56", "RFC9293-MUST-54"])
            .both_families()
            .param("error", &["net", "host", "source-route", "time-exceeded"])
            .build(|s| {
                in_flight(s);
                let error = match s.param("error") {
                    "net" => s.ip().unreachable(0, 0),
                    "host" => s.ip().unreachable(1, 3),
                    // ICMPv6 has no such code; address unreachable takes its place.
                    "source-route" => s.ip().unreachable(5, 3),
                    _ => s.ip().ttl_exceeded(),
                };
                s.inject(error.quote_header("data"));
                alive(s);
                s.inject(s.tcp("c").ack());
            }),
        case("tcp.icmp-errors.source-quench-discarded")
            .title("A source quench is discarded silently")
            .required(&["RFC9293-MUST-55"])
            .ipv4()
            .build(|s| {
                in_flight(s);
                s.inject(s.ip().icmpv4(4, 0).quote_header("data"));
                alive(s);
            }),
        case("tcp.icmp-errors.soft-error-keeps-attempt")
            .title("A host unreachable does not end a connection attempt: the SYN is sent again")
            .required(&["RFC9293-MUST-56"])
            .both_families()
            .build(|s| {
                s.connect("c");
                s.setup_done();
                s.inject(s.ip().unreachable(1, 3).quote_header("c.syn"));
                s.expect(s.tcp("c").syn().seq(0)).within(secs(4));
                s.inject(s.tcp("c").syn_ack());
                s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1)).why("the attempt succeeds");
            }),
        case("tcp.icmp-errors.hard-error-ends-attempt")
            .title("Port and protocol unreachable end a connection attempt with an error")
            .should()
            .required(&["RFC9293-SHLD-26", "RFC9293-MUST-54"])
            .needs(&[Capability::SocketErrors])
            .both_families()
            .build(|s| {
                s.connect("c");
                s.setup_done();
                s.inject(s.ip().port_unreachable().quote_header("c.syn"));
                let peer = SocketAddr::new(s.tester(), s.flow_mut("c").tester_port);
                s.call("c", Verb::Connect(peer), Scene::errno(&[])).within(secs(1));
            }),
        case("tcp.icmp-errors.wrong-sequence-ignored")
            .title("An error that quotes a sequence number which is not in flight changes nothing")
            .should()
            .required(&["RFC9293-MUST-54"])
            .both_families()
            .build(|s| {
                s.connect("c");
                s.setup_done();
                // The quoted SYN with another sequence number: octets 4 to 7 of the TCP header.
                let header = if s.is_v4() { 20 } else { 40 };
                let layer = if s.is_v4() { LayerKind::Icmpv4 } else { LayerKind::Icmpv6 };
                let forged = s.ip().port_unreachable().quote_header("c.syn");
                s.inject(forged.patch(layer, 8 + header + 4, [0x12, 0x34, 0x56, 0x78]).checksum_of(layer, Checksum::Right));
                s.expect(s.tcp("c").syn().seq(0)).within(secs(4)).why("the attempt goes on");
            }),
        case("tcp.icmp-errors.too-big-lowers-segment-size")
            .title("A packet too big (fragmentation needed) lowers the segment size, and the data is sent again in smaller pieces")
            .required(&["RFC1191-3-1", "RFC4443-3.2-2", "RFC1191-3-4"])
            .needs(&[Capability::PathMtu])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.send_data("c", 0, 2_800);
                let mss = if s.is_v4() { 1_460 } else { 1_440 };
                s.expect(s.tcp("c").data_at(0, mss)).label("big").why("set-up: a full segment leaves");
                s.setup_done();
                s.inject(s.ip().packet_too_big(1_300).quote_header("big"));
                let most = if s.is_v4() { 1_260 } else { 1_240 };
                s.expect(s.tcp("c").seq(1).payload_len(500..=most)).within(secs(5));
            }),
        case("tcp.icmp-errors.too-big-below-minimum-ignored")
            .title("A packet too big with an MTU below the least possible one does not shrink segments to nothing")
            .required(&["RFC1191-3-8"])
            .needs(&[Capability::PathMtu])
            .both_families()
            .build(|s| {
                in_flight(s);
                s.inject(s.ip().packet_too_big(40).quote_header("data"));
                s.expect(s.tcp("c").seq(1).payload_len(8..=1_460_i64)).within(secs(5)).why("data still flows");
            }),
    ]
}
