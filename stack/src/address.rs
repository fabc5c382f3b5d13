//! What kind of address an address is.
//!
//! Read first: RFC 1122 3.2.1.3, RFC 6890 2.2, RFC 4291 2.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// ff02::1, all nodes of the link (RFC 4291 2.7.1).
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// ff02::2, all routers of the link.
pub const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// ff01::1, all nodes of the interface.
pub const ALL_NODES_INTERFACE: Ipv6Addr = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 1);
/// 224.0.0.1, all systems of the link (RFC 1112 4).
pub const ALL_SYSTEMS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);

/// Classes of IPv4 addresses as far as a host treats them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum V4Class {
    /// 0.0.0.0, "this host".
    Unspecified,
    /// The rest of 0.0.0.0/8, "this network" (RFC 1122 3.2.1.3 (b)).
    ThisNetwork,
    /// 127.0.0.0/8.
    Loopback,
    /// 224.0.0.0/4.
    Multicast,
    /// 255.255.255.255.
    LimitedBroadcast,
    /// The rest of 240.0.0.0/4 (RFC 1112 4).
    Reserved,
    /// Everything else: the address of one station, as far as the address alone can tell.
    Unicast,
}

/// The class of an IPv4 address.
pub const fn classify_v4(addr: Ipv4Addr) -> V4Class {
    match addr.octets() {
        [0, 0, 0, 0] => V4Class::Unspecified,
        [0, ..] => V4Class::ThisNetwork,
        [127, ..] => V4Class::Loopback,
        [224..=239, ..] => V4Class::Multicast,
        [255, 255, 255, 255] => V4Class::LimitedBroadcast,
        [240..=255, ..] => V4Class::Reserved,
        _ => V4Class::Unicast,
    }
}

/// Scopes of addresses, narrow to wide, with the numbers of RFC 4291 2.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Within one node.
    InterfaceLocal = 1,
    /// Within one link.
    LinkLocal = 2,
    /// Realm-local (RFC 7346).
    RealmLocal = 3,
    /// Configured by an administrator.
    AdminLocal = 4,
    /// Within one site.
    SiteLocal = 5,
    /// Within one organisation.
    OrganizationLocal = 8,
    /// Everywhere.
    Global = 14,
}

/// The scope of an address (RFC 6724 3.1 and 3.2: IPv4 loopback and 169.254/16 are link-local, all others global).
pub const fn scope(addr: IpAddr) -> Scope {
    match addr {
        IpAddr::V4(v4) => match v4.octets() {
            [127, ..] | [169, 254, ..] => Scope::LinkLocal,
            [224, 0, 0, _] => Scope::LinkLocal,
            _ => Scope::Global,
        },
        IpAddr::V6(v6) => match v6.segments()[0] {
            first @ 0xff00..=0xffff => match first & 0xf {
                0 | 1 => Scope::InterfaceLocal,
                2 => Scope::LinkLocal,
                3 => Scope::RealmLocal,
                4 => Scope::AdminLocal,
                5..=7 => Scope::SiteLocal,
                8..=13 => Scope::OrganizationLocal,
                _ => Scope::Global,
            },
            0xfe80..=0xfebf => Scope::LinkLocal,
            0xfec0..=0xfeff => Scope::SiteLocal,
            _ if v6.is_loopback() => Scope::LinkLocal,
            _ => Scope::Global,
        },
    }
}

/// Whether an address may never be the source of a packet from the wire, whatever the host: multicast, broadcast,
/// reserved and loopback addresses (RFC 1122 3.2.1.3; RFC 4291 2.5.3 and 2.7). The unspecified address may be, in
/// the few protocols that need it.
pub const fn is_martian_source(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(v4) => !matches!(classify_v4(v4), V4Class::Unicast | V4Class::Unspecified),
        IpAddr::V6(v6) => v6.is_multicast() || v6.is_loopback(),
    }
}

/// The solicited-node multicast address of a unicast address (RFC 4291 2.7.1): ff02::1:ff00:0/104 and its low 24 bits.
pub const fn solicited_node(addr: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(0xff02_0000_0000_0000_0000_0001_ff00_0000 | (addr.to_bits() & 0xff_ffff))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[rstest]
    #[case("0.0.0.0", V4Class::Unspecified)]
    #[case("0.1.2.3", V4Class::ThisNetwork)]
    #[case("127.255.0.1", V4Class::Loopback)]
    #[case("223.255.255.255", V4Class::Unicast)]
    #[case("224.0.0.0", V4Class::Multicast)]
    #[case("239.255.255.255", V4Class::Multicast)]
    #[case("240.0.0.1", V4Class::Reserved)]
    #[case("255.255.255.254", V4Class::Reserved)]
    #[case("255.255.255.255", V4Class::LimitedBroadcast)]
    fn classes(#[case] addr: &str, #[case] class: V4Class) {
        assert_eq!(classify_v4(addr.parse().unwrap()), class);
    }

    #[rstest]
    #[case("169.254.1.1", Scope::LinkLocal)]
    #[case("10.0.0.1", Scope::Global)]
    #[case("fe80::1", Scope::LinkLocal)]
    #[case("fd00::1", Scope::Global)]
    #[case("ff02::1", Scope::LinkLocal)]
    #[case("ff05::2", Scope::SiteLocal)]
    #[case("ff0e::1", Scope::Global)]
    #[case("::1", Scope::LinkLocal)]
    fn scopes(#[case] addr: &str, #[case] expected: Scope) {
        assert_eq!(scope(ip(addr)), expected);
    }

    #[test]
    fn the_solicited_node_example_of_rfc_4291() {
        let addr: Ipv6Addr = "4037::01:800:200E:8C6C".parse().unwrap();
        assert_eq!(solicited_node(addr), "FF02::1:FF0E:8C6C".parse::<Ipv6Addr>().unwrap());
    }
}
