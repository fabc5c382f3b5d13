//! Tests of the cache through its public face: frames in, frames out.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::event::DropReason;
use crate::time::Instant;
use crate::wire::arp::{ArpOperation, ArpPacket, ArpRepr};
use crate::wire::ethernet::{EtherType, EthernetFrame};
use crate::wire::icmpv6::Icmpv6Packet;
use crate::wire::ip::PseudoHeader;
use crate::wire::ipv6::{Ipv6Packet, Ipv6Repr};
use crate::wire::ndp::{NdpOption, NdpOptions, NdpRepr};

const OWN_MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const PEER_MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 9]);
const OTHER_MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xaa]);
const OWN4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const PEER4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);
const OWN6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const PEER6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 9);

fn cache() -> NeighborCache {
    NeighborCache::new(NeighborConfig::new(OWN_MAC, &Limits::default(), 1, FaultSet::NONE))
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// The next frame, as (destination, EtherType, payload).
fn frame(cache: &mut NeighborCache, now: Instant) -> Option<(MacAddress, EtherType, Vec<u8>)> {
    let mut out = [0; 1514];
    let len = cache.poll_transmit(now, &mut out)?;
    let view = EthernetFrame::new_checked(&out[..len]).unwrap();
    assert_eq!(view.src(), OWN_MAC);
    Some((view.dst(), view.ethertype(), out[14..len].to_vec()))
}

fn arp_frame(cache: &mut NeighborCache, now: Instant) -> Option<(MacAddress, ArpRepr)> {
    let (dst, ethertype, payload) = frame(cache, now)?;
    assert_eq!(ethertype, EtherType::ARP);
    Some((dst, ArpRepr::parse(&ArpPacket::new_unchecked(&payload)).unwrap()))
}

fn arp(operation: ArpOperation, sender_mac: MacAddress, sender_ip: Ipv4Addr, target_ip: Ipv4Addr) -> Vec<u8> {
    let mut bytes = vec![0; 46];
    let repr = ArpRepr { operation, sender_mac, sender_ip, target_mac: MacAddress::UNSPECIFIED, target_ip };
    repr.emit(&mut ArpPacket::new_unchecked(&mut bytes));
    bytes
}

fn hear(cache: &mut NeighborCache, now: Instant, packet: &[u8]) -> Result<(), DropReason> {
    cache.handle_arp(now, packet, |addr| addr == OWN4)
}

#[test]
fn a_request_for_us_is_answered_and_its_sender_learnt() {
    let mut cache = cache();
    hear(&mut cache, at(0), &arp(ArpOperation::REQUEST, PEER_MAC, PEER4, OWN4)).unwrap();
    let (dst, reply) = arp_frame(&mut cache, at(0)).unwrap();
    assert_eq!(dst, PEER_MAC);
    let expected = ArpRepr {
        operation: ArpOperation::REPLY,
        sender_mac: OWN_MAC,
        sender_ip: OWN4,
        target_mac: PEER_MAC,
        target_ip: PEER4,
    };
    assert_eq!(reply, expected);
    assert_eq!(cache.resolve(at(0), PEER4.into()), Some(PEER_MAC));
    assert!(frame(&mut cache, at(0)).is_none());
}

#[test]
fn only_requests_for_us_are_answered_and_strangers_are_not_learnt() {
    let mut cache = cache();
    hear(&mut cache, at(0), &arp(ArpOperation::REQUEST, PEER_MAC, PEER4, Ipv4Addr::new(192, 0, 2, 50))).unwrap();
    assert_eq!(cache.resolve(at(0), PEER4.into()), None);
    hear(&mut cache, at(0), &arp(ArpOperation::REPLY, PEER_MAC, PEER4, OWN4)).unwrap();
    assert_eq!(cache.resolve(at(0), PEER4.into()), Some(PEER_MAC));
    assert!(frame(&mut cache, at(0)).is_none());
}

#[test]
fn known_senders_are_updated_whatever_they_ask() {
    let mut cache = cache();
    hear(&mut cache, at(0), &arp(ArpOperation::REPLY, PEER_MAC, PEER4, OWN4)).unwrap();
    hear(&mut cache, at(0), &arp(ArpOperation::REQUEST, OTHER_MAC, PEER4, PEER4)).unwrap();
    assert_eq!(cache.resolve(at(0), PEER4.into()), Some(OTHER_MAC));
}

#[test]
fn probes_are_answered_and_teach_nothing() {
    let mut cache = cache();
    hear(&mut cache, at(0), &arp(ArpOperation::REQUEST, PEER_MAC, Ipv4Addr::UNSPECIFIED, OWN4)).unwrap();
    assert!(arp_frame(&mut cache, at(0)).is_some());
    assert_eq!(cache.iter().count(), 0);
}

#[rstest]
#[case(0, 6, DropReason::Malformed)]
#[case(2, 0x86, DropReason::Malformed)]
#[case(4, 8, DropReason::Malformed)]
#[case(5, 16, DropReason::Malformed)]
#[case(8, 0xff, DropReason::LinkSource)]
fn strange_arp_packets_are_dropped(#[case] offset: usize, #[case] value: u8, #[case] reason: DropReason) {
    let mut packet = arp(ArpOperation::REQUEST, PEER_MAC, PEER4, OWN4);
    packet[offset] = value;
    let mut cache = cache();
    assert_eq!(hear(&mut cache, at(0), &packet), Err(reason));
    assert_eq!(hear(&mut cache, at(0), &packet[..27]), Err(DropReason::Malformed));
    assert!(frame(&mut cache, at(0)).is_none());
}

#[test]
fn packets_wait_for_arp_and_requests_are_a_second_apart() {
    let mut cache = cache();
    for n in 0..6u8 {
        let kept = cache.enqueue(at(0), PEER4.into(), OWN4.into(), &[n; 30]);
        assert_eq!(kept.is_err(), n >= 4);
    }
    let (dst, request) = arp_frame(&mut cache, at(0)).unwrap();
    assert_eq!((dst, request.operation, request.target_ip), (MacAddress::BROADCAST, ArpOperation::REQUEST, PEER4));
    assert_eq!((request.sender_ip, request.sender_mac), (OWN4, OWN_MAC));
    assert!(frame(&mut cache, at(0)).is_none());
    assert_eq!(cache.poll_timeout(), Some(at(1_000)));
    cache.handle_timeout(at(999));
    assert!(frame(&mut cache, at(999)).is_none());
    cache.handle_timeout(at(1_000));
    assert!(arp_frame(&mut cache, at(1_000)).is_some());
    hear(&mut cache, at(1_500), &arp(ArpOperation::REPLY, PEER_MAC, PEER4, OWN4)).unwrap();
    let sent: Vec<_> = core::iter::from_fn(|| frame(&mut cache, at(1_500))).map(|f| (f.0, f.2[0])).collect();
    assert_eq!(sent, [(PEER_MAC, 2), (PEER_MAC, 3), (PEER_MAC, 4), (PEER_MAC, 5)]);
    assert_eq!(cache.poll_timeout(), None);
}

#[test]
fn silence_gives_the_packets_back() {
    let mut cache = cache();
    cache.enqueue(at(0), PEER4.into(), OWN4.into(), &[7; 30]).unwrap();
    let mut requests = 0;
    while let Some(next) = cache.poll_timeout() {
        while frame(&mut cache, next).is_some() {
            requests += 1;
        }
        cache.handle_timeout(next);
    }
    assert_eq!(requests, 3);
    let unresolved = cache.poll_unreachable().unwrap();
    assert_eq!((unresolved.next_hop, &unresolved.packet[..]), (IpAddr::V4(PEER4), &[7; 30][..]));
    assert!(cache.poll_unreachable().is_none());
    assert_eq!(cache.iter().count(), 0);
}

#[test]
fn arp_entries_expire_unless_they_are_static() {
    let mut cache = cache();
    cache.insert_static(Ipv4Addr::new(192, 0, 2, 7).into(), OTHER_MAC).unwrap();
    hear(&mut cache, at(0), &arp(ArpOperation::REPLY, PEER_MAC, PEER4, OWN4)).unwrap();
    assert_eq!(cache.resolve(at(59_999), PEER4.into()), Some(PEER_MAC));
    assert_eq!(cache.resolve(at(60_000), PEER4.into()), None);
    let fixed = Ipv4Addr::new(192, 0, 2, 7);
    assert_eq!(cache.resolve(at(1 << 40), fixed.into()), Some(OTHER_MAC));
    hear(&mut cache, at(0), &arp(ArpOperation::REPLY, PEER_MAC, fixed, OWN4)).unwrap();
    assert_eq!(cache.resolve(at(0), fixed.into()), Some(OTHER_MAC));
}

#[test]
fn unanswered_questions_give_way_first() {
    let mut config = NeighborConfig::new(OWN_MAC, &Limits::default(), 1, FaultSet::NONE);
    config.entries = 3;
    let mut cache = NeighborCache::new(config);
    cache.insert_static(Ipv4Addr::new(10, 0, 0, 1).into(), PEER_MAC).unwrap();
    hear(&mut cache, at(0), &arp(ArpOperation::REPLY, PEER_MAC, PEER4, OWN4)).unwrap();
    for n in 0..20 {
        cache.enqueue(at(n), Ipv4Addr::new(10, 0, 1, n as u8).into(), OWN4.into(), &[0; 20]).unwrap();
        assert!(cache.iter().count() <= 3);
    }
    assert_eq!(cache.resolve(at(20), PEER4.into()), Some(PEER_MAC));
    assert_eq!(cache.resolve(at(20), Ipv4Addr::new(10, 0, 0, 1).into()), Some(PEER_MAC));
    assert_eq!(core::iter::from_fn(|| frame(&mut cache, at(20))).count(), 1);
}

fn nd(header: NdHeader, repr: NdpRepr<'_>) -> (NdHeader, Vec<u8>) {
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(&mut Icmpv6Packet::new_unchecked(&mut bytes), PseudoHeader::v6(header.src, header.dst));
    (header, bytes)
}

fn solicit(src: Ipv6Addr, dst: Ipv6Addr, mac: Option<MacAddress>) -> (NdHeader, Vec<u8>) {
    let mut area = [0; 8];
    let options = mac.map(|mac| NdpOptions::write(&mut area, &[NdpOption::SourceLinkLayer(mac)]).unwrap());
    let options = options.unwrap_or_default();
    nd(NdHeader { src, dst, hop_limit: 255 }, NdpRepr::NeighborSolicitation { target: OWN6, options })
}

fn advertise(flags: [bool; 3], mac: Option<MacAddress>) -> (NdHeader, Vec<u8>) {
    let mut area = [0; 8];
    let options = mac.map(|mac| NdpOptions::write(&mut area, &[NdpOption::TargetLinkLayer(mac)]).unwrap());
    let options = options.unwrap_or_default();
    let [router, solicited, override_flag] = flags;
    nd(
        NdHeader { src: PEER6, dst: OWN6, hop_limit: 255 },
        NdpRepr::NeighborAdvertisement { router, solicited, override_flag, target: PEER6, options },
    )
}

fn take(cache: &mut NeighborCache, now: Instant, message: &(NdHeader, Vec<u8>)) -> Result<NdEvent, DropReason> {
    cache.handle_nd(now, message.0, &message.1, |addr| if addr == OWN6 { Ownership::Unicast } else { Ownership::None })
}

/// The next frame as an IPv6 packet with a neighbour discovery message in it.
fn nd_frame(cache: &mut NeighborCache, now: Instant) -> Option<(MacAddress, Ipv6Repr, Vec<u8>)> {
    let (dst, ethertype, packet) = frame(cache, now)?;
    assert_eq!(ethertype, EtherType::IPV6);
    let header = Ipv6Repr::parse(&Ipv6Packet::new_unchecked(&packet)).unwrap();
    assert_eq!(header.hop_limit, 255);
    Some((dst, header, packet[40..].to_vec()))
}

fn parse<'a>(header: &Ipv6Repr, message: &'a [u8]) -> NdpRepr<'a> {
    let pseudo = PseudoHeader::v6(header.src, header.dst);
    NdpRepr::parse(&Icmpv6Packet::new_unchecked(message), Some(pseudo)).unwrap()
}

