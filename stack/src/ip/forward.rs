//! What a router does with a packet that is not its own.
//!
//! Read first: RFC 1812 5.2 and 5.3, RFC 4443 3, RFC 1624 (checksum update), RFC 4861 8.2.

use core::net::{IpAddr, Ipv4Addr};

use super::address::LocalAddresses;
use super::{Cast, Datagram, IcmpError, Unreachable, options};
use crate::event::DropReason;
use crate::fault::{Fault, FaultSet};
use crate::route::{RouteKind, RouteTable};
use crate::time::Instant;
use crate::wire::ipv4::Ipv4Packet;

/// Policy of a router.
#[derive(Clone, Copy, Debug)]
pub struct ForwardConfig {
    /// Sends redirects.
    pub redirects: bool,
    /// Forwards directed broadcasts onto their link (RFC 2644 says no).
    pub directed_broadcasts: bool,
    /// Planted faults.
    pub faults: FaultSet,
}

impl Default for ForwardConfig {
    fn default() -> Self {
        Self { redirects: true, directed_broadcasts: false, faults: FaultSet::NONE }
    }
}

/// What becomes of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes out, after [`decrement_hop_limit`].
    Send {
        /// By this interface.
        interface: usize,
        /// To this neighbour.
        next_hop: IpAddr,
        /// Packets larger than this are cut first (IPv4 without DF; the others were refused).
        mtu: usize,
        /// A redirect to send to the source as well.
        redirect: Option<IcmpError>,
    },
    /// It is dropped in silence.
    Drop(DropReason),
    /// It is dropped and its sender told, if [`crate::icmp::may_send_error`] agrees.
    Error {
        /// What to tell.
        error: IcmpError,
        /// Why it is dropped.
        reason: DropReason,
    },
}

/// Decides about a packet that [`super::input::Verdict::Forward`] named. `mtu_of` gives an interface's MTU.
#[allow(clippy::too_many_arguments, reason = "each is one fact about the packet or the host")]
pub fn decide(
    config: &ForwardConfig,
    routes: &RouteTable,
    local: &LocalAddresses,
    interface: usize,
    link: Cast,
    packet: &[u8],
    datagram: &Datagram,
    mtu_of: impl Fn(usize) -> usize,
) -> Decision {
    let faults = config.faults;
    // RFC1812-5.3.4-1, RFC1812-5.3.4-2: frames to everyone are nobody's to forward.
    if link != Cast::Unicast && !faults.has(Fault::LinkBroadcastForwarded) {
        return Decision::Drop(DropReason::BadDestination);
    }
    if let Some(decision) = scope_of_addresses(config, local, datagram) {
        return decision;
    }
    // RFC1812-5.3.1-4, RFC4443-3.3-1: what would leave with zero does not leave.
    if datagram.hop_limit <= 1 && !faults.has(Fault::TtlZeroForwarded) {
        return Decision::Error { error: IcmpError::HopLimitExceeded, reason: DropReason::TtlExpired };
    }
    let options = packet.get(datagram.options()).unwrap_or(&[]);
    let routed = options::next_hop(options).filter(|_| local.is_own(datagram.dst)).map(IpAddr::V4);
    let dst = routed.unwrap_or(datagram.dst);
    let failed = |why, reason| Decision::Error { error: IcmpError::Unreachable(why), reason };
    let Some(route) = routes.lookup(dst) else {
        // RFC1812-5.2.4.3-5: no route; of a source route, the route failed.
        let why = if routed.is_some() { Unreachable::SourceRoute } else { Unreachable::Network };
        return failed(why, DropReason::NoRoute);
    };
    match route.kind {
        RouteKind::Unicast => {}
        RouteKind::Blackhole => return Decision::Drop(DropReason::NoRoute),
        RouteKind::Unreachable => return failed(Unreachable::RejectRoute, DropReason::NoRoute),
    }
    // RFC 791 3.1: the next stop of a strict source route is on a link of ours.
    if routed.is_some() && options::is_strict(options) && route.next_hop.is_some() {
        return failed(Unreachable::SourceRoute, DropReason::SourceRoute);
    }
    let mtu = mtu_of(route.interface).min(route.mtu.unwrap_or(usize::MAX));
    // RFC791-2.3-4, RFC4443-3.2-1: too large, and not to be cut on the way.
    if datagram.total_len > mtu && !may_be_cut(faults, packet, datagram) {
        let error = IcmpError::PacketTooBig { mtu: u32::try_from(mtu).unwrap_or(u32::MAX) };
        return Decision::Error { error, reason: DropReason::FragmentationNeeded };
    }
    let next_hop = route.next_hop.unwrap_or(dst);
    let redirect = (config.redirects && route.interface == interface && routed.is_none())
        .then(|| redirect(faults, local, interface, datagram, next_hop))
        .flatten();
    Decision::Send { interface: route.interface, next_hop, mtu, redirect }
}

