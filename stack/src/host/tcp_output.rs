//! Segments on their way out: straight into the caller's buffer behind ready-made Ethernet and IP headers.
//!
//! A connection remembers the headers of its packets ([`Path`]) for as long as nothing changed that they depend on:
//! the interface's generation says so. A packet then costs no look at routes or neighbours.

use core::net::IpAddr;

use super::network::{Hop, Network};
use super::output::{Envelope, Queue};
use super::sockets::{Role, TcpSocket};
use super::{Host, Transmit};
use crate::event::DropReason;
use crate::socket::options::SocketOptions;
use crate::tcp::{Emitted, FourTuple};
use crate::time::{Duration, Instant};
use crate::wire::checksum;
use crate::wire::ethernet::{EthernetFrame, HEADER_LEN, MacAddress};
use crate::wire::ip::IpProtocol;
use crate::wire::tcp::{TcpPacket, TcpRepr};

/// How long headers are used without asking the neighbour cache, which wants to know that the neighbour is in use.
const PATH_LIFE: Duration = Duration::from_secs(1);
/// Segments that one connection sends before the next one has its turn.
const BURST: u8 = 8;

/// The headers before every segment of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    /// Ethernet header and IPv4 or IPv6 header without options.
    header: [u8; HEADER_LEN + 40],
    header_len: u8,
    interface: u32,
    generation: u32,
    until: Instant,
    /// IPv4: the sum over the header without length, identification, TOS and checksum.
    partial: u32,
    tos: u8,
}

/// What became of a turn of a connection.
enum Turn {
    /// A frame is in the caller's buffer.
    Sent(Transmit),
    /// A segment was made and waits elsewhere, or was lost.
    Passed,
    /// There was nothing to send.
    Idle,
}

impl Path {
    /// Whether the headers still stand.
    #[inline]
    fn holds(&self, net: &Network, now: Instant) -> bool {
        now < self.until
            && net.interfaces.get(self.interface as usize).is_some_and(|it| it.generation == self.generation)
    }

    /// Writes the headers before a segment that stands behind them.
    #[inline]
    fn write(&self, out: &mut [u8], emitted: Emitted, identification: u16) {
        let header_len = usize::from(self.header_len);
        let (Some(header), Some(template)) = (out.get_mut(..header_len), self.header.get(..header_len)) else { return };
        header.copy_from_slice(template);
        let tos = self.tos | emitted.ecn.bits();
        let ip = &mut header[HEADER_LEN..];
        if ip.len() == 20 {
            let total = (20 + emitted.len) as u16;
            ip[1] = tos;
            ip[2..4].copy_from_slice(&total.to_be_bytes());
            ip[4..6].copy_from_slice(&identification.to_be_bytes());
            let sum = self.partial + u32::from(tos) + u32::from(total) + u32::from(identification);
            ip[10..12].copy_from_slice(&checksum::finish(sum).to_be_bytes());
        } else {
            ip[0] = 0x60 | (tos >> 4);
            ip[1] = (ip[1] & 0x0f) | (tos << 4);
            ip[4..6].copy_from_slice(&(emitted.len as u16).to_be_bytes());
        }
    }
}

