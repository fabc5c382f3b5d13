//! The table of header fields: which layer, which bits, what kind of value.
//!
//! The tester reads and writes headers by this one table and shares no codec with the reference stack,
//! so a fault in a wire format cannot hide by being made on both sides. Everything else follows from the
//! table: setting any field to any value, matching, the nearest miss field by field, and the words of `explain`.
//!
//! Read first: RFC 826, RFC 791 3.1, RFC 8200 3 and 4, RFC 792, RFC 4443 2.1, RFC 4861 4, RFC 768, RFC 9293 3.1.

use core::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::field::Value;

/// A header format, or the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// Ethernet II, or 802.3 when an [`LayerKind::Llc`] layer follows. 14 bytes.
    Ethernet,
    /// 802.2 LLC with SNAP (RFC 1042). 8 bytes.
    Llc,
    /// ARP for IPv4 over Ethernet. 28 bytes.
    Arp,
    /// IPv4 with its options area.
    Ipv4,
    /// IPv6 fixed header. 40 bytes.
    Ipv6,
    /// Hop-by-hop options.
    HopByHop,
    /// Destination options.
    DestOptions,
    /// Routing header.
    Routing,
    /// IPv6 fragment header. 8 bytes.
    Fragment,
    /// ICMP for IPv4, its first 8 bytes; what follows is payload or quote.
    Icmpv4,
    /// ICMPv6, neighbour discovery and MLD, with the fixed part of the message; then payload, quote or options.
    Icmpv6,
    /// IGMP, 8 bytes, and what follows as body.
    Igmp,
    /// UDP. 8 bytes.
    Udp,
    /// TCP with its options area.
    Tcp,
    /// What the innermost header carries.
    Payload,
}

impl LayerKind {
    /// The name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ethernet => "ethernet",
            Self::Llc => "llc",
            Self::Arp => "arp",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::HopByHop => "hop-by-hop",
            Self::DestOptions => "dest-options",
            Self::Routing => "routing",
            Self::Fragment => "fragment",
            Self::Icmpv4 => "icmpv4",
            Self::Icmpv6 => "icmpv6",
            Self::Igmp => "igmp",
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Payload => "payload",
        }
    }

    /// The IP protocol or next-header number that announces this layer.
    pub const fn protocol(self) -> Option<u8> {
        match self {
            Self::HopByHop => Some(0),
            Self::Icmpv4 => Some(1),
            Self::Igmp => Some(2),
            Self::Ipv4 => Some(4),
            Self::Tcp => Some(6),
            Self::Udp => Some(17),
            Self::Ipv6 => Some(41),
            Self::Routing => Some(43),
            Self::Fragment => Some(44),
            Self::Icmpv6 => Some(58),
            Self::DestOptions => Some(60),
            _ => None,
        }
    }

    /// The EtherType that announces this layer.
    pub const fn ethertype(self) -> Option<u16> {
        match self {
            Self::Ipv4 => Some(0x0800),
            Self::Arp => Some(0x0806),
            Self::Ipv6 => Some(0x86dd),
            _ => None,
        }
    }

    /// Whether it is one of the IPv6 extension headers.
    pub const fn is_extension(self) -> bool {
        matches!(self, Self::HopByHop | Self::DestOptions | Self::Routing | Self::Fragment)
    }

    /// Whether it is IPv4 or IPv6.
    pub const fn is_ip(self) -> bool {
        matches!(self, Self::Ipv4 | Self::Ipv6)
    }

    /// Offset of the 16-bit Internet checksum in the header, if it has one.
    pub const fn checksum_offset(self) -> Option<usize> {
        match self {
            Self::Ipv4 => Some(10),
            Self::Icmpv4 | Self::Icmpv6 | Self::Igmp => Some(2),
            Self::Udp => Some(6),
            Self::Tcp => Some(16),
            _ => None,
        }
    }
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How the value of a field looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Decimal.
    Num,
    /// Hexadecimal.
    Hex,
    /// TCP control bits: `SA`.
    Flags,
    /// MAC address.
    Mac,
    /// IPv4 address.
    V4,
    /// IPv6 address.
    V6,
}

