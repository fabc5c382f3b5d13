//! The options areas of IPv4 and TCP. Read first: RFC 791 3.1, RFC 9293 3.2, `stack/src/wire/{ipv4,tcp}_options.rs`.

use wireproof_stack::seq::SeqNumber;
use wireproof_stack::wire::Result;
use wireproof_stack::wire::ipv4::{Ipv4Option, Ipv4OptionIter, Ipv4Options};
use wireproof_stack::wire::tcp::{DecodedOptions, TcpOption, TcpOptionIter, TcpOptions};

use super::{be16, be32, check_error};
use crate::digest::Digest;

/// What generated inputs must reach, for IPv4.
pub const IPV4_MARKS: &[&str] =
    &["walked to the end", "end of list", "illegal length", "unknown kind", "known kind", "copied"];
/// What generated inputs must reach, for TCP.
pub const TCP_MARKS: &[&str] =
    &["walked to the end", "end of list", "illegal length", "unknown kind", "known kind", "SACK blocks", "twice"];

/// One option of an area as the length bytes say: offset, kind, data. `None` for an illegal length.
type Piece<'a> = (usize, u8, Option<&'a [u8]>);

/// The area cut into options, kind by kind, up to its end, the end-of-list option or the first illegal length.
fn cut(area: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < area.len() {
        let kind = area[at];
        let len = if kind < 2 { 1 } else { usize::from(*area.get(at + 1).unwrap_or(&0)) };
        if kind > 1 && (len < 2 || at + len > area.len()) {
            pieces.push((at, kind, None));
            break;
        }
        pieces.push((at, kind, Some(&area[(at + 2).min(at + len)..at + len])));
        if kind == 0 {
            break;
        }
        at += len;
    }
    pieces
}

/// Every option that the iterator gives, each with the offset that it stated before.
fn collect<T, I: Iterator<Item = Result<T>>>(mut iter: I, offset: impl Fn(&I) -> usize) -> Vec<(usize, Result<T>)> {
    let mut found = Vec::new();
    loop {
        let at = offset(&iter);
        let Some(option) = iter.next() else { return found };
        found.push((at, option));
    }
}

/// Compares what the walk met with the length bytes; `kind_and_len` asks an option for its own.
fn walk<T>(area: &[u8], found: Vec<(usize, Result<T>)>, kind_and_len: impl Fn(&T) -> (u8, usize), digest: &mut Digest) {
    let pieces = cut(area);
    assert_eq!(found.len(), pieces.len(), "as many options as the length bytes say");
    for ((at, kind, data), (offset, option)) in pieces.iter().zip(&found) {
        assert_eq!(at, offset, "offset of the option");
        match (option, data) {
            (Ok(option), Some(data)) => {
                let len = if *kind < 2 { 1 } else { 2 + data.len() };
                assert_eq!(kind_and_len(option), (*kind, len), "kind and length");
                digest.see(&(kind, data));
            }
            (Err(error), None) => {
                digest.mark("illegal length");
                check_error(error, area.len());
            }
            _ => panic!("option {kind} at {at}: the walk and the length bytes disagree"),
        }
        if *kind == 0 {
            digest.mark("end of list");
        }
    }
    if pieces.last().is_some_and(|(_, kind, data)| data.is_some() && *kind != 0) {
        digest.mark("walked to the end");
    }
}

/// Any bytes as the options area of an IPv4 header.
pub fn ipv4(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let area = &data[..data.len().min(40)];
    assert_eq!(Ipv4Options::from_bytes(data).is_some(), data.len() <= 40);
    let found = collect(Ipv4OptionIter::new(area), Ipv4OptionIter::offset);
    for (_, option) in found.iter().filter_map(|(at, option)| Some((at, option.as_ref().ok()?))) {
        digest.mark(if matches!(option, Ipv4Option::Unknown { .. }) { "unknown kind" } else { "known kind" });
        digest.see(&option.to_string());
    }
    rebuild_ipv4(area, &found, &mut digest);
    walk(area, found, |option| (option.kind(), option.buffer_len()), &mut digest);
    digest
}

