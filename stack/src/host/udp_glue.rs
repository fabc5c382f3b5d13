//! UDP between IP and sockets: which socket a datagram is for, port unreachable, errors to sockets, sending.
//!
//! Read first: RFC 768, RFC 1122 4.1.

use core::net::{IpAddr, SocketAddr};

use super::Host;
use super::ingress::Arrived;
use super::output::{Envelope, Queue};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::icmp::{ReceivedError, ReceivedKind};
use crate::ip::{Cast, IcmpError, Unreachable};
use crate::udp::{Arrival, Datagram, input};
use crate::wire::ip::{IpProtocol, PseudoHeader};
use crate::wire::ipv4::Ipv4Options;
use crate::wire::udp::UdpRepr;

/// The largest UDP payload over IPv4: 65535 octets less IP and UDP header.
const MAX_PAYLOAD_V4: usize = 65_507;
/// The same over IPv6, whose length field leaves the IP header out.
const MAX_PAYLOAD_V6: usize = 65_527;

impl Host {
    pub(super) fn udp_input(&mut self, arrived: &Arrived<'_>) {
        let (src, dst) = (arrived.datagram.src, arrived.datagram.dst);
        let Some(pseudo) = PseudoHeader::new(src, dst) else { return };
        let datagram = match input(&self.net.faults, pseudo, arrived.payload()) {
            Ok(datagram) => datagram,
            Err(reason) => return self.net.dropped(arrived.now, arrived.interface, reason),
        };
        let local = SocketAddr::new(dst, datagram.dst_port);
        let remote = SocketAddr::new(src, datagram.src_port);
        if arrived.datagram.cast == Cast::Unicast {
            match self.sockets.udp_ports.receiver(local, remote) {
                Some(slot) => self.udp_deliver(slot, arrived, &datagram),
                None => self.port_unreachable(arrived),
            }
            return;
        }
        let mut found = false;
        let mut next = 0;
        // Every socket that may hear a group hears it.
        loop {
            let receiver = self.sockets.udp_ports.receivers(local, remote).nth(next);
            let Some(slot) = receiver else { break };
            self.udp_deliver(slot, arrived, &datagram);
            found = true;
            next += 1;
        }
        if !found {
            self.port_unreachable(arrived);
        }
    }

    fn udp_deliver(&mut self, slot: u32, arrived: &Arrived<'_>, datagram: &Datagram<'_>) {
        let options = arrived.packet.get(arrived.datagram.options()).unwrap_or(&[]);
        let arrival = Arrival {
            from: SocketAddr::new(arrived.datagram.src, datagram.src_port),
            to: SocketAddr::new(arrived.datagram.dst, datagram.dst_port),
            interface: arrived.interface,
            ttl: arrived.datagram.hop_limit,
            tos: (arrived.datagram.dscp << 2) | arrived.datagram.ecn.bits(),
            options: Ipv4Options::from_bytes(options).unwrap_or(Ipv4Options::EMPTY),
        };
        let Some(entry) = self.sockets.udp_mut(slot) else { return };
        if entry.socket.read_closed {
            return;
        }
        if let Err(reason) = entry.socket.deliver(datagram.payload, arrival) {
            self.net.dropped(arrived.now, arrived.interface, reason);
        }
    }

    fn port_unreachable(&mut self, arrived: &Arrived<'_>) {
        self.net.dropped(arrived.now, arrived.interface, DropReason::PortUnreachable);
        let error = IcmpError::Unreachable(Unreachable::Port);
        // RFC1122-4.1.3.1-1: port unreachable is sent.
        if self.net.faults.has(Fault::NoPortUnreachable) {
            return;
        }
        // RFC1122-3.2.2-7: but never about a broadcast or multicast.
        if self.net.faults.has(Fault::PortUnreachableForBroadcast) && arrived.datagram.cast != Cast::Unicast {
            return self.net.send_error_unchecked(arrived.now, arrived.interface, arrived.packet, error);
        }
        self.net.send_error(arrived.now, arrived.interface, arrived.link, arrived.packet, error);
    }

    /// Reports an error to the connected socket that sent the datagram. False if there is none.
    // RFC1122-4.1.3.3-1: ICMP errors are passed up.
    pub(super) fn udp_icmp_error(&mut self, local: SocketAddr, remote: SocketAddr, error: &ReceivedError) -> bool {
        if self.net.faults.has(Fault::UdpIcmpErrorsSwallowed) || error.kind == ReceivedKind::SourceQuench {
            return false;
        }
        let Some(slot) = self.sockets.udp_ports.receiver(local, remote) else { return false };
        let Some(entry) = self.sockets.udp_mut(slot) else { return false };
        // Without `connect` nobody could tell which of the datagrams it was about.
        if entry.socket.peer == Some(remote) {
            entry.socket.set_error(error.errno);
        }
        true
    }

    /// Sends one datagram from the socket in `slot`, which is bound.
    pub(super) fn udp_send(&mut self, slot: u32, data: &[u8], to: SocketAddr) -> Result<usize, Errno> {
        let now = self.now;
        let Some(entry) = self.sockets.udp_mut(slot) else { return Err(Errno::BadSocket) };
        let (options, hint) = (entry.options, entry.interface);
        let local = entry.socket.local.ok_or(Errno::Invalid)?;
        if to.port() == 0 {
            return Err(Errno::Invalid);
        }
        let limit = if to.is_ipv4() { MAX_PAYLOAD_V4 } else { MAX_PAYLOAD_V6 };
        if data.len() > limit {
            return Err(Errno::MessageSize);
        }
        if self.net.is_broadcast(to.ip()) && !options.broadcast {
            return Err(Errno::AccessDenied);
        }
        let hint = hint.or_else(|| self.net.interface_of(local.ip()));
        let hop = self.net.route(now, to.ip(), hint)?;
        // RFC1122-4.1.3.6-2: only a source address of ours.
        let src = match local.ip() {
            ip if ip.is_unspecified() || ip.is_multicast() => {
                self.net.source_for(hop.interface, to.ip()).ok_or(Errno::AddressNotAvailable)?
            }
            ip => ip,
        };
        let mut envelope = Envelope::new(src, to.ip(), IpProtocol::UDP, self.net.ttl_for(&options, to.ip()));
        envelope.tos = self.net.tos_for(&options);
        if let (IpAddr::V6(src), IpAddr::V6(dst)) = (src, to.ip()) {
            let ports = (u32::from(local.port()) << 16) | u32::from(to.port());
            envelope.flow_label = self.net.flow_label(src, dst, ports);
        }
        let header = UdpRepr { src_port: local.port(), dst_port: to.port() };
        let pseudo = PseudoHeader::new(src, to.ip()).ok_or(Errno::AddressFamilyNotSupported)?;
        // RFC1122-4.1.3.4-4: the checksum is made unless the application says otherwise, and it cannot.
        let result =
            self.net.send(now, hop, Queue::Datagram, &envelope, |out| header.emit_with_payload(out, data, pseudo));
        match result {
            Ok(()) => Ok(data.len()),
            // The link's queue is full: try again.
            Err(Errno::NoBuffers) => Err(Errno::WouldBlock),
            Err(error) => Err(error),
        }
    }
}