macro_rules! fields {
    ($($variant:ident, $name:literal, $layer:ident, $bit:literal, $width:literal, $look:ident, $what:literal;)+) => {
        /// One header field. Its name is `layer.field`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum FieldId { $(#[doc = $what] #[serde(rename = $name)] $variant),+ }

        impl FieldId {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// `layer.field`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The layer it belongs to.
            pub const fn layer(self) -> LayerKind {
                match self { $(Self::$variant => LayerKind::$layer),+ }
            }

            /// First bit in the header and width in bits.
            pub const fn bits(self) -> (usize, usize) {
                match self { $(Self::$variant => ($bit, $width)),+ }
            }

            /// How its value looks.
            pub const fn look(self) -> Look {
                match self { $(Self::$variant => Look::$look),+ }
            }
        }
    };
}

fields! {
    EthDst, "ethernet.dst", Ethernet, 0, 48, Mac, "Destination station.";
    EthSrc, "ethernet.src", Ethernet, 48, 48, Mac, "Source station.";
    EthType, "ethernet.type", Ethernet, 96, 16, Hex, "EtherType, or the length of an 802.3 frame.";
    LlcDsap, "llc.dsap", Llc, 0, 8, Hex, "DSAP, 0xaa for SNAP.";
    LlcSsap, "llc.ssap", Llc, 8, 8, Hex, "SSAP, 0xaa for SNAP.";
    LlcControl, "llc.control", Llc, 16, 8, Hex, "Control, 3 for unnumbered information.";
    SnapOui, "llc.oui", Llc, 24, 24, Hex, "Organisation code, 0 for EtherTypes.";
    SnapType, "llc.type", Llc, 48, 16, Hex, "EtherType behind SNAP.";
    ArpHardware, "arp.hrd", Arp, 0, 16, Num, "Hardware space, 1 for Ethernet.";
    ArpProtocol, "arp.pro", Arp, 16, 16, Hex, "Protocol space, 0x0800 for IPv4.";
    ArpHardwareLen, "arp.hln", Arp, 32, 8, Num, "Length of a hardware address.";
    ArpProtocolLen, "arp.pln", Arp, 40, 8, Num, "Length of a protocol address.";
    ArpOperation, "arp.op", Arp, 48, 16, Num, "1 request, 2 reply, 3 and 4 RARP.";
    ArpSenderMac, "arp.sha", Arp, 64, 48, Mac, "Sender hardware address.";
    ArpSenderIp, "arp.spa", Arp, 112, 32, V4, "Sender protocol address.";
    ArpTargetMac, "arp.tha", Arp, 144, 48, Mac, "Target hardware address.";
    ArpTargetIp, "arp.tpa", Arp, 192, 32, V4, "Target protocol address.";
    Ipv4Version, "ipv4.version", Ipv4, 0, 4, Num, "Version, 4.";
    Ipv4HeaderLen, "ipv4.ihl", Ipv4, 4, 4, Num, "Header length in 32-bit words.";
    Ipv4Tos, "ipv4.tos", Ipv4, 8, 8, Hex, "DSCP and ECN together.";
    Ipv4Dscp, "ipv4.dscp", Ipv4, 8, 6, Hex, "Differentiated services code point.";
    Ipv4Ecn, "ipv4.ecn", Ipv4, 14, 2, Num, "ECN: 0 not-ECT, 1 ECT(1), 2 ECT(0), 3 CE.";
    Ipv4TotalLen, "ipv4.total-length", Ipv4, 16, 16, Num, "Total length in bytes.";
    Ipv4Id, "ipv4.id", Ipv4, 32, 16, Hex, "Identification.";
    Ipv4Reserved, "ipv4.reserved", Ipv4, 48, 1, Num, "The reserved flag bit.";
    Ipv4DontFragment, "ipv4.df", Ipv4, 49, 1, Num, "Don't fragment.";
    Ipv4MoreFragments, "ipv4.mf", Ipv4, 50, 1, Num, "More fragments.";
    Ipv4FragmentOffset, "ipv4.offset", Ipv4, 51, 13, Num, "Fragment offset in units of 8 bytes.";
    Ipv4Ttl, "ipv4.ttl", Ipv4, 64, 8, Num, "Time to live.";
    Ipv4Protocol, "ipv4.protocol", Ipv4, 72, 8, Num, "Protocol.";
    Ipv4Checksum, "ipv4.checksum", Ipv4, 80, 16, Hex, "Header checksum.";
    Ipv4Src, "ipv4.src", Ipv4, 96, 32, V4, "Source address.";
    Ipv4Dst, "ipv4.dst", Ipv4, 128, 32, V4, "Destination address.";
    Ipv6Version, "ipv6.version", Ipv6, 0, 4, Num, "Version, 6.";
    Ipv6TrafficClass, "ipv6.traffic-class", Ipv6, 4, 8, Hex, "DSCP and ECN together.";
    Ipv6Dscp, "ipv6.dscp", Ipv6, 4, 6, Hex, "Differentiated services code point.";
    Ipv6Ecn, "ipv6.ecn", Ipv6, 10, 2, Num, "ECN: 0 not-ECT, 1 ECT(1), 2 ECT(0), 3 CE.";
    Ipv6FlowLabel, "ipv6.flow-label", Ipv6, 12, 20, Hex, "Flow label.";
    Ipv6PayloadLen, "ipv6.payload-length", Ipv6, 32, 16, Num, "Bytes behind the fixed header.";
    Ipv6NextHeader, "ipv6.next-header", Ipv6, 48, 8, Num, "Next header.";
    Ipv6HopLimit, "ipv6.hop-limit", Ipv6, 56, 8, Num, "Hop limit.";
    Ipv6Src, "ipv6.src", Ipv6, 64, 128, V6, "Source address.";
    Ipv6Dst, "ipv6.dst", Ipv6, 192, 128, V6, "Destination address.";
    HopByHopNext, "hop-by-hop.next-header", HopByHop, 0, 8, Num, "Next header.";
    HopByHopLen, "hop-by-hop.length", HopByHop, 8, 8, Num, "Length in units of 8 bytes, without the first.";
    DestOptionsNext, "dest-options.next-header", DestOptions, 0, 8, Num, "Next header.";
    DestOptionsLen, "dest-options.length", DestOptions, 8, 8, Num, "Length in units of 8 bytes, without the first.";
    RoutingNext, "routing.next-header", Routing, 0, 8, Num, "Next header.";
    RoutingLen, "routing.length", Routing, 8, 8, Num, "Length in units of 8 bytes, without the first.";
    RoutingType, "routing.type", Routing, 16, 8, Num, "Routing type.";
    RoutingSegmentsLeft, "routing.segments-left", Routing, 24, 8, Num, "Segments left.";
    FragmentNext, "fragment.next-header", Fragment, 0, 8, Num, "Next header.";
    FragmentReserved, "fragment.reserved", Fragment, 8, 8, Num, "Reserved byte.";
    FragmentOffset, "fragment.offset", Fragment, 16, 13, Num, "Fragment offset in units of 8 bytes.";
    FragmentMore, "fragment.more", Fragment, 31, 1, Num, "More fragments.";
    FragmentId, "fragment.id", Fragment, 32, 32, Hex, "Identification.";
    Icmpv4Type, "icmpv4.type", Icmpv4, 0, 8, Num, "Type.";
    Icmpv4Code, "icmpv4.code", Icmpv4, 8, 8, Num, "Code.";
    Icmpv4Checksum, "icmpv4.checksum", Icmpv4, 16, 16, Hex, "Checksum.";
    Icmpv4Rest, "icmpv4.rest", Icmpv4, 32, 32, Hex, "Bytes 4 to 7, whatever the type makes of them.";
    Icmpv4Ident, "icmpv4.ident", Icmpv4, 32, 16, Hex, "Identifier of an echo.";
    Icmpv4Seq, "icmpv4.seq", Icmpv4, 48, 16, Num, "Sequence number of an echo.";
    Icmpv4Pointer, "icmpv4.pointer", Icmpv4, 32, 8, Num, "Pointer of a parameter problem.";
    Icmpv4Mtu, "icmpv4.mtu", Icmpv4, 48, 16, Num, "Next-hop MTU of fragmentation needed (RFC 1191).";
    Icmpv4Gateway, "icmpv4.gateway", Icmpv4, 32, 32, V4, "Gateway of a redirect.";
    Icmpv6Type, "icmpv6.type", Icmpv6, 0, 8, Num, "Type.";
    Icmpv6Code, "icmpv6.code", Icmpv6, 8, 8, Num, "Code.";
    Icmpv6Checksum, "icmpv6.checksum", Icmpv6, 16, 16, Hex, "Checksum.";
    Icmpv6Rest, "icmpv6.rest", Icmpv6, 32, 32, Hex, "Bytes 4 to 7, whatever the type makes of them.";
    Icmpv6Ident, "icmpv6.ident", Icmpv6, 32, 16, Hex, "Identifier of an echo.";
    Icmpv6Seq, "icmpv6.seq", Icmpv6, 48, 16, Num, "Sequence number of an echo.";
    Icmpv6Pointer, "icmpv6.pointer", Icmpv6, 32, 32, Num, "Pointer of a parameter problem.";
    Icmpv6Mtu, "icmpv6.mtu", Icmpv6, 32, 32, Num, "MTU of packet too big.";
    NdTarget, "nd.target", Icmpv6, 64, 128, V6, "Target address of a solicitation, advertisement or redirect.";
    NdDestination, "nd.destination", Icmpv6, 192, 128, V6, "Destination address of a redirect.";
    NdRouter, "nd.router", Icmpv6, 32, 1, Num, "R flag of an advertisement.";
    NdSolicited, "nd.solicited", Icmpv6, 33, 1, Num, "S flag of an advertisement.";
    NdOverride, "nd.override", Icmpv6, 34, 1, Num, "O flag of an advertisement.";
    RaHopLimit, "ra.hop-limit", Icmpv6, 32, 8, Num, "Current hop limit of a router advertisement.";
    RaManaged, "ra.managed", Icmpv6, 40, 1, Num, "M flag of a router advertisement.";
    RaOther, "ra.other", Icmpv6, 41, 1, Num, "O flag of a router advertisement.";
    RaLifetime, "ra.lifetime", Icmpv6, 48, 16, Num, "Router lifetime in seconds.";
    RaReachable, "ra.reachable", Icmpv6, 64, 32, Num, "Reachable time in milliseconds.";
    RaRetrans, "ra.retrans", Icmpv6, 96, 32, Num, "Retransmission timer in milliseconds.";
    MldMaxDelay, "mld.max-delay", Icmpv6, 32, 16, Num, "Maximum response delay of a query.";
    MldGroup, "mld.group", Icmpv6, 64, 128, V6, "Group of a query or of an MLDv1 message.";
    MldRecords, "mld.records", Icmpv6, 48, 16, Num, "Number of records of an MLDv2 report.";
    MldRecordType, "mld.record-type", Icmpv6, 64, 8, Num, "Type of the first record of an MLDv2 report.";
    MldRecordGroup, "mld.record-group", Icmpv6, 96, 128, V6, "Group of the first record of an MLDv2 report.";
    IgmpType, "igmp.type", Igmp, 0, 8, Hex, "Type.";
    IgmpMaxResponse, "igmp.max-response", Igmp, 8, 8, Num, "Maximum response time in tenths of a second.";
    IgmpChecksum, "igmp.checksum", Igmp, 16, 16, Hex, "Checksum.";
    IgmpGroup, "igmp.group", Igmp, 32, 32, V4, "Group of a query or of an IGMPv1 or v2 message.";
    IgmpRecords, "igmp.records", Igmp, 48, 16, Num, "Number of records of an IGMPv3 report.";
    IgmpRecordType, "igmp.record-type", Igmp, 64, 8, Num, "Type of the first record of an IGMPv3 report.";
    IgmpRecordGroup, "igmp.record-group", Igmp, 96, 32, V4, "Group of the first record of an IGMPv3 report.";
    UdpSrcPort, "udp.src-port", Udp, 0, 16, Num, "Source port.";
    UdpDstPort, "udp.dst-port", Udp, 16, 16, Num, "Destination port.";
    UdpLength, "udp.length", Udp, 32, 16, Num, "Length of header and data.";
    UdpChecksum, "udp.checksum", Udp, 48, 16, Hex, "Checksum.";
    TcpSrcPort, "tcp.src-port", Tcp, 0, 16, Num, "Source port.";
    TcpDstPort, "tcp.dst-port", Tcp, 16, 16, Num, "Destination port.";
    TcpSeq, "tcp.seq", Tcp, 32, 32, Num, "Sequence number, relative to the sender's initial one if the spec has a flow.";
    TcpAck, "tcp.ack", Tcp, 64, 32, Num, "Acknowledgment number, relative to the receiver's initial one if the spec has a flow.";
    TcpSeqAbsolute, "tcp.seq-absolute", Tcp, 32, 32, Num, "Sequence number as it stands on the wire.";
    TcpAckAbsolute, "tcp.ack-absolute", Tcp, 64, 32, Num, "Acknowledgment number as it stands on the wire.";
    TcpDataOffset, "tcp.data-offset", Tcp, 96, 4, Num, "Header length in 32-bit words.";
    TcpReserved, "tcp.reserved", Tcp, 100, 3, Num, "Reserved bits.";
    TcpFlags, "tcp.flags", Tcp, 103, 9, Flags, "Control bits.";
    TcpWindow, "tcp.window", Tcp, 112, 16, Num, "Window as it stands on the wire.";
    TcpChecksum, "tcp.checksum", Tcp, 128, 16, Hex, "Checksum.";
    TcpUrgent, "tcp.urgent", Tcp, 144, 16, Num, "Urgent pointer.";
}

