//! When an ICMP error may be sent, and building it.

use core::net::IpAddr;

use crate::fault::FaultSet;
use crate::ip::address::LocalAddresses;
use crate::ip::{Cast, IcmpError};

/// Whether `error` may be sent about `packet` (a whole IP packet of either version as it came, headers valid as far
/// as they are there), which came by `interface` in a frame addressed as `link` says.
/// RFC 1122 3.2.2, RFC 1812 4.3.2.7, RFC 4443 2.4 (e).
pub fn may_send_error(
    faults: FaultSet,
    local: &LocalAddresses,
    interface: usize,
    link: Cast,
    packet: &[u8],
    error: &IcmpError,
) -> bool {
    let _ = (faults, local, interface, link, packet, error);
    false
}

/// Writes the ICMP message, checksum included, that tells `error` about `packet` into `out`; the IP header around it
/// is the caller's. `src` and `dst` are the addresses of that header (the checksum of ICMPv6 covers them).
/// Quotes as much as keeps an ICMPv4 datagram within 576 octets (RFC 1812 4.3.2.3) and an ICMPv6 packet within 1280
/// (RFC 4443 2.4 (c)). Returns the length; `None` if `out` has no room for 8 octets and the quoted header, or the
/// families do not fit each other.
pub fn build_error(
    faults: FaultSet,
    error: &IcmpError,
    src: IpAddr,
    dst: IpAddr,
    packet: &[u8],
    out: &mut [u8],
) -> Option<usize> {
    let _ = (faults, error, src, dst, packet, out);
    None
}