impl Host {
    /// Gives the first connection of the ready queue its turn.
    pub(super) fn tcp_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        let slot = *self.sockets.ready.front()?;
        self.sockets.visits += 1;
        match self.tcp_turn(now, slot, out) {
            Turn::Idle => {
                self.sockets.ready.pop_front();
                self.burst = 0;
                self.rest(slot);
                None
            }
            turn => {
                self.burst += 1;
                if self.burst >= BURST {
                    self.burst = 0;
                    self.sockets.ready.rotate_left(1);
                }
                match turn {
                    Turn::Sent(transmit) => Some(transmit),
                    _ => None,
                }
            }
        }
    }

    fn tcp_turn(&mut self, now: Instant, slot: u32, out: &mut [u8]) -> Turn {
        let net = &mut self.net;
        let Some(socket) = self.sockets.tcp_mut(slot).filter(|socket| socket.queued) else { return Turn::Idle };
        if !socket.path.as_ref().is_some_and(|path| path.holds(net, now)) {
            match net.find_path(now, socket) {
                Ok(path) => socket.path = Some(path),
                Err(hop) => return net.send_slowly(now, socket, hop),
            }
        }
        let TcpSocket { path: Some(path), role: Role::Connected(connection), .. } = socket else { return Turn::Idle };
        let header_len = usize::from(path.header_len);
        let Some(room) = out.get_mut(header_len..) else { return Turn::Idle };
        match connection.poll_transmit(now, room) {
            Some(emitted) => {
                let identification = net.next_identification();
                path.write(out, emitted, identification);
                Turn::Sent(Transmit { interface: path.interface as usize, len: header_len + emitted.len })
            }
            None => Turn::Idle,
        }
    }

    /// A connection has nothing to send for now: its timer is set, its state looked at.
    fn rest(&mut self, slot: u32) {
        if let Some(socket) = self.sockets.tcp_mut(slot).filter(|socket| socket.queued) {
            socket.queued = false;
            let deadline = socket.connection().and_then(|connection| connection.poll_timeout());
            self.sockets.timers.arm(slot, deadline);
            self.review(slot);
        }
    }

    /// Sends a reset that belongs to no connection, or that a connection left behind.
    pub(super) fn send_reset(&mut self, now: Instant, tuple: &FourTuple, reply: &TcpRepr, hint: Option<usize>) {
        let (src, dst) = (tuple.local.ip(), tuple.remote.ip());
        let Ok(hop) = self.net.route(now, dst, hint) else {
            return self.net.dropped(now, hint.unwrap_or(0), DropReason::NoRoute);
        };
        let mut envelope = Envelope::new(src, dst, IpProtocol::TCP, self.net.default_ttl);
        envelope.dont_fragment = true;
        let pseudo = crate::wire::ip::PseudoHeader::new(src, dst);
        let _ = self.net.send(now, hop, Queue::Control, &envelope, |out| {
            let out = out.get_mut(..reply.buffer_len())?;
            reply.emit(&mut TcpPacket::new_unchecked(out), pseudo?);
            Some(reply.buffer_len())
        });
    }
}

impl Network {
    /// The envelope of a connection's packets.
    fn tcp_envelope(&self, tuple: &FourTuple, options: &SocketOptions) -> Envelope {
        let (src, dst) = (tuple.local.ip(), tuple.remote.ip());
        let mut envelope = Envelope::new(src, dst, IpProtocol::TCP, self.ttl_for(options, dst));
        // RFC9293-MUST-48: the application sets the differentiated services field.
        envelope.tos = self.tos_for(options);
        // RFC 1191 3: path MTU discovery sets DF.
        envelope.dont_fragment = true;
        if let (IpAddr::V6(src), IpAddr::V6(dst)) = (src, dst) {
            let ports = (u32::from(tuple.local.port()) << 16) | u32::from(tuple.remote.port());
            envelope.flow_label = self.flow_label(src, dst, ports);
        }
        envelope
    }

    /// Makes the headers for a connection. `Err` if they cannot be remembered: the neighbour is not known, the peer is
    /// this host (the hop says so), or there is no way (`None`).
    fn find_path(&mut self, now: Instant, socket: &mut TcpSocket) -> Result<Path, Option<Hop>> {
        let Some(tuple) = socket.connection().map(|connection| *connection.tuple()) else { return Err(None) };
        let hint = socket.interface.or_else(|| self.interface_of(tuple.local.ip()));
        let hop = self.route(now, tuple.remote.ip(), hint).map_err(|_| None)?;
        if hop.local {
            return Err(Some(hop));
        }
        self.exchange_news(now, hop, socket);
        let mac = self.link_destination(now, hop).ok_or(Some(hop))?;
        Ok(self.path_over(now, hop, mac, &tuple, &socket.options))
    }

