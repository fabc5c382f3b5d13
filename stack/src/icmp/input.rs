//! What an arriving ICMP message asks for.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::received::ReceivedError;
use crate::event::DropReason;
use crate::fault::FaultSet;
use crate::ip::Cast;
use crate::time::Instant;

/// What the host answers.
#[derive(Clone, Copy, Debug)]
pub struct IcmpConfig {
    /// Answers echo requests to broadcast and multicast addresses (RFC 1122 3.2.2.6 and RFC 4443 4.2 leave the
    /// first open and recommend the second for IPv6). Off by default for IPv4.
    pub echo_multicast_v4: bool,
    /// The same for IPv6; on by default (RFC 4443 4.2).
    pub echo_multicast_v6: bool,
    /// Answers ICMPv4 timestamp requests (RFC 1122 3.2.2.8).
    pub timestamp: bool,
    /// Planted faults.
    pub faults: FaultSet,
}

impl Default for IcmpConfig {
    fn default() -> Self {
        Self { echo_multicast_v4: false, echo_multicast_v6: true, timestamp: true, faults: FaultSet::NONE }
    }
}

/// What an ICMP message turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A reply was written to `out`: this many octets of ICMP, to be sent back to the source (with the options of
    /// [`crate::ip::options::for_reply`] in IPv4).
    Reply {
        /// Length of the ICMP message in `out`.
        len: usize,
    },
    /// An echo reply or timestamp reply for whoever asked.
    EchoReply {
        /// Identifier.
        id: u16,
        /// Sequence number.
        seq: u16,
    },
    /// An error about a packet that this host sent.
    Error(ReceivedError),
    /// An ICMPv4 redirect (RFC 1122 3.2.2.2). The caller checks that it came from the current first hop.
    Redirect {
        /// The better first hop.
        gateway: IpAddr,
        /// The destination of the packet that it is about.
        destination: IpAddr,
    },
    /// A neighbour discovery message, types 133 to 137, for [`crate::neighbor`].
    NeighborDiscovery,
    /// A multicast listener discovery message, types 130 to 132 and 143, for [`crate::igmp`].
    ListenerDiscovery,
    /// Nothing to do.
    Drop(DropReason),
}

/// Reads an ICMPv4 message (checksum included) and writes the reply, if it wants one, to `out`.
pub fn input_v4(config: &IcmpConfig, now: Instant, src: Ipv4Addr, cast: Cast, message: &[u8], out: &mut [u8]) -> Input {
    let _ = (config, now, src, cast, message, out);
    Input::Drop(DropReason::Malformed)
}

/// Reads an ICMPv6 message (checksum included) and writes the reply, if it wants one, to `out`. `reply_src` is the
/// source address that a reply will have: the destination of the request, or for a group an address of ours.
pub fn input_v6(
    config: &IcmpConfig,
    src: Ipv6Addr,
    dst: Ipv6Addr,
    reply_src: Ipv6Addr,
    message: &[u8],
    out: &mut [u8],
) -> Input {
    let _ = (config, src, dst, reply_src, message, out);
    Input::Drop(DropReason::Malformed)
}
