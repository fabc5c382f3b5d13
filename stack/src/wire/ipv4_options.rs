//! IPv4 options (RFC 791 3.1, RFC 2113): the area, its iterator, the route and timestamp options.

use core::fmt;
use core::net::Ipv4Addr;

use super::field::Field;
use super::{Error, Layer, Result};

/// Bytes of the largest options area.
pub const MAX_OPTIONS_LEN: usize = 40;

/// Option types: copied flag, class and number together (IANA "IP Option Numbers").
pub mod kind {
    /// End of option list.
    pub const END_OF_LIST: u8 = 0;
    /// No operation.
    pub const NO_OPERATION: u8 = 1;
    /// Record route.
    pub const RECORD_ROUTE: u8 = 7;
    /// Internet timestamp.
    pub const TIMESTAMP: u8 = 68;
    /// Security.
    pub const SECURITY: u8 = 130;
    /// Loose source and record route.
    pub const LOOSE_SOURCE_ROUTE: u8 = 131;
    /// Stream identifier.
    pub const STREAM_ID: u8 = 136;
    /// Strict source and record route.
    pub const STRICT_SOURCE_ROUTE: u8 = 137;
    /// Router alert (RFC 2113).
    pub const ROUTER_ALERT: u8 = 148;
}

/// Whether an option type is copied into every fragment (RFC 791 3.1).
pub const fn is_copied(kind: u8) -> bool {
    kind & 0x80 != 0
}

/// The body of a record route or source route option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteOption<'a> {
    /// Counted from 1 at the option's type byte; the least legal value is 4. Above the option's length: the
    /// route is used up or full.
    pub pointer: u8,
    /// The addresses; a multiple of 4 bytes in a legal option.
    pub route: &'a [u8],
}

impl RouteOption<'_> {
    /// The whole addresses of the area, used and unused.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.route.as_chunks::<4>().0.iter().map(|octets| Ipv4Addr::from(*octets))
    }

    /// The addresses before the pointer: those already visited.
    pub fn recorded(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.addresses().take(usize::from(self.pointer.saturating_sub(4)) / 4)
    }

    /// The pointer is beyond the area.
    pub const fn is_exhausted(&self) -> bool {
        self.pointer as usize > self.route.len() + 3
    }

    /// The address under the pointer; `None` if the pointer is not at a whole address.
    pub fn next_hop(&self) -> Option<Ipv4Addr> {
        let at = usize::from(self.pointer).checked_sub(4)?;
        let octets = self.route.get(at..at + 4)?;
        Some(Field::get(octets, 0))
    }
}

/// The body of a timestamp option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampOption<'a> {
    /// Counted from 1 at the option's type byte; the least legal value is 5.
    pub pointer: u8,
    /// Hosts that could not record for lack of room, 0 to 15.
    pub overflow: u8,
    /// 0 timestamps only, 1 with addresses, 3 addresses prespecified; 4 bits.
    pub flag: u8,
    /// The area behind the fourth byte.
    pub data: &'a [u8],
}

