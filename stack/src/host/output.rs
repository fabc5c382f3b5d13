//! Packets on their way out: composing them, finding the neighbour, cutting what is too large.
//!
//! TCP segments do not come through here while all goes well, see [`super::tcp_output`].

use core::net::{IpAddr, Ipv6Addr};

use super::network::{Hop, Network};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::icmp::{build_error, may_send_error};
use crate::ip::fragment::Fragmenter;
use crate::ip::{Cast, IcmpError};
use crate::time::Instant;
use crate::wire::ethernet::{EtherType, EthernetFrame, EthernetRepr, HEADER_LEN, MacAddress};
use crate::wire::ip::{Ecn, IpProtocol};
use crate::wire::ipv4::{Ipv4Options, Ipv4Packet, Ipv4Repr};
use crate::wire::ipv6::{Ipv6Packet, Ipv6Repr};

/// What stands in the IP header of an outgoing packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub protocol: IpProtocol,
    pub ttl: u8,
    /// TOS or traffic class, ECN bits included.
    pub tos: u8,
    pub dont_fragment: bool,
    /// IPv6 only.
    pub flow_label: u32,
    /// IPv4 options.
    pub options: Ipv4Options,
    /// A hop-by-hop options header whose last field names `protocol`; IPv6 only.
    pub hop_by_hop: Option<[u8; 8]>,
}

/// Which queue a frame waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queue {
    /// Replies and errors.
    Control,
    /// Datagrams of sockets.
    Datagram,
}

impl Envelope {
    /// A plain packet.
    pub(super) const fn new(src: IpAddr, dst: IpAddr, protocol: IpProtocol, ttl: u8) -> Self {
        Self {
            src,
            dst,
            protocol,
            ttl,
            tos: 0,
            dont_fragment: false,
            flow_label: 0,
            options: Ipv4Options::EMPTY,
            hop_by_hop: None,
        }
    }

    /// Octets before the payload.
    pub(super) const fn header_len(&self) -> usize {
        match self.dst {
            IpAddr::V4(_) => 20 + self.options.padded_len(),
            IpAddr::V6(_) => 40 + if self.hop_by_hop.is_some() { 8 } else { 0 },
        }
    }

    /// Writes the headers before a payload of `payload_len` octets that stands at [`Self::header_len`].
    pub(super) fn emit(&self, packet: &mut [u8], payload_len: usize, identification: u16) {
        match (self.src, self.dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                let header = Ipv4Repr {
                    src,
                    dst,
                    protocol: self.protocol,
                    ttl: self.ttl,
                    dscp: self.tos >> 2,
                    ecn: Ecn::from_bits(self.tos),
                    identification,
                    dont_fragment: self.dont_fragment,
                    more_fragments: false,
                    fragment_offset: 0,
                    payload_len,
                    options: self.options,
                };
                header.emit(&mut Ipv4Packet::new_unchecked(packet));
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                let extension = if self.hop_by_hop.is_some() { 8 } else { 0 };
                let next_header = if extension == 0 { self.protocol } else { IpProtocol::IPV6_HOP_BY_HOP };
                let header = Ipv6Repr {
                    src,
                    dst,
                    next_header,
                    hop_limit: self.ttl,
                    dscp: self.tos >> 2,
                    ecn: Ecn::from_bits(self.tos),
                    flow_label: self.flow_label,
                    payload_len: payload_len + extension,
                };
                if let (Some(bytes), Some(space)) = (self.hop_by_hop, packet.get_mut(40..48)) {
                    space.copy_from_slice(&bytes);
                }
                header.emit(&mut Ipv6Packet::new_unchecked(packet));
            }
            // Callers never mix families; nothing is written if one does.
            _ => {}
        }
    }
}

