//! TCP options (RFC 9293 3.2, RFC 7323 2 and 3, RFC 2018 2 and 3): the area, its iterator, what the stack
//! understands.

use core::fmt;

use crate::seq::SeqNumber;

use super::field::Field;
use super::{Error, Layer, Result};

/// Bytes of the largest options area.
pub const MAX_OPTIONS_LEN: usize = 40;

/// Option kinds (IANA "TCP Option Kind Numbers").
pub mod kind {
    /// End of option list.
    pub const END_OF_LIST: u8 = 0;
    /// No-operation.
    pub const NO_OPERATION: u8 = 1;
    /// Maximum segment size.
    pub const MAX_SEGMENT_SIZE: u8 = 2;
    /// Window scale (RFC 7323).
    pub const WINDOW_SCALE: u8 = 3;
    /// SACK-permitted (RFC 2018).
    pub const SACK_PERMITTED: u8 = 4;
    /// SACK (RFC 2018).
    pub const SACK: u8 = 5;
    /// Timestamps (RFC 7323).
    pub const TIMESTAMPS: u8 = 8;
}

/// SACK blocks, left and right edge each; the used ones come first.
pub type SackBlocks = [Option<(SeqNumber, SeqNumber)>; 4];

/// One option. A known kind with a length that is not its own comes as `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// Kind 0, one byte: the rest of the area is padding.
    EndOfList,
    /// Kind 1, one byte.
    NoOperation,
    /// Kind 2.
    MaxSegmentSize(u16),
    /// Kind 3: the shift count.
    WindowScale(u8),
    /// Kind 4.
    SackPermitted,
    /// Kind 5.
    Sack(SackBlocks),
    /// Kind 8.
    Timestamps {
        /// TSval.
        value: u32,
        /// TSecr.
        echo: u32,
    },
    /// Anything else, data without kind and length byte.
    Unknown {
        /// Option kind.
        kind: u8,
        /// At most 38 bytes when written.
        data: &'a [u8],
    },
}

impl<'a> TcpOption<'a> {
    /// From kind and data (without kind and length byte) of an option that has a length byte.
    fn decode(kind: u8, data: &'a [u8]) -> Self {
        match (kind, data.len()) {
            (kind::MAX_SEGMENT_SIZE, 2) => Self::MaxSegmentSize(Field::get(data, 0)),
            (kind::WINDOW_SCALE, 1) => Self::WindowScale(data[0]),
            (kind::SACK_PERMITTED, 0) => Self::SackPermitted,
            (kind::SACK, 8 | 16 | 24 | 32) => Self::Sack(sack_blocks(data)),
            (kind::TIMESTAMPS, 8) => Self::Timestamps { value: Field::get(data, 0), echo: Field::get(data, 4) },
            _ => Self::Unknown { kind, data },
        }
    }

    /// The kind number.
    pub const fn kind(&self) -> u8 {
        match self {
            Self::EndOfList => kind::END_OF_LIST,
            Self::NoOperation => kind::NO_OPERATION,
            Self::MaxSegmentSize(_) => kind::MAX_SEGMENT_SIZE,
            Self::WindowScale(_) => kind::WINDOW_SCALE,
            Self::SackPermitted => kind::SACK_PERMITTED,
            Self::Sack(_) => kind::SACK,
            Self::Timestamps { .. } => kind::TIMESTAMPS,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// Bytes of the option.
    pub fn buffer_len(&self) -> usize {
        match self {
            Self::EndOfList | Self::NoOperation => 1,
            Self::MaxSegmentSize(_) => 4,
            Self::WindowScale(_) => 3,
            Self::SackPermitted => 2,
            Self::Sack(blocks) => 2 + 8 * blocks.iter().flatten().count(),
            Self::Timestamps { .. } => 10,
            Self::Unknown { data, .. } => 2 + data.len(),
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
            Self::EndOfList | Self::NoOperation | Self::SackPermitted => {}
            Self::MaxSegmentSize(size) => size.set(buffer, 2),
            Self::WindowScale(shift) => buffer[2] = *shift,
            Self::Sack(blocks) => {
                for ((left, right), chunk) in blocks.iter().flatten().zip(buffer[2..].chunks_exact_mut(8)) {
                    left.set(chunk, 0);
                    right.set(chunk, 4);
                }
            }
            Self::Timestamps { value, echo } => {
                value.set(buffer, 2);
                echo.set(buffer, 6);
            }
            Self::Unknown { data, .. } => buffer[2..len].copy_from_slice(data),
        }
    }
}

/// As in a packet trace: `mss 1460`, `nop`, `sack 1:3 7:9`, `TS val 1 ecr 0`.
impl fmt::Display for TcpOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfList => f.write_str("eol"),
            Self::NoOperation => f.write_str("nop"),
            Self::MaxSegmentSize(size) => write!(f, "mss {size}"),
            Self::WindowScale(shift) => write!(f, "wscale {shift}"),
            Self::SackPermitted => f.write_str("sackOK"),
            Self::Sack(blocks) => {
                f.write_str("sack")?;
                blocks.iter().flatten().try_for_each(|(left, right)| write!(f, " {left}:{right}"))
            }
            Self::Timestamps { value, echo } => write!(f, "TS val {value} ecr {echo}"),
            Self::Unknown { kind, data } => {
                write!(f, "option {kind}")?;
                data.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
            }
        }
    }
}

