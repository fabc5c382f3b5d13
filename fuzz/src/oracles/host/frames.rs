//! Frames of any kind: right by construction, from likely and unlikely addresses, in fragments, and sometimes broken
//! afterwards.

use super::links::{FAR_V4, FAR_V6, GATEWAY_V4, LINKS, Link};
use super::station::{Peer, Station};
use crate::generators::build::{self, IpFields, TcpFields, protocol};
use crate::generators::dna::Dna;

/// Ports that sockets of the host like to use, and one that nobody does.
pub const PORTS: [u16; 4] = [80, 7, 53, 9_999];

/// What an echo request that goes in one piece is filled with.
const WHOLE: u8 = 0x65;
/// What an echo request that goes in fragments is filled with: the answer tells that it was reassembled.
pub const PIECES: u8 = 0x66;

/// One packet, as one frame or several fragments, for an interface.
pub fn any(dna: &mut Dna, station: &mut Station) -> (usize, Vec<Vec<u8>>) {
    let interface = dna.below(2) as usize;
    let link = &LINKS[interface];
    let mut frames = match dna.below(8) {
        0 => vec![arp(dna, link)],
        1 => vec![dna.bytes(255).to_vec()],
        2..=4 => v4(dna, link, interface, station),
        _ => v6(dna, link, interface, station),
    };
    if dna.one_in(8) {
        // Broken after the checksums were made.
        let which = dna.below(frames.len() as u32) as usize;
        let (at, bit) = (usize::from(dna.u16()), dna.below(8));
        let len = frames[which].len().max(1);
        if let Some(byte) = frames[which].get_mut(at % len) {
            *byte ^= 1 << bit;
        }
    }
    (interface, frames)
}

fn arp(dna: &mut Dna, link: &Link) -> Vec<u8> {
    let senders = [link.peer_v4, [192, 0, 2, 77], link.host_v4, [0; 4], [255; 4]];
    let targets = [link.host_v4, link.peer_v4, [0; 4], LINKS[1].host_v4];
    let operation = *dna.choose(&[1, 2, 1, 3]);
    let sender_mac = *dna.choose(&[link.peer_mac, [2, 9, 9, 9, 9, 9], [0xff; 6]]);
    let packet = build::arp(operation, (sender_mac, *dna.choose(&senders)), (link.host_mac, *dna.choose(&targets)));
    build::ethernet(*dna.choose(&[[0xff; 6], link.host_mac]), link.peer_mac, 0x0806, &packet)
}

/// The link-layer destination: mostly the host.
fn station_of(dna: &mut Dna, link: &Link, group: [u8; 6]) -> [u8; 6] {
    *dna.choose(&[link.host_mac, link.host_mac, link.host_mac, [0xff; 6], group, [2, 9, 9, 9, 9, 9]])
}

