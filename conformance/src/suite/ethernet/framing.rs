//! Which frames are understood and which are sent. Read first: RFC 894, RFC 1042, RFC 1122 2.3.3.

use crate::suite::prelude::*;

/// An echo request that proves that the target still listens, and its reply.
fn echo_works(s: &mut Scene, seq: u16) {
    s.inject(s.ip().echo_request(0x0e0e, seq).data(16));
    s.expect(s.ip().echo_reply(0x0e0e, seq).data(16)).why("the target goes on");
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ethernet.framing.ethernet-ii-both-ways")
            .title("Ethernet II frames are understood, and the answer is an Ethernet II frame")
            .required(&["RFC1122-2.3.3-1", "RFC1122-2.3.3-4", "RFC1122-2.3.3-5", "RFC894-0-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                let ethertype = if s.is_v4() { 0x0800 } else { 0x86dd };
                let link = s.link(0);
                s.inject(s.ip().echo_request(1, 1).data(32));
                s.expect(
                    s.ip()
                        .echo_reply(1, 1)
                        .data(32)
                        .set(FieldId::EthType, ethertype)
                        .eth_dst(link.tester_mac)
                        .eth_src(link.target_mac),
                );
            }),
        case("ethernet.framing.ieee-802-received")
            .title("An IP datagram in an IEEE 802 frame with LLC and SNAP is received")
            .should()
            .required(&["RFC1122-2.3.3-2"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().echo_request(2, 1).data(46).snap());
                s.expect(s.ip().echo_reply(2, 1).data(46));
            }),
        case("ethernet.framing.padding-is-not-data")
            .title("Octets behind the datagram are padding: the echo reply does not carry them")
            .required(&["RFC894-WP-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("padding", &["1", "18", "200"])
            .build(|s| {
                let padding = vec![0x5a; s.number("padding") as usize];
                s.inject(s.ip().echo_request(3, 1).data(4).pad(&padding));
                s.expect(s.ip().echo_reply(3, 1).data(4)).why("just the four octets of the request come back");
            }),
        case("ethernet.framing.unknown-type-ignored")
            .title("A frame of an unknown EtherType is ignored, whatever it carries")
            .required(&["RFC894-0-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("type", &["34525", "2049", "35020"])
            .build(|s| {
                // 0x86dd 34525 belongs to IPv6: over IPv6 the IPv4 type takes its place.
                let number = s.number("type");
                let ethertype = if number == 0x86dd && !s.is_v4() { 0x0800 } else { number };
                s.inject(s.ip().echo_request(4, 1).data(32).set(FieldId::EthType, ethertype));
                s.silence(s.ip().echo_reply(4, 1));
                echo_works(s, 2);
            }),
        case("ethernet.framing.short-frame-ignored")
            .title("A frame that is shorter than its headers does no harm")
            .required(&["RFC791-WP-2"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("octets", &["0", "1", "19", "39"])
            .build(|s| {
                let octets = s.number("octets") as usize;
                s.inject(s.ip().echo_request(5, 1).data(32).truncate(octets));
                s.silence(s.ip().echo_reply(5, 1));
                echo_works(s, 2);
            }),
        case("ethernet.framing.full-size-frames")
            .title("A datagram as long as the MTU goes in and comes back in one frame")
            .required(&["RFC894-0-4", "RFC8200-5-3"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                let headers = if s.is_v4() { 28 } else { 48 };
                let len = s.link(0).mtu - headers;
                s.inject(s.ip().echo_request(6, 1).data(len));
                s.expect(s.ip().echo_reply(6, 1).data(len));
            }),
    ]
}
