//! Echo request and reply. Read first: RFC 1122 3.2.2.6, RFC 4443 4.1 and 4.2.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::echo_works;
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("icmp.echo.reply-repeats-the-data")
            .title("An echo request is answered with identifier, sequence number and data unchanged")
            .required(&["RFC1122-3.2.2.6-1", "RFC1122-3.2.2.6-6", "RFC4443-4.2-1", "RFC4443-4.2-3", "RFC4443-4.2-6"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("len", &["0", "1", "56", "1400"])
            .build(|s| {
                let len = s.number("len") as usize;
                s.inject(s.ip().echo_request(0x1234, 7).data(len)).label("request");
                s.expect(s.ip().src(s.target()).dst(s.tester()).echo_reply(0x1234, 7).data(len));
            }),
        case("icmp.echo.bad-checksum-dropped")
            .title("An echo request with a wrong checksum is not answered")
            .required(&["RFC792-WP-2", "RFC4443-WP-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                s.inject(s.ip().echo_request(1, 1).data(8).bad_checksum());
                s.silence(s.ip().echo_reply(any(), any()));
                s.note("the same request with a right checksum is answered");
                s.inject(s.ip().echo_request(1, 2).data(8));
                s.expect(s.ip().echo_reply(1, 2).data(8));
            }),
        case("icmp.echo.identifier-and-sequence-unchanged")
            .title("Identifier and sequence number come back unchanged, whatever they are")
            .required(&["RFC792-WP-1", "RFC4443-4.2-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("ident", &["0", "65535"])
            .param("seq", &["0", "32768", "65535"])
            .build(|s| {
                let (ident, seq) = (s.number("ident"), s.number("seq"));
                s.inject(s.ip().echo_request(ident, seq).data(24));
                s.expect(s.ip().echo_reply(ident, seq).data(24));
            }),
        case("icmp.echo.several-requests")
            .title("Each of several requests is answered, in a reply of its own")
            .required(&["RFC1122-3.2.2.6-1", "RFC792-WP-1", "RFC4443-4.1-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                for seq in 1..=8_u16 {
                    s.inject(s.ip().echo_request(0x4444, seq).fill(seq as u8, 32));
                }
                for seq in 1..=8_u16 {
                    s.expect(s.ip().echo_reply(0x4444, seq).fill(seq as u8, 32));
                }
                s.count(s.ip().echo_reply(0x4444, any()), 8, 8);
            }),
        case("icmp.echo.reply-once")
            .title("A request is answered once")
            .required(&["RFC1122-3.2.2.6-1", "RFC4443-4.1-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                s.inject(s.ip().echo_request(5, 5).data(8));
                s.expect(s.ip().echo_reply(5, 5).data(8));
                s.silence(s.ip().echo_reply(any(), any()));
            }),
        case("icmp.echo.other-code")
            .title("Whether an echo request with a code other than zero is answered")
            .observed()
            .required(&["RFC1122-3.2.2.6-1"])
            .both_families()
            .build(|s| {
                let ip = s.ip();
                s.inject(if s.is_v4() { ip.icmpv4(8, 5) } else { ip.icmpv6(128, 5) }.data(8));
                s.expect(if s.is_v4() { s.ip().icmpv4(0, any()) } else { s.ip().icmpv6(129, any()) });
            }),
        case("icmp.echo.fresh-ttl")
            .title("The reply has a TTL of its own, not what was left of the request's")
            .required(&["RFC1122-3.2.1.7-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("ttl", &["1", "2", "255"])
            .build(|s| {
                s.inject(s.ip().ttl(s.number("ttl")).echo_request(1, 1).data(8));
                s.expect(s.ip().ttl(i64::from(s.profile().default_ttl)).echo_reply(1, 1).data(8));
            }),
        case("icmp.echo.to-all-nodes")
            .title("An echo request to the group of all nodes is answered, from a unicast address of the interface")
            .should()
            .required(&["RFC4443-4.2-4", "RFC4443-4.2-5"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
                s.inject(s.ip().src(s.tester()).dst(all_nodes).echo_request(6, 6).data(16));
                let own = [s.link(0).target_v6.0, s.link(0).target_v6_link_local];
                s.expect(s.ip().src(one_of(own)).dst(s.tester()).echo_reply(6, 6).data(16));
            }),
        case("icmp.echo.group-reply-source-is-unicast")
            .title("A reply to an echo request to a group, if there is one, comes from a unicast address")
            .required(&["RFC4443-4.2-5", "RFC1122-3.2.1.3-2"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                let groups = (Ipv4Addr::new(224, 0, 0, 1), Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1));
                let request = if s.is_v4() { s.ip().dst(groups.0) } else { s.ip().src(s.tester()).dst(groups.1) };
                s.inject(request.echo_request(7, 7).data(16));
                s.silence(if s.is_v4() { s.ip().src(groups.0) } else { s.ip().src(groups.1) });
                s.forget();
                echo_works(s);
            }),
        case("icmp.echo.to-broadcast-answered")
            .title("Whether an echo request to a broadcast or multicast address is answered")
            .observed()
            .required(&["RFC1122-3.2.2.6-3", "RFC1122-3.2.2.6-4"])
            .ipv4()
            .param("to", &["255.255.255.255", "192.0.2.255", "224.0.0.1"])
            .build(|s| {
                let to: Ipv4Addr = s.param("to").parse().expect("the parameter is an address");
                s.inject(s.ip().dst(to).echo_request(8, 8).data(16));
                s.expect(s.ip().src(s.target()).dst(s.tester()).echo_reply(8, 8).data(16));
            }),
        case("icmp.echo.from-link-local")
            .title("An echo request to the link-local address is answered from it")
            .required(&["RFC4443-4.2-3", "RFC4291-WP-5"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                let (own, tester) = (s.link(0).target_v6_link_local, s.link(0).tester_v6_link_local);
                s.inject(s.ip().src(tester).dst(own).echo_request(9, 9).data(16));
                s.expect(s.ip().src(own).dst(tester).echo_reply(9, 9).data(16));
            }),
        case("icmp.echo.second-interface")
            .title("A request is answered from the address that it was sent to, on every interface")
            .required(&["RFC1122-3.2.2.6-5", "RFC4443-4.2-3"])
            .needs(&[Capability::EchoReply, Capability::MultiHomed])
            .both_families()
            .param("link", &["0", "1"])
            .build(|s| {
                s.links(2);
                let link = s.number("link") as usize;
                s.inject(s.ip().echo_request(3, 3).data(16)).on(link);
                let reply = s.ip().src(s.target_on(link)).dst(s.tester_on(link)).echo_reply(3, 3).data(16);
                s.expect(reply).on(link);
            }),
    ]
}
