//! IPv4 options: in packets for this host, in packets through this host, and in replies.
//!
//! Read first: RFC 791 3.1 (formats), RFC 1122 3.2.1.8 and 3.2.2.6, RFC 1812 5.3.13.

use core::net::Ipv4Addr;

use crate::time::Instant;
use crate::wire::ipv4_options::kind;

/// Octets of the fixed IPv4 header, before the options.
const FIXED: usize = 20;
/// The least pointer of a route option, counted from 1 at its type octet.
const FIRST_ROUTE: usize = 4;
/// The least pointer of a timestamp option.
const FIRST_STAMP: usize = 5;

/// A malformed option: offset of the offending octet from the start of the IPv4 header, for a parameter problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// Offset in octets from the start of the IPv4 header.
    pub pointer: u8,
}

/// The options that have a length octet, as (offset, length) in the area; ends at the first impossible length.
#[derive(Clone, Debug)]
struct Spans<'a> {
    area: &'a [u8],
    at: usize,
}

impl Iterator for Spans<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let at = self.at;
            match *self.area.get(at)? {
                kind::END_OF_LIST => return None,
                kind::NO_OPERATION => self.at += 1,
                _ => {
                    let len = usize::from(*self.area.get(at + 1)?);
                    if len < 2 || at + len > self.area.len() {
                        return None;
                    }
                    self.at += len;
                    return Some((at, len));
                }
            }
        }
    }
}

const fn spans(area: &[u8]) -> Spans<'_> {
    Spans { area, at: 0 }
}

const fn is_source_route(kind: u8) -> bool {
    matches!(kind, kind::LOOSE_SOURCE_ROUTE | kind::STRICT_SOURCE_ROUTE)
}

/// Checks every option of an options area (the octets behind the 20th of the header). Unknown ones are fine as long
/// as their length is possible (RFC1122-3.2.1.8-3).
pub fn validate(options: &[u8]) -> Result<(), OptionError> {
    let error = |offset: usize| Err(OptionError { pointer: (FIXED + offset) as u8 });
    let mut walk = spans(options);
    for (at, len) in walk.by_ref() {
        let body = &options[at..at + len];
        // What is between the pointer and the end must be room for whole entries.
        let (first, entry) = match body[0] {
            kind::RECORD_ROUTE | kind::LOOSE_SOURCE_ROUTE | kind::STRICT_SOURCE_ROUTE => (FIRST_ROUTE, 4),
            kind::TIMESTAMP if len >= 4 => match body[3] & 0x0f {
                0 => (FIRST_STAMP, 4),
                1 | 3 => (FIRST_STAMP, 8),
                _ => return error(at + 3),
            },
            kind::TIMESTAMP => return error(at + 1),
            _ => continue,
        };
        if len < first - 1 {
            return error(at + 1);
        }
        let pointer = usize::from(body[2]);
        if pointer < first || (pointer <= len && pointer + entry > len + 1) {
            return error(at + 2);
        }
    }
    // The walk ends at the list's end, behind the last octet, or at a length that is not possible.
    match options.get(walk.at) {
        None | Some(&kind::END_OF_LIST) => Ok(()),
        Some(_) => error(walk.at + 1),
    }
}

/// Whether an option is there that this host knows nothing about.
pub fn has_unknown(options: &[u8]) -> bool {
    spans(options).any(|(at, _)| {
        !matches!(
            options[at],
            kind::RECORD_ROUTE
                | kind::TIMESTAMP
                | kind::SECURITY
                | kind::LOOSE_SOURCE_ROUTE
                | kind::STRICT_SOURCE_ROUTE
                | kind::STREAM_ID
                | kind::ROUTER_ALERT
        )
    })
}

/// The next address of a source route that is not used up yet.
pub fn next_hop(options: &[u8]) -> Option<Ipv4Addr> {
    spans(options).find(|&(at, _)| is_source_route(options[at])).and_then(|(at, len)| {
        let pointer = usize::from(*options.get(at + 2)?);
        address(options.get(at..at + len)?, pointer)
    })
}

/// Whether a strict source route is there.
pub fn is_strict(options: &[u8]) -> bool {
    spans(options)
        .find(|&(at, _)| is_source_route(options[at]))
        .is_some_and(|(at, _)| options[at] == kind::STRICT_SOURCE_ROUTE)
}

