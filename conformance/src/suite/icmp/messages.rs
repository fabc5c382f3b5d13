//! Messages that a host does not answer, or may answer. Read first: RFC 792, RFC 1122 3.2.2.2, 3.2.2.7 to 3.2.2.9, RFC 6918.

use std::net::{IpAddr, Ipv4Addr};

use super::echo_works;
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("icmp.messages.address-mask-not-answered")
            .title("A host that is no agent does not answer an address mask request")
            .required(&["RFC1122-3.2.2.9-9"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("to", &["unicast", "broadcast"])
            .build(|s| {
                let mut request = s.ip().icmpv4(17, 0).payload([0; 4]);
                if s.param("to") == "broadcast" {
                    request = request.dst(Ipv4Addr::BROADCAST);
                }
                s.inject(request);
                s.silence(s.ip().icmpv4(18, any()));
                echo_works(s);
            }),
        case("icmp.messages.information-request-not-answered")
            .title("A host does not answer an information request")
            .should()
            .required(&["RFC1122-3.2.2.7-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().icmpv4(15, 0));
                s.silence(s.ip().icmpv4(16, any()));
                echo_works(s);
            }),
        case("icmp.messages.timestamp-answered")
            .title("Whether a timestamp request is answered")
            .observed()
            .required(&["RFC1122-3.2.2.8-1"])
            .ipv4()
            .build(|s| {
                s.inject(timestamp(s, 7));
                s.expect(s.ip().icmpv4(14, 0));
            }),
        case("icmp.messages.timestamp-to-group-answered")
            .title("Whether a timestamp request to a broadcast or multicast address is answered")
            .observed()
            .required(&["RFC1122-3.2.2.8-3", "RFC1122-3.2.2.8-4"])
            .ipv4()
            .param("to", &["255.255.255.255", "224.0.0.1"])
            .build(|s| {
                let to: Ipv4Addr = s.param("to").parse().expect("the parameter is an address");
                s.inject(timestamp(s, 7).dst(to));
                s.expect(s.ip().icmpv4(14, 0));
            }),
        case("icmp.messages.timestamp-reply-right")
            .title("A timestamp reply, if there is one, comes from the address that was asked and repeats the request's numbers")
            .required(&["RFC1122-3.2.2.8-5"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(timestamp(s, 9));
                s.advance(ms(200));
                let reply = || packet::ipv4().icmpv4(14, any());
                let wrong = [
                    reply().src(not(address(s.target()))),
                    reply().set(FieldId::Icmpv4Ident, not(0x2222)),
                    reply().set(FieldId::Icmpv4Seq, not(9)),
                    reply().payload_len(not(12)),
                    reply().checksum(Checksum::Wrong),
                ];
                for wrong in wrong {
                    s.count(wrong, 0, 0);
                }
                s.forget();
                echo_works(s);
            }),
        case("icmp.messages.replies-not-answered")
            .title("A reply that nobody asked for is discarded without an answer")
            .required(&["RFC1122-3.2.2-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                s.inject(s.ip().echo_reply(0x3333, 1).data(16));
                s.silence(if s.is_v4() { s.ip().icmpv4(any(), any()) } else { s.ip().icmpv6(1..=129_i64, any()) });
                echo_works(s);
            }),
        case("icmp.messages.source-quench-ignored")
            .title("A source quench is discarded silently, and nothing changes")
            .required(&["RFC1122-3.2.2-6"])
            .needs(&[Capability::UdpSocketErrors])
            .ipv4()
            .build(|s| {
                s.udp_flow("f", 5000);
                s.udp_connect("f");
                s.send("f", "one");
                s.expect(s.udp("f").payload("one")).label("sent").why("set-up: the datagram leaves");
                s.setup_done();
                s.inject(s.ip().icmpv4(4, 0).quote_header("sent"));
                s.silence(s.ip().icmpv4(any(), any()));
                s.send("f", "two");
                s.expect(s.udp("f").payload("two"));
            }),
        case("icmp.messages.no-redirect-from-a-host")
            .title("A host does not send redirects")
            .should()
            .required(&["RFC1122-3.2.2.2-1", "RFC1122-3.1-6"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                let neighbor = s.host_on(0, 70);
                s.inject(s.ip().dst(neighbor).udp(40_000, 9).payload("for another host of this link"));
                s.silence(s.ip().icmpv4(5, any()));
                echo_works(s);
            }),
    ]
}

/// A timestamp request with an originate timestamp that no clock shows by chance.
fn timestamp(s: &Scene, seq: u16) -> PacketSpec {
    let data = [0x01, 0x23, 0x45, 0x67, 0, 0, 0, 0, 0, 0, 0, 0];
    let request = s.ip().icmpv4(13, 0).set(FieldId::Icmpv4Ident, 0x2222).set(FieldId::Icmpv4Seq, seq);
    request.payload(data)
}

/// An IPv4 address of the bed.
fn address(address: IpAddr) -> Ipv4Addr {
    match address {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => panic!("this case runs over IPv4"),
    }
}