    /// What the connection tells the layers below and they tell it, each time it looks up its way: that the neighbour
    /// is alive, and how large packets may be.
    fn exchange_news(&mut self, now: Instant, hop: Hop, socket: &mut TcpSocket) {
        let path_mtu = socket.connection().map(|it| self.pmtu.get(now, it.tuple().remote.ip(), hop.mtu));
        let (known, progress) = (socket.path_mtu, socket.progress);
        let Some(connection) = socket.connection_mut() else { return };
        // RFC1191-3-5: an old estimate goes away, and larger packets are tried again.
        if let Some(mtu) = path_mtu.filter(|mtu| known != 0 && *mtu != known) {
            connection.set_mtu(now, mtu);
        }
        let info = connection.info();
        socket.path_mtu = path_mtu.unwrap_or(known);
        socket.progress = info.acked + info.received;
        // RFC 4861 7.3.1: progress of the connection proves that the neighbour is reachable.
        if socket.progress > progress
            && let Some(interface) = self.interfaces.get_mut(hop.interface)
        {
            interface.neighbors.confirm(now, hop.next_hop);
        }
    }

    fn path_over(&self, now: Instant, hop: Hop, mac: MacAddress, tuple: &FourTuple, options: &SocketOptions) -> Path {
        let envelope = self.tcp_envelope(tuple, options);
        let header_len = HEADER_LEN + envelope.header_len();
        let mut header = [0; HEADER_LEN + 40];
        envelope.emit(&mut header[HEADER_LEN..], 0, 0);
        self.put_header(hop.interface, mac, &mut header);
        debug_assert_eq!(EthernetFrame::new_unchecked(&header[..]).dst(), mac);
        let mut sum = header;
        // What changes from packet to packet does not count yet.
        sum[HEADER_LEN + 1..HEADER_LEN + 6].fill(0);
        sum[HEADER_LEN + 10..HEADER_LEN + 12].fill(0);
        Path {
            header,
            header_len: header_len as u8,
            interface: hop.interface as u32,
            generation: self.interfaces.get(hop.interface).map_or(0, |it| it.generation),
            until: now + PATH_LIFE,
            partial: checksum::sum(&sum[HEADER_LEN..HEADER_LEN + 20]),
            tos: envelope.tos & 0xfc,
        }
    }

    /// Makes one segment whose way is not ready-made: to ourselves, to a neighbour that is not known yet, or to nowhere.
    fn send_slowly(&mut self, now: Instant, socket: &mut TcpSocket, hop: Option<Hop>) -> Turn {
        let options = socket.options;
        let Some(connection) = socket.connection_mut() else { return Turn::Idle };
        let mut envelope = self.tcp_envelope(connection.tuple(), &options);
        let mut scratch = core::mem::take(&mut self.scratch);
        let header_len = envelope.header_len();
        let start = HEADER_LEN + header_len;
        let emitted = scratch.get_mut(start..).and_then(|room| connection.poll_transmit(now, room));
        if let (Some(emitted), Some(frame)) = (emitted, scratch.get_mut(HEADER_LEN..)) {
            envelope.tos |= emitted.ecn.bits();
            let identification = self.next_identification();
            envelope.emit(frame, emitted.len, identification);
            let packet = frame.get(..header_len + emitted.len).unwrap_or(&[]);
            // What stops it was recorded where it happened.
            let _ = match hop {
                Some(hop) if hop.local => self.loop_back(now, hop.interface, packet),
                Some(hop) => self.wait_for_neighbor(now, hop, packet),
                None => {
                    self.dropped(now, socket.interface.unwrap_or(0), DropReason::NoRoute);
                    Ok(())
                }
            };
        }
        self.scratch = scratch;
        if emitted.is_some() { Turn::Passed } else { Turn::Idle }
    }
}
