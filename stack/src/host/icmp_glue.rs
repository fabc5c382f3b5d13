//! ICMP for both families: echo, errors to the transports, redirects, neighbour and listener discovery.
//!
//! Read first: RFC 792, RFC 1122 3.2.2, RFC 4443, RFC 4861, RFC 5927.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::ingress::Arrived;
use super::network::{Hop, Network};
use super::output::{Envelope, Queue};
use super::{EchoReply, Host};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::icmp::{IcmpConfig, Input, ReceivedError, ReceivedKind, Severity, input_v4, input_v6};
use crate::ip::options::{for_reply, reply_destination};
use crate::neighbor::{NdEvent, NdHeader, Ownership};
use crate::route::{Prefix, Route};
use crate::tcp::{FourTuple, IcmpEvent};
use crate::time::Instant;
use crate::wire::icmpv4::{Icmpv4Packet, Icmpv4Repr};
use crate::wire::icmpv6::{Icmpv6Packet, Icmpv6Repr};
use crate::wire::ip::{IpProtocol, PseudoHeader};
use crate::wire::ipv4::Ipv4Options;

/// Echo replies kept until they are read.
const ECHO_REPLIES: usize = 64;

impl Host {
    /// Sends an echo request. The answer comes out of [`Self::echo_reply`].
    // RFC1122-3.2.2.6-2: a host has an echo client.
    ///
    /// # Errors
    ///
    /// `NetworkUnreachable` and `HostUnreachable` without a way to `dst`, `AddressNotAvailable` without a source address,
    /// `MessageSize`, `NoBuffers`.
    pub fn send_echo_request(
        &mut self,
        now: Instant,
        dst: IpAddr,
        id: u16,
        seq: u16,
        data: &[u8],
    ) -> Result<(), Errno> {
        let now = self.tick(now);
        let hop = self.net.route(now, dst, None)?;
        let src = self.net.source_for(hop.interface, dst).ok_or(Errno::AddressNotAvailable)?;
        let protocol = if dst.is_ipv4() { IpProtocol::ICMP } else { IpProtocol::ICMPV6 };
        let envelope = Envelope::new(src, dst, protocol, self.net.default_ttl);
        if data.len() + 8 + envelope.header_len() > 65_535 {
            return Err(Errno::MessageSize);
        }
        self.net.send(now, hop, Queue::Datagram, &envelope, |out| match (src, dst) {
            (IpAddr::V4(_), _) => {
                let message = Icmpv4Repr::EchoRequest { identifier: id, sequence: seq, data };
                let out = out.get_mut(..message.buffer_len())?;
                message.emit(&mut Icmpv4Packet::new_unchecked(out));
                Some(message.buffer_len())
            }
            (src, dst) => {
                let message = Icmpv6Repr::EchoRequest { identifier: id, sequence: seq, data };
                let out = out.get_mut(..message.buffer_len())?;
                message.emit(&mut Icmpv6Packet::new_unchecked(out), PseudoHeader::new(src, dst)?);
                Some(message.buffer_len())
            }
        })
    }

    /// The oldest answer to an echo request that was not read yet.
    pub fn echo_reply(&mut self) -> Option<EchoReply> {
        self.echo_replies.pop_front()
    }

    pub(super) fn icmp_input(&mut self, arrived: &Arrived<'_>) {
        let (IpAddr::V4(src), IpAddr::V4(dst)) = (arrived.datagram.src, arrived.datagram.dst) else { return };
        let config = self.net.icmp_config();
        let mut buffer = core::mem::take(&mut self.net.reply);
        match input_v4(&config, arrived.now, src, arrived.datagram.cast, arrived.payload(), &mut buffer) {
            Input::Reply { len } => {
                let options = arrived.packet.get(arrived.datagram.options()).unwrap_or(&[]);
                let reply = buffer.get(..len).unwrap_or(&[]);
                self.net.reply_v4(arrived, src, dst, options, reply);
            }
            Input::Redirect { gateway, destination } => self.net.redirect(arrived, gateway, destination),
            other => self.icmp_news(arrived, other),
        }
        self.net.reply = buffer;
    }

