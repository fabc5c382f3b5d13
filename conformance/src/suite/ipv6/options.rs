//! Options in hop-by-hop and destination options headers. Read first: RFC 8200 4.2, 4.3 and 4.6.

use std::net::Ipv6Addr;

use super::{any_error, echo_works};
use crate::suite::prelude::*;

/// Unknown option types (RFC 4727 6) by what their two high bits ask for.
const UNKNOWN: &[(&str, u8)] =
    &[("skip", 0x1e), ("discard", 0x5e), ("report-always", 0x9e), ("report-unicast", 0xde), ("skip-mutable", 0x3e)];

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    let actions: Vec<&str> = UNKNOWN.iter().map(|(name, _)| *name).collect();
    vec![
        case("ipv6.options.padding-recognised")
            .title("Pad1 and PadN of any length are skipped")
            .required(&["RFC8200-4.2-5"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("header", &["hop-by-hop", "destination-options"])
            .param("padding", &["six-pad1", "padn-0", "padn-4", "padn-5", "mixed"])
            .build(|s| {
                let options: Vec<u8> = match s.param("padding") {
                    "six-pad1" => vec![0; 6],
                    "padn-0" => vec![1, 0, 1, 0, 1, 0],
                    "padn-4" => vec![1, 4, 0, 0, 0, 0],
                    "padn-5" => vec![0x1e, 5, 1, 2, 3, 4, 5, 1, 5, 0, 0, 0, 0, 0],
                    _ => vec![0, 1, 1, 0, 0, 0],
                };
                s.inject(carrying(s, &options).echo_request(1, 1).data(16));
                // RFC 8504 5.3 lets a host refuse more than seven octets of padding in a row; no case has more.
                s.expect(s.ip().echo_reply(1, 1).data(16));
            }),
        case("ipv6.options.unknown-to-unicast")
            .title("The two high bits of an unknown option say what happens to a unicast packet: skip, discard, or discard and report")
            .required(&["RFC8200-4.2-2", "RFC8200-4.2-1"])
            .needs(&[Capability::EchoReply, Capability::IcmpErrors])
            .ipv6()
            .param("header", &["hop-by-hop", "destination-options"])
            .param("action", &actions)
            .build(|s| {
                let kind = unknown(s);
                s.inject(carrying(s, &[kind, 4, 1, 2, 3, 4]).echo_request(1, 1).data(16)).label("probe");
                match kind >> 6 {
                    0 => {
                        s.expect(s.ip().echo_reply(1, 1).data(16));
                    }
                    1 => {
                        s.silence(packet::ipv6().icmpv6(1..=129_i64, any()));
                    }
                    _ => {
                        let error = s.ip().dst(s.tester()).parameter_problem(2, 42).quote_header("probe");
                        s.expect(error).forbid(packet::ipv6().echo_reply(any(), any()));
                    }
                }
                echo_works(s);
            }),
        case("ipv6.options.unknown-to-multicast")
            .title("An unknown option in a packet to a group: 10 is reported all the same, 11 is not")
            .required(&["RFC8200-4.2-2", "RFC4443-2.4-5"])
            .needs(&[Capability::EchoReply, Capability::IcmpErrors])
            .ipv6()
            .param("header", &["hop-by-hop", "destination-options"])
            .param("action", &["discard", "report-always", "report-unicast"])
            .build(|s| {
                let kind = unknown(s);
                let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
                let spec = carrying(s, &[kind, 4, 1, 2, 3, 4]).src(s.tester()).dst(all_nodes);
                s.inject(spec.echo_request(1, 1).data(16)).label("probe");
                if kind >> 6 == 2 {
                    let own = [s.link(0).target_v6.0, s.link(0).target_v6_link_local];
                    let error = s.ip().src(one_of(own)).dst(s.tester()).parameter_problem(2, 42).quote_header("probe");
                    s.expect(error).forbid(packet::ipv6().echo_reply(any(), any()));
                } else {
                    s.silence(packet::ipv6().icmpv6(1..=129_i64, any()));
                }
                echo_works(s);
            }),
        case("ipv6.options.pointer-names-the-option")
            .title("The pointer names the unknown option, wherever in the header it stands")
            .required(&["RFC8200-4.2-2", "RFC4443-3.4-1"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .param("before", &["0", "1", "4", "7"])
            .build(|s| {
                let before = s.number("before") as usize;
                // Padding of that many octets, then the option.
                let padding = match before {
                    0 => Vec::new(),
                    1 => vec![0],
                    more => [vec![1, more as u8 - 2], vec![0; more - 2]].concat(),
                };
                let options = [padding, vec![0x9e, 2, 0xaa, 0xbb]].concat();
                s.inject(s.ip().dest_options(options).echo_request(1, 1).data(16)).label("probe");
                s.expect(s.ip().parameter_problem(2, 42 + before as i64).quote_header("probe"));
            }),
        case("ipv6.options.in-order")
            .title("Options are processed in their order: what an earlier one asks for is done before a later one is looked at")
            .required(&["RFC8200-4.2-1"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .param("first", &["discard", "report"])
            .build(|s| {
                let (discard, report) = ([0x5e, 2, 0, 0], [0x9e, 2, 0, 0]);
                let reported = s.param("first") == "report";
                let options = if reported { [report, discard].concat() } else { [discard, report].concat() };
                s.inject(s.ip().dest_options(options).echo_request(1, 1).data(16));
                if reported {
                    s.expect(s.ip().parameter_problem(2, 42));
                } else {
                    s.silence(any_error());
                }
                echo_works(s);
            }),
        case("ipv6.options.headers-in-order")
            .title("Headers are processed in their order: what an earlier header asks for is done before a later one is looked at")
            .required(&["RFC8200-4-3"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .param("first", &["discard", "report"])
            .build(|s| {
                let reported = s.param("first") == "report";
                let (first, second) = if reported { (0x9e, 0x5e) } else { (0x5e, 0x9e) };
                s.inject(s.ip().hop_by_hop([first, 4, 0, 0, 0, 0]).dest_options([second, 4, 0, 0, 0, 0]).echo_request(1, 1));
                if reported {
                    s.expect(s.ip().parameter_problem(2, 42));
                } else {
                    s.silence(any_error());
                }
                echo_works(s);
            }),
        case("ipv6.options.length-beyond-header-harmless")
            .title("An option whose length lies beyond its header does no harm, and the packet is not delivered")
            .required(&["RFC8200-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("header", &["hop-by-hop", "destination-options"])
            .param("option", &["padn", "unknown"])
            .build(|s| {
                let kind = if s.param("option") == "padn" { 1 } else { 0x1e };
                s.inject(carrying(s, &[kind, 200, 0, 0, 0, 0]).echo_request(1, 1).data(16));
                s.silence(s.ip().echo_reply(any(), any()));
                s.forget();
                echo_works(s);
            }),
    ]
}

/// A packet with these options in the header that the instance names.
fn carrying(s: &Scene, options: &[u8]) -> PacketSpec {
    if s.param("header") == "hop-by-hop" { s.ip().hop_by_hop(options) } else { s.ip().dest_options(options) }
}

/// The option type that the instance names by its action.
fn unknown(s: &Scene) -> u8 {
    let action = s.param("action");
    UNKNOWN.iter().find(|(name, _)| *name == action).map_or(0x1e, |(_, kind)| *kind)
}