/// TCP control bits by their letters: `F S R P . U E W`, and `N` for AE (bit 8); `A` is ACK as well as `.`.
const FLAG_LETTERS: &[(char, i64)] = &[
    ('S', 0x02),
    ('F', 0x01),
    ('R', 0x04),
    ('P', 0x08),
    ('A', 0x10),
    ('U', 0x20),
    ('E', 0x40),
    ('W', 0x80),
    ('N', 0x100),
];

/// The bit of PSH, which matching leaves free.
pub const PSH: i64 = 0x08;

/// Control bits from letters: `"SA"`, `"FA"`, `"R"`, `"PA"`, `""` for none. `.` is ACK too.
///
/// # Panics
///
/// On a letter that is none: the case has a typing error.
pub fn flag_bits(letters: &str) -> i64 {
    letters.chars().fold(0, |bits, letter| {
        let letter = if letter == '.' { 'A' } else { letter };
        match FLAG_LETTERS.iter().find(|(known, _)| *known == letter) {
            Some((_, bit)) => bits | bit,
            None => panic!("`{letter}` is not the letter of a TCP control bit (F S R P A U E W N)"),
        }
    })
}

/// Control bits as letters; `none` for zero.
pub fn flag_letters(bits: i64) -> String {
    let letters: String = FLAG_LETTERS.iter().filter(|(_, bit)| bits & bit != 0).map(|(letter, _)| *letter).collect();
    if letters.is_empty() { "none".to_owned() } else { letters }
}

