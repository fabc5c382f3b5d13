//! One interface: its addresses' neighbours and its multicast groups.

use core::net::{IpAddr, Ipv6Addr};

use super::config::{HostConfig, InterfaceConfig};
use crate::errno::Errno;
use crate::igmp::{Igmp, MembershipConfig, Mld};
use crate::neighbor::{NeighborCache, NeighborConfig};
use crate::rng::Rng;
use crate::time::{Duration, Instant};
use crate::wire::ethernet::MacAddress;

/// An address under duplicate address detection (RFC 4862 5.4).
#[derive(Clone, Copy, Debug)]
pub(super) struct Tentative {
    pub address: Ipv6Addr,
    /// When the next step is due: the first solicitation, or the end.
    pub due: Instant,
    /// The solicitation is out.
    pub asked: bool,
}

/// The state of one interface.
#[derive(Debug)]
pub(super) struct Interface {
    pub mac: MacAddress,
    pub mtu: usize,
    pub neighbors: NeighborCache,
    pub igmp: Igmp,
    pub mld: Mld,
    pub tentative: Vec<Tentative>,
    /// Rises whenever a neighbour's link-layer address may have changed: paths that were remembered are void.
    pub generation: u32,
}

impl Interface {
    pub(super) fn new(interface: &InterfaceConfig, config: &HostConfig, rng: &mut Rng) -> Self {
        let membership = |version, seed| MembershipConfig {
            groups: config.limits.groups,
            version,
            // Behind an IP header with router alert.
            max_message: interface.mtu - 48,
            seed,
            faults: config.faults,
        };
        let mut neighbors = NeighborConfig::new(interface.mac, &config.limits, rng.next_u64(), config.faults);
        neighbors.timers = config.neighbor;
        neighbors.is_router = config.forwarding;
        let mut tentative = Vec::new();
        if config.duplicate_address_detection {
            let v6 = interface.addresses.iter().filter_map(|(address, _)| match address {
                IpAddr::V6(address) => Some(*address),
                IpAddr::V4(_) => None,
            });
            // RFC 4862 5.4.2: a random delay of up to MAX_RTR_SOLICITATION_DELAY, 1 s, before the first message.
            tentative.extend(v6.map(|address| Tentative {
                address,
                due: Instant::ZERO + Duration::from_micros(rng.below(1_000_000)),
                asked: false,
            }));
        }
        Self {
            mac: interface.mac,
            mtu: interface.mtu,
            neighbors: NeighborCache::new(neighbors),
            igmp: Igmp::new(membership(config.igmp_version, rng.next_u64())),
            mld: Mld::new(membership(config.mld_version, rng.next_u64())),
            tentative,
            generation: 0,
        }
    }

    /// Whether an address is still under duplicate address detection.
    pub(super) fn is_tentative(&self, address: Ipv6Addr) -> bool {
        self.tentative.iter().any(|it| it.address == address)
    }

    /// Joins a group and makes the report due.
    pub(super) fn join(&mut self, now: Instant, group: IpAddr) -> Result<(), Errno> {
        match group {
            IpAddr::V4(group) => self.igmp.join(now, group),
            IpAddr::V6(group) => self.mld.join(now, group),
        }
    }

    /// Leaves a group; false if it was not joined.
    pub(super) fn leave(&mut self, now: Instant, group: IpAddr) -> bool {
        match group {
            IpAddr::V4(group) => self.igmp.leave(now, group),
            IpAddr::V6(group) => self.mld.leave(now, group),
        }
    }

    /// The earliest timer of this interface.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let tentative = self.tentative.iter().map(|it| it.due);
        let parts = [self.neighbors.poll_timeout(), self.igmp.poll_timeout(), self.mld.poll_timeout()];
        parts.into_iter().flatten().chain(tentative).min()
    }

    /// Lets time pass.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.neighbors.handle_timeout(now);
        self.igmp.handle_timeout(now);
        self.mld.handle_timeout(now);
    }
}
