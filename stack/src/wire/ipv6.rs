//! IPv6 fixed header (RFC 8200 3).

use core::net::Ipv6Addr;

use super::field::{fields, need, view};
use super::ip::{Ecn, IpProtocol, PseudoHeader};
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of the fixed header.
pub const HEADER_LEN: usize = 40;
/// The least MTU of a link that carries IPv6 (RFC 8200 5).
pub const MIN_MTU: usize = 1280;

view! {
    /// An IPv6 fixed header and what follows.
    Ipv6Packet
}

fields! { Ipv6Packet {
    /// Version, traffic class and flow label together.
    first_word, set_first_word: u32 = 0;
    /// Bytes behind the fixed header as stated.
    payload_len, set_payload_len: u16 = 4;
    /// Type of the header that follows.
    next_header, set_next_header: IpProtocol = 6;
    /// Hop limit.
    hop_limit, set_hop_limit: u8 = 7;
    /// Source address.
    src, set_src: Ipv6Addr = 8;
    /// Destination address.
    dst, set_dst: Ipv6Addr = 24;
} }

impl<T: AsRef<[u8]>> Ipv6Packet<T> {
    /// At least the 40 bytes of the fixed header.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        need!(Ipv6, HEADER_LEN, self.buffer.as_ref().len());
        Ok(())
    }

    /// The version field; 6.
    #[inline]
    pub fn version(&self) -> u8 {
        (self.first_word() >> 28) as u8
    }

    /// DSCP and ECN.
    #[inline]
    pub fn traffic_class(&self) -> u8 {
        (self.first_word() >> 20) as u8
    }

    /// Flow label, 20 bits.
    #[inline]
    pub fn flow_label(&self) -> u32 {
        self.first_word() & 0x000f_ffff
    }

    /// Bytes behind the fixed header by the payload length, cut to what is there.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        let end = (HEADER_LEN + usize::from(self.payload_len())).clamp(HEADER_LEN, bytes.len());
        &bytes[HEADER_LEN..end]
    }

    /// The pseudo header of the addresses that stand in this header. With a routing header the sender uses
    /// the final destination instead (RFC 8200 8.1).
    #[inline]
    pub fn pseudo_header(&self) -> PseudoHeader {
        PseudoHeader::v6(self.src(), self.dst())
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Ipv6Packet<T> {
    /// Writes the version field (low 4 bits of `value`).
    #[inline]
    pub fn set_version(&mut self, value: u8) {
        self.set_first_word(self.first_word() & 0x0fff_ffff | u32::from(value) << 28);
    }

    /// Writes DSCP and ECN.
    #[inline]
    pub fn set_traffic_class(&mut self, value: u8) {
        self.set_first_word(self.first_word() & 0xf00f_ffff | u32::from(value) << 20);
    }

    /// Writes the flow label (low 20 bits of `value`).
    #[inline]
    pub fn set_flow_label(&mut self, value: u32) {
        self.set_first_word(self.first_word() & 0xfff0_0000 | value & 0x000f_ffff);
    }

    /// Everything behind the fixed header.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }
}

/// An IPv6 fixed header: 40 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6Repr {
    /// Source address.
    pub src: Ipv6Addr,
    /// Destination address.
    pub dst: Ipv6Addr,
    /// Type of the header that follows.
    pub next_header: IpProtocol,
    /// Hop limit.
    pub hop_limit: u8,
    /// Differentiated services code point, 6 bits.
    pub dscp: u8,
    /// ECN field.
    pub ecn: Ecn,
    /// Flow label, 20 bits.
    pub flow_label: u32,
    /// Bytes behind the fixed header, extension headers included.
    pub payload_len: usize,
}

impl Ipv6Repr {
    /// Reads the fixed header; bytes behind the payload length are link padding.
    ///
    /// # Errors
    /// `Truncated`; `Version` at offset 0; `Length` at offset 4 if the payload length exceeds the buffer.
    #[inline]
    pub fn parse<T: AsRef<[u8]>>(packet: &Ipv6Packet<T>) -> Result<Self> {
        let repr = Self::parse_quoted(packet)?;
        let given = packet.as_bytes().len() - HEADER_LEN;
        if repr.payload_len > given {
            return Err(Error::length(Layer::Ipv6, 4, given, repr.payload_len));
        }
        Ok(repr)
    }

    /// [`Self::parse`] for a header inside an ICMPv6 error: the payload may be cut.
    ///
    /// # Errors
    /// `Truncated`; `Version` at offset 0.
    #[inline]
    pub fn parse_quoted<T: AsRef<[u8]>>(packet: &Ipv6Packet<T>) -> Result<Self> {
        packet.check_len()?;
        if packet.version() != 6 {
            return Err(Error::field(Layer::Ipv6, ErrorKind::Version, 0));
        }
        let class = packet.traffic_class();
        Ok(Self {
            src: packet.src(),
            dst: packet.dst(),
            next_header: packet.next_header(),
            hop_limit: packet.hop_limit(),
            dscp: class >> 2,
            ecn: Ecn::from_bits(class),
            flow_label: packet.flow_label(),
            payload_len: packet.payload_len().into(),
        })
    }

