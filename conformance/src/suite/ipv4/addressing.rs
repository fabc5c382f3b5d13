//! Which addresses are received and which are sent. Read first: RFC 1122 3.2.1.3 and 3.3.6, RFC 919.

use std::net::Ipv4Addr;

use super::echo_works;
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv4.addressing.other-destination-discarded")
            .title("A datagram to an address that is not the host's own is discarded silently, and not forwarded")
            .required(&["RFC1122-3.2.1.3-3", "RFC1122-3.1-6"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("destination", &["192.0.2.9", "198.51.100.7", "10.1.2.3", "0.0.0.0"])
            .build(|s| {
                let destination: Ipv4Addr = s.param("destination").parse().expect("the parameter is an address");
                s.inject(s.ip().dst(destination).eth_dst(s.link(0).target_mac).echo_request(1, 1).data(8));
                s.silence(packet::ipv4().src(any()).dst(any()).push(LayerKind::Icmpv4));
                echo_works(s);
            }),
        case("ipv4.addressing.loopback-from-outside-discarded")
            .title("A datagram to 127.0.0.1 that comes from the link is discarded")
            .required(&["RFC1122-3.2.1.3-3"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().dst(Ipv4Addr::LOCALHOST).eth_dst(s.link(0).target_mac).echo_request(1, 1).data(8));
                s.silence(s.ip().src(any()).echo_reply(1, 1));
                echo_works(s);
            }),
        case("ipv4.addressing.bad-source-discarded")
            .title("A datagram whose source cannot be a single host is discarded silently")
            .required(&["RFC1122-3.2.1.3-4"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("source", &["255.255.255.255", "192.0.2.255", "224.0.0.1", "239.1.2.3", "127.0.0.1", "0.0.0.0"])
            .build(|s| {
                let source: Ipv4Addr = s.param("source").parse().expect("the parameter is an address");
                s.inject(s.ip().src(source).echo_request(1, 1).data(8));
                s.silence(s.ip().dst(any()).echo_reply(1, 1));
                echo_works(s);
            }),
        case("ipv4.addressing.class-e-source-discarded")
            .title("A datagram from the reserved class E is discarded silently")
            .should()
            .required(&["RFC1122-3.2.1.3-4"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().src(Ipv4Addr::new(240, 0, 0, 1)).echo_request(1, 1).data(8));
                s.silence(s.ip().dst(any()).echo_reply(1, 1));
                echo_works(s);
            }),
        case("ipv4.addressing.own-source-discarded")
            .title("A datagram that claims to come from the target itself (land) causes no answer on the link")
            .required(&["RFC1122-3.2.1.3-4"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().src(s.target()).echo_request(1, 1).data(8));
                s.silence(s.ip().dst(any()).echo_reply(1, 1));
                echo_works(s);
            }),
        case("ipv4.addressing.all-forms-of-broadcast")
            .title(
                "Limited and directed broadcast are recognised: an answer, if any, comes from the host's own address",
            )
            .required(&["RFC1122-3.3.6-4", "RFC1122-3.2.1.3-5"])
            .needs(&[Capability::UdpSockets])
            .ipv4()
            .param("destination", &["255.255.255.255", "192.0.2.255"])
            .build(|s| {
                let destination: Ipv4Addr = s.param("destination").parse().expect("the parameter is an address");
                s.udp_bind("u", 5000);
                s.setup_done();
                s.inject(s.ip().dst(destination).eth_dst(MacAddress::BROADCAST).echo_request(1, 1).data(8));
                s.silence(packet::ipv4().src(destination).dst(any()));
                s.inject(s.ip().dst(destination).eth_dst(MacAddress::BROADCAST).udp(40_000, 5000).payload("all"));
                s.expect_datagram("u", "all");
            }),
        case("ipv4.addressing.zero-form-of-broadcast")
            .title("The old all-zeros form of the directed broadcast is received as well")
            .should()
            .required(&["RFC1122-3.3.6-1"])
            .needs(&[Capability::UdpSockets])
            .ipv4()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let zero = Ipv4Addr::new(192, 0, 2, 0);
                s.inject(s.ip().dst(zero).eth_dst(MacAddress::BROADCAST).udp(40_000, 5000).payload("all"));
                s.expect_datagram("u", "all");
            }),
        case("ipv4.addressing.tcp-to-broadcast-ignored")
            .title("A SYN to a broadcast or multicast address is discarded silently")
            .required(&["RFC9293-MUST-57"])
            .needs(&[Capability::TcpListen])
            .ipv4()
            .param("destination", &["255.255.255.255", "192.0.2.255", "224.0.0.1"])
            .build(|s| {
                let destination: Ipv4Addr = s.param("destination").parse().expect("the parameter is an address");
                let multicast = MacAddress([0x01, 0x00, 0x5e, 0, 0, 1]);
                let mac = if destination.is_multicast() { multicast } else { MacAddress::BROADCAST };
                s.listen_for("c");
                s.setup_done();
                s.inject(s.tcp("c").dst(destination).eth_dst(mac).syn());
                s.silence(packet::ipv4().src(any()).dst(any()).push(LayerKind::Tcp));
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack()).why("a SYN to the host's own address is answered");
            }),
        case("ipv4.addressing.reply-from-address-asked")
            .title("The source of a reply is the address that was asked")
            .should()
            .required(&["RFC1122-3.3.4.2-1", "RFC1122-3.2.2.6-5"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.links(2);
                let asked = s.target_on(1);
                s.inject(s.ip().src(s.tester_on(1)).dst(asked).echo_request(1, 1).data(8)).on(1);
                s.expect(s.ip().src(asked).dst(s.tester_on(1)).echo_reply(1, 1).data(8)).on(1);
            }),
        case("ipv4.addressing.no-forwarding-by-default")
            .title("Two interfaces alone do not make a gateway: a datagram for the other link is not forwarded")
            .required(&["RFC1122-3.1-5", "RFC1122-3.1-6", "RFC1122-3.1-7"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.links(2);
                s.inject(
                    s.ip()
                        .dst(s.tester_on(1))
                        .eth_dst(s.link(0).target_mac)
                        .ttl(64)
                        .udp(40_000, 40_001)
                        .payload("through"),
                );
                s.silence(s.ip().src(any()).dst(any()).udp(40_000, 40_001)).on(1);
                s.inject(s.ip().echo_request(9, 9).data(8));
                s.expect(s.ip().echo_reply(9, 9).data(8)).why("the target is alive");
            }),
    ]
}
