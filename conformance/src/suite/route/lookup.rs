//! Which next hop a destination is sent to. Read first: RFC 1122 3.3.1, RFC 1812 5.2.4.3, RFC 950 2.2.
//!
//! Each gateway is a host of the link that the tester answers for; whom the target resolves tells which route it took.

use std::net::{IpAddr, SocketAddr};

use crate::suite::prelude::*;

/// Nested prefixes and the host number of the gateway of each, IPv4.
const NESTED_V4: &[(&str, u8, u8)] = &[
    ("0.0.0.0", 0, 10),
    ("10.0.0.0", 8, 11),
    ("10.1.0.0", 16, 12),
    ("10.1.2.0", 24, 13),
    ("10.1.2.48", 28, 14),
    ("10.1.2.50", 32, 15),
];

/// Nested prefixes and the host number of the gateway of each, IPv6.
const NESTED_V6: &[(&str, u8, u8)] = &[
    ("::", 0, 10),
    ("2001:db8:8000::", 33, 11),
    ("2001:db8:8100::", 40, 12),
    ("2001:db8:8100:2::", 64, 13),
    ("2001:db8:8100:2::30:0", 108, 14),
    ("2001:db8:8100:2::30:32", 128, 15),
];

/// Destinations, IPv4 and IPv6, with the gateway that the longest matching prefix names.
const DESTINATIONS: &[(&str, &str, &str, u8)] = &[
    ("default", "203.0.113.9", "2001:db8:7fff::1", 10),
    ("just-below-the-widest", "9.255.255.255", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", 10),
    ("just-above-the-widest", "11.0.0.0", "2001:db9::", 10),
    ("first-level", "10.200.0.1", "2001:db8:9000::1", 11),
    ("first-level-lowest", "10.0.0.0", "2001:db8:8000::", 11),
    ("first-level-highest", "10.255.255.255", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 11),
    ("second-level", "10.1.200.1", "2001:db8:8100:3::1", 12),
    ("second-level-below-third", "10.1.1.255", "2001:db8:8100:1:ffff:ffff:ffff:ffff", 12),
    ("third-level", "10.1.2.200", "2001:db8:8100:2::1", 13),
    ("third-level-below-fourth", "10.1.2.47", "2001:db8:8100:2::2f:ffff", 13),
    ("third-level-above-fourth", "10.1.2.64", "2001:db8:8100:2::40:0", 13),
    ("fourth-level", "10.1.2.49", "2001:db8:8100:2::30:31", 14),
    ("fourth-level-highest", "10.1.2.63", "2001:db8:8100:2::3f:ffff", 14),
    ("host-route", "10.1.2.50", "2001:db8:8100:2::30:32", 15),
    ("beside-the-host-route", "10.1.2.51", "2001:db8:8100:2::30:33", 14),
];

/// An address that a table or a parameter names.
fn address(text: &str) -> IpAddr {
    text.parse().expect("the table holds addresses")
}

/// What the target sends to learn the link-layer address of `hop`.
fn asks_for(hop: IpAddr) -> PacketSpec {
    match hop {
        IpAddr::V4(hop) => packet::arp().arp_op(1).set(FieldId::ArpTargetIp, hop),
        IpAddr::V6(hop) => packet::ipv6().neighbor_solicitation(hop),
    }
}

/// Adds the routes of the family's table in this order: by growing length, by falling length, or mixed.
fn nested(s: &mut Scene, order: &str) {
    let table = if s.is_v4() { NESTED_V4 } else { NESTED_V6 };
    let indices = match order {
        "growing" => [0, 1, 2, 3, 4, 5],
        "falling" => [5, 4, 3, 2, 1, 0],
        _ => [3, 0, 5, 1, 4, 2],
    };
    for index in indices {
        let (prefix, len, gateway) = table[index];
        let gateway = s.host_on(0, gateway);
        s.route((address(prefix), len), gateway, 0);
    }
}

/// A socket of the target sends to `to`; the target must resolve `hop` and nobody else.
fn sent_by(s: &mut Scene, to: IpAddr, hop: IpAddr) {
    s.udp_bind("u", 5000);
    s.setup_done();
    s.send_to("u", "by which way?", SocketAddr::new(to, 40_000));
    let other = match hop {
        IpAddr::V4(hop) => packet::arp().arp_op(1).set(FieldId::ArpTargetIp, not(hop)),
        IpAddr::V6(hop) => packet::ipv6().icmpv6(135, 0).set(FieldId::NdTarget, not(hop)),
    };
    s.expect(asks_for(hop)).forbid(other).why("the next hop is resolved, and no other");
    s.expect(s.ip().src(s.target()).dst(to).udp(5000, 40_000).payload("by which way?"));
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    let destinations: Vec<&str> = DESTINATIONS.iter().map(|(name, ..)| *name).collect();
    vec![
        case("route.lookup.longest-prefix")
            .title(
                "Among the matching routes the one with the longest prefix is taken, in whatever order they were added",
            )
            .required(&["RFC1812-5.2.4.3-2", "RFC1122-3.3.1.2-3", "RFC1812-4.2.3.4-3"])
            .needs(&[Capability::StaticRoutes, Capability::UdpSockets])
            .both_families()
            .param("order", &["growing", "falling", "mixed"])
            .param("destination", &destinations)
            .build(|s| {
                let (order, name) = (s.param("order").to_owned(), s.param("destination").to_owned());
                let row = DESTINATIONS.iter().find(|(known, ..)| *known == name);
                let (_, v4, v6, gateway) = *row.expect("the parameter is a row");
                nested(s, &order);
                let hop = s.host_on(0, gateway);
                sent_by(s, address(if s.is_v4() { v4 } else { v6 }), hop);
            }),
        case("route.lookup.few-routes")
            .title("Of two routes, one within the other, the longer prefix is taken where it matches")
            .required(&["RFC1812-5.2.4.3-2"])
            .needs(&[Capability::StaticRoutes, Capability::UdpSockets])
            .both_families()
            .param("order", &["wide-first", "narrow-first"])
            .param("destination", &["inside", "outside"])
            .build(|s| {
                let (wide, narrow) = (s.host_on(0, 21), s.host_on(0, 22));
                let (prefix, len) =
                    if s.is_v4() { (address("10.1.2.0"), 24) } else { (address("2001:db8:8100:2::"), 64) };
                let (all, none) = if s.is_v4() { (address("0.0.0.0"), 0) } else { (address("::"), 0) };
                if s.param("order") == "wide-first" {
                    s.route((all, none), wide, 0);
                    s.route((prefix, len), narrow, 0);
                } else {
                    s.route((prefix, len), narrow, 0);
                    s.route((all, none), wide, 0);
                }
                let inside = s.param("destination") == "inside";
                let to = match (inside, s.is_v4()) {
                    (true, true) => "10.1.2.77",
                    (false, true) => "10.1.3.77",
                    (true, false) => "2001:db8:8100:2::77",
                    (false, false) => "2001:db8:8100:3::77",
                };
                sent_by(s, address(to), if inside { narrow } else { wide });
            }),
        case("route.lookup.every-length")
            .title("A route of any prefix length matches what its bits say and nothing else")
            .required(&["RFC1812-4.2.3.4-3", "RFC1122-3.3.1.1-1"])
            .needs(&[Capability::StaticRoutes, Capability::UdpSockets])
            .ipv4()
            .param("len", &["2", "7", "9", "15", "17", "23", "25", "30", "31", "32"])
            .param("destination", &["inside", "outside"])
            .build(|s| {
                let len = s.number("len") as u8;
                let (special, default) = (s.host_on(0, 31), s.host_on(0, 32));
                // 101.x: the bit behind the prefix and the last bit of it are what is tried.
                let base = u32::from(std::net::Ipv4Addr::new(101, 85, 170, 85));
                let prefix = base & (u32::MAX << (32 - len));
                s.route((IpAddr::from(prefix.to_be_bytes()), len), special, 0);
                s.route((address("0.0.0.0"), 0), default, 0);
                let inside = s.param("destination") == "inside";
                let to = if inside { base } else { base ^ 1 << (32 - len) };
                sent_by(s, IpAddr::from(to.to_be_bytes()), if inside { special } else { default });
            }),
        case("route.lookup.connected-directly")
            .title("A destination on the link is sent to directly, although there is a default route")
            .required(&["RFC1122-3.3.1.1-1", "RFC1812-5.2.4.2-1", "RFC950-2.2-1"])
            .needs(&[Capability::StaticRoutes, Capability::UdpSockets])
            .both_families()
            .param("host", &["3", "77", "254"])
            .build(|s| {
                let gateway = s.host_on(0, 10);
                let all = if s.is_v4() { address("0.0.0.0") } else { address("::") };
                s.route((all, 0), gateway, 0);
                let neighbor = s.host_on(0, s.number("host") as u8);
                sent_by(s, neighbor, neighbor);
            }),
        case("route.lookup.more-specific-than-connected")
            .title("Whether a static route within the link's own prefix is taken for what it covers (RFC 1122 3.3.1.1 lets a host send directly)")
            .observed()
            .required(&["RFC1812-5.2.4.3-2"])
            .needs(&[Capability::StaticRoutes, Capability::UdpSockets])
            .both_families()
            .param("host", &["65", "129"])
            .build(|s| {
                let gateway = s.host_on(0, 10);
                let prefix = (s.host_on(0, 64), if s.is_v4() { 26 } else { 122 });
                s.route(prefix, gateway, 0);
                let host = s.number("host") as u8;
                let neighbor = s.host_on(0, host);
                sent_by(s, neighbor, if host < 128 { gateway } else { neighbor });
            }),
        case("route.lookup.works-without-gateway")
            .title("Without any route a host reaches its link, and nothing else leaves")
            .required(&["RFC1122-3.3.1.1-2"])
            .needs(&[Capability::UdpSockets])
            .both_families()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let far = if s.is_v4() { address("203.0.113.9") } else { address("2001:db8:ffff::9") };
                s.call(
                    "u",
                    Verb::SendTo(DataSpec::Bytes(b"nowhere".into()), SocketAddr::new(far, 40_000)),
                    Expected::Any,
                );
                s.silence(s.ip().src(any()).dst(far));
                s.silence(asks_for(far));
                let near = s.host_on(0, 40);
                s.send_to("u", "near", SocketAddr::new(near, 40_000));
                s.expect(s.ip().dst(near).udp(5000, 40_000).payload("near"));
            }),
        case("route.lookup.by-interface")
            .title("A packet leaves by the interface of its route, from that interface's address")
            .required(&["RFC1122-3.3.1.1-1", "RFC1122-3.2.1.3-2", "RFC950-2.2-3"])
            .needs(&[Capability::UdpSockets, Capability::MultiHomed, Capability::StaticRoutes])
            .both_families()
            .param("link", &["0", "1", "2"])
            .param("destination", &["on-link", "behind-gateway"])
            .build(|s| {
                s.links(3);
                let gateway = s.host_on(2, 10);
                let all = if s.is_v4() { address("0.0.0.0") } else { address("::") };
                s.route((all, 0), gateway, 2);
                let gateways = [s.host_on(0, 11), s.host_on(1, 12)];
                let prefixes = if s.is_v4() { ["10.0.0.0", "10.128.0.0"] } else { ["fd00::", "fd00:0:0:8000::"] };
                for (link, prefix) in prefixes.into_iter().enumerate() {
                    s.route((address(prefix), if s.is_v4() { 9 } else { 49 }), gateways[link], link);
                }
                let link = s.number("link") as usize;
                let far = if s.is_v4() {
                    ["10.1.1.1", "10.200.1.1", "172.16.1.1"]
                } else {
                    ["fd00::1", "fd00:0:0:8000::1", "fd77::1"]
                };
                let to = if s.param("destination") == "on-link" { s.host_on(link, 50) } else { address(far[link]) };
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", "by which link?", SocketAddr::new(to, 40_000));
                s.expect(s.ip().src(s.target_on(link)).dst(to).udp(5000, 40_000).payload("by which link?")).on(link);
            }),
        case("route.lookup.reply-takes-the-route-back")
            .title("The reply to a request from behind a gateway goes to the gateway of the route to its source")
            .required(&["RFC1122-3.3.1.2-1", "RFC1812-5.2.4.3-2"])
            .needs(&[Capability::EchoReply, Capability::StaticRoutes])
            .both_families()
            .build(|s| {
                let (near, other) = (s.host_on(0, 21), s.host_on(0, 22));
                let (far, prefix, len) = if s.is_v4() {
                    (address("10.1.2.77"), address("10.1.0.0"), 16)
                } else {
                    (address("2001:db8:8100::77"), address("2001:db8:8100::"), 48)
                };
                let all = if s.is_v4() { address("0.0.0.0") } else { address("::") };
                s.route((all, 0), other, 0);
                s.route((prefix, len), near, 0);
                s.inject(s.ip().src(far).echo_request(1, 1).data(16));
                s.expect(asks_for(near)).forbid(asks_for(other)).why("the gateway is resolved");
                s.note("a stack may drop what waits for resolution, so the request comes again");
                s.forget();
                s.advance(ms(50));
                s.inject(s.ip().src(far).echo_request(1, 2).data(16));
                s.expect(s.ip().dst(far).echo_reply(1, 2).data(16));
            }),
    ]
}
