//! Host-side group membership: IGMP for IPv4 and MLD for IPv6.
//!
//! One machine per interface and family. It says to which groups reports are due, and when; the IP header around a
//! message (TTL or hop limit 1, router alert) is the caller's: see [`ROUTER_ALERT_V4`] and [`ROUTER_ALERT_V6`].
//!
//! Read first: RFC 2236 6, RFC 3376 5 and 7, RFC 2710 5, RFC 3810 6 and 8.

mod machine;
mod v4;
mod v6;

pub use v4::Igmp;
pub use v6::Mld;

use crate::fault::FaultSet;

/// The router alert option of IPv4 (RFC 2113), which IGMPv2 and v3 messages carry.
pub const ROUTER_ALERT_V4: [u8; 4] = [0x94, 0x04, 0x00, 0x00];

/// A hop-by-hop options header with the router alert option (RFC 2711, value 0), next header ICMPv6, which MLD
/// messages carry.
pub const ROUTER_ALERT_V6: [u8; 8] = [58, 0, 5, 2, 0, 0, 1, 0];

/// Settings of one membership machine.
#[derive(Clone, Copy, Debug)]
pub struct MembershipConfig {
    /// Groups at once.
    pub groups: usize,
    /// The highest version spoken: IGMP 1 to 3, MLD 1 or 2. Queriers of older versions lower it for a while.
    pub version: u8,
    /// The largest message in octets (report of version 3), IP header excluded.
    pub max_message: usize,
    /// Seed for report delays.
    pub seed: u64,
    /// Planted faults.
    pub faults: FaultSet,
}

/// A message to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report<A> {
    /// The destination address.
    pub dst: A,
    /// Length of the message in the caller's buffer, checksum included.
    pub len: usize,
}