    pub(super) fn icmpv6_input(&mut self, arrived: &Arrived<'_>) {
        let (IpAddr::V6(src), IpAddr::V6(dst)) = (arrived.datagram.src, arrived.datagram.dst) else { return };
        // RFC4443-4.2-3: a reply comes from the address that was asked, or from one of ours if that was a group.
        let own = Some(IpAddr::V6(dst)).filter(|dst| !dst.is_multicast());
        let own = own.or_else(|| self.net.source_for(arrived.interface, arrived.datagram.src));
        let Some(IpAddr::V6(reply_src)) = own.or(Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED))) else { return };
        let config = self.net.icmp_config();
        let mut buffer = core::mem::take(&mut self.net.reply);
        match input_v6(&config, src, dst, reply_src, arrived.payload(), &mut buffer) {
            Input::Reply { len } => {
                self.net.reply_v6(arrived, reply_src, src, buffer.get(..len).unwrap_or(&[]));
            }
            Input::NeighborDiscovery => self.net.nd_input(arrived, src, dst),
            Input::ListenerDiscovery => self.net.mld_input(arrived, src, dst),
            other => self.icmp_news(arrived, other),
        }
        self.net.reply = buffer;
    }

    /// What both versions have in common.
    fn icmp_news(&mut self, arrived: &Arrived<'_>, input: Input) {
        match input {
            // RFC1122-3.2.2.6-7: the reply goes to whoever asked.
            Input::EchoReply { id, seq } => {
                if self.echo_replies.len() >= ECHO_REPLIES {
                    self.echo_replies.pop_front();
                }
                self.echo_replies.push_back(EchoReply { at: arrived.now, from: arrived.datagram.src, id, seq });
            }
            Input::Error(error) => self.icmp_error(arrived, &error),
            Input::Drop(reason) => self.net.dropped(arrived.now, arrived.interface, reason),
            _ => self.net.dropped(arrived.now, arrived.interface, DropReason::IcmpIgnored),
        }
    }

    /// Tells the transport whose packet an error is about.
    // RFC1122-3.2.2-4: errors are demultiplexed to the transport by the quoted header.
    fn icmp_error(&mut self, arrived: &Arrived<'_>, error: &ReceivedError) {
        let quoted = &error.quoted;
        let ends = quoted
            .src_port
            .zip(quoted.dst_port)
            .map(|(src, dst)| (SocketAddr::new(quoted.src, src), SocketAddr::new(quoted.dst, dst)));
        let taken = match ends {
            _ if !self.net.local.is_own(quoted.src) => false,
            Some((local, remote)) if quoted.protocol == IpProtocol::TCP => {
                self.tcp_icmp_error(arrived.now, FourTuple::new(local, remote), error)
            }
            Some((local, remote)) if quoted.protocol == IpProtocol::UDP => self.udp_icmp_error(local, remote, error),
            _ => quoted.protocol == IpProtocol::ICMP || quoted.protocol == IpProtocol::ICMPV6,
        };
        if !taken {
            return self.net.dropped(arrived.now, arrived.interface, DropReason::IcmpIgnored);
        }
        if let ReceivedKind::PacketTooBig { mtu } = error.kind
            && let Ok(hop) = self.net.route(arrived.now, quoted.dst, Some(arrived.interface))
        {
            let learnt = self.net.pmtu.update(arrived.now, quoted.dst, mtu as usize, quoted.packet_len, hop.mtu);
            if learnt.is_some() {
                self.net.paths_changed();
            }
        }
    }

    /// An error about a segment: checked against the window of the connection by the connection itself.
    fn tcp_icmp_error(&mut self, now: Instant, tuple: FourTuple, error: &ReceivedError) -> bool {
        let Some((slot, seq)) = self.sockets.find(&tuple).zip(error.quoted.seq) else { return false };
        let event = match (error.kind, error.severity) {
            (ReceivedKind::PacketTooBig { mtu }, _) => IcmpEvent::PacketTooBig { mtu: mtu as usize },
            // RFC9293-MUST-55: source quench is discarded in silence.
            (ReceivedKind::SourceQuench, _) => return false,
            (_, Severity::Soft) => IcmpEvent::Soft(error.errno),
            (_, Severity::Hard) => IcmpEvent::Hard(error.errno),
        };
        self.sockets.visits += 1;
        let connection = self.sockets.tcp_mut(slot).and_then(|socket| socket.connection_mut());
        let taken = connection.is_some_and(|connection| connection.handle_icmp(now, event, seq).is_none());
        self.after_tcp(slot);
        taken
    }
}

