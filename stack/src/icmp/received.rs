//! Reading ICMP errors that others sent about our packets.
//!
//! Read first: RFC 1122 3.2.2 and 4.2.3.9, RFC 4443 2.4 (d), RFC 5461 (what is soft and what is hard), RFC 5927.

use core::net::IpAddr;

use crate::errno::Errno;
use crate::event::DropReason;
use crate::seq::SeqNumber;
use crate::wire::ip::IpProtocol;

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReceivedKind {
    /// Destination unreachable with this code.
    Unreachable {
        /// The ICMP code.
        code: u8,
    },
    /// Fragmentation needed or packet too big; an MTU of 0 comes from routers before RFC 1191.
    PacketTooBig {
        /// Next-hop MTU in octets.
        mtu: u32,
    },
    /// Time exceeded: code 0 in transit, code 1 in reassembly.
    TimeExceeded {
        /// The ICMP code.
        code: u8,
    },
    /// Parameter problem.
    ParameterProblem {
        /// The ICMP code.
        code: u8,
        /// Offset into the quoted packet.
        pointer: u32,
    },
    /// Source quench, which is ignored (RFC 6633).
    SourceQuench,
    /// An ICMPv6 error of unknown type, passed on all the same (RFC 4443 2.4 (a)).
    Unknown {
        /// The ICMP type.
        kind: u8,
        /// The ICMP code.
        code: u8,
    },
}

/// Whether a connection should give up (RFC 1122 4.2.3.9, RFC 5461 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// A hint; keep trying.
    Soft,
    /// Give up, at least while the connection is not established yet.
    Hard,
}

/// What the quoted packet says about whom the error concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Its source: an address of ours.
    pub src: IpAddr,
    /// Its destination.
    pub dst: IpAddr,
    /// Its transport; extension headers are skipped.
    pub protocol: IpProtocol,
    /// Source port, or identifier of an echo request.
    pub src_port: Option<u16>,
    /// Destination port, or sequence number of an echo request.
    pub dst_port: Option<u16>,
    /// Sequence number if it is TCP.
    pub seq: Option<SeqNumber>,
    /// Length of the packet as its header states it.
    pub packet_len: usize,
}

/// An ICMP error about a packet that this host sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedError {
    /// What went wrong.
    pub kind: ReceivedKind,
    /// How sockets report it.
    pub errno: Errno,
    /// Whether to give up.
    pub severity: Severity,
    /// Whom it concerns.
    pub quoted: Quoted,
}

/// Reads an ICMP error message (`v6` tells which version) whose checksum is right.
pub fn parse_error(v6: bool, message: &[u8]) -> Result<ReceivedError, DropReason> {
    let _ = (v6, message);
    Err(DropReason::Malformed)
}
