//! Multicast listener discovery versions 1 and 2 (RFC 2710, RFC 3810), read from an [`Icmpv6Packet`]. What
//! the RFCs say of the IP header (hop limit 1, link-local source, router alert) is for the caller.

use core::fmt;
use core::net::Ipv6Addr;

use super::field::{Field, need};
use super::icmpv6::{self, Icmpv6Packet, Icmpv6Type};
use super::ip::PseudoHeader;
use super::{Error, ErrorKind, Layer, Result};

pub use super::igmp::{RecordType, decode_code, encode_code};

/// Bytes of a version 1 message.
pub const V1_LEN: usize = 24;
/// The least bytes of a version 2 query.
pub const QUERY_V2_LEN: usize = 28;

/// Milliseconds of a version 2 Maximum Response Code: below 32768 itself, else a float of a 3-bit exponent and
/// a 12-bit mantissa (RFC 3810 5.1.3).
pub const fn decode_max_response(code: u16) -> u32 {
    match code {
        0..0x8000 => code as u32,
        _ => (code as u32 & 0x0fff | 0x1000) << ((code >> 12 & 7) + 3),
    }
}

/// The largest code whose value is not more than `milliseconds`.
pub const fn encode_max_response(milliseconds: u32) -> u16 {
    if milliseconds < 0x8000 {
        return milliseconds as u16;
    }
    if milliseconds >= decode_max_response(0xffff) {
        return 0xffff;
    }
    let exponent = milliseconds.ilog2() - 15;
    0x8000 | (exponent as u16) << 12 | (milliseconds >> (exponent + 3)) as u16 & 0x0fff
}

/// A list of source addresses, 16 bytes each, as it stands on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources<'a>(pub &'a [u8]);

impl<'a> Sources<'a> {
    /// The whole addresses of the list.
    pub fn iter(self) -> impl Iterator<Item = Ipv6Addr> + 'a {
        self.0.as_chunks::<16>().0.iter().map(|octets| Ipv6Addr::from(*octets))
    }

    /// How many.
    pub const fn len(self) -> usize {
        self.0.len() / 16
    }

    /// None.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A multicast address record of a version 2 report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRecord<'a> {
    /// What the record says.
    pub record_type: RecordType,
    /// The group.
    pub group: Ipv6Addr,
    /// Its sources.
    pub sources: Sources<'a>,
    /// Auxiliary data; a multiple of 4 bytes, empty when sent (RFC 3810 5.2.11).
    pub auxiliary: &'a [u8],
}

impl<'a> AddressRecord<'a> {
    /// Bytes of the record.
    pub const fn buffer_len(&self) -> usize {
        20 + self.sources.len() * 16 + self.auxiliary.len() / 4 * 4
    }

    /// Writes the record to the start of `buffer`; returns the bytes written, or `None` if it does not fit.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let len = self.buffer_len();
        let buffer = buffer.get_mut(..len)?;
        let sources = self.sources.len() * 16;
        buffer[0] = self.record_type.0;
        buffer[1] = u8::try_from(self.auxiliary.len() / 4).ok()?;
        u16::try_from(self.sources.len()).ok()?.set(buffer, 2);
        self.group.set(buffer, 4);
        buffer[20..20 + sources].copy_from_slice(&self.sources.0[..sources]);
        buffer[20 + sources..].copy_from_slice(&self.auxiliary[..len - 20 - sources]);
        Some(len)
    }

    fn parse(bytes: &'a [u8], at: usize) -> Result<(Self, usize)> {
        let cut = |needed| Error { offset: at, ..Error::truncated(Layer::Mld, needed, bytes.len()) };
        let fixed = bytes.first_chunk::<20>().ok_or(cut(20))?;
        let sources = 20 + usize::from(u16::get(fixed, 2)) * 16;
        let len = sources + usize::from(fixed[1]) * 4;
        let record = bytes.get(..len).ok_or(cut(len))?;
        Ok((
            Self {
                record_type: RecordType(fixed[0]),
                group: Field::get(fixed, 4),
                sources: Sources(&record[20..sources]),
                auxiliary: &record[sources..],
            },
            len,
        ))
    }
}

/// The address records of a version 2 report, as they stand on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AddressRecords<'a> {
    count: u16,
    bytes: &'a [u8],
}