fn state(cache: &NeighborCache) -> Option<(NeighborState, Option<MacAddress>, bool)> {
    cache.iter().find(|entry| entry.addr == PEER6).map(|entry| (entry.state, entry.mac, entry.is_router))
}

#[test]
fn a_solicitation_is_answered_and_its_sender_is_stale() {
    let mut cache = cache();
    let message = solicit(PEER6, crate::address::solicited_node(OWN6), Some(PEER_MAC));
    assert_eq!(take(&mut cache, at(0), &message), Ok(NdEvent::None));
    let (dst, header, answer) = nd_frame(&mut cache, at(0)).unwrap();
    assert_eq!((dst, header.src, header.dst), (PEER_MAC, OWN6, PEER6));
    let NdpRepr::NeighborAdvertisement { router, solicited, override_flag, target, options } = parse(&header, &answer)
    else {
        panic!("not an advertisement")
    };
    assert_eq!((router, solicited, override_flag, target), (false, true, true, OWN6));
    assert_eq!(options.target_link_layer(), Some(OWN_MAC));
    // The answer was the first packet to a stale neighbour.
    assert_eq!(state(&cache), Some((NeighborState::Delay, Some(PEER_MAC), false)));
}

#[test]
fn duplicate_address_detection_of_others_is_answered_to_all() {
    let mut cache = cache();
    let message = solicit(Ipv6Addr::UNSPECIFIED, crate::address::solicited_node(OWN6), None);
    assert_eq!(take(&mut cache, at(0), &message), Ok(NdEvent::None));
    let (dst, header, answer) = nd_frame(&mut cache, at(0)).unwrap();
    assert_eq!((dst, header.dst), (MacAddress([0x33, 0x33, 0, 0, 0, 1]), crate::address::ALL_NODES));
    assert!(matches!(parse(&header, &answer), NdpRepr::NeighborAdvertisement { solicited: false, .. }));
    assert_eq!(cache.iter().count(), 0);
}

