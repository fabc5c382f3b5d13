//! TCP header (RFC 9293 3.1). The options are in [`super::tcp_options`].

use core::fmt;

use crate::seq::SeqNumber;

use super::checksum;
use super::field::{Field, array_at, fields, need, view};
use super::ip::{IpProtocol, PseudoHeader};
use super::{Error, ErrorKind, Layer, Result};

pub use super::tcp_options::{DecodedOptions, MAX_OPTIONS_LEN, TcpOption, TcpOptionIter, TcpOptions};

/// Bytes of the header without options.
pub const MIN_HEADER_LEN: usize = 20;
/// Bytes of the longest header.
pub const MAX_HEADER_LEN: usize = 60;

/// The control bits, `FIN` in the lowest position as on the wire (byte 13), `AE` (RFC 9768) as bit 8.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TcpFlags(pub u16);

impl TcpFlags {
    /// No bit.
    pub const NONE: Self = Self(0);
    /// No more data from sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// Push function.
    pub const PSH: Self = Self(0x08);
    /// Acknowledgment field is significant.
    pub const ACK: Self = Self(0x10);
    /// Urgent pointer field is significant.
    pub const URG: Self = Self(0x20);
    /// ECN echo (RFC 3168).
    pub const ECE: Self = Self(0x40);
    /// Congestion window reduced (RFC 3168).
    pub const CWR: Self = Self(0x80);
    /// Accurate ECN (RFC 9768).
    pub const AE: Self = Self(0x100);
    /// SYN and ACK.
    pub const SYN_ACK: Self = Self(0x12);
    /// FIN and ACK.
    pub const FIN_ACK: Self = Self(0x11);
    /// RST and ACK.
    pub const RST_ACK: Self = Self(0x14);
    /// PSH and ACK.
    pub const PSH_ACK: Self = Self(0x18);
    /// The nine bits.
    pub const ALL: Self = Self(0x1ff);

    const LETTERS: [(Self, char); 9] = [
        (Self::FIN, 'F'),
        (Self::SYN, 'S'),
        (Self::RST, 'R'),
        (Self::PSH, 'P'),
        (Self::ACK, '.'),
        (Self::URG, 'U'),
        (Self::ECE, 'E'),
        (Self::CWR, 'W'),
        (Self::AE, 'A'),
    ];

    /// All bits of `other` are set.
    #[inline]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// At least one bit of `other` is set.
    #[inline]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The bits of both.
    #[inline]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The bits that are not in `other`.
    #[inline]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// No bit is set.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// FIN.
    #[inline]
    pub const fn fin(self) -> bool {
        self.contains(Self::FIN)
    }

    /// SYN.
    #[inline]
    pub const fn syn(self) -> bool {
        self.contains(Self::SYN)
    }

    /// RST.
    #[inline]
    pub const fn rst(self) -> bool {
        self.contains(Self::RST)
    }

    /// PSH.
    #[inline]
    pub const fn psh(self) -> bool {
        self.contains(Self::PSH)
    }

    /// ACK.
    #[inline]
    pub const fn ack(self) -> bool {
        self.contains(Self::ACK)
    }

    /// URG.
    #[inline]
    pub const fn urg(self) -> bool {
        self.contains(Self::URG)
    }

    /// ECE.
    #[inline]
    pub const fn ece(self) -> bool {
        self.contains(Self::ECE)
    }

    /// CWR.
    #[inline]
    pub const fn cwr(self) -> bool {
        self.contains(Self::CWR)
    }

    /// The flags that the letters of [`fmt::Display`] name, as `"S."`; `None` for an unknown letter.
    pub fn from_letters(letters: &str) -> Option<Self> {
        let mut flags = Self::NONE;
        for letter in letters.chars() {
            let (flag, _) = Self::LETTERS.iter().find(|(_, known)| *known == letter)?;
            flags = flags.union(*flag);
        }
        Some(flags)
    }
}

impl core::ops::BitOr for TcpFlags {
    type Output = Self;
    fn bitor(self, rhs: Self) -> Self {
        self.union(rhs)
    }
}

impl core::ops::BitOrAssign for TcpFlags {
    fn bitor_assign(&mut self, rhs: Self) {
        *self = self.union(rhs);
    }
}

