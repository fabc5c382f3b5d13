//! The sockets of a host and what is kept about each.

use core::net::SocketAddr;
use std::collections::VecDeque;
use std::sync::Arc;

use super::config::HostConfig;
use super::tcp_output::Path;
use super::timers::Timers;
use crate::rng::{Rng, SipHash24};
use crate::socket::demux::{Demux, TupleHasher};
use crate::socket::listener::Listener;
use crate::socket::options::SocketOptions;
use crate::socket::ports::Ports;
use crate::socket::table::Table;
use crate::socket::{Family, SocketHandle};
use crate::tcp::{Connection, FourTuple, KeepAliveConfig, State, TcpConfig};
use crate::udp::UdpSocket;

/// What a TCP socket is at the moment.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "the socket around it is boxed")]
pub(super) enum Role {
    /// Neither `listen` nor `connect` was called, or `connect` failed.
    Fresh,
    /// `listen` was called.
    Listening(Listener),
    /// A connection, whatever its state.
    Connected(Connection),
}

/// How far a `connect` call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// None was made, or its outcome was told.
    Settled,
    /// It runs, or its outcome was not told yet.
    Running,
}

/// A TCP socket.
#[derive(Debug)]
pub(super) struct TcpSocket {
    pub family: Family,
    pub options: SocketOptions,
    /// The policy for connections made of this socket.
    pub config: Arc<TcpConfig>,
    /// `SO_KEEPALIVE` and its times.
    pub keep_alive: (bool, KeepAliveConfig),
    /// The address that `bind` gave it.
    pub bound: Option<SocketAddr>,
    pub role: Role,
    pub attempt: Attempt,
    /// The listener that it came from, until `accept` takes it.
    pub parent: Option<u32>,
    /// It waits in the listener's accept queue.
    pub acceptable: bool,
    /// No handle names it any more; it goes when the connection is closed.
    pub orphan: bool,
    /// It stands in the ready queue.
    pub queued: bool,
    /// Its hash in the demultiplexing table, while it stands there.
    pub hash: Option<u32>,
    /// It was counted as a TIME-WAIT connection.
    pub lingering: bool,
    /// The interface that its link-local addresses belong to.
    pub interface: Option<usize>,
    /// The way to the peer, while it is known.
    pub path: Option<Path>,
    /// The path MTU that the connection was told last.
    pub path_mtu: usize,
    /// Octets that had been acknowledged or received when the way was looked up last.
    pub progress: u64,
}

/// A UDP socket with its options.
#[derive(Debug)]
pub(super) struct UdpEntry {
    pub family: Family,
    pub options: SocketOptions,
    pub socket: UdpSocket,
    /// The interface that its link-local addresses belong to.
    pub interface: Option<usize>,
    /// Groups that it joined, to leave them on `close`.
    pub groups: Vec<(usize, core::net::IpAddr)>,
}

/// One socket.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(Box<TcpSocket>),
    Udp(Box<UdpEntry>),
}

/// All sockets, how packets find them, which ones want to send, and when they want to wake.
#[derive(Debug)]
pub(super) struct Sockets {
    pub table: Table<Socket>,
    pub demux: Demux,
    pub hasher: TupleHasher,
    pub tcp_ports: Ports,
    pub udp_ports: Ports,
    /// Connections that may have something to send, each at most once.
    pub ready: VecDeque<u32>,
    pub timers: Timers,
    /// Connections in TIME-WAIT, oldest first; some may have ended since.
    pub time_wait: VecDeque<SocketHandle>,
    pub isn_key: SipHash24,
    pub tcp: Arc<TcpConfig>,
    pub rng: Rng,
    /// How often a connection was looked at: the cost of what happened so far.
    pub visits: u64,
    /// Rises whenever a connection leaves: what was remembered about where segments go is void.
    pub departures: u64,
}

impl TcpSocket {
    pub(super) fn new(family: Family, config: Arc<TcpConfig>) -> Self {
        Self {
            family,
            options: SocketOptions::default(),
            keep_alive: (config.keep_alive.is_some(), config.keep_alive.unwrap_or_default()),
            config,
            bound: None,
            role: Role::Fresh,
            attempt: Attempt::Settled,
            parent: None,
            acceptable: false,
            orphan: false,
            queued: false,
            hash: None,
            lingering: false,
            interface: None,
            path: None,
            path_mtu: 0,
            progress: 0,
        }
    }

    pub(super) const fn connection(&self) -> Option<&Connection> {
        match &self.role {
            Role::Connected(connection) => Some(connection),
            _ => None,
        }
    }

    /// Whether [`Sockets::review`] would find something: the connection is over or nearly so, or a listener waits for it.
    #[inline]
    pub(super) fn needs_review(&self) -> bool {
        let over = |connection: &Connection| matches!(connection.state(), State::Closed | State::TimeWait);
        self.parent.is_some() || self.connection().is_some_and(over)
    }

    pub(super) const fn connection_mut(&mut self) -> Option<&mut Connection> {
        match &mut self.role {
            Role::Connected(connection) => Some(connection),
            _ => None,
        }
    }
}

impl Sockets {
    pub(super) fn new(config: &HostConfig, rng: &mut Rng) -> Self {
        let (first, last) = config.ephemeral_ports;
        let mut tcp = config.tcp.clone();
        tcp.faults = config.faults;
        tcp.out_of_order_limit = tcp.out_of_order_limit.min(config.limits.tcp_out_of_order);
        // RFC7323-5.4-4: one connection's timestamps tell nothing of another's.
        tcp.timestamp_key = SipHash24::new(rng.next_u64(), rng.next_u64());
        Self {
            table: Table::new(config.limits.sockets),
            demux: Demux::default(),
            hasher: TupleHasher::new(rng),
            tcp_ports: Ports::new(rng, first, last),
            udp_ports: Ports::new(rng, first, last),
            ready: VecDeque::new(),
            timers: Timers::default(),
            time_wait: VecDeque::new(),
            isn_key: SipHash24::new(rng.next_u64(), rng.next_u64()),
            tcp: Arc::new(tcp),
            rng: Rng::new(rng.next_u64()),
            visits: 0,
            departures: 0,
        }
    }

