//! The socket calls that all kinds share: `socket`, `bind`, `close`, `shutdown`, names, readiness.
//!
//! No call blocks: what would, answers `EAGAIN`. Results are those that POSIX names; where systems differ, Linux's.

use core::net::{IpAddr, SocketAddr};

use super::Host;
use super::sockets::{Attempt, Role, Socket, TcpSocket, UdpEntry};
use crate::errno::Errno;
use crate::socket::options::SocketOptions;
use crate::socket::ports::Binding;
use crate::socket::{Family, Readiness, Shutdown, SocketHandle, SocketKind, plain};
use crate::tcp::{State, TcpInfo};
use crate::time::{Duration, Instant};
use crate::udp::UdpSocket;

impl Host {
    /// `socket(2)`.
    ///
    /// # Errors
    ///
    /// `NoBuffers` if the host holds its limit of sockets.
    pub fn socket(&mut self, family: Family, kind: SocketKind) -> Result<SocketHandle, Errno> {
        let socket = match kind {
            SocketKind::Tcp => Socket::Tcp(Box::new(TcpSocket::new(family, self.sockets.tcp.clone()))),
            SocketKind::Udp => Socket::Udp(Box::new(UdpEntry {
                family,
                options: SocketOptions::default(),
                socket: UdpSocket::new(self.net.limits.udp_queue, self.udp_receive_buffer),
                interface: None,
                groups: Vec::new(),
            })),
        };
        self.sockets.table.insert(socket).map_err(|_| Errno::NoBuffers)
    }

    /// The slot of a handle that the application still holds.
    pub(super) fn slot_of(&self, handle: SocketHandle) -> Result<u32, Errno> {
        let slot = self.sockets.table.resolve(handle).ok_or(Errno::BadSocket)?;
        match self.sockets.tcp(slot) {
            Some(socket) if socket.orphan => Err(Errno::BadSocket),
            _ => Ok(slot),
        }
    }

    /// `bind(2)`. Port 0 takes an ephemeral one; the unspecified address means every address of the family.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `AddressFamilyNotSupported` for the other family; `Invalid` if it is bound already;
    /// `AddressNotAvailable` for an address that is not ours or without a free port; `AddressInUse`.
    pub fn bind(&mut self, handle: SocketHandle, address: SocketAddr) -> Result<(), Errno> {
        let slot = self.slot_of(handle)?;
        let (family, bound, reuse, udp) = match self.sockets.table.get(slot) {
            Some(Socket::Tcp(socket)) => (socket.family, socket.bound, socket.options.reuse_address, false),
            Some(Socket::Udp(entry)) => (entry.family, entry.socket.local, entry.options.reuse_address, true),
            None => return Err(Errno::BadSocket),
        };
        if Family::of(address.ip()) != family {
            return Err(Errno::AddressFamilyNotSupported);
        }
        if bound.is_some() || self.sockets.tcp(slot).is_some_and(|socket| !matches!(socket.role, Role::Fresh)) {
            return Err(Errno::Invalid);
        }
        self.may_bind(address.ip(), udp)?;
        let binding = Binding {
            slot,
            family,
            address: Some(address.ip()).filter(|ip| !ip.is_unspecified()),
            peer: None,
            reuse,
            listening: false,
        };
        let sockets = &mut self.sockets;
        let ports = if udp { &mut sockets.udp_ports } else { &mut sockets.tcp_ports };
        let port = match address.port() {
            0 => ports.choose(&mut sockets.rng, binding).ok_or(Errno::AddressInUse)?,
            port => port,
        };
        ports.bind(port, binding)?;
        let local = SocketAddr::new(address.ip(), port);
        let interface = scope_of(address);
        match self.sockets.table.get_mut(slot) {
            Some(Socket::Tcp(socket)) => {
                socket.bound = Some(local);
                socket.interface = interface;
            }
            Some(Socket::Udp(entry)) => {
                entry.socket.local = Some(local);
                entry.interface = interface;
            }
            None => {}
        }
        Ok(())
    }

