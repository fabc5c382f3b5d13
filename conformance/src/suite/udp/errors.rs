//! Closed ports, and ICMP errors about what was sent. Read first: RFC 1122 4.1.3.1 and 4.1.3.3, RFC 4443 3.1.

use std::net::Ipv4Addr;

use super::{CLOSED, PEER};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("udp.errors.closed-port-unreachable")
            .title("A datagram to a port that nobody bound is answered by port unreachable with the datagram's head")
            .should()
            .required(&["RFC1122-4.1.3.1-1", "RFC1122-3.2.2.1-1", "RFC4443-3.1-4"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                s.inject(s.ip().udp(PEER, CLOSED).payload("hello")).label("probe");
                s.expect(s.ip().src(s.target()).dst(s.tester()).port_unreachable());
            }),
        case("udp.errors.no-unreachable-for-broadcast")
            .title("A broadcast to a closed port causes no error")
            .required(&["RFC1122-3.2.2-7"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .param("address", &["255.255.255.255", "192.0.2.255"])
            .build(|s| {
                let address: Ipv4Addr = s.param("address").parse().expect("the parameter is an address");
                s.inject(s.ip().dst(address).eth_dst(MacAddress::BROADCAST).udp(PEER, CLOSED).payload("all"));
                s.silence(s.ip().port_unreachable());
                s.inject(s.ip().udp(PEER, CLOSED).payload("one")).label("unicast");
                s.expect(s.ip().port_unreachable()).why("to its own address it does");
            }),
        case("udp.errors.no-unreachable-for-bad-checksum")
            .title("A datagram with a wrong checksum to a closed port causes no error")
            .required(&["RFC1122-4.1.3.4-2"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                s.inject(s.ip().udp(PEER, CLOSED).payload("broken").bad_checksum());
                s.silence(s.ip().port_unreachable());
                s.inject(s.ip().udp(PEER, CLOSED).payload("whole")).label("good");
                s.expect(s.ip().port_unreachable()).why("with a right checksum it does");
            }),
        case("udp.errors.unreachable-reaches-connected-socket")
            .title("A port unreachable about a datagram of a connected socket is reported to it")
            .required(&["RFC1122-4.1.3.3-1", "RFC1122-3.2.2.1-2", "RFC1122-3.2.2-4", "RFC4443-3.1-6"])
            .needs(&[Capability::UdpSocketErrors])
            .both_families()
            .build(|s| {
                s.udp_flow("f", 5000);
                s.udp_connect("f");
                s.send("f", "anybody?");
                s.expect(s.udp("f").payload("anybody?")).label("sent").why("set-up: the datagram leaves");
                s.setup_done();
                s.inject(s.ip().port_unreachable().quote_header("sent"));
                s.call("f", Verb::Recv(100), Scene::errno(&[Errno::ConnectionRefused])).within(secs(1));
            }),
        case("udp.errors.unreachable-for-others-ignored")
            .title("A port unreachable that quotes another pair of ports is reported to nobody")
            .required(&["RFC1122-3.2.2-4"])
            .needs(&[Capability::UdpSocketErrors])
            .both_families()
            .build(|s| {
                s.udp_flow("f", 5000);
                s.udp_connect("f");
                s.udp_flow("g", 5001).tester_port = 40_777;
                s.udp_connect("g");
                s.send("g", "other");
                s.expect(s.udp("g").payload("other")).label("other").why("set-up: the other datagram leaves");
                s.setup_done();
                s.inject(s.ip().port_unreachable().quote_header("other"));
                s.expect_no_datagram("f");
                s.inject(s.udp("f").payload("still fine"));
                s.expect_datagram("f", "still fine");
            }),
        case("udp.errors.socket-goes-on-after-error")
            .title("After the error was reported the socket goes on")
            .required(&["RFC1122-3.2.2.1-4"])
            .needs(&[Capability::UdpSocketErrors])
            .both_families()
            .build(|s| {
                s.udp_flow("f", 5000);
                s.udp_connect("f");
                s.send("f", "one");
                s.expect(s.udp("f").payload("one")).label("sent").why("set-up: the datagram leaves");
                s.inject(s.ip().port_unreachable().quote_header("sent"));
                s.call("f", Verb::Recv(100), Scene::errno(&[Errno::ConnectionRefused])).within(secs(1));
                s.setup_done();
                s.send("f", "two");
                s.expect(s.udp("f").payload("two"));
                s.inject(s.udp("f").payload("three"));
                s.expect_datagram("f", "three");
            }),
    ]
}