impl<'a> AddressRecords<'a> {
    /// Writes `records` to the start of `buffer` and returns that area; `None` if they do not fit.
    pub fn write(buffer: &'a mut [u8], records: &[AddressRecord<'_>]) -> Option<Self> {
        let mut len = 0;
        for record in records {
            len += record.emit(buffer.get_mut(len..)?)?;
        }
        Some(Self { count: u16::try_from(records.len()).ok()?, bytes: &buffer[..len] })
    }

    /// How many.
    pub const fn len(self) -> usize {
        self.count as usize
    }

    /// None.
    pub const fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The records one by one; offsets of errors count from the first record.
    pub fn iter(self) -> impl Iterator<Item = Result<AddressRecord<'a>>> {
        let (mut at, mut left) = (0, self.count);
        core::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            match AddressRecord::parse(&self.bytes[at..], at) {
                Ok((record, len)) => {
                    at += len;
                    Some(Ok(record))
                }
                Err(error) => {
                    left = 0;
                    Some(Err(error))
                }
            }
        })
    }
}

/// A multicast listener message, complete. Code and reserved fields are ignored when read and zero when
/// written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields have the names that the RFC gives them")]
pub enum MldRepr<'a> {
    /// Type 130, 24 bytes: version 1. Delay in milliseconds.
    QueryV1 { max_response_delay: u16, group: Ipv6Addr },
    /// Type 130, 28 bytes or more: version 2. `robustness` is 0 to 7.
    QueryV2 {
        max_response_code: u16,
        group: Ipv6Addr,
        suppress: bool,
        robustness: u8,
        interval_code: u8,
        sources: Sources<'a>,
    },
    /// Type 131.
    ReportV1 { group: Ipv6Addr },
    /// Type 132.
    Done { group: Ipv6Addr },
    /// Type 143.
    ReportV2 { records: AddressRecords<'a> },
}

