//! Which socket gets a datagram. Read first: RFC 768, RFC 1122 4.1.3.5 and 4.1.3.6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{PEER, PORT, bound, still_delivers, to_target};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("udp.delivery.data-and-source")
            .title("A datagram is delivered to its port with its data and the sender's address and port")
            .required(&["RFC768-0-2", "RFC768-0-3", "RFC768-28-1"])
            .both_families()
            .build(|s| {
                bound(s);
                s.inject(to_target(s).payload("who am I"));
                let from = SocketAddr::new(s.tester(), PEER);
                s.call("u", Verb::RecvFrom(2000), Expected::Datagram(DataSpec::Bytes("who am I".into()), Some(from)))
                    .within(secs(1));
            }),
        case("udp.delivery.boundaries-kept")
            .title("Two datagrams are read as two, in their order")
            .required(&["RFC768-0-3"])
            .both_families()
            .build(|s| {
                bound(s);
                s.inject(to_target(s).payload("first"));
                s.inject(to_target(s).payload("second, longer"));
                s.expect_datagram("u", "first");
                s.expect_datagram("u", "second, longer");
                s.expect_no_datagram("u");
            }),
        case("udp.delivery.by-port")
            .title("Of two sockets each gets the datagrams of its own port")
            .required(&["RFC768-28-1"])
            .both_families()
            .build(|s| {
                s.udp_bind("u", PORT);
                s.udp_bind("v", PORT + 1);
                s.setup_done();
                s.inject(s.ip().udp(PEER, PORT + 1).payload("for v"));
                s.inject(s.ip().udp(PEER, PORT).payload("for u"));
                s.expect_datagram("u", "for u");
                s.expect_datagram("v", "for v");
                s.expect_no_datagram("u");
                s.expect_no_datagram("v");
            }),
        case("udp.delivery.tcp-port-is-another")
            .title("A TCP listener on the same number does not get UDP datagrams, nor disturb them")
            .required(&["RFC768-28-1"])
            .both_families()
            .build(|s| {
                s.udp_bind("u", PORT);
                s.listen("t", PORT);
                s.setup_done();
                s.inject(to_target(s).payload("udp"));
                s.expect_datagram("u", "udp");
            }),
        case("udp.delivery.source-port-zero")
            .title("A source port of zero means that no reply is wanted; the datagram is delivered all the same")
            .should()
            .required(&["RFC768-0-2"])
            .both_families()
            .build(|s| {
                bound(s);
                s.inject(s.ip().udp(0, PORT).payload("no reply"));
                s.expect_datagram("u", "no reply");
            }),
        case("udp.delivery.bound-address-only")
            .title("A socket that is bound to one address of the host gets the datagrams to that address")
            .required(&["RFC1122-4.1.3.5-2"])
            .both_families()
            .build(|s| {
                let own = SocketAddr::new(s.target(), PORT);
                s.socket("u", SocketKind::Udp).why("set-up: a UDP socket");
                s.call("u", Verb::Bind(own), Expected::Ok);
                s.setup_done();
                s.inject(to_target(s).payload("to my address"));
                s.expect_datagram("u", "to my address");
            }),
        case("udp.delivery.connected-filters")
            .title("A connected socket gets the datagrams of its peer and no others")
            .required(&["RFC1122-4.1.3.5-2"])
            .both_families()
            .build(|s| {
                s.udp_flow("f", PORT);
                s.udp_connect("f");
                s.setup_done();
                s.inject(s.ip().src(s.host_on(0, 50)).udp(40_000, PORT).payload("stranger"));
                s.inject(s.ip().udp(39_999, PORT).payload("other port"));
                s.inject(s.udp("f").payload("peer"));
                s.expect_datagram("f", "peer");
                s.expect_no_datagram("f");
            }),
        case("udp.delivery.truncation")
            .title("A datagram that is longer than asked for is cut, and its rest is not read as another one")
            .required(&["RFC768-0-3"])
            .both_families()
            .build(|s| {
                bound(s);
                s.inject(to_target(s).payload("0123456789"));
                s.inject(to_target(s).payload("next"));
                s.call("u", Verb::RecvFrom(4), Expected::Datagram(DataSpec::Bytes("0123".into()), None)).within(secs(1));
                s.expect_datagram("u", "next");
            }),
        case("udp.delivery.bad-source-dropped")
            .title("A datagram from an address that cannot be a source is discarded silently")
            .required(&["RFC1122-4.1.3.6-1", "RFC1122-3.2.1.3-4"])
            .both_families()
            .param("source", &["broadcast", "multicast", "loopback"])
            .build(|s| {
                bound(s);
                let source: IpAddr = match (s.param("source"), s.is_v4()) {
                    ("multicast", true) => Ipv4Addr::new(224, 0, 0, 9).into(),
                    ("multicast", false) => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 9).into(),
                    ("loopback", true) => Ipv4Addr::LOCALHOST.into(),
                    ("loopback", false) => Ipv6Addr::LOCALHOST.into(),
                    // IPv6 has no broadcast; its all-nodes group takes that place.
                    (_, true) => Ipv4Addr::BROADCAST.into(),
                    (_, false) => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1).into(),
                };
                s.inject(s.ip().src(source).udp(PEER, PORT).payload("impossible"));
                s.expect_no_datagram("u");
                still_delivers(s);
            }),
        case("udp.delivery.broadcast-received")
            .title("Datagrams to the limited and the directed broadcast address reach a socket that is bound to every address")
            .required(&["RFC1122-3.3.6-4", "RFC919-5-1", "RFC919-5-2", "RFC919-4-2"])
            .ipv4()
            .param("address", &["255.255.255.255", "192.0.2.255"])
            .build(|s| {
                bound(s);
                let address: Ipv4Addr = s.param("address").parse().expect("the parameter is an address");
                s.inject(s.ip().dst(address).eth_dst(MacAddress::BROADCAST).udp(PEER, PORT).payload("everybody"));
                s.expect_datagram("u", "everybody");
            }),
        case("udp.delivery.closed-socket-gets-nothing")
            .title("After close the port is free: a datagram to it is answered as to any closed port")
            .should()
            .required(&["RFC1122-4.1.3.1-1"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                s.udp_bind("u", PORT);
                s.close("u");
                s.setup_done();
                s.inject(to_target(s).payload("anybody?")).label("late");
                s.expect(s.ip().port_unreachable());
            }),
        case("udp.delivery.port-in-use")
            .title("Whether a port that another socket is bound to is refused to a second one (BSD does; no RFC asks for it)")
            .observed()
            .required(&["RFC768-0-3"])
            .needs(&[Capability::SocketErrors])
            .both_families()
            .build(|s| {
                bound(s);
                s.socket("v", SocketKind::Udp).why("a second socket");
                let port = s.wildcard(PORT);
                s.call("v", Verb::Bind(port), Scene::errno(&[Errno::AddressInUse]));
                still_delivers(s);
            }),
    ]
}
