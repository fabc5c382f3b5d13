//! ARP. Read first: RFC 826, `stack/src/wire/arp.rs`.

use wireproof_stack::wire::arp::{ArpPacket, ArpRepr};

use super::{at, be16, emitted, judge};
use crate::digest::Digest;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &["parsed", "refused", "other address lengths"];

/// Any bytes as an ARP packet.
pub fn arp(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let stated = (data.len() >= 8).then(|| 8 + 2 * (usize::from(data[4]) + usize::from(data[5])));
    let view = ArpPacket::new_checked(data);
    let fits = stated.is_some_and(|stated| stated <= data.len());
    judge(&view.as_ref().map(|_| ()).map_err(|error| *error), fits, data.len(), &mut digest);
    let Ok(view) = view else { return digest };
    let parts = [view.sender_hardware(), view.sender_protocol(), view.target_hardware(), view.target_protocol()];
    assert_eq!(parts.concat(), data[8..view.stated_len()], "the four addresses fill the packet");
    digest.see(&parts);
    digest.see(&(view.operation().to_string(), view.hardware_type(), view.protocol_type().to_string()));

    let allowed = data[..6] == [0, 1, 8, 0, 6, 4];
    let parsed = ArpRepr::parse(&view);
    judge(&parsed, allowed, data.len(), &mut digest);
    let Ok(repr) = parsed else {
        digest.mark("other address lengths");
        return digest;
    };
    assert_eq!((repr.operation.0, repr.sender_mac.0, repr.target_mac.0), (be16(data, 6), at(data, 8), at(data, 18)));
    assert_eq!((repr.sender_ip.octets(), repr.target_ip.octets()), (at(data, 14), at(data, 24)));
    let bytes = emitted(repr.buffer_len(), |buffer| {
        // The view's address setters go by the length fields, so a stale buffer is what a caller may have.
        repr.emit(&mut ArpPacket::new_unchecked(buffer));
    });
    assert_eq!(bytes, data[..28], "emit restores the packet");
    digest
}
