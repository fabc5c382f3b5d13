//! Which addresses are taken. Read first: RFC 4291 2.5 to 2.8.

use std::net::Ipv6Addr;

use super::{any_error, echo_works};
use crate::suite::prelude::*;

/// `ff0s::low` of this scope.
const fn group(scope: u16, low: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xff00 | scope, 0, 0, 0, 0, 0, 0, low)
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv6.addressing.bad-source-dropped")
            .title("A packet whose source is a group or the loopback address is dropped silently")
            .required(&["RFC4291-WP-1", "RFC4291-WP-3"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("source", &["ff02::1", "ff0e::9", "ff05::2", "::1"])
            .build(|s| {
                let source: Ipv6Addr = s.param("source").parse().expect("the parameter is an address");
                s.inject(s.ip().src(source).echo_request(1, 1).data(16));
                s.silence(s.ip().echo_reply(any(), any()));
                echo_works(s);
            }),
        case("ipv6.addressing.bad-source-not-delivered")
            .title("A datagram whose source is a group or the loopback address is not delivered")
            .required(&["RFC4291-WP-1", "RFC4291-WP-3"])
            .needs(&[Capability::UdpSockets])
            .ipv6()
            .param("source", &["ff02::1", "ff0e::9", "::1"])
            .build(|s| {
                let source: Ipv6Addr = s.param("source").parse().expect("the parameter is an address");
                s.udp_bind("u", 5000);
                s.setup_done();
                s.inject(s.ip().src(source).udp(40_000, 5000).payload("false"));
                s.expect_no_datagram("u");
                s.inject(s.ip().udp(40_000, 5000).payload("true"));
                s.expect_datagram("u", "true");
            }),
        case("ipv6.addressing.bad-destination-dropped")
            .title("A packet to the loopback or the unspecified address that comes from a link is dropped")
            .required(&["RFC4291-WP-2", "RFC4291-WP-3"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("destination", &["::1", "::"])
            .build(|s| {
                let destination: Ipv6Addr = s.param("destination").parse().expect("the parameter is an address");
                let mac = s.link(0).target_mac;
                s.inject(s.ip().dst(destination).eth_dst(mac).echo_request(1, 1).data(16));
                s.silence(s.ip().src(any()).echo_reply(any(), any()));
                echo_works(s);
            }),
        case("ipv6.addressing.own-addresses")
            .title("The global, the link-local, the all-nodes and the solicited-node addresses are its own")
            .required(&["RFC4291-WP-5"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("address", &["global", "link-local"])
            .build(|s| {
                let link = s.link(0);
                let own = if s.param("address") == "global" { link.target_v6.0 } else { link.target_v6_link_local };
                s.inject(s.ip().src(s.tester()).dst(own).echo_request(1, 1).data(16));
                s.expect(s.ip().src(own).dst(s.tester()).echo_reply(1, 1).data(16));
            }),
        case("ipv6.addressing.own-groups")
            .title("A datagram to the group of all nodes is delivered without a join")
            .required(&["RFC4291-WP-5"])
            .needs(&[Capability::UdpSockets])
            .ipv6()
            .param("group", &["all-nodes", "solicited-node"])
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let to = match s.param("group") {
                    "all-nodes" => group(2, 1),
                    _ => solicited_node(s.link(0).target_v6.0),
                };
                s.inject(s.ip().src(s.tester()).dst(to).udp(40_000, 5000).payload("everybody"));
                s.expect_datagram("u", "everybody");
            }),
        case("ipv6.addressing.foreign-groups-dropped")
            .title("An echo request to a group that nobody joined is dropped silently")
            .required(&["RFC4291-WP-5", "RFC4291-WP-6"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("group", &["ff02::5", "ff02::1:ff77:7777", "ff05::1:3", "ff0e::4242", "ff02::2"])
            .build(|s| {
                let to: Ipv6Addr = s.param("group").parse().expect("the parameter is an address");
                s.inject(s.ip().src(s.tester()).dst(to).echo_request(1, 1).data(16));
                s.silence(packet::ipv6().icmpv6(1..=129_i64, any()));
                echo_works(s);
            }),
        case("ipv6.addressing.scope-zero-dropped")
            .title("A packet to a group of the reserved scope 0 is not accepted")
            .required(&["RFC4291-WP-6"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                s.inject(s.ip().src(s.tester()).dst(group(0, 1)).echo_request(1, 1).data(16));
                s.silence(s.ip().echo_reply(any(), any()));
                echo_works(s);
            }),
        case("ipv6.addressing.unspecified-source-no-error")
            .title("A datagram from the unspecified address causes neither an answer nor an error")
            .required(&["RFC4443-2.4-5", "RFC4291-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                s.inject(s.ip().src(Ipv6Addr::UNSPECIFIED).udp(40_000, 9).payload("x"));
                s.silence(any_error());
                s.inject(s.ip().src(Ipv6Addr::UNSPECIFIED).echo_request(1, 1).data(16));
                s.silence(s.ip().dst(Ipv6Addr::UNSPECIFIED));
                echo_works(s);
            }),
    ]
}

/// The solicited-node multicast address (RFC 4291 2.7.1).
fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let low = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (low[6] & 0xff), low[7])
}
