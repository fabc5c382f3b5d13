//! IGMP versions 1, 2 and 3 (RFC 1112 appendix I, RFC 2236, RFC 3376).

use core::fmt;
use core::net::Ipv4Addr;

use super::checksum;
use super::field::{Field, fields, need, registry_names, view};
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of the header that every message has.
pub const HEADER_LEN: usize = 8;

/// The type of an IGMP message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IgmpType(pub u8);

registry_names! { IgmpType, "type {:#04x}";
    /// Membership query, all versions.
    QUERY = 0x11, "query";
    /// Version 1 membership report.
    REPORT_V1 = 0x12, "report v1";
    /// Version 2 membership report.
    REPORT_V2 = 0x16, "report v2";
    /// Leave group.
    LEAVE = 0x17, "leave";
    /// Version 3 membership report.
    REPORT_V3 = 0x22, "report v3";
}

/// The type of a group record (RFC 3376 4.2.12; RFC 3810 5.2.12 has the same).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordType(pub u8);

registry_names! { RecordType, "record type {}";
    /// Current state: include.
    MODE_IS_INCLUDE = 1, "is include";
    /// Current state: exclude.
    MODE_IS_EXCLUDE = 2, "is exclude";
    /// Filter mode changed to include.
    CHANGE_TO_INCLUDE = 3, "to include";
    /// Filter mode changed to exclude.
    CHANGE_TO_EXCLUDE = 4, "to exclude";
    /// Sources added.
    ALLOW_NEW_SOURCES = 5, "allow";
    /// Sources removed.
    BLOCK_OLD_SOURCES = 6, "block";
}

/// The value of a Max Resp Code or QQIC byte: below 128 itself, else a float of a 3-bit exponent and a 4-bit
/// mantissa (RFC 3376 4.1.1, 4.1.7).
pub const fn decode_code(code: u8) -> u32 {
    match code {
        0..128 => code as u32,
        _ => (code as u32 & 0x0f | 0x10) << ((code >> 4 & 7) + 3),
    }
}

/// The largest code whose value is not more than `value`.
pub const fn encode_code(value: u32) -> u8 {
    if value < 128 {
        return value as u8;
    }
    if value >= decode_code(0xff) {
        return 0xff;
    }
    // 128..=31743: the leading bit is at 7 to 14, the exponent counts from 7.
    let exponent = value.ilog2() - 7;
    0x80 | (exponent as u8) << 4 | (value >> (exponent + 3)) as u8 & 0x0f
}

view! {
    /// An IGMP message of any version.
    IgmpPacket
}

fields! { IgmpPacket {
    /// The raw type.
    type_raw, set_type_raw: u8 = 0;
    /// Max Resp Code of a query (tenths of a second; see [`decode_code`]); else zero.
    max_resp_code, set_max_resp_code: u8 = 1;
    /// Checksum.
    checksum, set_checksum: u16 = 2;
    /// Group address of all messages but the version 3 report.
    group, set_group: Ipv4Addr = 4;
    /// Version 3 report: number of group records.
    record_count, set_record_count: u16 = 6;
} }

impl<T: AsRef<[u8]>> IgmpPacket<T> {
    /// At least the 8 bytes of the header. The accessors of version 3 fields take what is there.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        need!(Igmp, HEADER_LEN, self.buffer.as_ref().len());
        Ok(())
    }

    /// The type.
    #[inline]
    pub fn msg_type(&self) -> IgmpType {
        IgmpType(self.type_raw())
    }

    /// Everything behind the 8 bytes.
    #[inline]
    pub fn data(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..]
    }

    /// Whether the checksum over the whole buffer is right.
    #[inline]
    pub fn verify_checksum(&self) -> bool {
        checksum::is_valid(checksum::sum(self.buffer.as_ref()))
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> IgmpPacket<T> {
    /// Writes the type.
    #[inline]
    pub fn set_msg_type(&mut self, value: IgmpType) {
        self.set_type_raw(value.0);
    }

    /// Everything behind the 8 bytes.
    #[inline]
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }

    /// Computes the checksum over the whole buffer and writes it.
    #[inline]
    pub fn fill_checksum(&mut self) {
        self.set_checksum(0);
        let value = checksum::finish(checksum::sum(self.buffer.as_ref()));
        self.set_checksum(value);
    }
}

