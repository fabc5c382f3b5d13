//! The socket calls of TCP: `listen`, `accept`, `connect`, `send`, `recv` (RFC 9293 3.9.1).

use core::net::SocketAddr;

use super::Host;
use super::calls::{peer_of, scope_of};
use super::sockets::{Attempt, Role, Socket, TcpSocket};
use super::tcp_glue::is_link_local;
use crate::errno::Errno;
use crate::fault::Fault;
use crate::socket::SocketHandle;
use crate::socket::listener::Listener;
use crate::tcp::{Connection, FourTuple, State, initial_sequence_with};
use crate::time::Instant;

impl Host {
    /// `listen(2)`: a passive OPEN. Called again it changes the backlog.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotSupported` for UDP; `Invalid` on a connection; `AddressInUse` if another socket listens there.
    pub fn listen(&mut self, handle: SocketHandle, backlog: usize) -> Result<(), Errno> {
        let slot = self.slot_of(handle)?;
        let Some(socket) = self.sockets.tcp_mut(slot) else { return Err(Errno::NotSupported) };
        match &mut socket.role {
            Role::Listening(listener) => {
                listener.set_backlog(backlog);
                return Ok(());
            }
            Role::Connected(_) => return Err(Errno::Invalid),
            Role::Fresh => {}
        }
        if socket.bound.is_none() {
            let any = SocketAddr::new(socket.family.unspecified(), 0);
            self.bind(handle, any)?;
        }
        let syn_queue = if self.net.faults.has(Fault::OneHandshakeAtATime) { 1 } else { self.net.limits.syn_queue };
        let Some(bound) = self.sockets.tcp(slot).and_then(|socket| socket.bound) else { return Err(Errno::Invalid) };
        // RFC9293-MUST-42: several sockets may listen on one port at different addresses.
        self.sockets.tcp_ports.listen(bound.port(), slot)?;
        if let Some(socket) = self.sockets.tcp_mut(slot) {
            socket.role = Role::Listening(Listener::new(backlog, syn_queue));
        }
        Ok(())
    }

    /// `accept(2)`: the oldest connection that waits, and its peer.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotSupported` for UDP; `Invalid` if the socket does not listen; `WouldBlock`.
    pub fn accept(&mut self, now: Instant, handle: SocketHandle) -> Result<(SocketHandle, SocketAddr), Errno> {
        self.tick(now);
        let slot = self.slot_of(handle)?;
        let Some(socket) = self.sockets.tcp_mut(slot) else { return Err(Errno::NotSupported) };
        let Role::Listening(listener) = &mut socket.role else { return Err(Errno::Invalid) };
        let child = listener.accept().ok_or(Errno::WouldBlock)?;
        let accepted = self.sockets.tcp_mut(child).ok_or(Errno::ConnectionAborted)?;
        accepted.parent = None;
        accepted.acceptable = false;
        let peer = accepted.connection().map(|connection| connection.tuple().remote);
        let handle = self.sockets.table.handle(child);
        handle.zip(peer).ok_or(Errno::ConnectionAborted)
    }

    pub(super) fn connect_tcp(&mut self, now: Instant, slot: u32, address: SocketAddr) -> Result<(), Errno> {
        let socket = self.sockets.tcp_mut(slot).ok_or(Errno::BadSocket)?;
        let remote = peer_of(socket.family, address)?;
        match &mut socket.role {
            Role::Listening(_) => return Err(Errno::NotSupported),
            Role::Connected(_) => return self.connect_progress(slot),
            Role::Fresh => {}
        }
        // RFC9293-MUST-46: no OPEN to a broadcast or multicast address.
        let group = remote.ip().is_multicast() || self.net.is_broadcast(remote.ip());
        if group && !self.net.faults.has(Fault::ConnectToBroadcast) {
            return Err(Errno::NetworkUnreachable);
        }
        if remote.port() == 0 || remote.ip().is_unspecified() {
            return Err(Errno::AddressNotAvailable);
        }
        let tuple = self.connect_tuple(now, slot, remote, scope_of(address))?;
        let iss = initial_sequence_with(&self.net.faults, &self.sockets.isn_key, &tuple, now);
        let mtu = self.net.connection_mtu(now, remote.ip(), scope_of(address));
        let socket = self.sockets.tcp_mut(slot).ok_or(Errno::BadSocket)?;
        if is_link_local(remote) && scope_of(address).is_some() {
            socket.interface = scope_of(address);
        }
        let mut connection = Connection::connect(socket.config.clone(), now, tuple, iss, mtu);
        if socket.keep_alive.0 {
            connection.set_keep_alive(now, Some(socket.keep_alive.1));
        }
        socket.role = Role::Connected(connection);
        socket.attempt = Attempt::Running;
        socket.path = None;
        self.sockets.enter(slot);
        Err(Errno::InProgress)
    }

    /// `connect` was called on a socket that has a connection: what became of the attempt.
    fn connect_progress(&mut self, slot: u32) -> Result<(), Errno> {
        let socket = self.sockets.tcp_mut(slot).ok_or(Errno::BadSocket)?;
        let attempt = socket.attempt;
        let connection = socket.connection_mut().ok_or(Errno::IsConnected)?;
        match (attempt, connection.state()) {
            (Attempt::Running, State::SynSent | State::SynReceived) => Err(Errno::Already),
            (Attempt::Running, State::Closed) => {
                let error = connection.take_error().unwrap_or(Errno::ConnectionAborted);
                if connection.is_closed() {
                    socket.role = Role::Fresh;
                }
                socket.attempt = Attempt::Settled;
                Err(error)
            }
            (Attempt::Running, _) => {
                socket.attempt = Attempt::Settled;
                Ok(())
            }
            (Attempt::Settled, _) => Err(Errno::IsConnected),
        }
    }