fn v4(dna: &mut Dna, link: &Link, interface: usize, station: &mut Station) -> Vec<Vec<u8>> {
    let peers = [
        link.peer_v4,
        link.peer_v4,
        FAR_V4,
        GATEWAY_V4,
        [0; 4],
        [255; 4],
        [127, 0, 0, 1],
        [224, 0, 0, 1],
        link.host_v4,
    ];
    let broadcast = [link.host_v4[0], link.host_v4[1], link.host_v4[2], 255];
    let groups = [[224, 0, 0, 1], [239, 1, 2, 3]];
    let hosts =
        [link.host_v4, link.host_v4, link.host_v4, [255; 4], broadcast, groups[0], groups[1], FAR_V4, LINKS[1].peer_v4];
    let (src, dst) = (*dna.choose(&peers), *dna.choose(&hosts));
    let in_pieces = dna.one_in(5);
    let fill = if in_pieces { PIECES } else { WHOLE };
    let mut fields = IpFields {
        ttl: *dna.choose(&[64, 64, 1, 0, 255]),
        tos: *dna.choose(&[0, 0, 3, 0xb8]),
        identification: dna.below(4) as u16,
        fragment: *dna.choose(&[0, 0, 0, 0, 0x4000, 0x8000]),
        options: Vec::new(),
    };
    if dna.one_in(6) {
        let route = [7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0];
        let source_route = [131, 7, 4, 198, 51, 100, 2];
        let options: [&[u8]; 5] =
            [&route, &source_route, &[68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[7, 2], &[148, 4, 0, 0]];
        fields.options = dna.choose(&options).to_vec();
    }
    let (number, message) = transport(dna, interface, &src, &dst, fill, station);
    let group = if dst[0] >= 224 { [1, 0, 0x5e, dst[1] & 0x7f, dst[2], dst[3]] } else { [0xff; 6] };
    let dst_mac = station_of(dna, link, group);
    let snap = dna.one_in(16);
    let frame = |packet: &[u8]| {
        if snap {
            let body = [&[170, 170, 3, 0, 0, 0, 8, 0][..], packet].concat();
            return build::ethernet(dst_mac, link.peer_mac, body.len() as u16, &body);
        }
        build::ethernet(dst_mac, link.peer_mac, 0x0800, packet)
    };
    if !in_pieces {
        return vec![frame(&build::ipv4(src, dst, number, &fields, &message))];
    }
    pieces(dna, message.len())
        .into_iter()
        .map(|(start, end, more)| {
            let fragment = (start / 8) as u16 | if more { 0x2000 } else { 0 };
            let fields = IpFields { fragment, ..fields.clone() };
            frame(&build::ipv4(src, dst, number, &fields, &message[start..end]))
        })
        .collect()
}

fn v6(dna: &mut Dna, link: &Link, interface: usize, station: &mut Station) -> Vec<Vec<u8>> {
    let mut all_nodes = [0; 16];
    (all_nodes[0], all_nodes[1], all_nodes[15]) = (0xff, 2, 1);
    let mut solicited = [0; 16];
    solicited[..2].copy_from_slice(&[0xff, 2]);
    solicited[11..13].copy_from_slice(&[1, 0xff]);
    solicited[13..].copy_from_slice(&link.host_v6[13..]);
    let peers = [link.peer_v6, link.peer_local, link.peer_v6, FAR_V6, [0; 16], all_nodes, link.host_v6];
    let hosts =
        [link.host_v6, link.host_local, link.host_v6, solicited, all_nodes, FAR_V6, LINKS[1].peer_v6, LINKS[0].peer_v6];
    let (src, dst) = (*dna.choose(&peers), *dna.choose(&hosts));
    let in_pieces = dna.one_in(5);
    let fill = if in_pieces { PIECES } else { WHOLE };
    let discovery = dna.one_in(4);
    let (mut number, mut message) = if discovery {
        (protocol::ICMPV6, neighbour_message(dna, link, src, dst))
    } else {
        transport(dna, interface, &src, &dst, fill, station)
    };
    let mut fields = IpFields { ttl: *dna.choose(&[64, 64, 1, 0]), tos: *dna.choose(&[0, 3]), ..IpFields::default() };
    if discovery && !dna.one_in(8) {
        fields.ttl = 255;
    }
    if dna.one_in(5) {
        (number, message) = extended(dna, number, &message);
    }
    let group = [0x33, 0x33, dst[12], dst[13], dst[14], dst[15]];
    let dst_mac = if dst[0] == 0xff { group } else { station_of(dna, link, group) };
    let frame = |number, body: &[u8]| {
        build::ethernet(dst_mac, link.peer_mac, 0x86dd, &build::ipv6(src, dst, number, &fields, body))
    };
    if !in_pieces {
        return vec![frame(number, &message)];
    }
    let identification = dna.below(3);
    pieces(dna, message.len())
        .into_iter()
        .map(|(start, end, more)| {
            let part = build::ipv6_fragment(number, (start / 8) as u16, more, identification, &message[start..end]);
            frame(protocol::FRAGMENT, &part)
        })
        .collect()
}

/// Cuts `len` octets into up to four fragments (start, end, more), in some order, with gaps and overlaps at times.
fn pieces(dna: &mut Dna, len: usize) -> Vec<(usize, usize, bool)> {
    let step = (len / (1 + dna.below(4) as usize)).next_multiple_of(8).max(8);
    let mut pieces: Vec<_> =
        (0..len).step_by(step).map(|start| (start, (start + step).min(len), start + step < len)).collect();
    match dna.below(6) {
        0 => pieces.reverse(),
        1 => drop(pieces.pop()),
        2 => pieces.extend(pieces.first().copied()),
        3 if len >= 16 => pieces.push((8, len, dna.below(2) == 0)),
        _ => {}
    }
    if pieces.is_empty() {
        pieces.push((0, len, true));
    }
    pieces
}

/// Extension headers in front of a message.
fn extended(dna: &mut Dna, number: u8, message: &[u8]) -> (u8, Vec<u8>) {
    let (kind, header): (u8, Vec<u8>) = match dna.below(6) {
        0 => (0, vec![number, 0, 5, 2, 0, 0, 1, 0]),
        1 => (60, vec![number, 0, *dna.choose(&[0x1e, 0x5e, 0x9e, 0xde]), 4, 0, 0, 0, 0]),
        2 => (
            43,
            vec![number, 2, 0, dna.below(3) as u8, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
        ),
        3 => (44, vec![number, 0, 0, 0, 0, 0, 0, 7]),
        4 => (60, vec![number, dna.u8(), 1, 4, 0, 0, 0, 0]),
        _ => (*dna.choose(&[99, 59, 41]), Vec::new()),
    };
    (kind, [header, message.to_vec()].concat())
}

/// Router and neighbour messages, redirects and multicast listener queries.
fn neighbour_message(dna: &mut Dna, link: &Link, src: [u8; 16], dst: [u8; 16]) -> Vec<u8> {
    let target = *dna.choose(&[link.host_v6, link.host_local, link.peer_v6, link.peer_local, dst]);
    let option = [&[*dna.choose(&[1, 2, 14]), 1][..], &link.peer_mac].concat();
    let flags = [dna.u8(), 0, 0, 0];
    let prefix = [&[3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 7, 8, 0, 0, 0, 0][..], &link.peer_v6].concat();
    let rest = match dna.below(7) {
        0 | 1 => [&[0; 4][..], &target, &option].concat(),
        2 | 3 => [&flags[..], &target, &option].concat(),
        4 => [&[64, 0, 7, 8][..], &[0; 8], &option, &prefix].concat(),
        5 => [&[0; 4][..], &target, &link.peer_v6, &option].concat(),
        _ => [&[0, 100, 0, 0][..], &dna.choose(&[[0u8; 16], dst])[..]].concat(),
    };
    let kind = *dna.choose(&[135, 135, 136, 134, 137, 130, 133]);
    build::icmpv6(src, dst, kind, 0, &rest)
}

/// A message of an upper layer: protocol number and octets.
fn transport(
    dna: &mut Dna,
    interface: usize,
    src: &[u8],
    dst: &[u8],
    fill: u8,
    station: &mut Station,
) -> (u8, Vec<u8>) {
    let is_v4 = src.len() == 4;
    let port = *dna.choose(&PORTS);
    match dna.below(8) {
        0 | 1 => echo(dna, src, dst, fill),
        2 | 3 => {
            let data = vec![0x75; dna.below(1_200) as usize];
            (protocol::UDP, build::udp((src, 4_000 + u16::from(dna.u8())), (dst, port), &data))
        }
        4 | 5 => {
            let own = (src.to_vec(), 5_000 + dna.below(4) as u16);
            let host = (dst.to_vec(), port);
            let options = vec![2, 4, 5, 180, 4, 2, 1, 3, 3, 2];
            let fields = TcpFields { seq: 1_000_000, flags: 2, window: 8_000, options, ..TcpFields::default() };
            let segment = build::tcp((&own.0, own.1), (&host.0, host.1), &fields, &[]);
            station.remember(Peer { interface, own, host, next: 1_000_001, have: 0, syn_waits: false });
            (protocol::TCP, segment)
        }
        6 => error(dna, src, dst),
        _ if is_v4 && dna.below(2) == 0 => {
            let group = *dna.choose(&[[0; 4], [239, 1, 2, 3], [224, 0, 0, 1]]);
            let kind = *dna.choose(&[0x11, 0x11, 0x16, 0x17]);
            (protocol::IGMP, build::icmpv4(kind, dna.u8(), &group))
        }
        _ => (*dna.choose(&[253, 0, 59, 132]), dna.bytes(64).to_vec()),
    }
}

fn echo(dna: &mut Dna, src: &[u8], dst: &[u8], fill: u8) -> (u8, Vec<u8>) {
    let data = vec![fill; 4 + dna.below(1_400) as usize];
    let kind = dna.below(5);
    match (<[u8; 16]>::try_from(src), <[u8; 16]>::try_from(dst)) {
        (Ok(src), Ok(dst)) => (protocol::ICMPV6, build::icmpv6(src, dst, if kind == 0 { 129 } else { 128 }, 0, &data)),
        _ => (protocol::ICMP, build::icmpv4(*[0, 13, 17, 8, 8].get(kind as usize).unwrap_or(&8), 0, &data)),
    }
}

/// An ICMP error about something that the host may have sent.
fn error(dna: &mut Dna, src: &[u8], dst: &[u8]) -> (u8, Vec<u8>) {
    let ports = [dna.choose(&PORTS).to_be_bytes(), (5_000 + dna.below(4) as u16).to_be_bytes()].concat();
    let upper = [&ports[..], &dna.u32().to_be_bytes(), &[0; 12]].concat();
    let number = *dna.choose(&[protocol::TCP, protocol::UDP]);
    match (<[u8; 16]>::try_from(src), <[u8; 16]>::try_from(dst)) {
        (Ok(src), Ok(dst)) => {
            let quote = build::ipv6(dst, src, number, &IpFields::default(), &upper);
            let rest = [&[0, 0][..], &dna.choose(&[1_280u16, 600, 0]).to_be_bytes(), &quote].concat();
            (protocol::ICMPV6, build::icmpv6(src, dst, *dna.choose(&[1, 2, 3, 4]), *dna.choose(&[0, 1, 4]), &rest))
        }
        _ => {
            let (src, dst) = (src.try_into().expect("four bytes"), dst.try_into().expect("four bytes"));
            let quote = build::ipv4(dst, src, number, &IpFields::default(), &upper);
            let rest = [&[0, 0][..], &dna.choose(&[576u16, 68, 0]).to_be_bytes(), &quote].concat();
            (protocol::ICMP, build::icmpv4(*dna.choose(&[3, 3, 5, 11, 12, 4]), *dna.choose(&[3, 4, 1, 0, 2]), &rest))
        }
    }
}
