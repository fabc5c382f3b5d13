//! IGMP messages of all versions. Read first: RFC 2236, RFC 3376 4, `stack/src/wire/igmp.rs`.

use wireproof_stack::wire::igmp::{IgmpPacket, IgmpRepr, decode_code, encode_code};

use super::{be16, emitted, judge, with_fixed};
use crate::digest::Digest;
use crate::generators::build::fix_plain_at;
use crate::models::checksum::is_valid;

/// What generated inputs must reach.
pub const MARKS: &[&str] =
    &["parsed", "refused", "query v1", "query v2", "query v3", "report", "records", "sources", "unknown"];

/// Any bytes as a message, as they are and with the checksum made right.
pub fn igmp(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    for message in with_fixed(data, |bytes| fix_plain_at(bytes, 2)) {
        one(&message, &mut digest);
    }
    digest
}

/// The end of the last group record of a version 3 report; `None` if they do not fit.
fn records_end(data: &[u8]) -> Option<usize> {
    let mut end = 8;
    for _ in 0..be16(data, 6) {
        let fixed = data.get(end..end + 8)?;
        end += 8 + usize::from(be16(fixed, 2)) * 4 + usize::from(fixed[1]) * 4;
    }
    (end <= data.len()).then_some(end)
}

/// The message as `emit` writes it; `None` if it is malformed.
fn canonical(data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = data.to_vec();
    match (data[0], data.len()) {
        (0x11, 8) => {}
        (0x11, ..12) => return None,
        (0x11, _) => {
            bytes.truncate(12 + usize::from(be16(data, 10)) * 4);
            bytes[8] &= 15;
            if 12 + usize::from(be16(data, 10)) * 4 > data.len() {
                return None;
            }
        }
        (0x12 | 0x16 | 0x17, _) => {
            bytes.truncate(8);
            bytes[1] = 0;
        }
        (0x22, _) => {
            bytes.truncate(records_end(data)?);
            bytes[1] = 0;
            bytes[4..6].fill(0);
        }
        _ => {}
    }
    fix_plain_at(&mut bytes, 2);
    Some(bytes)
}

fn one(data: &[u8], digest: &mut Digest) {
    let Ok(view) = IgmpPacket::new_checked(data) else {
        assert!(data.len() < 8, "8 bytes are a header");
        digest.mark("refused");
        return;
    };
    let intact = is_valid(&[data]);
    assert_eq!(view.verify_checksum(), intact, "checksum against RFC 1071's plain sum");
    assert_eq!((view.msg_type().0, view.max_resp_code(), view.data()), (data[0], data[1], &data[8..]));
    let value = decode_code(data[1]);
    assert_eq!(encode_code(value), data[1], "a code stands for one value");
    assert_eq!(encode_code(value + 1) > data[1], decode_code(encode_code(value + 1)) > value, "the next value");
    let canonical = canonical(data);
    let parsed = IgmpRepr::parse(&view);
    judge(&parsed, canonical.is_some() && intact, data.len(), digest);
    let (Ok(repr), Some(canonical)) = (parsed, canonical) else { return };
    let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut IgmpPacket::new_unchecked(buffer)));
    assert_eq!(bytes, canonical, "emit restores the message");
    assert_eq!(IgmpRepr::parse(&IgmpPacket::new_unchecked(&bytes[..])), Ok(repr), "parse, emit, parse");
    marks(&repr, digest);
}

fn marks(repr: &IgmpRepr<'_>, digest: &mut Digest) {
    match repr {
        IgmpRepr::QueryV1 { .. } => digest.mark("query v1"),
        IgmpRepr::QueryV2 { .. } => digest.mark("query v2"),
        IgmpRepr::QueryV3 { sources, .. } => {
            digest.mark("query v3");
            assert_eq!(sources.iter().count(), sources.len());
            if !sources.is_empty() {
                digest.mark("sources");
            }
        }
        IgmpRepr::ReportV3 { records } => {
            for record in records.iter() {
                let record = record.expect("parse has seen all of them");
                let bytes = emitted(record.buffer_len(), |buffer| assert!(record.emit(buffer).is_some()));
                digest.bytes(&bytes);
                digest.mark("records");
            }
            assert_eq!(records.iter().count(), records.len());
        }
        IgmpRepr::Unknown { .. } => digest.mark("unknown"),
        _ => digest.mark("report"),
    }
    digest.see(&format!("{repr:?}"));
}
