//! Judging an arriving IP packet by its headers.
//!
//! Read first: RFC 1122 3.2.1 (IPv4 checks), RFC 8200 3 and 4 (IPv6 and its extension headers), RFC 1812 5.2.2.

use core::net::IpAddr;

use super::address::{self, LocalAddresses, Scope, V4Class};
use super::{Cast, Datagram, FragmentInfo, IcmpError, Unreachable, extension, options};
use crate::event::DropReason;
use crate::fault::{Fault, FaultSet};
use crate::wire::ip::{Ecn, IpProtocol};
use crate::wire::ipv4::Ipv4Packet;
use crate::wire::ipv6::Ipv6Packet;

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
    let mut datagram = match v4_header(config, packet) {
        Ok(datagram) => datagram,
        Err(reason) => return Verdict::Drop(reason),
    };
    let (IpAddr::V4(src), IpAddr::V4(dst)) = (datagram.src, datagram.dst) else {
        return Verdict::Drop(DropReason::Malformed);
    };
    // RFC1122-3.2.1.3-4: a source address that no single host can have is discarded in silence.
    let bad_source = address::is_martian_source(datagram.src) || local.is_directed_broadcast(None, src);
    if bad_source && !config.faults.has(Fault::Ipv4BadSourceAccepted) {
        return Verdict::Drop(DropReason::BadSource);
    }
    // RFC1122-3.2.1.3-3: loopback, reserved and "this network" addresses are nobody's on a wire.
    if matches!(address::classify_v4(dst), V4Class::Loopback | V4Class::Reserved | V4Class::ThisNetwork) {
        return Verdict::Drop(DropReason::BadDestination);
    }
    let Some(cast) = ours(config, local, interface, datagram.dst) else {
        return for_others(config, link, datagram);
    };
    datagram.cast = cast;
    // RFC1122-3.3.6-6: a unicast packet in a broadcast frame is a mistake of somebody's.
    if link != Cast::Unicast && cast == Cast::Unicast && !config.faults.has(Fault::LinkBroadcastAccepted) {
        return Verdict::Drop(DropReason::BadDestination);
    }
    // RFC1122-3.2.1.7-2: the TTL of a packet that has arrived does not matter.
    if datagram.hop_limit < 2 && config.faults.has(Fault::TtlBelowTwoDropped) {
        return Verdict::Drop(DropReason::TtlExpired);
    }
    let area = packet.get(datagram.options()).unwrap_or(&[]);
    if !area.is_empty()
        && let Err(verdict) = v4_options(config, area, &datagram)
    {
        return verdict;
    }
    Verdict::Deliver(datagram)
}

/// Checks the fixed fields of an IPv4 header and reads them.
fn v4_header(config: &InputConfig, packet: &[u8]) -> Result<Datagram, DropReason> {
    if packet.len() < 20 {
        return Err(DropReason::Malformed);
    }
    let view = Ipv4Packet::new_unchecked(packet);
    // RFC1122-3.2.1.1-1: another version is discarded in silence.
    if view.version() != 4 && !config.faults.has(Fault::Ipv4VersionUnchecked) {
        return Err(DropReason::BadVersion);
    }
    let header_len = view.header_len();
    let stated = usize::from(view.total_len());
    if header_len < 20 || stated < header_len || stated > packet.len() {
        return Err(DropReason::Malformed);
    }
    // RFC1122-3.2.1.2-1, RFC1812-4.2.2.5-1: so is one with a wrong checksum.
    if !view.verify_checksum() && !config.faults.has(Fault::Ipv4BadChecksumAccepted) {
        return Err(DropReason::BadChecksum);
    }
    let (offset, more) = (usize::from(view.fragment_offset()), view.more_fragments());
    let id = u32::from(view.identification());
    let fragment = (offset != 0 || more).then_some(FragmentInfo { id, offset, more, header_at: 0, named_at: 0 });
    // What follows the stated length is padding of the link (RFC 894: "not part of the IP packet").
    let total_len = if config.faults.has(Fault::Ipv4PaddingKept) { packet.len() } else { stated };
    Ok(Datagram {
        src: view.src().into(),
        dst: view.dst().into(),
        cast: Cast::Unicast,
        protocol: view.protocol(),
        protocol_offset: 9,
        hop_limit: view.ttl(),
        dscp: view.traffic_class() >> 2,
        ecn: Ecn::from_bits(view.traffic_class()),
        header_len,
        total_len,
        fragment,
    })
}

