//! The shortest way in: a plain TCP segment for a connection that exists.
//!
//! It takes a frame only if the long way ([`super::ingress`], `ip::input`, [`super::tcp_glue`]) would do exactly the
//! same: no options, no fragment, no extension header, every length and checksum in order, no SYN. That a connection
//! with these ends exists says the rest: the destination is ours and the source is one that we talk to. Everything
//! else, and every frame with something wrong in it, is left to the long way, which knows the reason.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Host;
use crate::tcp::{FourTuple, Segment};
use crate::time::Instant;
use crate::wire::checksum;
use crate::wire::ethernet::HEADER_LEN;
use crate::wire::ip::{Ecn, IpProtocol, PseudoHeader};
use crate::wire::tcp::{MIN_HEADER_LEN, TcpFlags, TcpPacket};

/// EtherType, version and header length of an IPv4 packet without options.
const PLAIN_V4: [u8; 3] = [0x08, 0x00, 0x45];
/// EtherType of IPv6.
const V6: [u8; 2] = [0x86, 0xdd];
/// MF, reserved flag and fragment offset: everything but DF.
const FRAGMENT: u16 = 0xbfff;

/// A frame that looks plain so far.
struct Plain<'a> {
    src: IpAddr,
    dst: IpAddr,
    pseudo: PseudoHeader,
    ecn: Ecn,
    segment: &'a [u8],
}

/// The connection that the latest plain segment was for: the next one is likely to be for the same (the "one-behind
/// cache" of RFC 1144's time).
#[derive(Clone, Copy, Debug)]
pub(super) struct Latest {
    tuple: FourTuple,
    slot: u32,
    departures: u64,
}

impl Host {
    /// Takes the frame if it is a plain segment of a connection; `false`, with nothing changed, if not.
    #[inline]
    pub(super) fn fast_input(&mut self, now: Instant, interface: usize, frame: &[u8]) -> bool {
        let Some(mac) = self.net.interfaces.get(interface).map(|it| it.mac) else { return false };
        // The destination is this station, the source is one station.
        if frame.len() < HEADER_LEN + 40 || frame[..6] != mac.0 || frame[6] & 1 != 0 {
            return false;
        }
        let plain = if frame[12..15] == PLAIN_V4 {
            plain_v4(&frame[HEADER_LEN..])
        } else if frame[12..14] == V6 {
            plain_v6(&frame[HEADER_LEN..])
        } else {
            None
        };
        plain.is_some_and(|plain| self.fast_segment(now, interface, &plain))
    }

    #[inline]
    fn fast_segment(&mut self, now: Instant, interface: usize, plain: &Plain<'_>) -> bool {
        let bytes = plain.segment;
        let Some(fixed) = bytes.first_chunk::<MIN_HEADER_LEN>() else { return false };
        let header_len = usize::from(fixed[12] >> 4) * 4;
        let flags = fixed[13];
        if header_len < MIN_HEADER_LEN || header_len > bytes.len() || flags & TcpFlags::SYN.0 as u8 != 0 {
            return false;
        }
        let [src_port, dst_port] = [[fixed[0], fixed[1]], [fixed[2], fixed[3]]].map(u16::from_be_bytes);
        let tuple = FourTuple::new(SocketAddr::new(plain.dst, dst_port), SocketAddr::new(plain.src, src_port));
        let slot = match self.latest {
            Some(latest) if latest.departures == self.sockets.departures && latest.tuple == tuple => latest.slot,
            _ => {
                let Some(slot) = self.sockets.find(&tuple) else { return false };
                self.latest = Some(Latest { tuple, slot, departures: self.sockets.departures });
                slot
            }
        };
        // RFC9293-MUST-3: the checksum is verified.
        if !checksum::is_valid(plain.pseudo.sum(IpProtocol::TCP, bytes.len()) + checksum::sum(bytes)) {
            return false;
        }
        let packet = TcpPacket::new_unchecked(bytes);
        let segment = Segment {
            seq: packet.seq(),
            ack: packet.ack(),
            flags: packet.flags(),
            window: packet.window(),
            urgent: packet.urgent(),
            options: packet.decoded_options(),
            payload: &bytes[header_len..],
            ecn: plain.ecn,
        };
        self.connection_input(now, interface, slot, &tuple, &segment);
        true
    }
}

/// A whole TCP segment in an IPv4 packet without options whose header is intact.
#[inline]
fn plain_v4(packet: &[u8]) -> Option<Plain<'_>> {
    let header = packet.first_chunk::<20>()?;
    let total_len = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let fragment = u16::from_be_bytes([header[6], header[7]]) & FRAGMENT;
    // RFC1122-3.2.1.2-1: the header checksum is verified.
    let (words, _) = header.as_chunks::<2>();
    let sum = words.iter().map(|word| u32::from(u16::from_be_bytes(*word))).sum();
    if fragment != 0 || IpProtocol(header[9]) != IpProtocol::TCP || !checksum::is_valid(sum) {
        return None;
    }
    let src = Ipv4Addr::new(header[12], header[13], header[14], header[15]);
    let dst = Ipv4Addr::new(header[16], header[17], header[18], header[19]);
    Some(Plain {
        src: src.into(),
        dst: dst.into(),
        pseudo: PseudoHeader::v4(src, dst),
        ecn: Ecn::from_bits(header[1]),
        segment: packet.get(20..total_len)?,
    })
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