impl FieldId {
    /// The field with this `layer.field` name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }

    /// Bytes that the header must have for this field to be there.
    pub const fn end(self) -> usize {
        let (bit, width) = self.bits();
        (bit + width).div_ceil(8)
    }

    /// Reads the field from a header; `None` if the header is too short.
    pub fn read(self, header: &[u8]) -> Option<Value> {
        let (bit, width) = self.bits();
        let bytes = header.get(bit / 8..self.end())?;
        Some(match self.look() {
            Look::Mac => Value::Mac(bytes.try_into().ok()?),
            Look::V4 => Value::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
            Look::V6 => Value::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
            Look::Num | Look::Hex | Look::Flags => {
                let all = bytes.iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
                let shift = (8 - (bit + width) % 8) % 8;
                Value::Num((all >> shift & ((1u64 << width) - 1)) as i64)
            }
        })
    }

    /// Writes the field into a header; numbers are cut to the width.
    ///
    /// # Errors
    ///
    /// One line, if the header is too short or the value is of another type.
    pub fn write(self, header: &mut [u8], value: Value) -> Result<(), String> {
        let (bit, width) = self.bits();
        let have = header.len();
        let Some(bytes) = header.get_mut(bit / 8..self.end()) else {
            return Err(format!("{} needs a header of {} bytes, which has {have}", self.name(), self.end()));
        };
        match (self.look(), value) {
            (Look::Mac, Value::Mac(mac)) => bytes.copy_from_slice(&mac),
            (Look::V4, Value::V4(address)) => bytes.copy_from_slice(&address.octets()),
            (Look::V6, Value::V6(address)) => bytes.copy_from_slice(&address.octets()),
            (Look::Num | Look::Hex | Look::Flags, Value::Num(number)) => {
                let shift = (8 - (bit + width) % 8) % 8;
                let mask = ((1u64 << width) - 1) << shift;
                let old = bytes.iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
                let mut new = old & !mask | (number as u64) << shift & mask;
                for byte in bytes.iter_mut().rev() {
                    *byte = new as u8;
                    new >>= 8;
                }
            }
            (_, value) => return Err(format!("{} cannot be {value}", self.name())),
        }
        Ok(())
    }

