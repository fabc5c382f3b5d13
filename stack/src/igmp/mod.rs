//! Host-side group membership: IGMP for IPv4 and MLD for IPv6.
//!
//! One machine per interface and family. It says to which groups reports are due, and when; the IP header around a
//! message (TTL or hop limit 1, router alert) is the caller's: see [`ROUTER_ALERT_V4`] and [`ROUTER_ALERT_V6`].
//!
//! Read first: RFC 2236 6, RFC 3376 5 and 7, RFC 2710 5, RFC 3810 6 and 8.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::FaultSet;
use crate::time::Instant;

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

/// IGMP on one interface.
#[derive(Clone, Debug)]
pub struct Igmp {
    config: MembershipConfig,
}

impl Igmp {
    /// No group yet. Versions above 3 count as 3.
    pub fn new(config: MembershipConfig) -> Self {
        Self { config }
    }

    /// Joins a group and makes a report due; a second join of the same group is counted. All-systems is never
    /// reported. `Invalid` if it is no group, `NoBuffers` at the limit.
    pub fn join(&mut self, now: Instant, group: Ipv4Addr) -> Result<(), Errno> {
        let _ = (now, group, &self.config);
        Ok(())
    }

    /// Leaves a group once; when the last join is undone the group is gone. False if it was not joined.
    pub fn leave(&mut self, now: Instant, group: Ipv4Addr) -> bool {
        let _ = (now, group);
        false
    }

    /// Takes an IGMP message, checksum not yet verified. Returns why it was dropped, if it was.
    pub fn handle_message(&mut self, now: Instant, src: Ipv4Addr, dst: Ipv4Addr, message: &[u8]) -> Option<DropReason> {
        let _ = (now, src, dst, message);
        None
    }

    /// Writes the next message that is due to the start of `out`.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Report<Ipv4Addr>> {
        let _ = (now, out);
        None
    }

    /// When [`Self::poll_transmit`] or [`Self::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = now;
    }
}

/// MLD on one interface.
#[derive(Clone, Debug)]
pub struct Mld {
    config: MembershipConfig,
}

impl Mld {
    /// No group yet. Versions above 2 count as 2.
    pub fn new(config: MembershipConfig) -> Self {
        Self { config }
    }

    /// Joins a group and makes a report due. See [`Igmp::join`]; all-nodes and scopes 0 and 1 are never reported.
    pub fn join(&mut self, now: Instant, group: Ipv6Addr) -> Result<(), Errno> {
        let _ = (now, group, &self.config);
        Ok(())
    }

    /// Leaves a group once. See [`Igmp::leave`].
    pub fn leave(&mut self, now: Instant, group: Ipv6Addr) -> bool {
        let _ = (now, group);
        false
    }

    /// Takes an ICMPv6 message of type 130, 131, 132 or 143 whose checksum is right. `hop_limit` is that of its IPv6
    /// header.
    pub fn handle_message(
        &mut self,
        now: Instant,
        src: Ipv6Addr,
        dst: Ipv6Addr,
        hop_limit: u8,
        message: &[u8],
    ) -> Option<DropReason> {
        let _ = (now, src, dst, hop_limit, message);
        None
    }

    /// Writes the next message that is due to the start of `out`. `source` is the address it will be sent from: a
    /// link-local one, or the unspecified address while there is none (RFC 3590).
    pub fn poll_transmit(&mut self, now: Instant, source: Ipv6Addr, out: &mut [u8]) -> Option<Report<Ipv6Addr>> {
        let _ = (now, source, out);
        None
    }

    /// When [`Self::poll_transmit`] or [`Self::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = now;
    }
}