    /// 40.
    #[inline]
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the fixed header. A `payload_len` above 65535 goes out as 65535.
    #[inline]
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Ipv6Packet<T>) {
        let class = u32::from(self.dscp << 2 | self.ecn.bits());
        packet.set_first_word(6 << 28 | class << 20 | self.flow_label & 0x000f_ffff);
        packet.set_payload_len(self.payload_len.min(65535) as u16);
        packet.set_next_header(self.next_header);
        packet.set_hop_limit(self.hop_limit);
        packet.set_src(self.src);
        packet.set_dst(self.dst);
    }

    /// The pseudo header of these addresses.
    #[inline]
    pub fn pseudo_header(&self) -> PseudoHeader {
        PseudoHeader::v6(self.src, self.dst)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, hex};
    use super::*;

    const PACKET: &str = "6b812345 0002 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002 abcd";

    fn repr() -> Ipv6Repr {
        Ipv6Repr {
            src: "2001:db8::1".parse().unwrap(),
            dst: "2001:db8::2".parse().unwrap(),
            next_header: IpProtocol::UDP,
            hop_limit: 64,
            dscp: 0x2e,
            ecn: Ecn::NotEct,
            flow_label: 0x12345,
            payload_len: 2,
        }
    }

    #[test]
    fn a_packet_and_back() {
        let bytes = hex(PACKET);
        let view = Ipv6Packet::new_checked(&bytes).unwrap();
        assert_eq!(Ipv6Repr::parse(&view), Ok(repr()));
        assert_eq!(view.payload(), [0xab, 0xcd]);
        let mut out = Ipv6Packet::new_unchecked(bytes.clone());
        out.set_first_word(0);
        repr().emit(&mut out);
        assert_eq!(out.into_inner(), bytes);
    }

    #[test]
    fn setters_touch_their_bits_only() {
        for fill in [0x00, 0xff] {
            let mut view = Ipv6Packet::new_unchecked([fill; 40]);
            view.set_traffic_class(0x5a);
            assert_eq!((view.version(), view.flow_label()), (fill >> 4, if fill == 0 { 0 } else { 0xfffff }));
            view.set_flow_label(0xabcde);
            view.set_version(6);
            assert_eq!((view.version(), view.traffic_class(), view.flow_label()), (6, 0x5a, 0xabcde));
        }
    }

    #[test]
    fn refused() {
        let mut bytes = hex(PACKET);
        let parse = |bytes: &[u8]| Ipv6Repr::parse(&Ipv6Packet::new_unchecked(bytes));
        assert_eq!(parse(&bytes[..39]), Err(Error::truncated(Layer::Ipv6, 40, 39)));
        assert_eq!(parse(&bytes[..41]), Err(Error::length(Layer::Ipv6, 4, 1, 2)));
        assert_eq!(Ipv6Repr::parse_quoted(&Ipv6Packet::new_unchecked(&bytes[..40])), Ok(repr()));
        bytes[0] = 0x4b;
        assert_eq!(parse(&bytes), Err(Error::field(Layer::Ipv6, ErrorKind::Version, 0)));
    }

    quickcheck::quickcheck! {
        fn parse_of_emit(src: u128, dst: u128, next: u8, hops: u8, class: u8, flow: u32, payload: Short<99>) -> bool {
            let repr = Ipv6Repr {
                src: src.into(),
                dst: dst.into(),
                next_header: IpProtocol(next),
                hop_limit: hops,
                dscp: class >> 2,
                ecn: Ecn::from_bits(class),
                flow_label: flow & 0xfffff,
                payload_len: payload.0.len(),
            };
            let mut packet = Ipv6Packet::new_unchecked(vec![0xee; 40 + payload.0.len()]);
            repr.emit(&mut packet);
            packet.payload_mut().copy_from_slice(&payload.0);
            Ipv6Repr::parse(&packet) == Ok(repr) && packet.payload() == &payload.0[..]
        }

        fn any_bytes(bytes: Vec<u8>) -> bool {
            let mut view = Ipv6Packet::new_unchecked(bytes);
            if view.check_len().is_err() {
                return Ipv6Repr::parse(&view).is_err();
            }
            view.set_version(6);
            let _ = view.payload();
            let repr = Ipv6Repr::parse_quoted(&view).unwrap();
            let mut again = Ipv6Packet::new_unchecked(view.as_bytes().to_vec());
            again.buffer[..40].fill(0);
            repr.emit(&mut again);
            again == view
        }
    }
}
