//! Tests of the table: single rules, and a linear scan as the model.

use pretty_assertions::assert_eq;
use quickcheck::{Arbitrary, Gen, quickcheck};

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

#[test]
fn the_longest_prefix_wins_then_the_lowest_metric() {
    let mut table = RouteTable::new(10);
    let default = Route::via(prefix("0.0.0.0/0"), ip("192.0.2.1"), 0);
    let backup = Route { metric: 5, ..Route::via(prefix("0.0.0.0/0"), ip("192.0.2.2"), 0) };
    let equal = Route::via(prefix("0.0.0.0/0"), ip("192.0.2.3"), 0);
    let net = Route::via(prefix("203.0.113.0/24"), ip("192.0.2.4"), 1);
    let host = Route::via(prefix("203.0.113.7"), ip("192.0.2.5"), 2);
    for route in [backup, default, equal, net, host] {
        table.insert(route).unwrap();
    }
    assert_eq!(table.lookup(ip("203.0.113.7")), Some(&host));
    assert_eq!(table.lookup(ip("203.0.113.8")), Some(&net));
    assert_eq!(table.lookup(ip("203.0.114.8")), Some(&default));
    let all: Vec<_> = table.candidates(ip("203.0.113.7")).copied().collect();
    assert_eq!(all, [host, net, default, equal, backup]);
    assert_eq!(table.lookup(ip("2001:db8::1")), None);
}

#[test]
fn entries_are_told_apart_by_next_hop_and_interface() {
    let mut table = RouteTable::new(3);
    let route = Route::via(prefix("10.0.0.0/8"), ip("192.0.2.1"), 0);
    assert_eq!(table.insert(route), Ok(()));
    assert_eq!(table.insert(Route { metric: 9, ..route }), Err(RouteError::Exists));
    assert_eq!(table.replace(Route { metric: 9, ..route }), Ok(Some(route)));
    assert_eq!(table.lookup(ip("10.1.1.1")).map(|route| route.metric), Some(9));
    assert_eq!(table.insert(Route { interface: 1, ..route }), Ok(()));
    assert_eq!(table.insert(Route { next_hop: Some(ip("fe80::1")), ..route }), Err(RouteError::Family));
    assert_eq!(table.insert(Route { interface: 2, ..route }), Ok(()));
    assert_eq!(table.insert(Route { interface: 3, ..route }), Err(RouteError::Full));
    assert_eq!(table.replace(Route { interface: 3, ..route }), Err(RouteError::Full));
    assert_eq!(table.len(), 3);
    assert_eq!(table.remove(&Route { interface: 3, ..route }), None);
}

#[test]
fn replacing_with_a_bad_route_loses_nothing() {
    let mut table = RouteTable::new(3);
    let route = Route::via(prefix("10.0.0.0/8"), ip("192.0.2.1"), 0);
    table.insert(route).unwrap();
    assert!(table.replace(Route { next_hop: Some(ip("fe80::1")), ..route }).is_err());
    assert_eq!(table.lookup(ip("10.0.0.1")), Some(&route));
}

/// Prefixes that meet each other: few bits, both families.
#[derive(Clone, Copy, Debug)]
struct Near(Route);

impl Arbitrary for Near {
    fn arbitrary(g: &mut Gen) -> Self {
        let addr = near_address(g);
        let width = if addr.is_ipv4() { 32 } else { 128 };
        let len = *g.choose(&[0, 1, 2, 3, 4, 5, 6, 7, 8, width - 8, width - 2, width - 1, width]).unwrap();
        let prefix = Prefix::new(addr, len).unwrap();
        let next_hop = bool::arbitrary(g).then(|| near_address(g)).filter(|hop| hop.is_ipv4() == addr.is_ipv4());
        let interface = usize::from(u8::arbitrary(g) % 2);
        Self(Route { next_hop, metric: u32::arbitrary(g) % 3, ..Route::on_link(prefix, interface) })
    }
}

/// An address with few different first and last bits, so that prefixes overlap often.
fn near_address(g: &mut Gen) -> IpAddr {
    let (high, low) = (u8::arbitrary(g), u8::arbitrary(g) & 0x83);
    if bool::arbitrary(g) {
        IpAddr::from([high, 0, 0, low])
    } else {
        IpAddr::from((u128::from(high) << 120 | u128::from(low)).to_be_bytes())
    }
}

#[derive(Clone, Copy, Debug)]
struct Destination(IpAddr);

impl Arbitrary for Destination {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(near_address(g))
    }
}

/// The model: all routes to `dst` of a list in order of arrival, best first.
fn scan(model: &[Route], dst: IpAddr) -> Vec<Route> {
    let mut found: Vec<_> = model.iter().filter(|route| route.prefix.contains(dst)).copied().collect();
    found.sort_by_key(|route| (core::cmp::Reverse(route.prefix.len()), route.metric));
    found
}

/// No node is superfluous, children lie under their parents, and free lists tell the truth.
fn well_formed(table: &RouteTable) -> bool {
    let mut seen = 0;
    let mut open: Vec<(u32, u128, u8)> = Vec::new();
    open.extend(table.roots.iter().filter(|root| **root != NONE).map(|root| (*root, 0, 0)));
    while let Some((at, key, len)) = open.pop() {
        seen += 1;
        let node = &table.nodes[at as usize];
        let below = (node.key ^ key) & left_mask(len) == 0 && node.len >= len && node.key & !left_mask(node.len) == 0;
        let children: Vec<_> = node.children.iter().filter(|child| **child != NONE).collect();
        if !below || (node.first == NONE && children.len() != 2) {
            return false;
        }
        for (side, child) in node.children.iter().enumerate().filter(|(_, child)| **child != NONE) {
            if bit(table.nodes[*child as usize].key, node.len) != side {
                return false;
            }
            open.push((*child, node.key, node.len));
        }
    }
    seen + table.free_nodes.len() == table.nodes.len()
        && table.slots.iter().flatten().count() == table.len
        && table.len + table.free_slots.len() == table.slots.len()
}

quickcheck! {
    fn like_a_linear_scan(steps: Vec<(bool, Near)>, destinations: Vec<Destination>) -> bool {
        let mut table = RouteTable::new(1_000);
        let mut model: Vec<Route> = Vec::new();
        for (remove, Near(route)) in steps {
            let known = model.iter().position(|other| other.same_entry(&route));
            if remove {
                // Of what is there, mostly: something of the same prefix.
                let victim = model.iter().find(|other| other.prefix == route.prefix).copied().unwrap_or(route);
                let at = model.iter().position(|other| other.same_entry(&victim));
                if table.remove(&victim) != at.map(|at| model.remove(at)) {
                    return false;
                }
            } else if table.insert(route).is_ok() == known.is_some() {
                return false;
            } else if known.is_none() {
                model.push(route);
            }
            if !well_formed(&table) {
                return false;
            }
        }
        let ends = model.iter().map(|route| route.prefix.last());
        destinations.into_iter().map(|d| d.0).chain(ends).all(|dst| {
            let expected = scan(&model, dst);
            table.lookup(dst) == expected.first() && table.candidates(dst).copied().collect::<Vec<_>>() == expected
        })
    }

    fn an_emptied_table_is_empty(routes: Vec<Near>) -> bool {
        let mut table = RouteTable::new(1_000);
        for Near(route) in &routes {
            let _ = table.insert(*route);
        }
        for Near(route) in &routes {
            table.remove(route);
        }
        table.is_empty() && table.roots == [NONE; 2] && well_formed(&table)
    }
}
