//! When an ICMP error may be sent, and building it.

use core::net::{IpAddr, Ipv6Addr};

use crate::address::{V4Class, classify_v4};
use crate::fault::{Fault, FaultSet};
use crate::ip::address::LocalAddresses;
use crate::ip::{Cast, IcmpError, Unreachable};
use crate::wire::ethernet::MacAddress;
use crate::wire::icmpv4::{Icmpv4Packet, Icmpv4Type};
use crate::wire::icmpv6::{Icmpv6Packet, Icmpv6Type};
use crate::wire::ip::{IpProtocol, PseudoHeader};
use crate::wire::ipv4::Ipv4Packet;
use crate::wire::ipv6::Ipv6Packet;
use crate::wire::ndp::{NdpOption, NdpOptions, NdpRepr};
use crate::wire::quote::Quote;

/// Octets of an ICMP error before the quote.
const HEADER_LEN: usize = 8;
/// The largest ICMPv4 error, IP header included.
const MAX_V4: usize = 576;
/// The largest ICMPv6 error, IP header included.
const MAX_V6: usize = 1280;

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
    match packet.first().map(|first| first >> 4) {
        Some(4) => may_send_v4(faults, local, interface, link, packet),
        Some(6) => may_send_v6(faults, link, packet, error),
        _ => false,
    }
}

fn may_send_v4(faults: FaultSet, local: &LocalAddresses, interface: usize, link: Cast, packet: &[u8]) -> bool {
    let Ok(view) = Ipv4Packet::new_checked(packet) else {
        return false;
    };
    // RFC1122-3.2.2-9: only the first fragment speaks for the datagram.
    if view.fragment_offset() != 0 && !faults.has(Fault::ErrorAboutLaterFragment) {
        return false;
    }
    // RFC1122-3.2.2-6: no error about an error. A message too short to tell counts as one.
    if view.protocol() == IpProtocol::ICMP && view.fragment_offset() == 0 && !faults.has(Fault::IcmpErrorAboutIcmpError)
    {
        match packet.get(view.header_len()) {
            Some(kind) if !Icmpv4Type(*kind).is_error() => {}
            _ => return false,
        }
    }
    // RFC1122-3.2.2-7: nor about what many received.
    let dst = view.dst();
    let many = local.is_directed_broadcast(None, dst)
        || local.destination(interface, dst.into()) == Some(Cast::Broadcast)
        || !matches!(classify_v4(dst), V4Class::Unicast | V4Class::Loopback);
    if many && !faults.has(Fault::ErrorToBroadcast) {
        return false;
    }
    // RFC1122-3.2.2-8.
    if link != Cast::Unicast
        && !faults.has(Fault::ErrorToLinkBroadcast)
        && !(many && faults.has(Fault::ErrorToBroadcast))
    {
        return false;
    }
    // RFC1122-3.2.2-10: the source names one host, which is not us by another name.
    let src = view.src();
    let single = matches!(classify_v4(src), V4Class::Unicast) || local.is_own(src.into());
    (single && !local.is_directed_broadcast(None, src)) || faults.has(Fault::ErrorToAmbiguousSource)
}

fn may_send_v6(faults: FaultSet, link: Cast, packet: &[u8], error: &IcmpError) -> bool {
    let Ok(view) = Ipv6Packet::new_checked(packet) else {
        return false;
    };
    // RFC4443-2.4-5 (e.1, e.2): no error about an error or a redirect.
    if !faults.has(Fault::IcmpErrorAboutIcmpError)
        && let Ok(quote) = Quote::parse_v6(packet)
        && quote.protocol == IpProtocol::ICMPV6
        && quote.fragment_offset == 0
    {
        match quote.payload.first().map(|kind| Icmpv6Type(*kind)) {
            Some(kind) if !kind.is_error() && kind != Icmpv6Type::REDIRECT => {}
            _ => return false,
        }
    }
    // RFC4443-2.4-5 (e.3 to e.5): nor about what many received, but for two exceptions.
    let exception = match *error {
        IcmpError::PacketTooBig { .. } => true,
        IcmpError::ParameterProblem { code: 2, pointer } => {
            packet.get(pointer as usize).is_some_and(|kind| kind >> 6 == 0b10)
        }
        _ => false,
    };
    let many = view.dst().is_multicast() || link != Cast::Unicast;
    if many && !exception && !faults.has(Fault::ErrorToBroadcast) {
        return false;
    }
    // RFC4443-2.4-5 (e.6).
    let src = view.src();
    !(src.is_unspecified() || src.is_multicast()) || faults.has(Fault::ErrorToAmbiguousSource)
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
    match (src, dst) {
        (IpAddr::V4(_), IpAddr::V4(_)) => build_v4(faults, error, packet, out),
        (IpAddr::V6(src), IpAddr::V6(dst)) => build_v6(faults, error, PseudoHeader::v6(src, dst), packet, out),
        _ => None,
    }
}

