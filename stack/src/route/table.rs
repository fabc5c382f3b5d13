//! The longest-prefix table: a path-compressed binary trie per family, in one arena.
//!
//! Read first: RFC 1812 5.2.4.3 (rules for choosing among routes), RFC 1122 3.3.1.2.
//!
//! A node stands for a prefix. Either it carries routes or it has two children; a node with one child and no route
//! does not exist, so there are at most twice as many nodes as prefixes, and a lookup visits at most one node per
//! bit that tells two stored prefixes apart. Lookups allocate nothing.

use core::fmt;
use core::net::IpAddr;

use super::prefix::{Prefix, left_aligned, left_mask};
use crate::fault::{Fault, FaultSet};

/// What happens to a packet that a route matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum RouteKind {
    /// It is sent.
    #[default]
    Unicast,
    /// It is dropped in silence.
    Blackhole,
    /// It is dropped and its sender is told by an ICMP destination unreachable.
    Unreachable,
}

/// One route. The same prefix may have several, told apart by next hop and interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The destinations it leads to.
    pub prefix: Prefix,
    /// The router to send to; `None` if the destinations are on the link itself.
    pub next_hop: Option<IpAddr>,
    /// The index of the outgoing interface; without meaning unless `kind` is `Unicast`.
    pub interface: usize,
    /// Among routes of the same prefix the lowest metric wins, then the one that was there first.
    pub metric: u32,
    /// The largest packet in octets for this route, if less than the interface's.
    pub mtu: Option<usize>,
    /// What happens to the packet.
    pub kind: RouteKind,
}

impl Route {
    /// A route to destinations on the link of `interface`, metric 0.
    pub const fn on_link(prefix: Prefix, interface: usize) -> Self {
        Self { prefix, next_hop: None, interface, metric: 0, mtu: None, kind: RouteKind::Unicast }
    }

    /// A route through the router `next_hop`, metric 0.
    pub const fn via(prefix: Prefix, next_hop: IpAddr, interface: usize) -> Self {
        Self { prefix, next_hop: Some(next_hop), interface, metric: 0, mtu: None, kind: RouteKind::Unicast }
    }

    fn check_family(&self) -> Result<(), RouteError> {
        let other = self.next_hop.is_some_and(|hop| hop.is_ipv4() != self.prefix.addr().is_ipv4());
        if other { Err(RouteError::Family) } else { Ok(()) }
    }

    /// Whether the two are the same entry of a table: prefix, next hop, interface and kind agree.
    fn same_entry(&self, other: &Self) -> bool {
        self.prefix == other.prefix
            && self.next_hop == other.next_hop
            && self.interface == other.interface
            && self.kind == other.kind
    }
}

/// Why a route was not taken into a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// The table has this entry already (same prefix, next hop, interface and kind).
    Exists,
    /// The table holds as many routes as it may.
    Full,
    /// The next hop is of another family than the prefix.
    Family,
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "the table has this route already",
            Self::Full => "the table holds its limit of routes",
            Self::Family => "the next hop is of another family than the prefix",
        })
    }
}

impl core::error::Error for RouteError {}

/// "No node" and "no route".
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Node {
    /// The prefix, left aligned, bits behind `len` clear.
    key: u128,
    len: u8,
    children: [u32; 2],
    /// The best route of this prefix; the others follow in order of preference.
    first: u32,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    route: Route,
    next: u32,
}

/// A table of routes for both families.
#[derive(Clone, Debug)]
pub struct RouteTable {
    roots: [u32; 2],
    nodes: Vec<Node>,
    free_nodes: Vec<u32>,
    slots: Vec<Option<Slot>>,
    free_slots: Vec<u32>,
    len: usize,
    limit: usize,
    faults: FaultSet,
}

impl RouteTable {
    /// An empty table for up to `limit` routes.
    pub fn new(limit: usize) -> Self {
        Self {
            roots: [NONE; 2],
            nodes: Vec::new(),
            free_nodes: Vec::new(),
            slots: Vec::new(),
            free_slots: Vec::new(),
            len: 0,
            limit: limit.min(1 << 30),
            faults: FaultSet::NONE,
        }
    }

    /// The same table with planted faults.
    pub fn with_faults(mut self, faults: FaultSet) -> Self {
        self.faults = faults;
        self
    }

