//! UDP. Read first: RFC 768, RFC 8200 8.1, `stack/src/wire/udp.rs`.

use core::net::{Ipv4Addr, Ipv6Addr};

use wireproof_stack::wire::ip::PseudoHeader;
use wireproof_stack::wire::udp::{UdpPacket, UdpRepr};

use super::{be16, emitted_before, judge, with_fixed};
use crate::digest::Digest;
use crate::generators::build::{fix_transport, protocol};
use crate::models::checksum::{is_valid, pseudo_header};

/// What generated inputs must reach.
pub const MARKS: &[&str] = &["parsed", "refused", "no checksum", "wrong checksum only", "trailing bytes"];

const V4: ([u8; 4], [u8; 4]) = ([192, 0, 2, 1], [192, 0, 2, 2]);
const V6: ([u8; 16], [u8; 16]) = ([0x20; 16], [0xfe; 16]);

/// Any bytes as a datagram over IPv4 and over IPv6, as they are and with the checksum made right.
pub fn udp(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let v4 = PseudoHeader::v4(Ipv4Addr::from(V4.0), Ipv4Addr::from(V4.1));
    let v6 = PseudoHeader::v6(Ipv6Addr::from(V6.0), Ipv6Addr::from(V6.1));
    over(data, &V4.0, &V4.1, v4, &mut digest);
    over(data, &V6.0, &V6.1, v6, &mut digest);
    digest
}

fn over(data: &[u8], src: &[u8], dst: &[u8], pseudo: PseudoHeader, digest: &mut Digest) {
    for datagram in with_fixed(data, |bytes| {
        let stated = bytes.get(4..6).map_or(0, |field| usize::from(be16(field, 0)));
        if let Some(covered) = bytes.get_mut(..stated) {
            fix_transport(covered, 6, src, dst, protocol::UDP);
        }
    }) {
        one(&datagram, src, dst, pseudo, digest);
    }
}

fn one(data: &[u8], src: &[u8], dst: &[u8], pseudo: PseudoHeader, digest: &mut Digest) {
    let Ok(view) = UdpPacket::new_checked(data) else {
        assert!(data.len() < 8, "8 bytes are a header");
        digest.mark("refused");
        return;
    };
    let stated = usize::from(be16(data, 4));
    let shape = (8..=data.len()).contains(&stated);
    assert_eq!(view.payload(), &data[8..stated.clamp(8, data.len())]);
    digest.see(&(view.src_port(), view.dst_port(), view.verify_checksum(pseudo)));
    let plain = UdpRepr::parse(&view, None);
    judge(&plain, shape, data.len(), digest);
    let none = be16(data, 6) == 0;
    let intact = if none {
        src.len() == 4
    } else {
        shape && is_valid(&[&pseudo_header(src, dst, protocol::UDP, stated), &data[..stated]])
    };
    let parsed = UdpRepr::parse(&view, Some(pseudo));
    judge(&parsed, shape && intact, data.len(), digest);
    if shape && !intact {
        digest.mark("wrong checksum only");
    }
    let Ok(repr) = parsed else { return };
    if none {
        digest.mark("no checksum");
    }
    if stated < data.len() {
        digest.mark("trailing bytes");
    }
    assert_eq!((repr.src_port, repr.dst_port), (be16(data, 0), be16(data, 2)));
    round_trip(&data[..stated], &repr, pseudo, none);
}

/// Emit restores the datagram (a missing checksum comes back computed), and both ways to emit agree.
fn round_trip(datagram: &[u8], repr: &UdpRepr, pseudo: PseudoHeader, none: bool) {
    let bytes = emitted_before(repr.buffer_len(), &datagram[8..], |buffer| {
        repr.emit(&mut UdpPacket::new_unchecked(buffer), pseudo);
    });
    assert_ne!(be16(&bytes, 6), 0, "a computed checksum never goes out as zero");
    if none {
        assert_eq!((&bytes[..6], &bytes[8..]), (&datagram[..6], &datagram[8..]));
    } else {
        assert_eq!(bytes, datagram, "emit restores the datagram");
    }
    assert_eq!(UdpRepr::parse(&UdpPacket::new_unchecked(&bytes), Some(pseudo)), Ok(*repr), "parse, emit, parse");
    let mut other = vec![0x5a; datagram.len()];
    assert_eq!(repr.emit_with_payload(&mut other, &datagram[8..], pseudo), Some(datagram.len()));
    assert_eq!(other, bytes, "copying and summing in one pass");
    assert_eq!(repr.emit_with_payload(&mut other[1..], &datagram[8..], pseudo), None, "one byte too few");
}