impl Network {
    const fn icmp_config(&self) -> IcmpConfig {
        IcmpConfig {
            echo_multicast_v4: self.echo_to_groups.0,
            echo_multicast_v6: self.echo_to_groups.1,
            timestamp: true,
            faults: self.faults,
        }
    }

    fn reply_v4(&mut self, arrived: &Arrived<'_>, src: Ipv4Addr, dst: Ipv4Addr, options: &[u8], reply: &[u8]) {
        let options = if self.faults.has(Fault::EchoOptionsLost) { &[] } else { options };
        // RFC1122-3.2.2.6-9: a reply to a source-routed request goes back by the same stops.
        let first = reply_destination(options, src);
        let Ok(hop) = self.route(arrived.now, IpAddr::V4(first), Some(arrived.interface)) else {
            return self.dropped(arrived.now, arrived.interface, DropReason::NoRoute);
        };
        // RFC1122-3.2.2.6-5: the source of a reply is the specific-destination address.
        let own = Some(IpAddr::V4(dst)).filter(|dst| self.local.is_own(*dst));
        let own = own.or_else(|| self.source_for(arrived.interface, IpAddr::V4(src)));
        let Some(IpAddr::V4(own)) = own else { return };
        let mut envelope = Envelope::new(own.into(), first.into(), IpProtocol::ICMP, self.default_ttl);
        envelope.tos = arrived.datagram.dscp << 2;
        let mut area = [0; 40];
        let len = for_reply(options, own, src, arrived.now, &mut area).min(area.len());
        envelope.options = Ipv4Options::from_bytes(&area[..len]).unwrap_or(Ipv4Options::EMPTY);
        // What stops it was recorded where it happened.
        let _ = self.send(arrived.now, hop, Queue::Control, &envelope, |out| copy(reply, out));
    }

    fn reply_v6(&mut self, arrived: &Arrived<'_>, own: Ipv6Addr, dst: Ipv6Addr, reply: &[u8]) {
        let Ok(hop) = self.route(arrived.now, IpAddr::V6(dst), Some(arrived.interface)) else {
            return self.dropped(arrived.now, arrived.interface, DropReason::NoRoute);
        };
        let mut envelope = Envelope::new(own.into(), dst.into(), IpProtocol::ICMPV6, self.default_ttl);
        envelope.tos = arrived.datagram.dscp << 2;
        let _ = self.send(arrived.now, hop, Queue::Control, &envelope, |out| copy(reply, out));
    }

