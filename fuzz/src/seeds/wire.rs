//! Seeds of the `wire_*` targets: the RFCs' examples and one message of each kind, built from the diagrams.

use super::Seed;
use crate::generators::build::{self, IpFields, TcpFields};

const MAC_A: [u8; 6] = [2, 0, 0, 0, 0, 1];
const MAC_B: [u8; 6] = [2, 0, 0, 0, 0, 2];
const A4: [u8; 4] = [192, 0, 2, 1];
const B4: [u8; 4] = [192, 0, 2, 2];
const A6: [u8; 16] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const B6: [u8; 16] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
/// MSS 1460, SACK-permitted, timestamps, no-operation, window scale 7: what a SYN carries.
pub const SYN_OPTIONS: [u8; 20] = [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7];

/// A UDP datagram from A to B.
fn datagram() -> Vec<u8> {
    build::udp((&A4, 1024), (&B4, 7), b"ping")
}

pub fn ethernet() -> Vec<Seed> {
    let arp = build::arp(1, (MAC_A, A4), ([0; 6], B4));
    let snap = [&[170, 170, 3, 0, 0, 0, 8, 6][..], &arp].concat();
    vec![
        Seed::new("ethernet2-arp", build::ethernet([0xff; 6], MAC_A, 0x0806, &arp)),
        Seed::new(
            "ethernet2-ipv4",
            build::ethernet(MAC_B, MAC_A, 0x0800, &build::ipv4(A4, B4, 17, &IpFields::default(), &datagram())),
        ),
        Seed::new("ieee8023-snap", build::ethernet(MAC_B, MAC_A, snap.len() as u16, &[&snap[..], &[0; 10]].concat())),
        Seed::new("ieee8023-no-snap", build::ethernet(MAC_B, MAC_A, 3, &[0x42, 0x42, 3])),
        Seed::new("undefined-type", build::ethernet(MAC_B, MAC_A, 0x05ff, &[])),
        Seed::new("length-beyond-frame", build::ethernet(MAC_B, MAC_A, 100, &[170, 170, 3])),
    ]
}

pub fn llc() -> Vec<Seed> {
    vec![
        Seed::new("snap-ipv4", [170, 170, 3, 0, 0, 0, 8, 0, 0x45]),
        Seed::new("other-oui", [170, 170, 3, 0, 0, 0xf8, 8, 0]),
        Seed::new("spanning-tree", [0x42, 0x42, 3, 0, 0, 0, 0, 0]),
        Seed::new("cut-short", [170, 170, 3]),
    ]
}

pub fn arp() -> Vec<Seed> {
    let request = build::arp(1, (MAC_A, A4), ([0; 6], B4));
    let mut other = vec![0, 6, 8, 0, 2, 4, 0, 1];
    other.extend([1; 12]);
    vec![
        Seed::new("request", request.clone()),
        Seed::new("reply-padded", [build::arp(2, (MAC_B, B4), (MAC_A, A4)), vec![0; 18]].concat()),
        Seed::new("rarp-request", build::arp(3, (MAC_A, [0; 4]), (MAC_A, [0; 4]))),
        Seed::new("other-hardware", other),
        Seed::new("cut-short", request[..27].to_vec()),
    ]
}

pub fn ipv4() -> Vec<Seed> {
    let datagram = datagram();
    let with = |fields: IpFields| build::ipv4(A4, B4, 17, &fields, &datagram);
    let mut bad_sum = with(IpFields::default());
    bad_sum[10] ^= 1;
    vec![
        Seed::new("udp", with(IpFields::default())),
        Seed::new("record-route", with(IpFields { options: vec![7, 7, 4, 0, 0, 0, 0], ..Default::default() })),
        Seed::new("first-fragment", with(IpFields { fragment: 0x2000, identification: 7, ..Default::default() })),
        Seed::new("last-fragment", with(IpFields { fragment: 5, identification: 7, ..Default::default() })),
        Seed::new(
            "dont-fragment-padded",
            [with(IpFields { fragment: 0x4000, ..Default::default() }), vec![0; 14]].concat(),
        ),
        Seed::new("ttl-zero", with(IpFields { ttl: 0, tos: 0xff, ..Default::default() })),
        Seed::new("wrong-checksum", bad_sum),
        Seed::new("header-only", build::ipv4(A4, B4, 253, &IpFields::default(), &[])),
        // RFC 1624 4: the header whose update goes wrong with RFC 1141's equation.
        Seed::new(
            "rfc1624-zero",
            build::ipv4(
                [0x55, 0x55, 0, 0],
                [0xaa, 0xaa, 0xff, 0xff],
                0,
                &IpFields { ttl: 1, ..Default::default() },
                &[],
            ),
        ),
    ]
}

