//! ICMP messages. Read first: RFC 792, RFC 950, `stack/src/wire/icmpv4.rs`.

use wireproof_stack::wire::icmpv4::{Icmpv4Packet, Icmpv4Repr};
use wireproof_stack::wire::quote::Quote;

use super::{emitted, judge, with_fixed};
use crate::digest::Digest;
use crate::generators::build::fix_plain_at;
use crate::models::checksum::is_valid;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &[
    "parsed",
    "refused",
    "echo",
    "error with quote",
    "quoted ports",
    "timestamp",
    "address mask",
    "unknown",
    "wrong checksum only",
];

/// Any bytes as a message, as they are and with the checksum made right.
pub fn icmpv4(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    for message in with_fixed(data, |bytes| fix_plain_at(bytes, 2)) {
        one(&message, &mut digest);
    }
    digest
}

/// The message with unused fields zero and what is behind its fixed length cut off: what `emit` writes. `None` if it
/// is too short for its type.
fn canonical(data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = data.to_vec();
    match (data[0], data[1]) {
        (3, _) => bytes[4..6].fill(0),
        (4, 0) | (11, _) => bytes[4..8].fill(0),
        (12, _) => bytes[5..8].fill(0),
        (13 | 14, 0) if data.len() < 20 => return None,
        (13 | 14, 0) => bytes.truncate(20),
        (17 | 18, 0) if data.len() < 12 => return None,
        (17 | 18, 0) => bytes.truncate(12),
        _ => {}
    }
    fix_plain_at(&mut bytes, 2);
    Some(bytes)
}

fn one(data: &[u8], digest: &mut Digest) {
    let Ok(view) = Icmpv4Packet::new_checked(data) else {
        assert!(data.len() < 8, "8 bytes are a header");
        digest.mark("refused");
        return;
    };
    assert_eq!((view.msg_type().0, view.code(), view.data()), (data[0], data[1], &data[8..]));
    digest.see(&(view.rest_of_header(), view.gateway(), view.pointer(), view.quote_words(), view.next_hop_mtu()));
    let intact = is_valid(&[data]);
    assert_eq!(view.verify_checksum(), intact, "checksum against RFC 1071's plain sum");
    let canonical = canonical(data);
    judge(&Icmpv4Repr::parse_unverified(&view), canonical.is_some(), data.len(), digest);
    let parsed = Icmpv4Repr::parse(&view);
    judge(&parsed, intact && canonical.is_some(), data.len(), digest);
    if !intact && canonical.is_some() {
        digest.mark("wrong checksum only");
    }
    let (Ok(repr), Some(canonical)) = (parsed, canonical) else { return };
    let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut Icmpv4Packet::new_unchecked(buffer)));
    assert_eq!(bytes, canonical, "emit restores the message");
    let again = Icmpv4Packet::new_unchecked(&bytes[..]);
    assert_eq!(Icmpv4Repr::parse(&again), Ok(repr), "parse, emit, parse");
    marks(&repr, digest);
}

fn marks(repr: &Icmpv4Repr<'_>, digest: &mut Digest) {
    match repr {
        Icmpv4Repr::EchoRequest { .. } | Icmpv4Repr::EchoReply { .. } => digest.mark("echo"),
        Icmpv4Repr::TimestampRequest { .. } | Icmpv4Repr::TimestampReply { .. } => digest.mark("timestamp"),
        Icmpv4Repr::AddressMaskRequest { .. } | Icmpv4Repr::AddressMaskReply { .. } => digest.mark("address mask"),
        Icmpv4Repr::Unknown { .. } => digest.mark("unknown"),
        _ => {}
    }
    assert_eq!(repr.quote().is_some(), repr.msg_type().is_error() && !matches!(repr, Icmpv4Repr::Unknown { .. }));
    if let Some(quote) = repr.quote() {
        digest.mark("error with quote");
        super::quote::v4(quote, digest);
        if Quote::parse_v4(quote).is_ok_and(|quote| quote.ports().is_some()) {
            digest.mark("quoted ports");
        }
    }
    digest.see(&(repr.msg_type().to_string(), repr.code()));
}
