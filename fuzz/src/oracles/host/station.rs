//! The stations on the links: answer ARP requests and neighbour solicitations, and keep what they know of the TCP
//! connections that they have seen.

use super::links::{LINKS, is_host};
use crate::generators::build::{self, IpFields, TcpFields, protocol};
use crate::generators::dna::Dna;

/// Connections that a station remembers.
const CONNECTIONS: usize = 16;

/// A TCP connection as its other end knows it. Addresses are 4 or 16 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub interface: usize,
    pub own: (Vec<u8>, u16),
    pub host: (Vec<u8>, u16),
    /// The next sequence number that the peer sends.
    pub next: u32,
    /// Up to where it has the host's stream.
    pub have: u32,
    /// The host sent a SYN that was not answered.
    pub syn_waits: bool,
}

/// What the stations know and still have to answer.
#[derive(Debug, Default)]
pub struct Station {
    peers: Vec<Peer>,
    answers: Vec<(usize, Vec<u8>)>,
}

impl Station {
    /// The answers to what the host sent since the last call.
    pub fn take_answers(&mut self) -> Vec<(usize, Vec<u8>)> {
        core::mem::take(&mut self.answers)
    }

    /// The host sent a frame.
    pub fn note(&mut self, interface: usize, frame: &[u8]) {
        let packet = &frame[14..];
        match [frame[12], frame[13]] {
            [8, 6] => self.note_arp(interface, packet),
            [8, 0] if packet[6] & 0x3f == 0 && packet[7] == 0 && packet[9] == protocol::TCP => {
                let header = usize::from(packet[0] & 15) * 4;
                self.note_tcp(interface, &packet[12..16], &packet[16..20], &packet[header..]);
            }
            [0x86, 0xdd] if packet[6] == protocol::TCP => {
                self.note_tcp(interface, &packet[8..24], &packet[24..40], &packet[40..]);
            }
            [0x86, 0xdd] if packet[6] == protocol::ICMPV6 && packet[40] == 135 => {
                self.note_solicitation(interface, packet);
            }
            _ => {}
        }
    }

    fn note_arp(&mut self, interface: usize, packet: &[u8]) {
        let link = &LINKS[interface];
        let target: [u8; 4] = packet[24..28].try_into().expect("four bytes");
        if packet[7] == 1 && !is_host(&target) {
            let reply = build::arp(2, (link.peer_mac, target), (link.host_mac, link.host_v4));
            self.answers.push((interface, build::ethernet(link.host_mac, link.peer_mac, 0x0806, &reply)));
        }
    }

    fn note_solicitation(&mut self, interface: usize, packet: &[u8]) {
        let link = &LINKS[interface];
        let target: [u8; 16] = packet[48..64].try_into().expect("sixteen bytes");
        let src: [u8; 16] = packet[8..24].try_into().expect("sixteen bytes");
        if is_host(&target) || src == [0; 16] {
            return;
        }
        let rest = [&[0x60, 0, 0, 0][..], &target, &[2, 1], &link.peer_mac].concat();
        let message = build::icmpv6(link.peer_local, src, 136, 0, &rest);
        let fields = IpFields { ttl: 255, ..IpFields::default() };
        let packet = build::ipv6(link.peer_local, src, protocol::ICMPV6, &fields, &message);
        self.answers.push((interface, build::ethernet(link.host_mac, link.peer_mac, 0x86dd, &packet)));
    }

    fn note_tcp(&mut self, interface: usize, src: &[u8], dst: &[u8], segment: &[u8]) {
        if !is_host(src) || is_host(dst) {
            return;
        }
        let word = |at: usize| u16::from_be_bytes([segment[at], segment[at + 1]]);
        let long = |at: usize| u32::from(word(at)) << 16 | u32::from(word(at + 2));
        let (own, host) = ((dst.to_vec(), word(2)), (src.to_vec(), word(0)));
        let (flags, seq) = (segment[13], long(4));
        let text = segment.len() - usize::from(segment[12] >> 4) * 4;
        let end = seq.wrapping_add(text as u32 + u32::from(flags & 1) + u32::from(flags >> 1 & 1));
        let peer = match self.peers.iter().position(|peer| (&peer.own, &peer.host) == (&own, &host)) {
            Some(index) => &mut self.peers[index],
            None if flags & 2 != 0 => {
                let next = 1_000_000;
                self.remember(Peer { interface, own, host, next, have: seq, syn_waits: flags & 0x10 == 0 })
            }
            None => return,
        };
        peer.interface = interface;
        if flags & 2 != 0 || seq == peer.have {
            peer.have = end;
        }
    }

    /// Remembers a connection; an old one gives way.
    pub fn remember(&mut self, peer: Peer) -> &mut Peer {
        if self.peers.len() == CONNECTIONS {
            self.peers.remove(0);
        }
        self.peers.push(peer);
        self.peers.last_mut().expect("just pushed")
    }

    /// A segment of a connection that the station knows: mostly what its end should send next.
    pub fn tcp_reaction(&mut self, dna: &mut Dna) -> Option<(usize, Vec<u8>)> {
        let index = dna.below(self.peers.len() as u32) as usize;
        let peer = self.peers.get_mut(index)?;
        let mut fields =
            TcpFields { seq: peer.next, ack: peer.have, flags: 0x10, window: 8_000, ..TcpFields::default() };
        let mut text = Vec::new();
        if peer.syn_waits && !dna.one_in(8) {
            peer.syn_waits = false;
            fields.flags = 0x12;
            fields.options = vec![2, 4, 5, 180, 1, 3, 3, 2, 4, 2];
            peer.next = peer.next.wrapping_add(1);
        } else {
            match dna.below(8) {
                0..=2 => {}
                3 | 4 => {
                    text = vec![0x61; dna.below(600) as usize];
                    fields.flags = 0x18;
                    peer.next = peer.next.wrapping_add(text.len() as u32);
                }
                5 => {
                    fields.flags = 0x11;
                    peer.next = peer.next.wrapping_add(1);
                }
                6 => fields.flags = 0x04,
                _ => {
                    fields.flags = dna.u8();
                    fields.seq = fields.seq.wrapping_add(u32::from(dna.u8())).wrapping_sub(8);
                    fields.window = dna.u16();
                    fields.urgent = dna.u16();
                    text = dna.bytes(64).to_vec();
                }
            }
        }
        let segment = build::tcp((&peer.own.0, peer.own.1), (&peer.host.0, peer.host.1), &fields, &text);
        let link = &LINKS[peer.interface];
        Some((peer.interface, wrap(link.host_mac, link.peer_mac, &peer.own.0, &peer.host.0, &segment)))
    }
}

/// A TCP segment in IP and Ethernet headers.
fn wrap(dst_mac: [u8; 6], src_mac: [u8; 6], src: &[u8], dst: &[u8], segment: &[u8]) -> Vec<u8> {
    let fields = IpFields::default();
    match (<[u8; 4]>::try_from(src), <[u8; 4]>::try_from(dst)) {
        (Ok(src), Ok(dst)) => {
            let packet = build::ipv4(src, dst, protocol::TCP, &fields, segment);
            build::ethernet(dst_mac, src_mac, 0x0800, &packet)
        }
        _ => {
            let wide = |address: &[u8]| -> [u8; 16] { address.try_into().expect("sixteen bytes") };
            let packet = build::ipv6(wide(src), wide(dst), protocol::TCP, &fields, segment);
            build::ethernet(dst_mac, src_mac, 0x86dd, &packet)
        }
    }
}