#[test]
fn a_sender_without_an_address_option_is_resolved_first() {
    let mut cache = cache();
    take(&mut cache, at(0), &solicit(PEER6, OWN6, None)).unwrap();
    let (dst, header, question) = nd_frame(&mut cache, at(0)).unwrap();
    assert_eq!(dst, MacAddress::multicast_v6(crate::address::solicited_node(PEER6)));
    let NdpRepr::NeighborSolicitation { target, options } = parse(&header, &question) else { panic!("no question") };
    assert_eq!((header.src, target, options.source_link_layer()), (OWN6, PEER6, Some(OWN_MAC)));
    take(&mut cache, at(10), &advertise([false, true, true], Some(PEER_MAC))).unwrap();
    let (dst, header, answer) = nd_frame(&mut cache, at(10)).unwrap();
    assert_eq!(dst, PEER_MAC);
    assert!(matches!(parse(&header, &answer), NdpRepr::NeighborAdvertisement { .. }));
}

#[rstest]
#[case::hop_limit(|m: &mut (NdHeader, Vec<u8>)| m.0.hop_limit = 254)]
#[case::code(|m: &mut (NdHeader, Vec<u8>)| m.1[1] = 1)]
#[case::short(|m: &mut (NdHeader, Vec<u8>)| m.1.truncate(23))]
#[case::option_of_no_length(|m: &mut (NdHeader, Vec<u8>)| m.1[25] = 0)]
#[case::multicast_target(|m: &mut (NdHeader, Vec<u8>)| m.1[8] = 0xff)]
#[case::unspecified_with_option(|m: &mut (NdHeader, Vec<u8>)| m.0.src = Ipv6Addr::UNSPECIFIED)]
#[case::unspecified_to_unicast(|m: &mut (NdHeader, Vec<u8>)| {
    m.0 = NdHeader { src: Ipv6Addr::UNSPECIFIED, dst: OWN6, hop_limit: 255 };
    m.1.truncate(24);
})]
fn invalid_solicitations_are_dropped(#[case] spoil: fn(&mut (NdHeader, Vec<u8>))) {
    let mut cache = cache();
    let mut message = solicit(PEER6, crate::address::solicited_node(OWN6), Some(PEER_MAC));
    spoil(&mut message);
    assert_eq!(take(&mut cache, at(0), &message), Err(DropReason::NotNeighborSafe));
    assert!(frame(&mut cache, at(0)).is_none());
    assert_eq!(cache.iter().count(), 0);
}

