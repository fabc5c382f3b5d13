//! LLC and SNAP. Read first: RFC 1042, `stack/src/wire/llc.rs`.

use wireproof_stack::wire::llc::{LlcPacket, SnapRepr};

use super::{be16, emitted, judge};
use crate::digest::Digest;

/// Any bytes behind an 802.3 header.
pub fn llc(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    if let Ok(view) = LlcPacket::new_checked(data) {
        assert_eq!((view.dsap(), view.ssap(), view.control(), view.payload()), (data[0], data[1], data[2], &data[8..]));
        digest.see(&(view.oui(), view.ethertype().0));
    }
    let allowed = data.len() >= 8 && data[..6] == [170, 170, 3, 0, 0, 0];
    let parsed = SnapRepr::parse(data);
    judge(&parsed, allowed, data.len(), &mut digest);
    if let Ok((repr, payload)) = parsed {
        assert_eq!((repr.ethertype.0, payload), (be16(data, 6), &data[8..]));
        let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut LlcPacket::new_unchecked(buffer)));
        assert_eq!(bytes, data[..8], "emit restores the header");
    }
    digest
}