    /// Whether a socket may be bound to this address.
    fn may_bind(&self, ip: IpAddr, udp: bool) -> Result<(), Errno> {
        // RFC1122-4.1.3.5-2, RFC1122-4.1.3.5-3: a local address or the wild one.
        let group = udp && (ip.is_multicast() || self.net.is_broadcast(ip));
        if ip.is_unspecified() || self.net.local.is_own(ip) || group { Ok(()) } else { Err(Errno::AddressNotAvailable) }
    }

    /// `shutdown(2)`.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotConnected`.
    pub fn shutdown(&mut self, now: Instant, handle: SocketHandle, how: Shutdown) -> Result<(), Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        match self.sockets.table.get_mut(slot) {
            Some(Socket::Tcp(socket)) => {
                let connection = socket.connection_mut().ok_or(Errno::NotConnected)?;
                if connection.state() == State::Closed {
                    return Err(Errno::NotConnected);
                }
                if how != Shutdown::Write {
                    connection.shutdown_read(now);
                }
                let result = if how == Shutdown::Read { Ok(()) } else { connection.shutdown_write(now) };
                self.after_tcp(slot);
                return result;
            }
            Some(Socket::Udp(entry)) => {
                if entry.socket.peer.is_none() {
                    return Err(Errno::NotConnected);
                }
                entry.socket.read_closed |= how != Shutdown::Write;
                entry.socket.write_closed |= how != Shutdown::Read;
            }
            None => return Err(Errno::BadSocket),
        }
        Ok(())
    }

    /// `close(2)`: the handle is dead. A connection lives on until it has said good-bye, or is reset at once if the
    /// application lingers for zero time or leaves data unread.
    ///
    /// # Errors
    ///
    /// `BadSocket`.
    pub fn close(&mut self, now: Instant, handle: SocketHandle) -> Result<(), Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        match self.sockets.table.get_mut(slot) {
            Some(Socket::Tcp(socket)) => {
                socket.orphan = true;
                match &mut socket.role {
                    Role::Fresh => self.sockets.discard(slot),
                    Role::Listening(listener) => {
                        let waiting: Vec<u32> = listener.drain().collect();
                        self.sockets.discard(slot);
                        self.abandon(now, &waiting);
                    }
                    Role::Connected(connection) => {
                        if socket.options.linger == Some(Duration::ZERO) {
                            connection.abort(now);
                        } else {
                            connection.close(now);
                        }
                        self.after_tcp(slot);
                    }
                }
            }
            Some(Socket::Udp(entry)) => {
                let (local, groups) = (entry.socket.local, core::mem::take(&mut entry.groups));
                if let Some(local) = local {
                    self.sockets.udp_ports.unbind(local.port(), slot);
                }
                self.sockets.table.remove(slot);
                for (interface, group) in groups {
                    self.net.leave_group(now, interface, group);
                }
            }
            None => return Err(Errno::BadSocket),
        }
        Ok(())
    }

    /// Resets connections that nobody accepted while their listener lived.
    fn abandon(&mut self, now: Instant, slots: &[u32]) {
        for &slot in slots {
            if let Some(socket) = self.sockets.tcp_mut(slot) {
                socket.parent = None;
                socket.orphan = true;
                if let Some(connection) = socket.connection_mut() {
                    connection.abort(now);
                }
            }
            self.after_tcp(slot);
        }
    }

    /// `getsockname(2)`. Unspecified address and port 0 before `bind` and `connect`.
    ///
    /// # Errors
    ///
    /// `BadSocket`.
    pub fn local_address(&self, handle: SocketHandle) -> Result<SocketAddr, Errno> {
        let (family, local) = match self.sockets.table.get(self.slot_of(handle)?) {
            Some(Socket::Tcp(socket)) => {
                let connected = socket.connection().map(|connection| connection.tuple().local);
                (socket.family, connected.or(socket.bound))
            }
            Some(Socket::Udp(entry)) => (entry.family, entry.socket.local),
            None => return Err(Errno::BadSocket),
        };
        Ok(local.unwrap_or(SocketAddr::new(family.unspecified(), 0)))
    }

    /// `getpeername(2)`.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotConnected`.
    pub fn peer_address(&self, handle: SocketHandle) -> Result<SocketAddr, Errno> {
        match self.sockets.table.get(self.slot_of(handle)?) {
            Some(Socket::Tcp(socket)) => {
                let connection = socket.connection().ok_or(Errno::NotConnected)?;
                match connection.state() {
                    State::Closed | State::SynSent => Err(Errno::NotConnected),
                    _ => Ok(connection.tuple().remote),
                }
            }
            Some(Socket::Udp(entry)) => entry.socket.peer.ok_or(Errno::NotConnected),
            None => Err(Errno::BadSocket),
        }
    }

    /// The state of a TCP socket (RFC 9293 3.3.2).
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotSupported` for UDP.
    pub fn tcp_state(&self, handle: SocketHandle) -> Result<State, Errno> {
        match self.sockets.table.get(self.slot_of(handle)?) {
            Some(Socket::Tcp(socket)) => Ok(match &socket.role {
                Role::Fresh => State::Closed,
                Role::Listening(_) => State::Listen,
                Role::Connected(connection) => connection.state(),
            }),
            Some(Socket::Udp(_)) => Err(Errno::NotSupported),
            None => Err(Errno::BadSocket),
        }
    }

    /// What there is to know about a connection (`TCP_INFO`).
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotSupported` for UDP; `NotConnected`.
    pub fn tcp_info(&self, handle: SocketHandle) -> Result<TcpInfo, Errno> {
        match self.sockets.table.get(self.slot_of(handle)?) {
            Some(Socket::Tcp(socket)) => socket.connection().map(|it| it.info()).ok_or(Errno::NotConnected),
            Some(Socket::Udp(_)) => Err(Errno::NotSupported),
            None => Err(Errno::BadSocket),
        }
    }

    /// What the socket is ready for (`poll(2)`).
    ///
    /// # Errors
    ///
    /// `BadSocket`.
    pub fn readiness(&self, handle: SocketHandle) -> Result<Readiness, Errno> {
        match self.sockets.table.get(self.slot_of(handle)?) {
            Some(Socket::Tcp(socket)) => Ok(match &socket.role {
                Role::Fresh => Readiness { hung_up: true, writable: true, ..Readiness::default() },
                Role::Listening(listener) => Readiness { readable: listener.has_ready(), ..Readiness::default() },
                Role::Connected(connection) => {
                    let closed = connection.is_closed();
                    let failed = closed && socket.attempt == Attempt::Running;
                    Readiness {
                        readable: connection.readable(),
                        writable: connection.writable(),
                        error: failed,
                        hung_up: closed,
                    }
                }
            }),
            Some(Socket::Udp(entry)) => Ok(Readiness {
                readable: entry.socket.readable(),
                writable: true,
                error: entry.socket.has_error(),
                hung_up: entry.socket.read_closed && entry.socket.write_closed,
            }),
            None => Err(Errno::BadSocket),
        }
    }
}

/// The interface that an IPv6 scope id names: 0 names none, others count from 1.
pub(super) fn scope_of(address: SocketAddr) -> Option<usize> {
    match address {
        SocketAddr::V6(v6) => (v6.scope_id() as usize).checked_sub(1),
        SocketAddr::V4(_) => None,
    }
}

/// Checks a peer's address against the family of a socket.
pub(super) fn peer_of(family: Family, address: SocketAddr) -> Result<SocketAddr, Errno> {
    if Family::of(address.ip()) == family { Ok(plain(address)) } else { Err(Errno::AddressFamilyNotSupported) }
}
