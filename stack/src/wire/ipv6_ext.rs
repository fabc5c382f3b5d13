//! IPv6 extension headers (RFC 8200 4): hop-by-hop and destination options, routing, fragment, and a walker
//! over the chain.

use core::fmt;

use super::field::{Field, fields, need, view};
use super::ip::IpProtocol;
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of a fragment header.
pub const FRAGMENT_LEN: usize = 8;
/// Extension headers that a [`ChainWalker`] passes if not told otherwise.
pub const DEFAULT_CHAIN_LIMIT: usize = 16;

/// Option types (IANA "Destination Options and Hop-by-Hop Options").
pub mod kind {
    /// One byte of padding.
    pub const PAD1: u8 = 0x00;
    /// Padding with a length.
    pub const PADN: u8 = 0x01;
    /// Router alert (RFC 2711).
    pub const ROUTER_ALERT: u8 = 0x05;
    /// Jumbo payload (RFC 2675).
    pub const JUMBO_PAYLOAD: u8 = 0xc2;
}

/// What a node does that does not know an option: the top two bits of its type (RFC 8200 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionAction {
    /// 00: skip the option.
    Skip,
    /// 01: discard the packet.
    Discard,
    /// 10: discard, and send a parameter problem, code 2.
    DiscardReport,
    /// 11: discard, and send a parameter problem if the destination was not multicast.
    DiscardReportUnicast,
}

impl OptionAction {
    /// From the option type.
    pub const fn of(kind: u8) -> Self {
        match kind >> 6 {
            0 => Self::Skip,
            1 => Self::Discard,
            2 => Self::DiscardReport,
            _ => Self::DiscardReportUnicast,
        }
    }
}

/// One option. A known type whose length is not its own comes as `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv6Option<'a> {
    /// One byte.
    Pad1,
    /// Padding; the data should be zero.
    PadN(&'a [u8]),
    /// Router alert (RFC 2711).
    RouterAlert(u16),
    /// Jumbo payload length (RFC 2675).
    JumboPayload(u32),
    /// Anything else.
    Unknown {
        /// Option type.
        kind: u8,
        /// Data without type and length byte, at most 255 bytes.
        data: &'a [u8],
    },
}

impl<'a> Ipv6Option<'a> {
    fn decode(kind: u8, data: &'a [u8]) -> Self {
        match (kind, data.len()) {
            (kind::PADN, _) => Self::PadN(data),
            (kind::ROUTER_ALERT, 2) => Self::RouterAlert(Field::get(data, 0)),
            (kind::JUMBO_PAYLOAD, 4) => Self::JumboPayload(Field::get(data, 0)),
            _ => Self::Unknown { kind, data },
        }
    }

    /// The option type.
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Pad1 => kind::PAD1,
            Self::PadN(_) => kind::PADN,
            Self::RouterAlert(_) => kind::ROUTER_ALERT,
            Self::JumboPayload(_) => kind::JUMBO_PAYLOAD,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// What a node does that does not know it.
    pub const fn action(&self) -> OptionAction {
        OptionAction::of(self.kind())
    }

    /// The data may change on the way (third bit of the type).
    pub const fn may_change(&self) -> bool {
        self.kind() & 0x20 != 0
    }

    /// Bytes of the option.
    pub const fn buffer_len(&self) -> usize {
        match self {
            Self::Pad1 => 1,
            Self::PadN(data) | Self::Unknown { data, .. } => 2 + data.len(),
            Self::RouterAlert(_) => 4,
            Self::JumboPayload(_) => 6,
        }
    }

    /// Writes the option to the start of `buffer`; returns the bytes written, or `None` if it does not fit
    /// or its data exceeds 255 bytes.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let len = self.buffer_len();
        let buffer = buffer.get_mut(..len)?;
        buffer[0] = self.kind();
        if len > 1 {
            buffer[1] = u8::try_from(len - 2).ok()?;
        }
        match self {
            Self::Pad1 => {}
            Self::PadN(data) | Self::Unknown { data, .. } => buffer[2..].copy_from_slice(data),
            Self::RouterAlert(value) => value.set(buffer, 2),
            Self::JumboPayload(value) => value.set(buffer, 2),
        }
        Some(len)
    }
}

