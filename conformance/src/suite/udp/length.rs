//! The length field against what the IP datagram carries. Read first: RFC 768 "Length".

use super::{bound, still_delivers, to_target};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("udp.length.zero-length-datagram")
            .title("A datagram without data is delivered as a datagram of no octets")
            .required(&["RFC768-WP-1", "RFC768-0-3"])
            .both_families()
            .build(|s| {
                bound(s);
                s.inject(to_target(s));
                s.expect_datagram("u", "");
            }),
        case("udp.length.below-header-dropped")
            .title("A length below eight octets is impossible, and the datagram is not delivered")
            .required(&["RFC768-WP-1"])
            .both_families()
            .param("length", &["0", "1", "7"])
            .build(|s| {
                bound(s);
                let length = s.number("length");
                // Over IPv4 without a checksum, so that only the length can be the reason.
                let packet = to_target(s).payload("impossible").set(FieldId::UdpLength, length);
                let packet = if s.is_v4() { packet.checksum(Checksum::Zero) } else { packet };
                s.inject(packet);
                s.expect_no_datagram("u");
                still_delivers(s);
            }),
        case("udp.length.beyond-datagram-dropped")
            .title("A length beyond the IP datagram is not delivered")
            .required(&["RFC768-WP-1"])
            .both_families()
            .param("more", &["1", "8", "1000"])
            .build(|s| {
                bound(s);
                let length = 8 + 10 + s.number("more");
                let packet = to_target(s).payload("too little").set(FieldId::UdpLength, length);
                let packet = if s.is_v4() { packet.checksum(Checksum::Zero) } else { packet };
                s.inject(packet);
                s.expect_no_datagram("u");
                still_delivers(s);
            }),
        case("udp.length.shorter-than-datagram")
            .title("A length shorter than the IP datagram: just that many octets are data")
            .should()
            .required(&["RFC768-WP-1"])
            .ipv4()
            .build(|s| {
                bound(s);
                s.inject(to_target(s).payload("datapad").set(FieldId::UdpLength, 12).checksum(Checksum::Zero));
                s.expect_datagram("u", "data");
            }),
        case("udp.length.largest-unfragmented")
            .title("A datagram that fills the MTU is delivered whole")
            .required(&["RFC768-WP-1", "RFC8200-5-3"])
            .both_families()
            .build(|s| {
                bound(s);
                let len = s.link(0).mtu - if s.is_v4() { 28 } else { 48 };
                s.inject(to_target(s).fill(0x33, len));
                s.expect_datagram("u", vec![0x33; len]);
            }),
        case("udp.length.header-cut-short")
            .title("An IP datagram with less than a UDP header does no harm")
            .required(&["RFC768-WP-1"])
            .both_families()
            .param("octets", &["0", "4", "7"])
            .build(|s| {
                bound(s);
                let octets = vec![0x13; s.number("octets") as usize];
                s.inject(s.ip().protocol(17).payload(octets));
                s.expect_no_datagram("u");
                still_delivers(s);
            }),
    ]
}
