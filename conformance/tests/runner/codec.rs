//! What a spec encodes to: it matches itself, and the reference stack's own parsers accept it.
//!
//! The tester shares no codec with the stack; here the two check each other.

use std::net::{Ipv4Addr, Ipv6Addr};

use wireproof_conformance::runner::matcher::compare;
use wireproof_conformance::target::{Instant, Link};
use wireproof_conformance::timeline::decode::{ChecksumState, Dissection};
use wireproof_conformance::timeline::encode::{Context, encode};
use wireproof_stack::wire::ethernet::EthernetFrame;
use wireproof_stack::wire::icmpv4::{Icmpv4Packet, Icmpv4Repr};
use wireproof_stack::wire::icmpv6::{Icmpv6Packet, Icmpv6Repr};
use wireproof_stack::wire::ip::PseudoHeader;
use wireproof_stack::wire::ipv4::{Ipv4Packet, Ipv4Repr};
use wireproof_stack::wire::ipv6::{Ipv6Packet, Ipv6Repr};
use wireproof_stack::wire::tcp::{TcpPacket, TcpRepr};
use wireproof_stack::wire::udp::{UdpPacket, UdpRepr};

use super::*;

fn bytes_of(spec: &PacketSpec) -> Vec<u8> {
    let link = Link::standard(0);
    let nothing = (Default::default(), Default::default());
    let context = Context { link: &link, now: Instant::ZERO, flow: None, vars: &nothing.0, frames: &nothing.1 };
    encode(spec, &context).expect("a plain spec")
}

fn matches(spec: &PacketSpec, frame: &[u8]) -> Vec<String> {
    let link = Link::standard(0);
    let nothing = (Default::default(), Default::default());
    let context = Context { link: &link, now: Instant::ZERO, flow: None, vars: &nothing.0, frames: &nothing.1 };
    let misses = compare(spec, &Dissection::of(frame), &context).misses;
    misses.iter().map(|miss| format!("{}: {} is {}", miss.field, miss.expected, miss.got)).collect()
}

fn specs() -> Vec<PacketSpec> {
    let group: Ipv6Addr = "ff02::1:ff00:1".parse().expect("valid");
    let mac = MacAddress([2, 0, 0, 0, 0, 9]);
    let tcp = || packet::ipv6().tcp(1, 2).seq(0xffff_fff0u32).ack_number(7);
    let mut specs = vec![
        packet::ethernet().payload(b"data"),
        packet::arp().arp_op(2).arp_sender(mac, Ipv4Addr::new(192, 0, 2, 9)),
        packet::arp().snap(),
        packet::ipv4().ip_options([7, 7, 4, 0, 0, 0, 0]).tos(0xba).ecn(2).udp(1, 2).payload(b"odd"),
        packet::ipv4().udp(1, 2).checksum(Checksum::Zero).payload(b"no checksum"),
        packet::ipv4().igmp(0x16, Ipv4Addr::new(224, 0, 0, 9)).dst(Ipv4Addr::new(224, 0, 0, 9)),
        packet::ipv4().redirect(1, Ipv4Addr::new(192, 0, 2, 7)).payload([0; 28]),
        packet::ipv4().snap().echo_request(1, 2).data(10),
        packet::ipv6().hop_by_hop([5, 2, 0, 0]).dest_options([1, 0]).udp(1, 2).data(9),
        packet::ipv6().routing(2, 1, [0; 20]).echo_request(1, 2).data(3),
        packet::ipv6().fragment_header().udp(1, 2),
        packet::ipv6().neighbor_solicitation(group).source_mac(mac),
        packet::ipv6().neighbor_advertisement(group).target_mac(mac).set(FieldId::NdOverride, 1),
        packet::ipv6().router_advertisement(1_800).source_mac(mac).nd_option(NdOption::Mtu(1_400.into())),
        packet::ipv6().nd_redirect(group, group).target_mac(mac),
        packet::ipv6().icmpv6(131, 0).set(FieldId::MldGroup, group),
        packet::ipv6().icmpv6(143, 0).set(FieldId::MldRecords, 1).set(FieldId::MldRecordGroup, group),
        packet::ipv6().parameter_problem(1, 40).payload([0; 48]),
        tcp().flags_exact("FPA").window(1).urgent(3).data(5),
        tcp().syn().options([
            TcpOption::Mss(1_440.into()),
            TcpOption::SackPermitted,
            TcpOption::Timestamps(1.into(), 2.into()),
            TcpOption::WindowScale(7.into()),
            TcpOption::Other { kind: 254, data: b"xy".into() },
        ]),
        tcp().ack().sack([(1, 5), (10, 20)]),
        tcp().rst().no_options(),
        tcp().bad_checksum(),
    ];
    for ip in [packet::ipv4, packet::ipv6] {
        specs.extend([
            ip().ttl(3).udp(7, 9).data(100),
            ip().tcp(7, 9).syn_ack().mss(1_000),
            ip().echo_request(1, 2).data(64),
            ip().port_unreachable().payload([0; 28]),
            ip().protocol_unreachable().payload([0; 28]),
            ip().packet_too_big(1_280).payload([0; 28]),
            ip().ttl_exceeded().payload([0; 28]),
        ]);
    }
    specs
}

#[test]
fn every_spec_matches_what_it_encodes_to() {
    for spec in specs() {
        let frame = bytes_of(&spec);
        assert!(matches(&spec, &frame).is_empty(), "{spec:?}: {:?}", matches(&spec, &frame));
    }
}