impl Network {
    /// Composes a packet whose payload `fill` writes, and sends it on its way over `hop`. `fill` gets the room for the
    /// payload and returns its length, or `None` to send nothing.
    ///
    /// # Errors
    ///
    /// `NoBuffers` if the queue is full, `MessageSize` if the packet is larger than it may be.
    pub(super) fn send(
        &mut self,
        now: Instant,
        hop: Hop,
        queue: Queue,
        envelope: &Envelope,
        fill: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Result<(), Errno> {
        let mut scratch = core::mem::take(&mut self.scratch);
        let header_len = envelope.header_len();
        let room = match envelope.dst {
            IpAddr::V4(_) => 65_535,
            IpAddr::V6(_) => 65_535 + 40,
        };
        let result = match scratch.get_mut(HEADER_LEN..HEADER_LEN + room) {
            Some(packet) => match fill(packet.get_mut(header_len..).unwrap_or(&mut [])) {
                Some(payload_len) => {
                    let identification = self.next_identification();
                    envelope.emit(packet, payload_len, identification);
                    let len = HEADER_LEN + header_len + payload_len;
                    scratch.get_mut(..len).map_or(Ok(()), |frame| self.forward_frame(now, hop, queue, frame))
                }
                None => Ok(()),
            },
            None => Err(Errno::NoBuffers),
        };
        self.scratch = scratch;
        result
    }

    /// Sends a whole IP packet that stands behind room for an Ethernet header in `frame`: cuts it if it is too large, puts it
    /// in `queue`, or lets it wait for its neighbour.
    pub(super) fn forward_frame(
        &mut self,
        now: Instant,
        hop: Hop,
        queue: Queue,
        frame: &mut [u8],
    ) -> Result<(), Errno> {
        let Some(packet) = frame.get(HEADER_LEN..) else { return Ok(()) };
        if hop.local {
            return self.loop_back(now, hop.interface, packet);
        }
        let mtu = self.path_mtu(now, hop, packet);
        if self.local_copy_wanted(hop.interface, packet) {
            let _ = self.loop_back(now, hop.interface, packet);
        }
        let Some(destination) = self.link_destination(now, hop) else {
            return self.wait_for_neighbor(now, hop, packet);
        };
        if packet.len() > mtu {
            let result = self.send_fragments(now, hop, queue, destination, packet, mtu);
            return result;
        }
        self.put_header(hop.interface, destination, frame);
        self.enqueue_frame(now, hop.interface, queue, frame)
    }

    /// The link-layer address for a next hop, if it needs no asking or was asked before.
    pub(super) fn link_destination(&mut self, now: Instant, hop: Hop) -> Option<MacAddress> {
        match hop.next_hop {
            IpAddr::V4(v4) if v4.is_multicast() => Some(MacAddress::multicast_v4(v4)),
            // RFC1122-3.3.6-5: an IP broadcast goes out as a link-layer broadcast.
            IpAddr::V4(v4) if v4.is_broadcast() || self.local.is_directed_broadcast(Some(hop.interface), v4) => {
                Some(MacAddress::BROADCAST)
            }
            IpAddr::V6(v6) if v6.is_multicast() => Some(MacAddress::multicast_v6(v6)),
            unicast => {
                self.busy = true;
                self.interfaces.get_mut(hop.interface)?.neighbors.resolve(now, unicast)
            }
        }
    }

    /// Leaves an IP packet with the neighbour cache until the next hop is known.
    // RFC1122-2.3.2.2-1: at least the latest packet is kept.
    pub(super) fn wait_for_neighbor(&mut self, now: Instant, hop: Hop, packet: &[u8]) -> Result<(), Errno> {
        self.busy = true;
        let source = addresses_of(packet).map(|(src, _)| src).filter(|src| self.local.is_on(hop.interface, *src));
        let Some(source) = source.or_else(|| self.local.select_source(hop.interface, hop.next_hop)) else {
            self.dropped(now, hop.interface, DropReason::NeighborUnresolved);
            return Err(Errno::NetworkUnreachable);
        };
        let Some(interface) = self.interfaces.get_mut(hop.interface) else { return Ok(()) };
        if let Err(reason) = interface.neighbors.enqueue(now, hop.next_hop, source, packet) {
            self.dropped(now, hop.interface, reason);
        }
        Ok(())
    }

    /// Writes the Ethernet header before a packet.
    pub(super) fn put_header(&self, interface: usize, dst: MacAddress, frame: &mut [u8]) {
        let (Some(interface), Some(first)) = (self.interfaces.get(interface), frame.get(HEADER_LEN)) else { return };
        // RFC894-0-1: the type of IP is 0x0800.
        let ethertype = if first >> 4 == 4 { EtherType::IPV4 } else { EtherType::IPV6 };
        EthernetRepr { dst, src: interface.mac, ethertype }.emit(&mut EthernetFrame::new_unchecked(frame));
    }

    /// Puts a whole frame in a queue.
    fn enqueue_frame(&mut self, now: Instant, interface: usize, queue: Queue, frame: &[u8]) -> Result<(), Errno> {
        let ring = match queue {
            Queue::Control => &mut self.control,
            Queue::Datagram => &mut self.datagrams,
        };
        match ring.push(interface as u32, frame.len()) {
            Some(space) => {
                space.copy_from_slice(frame);
                Ok(())
            }
            None => {
                self.dropped(now, interface, DropReason::ControlQueueFull);
                Err(Errno::NoBuffers)
            }
        }
    }

    fn send_fragments(
        &mut self,
        now: Instant,
        hop: Hop,
        queue: Queue,
        destination: MacAddress,
        packet: &[u8],
        mtu: usize,
    ) -> Result<(), Errno> {
        let identification = self.next_fragment_identification();
        let fragmenter = match packet.first().map(|first| first >> 4) {
            Some(4) => Fragmenter::v4_with_faults(packet, mtu, self.faults),
            _ => Fragmenter::v6(packet, mtu, identification).map(|it| it.with_faults(self.faults)),
        };
        let Ok(mut fragmenter) = fragmenter else {
            self.dropped(now, hop.interface, DropReason::FragmentationNeeded);
            return Err(Errno::MessageSize);
        };
        loop {
            let ring = match queue {
                Queue::Control => &mut self.control,
                Queue::Datagram => &mut self.datagrams,
            };
            let Some(space) = ring.push(hop.interface as u32, HEADER_LEN + mtu) else {
                self.dropped(now, hop.interface, DropReason::ControlQueueFull);
                return Err(Errno::NoBuffers);
            };
            let Some(len) = fragmenter.next_fragment(space.get_mut(HEADER_LEN..).unwrap_or(&mut [])) else {
                ring.pop_back();
                return Ok(());
            };
            let first = packet.first().copied().unwrap_or(0);
            let ethertype = if first >> 4 == 4 { EtherType::IPV4 } else { EtherType::IPV6 };
            let src = self.interfaces.get(hop.interface).map_or(MacAddress::UNSPECIFIED, |it| it.mac);
            EthernetRepr { dst: destination, src, ethertype }.emit(&mut EthernetFrame::new_unchecked(space));
            ring.truncate_back(HEADER_LEN + len);
        }
    }

    /// The largest packet for a destination: what was learnt of the path, unless the packet may be cut on the way.
    fn path_mtu(&self, now: Instant, hop: Hop, packet: &[u8]) -> usize {
        match addresses_of(packet) {
            Some((_, dst @ IpAddr::V6(_))) if !dst.is_multicast() => self.pmtu.get(now, dst, hop.mtu),
            _ => hop.mtu,
        }
    }

    /// A packet to ourselves waits until it is taken in.
    pub(super) fn loop_back(&mut self, now: Instant, interface: usize, packet: &[u8]) -> Result<(), Errno> {
        match self.loopback.push(interface as u32, packet.len()) {
            Some(space) => {
                space.copy_from_slice(packet);
                Ok(())
            }
            None => {
                self.dropped(now, interface, DropReason::ControlQueueFull);
                Err(Errno::NoBuffers)
            }
        }
    }

    /// Whether a datagram to a group is for us too (RFC 1112 6.1: loopback of own packets, on by default). Only UDP:
    /// what the membership and neighbour protocols send is for others.
    fn local_copy_wanted(&self, interface: usize, packet: &[u8]) -> bool {
        let Some((_, dst)) = addresses_of(packet) else { return false };
        let protocol = match dst {
            IpAddr::V4(_) => packet.get(9),
            IpAddr::V6(_) => packet.get(6),
        };
        dst.is_multicast()
            && protocol.is_some_and(|&protocol| IpProtocol(protocol) == IpProtocol::UDP)
            && self.local.is_member(interface, dst)
    }

    /// Tells the sender of `packet`, which came by `interface` in a frame addressed as `link` says, about an error, if the
    /// rules and the rate limit allow it.
    pub(super) fn send_error(&mut self, now: Instant, interface: usize, link: Cast, packet: &[u8], error: IcmpError) {
        if may_send_error(self.faults, &self.local, interface, link, packet, &error) {
            self.send_error_unchecked(now, interface, packet, error);
        }
    }

    /// The same without asking whether it may be sent; the rate limit holds.
    pub(super) fn send_error_unchecked(&mut self, now: Instant, interface: usize, packet: &[u8], error: IcmpError) {
        let Some((from, to)) = addresses_of(packet) else { return };
        // RFC4443-2.4-6: errors are rate limited by a token bucket.
        if !self.limiter.allow(now) {
            return self.dropped(now, interface, DropReason::RateLimited);
        }
        let Ok(hop) = self.route(now, from, Some(interface)) else {
            return self.dropped(now, interface, DropReason::NoRoute);
        };
        let discovery = from.is_ipv6() && matches!(error, IcmpError::Redirect { .. });
        let own = Some(to).filter(|to| self.local.is_own(*to) && !to.is_multicast());
        let src = match own {
            // RFC 4861 4.5: a redirect comes from the interface's link-local address, with hop limit 255.
            _ if discovery => self.link_local(hop.interface),
            Some(own) => Some(own),
            None => self.source_for(hop.interface, from),
        };
        let Some(src) = src else { return };
        let protocol = if from.is_ipv4() { IpProtocol::ICMP } else { IpProtocol::ICMPV6 };
        // RFC1122-3.2.2-5: TOS 0.
        let envelope = Envelope::new(src, from, protocol, if discovery { 255 } else { self.default_ttl });
        let faults = self.faults;
        let _ =
            self.send(now, hop, Queue::Control, &envelope, |out| build_error(faults, &error, src, from, packet, out));
    }
}

impl Network {
    /// The link-local IPv6 address of an interface.
    fn link_local(&self, interface: usize) -> Option<IpAddr> {
        let is_link_local = |addr: IpAddr| matches!(addr, IpAddr::V6(addr) if addr.is_unicast_link_local());
        self.local.iter().find(|own| own.interface == interface && is_link_local(own.addr)).map(|own| own.addr)
    }
}

/// Source and destination of an IP packet of either version.
pub(super) fn addresses_of(packet: &[u8]) -> Option<(IpAddr, IpAddr)> {
    let v4 = |at: usize| Some(IpAddr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
    let v6 = |at: usize| Some(IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(packet.get(at..at + 16)?).ok()?)));
    match packet.first()? >> 4 {
        4 => Some((v4(12)?, v4(16)?)),
        6 => Some((v6(8)?, v6(24)?)),
        _ => None,
    }
}
