//! Tests of `input` and `extension`: one packet per rule.

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;

const OWN4: [u8; 4] = [192, 0, 2, 1];
const PEER4: [u8; 4] = [192, 0, 2, 9];

fn local() -> LocalAddresses {
    let mut local = LocalAddresses::new(4);
    for (interface, addr, len) in
        [(0, "192.0.2.1", 24), (1, "198.51.100.1", 24), (0, "fe80::1", 64), (0, "2001:db8::1", 64), (1, "fe80::2", 64)]
    {
        local.add(interface, addr.parse().unwrap(), len).unwrap();
    }
    local
}

/// An IPv4 packet with a right checksum; `options` of a length that is a multiple of 4.
pub(crate) fn v4(src: [u8; 4], dst: [u8; 4], options: &[u8], payload: &[u8]) -> Vec<u8> {
    let header_len = 20 + options.len();
    let mut packet = vec![0; header_len];
    packet[20..].copy_from_slice(options);
    packet.extend_from_slice(payload);
    let len = packet.len() as u16;
    let mut view = Ipv4Packet::new_unchecked(&mut packet);
    view.set_version(4);
    view.set_header_len(header_len);
    view.set_total_len(len);
    view.set_ttl(64);
    view.set_protocol(IpProtocol::UDP);
    view.set_src(src.into());
    view.set_dst(dst.into());
    view.fill_checksum();
    packet
}

/// An IPv6 packet; `rest` is everything behind the fixed header.
pub(crate) fn v6(src: &str, dst: &str, next: u8, rest: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; 40];
    packet.extend_from_slice(rest);
    let mut view = Ipv6Packet::new_unchecked(&mut packet);
    view.set_version(6);
    view.set_payload_len(rest.len() as u16);
    view.set_next_header(IpProtocol(next));
    view.set_hop_limit(64);
    view.set_src(src.parse().unwrap());
    view.set_dst(dst.parse().unwrap());
    packet
}

fn judge4(packet: &[u8]) -> Verdict {
    classify_v4(&InputConfig::default(), &local(), 0, Cast::Unicast, packet)
}

fn judge6(next: u8, rest: &[u8]) -> Verdict {
    classify_v6(&InputConfig::default(), &local(), 0, Cast::Unicast, &v6("fe80::9", "2001:db8::1", next, rest))
}

fn problem(code: u8, pointer: u32, reason: DropReason) -> Verdict {
    Verdict::Error { error: IcmpError::ParameterProblem { code, pointer }, reason }
}

#[test]
fn a_plain_packet_is_delivered_without_its_padding() {
    let mut packet = v4(PEER4, OWN4, &[], &[1, 2, 3]);
    packet.extend_from_slice(&[0; 20]);
    let Verdict::Deliver(datagram) = judge4(&packet) else { panic!("not delivered") };
    assert_eq!(datagram.payload(), 20..23);
    assert_eq!((datagram.cast, datagram.protocol, datagram.hop_limit), (Cast::Unicast, IpProtocol::UDP, 64));
    assert_eq!(datagram.fragment, None);
}

#[rstest]
#[case(0, 0x65, DropReason::BadVersion)]
#[case(0, 0x44, DropReason::Malformed)]
#[case(0, 0x4f, DropReason::Malformed)]
#[case(3, 19, DropReason::Malformed)]
#[case(3, 255, DropReason::Malformed)]
#[case(10, 0, DropReason::BadChecksum)]
fn a_bad_header_is_dropped_in_silence(#[case] at: usize, #[case] value: u8, #[case] reason: DropReason) {
    let mut packet = v4(PEER4, OWN4, &[], &[1, 2, 3]);
    packet[at] = value;
    assert_eq!(judge4(&packet), Verdict::Drop(reason));
    assert_eq!(judge4(&packet[..19]), Verdict::Drop(DropReason::Malformed));
}

