//! Which connection a segment belongs to: a hash table from the 4-tuple to a socket slot.
//!
//! Open addressing with linear probing over pairs of (hash, slot), eight bytes each: a hundred thousand
//! connections fit in two megabytes. The tuples themselves stay with the connections; the caller compares. The hash is
//! keyed, so that nobody outside can choose tuples that collide.

use core::net::{IpAddr, SocketAddr};

use crate::rng::Rng;

/// Marks an empty entry.
const EMPTY: u32 = u32::MAX;
/// Entries of a table that holds something for the first time.
const FIRST: usize = 64;

/// A keyed hash of a connection's two ends, fast rather than strong.
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher {
    keys: [u64; 3],
}

impl TupleHasher {
    /// A hasher with keys drawn from `rng`.
    pub fn new(rng: &mut Rng) -> Self {
        Self { keys: [rng.next_u64(), rng.next_u64(), rng.next_u64()] }
    }

    /// The hash of a local and a remote end; IPv6 flow label and scope do not count.
    #[inline]
    pub fn hash(&self, local: SocketAddr, remote: SocketAddr) -> u32 {
        let ports = (u64::from(local.port()) << 16) | u64::from(remote.port());
        let mut state = fold(ports ^ self.keys[0], self.keys[1] | 1);
        match (local.ip(), remote.ip()) {
            (IpAddr::V4(local), IpAddr::V4(remote)) => {
                let pair = (u64::from(local.to_bits()) << 32) | u64::from(remote.to_bits());
                state = fold(state ^ pair, self.keys[2] | 1);
            }
            (local, remote) => {
                for address in [local, remote] {
                    let bits = match address {
                        IpAddr::V4(address) => u128::from(address.to_bits()),
                        IpAddr::V6(address) => address.to_bits(),
                    };
                    state = fold(state ^ (bits >> 64) as u64, self.keys[2] | 1);
                    state = fold(state ^ bits as u64, self.keys[1] | 1);
                }
            }
        }
        (state >> 32) as u32 ^ state as u32
    }
}

/// Multiplies to 128 bits and folds the halves: every input bit reaches every output bit.
#[inline]
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product >> 64) as u64 ^ product as u64
}

/// The table. It doubles when half full; entries leave without tombstones.
#[derive(Clone, Debug, Default)]
pub struct Demux {
    entries: Vec<(u32, u32)>,
    len: usize,
}

impl Demux {
    /// Connections in the table.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the table is empty.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slot whose tuple has this hash and for which `same` says yes.
    #[inline]
    pub fn find(&self, hash: u32, mut same: impl FnMut(u32) -> bool) -> Option<u32> {
        if self.entries.is_empty() {
            return None;
        }
        let mask = self.entries.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let (stored, slot) = self.entries[place];
            if slot == EMPTY {
                return None;
            }
            if stored == hash && same(slot) {
                return Some(slot);
            }
            place = (place + 1) & mask;
        }
    }

    /// Puts a slot in. The caller knows that its tuple is not there yet.
    pub fn insert(&mut self, hash: u32, slot: u32) {
        if (self.len + 1) * 2 > self.entries.len() {
            self.grow();
        }
        self.place(hash, slot);
        self.len += 1;
    }

    /// Takes a slot out; nothing happens if it is not there.
    pub fn remove(&mut self, hash: u32, slot: u32) {
        if self.entries.is_empty() {
            return;
        }
        let mask = self.entries.len() - 1;
        let mut hole = hash as usize & mask;
        while self.entries[hole] != (hash, slot) {
            if self.entries[hole].1 == EMPTY {
                return;
            }
            hole = (hole + 1) & mask;
        }
        // Entries behind the hole move into it if that is not before their own place.
        let mut next = (hole + 1) & mask;
        while self.entries[next].1 != EMPTY {
            let home = self.entries[next].0 as usize & mask;
            if next.wrapping_sub(home) & mask >= next.wrapping_sub(hole) & mask {
                self.entries[hole] = self.entries[next];
                hole = next;
            }
            next = (next + 1) & mask;
        }
        self.entries[hole] = (0, EMPTY);
        self.len -= 1;
    }

    fn place(&mut self, hash: u32, slot: u32) {
        let mask = self.entries.len() - 1;
        let mut place = hash as usize & mask;
        while self.entries[place].1 != EMPTY {
            place = (place + 1) & mask;
        }
        self.entries[place] = (hash, slot);
    }

    fn grow(&mut self) {
        let size = (self.entries.len() * 2).max(FIRST);
        let old = core::mem::replace(&mut self.entries, vec![(0, EMPTY); size]);
        for (hash, slot) in old.into_iter().filter(|entry| entry.1 != EMPTY) {
            self.place(hash, slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn neighbouring_tuples_spread() {
        let hasher = TupleHasher::new(&mut Rng::new(3));
        let local: SocketAddr = "192.0.2.1:80".parse().expect("an address");
        let mut buckets = [0u32; 1024];
        for port in 0..10_240u16 {
            let remote = SocketAddr::new([10, 0, 0, 1].into(), port);
            buckets[hasher.hash(local, remote) as usize % 1024] += 1;
        }
        assert!(buckets.iter().all(|&count| count < 40), "{buckets:?}");
    }

    #[test]
    fn scope_and_flow_label_do_not_count() {
        let hasher = TupleHasher::new(&mut Rng::new(3));
        let local: SocketAddr = "[fe80::1%3]:80".parse().expect("an address");
        let plain: SocketAddr = "[fe80::1]:80".parse().expect("an address");
        assert_eq!(hasher.hash(local, plain), hasher.hash(plain, plain));
    }

    quickcheck::quickcheck! {
        fn behaves_like_a_map(steps: Vec<(bool, u8, u8)>) -> bool {
            // Few hashes, so that probes run long and wrap round.
            let mut demux = Demux::default();
            let mut model = BTreeMap::new();
            for (insert, hash, key) in steps {
                let (hash, slot) = (u32::from(hash) | 0xffff_ffe0, u32::from(key));
                if insert && !model.contains_key(&slot) {
                    demux.insert(hash, slot);
                    model.insert(slot, hash);
                } else if let Some(hash) = model.remove(&slot) {
                    demux.remove(hash, slot);
                }
            }
            demux.len() == model.len()
                && model.iter().all(|(&slot, &hash)| demux.find(hash, |found| found == slot) == Some(slot))
        }
    }
}
