//! The way out: who may send next, and the timers below the sockets.

use core::net::{IpAddr, Ipv6Addr};

use super::network::{Hop, Network, SCRATCH};
use super::output::{Envelope, Queue, addresses_of};
use super::{Host, Transmit};
use crate::event::DropReason;
use crate::igmp::{ROUTER_ALERT_V4, ROUTER_ALERT_V6};
use crate::ip::address::{Scope, scope, solicited_node};
use crate::ip::{Cast, IcmpError, Unreachable};
use crate::storage::FrameQueue;
use crate::time::{Duration, Instant};
use crate::wire::ethernet::HEADER_LEN;
use crate::wire::icmpv6::Icmpv6Packet;
use crate::wire::ip::{IpProtocol, PseudoHeader};
use crate::wire::ipv4::Ipv4Options;
use crate::wire::ndp::{NdpOptions, NdpRepr};

impl Host {
    /// Writes the next frame that wants to leave to the start of `out`, which must hold [`Self::max_frame_len`] octets.
    /// `None` means that nothing wants to leave; then [`Self::poll_timeout`] is later than `now`.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        let now = self.tick(now);
        self.expire(now);
        loop {
            if self.net.is_quiet() {
                if self.sockets.ready.is_empty() {
                    break;
                }
                if let Some(transmit) = self.tcp_transmit(now, out) {
                    return Some(transmit);
                }
                continue;
            }
            if let Some(transmit) = pop(&mut self.net.control, out) {
                return Some(transmit);
            }
            if !self.net.loopback.is_empty() {
                self.take_loopback(now);
                continue;
            }
            if self.net.busy && self.net.collect(now) {
                continue;
            }
            if let Some(transmit) = pop(&mut self.net.datagrams, out) {
                return Some(transmit);
            }
        }
        let sockets = &mut self.sockets;
        let table = &sockets.table;
        sockets.timers.settle(|slot| super::tcp_glue::deadline(table, slot));
        None
    }

    /// When something will want to happen by itself: a time that has passed if something waits to be sent now, `None` if
    /// nothing is under way at all.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let net = &self.net;
        if !net.is_quiet() || !self.sockets.ready.is_empty() {
            return Some(self.now);
        }
        let connections = self.sockets.timers.first().map(|(at, _)| at);
        [connections, net.deadline].into_iter().flatten().min()
    }

    /// Lets time pass: whatever is due becomes ready to be sent.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.tick(now);
        self.expire(now);
    }

    fn expire(&mut self, now: Instant) {
        if self.net.deadline.is_some_and(|deadline| deadline <= now) {
            self.net.handle_timeout(now);
        }
        self.expire_connections(now);
    }

    /// Takes in one packet that we sent to ourselves.
    fn take_loopback(&mut self, now: Instant) {
        let mut queue = core::mem::replace(&mut self.net.loopback, FrameQueue::new(0, 0));
        let mut packet = core::mem::take(&mut self.net.loop_packet);
        packet.clear();
        let mut interface = 0;
        if let Some((tag, bytes)) = queue.front() {
            packet.extend_from_slice(bytes);
            interface = tag as usize;
        }
        queue.pop();
        self.net.loopback = queue;
        self.ip_input(now, interface, Cast::Unicast, &packet);
        self.net.loop_packet = packet;
    }
}

/// Moves the oldest frame of a queue into the caller's buffer. A frame that does not fit is lost.
fn pop(queue: &mut FrameQueue, out: &mut [u8]) -> Option<Transmit> {
    while let Some((tag, frame)) = queue.front() {
        let len = frame.len();
        let fits = out.get_mut(..len).map(|space| space.copy_from_slice(frame)).is_some();
        queue.pop();
        if fits {
            return Some(Transmit { interface: tag as usize, len });
        }
    }
    None
}

impl Network {
    /// Whether nothing below the sockets wants anything.
    #[inline]
    fn is_quiet(&self) -> bool {
        !self.busy && self.control.is_empty() && self.datagrams.is_empty() && self.loopback.is_empty()
    }

