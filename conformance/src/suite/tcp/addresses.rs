//! Addresses that TCP must not talk to, and the one that it talks from.
//!
//! Read first: RFC 9293 3.9.2.3 and 3.9.1.1, RFC 1122 3.2.1.3, RFC 4291 2.5.2, 2.5.3 and 2.7.

use std::net::{IpAddr, SocketAddr};

use super::common::{PEER, data_flows, listener_works};
use crate::suite::prelude::*;

/// The port of the listener.
const PORT: u16 = 80;
/// A port on which nobody listens.
const CLOSED: u16 = 4_997;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        group_destination(4),
        group_destination(6),
        link_broadcast(),
        bad_source(4),
        bad_source(6),
        connect_to_group(4),
        connect_to_group(6),
        source_by_route(),
        answers_from_the_address_asked(),
    ]
}

/// Any TCP segment of the family.
fn any_segment(s: &Scene) -> PacketSpec {
    s.ip().push(LayerKind::Tcp)
}

fn address(s: &Scene) -> IpAddr {
    s.param("address").parse().expect("the parameter is an address")
}

/// The MAC address that a router or neighbour would send it to.
fn mac_of(address: IpAddr) -> MacAddress {
    match address {
        IpAddr::V4(v4) if v4.is_multicast() => {
            let [_, b, c, d] = v4.octets();
            MacAddress([0x01, 0x00, 0x5e, b & 0x7f, c, d])
        }
        IpAddr::V4(_) => MacAddress::BROADCAST,
        IpAddr::V6(v6) => {
            let [.., a, b, c, d] = v6.octets();
            MacAddress([0x33, 0x33, a, b, c, d])
        }
    }
}

fn group_destination(version: u8) -> Case {
    let title = "A SYN to a broadcast or multicast address is discarded in silence, whether its port listens or not";
    let v4 = version == 4;
    let name = if v4 { "tcp.addresses.group-destination" } else { "tcp.addresses.group-destination-v6" };
    let builder = case(name).title(title).required(&["RFC9293-MUST-57"]);
    let builder = if v4 {
        builder.ipv4().param("address", &["255.255.255.255", "192.0.2.255", "224.0.0.1"])
    } else {
        builder.ipv6().param("address", &["ff02::1"])
    };
    builder.param("port", &["listening", "closed"]).build(|s| {
        s.listen("l", PORT);
        s.setup_done();
        let group = address(s);
        let port = if s.param("port") == "closed" { CLOSED } else { PORT };
        s.inject(s.ip().dst(group).eth_dst(mac_of(group)).tcp(PEER, port).flags("S").seq(1_000));
        s.silence(any_segment(s));
        s.silence(s.ip().src(group)).why("a group is not a source address");
        listener_works(s, "l", PORT);
    })
}

fn link_broadcast() -> Case {
    case("tcp.addresses.link-broadcast")
        .title("A SYN to the own address in a broadcast or multicast frame is discarded in silence")
        .should()
        .required(&["RFC1122-3.3.6-6"])
        .ipv4()
        .param("frame", &["broadcast", "multicast"])
        .build(|s| {
            s.listen("l", PORT);
            s.setup_done();
            let group = if s.param("frame") == "broadcast" {
                MacAddress::BROADCAST
            } else {
                MacAddress([0x01, 0x00, 0x5e, 0, 0, 1])
            };
            s.inject(s.ip().eth_dst(group).tcp(PEER, PORT).flags("S").seq(1_000));
            s.silence(any_segment(s));
            listener_works(s, "l", PORT);
        })
}

fn bad_source(version: u8) -> Case {
    let title = "A SYN from an address that cannot be a source is ignored: no answer to anybody, no connection";
    let v4 = version == 4;
    let name = if v4 { "tcp.addresses.bad-source" } else { "tcp.addresses.bad-source-v6" };
    let builder = case(name).title(title);
    let builder = if v4 {
        let sources = ["255.255.255.255", "192.0.2.255", "224.0.0.9", "127.0.0.1", "0.0.0.0"];
        builder.required(&["RFC9293-MUST-63", "RFC1122-3.2.1.3-4"]).ipv4().param("address", &sources)
    } else {
        builder.required(&["RFC9293-MUST-63"]).ipv6().param("address", &["ff02::9", "::1", "::"])
    };
    builder.param("port", &["listening", "closed"]).build(|s| {
        s.listen("l", PORT);
        s.setup_done();
        let port = if s.param("port") == "closed" { CLOSED } else { PORT };
        s.inject(s.ip().src(address(s)).tcp(PEER, port).flags("S").seq(1_000));
        s.silence(any_segment(s));
        s.call("l", Verb::Accept("none".to_owned()), Expected::Pending);
        listener_works(s, "l", PORT);
    })
}

fn connect_to_group(version: u8) -> Case {
    let title = "A connect to a broadcast or multicast address fails at once, and no SYN is sent";
    let v4 = version == 4;
    let name = if v4 { "tcp.addresses.connect-to-group" } else { "tcp.addresses.connect-to-group-v6" };
    let builder = case(name).title(title).required(&["RFC9293-MUST-46"]);
    let builder = if v4 {
        builder.ipv4().param("address", &["255.255.255.255", "192.0.2.255", "224.0.0.9"])
    } else {
        builder.ipv6().param("address", &["ff02::1", "ff02::9"])
    };
    builder.build(|s| {
        s.socket("g", SocketKind::Tcp);
        s.setup_done();
        let group = SocketAddr::new(address(s), PEER);
        s.call("g", Verb::Connect(group), Scene::errno(&[])).why("the call is rejected");
        s.silence(any_segment(s));
        s.connect("c").why("a proper connect sends a SYN");
    })
}

fn source_by_route() -> Case {
    case("tcp.addresses.source-by-route")
        .title("On a host with two links the SYN of a connect leaves by the link of its destination, with that link's address")
        .required(&["RFC9293-MUST-44", "RFC9293-MUST-45"])
        .both_families()
        .param("link", &["0", "1"])
        .build(|s| {
            s.links(2);
            let link = s.number("link") as usize;
            let (tester, target) = (s.tester_on(link), s.target_on(link));
            s.flow("c", 80).link = link;
            s.flow_mut("c").tester = tester;
            s.flow_mut("c").target = target;
            s.setup_done();
            s.connect("c").on(link);
            s.inject(s.tcp("c").syn_ack());
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1)).on(link);
            let peer = SocketAddr::new(tester, s.flow_mut("c").tester_port);
            s.call("c", Verb::Connect(peer), Expected::Ok).within(secs(2));
            data_flows(s, "c");
        })
}

fn answers_from_the_address_asked() -> Case {
    case("tcp.addresses.answers-from-the-address-asked")
        .title("A listener on every address answers each SYN from the address that it was sent to")
        .required(&["RFC9293-MUST-45"])
        .both_families()
        .build(|s| {
            s.links(2);
            s.listen("l", PORT);
            s.setup_done();
            for link in [0, 1] {
                let name = ["a", "b"][link];
                let (tester, target) = (s.tester_on(link), s.target_on(link));
                s.flow(name, PORT).link = link;
                s.flow_mut(name).tester = tester;
                s.flow_mut(name).target = target;
                s.inject(s.tcp(name).syn());
                s.expect(s.tcp(name).syn_ack().ack_number(1)).on(link);
                s.inject(s.tcp(name).ack());
                s.accept("l", name);
                let own = SocketAddr::new(target, PORT);
                s.call(name, Verb::LocalAddress, Expected::Address(own));
                data_flows(s, name);
            }
        })
}
