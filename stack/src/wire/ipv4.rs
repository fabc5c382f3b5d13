//! IPv4 header (RFC 791 3.1, RFC 2474, RFC 3168). The options are in [`super::ipv4_options`].

use core::net::Ipv4Addr;

use super::checksum;
use super::field::{Field, array_at, fields, need, view};
use super::ip::{Ecn, IpProtocol, PseudoHeader};
use super::{Error, ErrorKind, Layer, Result};

pub use super::ipv4_options::{Ipv4Option, Ipv4OptionIter, Ipv4Options, MAX_OPTIONS_LEN};

/// Bytes of the header without options.
pub const MIN_HEADER_LEN: usize = 20;
/// Bytes of the longest header.
pub const MAX_HEADER_LEN: usize = 60;
/// Every host accepts a datagram of this size (RFC 791 3.1).
pub const MIN_REASSEMBLY: usize = 576;
/// Every link takes a datagram of this size unfragmented (RFC 791 3.2).
pub const MIN_MTU: usize = 68;

view! {
    /// An IPv4 header and what follows.
    Ipv4Packet
}

fields! { Ipv4Packet {
    /// DSCP and ECN; the old type of service.
    traffic_class, set_traffic_class: u8 = 1;
    /// Bytes of header and data as stated.
    total_len, set_total_len: u16 = 2;
    /// Identification.
    identification, set_identification: u16 = 4;
    /// The three flags and the fragment offset together.
    flags_and_offset, set_flags_and_offset: u16 = 6;
    /// Time to live.
    ttl, set_ttl: u8 = 8;
    /// Protocol of the payload.
    protocol, set_protocol: IpProtocol = 9;
    /// Header checksum.
    checksum, set_checksum: u16 = 10;
    /// Source address.
    src, set_src: Ipv4Addr = 12;
    /// Destination address.
    dst, set_dst: Ipv4Addr = 16;
} }

const RESERVED: u16 = 0x8000;
const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET: u16 = 0x1fff;