/// A list of source addresses, 4 bytes each, as it stands on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources<'a>(pub &'a [u8]);

impl<'a> Sources<'a> {
    /// The whole addresses of the list.
    pub fn iter(self) -> impl Iterator<Item = Ipv4Addr> + 'a {
        self.0.as_chunks::<4>().0.iter().map(|octets| Ipv4Addr::from(*octets))
    }

    /// How many.
    pub const fn len(self) -> usize {
        self.0.len() / 4
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

/// A group record of a version 3 report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupRecord<'a> {
    /// What the record says.
    pub record_type: RecordType,
    /// The group.
    pub group: Ipv4Addr,
    /// Its sources.
    pub sources: Sources<'a>,
    /// Auxiliary data; a multiple of 4 bytes, empty when sent (RFC 3376 4.2.11).
    pub auxiliary: &'a [u8],
}

impl<'a> GroupRecord<'a> {
    /// Bytes of the record.
    pub const fn buffer_len(&self) -> usize {
        8 + self.sources.len() * 4 + self.auxiliary.len() / 4 * 4
    }

    /// Writes the record to the start of `buffer`; returns the bytes written, or `None` if it does not fit.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let len = self.buffer_len();
        let buffer = buffer.get_mut(..len)?;
        let sources = self.sources.len() * 4;
        buffer[0] = self.record_type.0;
        buffer[1] = u8::try_from(self.auxiliary.len() / 4).ok()?;
        u16::try_from(self.sources.len()).ok()?.set(buffer, 2);
        self.group.set(buffer, 4);
        buffer[8..8 + sources].copy_from_slice(&self.sources.0[..sources]);
        buffer[8 + sources..].copy_from_slice(&self.auxiliary[..len - 8 - sources]);
        Some(len)
    }

    fn parse(bytes: &'a [u8], at: usize) -> Result<(Self, usize)> {
        let cut = |needed| Error { offset: at, ..Error::truncated(Layer::Igmp, needed, bytes.len()) };
        let fixed = bytes.first_chunk::<8>().ok_or(cut(8))?;
        let sources = 8 + usize::from(u16::get(fixed, 2)) * 4;
        let len = sources + usize::from(fixed[1]) * 4;
        let record = bytes.get(..len).ok_or(cut(len))?;
        Ok((
            Self {
                record_type: RecordType(fixed[0]),
                group: Field::get(fixed, 4),
                sources: Sources(&record[8..sources]),
                auxiliary: &record[sources..],
            },
            len,
        ))
    }
}

/// The group records of a version 3 report, as they stand on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct GroupRecords<'a> {
    count: u16,
    bytes: &'a [u8],
}