/// The address at `pointer` (counted from 1) of an option.
fn address(option: &[u8], pointer: usize) -> Option<Ipv4Addr> {
    let at = pointer.checked_sub(1).filter(|at| *at >= 3)?;
    option.get(at..at + 4)?.first_chunk::<4>().copied().map(Ipv4Addr::from)
}

/// Where a reply to a packet with these options has to go first: the last hop of its source route, or `src`.
pub fn reply_destination(options: &[u8], src: Ipv4Addr) -> Ipv4Addr {
    let recorded = |(at, len): (usize, usize)| {
        let option = options.get(at..at + len)?;
        let used = usize::from(*option.get(2)?).min(len + 1);
        address(option, used.checked_sub(4)?)
    };
    spans(options).find(|&(at, _)| is_source_route(options[at])).and_then(recorded).unwrap_or(src)
}

/// Writes the options for an echo or timestamp reply into `out` (RFC 1122 3.2.2.6): record route and timestamp
/// updated with our address and time, a source route reversed, nothing else. Returns the length, a multiple of 4.
/// With a source route the reply goes to [`reply_destination`] first.
pub fn for_reply(options: &[u8], own: Ipv4Addr, src: Ipv4Addr, now: Instant, out: &mut [u8; 40]) -> usize {
    let mut len = 0;
    *out = [0; 40];
    for (at, option_len) in spans(options) {
        let option = &options[at..at + option_len];
        let Some(room) = out.get_mut(len..len + option_len) else {
            continue;
        };
        match option[0] {
            // RFC1122-3.2.2.6-8: updated to include this host, and included.
            kind::RECORD_ROUTE | kind::TIMESTAMP => {
                room.copy_from_slice(option);
                record(room, own, &|addr| addr == own, now);
                len += option_len;
            }
            // RFC1122-3.2.2.6-9, RFC1122-3.2.1.8c-3.
            kind::LOOSE_SOURCE_ROUTE | kind::STRICT_SOURCE_ROUTE => len += reverse(option, src, room),
            _ => {}
        }
    }
    len.next_multiple_of(4)
}

/// Writes the return route of a completed source route: its recorded addresses backwards without the last (which the
/// reply is addressed to), then the source. A recorded source (RFC 1122 3.2.1.8 (c), case B) is not repeated.
fn reverse(option: &[u8], src: Ipv4Addr, out: &mut [u8]) -> usize {
    let used = usize::from(option.get(2).copied().unwrap_or(0)).min(option.len() + 1);
    // At most nine addresses fit an option.
    let mut hops = [src; 9];
    let mut count = 0;
    for n in 0..used.saturating_sub(FIRST_ROUTE) / 4 {
        match address(option, FIRST_ROUTE + 4 * n) {
            Some(hop) if count < hops.len() && !(count == 0 && hop == src) => {
                hops[count] = hop;
                count += 1;
            }
            _ => {}
        }
    }
    if count == 0 {
        return 0;
    }
    let len = 3 + 4 * count;
    out[..3].copy_from_slice(&[option[0], len as u8, FIRST_ROUTE as u8]);
    let back = hops[..count - 1].iter().rev().chain([&src]);
    for (n, hop) in back.enumerate() {
        out[3 + 4 * n..7 + 4 * n].copy_from_slice(&hop.octets());
    }
    len
}

/// Records our address and time in the options of a packet that is forwarded, in place (RFC 1812 5.3.13.5 and 6).
/// `own` is the address of the outgoing interface, `is_own` tells our addresses.
pub fn for_forwarding(options: &mut [u8], own: Ipv4Addr, is_own: impl Fn(Ipv4Addr) -> bool, now: Instant) {
    let mut at = 0;
    while let Some((found, len)) = (Spans { area: options, at }).next() {
        record(&mut options[found..found + len], own, &is_own, now);
        at = found + len;
    }
}

/// Moves a packet with an uncompleted source route to its next hop, in place: the next address becomes the
/// destination, our address `own` is recorded, the header checksum made anew. Returns the new destination.
pub fn advance_source_route(packet: &mut [u8], own: Ipv4Addr) -> Option<Ipv4Addr> {
    let header_len = usize::from(packet.first()? & 0xf) * 4;
    let options = packet.get_mut(FIXED..header_len)?;
    let (at, len) = spans(options).find(|&(at, _)| is_source_route(options[at]))?;
    let option = &mut options[at..at + len];
    let pointer = usize::from(*option.get(2)?);
    let next = address(option, pointer)?;
    option[pointer - 1..pointer + 3].copy_from_slice(&own.octets());
    option[2] += 4;
    let mut view = crate::wire::ipv4::Ipv4Packet::new_unchecked(packet);
    view.set_dst(next);
    view.fill_checksum();
    Some(next)
}