/// Addresses whose packets stay where they are.
fn scope_of_addresses(config: &ForwardConfig, local: &LocalAddresses, datagram: &Datagram) -> Option<Decision> {
    match (datagram.src, datagram.dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            // RFC1812-5.3.7-1; RFC 3927 2.7: link-local packets are not forwarded.
            if src.is_unspecified() || src.is_link_local() || dst.is_link_local() {
                return Some(Decision::Drop(DropReason::BadSource));
            }
            // RFC 2644 2: a directed broadcast is not sent onto its link unless someone wants that.
            (local.is_directed_broadcast(None, dst) && !config.directed_broadcasts)
                .then_some(Decision::Drop(DropReason::BadDestination))
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            if src.is_unspecified() || dst.is_unicast_link_local() {
                return Some(Decision::Drop(DropReason::BadSource));
            }
            // RFC 4443 3.1 code 2: beyond the scope of the source address.
            src.is_unicast_link_local().then_some(Decision::Error {
                error: IcmpError::Unreachable(Unreachable::BeyondScope),
                reason: DropReason::BadSource,
            })
        }
        _ => Some(Decision::Drop(DropReason::Malformed)),
    }
}

/// Whether a router may fragment the packet: IPv4 without DF.
fn may_be_cut(faults: FaultSet, packet: &[u8], datagram: &Datagram) -> bool {
    datagram.src.is_ipv4()
        && (packet.get(6).is_some_and(|flags| flags & 0x40 == 0) || faults.has(Fault::DontFragmentIgnored))
}

/// RFC1812-5.2.7.2-6, RFC 4861 8.2: the source is a neighbour on the link that the packet leaves by, and `next_hop` is one
/// that it can send to itself.
fn redirect(
    faults: FaultSet,
    local: &LocalAddresses,
    interface: usize,
    datagram: &Datagram,
    next_hop: IpAddr,
) -> Option<IcmpError> {
    let neighbors = local.of_interface(interface).any(|own| {
        let prefix = own.prefix();
        prefix.contains(datagram.src) && (prefix.contains(next_hop) || next_hop.is_ipv6())
    });
    if !neighbors && !faults.has(Fault::RedirectOffLink) {
        return None;
    }
    // In IPv6 a router is named by its link-local address, a host by the destination itself.
    let nameable = match next_hop {
        IpAddr::V4(_) => true,
        IpAddr::V6(hop) => hop.is_unicast_link_local() || next_hop == datagram.dst,
    };
    nameable.then_some(IcmpError::Redirect { gateway: next_hop, destination: datagram.dst, mac: None })
}

/// Takes one off the TTL or hop limit of a packet in place and keeps an IPv4 header checksum correct (RFC 1624).
/// Does nothing to a packet too short or already at zero.
pub fn decrement_hop_limit(faults: FaultSet, packet: &mut [u8]) {
    // RFC1812-5.3.1-1, RFC1812-5.3.1-2.
    if faults.has(Fault::TtlNotDecremented) {
        return;
    }
    match packet.first().map(|first| first >> 4) {
        Some(4) if packet.len() >= 20 => {
            if faults.has(Fault::TtlChecksumStale) {
                packet[8] = packet[8].saturating_sub(1);
                return;
            }
            Ipv4Packet::new_unchecked(packet).decrement_ttl();
        }
        Some(6) if packet.len() >= 40 => packet[7] = packet[7].saturating_sub(1),
        _ => {}
    }
}

/// Does what a router does to the options of an IPv4 packet before it leaves by an interface whose address is `own`:
/// an uncompleted source route moves on, record route and timestamp options are filled in (RFC 1812 5.3.13). Nothing
/// happens to packets without options.
pub fn rewrite_options(packet: &mut [u8], own: Ipv4Addr, local: &LocalAddresses, now: Instant) {
    let header_len = usize::from(packet.first().map_or(0, |first| first & 0xf)) * 4;
    if header_len <= 20 || packet.len() < header_len || packet[0] >> 4 != 4 {
        return;
    }
    let dst = Ipv4Packet::new_unchecked(&*packet).dst();
    if local.is_own(dst.into()) {
        options::advance_source_route(packet, own);
    }
    options::for_forwarding(&mut packet[20..header_len], own, |addr| local.is_own(addr.into()), now);
    Ipv4Packet::new_unchecked(packet).fill_checksum();
}

#[cfg(test)]
mod tests {
    use super::super::input::tests::{v4, v6};
    use super::super::{InputConfig, Verdict, classify_v4, classify_v6};
    use super::*;
    use crate::route::{Prefix, Route};
    use pretty_assertions::assert_eq;
    use rstest::rstest;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    fn local() -> LocalAddresses {
        let mut local = LocalAddresses::new(0);
        for (interface, addr, len) in
            [(0, "192.0.2.1", 24), (1, "198.51.100.1", 24), (0, "2001:db8:1::1", 64), (1, "2001:db8:2::1", 64)]
        {
            local.add(interface, ip(addr), len).unwrap();
        }
        local
    }

