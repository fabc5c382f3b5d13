//! A host with two interfaces under frames, socket calls and time in any order.
//! Read first: RFC 1122, RFC 4443 2.4, `stack/src/host/mod.rs`.
//!
//! The world around the host is a station on each link that answers as a neighbour should (mostly), knows the TCP
//! connections that it has seen, and also sends what nobody should. Every frame that leaves the host is checked
//! in `checks`; after every event nothing may be due, and nothing may be held beyond its limit.

use core::net::IpAddr;

use wireproof_stack::event::DropReason;
use wireproof_stack::host::{Host, HostConfig, InterfaceConfig};
use wireproof_stack::limits::Limits;
use wireproof_stack::route::{Prefix, Route};
use wireproof_stack::socket::SocketHandle;
use wireproof_stack::tcp::TcpConfig;
use wireproof_stack::time::{Duration, Instant};
use wireproof_stack::wire::ethernet::MacAddress;

use crate::digest::Digest;
use crate::generators::dna::Dna;
use crate::trace::say;

mod calls;
mod checks;
mod frames;
mod links;
mod station;

use links::LINKS;
use station::Station;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &[
    "ARP answered",
    "ND answered",
    "echo answered",
    "echo answered over IPv6",
    "echo to myself",
    "fragments reassembled",
    "reassembled over IPv6",
    "fragmented on output",
    "port unreachable sent",
    "port unreachable sent over IPv6",
    "protocol unreachable sent",
    "parameter problem sent",
    "time exceeded sent",
    "packet too big sent",
    "forwarded",
    "handshake completed, passive",
    "handshake completed, active",
    "reset sent",
    "text received",
    "datagram received",
    "connection refused",
    "neighbour unreachable",
    "groups reported",
];

/// Most events of one execution.
const EVENTS: usize = 256;
/// Most frames in a row without an event: every queue of the host, several times over.
const BURST: usize = 20_000;

/// The host with everything around it.
struct World<'a> {
    dna: Dna<'a>,
    host: Host,
    forwarding: bool,
    limits: Limits,
    now: Instant,
    sockets: Vec<SocketHandle>,
    station: Station,
    digest: Digest,
    frame: Vec<u8>,
}

/// Any events on one host.
pub fn host_frames(data: &[u8]) -> Digest {
    let mut world = World::new(Dna::new(data));
    world.drain();
    for _ in 0..EVENTS {
        if world.dna.is_empty() {
            break;
        }
        world.event();
    }
    world.settle();
    world.digest
}

/// Bounds small enough to be reached.
fn limits() -> Limits {
    Limits {
        sockets: 24,
        neighbors: 8,
        neighbor_queue: 2,
        reassembly_datagrams: 4,
        reassembly_bytes: 100_000,
        reassembly_pieces: 8,
        control_frames: 16,
        syn_queue: 4,
        time_wait: 4,
        tcp_out_of_order: 4,
        udp_queue: 4,
        events: 16,
        path_mtu: 4,
        groups: 4,
        ..Limits::default()
    }
}

fn config(bits: u8) -> HostConfig {
    let interfaces = LINKS.iter().map(|link| InterfaceConfig {
        mac: MacAddress(link.host_mac),
        addresses: vec![
            (IpAddr::from(link.host_v4), 24),
            (IpAddr::from(link.host_v6), 64),
            (IpAddr::from(link.host_local), 64),
        ],
        mtu: link.mtu,
    });
    let tcp =
        TcpConfig { receive_buffer: 8_192, send_buffer: 8_192, urgent_inline: bits & 1 != 0, ..TcpConfig::default() };
    let default_v4 = Prefix::default_of(IpAddr::from(links::GATEWAY_V4));
    let default_v6 = Prefix::default_of(IpAddr::from(LINKS[0].peer_local));
    HostConfig {
        interfaces: interfaces.collect(),
        routes: vec![
            Route::via(default_v4, links::GATEWAY_V4.into(), 0),
            Route::via(default_v6, LINKS[0].peer_local.into(), 0),
        ],
        forwarding: bits & 2 == 0,
        strong_host: bits & 4 != 0,
        source_routing: bits & 8 != 0,
        duplicate_address_detection: bits & 16 != 0,
        announce: bits & 32 != 0,
        udp_receive_buffer: 8_192,
        tcp,
        limits: limits(),
        seed: u64::from(bits),
        ..HostConfig::default()
    }
}

