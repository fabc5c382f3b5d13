//! What a router forwards, unchanged but for the TTL, and what it must not. Read first: RFC 1812 4.2.2.3, 5.2.1 to 5.3.7,
//! RFC 8200 3 and 4, RFC 4291 2.5.6, RFC 4443 3.1 and 3.3.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::suite::prelude::*;

/// Two links, the target forwards between them. Gives a host on link 0 and a host on link 1.
pub(super) fn router(s: &mut Scene) -> (IpAddr, IpAddr) {
    s.links(2);
    s.forwarding();
    (s.host_on(0, 50), s.host_on(1, 60))
}

/// A datagram between the two hosts, as any frame of link 0 would carry it to the router.
pub(super) fn transit(s: &Scene, from: IpAddr, to: IpAddr) -> PacketSpec {
    s.ip().src(from).dst(to).eth_dst(s.link(0).target_mac).udp(4000, 4001).payload("in transit")
}

/// The same datagram on link 1, TTL one less.
fn forwarded(s: &Scene, from: IpAddr, to: IpAddr) -> PacketSpec {
    s.ip().src(from).dst(to).ttl(63).udp(4000, 4001).payload("in transit")
}

/// Proves that the target forwards what it should.
fn forwarding_works(s: &mut Scene, from: IpAddr, to: IpAddr) {
    s.inject(s.ip().src(from).dst(to).udp(4000, 4009).payload("the proper one"));
    s.expect(s.ip().src(from).dst(to).udp(4000, 4009).payload("the proper one"))
        .on(1)
        .why("a proper packet is forwarded");
}

/// Any ICMP error message of this family.
fn any_error(s: &Scene) -> PacketSpec {
    if s.is_v4() { s.ip().icmpv4(one_of([3, 4, 11, 12]), any()) } else { s.ip().icmpv6(1..=127_i64, any()) }
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    [passes_on(), ttl(), errors(), never()].concat()
}

