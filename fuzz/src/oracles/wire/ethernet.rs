//! Ethernet II and the length/type split. Read first: RFC 894, RFC 1042, `stack/src/wire/ethernet.rs`.

use wireproof_stack::wire::ethernet::{Encapsulation, EthernetFrame, EthernetRepr, LengthOrType};

use super::{at, be16, emitted, judge};
use crate::digest::Digest;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &["parsed", "refused", "802.3 length", "SNAP inside", "undefined type"];

/// Any bytes as a frame.
pub fn ethernet(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let view = EthernetFrame::new_checked(data);
    judge(&view.as_ref().map(|_| ()).map_err(|error| *error), data.len() >= 14, data.len(), &mut digest);
    let Ok(view) = view else { return digest };
    let kind = be16(data, 12);
    match view.length_or_type() {
        LengthOrType::Type(ethertype) => assert!(ethertype.0 == kind && kind >= 0x600),
        LengthOrType::Length(length) => {
            assert!(length == kind && kind <= 1500);
            digest.mark("802.3 length");
        }
        LengthOrType::Undefined(other) => {
            assert!(other == kind && (1501..0x600).contains(&kind));
            digest.mark("undefined type");
        }
    }
    assert_eq!(view.payload(), &data[14..]);
    digest.see(&(view.dst().to_string(), view.src().is_unicast(), view.ethertype().to_string()));

    let parsed = EthernetRepr::parse(&view);
    judge(&parsed, kind >= 0x600, data.len(), &mut digest);
    if let Ok(repr) = parsed {
        assert_eq!((repr.dst.0, repr.src.0, repr.ethertype.0), (at(data, 0), at(data, 6), kind));
        let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut EthernetFrame::new_unchecked(buffer)));
        assert_eq!(bytes, data[..14], "emit restores the header");
        assert_eq!(EthernetRepr::parse(&EthernetFrame::new_unchecked(&bytes)), Ok(repr));
    }
    any(data, kind, &mut digest);
    digest
}

/// `parse_any`: what a station takes in, either encapsulation.
fn any(data: &[u8], kind: u16, digest: &mut Digest) {
    let length = usize::from(kind);
    let body = &data[14..];
    let snap = length <= 1500 && length <= body.len() && length >= 8 && body[..6] == [170, 170, 3, 0, 0, 0];
    let parsed = EthernetRepr::parse_any(data);
    judge(&parsed, kind >= 0x600 || snap, data.len(), digest);
    let Ok((repr, encapsulation, payload)) = parsed else { return };
    if snap {
        digest.mark("SNAP inside");
        assert_eq!((encapsulation, payload), (Encapsulation::Snap, &body[8..length]));
        assert_eq!(repr.ethertype.0, be16(body, 6));
    } else {
        assert_eq!((encapsulation, payload), (Encapsulation::Ethernet2, body));
    }
}