/// The cache after resolution was asked for and, unless `Incomplete` is wanted, brought into a state.
fn in_state(wanted: NeighborState) -> NeighborCache {
    let mut cache = cache();
    cache.enqueue(at(0), PEER6.into(), OWN6.into(), &[0; 40]).unwrap();
    if wanted != NeighborState::Incomplete {
        let solicited = wanted == NeighborState::Reachable;
        take(&mut cache, at(0), &advertise([true, solicited, false], Some(PEER_MAC))).unwrap();
    }
    while frame(&mut cache, at(0)).is_some() {}
    if matches!(wanted, NeighborState::Delay | NeighborState::Probe) {
        cache.resolve(at(0), PEER6.into());
    }
    if wanted == NeighborState::Probe {
        cache.handle_timeout(at(5_000));
    }
    assert_eq!(state(&cache).map(|s| s.0), Some(wanted));
    cache
}

/// RFC 4861 7.2.5 and appendix C, row by row: flags router, solicited, override.
#[rstest]
#[case(NeighborState::Incomplete, [true, true, false], Some(PEER_MAC), NeighborState::Reachable, Some(PEER_MAC), true)]
#[case(NeighborState::Incomplete, [false, false, true], Some(PEER_MAC), NeighborState::Stale, Some(PEER_MAC), false)]
#[case(NeighborState::Incomplete, [false, true, true], None, NeighborState::Incomplete, None, false)]
#[case(NeighborState::Reachable, [true, true, false], Some(OTHER_MAC), NeighborState::Stale, Some(PEER_MAC), true)]
#[case(NeighborState::Stale, [true, true, false], Some(OTHER_MAC), NeighborState::Stale, Some(PEER_MAC), true)]
#[case(NeighborState::Probe, [true, true, false], Some(OTHER_MAC), NeighborState::Probe, Some(PEER_MAC), true)]
#[case(NeighborState::Stale, [true, true, true], Some(OTHER_MAC), NeighborState::Reachable, Some(OTHER_MAC), true)]
#[case(NeighborState::Reachable, [true, false, true], Some(OTHER_MAC), NeighborState::Stale, Some(OTHER_MAC), true)]
#[case(NeighborState::Reachable, [true, false, true], Some(PEER_MAC), NeighborState::Reachable, Some(PEER_MAC), true)]
#[case(NeighborState::Delay, [true, true, false], None, NeighborState::Reachable, Some(PEER_MAC), true)]
#[case(NeighborState::Stale, [true, false, false], None, NeighborState::Stale, Some(PEER_MAC), true)]
#[case(NeighborState::Probe, [false, true, false], Some(PEER_MAC), NeighborState::Reachable, Some(PEER_MAC), false)]
fn advertisements(
    #[case] before: NeighborState,
    #[case] flags: [bool; 3],
    #[case] mac: Option<MacAddress>,
    #[case] after: NeighborState,
    #[case] kept: Option<MacAddress>,
    #[case] router: bool,
) {
    let mut cache = in_state(before);
    let event = take(&mut cache, at(6_000), &advertise(flags, mac));
    assert_eq!(state(&cache), Some((after, kept, router)));
    let gone = before != NeighborState::Incomplete && !flags[0];
    assert_eq!(event == Ok(NdEvent::RouterGone(PEER6)), gone);
    assert_eq!(event.is_err(), before == NeighborState::Incomplete && mac.is_none());
}

