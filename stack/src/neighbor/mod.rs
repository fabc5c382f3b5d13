//! From next hop to link-layer address: ARP for IPv4, neighbour discovery for IPv6, behind one cache per interface.
//!
//! How a host uses it, per packet to a unicast next hop: [`NeighborCache::resolve`] gives the address or `None`; on
//! `None` it hands the packet over with [`NeighborCache::enqueue`]. Frames (requests, replies, packets that waited)
//! come out of [`NeighborCache::poll_transmit`]; packets whose next hop stayed silent out of
//! [`NeighborCache::poll_unreachable`].
//!
//! Read first: RFC 826 (packet reception), RFC 1122 2.3.2, RFC 4861 7.2, 7.3 and 10.

mod arp;
mod cache;
mod frame;
mod nd;
mod table;
#[cfg(test)]
mod tests;

use core::net::{IpAddr, Ipv6Addr};

pub use cache::NeighborCache;

use crate::fault::FaultSet;
use crate::limits::Limits;
use crate::time::Duration;
use crate::wire::ethernet::MacAddress;

/// Times and counts. The defaults are those of RFC 4861 10 and RFC 1122 2.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighborTimers {
    /// ARP: how long a learnt address is used (RFC 1122 2.3.2.1: on the order of a minute).
    pub arp_timeout: Duration,
    /// ARP: between two requests for one address; not less than a second (RFC 1122 2.3.2.1).
    pub arp_retransmit: Duration,
    /// ARP: requests before the address counts as unreachable.
    pub arp_requests: u8,
    /// ND: BaseReachableTime (REACHABLE_TIME), 30 s; each entry takes 0.5 to 1.5 of it.
    pub reachable_time: Duration,
    /// ND: RETRANS_TIMER, 1 s.
    pub retrans_timer: Duration,
    /// ND: DELAY_FIRST_PROBE_TIME, 5 s.
    pub delay_first_probe: Duration,
    /// ND: MAX_MULTICAST_SOLICIT, 3.
    pub max_multicast_solicit: u8,
    /// ND: MAX_UNICAST_SOLICIT, 3.
    pub max_unicast_solicit: u8,
}

impl Default for NeighborTimers {
    fn default() -> Self {
        Self {
            arp_timeout: Duration::from_secs(60),
            arp_retransmit: Duration::from_secs(1),
            arp_requests: 3,
            reachable_time: Duration::from_secs(30),
            retrans_timer: Duration::from_secs(1),
            delay_first_probe: Duration::from_secs(5),
            max_multicast_solicit: 3,
            max_unicast_solicit: 3,
        }
    }
}

/// Settings of the cache of one interface.
#[derive(Clone, Copy, Debug)]
pub struct NeighborConfig {
    /// The interface's own link-layer address.
    pub mac: MacAddress,
    /// Entries of the cache.
    pub entries: usize,
    /// Packets that wait for one neighbour.
    pub queue: usize,
    /// Times and counts.
    pub timers: NeighborTimers,
    /// Advertisements say that we are a router.
    pub is_router: bool,
    /// Seed for random times.
    pub seed: u64,
    /// Planted faults.
    pub faults: FaultSet,
}

impl NeighborConfig {
    /// The bounds of `limits` and the times of the RFCs.
    pub fn new(mac: MacAddress, limits: &Limits, seed: u64, faults: FaultSet) -> Self {
        Self {
            mac,
            entries: limits.neighbors,
            queue: limits.neighbor_queue,
            timers: NeighborTimers::default(),
            is_router: false,
            seed,
            faults,
        }
    }
}

/// The states of RFC 4861 7.3.2. An ARP entry is `Incomplete` or `Reachable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NeighborState {
    /// Asked, not answered.
    Incomplete,
    /// Known, and confirmed not long ago.
    Reachable,
    /// Known, not confirmed lately, not used since.
    Stale,
    /// Used while stale; waiting for a sign from an upper layer.
    Delay,
    /// Being asked again, by unicast.
    Probe,
}

/// An entry as others may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighborInfo {
    /// The neighbour.
    pub addr: IpAddr,
    /// Its link-layer address, unless the state is `Incomplete`.
    pub mac: Option<MacAddress>,
    /// Its state.
    pub state: NeighborState,
    /// It says that it is a router.
    pub is_router: bool,
    /// Entered by hand; never times out.
    pub is_static: bool,
}

/// What an address of ours is to a neighbour solicitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// Not ours.
    None,
    /// Ours, unicast.
    Unicast,
    /// Ours, anycast: advertisements do not override.
    Anycast,
    /// Ours, but duplicate address detection still runs (RFC 4862 5.4).
    Tentative,
}

/// What the IPv6 header around a neighbour discovery message said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NdHeader {
    /// Source address.
    pub src: Ipv6Addr,
    /// Destination address.
    pub dst: Ipv6Addr,
    /// Hop limit; must be 255.
    pub hop_limit: u8,
}

/// What a neighbour discovery message meant beyond the cache itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NdEvent {
    /// Nothing more.
    None,
    /// A router became a host: it must no longer be used as one (RFC 4861 7.2.5).
    RouterGone(Ipv6Addr),
    /// Someone else uses or wants this address of ours that is tentative (RFC 4862 5.4.3 and 5.4.4).
    Duplicate(Ipv6Addr),
    /// A redirect: packets to `destination` should go to `target` (RFC 4861 8.3). The caller checks that `from` is
    /// the current first hop, and then passes `mac` to [`NeighborCache::learn`].
    Redirect {
        /// The router that says so.
        from: Ipv6Addr,
        /// The better first hop, equal to `destination` if that is a neighbour.
        target: Ipv6Addr,
        /// Whose packets.
        destination: Ipv6Addr,
        /// The link-layer address of `target` if the message said it.
        mac: Option<MacAddress>,
    },
    /// A router advertisement that passed the checks of RFC 4861 6.1.2; the caller reads its options.
    RouterAdvertisement,
}

/// A packet whose next hop did not answer.
#[derive(Debug)]
pub struct Unresolved {
    /// The silent next hop.
    pub next_hop: IpAddr,
    /// The IP packet that waited; give it back with [`NeighborCache::recycle`].
    pub packet: Vec<u8>,
}
