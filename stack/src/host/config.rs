//! What a host is made of: interfaces, routes, policies, bounds.

use core::fmt;
use core::net::IpAddr;

use crate::fault::FaultSet;
use crate::limits::Limits;
use crate::neighbor::NeighborTimers;
use crate::route::{Route, RouteError};
use crate::tcp::TcpConfig;
use crate::wire::ethernet::MacAddress;
use crate::wire::{ipv4, ipv6};

/// One Ethernet interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceConfig {
    /// Its link-layer address.
    pub mac: MacAddress,
    /// Its addresses with the length of the link's prefix, both families mixed.
    pub addresses: Vec<(IpAddr, u8)>,
    /// The largest IP packet of the link, in octets.
    pub mtu: usize,
}

/// Everything that a host is told at the start.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The interfaces, numbered from 0. At least one.
    pub interfaces: Vec<InterfaceConfig>,
    /// Routes besides those to the links themselves, which follow from the addresses.
    pub routes: Vec<Route>,
    /// Packets for others are forwarded between interfaces. RFC1122-3.1-6: off by default.
    pub forwarding: bool,
    /// Packets for an address of another interface than the one they came by are not ours (RFC 1122 3.3.4.2).
    pub strong_host: bool,
    /// Source routes are processed (RFC 1122 3.3.5). Off by default.
    pub source_routing: bool,
    /// Echo requests to groups and broadcast addresses are answered: IPv4 no, IPv6 yes by default.
    pub echo_to_groups: (bool, bool),
    /// TTL and hop limit of outgoing packets. RFC1122-3.2.1.7-4: configurable.
    pub default_ttl: u8,
    /// New IPv6 addresses are tested before use (RFC 4862 5.4). Off by default: addresses work at once.
    pub duplicate_address_detection: bool,
    /// Addresses are announced at the start: ARP announcement, unsolicited neighbour advertisement. Off by default.
    pub announce: bool,
    /// Highest IGMP version spoken, 1 to 3.
    pub igmp_version: u8,
    /// Highest MLD version spoken, 1 or 2.
    pub mld_version: u8,
    /// First and last ephemeral port (RFC 6056 3.2).
    pub ephemeral_ports: (u16, u16),
    /// Octets in the receive queue of a UDP socket.
    pub udp_receive_buffer: usize,
    /// Times of ARP and neighbour discovery.
    pub neighbor: NeighborTimers,
    /// Policy of TCP.
    pub tcp: TcpConfig,
    /// Bounds.
    pub limits: Limits,
    /// Where everything random starts from.
    pub seed: u64,
    /// Planted faults. Replaces what stands in `tcp`.
    pub faults: FaultSet,
}

impl Default for HostConfig {
    /// No interface yet; every policy as the RFCs have it.
    fn default() -> Self {
        Self {
            interfaces: Vec::new(),
            routes: Vec::new(),
            forwarding: false,
            strong_host: false,
            source_routing: false,
            echo_to_groups: (false, true),
            default_ttl: 64,
            duplicate_address_detection: false,
            announce: false,
            igmp_version: 3,
            mld_version: 2,
            ephemeral_ports: (1_024, 65_535),
            udp_receive_buffer: 256 * 1_024,
            neighbor: NeighborTimers::default(),
            tcp: TcpConfig::default(),
            limits: Limits::default(),
            seed: 0,
            faults: FaultSet::NONE,
        }
    }
}

/// Why a host cannot be made from a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// None, or more than [`Limits::interfaces`].
    Interfaces,
    /// The interface's link-layer address is a group address.
    Mac(usize),
    /// The interface's MTU is below 68 octets (RFC 791), below 1280 with IPv6 (RFC 8200 5), or above 65535.
    Mtu(usize),
    /// An address that no host may have, or an impossible prefix length.
    Address(IpAddr),
    /// A route that the table refuses, or one to an interface that does not exist.
    Route(Option<RouteError>),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interfaces => f.write_str("a host needs at least one interface and at most its limit"),
            Self::Mac(index) => write!(f, "interface {index}: the link-layer address is a group address"),
            Self::Mtu(index) => write!(f, "interface {index}: the MTU is not possible"),
            Self::Address(address) => write!(f, "{address} with its prefix cannot be a host's address"),
            Self::Route(Some(error)) => write!(f, "a route was refused: {error}"),
            Self::Route(None) => f.write_str("a route leads to an interface that does not exist"),
        }
    }
}

impl core::error::Error for ConfigError {}

impl InterfaceConfig {
    /// Whether the MTU fits the families of the addresses.
    pub(super) fn mtu_is_possible(&self) -> bool {
        let v6 = self.addresses.iter().any(|(address, _)| address.is_ipv6());
        let least = if v6 { ipv6::MIN_MTU } else { ipv4::MIN_MTU };
        (least..=65_535).contains(&self.mtu)
    }
}