/// Judges the options of an IPv4 packet that is for this host.
fn v4_options(config: &InputConfig, area: &[u8], datagram: &Datagram) -> Result<(), Verdict> {
    // RFC1122-3.2.2.5-1: tell the sender what is wrong with its header.
    options::validate(area).map_err(|bad| Verdict::Error {
        error: IcmpError::ParameterProblem { code: 0, pointer: bad.pointer.into() },
        reason: DropReason::BadOption,
    })?;
    if config.faults.has(Fault::Ipv4UnknownOptionDropped) && options::has_unknown(area) {
        return Err(Verdict::Drop(DropReason::BadOption));
    }
    // A completed source route has arrived (RFC1122-3.2.1.8c-2); one with hops left would have to be forwarded.
    if options::next_hop(area).is_none() {
        return Ok(());
    }
    if config.source_routing && datagram.cast == Cast::Unicast {
        return Err(Verdict::Forward(*datagram));
    }
    // RFC1122-3.3.5-8: off by default; RFC1122-3.3.5-10: the sender is told (code 5).
    if config.faults.has(Fault::SourceRouteSilent) {
        return Err(Verdict::Drop(DropReason::SourceRoute));
    }
    Err(Verdict::Error { error: IcmpError::Unreachable(Unreachable::SourceRoute), reason: DropReason::SourceRoute })
}

/// Judges an IPv6 packet that came in by `interface` in a frame addressed as `link` says.
pub fn classify_v6(
    config: &InputConfig,
    local: &LocalAddresses,
    interface: usize,
    link: Cast,
    packet: &[u8],
) -> Verdict {
    if packet.len() < 40 {
        return Verdict::Drop(DropReason::Malformed);
    }
    let view = Ipv6Packet::new_unchecked(packet);
    if view.version() != 6 {
        return Verdict::Drop(DropReason::BadVersion);
    }
    let (src, dst) = (view.src(), view.dst());
    let Some(packet) = packet.get(..40 + usize::from(view.payload_len())) else {
        return Verdict::Drop(DropReason::Malformed);
    };
    // RFC 4291 2.7 and 2.5.3: a group is no source, and loopback stays within the node.
    if address::is_martian_source(src.into()) && !config.faults.has(Fault::Ipv6BadSourceAccepted) {
        return Verdict::Drop(DropReason::BadSource);
    }
    // RFC 4291 2.7: interface-local and reserved scopes never come from a wire.
    if dst.is_unspecified() || dst.is_loopback() || (dst.is_multicast() && dst.octets()[1] & 0xf < 2) {
        return Verdict::Drop(DropReason::BadDestination);
    }
    let mut datagram = Datagram {
        src: src.into(),
        dst: dst.into(),
        cast: Cast::Unicast,
        protocol: view.next_header(),
        protocol_offset: 6,
        hop_limit: view.hop_limit(),
        dscp: view.traffic_class() >> 2,
        ecn: Ecn::from_bits(view.traffic_class()),
        header_len: 40,
        total_len: packet.len(),
        fragment: None,
    };
    let Some(cast) = ours(config, local, interface, datagram.dst) else {
        return for_others(config, link, datagram);
    };
    datagram.cast = cast;
    let chain = match extension::walk(config, packet, cast == Cast::Multicast) {
        Ok(chain) => chain,
        Err(verdict) => return verdict,
    };
    datagram.protocol = chain.protocol;
    datagram.protocol_offset = chain.protocol_offset;
    datagram.header_len = chain.end;
    datagram.fragment = chain.fragment;
    if chain.end > packet.len() {
        return Verdict::Drop(DropReason::Malformed);
    }
    // RFC8200-4.7-1: nothing follows, so there is nothing to deliver.
    if chain.protocol == IpProtocol::NO_NEXT && chain.fragment.is_none() {
        return Verdict::Drop(DropReason::UnknownProtocol);
    }
    Verdict::Deliver(datagram)
}

/// What `dst` is to this host, by the rules of its host model.
fn ours(config: &InputConfig, local: &LocalAddresses, interface: usize, dst: IpAddr) -> Option<Cast> {
    let cast = local.destination(interface, dst);
    if cast == Some(Cast::Unicast) {
        // An address of link-local scope names us only on its own link.
        let here_only = config.strong_host || address::scope(dst) == Scope::LinkLocal;
        return (!here_only || local.is_on(interface, dst)).then_some(Cast::Unicast);
    }
    if cast.is_none() && config.faults.has(Fault::Ipv4AnyDestination) && dst.is_ipv4() && !dst.is_multicast() {
        return Some(Cast::Unicast);
    }
    cast
}

/// What to do with a packet that is not for us.
fn for_others(config: &InputConfig, link: Cast, datagram: Datagram) -> Verdict {
    if datagram.dst.is_multicast() {
        return Verdict::Drop(DropReason::GroupNotJoined);
    }
    // RFC1122-3.1-6, RFC1122-3.2.1.3-3: a host discards it in silence.
    if !config.forwarding && !config.faults.has(Fault::ForwardWhileHost) {
        return Verdict::Drop(DropReason::ForwardingOff);
    }
    // RFC1812-5.3.4-1 and -2: frames to everyone are nobody's to forward.
    if link != Cast::Unicast && !config.faults.has(Fault::LinkBroadcastForwarded) {
        return Verdict::Drop(DropReason::BadDestination);
    }
    Verdict::Forward(datagram)
}

#[cfg(test)]
#[path = "input_tests.rs"]
pub(crate) mod tests;