/// Milliseconds since midnight as ICMP and the timestamp option want them. Nobody told us when midnight was, so the
/// high-order bit marks the value as not standard (RFC 792, RFC1122-3.2.2.8-8).
pub const fn timestamp(now: Instant) -> u32 {
    0x8000_0000 | (now.as_millis() % 86_400_000) as u32
}

/// Adds our address to a record route option or our time to a timestamp option.
fn record(option: &mut [u8], own: Ipv4Addr, is_own: &impl Fn(Ipv4Addr) -> bool, now: Instant) {
    let &[kind, _, pointer, ..] = &*option else {
        return;
    };
    let at = usize::from(pointer).saturating_sub(1);
    match kind {
        // RFC1812-5.3.13.5-1. A full one stays as it is.
        kind::RECORD_ROUTE if at >= 3 => {
            if let Some(room) = option.get_mut(at..at + 4) {
                room.copy_from_slice(&own.octets());
                option[2] += 4;
            }
        }
        kind::TIMESTAMP if at >= 4 && option.len() >= 4 => stamp(option, at, own, is_own, now),
        _ => {}
    }
}

/// RFC1812-5.3.13.6-1 and -3: the time, with our address before it if the option wants that.
fn stamp(option: &mut [u8], at: usize, own: Ipv4Addr, is_own: &impl Fn(Ipv4Addr) -> bool, now: Instant) {
    let time = timestamp(now).to_be_bytes();
    let flag = option[3] & 0x0f;
    let len = if flag == 0 { 4 } else { 8 };
    let Some(room) = option.get_mut(at..at + len) else {
        // RFC 1812 4.2.2.1: no room, so the overflow count says so; it stops at 15.
        if option[3] < 0xf0 && flag != 3 {
            option[3] += 0x10;
        }
        return;
    };
    match flag {
        0 => room.copy_from_slice(&time),
        1 => {
            room[..4].copy_from_slice(&own.octets());
            room[4..].copy_from_slice(&time);
        }
        3 => {
            let wanted = room.first_chunk::<4>().copied().map(Ipv4Addr::from);
            if !wanted.is_some_and(is_own) {
                return;
            }
            room[4..].copy_from_slice(&time);
        }
        _ => return,
    }
    option[2] += len as u8;
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;
    use rstest::rstest;

    const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const SRC: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

    #[rstest]
    #[case(&[], Ok(()))]
    #[case(&[1, 1, 0, 99], Ok(()))]
    #[case(&[7, 7, 4, 0, 0, 0, 0, 0], Ok(()))]
    #[case(&[7, 7, 8, 1, 2, 3, 4, 0], Ok(()))]
    #[case(&[7, 7, 3, 0, 0, 0, 0, 0], Err(22))]
    #[case(&[7, 7, 6, 0, 0, 0, 0, 0], Err(22))]
    #[case(&[7, 0, 4, 0], Err(21))]
    #[case(&[7, 1, 4, 0], Err(21))]
    #[case(&[7, 9, 4, 0], Err(21))]
    #[case(&[1, 1, 1, 7], Err(24))]
    #[case(&[68, 8, 5, 0, 0, 0, 0, 0], Ok(()))]
    #[case(&[68, 8, 5, 1, 0, 0, 0, 0], Err(22))]
    #[case(&[68, 8, 9, 1, 0, 0, 0, 0], Ok(()))]
    #[case(&[68, 8, 5, 2, 0, 0, 0, 0], Err(23))]
    #[case(&[68, 3, 5, 0], Err(21))]
    #[case(&[222, 4, 9, 9], Ok(()))]
    #[case(&[131, 2, 0, 0], Err(21))]
    fn validation(#[case] options: &[u8], #[case] expected: Result<(), u8>) {
        assert_eq!(validate(options).map_err(|error| error.pointer), expected);
    }

    #[test]
    fn an_echo_reply_carries_the_route_on() {
        let options = [7, 11, 8, 10, 0, 0, 1, 0, 0, 0, 0, 68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 222, 4, 1, 2, 0];
        let mut out = [9; 40];
        let now = Instant::from_millis(86_400_000 + 5);
        assert_eq!(for_reply(&options, OWN, SRC, now, &mut out), 24);
        assert_eq!(out[..24], [7, 11, 12, 10, 0, 0, 1, 192, 0, 2, 1, 68, 12, 13, 1, 192, 0, 2, 1, 0x80, 0, 0, 5, 0]);
    }

    #[rstest]
    // {G1, G2 >>}: back to G2 first, then G1, then S.
    #[case(&[131, 11, 12, 10, 0, 0, 1, 10, 0, 0, 2, 0], &[131, 11, 4, 10, 0, 0, 1, 198, 51, 100, 7, 0], [10, 0, 0, 2])]
    // {S, G1 >>}, the wrong way to write it: back to G1, then S once.
    #[case(&[137, 11, 12, 198, 51, 100, 7, 10, 0, 0, 1, 0], &[137, 7, 4, 198, 51, 100, 7, 0], [10, 0, 0, 1])]
    #[case(&[131, 3, 4, 0], &[], [198, 51, 100, 7])]
    fn a_source_route_is_reversed(#[case] options: &[u8], #[case] back: &[u8], #[case] first: [u8; 4]) {
        let mut out = [0; 40];
        let len = for_reply(options, OWN, SRC, Instant::ZERO, &mut out);
        assert_eq!(&out[..len], back);
        assert_eq!(reply_destination(options, SRC), Ipv4Addr::from(first));
        assert_eq!(next_hop(options), None);
    }

    #[test]
    fn a_full_timestamp_option_counts_its_overflow() {
        let mut options = [68, 8, 9, 0, 1, 2, 3, 4, 7, 7, 8, 1, 2, 3, 4, 0];
        for expected in [0x10, 0x20, 0x30] {
            for_forwarding(&mut options, OWN, |_| true, Instant::ZERO);
            assert_eq!(options[3], expected);
        }
        assert_eq!(options[8..], [7, 7, 8, 1, 2, 3, 4, 0]);
        options[3] = 0xf0;
        for_forwarding(&mut options, OWN, |_| true, Instant::ZERO);
        assert_eq!(options[3], 0xf0);
    }

    #[test]
    fn prespecified_addresses_are_stamped_only_by_their_owner() {
        let mut options = [68, 12, 5, 3, 192, 0, 2, 1, 0, 0, 0, 0];
        for_forwarding(&mut options, OWN, |addr| addr == SRC, Instant::ZERO);
        assert_eq!((options[2], options[8]), (5, 0));
        for_forwarding(&mut options, OWN, |addr| addr == OWN, Instant::ZERO);
        assert_eq!((options[2], options[8]), (13, 0x80));
    }

    #[test]
    fn a_source_route_moves_on() {
        let mut packet = [0u8; 28];
        packet[0] = 0x47;
        packet[16..20].copy_from_slice(&OWN.octets());
        packet[20..].copy_from_slice(&[131, 7, 4, 10, 0, 0, 9, 0]);
        assert_eq!(next_hop(&packet[20..]), Some(Ipv4Addr::new(10, 0, 0, 9)));
        assert!(!is_strict(&packet[20..]));
        assert_eq!(advance_source_route(&mut packet, SRC), Some(Ipv4Addr::new(10, 0, 0, 9)));
        assert_eq!(packet[16..20], [10, 0, 0, 9]);
        assert_eq!(packet[20..], [131, 7, 8, 198, 51, 100, 7, 0]);
        assert!(crate::wire::ipv4::Ipv4Packet::new_unchecked(&packet).verify_checksum());
        assert_eq!(advance_source_route(&mut packet, SRC), None);
    }

    quickcheck::quickcheck! {
        fn no_options_area_makes_trouble(options: Vec<u8>, now: u32) -> bool {
            let mut options = options;
            options.truncate(40);
            let mut out = [0; 40];
            let valid = validate(&options).is_ok();
            let len = for_reply(&options, OWN, SRC, Instant::from_millis(now.into()), &mut out);
            reply_destination(&options, SRC);
            has_unknown(&options);
            for_forwarding(&mut options, OWN, |_| true, Instant::ZERO);
            // What was valid stays so, here and in the reply.
            len <= 40 && (!valid || (validate(&options).is_ok() && validate(&out[..len]).is_ok()))
        }
    }
}
