//! The internet layer of a host: interfaces, addresses, routes, queues of frames, and what to do with a packet that
//! wants to leave. Knows nothing of sockets.

use core::net::{IpAddr, Ipv6Addr};
use std::collections::VecDeque;

use super::config::{ConfigError, HostConfig};
use super::interface::Interface;
use crate::errno::Errno;
use crate::event::{DropReason, EventLog};
use crate::fault::FaultSet;
use crate::icmp::RateLimiter;
use crate::ip::address::{LocalAddresses, Scope, scope};
use crate::ip::input::InputConfig;
use crate::ip::pmtu::PathMtuCache;
use crate::ip::reassembly::{Reassembler, ReassemblyConfig};
use crate::limits::Limits;
use crate::rng::{Rng, SipHash24};
use crate::route::{Prefix, Route, RouteKind, RouteTable};
use crate::storage::FrameQueue;
use crate::time::{Duration, Instant};
use crate::wire::ethernet::HEADER_LEN;

/// Room for any IP packet and the Ethernet header before it.
pub(super) const SCRATCH: usize = HEADER_LEN + 65_535 + 40;
/// Gateways that are remembered as dead at once.
const DEAD_GATEWAYS: usize = 16;
/// How long a gateway that did not answer is passed over (RFC 1122 3.3.1.4 leaves the time open).
const DEAD_FOR: Duration = Duration::from_secs(60);
/// Octets of datagrams and fragments that wait for the link.
const DATAGRAM_BYTES: usize = 512 * 1_024;
/// Frames of them.
const DATAGRAM_FRAMES: usize = 1_024;

/// Where a packet goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    /// The interface that it leaves by.
    pub interface: usize,
    /// The neighbour that it goes to; the destination itself if that is on the link.
    pub next_hop: IpAddr,
    /// The largest packet for the link and the route.
    pub mtu: usize,
    /// The destination is one of our own addresses.
    pub local: bool,
}

/// Interfaces, addresses, routes and queues.
#[derive(Debug)]
pub(super) struct Network {
    pub interfaces: Vec<Interface>,
    pub local: LocalAddresses,
    pub routes: RouteTable,
    pub pmtu: PathMtuCache,
    pub reassembler: Reassembler,
    pub limiter: RateLimiter,
    pub input: InputConfig,
    pub limits: Limits,
    pub faults: FaultSet,
    pub default_ttl: u8,
    pub echo_to_groups: (bool, bool),
    /// Whole frames that answer something; the tag is the interface.
    pub control: FrameQueue,
    /// Whole frames of datagram sockets and fragments; the tag is the interface.
    pub datagrams: FrameQueue,
    /// IP packets from us to us; the tag is the interface.
    pub loopback: FrameQueue,
    pub events: EventLog,
    pub flow_key: SipHash24,
    /// Where packets are put together: an Ethernet header's room, then the packet.
    pub scratch: Vec<u8>,
    /// Where ICMP replies and reports are written before they get their header.
    pub reply: Vec<u8>,
    /// The packet from us to us that is being taken in.
    pub loop_packet: Vec<u8>,
    /// Something below the sockets may want to send or wants its timer looked at.
    pub busy: bool,
    /// The earliest timer below the sockets, while not `busy`.
    pub deadline: Option<Instant>,
    identification: u16,
    fragment_identification: u32,
    dead_gateways: VecDeque<(IpAddr, Instant)>,
    /// Groups that sockets joined: interface, group, how many sockets.
    pub joins: Vec<(usize, IpAddr, u32)>,
}

