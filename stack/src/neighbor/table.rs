//! The entries of a neighbour cache: a bounded table, sorted for lookup, with a choice of what gives way.

use core::net::IpAddr;
use std::collections::VecDeque;

use super::NeighborState;
use crate::time::Instant;
use crate::wire::ethernet::MacAddress;

/// What is known about one neighbour.
#[derive(Debug)]
pub(super) struct Entry {
    pub addr: IpAddr,
    /// Meaningless in `Incomplete`.
    pub mac: MacAddress,
    pub state: NeighborState,
    pub is_router: bool,
    pub is_static: bool,
    /// End of `Reachable`.
    pub expires: Instant,
    /// When something has to happen in `Incomplete`, `Delay` and `Probe`.
    pub timer: Option<Instant>,
    /// Requests since the state was entered.
    pub sent: u8,
    /// A request waits to be fetched.
    pub request_due: bool,
    /// Waiting packets may go and wait to be fetched.
    pub release_due: bool,
    /// The address of ours that requests name.
    pub source: Option<IpAddr>,
    /// IP packets that wait.
    pub waiting: VecDeque<Vec<u8>>,
    /// When it was last used, as a count of uses.
    pub used: u64,
}

impl Entry {
    pub fn new(addr: IpAddr) -> Self {
        Self {
            addr,
            mac: MacAddress::UNSPECIFIED,
            state: NeighborState::Incomplete,
            is_router: false,
            is_static: false,
            expires: Instant::ZERO,
            timer: None,
            sent: 0,
            request_due: false,
            release_due: false,
            source: None,
            waiting: VecDeque::new(),
            used: 0,
        }
    }

    /// What gives way first: questions nobody answered, then addresses in doubt, each by last use.
    fn rank(&self) -> (u8, u64) {
        let class = match self.state {
            NeighborState::Incomplete => 0,
            NeighborState::Stale => 1,
            _ => 2,
        };
        (class, self.used)
    }
}

/// One integer per address; IPv4 addresses as the IPv4-mapped IPv6 addresses that never stand on a wire.
fn key(addr: IpAddr) -> u128 {
    match addr {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[derive(Debug)]
pub(super) struct Table {
    /// Sorted by key; the slot of each entry.
    index: Vec<(u128, u32)>,
    slots: Vec<Option<Entry>>,
    free: Vec<u32>,
    limit: usize,
    uses: u64,
}

impl Table {
    pub fn new(limit: usize) -> Self {
        Self { index: Vec::new(), slots: Vec::new(), free: Vec::new(), limit: limit.max(1), uses: 0 }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().flatten()
    }

    /// The slot of an address; slots stay the same while the entry lives.
    pub fn find(&self, addr: IpAddr) -> Option<u32> {
        let at = self.index.binary_search_by_key(&key(addr), |(key, _)| *key).ok()?;
        Some(self.index[at].1)
    }

    pub fn get(&mut self, slot: u32) -> Option<&mut Entry> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    pub fn peek(&self, slot: u32) -> Option<&Entry> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// Marks an entry as used now.
    pub fn touch(&mut self, slot: u32) {
        self.uses += 1;
        let uses = self.uses;
        if let Some(entry) = self.get(slot) {
            entry.used = uses;
        }
    }

    /// Makes an entry; another one may have to give way, and is returned. `None` if nothing can.
    pub fn insert(&mut self, addr: IpAddr) -> Option<(u32, Option<Entry>)> {
        let evicted = if self.index.len() >= self.limit {
            let victim = self.iter().filter(|e| !e.is_static).min_by_key(|e| e.rank())?.addr;
            self.remove(victim)
        } else {
            None
        };
        let entry = Some(Entry::new(addr));
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = entry;
                slot
            }
            None => {
                self.slots.push(entry);
                (self.slots.len() - 1) as u32
            }
        };
        let at = self.index.partition_point(|(other, _)| *other < key(addr));
        self.index.insert(at, (key(addr), slot));
        self.touch(slot);
        Some((slot, evicted))
    }

    pub fn remove(&mut self, addr: IpAddr) -> Option<Entry> {
        let at = self.index.binary_search_by_key(&key(addr), |(key, _)| *key).ok()?;
        let (_, slot) = self.index.remove(at);
        self.free.push(slot);
        self.slots.get_mut(slot as usize)?.take()
    }
}