pub fn ipv4_options() -> Vec<Seed> {
    vec![
        Seed::new("empty", []),
        Seed::new("record-route", [7, 11, 8, 192, 0, 2, 1, 0, 0, 0, 0, 0]),
        Seed::new("loose-source-route", [1, 131, 11, 4, 192, 0, 2, 1, 192, 0, 2, 2]),
        Seed::new("strict-source-route", [137, 7, 4, 192, 0, 2, 1, 0]),
        Seed::new("timestamp", [68, 12, 5, 0x13, 0, 0, 0, 1, 0, 0, 0, 2]),
        Seed::new("security-stream-alert", [130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 136, 4, 0, 5, 148, 4, 0, 0]),
        Seed::new("unknown-then-end", [0xde, 5, 1, 2, 3, 0, 7, 7]),
        Seed::new("length-zero", [1, 7, 0, 4]),
        Seed::new("length-beyond-area", [7, 40, 4, 0]),
    ]
}

pub fn ipv6() -> Vec<Seed> {
    let payload = build::udp((&A6, 1024), (&B6, 7), b"ping");
    let packet = build::ipv6(A6, B6, 17, &IpFields { tos: 0xb9, ..Default::default() }, &payload);
    let mut wrong_version = packet.clone();
    wrong_version[0] = 0x40;
    vec![
        Seed::new("udp", packet.clone()),
        Seed::new("padded", [packet.clone(), vec![0; 6]].concat()),
        Seed::new("payload-cut", packet[..44].to_vec()),
        Seed::new("wrong-version", wrong_version),
        Seed::new("no-next-header", build::ipv6(A6, B6, 59, &IpFields::default(), &[])),
    ]
}

pub fn ipv6_ext() -> Vec<Seed> {
    let fragment = |offset| build::ipv6_fragment(17, offset, true, 7, &[0; 8]);
    let chain =
        [&[60, 0, 5, 2, 0, 0, 1, 0][..], &[43, 0, 1, 4, 0, 0, 0, 0], &[44, 0, 0, 0, 0, 0, 0, 0], &fragment(0)].concat();
    vec![
        Seed::new("hop-by-hop-router-alert", [&[0, 15, 58, 0, 5, 2, 0, 0, 1, 0][..], &[131, 0, 0, 0]].concat()),
        Seed::new("four-headers", [&[0, 15][..], &chain].concat()),
        Seed::new("too-many", [&[0, 1][..], &chain].concat()),
        Seed::new("middle-fragment", [&[44, 15][..], &fragment(9)].concat()),
        Seed::new("authentication", [&[51, 15, 17, 2][..], &[0; 14], &[1, 2]].concat()),
        Seed::new("jumbo", [60, 15, 59, 0, 0xc2, 4, 0, 1, 0, 0]),
        Seed::new("option-beyond-header", [60, 15, 59, 0, 0x1e, 9, 1, 2, 3, 4]),
        Seed::new("routing-type0", [&[43, 15, 59, 2, 0, 1, 0, 0, 0, 0][..], &A6].concat()),
        Seed::new("cut-short", [0, 15, 17, 3, 1, 2, 0, 0]),
    ]
}

