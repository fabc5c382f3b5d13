//! What was learnt about path MTUs.
//!
//! Read first: RFC 1191 3 and 6, RFC 8201 4 and 5.

use core::net::IpAddr;

use crate::fault::{Fault, FaultSet};
use crate::time::{Duration, Instant};

/// The least path MTU of IPv4 (RFC 791 3.2: every module forwards 68 octets whole).
const MIN_V4: usize = 68;
/// The least path MTU of IPv6 (RFC 8200 5).
const MIN_V6: usize = 1_280;
/// RFC 1191 7.1: the MTUs that links have.
const PLATEAUS: [usize; 10] = [32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68];

#[derive(Clone, Copy, Debug)]
struct Estimate {
    dst: IpAddr,
    mtu: usize,
    updated: Instant,
}

/// Path MTU estimates by destination address, bounded; the least recently updated one gives way.
#[derive(Clone, Debug)]
pub struct PathMtuCache {
    /// Sorted by destination.
    estimates: Vec<Estimate>,
    limit: usize,
    age: Duration,
    faults: FaultSet,
}

impl PathMtuCache {
    /// Up to `limit` destinations, estimates forgotten after ten minutes (RFC8201-5.3-2).
    pub fn new(limit: usize, faults: FaultSet) -> Self {
        Self { estimates: Vec::new(), limit, age: Duration::from_secs(600), faults }
    }

    /// The same with another age; `Duration::MAX` keeps estimates for ever (RFC8201-5.3-3).
    pub fn with_age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// The number of destinations with an estimate, stale ones included.
    pub fn len(&self) -> usize {
        self.estimates.len()
    }

    /// Whether nothing was learnt.
    pub fn is_empty(&self) -> bool {
        self.estimates.is_empty()
    }

    /// The largest packet for `dst`, at most `link_mtu`.
    pub fn get(&self, now: Instant, dst: IpAddr, link_mtu: usize) -> usize {
        let found = self.find(dst).ok().and_then(|at| self.estimates.get(at));
        match found {
            // RFC8201-5.3-1: an old estimate may be too small, and only larger packets can tell.
            Some(estimate) if now.since(estimate.updated) < self.age || self.age == Duration::MAX => {
                // An estimate above the link's MTU exists only by a planted fault.
                if self.faults.has(Fault::PmtuIncreased) { estimate.mtu } else { estimate.mtu.min(link_mtu) }
            }
            _ => link_mtu,
        }
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
        if self.faults.has(Fault::PmtuIgnored) {
            return None;
        }
        // RFC1191-3-7.
        let mtu = match mtu {
            0 if dst.is_ipv4() => PLATEAUS.into_iter().find(|plateau| *plateau < packet_len)?,
            mtu => mtu,
        };
        // RFC1191-3-8, RFC8201-4-2, RFC8201-4-3.
        let least = if dst.is_ipv4() { MIN_V4 } else { MIN_V6 };
        if mtu < least && !self.faults.has(Fault::PmtuBelowMinimum) {
            return None;
        }
        // RFC1191-3-9, RFC8201-4-10: a message never raises an estimate.
        if mtu >= self.get(now, dst, link_mtu) && !self.faults.has(Fault::PmtuIncreased) {
            return None;
        }
        self.store(Estimate { dst, mtu, updated: now });
        Some(mtu)
    }

    /// Forgets what was learnt about `dst`.
    pub fn forget(&mut self, dst: IpAddr) {
        if let Ok(at) = self.find(dst) {
            self.estimates.remove(at);
        }
    }

    fn find(&self, dst: IpAddr) -> Result<usize, usize> {
        self.estimates.binary_search_by_key(&dst, |estimate| estimate.dst)
    }

    fn store(&mut self, estimate: Estimate) {
        if let Ok(at) = self.find(estimate.dst) {
            self.estimates[at] = estimate;
            return;
        }
        if self.estimates.len() >= self.limit {
            let oldest = self.estimates.iter().min_by_key(|estimate| estimate.updated).map(|estimate| estimate.dst);
            match oldest.filter(|_| self.limit > 0) {
                Some(oldest) => self.forget(oldest),
                None => return,
            }
        }
        if let Err(at) = self.find(estimate.dst) {
            self.estimates.insert(at, estimate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn dst(n: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, n])
    }

    const V6: IpAddr = IpAddr::V6(core::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

    #[test]
    fn estimates_fall_and_are_forgotten() {
        let mut cache = PathMtuCache::new(4, FaultSet::NONE);
        let at = Instant::from_secs;
        assert_eq!(cache.get(at(0), dst(1), 1_500), 1_500);
        assert_eq!(cache.update(at(0), dst(1), 1_400, 1_500, 1_500), Some(1_400));
        assert_eq!(cache.update(at(1), dst(1), 1_450, 1_500, 1_500), None);
        assert_eq!(cache.update(at(1), dst(1), 1_400, 1_500, 1_500), None);
        assert_eq!((cache.get(at(2), dst(1), 1_500), cache.get(at(2), dst(2), 1_500)), (1_400, 1_500));
        assert_eq!(cache.get(at(2), dst(1), 1_300), 1_300);
        assert_eq!(cache.update(at(3), dst(1), 1_300, 1_400, 1_500), Some(1_300));
        assert_eq!(cache.get(at(602), dst(1), 1_500), 1_300);
        assert_eq!(cache.get(at(603), dst(1), 1_500), 1_500);
        cache.forget(dst(1));
        assert!(cache.is_empty());
        let mut cache = cache.with_age(Duration::MAX);
        cache.update(at(0), dst(1), 1_400, 1_500, 1_500);
        assert_eq!(cache.get(Instant::FAR_FUTURE, dst(1), 1_500), 1_400);
    }

    #[rstest]
    #[case(dst(1), 67, None)]
    #[case(dst(1), 68, Some(68))]
    #[case(dst(1), 1_500, None)]
    #[case(dst(1), 9_000, None)]
    #[case(V6, 1_279, None)]
    #[case(V6, 0, None)]
    #[case(V6, 1_280, Some(1_280))]
    fn plausibility(#[case] dst: IpAddr, #[case] mtu: usize, #[case] expected: Option<usize>) {
        let mut cache = PathMtuCache::new(4, FaultSet::NONE);
        assert_eq!(cache.update(Instant::ZERO, dst, mtu, 1_500, 1_500), expected);
        assert_eq!(cache.get(Instant::ZERO, dst, 1_500), expected.unwrap_or(1_500));
    }

    #[rstest]
    #[case(1_500, Some(1_492))]
    #[case(1_492, Some(1_006))]
    #[case(576, Some(508))]
    #[case(68, None)]
    fn old_routers_say_nothing(#[case] packet_len: usize, #[case] expected: Option<usize>) {
        let mut cache = PathMtuCache::new(4, FaultSet::NONE);
        assert_eq!(cache.update(Instant::ZERO, dst(1), 0, packet_len, 1_500), expected);
    }

    #[test]
    fn the_oldest_gives_way() {
        let mut cache = PathMtuCache::new(3, FaultSet::NONE);
        for n in 0..10u8 {
            cache.update(Instant::from_secs(n.into()), dst(n ^ 5), 1_000, 1_500, 1_500);
            assert!(cache.len() <= 3);
        }
        let known: Vec<_> = (0..16).filter(|n| cache.get(Instant::from_secs(10), dst(*n), 1_500) == 1_000).collect();
        assert_eq!(known, [2, 12, 13]);
        let mut none = PathMtuCache::new(0, FaultSet::NONE);
        none.update(Instant::ZERO, dst(1), 1_000, 1_500, 1_500);
        assert!(none.is_empty());
    }
}
