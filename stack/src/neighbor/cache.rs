//! The cache itself: states, timers, and the packets that wait.

use core::net::{IpAddr, Ipv6Addr};
use std::collections::VecDeque;

use super::frame::{self, Advertisement};
use super::table::{Entry, Table};
use super::{NeighborConfig, NeighborInfo, NeighborState, Unresolved};
use crate::address::solicited_node;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::rng::Rng;
use crate::time::{Duration, Instant};
use crate::wire::arp::ArpRepr;
use crate::wire::ethernet::MacAddress;

/// Replies that may wait to be fetched.
const MAX_REPLIES: usize = 64;
/// Undeliverable packets that may wait to be fetched.
const MAX_UNRESOLVED: usize = 64;
/// Buffers kept for reuse.
const MAX_SPARE: usize = 32;

/// Something that waits to be sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// The request that the entry of this address has due.
    Request(IpAddr),
    /// The packets that wait for this address.
    Release(IpAddr),
    /// An ARP packet to a station.
    Arp(ArpRepr, MacAddress),
    /// An advertisement to all nodes.
    Advertise(Advertisement),
}

/// The neighbours of one interface.
#[derive(Debug)]
pub struct NeighborCache {
    pub(super) config: NeighborConfig,
    pub(super) table: Table,
    rng: Rng,
    work: VecDeque<Work>,
    replies: usize,
    unresolved: VecDeque<Unresolved>,
    spare: Vec<Vec<u8>>,
    /// Slots with a timer.
    active: Vec<u32>,
    /// An address of ours, for probes of neighbours that were learnt without one.
    pub(super) own_v6: Option<Ipv6Addr>,
}

impl NeighborCache {
    /// An empty cache.
    pub fn new(config: NeighborConfig) -> Self {
        Self {
            config,
            table: Table::new(config.entries),
            rng: Rng::new(config.seed),
            work: VecDeque::new(),
            replies: 0,
            unresolved: VecDeque::new(),
            spare: Vec::new(),
            active: Vec::new(),
            own_v6: None,
        }
    }

    /// Tells an IPv6 address of this interface (the link-local one) that probes may be sent from if nothing better is
    /// known.
    pub fn set_own_address(&mut self, addr: Ipv6Addr) {
        self.own_v6 = Some(addr);
    }

    /// Says whether advertisements name us a router from now on.
    pub fn set_router(&mut self, is_router: bool) {
        self.config.is_router = is_router;
    }

    /// The link-layer address to send to, if it is known; counts as use (a stale entry starts to be probed).
    pub fn resolve(&mut self, now: Instant, next_hop: IpAddr) -> Option<MacAddress> {
        let slot = self.table.find(next_hop)?;
        self.table.touch(slot);
        let entry = self.table.get(slot)?;
        let mac = entry.mac;
        if entry.is_static {
            return Some(mac);
        }
        match entry.state {
            NeighborState::Incomplete => None,
            // RFC1122-2.3.2.1-1: what was learnt by ARP is forgotten after a while, used or not.
            NeighborState::Reachable if entry.addr.is_ipv4() => {
                if now < entry.expires || self.config.faults.has(Fault::ArpNeverExpires) {
                    return Some(mac);
                }
                self.forget(next_hop);
                None
            }
            NeighborState::Reachable if now < entry.expires => Some(mac),
            NeighborState::Reachable | NeighborState::Stale => {
                // RFC 4861 7.3.3: the first packet to a stale neighbour starts DELAY.
                let probes = !self.config.faults.has(Fault::NdpNeverProbes);
                entry.state = if probes { NeighborState::Delay } else { NeighborState::Stale };
                if probes {
                    self.set_timer(slot, Some(now + self.config.timers.delay_first_probe));
                }
                Some(mac)
            }
            NeighborState::Delay | NeighborState::Probe => Some(mac),
        }
    }