    /// The ends of a connection to `remote`: the bound address, or the one that the way suggests.
    fn connect_tuple(
        &mut self,
        now: Instant,
        slot: u32,
        remote: SocketAddr,
        scope: Option<usize>,
    ) -> Result<FourTuple, Errno> {
        let bound = self.sockets.tcp(slot).and_then(|socket| socket.bound);
        let fixed = bound.map(|bound| bound.ip()).filter(|ip| !ip.is_unspecified());
        let hint = scope.or_else(|| fixed.and_then(|ip| self.net.interface_of(ip)));
        let hop = self.net.route(now, remote.ip(), hint)?;
        let ip = match fixed {
            Some(ip) => ip,
            // RFC9293-MUST-44: IP chooses the source address.
            None if self.net.faults.has(Fault::SourceOfFirstInterface) => {
                self.net.source_for(0, remote.ip()).ok_or(Errno::AddressNotAvailable)?
            }
            None => self.net.source_for(hop.interface, remote.ip()).ok_or(Errno::AddressNotAvailable)?,
        };
        let sockets = &mut self.sockets;
        let port = match bound {
            Some(bound) if !self.net.faults.has(Fault::BoundPortIgnored) => bound.port(),
            _ => {
                let (hasher, demux, table) = (sockets.hasher, &sockets.demux, &sockets.table);
                let taken = |port| {
                    let tuple = FourTuple::new(SocketAddr::new(ip, port), remote);
                    let hash = hasher.hash(tuple.local, tuple.remote);
                    demux.find(hash, |slot| is_tuple(table.get(slot), &tuple)).is_some()
                };
                sockets.tcp_ports.choose_for(ip, remote, taken).ok_or(Errno::AddressNotAvailable)?
            }
        };
        let tuple = FourTuple::new(SocketAddr::new(ip, port), remote);
        if self.sockets.find(&tuple).is_some() { Err(Errno::AddressInUse) } else { Ok(tuple) }
    }

    pub(super) fn connection_of(&mut self, slot: u32) -> Result<&mut Connection, Errno> {
        self.sockets.tcp_mut(slot).and_then(TcpSocket::connection_mut).ok_or(Errno::NotConnected)
    }

    /// `send(2)`. TCP takes as much as fits; UDP needs `connect` before and takes the datagram whole.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotConnected` or for UDP `DestinationRequired`; `WouldBlock` without room; `BrokenPipe` after
    /// `shutdown`; the error that ended the connection, or that an ICMP message reported.
    pub fn send(&mut self, now: Instant, handle: SocketHandle, data: &[u8]) -> Result<usize, Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_some() {
            return self.send_datagram(slot, data, None);
        }
        let result = self.connection_of(slot)?.send(now, data);
        self.after_tcp(slot);
        result
    }

    /// `send(2)` with `MSG_OOB`: the last octet is urgent data (RFC 9293 3.8.5).
    ///
    /// # Errors
    ///
    /// As [`Self::send`]; `NotSupported` for UDP.
    pub fn send_urgent(&mut self, now: Instant, handle: SocketHandle, data: &[u8]) -> Result<usize, Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_some() {
            return Err(Errno::NotSupported);
        }
        let result = self.connection_of(slot)?.send_urgent(now, data);
        self.after_tcp(slot);
        result
    }

    /// `recv(2)`: 0 is end of file on TCP, an empty datagram (or a closed reading side) on UDP.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotConnected` on TCP; `WouldBlock` if nothing waits; the pending error.
    pub fn recv(&mut self, now: Instant, handle: SocketHandle, out: &mut [u8]) -> Result<usize, Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_some() {
            return self.receive_datagram(slot, out).map(|received| received.map_or(0, |it| it.len));
        }
        let result = self.connection_of(slot)?.recv(now, out);
        self.after_tcp(slot);
        result
    }

    /// Sends without a copy: `fill` gets free room of the connection's send buffer and returns how many octets it wrote.
    ///
    /// # Errors
    ///
    /// As [`Self::send`]; `NotSupported` for UDP.
    pub fn send_with(
        &mut self,
        now: Instant,
        handle: SocketHandle,
        fill: impl FnOnce(&mut [u8]) -> usize,
    ) -> Result<usize, Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_some() {
            return Err(Errno::NotSupported);
        }
        let result = self.connection_of(slot)?.send_with(now, fill);
        self.after_tcp(slot);
        result
    }

    /// Reads without a copy: `take` sees what has arrived and returns how many octets it is done with. `Ok(0)` without a
    /// call of it is the end of file.
    ///
    /// # Errors
    ///
    /// As [`Self::recv`]; `NotSupported` for UDP.
    pub fn recv_with(
        &mut self,
        now: Instant,
        handle: SocketHandle,
        take: impl FnOnce(&[u8]) -> usize,
    ) -> Result<usize, Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_some() {
            return Err(Errno::NotSupported);
        }
        let result = self.connection_of(slot)?.recv_with(now, take);
        self.after_tcp(slot);
        result
    }

    /// `recv(2)` with `MSG_OOB`: the urgent octet.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NotSupported` for UDP; `NotConnected`; `Invalid` if there is none; `WouldBlock` if it is announced
    /// and has not arrived.
    pub fn recv_urgent(&mut self, now: Instant, handle: SocketHandle) -> Result<u8, Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.udp_mut(slot).is_some() {
            return Err(Errno::NotSupported);
        }
        let result = self.connection_of(slot)?.recv_urgent(now);
        self.after_tcp(slot);
        result
    }
}

fn is_tuple(socket: Option<&Socket>, tuple: &FourTuple) -> bool {
    match socket {
        Some(Socket::Tcp(socket)) => socket.connection().is_some_and(|connection| connection.tuple() == tuple),
        _ => false,
    }
}