fn sack_blocks(data: &[u8]) -> SackBlocks {
    let mut blocks = [None; 4];
    for (block, bytes) in blocks.iter_mut().zip(data.as_chunks::<8>().0) {
        *block = Some((Field::get(bytes, 0), Field::get(bytes, 4)));
    }
    blocks
}

/// Walks an options area. Ends behind `EndOfList`, behind the last byte, or behind the first error.
#[derive(Clone, Debug)]
pub struct TcpOptionIter<'a> {
    area: &'a [u8],
    offset: usize,
}

impl<'a> TcpOptionIter<'a> {
    /// Over the bytes behind the fixed header.
    #[inline]
    pub const fn new(area: &'a [u8]) -> Self {
        Self { area, offset: 0 }
    }

    /// Offset in the area of the option that `next` will give.
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl<'a> Iterator for TcpOptionIter<'a> {
    type Item = Result<TcpOption<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.offset;
        let rest = self.area.get(at..).filter(|rest| !rest.is_empty())?;
        // RFC9293-MUST-4, RFC9293-MUST-68: end of list and no-operation are one byte, all others have a length.
        match rest[0] {
            kind::END_OF_LIST => {
                self.offset = self.area.len();
                return Some(Ok(TcpOption::EndOfList));
            }
            kind::NO_OPERATION => {
                self.offset += 1;
                return Some(Ok(TcpOption::NoOperation));
            }
            _ => {}
        }
        // RFC9293-MUST-7: an illegal length (0, 1, beyond the area, missing) ends the walk.
        let Some(&stated) = rest.get(1) else {
            self.offset = self.area.len();
            return Some(Err(Error { offset: at, ..Error::truncated(Layer::TcpOption, 2, rest.len()) }));
        };
        let len = usize::from(stated);
        if len < 2 || len > rest.len() {
            self.offset = self.area.len();
            let needed = if len < 2 { 2 } else { rest.len() };
            return Some(Err(Error::length(Layer::TcpOption, at + 1, needed, len)));
        }
        self.offset += len;
        Some(Ok(TcpOption::decode(rest[0], &rest[2..len])))
    }
}

/// The options area of a TCP header as it stands on the wire, at most 40 bytes, inline. Unknown options and
/// the order of the known ones are kept. The padding to a multiple of 4 is zero bytes; two areas that are the
/// same after padding are equal.
#[derive(Clone, Copy)]
pub struct TcpOptions {
    /// Zero from `len` on.
    bytes: [u8; MAX_OPTIONS_LEN],
    len: u8,
}