#[test]
fn every_checksum_is_right_unless_asked_otherwise() {
    for spec in specs() {
        let frame = bytes_of(&spec);
        let dissection = Dissection::of(&frame);
        for layer in &dissection.layers {
            let said = spec.layer(layer.kind).map_or(Checksum::Right, |layer| layer.checksum);
            let state = dissection.checksum(layer);
            match said {
                Checksum::Right => assert!(matches!(state, ChecksumState::Right | ChecksumState::Unknown), "{spec:?}"),
                Checksum::Zero => assert_eq!(state, ChecksumState::NotUsed),
                _ => assert!(matches!(state, ChecksumState::Wrong { .. }), "{spec:?}"),
            }
        }
    }
}

#[test]
fn the_stack_parses_what_the_tester_builds() {
    for spec in specs() {
        let bad = spec.layers.iter().any(|layer| layer.checksum == Checksum::Wrong);
        let frame = bytes_of(&spec);
        let ethernet = EthernetFrame::new_checked(&frame[..]).expect("an Ethernet header");
        let dissection = Dissection::of(&frame);
        if let Some(layer) = dissection.layer(LayerKind::Ipv4) {
            let packet = Ipv4Packet::new_checked(&frame[layer.start..layer.end]).expect("IPv4");
            let repr = Ipv4Repr::parse(&packet).unwrap_or_else(|error| panic!("{spec:?}: {error}"));
            let pseudo = PseudoHeader::v4(repr.src, repr.dst);
            assert_eq!(layer.body - layer.start + repr.payload_len, layer.end - layer.start);
            transport(&spec, &frame, pseudo, bad);
        } else if let Some(layer) = dissection.layer(LayerKind::Ipv6) {
            let packet = Ipv6Packet::new_checked(&frame[layer.start..layer.end]).expect("IPv6");
            let repr = Ipv6Repr::parse(&packet).unwrap_or_else(|error| panic!("{spec:?}: {error}"));
            assert_eq!(40 + repr.payload_len, layer.end - layer.start);
            transport(&spec, &frame, PseudoHeader::v6(repr.src, repr.dst), bad);
        }
        let _ = ethernet;
    }
}

fn transport(spec: &PacketSpec, frame: &[u8], pseudo: PseudoHeader, bad: bool) {
    let dissection = Dissection::of(frame);
    for layer in &dissection.layers {
        let bytes = &frame[layer.start..layer.end];
        let parsed = match layer.kind {
            LayerKind::Udp => UdpRepr::parse(&UdpPacket::new_checked(bytes).expect("UDP"), Some(pseudo)).map(|_| ()),
            LayerKind::Tcp => TcpRepr::parse(&TcpPacket::new_checked(bytes).expect("TCP"), Some(pseudo)).map(|_| ()),
            LayerKind::Icmpv4 => Icmpv4Repr::parse(&Icmpv4Packet::new_checked(bytes).expect("ICMP")).map(|_| ()),
            LayerKind::Icmpv6 if bytes[0] < 130 => {
                let packet = Icmpv6Packet::new_checked(bytes).expect("ICMPv6");
                Icmpv6Repr::parse(&packet, Some(pseudo)).map(|_| ())
            }
            _ => continue,
        };
        assert_eq!(parsed.is_err(), bad, "{spec:?}: {parsed:?}");
    }
}

#[test]
fn slices_of_a_packet_are_the_packet() {
    for ip in [packet::ipv4, packet::ipv6] {
        let spec = || ip().echo_request(1, 2).data(100);
        let whole = bytes_of(&spec());
        let mut body: Vec<u8> = Vec::new();
        for (offset, more) in [(0, true), (40, true), (80, false)] {
            let fragment = bytes_of(&spec().fragment(77, offset, 40, more));
            let dissection = Dissection::of(&fragment);
            let carrier = dissection.layers.iter().rfind(|l| matches!(l.kind, LayerKind::Ipv4 | LayerKind::Fragment));
            body.extend(dissection.carried(carrier.expect("a fragment")));
            assert!(dissection.is_complete() && dissection.is_fragment());
        }
        let dissection = Dissection::of(&whole);
        let ip = dissection.layers.iter().find(|layer| layer.kind.is_ip()).expect("IP");
        assert_eq!(body, dissection.carried(ip));
    }
}

#[test]
fn a_packet_can_be_spoiled_in_every_way() {
    let frame = bytes_of(&packet::ipv4().set(FieldId::Ipv4HeaderLen, 4).set(FieldId::Ipv4TotalLen, 9).udp(1, 2));
    assert_eq!((frame[14], &frame[16..18]), (0x44, &[0, 9][..]));
    let frame = bytes_of(&packet::ipv4().udp(1, 2).data(8).patch(LayerKind::Udp, 4, [0, 1]).truncate(30));
    assert_eq!((frame.len(), &frame[38..40]), (44, &[0, 1][..]));
    let frame = bytes_of(&packet::ipv4().udp(1, 2).pad([0xee; 5]));
    assert_eq!(frame.len(), 14 + 28 + 5);
    assert_eq!(Dissection::of(&frame).payload(), b"");
    let frame = bytes_of(&packet::ipv4().tcp(1, 2).options([TcpOption::Raw([2, 0].into())]));
    assert_eq!(frame[54..58], [2, 0, 0, 0]);
}
