//! ICMPv6 messages, neighbour discovery and multicast listeners. Read first: RFC 4443 2 and 3, RFC 4861 4, RFC 3810 5,
//! `stack/src/wire/{icmpv6,ndp,mld}.rs`. All three read the same view, so they share their frame here.

use core::net::Ipv6Addr;

use wireproof_stack::wire::icmpv6::{Icmpv6Packet, Icmpv6Repr};
use wireproof_stack::wire::ip::PseudoHeader;
use wireproof_stack::wire::mld::MldRepr;
use wireproof_stack::wire::ndp::NdpRepr;

use super::{be16, emitted, judge, with_fixed};
use crate::digest::Digest;
use crate::generators::build::{fix_transport, protocol};
use crate::models::checksum::{is_valid, pseudo_header};

/// What generated inputs must reach, for the messages of RFC 4443.
pub const ICMPV6_MARKS: &[&str] = &["parsed", "refused", "echo", "error with quote", "other", "wrong checksum only"];
/// What generated inputs must reach, for neighbour discovery.
pub const NDP_MARKS: &[&str] =
    &["parsed", "refused", "with options", "solicitation", "advertisement", "router", "redirect"];
/// What generated inputs must reach, for multicast listeners.
pub const MLD_MARKS: &[&str] =
    &["parsed", "refused", "query v1", "query v2", "report v1", "done", "records", "sources"];

const SRC: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const DST: [u8; 16] = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

fn pseudo() -> PseudoHeader {
    PseudoHeader::v6(Ipv6Addr::from(SRC), Ipv6Addr::from(DST))
}

fn fix(bytes: &mut [u8]) {
    fix_transport(bytes, 2, &SRC, &DST, protocol::ICMPV6);
}

/// Runs `one` on the message as it is and with its checksum made right, with whether the checksum is right.
fn both(data: &[u8], one: impl Fn(&[u8], bool, &mut Digest)) -> Digest {
    let mut digest = Digest::new();
    for message in with_fixed(data, fix) {
        let Ok(view) = Icmpv6Packet::new_checked(&message[..]) else {
            assert!(message.len() < 4, "4 bytes are a header");
            digest.mark("refused");
            continue;
        };
        let intact = is_valid(&[&pseudo_header(&SRC, &DST, protocol::ICMPV6, message.len()), &message]);
        assert_eq!(view.verify_checksum(pseudo()), intact, "checksum against RFC 1071's plain sum");
        assert_eq!((view.msg_type().0, view.code(), view.body()), (message[0], message[1], &message[4..]));
        digest.see(&(view.rest_of_header(), view.data()));
        one(&message, intact, &mut digest);
    }
    digest
}

/// Any bytes as a message of RFC 4443.
pub fn icmpv6(data: &[u8]) -> Digest {
    both(data, |data, intact, digest| {
        let view = Icmpv6Packet::new_unchecked(data);
        let named = matches!(data[0], 1..=4 | 128 | 129);
        let parsed = Icmpv6Repr::parse(&view, Some(pseudo()));
        judge(&parsed, intact && (!named || data.len() >= 8), data.len(), digest);
        if !intact && Icmpv6Repr::parse(&view, None).is_ok() {
            digest.mark("wrong checksum only");
        }
        let Ok(repr) = parsed else { return };
        let mut canonical = data.to_vec();
        match data[0] {
            1 | 3 => canonical[4..8].fill(0),
            2 => canonical[1] = 0,
            _ => {}
        }
        fix(&mut canonical);
        let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut Icmpv6Packet::new_unchecked(buffer), pseudo()));
        assert_eq!(bytes, canonical, "emit restores the message");
        assert_eq!(Icmpv6Repr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())), Ok(repr));
        match repr {
            Icmpv6Repr::EchoRequest { .. } | Icmpv6Repr::EchoReply { .. } => digest.mark("echo"),
            Icmpv6Repr::Other { .. } => digest.mark("other"),
            _ => {
                digest.mark("error with quote");
                super::quote::v6(repr.quote().expect("every error quotes"), digest);
            }
        }
        digest.see(&(repr.msg_type().to_string(), repr.code()));
    })
}

/// Bytes in front of the options of a neighbour discovery message; `None` for another type.
fn ndp_fixed_len(kind: u8) -> Option<usize> {
    match kind {
        133 => Some(8),
        134 => Some(16),
        135 | 136 => Some(24),
        137 => Some(40),
        _ => None,
    }
}

/// Whether the options fill `area` exactly, none of them empty (RFC 4861 4.6).
fn ndp_options_fit(mut area: &[u8]) -> bool {
    while !area.is_empty() {
        let len = usize::from(*area.get(1).unwrap_or(&0)) * 8;
        if len == 0 || len > area.len() {
            return false;
        }
        area = &area[len..];
    }
    true
}

