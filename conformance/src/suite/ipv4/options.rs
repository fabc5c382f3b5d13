//! Options in received datagrams. Read first: RFC 791 3.1, RFC 1122 3.2.1.8, RFC 7126.

use super::echo_works;
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv4.options.unknown-ignored")
            .title("A datagram with an unknown option is received as if the option were not there")
            .required(&["RFC1122-3.2.1.8-3", "RFC791-3.1-6", "RFC791-3.2-16"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("option", &["copied", "not-copied", "longest"])
            .build(|s| {
                let mut longest = vec![0x5e, 40];
                longest.resize(40, 0xaa);
                let option: Vec<u8> = match s.param("option") {
                    "copied" => vec![0xde, 4, 0xaa, 0xbb],
                    "not-copied" => vec![0x5e, 8, 1, 2, 3, 4, 5, 6],
                    _ => longest,
                };
                s.inject(s.ip().ip_options(option).echo_request(1, 1).data(8));
                s.expect(s.ip().echo_reply(1, 1).data(8));
            }),
        case("ipv4.options.no-operation-and-end")
            .title("No-operation and end-of-list are skipped, and what stands behind the end does not matter")
            .required(&["RFC791-3.1-6", "RFC791-3.2-18"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("list", &["nops", "end", "end-then-garbage"])
            .build(|s| {
                let list: &[u8] = match s.param("list") {
                    "nops" => &[1, 1, 1, 1],
                    "end" => &[0, 0, 0, 0],
                    _ => &[1, 0, 7, 0, 0xff, 0xff, 0xff, 0xff],
                };
                s.inject(s.ip().ip_options(list).echo_request(1, 1).data(8));
                s.expect(s.ip().echo_reply(1, 1).data(8));
            }),
        case("ipv4.options.stream-id-ignored")
            .title("The obsolete stream identifier is ignored, and no reply carries one")
            .required(&["RFC1122-3.2.1.8b-2", "RFC1122-3.2.1.8b-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().ip_options([0x88, 4, 0x12, 0x34]).echo_request(1, 1).data(8));
                s.expect(s.ip().echo_reply(1, 1).data(8).set(FieldId::Ipv4HeaderLen, 5));
            }),
        case("ipv4.options.malformed-does-no-harm")
            .title("An option with an impossible length does no harm: no crash, no endless loop, the next datagram is served")
            .required(&["RFC791-3.2-16"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("option", &["length-0", "length-1", "beyond-header", "record-route-pointer-0", "timestamp-short"])
            .build(|s| {
                let option: &[u8] = match s.param("option") {
                    "length-0" => &[0x5e, 0, 0, 0],
                    "length-1" => &[0x5e, 1, 0, 0],
                    "beyond-header" => &[0x5e, 40, 0, 0],
                    "record-route-pointer-0" => &[7, 7, 0, 0, 0, 0, 0, 0],
                    _ => &[68, 3, 5, 0],
                };
                s.inject(s.ip().ip_options(option).echo_request(1, 1).data(8));
                s.forget();
                echo_works(s);
            }),
        case("ipv4.options.transport-behind-options")
            .title("A UDP datagram behind options is found and delivered")
            .required(&["RFC1122-3.2.1.8-3", "RFC791-3.2-18"])
            .needs(&[Capability::UdpSockets])
            .ipv4()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                s.inject(s.ip().ip_options([1, 1, 1, 1, 0x5e, 4, 0, 0]).udp(40_000, 5000).payload("behind"));
                s.expect_datagram("u", "behind");
            }),
        case("ipv4.options.completed-source-route-delivered")
            .title("A datagram whose source route is used up is delivered")
            .required(&["RFC1122-3.2.1.8c-2"])
            .needs(&[Capability::UdpSockets, Capability::SourceRoute])
            .ipv4()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                // Loose source route of one address, pointer behind it.
                s.inject(s.ip().ip_options([0x83, 7, 8, 192, 0, 2, 1, 0]).udp(40_000, 5000).payload("arrived"));
                s.expect_datagram("u", "arrived");
            }),
        case("ipv4.options.source-route-not-forwarded")
            .title("A host does not pass on a datagram with a source route that goes on")
            .required(&["RFC1122-3.3.5-8"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                let through = s.host_on(0, 44);
                let std::net::IpAddr::V4(next) = through else { panic!("this case runs over IPv4") };
                let [a, b, c, d] = next.octets();
                s.inject(s.ip().ip_options([0x83, 7, 4, a, b, c, d, 0]).udp(40_000, 40_001).payload("through")).label("routed");
                s.silence(s.ip().src(any()).dst(through).udp(40_000, 40_001));
                echo_works(s);
            }),
        case("ipv4.options.record-route-in-echo")
            .title("The record route option of an echo request comes back in the reply, with the host's address added")
            .should()
            .required(&["RFC1122-3.2.2.6-8", "RFC1122-3.2.1.8d-1"])
            .needs(&[Capability::EchoReply, Capability::Ipv4Options])
            .ipv4()
            .build(|s| {
                // Room for three addresses, none recorded; one octet of padding.
                s.inject(s.ip().ip_options([7, 15, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).echo_request(1, 1).data(8));
                s.expect(s.ip().set(FieldId::Ipv4HeaderLen, 9).echo_reply(1, 1).data(8));
            }),
        case("ipv4.options.timestamp-in-echo")
            .title("The timestamp option of an echo request comes back in the reply")
            .should()
            .required(&["RFC1122-3.2.2.6-8", "RFC1122-3.2.1.8e-1"])
            .needs(&[Capability::EchoReply, Capability::Ipv4Options])
            .ipv4()
            .build(|s| {
                // Timestamps only, room for two.
                s.inject(s.ip().ip_options([68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]).echo_request(1, 1).data(8));
                s.expect(s.ip().set(FieldId::Ipv4HeaderLen, 8).echo_reply(1, 1).data(8));
            }),
    ]
}