#[test]
fn advertisements_nobody_asked_for_make_no_entry() {
    let mut cache = cache();
    assert_eq!(take(&mut cache, at(0), &advertise([true, true, true], Some(PEER_MAC))), Ok(NdEvent::None));
    assert_eq!(cache.iter().count(), 0);
    let mut to_group = advertise([false, true, true], Some(PEER_MAC));
    to_group.0.dst = crate::address::ALL_NODES;
    assert_eq!(take(&mut cache, at(0), &to_group), Err(DropReason::NotNeighborSafe));
}

#[test]
fn a_stale_neighbour_is_probed_by_unicast_and_given_up() {
    let mut cache = in_state(NeighborState::Delay);
    assert_eq!(cache.poll_timeout(), Some(at(5_000)));
    for n in 0..3 {
        let now = at(5_000 + n * 1_000);
        cache.handle_timeout(now);
        let (dst, header, message) = nd_frame(&mut cache, now).unwrap();
        assert_eq!((dst, header.dst), (PEER_MAC, PEER6));
        assert!(matches!(parse(&header, &message), NdpRepr::NeighborSolicitation { target: PEER6, .. }));
        assert!(frame(&mut cache, now).is_none());
    }
    cache.handle_timeout(at(8_000));
    assert_eq!(state(&cache), None);
    assert_eq!(cache.poll_timeout(), None);
}