/// One option. A known type whose length is too short for its fixed part comes as `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv4Option<'a> {
    /// Type 0, one byte: the rest of the area is padding.
    EndOfList,
    /// Type 1, one byte.
    NoOperation,
    /// Type 130 with its data (RFC 791: 9 bytes; RFC 1108: any).
    Security(&'a [u8]),
    /// Type 131.
    LooseSourceRoute(RouteOption<'a>),
    /// Type 137.
    StrictSourceRoute(RouteOption<'a>),
    /// Type 7.
    RecordRoute(RouteOption<'a>),
    /// Type 136.
    StreamId(u16),
    /// Type 68.
    Timestamp(TimestampOption<'a>),
    /// Type 148.
    RouterAlert(u16),
    /// Anything else, data without type and length byte.
    Unknown {
        /// Option type.
        kind: u8,
        /// At most 38 bytes when written.
        data: &'a [u8],
    },
}

impl<'a> Ipv4Option<'a> {
    fn decode(kind: u8, data: &'a [u8]) -> Self {
        let route = || RouteOption { pointer: data[0], route: &data[1..] };
        match (kind, data.len()) {
            (kind::SECURITY, _) => Self::Security(data),
            (kind::LOOSE_SOURCE_ROUTE, 1..) => Self::LooseSourceRoute(route()),
            (kind::STRICT_SOURCE_ROUTE, 1..) => Self::StrictSourceRoute(route()),
            (kind::RECORD_ROUTE, 1..) => Self::RecordRoute(route()),
            (kind::STREAM_ID, 2) => Self::StreamId(Field::get(data, 0)),
            (kind::ROUTER_ALERT, 2) => Self::RouterAlert(Field::get(data, 0)),
            (kind::TIMESTAMP, 2..) => Self::Timestamp(TimestampOption {
                pointer: data[0],
                overflow: data[1] >> 4,
                flag: data[1] & 0x0f,
                data: &data[2..],
            }),
            _ => Self::Unknown { kind, data },
        }
    }

    /// The option type byte.
    pub const fn kind(&self) -> u8 {
        match self {
            Self::EndOfList => kind::END_OF_LIST,
            Self::NoOperation => kind::NO_OPERATION,
            Self::Security(_) => kind::SECURITY,
            Self::LooseSourceRoute(_) => kind::LOOSE_SOURCE_ROUTE,
            Self::StrictSourceRoute(_) => kind::STRICT_SOURCE_ROUTE,
            Self::RecordRoute(_) => kind::RECORD_ROUTE,
            Self::StreamId(_) => kind::STREAM_ID,
            Self::Timestamp(_) => kind::TIMESTAMP,
            Self::RouterAlert(_) => kind::ROUTER_ALERT,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// Bytes of the option.
    pub const fn buffer_len(&self) -> usize {
        match self {
            Self::EndOfList | Self::NoOperation => 1,
            Self::Security(data) | Self::Unknown { data, .. } => 2 + data.len(),
            Self::LooseSourceRoute(route) | Self::StrictSourceRoute(route) | Self::RecordRoute(route) => {
                3 + route.route.len()
            }
            Self::StreamId(_) | Self::RouterAlert(_) => 4,
            Self::Timestamp(timestamp) => 4 + timestamp.data.len(),
        }
    }

    /// Writes the option to the start of `buffer`, which holds at least [`Self::buffer_len`] bytes.
    fn emit(&self, buffer: &mut [u8]) {
        let len = self.buffer_len();
        buffer[0] = self.kind();
        if len > 1 {
            buffer[1] = len as u8;
        }
        match self {
            Self::EndOfList | Self::NoOperation => {}
            Self::Security(data) | Self::Unknown { data, .. } => buffer[2..len].copy_from_slice(data),
            Self::LooseSourceRoute(route) | Self::StrictSourceRoute(route) | Self::RecordRoute(route) => {
                buffer[2] = route.pointer;
                buffer[3..len].copy_from_slice(route.route);
            }
            Self::StreamId(value) | Self::RouterAlert(value) => value.set(buffer, 2),
            Self::Timestamp(timestamp) => {
                buffer[2] = timestamp.pointer;
                buffer[3] = timestamp.overflow << 4 | timestamp.flag & 0x0f;
                buffer[4..len].copy_from_slice(timestamp.data);
            }
        }
    }
}

/// Walks an options area. Ends behind `EndOfList`, behind the last byte, or behind the first error.
#[derive(Clone, Debug)]
pub struct Ipv4OptionIter<'a> {
    area: &'a [u8],
    offset: usize,
}

impl<'a> Ipv4OptionIter<'a> {
    /// Over the bytes behind the fixed header.
    #[inline]
    pub const fn new(area: &'a [u8]) -> Self {
        Self { area, offset: 0 }
    }

    /// Offset in the area of the option that `next` will give. (Behind an error: the end of the area.)
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl<'a> Iterator for Ipv4OptionIter<'a> {
    type Item = Result<Ipv4Option<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.offset;
        let rest = self.area.get(at..).filter(|rest| !rest.is_empty())?;
        match rest[0] {
            kind::END_OF_LIST => {
                self.offset = self.area.len();
                return Some(Ok(Ipv4Option::EndOfList));
            }
            kind::NO_OPERATION => {
                self.offset += 1;
                return Some(Ok(Ipv4Option::NoOperation));
            }
            _ => {}
        }
        let Some(&stated) = rest.get(1) else {
            self.offset = self.area.len();
            return Some(Err(Error { offset: at, ..Error::truncated(Layer::Ipv4Option, 2, rest.len()) }));
        };
        let len = usize::from(stated);
        if len < 2 || len > rest.len() {
            self.offset = self.area.len();
            let needed = if len < 2 { 2 } else { rest.len() };
            return Some(Err(Error::length(Layer::Ipv4Option, at + 1, needed, len)));
        }
        self.offset += len;
        Some(Ok(Ipv4Option::decode(rest[0], &rest[2..len])))
    }
}

/// The options area of an IPv4 header as it stands on the wire, at most 40 bytes, inline. The padding to a
/// multiple of 4 is zero bytes; two areas that are the same after padding are equal.
#[derive(Clone, Copy)]
pub struct Ipv4Options {
    /// Zero from `len` on.
    bytes: [u8; MAX_OPTIONS_LEN],
    len: u8,
}

impl Ipv4Options {
    /// No options.
    pub const EMPTY: Self = Self { bytes: [0; MAX_OPTIONS_LEN], len: 0 };

    /// No options.
    pub const fn new() -> Self {
        Self::EMPTY
    }

    /// The area of a header, at most 40 bytes of it.
    #[inline]
    pub(super) fn from_area(area: &[u8]) -> Self {
        let mut options = Self::EMPTY;
        if area.is_empty() {
            return options;
        }
        let len = area.len().min(MAX_OPTIONS_LEN);
        options.bytes[..len].copy_from_slice(&area[..len]);
        options.len = len as u8;
        options
    }

    /// Raw bytes, legal or not; `None` above 40.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= MAX_OPTIONS_LEN).then(|| Self::from_area(bytes))
    }

    /// The listed options in that order; `None` if they need more than 40 bytes.
    pub fn from_options(options: &[Ipv4Option<'_>]) -> Option<Self> {
        let mut area = Self::EMPTY;
        options.iter().all(|option| area.push(option)).then_some(area)
    }

    /// Appends an option; `false`, and nothing changed, if it does not fit.
    pub fn push(&mut self, option: &Ipv4Option<'_>) -> bool {
        let start = usize::from(self.len);
        let end = start + option.buffer_len();
        if end > MAX_OPTIONS_LEN {
            return false;
        }
        option.emit(&mut self.bytes[start..end]);
        self.len = end as u8;
        true
    }

    /// Appends bytes, legal or not; `false`, and nothing changed, if they do not fit.
    pub fn push_bytes(&mut self, bytes: &[u8]) -> bool {
        let start = usize::from(self.len);
        let end = start + bytes.len();
        if end > MAX_OPTIONS_LEN {
            return false;
        }
        self.bytes[start..end].copy_from_slice(bytes);
        self.len = end as u8;
        true
    }

    /// Bytes pushed so far, without padding.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// No option.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes in the header: a multiple of 4.
    #[inline]
    pub const fn padded_len(&self) -> usize {
        (self.len as usize).next_multiple_of(4)
    }

    /// The area with its padding.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.padded_len()]
    }

    /// The area with its padding, to change in place.
    #[inline]
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        self.len = self.padded_len() as u8;
        &mut self.bytes[..usize::from(self.len)]
    }

    /// The options one by one.
    #[inline]
    pub fn iter(&self) -> Ipv4OptionIter<'_> {
        Ipv4OptionIter::new(self.as_bytes())
    }

    /// The options that a fragment other than the first carries: those with the copied flag (RFC 791 3.1).
    /// What stands behind a malformed option is left out.
    pub fn copied(&self) -> Self {
        let mut kept = Self::EMPTY;
        for option in self.iter().map_while(Result::ok).filter(|option| is_copied(option.kind())) {
            kept.push(&option);
        }
        kept
    }
}

impl<'a> IntoIterator for &'a Ipv4Options {
    type Item = Result<Ipv4Option<'a>>;
    type IntoIter = Ipv4OptionIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Default for Ipv4Options {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl PartialEq for Ipv4Options {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Ipv4Options {}

/// `nop`, `record route ptr 4 [192.0.2.1 0.0.0.0]`, `router alert 0`.
impl fmt::Display for Ipv4Option<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |f: &mut fmt::Formatter<'_>, data: &[u8]| data.iter().try_for_each(|byte| write!(f, " {byte:02x}"));
        let route = |f: &mut fmt::Formatter<'_>, name: &str, route: &RouteOption<'_>| {
            write!(f, "{name} ptr {} [", route.pointer)?;
            for (index, address) in route.addresses().enumerate() {
                write!(f, "{}{address}", if index > 0 { " " } else { "" })?;
            }
            f.write_str("]")
        };
        match self {
            Self::EndOfList => f.write_str("eol"),
            Self::NoOperation => f.write_str("nop"),
            Self::Security(data) => {
                f.write_str("security")?;
                hex(f, data)
            }
            Self::LooseSourceRoute(body) => route(f, "lsrr", body),
            Self::StrictSourceRoute(body) => route(f, "ssrr", body),
            Self::RecordRoute(body) => route(f, "record route", body),
            Self::StreamId(id) => write!(f, "stream id {id}"),
            Self::RouterAlert(value) => write!(f, "router alert {value}"),
            Self::Timestamp(body) => {
                write!(f, "timestamp ptr {} overflow {} flag {}", body.pointer, body.overflow, body.flag)?;
                hex(f, body.data)
            }
            Self::Unknown { kind, data } => {
                write!(f, "option {kind}")?;
                hex(f, data)
            }
        }
    }
}

/// `<router alert 0, nop>`.
impl fmt::Display for Ipv4Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<")?;
        for (index, option) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match option {
                Ok(option) => option.fmt(f)?,
                Err(error) => write!(f, "bad option at {}", error.offset)?,
            }
        }
        f.write_str(">")
    }
}