impl<T: AsRef<[u8]>> Ipv4Packet<T> {
    /// The fixed 20 bytes and the options that the header length states. Version and total length are not
    /// judged.
    ///
    /// # Errors
    /// `Truncated`; `Length` at offset 0 if the header length is below 5 words.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        let given = self.buffer.as_ref().len();
        need!(Ipv4, MIN_HEADER_LEN, given);
        let header_len = self.header_len();
        if header_len < MIN_HEADER_LEN {
            return Err(Error::length(Layer::Ipv4, 0, MIN_HEADER_LEN, header_len));
        }
        need!(Ipv4, header_len, given);
        Ok(())
    }

    /// The version field; 4.
    #[inline]
    pub fn version(&self) -> u8 {
        self.buffer.as_ref()[0] >> 4
    }

    /// The header length in bytes, 0 to 60.
    #[inline]
    pub fn header_len(&self) -> usize {
        usize::from(self.buffer.as_ref()[0] & 0x0f) * 4
    }

    /// The reserved flag, which must be zero.
    #[inline]
    pub fn reserved_flag(&self) -> bool {
        self.flags_and_offset() & RESERVED != 0
    }

    /// DF.
    #[inline]
    pub fn dont_fragment(&self) -> bool {
        self.flags_and_offset() & DONT_FRAGMENT != 0
    }

    /// MF.
    #[inline]
    pub fn more_fragments(&self) -> bool {
        self.flags_and_offset() & MORE_FRAGMENTS != 0
    }

    /// Fragment offset in bytes.
    #[inline]
    pub fn fragment_offset(&self) -> u16 {
        (self.flags_and_offset() & OFFSET) * 8
    }

    /// A fragment: MF set or the offset not zero.
    #[inline]
    pub fn is_fragment(&self) -> bool {
        self.flags_and_offset() & (MORE_FRAGMENTS | OFFSET) != 0
    }

    /// The options area, cut to what is there.
    #[inline]
    pub fn options(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        let end = self.header_len().clamp(MIN_HEADER_LEN, bytes.len());
        &bytes[MIN_HEADER_LEN..end]
    }

    /// The options one by one.
    #[inline]
    pub fn option_iter(&self) -> Ipv4OptionIter<'_> {
        Ipv4OptionIter::new(self.options())
    }

    /// The header with options.
    #[inline]
    pub fn header(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        &bytes[..self.header_len().min(bytes.len())]
    }

    /// The data by header and total length, cut to what is there.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        let start = self.header_len().min(bytes.len());
        let end = usize::from(self.total_len()).clamp(start, bytes.len());
        &bytes[start..end]
    }

    /// Whether the header checksum is right.
    #[inline]
    pub fn verify_checksum(&self) -> bool {
        checksum::is_valid(checksum::sum(self.header()))
    }

    /// The pseudo header of these addresses.
    #[inline]
    pub fn pseudo_header(&self) -> PseudoHeader {
        PseudoHeader::v4(self.src(), self.dst())
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Ipv4Packet<T> {
    /// Writes the version (low 4 bits of `value`).
    #[inline]
    pub fn set_version(&mut self, value: u8) {
        let byte = &mut self.buffer.as_mut()[0];
        *byte = *byte & 0x0f | value << 4;
    }

    /// Writes the header length for `bytes` bytes (a multiple of 4 up to 60; low bits are cut).
    #[inline]
    pub fn set_header_len(&mut self, bytes: usize) {
        let byte = &mut self.buffer.as_mut()[0];
        *byte = *byte & 0xf0 | (bytes / 4) as u8 & 0x0f;
    }

    fn set_flag(&mut self, flag: u16, value: bool) {
        let word = self.flags_and_offset() & !flag;
        self.set_flags_and_offset(if value { word | flag } else { word });
    }

    /// Writes the reserved flag.
    pub fn set_reserved_flag(&mut self, value: bool) {
        self.set_flag(RESERVED, value);
    }

    /// Writes DF.
    pub fn set_dont_fragment(&mut self, value: bool) {
        self.set_flag(DONT_FRAGMENT, value);
    }

    /// Writes MF.
    pub fn set_more_fragments(&mut self, value: bool) {
        self.set_flag(MORE_FRAGMENTS, value);
    }

    /// Writes the fragment offset for `bytes` bytes (a multiple of 8; low bits are cut).
    pub fn set_fragment_offset(&mut self, bytes: u16) {
        self.set_flags_and_offset(self.flags_and_offset() & !OFFSET | (bytes / 8));
    }

    /// The options area by the header length.
    #[inline]
    pub fn options_mut(&mut self) -> &mut [u8] {
        let end = self.header_len().clamp(MIN_HEADER_LEN, self.buffer.as_ref().len());
        &mut self.buffer.as_mut()[MIN_HEADER_LEN..end]
    }

    /// Everything behind the header, whatever the total length says.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        let start = self.header_len().min(self.buffer.as_ref().len());
        &mut self.buffer.as_mut()[start..]
    }

    /// Computes the header checksum and writes it.
    #[inline]
    pub fn fill_checksum(&mut self) {
        self.set_checksum(0);
        let value = checksum::finish(checksum::sum(self.header()));
        self.set_checksum(value);
    }

    /// Takes one from the TTL and updates the checksum by RFC 1624; returns the new TTL. A TTL of zero stays.
    pub fn decrement_ttl(&mut self) -> u8 {
        let ttl = self.ttl();
        if ttl > 0 {
            let old = u16::from_be_bytes([ttl, self.protocol().0]);
            self.set_ttl(ttl - 1);
            self.set_checksum(checksum::update16(self.checksum(), old, old - 0x100));
        }
        self.ttl()
    }
}

