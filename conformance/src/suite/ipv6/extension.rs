//! Extension headers: order, number, unknown ones. Read first: RFC 8200 4, 4.1, 4.4 and 4.6, RFC 5095.

use super::{any_error, echo_works};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv6.extension.each-alone")
            .title("A packet with one extension header is received as without it")
            .required(&["RFC8200-4.1-3", "RFC8200-4.2-5"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("header", &["hop-by-hop", "destination-options", "routing", "fragment"])
            .build(|s| {
                let name = s.param("header").to_owned();
                s.inject(with_headers(s.ip(), &[&name]).echo_request(1, 1).data(16));
                s.expect(s.ip().echo_reply(1, 1).data(16));
            }),
        case("ipv6.extension.any-order")
            .title("Extension headers are accepted in any order and number, the hop-by-hop header first")
            .required(&["RFC8200-4.1-3"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param(
                "headers",
                &[
                    "hop-by-hop+destination-options",
                    "hop-by-hop+destination-options+routing+fragment+destination-options",
                    "destination-options+routing",
                    "routing+destination-options",
                    "destination-options+destination-options",
                    "destination-options+destination-options+destination-options",
                    "routing+routing",
                    "fragment+destination-options",
                    "destination-options+fragment",
                    "fragment+routing",
                    "fragment+routing+destination-options",
                ],
            )
            .build(|s| {
                let names: Vec<String> = s.param("headers").split('+').map(str::to_owned).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                s.inject(with_headers(s.ip(), &names).echo_request(1, 1).data(16));
                s.expect(s.ip().echo_reply(1, 1).data(16));
            }),
        case("ipv6.extension.udp-behind-headers")
            .title("A datagram behind extension headers is found and delivered, its checksum over the upper layer alone")
            .required(&["RFC8200-4.1-3", "RFC8200-8.1-1"])
            .needs(&[Capability::UdpSockets])
            .ipv6()
            .param("header", &["hop-by-hop", "destination-options", "routing"])
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let name = s.param("header").to_owned();
                s.inject(with_headers(s.ip(), &[&name]).udp(40_000, 5000).payload("behind"));
                s.expect_datagram("u", "behind");
            }),
        case("ipv6.extension.hop-by-hop-not-first")
            .title("A hop-by-hop header that is not first is treated as an unknown next header: code 1 and a pointer to it")
            .should()
            .required(&["RFC8200-4-5", "RFC8200-4-1"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .param("behind", &["destination-options", "routing"])
            .build(|s| {
                let name = s.param("behind").to_owned();
                s.inject(with_headers(s.ip(), &[&name, "hop-by-hop"]).echo_request(1, 1).data(16)).label("probe");
                s.expect(s.ip().parameter_problem(1, 40).quote_header("probe")).forbid(packet::ipv6().echo_reply(any(), any()));
            }),
        case("ipv6.extension.unknown-next-header")
            .title("An unknown next header behind an extension header is reported with code 1 and a pointer to where it stands")
            .should()
            .required(&["RFC8200-4-4", "RFC4443-3.4-1"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .param("behind", &["hop-by-hop", "destination-options", "routing"])
            .build(|s| {
                let name = s.param("behind").to_owned();
                s.inject(with_headers(s.ip(), &[&name]).fill(0x61, 16)).label("probe");
                s.expect(s.ip().parameter_problem(1, 40).quote_header("probe"));
            }),
        case("ipv6.extension.unknown-next-header-discarded")
            .title("A packet with an unknown next header is discarded")
            .required(&["RFC8200-4-4"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("number", &["143", "253", "254", "200"])
            .build(|s| {
                // What follows looks like a chain that ends in an echo request.
                s.inject(s.ip().dest_options([]).set(FieldId::Ipv6NextHeader, s.number("number")).echo_request(1, 1).data(8));
                s.silence(s.ip().echo_reply(any(), any()));
                echo_works(s);
            }),
        case("ipv6.extension.routing-unknown-type-used-up")
            .title("A routing header of unknown type with no segments left is skipped")
            .required(&["RFC8200-4.4-1"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("type", &["0", "1", "200", "255"])
            .build(|s| {
                let kind = s.number("type") as u8;
                s.inject(s.ip().routing(kind, 0, segment(s)).echo_request(1, 1).data(16));
                s.expect(s.ip().echo_reply(1, 1).data(16));
            }),
        case("ipv6.extension.routing-unknown-type-reported")
            .title("A routing header of unknown type with segments left is reported: code 0, pointer to its type")
            .required(&["RFC8200-4.4-2"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .param("type", &["0", "1", "200", "255"])
            .build(|s| {
                let kind = s.number("type") as u8;
                s.inject(s.ip().routing(kind, 1, segment(s)).echo_request(1, 1).data(16)).label("probe");
                let error = s.ip().dst(s.tester()).parameter_problem(0, 42).quote_header("probe");
                s.expect(error).forbid(packet::ipv6().echo_reply(any(), any()));
            }),
        case("ipv6.extension.routing-not-followed")
            .title("A packet with segments left in a type 0 routing header is not passed on")
            .required(&["RFC8200-4.4-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                let next = s.host_on(0, 44);
                s.inject(s.ip().routing(0, 1, segment(s)).udp(40_000, 9).payload("through"));
                s.silence(s.ip().src(any()).dst(next).udp(any(), any()));
                echo_works(s);
            }),
        case("ipv6.extension.routing-not-reversed")
            .title("The answer to a packet with a routing header carries none")
            .required(&["RFC8200-8.4-1"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                s.inject(s.ip().routing(0, 0, segment(s)).echo_request(1, 1).data(16));
                s.expect(s.ip().protocol(58).echo_reply(1, 1).data(16)).forbid(packet::ipv6().push(LayerKind::Routing));
            }),
        case("ipv6.extension.chain-cut-short")
            .title("A packet that ends inside an extension header is dropped and does no harm")
            .required(&["RFC8200-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("header", &["0", "43", "44", "60"])
            .param("octets", &["1", "2", "7"])
            .build(|s| {
                s.inject(s.ip().protocol(s.number("header")).fill(0, s.number("octets") as usize));
                s.silence(s.ip().echo_reply(any(), any()));
                s.forget();
                echo_works(s);
            }),
        case("ipv6.extension.length-beyond-packet")
            .title("An extension header whose length lies beyond the packet is not processed and does no harm")
            .required(&["RFC8200-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("header", &["hop-by-hop", "destination-options", "routing"])
            .param("length", &["4", "255"])
            .build(|s| {
                let length = s.number("length");
                let name = s.param("header").to_owned();
                let field = match name.as_str() {
                    "hop-by-hop" => FieldId::HopByHopLen,
                    "routing" => FieldId::RoutingLen,
                    _ => FieldId::DestOptionsLen,
                };
                s.inject(with_headers(s.ip(), &[&name]).set(field, length).echo_request(1, 1).data(8));
                s.silence(s.ip().echo_reply(any(), any()));
                s.forget();
                echo_works(s);
            }),
        case("ipv6.extension.many-headers-harmless")
            .title("A chain of very many headers does no harm")
            .required(&["RFC8200-4.1-3"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("headers", &["64", "150"])
            .build(|s| {
                let names = vec!["destination-options"; s.number("headers") as usize];
                s.inject(with_headers(s.ip(), &names).echo_request(1, 1).data(16));
                s.silence(any_error().checksum(Checksum::Wrong));
                s.forget();
                echo_works(s);
            }),
    ]
}

/// Puts headers of these names behind the fixed header, each of the simplest valid form.
fn with_headers(spec: PacketSpec, names: &[&str]) -> PacketSpec {
    names.iter().fold(spec, |spec, name| match *name {
        "hop-by-hop" => spec.push(LayerKind::HopByHop),
        "destination-options" => spec.push(LayerKind::DestOptions),
        "routing" => spec.push(LayerKind::Routing).routing(0, 0, [0; 4]),
        "fragment" => spec.push(LayerKind::Fragment),
        other => panic!("`{other}` is no extension header of these cases"),
    })
}

/// What follows the first four octets of a type 0 routing header with one address.
fn segment(s: &Scene) -> Vec<u8> {
    let std::net::IpAddr::V6(next) = s.host_on(0, 44) else { panic!("these cases run over IPv6") };
    [&[0; 4][..], &next.octets()].concat()
}
