//! The Internet Protocol, versions 4 and 6, as pieces without a host: each takes what it needs as arguments and
//! keeps only the state that its name says.
//!
//! | piece | does |
//! |---|---|
//! | [`address`] | classes and scopes of addresses, the host's own addresses and groups, source address choice |
//! | [`input`] | judges an arriving packet: deliver, forward, drop, or drop and tell the sender |
//! | [`extension`] | walks the chain of IPv6 extension headers |
//! | [`options`] | IPv4 options in packets for this host, through this host, and in replies |
//! | [`fragment`] | cuts a packet into fragments |
//! | [`reassembly`] | puts fragments together, bounded in every respect |
//! | [`pmtu`] | what was learnt about path MTUs |
//! | [`forward`] | what a router does with a packet that is not its own |
//!
//! Read first: RFC 791, RFC 1122 3.2 and 3.3, RFC 8200.

pub mod address;
pub mod extension;
pub mod forward;
pub mod fragment;
pub mod input;
pub mod options;
pub mod pmtu;
pub mod reassembly;

pub use input::{InputConfig, Verdict, classify_v4, classify_v6};

use core::net::IpAddr;
use core::ops::Range;

use crate::wire::ethernet::MacAddress;
use crate::wire::ip::{Ecn, IpProtocol};

/// How a frame or a packet was addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Cast {
    /// To one station.
    #[default]
    Unicast,
    /// To a group.
    Multicast,
    /// To every station.
    Broadcast,
}

/// An IP packet whose headers were judged; offsets count from the start of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// What kind of address the destination is.
    pub cast: Cast,
    /// The protocol of the payload. For a fragment: what its header says follows after reassembly.
    pub protocol: IpProtocol,
    /// Where the octet stands that named `protocol`.
    pub protocol_offset: usize,
    /// TTL or hop limit.
    pub hop_limit: u8,
    /// Differentiated services code point.
    pub dscp: u8,
    /// ECN field.
    pub ecn: Ecn,
    /// Where the payload begins: behind IPv4 options or IPv6 extension headers (a fragment header included).
    pub header_len: usize,
    /// Where the packet ends; what follows is padding of the link.
    pub total_len: usize,
    /// Set if this is one piece of a fragmented packet.
    pub fragment: Option<FragmentInfo>,
}

/// Where one piece of a fragmented packet belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentInfo {
    /// Identification: 16 bits in IPv4, 32 in IPv6.
    pub id: u32,
    /// Offset of the piece in octets.
    pub offset: usize,
    /// MF or the M flag.
    pub more: bool,
    /// IPv6: where the fragment header stands. IPv4: 0.
    pub header_at: usize,
    /// IPv6: where the octet stands that names the fragment header. IPv4: 0.
    pub named_at: usize,
}

impl Datagram {
    /// Where the payload stands in the packet.
    pub const fn payload(&self) -> Range<usize> {
        self.header_len..self.total_len
    }

    /// Where the IPv4 options stand in the packet; empty for IPv6.
    pub const fn options(&self) -> Range<usize> {
        match self.src {
            IpAddr::V4(_) => 20..self.header_len,
            IpAddr::V6(_) => 40..40,
        }
    }

    /// What to tell the sender if no transport is registered for `protocol`: protocol unreachable
    /// (RFC 1122 3.2.2.1) or, in IPv6, parameter problem code 1 (RFC 4443 3.4).
    pub const fn unknown_protocol(&self) -> IcmpError {
        match self.src {
            IpAddr::V4(_) => IcmpError::Unreachable(Unreachable::Protocol),
            IpAddr::V6(_) => IcmpError::ParameterProblem { code: 1, pointer: self.protocol_offset as u32 },
        }
    }
}

/// An ICMP error to send about a packet, for either version; [`crate::icmp::build_error`] writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IcmpError {
    /// Destination unreachable.
    Unreachable(Unreachable),
    /// ICMPv4: fragmentation needed and DF set (RFC 1191 4). ICMPv6: packet too big. Next-hop MTU in octets.
    PacketTooBig {
        /// The MTU of the next hop in octets.
        mtu: u32,
    },
    /// Time exceeded in transit.
    HopLimitExceeded,
    /// Fragment reassembly time exceeded.
    ReassemblyTimeExceeded,
    /// Parameter problem; the pointer is an offset in octets into the packet.
    ParameterProblem {
        /// The ICMP code.
        code: u8,
        /// Offset of the octet where the problem was seen.
        pointer: u32,
    },
    /// Redirect for the host `destination`: use `gateway`, which is the destination itself if that is a neighbour.
    Redirect {
        /// The better first hop.
        gateway: IpAddr,
        /// Where the packet was going.
        destination: IpAddr,
        /// The better first hop's link-layer address if known (target link-layer option, IPv6 only).
        mac: Option<MacAddress>,
    },
}

/// Why a destination cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// No route. ICMPv4 code 0, ICMPv6 code 0.
    Network,
    /// The host does not answer on its link. ICMPv4 code 1, ICMPv6 code 3.
    Host,
    /// No such transport. ICMPv4 code 2; in ICMPv6 see [`Datagram::unknown_protocol`], as a last resort code 4.
    Protocol,
    /// No such port. ICMPv4 code 3, ICMPv6 code 4.
    Port,
    /// Source route failed. ICMPv4 code 5, ICMPv6 code 0.
    SourceRoute,
    /// Prohibited by the administrator. ICMPv4 code 13, ICMPv6 code 1.
    Prohibited,
    /// The source address' scope does not reach that far. ICMPv4 code 0, ICMPv6 code 2.
    BeyondScope,
    /// A route says so. ICMPv4 code 1, ICMPv6 code 6.
    RejectRoute,
}
