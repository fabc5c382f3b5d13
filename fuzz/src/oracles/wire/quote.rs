//! What an ICMP error quotes. Read first: RFC 792, RFC 1122 3.2.2, RFC 4443 2.4 (c), `stack/src/wire/quote.rs`.

use wireproof_stack::wire::quote::Quote;

use super::{at, be16, be32};
use crate::digest::Digest;

/// Any bytes as the quote of an ICMPv4 error.
pub fn v4(data: &[u8], digest: &mut Digest) {
    let header_len = usize::from(data.first().unwrap_or(&0) & 15) * 4;
    let total_len = data.get(2..4).map_or(0, |field| usize::from(be16(field, 0)));
    let shape =
        data.len() >= 20 && data[0] >> 4 == 4 && (20..=data.len()).contains(&header_len) && total_len >= header_len;
    let parsed = Quote::parse_v4(data);
    assert_eq!(parsed.is_ok(), shape, "a quote is read if and only if its header is there: {parsed:?}");
    let Ok(quote) = parsed else { return };
    assert_eq!((quote.src, quote.dst), (at::<4>(data, 12).into(), at::<4>(data, 16).into()));
    assert_eq!(quote.payload, &data[header_len..total_len.min(data.len())]);
    assert_eq!((quote.total_len, quote.protocol.0), (total_len, data[9]));
    let offset = be16(data, 6) & 0x1fff;
    assert_eq!(quote.fragment_offset, offset * 8);
    upper(&quote, offset == 0, digest);
}

/// Any bytes as the quote of an ICMPv6 error. The chain itself is the matter of `wire_ipv6_ext`.
pub fn v6(data: &[u8], digest: &mut Digest) {
    let Ok(quote) = Quote::parse_v6(data) else { return };
    assert!(data.len() >= 40 && data[0] >> 4 == 6);
    assert_eq!((quote.src, quote.dst), (at::<16>(data, 8).into(), at::<16>(data, 24).into()));
    assert_eq!(quote.total_len, 40 + usize::from(be16(data, 4)));
    assert!(quote.payload.len() <= data.len() - 40 && quote.payload.len() <= quote.total_len - 40);
    upper(&quote, quote.fragment_offset == 0, digest);
}

/// Ports and sequence number are read off a first fragment only, as far as it goes.
fn upper(quote: &Quote<'_>, first: bool, digest: &mut Digest) {
    let has =
        |protocols: &[u8], len: usize| first && protocols.contains(&quote.protocol.0) && quote.payload.len() >= len;
    let ports = has(&[6, 17], 4).then(|| (be16(quote.payload, 0), be16(quote.payload, 2)));
    assert_eq!(quote.ports(), ports, "quoted ports");
    let seq = has(&[6], 8).then(|| be32(quote.payload, 4));
    assert_eq!(quote.tcp_seq().map(|seq| seq.0), seq, "quoted sequence number");
    digest.see(&(quote.src, quote.dst, ports, seq));
}