    /// Gets one thing that neighbour caches, membership machines or address detection want to send into a queue. False if
    /// there was nothing; then the timers are known again.
    fn collect(&mut self, now: Instant) -> bool {
        for index in 0..self.interfaces.len() {
            if self.collect_neighbors(now, index)
                || self.collect_unreachable(now, index)
                || self.collect_igmp(now, index)
                || self.collect_mld(now, index)
                || self.collect_detection(now, index)
            {
                return true;
            }
        }
        self.busy = false;
        let interfaces = self.interfaces.iter().filter_map(|it| it.poll_timeout()).min();
        self.deadline = [interfaces, self.reassembler.poll_timeout()].into_iter().flatten().min();
        // What arrived since the last poll may be due by now.
        let due = self.deadline.is_some_and(|deadline| deadline <= now);
        if due {
            self.handle_timeout(now);
        }
        due
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.busy = true;
        for interface in &mut self.interfaces {
            interface.handle_timeout(now);
            interface.generation = interface.generation.wrapping_add(1);
        }
        while let Some(expired) = self.reassembler.handle_timeout(now) {
            self.dropped(now, expired.interface, DropReason::ReassemblyTimeout);
            // RFC1122-3.3.2-5: the sender is told, if the first fragment came.
            if let Some(first) = expired.first {
                let error = IcmpError::ReassemblyTimeExceeded;
                self.send_error(now, expired.interface, first.link, &first, error);
                self.reassembler.recycle(first);
            }
        }
    }

    fn collect_neighbors(&mut self, now: Instant, index: usize) -> bool {
        let mut scratch = core::mem::take(&mut self.scratch);
        scratch.resize(SCRATCH, 0);
        let Some(interface) = self.interfaces.get_mut(index) else { return false };
        let mtu = interface.mtu;
        let len = interface.neighbors.poll_transmit(now, &mut scratch);
        let mut found = false;
        if let Some(frame) = len.and_then(|len| scratch.get_mut(..len)) {
            found = true;
            let next_hop = frame.get(HEADER_LEN..).and_then(addresses_of).map(|(_, dst)| dst);
            match next_hop {
                // A packet that had waited in one piece and is larger than the link.
                Some(dst) if frame.len() > HEADER_LEN + mtu => {
                    if let Ok(hop) = self.route(now, dst, Some(index)) {
                        let _ = self.forward_frame(now, Hop { interface: index, ..hop }, Queue::Datagram, frame);
                    }
                }
                _ => {
                    if let Some(space) = self.control.push(index as u32, frame.len()) {
                        space.copy_from_slice(frame);
                    } else {
                        self.dropped(now, index, DropReason::ControlQueueFull);
                    }
                }
            }
        }
        self.scratch = scratch;
        found
    }

    /// Packets whose neighbour stayed silent: their senders are told.
    fn collect_unreachable(&mut self, now: Instant, index: usize) -> bool {
        let Some(unresolved) = self.interfaces.get_mut(index).and_then(|it| it.neighbors.poll_unreachable()) else {
            return false;
        };
        self.dropped(now, index, DropReason::NeighborUnresolved);
        self.gateway_is_silent(now, unresolved.next_hop);
        let error = IcmpError::Unreachable(Unreachable::Host);
        let own = addresses_of(&unresolved.packet).is_some_and(|(src, _)| self.local.is_own(src));
        if own {
            self.tell_ourselves(now, index, &unresolved.packet, error);
        } else {
            self.send_error(now, index, Cast::Unicast, &unresolved.packet, error);
        }
        if let Some(interface) = self.interfaces.get_mut(index) {
            interface.neighbors.recycle(unresolved.packet);
        }
        true
    }

    /// Our own packet did not get out: the error goes the way that one from a router would go.
    fn tell_ourselves(&mut self, now: Instant, interface: usize, packet: &[u8], error: IcmpError) {
        let Some((own, _)) = addresses_of(packet) else { return };
        let protocol = if own.is_ipv4() { IpProtocol::ICMP } else { IpProtocol::ICMPV6 };
        let envelope = Envelope::new(own, own, protocol, self.default_ttl);
        let hop = Hop { interface, next_hop: own, mtu: usize::MAX, local: true };
        let faults = self.faults;
        let _ = self.send(now, hop, Queue::Control, &envelope, |out| {
            crate::icmp::build_error(faults, &error, own, own, packet, out)
        });
    }