impl fmt::Display for Ipv6Option<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pad1 => f.write_str("pad1"),
            Self::PadN(data) => write!(f, "padn {}", data.len()),
            Self::RouterAlert(value) => write!(f, "router alert {value}"),
            Self::JumboPayload(value) => write!(f, "jumbo {value}"),
            Self::Unknown { kind, data } => {
                write!(f, "option {kind:#04x}")?;
                data.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
            }
        }
    }
}

/// Walks an options area. Ends behind the last byte or behind the first error.
#[derive(Clone, Debug)]
pub struct Ipv6OptionIter<'a> {
    area: &'a [u8],
    offset: usize,
}

impl<'a> Ipv6OptionIter<'a> {
    /// Over the bytes behind the two bytes of the header.
    pub const fn new(area: &'a [u8]) -> Self {
        Self { area, offset: 0 }
    }

    /// Offset in the area of the option that `next` will give; add 2 for the offset in the header.
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl<'a> Iterator for Ipv6OptionIter<'a> {
    type Item = Result<Ipv6Option<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.offset;
        let rest = self.area.get(at..).filter(|rest| !rest.is_empty())?;
        if rest[0] == kind::PAD1 {
            self.offset += 1;
            return Some(Ok(Ipv6Option::Pad1));
        }
        let Some(&stated) = rest.get(1) else {
            self.offset = self.area.len();
            return Some(Err(Error { offset: at, ..Error::truncated(Layer::Ipv6Option, 2, rest.len()) }));
        };
        let Some(data) = rest[2..].get(..usize::from(stated)) else {
            self.offset = self.area.len();
            return Some(Err(Error::length(Layer::Ipv6Option, at + 1, rest.len() - 2, stated.into())));
        };
        self.offset += 2 + data.len();
        Some(Ok(Ipv6Option::decode(rest[0], data)))
    }
}

/// Writes `options` to the start of `area` and pads with Pad1 or PadN so that two more bytes in front give a
/// multiple of 8; returns the bytes written, or `None` if they do not fit.
pub fn write_options(area: &mut [u8], options: &[Ipv6Option<'_>]) -> Option<usize> {
    let mut len = 0;
    for option in options {
        len += option.emit(area.get_mut(len..)?)?;
    }
    let padding = (8 - (len + 2) % 8) % 8;
    let zeros = [0; 8];
    let pad = match padding {
        0 => return Some(len),
        1 => Ipv6Option::Pad1,
        more => Ipv6Option::PadN(&zeros[..more - 2]),
    };
    Some(len + pad.emit(area.get_mut(len..)?)?)
}

view! {
    /// A header whose second byte says its length in units of 8 bytes, the first unit not counted: hop-by-hop
    /// options, destination options, routing.
    Ipv6ExtPacket
}

fields! { Ipv6ExtPacket {
    /// Type of the header that follows.
    next_header, set_next_header: IpProtocol = 0;
    /// Units of 8 bytes behind the first.
    header_ext_len, set_header_ext_len: u8 = 1;
    /// Routing header: its type.
    routing_type, set_routing_type: u8 = 2;
    /// Routing header: nodes still to visit.
    segments_left, set_segments_left: u8 = 3;
} }

impl<T: AsRef<[u8]>> Ipv6ExtPacket<T> {
    /// The stated length, at least 8 bytes.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        let given = self.buffer.as_ref().len();
        need!(Ipv6Extension, 8, given);
        need!(Ipv6Extension, self.header_len(), given);
        Ok(())
    }

    /// The stated length in bytes, 8 to 2048.
    #[inline]
    pub fn header_len(&self) -> usize {
        (usize::from(self.header_ext_len()) + 1) * 8
    }

    /// Everything in the header behind the first two bytes, cut to what is there.
    #[inline]
    pub fn body(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        &bytes[2..self.header_len().clamp(2, bytes.len())]
    }

    /// The options of a hop-by-hop or destination options header.
    #[inline]
    pub fn option_iter(&self) -> Ipv6OptionIter<'_> {
        Ipv6OptionIter::new(self.body())
    }

    /// What follows the header.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        let bytes = self.buffer.as_ref();
        &bytes[self.header_len().min(bytes.len())..]
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Ipv6ExtPacket<T> {
    /// Everything in the header behind the first two bytes.
    pub fn body_mut(&mut self) -> &mut [u8] {
        let end = self.header_len().clamp(2, self.buffer.as_ref().len());
        &mut self.buffer.as_mut()[2..end]
    }
}