    /// The value as this field shows it: flags as letters, hexadecimal where that reads better.
    pub fn show(self, value: Value) -> String {
        match (self.look(), value) {
            (Look::Hex, Value::Num(number)) => format!("{number:#x}"),
            (Look::Flags, Value::Num(number)) => flag_letters(number),
            (_, value) => value.to_string(),
        }
    }
}

impl fmt::Display for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_field_reads_what_was_written_and_nothing_else_moves() {
        for field in FieldId::ALL {
            for fill in [0x00, 0xff] {
                let mut header = [fill; 64];
                let (bit, width) = field.bits();
                let value = match field.look() {
                    Look::Mac => Value::Mac([1, 2, 3, 4, 5, 6]),
                    Look::V4 => Value::V4(Ipv4Addr::new(1, 2, 3, 4)),
                    Look::V6 => Value::V6(Ipv6Addr::LOCALHOST),
                    _ => Value::Num(0x5a5a_5a5a & ((1 << width) - 1)),
                };
                field.write(&mut header, value).expect("long enough");
                assert_eq!(field.read(&header), Some(value), "{field}");
                let touched = |index: usize| (bit / 8..field.end()).contains(&index);
                assert!(header.iter().enumerate().all(|(index, byte)| touched(index) || *byte == fill), "{field}");
            }
        }
    }

    #[test]
    fn names_start_with_a_layer_and_are_unique() {
        let mut names: Vec<_> = FieldId::ALL.iter().map(|field| field.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FieldId::ALL.len());
        assert_eq!(FieldId::from_name("tcp.flags"), Some(FieldId::TcpFlags));
    }

    #[test]
    fn flags_have_letters() {
        assert_eq!(flag_bits("SA"), 0x12);
        assert_eq!(flag_bits("F."), 0x11);
        assert_eq!(flag_letters(0x12), "SA");
        assert_eq!(flag_letters(0), "none");
    }
}
