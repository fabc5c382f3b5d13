//! The few frames that the adapter checks send and recognise, as bytes. Kept apart from the wire types on
//! purpose: a check of an adapter should not lean on the code that the adapter's answers are parsed with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::target::{Link, MacAddress};

const ETHERTYPE_IPV4: [u8; 2] = [0x08, 0x00];
const ETHERTYPE_ARP: [u8; 2] = [0x08, 0x06];
const ETHERTYPE_IPV6: [u8; 2] = [0x86, 0xdd];

/// The Internet checksum (RFC 1071) over several pieces; every piece but the last has an even length.
fn checksum(pieces: &[&[u8]]) -> u16 {
    let mut sum = 0u32;
    for piece in pieces {
        for pair in piece.chunks(2) {
            sum += u32::from(pair[0]) << 8 | pair.get(1).copied().map_or(0, u32::from);
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn ethernet(dst: MacAddress, src: MacAddress, ethertype: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(14 + payload.len());
    frame.extend(dst.0);
    frame.extend(src.0);
    frame.extend(ethertype);
    frame.extend(payload);
    frame
}

/// An ARP packet (RFC 826) from the tester: request or reply.
fn arp(link: &Link, operation: u8, dst: MacAddress, target: MacAddress) -> Vec<u8> {
    let mut packet = vec![0, 1, 8, 0, 6, 4, 0, operation];
    packet.extend(link.tester_mac.0);
    packet.extend(link.tester_v4.octets());
    packet.extend(target.0);
    packet.extend(link.target_v4.0.octets());
    ethernet(dst, link.tester_mac, ETHERTYPE_ARP, &packet)
}

/// Who has the target's IPv4 address?
pub(in crate::target) fn arp_request(link: &Link) -> Vec<u8> {
    arp(link, 1, MacAddress([0xff; 6]), MacAddress([0; 6]))
}

/// A neighbour solicitation (RFC 4861 4.3) for the target's global address, with the tester's link address.
pub(in crate::target) fn neighbor_solicitation(link: &Link) -> Vec<u8> {
    let target = link.target_v6.0.octets();
    let mut message = vec![135, 0, 0, 0, 0, 0, 0, 0];
    message.extend(target);
    message.extend([1, 1]);
    message.extend(link.tester_mac.0);
    let group = Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, target[13], target[14], target[15]]);
    let dst = MacAddress([0x33, 0x33, 0xff, target[13], target[14], target[15]]);
    ipv6(link, To(dst, group, 255), 58, 2, message)
}

/// A neighbour advertisement (RFC 4861 4.4) that tells the target the tester's link address.
fn neighbor_advertisement(link: &Link) -> Vec<u8> {
    let mut message = vec![136, 0, 0, 0, 0x60, 0, 0, 0];
    message.extend(link.tester_v6.octets());
    message.extend([2, 1]);
    message.extend(link.tester_mac.0);
    ipv6(link, To(link.target_mac, link.target_v6.0, 255), 58, 2, message)
}

/// An IPv4 packet; `checksum_at` is the offset of the payload's own checksum field, which covers a
/// pseudo header unless the protocol is ICMP.
fn ipv4(link: &Link, protocol: u8, checksum_at: usize, mut payload: Vec<u8>) -> Vec<u8> {
    let (src, dst) = (link.tester_v4.octets(), link.target_v4.0.octets());
    let len = payload.len() as u16;
    let pseudo = [0, protocol, (len >> 8) as u8, len as u8];
    let sum = if protocol == 1 { checksum(&[&payload]) } else { checksum(&[&src, &dst, &pseudo, &payload]) };
    payload[checksum_at..checksum_at + 2].copy_from_slice(&sum.to_be_bytes());
    let total = (20 + len).to_be_bytes();
    let mut packet = vec![0x45, 0, total[0], total[1], 0, 1, 0, 0, 64, protocol, 0, 0];
    packet.extend(src);
    packet.extend(dst);
    let sum = checksum(&[&packet]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend(payload);
    ethernet(link.target_mac, link.tester_mac, ETHERTYPE_IPV4, &packet)
}

/// Where an IPv6 packet of the tester goes: link address, destination, hop limit.
struct To(MacAddress, Ipv6Addr, u8);

/// As [`ipv4`]; every upper layer of IPv6 has a pseudo header.
fn ipv6(link: &Link, To(mac, dst, hops): To, protocol: u8, checksum_at: usize, mut payload: Vec<u8>) -> Vec<u8> {
    let src = link.tester_v6;
    let len = (payload.len() as u16).to_be_bytes();
    let pseudo = [0, 0, len[0], len[1], 0, 0, 0, protocol];
    let sum = checksum(&[&src.octets(), &dst.octets(), &pseudo, &payload]);
    payload[checksum_at..checksum_at + 2].copy_from_slice(&sum.to_be_bytes());
    let mut packet = vec![0x60, 0, 0, 0, len[0], len[1], protocol, hops];
    packet.extend(src.octets());
    packet.extend(dst.octets());
    packet.extend(payload);
    ethernet(mac, link.tester_mac, ETHERTYPE_IPV6, &packet)
}

/// Sends `payload` from the tester to the target over the version of `v6`.
fn transport(link: &Link, v6: bool, protocol: u8, checksum_at: usize, payload: Vec<u8>) -> Vec<u8> {
    if v6 {
        ipv6(link, To(link.target_mac, link.target_v6.0, 64), protocol, checksum_at, payload)
    } else {
        ipv4(link, protocol, checksum_at, payload)
    }
}

/// An ICMP echo request of eight bytes of data.
pub(in crate::target) fn echo_request(link: &Link, v6: bool, sequence: u16) -> Vec<u8> {
    let [high, low] = sequence.to_be_bytes();
    let kind = if v6 { 128 } else { 8 };
    let mut message = vec![kind, 0, 0, 0, 0x77, 0x70, high, low];
    message.extend(*b"wireprof");
    transport(link, v6, if v6 { 58 } else { 1 }, 2, message)
}

/// An ICMP port unreachable (RFC 792) that quotes an IPv4 packet.
#[cfg(all(test, target_os = "linux", feature = "tap"))]
pub(in crate::target) fn port_unreachable(link: &Link, packet: &[u8]) -> Vec<u8> {
    let mut message = vec![3, 3, 0, 0, 0, 0, 0, 0];
    message.extend(&packet[..packet.len().min(28)]);
    transport(link, false, 1, 2, message)
}

/// A UDP datagram.
pub(in crate::target) fn datagram(link: &Link, v6: bool, from: u16, to: u16, data: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend(from.to_be_bytes());
    message.extend(to.to_be_bytes());
    message.extend((8 + data.len() as u16).to_be_bytes());
    message.extend([0, 0]);
    message.extend(data);
    transport(link, v6, 17, 6, message)
}

/// A TCP segment without options.
pub(in crate::target) fn segment(link: &Link, v6: bool, tcp: &Tcp) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend(tcp.ports.0.to_be_bytes());
    message.extend(tcp.ports.1.to_be_bytes());
    message.extend(tcp.seq.to_be_bytes());
    message.extend(tcp.ack.to_be_bytes());
    message.extend([0x50, tcp.flags, 0xff, 0xff, 0, 0, 0, 0]);
    message.extend(&tcp.data);
    transport(link, v6, 6, 16, message)
}

/// What the checks look at in a TCP segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::target) struct Tcp {
    /// Source and destination port.
    pub(in crate::target) ports: (u16, u16),
    /// SEG.SEQ.
    pub(in crate::target) seq: u32,
    /// SEG.ACK.
    pub(in crate::target) ack: u32,
    /// The control bits.
    pub(in crate::target) flags: u8,
    /// The payload.
    pub(in crate::target) data: Vec<u8>,
}