    fn routes() -> RouteTable {
        let mut routes = RouteTable::new(100);
        let reject = |text| Route { kind: RouteKind::Unreachable, ..Route::on_link(prefix(text), 0) };
        for route in [
            Route::on_link(prefix("192.0.2.0/24"), 0),
            Route::on_link(prefix("198.51.100.0/24"), 1),
            Route::via(prefix("203.0.113.0/24"), ip("198.51.100.9"), 1),
            Route::via(prefix("203.0.113.128/25"), ip("192.0.2.254"), 0),
            reject("10.1.0.0/16"),
            Route { kind: RouteKind::Blackhole, ..Route::on_link(prefix("10.2.0.0/16"), 0) },
            Route { mtu: Some(600), ..Route::via(prefix("10.3.0.0/16"), ip("198.51.100.9"), 1) },
            Route::on_link(prefix("2001:db8:1::/64"), 0),
            Route::on_link(prefix("2001:db8:2::/64"), 1),
            Route::via(prefix("2001:db8:3::/64"), ip("fe80::77"), 0),
            Route::via(prefix("2001:db8:4::/64"), ip("2001:db8:1::77"), 0),
        ] {
            routes.insert(route).unwrap();
        }
        routes
    }

    fn run(packet: &[u8]) -> Decision {
        let input = InputConfig { forwarding: true, source_routing: true, ..Default::default() };
        let classify = if packet[0] >> 4 == 4 { classify_v4 } else { classify_v6 };
        let Verdict::Forward(datagram) = classify(&input, &local(), 0, Cast::Unicast, packet) else {
            panic!("not to be forwarded")
        };
        let config = ForwardConfig::default();
        decide(&config, &routes(), &local(), 0, Cast::Unicast, packet, &datagram, |_| 1_500)
    }

    fn from(src: [u8; 4], dst: [u8; 4]) -> Decision {
        run(&v4(src, dst, &[], &[0; 100]))
    }

    fn failed(error: IcmpError, reason: DropReason) -> Decision {
        Decision::Error { error, reason }
    }

    fn sent(interface: usize, next_hop: &str) -> Decision {
        Decision::Send { interface, next_hop: ip(next_hop), mtu: 1_500, redirect: None }
    }

    #[test]
    fn routes_decide() {
        let peer = [192, 0, 2, 9];
        assert_eq!(from(peer, [198, 51, 100, 7]), sent(1, "198.51.100.7"));
        assert_eq!(from(peer, [203, 0, 113, 7]), sent(1, "198.51.100.9"));
        let no_route = failed(IcmpError::Unreachable(Unreachable::Network), DropReason::NoRoute);
        assert_eq!(from(peer, [8, 8, 8, 8]), no_route);
        let rejected = failed(IcmpError::Unreachable(Unreachable::RejectRoute), DropReason::NoRoute);
        assert_eq!(from(peer, [10, 1, 0, 1]), rejected);
        assert_eq!(from(peer, [10, 2, 0, 1]), Decision::Drop(DropReason::NoRoute));
        assert_eq!(from(peer, [198, 51, 100, 255]), Decision::Drop(DropReason::BadDestination));
        assert_eq!(from([0, 0, 0, 0], [203, 0, 113, 7]), Decision::Drop(DropReason::BadSource));
        assert_eq!(from([169, 254, 0, 1], [203, 0, 113, 7]), Decision::Drop(DropReason::BadSource));
    }

    #[test]
    fn a_shorter_way_is_told() {
        let Decision::Send { redirect, .. } = from([192, 0, 2, 9], [203, 0, 113, 200]) else { panic!("not sent") };
        let (gateway, destination) = (ip("192.0.2.254"), ip("203.0.113.200"));
        assert_eq!(redirect, Some(IcmpError::Redirect { gateway, destination, mac: None }));
        // The source is no neighbour: it could not use that gateway.
        assert_eq!(from([192, 0, 3, 9], [203, 0, 113, 200]), sent(0, "192.0.2.254"));
    }

    #[rstest]
    #[case("2001:db8:1::9", "2001:db8:3::1", Some("fe80::77"))]
    #[case("2001:db8:1::9", "2001:db8:1::8", Some("2001:db8:1::8"))]
    #[case("2001:db8:1::9", "2001:db8:4::8", None)]
    #[case("2001:db8:9::9", "2001:db8:3::1", None)]
    fn ipv6_redirects_name_what_can_be_named(#[case] src: &str, #[case] dst: &str, #[case] to: Option<&str>) {
        let Decision::Send { redirect, .. } = run(&v6(src, dst, 17, &[0; 8])) else { panic!("not sent") };
        let expected = to.map(|to| IcmpError::Redirect { gateway: ip(to), destination: ip(dst), mac: None });
        assert_eq!(redirect, expected);
    }

