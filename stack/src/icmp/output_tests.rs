//! Tests of `output`: the list of RFC 1122 3.2.2 and of RFC 4443 2.4 (e), row by row, and the lengths of quotes.

use pretty_assertions::assert_eq;
use rstest::rstest;

use core::net::Ipv4Addr;

use super::*;
use crate::ip::input::tests::{v4, v6};

const OWN: [u8; 4] = [192, 0, 2, 1];
const PEER: [u8; 4] = [192, 0, 2, 9];
const PORT: IcmpError = IcmpError::Unreachable(Unreachable::Port);

fn local() -> LocalAddresses {
    let mut local = LocalAddresses::new(4);
    for (addr, len) in [("192.0.2.1", 24), ("fe80::1", 64)] {
        local.add(0, addr.parse().unwrap(), len).unwrap();
    }
    local
}

fn may(link: Cast, packet: &[u8], error: &IcmpError) -> bool {
    may_send_error(FaultSet::NONE, &local(), 0, link, packet, error)
}

#[rstest]
#[case::plain(PEER, OWN, Cast::Unicast, true)]
#[case::forwarded(PEER, [203, 0, 113, 1], Cast::Unicast, true)]
#[case::limited_broadcast(PEER, [255, 255, 255, 255], Cast::Unicast, false)]
#[case::directed_broadcast(PEER, [192, 0, 2, 255], Cast::Unicast, false)]
#[case::multicast(PEER, [224, 0, 0, 1], Cast::Unicast, false)]
#[case::link_broadcast(PEER, OWN, Cast::Broadcast, false)]
#[case::link_multicast(PEER, OWN, Cast::Multicast, false)]
#[case::no_source([0, 0, 0, 0], OWN, Cast::Unicast, false)]
#[case::source_net_zero([0, 0, 0, 5], OWN, Cast::Unicast, false)]
#[case::source_broadcast([192, 0, 2, 255], OWN, Cast::Unicast, false)]
#[case::source_multicast([224, 0, 0, 9], OWN, Cast::Unicast, false)]
#[case::source_loopback([127, 0, 0, 1], OWN, Cast::Unicast, false)]
#[case::source_class_e([240, 0, 0, 1], OWN, Cast::Unicast, false)]
fn addresses_of_rfc_1122(#[case] src: [u8; 4], #[case] dst: [u8; 4], #[case] link: Cast, #[case] expected: bool) {
    assert_eq!(may(link, &v4(src, dst, &[], &[0; 8]), &PORT), expected);
}

#[rstest]
#[case(8, true)]
#[case(0, true)]
#[case(13, true)]
#[case(3, false)]
#[case(4, false)]
#[case(5, false)]
#[case(11, false)]
#[case(12, false)]
fn errors_about_icmp(#[case] kind: u8, #[case] expected: bool) {
    let mut packet = v4(PEER, OWN, &[], &[kind, 0, 0, 0, 0, 0, 0, 0]);
    packet[9] = 1;
    assert_eq!(may(Cast::Unicast, &packet, &PORT), expected);
    assert!(!may(Cast::Unicast, &packet[..20], &PORT));
}

#[test]
fn later_fragments_are_not_spoken_about() {
    let mut packet = v4(PEER, OWN, &[], &[0; 8]);
    packet[6] = 0x20;
    assert!(may(Cast::Unicast, &packet, &PORT));
    packet[7] = 1;
    assert!(!may(Cast::Unicast, &packet, &PORT));
}

#[rstest]
#[case::plain("fe80::9", "fe80::1", Cast::Unicast, true)]
#[case::multicast("fe80::9", "ff02::1", Cast::Multicast, false)]
#[case::link_multicast("fe80::9", "fe80::1", Cast::Multicast, false)]
#[case::no_source("::", "fe80::1", Cast::Unicast, false)]
#[case::source_multicast("ff02::5", "fe80::1", Cast::Unicast, false)]
fn addresses_of_rfc_4443(#[case] src: &str, #[case] dst: &str, #[case] link: Cast, #[case] expected: bool) {
    assert_eq!(may(link, &v6(src, dst, 17, &[0; 8]), &PORT), expected);
}

#[test]
fn the_two_exceptions_for_groups() {
    let packet = v6("fe80::9", "ff02::1", 60, &[17, 0, 0x9e, 4, 0, 0, 0, 0]);
    assert!(may(Cast::Multicast, &packet, &IcmpError::PacketTooBig { mtu: 1_280 }));
    assert!(may(Cast::Multicast, &packet, &IcmpError::ParameterProblem { code: 2, pointer: 42 }));
    assert!(!may(Cast::Multicast, &packet, &IcmpError::ParameterProblem { code: 2, pointer: 43 }));
    assert!(!may(Cast::Multicast, &packet, &IcmpError::ParameterProblem { code: 1, pointer: 42 }));
}