#[test]
fn reachability_ends_and_upper_layers_renew_it() {
    let mut cache = in_state(NeighborState::Reachable);
    assert_eq!(cache.resolve(at(14_999), PEER6.into()), Some(PEER_MAC));
    assert_eq!(state(&cache).unwrap().0, NeighborState::Reachable);
    assert_eq!(cache.resolve(at(45_001), PEER6.into()), Some(PEER_MAC));
    assert_eq!(state(&cache).unwrap().0, NeighborState::Delay);
    cache.confirm(at(46_000), PEER6.into());
    assert_eq!(state(&cache).unwrap().0, NeighborState::Reachable);
    assert_eq!(cache.poll_timeout(), None);
    let mut cache = in_state(NeighborState::Incomplete);
    cache.confirm(at(1), PEER6.into());
    assert_eq!(state(&cache).unwrap().0, NeighborState::Incomplete);
}

#[test]
fn redirects_and_router_advertisements_are_checked() {
    let redirect = |src: Ipv6Addr, target: Ipv6Addr, destination: Ipv6Addr| {
        nd(
            NdHeader { src, dst: OWN6, hop_limit: 255 },
            NdpRepr::Redirect { target, destination, options: NdpOptions::default() },
        )
    };
    let remote: Ipv6Addr = "2001:db8::7".parse().unwrap();
    let other: Ipv6Addr = "2001:db8::8".parse().unwrap();
    let mut cache = cache();
    let event = NdEvent::Redirect { from: PEER6, target: PEER6, destination: remote, mac: None };
    assert_eq!(take(&mut cache, at(0), &redirect(PEER6, PEER6, remote)), Ok(event));
    assert!(take(&mut cache, at(0), &redirect(PEER6, remote, remote)).is_ok());
    assert!(take(&mut cache, at(0), &redirect(PEER6, other, remote)).is_err());
    assert!(take(&mut cache, at(0), &redirect(remote, PEER6, remote)).is_err());
    assert!(take(&mut cache, at(0), &redirect(PEER6, PEER6, crate::address::ALL_NODES)).is_err());
    let options = [1, 1, 2, 0, 0, 0, 0, 9];
    let advertisement = |src: Ipv6Addr| {
        let repr = NdpRepr::RouterAdvertisement {
            hop_limit: 64,
            flags: 0,
            router_lifetime: 1_800,
            reachable_time: 0,
            retrans_timer: 0,
            options: NdpOptions(&options),
        };
        nd(NdHeader { src, dst: crate::address::ALL_NODES, hop_limit: 255 }, repr)
    };
    assert!(take(&mut cache, at(0), &advertisement(remote)).is_err());
    assert_eq!(take(&mut cache, at(0), &advertisement(PEER6)), Ok(NdEvent::RouterAdvertisement));
    assert_eq!(state(&cache), Some((NeighborState::Stale, Some(PEER_MAC), true)));
}