/// One letter per flag: `F S R P . U E W A`, the point for ACK; `none` for no flag.
impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        if self.is_empty() {
            return f.write_str("none");
        }
        for (flag, letter) in Self::LETTERS {
            if self.contains(flag) {
                f.write_char(letter)?;
            }
        }
        match self.without(Self::ALL) {
            Self::NONE => Ok(()),
            other => write!(f, "+{:#x}", other.0),
        }
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

view! {
    /// A TCP header and the payload.
    TcpPacket
}

fields! { TcpPacket {
    /// Source port.
    src_port, set_src_port: u16 = 0;
    /// Destination port.
    dst_port, set_dst_port: u16 = 2;
    /// Sequence number.
    seq, set_seq: SeqNumber = 4;
    /// Acknowledgment number.
    ack, set_ack: SeqNumber = 8;
    /// Data offset, reserved bits and control bits together.
    offset_and_flags, set_offset_and_flags: u16 = 12;
    /// Window as it stands there, unscaled.
    window, set_window: u16 = 14;
    /// Checksum.
    checksum, set_checksum: u16 = 16;
    /// Urgent pointer.
    urgent, set_urgent: u16 = 18;
} }

impl<T: AsRef<[u8]>> TcpPacket<T> {
    /// The fixed 20 bytes and the options that the data offset states.
    ///
    /// # Errors
    /// `Truncated`; `Length` at offset 12 if the data offset is below 5.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        let given = self.buffer.as_ref().len();
        need!(Tcp, MIN_HEADER_LEN, given);
        let header_len = self.header_len();
        if header_len < MIN_HEADER_LEN {
            return Err(Error::length(Layer::Tcp, 12, MIN_HEADER_LEN, header_len));
        }
        need!(Tcp, header_len, given);
        Ok(())
    }

    /// The data offset in bytes, 0 to 60.
    #[inline]
    pub fn header_len(&self) -> usize {
        usize::from(self.buffer.as_ref()[12] >> 4) * 4
    }

    /// The four bits behind the data offset. The lowest is AE, which [`Self::flags`] shows too.
    #[inline]
    pub fn reserved(&self) -> u8 {
        self.buffer.as_ref()[12] & 0x0f
    }

    /// The nine control bits.
    #[inline]
    pub fn flags(&self) -> TcpFlags {
        TcpFlags(self.offset_and_flags() & 0x1ff)
    }

    /// The options area, cut to what is there.
    #[inline]
    pub fn options(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        let end = self.header_len().clamp(MIN_HEADER_LEN, bytes.len());
        &bytes[MIN_HEADER_LEN..end]
    }

    /// The options, one by one.
    #[inline]
    pub fn option_iter(&self) -> TcpOptionIter<'_> {
        TcpOptionIter::new(self.options())
    }

    /// The options that the stack understands, without a copy of the area.
    #[inline]
    pub fn decoded_options(&self) -> DecodedOptions {
        DecodedOptions::decode(self.options())
    }

    /// Everything behind the header.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        &bytes[self.header_len().clamp(MIN_HEADER_LEN, bytes.len())..]
    }

    /// Octets that the segment takes in sequence space: payload, SYN and FIN (SEG.LEN, RFC 9293 3.4).
    #[inline]
    pub fn segment_len(&self) -> usize {
        let flags = self.flags();
        self.payload().len() + usize::from(flags.syn()) + usize::from(flags.fin())
    }

    /// Whether the checksum over the whole buffer is right.
    #[inline]
    pub fn verify_checksum(&self, pseudo: PseudoHeader) -> bool {
        let bytes = self.buffer.as_ref();
        checksum::is_valid(pseudo.sum(IpProtocol::TCP, bytes.len()) + checksum::sum(bytes))
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> TcpPacket<T> {
    /// Writes the data offset for a header of `bytes` bytes (a multiple of 4 up to 60; low bits are cut).
    #[inline]
    pub fn set_header_len(&mut self, bytes: usize) {
        let word = &mut self.buffer.as_mut()[12];
        *word = *word & 0x0f | ((bytes / 4) as u8) << 4;
    }

    /// Writes the four bits behind the data offset, AE included.
    #[inline]
    pub fn set_reserved(&mut self, value: u8) {
        let word = &mut self.buffer.as_mut()[12];
        *word = *word & 0xf0 | value & 0x0f;
    }

    /// Writes the nine control bits.
    #[inline]
    pub fn set_flags(&mut self, value: TcpFlags) {
        self.set_offset_and_flags(self.offset_and_flags() & !0x1ff | value.0 & 0x1ff);
    }

    /// The options area by the data offset.
    #[inline]
    pub fn options_mut(&mut self) -> &mut [u8] {
        let end = self.header_len().clamp(MIN_HEADER_LEN, self.buffer.as_ref().len());
        &mut self.buffer.as_mut()[MIN_HEADER_LEN..end]
    }

    /// Everything behind the header.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        let start = self.header_len().clamp(MIN_HEADER_LEN, self.buffer.as_ref().len());
        &mut self.buffer.as_mut()[start..]
    }

    /// Computes the checksum over the whole buffer and writes it.
    #[inline]
    pub fn fill_checksum(&mut self, pseudo: PseudoHeader) {
        self.set_checksum(0);
        let bytes = self.buffer.as_ref();
        let value = checksum::finish(pseudo.sum(IpProtocol::TCP, bytes.len()) + checksum::sum(bytes));
        self.set_checksum(value);
    }
}

