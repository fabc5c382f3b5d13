//! What every frame that leaves the host must be. Read off the diagrams of RFC 791, RFC 8200, RFC 792 and RFC 4443, not
//! with the stack's codec.

use super::frames::PIECES;
use super::links::{LINKS, is_host};
use crate::digest::Digest;
use crate::generators::build::protocol;
use crate::models::checksum::{is_valid, pseudo_header};

fn be16(bytes: &[u8], at: usize) -> usize {
    usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])
}

/// A frame in a few words and in hex, for the trace.
pub fn show(frame: &[u8]) -> String {
    let hex: String = frame.iter().take(96).map(|byte| format!("{byte:02x}")).collect();
    format!("{} octets {hex}", frame.len())
}

/// Checks a frame that left by `interface`.
pub fn emitted(forwarding: bool, interface: usize, frame: &[u8], digest: &mut Digest) {
    let link = &LINKS[interface];
    assert!((14..=14 + link.mtu).contains(&frame.len()), "{} octets, MTU {}", frame.len(), link.mtu);
    assert_eq!(frame[6..12], link.host_mac, "the link-layer source is the interface");
    assert_ne!(frame[..6], [0; 6], "the link-layer destination is somebody");
    assert_ne!(frame[..6], link.host_mac, "a frame to itself leaves the host");
    let packet = &frame[14..];
    match be16(frame, 12) {
        0x0806 => arp(interface, packet, digest),
        0x0800 => v4(forwarding, frame, digest),
        0x86dd => v6(forwarding, frame, digest),
        other => panic!("an EtherType that nobody asked for: {other:#06x}"),
    }
    digest.see(&(interface, frame.len(), frame.get(14..34)));
}

fn arp(interface: usize, packet: &[u8], digest: &mut Digest) {
    let link = &LINKS[interface];
    assert_eq!(packet[..6], [0, 1, 8, 0, 6, 4], "ARP for IPv4 over Ethernet");
    assert_eq!(packet[8..14], link.host_mac, "ar$sha is ours");
    let sender = &packet[14..18];
    assert!(sender == link.host_v4 || sender == [0; 4], "ar$spa is ours: {sender:?}");
    match be16(packet, 6) {
        1 => {}
        2 => digest.mark("ARP answered"),
        other => panic!("operation {other}"),
    }
}

fn v4(forwarding: bool, frame: &[u8], digest: &mut Digest) {
    let packet = &frame[14..];
    let header = usize::from(packet[0] & 15) * 4;
    assert!(packet[0] >> 4 == 4 && header >= 20, "version and header length");
    assert_eq!(be16(packet, 2), packet.len(), "total length");
    assert!(is_valid(&[&packet[..header]]), "header checksum");
    assert_ne!(packet[8], 0, "a TTL of zero leaves the host");
    let (src, dst) = (&packet[12..16], &packet[16..20]);
    assert!(src[0] < 224, "a group or broadcast address as the source: {src:?}");
    assert_ne!(dst, [0; 4], "to nobody");
    if (224..240).contains(&dst[0]) {
        assert_eq!(frame[..6], [1, 0, 0x5e, dst[1] & 0x7f, dst[2], dst[3]], "RFC 1112 6.4");
    } else if dst == [255; 4] {
        assert_eq!(frame[..6], [0xff; 6], "broadcast goes to all stations");
    } else {
        assert!(frame[0] & 1 == 0 || dst[3] == 255, "a packet for one host goes to many");
    }
    let fragment = be16(packet, 6) & 0x3fff != 0;
    if passed_on(src, packet[8]) {
        assert!(forwarding, "forwards although that is off: from {src:?}");
        digest.mark("forwarded");
        return;
    }
    if fragment {
        digest.mark("fragmented on output");
        return;
    }
    let body = &packet[header..];
    match packet[9] {
        protocol::ICMP => {
            assert!(is_valid(&[body]), "ICMP checksum");
            icmpv4(body, digest);
        }
        protocol::IGMP => {
            assert!(is_valid(&[body]), "IGMP checksum");
            assert_eq!(packet[8], 1, "IGMP goes with TTL 1");
            digest.mark("groups reported");
        }
        other => transport(src, dst, other, body, digest),
    }
}