impl TcpOptions {
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
    pub fn from_options(options: &[TcpOption<'_>]) -> Option<Self> {
        let mut area = Self::EMPTY;
        options.iter().all(|option| area.push(option)).then_some(area)
    }

    /// Appends an option; `false`, and nothing changed, if it does not fit.
    pub fn push(&mut self, option: &TcpOption<'_>) -> bool {
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

    /// The layout of a data segment with timestamps: NOP, NOP, timestamps; 12 bytes.
    #[inline]
    pub fn timestamps(value: u32, echo: u32) -> Self {
        let mut options = Self::EMPTY;
        options.bytes[..4].copy_from_slice(&TIMESTAMPS_ALIGNED);
        value.set(&mut options.bytes, 4);
        echo.set(&mut options.bytes, 8);
        options.len = 12;
        options
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

    /// The options one by one.
    #[inline]
    pub fn iter(&self) -> TcpOptionIter<'_> {
        TcpOptionIter::new(self.as_bytes())
    }

    /// The options that the stack understands.
    #[inline]
    pub fn decode(&self) -> DecodedOptions {
        DecodedOptions::decode(self.as_bytes())
    }
}

impl<'a> IntoIterator for &'a TcpOptions {
    type Item = Result<TcpOption<'a>>;
    type IntoIter = TcpOptionIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl PartialEq for TcpOptions {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for TcpOptions {}

/// `<mss 1460, nop, wscale 7>`.
impl fmt::Display for TcpOptions {
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

impl fmt::Debug for TcpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a data segment starts its options with (RFC 7323 appendix A).
const TIMESTAMPS_ALIGNED: [u8; 4] = [kind::NO_OPERATION, kind::NO_OPERATION, kind::TIMESTAMPS, 10];

/// The options that the stack understands, decoded. An option that comes twice: the first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct DecodedOptions {
    /// Maximum segment size, kind 2.
    pub max_segment_size: Option<u16>,
    /// Window scale shift, kind 3, as received (may exceed 14).
    pub window_scale: Option<u8>,
    /// SACK-permitted, kind 4.
    pub sack_permitted: bool,
    /// SACK blocks (left edge, right edge), kind 5.
    pub sack: SackBlocks,
    /// Timestamps (TSval, TSecr), kind 8.
    pub timestamps: Option<(u32, u32)>,
    /// The walk met an illegal length and ended there (RFC 9293 MUST-7); what stood before it counts.
    pub malformed: bool,
}

impl DecodedOptions {
    /// Decodes an options area: unknown options are skipped by their length, an illegal length ends the walk.
    #[inline]
    pub fn decode(area: &[u8]) -> Self {
        if area.is_empty() {
            return Self::default();
        }
        if let Some(options) = area.first_chunk::<12>().filter(|_| area.len() == 12)
            && options.starts_with(&TIMESTAMPS_ALIGNED)
        {
            return Self { timestamps: Some((Field::get(options, 4), Field::get(options, 8))), ..Self::default() };
        }
        Self::walk(area)
    }

    fn walk(area: &[u8]) -> Self {
        let mut decoded = Self::default();
        for option in TcpOptionIter::new(area) {
            // RFC9293-MUST-6: unknown options are ignored.
            match option {
                Ok(TcpOption::MaxSegmentSize(size)) => {
                    decoded.max_segment_size.get_or_insert(size);
                }
                Ok(TcpOption::WindowScale(shift)) => {
                    decoded.window_scale.get_or_insert(shift);
                }
                Ok(TcpOption::SackPermitted) => decoded.sack_permitted = true,
                Ok(TcpOption::Sack(blocks)) if decoded.sack[0].is_none() => decoded.sack = blocks,
                Ok(TcpOption::Timestamps { value, echo }) => {
                    decoded.timestamps.get_or_insert((value, echo));
                }
                Ok(_) => {}
                Err(_) => decoded.malformed = true,
            }
        }
        decoded
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{TlvBytes, hex};
    use super::*;

    #[test]
    fn a_syn_of_today() {
        let area = hex("020405b4 0402 080a 00000001 00000002 01 030307");
        let options = TcpOptions::from_bytes(&area).unwrap();
        assert_eq!(options.to_string(), "<mss 1460, sackOK, TS val 1 ecr 2, nop, wscale 7>");
        let built = TcpOptions::from_options(&[
            TcpOption::MaxSegmentSize(1460),
            TcpOption::SackPermitted,
            TcpOption::Timestamps { value: 1, echo: 2 },
            TcpOption::NoOperation,
            TcpOption::WindowScale(7),
        ]);
        assert_eq!(built, Some(options));
        assert_eq!(
            options.decode(),
            DecodedOptions {
                max_segment_size: Some(1460),
                window_scale: Some(7),
                sack_permitted: true,
                sack: [None; 4],
                timestamps: Some((1, 2)),
                malformed: false,
            }
        );
    }

    #[test]
    fn rfc2018_blocks() {
        let area = hex("0101 0512 00000001 00000002 fffffff0 00000010");
        let options = TcpOptions::from_bytes(&area).unwrap();
        let sack = [Some((SeqNumber(1), SeqNumber(2))), Some((SeqNumber(0xfffffff0), SeqNumber(0x10))), None, None];
        assert_eq!(options.decode(), DecodedOptions { sack, ..DecodedOptions::default() });
        let mut built = TcpOptions::new();
        assert!(built.push(&TcpOption::NoOperation) && built.push(&TcpOption::NoOperation));
        assert!(built.push(&TcpOption::Sack(sack)));
        assert_eq!(built.as_bytes(), area);
    }

    #[test]
    fn the_common_layout_is_the_same_on_both_paths() {
        let options = TcpOptions::timestamps(0x01020304, 0x05060708);
        assert_eq!(options.as_bytes(), hex("0101080a 01020304 05060708"));
        assert_eq!(options.decode(), DecodedOptions::walk(options.as_bytes()));
        assert_eq!(options.decode().timestamps, Some((0x01020304, 0x05060708)));
    }

    #[rstest::rstest]
    #[case::zero("020405b4 0800 030307", Some(Error::length(Layer::TcpOption, 5, 2, 0)))]
    #[case::one("020405b4 0801 030307", Some(Error::length(Layer::TcpOption, 5, 2, 1)))]
    #[case::beyond("020405b4 080a 0102", Some(Error::length(Layer::TcpOption, 5, 4, 10)))]
    #[case::no_length("020405b4 01 01 08", Some(Error { offset: 6, ..Error::truncated(Layer::TcpOption, 2, 1) }))]
    #[case::behind_the_end("020405b4 00 0800 030307", None)]
    fn what_stands_before_a_malformed_option_counts(#[case] area: &str, #[case] error: Option<Error>) {
        let area = hex(area);
        assert_eq!(TcpOptionIter::new(&area).find_map(Result::err), error);
        let decoded = DecodedOptions::decode(&area);
        assert_eq!(
            decoded,
            DecodedOptions { max_segment_size: Some(1460), malformed: error.is_some(), ..DecodedOptions::default() }
        );
    }

    #[test]
    fn unknown_options_and_odd_lengths_of_known_ones_are_skipped() {
        // Kind 254 with 2 data bytes, an MSS of 3 bytes, a SACK of 7 bytes, then a window scale.
        let area = hex("fe040102 020305 0507 0102030405 030309");
        let decoded = DecodedOptions::decode(&area);
        assert_eq!(decoded, DecodedOptions { window_scale: Some(9), ..DecodedOptions::default() });
        let kinds: Vec<u8> = TcpOptionIter::new(&area).map(|option| option.unwrap().kind()).collect();
        assert_eq!(kinds, [254, 2, 5, 3]);
    }

    #[test]
    fn the_first_of_two_counts() {
        let area = hex("02040001 02040002 030301 030302 080a0000000100000002 080a0000000300000004");
        let decoded = DecodedOptions::decode(&area);
        assert_eq!(decoded.max_segment_size, Some(1));
        assert_eq!(decoded.window_scale, Some(1));
        assert_eq!(decoded.timestamps, Some((1, 2)));
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut options = TcpOptions::new();
        let full = [Some((SeqNumber(1), SeqNumber(2))); 4];
        assert!(options.push(&TcpOption::Sack(full)));
        let before = options;
        assert!(!options.push(&TcpOption::Timestamps { value: 0, echo: 0 }));
        assert!(!options.push_bytes(&[1; 7]));
        assert_eq!((options, options.len(), options.padded_len()), (before, 34, 36));
        assert_eq!(TcpOptions::from_bytes(&[0; 41]), None);
        // RFC9293-MUST-69: padding is zero.
        assert_eq!(options.as_bytes()[34..], [0, 0]);
    }

    #[test]
    fn areas_that_differ_in_padding_only_are_equal() {
        let short = TcpOptions::from_bytes(&hex("030307")).unwrap();
        assert_eq!(short, TcpOptions::from_bytes(&hex("03030700")).unwrap());
        assert_ne!(short, TcpOptions::from_bytes(&hex("03030701")).unwrap());
        assert_ne!(short, TcpOptions::EMPTY);
    }

    quickcheck::quickcheck! {
        fn walk_and_rebuild(area: TlvBytes<40>) -> bool {
            let legal: Vec<_> = TcpOptionIter::new(&area.0).flatten().collect();
            let rebuilt = TcpOptions::from_options(&legal).expect("no longer than it was");
            let len: usize = legal.iter().map(TcpOption::buffer_len).sum();
            rebuilt.len() == len && rebuilt.as_bytes()[..len] == area.0[..len]
        }

        fn decode_is_the_walk(area: TlvBytes<40>, timestamps: bool) -> bool {
            let mut area = area.0;
            if timestamps {
                area.splice(0..0, TIMESTAMPS_ALIGNED);
                area.truncate(40);
            }
            let errors = TcpOptionIter::new(&area).filter(Result::is_err).count();
            let decoded = DecodedOptions::decode(&area);
            decoded == DecodedOptions::walk(&area) && decoded.malformed == (errors > 0)
        }
    }
}
