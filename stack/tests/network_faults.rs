//! Every planted fault of the network layer changes what a component does, and the change is the one its name says:
//! one observation per fault, made with and without it.
#![cfg(feature = "faults")]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wireproof_stack::address::{ALL_NODES, ALL_SYSTEMS, solicited_node};
use wireproof_stack::fault::{Fault, FaultSet};
use wireproof_stack::icmp::{IcmpConfig, build_error, input_v4, may_send_error};
use wireproof_stack::igmp::{Igmp, MembershipConfig, Mld};
use wireproof_stack::ip::address::LocalAddresses;
use wireproof_stack::ip::forward::{Decision, ForwardConfig, decide, decrement_hop_limit};
use wireproof_stack::ip::fragment::Fragmenter;
use wireproof_stack::ip::pmtu::PathMtuCache;
use wireproof_stack::ip::reassembly::{Outcome, Reassembler, ReassemblyConfig};
use wireproof_stack::ip::{Cast, Datagram, IcmpError, InputConfig, Unreachable, Verdict, classify_v4, classify_v6};
use wireproof_stack::limits::Limits;
use wireproof_stack::neighbor::{NdHeader, NeighborCache, NeighborConfig, Ownership};
use wireproof_stack::route::{Prefix, Route, RouteTable};
use wireproof_stack::time::Instant;
use wireproof_stack::wire::arp::{ArpOperation, ArpPacket, ArpRepr};
use wireproof_stack::wire::ethernet::MacAddress;
use wireproof_stack::wire::icmpv6::Icmpv6Packet;
use wireproof_stack::wire::ip::{IpProtocol, PseudoHeader};
use wireproof_stack::wire::ipv4::Ipv4Packet;
use wireproof_stack::wire::ipv6::Ipv6Packet;
use wireproof_stack::wire::ndp::{NdpOption, NdpOptions, NdpRepr};

const OWN_MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const PEER_MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 9]);
const NEW_MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 0x99]);
const OWN4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const PEER4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);
const OWN6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const PEER6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 9);
const GROUP4: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);

/// What is seen without the fault has to differ from what is seen with it, and to be as expected.
fn check(fault: Fault, right: &str, wrong: &str, observe: impl Fn(FaultSet) -> String) {
    assert_eq!(observe(FaultSet::NONE), right, "{} without the fault", fault.name());
    assert_eq!(observe(FaultSet::only(fault)), wrong, "{}", fault.name());
}

fn at(seconds: u64) -> Instant {
    Instant::from_secs(seconds)
}

fn local() -> LocalAddresses {
    let mut local = LocalAddresses::new(4);
    for (interface, addr, len) in
        [(0, "192.0.2.1", 24), (1, "198.51.100.1", 24), (0, "fe80::1", 64), (0, "2001:db8:1::1", 64)]
    {
        local.add(interface, addr.parse().unwrap(), len).unwrap();
    }
    local
}

fn v4(src: Ipv4Addr, dst: Ipv4Addr, options: &[u8], payload: &[u8], edit: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut packet = vec![0; 20];
    packet.extend_from_slice(options);
    packet.extend_from_slice(payload);
    let len = packet.len() as u16;
    let mut view = Ipv4Packet::new_unchecked(&mut packet);
    view.set_version(4);
    view.set_header_len(20 + options.len());
    view.set_total_len(len);
    view.set_ttl(64);
    view.set_protocol(IpProtocol::UDP);
    view.set_src(src);
    view.set_dst(dst);
    edit(&mut packet);
    Ipv4Packet::new_unchecked(&mut packet).fill_checksum();
    packet
}

fn v6(src: Ipv6Addr, dst: Ipv6Addr, next: u8, rest: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; 40];
    packet.extend_from_slice(rest);
    let mut view = Ipv6Packet::new_unchecked(&mut packet);
    view.set_version(6);
    view.set_payload_len(rest.len() as u16);
    view.set_next_header(IpProtocol(next));
    view.set_hop_limit(64);
    view.set_src(src);
    view.set_dst(dst);
    packet
}