#[rstest]
#[case([255, 255, 255, 255], OWN4, DropReason::BadSource)]
#[case([192, 0, 2, 255], OWN4, DropReason::BadSource)]
#[case([198, 51, 100, 255], OWN4, DropReason::BadSource)]
#[case([224, 0, 0, 1], OWN4, DropReason::BadSource)]
#[case([127, 0, 0, 1], OWN4, DropReason::BadSource)]
#[case([0, 0, 0, 7], OWN4, DropReason::BadSource)]
#[case([250, 0, 0, 7], OWN4, DropReason::BadSource)]
#[case(PEER4, [127, 0, 0, 1], DropReason::BadDestination)]
#[case(PEER4, [240, 0, 0, 1], DropReason::BadDestination)]
#[case(PEER4, [192, 0, 2, 77], DropReason::ForwardingOff)]
#[case(PEER4, [198, 51, 100, 255], DropReason::ForwardingOff)]
#[case(PEER4, [224, 0, 0, 5], DropReason::GroupNotJoined)]
fn martians_and_strangers(#[case] src: [u8; 4], #[case] dst: [u8; 4], #[case] reason: DropReason) {
    assert_eq!(judge4(&v4(src, dst, &[], &[])), Verdict::Drop(reason));
}

#[rstest]
#[case([0, 0, 0, 0], [255, 255, 255, 255], Cast::Broadcast)]
#[case(PEER4, [192, 0, 2, 255], Cast::Broadcast)]
#[case(PEER4, [224, 0, 0, 1], Cast::Multicast)]
#[case(PEER4, [198, 51, 100, 1], Cast::Unicast)]
fn other_ways_to_name_this_host(#[case] src: [u8; 4], #[case] dst: [u8; 4], #[case] cast: Cast) {
    let Verdict::Deliver(datagram) = judge4(&v4(src, dst, &[], &[])) else { panic!("not delivered") };
    assert_eq!(datagram.cast, cast);
}

#[test]
fn host_models_and_forwarding() {
    let other = v4(PEER4, [198, 51, 100, 1], &[], &[]);
    let strong = InputConfig { strong_host: true, ..Default::default() };
    assert_eq!(classify_v4(&strong, &local(), 0, Cast::Unicast, &other), Verdict::Drop(DropReason::ForwardingOff));
    let router = InputConfig { forwarding: true, ..Default::default() };
    let stranger = v4(PEER4, [203, 0, 113, 1], &[], &[]);
    assert!(matches!(classify_v4(&router, &local(), 0, Cast::Unicast, &stranger), Verdict::Forward(_)));
    let dropped = Verdict::Drop(DropReason::BadDestination);
    assert_eq!(classify_v4(&router, &local(), 0, Cast::Broadcast, &stranger), dropped);
    let mine = v4(PEER4, OWN4, &[], &[]);
    assert_eq!(classify_v4(&router, &local(), 0, Cast::Broadcast, &mine), dropped);
}

#[test]
fn options_at_the_destination() {
    assert!(matches!(judge4(&v4(PEER4, OWN4, &[222, 4, 1, 2], &[])), Verdict::Deliver(_)));
    assert_eq!(judge4(&v4(PEER4, OWN4, &[7, 99, 4, 0], &[])), problem(0, 21, DropReason::BadOption));
    let route = [131, 7, 4, 10, 0, 0, 1, 0];
    let failed =
        Verdict::Error { error: IcmpError::Unreachable(Unreachable::SourceRoute), reason: DropReason::SourceRoute };
    assert_eq!(judge4(&v4(PEER4, OWN4, &route, &[])), failed);
    let through = InputConfig { source_routing: true, ..Default::default() };
    let verdict = classify_v4(&through, &local(), 0, Cast::Unicast, &v4(PEER4, OWN4, &route, &[]));
    assert!(matches!(verdict, Verdict::Forward(_)));
    let completed = [131, 7, 8, 10, 0, 0, 1, 0];
    let Verdict::Deliver(datagram) = judge4(&v4(PEER4, OWN4, &completed, &[1])) else { panic!("not delivered") };
    assert_eq!((datagram.options(), datagram.payload()), (20..28, 28..29));
}

