//! The test bed of a timeline: links, routes and flows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::packet::is_default;
use crate::target::{Family, Link, SocketKind, StaticRoute, Topology};

/// What is special about one link of the standard test bed ([`Link::standard`]).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BedLink {
    /// MTU in bytes of IP packet; `None`: 1500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<usize>,
    /// Another IPv4 address and prefix length of the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_v4: Option<(Ipv4Addr, u8)>,
    /// Another global IPv6 address and prefix length of the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_v6: Option<(Ipv6Addr, u8)>,
}

/// A static route of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedRoute {
    /// Destination prefix.
    pub prefix: (IpAddr, u8),
    /// Gateway, an address that the tester answers for.
    pub gateway: IpAddr,
    /// Link by which it is reached.
    pub link: usize,
}

/// Where a timeline plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bed {
    /// The links, at least one.
    pub links: Vec<BedLink>,
    /// Static routes of the target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<BedRoute>,
    /// Whether the target forwards.
    #[serde(default, skip_serializing_if = "is_default")]
    pub forwarding: bool,
    /// The target begins without knowing the tester's link-layer address. Else the two have met before the first
    /// event, so that no case but those about resolution depends on it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cold: bool,
}

impl Default for Bed {
    fn default() -> Self {
        Self { links: vec![BedLink::default()], routes: Vec::new(), forwarding: false, cold: false }
    }
}

impl Bed {
    /// Link number `index`, completed with the standard addresses; past the last link, the last one.
    pub fn link(&self, index: usize) -> Link {
        let index = index.min(self.links.len().saturating_sub(1)).min(2);
        let mut link = Link::standard(index);
        if let Some(special) = self.links.get(index) {
            link.mtu = special.mtu.unwrap_or(link.mtu);
            link.target_v4 = special.target_v4.unwrap_or(link.target_v4);
            link.target_v6 = special.target_v6.unwrap_or(link.target_v6);
        }
        link
    }

    /// What the target is configured with.
    pub fn topology(&self, seed: u64) -> Topology {
        Topology {
            links: (0..self.links.len().clamp(1, 3)).map(|index| self.link(index)).collect(),
            routes: self
                .routes
                .iter()
                .map(|route| StaticRoute { prefix: route.prefix, gateway: route.gateway, link: route.link })
                .collect(),
            forwarding: self.forwarding,
            seed,
        }
    }
}

/// A TCP or UDP flow between the tester and the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowSpec {
    /// The name that specs use.
    pub name: String,
    /// TCP or UDP.
    pub kind: SocketKind,
    /// Link on which it runs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub link: usize,
    /// The tester's address.
    pub tester: IpAddr,
    /// The target's address.
    pub target: IpAddr,
    /// The tester's port.
    pub tester_port: u16,
    /// The target's port; `None`: learned from its first segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_port: Option<u16>,
    /// The tester's initial sequence number.
    #[serde(default)]
    pub isn: u32,
    /// The window that the tester offers, as it stands on the wire.
    #[serde(default = "default_window")]
    pub window: u16,
    /// MSS that the tester announces on its SYN; `None`: no option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mss: Option<u16>,
    /// Window scale shift that the tester offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_scale: Option<u8>,
    /// Whether the tester offers SACK.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sack: bool,
    /// Whether the tester offers timestamps.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timestamps: bool,
}

const fn default_window() -> u16 {
    u16::MAX
}

impl FlowSpec {
    /// Family of the flow.
    pub const fn family(&self) -> Family {
        match self.target {
            IpAddr::V4(_) => Family::Ipv4,
            IpAddr::V6(_) => Family::Ipv6,
        }
    }
}