fn verdict_on(faults: FaultSet, link: Cast, packet: &[u8]) -> Verdict {
    let config = InputConfig { faults, ..Default::default() };
    let classify = if packet[0] >> 4 == 6 { classify_v6 } else { classify_v4 };
    classify(&config, &local(), 0, link, packet)
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Deliver(datagram) => format!("deliver {}", datagram.payload().len()),
        Verdict::Forward(_) => "forward".into(),
        Verdict::Drop(_) => "drop".into(),
        Verdict::Error { .. } => "error".into(),
    }
}

fn judged(link: Cast, packet: Vec<u8>) -> impl Fn(FaultSet) -> String {
    move |faults| word(&verdict_on(faults, link, &packet))
}

#[test]
fn ipv4_input() {
    let plain = |edit: fn(&mut [u8])| v4(PEER4, OWN4, &[], &[0; 8], edit);
    let mut bad_checksum = plain(|_| ());
    bad_checksum[10] ^= 1;
    check(Fault::Ipv4BadChecksumAccepted, "drop", "deliver 8", judged(Cast::Unicast, bad_checksum));
    check(Fault::Ipv4VersionUnchecked, "drop", "deliver 8", judged(Cast::Unicast, plain(|p| p[0] = 0x55)));
    check(Fault::Ipv4BadSourceAccepted, "drop", "deliver 8", judged(Cast::Unicast, plain(|p| p[12] = 224)));
    check(Fault::Ipv4AnyDestination, "drop", "deliver 8", judged(Cast::Unicast, plain(|p| p[19] = 77)));
    check(Fault::TtlBelowTwoDropped, "deliver 8", "drop", judged(Cast::Unicast, plain(|p| p[8] = 1)));
    check(Fault::LinkBroadcastAccepted, "drop", "deliver 8", judged(Cast::Broadcast, plain(|_| ())));
    let unknown = v4(PEER4, OWN4, &[222, 4, 1, 2], &[0; 8], |_| ());
    check(Fault::Ipv4UnknownOptionDropped, "deliver 8", "drop", judged(Cast::Unicast, unknown));
    let mut padded = plain(|_| ());
    padded.resize(46, 0);
    check(Fault::Ipv4PaddingKept, "deliver 8", "deliver 26", judged(Cast::Unicast, padded));
    let routed = v4(PEER4, OWN4, &[131, 7, 4, 10, 0, 0, 1, 0], &[0; 8], |_| ());
    check(Fault::SourceRouteSilent, "error", "drop", judged(Cast::Unicast, routed));
    check(Fault::ForwardWhileHost, "drop", "forward", judged(Cast::Unicast, plain(|p| p[16] = 203)));
}