impl Network {
    pub(super) fn new(config: &HostConfig, rng: &mut Rng) -> Result<Self, ConfigError> {
        let limits = &config.limits;
        if config.interfaces.is_empty() || config.interfaces.len() > limits.interfaces {
            return Err(ConfigError::Interfaces);
        }
        let mut local = LocalAddresses::new(limits.groups * config.interfaces.len());
        let mut routes = RouteTable::new(4_096).with_faults(config.faults);
        let mut interfaces = Vec::new();
        for (index, interface) in config.interfaces.iter().enumerate() {
            if interface.mac.is_multicast() {
                return Err(ConfigError::Mac(index));
            }
            if !interface.mtu_is_possible() {
                return Err(ConfigError::Mtu(index));
            }
            for &(address, len) in &interface.addresses {
                local.add(index, address, len).map_err(|_| ConfigError::Address(address))?;
                let prefix = Prefix::new(address, len).ok_or(ConfigError::Address(address))?;
                // Two addresses of one prefix give one route.
                let _ = routes.insert(Route::on_link(prefix, index));
            }
            interfaces.push(Interface::new(interface, config, rng));
        }
        for route in &config.routes {
            if route.kind == RouteKind::Unicast && route.interface >= interfaces.len() {
                return Err(ConfigError::Route(None));
            }
            routes.insert(*route).map_err(|error| ConfigError::Route(Some(error)))?;
        }
        let frame = HEADER_LEN + interfaces.iter().map(|it| it.mtu).max().unwrap_or(0);
        Ok(Self {
            interfaces,
            local,
            routes,
            pmtu: PathMtuCache::new(limits.path_mtu, config.faults),
            reassembler: Reassembler::new(ReassemblyConfig::new(limits, config.faults)),
            limiter: RateLimiter::new(limits.icmp_errors_per_second, limits.icmp_error_burst),
            input: InputConfig {
                forwarding: config.forwarding,
                strong_host: config.strong_host,
                source_routing: config.source_routing,
                extension_headers: limits.extension_headers,
                faults: config.faults,
            },
            limits: limits.clone(),
            faults: config.faults,
            default_ttl: config.default_ttl.max(1),
            echo_to_groups: config.echo_to_groups,
            control: FrameQueue::new(limits.control_frames, (limits.control_frames * frame).min(1 << 20)),
            datagrams: FrameQueue::new(DATAGRAM_FRAMES, DATAGRAM_BYTES),
            loopback: FrameQueue::new(limits.control_frames, 4 * SCRATCH),
            events: EventLog::new(limits.events),
            flow_key: SipHash24::new(rng.next_u64(), rng.next_u64()),
            identification: rng.next_u32() as u16,
            fragment_identification: rng.next_u32(),
            scratch: vec![0; SCRATCH],
            reply: vec![0; 65_535],
            loop_packet: Vec::new(),
            busy: true,
            deadline: None,
            dead_gateways: VecDeque::new(),
            joins: Vec::new(),
        })
    }

    /// Says why something was dropped.
    pub(super) fn dropped(&mut self, now: Instant, interface: usize, reason: DropReason) {
        self.events.dropped(now, interface, reason);
    }

    /// Where a packet to `dst` goes. `hint` names the interface for destinations that every link has: groups,
    /// link-local addresses and the limited broadcast address.
    ///
    /// # Errors
    ///
    /// `NetworkUnreachable` without a route, `HostUnreachable` if a route forbids it.
    pub(super) fn route(&self, now: Instant, dst: IpAddr, hint: Option<usize>) -> Result<Hop, Errno> {
        let hop = |interface: usize, next_hop: IpAddr, route_mtu: Option<usize>, local: bool| {
            let link = self.interfaces.get(interface).map_or(0, |it| it.mtu);
            Ok(Hop { interface, next_hop, mtu: route_mtu.map_or(link, |mtu| mtu.min(link)), local })
        };
        if let Some(own) = self.local.iter().find(|own| own.addr == dst) {
            return hop(own.interface, dst, None, true);
        }
        if dst.is_unspecified() || dst.is_loopback() {
            return Err(Errno::NetworkUnreachable);
        }
        if let Some(interface) = self.link_of(dst, hint) {
            return hop(interface, dst, None, false);
        }
        // RFC1122-3.3.1.2-3, RFC1122-3.3.1.5-1: the best route whose gateway is not known to be dead.
        let candidates = || self.routes.candidates(dst);
        let route = candidates()
            .find(|route| route.next_hop.is_none_or(|gateway| !self.is_dead(now, gateway)))
            .or_else(|| candidates().next())
            .ok_or(Errno::NetworkUnreachable)?;
        match route.kind {
            RouteKind::Unicast => hop(route.interface, route.next_hop.unwrap_or(dst), route.mtu, false),
            RouteKind::Blackhole => Err(Errno::NetworkUnreachable),
            RouteKind::Unreachable => Err(Errno::HostUnreachable),
        }
    }