pub fn icmpv4() -> Vec<Seed> {
    let quote = build::ipv4(A4, B4, 17, &IpFields::default(), &datagram()[..8]);
    let error = |kind, code, rest: [u8; 4]| build::icmpv4(kind, code, &[&rest[..], &quote].concat());
    let mut bad_sum = build::icmpv4(8, 0, &[0, 1, 0, 1]);
    bad_sum[3] ^= 1;
    vec![
        Seed::new("echo-request", build::icmpv4(8, 0, b"\x00\x07\x00\x01ping")),
        Seed::new("echo-reply", build::icmpv4(0, 0, b"\x00\x07\x00\x01ping")),
        Seed::new("port-unreachable", error(3, 3, [0; 4])),
        Seed::new("fragmentation-needed", error(3, 4, [0, 0, 2, 0x40])),
        Seed::new("source-quench", error(4, 0, [0; 4])),
        Seed::new("redirect-host", error(5, 1, A4)),
        Seed::new("ttl-exceeded", error(11, 0, [0; 4])),
        Seed::new("parameter-problem", error(12, 0, [20, 0, 0, 0])),
        Seed::new("timestamp", build::icmpv4(13, 0, &[0; 16])),
        Seed::new("timestamp-cut", build::icmpv4(14, 0, &[0; 15])),
        Seed::new("address-mask", build::icmpv4(18, 0, &[0, 1, 0, 1, 255, 255, 255, 0])),
        Seed::new("unknown-type", build::icmpv4(40, 9, &[1, 2, 3, 4, 5])),
        Seed::new("wrong-checksum", bad_sum),
    ]
}

pub fn icmpv6() -> Vec<Seed> {
    let quote = build::ipv6(A6, B6, 17, &IpFields::default(), &build::udp((&A6, 1024), (&B6, 7), &[]));
    let through_fragment =
        build::ipv6(A6, B6, 44, &IpFields::default(), &build::ipv6_fragment(6, 0, true, 7, &[1; 20]));
    let error =
        |kind, code, rest: [u8; 4], quote: &[u8]| build::icmpv6(A6, B6, kind, code, &[&rest[..], quote].concat());
    vec![
        Seed::new("echo-request", build::icmpv6(A6, B6, 128, 0, b"\x00\x07\x00\x01ping")),
        Seed::new("echo-reply", build::icmpv6(A6, B6, 129, 0, b"\x00\x07\x00\x01ping")),
        Seed::new("port-unreachable", error(1, 4, [0; 4], &quote)),
        Seed::new("packet-too-big", error(2, 0, [0, 0, 5, 0], &through_fragment)),
        Seed::new("hop-limit-exceeded", error(3, 0, [0; 4], &quote)),
        Seed::new("parameter-problem", error(4, 1, [0, 0, 0, 6], &quote)),
        Seed::new("unknown-error", error(100, 0, [1; 4], &[])),
        Seed::new("echo-cut", build::icmpv6(A6, B6, 128, 0, &[0, 1])),
    ]
}

pub fn ndp() -> Vec<Seed> {
    let message =
        |kind, flags: [u8; 4], rest: &[&[u8]]| build::icmpv6(A6, B6, kind, 0, &[&flags[..], &rest.concat()].concat());
    let link = |kind| [&[kind, 1][..], &MAC_A].concat();
    let prefix = [&[3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 7, 8, 0, 0, 0, 0][..], &A6].concat();
    let mtu = [5, 1, 0, 0, 0, 0, 5, 0xdc];
    let redirected = [&[4, 2, 0, 0, 0, 0, 0, 0][..], &[0x60, 0, 0, 0, 0, 0, 59, 64]].concat();
    vec![
        Seed::new("router-solicitation", message(133, [0; 4], &[&link(1)])),
        Seed::new("router-advertisement", message(134, [64, 0x80, 7, 8], &[&[0; 8], &link(1), &mtu, &prefix])),
        Seed::new("neighbor-solicitation", message(135, [0; 4], &[&A6, &link(1)])),
        Seed::new("neighbor-advertisement", message(136, [0x60, 0, 0, 0], &[&A6, &link(2)])),
        Seed::new("redirect", message(137, [0; 4], &[&A6, &B6, &link(2), &redirected])),
        Seed::new("unknown-option", message(133, [0; 4], &[&[14, 1, 1, 2, 3, 4, 5, 6]])),
        Seed::new("option-length-zero", message(135, [0; 4], &[&A6, &[1, 0, 0, 0, 0, 0, 0, 0]])),
        Seed::new("multicast-target", message(135, [0; 4], &[&[0xff; 16]])),
    ]
}

