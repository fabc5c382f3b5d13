//! UDP header (RFC 768; checksum over IPv6: RFC 8200 8.1).

use super::checksum;
use super::field::{fields, need, view};
use super::ip::{IpProtocol, PseudoHeader};
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of the header.
pub const HEADER_LEN: usize = 8;

view! {
    /// A UDP header and what follows.
    UdpPacket
}

fields! { UdpPacket {
    /// Source port; zero if unused.
    src_port, set_src_port: u16 = 0;
    /// Destination port.
    dst_port, set_dst_port: u16 = 2;
    /// Bytes of header and data.
    length, set_length: u16 = 4;
    /// Checksum; zero means none (IPv4 only).
    checksum, set_checksum: u16 = 6;
} }

impl<T: AsRef<[u8]>> UdpPacket<T> {
    /// At least the 8 bytes of the header.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        need!(Udp, HEADER_LEN, self.buffer.as_ref().len());
        Ok(())
    }

    /// The data by the length field, cut to what is there.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        let end = usize::from(self.length()).clamp(HEADER_LEN, bytes.len());
        &bytes[HEADER_LEN..end]
    }

    /// Whether the checksum over the stated length is right. A zero checksum is right on IPv4 and wrong on
    /// IPv6.
    pub fn verify_checksum(&self, pseudo: PseudoHeader) -> bool {
        if self.checksum() == 0 {
            return !pseudo.is_v6();
        }
        let bytes = self.buffer.as_ref();
        let bytes = &bytes[..usize::from(self.length()).min(bytes.len())];
        checksum::is_valid(pseudo.sum(IpProtocol::UDP, bytes.len()) + checksum::sum(bytes))
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> UdpPacket<T> {
    /// Everything behind the header.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }

    /// Computes the checksum over the whole buffer and writes it; a computed zero goes out as 0xffff.
    pub fn fill_checksum(&mut self, pseudo: PseudoHeader) {
        self.set_checksum(0);
        let bytes = self.buffer.as_ref();
        let value = checksum_field(pseudo.sum(IpProtocol::UDP, bytes.len()) + checksum::sum(bytes));
        self.set_checksum(value);
    }
}

/// The checksum field for a partial sum: zero is sent as all ones (RFC 768, RFC 8200 8.1).
#[inline]
pub const fn checksum_field(partial: u32) -> u16 {
    match checksum::finish(partial) {
        0 => 0xffff,
        value => value,
    }
}

/// A UDP header: 8 bytes. Length and checksum are computed by `emit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpRepr {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
}

impl UdpRepr {
    /// Reads the header; verifies the length and, if `pseudo` is given, the checksum. The data is
    /// [`UdpPacket::payload`].
    ///
    /// # Errors
    /// `Truncated`; `Length` at offset 4 below 8 or beyond the buffer; `Checksum` at offset 6, also for a
    /// missing one over IPv6.
    #[inline]
    pub fn parse<T: AsRef<[u8]>>(packet: &UdpPacket<T>, pseudo: Option<PseudoHeader>) -> Result<Self> {
        packet.check_len()?;
        let (length, given) = (usize::from(packet.length()), packet.as_bytes().len());
        if length < HEADER_LEN {
            return Err(Error::length(Layer::Udp, 4, HEADER_LEN, length));
        }
        if length > given {
            return Err(Error::length(Layer::Udp, 4, given, length));
        }
        if pseudo.is_some_and(|pseudo| !packet.verify_checksum(pseudo)) {
            return Err(Error::field(Layer::Udp, ErrorKind::Checksum, 6));
        }
        Ok(Self { src_port: packet.src_port(), dst_port: packet.dst_port() })
    }