    /// The number of routes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no route at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a route.
    pub fn insert(&mut self, route: Route) -> Result<(), RouteError> {
        route.check_family()?;
        if self.len >= self.limit {
            return Err(RouteError::Full);
        }
        if self.find_slot(&route).is_some() {
            return Err(RouteError::Exists);
        }
        let node = self.node_for(&route.prefix);
        let slot = Slot { route, next: NONE };
        let index = match self.free_slots.pop() {
            Some(index) => {
                self.slots[index as usize] = Some(slot);
                index
            }
            None => {
                self.slots.push(Some(slot));
                (self.slots.len() - 1) as u32
            }
        };
        self.link_slot(node, index, route.metric);
        self.len += 1;
        Ok(())
    }

    /// Adds a route or, if the table has the entry, gives it the new metric and MTU. Returns the old one.
    pub fn replace(&mut self, route: Route) -> Result<Option<Route>, RouteError> {
        // Refused before anything is taken out; an entry that is there makes its own room.
        route.check_family()?;
        let old = self.remove(&route);
        self.insert(route).map(|()| old)
    }

    /// Takes the entry with this prefix, next hop, interface and kind out; metric and MTU do not matter.
    pub fn remove(&mut self, route: &Route) -> Option<Route> {
        let (node, index) = self.find_slot(route)?;
        let removed = self.slots[index as usize].take()?;
        self.free_slots.push(index);
        self.len -= 1;
        if self.nodes[node as usize].first == index {
            self.nodes[node as usize].first = removed.next;
        } else {
            let mut at = self.nodes[node as usize].first;
            while let Some(slot) = self.slot_mut(at) {
                if slot.next == index {
                    slot.next = removed.next;
                    break;
                }
                at = slot.next;
            }
        }
        if self.nodes[node as usize].first == NONE {
            self.compact(route.prefix);
        }
        Some(removed.route)
    }

    /// The best route to `dst`: the longest prefix that contains it, then the lowest metric.
    pub fn lookup(&self, dst: IpAddr) -> Option<&Route> {
        self.candidates(dst).next()
    }

