//! Which addresses and groups are ours, and which address to send from. What kind of address an address is:
//! [`crate::address`].
//!
//! Read first: RFC 1122 3.2.1.3, RFC 6724 5.

use core::net::{IpAddr, Ipv4Addr};

pub use crate::address::*;

use super::Cast;
use crate::errno::Errno;
use crate::route::Prefix;
use crate::route::prefix::left_aligned;

/// The number of leading bits that two addresses of one family share; 0 across families.
pub fn common_prefix_len(a: IpAddr, b: IpAddr) -> u8 {
    if a.is_ipv4() != b.is_ipv4() {
        return 0;
    }
    let width = if a.is_ipv4() { 32 } else { 128 };
    ((left_aligned(a) ^ left_aligned(b)).leading_zeros() as u8).min(width)
}

/// One of the host's own addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnAddress {
    /// The index of the interface that it belongs to.
    pub interface: usize,
    /// The address.
    pub addr: IpAddr,
    /// The length of the link's prefix.
    pub prefix_len: u8,
}

impl OwnAddress {
    /// The prefix of the link.
    pub fn prefix(&self) -> Prefix {
        Prefix::new(self.addr, self.prefix_len).unwrap_or(Prefix::host(self.addr))
    }
}

/// The addresses and multicast groups of a host. They are few: everything here is a walk along a short list.
#[derive(Clone, Debug, Default)]
pub struct LocalAddresses {
    addresses: Vec<OwnAddress>,
    groups: Vec<(usize, IpAddr)>,
    group_limit: usize,
}

impl LocalAddresses {
    /// No address yet; up to `group_limit` explicitly joined groups in all.
    pub const fn new(group_limit: usize) -> Self {
        Self { addresses: Vec::new(), groups: Vec::new(), group_limit }
    }

    /// Adds an address. Adding it again changes its prefix length. `Invalid` for an address that no host may have
    /// (multicast, broadcast, unspecified) or a prefix longer than the address.
    pub fn add(&mut self, interface: usize, addr: IpAddr, prefix_len: u8) -> Result<(), Errno> {
        let usable = match addr {
            IpAddr::V4(v4) => matches!(classify_v4(v4), V4Class::Unicast | V4Class::Loopback),
            IpAddr::V6(v6) => !v6.is_multicast() && !v6.is_unspecified(),
        };
        if !usable || Prefix::new(addr, prefix_len).is_none() {
            return Err(Errno::Invalid);
        }
        self.remove(interface, addr);
        self.addresses.push(OwnAddress { interface, addr, prefix_len });
        Ok(())
    }

    /// Takes an address away; false if the interface did not have it.
    pub fn remove(&mut self, interface: usize, addr: IpAddr) -> bool {
        let before = self.addresses.len();
        self.addresses.retain(|own| own.interface != interface || own.addr != addr);
        self.addresses.len() != before
    }