/// Any bytes as a neighbour discovery message.
pub fn ndp(data: &[u8]) -> Digest {
    both(data, |data, intact, digest| {
        let fixed_len = ndp_fixed_len(data[0]);
        let allowed = fixed_len.is_some_and(|len| {
            // RFC 4861 7.1: no group as the target; 8.1: none as the destination of a redirect.
            let group = |at: usize| data.get(at) == Some(&0xff);
            let target_ok = match data[0] {
                135 | 136 => !group(8),
                137 => !group(24),
                _ => true,
            };
            data[1] == 0 && data.len() >= len && ndp_options_fit(&data[len..]) && target_ok
        });
        let view = Icmpv6Packet::new_unchecked(data);
        judge(&NdpRepr::parse(&view, None), allowed, data.len(), digest);
        let parsed = NdpRepr::parse(&view, Some(pseudo()));
        judge(&parsed, allowed && intact, data.len(), digest);
        let Ok(repr) = parsed else { return };
        let mut canonical = data.to_vec();
        match data[0] {
            133 | 135 | 137 => canonical[4..8].fill(0),
            136 => {
                canonical[4] &= 0xe0;
                canonical[5..8].fill(0);
            }
            _ => {}
        }
        fix(&mut canonical);
        let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut Icmpv6Packet::new_unchecked(buffer), pseudo()));
        assert_eq!(bytes, canonical, "emit restores the message");
        assert_eq!(NdpRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())), Ok(repr));
        ndp_options(&repr, digest);
        digest.mark(match repr {
            NdpRepr::RouterSolicitation { .. } | NdpRepr::RouterAdvertisement { .. } => "router",
            NdpRepr::NeighborSolicitation { .. } => "solicitation",
            NdpRepr::NeighborAdvertisement { .. } => "advertisement",
            NdpRepr::Redirect { .. } => "redirect",
        });
    })
}

/// Each option written again has its old length and, but for reserved fields, its old bytes.
fn ndp_options(repr: &NdpRepr<'_>, digest: &mut Digest) {
    let mut area = repr.options().0;
    for option in repr.options() {
        let option = option.expect("parse has seen all of them");
        let len = usize::from(area[1]) * 8;
        let mut canonical = area[..len].to_vec();
        match (area[0], len) {
            (3, 32) => {
                canonical[3] &= 0xc0;
                canonical[12..16].fill(0);
            }
            (4, _) => canonical[2..8].fill(0),
            (5, 8) => canonical[2..4].fill(0),
            _ => {}
        }
        let bytes = emitted(option.buffer_len(), |buffer| assert_eq!(option.emit(buffer), Some(len)));
        assert_eq!(bytes, canonical, "option written again: {option:?}");
        assert_eq!(option.emit(&mut vec![0; len - 1]), None, "one byte too few");
        digest.see(&option.to_string());
        digest.mark("with options");
        area = &area[len..];
    }
    assert!(area.is_empty(), "the options fill their area");
    digest.see(&(
        repr.options().source_link_layer().map(|mac| mac.0),
        repr.options().target_link_layer().map(|mac| mac.0),
    ));
}

/// The end of the last record of a version 2 report of `count` records that start at 8; `None` if they do not fit.
fn mld_records_end(data: &[u8]) -> Option<usize> {
    let mut end = 8;
    for _ in 0..be16(data, 6) {
        let fixed = data.get(end..end + 20)?;
        end += 20 + usize::from(be16(fixed, 2)) * 16 + usize::from(fixed[1]) * 4;
    }
    (end <= data.len()).then_some(end)
}

/// The message as `emit` writes it, without its checksum; `None` if it is not a multicast listener message.
fn mld_canonical(data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = data.to_vec();
    bytes[1] = 0;
    match data[0] {
        130 if data.len() == 24 => bytes[6..8].fill(0),
        130 if data.len() >= 28 => {
            let end = 28 + usize::from(be16(data, 26)) * 16;
            bytes = bytes.get(..end)?.to_vec();
            bytes[6..8].fill(0);
            bytes[24] &= 15;
        }
        131 | 132 if data.len() >= 24 => {
            bytes[4..8].fill(0);
            bytes.truncate(24);
        }
        143 if data.len() >= 8 => {
            bytes.truncate(mld_records_end(data)?);
            bytes[4..6].fill(0);
        }
        _ => return None,
    }
    Some(bytes)
}

/// Any bytes as a multicast listener message.
pub fn mld(data: &[u8]) -> Digest {
    both(data, |data, intact, digest| {
        let canonical = mld_canonical(data);
        let view = Icmpv6Packet::new_unchecked(data);
        judge(&MldRepr::parse(&view, None), canonical.is_some(), data.len(), digest);
        let parsed = MldRepr::parse(&view, Some(pseudo()));
        judge(&parsed, canonical.is_some() && intact, data.len(), digest);
        let (Ok(repr), Some(mut canonical)) = (parsed, canonical) else { return };
        fix(&mut canonical);
        let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut Icmpv6Packet::new_unchecked(buffer), pseudo()));
        assert_eq!(bytes, canonical, "emit restores the message");
        assert_eq!(MldRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())), Ok(repr));
        mld_marks(&repr, digest);
    })
}

fn mld_marks(repr: &MldRepr<'_>, digest: &mut Digest) {
    match repr {
        MldRepr::QueryV1 { .. } => digest.mark("query v1"),
        MldRepr::QueryV2 { sources, .. } => {
            digest.mark("query v2");
            if !sources.is_empty() {
                digest.mark("sources");
            }
            assert_eq!(sources.iter().count(), sources.len());
        }
        MldRepr::ReportV1 { .. } => digest.mark("report v1"),
        MldRepr::Done { .. } => digest.mark("done"),
        MldRepr::ReportV2 { records } => {
            for record in records.iter() {
                let record = record.expect("parse has seen all of them");
                let bytes = emitted(record.buffer_len(), |buffer| assert!(record.emit(buffer).is_some()));
                digest.bytes(&bytes);
                digest.mark("records");
            }
            assert_eq!(records.iter().count(), records.len());
        }
    }
    digest.see(&format!("{repr:?}"));
}