/// The TCP segment in a frame, if it holds one.
pub(in crate::target) fn tcp(frame: &[u8]) -> Option<Tcp> {
    let (at, end) = match frame.get(12..14)? {
        [0x08, 0x00] if frame.get(23) == Some(&6) => {
            let total = u16::from_be_bytes([*frame.get(16)?, *frame.get(17)?]);
            (14 + usize::from(frame[14] & 0x0f) * 4, 14 + usize::from(total))
        }
        [0x86, 0xdd] if frame.get(20) == Some(&6) => {
            let payload = u16::from_be_bytes([*frame.get(18)?, *frame.get(19)?]);
            (54, 54 + usize::from(payload))
        }
        _ => return None,
    };
    let segment = frame.get(at..end)?;
    let word = |i: usize| Some(u32::from_be_bytes(segment.get(i..i + 4)?.try_into().ok()?));
    let ports = word(0)?;
    let header = usize::from(segment.get(12)? >> 4) * 4;
    Some(Tcp {
        ports: ((ports >> 16) as u16, ports as u16),
        seq: word(4)?,
        ack: word(8)?,
        flags: *segment.get(13)?,
        data: segment.get(header..)?.to_vec(),
    })
}

/// TCP flags.
pub(in crate::target) const FIN: u8 = 0x01;
/// TCP flags.
pub(in crate::target) const SYN: u8 = 0x02;
/// TCP flags.
pub(in crate::target) const RST: u8 = 0x04;
/// TCP flags.
pub(in crate::target) const ACK: u8 = 0x10;