    /// All addresses, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &OwnAddress> {
        self.addresses.iter()
    }

    /// The addresses of one interface.
    pub fn of_interface(&self, interface: usize) -> impl Iterator<Item = &OwnAddress> {
        self.addresses.iter().filter(move |own| own.interface == interface)
    }

    /// Whether `addr` is a unicast address of any interface.
    pub fn is_own(&self, addr: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.addr == addr)
    }

    /// Whether `addr` is a unicast address of this interface.
    pub fn is_on(&self, interface: usize, addr: IpAddr) -> bool {
        self.of_interface(interface).any(|own| own.addr == addr)
    }

    /// Whether `addr` is on a link of this interface by one of its prefixes.
    pub fn is_on_link(&self, interface: usize, addr: IpAddr) -> bool {
        self.of_interface(interface).any(|own| own.prefix().contains(addr))
    }

    /// Whether `addr` is the directed broadcast address of a link: all ones behind the prefix, or all zeros as old
    /// hosts send it (RFC 1122 3.3.6). Prefixes longer than /30 have none (RFC 3021).
    pub fn is_directed_broadcast(&self, interface: Option<usize>, addr: Ipv4Addr) -> bool {
        let addr = IpAddr::V4(addr);
        self.addresses.iter().filter(|own| interface.is_none_or(|index| index == own.interface)).any(|own| {
            let prefix = own.prefix();
            own.addr.is_ipv4()
                && (1..=30).contains(&own.prefix_len)
                && (addr == prefix.last() || addr == prefix.addr())
                && addr != own.addr
        })
    }

    /// Joins a group on an interface. `Invalid` for an address that is no group, `AddressInUse` if it was joined,
    /// `NoBuffers` at the limit.
    pub fn join(&mut self, interface: usize, group: IpAddr) -> Result<(), Errno> {
        if !group.is_multicast() {
            return Err(Errno::Invalid);
        }
        if self.groups.contains(&(interface, group)) {
            return Err(Errno::AddressInUse);
        }
        if self.groups.len() >= self.group_limit {
            return Err(Errno::NoBuffers);
        }
        self.groups.push((interface, group));
        Ok(())
    }

    /// Leaves a group; false if it was not joined.
    pub fn leave(&mut self, interface: usize, group: IpAddr) -> bool {
        let before = self.groups.len();
        self.groups.retain(|&joined| joined != (interface, group));
        self.groups.len() != before
    }

    /// Whether packets to this group are for us on this interface: joined ones, all-systems, all-nodes and the
    /// solicited-node groups of our own addresses.
    pub fn is_member(&self, interface: usize, group: IpAddr) -> bool {
        let implied = match group {
            IpAddr::V4(v4) => v4 == ALL_SYSTEMS,
            IpAddr::V6(v6) => {
                v6 == ALL_NODES
                    || v6 == ALL_NODES_INTERFACE
                    || self.of_interface(interface).any(|own| match own.addr {
                        IpAddr::V6(addr) => solicited_node(addr) == v6,
                        IpAddr::V4(_) => false,
                    })
            }
        };
        implied || self.groups.contains(&(interface, group))
    }

    /// What `dst` is to this host as the destination of a packet from `interface`: `None` if it is not ours.
    /// Groups that were not joined are `None` as well.
    pub fn destination(&self, interface: usize, dst: IpAddr) -> Option<Cast> {
        if dst.is_multicast() {
            return self.is_member(interface, dst).then_some(Cast::Multicast);
        }
        if self.is_own(dst) {
            return Some(Cast::Unicast);
        }
        match dst {
            // RFC1122-3.3.6-1: zeros are an old way to write the limited broadcast address.
            IpAddr::V4(v4)
                if v4.is_broadcast() || v4.is_unspecified() || self.is_directed_broadcast(Some(interface), v4) =>
            {
                Some(Cast::Broadcast)
            }
            _ => None,
        }
    }

    /// The source address for a packet to `dst` out of `interface` (RFC 6724 5, rules 1, 2, 5 and 8): the
    /// destination itself if it is ours, then a fitting scope, then an address of the outgoing interface, then the
    /// longest common prefix, then the one that was added first.
    pub fn select_source(&self, interface: usize, dst: IpAddr) -> Option<IpAddr> {
        let wanted = scope(dst);
        self.addresses
            .iter()
            .filter(|own| own.addr.is_ipv4() == dst.is_ipv4())
            .filter(|own| own.interface == interface || scope(own.addr) != Scope::LinkLocal)
            .filter(|own| dst.is_loopback() || !own.addr.is_loopback() || own.addr == dst)
            .enumerate()
            .max_by_key(|(index, own)| {
                let own_scope = scope(own.addr);
                // Rule 2: the narrowest scope that is at least as wide as the destination's, else the widest.
                let fit = if own_scope >= wanted { 32 - own_scope as i32 } else { own_scope as i32 - 32 };
                (
                    own.addr == dst,
                    fit,
                    own.interface == interface,
                    common_prefix_len(own.addr, dst).min(own.prefix_len),
                    core::cmp::Reverse(*index),
                )
            })
            .map(|(_, own)| own.addr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn host() -> LocalAddresses {
        let mut local = LocalAddresses::new(2);
        for (interface, addr, len) in [
            (0, "192.0.2.1", 24),
            (0, "fe80::1", 64),
            (0, "2001:db8:1::1", 64),
            (1, "198.51.100.1", 31),
            (1, "fe80::2", 64),
            (1, "2001:db8:2::1", 64),
        ] {
            local.add(interface, ip(addr), len).unwrap();
        }
        local
    }

    #[rstest]
    #[case(0, "192.0.2.1", Some(Cast::Unicast))]
    #[case(1, "192.0.2.1", Some(Cast::Unicast))]
    #[case(0, "192.0.2.255", Some(Cast::Broadcast))]
    #[case(0, "192.0.2.0", Some(Cast::Broadcast))]
    #[case(1, "192.0.2.255", None)]
    #[case(1, "198.51.100.0", None)]
    #[case(1, "255.255.255.255", Some(Cast::Broadcast))]
    #[case(0, "224.0.0.1", Some(Cast::Multicast))]
    #[case(0, "224.0.0.251", None)]
    #[case(0, "ff02::1:ff00:1", Some(Cast::Multicast))]
    #[case(1, "ff02::1:ff00:3", None)]
    #[case(0, "2001:db8:9::1", None)]
    fn destinations(#[case] interface: usize, #[case] dst: &str, #[case] expected: Option<Cast>) {
        assert_eq!(host().destination(interface, ip(dst)), expected);
    }

    #[test]
    fn groups_are_bounded() {
        let mut local = host();
        assert_eq!(local.join(0, ip("192.0.2.9")), Err(Errno::Invalid));
        assert_eq!(local.join(0, ip("224.0.0.251")), Ok(()));
        assert_eq!(local.join(0, ip("224.0.0.251")), Err(Errno::AddressInUse));
        assert_eq!(local.join(1, ip("ff02::fb")), Ok(()));
        assert_eq!(local.join(1, ip("ff02::fc")), Err(Errno::NoBuffers));
        assert!(local.is_member(1, ip("ff02::fb")) && !local.is_member(0, ip("ff02::fb")));
        assert!(local.leave(1, ip("ff02::fb")) && !local.leave(1, ip("ff02::fb")));
    }

    #[rstest]
    #[case(0, "192.0.2.77", "192.0.2.1")]
    #[case(0, "203.0.113.9", "192.0.2.1")]
    #[case(1, "203.0.113.9", "198.51.100.1")]
    #[case(0, "fe80::99", "fe80::1")]
    #[case(1, "ff02::1", "fe80::2")]
    #[case(1, "2001:db8:99::1", "2001:db8:2::1")]
    #[case(0, "2001:db8:2::1", "2001:db8:2::1")]
    fn source_choice(#[case] interface: usize, #[case] dst: &str, #[case] expected: &str) {
        assert_eq!(host().select_source(interface, ip(dst)), Some(ip(expected)));
    }

    #[test]
    fn impossible_addresses_are_refused() {
        let mut local = LocalAddresses::default();
        for (addr, len) in [("224.0.0.1", 4), ("255.255.255.255", 32), ("::", 0), ("ff02::1", 128), ("10.0.0.1", 33)] {
            assert_eq!(local.add(0, ip(addr), len), Err(Errno::Invalid), "{addr}");
        }
        assert_eq!(local.select_source(0, ip("192.0.2.1")), None);
    }
}