    #[test]
    fn link_local_addresses_stay_on_their_link() {
        let beyond = failed(IcmpError::Unreachable(Unreachable::BeyondScope), DropReason::BadSource);
        assert_eq!(run(&v6("fe80::9", "2001:db8:2::5", 17, &[])), beyond);
        assert_eq!(run(&v6("2001:db8:1::9", "fe80::5", 17, &[])), Decision::Drop(DropReason::BadSource));
    }

    #[test]
    fn hop_limits_end() {
        let expired = failed(IcmpError::HopLimitExceeded, DropReason::TtlExpired);
        for ttl in [0, 1, 2] {
            let mut four = v4([192, 0, 2, 9], [198, 51, 100, 7], &[], &[]);
            four[8] = ttl;
            Ipv4Packet::new_unchecked(&mut four).fill_checksum();
            let mut six = v6("2001:db8:1::9", "2001:db8:2::5", 17, &[]);
            six[7] = ttl;
            assert_eq!(run(&four) == expired, ttl < 2);
            assert_eq!(run(&six) == expired, ttl < 2);
        }
    }

    #[test]
    fn too_large_to_go_on() {
        let mut packet = v4([192, 0, 2, 9], [10, 3, 0, 1], &[], &[0; 600]);
        assert!(matches!(run(&packet), Decision::Send { mtu: 600, .. }));
        packet[6] = 0x40;
        Ipv4Packet::new_unchecked(&mut packet).fill_checksum();
        let too_big = failed(IcmpError::PacketTooBig { mtu: 600 }, DropReason::FragmentationNeeded);
        assert_eq!(run(&packet), too_big);
        let too_big = failed(IcmpError::PacketTooBig { mtu: 1_500 }, DropReason::FragmentationNeeded);
        assert_eq!(run(&v6("2001:db8:1::9", "2001:db8:2::5", 17, &[0; 1_461])), too_big);
        assert_eq!(run(&v6("2001:db8:1::9", "2001:db8:2::5", 17, &[0; 1_460])), sent(1, "2001:db8:2::5"));
    }

    #[test]
    fn source_routes_are_followed_from_stop_to_stop() {
        let mut packet = v4([192, 0, 2, 9], [192, 0, 2, 1], &[131, 7, 4, 198, 51, 100, 7, 0], &[]);
        assert_eq!(run(&packet), sent(1, "198.51.100.7"));
        rewrite_options(&mut packet, Ipv4Addr::new(198, 51, 100, 1), &local(), Instant::ZERO);
        assert_eq!(packet[16..20], [198, 51, 100, 7]);
        assert_eq!(packet[20..27], [131, 7, 8, 198, 51, 100, 1]);
        assert!(Ipv4Packet::new_unchecked(&packet).verify_checksum());
        let strict = v4([192, 0, 2, 9], [192, 0, 2, 1], &[137, 7, 4, 203, 0, 113, 7, 0], &[]);
        let broken = IcmpError::Unreachable(Unreachable::SourceRoute);
        assert_eq!(run(&strict), failed(broken, DropReason::SourceRoute));
        let nowhere = v4([192, 0, 2, 9], [192, 0, 2, 1], &[131, 7, 4, 8, 8, 8, 8, 0], &[]);
        assert_eq!(run(&nowhere), failed(broken, DropReason::NoRoute));
    }

    quickcheck::quickcheck! {
        /// RFC 1624: the updated checksum is the one that a fresh computation gives.
        fn checksums_stay_right(ttl: u8, id: u16, options: u8, bytes: Vec<u8>) -> bool {
            let options = vec![1u8; usize::from(options % 11) * 4];
            let mut packet = v4([192, 0, 2, 9], [198, 51, 100, 7], &options, &bytes);
            let mut view = Ipv4Packet::new_unchecked(&mut packet);
            view.set_ttl(ttl);
            view.set_identification(id);
            view.fill_checksum();
            decrement_hop_limit(FaultSet::NONE, &mut packet);
            packet[8] == ttl.saturating_sub(1) && Ipv4Packet::new_unchecked(&packet).verify_checksum()
        }

        fn short_packets_are_left_alone(bytes: Vec<u8>) -> bool {
            let mut changed = bytes.clone();
            changed.truncate(19);
            decrement_hop_limit(FaultSet::NONE, &mut changed);
            rewrite_options(&mut changed, Ipv4Addr::LOCALHOST, &local(), Instant::ZERO);
            bytes.starts_with(&changed)
        }
    }
}