/// What a frame from the target is, as far as the checks care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::target) enum Seen {
    /// An ARP request.
    ArpRequest,
    /// An ARP reply.
    ArpReply,
    /// A neighbour solicitation.
    NeighborSolicitation,
    /// A neighbour advertisement.
    NeighborAdvertisement,
    /// An echo reply with its sequence number.
    EchoReply(u16),
    /// A TCP segment with its flags.
    Tcp {
        /// Source and destination port.
        ports: (u16, u16),
        /// The flags.
        flags: u8,
    },
    /// A UDP datagram with its ports.
    Udp((u16, u16)),
    /// Something else.
    Other,
}

/// Recognises a frame.
pub(in crate::target) fn recognise(frame: &[u8]) -> Seen {
    let at = |i: usize| frame.get(i).copied().unwrap_or(0);
    let word = |i: usize| u16::from_be_bytes([at(i), at(i + 1)]);
    let (protocol, payload) = match [at(12), at(13)] {
        ETHERTYPE_ARP => {
            return match word(20) {
                1 => Seen::ArpRequest,
                2 => Seen::ArpReply,
                _ => Seen::Other,
            };
        }
        ETHERTYPE_IPV4 => (at(23), 14 + usize::from(at(14) & 0x0f) * 4),
        ETHERTYPE_IPV6 => (at(20), 54),
        _ => return Seen::Other,
    };
    match (protocol, at(payload)) {
        (58, 135) => Seen::NeighborSolicitation,
        (58, 136) => Seen::NeighborAdvertisement,
        (1, 0) | (58, 129) => Seen::EchoReply(word(payload + 6)),
        (6, _) => Seen::Tcp { ports: (word(payload), word(payload + 2)), flags: at(payload + 13) },
        (17, _) => Seen::Udp((word(payload), word(payload + 2))),
        _ => Seen::Other,
    }
}

/// The frame that answers the target's question for the tester's link address, if `seen` is one.
pub(in crate::target) fn answer(link: &Link, seen: Seen) -> Option<Vec<u8>> {
    match seen {
        Seen::ArpRequest => Some(arp(link, 2, link.target_mac, link.target_mac)),
        Seen::NeighborSolicitation => Some(neighbor_advertisement(link)),
        _ => None,
    }
}

/// The target's address in the family.
pub(in crate::target) fn target_address(link: &Link, v6: bool) -> IpAddr {
    if v6 { link.target_v6.0.into() } else { link.target_v4.0.into() }
}

/// The tester's address in the family.
pub(in crate::target) fn tester_address(link: &Link, v6: bool) -> IpAddr {
    if v6 { link.tester_v6.into() } else { Ipv4Addr::from(link.tester_v4.octets()).into() }
}