    fn collect_igmp(&mut self, now: Instant, index: usize) -> bool {
        let mut message = core::mem::take(&mut self.reply);
        let report = self.interfaces.get_mut(index).and_then(|it| it.igmp.poll_transmit(now, &mut message));
        if let Some(report) = report {
            let v4 = self.local.of_interface(index).map(|own| own.addr).find(|addr| addr.is_ipv4());
            if let Some(src) = v4 {
                let mut envelope = Envelope::new(src, report.dst.into(), IpProtocol::IGMP, 1);
                envelope.options = Ipv4Options::from_bytes(&ROUTER_ALERT_V4).unwrap_or(Ipv4Options::EMPTY);
                // RFC 3376 4: precedence "internetwork control".
                envelope.tos = 0xc0;
                self.send_report(now, index, &envelope, message.get(..report.len).unwrap_or(&[]));
            }
        }
        self.reply = message;
        report.is_some()
    }

    fn collect_mld(&mut self, now: Instant, index: usize) -> bool {
        let mut message = core::mem::take(&mut self.reply);
        let is_link_local = |addr: &IpAddr| addr.is_ipv6() && scope(*addr) == Scope::LinkLocal && !addr.is_loopback();
        let source = self.local.of_interface(index).map(|own| own.addr).find(is_link_local);
        let source = match source {
            Some(IpAddr::V6(source)) => source,
            _ => Ipv6Addr::UNSPECIFIED,
        };
        let report = self.interfaces.get_mut(index).and_then(|it| it.mld.poll_transmit(now, source, &mut message));
        if let Some(report) = report {
            let mut envelope = Envelope::new(source.into(), report.dst.into(), IpProtocol::ICMPV6, 1);
            envelope.hop_by_hop = Some(ROUTER_ALERT_V6);
            self.send_report(now, index, &envelope, message.get(..report.len).unwrap_or(&[]));
        }
        self.reply = message;
        report.is_some()
    }

    fn send_report(&mut self, now: Instant, index: usize, envelope: &Envelope, message: &[u8]) {
        let hop = self.group_hop(index, envelope.dst);
        let _ = self.send(now, hop, Queue::Control, envelope, |out| {
            out.get_mut(..message.len())?.copy_from_slice(message);
            Some(message.len())
        });
    }

    /// Duplicate address detection: one solicitation, then a second of silence makes the address ours (RFC 4862 5.4).
    fn collect_detection(&mut self, now: Instant, index: usize) -> bool {
        let Some(interface) = self.interfaces.get_mut(index) else { return false };
        let Some(place) = interface.tentative.iter().position(|it| it.due <= now) else { return false };
        let tentative = &mut interface.tentative[place];
        if tentative.asked {
            interface.tentative.remove(place);
            return true;
        }
        tentative.asked = true;
        // RetransTimer, RFC 4861 10.
        tentative.due = now + Duration::from_secs(1);
        let target = tentative.address;
        let group = solicited_node(target);
        // RFC 4862 5.4.2: from the unspecified address, without a source link-layer option, to the solicited-node group.
        let envelope = Envelope::new(Ipv6Addr::UNSPECIFIED.into(), group.into(), IpProtocol::ICMPV6, 255);
        let hop = self.group_hop(index, group.into());
        let _ = self.send(now, hop, Queue::Control, &envelope, |out| {
            let message = NdpRepr::NeighborSolicitation { target, options: NdpOptions(&[]) };
            let out = out.get_mut(..message.buffer_len())?;
            let pseudo = PseudoHeader::v6(Ipv6Addr::UNSPECIFIED, group);
            message.emit(&mut Icmpv6Packet::new_unchecked(out), pseudo);
            Some(message.buffer_len())
        });
        true
    }
}