    /// 8: the header only.
    #[inline]
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header in front of the data that is already in the buffer: length and checksum cover the
    /// whole buffer, which must not exceed 65535 bytes.
    #[inline]
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut UdpPacket<T>, pseudo: PseudoHeader) {
        let length = packet.as_bytes().len().min(65535) as u16;
        packet.set_src_port(self.src_port);
        packet.set_dst_port(self.dst_port);
        packet.set_length(length);
        packet.fill_checksum(pseudo);
    }

    /// Writes header and `payload` to the start of `buffer`, copying and summing in one pass; returns the
    /// bytes written, or `None` if they do not fit (buffer or 16-bit length).
    pub fn emit_with_payload(&self, buffer: &mut [u8], payload: &[u8], pseudo: PseudoHeader) -> Option<usize> {
        let len = HEADER_LEN + payload.len();
        let length = u16::try_from(len).ok()?;
        let (header, data) = buffer.get_mut(..len)?.split_at_mut(HEADER_LEN);
        let partial = checksum::copy_and_sum(payload, data);
        let mut packet = UdpPacket::new_unchecked(header);
        packet.set_src_port(self.src_port);
        packet.set_dst_port(self.dst_port);
        packet.set_length(length);
        let words = u32::from(self.src_port) + u32::from(self.dst_port) + u32::from(length);
        packet.set_checksum(checksum_field(pseudo.sum(IpProtocol::UDP, len) + words + partial));
        Some(len)
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, hex};
    use super::*;

    fn v4() -> PseudoHeader {
        PseudoHeader::v4(Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2))
    }

    fn v6() -> PseudoHeader {
        PseudoHeader::v6(Ipv6Addr::LOCALHOST, Ipv6Addr::LOCALHOST)
    }

    const DATAGRAM: &str = "0035 04d2 000b 0000 616263";

    #[test]
    fn checksum_by_hand() {
        let mut view = UdpPacket::new_unchecked(hex(DATAGRAM));
        let words: u32 = [0xc000, 0x0201, 0xc000, 0x0202, 17, 11, 0x35, 0x4d2, 11, 0x6162, 0x6300].into_iter().sum();
        view.fill_checksum(v4());
        assert_eq!(view.checksum(), !((words & 0xffff) + (words >> 16)) as u16);
        let repr = UdpRepr { src_port: 53, dst_port: 1234 };
        assert_eq!(UdpRepr::parse(&view, Some(v4())), Ok(repr));
        let mut out = [0; 20];
        assert_eq!(repr.emit_with_payload(&mut out, b"abc", v4()), Some(11));
        assert_eq!(out[..11], view.into_inner());
        assert_eq!(repr.emit_with_payload(&mut out[..10], b"abc", v4()), None);
    }

    #[test]
    fn no_checksum_is_for_ipv4() {
        let view = UdpPacket::new_unchecked(hex(DATAGRAM));
        assert!(UdpRepr::parse(&view, Some(v4())).is_ok());
        assert_eq!(UdpRepr::parse(&view, Some(v6())), Err(Error::field(Layer::Udp, ErrorKind::Checksum, 6)));
        assert!(UdpRepr::parse(&view, None).is_ok());
    }

    #[test]
    fn a_computed_zero_is_sent_as_ones() {
        // The sum of everything but the last word is 0xffff minus that word.
        let mut view = UdpPacket::new_unchecked(hex("0000 0000 0000 0000 0000"));
        view.set_length(10);
        let rest = v4().sum(IpProtocol::UDP, 10) + 10;
        view.payload_mut().copy_from_slice(&(!checksum::fold(rest)).to_be_bytes());
        view.fill_checksum(v4());
        assert_eq!(view.checksum(), 0xffff);
        assert!(view.verify_checksum(v4()));
    }

    #[test]
    fn lengths() {
        let mut view = UdpPacket::new_unchecked(hex(DATAGRAM));
        for (length, result) in [
            (7, Err(Error::length(Layer::Udp, 4, 8, 7))),
            (8, Ok(0)),
            (10, Ok(2)),
            (11, Ok(3)),
            (12, Err(Error::length(Layer::Udp, 4, 11, 12))),
        ] {
            view.set_length(length);
            assert_eq!(UdpRepr::parse(&view, None).map(|_| view.payload().len()), result);
        }
        assert_eq!(UdpPacket::new_checked([0; 7]).unwrap_err(), Error::truncated(Layer::Udp, 8, 7));
    }

    quickcheck::quickcheck! {
        fn parse_of_emit(src_port: u16, dst_port: u16, payload: Short<300>, six: bool) -> bool {
            let pseudo = if six { v6() } else { v4() };
            let repr = UdpRepr { src_port, dst_port };
            let mut packet = UdpPacket::new_unchecked(vec![0xee; repr.buffer_len() + payload.0.len()]);
            packet.payload_mut().copy_from_slice(&payload.0);
            repr.emit(&mut packet, pseudo);
            let mut one_pass = vec![0; packet.as_bytes().len()];
            repr.emit_with_payload(&mut one_pass, &payload.0, pseudo);
            UdpRepr::parse(&packet, Some(pseudo)) == Ok(repr)
                && packet.payload() == &payload.0[..]
                && packet.as_bytes() == &one_pass[..]
        }

        fn a_flipped_bit_is_seen(payload: Short<99>, bit: usize) -> bool {
            let mut bytes = vec![0; 8 + payload.0.len()];
            UdpRepr { src_port: 1, dst_port: 2 }.emit_with_payload(&mut bytes, &payload.0, v6());
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            UdpRepr::parse(&UdpPacket::new_unchecked(bytes), Some(v6())).is_err()
        }

        fn any_bytes(bytes: Vec<u8>) -> bool {
            let view = UdpPacket::new_unchecked(&bytes);
            match UdpRepr::parse(&view, None) {
                Ok(_) => view.payload().len() + 8 == usize::from(view.length()),
                Err(_) => UdpRepr::parse(&view, Some(v4())).is_err(),
            }
        }
    }
}
