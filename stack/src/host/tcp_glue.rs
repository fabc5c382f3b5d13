//! TCP between IP and sockets: which connection or listener a segment is for, resets, timers.
//!
//! Read first: RFC 9293 3.10.7.1 and 3.10.7.2, RFC 6191 (TIME-WAIT), RFC 4987 (SYN queues).

use core::net::SocketAddr;

use super::Host;
use super::ingress::Arrived;
use super::sockets::{Role, Socket, TcpSocket};
use crate::event::DropReason;
use crate::fault::Fault;
use crate::ip::Cast;
use crate::socket::table::Table;
use crate::tcp::{
    Connection, FourTuple, ListenDecision, Segment, closed_reply, initial_sequence_with, listen_decision,
};
use crate::time::Instant;
use crate::wire::ip::PseudoHeader;
use crate::wire::tcp::TcpPacket;

/// The true deadline of the connection in a slot.
pub(super) fn deadline(table: &Table<Socket>, slot: u32) -> Option<Instant> {
    match table.get(slot) {
        Some(Socket::Tcp(socket)) => socket.connection()?.poll_timeout(),
        _ => None,
    }
}

impl Host {
    pub(super) fn tcp_input(&mut self, arrived: &Arrived<'_>) {
        let (src, dst) = (arrived.datagram.src, arrived.datagram.dst);
        // RFC9293-MUST-57: segments to broadcast and multicast addresses are discarded in silence.
        if (arrived.datagram.cast != Cast::Unicast || arrived.link != Cast::Unicast)
            && !self.net.faults.has(Fault::SynToBroadcastAnswered)
        {
            return self.net.dropped(arrived.now, arrived.interface, DropReason::BadDestination);
        }
        // RFC9293-MUST-63: and those from invalid addresses, which IP has sorted out but for the unspecified one.
        if src.is_unspecified() {
            return self.net.dropped(arrived.now, arrived.interface, DropReason::BadSource);
        }
        let Some(pseudo) = PseudoHeader::new(src, dst) else { return };
        let Ok(packet) = TcpPacket::new_checked(arrived.payload()) else {
            return self.net.dropped(arrived.now, arrived.interface, DropReason::Malformed);
        };
        // RFC9293-MUST-3: the checksum is verified.
        if !packet.verify_checksum(pseudo) && !self.net.faults.has(Fault::TcpChecksumIgnored) {
            return self.net.dropped(arrived.now, arrived.interface, DropReason::BadChecksum);
        }
        if packet.reserved() != 0 && self.net.faults.has(Fault::ReservedBitsDropped) {
            return self.net.dropped(arrived.now, arrived.interface, DropReason::Malformed);
        }
        let segment = Segment {
            seq: packet.seq(),
            ack: packet.ack(),
            flags: packet.flags(),
            window: packet.window(),
            urgent: packet.urgent(),
            options: packet.decoded_options(),
            payload: packet.payload(),
            ecn: arrived.datagram.ecn,
        };
        let local = SocketAddr::new(dst, packet.dst_port());
        let remote = SocketAddr::new(src, packet.src_port());
        self.segment_input(arrived, &FourTuple::new(local, remote), &segment);
    }

    fn segment_input(&mut self, arrived: &Arrived<'_>, tuple: &FourTuple, segment: &Segment<'_>) {
        if let Some(slot) = self.sockets.find(tuple) {
            if !self.reopens(slot, tuple, segment) {
                return self.connection_input(arrived.now, arrived.interface, slot, segment);
            }
            // The old incarnation makes room for the new one.
            match self.sockets.tcp(slot) {
                Some(socket) if socket.orphan => self.sockets.discard(slot),
                _ => self.sockets.leave(slot),
            }
        }
        match self.sockets.tcp_ports.listener(tuple.local) {
            Some(listener) => self.listener_input(arrived, listener, tuple, segment),
            None => self.stray_segment(arrived, tuple, segment),
        }
    }

    /// A segment for no connection and no listener.
    fn stray_segment(&mut self, arrived: &Arrived<'_>, tuple: &FourTuple, segment: &Segment<'_>) {
        self.net.dropped(arrived.now, arrived.interface, DropReason::NoConnection);
        if let Some(mut reply) = closed_reply(segment, tuple, &self.net.faults) {
            if self.net.faults.has(Fault::ClosedPortRstWrongSeq) {
                reply.seq += 1;
            }
            self.send_reset(arrived.now, tuple, &reply, Some(arrived.interface));
        }
    }

    /// A segment for a connection.
    pub(super) fn connection_input(&mut self, now: Instant, interface: usize, slot: u32, segment: &Segment<'_>) {
        self.sockets.visits += 1;
        if self.waits_for_accept(slot, segment) {
            // No room for one more established connection: the SYN,ACK will be repeated, and so will this.
            return self.net.dropped(now, interface, DropReason::AcceptQueueFull);
        }
        let Some(socket) = self.sockets.tcp_mut(slot) else { return };
        let Some(connection) = socket.connection_mut() else { return };
        let outcome = connection.handle_segment(now, segment);
        let tuple = *connection.tuple();
        if outcome.dropped.is_none() && outcome.reply.is_none() && socket.queued && !socket.needs_review() {
            return;
        }
        if let Some(reason) = outcome.dropped {
            self.net.dropped(now, interface, reason);
        }
        if let Some(reply) = &outcome.reply {
            self.send_reset(now, &tuple, reply, Some(interface));
        }
        self.after_tcp(slot);
    }