#[rstest]
#[case(1, false)]
#[case(127, false)]
#[case(137, false)]
#[case(128, true)]
#[case(135, true)]
fn errors_about_icmpv6(#[case] kind: u8, #[case] expected: bool) {
    // Behind a destination options header, to be walked over.
    let packet = v6("fe80::9", "fe80::1", 60, &[58, 0, 1, 4, 0, 0, 0, 0, kind, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(may(Cast::Unicast, &packet, &PORT), expected);
}

fn build(error: IcmpError, packet: &[u8]) -> Vec<u8> {
    let (src, dst): (IpAddr, IpAddr) = match packet[0] >> 4 {
        4 => (IpAddr::from(OWN), IpAddr::from(PEER)),
        _ => ("fe80::1".parse().unwrap(), "fe80::9".parse().unwrap()),
    };
    let mut out = [0xee; 1_600];
    let len = build_error(FaultSet::NONE, &error, src, dst, packet, &mut out).unwrap();
    if let (IpAddr::V6(src), IpAddr::V6(dst)) = (src, dst) {
        assert!(Icmpv6Packet::new_unchecked(&out[..len]).verify_checksum(PseudoHeader::v6(src, dst)));
    } else {
        assert!(Icmpv4Packet::new_unchecked(&out[..len]).verify_checksum());
    }
    out[..len].to_vec()
}

#[rstest]
#[case(PORT, [3, 3], [0, 0, 0, 0])]
#[case(IcmpError::Unreachable(Unreachable::Protocol), [3, 2], [0, 0, 0, 0])]
#[case(IcmpError::Unreachable(Unreachable::SourceRoute), [3, 5], [0, 0, 0, 0])]
#[case(IcmpError::PacketTooBig { mtu: 1_400 }, [3, 4], [0, 0, 5, 0x78])]
#[case(IcmpError::HopLimitExceeded, [11, 0], [0, 0, 0, 0])]
#[case(IcmpError::ReassemblyTimeExceeded, [11, 1], [0, 0, 0, 0])]
#[case(IcmpError::ParameterProblem { code: 0, pointer: 21 }, [12, 0], [21, 0, 0, 0])]
#[case(IcmpError::Redirect { gateway: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 254)), destination: IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)), mac: None }, [5, 1], [192, 0, 2, 254])]
fn icmpv4_errors(#[case] error: IcmpError, #[case] kind: [u8; 2], #[case] word: [u8; 4]) {
    let mut packet = v4(PEER, OWN, &[1, 1, 1, 0], &[7; 8]);
    let whole = packet.clone();
    packet.extend_from_slice(&[0; 20]);
    let message = build(error, &packet);
    assert_eq!((&message[..2], &message[4..8]), (&kind[..], &word[..]));
    assert_eq!(message[8..], whole);
}

#[rstest]
#[case(PORT, [1, 4], 0)]
#[case(IcmpError::Unreachable(Unreachable::Host), [1, 3], 0)]
#[case(IcmpError::PacketTooBig { mtu: 1_280 }, [2, 0], 1_280)]
#[case(IcmpError::HopLimitExceeded, [3, 0], 0)]
#[case(IcmpError::ReassemblyTimeExceeded, [3, 1], 0)]
#[case(IcmpError::ParameterProblem { code: 1, pointer: 6 }, [4, 1], 6)]
fn icmpv6_errors(#[case] error: IcmpError, #[case] kind: [u8; 2], #[case] word: u32) {
    let packet = v6("fe80::9", "fe80::1", 17, &[7; 8]);
    let message = build(error, &packet);
    assert_eq!((&message[..2], &message[4..8]), (&kind[..], &word.to_be_bytes()[..]));
    assert_eq!(message[8..], packet);
}

#[test]
fn quotes_are_as_long_as_they_may_be() {
    assert_eq!(build(PORT, &v4(PEER, OWN, &[], &[7; 1_400])).len() + 20, 576);
    assert_eq!(build(PORT, &v6("fe80::9", "fe80::1", 17, &[7; 1_400])).len() + 40, 1_280);
    let mut out = [0; 27];
    let packet = v4(PEER, OWN, &[], &[7; 100]);
    assert_eq!(build_error(FaultSet::NONE, &PORT, OWN.into(), PEER.into(), &packet, &mut out), None);
}

#[test]
fn an_icmpv6_redirect_is_a_neighbour_discovery_message() {
    let packet = v6("fe80::9", "2001:db8::5", 17, &[7; 1_400]);
    let mac = Some(MacAddress([2, 0, 0, 0, 0, 5]));
    let (target, destination) = ("fe80::5".parse().unwrap(), "2001:db8::5".parse().unwrap());
    let message =
        build(IcmpError::Redirect { gateway: IpAddr::V6(target), destination: IpAddr::V6(destination), mac }, &packet);
    assert!(message.len() + 40 <= 1_280 && message.len() + 40 > 1_272);
    let repr = NdpRepr::parse(&Icmpv6Packet::new_unchecked(&message), None).unwrap();
    let NdpRepr::Redirect { target: to, destination: of, options } = repr else { panic!("not a redirect") };
    assert_eq!((to, of, options.target_link_layer()), (target, destination, mac));
    let Some(Ok(NdpOption::RedirectedHeader(quote))) = options.iter().nth(1) else { panic!("no quote") };
    assert_eq!(quote, &packet[..quote.len()]);
}