/// Options written again give the bytes they were read from, and fragments carry those with the copied flag.
fn rebuild_ipv4(area: &[u8], found: &[(usize, Result<Ipv4Option<'_>>)], digest: &mut Digest) {
    let good: Vec<Ipv4Option<'_>> = found.iter().filter_map(|(_, option)| option.as_ref().ok().copied()).collect();
    let used: usize = good.iter().map(Ipv4Option::buffer_len).sum();
    let rebuilt = Ipv4Options::from_options(&good).expect("what fitted fits again");
    assert_eq!(rebuilt.as_bytes()[..used], area[..used], "options written again");
    assert!(rebuilt.as_bytes()[used..].iter().all(|&byte| byte == 0), "padding is zero");
    let copied: Vec<Ipv4Option<'_>> = good.into_iter().filter(|option| option.kind() & 0x80 != 0).collect();
    let options = Ipv4Options::from_bytes(area).expect("at most 40");
    assert_eq!(options.as_bytes()[..area.len()], *area);
    // Padding may complete an option that the area cuts off; an area in a header is a multiple of four.
    if area.len().is_multiple_of(4) {
        assert_eq!(options.copied(), Ipv4Options::from_options(&copied).expect("fewer fit"), "what a fragment carries");
        if !copied.is_empty() {
            digest.mark("copied");
        }
    }
}

/// Any bytes as the options area of a TCP header.
pub fn tcp(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let area = &data[..data.len().min(40)];
    assert_eq!(TcpOptions::from_bytes(data).is_some(), data.len() <= 40);
    let found = collect(TcpOptionIter::new(area), TcpOptionIter::offset);
    for (_, option) in found.iter().filter_map(|(at, option)| Some((at, option.as_ref().ok()?))) {
        digest.mark(if matches!(option, TcpOption::Unknown { .. }) { "unknown kind" } else { "known kind" });
        digest.see(&option.to_string());
    }
    let good: Vec<TcpOption<'_>> = found.iter().filter_map(|(_, option)| option.as_ref().ok().copied()).collect();
    let used: usize = good.iter().map(TcpOption::buffer_len).sum();
    let rebuilt = TcpOptions::from_options(&good).expect("what fitted fits again");
    assert_eq!(rebuilt.as_bytes()[..used], area[..used], "options written again");
    assert_eq!(DecodedOptions::decode(area), decoded(area, &mut digest), "first one counts, by the length bytes");
    walk(area, found, |option| (option.kind(), option.buffer_len()), &mut digest);
    digest
}

/// What the stack should understand, straight off the bytes: the first well-formed option of each kind.
fn decoded(area: &[u8], digest: &mut Digest) -> DecodedOptions {
    let mut wanted = DecodedOptions::default();
    for (_, kind, data) in cut(area) {
        let Some(data) = data else {
            wanted.malformed = true;
            break;
        };
        match (kind, data.len()) {
            (2, 2) if wanted.max_segment_size.is_none() => wanted.max_segment_size = Some(be16(data, 0)),
            (3, 1) if wanted.window_scale.is_none() => wanted.window_scale = Some(data[0]),
            (4, 0) => wanted.sack_permitted = true,
            (5, 8 | 16 | 24 | 32) if wanted.sack[0].is_none() => {
                for (block, bytes) in wanted.sack.iter_mut().zip(data.chunks(8)) {
                    *block = Some((SeqNumber(be32(bytes, 0)), SeqNumber(be32(bytes, 4))));
                }
                digest.mark("SACK blocks");
            }
            (8, 8) if wanted.timestamps.is_none() => wanted.timestamps = Some((be32(data, 0), be32(data, 4))),
            (2, 2) | (3, 1) | (8, 8) => digest.mark("twice"),
            _ => {}
        }
    }
    wanted
}
