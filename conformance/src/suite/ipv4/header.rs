//! Header checks on arrival. Read first: RFC 791 3.1, RFC 1122 3.2.1.1 and 3.2.1.2.

use super::echo_works;
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv4.header.version-not-4-discarded")
            .title("A datagram whose version is not 4 is discarded silently")
            .required(&["RFC1122-3.2.1.1-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("version", &["0", "3", "5", "6", "15"])
            .build(|s| {
                let version = s.number("version");
                s.inject(s.ip().set(FieldId::Ipv4Version, version).echo_request(1, 1).data(32));
                s.silence(s.ip().icmpv4(any(), any()));
                echo_works(s);
            }),
        case("ipv4.header.bad-checksum-discarded")
            .title("A datagram with a wrong header checksum is discarded silently")
            .required(&["RFC1122-3.2.1.2-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().echo_request(1, 1).data(32).checksum_of(LayerKind::Ipv4, Checksum::Wrong));
                s.silence(s.ip().icmpv4(any(), any()));
                echo_works(s);
            }),
        case("ipv4.header.zero-checksum-is-not-special")
            .title("A header checksum of zero is wrong unless the sum says so: IPv4 has no 'no checksum'")
            .required(&["RFC1122-3.2.1.2-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().echo_request(1, 1).data(32).checksum_of(LayerKind::Ipv4, Checksum::Zero));
                s.silence(s.ip().icmpv4(any(), any()));
                echo_works(s);
            }),
        case("ipv4.header.checksum-covers-every-octet")
            .title("A header that was changed in one octet under an old checksum is discarded")
            .required(&["RFC1122-3.2.1.2-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("octet", &["1", "4", "5", "8", "14", "15"])
            .build(|s| {
                let octet = s.number("octet") as usize;
                // Type of service, identification, TTL or source address: harmless in themselves.
                let packet = s.ip().ttl(64).set(FieldId::Ipv4Id, 0).echo_request(1, 1).data(32);
                s.inject(packet.patch(LayerKind::Ipv4, octet, [0x07]));
                s.silence(packet::ipv4().dst(any()).icmpv4(0, 0));
                echo_works(s);
            }),
        case("ipv4.header.header-length-below-five-discarded")
            .title("A header length below five words is impossible")
            .required(&["RFC791-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("ihl", &["0", "1", "4"])
            .build(|s| {
                let words = s.number("ihl");
                s.inject(s.ip().set(FieldId::Ipv4HeaderLen, words).echo_request(1, 1).data(32));
                s.silence(s.ip().icmpv4(0, 0));
                echo_works(s);
            }),
        case("ipv4.header.header-beyond-datagram-discarded")
            .title("A header that is longer than the datagram is impossible")
            .required(&["RFC791-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().set(FieldId::Ipv4HeaderLen, 15).echo_request(1, 1).data(8));
                s.silence(s.ip().icmpv4(0, 0));
                echo_works(s);
            }),
        case("ipv4.header.total-length-beyond-frame-discarded")
            .title("A total length beyond the frame means that the datagram was cut short")
            .required(&["RFC791-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("more", &["1", "8", "2000"])
            .build(|s| {
                let total = 20 + 8 + 32 + s.number("more");
                s.inject(s.ip().set(FieldId::Ipv4TotalLen, total).echo_request(1, 1).data(32));
                s.silence(s.ip().icmpv4(any(), any()));
                echo_works(s);
            }),
        case("ipv4.header.total-length-below-header-discarded")
            .title("A total length below the header length is impossible")
            .required(&["RFC791-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("total", &["0", "1", "19"])
            .build(|s| {
                let total = s.number("total");
                s.inject(s.ip().set(FieldId::Ipv4TotalLen, total).echo_request(1, 1).data(32));
                s.silence(s.ip().icmpv4(any(), any()));
                echo_works(s);
            }),
        case("ipv4.header.reserved-flag-tolerated")
            .title("Whether a datagram with the reserved flag set is received (the sender must not set it)")
            .observed()
            .required(&["RFC791-3.1-3"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().set(FieldId::Ipv4Reserved, 1).echo_request(1, 1).data(8));
                s.expect(s.ip().echo_reply(1, 1).data(8));
            }),
        case("ipv4.header.sent-well-formed")
            .title(
                "A datagram of the target has version 4, a right checksum, a zero reserved flag and a length that fits",
            )
            .required(&["RFC791-3.1-3", "RFC1122-3.2.1.7-1", "RFC1122-3.2.1.3-2"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().echo_request(1, 1).data(20));
                s.expect(
                    s.ip()
                        .src(s.target())
                        .set(FieldId::Ipv4Version, 4)
                        .set(FieldId::Ipv4HeaderLen, 5)
                        .set(FieldId::Ipv4TotalLen, 48)
                        .set(FieldId::Ipv4Reserved, 0)
                        .set(FieldId::Ipv4MoreFragments, 0)
                        .set(FieldId::Ipv4FragmentOffset, 0)
                        .ttl(1..=255_i64)
                        .echo_reply(1, 1)
                        .data(20),
                );
            }),
        case("ipv4.header.unknown-protocol-unreachable")
            .title("A protocol that nobody serves is answered by protocol unreachable")
            .should()
            .required(&["RFC1122-3.2.2.1-1", "RFC1122-3.3.8-1", "RFC792-0-2"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .param("protocol", &["61", "99", "253"])
            .build(|s| {
                let protocol = s.number("protocol");
                s.inject(s.ip().protocol(protocol).payload([0x55; 24])).label("probe");
                s.expect(s.ip().protocol_unreachable());
            }),
        case("ipv4.header.tos-ignored-on-arrival")
            .title("Whatever its type of service, a datagram is received")
            .required(&["RFC1122-3.1-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("tos", &["0", "4", "184", "255"])
            .build(|s| {
                let tos = s.number("tos");
                s.inject(s.ip().tos(tos).echo_request(1, 1).data(8));
                s.expect(s.ip().echo_reply(1, 1).data(8));
            }),
    ]
}
