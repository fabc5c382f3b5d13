//! The chain of IPv6 extension headers: walking it in order and judging its options.
//!
//! Read first: RFC 8200 4 (processing strictly in order), 4.2 (what to do about unknown options), 4.4, 4.5; RFC 7112.

use super::input::InputConfig;
use super::{FragmentInfo, IcmpError, Verdict};
use crate::event::DropReason;
use crate::fault::Fault;
use crate::wire::ip::IpProtocol;

/// Octets of the fixed IPv6 header.
const FIXED: usize = 40;
/// Where the fixed header names the next one.
const NEXT_HEADER: usize = 6;

/// Where a chain of extension headers led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The first header that is not an extension header, or what a fragment header names.
    pub protocol: IpProtocol,
    /// Where the octet stands that named it.
    pub protocol_offset: usize,
    /// Where it begins.
    pub end: usize,
    /// Set if the chain ended at a fragment header that does not stand for the whole packet.
    pub fragment: Option<FragmentInfo>,
}

/// A step of the chain, or why the packet is dropped.
type Step<T> = Result<T, Verdict>;

/// The drop that tells the sender: parameter problem `code` with `pointer`.
fn problem(code: u8, pointer: usize, reason: DropReason) -> Verdict {
    Verdict::Error { error: IcmpError::ParameterProblem { code, pointer: pointer as u32 }, reason }
}

/// The octets of the extension header at `at`, by its own length field.
fn header(packet: &[u8], at: usize) -> Step<&[u8]> {
    let length = packet.get(at + 1).ok_or(Verdict::Drop(DropReason::Malformed))?;
    let end = at + (usize::from(*length) + 1) * 8;
    // The length contradicts the packet: an erroneous header field (RFC 4443 3.4 code 0).
    packet.get(at..end).ok_or(problem(0, at + 1, DropReason::Malformed))
}

/// Walks the chain of a packet that is for this node. `packet` ends where its payload length says; `multicast` tells
/// whether it is addressed to a group. Headers are processed strictly in order, RFC8200-4-3.
pub fn walk(config: &InputConfig, packet: &[u8], multicast: bool) -> Result<Chain, Verdict> {
    let mut named_at = NEXT_HEADER;
    let mut at = FIXED;
    let mut seen = 0;
    let mut rank = 0;
    loop {
        let protocol = packet.get(named_at).copied().map(IpProtocol).ok_or(Verdict::Drop(DropReason::Malformed))?;
        if !is_extension(protocol) {
            return Ok(Chain { protocol, protocol_offset: named_at, end: at, fragment: None });
        }
        seen += 1;
        if seen > config.extension_headers {
            return Err(Verdict::Drop(DropReason::ExtensionHeaders));
        }
        // RFC8200-4.1-3: any order, any number of times.
        if config.faults.has(Fault::ExtensionOrderEnforced) {
            let next = recommended_rank(protocol);
            if next < rank {
                return Err(Verdict::Drop(DropReason::ExtensionHeaders));
            }
            rank = next;
        }
        match protocol {
            IpProtocol::IPV6_HOP_BY_HOP => {
                // RFC8200-4-1, RFC8200-4-5: only right behind the fixed header; anywhere else it is unrecognized.
                if named_at != NEXT_HEADER && !config.faults.has(Fault::HopByHopAnywhere) {
                    return Err(problem(1, named_at, DropReason::ExtensionHeaders));
                }
                options(config, packet, at, multicast)?;
            }
            IpProtocol::DEST_OPTIONS => options(config, packet, at, multicast)?,
            IpProtocol::ROUTING => routing(config, packet, at)?,
            _ => {
                let fragment = fragment(packet, at, named_at)?;
                // RFC6946-4-1, RFC8200-4.5-6: a fragment that is the whole packet is processed as such.
                if fragment.offset != 0 || fragment.more || config.faults.has(Fault::AtomicFragmentQueued) {
                    return first_fragment(packet, at, fragment);
                }
            }
        }
        named_at = at;
        // A fragment header's second octet is reserved: its length is always 8.
        at += match protocol {
            IpProtocol::FRAGMENT => 8,
            _ => header(packet, at)?.len(),
        };
    }
}

/// Headers that stand between the fixed header and the payload. ESP and AH are none that this node knows.
pub const fn is_extension(protocol: IpProtocol) -> bool {
    matches!(
        protocol,
        IpProtocol::IPV6_HOP_BY_HOP | IpProtocol::ROUTING | IpProtocol::FRAGMENT | IpProtocol::DEST_OPTIONS
    )
}

