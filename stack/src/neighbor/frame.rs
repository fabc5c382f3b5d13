//! Writing the frames of ARP and neighbour discovery.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::ALL_NODES;
use crate::wire::arp::{ArpOperation, ArpPacket, ArpRepr};
use crate::wire::ethernet::{EtherType, EthernetFrame, EthernetRepr, HEADER_LEN, MacAddress};
use crate::wire::icmpv6::Icmpv6Packet;
use crate::wire::ip::{Ecn, IpProtocol, PseudoHeader};
use crate::wire::ipv6::{Ipv6Packet, Ipv6Repr};
use crate::wire::ndp::{NdpOption, NdpOptions, NdpRepr};

/// The hop limit that proves that no router touched a message.
const HOP_LIMIT: u8 = 255;

/// Writes an Ethernet frame around an IP packet.
pub(super) fn ip(src: MacAddress, dst: MacAddress, addr: IpAddr, packet: &[u8], out: &mut [u8]) -> Option<usize> {
    let ethertype = if addr.is_ipv4() { EtherType::IPV4 } else { EtherType::IPV6 };
    let len = HEADER_LEN + packet.len();
    let out = out.get_mut(..len)?;
    EthernetRepr { dst, src, ethertype }.emit(&mut EthernetFrame::new_unchecked(&mut *out));
    out[HEADER_LEN..].copy_from_slice(packet);
    Some(len)
}

/// Writes an ARP frame.
pub(super) fn arp(repr: &ArpRepr, dst: MacAddress, out: &mut [u8]) -> Option<usize> {
    let len = HEADER_LEN + repr.buffer_len();
    let out = out.get_mut(..len)?;
    let ethernet = EthernetRepr { dst, src: repr.sender_mac, ethertype: EtherType::ARP };
    ethernet.emit(&mut EthernetFrame::new_unchecked(&mut *out));
    // The address lengths decide where the addresses stand; nothing of the old buffer may remain.
    out[HEADER_LEN..].fill(0);
    repr.emit(&mut ArpPacket::new_unchecked(&mut out[HEADER_LEN..]));
    Some(len)
}

/// The ARP request for `target`.
pub(super) const fn arp_request(mac: MacAddress, source: Ipv4Addr, target: Ipv4Addr) -> ArpRepr {
    ArpRepr {
        operation: ArpOperation::REQUEST,
        sender_mac: mac,
        sender_ip: source,
        target_mac: MacAddress::UNSPECIFIED,
        target_ip: target,
    }
}

/// Writes the IPv6 packet around a neighbour discovery message.
pub(super) fn nd_packet(src: Ipv6Addr, dst: Ipv6Addr, message: &NdpRepr<'_>, out: &mut [u8]) -> Option<usize> {
    let payload_len = message.buffer_len();
    let out = out.get_mut(..40 + payload_len)?;
    let header = Ipv6Repr {
        src,
        dst,
        next_header: IpProtocol::ICMPV6,
        hop_limit: HOP_LIMIT,
        dscp: 0,
        ecn: Ecn::NotEct,
        flow_label: 0,
        payload_len,
    };
    header.emit(&mut Ipv6Packet::new_unchecked(&mut *out));
    message.emit(&mut Icmpv6Packet::new_unchecked(&mut out[40..]), PseudoHeader::v6(src, dst));
    Some(out.len())
}

/// A neighbour advertisement that waits to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Advertisement {
    pub dst: Ipv6Addr,
    pub target: Ipv6Addr,
    pub router: bool,
    pub solicited: bool,
    pub override_flag: bool,
    /// The target link-layer address option.
    pub mac: Option<MacAddress>,
}

impl Advertisement {
    /// Writes the IPv6 packet, sent from the target.
    pub fn packet(&self, out: &mut [u8]) -> Option<usize> {
        let mut area = [0; 8];
        let options = match self.mac {
            Some(mac) => NdpOptions::write(&mut area, &[NdpOption::TargetLinkLayer(mac)])?,
            None => NdpOptions::default(),
        };
        let message = NdpRepr::NeighborAdvertisement {
            router: self.router,
            solicited: self.solicited,
            override_flag: self.override_flag,
            target: self.target,
            options,
        };
        nd_packet(self.target, self.dst, &message, out)
    }

    /// Writes the frame to all nodes.
    pub fn multicast_frame(&self, src: MacAddress, out: &mut [u8]) -> Option<usize> {
        let mut packet = [0; 72];
        let len = self.packet(&mut packet)?;
        ip(src, MacAddress::multicast_v6(ALL_NODES), ALL_NODES.into(), &packet[..len], out)
    }
}

/// Writes the frame of a neighbour solicitation. `dst` is the address and station it goes to.
pub(super) fn solicitation(
    mac: MacAddress,
    source: Ipv6Addr,
    target: Ipv6Addr,
    dst: (Ipv6Addr, MacAddress),
    with_option: bool,
    out: &mut [u8],
) -> Option<usize> {
    let mut area = [0; 8];
    let options = if with_option {
        NdpOptions::write(&mut area, &[NdpOption::SourceLinkLayer(mac)])?
    } else {
        NdpOptions::default()
    };
    let mut packet = [0; 72];
    let len = nd_packet(source, dst.0, &NdpRepr::NeighborSolicitation { target, options }, &mut packet)?;
    ip(mac, dst.1, target.into(), &packet[..len], out)
}