impl<'a> GroupRecords<'a> {
    /// Writes `records` to the start of `buffer` and returns that area; `None` if they do not fit.
    pub fn write(buffer: &'a mut [u8], records: &[GroupRecord<'_>]) -> Option<Self> {
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
    pub fn iter(self) -> impl Iterator<Item = Result<GroupRecord<'a>>> {
        let (mut at, mut left) = (0, self.count);
        core::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            match GroupRecord::parse(&self.bytes[at..], at) {
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

/// An IGMP message, complete. Reserved fields are ignored when read and zero when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields have the names that the RFC gives them")]
pub enum IgmpRepr<'a> {
    /// Type 0x11, 8 bytes, with a Max Resp Time of zero: version 1.
    QueryV1 { group: Ipv4Addr },
    /// Type 0x11, 8 bytes: version 2. The time is in tenths of a second and not zero.
    QueryV2 { max_resp_time: u8, group: Ipv4Addr },
    /// Type 0x11, 12 bytes or more: version 3. `robustness` is 0 to 7.
    QueryV3 {
        max_resp_code: u8,
        group: Ipv4Addr,
        suppress: bool,
        robustness: u8,
        interval_code: u8,
        sources: Sources<'a>,
    },
    /// Type 0x12.
    ReportV1 { group: Ipv4Addr },
    /// Type 0x16.
    ReportV2 { group: Ipv4Addr },
    /// Type 0x17.
    Leave { group: Ipv4Addr },
    /// Type 0x22.
    ReportV3 { records: GroupRecords<'a> },
    /// Anything else; `code` is the second byte, `data` all behind the checksum.
    Unknown { msg_type: IgmpType, code: u8, data: &'a [u8] },
}

impl<'a> IgmpRepr<'a> {
    /// Reads a message, verifies its checksum over the whole buffer, and tells the versions of a query apart
    /// (RFC 3376 7.1).
    ///
    /// # Errors
    /// `Truncated`; `Checksum` at offset 2; `Length` at offset 0 for a query of 9 to 11 bytes; the error of
    /// the first malformed group record.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(packet: &IgmpPacket<&'a T>) -> Result<Self> {
        packet.check_len()?;
        if !packet.verify_checksum() {
            return Err(Error::field(Layer::Igmp, ErrorKind::Checksum, 2));
        }
        Self::parse_unverified(packet)
    }

    /// [`Self::parse`] without the checksum.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_unverified<T: AsRef<[u8]> + ?Sized>(packet: &IgmpPacket<&'a T>) -> Result<Self> {
        packet.check_len()?;
        let bytes: &'a [u8] = packet.buffer.as_ref();
        let group = packet.group();
        Ok(match packet.msg_type() {
            IgmpType::QUERY => return Self::parse_query(packet, bytes),
            IgmpType::REPORT_V1 => Self::ReportV1 { group },
            IgmpType::REPORT_V2 => Self::ReportV2 { group },
            IgmpType::LEAVE => Self::Leave { group },
            IgmpType::REPORT_V3 => {
                let all = GroupRecords { count: packet.record_count(), bytes: &bytes[HEADER_LEN..] };
                let mut len = 0;
                for record in all.iter() {
                    len += record?.buffer_len();
                }
                Self::ReportV3 { records: GroupRecords { bytes: &all.bytes[..len], ..all } }
            }
            msg_type => Self::Unknown { msg_type, code: packet.max_resp_code(), data: &bytes[4..] },
        })
    }

    fn parse_query<T: AsRef<[u8]>>(packet: &IgmpPacket<T>, bytes: &'a [u8]) -> Result<Self> {
        let (code, group) = (packet.max_resp_code(), packet.group());
        match (bytes.len(), code) {
            (HEADER_LEN, 0) => Ok(Self::QueryV1 { group }),
            (HEADER_LEN, max_resp_time) => Ok(Self::QueryV2 { max_resp_time, group }),
            (given @ ..12, _) => Err(Error::length(Layer::Igmp, 0, 12, given)),
            (given, _) => {
                let end = 12 + usize::from(u16::get(bytes, 10)) * 4;
                need!(Igmp, end, given);
                Ok(Self::QueryV3 {
                    max_resp_code: code,
                    group,
                    suppress: bytes[8] & 8 != 0,
                    robustness: bytes[8] & 7,
                    interval_code: bytes[9],
                    sources: Sources(&bytes[12..end]),
                })
            }
        }
    }

    /// The type.
    pub const fn msg_type(&self) -> IgmpType {
        match self {
            Self::QueryV1 { .. } | Self::QueryV2 { .. } | Self::QueryV3 { .. } => IgmpType::QUERY,
            Self::ReportV1 { .. } => IgmpType::REPORT_V1,
            Self::ReportV2 { .. } => IgmpType::REPORT_V2,
            Self::Leave { .. } => IgmpType::LEAVE,
            Self::ReportV3 { .. } => IgmpType::REPORT_V3,
            Self::Unknown { msg_type, .. } => *msg_type,
        }
    }

    /// The whole message.
    pub const fn buffer_len(&self) -> usize {
        match self {
            Self::QueryV3 { sources, .. } => 12 + sources.len() * 4,
            Self::ReportV3 { records } => HEADER_LEN + records.bytes.len(),
            Self::Unknown { data, .. } => 4 + data.len(),
            _ => HEADER_LEN,
        }
    }

    /// Writes the message. The checksum covers the whole buffer, which should be [`Self::buffer_len`] long.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut IgmpPacket<T>) {
        packet.set_msg_type(self.msg_type());
        packet.set_max_resp_code(0);
        match *self {
            Self::QueryV1 { group } | Self::ReportV1 { group } | Self::ReportV2 { group } | Self::Leave { group } => {
                packet.set_group(group);
            }
            Self::QueryV2 { max_resp_time, group } => {
                packet.set_max_resp_code(max_resp_time);
                packet.set_group(group);
            }
            Self::QueryV3 { max_resp_code, group, suppress, robustness, interval_code, sources } => {
                packet.set_max_resp_code(max_resp_code);
                packet.set_group(group);
                let data = packet.data_mut();
                data[0] = u8::from(suppress) << 3 | robustness & 7;
                data[1] = interval_code;
                (sources.len() as u16).set(data, 2);
                let len = sources.len() * 4;
                data[4..4 + len].copy_from_slice(&sources.0[..len]);
            }
            Self::ReportV3 { records } => {
                packet.set_group(Ipv4Addr::UNSPECIFIED);
                packet.set_record_count(records.count);
                packet.data_mut()[..records.bytes.len()].copy_from_slice(records.bytes);
            }
            Self::Unknown { code, data, .. } => {
                packet.set_max_resp_code(code);
                packet.buffer.as_mut()[4..4 + data.len()].copy_from_slice(data);
            }
        }
        packet.fill_checksum();
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, hex};
    use super::*;

    const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);

    fn emit(repr: &IgmpRepr<'_>) -> Vec<u8> {
        let mut packet = IgmpPacket::new_unchecked(vec![0xee; repr.buffer_len()]);
        repr.emit(&mut packet);
        packet.into_inner()
    }

    fn filled(bytes: &str) -> Vec<u8> {
        let mut packet = IgmpPacket::new_unchecked(hex(bytes));
        packet.fill_checksum();
        packet.into_inner()
    }

    fn both_ways(bytes: &str, repr: IgmpRepr<'_>) {
        let bytes = filled(bytes);
        assert_eq!(IgmpRepr::parse(&IgmpPacket::new_unchecked(&bytes[..])), Ok(repr));
        assert_eq!(emit(&repr), bytes);
    }

    #[test]
    fn every_message() {
        both_ways("1100 0000 00000000", IgmpRepr::QueryV1 { group: Ipv4Addr::UNSPECIFIED });
        both_ways("1164 0000 ef010203", IgmpRepr::QueryV2 { max_resp_time: 100, group: GROUP });
        let sources: &[u8] = &[192, 0, 2, 1, 192, 0, 2, 2];
        both_ways(
            "1164 0000 ef010203 0a 7d 0002 c0000201 c0000202",
            IgmpRepr::QueryV3 {
                max_resp_code: 100,
                group: GROUP,
                suppress: true,
                robustness: 2,
                interval_code: 125,
                sources: Sources(sources),
            },
        );
        both_ways("1200 0000 ef010203", IgmpRepr::ReportV1 { group: GROUP });
        both_ways("1600 0000 ef010203", IgmpRepr::ReportV2 { group: GROUP });
        both_ways("1700 0000 ef010203", IgmpRepr::Leave { group: GROUP });
        both_ways("1305 0000 01020304", IgmpRepr::Unknown { msg_type: IgmpType(0x13), code: 5, data: &[1, 2, 3, 4] });
    }

    #[test]
    fn checksum_by_hand() {
        // 1600 + ef01 + 0203 = 10704, folded 0705.
        assert_eq!(emit(&IgmpRepr::ReportV2 { group: GROUP }), hex("1600 f8fa ef010203"));
    }

    #[test]
    fn a_report_of_version_3() {
        let all = [
            GroupRecord {
                record_type: RecordType::CHANGE_TO_EXCLUDE,
                group: GROUP,
                sources: Sources::default(),
                auxiliary: &[],
            },
            GroupRecord {
                record_type: RecordType::ALLOW_NEW_SOURCES,
                group: GROUP,
                sources: Sources(&[192, 0, 2, 1]),
                auxiliary: &[1, 2, 3, 4],
            },
        ];
        let mut buffer = [0xee; 40];
        let records = GroupRecords::write(&mut buffer, &all).unwrap();
        both_ways(
            "2200 0000 0000 0002 04 00 0000 ef010203 05 01 0001 ef010203 c0000201 01020304",
            IgmpRepr::ReportV3 { records },
        );
        assert_eq!(records.len(), 2);
        assert_eq!(records.iter().collect::<Result<Vec<_>>>().unwrap(), all);
        assert_eq!(GroupRecords::write(&mut [0; 23], &all), None);
    }

    #[rstest::rstest]
    #[case::cut("1100 0000 000000", Error::truncated(Layer::Igmp, 8, 7))]
    #[case::neither_2_nor_3("1164 0000 ef010203 02", Error::length(Layer::Igmp, 0, 12, 9))]
    #[case::neither_2_nor_3("1164 0000 ef010203 027d00", Error::length(Layer::Igmp, 0, 12, 11))]
    #[case::source_missing("1164 0000 ef010203 02 7d 0001 c00002", Error::truncated(Layer::Igmp, 16, 15))]
    #[case::record_missing("2200 0000 0000 0001", Error { offset: 0, ..Error::truncated(Layer::Igmp, 8, 0) })]
    #[case::record_cut(
        "2200 0000 0000 0002 0400 0000 ef010203 0400 0001 ef010203",
        Error { offset: 8, ..Error::truncated(Layer::Igmp, 12, 8) }
    )]
    fn refused(#[case] bytes: &str, #[case] error: Error) {
        let bytes = hex(bytes);
        assert_eq!(IgmpRepr::parse_unverified(&IgmpPacket::new_unchecked(&bytes[..])), Err(error));
    }

    #[test]
    fn codes_of_rfc3376_4_1_1() {
        assert_eq!([0, 1, 127, 128, 129, 143, 144, 255].map(decode_code), [0, 1, 127, 128, 136, 248, 256, 31744]);
        for code in 0..=255 {
            assert_eq!(encode_code(decode_code(code)), code);
        }
        assert_eq!((encode_code(135), encode_code(31743), encode_code(u32::MAX)), (128, 254, 255));
    }

    quickcheck::quickcheck! {
        fn encode_is_the_floor(value: u32) -> bool {
            let value = value % 40_000;
            let code = encode_code(value);
            decode_code(code) <= value && (code == 255 || decode_code(code + 1) > value)
        }

        fn any_bytes(bytes: Vec<u8>, known: u8, count: u8) -> bool {
            let mut bytes = bytes;
            if bytes.len() > 12 {
                bytes[0] = [0x11, 0x12, 0x16, 0x17, 0x22, 0x22, 0x11, known][usize::from(known & 7)];
                bytes[6..8].copy_from_slice(&[0, count & 3]);
                bytes[10] = 0;
                bytes[11] &= 3;
            }
            match IgmpRepr::parse_unverified(&IgmpPacket::new_unchecked(&bytes[..])) {
                Ok(repr) => {
                    let again = emit(&repr);
                    IgmpRepr::parse(&IgmpPacket::new_unchecked(&again[..])) == Ok(repr)
                }
                Err(_) => true,
            }
        }

        fn records_round_trip(parts: Vec<(u8, u32, Short<20>)>) -> bool {
            let all: Vec<_> = parts.iter().map(|(kind, group, sources)| GroupRecord {
                record_type: RecordType(*kind),
                group: (*group).into(),
                sources: Sources(&sources.0[..sources.0.len() / 4 * 4]),
                auxiliary: &[],
            }).collect();
            let mut buffer = vec![0; 40 * all.len()];
            let records = GroupRecords::write(&mut buffer, &all).unwrap();
            let bytes = emit(&IgmpRepr::ReportV3 { records });
            let parsed = IgmpRepr::parse(&IgmpPacket::new_unchecked(&bytes[..]));
            parsed == Ok(IgmpRepr::ReportV3 { records }) && records.iter().flatten().eq(all)
        }
    }
}