    /// Keeps an IP packet until its next hop is known, and asks for it. `source` is an address of this interface,
    /// which requests will name as theirs (RFC 4861 7.2.2: the packet's own source if it is ours).
    /// The packet that gave way, or this one, is named by the reason in `Err`.
    pub fn enqueue(&mut self, now: Instant, next_hop: IpAddr, source: IpAddr, packet: &[u8]) -> Result<(), DropReason> {
        let slot = match self.table.find(next_hop) {
            Some(slot) => slot,
            None => self.insert(next_hop).ok_or(DropReason::NeighborQueueFull)?,
        };
        self.table.touch(slot);
        if let IpAddr::V6(addr) = source {
            self.own_v6 = self.own_v6.or(Some(addr));
        }
        let faults = self.config.faults;
        let limit = self.config.queue.max(1);
        let mut buffer = self.spare.pop().unwrap_or_default();
        let Some(entry) = self.table.get(slot) else {
            return Err(DropReason::NeighborQueueFull);
        };
        entry.source = Some(source);
        // RFC1122-2.3.2.2-1, RFC4861-7.2.2-8: the newest packets are kept.
        let old = if entry.waiting.len() >= limit { entry.waiting.pop_front() } else { None };
        let overflow = old.is_some();
        if !faults.has(Fault::ArpPendingDropped) {
            buffer.clear();
            buffer.extend_from_slice(packet);
            entry.waiting.push_back(buffer);
        }
        if entry.state != NeighborState::Incomplete {
            self.release(slot);
        } else if entry.timer.is_none() {
            entry.sent = 0;
            self.request(now, slot);
        } else if faults.has(if next_hop.is_ipv4() { Fault::ArpFlood } else { Fault::NdpFlood }) {
            self.request(now, slot);
        }
        if let Some(old) = old {
            self.recycle(old);
        }
        if overflow { Err(DropReason::NeighborQueueFull) } else { Ok(()) }
    }

    /// An upper layer saw progress that proves the neighbour reachable (RFC4861-7.3.1-1). ARP entries do not care.
    pub fn confirm(&mut self, now: Instant, next_hop: IpAddr) {
        let Some(slot) = self.table.find(next_hop) else {
            return;
        };
        let usable = self.table.peek(slot).is_some_and(|e| !e.is_static && e.state != NeighborState::Incomplete);
        if next_hop.is_ipv6() && usable {
            self.set_reachable(now, slot);
        }
    }

    /// Enters an address by hand; it never times out and is never replaced by what the wire says.
    pub fn insert_static(&mut self, addr: IpAddr, mac: MacAddress) -> Result<(), DropReason> {
        let slot = match self.table.find(addr) {
            Some(slot) => slot,
            None => self.insert(addr).ok_or(DropReason::NeighborQueueFull)?,
        };
        self.set_timer(slot, None);
        if let Some(entry) = self.table.get(slot) {
            entry.mac = mac;
            entry.is_static = true;
            entry.state = NeighborState::Reachable;
            entry.expires = Instant::FAR_FUTURE;
        }
        self.release(slot);
        Ok(())
    }

    /// Takes a link-layer address from a message that proves nothing about reachability (RFC 4861 7.3.3: router
    /// advertisements, redirects, solicitations). `is_router` changes the flag only if it is given.
    pub fn learn(&mut self, addr: IpAddr, mac: MacAddress, is_router: Option<bool>) {
        let Some(slot) = self.table.find(addr).or_else(|| self.insert(addr)) else {
            return;
        };
        let Some(entry) = self.table.get(slot) else {
            return;
        };
        entry.is_router = is_router.unwrap_or(entry.is_router);
        // RFC4861-7.2.3-4: STALE if the address is new; else nothing was learnt.
        if entry.is_static || (entry.state != NeighborState::Incomplete && entry.mac == mac) {
            return;
        }
        entry.mac = mac;
        entry.state = NeighborState::Stale;
        self.set_timer(slot, None);
        self.release(slot);
    }

    /// Forgets a neighbour; packets that wait for it are dropped.
    pub fn remove(&mut self, addr: IpAddr) -> bool {
        self.forget(addr)
    }