impl fmt::Debug for Ipv4Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{TlvBytes, hex};
    use super::*;

    fn parse(text: &str) -> Vec<Result<Ipv4Option<'static>>> {
        let area: &'static [u8] = hex(text).leak();
        Ipv4OptionIter::new(area).collect()
    }

    #[test]
    fn every_option_of_rfc791() {
        let route = [192, 0, 2, 1, 0, 0, 0, 0];
        let body = RouteOption { pointer: 8, route: &route };
        assert_eq!(
            parse("01 07 0b 08 c0000201 00000000 83 0b 08 c0000201 00000000 89 0b 08 c0000201 00000000 00 ff"),
            [
                Ok(Ipv4Option::NoOperation),
                Ok(Ipv4Option::RecordRoute(body)),
                Ok(Ipv4Option::LooseSourceRoute(body)),
                Ok(Ipv4Option::StrictSourceRoute(body)),
                Ok(Ipv4Option::EndOfList),
            ]
        );
        assert_eq!(
            parse("88 04 1234 94 04 0000 82 0b 0102030405060708 09 44 0c 05 21 0000000100000002"),
            [
                Ok(Ipv4Option::StreamId(0x1234)),
                Ok(Ipv4Option::RouterAlert(0)),
                Ok(Ipv4Option::Security(&[1, 2, 3, 4, 5, 6, 7, 8, 9])),
                Ok(Ipv4Option::Timestamp(TimestampOption {
                    pointer: 5,
                    overflow: 2,
                    flag: 1,
                    data: &[0, 0, 0, 1, 0, 0, 0, 2]
                })),
            ]
        );
    }

    #[test]
    fn a_route_and_its_pointer() {
        let route = [192, 0, 2, 1, 192, 0, 2, 2];
        let at = |pointer| RouteOption { pointer, route: &route };
        assert_eq!(at(4).next_hop(), Some(Ipv4Addr::new(192, 0, 2, 1)));
        assert_eq!(at(8).next_hop(), Some(Ipv4Addr::new(192, 0, 2, 2)));
        assert_eq!(at(8).recorded().collect::<Vec<_>>(), [Ipv4Addr::new(192, 0, 2, 1)]);
        assert!(at(12).is_exhausted() && !at(11).is_exhausted());
        for pointer in [0, 3, 9, 12, 255] {
            assert_eq!(at(pointer).next_hop(), None);
        }
        assert_eq!(at(255).recorded().count(), 2);
        assert_eq!(at(0).recorded().count(), 0);
    }

    #[rstest::rstest]
    #[case::length_zero("01 07 00 00", Error::length(Layer::Ipv4Option, 2, 2, 0))]
    #[case::length_one("07 01 00 00", Error::length(Layer::Ipv4Option, 1, 2, 1))]
    #[case::beyond("01 01 07 05 04", Error::length(Layer::Ipv4Option, 3, 3, 5))]
    #[case::no_length("01 01 01 07", Error { offset: 3, ..Error::truncated(Layer::Ipv4Option, 2, 1) })]
    fn malformed(#[case] area: &str, #[case] error: Error) {
        let mut found = parse(area);
        assert_eq!(found.pop(), Some(Err(error)));
        assert!(found.iter().all(Result::is_ok));
    }

    #[test]
    fn only_copied_options_go_into_later_fragments() {
        let options = Ipv4Options::from_options(&[
            Ipv4Option::RecordRoute(RouteOption { pointer: 4, route: &[0; 4] }),
            Ipv4Option::RouterAlert(0),
            Ipv4Option::StreamId(7),
        ])
        .unwrap();
        assert_eq!(options.copied().to_string(), "<router alert 0, stream id 7>");
        assert_eq!(options.to_string(), "<record route ptr 4 [0.0.0.0], router alert 0, stream id 7, eol>");
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut options = Ipv4Options::new();
        assert!(options.push(&Ipv4Option::Unknown { kind: 200, data: &[1; 34] }));
        let before = options;
        assert!(!options.push(&Ipv4Option::Unknown { kind: 200, data: &[1; 3] }));
        assert!(!options.push_bytes(&[0; 5]));
        assert_eq!((options, options.len()), (before, 36));
        assert!(options.push(&Ipv4Option::RouterAlert(0)) && options.len() == MAX_OPTIONS_LEN);
        assert_eq!(Ipv4Options::from_bytes(&[0; 41]), None);
    }

    quickcheck::quickcheck! {
        fn walk_and_rebuild(area: TlvBytes<40>) -> bool {
            let all: Vec<_> = Ipv4OptionIter::new(&area.0).collect();
            let legal: Vec<_> = all.iter().flatten().copied().collect();
            let rebuilt = Ipv4Options::from_options(&legal).expect("no longer than it was");
            let len: usize = legal.iter().map(Ipv4Option::buffer_len).sum();
            let text = Ipv4Options::from_bytes(&area.0).unwrap().to_string();
            // Reserved bits aside (there are none) an option comes back as the bytes it was.
            rebuilt.len() == len && rebuilt.as_bytes()[..len] == area.0[..len] && text.ends_with('>')
        }
    }
}