/// An IPv4 header. The reserved flag is ignored when read and zero when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Repr {
    /// Source address.
    pub src: Ipv4Addr,
    /// Destination address.
    pub dst: Ipv4Addr,
    /// Protocol of the payload.
    pub protocol: IpProtocol,
    /// Time to live.
    pub ttl: u8,
    /// Differentiated services code point, 6 bits.
    pub dscp: u8,
    /// ECN field.
    pub ecn: Ecn,
    /// Identification.
    pub identification: u16,
    /// DF.
    pub dont_fragment: bool,
    /// MF.
    pub more_fragments: bool,
    /// Fragment offset in bytes, a multiple of 8.
    pub fragment_offset: u16,
    /// Bytes behind the header (total length minus header length).
    pub payload_len: usize,
    /// The options area.
    pub options: Ipv4Options,
}

impl Ipv4Repr {
    /// Reads the header; verifies version, lengths and checksum. Bytes behind the total length are link
    /// padding. What stands in the options is not judged.
    ///
    /// # Errors
    /// `Truncated`; `Version` or `Length` at offset 0; `Length` at offset 2 if the total length is less than
    /// the header or more than the buffer; `Checksum` at offset 10.
    #[inline]
    pub fn parse<T: AsRef<[u8]>>(packet: &Ipv4Packet<T>) -> Result<Self> {
        let repr = Self::parse_quoted(packet)?;
        let given = packet.as_bytes().len();
        let total_len = usize::from(packet.total_len());
        if total_len > given {
            return Err(Error::length(Layer::Ipv4, 2, given, total_len));
        }
        if !packet.verify_checksum() {
            return Err(Error::field(Layer::Ipv4, ErrorKind::Checksum, 10));
        }
        Ok(repr)
    }

    /// [`Self::parse`] for a header inside an ICMP error: the data may be cut, and the checksum is not
    /// verified because routers change the header on its way.
    ///
    /// # Errors
    /// `Truncated`; `Version` or `Length` at offset 0; `Length` at offset 2 if the total length is less than
    /// the header.
    #[inline]
    pub fn parse_quoted<T: AsRef<[u8]>>(packet: &Ipv4Packet<T>) -> Result<Self> {
        need!(Ipv4, MIN_HEADER_LEN, packet.as_bytes().len());
        if packet.version() != 4 {
            return Err(Error::field(Layer::Ipv4, ErrorKind::Version, 0));
        }
        packet.check_len()?;
        let (header_len, total_len) = (packet.header_len(), usize::from(packet.total_len()));
        if total_len < header_len {
            return Err(Error::length(Layer::Ipv4, 2, header_len, total_len));
        }
        let fixed: [u8; MIN_HEADER_LEN] = array_at(packet.as_bytes(), 0);
        let flags = u16::get(&fixed, 6);
        Ok(Self {
            src: Field::get(&fixed, 12),
            dst: Field::get(&fixed, 16),
            protocol: IpProtocol(fixed[9]),
            ttl: fixed[8],
            dscp: fixed[1] >> 2,
            ecn: Ecn::from_bits(fixed[1]),
            identification: Field::get(&fixed, 4),
            dont_fragment: flags & DONT_FRAGMENT != 0,
            more_fragments: flags & MORE_FRAGMENTS != 0,
            fragment_offset: (flags & OFFSET) * 8,
            payload_len: total_len - header_len,
            options: Ipv4Options::from_area(packet.options()),
        })
    }

    /// The header with options and their padding: 20 to 60.
    #[inline]
    pub const fn buffer_len(&self) -> usize {
        MIN_HEADER_LEN + self.options.padded_len()
    }