/// A TCP header. Data offset and checksum are computed by `emit`. The reserved bits (except AE) are ignored
/// when read and zero when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TcpRepr {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Sequence number.
    pub seq: SeqNumber,
    /// Acknowledgment number; meaningful if ACK is set, kept in any case.
    pub ack: SeqNumber,
    /// Control bits.
    pub flags: TcpFlags,
    /// Window as it stands on the wire, unscaled.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// The options area.
    pub options: TcpOptions,
}

impl TcpRepr {
    /// Reads the header; verifies the data offset and, if `pseudo` is given, the checksum over the whole
    /// buffer. What stands in the options is not judged: see [`TcpOptions::decode`].
    ///
    /// # Errors
    /// `Truncated`; `Length` at offset 12; `Checksum` at offset 16.
    #[inline]
    pub fn parse<T: AsRef<[u8]>>(packet: &TcpPacket<T>, pseudo: Option<PseudoHeader>) -> Result<Self> {
        packet.check_len()?;
        // RFC9293-MUST-3: the receiver MUST check the checksum.
        if pseudo.is_some_and(|pseudo| !packet.verify_checksum(pseudo)) {
            return Err(Error::field(Layer::Tcp, ErrorKind::Checksum, 16));
        }
        let fixed: [u8; MIN_HEADER_LEN] = array_at(packet.as_bytes(), 0);
        Ok(Self {
            src_port: Field::get(&fixed, 0),
            dst_port: Field::get(&fixed, 2),
            seq: Field::get(&fixed, 4),
            ack: Field::get(&fixed, 8),
            flags: TcpFlags(u16::get(&fixed, 12) & 0x1ff),
            window: Field::get(&fixed, 14),
            urgent: Field::get(&fixed, 18),
            options: TcpOptions::from_area(packet.options()),
        })
    }

    /// The header with options and their padding: 20 to 60.
    #[inline]
    pub const fn buffer_len(&self) -> usize {
        MIN_HEADER_LEN + self.options.padded_len()
    }

    /// Octets that a segment with `payload_len` octets takes in sequence space (SEG.LEN).
    #[inline]
    pub const fn segment_len(&self, payload_len: usize) -> usize {
        payload_len + self.flags.syn() as usize + self.flags.fin() as usize
    }