    /// Whether a segment would complete a handshake for which the listener's accept queue has no room.
    #[inline]
    fn waits_for_accept(&mut self, slot: u32, segment: &Segment<'_>) -> bool {
        let Some(socket) = self.sockets.tcp(slot) else { return false };
        let Some(parent) = socket.parent else { return false };
        socket.connection().is_some_and(Connection::is_half_open)
            && !segment.flags.rst()
            && !segment.flags.syn()
            && self.sockets.listener_mut(parent).is_some_and(|listener| listener.accept_queue_full())
    }

    /// Whether a SYN for a connection in TIME-WAIT opens a new one at once (RFC 9293 3.6.1, RFC 6191).
    fn reopens(&self, slot: u32, tuple: &FourTuple, segment: &Segment<'_>) -> bool {
        let connection = self.sockets.tcp(slot).and_then(TcpSocket::connection);
        connection.is_some_and(|connection| connection.may_reuse_time_wait(segment))
            && self.sockets.tcp_ports.listener(tuple.local).is_some()
    }

    /// A segment for a listener.
    fn listener_input(&mut self, arrived: &Arrived<'_>, parent: u32, tuple: &FourTuple, segment: &Segment<'_>) {
        match listen_decision(segment, tuple, &self.net.faults) {
            ListenDecision::Drop(reason) => self.net.dropped(arrived.now, arrived.interface, reason),
            ListenDecision::Reset(reply) => {
                self.net.dropped(arrived.now, arrived.interface, DropReason::NoConnection);
                self.send_reset(arrived.now, tuple, &reply, Some(arrived.interface));
            }
            ListenDecision::Syn => self.handshake(arrived, parent, tuple, segment),
        }
    }

    /// A SYN for a listener: a connection in SYN-RECEIVED is made of it if both queues have room.
    fn handshake(&mut self, arrived: &Arrived<'_>, parent: u32, tuple: &FourTuple, segment: &Segment<'_>) {
        let refusal = self.sockets.listener_mut(parent).and_then(|listener| {
            if listener.accept_queue_full() {
                Some(DropReason::AcceptQueueFull)
            } else {
                listener.syn_queue_full().then_some(DropReason::SynQueueFull)
            }
        });
        if let Some(reason) = refusal {
            return self.net.dropped(arrived.now, arrived.interface, reason);
        }
        let mtu = self.net.connection_mtu(arrived.now, tuple.remote.ip(), Some(arrived.interface));
        let iss = initial_sequence_with(&self.net.faults, &self.sockets.isn_key, tuple, arrived.now);
        let Some(listener) = self.sockets.tcp(parent) else { return };
        let mut socket = TcpSocket::new(listener.family, listener.config.clone());
        socket.options = listener.options;
        socket.keep_alive = listener.keep_alive;
        socket.interface = Some(arrived.interface).filter(|_| is_link_local(tuple.remote));
        socket.parent = Some(parent);
        let config = socket.config.clone();
        // RFC9293-MUST-45: the connection's local address is the one that the SYN went to.
        let mut connection = Connection::accept(config, arrived.now, *tuple, iss, mtu, segment);
        if socket.keep_alive.0 {
            connection.set_keep_alive(arrived.now, Some(socket.keep_alive.1));
        }
        socket.role = Role::Connected(connection);
        let Ok(handle) = self.sockets.table.insert(Socket::Tcp(Box::new(socket))) else {
            return self.net.dropped(arrived.now, arrived.interface, DropReason::SynQueueFull);
        };
        if let Some(listener) = self.sockets.listener_mut(parent) {
            listener.begin(handle.slot());
        }
        self.sockets.enter(handle.slot());
    }

    /// After anything happened to a connection: it gets its turn to send, and its state is looked at.
    #[inline]
    pub(super) fn after_tcp(&mut self, slot: u32) {
        self.sockets.wake(slot);
        self.review(slot);
    }

    /// Looks at a connection if its state asks for it.
    #[inline]
    pub(super) fn review(&mut self, slot: u32) {
        if self.sockets.tcp(slot).is_some_and(TcpSocket::needs_review) {
            self.sockets.review(slot, self.net.limits.time_wait);
        }
    }

    /// Connections whose timer is due.
    pub(super) fn expire_connections(&mut self, now: Instant) {
        while let Some((at, slot)) = self.sockets.timers.first() {
            if at > now {
                return;
            }
            self.sockets.visits += 1;
            let connection = self.sockets.tcp_mut(slot).and_then(TcpSocket::connection_mut);
            let due = connection.as_ref().and_then(|connection| connection.poll_timeout());
            self.sockets.timers.disarm(slot);
            match (connection_due(due, now), self.sockets.tcp_mut(slot).and_then(TcpSocket::connection_mut)) {
                (true, Some(connection)) => {
                    connection.handle_timeout(now);
                    self.after_retransmission(now, slot);
                    self.after_tcp(slot);
                }
                // It had moved on since it was noted.
                _ => self.sockets.timers.arm(slot, due),
            }
        }
    }

    /// R1 was reached: IP looks for another way (RFC 9293 3.8.3).
    // RFC9293-MUST-20: negative advice about the first hop.
    fn after_retransmission(&mut self, now: Instant, slot: u32) {
        let Some(socket) = self.sockets.tcp_mut(slot) else { return };
        let interface = socket.interface;
        let Some(connection) = socket.connection_mut() else { return };
        if !connection.take_negative_advice() {
            return;
        }
        let remote = connection.tuple().remote.ip();
        if let Ok(hop) = self.net.route(now, remote, interface)
            && hop.next_hop != remote
        {
            self.net.gateway_is_silent(now, hop.next_hop);
        }
    }
}

fn connection_due(due: Option<Instant>, now: Instant) -> bool {
    due.is_some_and(|due| due <= now)
}

/// Whether an address means something on one link only.
pub(super) fn is_link_local(address: SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local())
}
