//! The longest-prefix table against a linear scan. Read first: `stack/src/route/table.rs`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wireproof_stack::route::{Prefix, Route, RouteError, RouteKind, RouteTable};

use crate::digest::Digest;
use crate::generators::dna::Dna;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &[
    "found",
    "no route",
    "longer prefix won",
    "metric decided",
    "removed",
    "refused: full",
    "refused: exists",
    "replaced",
];

/// An address from a small space, so that prefixes nest and collide.
fn address(dna: &mut Dna) -> IpAddr {
    let bits = u32::from(dna.u16());
    if dna.below(2) == 0 {
        IpAddr::V4(Ipv4Addr::from(0x0a00_0000 | bits << 12 | u32::from(dna.u8())))
    } else {
        IpAddr::V6(Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(bits) << 60 | u128::from(dna.u8())))
    }
}

fn route(dna: &mut Dna) -> Route {
    let addr = address(dna);
    let width = if addr.is_ipv4() { 32 } else { 128 };
    let prefix = Prefix::new(addr, dna.below(width + 1) as u8).expect("the length fits the family");
    let next_hop = if dna.below(2) == 0 { None } else { Some(address(dna)) };
    let kind = *dna.choose(&[RouteKind::Unicast, RouteKind::Unicast, RouteKind::Blackhole, RouteKind::Unreachable]);
    Route { prefix, next_hop, interface: dna.below(3) as usize, metric: dna.below(3), mtu: None, kind }
}

fn same_entry(a: &Route, b: &Route) -> bool {
    (a.prefix, a.next_hop, a.interface, a.kind) == (b.prefix, b.next_hop, b.interface, b.kind)
}

/// Whether the first `prefix.len()` bits of `addr` are those of `prefix`; bit by bit.
fn matches(prefix: &Prefix, addr: IpAddr) -> bool {
    let bits = |addr: IpAddr| -> Vec<u8> {
        match addr {
            IpAddr::V4(addr) => addr.octets().to_vec(),
            IpAddr::V6(addr) => addr.octets().to_vec(),
        }
    };
    let (own, other) = (bits(prefix.addr()), bits(addr));
    let bit = |bytes: &[u8], index: usize| bytes[index / 8] >> (7 - index % 8) & 1;
    own.len() == other.len() && (0..usize::from(prefix.len())).all(|index| bit(&own, index) == bit(&other, index))
}

/// The best route of the list for `addr`: longest prefix, then lowest metric, then first come.
fn scan(list: &[Route], addr: IpAddr, digest: &mut Digest) -> Option<Route> {
    let matching: Vec<&Route> = list.iter().filter(|route| matches(&route.prefix, addr)).collect();
    let longest = matching.iter().map(|route| route.prefix.len()).max()?;
    let best: Vec<&&Route> = matching.iter().filter(|route| route.prefix.len() == longest).collect();
    let metric = best.iter().map(|route| route.metric).min()?;
    if best.len() < matching.len() {
        digest.mark("longer prefix won");
    }
    if best.iter().any(|route| route.metric != metric) {
        digest.mark("metric decided");
    }
    best.iter().find(|route| route.metric == metric).map(|route| ***route)
}

/// Any inserts, replacements, removals and lookups; table and list agree on each.
pub fn route_table(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let mut dna = Dna::new(data);
    let limit = 1 + dna.below(24) as usize;
    let mut table = RouteTable::new(limit);
    let mut list: Vec<Route> = Vec::new();
    while !dna.is_empty() {
        match dna.below(4) {
            0 => insert(&mut table, &mut list, limit, route(&mut dna), &mut digest),
            1 if !list.is_empty() => {
                let chosen = *dna.choose(&list);
                let route = if dna.below(2) == 0 { Route { metric: dna.below(3), ..chosen } } else { route(&mut dna) };
                let old = list.iter().position(|other| same_entry(other, &route)).map(|index| list.remove(index));
                assert_eq!(table.remove(&route), old, "removed");
                if old.is_some() {
                    digest.mark("removed");
                }
            }
            2 if !list.is_empty() => {
                let route = Route { metric: dna.below(3), ..*dna.choose(&list) };
                let index = list.iter().position(|other| same_entry(other, &route));
                let old = index.map(|index| list.remove(index));
                list.push(route);
                assert_eq!(table.replace(route), Ok(old), "replaced");
                digest.mark("replaced");
            }
            _ => {}
        }
        let addr = address(&mut dna);
        let found = table.lookup(addr).copied();
        assert_eq!(found, scan(&list, addr, &mut digest), "lookup of {addr}");
        digest.mark(if found.is_some() { "found" } else { "no route" });
        digest.see(&found.map(|route| (route.prefix, route.interface, route.metric)));
        assert_eq!((table.len(), table.is_empty()), (list.len(), list.is_empty()));
    }
    digest
}

fn insert(table: &mut RouteTable, list: &mut Vec<Route>, limit: usize, route: Route, digest: &mut Digest) {
    let wanted = if route.next_hop.is_some_and(|hop| hop.is_ipv4() != route.prefix.addr().is_ipv4()) {
        Err(RouteError::Family)
    } else if list.len() >= limit {
        digest.mark("refused: full");
        Err(RouteError::Full)
    } else if list.iter().any(|other| same_entry(other, &route)) {
        digest.mark("refused: exists");
        Err(RouteError::Exists)
    } else {
        Ok(())
    };
    assert_eq!(table.insert(route), wanted, "insert {route:?}");
    if wanted.is_ok() {
        list.push(route);
    }
}
