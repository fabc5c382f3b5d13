//! Which datagrams to groups are delivered, and how they are sent. Read first: RFC 1112 6 and 7, RFC 1122 3.3.7, RFC 4291 2.7.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::suite::prelude::*;

/// The group of the cases; the IPv4 one has the bit set that its station address leaves out.
fn group(s: &Scene) -> IpAddr {
    if s.is_v4() {
        Ipv4Addr::new(239, 129, 2, 3).into()
    } else {
        Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 0x8100, 0x88).into()
    }
}

/// A datagram to the group.
fn to_group(s: &Scene, bytes: &str) -> PacketSpec {
    s.ip().src(s.tester()).dst(group(s)).udp(40_000, 5000).payload(bytes)
}

/// The capability to join groups of the instance's family.
fn need_groups(s: &mut Scene) {
    let capability = if s.is_v4() { Capability::Igmp } else { Capability::Mld };
    s.need(capability);
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("multicast.delivery.only-while-joined")
            .title("Datagrams to a group are delivered while the group is joined, not before and not afterwards")
            .required(&["RFC1122-3.3.7-1", "RFC4291-WP-5"])
            .needs(&[Capability::UdpSockets])
            .both_families()
            .build(|s| {
                need_groups(s);
                let group = group(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                s.inject(to_group(s, "before"));
                s.expect_no_datagram("u");
                s.set_option("u", SocketOption::JoinGroup(group));
                s.inject(to_group(s, "while"));
                s.expect_datagram("u", "while");
                s.set_option("u", SocketOption::LeaveGroup(group));
                s.inject(to_group(s, "after"));
                s.expect_no_datagram("u");
            }),
        case("multicast.delivery.group-sharing-the-station-address")
            .title("A datagram to another group with the same station address is not delivered")
            .required(&["RFC1122-3.3.7-1"])
            .needs(&[Capability::UdpSockets])
            .both_families()
            .build(|s| {
                need_groups(s);
                let joined = group(s);
                let other: IpAddr = match joined {
                    IpAddr::V4(_) => Ipv4Addr::new(238, 1, 2, 3).into(),
                    IpAddr::V6(_) => Ipv6Addr::new(0xff05, 0, 0, 0, 0, 1, 0x8100, 0x88).into(),
                };
                s.udp_bind("u", 5000);
                s.set_option("u", SocketOption::JoinGroup(joined));
                s.setup_done();
                s.inject(s.ip().src(s.tester()).dst(other).udp(40_000, 5000).payload("for others"));
                s.expect_no_datagram("u");
                s.inject(to_group(s, "for us"));
                s.expect_datagram("u", "for us");
            }),
        case("multicast.delivery.station-address")
            .title("A datagram to a group leaves in a frame to the group's station address, without resolution")
            .required(&["RFC1122-3.3.6-5"])
            .needs(&[Capability::UdpSockets, Capability::StaticRoutes])
            .both_families()
            .build(|s| {
                if s.is_v4() {
                    // Some hosts need a route for groups.
                    let gateway = s.host_on(0, 10);
                    s.route((Ipv4Addr::UNSPECIFIED, 0), gateway, 0);
                }
                let group = group(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", "everybody", SocketAddr::new(group, 40_000));
                let station = if s.is_v4() {
                    MacAddress([0x01, 0x00, 0x5e, 0x01, 2, 3])
                } else {
                    MacAddress([0x33, 0x33, 0x81, 0x00, 0x00, 0x88])
                };
                s.expect(s.ip().eth_dst(station).dst(group).udp(5000, 40_000).payload("everybody"));
            }),
    ]
}