    /// The entries, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = NeighborInfo> {
        self.table.iter().map(|entry| NeighborInfo {
            addr: entry.addr,
            mac: (entry.state != NeighborState::Incomplete).then_some(entry.mac),
            state: entry.state,
            is_router: entry.is_router,
            is_static: entry.is_static,
        })
    }

    /// Makes us say unasked which address is ours: an ARP announcement (RFC 5227 2.3) or an unsolicited
    /// neighbour advertisement (RFC 4861 7.2.6).
    pub fn announce(&mut self, addr: IpAddr) -> Result<(), DropReason> {
        let mac = self.config.mac;
        self.reply(match addr {
            IpAddr::V4(v4) => Work::Arp(frame::arp_request(mac, v4, v4), MacAddress::BROADCAST),
            // RFC4861-7.2.6-3: the solicited flag is zero.
            IpAddr::V6(v6) => Work::Advertise(Advertisement {
                dst: crate::address::ALL_NODES,
                target: v6,
                router: self.config.is_router,
                solicited: false,
                override_flag: true,
                mac: Some(mac),
            }),
        })
    }

    /// Writes the next Ethernet frame to send to the start of `out` and returns its length. `out` should have room for
    /// the largest frame of the link: what does not fit is lost.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        let _ = now;
        loop {
            let len = match self.work.pop_front()? {
                Work::Request(addr) => self.write_request(addr, out),
                Work::Release(addr) => self.write_waiting(addr, out),
                Work::Arp(repr, dst) => {
                    self.replies -= 1;
                    frame::arp(&repr, dst, out)
                }
                Work::Advertise(advertisement) => {
                    self.replies -= 1;
                    advertisement.multicast_frame(self.config.mac, out)
                }
            };
            if len.is_some() {
                return len;
            }
        }
    }

    /// The next packet that waited in vain.
    pub fn poll_unreachable(&mut self) -> Option<Unresolved> {
        self.unresolved.pop_front()
    }

    /// Gives a packet's buffer back.
    pub fn recycle(&mut self, packet: Vec<u8>) {
        if self.spare.len() < MAX_SPARE {
            self.spare.push(packet);
        }
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.active.iter().filter_map(|slot| self.table.peek(*slot)?.timer).min()
    }

    /// Lets time pass: requests are repeated, entries probed, given up, forgotten.
    pub fn handle_timeout(&mut self, now: Instant) {
        let mut at = 0;
        while let Some(&slot) = self.active.get(at) {
            let due = self.table.peek(slot).and_then(|entry| entry.timer).is_some_and(|timer| timer <= now);
            // Expiry may take the entry, and with it this place in the list, away.
            if !due || self.expire(now, slot) {
                at += 1;
            }
        }
    }

    /// The timer of an entry ran out. False if the entry is gone.
    fn expire(&mut self, now: Instant, slot: u32) -> bool {
        let timers = self.config.timers;
        let Some(entry) = self.table.get(slot) else {
            return true;
        };
        let addr = entry.addr;
        let limit = match (entry.state, addr) {
            (NeighborState::Incomplete, IpAddr::V4(_)) => timers.arp_requests,
            (NeighborState::Incomplete, IpAddr::V6(_)) => timers.max_multicast_solicit,
            (NeighborState::Delay, _) => {
                entry.state = NeighborState::Probe;
                entry.sent = 0;
                timers.max_unicast_solicit
            }
            _ => timers.max_unicast_solicit,
        };
        if entry.sent < limit.max(1) {
            self.request(now, slot);
            return true;
        }
        // RFC4861-7.2.2-11, RFC4861-7.3.3-1 and -2: nobody there; who sent the packets is to be told.
        let waiting = core::mem::take(&mut entry.waiting);
        for packet in waiting {
            if self.unresolved.len() < MAX_UNRESOLVED {
                self.unresolved.push_back(Unresolved { next_hop: addr, packet });
            }
        }
        self.forget(addr);
        false
    }

    /// Makes an entry in `Incomplete` that nobody asks for yet.
    pub(super) fn insert(&mut self, addr: IpAddr) -> Option<u32> {
        let (slot, evicted) = self.table.insert(addr)?;
        if let Some(evicted) = evicted {
            // The new entry may have taken the old one's slot: it has no timer yet.
            self.discard(evicted);
        }
        self.active.retain(|active| self.table.peek(*active).is_some_and(|entry| entry.timer.is_some()));
        Some(slot)
    }

    fn forget(&mut self, addr: IpAddr) -> bool {
        if let Some(slot) = self.table.find(addr) {
            self.set_timer(slot, None);
        }
        let removed = self.table.remove(addr);
        let existed = removed.is_some();
        if let Some(entry) = removed {
            self.discard(entry);
        }
        existed
    }

    fn discard(&mut self, entry: Entry) {
        for packet in entry.waiting {
            self.recycle(packet);
        }
    }

    /// Sets or clears an entry's timer.
    fn set_timer(&mut self, slot: u32, timer: Option<Instant>) {
        let Some(entry) = self.table.get(slot) else {
            return;
        };
        let had = entry.timer.is_some();
        entry.timer = timer;
        match (had, timer.is_some()) {
            (false, true) => self.active.push(slot),
            (true, false) => self.active.retain(|active| *active != slot),
            _ => {}
        }
    }

    /// Makes a request due and sets the timer for the next one. RFC1122-2.3.2.1-2, RFC4861-7.3.3-3: this is the only
    /// place where requests begin, and the timer keeps them apart.
    fn request(&mut self, now: Instant, slot: u32) {
        let timers = self.config.timers;
        let Some(entry) = self.table.get(slot) else {
            return;
        };
        entry.sent = entry.sent.saturating_add(1);
        // Requests that nobody fetched, of entries that gave way: the timer tries again.
        let room = self.work.len() < 4 * self.config.entries + MAX_REPLIES;
        let wait = if entry.addr.is_ipv4() { timers.arp_retransmit } else { timers.retrans_timer };
        if !entry.request_due && room {
            entry.request_due = true;
            self.work.push_back(Work::Request(entry.addr));
        }
        self.set_timer(slot, Some(now + wait.max(Duration::from_millis(1))));
    }

    /// The address is known: what waited may go.
    pub(super) fn release(&mut self, slot: u32) {
        if let Some(entry) = self.table.get(slot)
            && !entry.waiting.is_empty()
            && !entry.release_due
        {
            entry.release_due = true;
            self.work.push_back(Work::Release(entry.addr));
        }
    }

    /// The neighbour has just proved to be there.
    pub(super) fn set_reachable(&mut self, now: Instant, slot: u32) {
        let timers = self.config.timers;
        // RFC 4861 6.3.2: ReachableTime is between 0.5 and 1.5 times BaseReachableTime.
        let base = timers.reachable_time.as_micros();
        let reachable = Duration::from_micros(base / 2 + self.rng.below(base.saturating_add(1)));
        self.set_timer(slot, None);
        if let Some(entry) = self.table.get(slot) {
            let lifetime = if entry.addr.is_ipv4() { timers.arp_timeout } else { reachable };
            entry.state = NeighborState::Reachable;
            entry.expires = now + lifetime;
        }
    }

    /// The neighbour's address is known, but nothing proves that it is there.
    pub(super) fn set_stale(&mut self, slot: u32) {
        self.set_timer(slot, None);
        if let Some(entry) = self.table.get(slot) {
            entry.state = NeighborState::Stale;
        }
    }

    /// Queues a reply.
    pub(super) fn reply(&mut self, work: Work) -> Result<(), DropReason> {
        if self.replies >= MAX_REPLIES {
            return Err(DropReason::ControlQueueFull);
        }
        self.replies += 1;
        self.work.push_back(work);
        Ok(())
    }

    fn write_request(&mut self, addr: IpAddr, out: &mut [u8]) -> Option<usize> {
        let slot = self.table.find(addr)?;
        let config = self.config;
        let own_v6 = self.own_v6;
        let entry = self.table.get(slot)?;
        if !core::mem::take(&mut entry.request_due) {
            return None;
        }
        match (addr, entry.source) {
            (IpAddr::V4(target), Some(IpAddr::V4(source))) => {
                frame::arp(&frame::arp_request(config.mac, source, target), MacAddress::BROADCAST, out)
            }
            (IpAddr::V6(target), source) => {
                let source = match source {
                    Some(IpAddr::V6(source)) => source,
                    _ => own_v6?,
                };
                // RFC4861-7.2.2-2: by multicast while the address is unknown, with our own address in it.
                let dst = match entry.state {
                    NeighborState::Probe => (target, entry.mac),
                    _ => (solicited_node(target), MacAddress::multicast_v6(solicited_node(target))),
                };
                let with_option = !config.faults.has(Fault::NdpSourceOptionMissing);
                frame::solicitation(config.mac, source, target, dst, with_option, out)
            }
            _ => None,
        }
    }

    fn write_waiting(&mut self, addr: IpAddr, out: &mut [u8]) -> Option<usize> {
        let slot = self.table.find(addr)?;
        let mac = self.config.mac;
        let entry = self.table.get(slot)?;
        entry.release_due = false;
        if entry.state == NeighborState::Incomplete {
            return None;
        }
        let dst = entry.mac;
        let packet = entry.waiting.pop_front()?;
        if !entry.waiting.is_empty() {
            entry.release_due = true;
            self.work.push_front(Work::Release(addr));
        }
        let len = frame::ip(mac, dst, addr, &packet, out);
        self.recycle(packet);
        len
    }
}