    /// Writes the header in front of the payload that is already in the buffer; the checksum covers the whole
    /// buffer.
    #[inline]
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut TcpPacket<T>, pseudo: PseudoHeader) {
        self.emit_header(packet);
        // RFC9293-MUST-2: the sender MUST generate the checksum.
        packet.fill_checksum(pseudo);
    }

    /// Writes the header with a checksum of zero. To finish it: the pseudo header, [`checksum::sum`] of the
    /// header and the sums of the payload parts together, [`checksum::finish`], [`TcpPacket::set_checksum`].
    #[inline]
    pub fn emit_header<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut TcpPacket<T>) {
        let len = self.buffer_len();
        let options = self.options.as_bytes();
        let bytes = &mut packet.buffer.as_mut()[..len];
        let (fixed, area) = bytes.split_at_mut(MIN_HEADER_LEN);
        self.src_port.set(fixed, 0);
        self.dst_port.set(fixed, 2);
        self.seq.set(fixed, 4);
        self.ack.set(fixed, 8);
        ((len as u16 / 4) << 12 | self.flags.0 & 0x1ff).set(fixed, 12);
        self.window.set(fixed, 14);
        0u16.set(fixed, 16);
        self.urgent.set(fixed, 18);
        area.copy_from_slice(options);
    }

    /// Writes header and `payload` to the start of `buffer`, copying and summing in one pass; returns the
    /// bytes written, or `None` if they do not fit.
    pub fn emit_with_payload(&self, buffer: &mut [u8], payload: &[u8], pseudo: PseudoHeader) -> Option<usize> {
        let header_len = self.buffer_len();
        let len = header_len + payload.len();
        let (header, data) = buffer.get_mut(..len)?.split_at_mut(header_len);
        let mut packet = TcpPacket::new_unchecked(header);
        self.emit_header(&mut packet);
        let partial =
            pseudo.sum(IpProtocol::TCP, len) + checksum::sum(packet.as_bytes()) + checksum::copy_and_sum(payload, data);
        packet.set_checksum(checksum::finish(partial));
        Some(len)
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, TlvBytes, hex};
    use super::*;

    fn v4() -> PseudoHeader {
        PseudoHeader::v4(Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2))
    }

    fn v6() -> PseudoHeader {
        PseudoHeader::v6("2001:db8::1".parse().unwrap(), Ipv6Addr::LOCALHOST)
    }

    const SYN: &str = "04d2 0050 01020304 00000000 6002 ffff 0000 0000 020405b4";

    fn syn() -> TcpRepr {
        TcpRepr {
            src_port: 1234,
            dst_port: 80,
            seq: SeqNumber(0x01020304),
            ack: SeqNumber(0),
            flags: TcpFlags::SYN,
            window: 65535,
            urgent: 0,
            options: TcpOptions::from_options(&[TcpOption::MaxSegmentSize(1460)]).unwrap(),
        }
    }

    #[test]
    fn a_syn_and_back() {
        let bytes = hex(SYN);
        let view = TcpPacket::new_checked(&bytes).unwrap();
        assert_eq!(TcpRepr::parse(&view, None), Ok(syn()));
        assert_eq!((syn().buffer_len(), syn().segment_len(0), view.segment_len()), (24, 1, 1));
        assert_eq!(view.decoded_options().max_segment_size, Some(1460));
        let mut out = TcpPacket::new_unchecked(vec![0xee; 24]);
        syn().emit_header(&mut out);
        assert_eq!(out.as_bytes(), bytes);
        // By hand: the words of pseudo header and segment.
        syn().emit(&mut out, v4());
        let words: u32 =
            [0xc000, 0x0201, 0xc000, 0x0202, 6, 24, 0x04d2, 0x50, 0x0102, 0x0304, 0x6002, 0xffff, 0x0204, 0x05b4]
                .into_iter()
                .sum();
        assert_eq!(out.checksum(), !((words & 0xffff) + (words >> 16)) as u16);
        assert_eq!(TcpRepr::parse(&out, Some(v4())), Ok(syn()));
        assert_eq!(TcpRepr::parse(&out, Some(v6())), Err(Error::field(Layer::Tcp, ErrorKind::Checksum, 16)));
    }

    #[test]
    fn data_offset() {
        let mut bytes = hex(SYN);
        for (offset, result) in [
            (0, Err(Error::length(Layer::Tcp, 12, 20, 0))),
            (4, Err(Error::length(Layer::Tcp, 12, 20, 16))),
            (5, Ok((0, 4))),
            (6, Ok((4, 0))),
            (7, Err(Error::truncated(Layer::Tcp, 28, 24))),
            (15, Err(Error::truncated(Layer::Tcp, 60, 24))),
        ] {
            bytes[12] = offset << 4;
            let view = TcpPacket::new_unchecked(&bytes);
            assert_eq!(view.check_len().map(|()| (view.options().len(), view.payload().len())), result);
            assert_eq!(TcpRepr::parse(&view, None).is_ok(), result.is_ok());
        }
        assert_eq!(TcpPacket::new_checked(&bytes[..19]).unwrap_err(), Error::truncated(Layer::Tcp, 20, 19));
    }

    #[test]
    fn setters_touch_their_bits_only() {
        for fill in [0x00, 0xff] {
            let mut view = TcpPacket::new_unchecked([fill; 40]);
            view.set_header_len(32);
            view.set_reserved(0b1010);
            view.set_flags(TcpFlags::SYN_ACK);
            assert_eq!((view.header_len(), view.reserved(), view.flags()), (32, 0b1010, TcpFlags::SYN_ACK));
            view.set_flags(TcpFlags::AE | TcpFlags::CWR);
            assert_eq!((view.header_len(), view.reserved(), view.flags().to_string()), (32, 0b1011, "WA".into()));
            assert_eq!((view.options().len(), view.payload().len()), (12, 8));
            assert_eq!(view.into_inner()[..12], [fill; 12]);
        }
    }

    #[test]
    fn reserved_bits_are_ignored_and_never_sent() {
        let mut bytes = hex(SYN);
        bytes[12] |= 0x0e;
        assert_eq!(TcpRepr::parse(&TcpPacket::new_unchecked(&bytes), None), Ok(syn()));
    }

    #[test]
    fn flags_in_letters() {
        assert_eq!(TcpFlags::SYN_ACK.to_string(), "S.");
        assert_eq!(TcpFlags::NONE.to_string(), "none");
        assert_eq!(format!("{:?}", TcpFlags(0x201)), "F+0x200");
        assert_eq!(TcpFlags::from_letters("S.EW"), Some(TcpFlags(0xd2)));
        assert_eq!(TcpFlags::from_letters("x"), None);
        assert!(TcpFlags::ALL.contains(TcpFlags::SYN_ACK) && !TcpFlags::SYN.contains(TcpFlags::SYN_ACK));
        assert!(TcpFlags::SYN.intersects(TcpFlags::SYN_ACK) && !TcpFlags::SYN.intersects(TcpFlags::FIN));
    }

    quickcheck::quickcheck! {
        fn parse_of_emit(ports: (u16, u16), numbers: (u32, u32), flags: u16, rest: (u16, u16),
                         options: TlvBytes<40>, payload: Short<200>, six: bool) -> bool {
            let (seq, ack) = numbers;
            let pseudo = if six { v6() } else { v4() };
            let repr = TcpRepr {
                src_port: ports.0,
                dst_port: ports.1,
                seq: SeqNumber(seq),
                ack: SeqNumber(ack),
                flags: TcpFlags(flags & 0x1ff),
                window: rest.0,
                urgent: rest.1,
                options: TcpOptions::from_bytes(&options.0).unwrap(),
            };
            let mut packet = TcpPacket::new_unchecked(vec![0xee; repr.buffer_len() + payload.0.len()]);
            packet.set_header_len(repr.buffer_len());
            packet.payload_mut().copy_from_slice(&payload.0);
            repr.emit(&mut packet, pseudo);
            let mut one_pass = vec![0; packet.as_bytes().len() + 3];
            let len = repr.emit_with_payload(&mut one_pass, &payload.0, pseudo).unwrap();
            assert_eq!(packet.as_bytes(), &one_pass[..len]);
            assert_eq!(packet.decoded_options(), repr.options.decode());
            TcpRepr::parse(&packet, Some(pseudo)) == Ok(repr) && packet.payload() == &payload.0[..]
        }

        fn any_bytes(bytes: Vec<u8>, offset: u8) -> bool {
            let mut bytes = bytes;
            if let Some(byte) = bytes.get_mut(12) {
                *byte = offset << 4 | *byte & 1;
            }
            let mut view = TcpPacket::new_unchecked(bytes);
            if view.check_len().is_err() {
                return TcpRepr::parse(&view, None).is_err();
            }
            let _ = (view.segment_len(), view.option_iter().count(), view.decoded_options());
            view.fill_checksum(v4());
            let repr = TcpRepr::parse(&view, Some(v4())).unwrap();
            let mut again = TcpPacket::new_unchecked(view.as_bytes().to_vec());
            again.buffer[..repr.buffer_len()].fill(0xee);
            repr.emit(&mut again, v4());
            again == view
        }

        fn a_flipped_bit_is_seen(payload: Short<99>, bit: usize) -> bool {
            let mut bytes = vec![0; 24 + payload.0.len()];
            syn().emit_with_payload(&mut bytes, &payload.0, v4());
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            TcpRepr::parse(&TcpPacket::new_unchecked(bytes), Some(v4())).is_err()
        }
    }
}