pub fn igmp() -> Vec<Seed> {
    let message = |kind, code, rest: &[u8]| build::icmpv4(kind, code, rest);
    let group = [239, 1, 2, 3];
    let record = [&[4, 1, 0, 2][..], &group, &A4, &B4, &[9, 9, 9, 9]].concat();
    vec![
        Seed::new("query-v1", message(0x11, 0, &[0; 4])),
        Seed::new("query-v2-group", message(0x11, 100, &group)),
        Seed::new("query-v3-sources", message(0x11, 0x8a, &[&group[..], &[10, 125, 0, 1], &A4].concat())),
        Seed::new("query-between", message(0x11, 100, &[239, 1, 2, 3, 0, 0])),
        Seed::new("report-v1", message(0x12, 0, &group)),
        Seed::new("report-v2", message(0x16, 0, &group)),
        Seed::new("leave", message(0x17, 0, &group)),
        Seed::new("report-v3", message(0x22, 0, &[&[0, 0, 0, 2][..], &record, &[3, 0, 0, 0], &group].concat())),
        Seed::new("report-v3-cut", message(0x22, 0, &[&[0, 0, 0, 2][..], &record].concat())),
        Seed::new("dvmrp", message(0x13, 1, &[0; 4])),
    ]
}

pub fn mld() -> Vec<Seed> {
    let message = |kind, rest: &[&[u8]]| build::icmpv6(A6, B6, kind, 0, &rest.concat());
    let group = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1];
    let record = [&[4, 1, 0, 1][..], &group, &A6, &[9, 9, 9, 9]].concat();
    vec![
        Seed::new("query-v1", message(130, &[&[39, 16, 0, 0], &group])),
        Seed::new("query-v2-sources", message(130, &[&[0x87, 0xd0, 0, 0], &group, &[10, 125, 0, 1], &A6])),
        Seed::new("query-between", message(130, &[&[39, 16, 0, 0], &group, &[0, 0]])),
        Seed::new("report-v1", message(131, &[&[0; 4], &group])),
        Seed::new("done", message(132, &[&[0; 4], &group])),
        Seed::new("report-v2", message(143, &[&[0, 0, 0, 2], &record, &[3, 0, 0, 0], &group])),
        Seed::new("report-v2-cut", message(143, &[&[0, 0, 0, 3], &record])),
    ]
}

pub fn udp() -> Vec<Seed> {
    let datagram = datagram();
    let mut no_checksum = datagram.clone();
    no_checksum[6..8].fill(0);
    let mut too_short = datagram.clone();
    too_short[5] = 7;
    vec![
        Seed::new("ping", datagram.clone()),
        Seed::new("empty", build::udp((&A4, 53), (&B4, 53), &[])),
        Seed::new("odd-length", build::udp((&A4, 53), (&B4, 53), &[1, 2, 3])),
        Seed::new("no-checksum", no_checksum),
        Seed::new("trailing-bytes", [datagram.clone(), vec![0; 6]].concat()),
        Seed::new("length-below-eight", too_short),
        Seed::new("length-beyond-packet", datagram[..10].to_vec()),
    ]
}

