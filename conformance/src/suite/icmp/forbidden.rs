//! About what no error may be sent. Read first: RFC 1122 3.2.2, RFC 4443 2.4 (e).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{any_error, closed_port, error_works};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("icmp.forbidden.about-an-error")
            .title("No error is sent about an error: behind an option that asks for a report, an error is dropped silently")
            .required(&["RFC4443-2.4-5"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .param("type", &["1", "2", "3", "4", "100", "127"])
            .build(|s| {
                // The option is unknown and its two high bits are 10: discard and report (RFC 8200 4.2).
                let options = [0x9e, 4, 1, 2, 3, 4];
                s.inject(closed_port(s)).label("quoted");
                s.forget();
                let kind = s.number("type");
                s.inject(s.ip().dest_options(options).icmpv6(kind, 0).quote_header("quoted"));
                s.silence(any_error(s));
                s.inject(s.ip().dest_options(options).echo_request(1, 1).data(8)).label("plain");
                s.expect(s.ip().parameter_problem(2, any())).should().why("about an echo request it is reported");
                error_works(s);
            }),
        case("icmp.forbidden.about-a-redirect")
            .title("No error is sent about a redirect")
            .required(&["RFC4443-2.4-5"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .build(|s| {
                let options = [0x9e, 4, 1, 2, 3, 4];
                let there = Ipv6Addr::new(0x2001, 0xdb8, 0xff, 0, 0, 0, 0, 1);
                let gateway = s.link(0).tester_v6_link_local;
                s.inject(s.ip().dest_options(options).nd_redirect(gateway, there));
                s.silence(any_error(s));
                error_works(s);
            }),
        case("icmp.forbidden.about-an-error-in-fragments")
            .title("No time exceeded is sent about an error whose fragments do not all come")
            .required(&["RFC1122-3.2.2-6", "RFC4443-2.4-5"])
            .needs(&[Capability::EchoReply, Capability::Reassembly, Capability::ReassemblyTimeExceeded, Capability::LongWaits])
            .both_families()
            .build(|s| {
                s.inject(s.ip().unreachable(1, 3).fill(0x45, 64).first_fragment(0x41, 40));
                s.silence_for(any_error(s), secs(150));
                s.inject(s.ip().echo_request(1, 1).data(64).first_fragment(0x42, 40)).label("plain");
                s.expect(s.ip().reassembly_time_exceeded()).between_from("plain", secs(1), secs(125))
                    .why("about an echo request it is sent");
            }),
        case("icmp.forbidden.about-a-multicast")
            .title("No error is sent about a packet to a multicast group")
            .required(&["RFC1122-3.2.2-7", "RFC4443-2.4-5"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .param("payload", &["closed-port", "unknown-protocol"])
            .build(|s| {
                let group: IpAddr = if s.is_v4() {
                    Ipv4Addr::new(224, 0, 0, 1).into()
                } else {
                    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1).into()
                };
                let probe = match s.param("payload") {
                    "closed-port" => closed_port(s),
                    _ => s.ip().protocol(253).fill(0x61, 24),
                };
                s.inject(probe.dst(group));
                s.silence(any_error(s));
                error_works(s);
            }),
        case("icmp.forbidden.about-a-broadcast")
            .title("No error is sent about a packet for an unknown protocol to a broadcast address")
            .required(&["RFC1122-3.2.2-7"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .param("address", &["255.255.255.255", "192.0.2.255", "192.0.2.0"])
            .build(|s| {
                let address: Ipv4Addr = s.param("address").parse().expect("the parameter is an address");
                s.inject(s.ip().dst(address).eth_dst(MacAddress::BROADCAST).protocol(253).fill(0x61, 24));
                s.silence(any_error(s));
                error_works(s);
            }),
        case("icmp.forbidden.about-a-link-layer-broadcast")
            .title("No error is sent about a unicast packet that came in a broadcast or multicast frame")
            .required(&["RFC1122-3.2.2-8", "RFC4443-2.4-5"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .param("station", &["broadcast", "multicast"])
            .build(|s| {
                let station = match (s.param("station"), s.is_v4()) {
                    ("broadcast", _) => MacAddress::BROADCAST,
                    (_, true) => MacAddress([0x01, 0x00, 0x5e, 0, 0, 1]),
                    _ => MacAddress([0x33, 0x33, 0, 0, 0, 1]),
                };
                s.inject(closed_port(s).eth_dst(station));
                s.silence(any_error(s));
                error_works(s);
            }),
        case("icmp.forbidden.about-a-later-fragment")
            .title("No error is sent about a fragment that is not the first")
            .required(&["RFC1122-3.2.2-9"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .param("payload", &["closed-port", "unknown-protocol"])
            .build(|s| {
                let whole = match s.param("payload") {
                    "closed-port" => closed_port(s).fill(0x61, 56),
                    _ => s.ip().protocol(253).fill(0x61, 64),
                };
                s.inject(whole.fragment(0x77, 32, 32, false));
                s.silence(any_error(s));
                error_works(s);
            }),
        case("icmp.forbidden.to-an-ambiguous-source")
            .title("No error is sent to a source that does not name a single host")
            .required(&["RFC1122-3.2.2-10", "RFC4443-2.4-5"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .param("source", &["unspecified", "multicast", "loopback", "broadcast"])
            .build(|s| {
                let source: IpAddr = match (s.param("source"), s.is_v4()) {
                    ("unspecified", true) => Ipv4Addr::UNSPECIFIED.into(),
                    ("multicast", true) => Ipv4Addr::new(224, 0, 0, 9).into(),
                    ("loopback", true) => Ipv4Addr::LOCALHOST.into(),
                    (_, true) => Ipv4Addr::new(192, 0, 2, 255).into(),
                    ("unspecified", _) => Ipv6Addr::UNSPECIFIED.into(),
                    ("multicast", _) => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 9).into(),
                    ("loopback", _) => Ipv6Addr::LOCALHOST.into(),
                    // IPv6 has no broadcast; the group of all nodes comes next to it.
                    _ => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1).into(),
                };
                s.inject(closed_port(s).src(source));
                s.silence(any_error(s));
                error_works(s);
            }),
    ]
}
