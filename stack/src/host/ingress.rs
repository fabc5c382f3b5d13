//! The way in: Ethernet frame, address filter, ARP and IP, reassembly, and to whom the payload goes.
//!
//! Read first: RFC 894, RFC 1042, RFC 1122 2.3 and 3.2.1, RFC 8200.

use core::net::IpAddr;

use super::Host;
use super::network::Network;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::ip::input::{Verdict, classify_v4, classify_v6};
use crate::ip::reassembly::Outcome;
use crate::ip::{Cast, Datagram};
use crate::time::Instant;
use crate::wire::ethernet::{Encapsulation, EtherType, EthernetRepr, MacAddress};
use crate::wire::ip::IpProtocol;

/// A packet for us and how it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived<'a> {
    pub now: Instant,
    pub interface: usize,
    /// How the frame was addressed.
    pub link: Cast,
    /// The whole IP packet.
    pub packet: &'a [u8],
    pub datagram: Datagram,
}

impl Arrived<'_> {
    /// The octets behind the IP headers.
    #[inline]
    pub(super) fn payload(&self) -> &[u8] {
        self.packet.get(self.datagram.payload()).unwrap_or(&[])
    }
}

impl Host {
    /// Takes a frame that arrived on `interface`: a whole Ethernet frame without FCS.
    pub fn handle_frame(&mut self, now: Instant, interface: usize, frame: &[u8]) {
        let now = self.tick(now);
        if interface >= self.net.interfaces.len() || (self.fast && self.fast_input(now, interface, frame)) {
            return;
        }
        match self.net.filter(interface, frame) {
            Ok((link, EtherType::IPV4 | EtherType::IPV6, packet)) => self.ip_input(now, interface, link, packet),
            Ok((_, EtherType::ARP, packet)) => self.net.arp_input(now, interface, packet),
            Ok(_) => self.net.dropped(now, interface, DropReason::UnknownEtherType),
            Err(reason) => self.net.dropped(now, interface, reason),
        }
    }

    /// Takes an IP packet of either version.
    pub(super) fn ip_input(&mut self, now: Instant, interface: usize, link: Cast, packet: &[u8]) {
        let verdict = match packet.first().map(|first| first >> 4) {
            Some(6) => classify_v6(&self.net.input, &self.net.local, interface, link, packet),
            _ => classify_v4(&self.net.input, &self.net.local, interface, link, packet),
        };
        match verdict {
            Verdict::Deliver(datagram) if datagram.fragment.is_some() => {
                self.reassemble(now, interface, link, packet, &datagram);
            }
            Verdict::Deliver(datagram) => self.deliver(Arrived { now, interface, link, packet, datagram }),
            Verdict::Forward(datagram) => self.net.forward(now, interface, link, packet, &datagram),
            Verdict::Drop(reason) => self.net.dropped(now, interface, reason),
            Verdict::Error { error, reason } => {
                self.net.dropped(now, interface, reason);
                self.net.send_error(now, interface, link, packet, error);
            }
        }
    }

    fn reassemble(&mut self, now: Instant, interface: usize, link: Cast, packet: &[u8], datagram: &Datagram) {
        self.net.busy = true;
        match self.net.reassembler.insert(now, interface, link, packet, datagram) {
            Outcome::Incomplete => {}
            Outcome::Complete(whole) => {
                let (interface, link) = (whole.interface, whole.link);
                self.ip_input(now, interface, link, &whole);
                self.net.reassembler.recycle(whole);
            }
            Outcome::Drop(reason) => self.net.dropped(now, interface, reason),
            Outcome::Error { error, reason } => {
                self.net.dropped(now, interface, reason);
                self.net.send_error(now, interface, link, packet, error);
            }
        }
    }

