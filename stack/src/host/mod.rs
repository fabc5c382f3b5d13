//! A host: interfaces, neighbours, routes, IP, transports and sockets behind four verbs and the socket calls.
//!
//! ```text
//! handle_frame(now, interface, frame)   a frame arrived
//! poll_transmit(now, out)               the next frame that wants to leave, written into `out`
//! poll_timeout()                        when to come back if nothing happens before
//! handle_timeout(now)                   the time has come
//! ```
//!
//! After any call, `poll_transmit` until it returns `None`; then `poll_timeout()` is later than `now` or `None`.
//! The path of a packet in: `ingress` (frame, address filter, IP; `fast` for plain segments), then `icmp_glue`, `udp_glue` or `tcp_glue`.
//! The path out: `egress` (who is next), `output` (compose, find the neighbour, cut), `tcp_output` (segments
//! straight into the caller's buffer). The calls are in `calls`, `calls_tcp`, `calls_udp`, `options`.

mod calls;
mod calls_tcp;
mod calls_udp;
pub mod config;
mod egress;
mod fast;
mod forward;
mod icmp_glue;
mod ingress;
mod interface;
mod network;
mod options;
mod output;
mod sockets;
mod tcp_glue;
mod tcp_output;
mod timers;
mod udp_glue;

use core::net::IpAddr;
use std::collections::VecDeque;

pub use config::{ConfigError, HostConfig, InterfaceConfig};

use crate::event::EventLog;
use crate::fault::FaultSet;
use crate::neighbor::NeighborInfo;
use crate::rng::Rng;
use crate::route::{Route, RouteError};
use crate::time::Instant;
use network::Network;
use sockets::Sockets;

/// A frame was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The interface that it leaves by.
    pub interface: usize,
    /// Its length in octets, from the start of the buffer.
    pub len: usize,
}

/// The answer to an echo request of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoReply {
    /// When it came.
    pub at: Instant,
    /// Who answered.
    pub from: IpAddr,
    /// Identifier.
    pub id: u16,
    /// Sequence number.
    pub seq: u16,
}

/// What a host has done so far, and holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostStats {
    /// Sockets of all kinds, connections that nobody holds a handle of included.
    pub sockets: usize,
    /// Connections that segments can find.
    pub connections: usize,
    /// Armed timers of connections.
    pub timers: usize,
    /// How often any connection was looked at since the start. It grows with what happens, not with what is open.
    pub visits: u64,
}

/// A host. See the module documentation.
#[derive(Debug)]
pub struct Host {
    net: Network,
    sockets: Sockets,
    udp_receive_buffer: usize,
    echo_replies: VecDeque<EchoReply>,
    /// Segments that the first connection of the ready queue has sent in a row.
    burst: u8,
    /// Plain segments may take the short way: nothing is configured that only the long way knows.
    fast: bool,
    /// Where the latest plain segment went.
    latest: Option<fast::Latest>,
    /// The latest time that any call has brought.
    now: Instant,
}

impl Host {
    /// A host at the start of its life: no sockets, empty caches.
    ///
    /// # Errors
    ///
    /// The configuration contradicts itself; see [`ConfigError`].
    pub fn new(config: HostConfig) -> Result<Self, ConfigError> {
        let mut rng = Rng::new(config.seed);
        let net = Network::new(&config, &mut rng)?;
        let sockets = Sockets::new(&config, &mut rng);
        let mut host = Self {
            net,
            sockets,
            udp_receive_buffer: config.udp_receive_buffer,
            echo_replies: VecDeque::new(),
            burst: 0,
            fast: config.faults == FaultSet::NONE && !config.strong_host,
            latest: None,
            now: Instant::ZERO,
        };
        if config.announce {
            host.announce();
        }
        Ok(host)
    }

    /// What was dropped, and why.
    pub const fn events(&mut self) -> &mut EventLog {
        &mut self.net.events
    }

    /// Counters.
    pub fn stats(&self) -> HostStats {
        HostStats {
            sockets: self.sockets.table.len(),
            connections: self.sockets.demux.len(),
            timers: self.sockets.timers.len(),
            visits: self.sockets.visits,
        }
    }

    /// Adds a route.
    ///
    /// # Errors
    ///
    /// See [`RouteError`].
    pub fn add_route(&mut self, route: Route) -> Result<(), RouteError> {
        self.net.paths_changed();
        self.net.routes.insert(route)
    }

    /// Takes a route out; metric and MTU do not matter.
    pub fn remove_route(&mut self, route: &Route) -> Option<Route> {
        self.net.paths_changed();
        self.net.routes.remove(route)
    }

    /// The routes, in no particular order.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.net.routes.iter()
    }

    /// What is known about the neighbours on an interface.
    pub fn neighbors(&self, interface: usize) -> impl Iterator<Item = NeighborInfo> {
        self.net.interfaces.get(interface).into_iter().flat_map(|it| it.neighbors.iter())
    }

    /// Octets of the longest frame that [`Self::poll_transmit`] writes: what its buffer must hold.
    pub fn max_frame_len(&self) -> usize {
        let mtu = self.net.interfaces.iter().map(|it| it.mtu).max().unwrap_or(0);
        crate::wire::ethernet::HEADER_LEN + mtu
    }

    /// Says which addresses are ours, on every interface.
    fn announce(&mut self) {
        for own in self.net.local.iter() {
            if let Some(interface) = self.net.interfaces.get_mut(own.interface) {
                // A cache that has no room for it now says nothing; nobody waits for it.
                let _ = interface.neighbors.announce(own.addr);
            }
        }
        self.net.busy = true;
    }

    /// Time moves forward only.
    fn tick(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }
}