/// A hop-by-hop or destination options header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6OptionsRepr<'a> {
    /// Type of the header that follows.
    pub next_header: IpProtocol,
    /// The options area with its padding (see [`write_options`]): 6 bytes, or 6 and a multiple of 8.
    pub options: &'a [u8],
}

impl<'a> Ipv6OptionsRepr<'a> {
    /// Reads the header. The options are not judged: walk [`Self::option_iter`].
    ///
    /// # Errors
    /// `Truncated`.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(packet: &Ipv6ExtPacket<&'a T>) -> Result<Self> {
        packet.check_len()?;
        let bytes: &'a [u8] = packet.buffer.as_ref();
        Ok(Self { next_header: packet.next_header(), options: &bytes[2..packet.header_len()] })
    }

    /// The options one by one.
    pub const fn option_iter(&self) -> Ipv6OptionIter<'a> {
        Ipv6OptionIter::new(self.options)
    }

    /// A multiple of 8, at most 2048: an area of another length is padded or cut.
    pub const fn buffer_len(&self) -> usize {
        let len = (self.options.len() + 2).next_multiple_of(8);
        if len > 2048 { 2048 } else { len }
    }

    /// Writes the header; missing padding becomes Pad1 options.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Ipv6ExtPacket<T>) {
        let len = self.buffer_len();
        packet.set_next_header(self.next_header);
        packet.set_header_ext_len((len / 8 - 1) as u8);
        let body = &mut packet.buffer.as_mut()[2..len];
        let used = self.options.len().min(body.len());
        body[..used].copy_from_slice(&self.options[..used]);
        body[used..].fill(0);
    }
}

/// A routing header of any type (RFC 8200 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoutingRepr<'a> {
    /// Type of the header that follows.
    pub next_header: IpProtocol,
    /// Routing type; 0 is deprecated (RFC 5095).
    pub routing_type: u8,
    /// Nodes still to visit.
    pub segments_left: u8,
    /// Type-specific data: 4 bytes, or 4 and a multiple of 8.
    pub data: &'a [u8],
}

impl<'a> RoutingRepr<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(packet: &Ipv6ExtPacket<&'a T>) -> Result<Self> {
        packet.check_len()?;
        let bytes: &'a [u8] = packet.buffer.as_ref();
        Ok(Self {
            next_header: packet.next_header(),
            routing_type: packet.routing_type(),
            segments_left: packet.segments_left(),
            data: &bytes[4..packet.header_len()],
        })
    }

    /// A multiple of 8, at most 2048: data of another length is padded with zeros or cut.
    pub const fn buffer_len(&self) -> usize {
        let len = (self.data.len() + 4).next_multiple_of(8);
        if len > 2048 { 2048 } else { len }
    }

    /// Writes the header.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Ipv6ExtPacket<T>) {
        let len = self.buffer_len();
        packet.set_next_header(self.next_header);
        packet.set_header_ext_len((len / 8 - 1) as u8);
        packet.set_routing_type(self.routing_type);
        packet.set_segments_left(self.segments_left);
        let body = &mut packet.buffer.as_mut()[4..len];
        let used = self.data.len().min(body.len());
        body[..used].copy_from_slice(&self.data[..used]);
        body[used..].fill(0);
    }
}

view! {
    /// A fragment header and what follows.
    FragmentPacket
}

fields! { FragmentPacket {
    /// Type of the first header of the fragmentable part.
    next_header, set_next_header: IpProtocol = 0;
    /// Reserved byte.
    reserved, set_reserved: u8 = 1;
    /// Offset, two reserved bits and the M flag together.
    offset_and_flags, set_offset_and_flags: u16 = 2;
    /// Identification.
    identification, set_identification: u32 = 4;
} }

