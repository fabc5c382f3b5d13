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