const fn recommended_rank(protocol: IpProtocol) -> u8 {
    match protocol {
        IpProtocol::IPV6_HOP_BY_HOP => 0,
        IpProtocol::ROUTING => 1,
        IpProtocol::FRAGMENT => 2,
        _ => 3,
    }
}

/// Judges the options of a hop-by-hop or destination options header at `at`.
fn options(config: &InputConfig, packet: &[u8], at: usize, multicast: bool) -> Step<()> {
    let area = header(packet, at)?;
    let mut offset = 2;
    // RFC8200-4.2-1: strictly in order.
    while let Some(&kind) = area.get(offset) {
        if kind == 0 {
            offset += 1;
            continue;
        }
        let Some(&len) = area.get(offset + 1) else {
            return Err(problem(0, at + offset, DropReason::BadOption));
        };
        let next = offset + 2 + usize::from(len);
        if next > area.len() {
            return Err(problem(0, at + offset + 1, DropReason::BadOption));
        }
        // PadN and router alert (RFC 2711) need nothing.
        if kind != 1 && kind != 5 {
            unknown_option(config, kind, at + offset, multicast)?;
        }
        offset = next;
    }
    Ok(())
}

/// RFC8200-4.2-2: the two highest bits of an unknown option's type say what to do.
fn unknown_option(config: &InputConfig, kind: u8, pointer: usize, multicast: bool) -> Step<()> {
    if config.faults.has(Fault::UnknownV6OptionIgnored) {
        return Ok(());
    }
    let silent = Verdict::Drop(DropReason::BadOption);
    match kind >> 6 {
        0b00 => Ok(()),
        0b01 => Err(silent),
        0b10 if multicast && config.faults.has(Fault::UnknownV6OptionMulticastSilent) => Err(silent),
        0b11 if multicast => Err(silent),
        _ => Err(problem(2, pointer, DropReason::BadOption)),
    }
}

/// Judges a routing header. No type is known here: type 0 is deprecated (RFC 5095 3) and treated as unrecognized.
fn routing(config: &InputConfig, packet: &[u8], at: usize) -> Step<()> {
    let segments_left = header(packet, at)?[3];
    // RFC8200-4.4-1: nothing left to visit, so the header is ignored.
    // RFC8200-4.4-2: else a parameter problem that points to the routing type.
    if segments_left == 0 || config.faults.has(Fault::RoutingHeaderIgnored) {
        return Ok(());
    }
    Err(problem(0, at + 2, DropReason::SourceRoute))
}

/// Reads the fragment header at `at`.
fn fragment(packet: &[u8], at: usize, named_at: usize) -> Step<FragmentInfo> {
    let Some(&[_, _, hi, lo, a, b, c, d]) = packet.get(at..at + 8).and_then(|h| h.first_chunk()) else {
        return Err(Verdict::Drop(DropReason::Malformed));
    };
    Ok(FragmentInfo {
        id: u32::from_be_bytes([a, b, c, d]),
        offset: usize::from(u16::from_be_bytes([hi, lo]) & 0xfff8),
        more: lo & 1 != 0,
        header_at: at,
        named_at,
    })
}

/// Ends the chain at the fragment header at `at`; what follows is judged after reassembly.
fn first_fragment(packet: &[u8], at: usize, fragment: FragmentInfo) -> Step<Chain> {
    let protocol = packet.get(at).copied().map(IpProtocol).ok_or(Verdict::Drop(DropReason::Malformed))?;
    let end = at + 8;
    // RFC8200-4.5-12: the first fragment holds all headers up to and including the upper layer's (RFC 7112 5).
    if fragment.offset == 0 && !reaches_upper_layer(packet, end, protocol) {
        return Err(problem(3, 0, DropReason::FragmentInvalid));
    }
    Ok(Chain { protocol, protocol_offset: at, end, fragment: Some(fragment) })
}

/// Whether the headers from `at` on, the first of type `protocol`, are all there.
fn reaches_upper_layer(packet: &[u8], mut at: usize, mut protocol: IpProtocol) -> bool {
    while is_extension(protocol) {
        let (Some(&next), Some(&length)) = (packet.get(at), packet.get(at + 1)) else {
            return false;
        };
        at += if protocol == IpProtocol::FRAGMENT { 8 } else { (usize::from(length) + 1) * 8 };
        protocol = IpProtocol(next);
    }
    let needed = match protocol {
        IpProtocol::TCP => 20,
        IpProtocol::UDP | IpProtocol::ICMPV6 => 8,
        _ => 0,
    };
    at + needed <= packet.len()
}
