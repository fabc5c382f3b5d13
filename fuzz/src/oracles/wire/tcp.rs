//! The TCP header. Read first: RFC 9293 3.1, `stack/src/wire/tcp.rs`.

use core::net::{Ipv4Addr, Ipv6Addr};

use wireproof_stack::wire::ip::PseudoHeader;
use wireproof_stack::wire::tcp::{TcpFlags, TcpPacket, TcpRepr};

use super::{be16, be32, emitted_before, judge, with_fixed};
use crate::digest::Digest;
use crate::generators::build::{fix_transport, protocol};
use crate::models::checksum::{is_valid, pseudo_header};

/// What generated inputs must reach.
pub const MARKS: &[&str] =
    &["parsed", "refused", "with options", "with payload", "wrong checksum only", "reserved bits"];

const V4: ([u8; 4], [u8; 4]) = ([192, 0, 2, 1], [192, 0, 2, 2]);
const V6: ([u8; 16], [u8; 16]) = ([0x20; 16], [0xfe; 16]);

/// Any bytes as a segment over IPv4 and over IPv6, as they are and with the checksum made right.
pub fn tcp(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let v4 = PseudoHeader::v4(Ipv4Addr::from(V4.0), Ipv4Addr::from(V4.1));
    let v6 = PseudoHeader::v6(Ipv6Addr::from(V6.0), Ipv6Addr::from(V6.1));
    over(data, &V4.0, &V4.1, v4, &mut digest);
    over(data, &V6.0, &V6.1, v6, &mut digest);
    digest
}

fn over(data: &[u8], src: &[u8], dst: &[u8], pseudo: PseudoHeader, digest: &mut Digest) {
    for segment in with_fixed(data, |bytes| fix_transport(bytes, 16, src, dst, protocol::TCP)) {
        let intact = is_valid(&[&pseudo_header(src, dst, protocol::TCP, segment.len()), &segment]);
        one(&segment, intact, pseudo, digest);
    }
}

fn one(data: &[u8], intact: bool, pseudo: PseudoHeader, digest: &mut Digest) {
    let header_len = usize::from(data.get(12).unwrap_or(&0) >> 4) * 4;
    let fits = data.len() >= 20 && header_len >= 20 && header_len <= data.len();
    let view = TcpPacket::new_checked(data);
    judge(&view.as_ref().map(|_| ()).map_err(|error| *error), fits, data.len(), digest);
    let Ok(view) = view else {
        assert!(TcpRepr::parse(&TcpPacket::new_unchecked(data), None).is_err(), "parse checks lengths by itself");
        return;
    };
    assert_eq!((view.options(), view.payload()), (&data[20..header_len], &data[header_len..]));
    let word = be16(data, 12);
    let length = data.len() - header_len + usize::from(word & 1) + usize::from(word >> 1 & 1);
    assert_eq!(view.segment_len(), length, "SEG.LEN counts SYN and FIN");
    digest.see(&(view.reserved(), view.flags().to_string(), view.options()));
    let parsed = TcpRepr::parse(&view, Some(pseudo));
    judge(&parsed, intact, data.len(), digest);
    let plain = TcpRepr::parse(&view, None);
    judge(&plain, true, data.len(), digest);
    if !intact {
        digest.mark("wrong checksum only");
    }
    let Ok(repr) = plain else { return };
    assert_eq!(
        (repr.src_port, repr.dst_port, repr.seq.0, repr.ack.0),
        (be16(data, 0), be16(data, 2), be32(data, 4), be32(data, 8))
    );
    assert_eq!((repr.flags.0, repr.window, repr.urgent), (word & 0x1ff, be16(data, 14), be16(data, 18)));
    assert_eq!((repr.options.as_bytes(), repr.options.decode()), (view.options(), view.decoded_options()));
    let letters = repr.flags.to_string();
    assert!(letters == "none" || TcpFlags::from_letters(&letters) == Some(repr.flags), "flags as letters and back");
    round_trip(data, &repr, pseudo);
    marks(word, header_len, data, digest);
}

fn marks(word: u16, header_len: usize, data: &[u8], digest: &mut Digest) {
    if header_len > 20 {
        digest.mark("with options");
    }
    if header_len < data.len() {
        digest.mark("with payload");
    }
    if word & 0x0e00 != 0 {
        digest.mark("reserved bits");
    }
}

/// Emit restores the segment with a right checksum and the reserved bits (without AE) zero.
fn round_trip(segment: &[u8], repr: &TcpRepr, pseudo: PseudoHeader) {
    let payload = &segment[repr.buffer_len()..];
    let bytes = emitted_before(repr.buffer_len(), payload, |buffer| {
        repr.emit(&mut TcpPacket::new_unchecked(buffer), pseudo);
    });
    let mut expected = segment.to_vec();
    expected[12] &= 0xf1;
    expected[16..18].copy_from_slice(&bytes[16..18]);
    assert_eq!(bytes, expected, "emit restores the segment");
    assert_eq!(TcpRepr::parse(&TcpPacket::new_unchecked(&bytes), Some(pseudo)), Ok(*repr), "parse, emit, parse");
}
