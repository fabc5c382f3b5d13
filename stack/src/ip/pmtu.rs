//! What was learnt about path MTUs.
//!
//! Read first: RFC 1191 3 and 6, RFC 8201 4 and 5.

use core::net::IpAddr;

use crate::fault::FaultSet;
use crate::time::{Duration, Instant};

/// Path MTU estimates by destination address, bounded; the least recently updated one gives way.
#[derive(Clone, Debug)]
pub struct PathMtuCache {
    limit: usize,
    age: Duration,
    faults: FaultSet,
}

impl PathMtuCache {
    /// Up to `limit` destinations, estimates forgotten after ten minutes (RFC 8201 5.3).
    pub fn new(limit: usize, faults: FaultSet) -> Self {
        Self { limit, age: Duration::from_secs(600), faults }
    }

    /// The same with another age; `Duration::MAX` keeps estimates for ever.
    pub fn with_age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// The largest packet for `dst`, at most `link_mtu`.
    pub fn get(&self, now: Instant, dst: IpAddr, link_mtu: usize) -> usize {
        let _ = (now, dst, self.limit, self.faults);
        link_mtu
    }

    /// Takes the next-hop MTU of a packet too big message about a packet of `packet_len` octets to `dst`, whose
    /// path was thought to take `link_mtu`. Returns the new estimate if it became smaller, `None` if the message was
    /// not plausible or changes nothing. An MTU of 0 (routers before RFC 1191) takes the next plateau of
    /// RFC 1191 7.1 below `packet_len`.
    pub fn update(
        &mut self,
        now: Instant,
        dst: IpAddr,
        mtu: usize,
        packet_len: usize,
        link_mtu: usize,
    ) -> Option<usize> {
        let _ = (now, dst, mtu, packet_len, link_mtu);
        None
    }

    /// Forgets what was learnt about `dst`.
    pub fn forget(&mut self, dst: IpAddr) {
        let _ = dst;
    }
}