pub fn tcp() -> Vec<Seed> {
    let segment = |flags, options: &[u8], payload: &[u8]| {
        let fields = TcpFields { seq: 100, ack: 300, flags, window: 65535, urgent: 0, options: options.to_vec() };
        build::tcp((&A4, 1024), (&B4, 80), &fields, payload)
    };
    let mut reserved = segment(0x10, &[], &[]);
    reserved[12] |= 0x0f;
    let mut short_offset = segment(0x10, &[], &[]);
    short_offset[12] = 0x40;
    vec![
        Seed::new("syn", segment(0x02, &SYN_OPTIONS, &[])),
        Seed::new("ack", segment(0x10, &[1, 1, 8, 10, 0, 0, 0, 2, 0, 0, 0, 1], &[])),
        Seed::new("data", segment(0x18, &[], b"GET / HTTP/1.0\r\n\r\n")),
        Seed::new("sack", segment(0x10, &[1, 1, 5, 18, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0], &[])),
        Seed::new("rst", segment(0x04, &[], &[])),
        Seed::new("all-flags", segment(0xff, &[], &[1])),
        Seed::new("reserved-bits", reserved),
        Seed::new("data-offset-four", short_offset),
        Seed::new("options-cut", segment(0x02, &SYN_OPTIONS, &[])[..30].to_vec()),
    ]
}

pub fn tcp_options() -> Vec<Seed> {
    vec![
        Seed::new("empty", []),
        Seed::new("syn", SYN_OPTIONS),
        Seed::new("timestamps", [1, 1, 8, 10, 0, 0, 0, 2, 0, 0, 0, 1]),
        Seed::new("sack-four-blocks", [&[5, 34][..], &[7; 32]].concat()),
        Seed::new("mss-twice", [2, 4, 5, 180, 2, 4, 2, 24]),
        Seed::new("end-then-mss", [0, 2, 4, 5, 180]),
        Seed::new("unknown", [253, 4, 0xf9, 0x89, 1, 1]),
        Seed::new("mss-length-three", [2, 3, 5, 1]),
        Seed::new("length-zero", [1, 8, 0, 1]),
        Seed::new("length-one", [3, 1, 7]),
        Seed::new("length-missing", [1, 1, 2]),
    ]
}

pub fn checksum() -> Vec<Seed> {
    // The first six bytes say where to cut and what to change; RFC 1071 3's bytes follow.
    let words = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
    vec![
        Seed::new("rfc1071-section3", [&[0, 4, 1, 2, 3, 4][..], &words].concat()),
        Seed::new("rfc1071-odd", [&[0, 3, 1, 2, 3, 4][..], &words, &[9]].concat()),
        Seed::new("all-zero", [0; 30]),
        Seed::new("all-ones", [0xff; 31]),
        Seed::new("long", (0..=255).cycle().take(700).collect::<Vec<u8>>()),
    ]
}

/// Whole frames: the seeds of the upper layers in their IP and Ethernet headers.
pub fn pretty() -> Vec<Seed> {
    let v4 = |number: u8| {
        move |message: &[u8]| {
            build::ethernet(MAC_B, MAC_A, 0x0800, &build::ipv4(A4, B4, number, &IpFields::default(), message))
        }
    };
    let v6 = |number: u8| {
        move |message: &[u8]| {
            build::ethernet(MAC_B, MAC_A, 0x86dd, &build::ipv6(A6, B6, number, &IpFields::default(), message))
        }
    };
    let wrapped = |name: &str, seeds: Vec<Seed>, wrap: &dyn Fn(&[u8]) -> Vec<u8>| -> Vec<Seed> {
        seeds.into_iter().map(|seed| Seed::new(&format!("{name}-{}", seed.name), wrap(&seed.bytes))).collect()
    };
    let arp_frame = |message: &[u8]| build::ethernet([0xff; 6], MAC_A, 0x0806, message);
    [
        wrapped("arp", arp(), &arp_frame),
        wrapped("tcp", tcp(), &v4(6)),
        wrapped("tcp6", tcp(), &v6(6)),
        wrapped("udp", udp(), &v4(17)),
        wrapped("icmp", icmpv4(), &v4(1)),
        wrapped("igmp", igmp(), &v4(2)),
        wrapped("icmpv6", icmpv6(), &v6(58)),
        wrapped("ndp", ndp(), &v6(58)),
        wrapped("mld", mld(), &v6(58)),
    ]
    .concat()
}
