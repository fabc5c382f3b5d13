//! The IPv6 fixed header. Read first: RFC 8200 3, `stack/src/wire/ipv6.rs`.

use wireproof_stack::wire::ipv6::{Ipv6Packet, Ipv6Repr};

use super::{at, be16, be32, emitted, judge};
use crate::digest::Digest;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &["parsed", "refused", "link padding", "payload cut"];

/// Any bytes as a packet.
pub fn ipv6(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let view = Ipv6Packet::new_checked(data);
    judge(&view.as_ref().map(|_| ()).map_err(|error| *error), data.len() >= 40, data.len(), &mut digest);
    let Ok(view) = view else {
        assert!(Ipv6Repr::parse(&Ipv6Packet::new_unchecked(data)).is_err(), "parse checks lengths by itself");
        return digest;
    };
    let (word, payload_len) = (be32(data, 0), usize::from(be16(data, 4)));
    let given = data.len() - 40;
    assert_eq!((view.version(), view.traffic_class()), ((word >> 28) as u8, (word >> 20) as u8));
    assert_eq!(view.payload(), &data[40..40 + payload_len.min(given)]);
    let quoted = Ipv6Repr::parse_quoted(&view);
    judge(&quoted, word >> 28 == 6, data.len(), &mut digest);
    let parsed = Ipv6Repr::parse(&view);
    judge(&parsed, word >> 28 == 6 && payload_len <= given, data.len(), &mut digest);
    if let Ok(repr) = quoted {
        assert_eq!((repr.src.octets(), repr.dst.octets()), (at(data, 8), at(data, 24)));
        assert_eq!((repr.next_header.0, repr.hop_limit, repr.payload_len), (data[6], data[7], payload_len));
        assert_eq!((repr.dscp, repr.ecn.bits()), ((word >> 22) as u8 & 63, (word >> 20) as u8 & 3));
        assert_eq!(repr.flow_label, word & 0xf_ffff);
        let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut Ipv6Packet::new_unchecked(buffer)));
        assert_eq!(bytes, data[..40], "emit restores the header");
        digest.see(&format!("{repr:?}"));
        if payload_len != given {
            digest.mark(if payload_len < given { "link padding" } else { "payload cut" });
        }
    }
    digest
}