#[test]
fn ipv4_fragments_are_told() {
    let mut packet = v4(PEER4, OWN4, &[], &[0; 16]);
    packet[4..8].copy_from_slice(&[0xab, 0xcd, 0x20, 0x02]);
    Ipv4Packet::new_unchecked(&mut packet).fill_checksum();
    let Verdict::Deliver(datagram) = judge4(&packet) else { panic!("not delivered") };
    let fragment = FragmentInfo { id: 0xabcd, offset: 16, more: true, header_at: 0, named_at: 0 };
    assert_eq!(datagram.fragment, Some(fragment));
}

#[rstest]
#[case("ff02::1", "2001:db8::1", DropReason::BadSource)]
#[case("::1", "2001:db8::1", DropReason::BadSource)]
#[case("fe80::9", "::1", DropReason::BadDestination)]
#[case("fe80::9", "::", DropReason::BadDestination)]
#[case("fe80::9", "ff01::1", DropReason::BadDestination)]
#[case("fe80::9", "ff00::1", DropReason::BadDestination)]
#[case("fe80::9", "2001:db8::2", DropReason::ForwardingOff)]
#[case("fe80::9", "fe80::2", DropReason::ForwardingOff)]
#[case("fe80::9", "ff02::2", DropReason::GroupNotJoined)]
fn ipv6_addresses(#[case] src: &str, #[case] dst: &str, #[case] reason: DropReason) {
    let packet = v6(src, dst, 17, &[0; 8]);
    let verdict = classify_v6(&InputConfig::default(), &local(), 0, Cast::Unicast, &packet);
    assert_eq!(verdict, Verdict::Drop(reason));
}

#[test]
fn ipv6_header_fields() {
    let mut packet = v6("fe80::9", "fe80::1", 17, &[0; 8]);
    let judge = |packet: &[u8]| classify_v6(&InputConfig::default(), &local(), 0, Cast::Unicast, packet);
    assert!(matches!(judge(&packet), Verdict::Deliver(_)));
    assert_eq!(judge(&packet[..47]), Verdict::Drop(DropReason::Malformed));
    assert_eq!(judge(&packet[..39]), Verdict::Drop(DropReason::Malformed));
    packet[0] = 0x45;
    assert_eq!(judge(&packet), Verdict::Drop(DropReason::BadVersion));
}