impl<'a> MldRepr<'a> {
    /// Reads a message; verifies the checksum over the whole buffer if `pseudo` is given, and tells the
    /// versions of a query apart (RFC 3810 8.1).
    ///
    /// # Errors
    /// `Checksum` at offset 2; `Truncated`; `Value` at offset 0 for another type; `Length` at offset 0 for a
    /// query of 25 to 27 bytes; the error of the first malformed record.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(packet: &Icmpv6Packet<&'a T>, pseudo: Option<PseudoHeader>) -> Result<Self> {
        icmpv6::check(packet, pseudo)?;
        let bytes: &'a [u8] = packet.as_slice();
        let msg_type = packet.msg_type();
        if msg_type == Icmpv6Type::LISTENER_REPORT_V2 {
            need!(Mld, 8, bytes.len());
            let all = AddressRecords { count: Field::get(bytes, 6), bytes: &bytes[8..] };
            let mut len = 0;
            for record in all.iter() {
                len += record?.buffer_len();
            }
            return Ok(Self::ReportV2 { records: AddressRecords { bytes: &all.bytes[..len], ..all } });
        }
        if !msg_type.is_mld() {
            return Err(Error::field(Layer::Mld, ErrorKind::Value, 0));
        }
        need!(Mld, V1_LEN, bytes.len());
        let group = Field::get(bytes, 8);
        match msg_type {
            Icmpv6Type::LISTENER_REPORT => Ok(Self::ReportV1 { group }),
            Icmpv6Type::LISTENER_DONE => Ok(Self::Done { group }),
            _ => Self::parse_query(bytes, group),
        }
    }

    fn parse_query(bytes: &'a [u8], group: Ipv6Addr) -> Result<Self> {
        let code = Field::get(bytes, 4);
        match bytes.len() {
            V1_LEN => Ok(Self::QueryV1 { max_response_delay: code, group }),
            given @ ..QUERY_V2_LEN => Err(Error::length(Layer::Mld, 0, QUERY_V2_LEN, given)),
            given => {
                let end = QUERY_V2_LEN + usize::from(u16::get(bytes, 26)) * 16;
                need!(Mld, end, given);
                Ok(Self::QueryV2 {
                    max_response_code: code,
                    group,
                    suppress: bytes[24] & 8 != 0,
                    robustness: bytes[24] & 7,
                    interval_code: bytes[25],
                    sources: Sources(&bytes[QUERY_V2_LEN..end]),
                })
            }
        }
    }

    /// The type.
    pub const fn msg_type(&self) -> Icmpv6Type {
        match self {
            Self::QueryV1 { .. } | Self::QueryV2 { .. } => Icmpv6Type::LISTENER_QUERY,
            Self::ReportV1 { .. } => Icmpv6Type::LISTENER_REPORT,
            Self::Done { .. } => Icmpv6Type::LISTENER_DONE,
            Self::ReportV2 { .. } => Icmpv6Type::LISTENER_REPORT_V2,
        }
    }

    /// The whole message.
    pub const fn buffer_len(&self) -> usize {
        match self {
            Self::QueryV1 { .. } | Self::ReportV1 { .. } | Self::Done { .. } => V1_LEN,
            Self::QueryV2 { sources, .. } => QUERY_V2_LEN + sources.len() * 16,
            Self::ReportV2 { records } => 8 + records.bytes.len(),
        }
    }

    /// Writes the message. The checksum covers the whole buffer, which should be [`Self::buffer_len`] long.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Icmpv6Packet<T>, pseudo: PseudoHeader) {
        packet.set_msg_type(self.msg_type());
        packet.set_code(0);
        packet.set_rest_of_header(0);
        // Offsets below are those of the message minus the four bytes of type, code and checksum.
        let body = packet.body_mut();
        match *self {
            Self::QueryV1 { max_response_delay, group } => {
                max_response_delay.set(body, 0);
                group.set(body, 4);
            }
            Self::ReportV1 { group } | Self::Done { group } => group.set(body, 4),
            Self::QueryV2 { max_response_code, group, suppress, robustness, interval_code, sources } => {
                max_response_code.set(body, 0);
                group.set(body, 4);
                body[20] = u8::from(suppress) << 3 | robustness & 7;
                body[21] = interval_code;
                (sources.len() as u16).set(body, 22);
                let len = sources.len() * 16;
                body[24..24 + len].copy_from_slice(&sources.0[..len]);
            }
            Self::ReportV2 { records } => {
                records.count.set(body, 2);
                body[4..4 + records.bytes.len()].copy_from_slice(records.bytes);
            }
        }
        packet.fill_checksum(pseudo);
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, hex};
    use super::*;

    const G: &str = "ff020000000000000000000000001234";

    fn group() -> Ipv6Addr {
        "ff02::1234".parse().unwrap()
    }

    fn pseudo() -> PseudoHeader {
        PseudoHeader::v6("fe80::1".parse().unwrap(), "ff02::16".parse().unwrap())
    }

    fn emit(repr: &MldRepr<'_>) -> Vec<u8> {
        let mut packet = Icmpv6Packet::new_unchecked(vec![0xee; repr.buffer_len()]);
        repr.emit(&mut packet, pseudo());
        packet.into_inner()
    }

    fn both_ways(bytes: &str, repr: MldRepr<'_>) {
        let mut packet = Icmpv6Packet::new_unchecked(hex(bytes));
        packet.fill_checksum(pseudo());
        let bytes = packet.into_inner();
        assert_eq!(MldRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())), Ok(repr));
        assert_eq!(emit(&repr), bytes);
    }

    #[test]
    fn every_message() {
        let group = group();
        let query = format!("8200 0000 03e8 0000 {G}");
        both_ways(&query, MldRepr::QueryV1 { max_response_delay: 1000, group });
        let source = "20010db8000000000000000000000001";
        let sources = hex(source);
        both_ways(
            &format!("8200 0000 03e8 0000 {G} 0a 7d 0001 {source}"),
            MldRepr::QueryV2 {
                max_response_code: 1000,
                group,
                suppress: true,
                robustness: 2,
                interval_code: 125,
                sources: Sources(&sources),
            },
        );
        both_ways(&format!("8300 0000 0000 0000 {G}"), MldRepr::ReportV1 { group });
        both_ways(&format!("8400 0000 0000 0000 {G}"), MldRepr::Done { group });
        let all = [
            AddressRecord {
                record_type: RecordType::CHANGE_TO_EXCLUDE,
                group,
                sources: Sources::default(),
                auxiliary: &[],
            },
            AddressRecord {
                record_type: RecordType::ALLOW_NEW_SOURCES,
                group,
                sources: Sources(&sources),
                auxiliary: &[1, 2, 3, 4],
            },
        ];
        let mut buffer = [0xee; 100];
        let records = AddressRecords::write(&mut buffer, &all).unwrap();
        let report = format!("8f00 0000 0000 0002 04 00 0000 {G} 05 01 0001 {G} {source} 01020304");
        both_ways(&report, MldRepr::ReportV2 { records });
        assert_eq!(records.iter().collect::<Result<Vec<_>>>().unwrap(), all);
        assert_eq!(AddressRecords::write(&mut [0; 59], &all), None);
    }

    #[rstest::rstest]
    #[case::other_type("8700 0000 00000000", "", Error::field(Layer::Mld, ErrorKind::Value, 0))]
    #[case::cut("8200 0000 03e8 0000", "", Error::truncated(Layer::Mld, 24, 8))]
    #[case::neither_1_nor_2("8200 0000 03e8 0000", "00", Error::length(Layer::Mld, 0, 28, 25))]
    #[case::neither_1_nor_2("8200 0000 03e8 0000", "000000", Error::length(Layer::Mld, 0, 28, 27))]
    #[case::source_missing("8200 0000 03e8 0000", "027d0001", Error::truncated(Layer::Mld, 44, 28))]
    #[case::no_count("8f00 0000 0000", "", Error::truncated(Layer::Mld, 8, 6))]
    #[case::record_missing("8f00 0000 0000 0001", "", Error { offset: 0, ..Error::truncated(Layer::Mld, 20, 0) })]
    fn refused(#[case] head: &str, #[case] tail: &str, #[case] error: Error) {
        let bytes = if tail.is_empty() { hex(head) } else { hex(&format!("{head} {G} {tail}")) };
        assert_eq!(MldRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), None), Err(error));
    }

    #[test]
    fn codes_of_rfc3810_5_1_3() {
        assert_eq!([0, 0x7fff, 0x8000, 0x8001, 0x9000].map(decode_max_response), [0, 32767, 32768, 32776, 65536]);
        assert_eq!(decode_max_response(0xffff), 8_387_584);
        for code in 0..=u16::MAX {
            assert_eq!(encode_max_response(decode_max_response(code)), code);
        }
    }

    quickcheck::quickcheck! {
        fn encode_is_the_floor(value: u32) -> bool {
            let value = value % 9_000_000;
            let code = encode_max_response(value);
            decode_max_response(code) <= value && (code == 0xffff || decode_max_response(code + 1) > value)
        }

        fn any_bytes(bytes: Short<120>, kind: u8, count: u8) -> bool {
            let mut bytes = bytes.0;
            if bytes.len() > 27 {
                bytes[0] = [130, 131, 132, 143, 143, 130, 133, kind][usize::from(kind & 7)];
                bytes[6..8].copy_from_slice(&[0, count & 3]);
                for at in [10, 26] {
                    bytes[at..at + 2].copy_from_slice(&[0, count >> 4 & 3]);
                }
                bytes[9] = 0;
            }
            match MldRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), None) {
                Ok(repr) => {
                    let again = emit(&repr);
                    MldRepr::parse(&Icmpv6Packet::new_unchecked(&again[..]), Some(pseudo())) == Ok(repr)
                }
                Err(_) => true,
            }
        }

        fn records_round_trip(parts: Vec<(u8, u128, Short<80>)>) -> bool {
            let all: Vec<_> = parts.iter().map(|(kind, group, sources)| AddressRecord {
                record_type: RecordType(*kind),
                group: (*group).into(),
                sources: Sources(&sources.0[..sources.0.len() / 16 * 16]),
                auxiliary: &[],
            }).collect();
            let mut buffer = vec![0; 100 * all.len()];
            let records = AddressRecords::write(&mut buffer, &all).unwrap();
            let bytes = emit(&MldRepr::ReportV2 { records });
            let parsed = MldRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo()));
            parsed == Ok(MldRepr::ReportV2 { records }) && records.iter().flatten().eq(all)
        }
    }
}