#[test]
fn ipv6_input() {
    let group = |next, rest: &[u8]| v6(PEER6, ALL_NODES, next, rest);
    let own = |next, rest: &[u8]| v6(PEER6, OWN6, next, rest);
    let of_group = v6(ALL_NODES, OWN6, 17, &[0; 8]);
    check(Fault::Ipv6BadSourceAccepted, "drop", "deliver 8", judged(Cast::Unicast, of_group));
    let option = own(60, &[17, 0, 0x5e, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    check(Fault::UnknownV6OptionIgnored, "drop", "deliver 8", judged(Cast::Unicast, option));
    let option = group(60, &[17, 0, 0x9e, 4, 0, 0, 0, 0]);
    check(Fault::UnknownV6OptionMulticastSilent, "error", "drop", judged(Cast::Multicast, option));
    let routing = own(43, &[17, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    check(Fault::RoutingHeaderIgnored, "error", "deliver 8", judged(Cast::Unicast, routing));
    let late = own(60, &[0, 0, 1, 4, 0, 0, 0, 0, 59, 0, 1, 4, 0, 0, 0, 0]);
    check(Fault::HopByHopAnywhere, "error", "drop", judged(Cast::Unicast, late));
    let odd = own(60, &[43, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    check(Fault::ExtensionOrderEnforced, "deliver 8", "drop", judged(Cast::Unicast, odd));
    check(Fault::AtomicFragmentQueued, "whole", "piece", |faults| {
        let packet = own(44, &[17, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        match verdict_on(faults, Cast::Unicast, &packet) {
            Verdict::Deliver(datagram) if datagram.fragment.is_some() => "piece".into(),
            _ => "whole".into(),
        }
    });
}

fn piece4(id: u8, offset: u8, more: bool, data: &[u8]) -> Vec<u8> {
    v4(PEER4, OWN4, &[], data, |p| p[5..8].copy_from_slice(&[id, u8::from(more) << 5, offset / 8]))
}

fn piece6(offset: u16, more: bool, data: &[u8]) -> Vec<u8> {
    let word = (offset | u16::from(more)).to_be_bytes();
    v6(PEER6, OWN6, 44, &[&[253, 0, word[0], word[1], 0, 0, 0, 7], data].concat())
}

/// The last outcome of a series of fragments.
fn reassembled(faults: FaultSet, pieces: &[Vec<u8>]) -> String {
    let mut reassembler = Reassembler::new(ReassemblyConfig::new(&Limits::default(), faults));
    let mut last = String::new();
    for piece in pieces {
        let Verdict::Deliver(datagram) = verdict_on(FaultSet::NONE, Cast::Unicast, piece) else {
            panic!("not delivered")
        };
        last = match reassembler.insert(at(0), 0, Cast::Unicast, piece, &datagram) {
            Outcome::Incomplete => "incomplete",
            Outcome::Complete(_) => "complete",
            Outcome::Drop(_) => "drop",
            Outcome::Error { .. } => "error",
        }
        .into();
    }
    last
}

/// What the end of time gives for a fragment.
fn expired(faults: FaultSet, piece: &[u8]) -> String {
    let mut reassembler = Reassembler::new(ReassemblyConfig::new(&Limits::default(), faults));
    let Verdict::Deliver(datagram) = verdict_on(FaultSet::NONE, Cast::Unicast, piece) else { panic!("not delivered") };
    let _ = reassembler.insert(at(0), 0, Cast::Unicast, piece, &datagram);
    match reassembler.handle_timeout(at(120)) {
        None => "kept".into(),
        Some(expired) if expired.first.is_some() => "told".into(),
        Some(_) => "given up".into(),
    }
}

#[test]
fn reassembly() {
    let both = [piece4(1, 0, true, &[1; 8]), piece4(1, 8, false, &[2; 8])];
    check(Fault::NoReassembly, "complete", "drop", |faults| reassembled(faults, &both));
    let ids = [piece4(1, 0, true, &[1; 8]), piece4(2, 8, false, &[2; 8])];
    check(Fault::FragmentIdIgnored, "incomplete", "complete", |faults| reassembled(faults, &ids));
    let overlap = [piece6(0, true, &[1; 16]), piece6(8, false, &[2; 16])];
    check(Fault::OverlappingFragmentAccepted, "drop", "complete", |faults| reassembled(faults, &overlap));
    let odd = [piece6(0, true, &[1; 12])];
    check(Fault::FragmentLengthUnchecked, "error", "incomplete", |faults| reassembled(faults, &odd));
    let beyond = [piece6(65_528, false, &[1; 100])];
    check(Fault::FragmentBeyondMaximum, "error", "drop", |faults| reassembled(faults, &beyond));
    let (first, later) = (piece4(1, 0, true, &[1; 8]), piece4(1, 8, true, &[1; 8]));
    check(Fault::NoFragmentTimeout, "told", "kept", |faults| expired(faults, &first));
    check(Fault::FragmentTimeoutSilent, "told", "given up", |faults| expired(faults, &first));
    check(Fault::FragmentTimeoutAlwaysTold, "given up", "told", |faults| expired(faults, &later));
}

#[test]
fn fragmentation() {
    let packet = v4(OWN4, PEER4, &[7, 7, 4, 0, 0, 0, 0, 0], &[0; 200], |_| ());
    let cut = |faults: FaultSet| {
        let mut fragmenter = Fragmenter::v4_with_faults(&packet, 128, faults).unwrap();
        let mut out = [0; 128];
        core::iter::from_fn(move || fragmenter.next_fragment(&mut out).map(|len| out[..len].to_vec()))
            .collect::<Vec<_>>()
    };
    check(Fault::FragmentOddCut, "0", "4", |faults| format!("{}", (cut(faults)[0].len() - 28) % 8));
    check(Fault::FragmentOptionsAllCopied, "45", "47", |faults| format!("{:x}", cut(faults)[1][0]));
    let whole = v4(OWN4, PEER4, &[], &[0; 200], |p| p[6] = 0x40);
    check(Fault::DontFragmentIgnored, "false", "true", |faults| {
        Fragmenter::v4_with_faults(&whole, 128, faults).is_ok().to_string()
    });
}

fn forwarded(faults: FaultSet, link: Cast, packet: &[u8]) -> String {
    let mut routes = RouteTable::new(10).with_faults(faults);
    let prefix = |text: &str| -> Prefix { text.parse().unwrap() };
    routes.insert(Route::via(prefix("0.0.0.0/0"), IpAddr::V4(Ipv4Addr::new(198, 51, 100, 9)), 1)).unwrap();
    routes.insert(Route::via(prefix("203.0.113.0/24"), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 254)), 0)).unwrap();
    let view = Ipv4Packet::new_unchecked(packet);
    let config = InputConfig { forwarding: true, ..Default::default() };
    let Verdict::Forward(datagram): Verdict = classify_v4(&config, &local(), 0, Cast::Unicast, packet) else {
        panic!("not to be forwarded")
    };
    let _: &Datagram = &datagram;
    assert_eq!(view.version(), 4);
    let config = ForwardConfig { faults, ..Default::default() };
    match decide(&config, &routes, &local(), 0, link, packet, &datagram, |_| 1_500) {
        Decision::Send { interface, redirect, .. } if redirect.is_some() => format!("send {interface} redirect"),
        Decision::Send { interface, .. } => format!("send {interface}"),
        Decision::Drop(_) => "drop".into(),
        Decision::Error { .. } => "error".into(),
    }
}

#[test]
fn forwarding() {
    let remote = Ipv4Addr::new(203, 0, 113, 5);
    let stranger = Ipv4Addr::new(10, 9, 9, 9);
    let plain = |edit: fn(&mut [u8])| v4(stranger, remote, &[], &[0; 8], edit);
    check(Fault::TtlZeroForwarded, "error", "send 0", |f| forwarded(f, Cast::Unicast, &plain(|p| p[8] = 1)));
    check(Fault::LinkBroadcastForwarded, "drop", "send 0", |f| forwarded(f, Cast::Broadcast, &plain(|_| ())));
    check(Fault::LpmShortestMatch, "send 0", "send 1", |f| forwarded(f, Cast::Unicast, &plain(|_| ())));
    check(Fault::RedirectOffLink, "send 0", "send 0 redirect", |f| forwarded(f, Cast::Unicast, &plain(|_| ())));
    let decremented = |faults| {
        let mut packet = plain(|_| ());
        decrement_hop_limit(faults, &mut packet);
        format!("{} {}", packet[8], Ipv4Packet::new_unchecked(&packet).verify_checksum())
    };
    check(Fault::TtlNotDecremented, "63 true", "64 true", decremented);
    check(Fault::TtlChecksumStale, "63 true", "63 false", decremented);
}

#[test]
fn path_mtu() {
    let learn = |faults, mtu| {
        let mut cache = PathMtuCache::new(4, faults);
        cache.update(at(0), PEER4.into(), mtu, 1_500, 1_500);
        cache.get(at(0), PEER4.into(), 1_500).to_string()
    };
    check(Fault::PmtuBelowMinimum, "1500", "40", |faults| learn(faults, 40));
    check(Fault::PmtuIncreased, "1500", "9000", |faults| learn(faults, 9_000));
    check(Fault::PmtuIgnored, "1400", "1500", |faults| learn(faults, 1_400));
}

#[test]
fn icmp() {
    const PORT: IcmpError = IcmpError::Unreachable(Unreachable::Port);
    let may =
        |link, packet: Vec<u8>| move |faults| may_send_error(faults, &local(), 0, link, &packet, &PORT).to_string();
    let plain = |edit: fn(&mut [u8])| v4(PEER4, OWN4, &[], &[3; 8], edit);
    check(Fault::IcmpErrorAboutIcmpError, "false", "true", may(Cast::Unicast, plain(|p| p[9] = 1)));
    check(Fault::ErrorToBroadcast, "false", "true", may(Cast::Broadcast, plain(|p| p[19] = 255)));
    check(Fault::ErrorToLinkBroadcast, "false", "true", may(Cast::Broadcast, plain(|_| ())));
    check(Fault::ErrorAboutLaterFragment, "false", "true", may(Cast::Unicast, plain(|p| p[7] = 1)));
    check(Fault::ErrorToAmbiguousSource, "false", "true", may(Cast::Unicast, plain(|p| p[12..16].fill(0))));
    let quote = |src: IpAddr, dst: IpAddr, packet: Vec<u8>| {
        move |faults| {
            let mut out = [0; 2_000];
            build_error(faults, &PORT, src, dst, &packet, &mut out).unwrap().to_string()
        }
    };
    check(Fault::ErrorQuoteShort, "36", "32", quote(OWN4.into(), PEER4.into(), plain(|_| ())));
    let large = v6(PEER6, OWN6, 17, &[0; 1_400]);
    check(Fault::ErrorQuoteLong, "1240", "1448", quote(OWN6.into(), PEER6.into(), large));
    let answer = |message: Vec<u8>| {
        move |faults| {
            let mut out = [0; 2_000];
            let config = IcmpConfig { faults, ..Default::default() };
            format!("{:?}", input_v4(&config, at(0), PEER4, Cast::Unicast, &message, &mut out))
        }
    };
    let mut echo = vec![0; 108];
    echo[0] = 8;
    let mut bad = echo.clone();
    wireproof_stack::wire::icmpv4::Icmpv4Packet::new_unchecked(&mut echo).fill_checksum();
    let (whole, cut) = ("Reply { len: 108 }", "Reply { len: 72 }");
    check(Fault::EchoReplyDataTruncated, whole, cut, answer(echo.clone()));
    bad[3] = 1;
    check(Fault::IcmpBadChecksumAccepted, "Drop(BadChecksum)", whole, answer(bad));
    let mut mask = vec![17, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    wireproof_stack::wire::icmpv4::Icmpv4Packet::new_unchecked(&mut mask).fill_checksum();
    check(Fault::AddressMaskReply, "Drop(IcmpIgnored)", "Reply { len: 12 }", answer(mask));
}

fn cache(faults: FaultSet) -> NeighborCache {
    NeighborCache::new(NeighborConfig::new(OWN_MAC, &Limits::default(), 1, faults))
}

fn hear(cache: &mut NeighborCache, op: ArpOperation, mac: MacAddress, target_ip: Ipv4Addr) {
    let mut bytes = [0; 28];
    let repr = ArpRepr { operation: op, sender_mac: mac, sender_ip: PEER4, target_mac: OWN_MAC, target_ip };
    repr.emit(&mut ArpPacket::new_unchecked(&mut bytes));
    cache.handle_arp(at(0), &bytes, |addr| addr == OWN4).unwrap();
}

fn frames(cache: &mut NeighborCache, now: Instant) -> Vec<Vec<u8>> {
    let mut out = [0; 1_514];
    core::iter::from_fn(|| cache.poll_transmit(now, &mut out).map(|len| out[..len].to_vec())).collect()
}

#[test]
fn arp() {
    let other = Ipv4Addr::new(192, 0, 2, 50);
    check(Fault::ArpReplyToOthers, "0", "1", |faults| {
        let mut cache = cache(faults);
        hear(&mut cache, ArpOperation::REQUEST, PEER_MAC, other);
        frames(&mut cache, at(0)).len().to_string()
    });
    check(Fault::ArpAnswersReplies, "0", "1", |faults| {
        let mut cache = cache(faults);
        hear(&mut cache, ArpOperation::REPLY, PEER_MAC, OWN4);
        frames(&mut cache, at(0)).len().to_string()
    });
    check(Fault::ArpNoMerge, &format!("{NEW_MAC}"), &format!("{PEER_MAC}"), |faults| {
        let mut cache = cache(faults);
        hear(&mut cache, ArpOperation::REPLY, PEER_MAC, OWN4);
        hear(&mut cache, ArpOperation::REPLY, NEW_MAC, OWN4);
        cache.resolve(at(0), PEER4.into()).unwrap().to_string()
    });
    check(Fault::ArpNeverExpires, "false", "true", |faults| {
        let mut cache = cache(faults);
        hear(&mut cache, ArpOperation::REPLY, PEER_MAC, OWN4);
        cache.resolve(at(10_000), PEER4.into()).is_some().to_string()
    });
    let asked = |faults, addr: IpAddr, own: IpAddr| {
        let mut cache = cache(faults);
        let mut count = 0;
        for _ in 0..3 {
            cache.enqueue(at(0), addr, own, &[0; 40]).unwrap();
            count += frames(&mut cache, at(0)).len();
        }
        count.to_string()
    };
    check(Fault::ArpFlood, "1", "3", |faults| asked(faults, PEER4.into(), OWN4.into()));
    check(Fault::NdpFlood, "1", "3", |faults| asked(faults, PEER6.into(), OWN6.into()));
    check(Fault::ArpPendingDropped, "1", "0", |faults| {
        let mut cache = cache(faults);
        cache.enqueue(at(0), PEER4.into(), OWN4.into(), &[0; 40]).unwrap();
        frames(&mut cache, at(0));
        hear(&mut cache, ArpOperation::REPLY, PEER_MAC, OWN4);
        frames(&mut cache, at(0)).len().to_string()
    });
}

fn nd(cache: &mut NeighborCache, header: NdHeader, repr: NdpRepr<'_>, code: u8) -> bool {
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(&mut Icmpv6Packet::new_unchecked(&mut bytes), PseudoHeader::v6(header.src, header.dst));
    bytes[1] = code;
    let owns = |addr| if addr == OWN6 { Ownership::Unicast } else { Ownership::None };
    cache.handle_nd(at(0), header, &bytes, owns).is_ok()
}

fn solicit(cache: &mut NeighborCache, src: Ipv6Addr, hop_limit: u8, code: u8) -> bool {
    let mut area = [0; 8];
    let options = NdpOptions::write(&mut area, &[NdpOption::SourceLinkLayer(PEER_MAC)]).unwrap();
    let options = if src.is_unspecified() { NdpOptions::default() } else { options };
    let header = NdHeader { src, dst: solicited_node(OWN6), hop_limit };
    nd(cache, header, NdpRepr::NeighborSolicitation { target: OWN6, options }, code)
}

fn advertise(cache: &mut NeighborCache, mac: MacAddress, override_flag: bool) {
    let mut area = [0; 8];
    let options = NdpOptions::write(&mut area, &[NdpOption::TargetLinkLayer(mac)]).unwrap();
    let repr = NdpRepr::NeighborAdvertisement { router: false, solicited: true, override_flag, target: PEER6, options };
    nd(cache, NdHeader { src: PEER6, dst: OWN6, hop_limit: 255 }, repr, 0);
}

#[test]
fn neighbour_discovery() {
    let accepted = |hop_limit, code| move |faults| solicit(&mut cache(faults), PEER6, hop_limit, code).to_string();
    check(Fault::NdpHopLimitUnchecked, "false", "true", accepted(64, 0));
    check(Fault::NdpCodeUnchecked, "false", "true", accepted(255, 1));
    // The flags octet of the answer, and its length.
    let answer = |faults| {
        let mut cache = cache(faults);
        solicit(&mut cache, PEER6, 255, 0);
        let frame = &frames(&mut cache, at(0))[0];
        format!("{:02x} {}", frame[14 + 44], frame.len())
    };
    check(Fault::NdpSolicitedFlagClear, "60 86", "20 86", answer);
    check(Fault::NdpTargetOptionMissing, "60 86", "40 78", answer);
    check(Fault::NdpDadNotDefended, "1", "0", |faults| {
        let mut cache = cache(faults);
        solicit(&mut cache, Ipv6Addr::UNSPECIFIED, 255, 0);
        frames(&mut cache, at(0)).len().to_string()
    });
    check(Fault::NdpSourceOptionMissing, "86", "78", |faults| {
        let mut cache = cache(faults);
        cache.enqueue(at(0), PEER6.into(), OWN6.into(), &[0; 40]).unwrap();
        frames(&mut cache, at(0))[0].len().to_string()
    });
    check(Fault::NdpAdvertisementCreates, "0", "1", |faults| {
        let mut cache = cache(faults);
        advertise(&mut cache, PEER_MAC, true);
        cache.iter().count().to_string()
    });
    check(Fault::NdpOverrideIgnored, &format!("{PEER_MAC}"), &format!("{NEW_MAC}"), |faults| {
        let mut cache = cache(faults);
        cache.enqueue(at(0), PEER6.into(), OWN6.into(), &[0; 40]).unwrap();
        advertise(&mut cache, PEER_MAC, true);
        advertise(&mut cache, NEW_MAC, false);
        cache.resolve(at(0), PEER6.into()).unwrap().to_string()
    });
    check(Fault::NdpNeverProbes, "true", "false", |faults| {
        let mut cache = cache(faults);
        cache.learn(PEER6.into(), PEER_MAC, None);
        cache.resolve(at(0), PEER6.into());
        cache.poll_timeout().is_some().to_string()
    });
}

fn membership(version: u8, faults: FaultSet) -> MembershipConfig {
    MembershipConfig { groups: 8, version, max_message: 1_400, seed: 1, faults }
}

/// A version 2 host that has said what it had to say about its group.
fn igmp(faults: FaultSet) -> Igmp {
    let mut igmp = Igmp::new(membership(2, faults));
    igmp.join(at(0), GROUP4).unwrap();
    sent(&mut igmp, at(100));
    sent(&mut igmp, at(200));
    igmp
}

fn sent(igmp: &mut Igmp, now: Instant) -> Vec<(Ipv4Addr, u8)> {
    let mut out = [0; 1_400];
    core::iter::from_fn(|| igmp.poll_transmit(now, &mut out).map(|report| (report.dst, out[0]))).collect()
}

fn igmp_message(kind: u8, code: u8, group: Ipv4Addr) -> [u8; 8] {
    let [a, b, c, d] = group.octets();
    let mut message = [kind, code, 0, 0, a, b, c, d];
    wireproof_stack::wire::igmp::IgmpPacket::new_unchecked(&mut message).fill_checksum();
    message
}

#[test]
fn groups() {
    let query = |code| igmp_message(0x11, code, Ipv4Addr::UNSPECIFIED);
    check(Fault::IgmpNoReport, "1", "0", |faults| {
        let mut igmp = igmp(faults);
        igmp.handle_message(at(200), PEER4, ALL_SYSTEMS, &query(10));
        sent(&mut igmp, at(300)).len().to_string()
    });
    check(Fault::IgmpNoSuppression, "0", "1", |faults| {
        let mut igmp = igmp(faults);
        igmp.handle_message(at(200), PEER4, ALL_SYSTEMS, &query(10));
        igmp.handle_message(at(200), PEER4, GROUP4, &igmp_message(0x16, 0, GROUP4));
        sent(&mut igmp, at(300)).len().to_string()
    });
    check(Fault::IgmpChecksumUnchecked, "0", "1", |faults| {
        let mut igmp = igmp(faults);
        let mut bad = query(10);
        bad[2] ^= 1;
        igmp.handle_message(at(200), PEER4, ALL_SYSTEMS, &bad);
        sent(&mut igmp, at(300)).len().to_string()
    });
    check(Fault::IgmpLeaveToGroup, "224.0.0.2", "239.1.2.3", |faults| {
        let mut igmp = igmp(faults);
        igmp.leave(at(200), GROUP4);
        sent(&mut igmp, at(200))[0].0.to_string()
    });
    check(Fault::IgmpVersion1Ignored, "12", "16", |faults| {
        let mut igmp = igmp(faults);
        igmp.handle_message(at(200), PEER4, ALL_SYSTEMS, &query(0));
        format!("{:x}", sent(&mut igmp, at(300))[0].1)
    });
    check(Fault::MldSourceUnchecked, "true", "false", |faults| {
        let mut mld = Mld::new(membership(1, faults));
        let mut query = [0; 24];
        query[0] = 130;
        let global = "2001:db8::1".parse().unwrap();
        mld.handle_message(at(0), global, ALL_NODES, 1, &query).is_some().to_string()
    });
}