    /// Hands a packet to its transport.
    fn deliver(&mut self, arrived: Arrived<'_>) {
        if self.net.is_for_tentative(&arrived) {
            return self.net.dropped(arrived.now, arrived.interface, DropReason::BadDestination);
        }
        match arrived.datagram.protocol {
            IpProtocol::TCP => self.tcp_input(&arrived),
            IpProtocol::UDP => self.udp_input(&arrived),
            IpProtocol::ICMP if arrived.datagram.src.is_ipv4() => self.icmp_input(&arrived),
            IpProtocol::ICMPV6 if arrived.datagram.src.is_ipv6() => self.icmpv6_input(&arrived),
            IpProtocol::IGMP if arrived.datagram.src.is_ipv4() => self.net.igmp_input(&arrived),
            // The end of a chain of IPv6 headers: nothing follows (RFC 8200 4.7).
            IpProtocol::NO_NEXT if arrived.datagram.src.is_ipv6() => {
                self.net.dropped(arrived.now, arrived.interface, DropReason::UnknownProtocol);
            }
            _ => {
                // RFC1122-3.2.2.1-1: protocol unreachable.
                let error = arrived.datagram.unknown_protocol();
                self.net.dropped(arrived.now, arrived.interface, DropReason::UnknownProtocol);
                // RFC8200-4-4: parameter problem in IPv6.
                if !self.net.faults.has(Fault::UnknownNextHeaderSilent) || arrived.datagram.src.is_ipv4() {
                    self.net.send_error(arrived.now, arrived.interface, arrived.link, arrived.packet, error);
                }
            }
        }
    }
}

impl Network {
    /// Reads the frame's header and asks whether it is for this station: how it was addressed, what is inside.
    fn filter<'a>(&self, interface: usize, frame: &'a [u8]) -> Result<(Cast, EtherType, &'a [u8]), DropReason> {
        let (header, encapsulation, payload) = EthernetRepr::parse_any(frame).map_err(|_| DropReason::Malformed)?;
        let own = self.interfaces.get(interface).map_or(MacAddress::UNSPECIFIED, |it| it.mac);
        let link = if header.dst == own {
            Cast::Unicast
        } else if header.dst == MacAddress::BROADCAST {
            Cast::Broadcast
        } else if header.dst.is_multicast() {
            // Whether the group is ours is decided by its IP address.
            Cast::Multicast
        } else {
            return Err(DropReason::NotForUs);
        };
        if header.src.is_multicast() {
            return Err(DropReason::LinkSource);
        }
        // RFC1122-2.3.3-2: RFC 1042 frames are received as well.
        if encapsulation == Encapsulation::Snap && self.faults.has(Fault::SnapFramesIgnored) {
            return Err(DropReason::UnknownEtherType);
        }
        let version = payload.first().map(|first| first >> 4);
        match header.ethertype {
            // RFC1122-3.2.1.1-1: silently discarded.
            EtherType::IPV4 if version != Some(4) => Err(DropReason::BadVersion),
            EtherType::IPV6 if version != Some(6) => Err(DropReason::BadVersion),
            ethertype => Ok((link, ethertype, payload)),
        }
    }

    fn arp_input(&mut self, now: Instant, interface: usize, packet: &[u8]) {
        self.busy = true;
        let local = &self.local;
        let Some(entry) = self.interfaces.get_mut(interface) else { return };
        entry.generation = entry.generation.wrapping_add(1);
        let result = entry.neighbors.handle_arp(now, packet, |address| local.is_on(interface, IpAddr::V4(address)));
        if let Err(reason) = result {
            self.dropped(now, interface, reason);
        }
    }

    fn igmp_input(&mut self, arrived: &Arrived<'_>) {
        self.busy = true;
        let (IpAddr::V4(src), IpAddr::V4(dst)) = (arrived.datagram.src, arrived.datagram.dst) else { return };
        let Some(entry) = self.interfaces.get_mut(arrived.interface) else { return };
        if let Some(reason) = entry.igmp.handle_message(arrived.now, src, dst, arrived.payload()) {
            self.dropped(arrived.now, arrived.interface, reason);
        }
    }

    /// Whether a packet is addressed to an address whose duplicate detection still runs: only neighbour discovery may
    /// look at it (RFC 4862 5.4).
    fn is_for_tentative(&self, arrived: &Arrived<'_>) -> bool {
        match arrived.datagram.dst {
            IpAddr::V6(dst) => self.interfaces.iter().any(|it| it.is_tentative(dst)),
            IpAddr::V4(_) => false,
        }
    }
}
