//! How the target answers solicitations. Read first: RFC 4861 7.2.3 and 7.2.4.

use std::net::Ipv6Addr;

use super::{NEW, OLD, asks_for, datagram, neighbor, own, resolved, sends, solicited_node};
use crate::suite::prelude::*;

/// An advertisement of the target about its address.
fn advertisement(s: &Scene) -> PacketSpec {
    packet::ipv6().neighbor_advertisement(own(s))
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ndp.solicit.multicast-answered")
            .title("A solicitation to the solicited-node group is answered to its sender, with the target link-layer address")
            .required(&["RFC4861-7.2.4-8", "RFC4861-7.2.4-2", "RFC4861-4.4-6", "RFC4861-7.2.1-1"])
            .ipv6()
            .build(|s| {
                let link = s.link(0);
                s.inject(packet::ipv6().neighbor_solicitation(own(s)).source_mac(link.tester_mac));
                s.expect(
                    advertisement(s)
                        .src(own(s))
                        .dst(link.tester_v6)
                        .eth_dst(link.tester_mac)
                        .ttl(255)
                        .set(FieldId::NdSolicited, 1)
                        .target_mac(link.target_mac),
                );
            }),
        case("ndp.solicit.unicast-answered")
            .title("A solicitation to the target's own address is answered too, with the solicited flag")
            .required(&["RFC4861-7.2.4-8"])
            .ipv6()
            .build(|s| {
                let link = s.link(0);
                s.inject(
                    packet::ipv6()
                        .dst(own(s))
                        .eth_dst(link.target_mac)
                        .neighbor_solicitation(own(s))
                        .source_mac(link.tester_mac),
                );
                s.expect(advertisement(s).dst(link.tester_v6).set(FieldId::NdSolicited, 1));
            }),
        case("ndp.solicit.unicast-answer-carries-address")
            .title("The answer to a unicast solicitation carries the target link-layer address")
            .should()
            .required(&["RFC4861-4.4-7"])
            .ipv6()
            .build(|s| {
                let link = s.link(0);
                s.inject(
                    packet::ipv6()
                        .dst(own(s))
                        .eth_dst(link.target_mac)
                        .neighbor_solicitation(own(s))
                        .source_mac(link.tester_mac),
                );
                s.expect(advertisement(s).target_mac(link.target_mac));
            }),
        case("ndp.solicit.link-local-answered")
            .title("The link-local address of the target is advertised as well")
            .required(&["RFC4861-7.2.4-8", "RFC4861-7.2.1-1"])
            .ipv6()
            .build(|s| {
                let link = s.link(0);
                let local = link.target_v6_link_local;
                s.inject(
                    packet::ipv6()
                        .src(link.tester_v6_link_local)
                        .dst(solicited_node(local))
                        .neighbor_solicitation(local)
                        .source_mac(link.tester_mac),
                );
                s.expect(packet::ipv6().dst(link.tester_v6_link_local).neighbor_advertisement(local).target_mac(link.target_mac));
            }),
        case("ndp.solicit.host-is-no-router")
            .title("A host clears the router flag of its advertisements")
            .required(&["RFC4861-7.2.4-4"])
            .ipv6()
            .build(|s| {
                let mac = s.link(0).tester_mac;
                s.inject(packet::ipv6().neighbor_solicitation(own(s)).source_mac(mac));
                s.expect(advertisement(s).set(FieldId::NdRouter, 0));
            }),
        case("ndp.solicit.router-says-so")
            .title("A router sets the router flag of its advertisements")
            .required(&["RFC4861-7.2.4-3"])
            .ipv6()
            .build(|s| {
                s.links(2);
                s.forwarding();
                let mac = s.link(0).tester_mac;
                s.inject(packet::ipv6().neighbor_solicitation(own(s)).source_mac(mac));
                s.expect(advertisement(s).set(FieldId::NdRouter, 1));
            }),
        case("ndp.solicit.override-flag")
            .title("The override flag of an advertisement is set")
            .should()
            .required(&["RFC4861-7.2.4-6", "RFC4861-4.4-3"])
            .ipv6()
            .build(|s| {
                let mac = s.link(0).tester_mac;
                s.inject(packet::ipv6().neighbor_solicitation(own(s)).source_mac(mac));
                s.expect(advertisement(s).set(FieldId::NdOverride, 1));
            }),
        case("ndp.solicit.from-unspecified-answered-to-all-nodes")
            .title("A solicitation from the unspecified address (address detection) is answered to all nodes, unsolicited")
            .required(&["RFC4861-7.2.4-7", "RFC4861-4.4-1"])
            .ipv6()
            .build(|s| {
                s.inject(packet::ipv6().src(Ipv6Addr::UNSPECIFIED).neighbor_solicitation(own(s)));
                s.expect(
                    advertisement(s)
                        .dst(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1))
                        .eth_dst(MacAddress([0x33, 0x33, 0, 0, 0, 1]))
                        .set(FieldId::NdSolicited, 0),
                );
            }),
        case("ndp.solicit.other-target-ignored")
            .title("A solicitation for another node's address is discarded silently")
            .required(&["RFC4861-7.2.3-1"])
            .ipv6()
            .build(|s| {
                let other = s.host_on(0, 99);
                let mac = s.link(0).tester_mac;
                s.inject(packet::ipv6().dst(own(s)).neighbor_solicitation(other).source_mac(mac));
                s.silence(packet::ipv6().neighbor_advertisement(any()));
                s.inject(packet::ipv6().neighbor_solicitation(own(s)).source_mac(mac));
                s.expect(advertisement(s)).why("its own address it does advertise");
            }),
        case("ndp.solicit.teaches-the-sender")
            .title("A solicitation with a source link-layer address makes an entry: no resolution is needed to answer")
            .should()
            .required(&["RFC4861-7.2.3-2", "RFC4861-7.2.3-3"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.inject(packet::ipv6().src(address).eth_src(OLD).neighbor_solicitation(own(s)).source_mac(OLD));
                s.expect(advertisement(s).dst(address).eth_dst(OLD)).why("set-up: the answer");
                s.setup_done();
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(OLD)).forbid(asks_for(address).dst(solicited_node(address)));
            }),
        case("ndp.solicit.updates-a-known-sender")
            .title("A solicitation of a known neighbour with another link-layer address updates the entry")
            .required(&["RFC4861-7.2.3-4"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                s.inject(packet::ipv6().src(address).eth_src(NEW).neighbor_solicitation(own(s)).source_mac(NEW));
                s.expect(advertisement(s).dst(address).eth_dst(NEW));
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(NEW));
            }),
        case("ndp.solicit.unspecified-teaches-nothing")
            .title("A solicitation from the unspecified address does not touch the cache")
            .required(&["RFC4861-7.2.3-7"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                s.inject(packet::ipv6().src(Ipv6Addr::UNSPECIFIED).eth_src(NEW).neighbor_solicitation(own(s)));
                s.advance(ms(20));
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(OLD));
            }),
        case("ndp.solicit.router-solicitation-ignored")
            .title("A host discards router solicitations")
            .required(&["RFC4861-6.2.6-1", "RFC4861-6.2.4-1", "RFC4861-6.1.1-1"])
            .ipv6()
            .build(|s| {
                let link = s.link(0);
                s.inject(packet::ipv6().src(link.tester_v6_link_local).dst(own(s)).router_solicitation());
                s.silence(packet::ipv6().router_advertisement(any()));
                s.inject(packet::ipv6().neighbor_solicitation(own(s)).source_mac(link.tester_mac));
                s.expect(advertisement(s)).why("the target goes on");
            }),
    ]
}
