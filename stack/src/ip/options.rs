//! IPv4 options: in packets for this host, in packets through this host, and in replies.
//!
//! Read first: RFC 791 3.1 (formats), RFC 1122 3.2.1.8 and 3.2.2.6, RFC 1812 5.3.13.

use core::net::Ipv4Addr;

use crate::time::Instant;

/// A malformed option: offset of the offending octet from the start of the IPv4 header, for a parameter problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// Offset in octets from the start of the IPv4 header.
    pub pointer: u8,
}

/// Checks every option of an options area (the octets behind the 20th of the header).
pub fn validate(options: &[u8]) -> Result<(), OptionError> {
    let _ = options;
    Ok(())
}

/// Writes the options for an echo or timestamp reply into `out` (RFC 1122 3.2.2.6): record route and timestamp
/// updated with our address and time, a source route reversed, nothing else. Returns the length, a multiple of 4.
pub fn for_reply(options: &[u8], own: Ipv4Addr, src: Ipv4Addr, now: Instant, out: &mut [u8; 40]) -> usize {
    let _ = (options, own, src, now, out);
    0
}

/// Records our address and time in the options of a packet that is forwarded, in place (RFC 1812 5.3.13.5 and 6).
/// `own` is the address of the outgoing interface, `is_own` tells our addresses.
pub fn for_forwarding(options: &mut [u8], own: Ipv4Addr, is_own: impl Fn(Ipv4Addr) -> bool, now: Instant) {
    let _ = (options, own, is_own, now);
}
