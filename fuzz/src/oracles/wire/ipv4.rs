//! The IPv4 header. Read first: RFC 791 3.1, RFC 1624, `stack/src/wire/ipv4.rs`.

use wireproof_stack::wire::ipv4::{Ipv4Packet, Ipv4Repr};

use super::{at, be16, emitted, judge, with_fixed};
use crate::digest::Digest;
use crate::generators::build::fix_plain_at;
use crate::models::checksum;

/// What generated inputs must reach.
pub const MARKS: &[&str] =
    &["parsed", "refused", "with options", "fragment", "link padding", "ttl zero", "wrong checksum only"];

/// Any bytes as a packet, as they are and with the header checksum made right.
pub fn ipv4(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    for packet in with_fixed(data, |bytes| {
        let header_len = usize::from(bytes.first().unwrap_or(&0) & 15) * 4;
        if let Some(header) = bytes.get_mut(..header_len) {
            fix_plain_at(header, 10);
        }
    }) {
        one(&packet, &mut digest);
    }
    digest
}

fn one(data: &[u8], digest: &mut Digest) {
    let header_len = usize::from(data.first().unwrap_or(&0) & 15) * 4;
    let fits = data.len() >= 20 && header_len >= 20 && header_len <= data.len();
    let view = Ipv4Packet::new_checked(data);
    judge(&view.as_ref().map(|_| ()).map_err(|error| *error), fits, data.len(), digest);
    let shape = fits && data[0] >> 4 == 4 && usize::from(be16(data, 2)) >= header_len;
    let Ok(view) = view else {
        assert!(Ipv4Repr::parse(&Ipv4Packet::new_unchecked(data)).is_err(), "parse checks lengths by itself");
        assert!(Ipv4Repr::parse_quoted(&Ipv4Packet::new_unchecked(data)).is_err());
        return;
    };
    let total_len = usize::from(be16(data, 2));
    assert_eq!((view.header(), view.options()), (&data[..header_len], &data[20..header_len]));
    assert_eq!(view.payload(), &data[header_len..total_len.clamp(header_len, data.len())]);
    let intact = checksum::is_valid(&[&data[..header_len]]);
    assert_eq!(view.verify_checksum(), intact, "checksum against RFC 1071's plain sum");
    digest.see(&(view.traffic_class(), view.ttl(), view.protocol(), view.reserved_flag()));
    for option in view.option_iter() {
        digest.see(&format!("{option:?}"));
    }

    let quoted = Ipv4Repr::parse_quoted(&view);
    judge(&quoted, shape, data.len(), digest);
    let parsed = Ipv4Repr::parse(&view);
    judge(&parsed, shape && total_len <= data.len() && intact, data.len(), digest);
    if quoted.is_ok() && total_len <= data.len() && !intact {
        digest.mark("wrong checksum only");
    }
    if let Ok(repr) = parsed {
        assert_eq!(quoted, Ok(repr));
        fields(data, &repr, digest);
        round_trip(&data[..header_len], &repr);
        decrement(&data[..header_len], digest);
        if total_len < data.len() {
            digest.mark("link padding");
        }
    }
}

/// The fields of `repr` are those of the diagram.
fn fields(data: &[u8], repr: &Ipv4Repr, digest: &mut Digest) {
    let header_len = usize::from(data[0] & 15) * 4;
    let word = be16(data, 6);
    assert_eq!((repr.src.octets(), repr.dst.octets()), (at(data, 12), at(data, 16)));
    assert_eq!((repr.ttl, repr.protocol.0, repr.identification), (data[8], data[9], be16(data, 4)));
    assert_eq!((repr.dscp, repr.ecn.bits()), (data[1] >> 2, data[1] & 3));
    assert_eq!((repr.dont_fragment, repr.more_fragments), (word & 0x4000 != 0, word & 0x2000 != 0));
    assert_eq!(u32::from(repr.fragment_offset), u32::from(word & 0x1fff) * 8);
    assert_eq!(repr.payload_len, usize::from(be16(data, 2)) - header_len);
    assert_eq!(repr.is_fragment(), word & 0x3fff != 0);
    if repr.is_fragment() {
        digest.mark("fragment");
    }
    if header_len > 20 {
        digest.mark("with options");
    }
    digest.see(&format!("{repr:?}"));
}

/// Emit restores the header, but for the reserved flag, which is written as zero.
fn round_trip(header: &[u8], repr: &Ipv4Repr) {
    assert_eq!(repr.buffer_len(), header.len());
    let bytes = emitted(repr.buffer_len(), |buffer| repr.emit(&mut Ipv4Packet::new_unchecked(buffer)));
    let mut expected = header.to_vec();
    expected[6] &= 0x7f;
    fix_plain_at(&mut expected, 10);
    assert_eq!(bytes, expected, "emit restores the header");
    let payload = vec![0; repr.payload_len];
    let again = [bytes, payload].concat();
    assert_eq!(Ipv4Repr::parse(&Ipv4Packet::new_unchecked(&again)), Ok(*repr), "parse, emit, parse");
}

/// The incremental update of RFC 1624 leaves what a full computation would.
fn decrement(header: &[u8], digest: &mut Digest) {
    let mut bytes = header.to_vec();
    let ttl = Ipv4Packet::new_unchecked(&mut bytes[..]).decrement_ttl();
    assert_eq!(ttl, header[8].saturating_sub(1));
    assert_eq!(bytes[8], ttl);
    assert!(checksum::is_valid(&[&bytes]), "checksum after a decremented TTL");
    if header[8] == 0 {
        digest.mark("ttl zero");
    }
}
