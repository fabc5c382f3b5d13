//! What the target sends. Read first: RFC 768, RFC 1122 4.1.3.5, 4.1.3.6 and 4.1.4.

use std::net::{Ipv4Addr, SocketAddr};

use super::{PEER, PORT, bound, peer};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("udp.sending.addresses-and-ports")
            .title("A datagram carries the socket's port and an address of the host as source, and the data unchanged")
            .required(&["RFC768-0-2", "RFC768-0-3", "RFC1122-4.1.3.6-2", "RFC1122-3.2.1.3-2", "RFC1122-4.1.3.5-3"])
            .both_families()
            .param("len", &["0", "1", "512", "1400"])
            .build(|s| {
                bound(s);
                let len = s.number("len") as usize;
                s.send_to("u", vec![0x77; len], peer(s));
                s.expect(
                    s.ip()
                        .src(s.target())
                        .dst(s.tester())
                        .udp(PORT, PEER)
                        .fill(0x77, len)
                        .set(FieldId::UdpLength, len + 8),
                );
            }),
        case("udp.sending.one-call-one-datagram")
            .title("Two sends make two datagrams")
            .required(&["RFC768-0-3"])
            .both_families()
            .build(|s| {
                bound(s);
                s.send_to("u", "one", peer(s));
                s.send_to("u", "two", peer(s));
                s.expect(s.ip().udp(PORT, PEER).payload("one"));
                s.expect(s.ip().udp(PORT, PEER).payload("two"));
            }),
        case("udp.sending.port-chosen")
            .title("A socket that was not bound sends from a port that the stack chose, and gets the answer there")
            .required(&["RFC1122-4.1.3.5-3", "RFC1122-4.1.3.5-4", "RFC768-0-2"])
            .both_families()
            .build(|s| {
                s.socket("u", SocketKind::Udp).why("set-up: a UDP socket");
                s.setup_done();
                s.send_to("u", "ping", peer(s));
                s.expect(s.ip().src(s.target()).udp(bind("port"), PEER).payload("ping"));
                s.check(Check::VarIn { var: "port".into(), min: 1, max: 65_535 });
                s.inject(s.ip().udp(PEER, var("port")).payload("pong"));
                s.expect_datagram("u", "pong");
            }),
        case("udp.sending.ttl-can-be-set")
            .title("The application sets the TTL (hop limit) of its datagrams")
            .required(&["RFC1122-4.1.4-2", "RFC1122-3.2.1.7-3"])
            .both_families()
            .param("ttl", &["1", "17", "255"])
            .build(|s| {
                bound(s);
                let ttl = s.number("ttl");
                s.set_option("u", SocketOption::Ttl(ttl as u8));
                s.send_to("u", "short lived", peer(s));
                s.expect(s.ip().udp(PORT, PEER).ttl(ttl).payload("short lived"));
            }),
        case("udp.sending.default-ttl-is-not-zero")
            .title("Without being told, datagrams leave with a TTL (hop limit) that is far from zero")
            .required(&["RFC1122-3.2.1.7-1"])
            .both_families()
            .build(|s| {
                bound(s);
                s.send_to("u", "far", peer(s));
                s.expect(s.ip().udp(PORT, PEER).ttl(32..=255_i64));
            }),
        case("udp.sending.tos-can-be-set")
            .title("The application sets the type of service of its datagrams")
            .required(&["RFC1122-4.1.4-2", "RFC1122-3.2.1.6-1"])
            .both_families()
            .param("tos", &["0", "40", "184"])
            .build(|s| {
                bound(s);
                let tos = s.number("tos");
                s.set_option("u", SocketOption::Tos(tos as u8));
                s.send_to("u", "marked", peer(s));
                s.expect(s.ip().udp(PORT, PEER).tos(tos).payload("marked"));
            }),
        case("udp.sending.broadcast")
            .title("A broadcast leaves as a link-layer broadcast, from an address of the host")
            .required(&["RFC894-0-8", "RFC1122-3.3.6-5", "RFC1122-3.2.1.3-5"])
            .needs(&[Capability::Broadcast])
            .ipv4()
            .build(|s| {
                bound(s);
                s.set_option("u", SocketOption::Broadcast(true));
                let everybody = Ipv4Addr::new(192, 0, 2, 255);
                s.send_to("u", "everybody", SocketAddr::new(everybody.into(), PEER));
                s.expect(
                    s.ip()
                        .src(s.target())
                        .dst(everybody)
                        .eth_dst(MacAddress::BROADCAST)
                        .udp(PORT, PEER)
                        .payload("everybody"),
                );
            }),
        case("udp.sending.connected-send")
            .title("A connected socket sends to its peer")
            .required(&["RFC1122-4.1.3.5-2", "RFC1122-4.1.3.5-4"])
            .both_families()
            .build(|s| {
                s.udp_flow("f", PORT);
                s.udp_connect("f");
                s.setup_done();
                s.send("f", "to the peer");
                s.expect(s.udp("f").src(s.target()).payload("to the peer"));
                let own = SocketAddr::new(s.target(), PORT);
                s.call("f", Verb::LocalAddress, Expected::Address(own))
                    .should()
                    .why("the address that was chosen can be asked for");
            }),
    ]
}