fn build_v4(faults: FaultSet, error: &IcmpError, packet: &[u8], out: &mut [u8]) -> Option<usize> {
    let view = Ipv4Packet::new_checked(packet).ok()?;
    let header_len = view.header_len();
    let stated = usize::from(view.total_len()).clamp(header_len, packet.len());
    // RFC1122-3.4-6, RFC1122-3.2.2-3: the header and at least 8 octets, as they were received.
    // RFC1812-4.3.2.3-1: as much as fits 576 octets.
    let mut quoted = stated.min(MAX_V4 - 20 - HEADER_LEN);
    if faults.has(Fault::ErrorQuoteShort) {
        quoted = quoted.min(header_len + 4);
    }
    let quoted = quoted.min(out.len().checked_sub(HEADER_LEN)?);
    if quoted < header_len {
        return None;
    }
    let (kind, code, word) = match *error {
        IcmpError::Unreachable(why) => (3, unreachable_v4(why), [0; 4]),
        // RFC1191-4-1, RFC1191-4-2: the MTU in the low 16 bits.
        IcmpError::PacketTooBig { mtu } => (3, 4, mtu.min(0xffff).to_be_bytes()),
        IcmpError::Redirect { gateway: IpAddr::V4(gateway), .. } => (5, 1, gateway.octets()),
        IcmpError::Redirect { .. } => return None,
        IcmpError::HopLimitExceeded => (11, 0, [0; 4]),
        IcmpError::ReassemblyTimeExceeded => (11, 1, [0; 4]),
        IcmpError::ParameterProblem { code, pointer } => (12, code, [pointer as u8, 0, 0, 0]),
    };
    let out = &mut out[..HEADER_LEN + quoted];
    out[..4].copy_from_slice(&[kind, code, 0, 0]);
    out[4..HEADER_LEN].copy_from_slice(&word);
    out[HEADER_LEN..].copy_from_slice(&packet[..quoted]);
    let len = out.len();
    Icmpv4Packet::new_unchecked(out).fill_checksum();
    Some(len)
}

const fn unreachable_v4(why: Unreachable) -> u8 {
    match why {
        Unreachable::Network | Unreachable::BeyondScope => 0,
        Unreachable::Host | Unreachable::RejectRoute => 1,
        Unreachable::Protocol => 2,
        Unreachable::Port => 3,
        Unreachable::SourceRoute => 5,
        Unreachable::Prohibited => 13,
    }
}

fn build_v6(faults: FaultSet, error: &IcmpError, pseudo: PseudoHeader, packet: &[u8], out: &mut [u8]) -> Option<usize> {
    let view = Ipv6Packet::new_checked(packet).ok()?;
    let stated = (40 + usize::from(view.payload_len())).min(packet.len());
    // RFC4443-2.4-4: as much of the packet as fits the minimum MTU.
    let room = if faults.has(Fault::ErrorQuoteLong) { usize::MAX } else { MAX_V6 - 40 };
    let room = room.min(out.len());
    if let IcmpError::Redirect { gateway: IpAddr::V6(target), destination: IpAddr::V6(destination), mac } = *error {
        return build_redirect_v6(target, destination, mac, pseudo, &packet[..stated], out.get_mut(..room)?);
    }
    let mut quoted = stated.min(room.checked_sub(HEADER_LEN)?);
    if faults.has(Fault::ErrorQuoteShort) {
        quoted = quoted.min(44);
    }
    if quoted < 40 {
        return None;
    }
    let (kind, code, word) = match *error {
        IcmpError::Unreachable(why) => (1, unreachable_v6(why), 0),
        IcmpError::PacketTooBig { mtu } => (2, 0, mtu),
        IcmpError::HopLimitExceeded => (3, 0, 0),
        IcmpError::ReassemblyTimeExceeded => (3, 1, 0),
        IcmpError::ParameterProblem { code, pointer } => (4, code, pointer),
        IcmpError::Redirect { .. } => return None,
    };
    let out = &mut out[..HEADER_LEN + quoted];
    out[..4].copy_from_slice(&[kind, code, 0, 0]);
    out[4..HEADER_LEN].copy_from_slice(&u32::to_be_bytes(word));
    out[HEADER_LEN..].copy_from_slice(&packet[..quoted]);
    let len = out.len();
    Icmpv6Packet::new_unchecked(out).fill_checksum(pseudo);
    Some(len)
}

const fn unreachable_v6(why: Unreachable) -> u8 {
    match why {
        Unreachable::Network | Unreachable::SourceRoute => 0,
        Unreachable::Prohibited => 1,
        Unreachable::BeyondScope => 2,
        Unreachable::Host => 3,
        Unreachable::Protocol | Unreachable::Port => 4,
        Unreachable::RejectRoute => 6,
    }
}

/// RFC 4861 8.2: the redirect with the target's link-layer address, and the packet in a redirected header option.
fn build_redirect_v6(
    target: Ipv6Addr,
    destination: Ipv6Addr,
    mac: Option<MacAddress>,
    pseudo: PseudoHeader,
    packet: &[u8],
    out: &mut [u8],
) -> Option<usize> {
    let mut area = [0; MAX_V6];
    let fixed = 40 + 8 + if mac.is_some() { 8 } else { 0 };
    let quoted = packet.len().min(out.len().min(MAX_V6 - 40).checked_sub(fixed)?) & !7;
    let redirected = NdpOption::RedirectedHeader(&packet[..quoted]);
    let options = match mac {
        Some(mac) => NdpOptions::write(&mut area, &[NdpOption::TargetLinkLayer(mac), redirected])?,
        None => NdpOptions::write(&mut area, &[redirected])?,
    };
    let message = NdpRepr::Redirect { target, destination, options };
    let out = out.get_mut(..message.buffer_len())?;
    message.emit(&mut Icmpv6Packet::new_unchecked(&mut *out), pseudo);
    Some(out.len())
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