    pub(super) fn tcp(&self, slot: u32) -> Option<&TcpSocket> {
        match self.table.get(slot) {
            Some(Socket::Tcp(socket)) => Some(socket),
            _ => None,
        }
    }

    pub(super) fn tcp_mut(&mut self, slot: u32) -> Option<&mut TcpSocket> {
        match self.table.get_mut(slot) {
            Some(Socket::Tcp(socket)) => Some(socket),
            _ => None,
        }
    }

    pub(super) fn udp_mut(&mut self, slot: u32) -> Option<&mut UdpEntry> {
        match self.table.get_mut(slot) {
            Some(Socket::Udp(entry)) => Some(entry),
            _ => None,
        }
    }

    pub(super) fn listener_mut(&mut self, slot: u32) -> Option<&mut Listener> {
        match &mut self.tcp_mut(slot)?.role {
            Role::Listening(listener) => Some(listener),
            _ => None,
        }
    }

    /// The connection with exactly these ends.
    #[inline]
    pub(super) fn find(&self, tuple: &FourTuple) -> Option<u32> {
        let hash = self.hasher.hash(tuple.local, tuple.remote);
        self.demux.find(hash, |slot| {
            self.tcp(slot).and_then(TcpSocket::connection).is_some_and(|connection| connection.tuple() == tuple)
        })
    }

    /// Puts a socket that has just become a connection where segments find it.
    pub(super) fn enter(&mut self, slot: u32) {
        let hasher = self.hasher;
        let Some(socket) = self.tcp_mut(slot) else { return };
        let Some(tuple) = socket.connection().map(|connection| *connection.tuple()) else { return };
        let hash = hasher.hash(tuple.local, tuple.remote);
        socket.hash = Some(hash);
        let reuse = socket.options.reuse_address;
        self.demux.insert(hash, slot);
        self.tcp_ports.add_connection(tuple.local, reuse);
        self.wake(slot);
    }

    /// Takes a connection away from where segments find it: its ends are free again.
    pub(super) fn leave(&mut self, slot: u32) {
        let Some(socket) = self.tcp_mut(slot) else { return };
        let Some(hash) = socket.hash.take() else { return };
        let reuse = socket.options.reuse_address;
        let local = socket.connection().map(|connection| connection.tuple().local);
        self.demux.remove(hash, slot);
        self.departures += 1;
        if let Some(local) = local {
            self.tcp_ports.remove_connection(local, reuse);
        }
    }

    /// Takes a socket out altogether.
    pub(super) fn discard(&mut self, slot: u32) {
        self.leave(slot);
        self.timers.disarm(slot);
        let Some(Socket::Tcp(socket)) = self.table.get(slot) else {
            self.table.remove(slot);
            return;
        };
        let (bound, parent) = (socket.bound, socket.parent);
        if let Some(bound) = bound {
            self.tcp_ports.unbind(bound.port(), slot);
        }
        if let Some(listener) = parent.and_then(|parent| self.listener_mut(parent)) {
            listener.forget(slot);
        }
        // A stale entry of the ready queue is skipped when its turn comes; the flag goes with the socket.
        self.table.remove(slot);
    }

    /// The connection in `slot` may have something to send.
    #[inline]
    pub(super) fn wake(&mut self, slot: u32) {
        if let Some(socket) = self.tcp_mut(slot)
            && !socket.queued
        {
            socket.queued = true;
            self.ready.push_back(slot);
        }
    }

    /// Looks at a connection after something happened to it: a handshake that ended, TIME-WAIT, the end.
    pub(super) fn review(&mut self, slot: u32, time_wait_limit: usize) {
        let Some(socket) = self.tcp_mut(slot) else { return };
        let Some(connection) = socket.connection() else { return };
        let (state, closed, half_open) = (connection.state(), connection.is_closed(), connection.is_half_open());
        let (parent, acceptable, orphan) = (socket.parent, socket.acceptable, socket.orphan);
        if closed {
            if orphan || (parent.is_some() && !acceptable) {
                return self.discard(slot);
            }
            self.timers.disarm(slot);
            return self.leave(slot);
        }
        if let Some(parent) = parent
            && !acceptable
            && !half_open
        {
            socket.acceptable = true;
            if let Some(listener) = self.listener_mut(parent) {
                listener.complete(slot);
            }
        }
        if state == State::TimeWait {
            self.note_time_wait(slot, time_wait_limit);
        }
    }

    /// Counts a connection in TIME-WAIT; the oldest one gives way if there are too many.
    fn note_time_wait(&mut self, slot: u32, limit: usize) {
        let Some(socket) = self.tcp_mut(slot) else { return };
        if core::mem::replace(&mut socket.lingering, true) {
            return;
        }
        if let Some(handle) = self.table.handle(slot) {
            self.time_wait.push_back(handle);
        }
        while self.time_wait.len() > limit.max(1) {
            let Some(oldest) = self.time_wait.pop_front() else { return };
            let Some(slot) = self.table.resolve(oldest) else { continue };
            match self.tcp(slot) {
                Some(socket) if socket.orphan => self.discard(slot),
                _ => self.leave(slot),
            }
        }
    }
}