/// Hop-by-hop with PadN, destination options twice, a used-up routing header, in an odd order.
#[test]
fn any_order_of_extension_headers_is_walked() {
    let mut rest = vec![60, 0, 1, 4, 0, 0, 0, 0];
    rest.extend_from_slice(&[43, 0, 0, 0, 1, 2, 0, 0]);
    rest.extend_from_slice(&[60, 1, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    rest.extend_from_slice(&[17, 0, 0x1e, 1, 7, 1, 1, 0]);
    rest.extend_from_slice(&[9; 8]);
    let Verdict::Deliver(datagram) = judge6(0, &rest) else { panic!("not delivered: {:?}", judge6(0, &rest)) };
    assert_eq!((datagram.protocol, datagram.protocol_offset), (IpProtocol::UDP, 40 + 32));
    assert_eq!(datagram.payload(), 80..88);
    assert_eq!(datagram.unknown_protocol(), IcmpError::ParameterProblem { code: 1, pointer: 72 });
}

#[rstest]
#[case::hop_by_hop_second(60, &[0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0], problem(1, 40, DropReason::ExtensionHeaders))]
#[case::routing_type_0(43, &[17, 2, 0, 1, 0, 0, 0, 0], problem(0, 41, DropReason::Malformed))]
#[case::segments_left(43, &[17, 0, 0, 1, 0, 0, 0, 0], problem(0, 42, DropReason::SourceRoute))]
#[case::option_00(60, &[59, 0, 0x1e, 0, 1, 2, 0, 0], Verdict::Drop(DropReason::UnknownProtocol))]
#[case::option_01(60, &[17, 0, 0x5e, 0, 1, 2, 0, 0], Verdict::Drop(DropReason::BadOption))]
#[case::option_10(60, &[17, 0, 0, 0x9e, 0, 1, 1, 0], problem(2, 43, DropReason::BadOption))]
#[case::option_11(0, &[17, 0, 1, 0, 0xde, 2, 0, 0], problem(2, 44, DropReason::BadOption))]
#[case::option_too_long(60, &[17, 0, 1, 5, 0, 0, 0, 0], problem(0, 43, DropReason::BadOption))]
#[case::no_next(59, &[1, 2, 3], Verdict::Drop(DropReason::UnknownProtocol))]
#[case::header_cut(60, &[17], Verdict::Drop(DropReason::Malformed))]
#[case::first_fragment_without_udp(44, &[17, 0, 0, 1, 0, 0, 0, 1], problem(3, 0, DropReason::FragmentInvalid))]
#[case::fragment_cut(44, &[17, 0, 0, 1, 0, 0, 0], Verdict::Drop(DropReason::Malformed))]
fn chains(#[case] next: u8, #[case] rest: &[u8], #[case] expected: Verdict) {
    assert_eq!(judge6(next, rest), expected);
}

/// RFC 8200 4.2: action 10 is told to the sender even of a group, action 11 is not.
#[rstest]
#[case(0x9e, problem(2, 42, DropReason::BadOption))]
#[case(0xde, Verdict::Drop(DropReason::BadOption))]
fn option_actions_towards_a_group(#[case] kind: u8, #[case] expected: Verdict) {
    let packet = v6("fe80::9", "ff02::1", 60, &[17, 0, kind, 4, 0, 0, 0, 0]);
    assert_eq!(classify_v6(&InputConfig::default(), &local(), 0, Cast::Multicast, &packet), expected);
}

#[test]
fn fragments_end_the_chain_and_atomic_ones_do_not() {
    let Verdict::Deliver(datagram) = judge6(44, &[17, 0, 0x01, 0x01, 0, 0, 1, 2, 9, 9, 9, 9, 9, 9, 9, 9]) else {
        panic!("not delivered")
    };
    let fragment = FragmentInfo { id: 0x102, offset: 0x100, more: true, header_at: 40, named_at: 6 };
    assert_eq!((datagram.fragment, datagram.payload()), (Some(fragment), 48..56));
    let Verdict::Deliver(datagram) = judge6(44, &[17, 77, 0, 6, 0, 0, 1, 2, 9, 9, 9, 9, 9, 9, 9, 9]) else {
        panic!("not delivered")
    };
    assert_eq!((datagram.fragment, datagram.payload(), datagram.protocol), (None, 48..56, IpProtocol::UDP));
}

#[test]
fn the_number_of_headers_is_bounded() {
    let rest: Vec<u8> = (0..9).flat_map(|_| [60, 0, 1, 4, 0, 0, 0, 0]).collect();
    assert_eq!(judge6(60, &rest), Verdict::Drop(DropReason::ExtensionHeaders));
}

quickcheck::quickcheck! {
    fn no_packet_makes_trouble(bytes: Vec<u8>, version: bool, extension: u8) -> bool {
        let next = [0, 43, 44, 60, 59, 6, 17][usize::from(extension) % 7];
        let mut packet = if version {
            v6("fe80::9", "2001:db8::1", next, &bytes)
        } else {
            let options = bytes.len().min(40) / 4 * 4;
            v4(PEER4, OWN4, &bytes[..options], &bytes[options..])
        };
        if let Some(first) = bytes.first() {
            packet.truncate(packet.len() - usize::from(first & 7));
        }
        let config = InputConfig { source_routing: true, forwarding: true, ..Default::default() };
        let verdict = if version {
            classify_v6(&config, &local(), 0, Cast::Unicast, &packet)
        } else {
            classify_v4(&config, &local(), 0, Cast::Unicast, &packet)
        };
        match verdict {
            Verdict::Deliver(datagram) => packet.get(datagram.payload()).is_some() && packet.get(datagram.options()).is_some(),
            Verdict::Error { error: IcmpError::ParameterProblem { pointer, .. }, .. } => (pointer as usize) < packet.len(),
            _ => true,
        }
    }
}
