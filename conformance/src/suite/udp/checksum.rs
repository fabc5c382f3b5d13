//! The checksum, both ways. Read first: RFC 768 "Checksum", RFC 1122 4.1.3.4, RFC 8200 8.1.

use super::{PEER, PORT, bound, peer, still_delivers, to_target};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("udp.checksum.bad-dropped")
            .title("A datagram with a wrong checksum is discarded silently")
            .required(&["RFC1122-4.1.3.4-1", "RFC1122-4.1.3.4-2", "RFC768-WP-2"])
            .both_families()
            .build(|s| {
                bound(s);
                s.inject(to_target(s).payload("broken").bad_checksum());
                s.expect_no_datagram("u");
                s.silence(s.ip().port_unreachable());
                still_delivers(s);
            }),
        case("udp.checksum.covers-every-octet")
            .title("A datagram whose data was changed in one octet under an old checksum is discarded")
            .required(&["RFC1122-4.1.3.4-2", "RFC768-WP-2"])
            .both_families()
            .param("octet", &["0", "1", "14", "32"])
            .build(|s| {
                bound(s);
                let octet = s.number("octet") as usize;
                // 33 octets: the last one is summed with a zero behind it.
                let packet = to_target(s).fill(0x41, 33).patch(LayerKind::Payload, octet, [0x42]);
                s.inject(packet);
                s.expect_no_datagram("u");
                still_delivers(s);
            }),
        case("udp.checksum.covers-pseudo-header")
            .title("A datagram whose checksum was made for other addresses is discarded")
            .required(&["RFC768-WP-2", "RFC8200-8.1-1", "RFC1122-4.1.3.4-2"])
            .both_families()
            .build(|s| {
                bound(s);
                // Another host of the tester's subnet in the IP header, after the checksum was computed.
                let (at, host) = if s.is_v4() { (15, 3) } else { (23, 3) };
                let layer = if s.is_v4() { LayerKind::Ipv4 } else { LayerKind::Ipv6 };
                let mut packet = to_target(s).payload("moved").patch(layer, at, [host]);
                if s.is_v4() {
                    // The sum of the header stays right: the address grew by one, the identification shrank by one.
                    packet = packet.set(FieldId::Ipv4Id, 0x1001).patch(layer, 4, [0x10, 0x00]);
                }
                s.inject(packet);
                s.expect_no_datagram("u");
                still_delivers(s);
            }),
        case("udp.checksum.zero-over-ipv4-accepted")
            .title("Over IPv4 a checksum of zero means that there is none, and the datagram is delivered")
            .required(&["RFC768-WP-3"])
            .ipv4()
            .build(|s| {
                bound(s);
                s.inject(to_target(s).payload("unsummed").checksum(Checksum::Zero));
                s.expect_datagram("u", "unsummed");
            }),
        case("udp.checksum.zero-over-ipv6-dropped")
            .title("Over IPv6 a datagram with a zero checksum is discarded")
            .required(&["RFC8200-8.1-3"])
            .ipv6()
            .build(|s| {
                bound(s);
                s.inject(to_target(s).payload("unsummed").checksum(Checksum::Zero));
                s.expect_no_datagram("u");
                still_delivers(s);
            }),
        case("udp.checksum.sent-by-default")
            .title("A datagram of the target carries a correct checksum that is not zero")
            .required(&["RFC1122-4.1.3.4-1", "RFC1122-4.1.3.4-4", "RFC8200-8.1-2", "RFC8200-8.1-1"])
            .both_families()
            .param("len", &["0", "1", "2", "33", "1000"])
            .build(|s| {
                bound(s);
                let len = s.number("len") as usize;
                s.send_to("u", vec![0x5a; len], peer(s));
                s.expect(s.ip().udp(PORT, PEER).fill(0x5a, len).set(FieldId::UdpChecksum, not(0)));
            }),
        case("udp.checksum.computed-zero-sent-as-ones")
            .title("A checksum that comes out as zero is sent as all ones")
            .required(&["RFC768-WP-2", "RFC8200-8.1-2"])
            .both_families()
            .build(|s| {
                bound(s);
                let data = data_with_zero_checksum(s);
                s.send_to("u", data, peer(s));
                s.expect(s.ip().udp(PORT, PEER).payload(data).set(FieldId::UdpChecksum, 0xffff));
            }),
        case("udp.checksum.all-ones-received")
            .title("A datagram whose checksum field is all ones (a computed zero) is delivered")
            .required(&["RFC768-WP-2"])
            .both_families()
            .build(|s| {
                bound(s);
                // The sum is symmetric in the ports, so the same data fits for the way in.
                let data = data_with_zero_checksum(s);
                s.inject(to_target(s).payload(data).set(FieldId::UdpChecksum, 0xffff));
                s.expect_datagram("u", data);
            }),
    ]
}

/// Two octets for which the checksum between the two ports comes out as zero, by RFC 768's own arithmetic.
fn data_with_zero_checksum(s: &Scene) -> [u8; 2] {
    let mut words: Vec<u16> = Vec::new();
    for address in [s.target(), s.tester()] {
        let octets = match address {
            std::net::IpAddr::V4(address) => address.octets().to_vec(),
            std::net::IpAddr::V6(address) => address.octets().to_vec(),
        };
        words.extend(octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])));
    }
    // Protocol, the length twice (pseudo header and header), the ports.
    words.extend([17, 10, 10, PORT, PEER]);
    let mut sum: u32 = words.into_iter().map(u32::from).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}