fn passes_on() -> Vec<Case> {
    vec![
        case("route.forwarding.payload-unchanged")
            .title("A packet for the other link is forwarded: TTL one less, header checksum right, payload unchanged")
            .required(&["RFC1812-5.3.1-1", "RFC1812-WP-1", "RFC1812-WP-2", "RFC1122-3.1-4", "RFC8200-2-1"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .param("len", &["0", "1", "33", "1400"])
            .param("ttl", &["2", "64", "255"])
            .build(|s| {
                let (from, to) = router(s);
                let (len, ttl) = (s.number("len") as usize, s.number("ttl"));
                let packet = || s.ip().src(from).dst(to).udp(4000, 4001).data(len);
                let (sent, seen) = (packet().ttl(ttl).eth_dst(s.link(0).target_mac), packet().ttl(ttl - 1));
                let station = s.link(1).tester_mac;
                let seen = if s.is_v4() { seen.checksum_of(LayerKind::Ipv4, Checksum::Right) } else { seen };
                s.inject(sent);
                s.expect(seen.eth_dst(station)).on(1);
            }),
        case("route.forwarding.checksum-for-every-carry")
            .title("The header checksum is right after the TTL changed, whatever it was before")
            .required(&["RFC1812-WP-1"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .param("id", &["0", "1", "255", "256", "32767", "32768", "65278", "65279", "65280", "65534", "65535"])
            .build(|s| {
                let (from, to) = router(s);
                let id = s.number("id");
                s.inject(transit(s, from, to).set(FieldId::Ipv4Id, id));
                s.expect(forwarded(s, from, to).set(FieldId::Ipv4Id, id).checksum_of(LayerKind::Ipv4, Checksum::Right)).on(1);
            }),
        case("route.forwarding.fields-unchanged")
            .title("Type of service or traffic class, flow label and reserved bits pass unchanged")
            .required(&["RFC1812-5.2.5-2", "RFC1812-4.2.2.3-2"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .param("class", &["0", "3", "170", "255"])
            .build(|s| {
                let (from, to) = router(s);
                let class = s.number("class");
                let marked = |spec: PacketSpec| {
                    let spec = spec.tos(class);
                    if spec.names(&[LayerKind::Ipv6]) { spec.set(FieldId::Ipv6FlowLabel, 0x5_a5a5) } else { spec }
                };
                s.inject(marked(transit(s, from, to)));
                s.expect(marked(forwarded(s, from, to))).on(1);
            }),
        case("route.forwarding.reserved-flag-passes")
            .title("A packet with the reserved flag bit set is not dropped, and the bit passes unchanged")
            .required(&["RFC1812-5.2.5-2", "RFC1812-4.2.2.3-2"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .build(|s| {
                let (from, to) = router(s);
                s.inject(transit(s, from, to).set(FieldId::Ipv4Reserved, 1));
                s.expect(forwarded(s, from, to).set(FieldId::Ipv4Reserved, 1)).on(1);
            }),
        case("route.forwarding.unknown-options-pass")
            .title("Unknown options pass unchanged")
            .required(&["RFC1812-5.3.13.1-1", "RFC1812-4.2.2.6-1", "RFC1812-4.2.2.6-2"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .param("options", &["nops", "unknown", "unknown-and-end"])
            .build(|s| {
                let (from, to) = router(s);
                let options: &[u8] = match s.param("options") {
                    "nops" => &[1, 1, 1, 1],
                    "unknown" => &[0x5e, 8, 1, 2, 3, 4, 5, 6],
                    _ => &[0xde, 4, 9, 9, 0, 0, 0, 0],
                };
                s.inject(transit(s, from, to).ip_options(options));
                s.expect(forwarded(s, from, to).ip_options(options)).on(1);
            }),
        case("route.forwarding.transport-not-looked-at")
            .title("A packet is forwarded whatever its protocol is and whether or not its transport checksum is right")
            .required(&["RFC1812-WP-2", "RFC8200-4.7-1"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .param("payload", &["unknown-protocol", "bad-checksum", "tcp", "no-next-header"])
            .build(|s| {
                let (from, to) = router(s);
                let spec = s.ip().src(from).dst(to);
                let (sent, seen) = match s.param("payload") {
                    "unknown-protocol" => (spec.clone().protocol(253).fill(0x61, 32), spec.protocol(253).fill(0x61, 32)),
                    "bad-checksum" => {
                        let udp = spec.udp(4000, 4001).payload("broken").bad_checksum();
                        (udp.clone(), udp)
                    }
                    "tcp" => (spec.clone().tcp(4000, 4001).flags("S"), spec.tcp(4000, 4001).flags("S")),
                    _ => (spec.clone().protocol(59).fill(0x61, 32), spec.protocol(59).fill(0x61, 32)),
                };
                s.inject(sent.eth_dst(s.link(0).target_mac));
                s.expect(seen).on(1);
            }),
        case("route.forwarding.fragments-not-reassembled")
            .title("Fragments in transit are forwarded one by one")
            .required(&["RFC1812-5.2.6-2", "RFC8200-4-3"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .param("first", &["head", "tail"])
            .build(|s| {
                let (from, to) = router(s);
                let whole = s.ip().src(from).dst(to).udp(4000, 4001).data(200);
                let head = whole.clone().fragment(0x99, 0, 104, true);
                let tail = whole.fragment(0x99, 104, 104, false);
                let (sent, offset) = if s.param("first") == "head" { (head, 0) } else { (tail, 13) };
                s.inject(sent);
                let seen = if s.is_v4() {
                    s.ip().set(FieldId::Ipv4FragmentOffset, offset).set(FieldId::Ipv4Id, 0x99)
                } else {
                    s.ip().set(FieldId::FragmentOffset, offset).set(FieldId::FragmentId, 0x99)
                };
                s.expect(seen.src(from).dst(to)).on(1);
            }),
        case("route.forwarding.by-gateway")
            .title("A packet for a remote prefix goes to the gateway with the longest matching prefix, not to the destination")
            .required(&["RFC1812-5.2.4.3-2", "RFC1812-5.2.4.2-1"])
            .needs(&[Capability::Forwarding, Capability::StaticRoutes])
            .both_families()
            .param("destination", &["inside", "outside"])
            .build(|s| {
                s.links(3);
                s.forwarding();
                let (from, near, far) = (s.host_on(0, 50), s.host_on(1, 61), s.host_on(2, 62));
                let wide: IpAddr = if s.is_v4() { Ipv4Addr::new(10, 0, 0, 0).into() } else { Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0).into() };
                let narrow: IpAddr = if s.is_v4() { Ipv4Addr::new(10, 1, 2, 0).into() } else { Ipv6Addr::new(0xfd00, 1, 2, 0, 0, 0, 0, 0).into() };
                let (short, long) = if s.is_v4() { (8, 24) } else { (16, 48) };
                s.route((wide, short), near, 1);
                s.route((narrow, long), far, 2);
                let inside = s.param("destination") == "inside";
                let to: IpAddr = match (inside, s.is_v4()) {
                    (true, true) => Ipv4Addr::new(10, 1, 2, 200).into(),
                    (false, true) => Ipv4Addr::new(10, 1, 3, 1).into(),
                    (true, false) => Ipv6Addr::new(0xfd00, 1, 2, 3, 0, 0, 0, 1).into(),
                    (false, false) => Ipv6Addr::new(0xfd00, 1, 3, 0, 0, 0, 0, 1).into(),
                };
                s.inject(transit(s, from, to));
                s.expect(forwarded(s, from, to)).on(if inside { 2 } else { 1 });
            }),
    ]
}

fn ttl() -> Vec<Case> {
    vec![
        case("route.forwarding.ttl-runs-out")
            .title("A packet whose TTL runs out is not forwarded, and reported to its source")
            .required(&["RFC1812-5.3.1-4", "RFC1812-5.2.7.3-1", "RFC4443-3.3-1", "RFC792-0-6"])
            .needs(&[Capability::Forwarding, Capability::IcmpErrors])
            .both_families()
            .param("ttl", &["0", "1"])
            .build(|s| {
                let (from, to) = router(s);
                s.inject(transit(s, from, to).ttl(s.number("ttl"))).label("probe");
                let error = s.ip().src(s.target()).dst(from).ttl_exceeded().quote_header("probe");
                let passed = s.ip().src(from).dst(to).udp(any(), any());
                s.expect(error).on(0).forbid(passed.clone());
                s.silence(passed).on(1);
                forwarding_works(s, from, to);
            }),
        case("route.forwarding.ttl-zero-never-leaves")
            .title("No packet leaves with a TTL of zero")
            .required(&["RFC1812-4.2.2.9-2", "RFC1122-3.2.1.7-1"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .param("ttl", &["0", "1"])
            .build(|s| {
                let (from, to) = router(s);
                s.inject(transit(s, from, to).ttl(s.number("ttl")));
                s.silence(s.ip().src(from).dst(to).udp(any(), any())).on(1);
                s.count(s.ip().src(from).dst(to).ttl(0), 0, 0);
                forwarding_works(s, from, to);
            }),
        case("route.forwarding.for-itself-with-low-ttl")
            .title("A packet for the router itself, by either of its addresses, is taken with a TTL of one")
            .required(&["RFC1812-4.2.2.9-1", "RFC1812-4.2.2.9-3", "RFC1812-4.3.3.6-1", "RFC1812-4.3.3.6-7"])
            .needs(&[Capability::Forwarding, Capability::EchoReply])
            .both_families()
            .param("link", &["0", "1"])
            .build(|s| {
                let (from, _) = router(s);
                let own = s.target_on(s.number("link") as usize);
                let station = s.link(0).target_mac;
                s.inject(s.ip().src(from).dst(own).eth_dst(station).ttl(1).echo_request(1, 1).data(16));
                s.expect(s.ip().src(own).dst(from).echo_reply(1, 1).data(16)).on(0);
            }),
        case("route.forwarding.no-error-about-an-error")
            .title("No time exceeded is sent about an ICMP error whose TTL runs out; about an echo request it is")
            .required(&["RFC1812-4.3.2.7-1", "RFC4443-2.4-5", "RFC1122-3.2.2-6"])
            .needs(&[Capability::Forwarding, Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                let (from, to) = router(s);
                s.inject(s.ip().src(from).dst(to).ttl(1).port_unreachable().fill(0x45, 48));
                s.silence(any_error(s));
                s.inject(s.ip().src(from).dst(to).ttl(1).echo_request(1, 1).data(16)).label("request");
                s.expect(s.ip().dst(from).ttl_exceeded().quote_header("request"));
            }),
        case("route.forwarding.no-error-about-a-later-fragment")
            .title("No time exceeded is sent about a fragment other than the first")
            .required(&["RFC1812-4.3.2.7-1", "RFC1122-3.2.2-9"])
            .needs(&[Capability::Forwarding, Capability::IcmpErrors])
            .ipv4()
            .build(|s| {
                let (from, to) = router(s);
                let whole = s.ip().src(from).dst(to).ttl(1).udp(4000, 4001).data(200);
                s.inject(whole.clone().fragment(0x98, 104, 104, false));
                s.silence(any_error(s));
                s.inject(whole.fragment(0x98, 0, 104, true)).label("head");
                s.expect(s.ip().dst(from).ttl_exceeded().quote_header("head"));
            }),
    ]
}

fn errors() -> Vec<Case> {
    vec![
        case("route.forwarding.no-route")
            .title("A packet for which there is no route is reported: network unreachable, no route")
            .required(&["RFC1812-4.3.3.1-1", "RFC1812-5.2.4.3-5", "RFC1812-5.2.7.1-1", "RFC4443-3.1-1"])
            .needs(&[Capability::Forwarding, Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                let (from, _) = router(s);
                let far: IpAddr =
                    if s.is_v4() { Ipv4Addr::new(203, 0, 113, 9).into() } else { Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 9).into() };
                s.inject(transit(s, from, far)).label("probe");
                s.expect(s.ip().dst(from).unreachable(0, 0).quote_header("probe")).on(0);
            }),
        case("route.forwarding.no-neighbor")
            .title("A packet for a host of the other link that nobody answers for is reported: host unreachable, address unreachable")
            .required(&["RFC1812-4.3.3.1-3", "RFC1812-5.2.7.1-7", "RFC4443-3.1-1"])
            .needs(&[Capability::Forwarding, Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                let (from, to) = router(s);
                s.answer_for(to, false);
                s.inject(transit(s, from, to)).label("probe");
                s.expect(s.ip().dst(from).unreachable(1, 3).quote_header("probe")).on(0).within(secs(10));
            }),
        case("route.forwarding.bad-header-dropped")
            .title("A packet with a wrong header is dropped silently and not repaired")
            .required(&["RFC1812-4.2.2.5-1", "RFC1812-5.2.2-1", "RFC1812-5.2.2-2", "RFC1812-5.2.1-1"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .param("fault", &["checksum", "version", "header-length", "total-length"])
            .build(|s| {
                let (from, to) = router(s);
                let spec = transit(s, from, to);
                s.inject(match s.param("fault") {
                    "checksum" => spec.checksum_of(LayerKind::Ipv4, Checksum::Wrong),
                    "version" => spec.set(FieldId::Ipv4Version, 5),
                    "header-length" => spec.set(FieldId::Ipv4HeaderLen, 4),
                    _ => spec.set(FieldId::Ipv4TotalLen, 1200),
                });
                s.silence(packet::ipv4().src(any()).dst(to)).on(1);
                s.silence(any_error(s));
                forwarding_works(s, from, to);
            }),
    ]
}

fn never() -> Vec<Case> {
    vec![
        case("route.forwarding.off-by-default")
            .title("A host with two interfaces that is not told to forward drops packets for others silently")
            .required(&["RFC1122-3.1-6", "RFC1122-3.1-7", "RFC1122-3.1-5", "RFC1812-5.3.11-2", "RFC8200-WP-4"])
            .needs(&[Capability::MultiHomed, Capability::EchoReply])
            .both_families()
            .build(|s| {
                s.links(2);
                let (from, to) = (s.host_on(0, 50), s.host_on(1, 60));
                s.inject(transit(s, from, to));
                s.silence(s.ip().src(from).dst(to)).on(1);
                s.inject(transit(s, from, to));
                s.silence(any_error(s));
                s.inject(s.ip().echo_request(1, 1).data(16));
                s.expect(s.ip().echo_reply(1, 1).data(16)).why("it is alive");
            }),
        case("route.forwarding.never-to-these")
            .title("A packet to the limited broadcast, to loopback, to a reserved address or to a link-local one is not forwarded")
            .required(&["RFC1812-5.3.5.1-1", "RFC1812-5.3.7-5", "RFC1812-5.3.7-6", "RFC4291-WP-4", "RFC4291-WP-3"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .param("destination", &["broadcast", "loopback", "unspecified", "link-local"])
            .build(|s| {
                let (from, to) = router(s);
                let bad: IpAddr = match (s.param("destination"), s.is_v4()) {
                    ("broadcast", true) => Ipv4Addr::BROADCAST.into(),
                    ("loopback", true) => Ipv4Addr::new(127, 0, 0, 9).into(),
                    ("unspecified", true) => Ipv4Addr::UNSPECIFIED.into(),
                    (_, true) => Ipv4Addr::new(0, 1, 2, 3).into(),
                    ("broadcast", _) => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1).into(),
                    ("loopback", _) => Ipv6Addr::LOCALHOST.into(),
                    ("unspecified", _) => Ipv6Addr::UNSPECIFIED.into(),
                    _ => s.link(1).tester_v6_link_local.into(),
                };
                let spec = s.ip().src(from).dst(bad).udp(4000, 4001).payload("astray");
                s.inject(spec);
                s.silence(s.ip().src(from).udp(4000, 4001)).on(1);
                forwarding_works(s, from, to);
            }),
        case("route.forwarding.never-from-these")
            .title("A packet from a multicast, loopback, unspecified or link-local source is not forwarded")
            .required(&["RFC1812-5.3.7-1", "RFC1812-5.3.7-2", "RFC1812-4.2.2.11-16", "RFC4291-WP-1", "RFC4291-WP-4"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .param("source", &["multicast", "loopback", "unspecified", "link-local"])
            .build(|s| {
                let (from, to) = router(s);
                let bad: IpAddr = match (s.param("source"), s.is_v4()) {
                    ("multicast", true) => Ipv4Addr::new(224, 1, 2, 3).into(),
                    ("loopback", true) => Ipv4Addr::new(127, 0, 0, 9).into(),
                    ("unspecified", true) => Ipv4Addr::UNSPECIFIED.into(),
                    // IPv4 forbids the limited broadcast as a source instead (RFC 3927's addresses are another matter).
                    (_, true) => Ipv4Addr::BROADCAST.into(),
                    ("multicast", _) => Ipv6Addr::new(0xff0e, 0, 0, 0, 0, 0, 0, 0x99).into(),
                    ("loopback", _) => Ipv6Addr::LOCALHOST.into(),
                    ("unspecified", _) => Ipv6Addr::UNSPECIFIED.into(),
                    _ => s.link(0).tester_v6_link_local.into(),
                };
                let spec = s.ip().src(bad).dst(to).eth_dst(s.link(0).target_mac).udp(4000, 4001).payload("astray");
                s.inject(spec);
                s.silence(s.ip().src(any()).dst(to).udp(4000, 4001)).on(1);
                forwarding_works(s, from, to);
            }),
        case("route.forwarding.never-from-link-broadcast")
            .title("A unicast packet that came in a broadcast or multicast frame is not forwarded")
            .required(&["RFC1812-5.3.4-1", "RFC1812-5.3.4-2", "RFC1812-5.3.4-3"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .param("station", &["broadcast", "multicast"])
            .build(|s| {
                let (from, to) = router(s);
                let station = match s.param("station") {
                    "broadcast" => MacAddress::BROADCAST,
                    _ => MacAddress([0x01, 0x00, 0x5e, 0, 0, 1]),
                };
                s.inject(transit(s, from, to).eth_dst(station));
                s.silence(s.ip().src(from).dst(to)).on(1);
                forwarding_works(s, from, to);
            }),
        case("route.forwarding.never-for-another-station")
            .title("A packet in a frame for another station is not forwarded")
            .required(&["RFC1812-5.2.1-1", "RFC8200-WP-4"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .build(|s| {
                let (from, to) = router(s);
                s.inject(transit(s, from, to).eth_dst(MacAddress([0x02, 0, 0, 0, 0x0c, 9])));
                s.silence(s.ip().src(from).dst(to)).on(1);
                forwarding_works(s, from, to);
            }),
    ]
}