impl<T: AsRef<[u8]>> FragmentPacket<T> {
    /// At least the 8 bytes of the header.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        need!(Ipv6Extension, FRAGMENT_LEN, self.buffer.as_ref().len());
        Ok(())
    }

    /// Fragment offset in bytes.
    #[inline]
    pub fn fragment_offset(&self) -> u16 {
        self.offset_and_flags() & 0xfff8
    }

    /// The two reserved bits between offset and M.
    #[inline]
    pub fn reserved_bits(&self) -> u8 {
        (self.offset_and_flags() >> 1) as u8 & 3
    }

    /// M.
    #[inline]
    pub fn more_fragments(&self) -> bool {
        self.offset_and_flags() & 1 == 1
    }

    /// What follows the header.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[FRAGMENT_LEN..]
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> FragmentPacket<T> {
    /// Writes the offset for `bytes` bytes (a multiple of 8; low bits are cut).
    pub fn set_fragment_offset(&mut self, bytes: u16) {
        self.set_offset_and_flags(self.offset_and_flags() & 7 | bytes & 0xfff8);
    }

    /// Writes the two reserved bits.
    pub fn set_reserved_bits(&mut self, value: u8) {
        self.set_offset_and_flags(self.offset_and_flags() & !6 | u16::from(value & 3) << 1);
    }

    /// Writes M.
    pub fn set_more_fragments(&mut self, value: bool) {
        self.set_offset_and_flags(self.offset_and_flags() & !1 | u16::from(value));
    }
}

/// A fragment header: 8 bytes. Reserved bits are ignored when read and zero when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentRepr {
    /// Type of the first header of the fragmentable part.
    pub next_header: IpProtocol,
    /// Fragment offset in bytes, a multiple of 8.
    pub fragment_offset: u16,
    /// M.
    pub more_fragments: bool,
    /// Identification.
    pub identification: u32,
}

impl FragmentRepr {
    /// Reads the header.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn parse<T: AsRef<[u8]>>(packet: &FragmentPacket<T>) -> Result<Self> {
        packet.check_len()?;
        Ok(Self {
            next_header: packet.next_header(),
            fragment_offset: packet.fragment_offset(),
            more_fragments: packet.more_fragments(),
            identification: packet.identification(),
        })
    }

    /// 8.
    pub const fn buffer_len(&self) -> usize {
        FRAGMENT_LEN
    }

    /// Writes the header.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut FragmentPacket<T>) {
        packet.set_next_header(self.next_header);
        packet.set_reserved(0);
        packet.set_offset_and_flags(self.fragment_offset & 0xfff8 | u16::from(self.more_fragments));
        packet.set_identification(self.identification);
    }

    /// Both offset and M are zero: a packet that was never cut (RFC 6946).
    pub const fn is_atomic(&self) -> bool {
        self.fragment_offset == 0 && !self.more_fragments
    }
}

/// One header of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Type of the header that stands at `offset`.
    pub header: IpProtocol,
    /// Where it starts, in bytes from the start of the area given to the walker (behind the fixed header).
    pub offset: usize,
    /// Where the byte that named this header stands: offset from the start of the area, or `None` if it was
    /// the fixed header.
    pub named_at: Option<usize>,
    /// Bytes of the header; for the last step all that is left.
    pub len: usize,
}

impl Step {
    /// Whether it is a header that a chain goes on behind: hop-by-hop, routing, fragment, destination
    /// options, authentication.
    pub const fn is_extension(&self) -> bool {
        is_extension(self.header)
    }
}

/// Whether the header has a next-header field that a [`ChainWalker`] follows.
pub const fn is_extension(header: IpProtocol) -> bool {
    matches!(
        header,
        IpProtocol::IPV6_HOP_BY_HOP
            | IpProtocol::ROUTING
            | IpProtocol::FRAGMENT
            | IpProtocol::DEST_OPTIONS
            | IpProtocol::AUTHENTICATION
    )
}

/// Walks the chain behind a fixed header, one [`Step`] per header. The last step is the first header that is
/// no extension (upper layer, no next header, unknown). Behind a fragment header with an offset the chain
/// ends: what follows there is in the middle of something. An error ends it too.
#[derive(Clone, Debug)]
pub struct ChainWalker<'a> {
    area: &'a [u8],
    next: Option<IpProtocol>,
    offset: usize,
    named_at: Option<usize>,
    left: usize,
}

impl<'a> ChainWalker<'a> {
    /// `first` is the next-header field of the fixed header, `area` all bytes behind it.
    pub const fn new(first: IpProtocol, area: &'a [u8]) -> Self {
        Self::with_limit(first, area, DEFAULT_CHAIN_LIMIT)
    }