    /// Takes a redirect into the routes if it came from the current first hop and names a neighbour
    /// (RFC 1122 3.2.2.2, RFC 4861 8.1).
    fn redirect(&mut self, arrived: &Arrived<'_>, gateway: IpAddr, destination: IpAddr) {
        let legal = self
            .route(arrived.now, destination, Some(arrived.interface))
            .is_ok_and(|hop| !hop.local && hop.next_hop == arrived.datagram.src && hop.interface == arrived.interface);
        // RFC1122-3.2.2.2-4: illegal ones are discarded.
        let link_local = matches!(gateway, IpAddr::V6(gateway) if gateway.is_unicast_link_local());
        let near = link_local || gateway == destination || self.local.is_on_link(arrived.interface, gateway);
        if !legal || !near || self.local.is_own(gateway) || self.faults.has(Fault::RedirectIgnored) {
            return self.dropped(arrived.now, arrived.interface, DropReason::IcmpIgnored);
        }
        // RFC1122-3.2.2.2-3, RFC1122-3.3.1.2-2: host and network redirects alike give a route to the host.
        let prefix = Prefix::host(destination);
        let old: Vec<Route> = self.routes.iter().filter(|route| route.prefix == prefix).copied().collect();
        for route in old {
            self.routes.remove(&route);
        }
        let route = match gateway == destination {
            true => Route::on_link(prefix, arrived.interface),
            false => Route::via(prefix, gateway, arrived.interface),
        };
        // RFC1122-3.2.2.2-2: the route cache is updated. A full table keeps the old way.
        let _ = self.routes.insert(route);
        self.paths_changed();
    }

    fn nd_input(&mut self, arrived: &Arrived<'_>, src: Ipv6Addr, dst: Ipv6Addr) {
        self.busy = true;
        let interface = arrived.interface;
        let local = &self.local;
        let Some(entry) = self.interfaces.get_mut(interface) else { return };
        entry.generation = entry.generation.wrapping_add(1);
        let tentative = &entry.tentative;
        let owns = |address: Ipv6Addr| {
            if tentative.iter().any(|it| it.address == address) {
                Ownership::Tentative
            } else if local.is_on(interface, IpAddr::V6(address)) {
                Ownership::Unicast
            } else {
                Ownership::None
            }
        };
        let header = NdHeader { src, dst, hop_limit: arrived.datagram.hop_limit };
        match entry.neighbors.handle_nd(arrived.now, header, arrived.payload(), owns) {
            Ok(NdEvent::None | NdEvent::RouterAdvertisement) => {}
            // A router that became a host is no gateway any more (RFC 4861 7.2.5).
            Ok(NdEvent::RouterGone(router)) => self.gateway_is_silent(arrived.now, IpAddr::V6(router)),
            Ok(NdEvent::Duplicate(address)) => self.give_up_address(interface, address),
            Ok(NdEvent::Redirect { target, destination, .. }) => {
                self.redirect(arrived, IpAddr::V6(target), IpAddr::V6(destination));
            }
            Err(reason) => self.dropped(arrived.now, interface, reason),
        }
    }

    /// Someone else has this address (RFC 4862 5.4.5): we do not.
    fn give_up_address(&mut self, interface: usize, address: Ipv6Addr) {
        self.local.remove(interface, IpAddr::V6(address));
        if let Some(entry) = self.interfaces.get_mut(interface) {
            entry.tentative.retain(|it| it.address != address);
        }
    }

    fn mld_input(&mut self, arrived: &Arrived<'_>, src: Ipv6Addr, dst: Ipv6Addr) {
        self.busy = true;
        let Some(entry) = self.interfaces.get_mut(arrived.interface) else { return };
        let hop_limit = arrived.datagram.hop_limit;
        if let Some(reason) = entry.mld.handle_message(arrived.now, src, dst, hop_limit, arrived.payload()) {
            self.dropped(arrived.now, arrived.interface, reason);
        }
    }

    /// A hop straight to a group on a link.
    pub(super) fn group_hop(&self, interface: usize, group: IpAddr) -> Hop {
        let mtu = self.interfaces.get(interface).map_or(0, |it| it.mtu);
        Hop { interface, next_hop: group, mtu, local: false }
    }
}

fn copy(from: &[u8], to: &mut [u8]) -> Option<usize> {
    to.get_mut(..from.len())?.copy_from_slice(from);
    Some(from.len())
}