impl<'a> World<'a> {
    fn new(mut dna: Dna<'a>) -> Self {
        let config = config(dna.u8());
        // A host that takes source routes passes such packets on whether it is a router or not (RFC 1122 3.3.5).
        let (forwarding, limits) = (config.forwarding || config.source_routing, config.limits.clone());
        let host = Host::new(config).expect("the configuration is right");
        let frame = vec![0; host.max_frame_len()];
        let (sockets, station, digest) = (Vec::new(), Station::default(), Digest::new());
        Self { dna, host, forwarding, limits, now: Instant::from_secs(1), sockets, station, digest, frame }
    }

    /// One event, then (mostly) everything that wants to leave.
    fn event(&mut self) {
        match self.dna.below(8) {
            0 | 1 => {
                let (interface, frames) = frames::any(&mut self.dna, &mut self.station);
                for frame in frames {
                    self.receive(interface, &frame);
                }
            }
            2 | 3 => {
                if let Some((interface, frame)) = self.station.tcp_reaction(&mut self.dna) {
                    self.receive(interface, &frame);
                }
            }
            4..=6 => self.call(),
            _ => self.pass_time(),
        }
        if self.dna.below(8) > 0 {
            self.drain();
        }
        self.bounds();
    }

    /// A frame arrives.
    fn receive(&mut self, interface: usize, frame: &[u8]) {
        say(|| format!("{:?} if{interface} <- {}", self.now, checks::show(frame)));
        self.host.handle_frame(self.now, interface, frame);
        while let Some(event) = self.host.events().pop() {
            say(|| format!("    dropped: {:?}", event.reason));
            self.digest.see(&event.reason);
        }
    }

    /// Takes what wants to leave and lets the stations answer; then nothing may be due.
    fn drain(&mut self) {
        let mut count = 0;
        loop {
            let mut frame = core::mem::take(&mut self.frame);
            let transmit = self.host.poll_transmit(self.now, &mut frame);
            if let Some(transmit) = transmit {
                let bytes = &frame[..transmit.len];
                say(|| format!("{:?} if{} -> {}", self.now, transmit.interface, checks::show(bytes)));
                checks::emitted(self.forwarding, transmit.interface, bytes, &mut self.digest);
                self.station.note(transmit.interface, bytes);
            }
            self.frame = frame;
            if transmit.is_none() {
                let answers = self.station.take_answers();
                if answers.is_empty() {
                    break;
                }
                for (interface, answer) in answers {
                    // Some answers get lost.
                    if !self.dna.one_in(16) {
                        self.receive(interface, &answer);
                    }
                }
            }
            count += 1;
            assert!(count < BURST, "{count} frames in a row without an event");
        }
        let due = self.host.poll_timeout();
        assert!(due.is_none_or(|at| at > self.now), "nothing to send, yet due at {due:?} (now {:?})", self.now);
    }

    fn pass_time(&mut self) {
        let millis = *self.dna.choose(&[0, 1, 200, 1_000, 5_000, 61_000, 240_000]);
        match self.host.poll_timeout() {
            Some(at) if millis == 0 => self.now = self.now.max(at),
            _ => self.now += Duration::from_millis(millis),
        }
        say(|| format!("{:?} time", self.now));
        self.host.handle_timeout(self.now);
    }

    /// Nothing is held beyond its limit.
    fn bounds(&mut self) {
        let stats = self.host.stats();
        assert!(stats.sockets <= self.limits.sockets, "{} sockets", stats.sockets);
        assert!(stats.connections <= stats.sockets && stats.timers <= stats.sockets, "{stats:?}");
        for interface in 0..LINKS.len() {
            let neighbors = self.host.neighbors(interface).count();
            assert!(neighbors <= self.limits.neighbors, "{neighbors} neighbours on interface {interface}");
        }
        if self.host.events().count(DropReason::NeighborUnresolved) > 0 {
            self.digest.mark("neighbour unreachable");
        }
    }

    /// The end: timers alone, each wake-up later than the one before; an idle host costs nothing.
    fn settle(&mut self) {
        self.drain();
        for _ in 0..48 {
            let Some(at) = self.host.poll_timeout() else { break };
            assert!(at > self.now, "woken at {:?} for something due at {at:?}", self.now);
            self.now = at;
            self.host.handle_timeout(self.now);
            self.drain();
        }
        let before = self.host.stats().visits;
        self.drain();
        assert_eq!(self.host.stats().visits, before, "an idle poll visits connections");
        self.bounds();
        self.digest.see(&(before, self.host.stats().sockets));
    }
}