    /// Fails at the extension header after the first `limit`.
    pub const fn with_limit(first: IpProtocol, area: &'a [u8], limit: usize) -> Self {
        Self { area, next: Some(first), offset: 0, named_at: None, left: limit }
    }

    /// The last step of the chain: the upper-layer header, or the fragment header behind which it cannot be
    /// seen.
    ///
    /// # Errors
    /// As the iterator's.
    pub fn last_step(self) -> Result<Step> {
        let mut last = Err(Error::field(Layer::Ipv6Extension, ErrorKind::Value, 0));
        for step in self {
            last = Ok(step?);
        }
        last
    }

    fn extension(&mut self, header: IpProtocol) -> Result<Step> {
        let at = self.offset;
        let rest = &self.area[at..];
        if self.left == 0 {
            return Err(Error::field(Layer::Ipv6Extension, ErrorKind::Value, at));
        }
        self.left -= 1;
        let cut = |needed| Error { offset: at, ..Error::truncated(Layer::Ipv6Extension, needed, rest.len()) };
        let fixed = rest.first_chunk::<8>().ok_or(cut(8))?;
        let len = match header {
            IpProtocol::FRAGMENT => FRAGMENT_LEN,
            // RFC 4302 2.2: in units of 4 bytes, minus 2.
            IpProtocol::AUTHENTICATION => (usize::from(fixed[1]) + 2) * 4,
            _ => (usize::from(fixed[1]) + 1) * 8,
        };
        if len > rest.len() {
            return Err(cut(len));
        }
        let step = Step { header, offset: at, named_at: self.named_at, len };
        if header != IpProtocol::FRAGMENT || u16::get(fixed, 2) & 0xfff8 == 0 {
            self.next = Some(IpProtocol(fixed[0]));
        }
        self.named_at = Some(at);
        self.offset += len;
        Ok(step)
    }
}

