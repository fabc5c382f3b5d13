//! Address Resolution Protocol for IPv4 over Ethernet (RFC 826).

use core::net::Ipv4Addr;

use super::ethernet::MacAddress;

/// The operation code, `ar$op`. 1 request, 2 reply, 3 and 4 RARP (RFC 903).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArpOperation(pub u16);

/// An ARP packet with `ar$hrd` Ethernet, `ar$pro` IPv4: 28 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpRepr {
    /// What is asked or answered.
    pub operation: ArpOperation,
    /// `ar$sha`.
    pub sender_mac: MacAddress,
    /// `ar$spa`.
    pub sender_ip: Ipv4Addr,
    /// `ar$tha`.
    pub target_mac: MacAddress,
    /// `ar$tpa`.
    pub target_ip: Ipv4Addr,
}
