//! The shortest way in: a plain TCP segment for a connection that exists.
//!
//! It takes a frame only if the long way ([`super::ingress`], `ip::input`, [`super::tcp_glue`]) would do exactly the
//! same: no options, no fragment, no extension header, every length and checksum in order, no SYN. That a connection
//! with these ends exists says the rest: the destination is ours and the source is one that we talk to. Everything
//! else, and every frame with something wrong in it, is left to the long way, which knows the reason.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Host;
use crate::seq::SeqNumber;
use crate::tcp::{FourTuple, Segment};
use crate::time::Instant;
use crate::wire::checksum;
use crate::wire::ethernet::HEADER_LEN;
use crate::wire::ip::{Ecn, IpProtocol, PseudoHeader};
use crate::wire::tcp::{DecodedOptions, MIN_HEADER_LEN, TcpFlags};

/// EtherType of IPv4.
const V4: [u8; 2] = [0x08, 0x00];
/// EtherType of IPv6.
const V6: [u8; 2] = [0x86, 0xdd];

/// A frame that looks plain so far.
struct Plain<'a> {
    src: IpAddr,
    dst: IpAddr,
    pseudo: PseudoHeader,
    ecn: Ecn,
    segment: &'a [u8],
}

/// The IPv4 connection that the latest plain segment was for: the next one is likely to be for the same (the
/// "one-behind cache" of RFC 1144's time).
#[derive(Clone, Copy, Debug)]
pub(super) struct Latest {
    /// Source address, destination address, source port and destination port as they stand in the packet.
    key: [u8; 12],
    slot: u32,
    /// [`super::sockets::Sockets::departures`] then: a connection that left since may be this one.
    departures: u64,
}

impl Host {
    /// Takes the frame if it is a plain segment of a connection; `false`, with nothing changed, if not.
    #[inline]
    pub(super) fn fast_input(&mut self, now: Instant, interface: usize, frame: &[u8]) -> bool {
        let Some(mac) = self.net.interfaces.get(interface).map(|it| it.mac) else { return false };
        let Some((ethernet, packet)) = frame.split_first_chunk::<HEADER_LEN>() else { return false };
        // The destination is this station, the source is one station.
        if ethernet[..6] != mac.0 || ethernet[6] & 1 != 0 {
            return false;
        }
        match [ethernet[12], ethernet[13]] {
            V4 => plain_v4(packet).is_some_and(|(plain, key)| self.fast_v4(now, interface, &plain, key)),
            V6 => plain_v6(packet).is_some_and(|plain| {
                let slot = self.find_plain(&plain);
                slot.is_some_and(|slot| self.fast_segment(now, interface, slot, &plain))
            }),
            _ => false,
        }
    }

    #[inline]
    fn fast_v4(&mut self, now: Instant, interface: usize, plain: &Plain<'_>, key: [u8; 12]) -> bool {
        let departures = self.sockets.departures;
        let slot = match self.latest {
            Some(latest) if latest.key == key && latest.departures == departures => latest.slot,
            _ => {
                let Some(slot) = self.find_plain(plain) else { return false };
                self.latest = Some(Latest { key, slot, departures });
                slot
            }
        };
        self.fast_segment(now, interface, slot, plain)
    }

    /// The connection that a segment belongs to.
    fn find_plain(&self, plain: &Plain<'_>) -> Option<u32> {
        let ports = plain.segment.first_chunk::<4>()?;
        let [src, dst] = [[ports[0], ports[1]], [ports[2], ports[3]]].map(u16::from_be_bytes);
        self.sockets.find(&FourTuple::new(SocketAddr::new(plain.dst, dst), SocketAddr::new(plain.src, src)))
    }

    #[inline]
    fn fast_segment(&mut self, now: Instant, interface: usize, slot: u32, plain: &Plain<'_>) -> bool {
        let bytes = plain.segment;
        let Some((fixed, rest)) = bytes.split_first_chunk::<MIN_HEADER_LEN>() else { return false };
        let header_len = usize::from(fixed[12] >> 4) * 4;
        let Some(options_len) = header_len.checked_sub(MIN_HEADER_LEN) else { return false };
        let Some((options, payload)) = rest.split_at_checked(options_len) else { return false };
        let word = |at: usize| u32::from_be_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
        let flags = TcpFlags((word(12) >> 16) as u16 & TcpFlags::ALL.0);
        // RFC9293-MUST-3: the checksum is verified.
        let sum = plain.pseudo.sum(IpProtocol::TCP, bytes.len()) + checksum::sum(bytes);
        if flags.syn() || !checksum::is_valid(sum) {
            return false;
        }
        let segment = Segment {
            seq: SeqNumber(word(4)),
            ack: SeqNumber(word(8)),
            flags,
            window: word(12) as u16,
            urgent: word(16) as u16,
            options: DecodedOptions::decode(options),
            payload,
            ecn: plain.ecn,
        };
        self.connection_input(now, interface, slot, &segment);
        true
    }
}

/// A whole TCP segment in an IPv4 packet without options whose header is intact, and the ends of its connection as they
/// stand there.
#[inline]
fn plain_v4(packet: &[u8]) -> Option<(Plain<'_>, [u8; 12])> {
    let header = packet.first_chunk::<24>()?;
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let words = [word(0), word(4), word(8), word(12), word(16)];
    // Version 4, five words; MF, reserved flag and fragment offset zero, whatever DF is.
    if words[0] >> 24 != 0x45 || words[1] & 0xbfff != 0 || IpProtocol(header[9]) != IpProtocol::TCP {
        return None;
    }
    // RFC1122-3.2.1.2-1: the header checksum is verified.
    let sum: u64 = words.iter().map(|word| u64::from(*word)).sum();
    if !checksum::is_valid((sum >> 32) as u32 + (sum as u32 >> 16) + (sum as u32 & 0xffff)) {
        return None;
    }
    let (src, dst) = (Ipv4Addr::from_bits(words[3]), Ipv4Addr::from_bits(words[4]));
    let plain = Plain {
        src: src.into(),
        dst: dst.into(),
        pseudo: PseudoHeader::v4(src, dst),
        ecn: Ecn::from_bits(header[1]),
        segment: packet.get(20..(words[0] & 0xffff) as usize)?,
    };
    let key = header.last_chunk::<12>()?;
    Some((plain, *key))
}

/// A whole TCP segment straight behind an IPv6 header.
#[inline]
fn plain_v6(packet: &[u8]) -> Option<Plain<'_>> {
    let (header, rest) = packet.split_first_chunk::<40>()?;
    if header[0] >> 4 != 6 || IpProtocol(header[6]) != IpProtocol::TCP {
        return None;
    }
    let (addresses, _) = header[8..].as_chunks::<16>();
    let [src, dst] = [Ipv6Addr::from(*addresses.first()?), Ipv6Addr::from(*addresses.get(1)?)];
    Some(Plain {
        src: src.into(),
        dst: dst.into(),
        pseudo: PseudoHeader::v6(src, dst),
        ecn: Ecn::from_bits(header[1] >> 4),
        segment: rest.get(..usize::from(u16::from_be_bytes([header[4], header[5]])))?,
    })
}
