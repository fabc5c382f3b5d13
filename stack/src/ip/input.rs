//! Judging an arriving IP packet by its headers.
//!
//! Read first: RFC 1122 3.2.1 (IPv4 checks), RFC 8200 3 and 4 (IPv6 and its extension headers), RFC 1812 5.2.2.

use super::address::LocalAddresses;
use super::{Cast, Datagram, IcmpError};
use crate::event::DropReason;
use crate::fault::FaultSet;

/// What the host does with packets in general.
#[derive(Clone, Copy, Debug)]
pub struct InputConfig {
    /// Packets for others are forwarded.
    pub forwarding: bool,
    /// Packets to an address of another interface are not ours (RFC 1122 3.3.4.2, strong host model).
    pub strong_host: bool,
    /// Completed and uncompleted source routes are accepted (RFC 1122 3.3.5). Off by default.
    pub source_routing: bool,
    /// IPv6 extension headers in one packet.
    pub extension_headers: usize,
    /// Planted faults.
    pub faults: FaultSet,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self {
            forwarding: false,
            strong_host: false,
            source_routing: false,
            extension_headers: 8,
            faults: FaultSet::NONE,
        }
    }
}

/// What is to be done with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is for this host (or is a fragment of something that is: see `fragment`).
    Deliver(Datagram),
    /// It is for someone else and this host forwards.
    Forward(Datagram),
    /// It is dropped in silence.
    Drop(DropReason),
    /// It is dropped and its sender told, if [`crate::icmp::may_send_error`] agrees.
    Error {
        /// What to tell.
        error: IcmpError,
        /// Why it is dropped.
        reason: DropReason,
    },
}

/// Judges an IPv4 packet that came in by `interface` in a frame addressed as `link` says.
pub fn classify_v4(
    config: &InputConfig,
    local: &LocalAddresses,
    interface: usize,
    link: Cast,
    packet: &[u8],
) -> Verdict {
    let _ = (config, local, interface, link, packet);
    Verdict::Drop(DropReason::Malformed)
}

/// Judges an IPv6 packet that came in by `interface` in a frame addressed as `link` says.
pub fn classify_v6(
    config: &InputConfig,
    local: &LocalAddresses,
    interface: usize,
    link: Cast,
    packet: &[u8],
) -> Verdict {
    let _ = (config, local, interface, link, packet);
    Verdict::Drop(DropReason::Malformed)
}
