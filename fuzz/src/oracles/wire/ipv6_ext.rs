//! IPv6 extension headers and the walk over their chain. Read first: RFC 8200 4, RFC 4302 2.2,
//! `stack/src/wire/ipv6_ext.rs`.

use wireproof_stack::wire::ip::IpProtocol;
use wireproof_stack::wire::ipv6_ext::{
    ChainWalker, FragmentPacket, FragmentRepr, Ipv6ExtPacket, Ipv6Option, Ipv6OptionsRepr, RoutingRepr, Step,
    write_options,
};

use super::{be16, be32, check_error, emitted, judge};
use crate::digest::Digest;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &[
    "parsed",
    "refused",
    "upper layer",
    "chain of three",
    "middle fragment",
    "too many",
    "cut short",
    "illegal option",
    "known option",
];

/// The first byte says which header comes first, the second how many the walker takes; the rest is the chain.
pub fn ipv6_ext(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let [first, limit, area @ ..] = data else { return digest };
    chain(*first, usize::from(limit % 16), area, &mut digest);
    extension(area, &mut digest);
    fragment(area, &mut digest);
    digest
}

/// Every header of the chain as its length bytes say; `Err(())` where the walk must end in an error.
fn steps(first: u8, limit: usize, area: &[u8]) -> Vec<Result<(u8, usize, usize), ()>> {
    let (mut steps, mut header, mut offset) = (Vec::new(), first, 0);
    loop {
        let rest = &area[offset..];
        if ![0, 43, 44, 51, 60].contains(&header) {
            steps.push(Ok((header, offset, rest.len())));
            return steps;
        }
        let len = match (header, rest.get(1)) {
            (44, _) => 8,
            (51, Some(&words)) => (usize::from(words) + 2) * 4,
            (_, units) => (usize::from(*units.unwrap_or(&0)) + 1) * 8,
        };
        if steps.len() == limit || rest.len() < len.max(8) {
            steps.push(Err(()));
            return steps;
        }
        steps.push(Ok((header, offset, len)));
        if header == 44 && be16(rest, 2) & 0xfff8 != 0 {
            return steps;
        }
        (header, offset) = (rest[0], offset + len);
    }
}

fn chain(first: u8, limit: usize, area: &[u8], digest: &mut Digest) {
    let wanted = steps(first, limit, area);
    let found: Vec<_> = ChainWalker::with_limit(IpProtocol(first), area, limit).collect();
    assert_eq!(found.len(), wanted.len(), "as many headers as the length bytes say");
    let mut before: Option<Step> = None;
    for (found, wanted) in found.iter().zip(&wanted) {
        match (found, wanted) {
            (Ok(step), Ok((header, offset, len))) => {
                assert_eq!((step.header.0, step.offset, step.len), (*header, *offset, *len));
                assert_eq!(step.named_at, before.map(|step| step.offset), "where the header is named");
                before = Some(*step);
                digest.see(&(header, len));
            }
            (Err(error), Err(())) => check_error(error, area.len()),
            _ => panic!("{found:?} where {wanted:?} should be"),
        }
    }
    match wanted.last() {
        Some(Err(())) => digest.mark(if wanted.len() == limit + 1 { "too many" } else { "cut short" }),
        Some(Ok((44, ..))) => digest.mark("middle fragment"),
        _ => digest.mark("upper layer"),
    }
    if wanted.len() > 3 {
        digest.mark("chain of three");
    }
    let last = ChainWalker::with_limit(IpProtocol(first), area, limit).last_step();
    assert_eq!(last.is_ok(), wanted.iter().all(Result::is_ok), "last_step fails if a step does");
}

/// The area as an options header and as a routing header.
fn extension(area: &[u8], digest: &mut Digest) {
    let len = area.get(1).map_or(0, |units| (usize::from(*units) + 1) * 8);
    let view = Ipv6ExtPacket::new_checked(area);
    judge(&view.as_ref().map(|_| ()).map_err(|error| *error), len >= 8 && len <= area.len(), area.len(), digest);
    let Ok(view) = view else { return };
    assert_eq!((view.body(), view.payload()), (&area[2..len], &area[len..]));
    let options = Ipv6OptionsRepr::parse(&view).expect("the view is checked");
    let bytes = emitted(options.buffer_len(), |buffer| options.emit(&mut Ipv6ExtPacket::new_unchecked(buffer)));
    assert_eq!(bytes, area[..len], "emit restores the options header");
    let routing = RoutingRepr::parse(&view).expect("the view is checked");
    let bytes = emitted(routing.buffer_len(), |buffer| routing.emit(&mut Ipv6ExtPacket::new_unchecked(buffer)));
    assert_eq!(bytes, area[..len], "emit restores the routing header");
    digest.see(&(view.routing_type(), view.segments_left()));
    option_list(options, digest);
}

fn option_list(header: Ipv6OptionsRepr<'_>, digest: &mut Digest) {
    let mut good: Vec<Ipv6Option<'_>> = Vec::new();
    let mut at = 0;
    for option in header.option_iter() {
        let Ok(option) = option else {
            digest.mark("illegal option");
            check_error(&option.expect_err("just seen"), header.options.len());
            break;
        };
        let len = option.buffer_len();
        let mut bytes = vec![0xff; len];
        assert_eq!(option.emit(&mut bytes), Some(len));
        assert_eq!(bytes, header.options[at..at + len], "option written again: {option:?}");
        assert_eq!(option.emit(&mut bytes[1..]), None, "one byte too few");
        if matches!(option, Ipv6Option::RouterAlert(_) | Ipv6Option::JumboPayload(_)) {
            digest.mark("known option");
        }
        digest.see(&(option.to_string(), option.may_change(), option.action()));
        at += len;
        good.push(option);
    }
    let mut area = vec![0; at + 8];
    let written = write_options(&mut area, &good).expect("eight bytes of padding are enough");
    assert_eq!((written + 2) % 8, 0, "padded to a multiple of eight");
    assert!(written < at + 8 && area[..at] == header.options[..at], "the options come first");
}

/// The area as a fragment header.
fn fragment(area: &[u8], digest: &mut Digest) {
    let Ok(view) = FragmentPacket::new_checked(area) else {
        assert!(area.len() < 8);
        return;
    };
    let repr = FragmentRepr::parse(&view).expect("the view is checked");
    let word = be16(area, 2);
    assert_eq!((repr.fragment_offset, repr.more_fragments), (word & 0xfff8, word & 1 == 1));
    assert_eq!((repr.next_header.0, repr.identification), (area[0], be32(area, 4)));
    assert_eq!((view.reserved_bits(), view.payload()), ((word >> 1) as u8 & 3, &area[8..]));
    let mut canonical = area[..8].to_vec();
    canonical[1] = 0;
    canonical[3] &= 0xf9;
    let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut FragmentPacket::new_unchecked(buffer)));
    assert_eq!(bytes, canonical, "emit restores the fragment header");
    digest.see(&repr.is_atomic());
}
