//! What an ICMP error quotes: the start of the packet that caused it (RFC 792, RFC 1122 3.2.2, RFC 4443
//! 2.4(c)).

use core::net::IpAddr;

use crate::seq::SeqNumber;

use super::Result;
use super::field::Field;
use super::ip::IpProtocol;
use super::ipv4::{Ipv4Packet, Ipv4Repr};
use super::ipv6::{Ipv6Packet, Ipv6Repr};
use super::ipv6_ext::{ChainWalker, FragmentPacket};

/// The quoted packet, as far as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote<'a> {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Upper-layer protocol; over IPv6 the end of the extension header chain.
    pub protocol: IpProtocol,
    /// Fragment offset in bytes; the upper-layer header is there only if it is zero.
    pub fragment_offset: u16,
    /// Bytes of the whole packet by its header, IP header included.
    pub total_len: usize,
    /// What is there of the upper-layer packet.
    pub payload: &'a [u8],
}

impl<'a> Quote<'a> {
    /// Reads the quote of an ICMPv4 error. Neither checksum nor total length is verified.
    ///
    /// # Errors
    /// Those of [`Ipv4Repr::parse_quoted`].
    pub fn parse_v4(bytes: &'a [u8]) -> Result<Self> {
        let repr = Ipv4Repr::parse_quoted(&Ipv4Packet::new_unchecked(bytes))?;
        let header_len = repr.buffer_len();
        let end = (header_len + repr.payload_len).min(bytes.len());
        Ok(Self {
            src: repr.src.into(),
            dst: repr.dst.into(),
            protocol: repr.protocol,
            fragment_offset: repr.fragment_offset,
            total_len: header_len + repr.payload_len,
            payload: &bytes[header_len..end],
        })
    }

    /// Reads the quote of an ICMPv6 error, through its extension headers.
    ///
    /// # Errors
    /// Those of [`Ipv6Repr::parse_quoted`] and [`ChainWalker`].
    pub fn parse_v6(bytes: &'a [u8]) -> Result<Self> {
        let packet = Ipv6Packet::new_unchecked(bytes);
        let repr = Ipv6Repr::parse_quoted(&packet)?;
        let header_len = repr.buffer_len();
        let area = &bytes[header_len..(header_len + repr.payload_len).min(bytes.len())];
        let last = ChainWalker::new(repr.next_header, area).last_step()?;
        let mut quote = Self {
            src: repr.src.into(),
            dst: repr.dst.into(),
            protocol: last.header,
            fragment_offset: 0,
            total_len: header_len + repr.payload_len,
            payload: &area[last.offset..],
        };
        // A chain that ends in a fragment header: the rest is in the middle of something.
        if last.header == IpProtocol::FRAGMENT {
            let fragment = FragmentPacket::new_checked(quote.payload)?;
            quote.protocol = fragment.next_header();
            quote.fragment_offset = fragment.fragment_offset();
            quote.payload = &area[last.offset + last.len..];
        }
        Ok(quote)
    }

    /// Source and destination port, if the protocol has them and they are there.
    pub fn ports(&self) -> Option<(u16, u16)> {
        let has_ports = matches!(self.protocol, IpProtocol::TCP | IpProtocol::UDP) && self.fragment_offset == 0;
        let ports = self.payload.get(..4).filter(|_| has_ports)?;
        Some((Field::get(ports, 0), Field::get(ports, 2)))
    }

    /// The sequence number of a quoted TCP segment.
    pub fn tcp_seq(&self) -> Option<SeqNumber> {
        let is_tcp = self.protocol == IpProtocol::TCP && self.fragment_offset == 0;
        Some(Field::get(self.payload.get(..8).filter(|_| is_tcp)?, 4))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::hex;
    use super::*;

    #[test]
    fn the_least_quote_of_rfc792() {
        // A header whose total length is longer than the quote and whose checksum is wrong, and 8 bytes.
        let bytes = hex("450005dc 00004000 40060000 c0000201 c0000202 04d2 0050 01020304");
        let quote = Quote::parse_v4(&bytes).unwrap();
        assert_eq!((quote.ports(), quote.tcp_seq()), (Some((1234, 80)), Some(SeqNumber(0x01020304))));
        assert_eq!((quote.total_len, quote.payload.len()), (1500, 8));
        let quote = Quote::parse_v4(&bytes[..26]).unwrap();
        assert_eq!((quote.ports(), quote.tcp_seq()), (Some((1234, 80)), None));
        let quote = Quote::parse_v4(&bytes[..20]).unwrap();
        assert_eq!((quote.ports(), quote.payload.len()), (None, 0));
        assert!(Quote::parse_v4(&bytes[..19]).is_err());
    }

    #[test]
    fn bytes_behind_the_packet_are_not_the_packet() {
        let bytes = hex("45000018 00004000 40110000 c0000201 c0000202 04d2 0050 ffffffff");
        assert_eq!(Quote::parse_v4(&bytes).unwrap().payload, hex("04d20050"));
    }

    #[test]
    fn a_later_fragment_has_no_ports() {
        let bytes = hex("450005dc 00002001 40060000 c0000201 c0000202 04d2 0050 01020304");
        let quote = Quote::parse_v4(&bytes).unwrap();
        assert_eq!((quote.fragment_offset, quote.ports(), quote.tcp_seq()), (8, None, None));
    }

    #[test]
    fn through_extension_headers() {
        let head = "60000000 0100 0040 20010db8000000000000000000000001 20010db8000000000000000000000002";
        let quote = hex(&format!("{head} 2c00010400000000 0600 0000 00000007 04d2 0050 01020304"));
        let parsed = Quote::parse_v6(&quote).unwrap();
        assert_eq!((parsed.protocol, parsed.ports()), (IpProtocol::TCP, Some((1234, 80))));
        assert_eq!((parsed.tcp_seq(), parsed.total_len), (Some(SeqNumber(0x01020304)), 296));
        let later = hex(&format!("{head} 2c00010400000000 0600 0009 00000007 04d2 0050 01020304"));
        let parsed = Quote::parse_v6(&later).unwrap();
        assert_eq!((parsed.protocol, parsed.ports(), parsed.fragment_offset), (IpProtocol::TCP, None, 8));
        assert_eq!(parsed.payload.len(), 8);
        assert!(Quote::parse_v6(&quote[..50]).is_err());
    }

    quickcheck::quickcheck! {
        fn any_bytes(bytes: Vec<u8>, next: u8) -> bool {
            let mut bytes = bytes;
            if bytes.len() > 6 {
                bytes[0] = 0x60;
                bytes[6] = [0, 43, 44, 60, 6, 17, 51, next][usize::from(next & 7)];
            }
            if let Ok(quote) = Quote::parse_v6(&bytes) {
                let _ = (quote.ports(), quote.tcp_seq());
            }
            if let Some(first) = bytes.first_mut() {
                *first = 0x40 | next & 15;
            }
            if let Ok(quote) = Quote::parse_v4(&bytes) {
                let _ = (quote.ports(), quote.tcp_seq());
            }
            true
        }
    }
}
