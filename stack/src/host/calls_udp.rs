//! The socket calls of UDP, and `connect` for both kinds (RFC 768, RFC 1122 4.1.4).

use core::net::SocketAddr;

use super::Host;
use super::calls::{peer_of, scope_of};
use crate::errno::Errno;
use crate::socket::SocketHandle;
use crate::time::Instant;
use crate::udp::Received;

impl Host {
    /// `connect(2)`. TCP begins the handshake and answers `InProgress`; called again it tells how it went. UDP remembers
    /// the peer: only its datagrams are heard from then on.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `AddressFamilyNotSupported`; `NetworkUnreachable` and `HostUnreachable` without a way;
    /// `AddressNotAvailable`; `AccessDenied` for a broadcast address without permission (UDP); on TCP `InProgress`,
    /// `Already` while it runs, `IsConnected` afterwards, `NotSupported` on a listener, `AddressInUse`, and what ended the
    /// attempt: `ConnectionRefused`, `TimedOut`, ..
    pub fn connect(&mut self, now: Instant, handle: SocketHandle, address: SocketAddr) -> Result<(), Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_some() {
            return self.connect_udp(now, slot, address);
        }
        self.connect_tcp(now, slot, address)
    }

    fn connect_udp(&mut self, now: Instant, slot: u32, address: SocketAddr) -> Result<(), Errno> {
        let Some(entry) = self.sockets.udp_mut(slot) else { return Err(Errno::BadSocket) };
        let peer = peer_of(entry.family, address)?;
        let (broadcast, bound, interface) = (entry.options.broadcast, entry.socket.local, entry.interface);
        if self.net.is_broadcast(peer.ip()) && !broadcast {
            return Err(Errno::AccessDenied);
        }
        let fixed = bound.map(|bound| bound.ip()).filter(|ip| !ip.is_unspecified());
        let hint = scope_of(address).or(interface).or_else(|| fixed.and_then(|ip| self.net.interface_of(ip)));
        let hop = self.net.route(now, peer.ip(), hint)?;
        let ip = match fixed {
            Some(ip) => ip,
            // RFC1122-4.1.3.5-4: the application can then ask which address it is.
            None => self.net.source_for(hop.interface, peer.ip()).ok_or(Errno::AddressNotAvailable)?,
        };
        let port = self.bound_port(slot)?;
        if let Some(binding) = self.sockets.udp_ports.binding_mut(port, slot) {
            binding.address = Some(ip);
            binding.peer = Some(peer);
        }
        if let Some(entry) = self.sockets.udp_mut(slot) {
            entry.socket.local = Some(SocketAddr::new(ip, port));
            entry.socket.peer = Some(peer);
            entry.interface = scope_of(address).or(interface);
            entry.socket.keep_only(peer);
        }
        Ok(())
    }

    /// The port of a UDP socket, which gets an ephemeral one if it has none.
    fn bound_port(&mut self, slot: u32) -> Result<u16, Errno> {
        let Some(entry) = self.sockets.udp_mut(slot) else { return Err(Errno::BadSocket) };
        if let Some(local) = entry.socket.local {
            return Ok(local.port());
        }
        let any = SocketAddr::new(entry.family.unspecified(), 0);
        let handle = self.sockets.table.handle(slot).ok_or(Errno::BadSocket)?;
        self.bind(handle, any)?;
        let local = self.sockets.udp_mut(slot).and_then(|entry| entry.socket.local);
        local.map(|local| local.port()).ok_or(Errno::AddressNotAvailable)
    }

    /// `sendto(2)`. On a TCP socket the address does not count.
    ///
    /// # Errors
    ///
    /// As [`Self::send`]; `MessageSize` above what a datagram holds; `AccessDenied` for a broadcast address without
    /// permission; `NetworkUnreachable` and `HostUnreachable` without a way.
    pub fn send_to(
        &mut self,
        now: Instant,
        handle: SocketHandle,
        data: &[u8],
        address: SocketAddr,
    ) -> Result<usize, Errno> {
        self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_some() {
            return self.send_datagram(slot, data, Some(address));
        }
        self.send(now, handle, data)
    }

    pub(super) fn send_datagram(&mut self, slot: u32, data: &[u8], to: Option<SocketAddr>) -> Result<usize, Errno> {
        let Some(entry) = self.sockets.udp_mut(slot) else { return Err(Errno::BadSocket) };
        // RFC1122-4.1.3.3-1: an error that an ICMP message reported comes first.
        if let Some(error) = entry.socket.take_error() {
            return Err(error);
        }
        if entry.socket.write_closed {
            return Err(Errno::BrokenPipe);
        }
        let to = to.or(entry.socket.peer).ok_or(Errno::DestinationRequired)?;
        let peer = peer_of(entry.family, to)?;
        if let Some(interface) = scope_of(to) {
            entry.interface = Some(interface);
        }
        self.bound_port(slot)?;
        self.udp_send(slot, data, peer)
    }

    /// `recvfrom(2)`: the oldest datagram, with everything that IP said about it.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotSupported` for TCP, whose peer is known; `WouldBlock`; `NotConnected` after `shutdown` of the
    /// reading side when nothing waits; the pending error.
    pub fn recv_from(&mut self, now: Instant, handle: SocketHandle, out: &mut [u8]) -> Result<Received, Errno> {
        self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_none() {
            return Err(Errno::NotSupported);
        }
        self.receive_datagram(slot, out)?.ok_or(Errno::NotConnected)
    }

    /// Reads a datagram; `None` is the end of file of a closed reading side.
    pub(super) fn receive_datagram(&mut self, slot: u32, out: &mut [u8]) -> Result<Option<Received>, Errno> {
        let Some(entry) = self.sockets.udp_mut(slot) else { return Err(Errno::BadSocket) };
        match entry.socket.receive(out) {
            Err(Errno::WouldBlock) if entry.socket.read_closed => Ok(None),
            result => result.map(Some),
        }
    }
}