#[test]
fn tentative_addresses_are_told_about_duplicates() {
    let mut cache = cache();
    let mut owns =
        |message: &(NdHeader, Vec<u8>)| cache.handle_nd(at(0), message.0, &message.1, |_| Ownership::Tentative);
    let group = crate::address::solicited_node(OWN6);
    assert_eq!(owns(&solicit(Ipv6Addr::UNSPECIFIED, group, None)), Ok(NdEvent::Duplicate(OWN6)));
    assert_eq!(owns(&advertise([false; 3], Some(PEER_MAC))), Ok(NdEvent::Duplicate(PEER6)));
    assert!(owns(&solicit(PEER6, group, Some(PEER_MAC))).is_err());
}

#[test]
fn announcements() {
    let mut cache = cache();
    cache.announce(OWN4.into()).unwrap();
    cache.announce(OWN6.into()).unwrap();
    let (dst, announced) = arp_frame(&mut cache, at(0)).unwrap();
    assert_eq!((dst, announced.sender_ip, announced.target_ip), (MacAddress::BROADCAST, OWN4, OWN4));
    let (_, header, message) = nd_frame(&mut cache, at(0)).unwrap();
    assert_eq!(header.dst, crate::address::ALL_NODES);
    assert!(matches!(
        parse(&header, &message),
        NdpRepr::NeighborAdvertisement { solicited: false, override_flag: true, target: OWN6, .. }
    ));
    let refused = (0..100).filter(|_| cache.announce(OWN4.into()).is_err()).count();
    assert_eq!(refused, 36);
}

quickcheck::quickcheck! {
    /// Whatever comes, the cache stays within its bounds and never asks for one address twice within a second.
    fn bounded_and_slow(steps: Vec<(u8, u8, u16)>) -> bool {
        let mut config = NeighborConfig::new(OWN_MAC, &Limits::default(), 1, FaultSet::NONE);
        config.entries = 8;
        let mut cache = NeighborCache::new(config);
        let mut now = 0u64;
        let mut asked = std::collections::BTreeMap::new();
        steps.into_iter().all(|(what, host, wait)| {
            now += u64::from(wait % 3_000);
            let addr = Ipv4Addr::new(192, 0, 2, host % 6 + 10);
            let mac = MacAddress([2, 0, 0, 0, 1, host]);
            match what % 4 {
                0 | 1 => {
                    if cache.resolve(at(now), addr.into()).is_none() {
                        let _ = cache.enqueue(at(now), addr.into(), OWN4.into(), &[0; 20]);
                    }
                }
                2 => hear(&mut cache, at(now), &arp(ArpOperation::REPLY, mac, addr, OWN4)).unwrap(),
                _ => cache.handle_timeout(at(now)),
            }
            while cache.poll_unreachable().is_some() {}
            let polite = core::iter::from_fn(|| frame(&mut cache, at(now)))
                .filter(|(dst, ..)| *dst == MacAddress::BROADCAST)
                .map(|(_, _, payload)| ArpRepr::parse(&ArpPacket::new_unchecked(&payload)).unwrap().target_ip)
                .all(|target| asked.insert(target, now).is_none_or(|before| now - before >= 1_000));
            polite && cache.iter().count() <= 8
        })
    }
}