    /// Every route to `dst`, best first: longer prefixes before shorter ones, then by metric. For a host that has
    /// found its first choice dead (RFC 1122 3.3.1.5).
    pub fn candidates(&self, dst: IpAddr) -> Candidates<'_> {
        let key = left_aligned(dst);
        let mut best = NONE;
        let mut at = self.roots[family(dst)];
        while at != NONE {
            let node = &self.nodes[at as usize];
            if (key ^ node.key) & left_mask(node.len) != 0 {
                break;
            }
            if node.first != NONE {
                best = at;
                if self.faults.has(Fault::LpmShortestMatch) {
                    break;
                }
            }
            if node.len >= 128 {
                break;
            }
            at = node.children[bit(key, node.len)];
        }
        let (slot, len) = match self.nodes.get(best as usize) {
            Some(node) => (node.first, node.len),
            None => (NONE, 0),
        };
        Candidates { table: self, dst, slot, len }
    }

    /// Every route, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.slots.iter().flatten().map(|slot| &slot.route)
    }

    fn slot(&self, index: u32) -> Option<&Slot> {
        self.slots.get(index as usize)?.as_ref()
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot> {
        self.slots.get_mut(index as usize)?.as_mut()
    }

    /// The node and slot of the entry that equals `route`.
    fn find_slot(&self, route: &Route) -> Option<(u32, u32)> {
        let node =
            self.find_node(family(route.prefix.addr()), left_aligned(route.prefix.addr()), route.prefix.len())?;
        let mut index = self.nodes[node as usize].first;
        while let Some(slot) = self.slot(index) {
            if slot.route.same_entry(route) {
                return Some((node, index));
            }
            index = slot.next;
        }
        None
    }

    /// The node of exactly this prefix.
    fn find_node(&self, family: usize, key: u128, len: u8) -> Option<u32> {
        let mut at = self.roots[family];
        while let Some(node) = self.nodes.get(at as usize) {
            if node.len > len || (key ^ node.key) & left_mask(node.len) != 0 {
                return None;
            }
            if node.len == len {
                return Some(at);
            }
            at = node.children[bit(key, node.len)];
        }
        None
    }

    /// Puts a slot into its node's list: by metric, behind those of the same metric.
    fn link_slot(&mut self, node: u32, index: u32, metric: u32) {
        let mut before = NONE;
        let mut at = self.nodes[node as usize].first;
        while let Some(slot) = self.slot(at) {
            if slot.route.metric > metric {
                break;
            }
            before = at;
            at = slot.next;
        }
        if let Some(slot) = self.slot_mut(index) {
            slot.next = at;
        }
        match self.slot_mut(before) {
            Some(slot) => slot.next = index,
            None => self.nodes[node as usize].first = index,
        }
    }

    fn new_node(&mut self, node: Node) -> u32 {
        match self.free_nodes.pop() {
            Some(index) => {
                self.nodes[index as usize] = node;
                index
            }
            None => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as u32
            }
        }
    }

    fn set_link(&mut self, family: usize, parent: Option<(u32, usize)>, child: u32) {
        match parent {
            Some((parent, side)) => self.nodes[parent as usize].children[side] = child,
            None => self.roots[family] = child,
        }
    }

    /// The node of this prefix, made if there is none.
    fn node_for(&mut self, prefix: &Prefix) -> u32 {
        let (family, key, len) = (family(prefix.addr()), left_aligned(prefix.addr()), prefix.len());
        let mut parent = None;
        let mut at = self.roots[family];
        loop {
            let Some(node) = self.nodes.get(at as usize).copied() else {
                let leaf = self.new_node(Node { key, len, children: [NONE; 2], first: NONE });
                self.set_link(family, parent, leaf);
                return leaf;
            };
            let common = ((key ^ node.key).leading_zeros() as u8).min(len).min(node.len);
            if common == node.len && node.len == len {
                return at;
            }
            if common == node.len {
                let side = bit(key, node.len);
                parent = Some((at, side));
                at = node.children[side];
                continue;
            }
            // The new prefix leaves the path above `node`: it becomes the parent, or a fork does.
            let mut children = [NONE; 2];
            children[bit(node.key, common)] = at;
            let fork = self.new_node(Node { key: key & left_mask(common), len: common, children, first: NONE });
            self.set_link(family, parent, fork);
            if common == len {
                return fork;
            }
            let leaf = self.new_node(Node { key, len, children: [NONE; 2], first: NONE });
            self.nodes[fork as usize].children[bit(key, common)] = leaf;
            return leaf;
        }
    }

    /// Takes nodes out that carry no route and have fewer than two children, along the path to `prefix`.
    fn compact(&mut self, prefix: Prefix) {
        let (family, key) = (family(prefix.addr()), left_aligned(prefix.addr()));
        // The last three links of the path: taking a leaf out may make its parent superfluous, never more.
        let mut grandparent = None;
        let mut parent: Option<(u32, usize)> = None;
        let mut at = self.roots[family];
        while let Some(node) = self.nodes.get(at as usize) {
            if node.len >= prefix.len() {
                break;
            }
            let side = bit(key, node.len);
            let next = node.children[side];
            grandparent = parent;
            parent = Some((at, side));
            at = next;
        }
        if !self.splice(family, parent, at) {
            return;
        }
        if let Some((above, _)) = parent {
            self.splice(family, grandparent, above);
        }
    }

    /// Replaces a node without routes by its only child, or by nothing. Says whether the node is gone and had no child.
    fn splice(&mut self, family: usize, parent: Option<(u32, usize)>, at: u32) -> bool {
        let Some(node) = self.nodes.get(at as usize).copied() else {
            return false;
        };
        let child = match node.children {
            _ if node.first != NONE => return false,
            [a, NONE] => a,
            [NONE, b] => b,
            _ => return false,
        };
        self.set_link(family, parent, child);
        self.free_nodes.push(at);
        child == NONE
    }
}

/// The routes to one destination, best first. See [`RouteTable::candidates`].
#[derive(Clone, Debug)]
pub struct Candidates<'a> {
    table: &'a RouteTable,
    dst: IpAddr,
    slot: u32,
    len: u8,
}

impl<'a> Iterator for Candidates<'a> {
    type Item = &'a Route;

    fn next(&mut self) -> Option<&'a Route> {
        loop {
            if let Some(slot) = self.table.slot(self.slot) {
                self.slot = slot.next;
                return Some(&slot.route);
            }
            // The next shorter prefix that contains the destination and carries routes.
            self.slot = NONE;
            let key = left_aligned(self.dst);
            let mut found = None;
            let mut at = self.table.roots[family(self.dst)];
            while let Some(node) = self.table.nodes.get(at as usize) {
                if node.len >= self.len || (key ^ node.key) & left_mask(node.len) != 0 {
                    break;
                }
                if node.first != NONE {
                    found = Some(node);
                }
                at = node.children[bit(key, node.len)];
            }
            let node = found?;
            self.slot = node.first;
            self.len = node.len;
        }
    }
}

const fn family(addr: IpAddr) -> usize {
    if addr.is_ipv4() { 0 } else { 1 }
}

/// The bit behind the first `len` bits; 0 behind the last.
const fn bit(key: u128, len: u8) -> usize {
    if len >= 128 { 0 } else { (key >> (127 - len)) as usize & 1 }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