fn v6(forwarding: bool, frame: &[u8], digest: &mut Digest) {
    let packet = &frame[14..];
    assert_eq!(packet[0] >> 4, 6, "version");
    assert_eq!(be16(packet, 4) + 40, packet.len(), "payload length");
    assert_ne!(packet[7], 0, "a hop limit of zero leaves the host");
    let (src, dst) = (&packet[8..24], &packet[24..40]);
    assert_ne!(src[0], 0xff, "a group as the source");
    assert_ne!(dst, [0; 16], "to nobody");
    if dst[0] == 0xff {
        assert_eq!(frame[..6], [0x33, 0x33, dst[12], dst[13], dst[14], dst[15]], "RFC 2464 7");
    } else {
        assert_eq!(frame[0] & 1, 0, "a packet for one host goes to many");
    }
    if passed_on(src, packet[7]) {
        assert!(forwarding, "forwards although that is off: from {src:?}");
        digest.mark("forwarded");
        return;
    }
    let (mut number, mut body) = (packet[6], &packet[40..]);
    // Multicast listener messages come behind a router alert.
    if number == 0 {
        (number, body) = (body[0], &body[8..]);
    }
    match number {
        protocol::FRAGMENT => digest.mark("fragmented on output"),
        protocol::ICMPV6 => {
            assert!(is_valid(&[&pseudo_header(src, dst, number, body.len()), body]), "ICMPv6 checksum");
            assert!(body[0] != 137 || src[..2] == [0xfe, 0x80], "a redirect from {src:?}");
            icmpv6(packet[7], body, digest);
        }
        other => transport(src, dst, other, body, digest),
    }
}

/// Whether a packet was made by somebody else. One that carries the host's own address all the same shows by a TTL that
/// is one less than what the stations send with.
fn passed_on(src: &[u8], ttl: u8) -> bool {
    let nobody = src.iter().all(|&octet| octet == 0);
    !is_host(src) && !nobody || matches!(ttl, 63 | 254)
}

fn transport(src: &[u8], dst: &[u8], number: u8, body: &[u8], digest: &mut Digest) {
    let intact = is_valid(&[&pseudo_header(src, dst, number, body.len()), body]);
    match number {
        protocol::TCP => {
            assert!(intact, "TCP checksum");
            assert!(dst[0] < 224 || dst.len() == 16 && dst[0] != 0xff, "a TCP segment to a group");
            if body[13] & 4 != 0 {
                digest.mark("reset sent");
            }
        }
        protocol::UDP => {
            assert!(intact, "UDP checksum");
            assert_eq!(be16(body, 4), body.len(), "UDP length");
        }
        other => panic!("protocol {other} leaves the host"),
    }
}

/// What an ICMP message says, and that an error does not answer what must not be answered (RFC 1122 3.2.2).
fn icmpv4(body: &[u8], digest: &mut Digest) {
    match (body[0], body[1]) {
        (0, _) => {
            digest.mark("echo answered");
            if body.last() == Some(&PIECES) {
                digest.mark("fragments reassembled");
            }
        }
        (3, 3) => digest.mark("port unreachable sent"),
        (3, 2) => digest.mark("protocol unreachable sent"),
        (3, 4) => digest.mark("packet too big sent"),
        (11, _) => digest.mark("time exceeded sent"),
        (12, _) => digest.mark("parameter problem sent"),
        _ => {}
    }
    if !matches!(body[0], 3 | 4 | 5 | 11 | 12) {
        return;
    }
    let quote = &body[8..];
    assert!(quote.len() >= 20, "an error without the header that caused it");
    let (src, dst) = (&quote[12..16], &quote[16..20]);
    assert_eq!(be16(quote, 6) & 0x1fff, 0, "an error about a fragment that is not the first");
    assert!(src[0] != 0 && src[0] != 127 && src[0] < 224, "an error to {src:?}, which is no single host");
    assert!(dst[0] < 224, "an error about a packet to many: {dst:?}");
    let inner = usize::from(quote[0] & 15) * 4;
    let about_error =
        quote[9] == protocol::ICMP && quote.get(inner).is_some_and(|kind| matches!(kind, 3 | 4 | 5 | 11 | 12));
    assert!(!about_error, "an error about an error");
}

/// As [`icmpv4`], by RFC 4443 2.4 (e).
fn icmpv6(hop_limit: u8, body: &[u8], digest: &mut Digest) {
    match (body[0], body[1]) {
        (129, _) => {
            digest.mark("echo answered over IPv6");
            if body.last() == Some(&PIECES) {
                digest.mark("reassembled over IPv6");
            }
        }
        (136, _) => digest.mark("ND answered"),
        (143, _) => digest.mark("groups reported"),
        (1, 4) => digest.mark("port unreachable sent over IPv6"),
        (2, _) => digest.mark("packet too big sent"),
        (3, _) => digest.mark("time exceeded sent"),
        (4, _) => digest.mark("parameter problem sent"),
        _ => {}
    }
    if matches!(body[0], 133..=137) {
        assert_eq!(hop_limit, 255, "neighbour discovery goes with hop limit 255");
    }
    if body[0] >= 128 {
        return;
    }
    let quote = &body[8..];
    assert!(quote.len() >= 40 && body.len() <= 1_240, "a quote of {} octets", quote.len());
    let (src, dst) = (&quote[8..24], &quote[24..40]);
    assert!(src[0] != 0xff && src != [0; 16], "an error to {src:?}, which is no single host");
    let may_be_group = body[0] == 2 || body[..2] == [4, 2];
    assert!(dst[0] != 0xff || may_be_group, "an error about a packet to many");
    let about_error = quote[6] == protocol::ICMPV6 && quote.get(40).is_some_and(|kind| *kind < 128);
    assert!(!about_error, "an error about an error");
}