    /// Writes the header with its checksum. A total length above 65535 goes out as 65535.
    #[inline]
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Ipv4Packet<T>) {
        let len = self.buffer_len();
        let options = self.options.as_bytes();
        let bytes = &mut packet.buffer.as_mut()[..len];
        let (fixed, area) = bytes.split_at_mut(MIN_HEADER_LEN);
        fixed[0] = 0x40 | (len / 4) as u8;
        fixed[1] = self.dscp << 2 | self.ecn.bits();
        ((len + self.payload_len).min(65535) as u16).set(fixed, 2);
        self.identification.set(fixed, 4);
        let flags = u16::from(self.dont_fragment) * DONT_FRAGMENT + u16::from(self.more_fragments) * MORE_FRAGMENTS;
        (flags | (self.fragment_offset / 8)).set(fixed, 6);
        fixed[8] = self.ttl;
        fixed[9] = self.protocol.0;
        0u16.set(fixed, 10);
        self.src.set(fixed, 12);
        self.dst.set(fixed, 16);
        area.copy_from_slice(options);
        let value = checksum::finish(checksum::sum(bytes));
        value.set(bytes, 10);
    }

    /// The pseudo header of these addresses.
    #[inline]
    pub fn pseudo_header(&self) -> PseudoHeader {
        PseudoHeader::v4(self.src, self.dst)
    }

    /// A fragment: MF set or the offset not zero.
    #[inline]
    pub const fn is_fragment(&self) -> bool {
        self.more_fragments || self.fragment_offset != 0
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, TlvBytes, hex};
    use super::*;

    /// UDP, 115 bytes in all, DF; its checksum worked out by hand.
    const HEADER: &str = "45000073 00004000 4011b861 c0a80001 c0a800c7";

    fn datagram() -> Vec<u8> {
        let mut bytes = hex(HEADER);
        bytes.resize(115, 0xab);
        bytes
    }

    fn repr() -> Ipv4Repr {
        Ipv4Repr {
            src: Ipv4Addr::new(192, 168, 0, 1),
            dst: Ipv4Addr::new(192, 168, 0, 199),
            protocol: IpProtocol::UDP,
            ttl: 64,
            dscp: 0,
            ecn: Ecn::NotEct,
            identification: 0,
            dont_fragment: true,
            more_fragments: false,
            fragment_offset: 0,
            payload_len: 95,
            options: Ipv4Options::EMPTY,
        }
    }

    #[test]
    fn a_datagram_and_back() {
        let bytes = datagram();
        let view = Ipv4Packet::new_checked(&bytes).unwrap();
        assert_eq!(Ipv4Repr::parse(&view), Ok(repr()));
        assert_eq!(view.payload(), [0xab; 95]);
        let mut out = Ipv4Packet::new_unchecked(bytes.clone());
        out.as_bytes();
        repr().emit(&mut out);
        assert_eq!(out.into_inner(), bytes);
    }

    #[test]
    fn rfc791_appendix_a_example_2_fragments() {
        // The fragment: 21 + 60 words, identification 111, offset 32 units of 8 bytes.
        let mut view = Ipv4Packet::new_unchecked(vec![0; 236]);
        Ipv4Repr {
            identification: 111,
            dont_fragment: false,
            fragment_offset: 256,
            ttl: 119,
            protocol: IpProtocol::TCP,
            payload_len: 216,
            ..repr()
        }
        .emit(&mut view);
        assert_eq!(view.as_bytes()[..8], hex("450000ec 006f0020"));
        assert!(view.is_fragment() && !view.more_fragments());
        assert_eq!(view.fragment_offset(), 256);
        assert!(view.verify_checksum());
    }

    #[test]
    fn link_padding_is_no_payload() {
        let mut bytes = datagram();
        bytes.extend([0; 10]);
        let view = Ipv4Packet::new_checked(&bytes).unwrap();
        assert_eq!(Ipv4Repr::parse(&view), Ok(repr()));
        assert_eq!(view.payload().len(), 95);
    }

    #[rstest::rstest]
    #[case::version(0, 0x65, Error::field(Layer::Ipv4, ErrorKind::Version, 0))]
    #[case::short_header(0, 0x44, Error::length(Layer::Ipv4, 0, 20, 16))]
    #[case::total_below_header(3, 19, Error::length(Layer::Ipv4, 2, 20, 19))]
    #[case::total_beyond(3, 116, Error::length(Layer::Ipv4, 2, 115, 116))]
    #[case::checksum(8, 63, Error::field(Layer::Ipv4, ErrorKind::Checksum, 10))]
    fn refused(#[case] at: usize, #[case] value: u8, #[case] error: Error) {
        let mut bytes = datagram();
        bytes[at] = value;
        assert_eq!(Ipv4Repr::parse(&Ipv4Packet::new_unchecked(&bytes)), Err(error));
    }

    #[test]
    fn cut_short_and_quoted() {
        let bytes = datagram();
        let cut = Ipv4Packet::new_unchecked(&bytes[..28]);
        assert_eq!(Ipv4Repr::parse(&cut), Err(Error::length(Layer::Ipv4, 2, 28, 115)));
        assert_eq!(Ipv4Repr::parse_quoted(&cut), Ok(repr()));
        for len in 0..20 {
            let error = Ipv4Repr::parse_quoted(&Ipv4Packet::new_unchecked(&bytes[..len])).unwrap_err();
            assert_eq!(error, Error::truncated(Layer::Ipv4, 20, len));
        }
    }

    #[test]
    fn setters_touch_their_bits_only() {
        for fill in [0x00, 0xff] {
            let mut view = Ipv4Packet::new_unchecked([fill; 60]);
            view.set_version(4);
            view.set_header_len(24);
            view.set_reserved_flag(true);
            view.set_dont_fragment(false);
            view.set_more_fragments(true);
            view.set_fragment_offset(0x1238);
            assert_eq!((view.version(), view.header_len()), (4, 24));
            assert!(view.reserved_flag() && !view.dont_fragment() && view.more_fragments());
            assert_eq!(view.fragment_offset(), 0x1238);
            assert_eq!(view.options().len(), 4);
            assert_eq!(view.into_inner()[1..6], [fill; 5]);
        }
    }

    #[test]
    fn decrement_to_zero_and_no_further() {
        let mut view = Ipv4Packet::new_unchecked(hex(HEADER));
        for ttl in (0..64).rev() {
            assert_eq!(view.decrement_ttl(), ttl);
            assert!(view.verify_checksum());
        }
        assert_eq!(view.decrement_ttl(), 0);
        assert!(view.verify_checksum());
    }

    quickcheck::quickcheck! {
        fn parse_of_emit(addresses: (u32, u32), octets: (u8, u8, u8), id: u16, flags: u16,
                         payload: Short<200>, options: TlvBytes<40>) -> bool {
            let (protocol, ttl, class) = octets;
            let repr = Ipv4Repr {
                src: addresses.0.into(),
                dst: addresses.1.into(),
                protocol: IpProtocol(protocol),
                ttl,
                dscp: class >> 2,
                ecn: Ecn::from_bits(class),
                identification: id,
                dont_fragment: flags & 0x8000 != 0,
                more_fragments: flags & 0x4000 != 0,
                fragment_offset: flags << 3,
                payload_len: payload.0.len(),
                options: Ipv4Options::from_bytes(&options.0).unwrap(),
            };
            let mut packet = Ipv4Packet::new_unchecked(vec![0xee; repr.buffer_len() + payload.0.len()]);
            repr.emit(&mut packet);
            packet.payload_mut().copy_from_slice(&payload.0);
            let parsed = Ipv4Repr::parse(&packet);
            packet.check_len().is_ok() && parsed == Ok(repr) && packet.payload() == &payload.0[..]
        }

        fn any_bytes(bytes: Vec<u8>, header: u8) -> bool {
            let mut bytes = bytes;
            if let Some(first) = bytes.first_mut() {
                *first = 0x40 | header & 15;
            }
            let mut view = Ipv4Packet::new_unchecked(bytes);
            if view.check_len().is_err() {
                assert!(Ipv4Repr::parse(&view).is_err() && Ipv4Repr::parse_quoted(&view).is_err());
                return true;
            }
            let _ = (view.payload().len(), view.option_iter().count(), view.header().len());
            view.set_reserved_flag(false);
            view.set_total_len(view.as_bytes().len() as u16);
            view.fill_checksum();
            let repr = Ipv4Repr::parse(&view).unwrap();
            let mut again = Ipv4Packet::new_unchecked(view.as_bytes().to_vec());
            again.buffer[..repr.buffer_len()].fill(0);
            repr.emit(&mut again);
            again == view
        }
    }
}