    /// The interface for a destination that every link has.
    fn link_of(&self, dst: IpAddr, hint: Option<usize>) -> Option<usize> {
        let everywhere = match dst {
            IpAddr::V4(v4) => v4.is_broadcast() || v4.is_multicast(),
            IpAddr::V6(_) => dst.is_multicast() || scope(dst) == Scope::LinkLocal,
        };
        if !everywhere {
            return None;
        }
        let routed = || {
            let route = self.routes.lookup(dst)?;
            (route.kind == RouteKind::Unicast && route.next_hop.is_none()).then_some(route.interface)
        };
        let v6 = dst.is_ipv6();
        let speaks = || self.local.iter().find(|own| own.addr.is_ipv6() == v6).map(|own| own.interface);
        hint.filter(|&index| index < self.interfaces.len()).or_else(routed).or_else(speaks)
    }

    /// Whether `dst` means every station of a link: never the destination of a connection.
    pub(super) fn is_broadcast(&self, dst: IpAddr) -> bool {
        matches!(dst, IpAddr::V4(v4) if v4.is_broadcast() || self.local.is_directed_broadcast(None, v4))
    }

    /// A source address for packets to `dst` out of `interface`.
    pub(super) fn source_for(&self, interface: usize, dst: IpAddr) -> Option<IpAddr> {
        let usable = |own: &IpAddr| match own {
            IpAddr::V6(own) => !self.interfaces.iter().any(|it| it.is_tentative(*own)),
            IpAddr::V4(_) => true,
        };
        self.local.select_source(interface, dst).filter(usable)
    }

    /// A gateway did not answer: other routes come first for a while. RFC1122-3.3.1.4-1.
    pub(super) fn gateway_is_silent(&mut self, now: Instant, gateway: IpAddr) {
        if !self.routes.iter().any(|route| route.next_hop == Some(gateway)) {
            return;
        }
        self.dead_gateways.retain(|&(known, until)| known != gateway && until > now);
        if self.dead_gateways.len() >= DEAD_GATEWAYS {
            self.dead_gateways.pop_front();
        }
        self.dead_gateways.push_back((gateway, now + DEAD_FOR));
        self.paths_changed();
    }

    fn is_dead(&self, now: Instant, gateway: IpAddr) -> bool {
        self.dead_gateways.iter().any(|&(known, until)| known == gateway && until > now)
    }

    /// Whatever was remembered about ways to destinations must be looked up again.
    pub(super) fn paths_changed(&mut self) {
        for interface in &mut self.interfaces {
            interface.generation = interface.generation.wrapping_add(1);
        }
    }

    /// The identification of the next IPv4 packet.
    pub(super) const fn next_identification(&mut self) -> u16 {
        self.identification = self.identification.wrapping_add(1);
        self.identification
    }

    /// The identification of the next IPv6 packet that is cut.
    pub(super) const fn next_fragment_identification(&mut self) -> u32 {
        self.fragment_identification = self.fragment_identification.wrapping_add(1);
        self.fragment_identification
    }

    /// The flow label for packets between two addresses and ports (RFC 6437 3): constant per flow, 20 bits, not 0.
    pub(super) fn flow_label(&self, src: Ipv6Addr, dst: Ipv6Addr, ports: u32) -> u32 {
        let mut key = [0; 36];
        key[..16].copy_from_slice(&src.octets());
        key[16..32].copy_from_slice(&dst.octets());
        key[32..].copy_from_slice(&ports.to_be_bytes());
        (self.flow_key.hash(&key) as u32 & 0xf_ffff).max(1)
    }
}