impl Iterator for ChainWalker<'_> {
    type Item = Result<Step>;

    fn next(&mut self) -> Option<Self::Item> {
        let header = self.next.take()?;
        if is_extension(header) {
            return Some(self.extension(header));
        }
        let len = self.area.len() - self.offset;
        Some(Ok(Step { header, offset: self.offset, named_at: self.named_at, len }))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, TlvBytes, hex};
    use super::*;

    #[test]
    fn rfc8200_appendix_b_options() {
        // Option X: 8 bytes of data and 4 of data behind it, aligned by the sender.
        let data: Vec<u8> = (1..=12).collect();
        let mut area = [0xee; 22];
        let option = Ipv6Option::Unknown { kind: 0x1e, data: &data };
        assert_eq!(write_options(&mut area, &[Ipv6Option::PadN(&[]), option]), Some(22));
        assert_eq!(area[..], hex("0100 1e0c 0102030405060708090a0b0c 0104 00000000"));
        let repr = Ipv6OptionsRepr { next_header: IpProtocol::TCP, options: &area };
        let mut out = Ipv6ExtPacket::new_unchecked([0; 24]);
        repr.emit(&mut out);
        assert_eq!((repr.buffer_len(), out.header_ext_len(), out.next_header()), (24, 2, IpProtocol::TCP));
        assert_eq!(Ipv6OptionsRepr::parse(&Ipv6ExtPacket::new_checked(out.as_bytes()).unwrap()), Ok(repr));
        let listed: Vec<_> = out.option_iter().map(Result::unwrap).collect();
        assert_eq!(listed, [Ipv6Option::PadN(&[]), option, Ipv6Option::PadN(&[0; 4])]);
    }

    #[test]
    fn padding_of_every_length() {
        for len in 0..8 {
            let data = vec![7; len];
            let mut area = [0xee; 16];
            let written = write_options(&mut area, &[Ipv6Option::Unknown { kind: 0x3e, data: &data }]).unwrap();
            assert_eq!((written + 2) % 8, 0);
            assert!(Ipv6OptionIter::new(&area[..written]).all(|option| option.is_ok()));
            assert_eq!(Ipv6OptionIter::new(&area[..written]).map(|o| o.unwrap().buffer_len()).sum::<usize>(), written);
        }
        assert_eq!(write_options(&mut [0; 5], &[Ipv6Option::RouterAlert(0)]), None);
    }

    #[test]
    fn known_options() {
        let area = hex("0502 0000 c204 00010000 00 0502000000");
        let listed: Vec<_> = Ipv6OptionIter::new(&area).flatten().collect();
        let (alert, jumbo) = (Ipv6Option::RouterAlert(0), Ipv6Option::JumboPayload(65536));
        assert_eq!(listed, [alert, jumbo, Ipv6Option::Pad1, alert, Ipv6Option::Pad1]);
        assert_eq!((alert.action(), jumbo.action()), (OptionAction::Skip, OptionAction::DiscardReportUnicast));
        assert_eq!(OptionAction::of(0x40), OptionAction::Discard);
        assert_eq!(OptionAction::of(0x9f), OptionAction::DiscardReport);
        assert!(Ipv6Option::Unknown { kind: 0x3e, data: &[] }.may_change() && !alert.may_change());
    }

    #[test]
    fn malformed_options() {
        let errors = |text: &str| Ipv6OptionIter::new(&hex(text)).find_map(Result::err);
        assert_eq!(errors("00 0103 0000"), Some(Error::length(Layer::Ipv6Option, 2, 2, 3)));
        let no_length = Error { offset: 2, ..Error::truncated(Layer::Ipv6Option, 2, 1) };
        assert_eq!(errors("0100 05"), Some(no_length));
    }

    #[test]
    fn a_fragment_header() {
        let bytes = hex("06 00 05a9 12345678");
        let repr = FragmentRepr {
            next_header: IpProtocol::TCP,
            fragment_offset: 1448,
            more_fragments: true,
            identification: 0x12345678,
        };
        assert_eq!(FragmentRepr::parse(&FragmentPacket::new_checked(&bytes).unwrap()), Ok(repr));
        let mut out = FragmentPacket::new_unchecked([0xff; 8]);
        repr.emit(&mut out);
        assert_eq!(out.as_bytes(), bytes);
        assert!(!repr.is_atomic());
        out.set_fragment_offset(0);
        out.set_more_fragments(false);
        out.set_reserved_bits(3);
        assert!(FragmentRepr::parse(&out).unwrap().is_atomic());
        assert_eq!((out.offset_and_flags(), out.reserved_bits()), (6, 3));
    }

    fn steps(first: IpProtocol, area: &[u8]) -> Vec<Result<(u8, usize, usize)>> {
        ChainWalker::new(first, area).map(|step| step.map(|step| (step.header.0, step.offset, step.len))).collect()
    }

    #[test]
    fn a_chain_to_its_end() {
        let area = hex("2b00 0000 00000000  2c02 0200 0000000000000000000000000000000000000000  3c00 0000 00000001
             3301 0104 0000000000000000 00000000  0604 00000000 00000001 00000000 00000000 0000000a 0000");
        let (hop, routing) = (IpProtocol::IPV6_HOP_BY_HOP, IpProtocol::ROUTING);
        // Destination options (60) at 40 has length byte 1: 16 bytes; it names AH (51).
        let walked = steps(hop, &area);
        assert_eq!(walked[..4], [Ok((0, 0, 8)), Ok((43, 8, 24)), Ok((44, 32, 8)), Ok((60, 40, 16))]);
        assert_eq!(walked[4], Ok((51, 56, 24)));
        assert_eq!(walked[5..], [Ok((6, 80, 0))]);
        let last = ChainWalker::new(hop, &area).last_step().unwrap();
        assert_eq!((last.header, last.named_at, last.is_extension()), (IpProtocol::TCP, Some(56), false));
        assert!(is_extension(routing));
        let limited = ChainWalker::with_limit(hop, &area, 4).last_step();
        assert_eq!(limited, Err(Error::field(Layer::Ipv6Extension, ErrorKind::Value, 56)));
    }

    #[test]
    fn a_chain_without_extensions() {
        assert_eq!(steps(IpProtocol::TCP, &[1, 2, 3]), [Ok((6, 0, 3))]);
        assert_eq!(steps(IpProtocol::NO_NEXT, &[]), [Ok((59, 0, 0))]);
        let first = ChainWalker::new(IpProtocol::TCP, &[]).last_step().unwrap();
        assert_eq!(first.named_at, None);
    }

    #[test]
    fn behind_a_later_fragment_nothing_is_seen() {
        let area = hex("0600 0008 00000001 aabbccdd");
        assert_eq!(steps(IpProtocol::FRAGMENT, &area), [Ok((44, 0, 8))]);
        let area = hex("0600 0001 00000001 aabbccdd");
        assert_eq!(steps(IpProtocol::FRAGMENT, &area), [Ok((44, 0, 8)), Ok((6, 8, 4))]);
    }

    #[test]
    fn cut_chains() {
        let cut = |offset, needed, given| Error { offset, ..Error::truncated(Layer::Ipv6Extension, needed, given) };
        assert_eq!(steps(IpProtocol::DEST_OPTIONS, &[0; 7]), [Err(cut(0, 8, 7))]);
        assert_eq!(steps(IpProtocol::DEST_OPTIONS, &[6, 1, 0, 0, 0, 0, 0, 0]), [Err(cut(0, 16, 8))]);
        let two = hex("3c00 0000 00000000 3c00");
        assert_eq!(steps(IpProtocol::DEST_OPTIONS, &two), [Ok((60, 0, 8)), Err(cut(8, 8, 2))]);
    }

    quickcheck::quickcheck! {
        fn options_round_trip(next: u8, area: Short<300>) -> bool {
            let repr = Ipv6OptionsRepr { next_header: IpProtocol(next), options: &area.0 };
            let mut out = Ipv6ExtPacket::new_unchecked(vec![0xee; repr.buffer_len()]);
            repr.emit(&mut out);
            let parsed = Ipv6OptionsRepr::parse(&Ipv6ExtPacket::new_checked(out.as_bytes()).unwrap()).unwrap();
            // Padding has come behind what was given.
            parsed.next_header == repr.next_header
                && parsed.options[..area.0.len()] == area.0[..]
                && parsed.options[area.0.len()..].iter().all(|byte| *byte == 0)
                && parsed.buffer_len() == repr.buffer_len()
        }

        fn routing_round_trip(next: u8, kind: u8, left: u8, units: u8) -> bool {
            let data = vec![kind; 4 + 8 * usize::from(units)];
            let next_header = IpProtocol(next);
            let repr = RoutingRepr { next_header, routing_type: kind, segments_left: left, data: &data };
            let mut out = Ipv6ExtPacket::new_unchecked(vec![0xee; repr.buffer_len()]);
            repr.emit(&mut out);
            RoutingRepr::parse(&Ipv6ExtPacket::new_checked(out.as_bytes()).unwrap()) == Ok(repr)
        }

        fn fragment_round_trip(next: u8, offset: u16, more: bool, id: u32) -> bool {
            let repr = FragmentRepr {
                next_header: IpProtocol(next),
                fragment_offset: offset & 0xfff8,
                more_fragments: more,
                identification: id,
            };
            let mut out = FragmentPacket::new_unchecked([0xee; 8]);
            repr.emit(&mut out);
            FragmentRepr::parse(&out) == Ok(repr)
        }

        fn option_walk_and_rebuild(area: TlvBytes<300>) -> bool {
            let listed: Vec<_> = Ipv6OptionIter::new(&area.0).flatten().collect();
            let mut out = vec![0; area.0.len() + 8];
            let written = write_options(&mut out, &listed).unwrap();
            let len: usize = listed.iter().map(Ipv6Option::buffer_len).sum();
            (written + 2).is_multiple_of(8) && out[..len] == area.0[..len]
        }

        fn any_chain(bytes: Vec<u8>, kinds: Vec<u8>) -> bool {
            let mut bytes = bytes;
            for (unit, kind) in bytes.chunks_mut(8).zip(kinds) {
                unit[0] = [0, 43, 44, 60, 51, 6, kind, 60][usize::from(kind & 7)];
                if let Some(len) = unit.get_mut(1) {
                    *len &= 1;
                }
            }
            let mut end = 0;
            for step in ChainWalker::new(IpProtocol::IPV6_HOP_BY_HOP, &bytes).flatten() {
                // Steps follow each other without a gap, inside the area.
                assert_eq!(step.offset, end);
                end += step.len;
                assert!(end <= bytes.len());
            }
            if let Ok(view) = Ipv6ExtPacket::new_checked(&bytes[..]) {
                assert_eq!(2 + view.body().len() + view.payload().len(), bytes.len());
                assert!(RoutingRepr::parse(&view).is_ok());
                let _ = view.option_iter().count();
            }
            true
        }
    }
}
