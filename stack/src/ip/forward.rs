//! What a router does with a packet that is not its own.
//!
//! Read first: RFC 1812 5.2 and 5.3, RFC 4443 3, RFC 1624 (checksum update), RFC 4861 8.2.

use core::net::IpAddr;

use super::address::LocalAddresses;
use super::{Cast, Datagram, IcmpError};
use crate::event::DropReason;
use crate::fault::FaultSet;
use crate::route::RouteTable;

/// Policy of a router.
#[derive(Clone, Copy, Debug)]
pub struct ForwardConfig {
    /// Sends redirects.
    pub redirects: bool,
    /// Forwards directed broadcasts onto their link (RFC 2644 says no).
    pub directed_broadcasts: bool,
    /// Planted faults.
    pub faults: FaultSet,
}

impl Default for ForwardConfig {
    fn default() -> Self {
        Self { redirects: true, directed_broadcasts: false, faults: FaultSet::NONE }
    }
}

/// What becomes of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes out, after [`decrement_hop_limit`].
    Send {
        /// By this interface.
        interface: usize,
        /// To this neighbour.
        next_hop: IpAddr,
        /// Packets larger than this are cut first (IPv4 without DF; the others were refused).
        mtu: usize,
        /// A redirect to send to the source as well.
        redirect: Option<IcmpError>,
    },
    /// It is dropped in silence.
    Drop(DropReason),
    /// It is dropped and its sender told, if [`crate::icmp::may_send_error`] agrees.
    Error {
        /// What to tell.
        error: IcmpError,
        /// Why it is dropped.
        reason: DropReason,
    },
}

/// Decides about a packet that [`super::input::Verdict::Forward`] named. `mtu_of` gives an interface's MTU.
#[allow(clippy::too_many_arguments, reason = "each is one fact about the packet or the host")]
pub fn decide(
    config: &ForwardConfig,
    routes: &RouteTable,
    local: &LocalAddresses,
    interface: usize,
    link: Cast,
    packet: &[u8],
    datagram: &Datagram,
    mtu_of: impl Fn(usize) -> usize,
) -> Decision {
    let _ = (config, routes, local, interface, link, packet, datagram, mtu_of);
    Decision::Drop(DropReason::NoRoute)
}

/// Takes one off the TTL or hop limit of a packet in place and keeps an IPv4 header checksum correct (RFC 1624).
/// Does nothing to a packet too short or already at zero.
pub fn decrement_hop_limit(packet: &mut [u8]) {
    let _ = packet;
}
