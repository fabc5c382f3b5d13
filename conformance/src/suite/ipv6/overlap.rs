//! Fragments that overlap: the whole packet is discarded, silently. Read first: RFC 8200 4.5, RFC 5722 4.

use super::{any_error, echo_works};
use crate::suite::prelude::*;

/// Three ranges of a 96-octet ICMP message: the first one is 0 to 47, the last one 64 to 95, this one comes between
/// them. Each overlaps the first one and, together with the others, leaves no hole.
const RELATIONS: &[(&str, usize, usize)] =
    &[("by-one-block", 40, 24), ("by-half", 24, 40), ("covers-the-first", 0, 64), ("into-the-last", 48, 24)];

/// Ranges that lie within the first fragment, 0 to 63, of which the last one is 64 to 95.
const INSIDE: &[(&str, usize, usize)] = &[("start", 0, 24), ("middle", 16, 16), ("end", 40, 24)];

/// The range that the instance names.
fn relation(s: &Scene, table: &[(&str, usize, usize)]) -> (usize, usize) {
    let name = s.param("relation");
    table.iter().find(|(known, ..)| *known == name).map_or((0, 8), |(_, offset, len)| (*offset, *len))
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    let names =
        |table: &'static [(&'static str, usize, usize)]| table.iter().map(|(name, ..)| *name).collect::<Vec<_>>();
    vec![
        case("ipv6.overlap.discarded-silently")
            .title("When a fragment overlaps another one, the packet is not delivered and no error is sent")
            .required(&["RFC8200-4.5-13", "RFC5722-4-2"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .param("relation", &names(RELATIONS))
            .param("data", &["same", "other"])
            .build(|s| {
                let (offset, len) = relation(s, RELATIONS);
                let whole = s.ip().echo_request(1, 1).fill(0x61, 88);
                // Octets of the ICMP header stay the same, so that only the data differs.
                let between =
                    if s.param("data") == "same" { whole.clone() } else { s.ip().echo_request(1, 1).fill(0x62, 88) };
                s.inject(whole.clone().fragment(0x21, 0, 48, true));
                s.inject(whole.clone().fragment(0x21, 64, 32, false));
                s.inject(between.fragment(0x21, offset, len, offset + len < 96));
                s.silence(packet::ipv6().icmpv6(1..=129_i64, any()));
                echo_works(s);
            }),
        case("ipv6.overlap.inside-another-discarded")
            .title("A fragment with other data that lies within another one makes the whole packet be discarded")
            .required(&["RFC8200-4.5-13", "RFC5722-4-2"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .param("relation", &names(INSIDE))
            .build(|s| {
                contained(s, 0x62);
                s.silence(packet::ipv6().icmpv6(1..=129_i64, any()));
                echo_works(s);
            }),
        case("ipv6.overlap.inside-another-with-same-data")
            .title(
                "Whether a fragment that repeats a part of another one, octet for octet, makes the packet be discarded",
            )
            .observed()
            .required(&["RFC8200-4.5-14"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .param("relation", &names(INSIDE))
            .build(|s| {
                contained(s, 0x61);
                s.silence(packet::ipv6().icmpv6(1..=129_i64, any()));
            }),
        case("ipv6.overlap.exact-duplicate-dropped-alone")
            .title("Whether a fragment that comes twice is dropped alone, so that the packet is delivered")
            .observed()
            .required(&["RFC8200-4.5-14"])
            .needs(&[Capability::Reassembly])
            .ipv6()
            .param("twice", &["first", "last"])
            .build(|s| {
                let whole = s.ip().echo_request(1, 1).fill(0x61, 152);
                let pieces = [(0, true), (64, true), (128, false)];
                let twice = if s.param("twice") == "first" { pieces[0] } else { pieces[2] };
                for (offset, more) in [twice, pieces[0], pieces[2], pieces[1]] {
                    s.inject(whole.clone().fragment(0x23, offset, 64, more));
                }
                s.expect(s.ip().echo_reply(1, 1).fill(0x61, 152));
            }),
        case("ipv6.overlap.next-packet-unharmed")
            .title("After an overlap the next packet in fragments is received")
            .required(&["RFC8200-4.5-13", "RFC8200-5-4"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .build(|s| {
                let whole = s.ip().echo_request(1, 1).fill(0x61, 88);
                s.inject(whole.clone().fragment(0x24, 0, 48, true));
                s.inject(whole.clone().fragment(0x24, 40, 56, false));
                s.silence(any_error());
                s.inject(whole.clone().fragment(0x25, 0, 48, true));
                s.inject(whole.fragment(0x25, 48, 48, false));
                s.expect(s.ip().echo_reply(1, 1).fill(0x61, 88));
            }),
    ]
}

/// Sends three fragments of a packet, of which the second one lies within the first and is filled with `byte`.
fn contained(s: &mut Scene, byte: u8) {
    let (offset, len) = relation(s, INSIDE);
    let whole = s.ip().echo_request(1, 1).fill(0x61, 88);
    let between = s.ip().echo_request(1, 1).fill(byte, 88);
    s.inject(whole.clone().fragment(0x22, 0, 64, true));
    s.inject(between.fragment(0x22, offset, len, true));
    s.inject(whole.fragment(0x22, 64, 32, false));
}
