//! Cutting a packet into fragments.
//!
//! Read first: RFC 791 3.2 (an example fragmentation procedure), RFC 8200 4.5.

use core::fmt;

use super::extension::is_extension;
use crate::fault::{Fault, FaultSet};
use crate::wire::ip::IpProtocol;
use crate::wire::ipv4::Ipv4Packet;
use crate::wire::ipv4_options::Ipv4Options;
use crate::wire::ipv6::Ipv6Packet;

/// Why a packet cannot be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FragmentError {
    /// DF is set.
    DontFragment,
    /// The MTU leaves no room for 8 octets of data behind the headers.
    MtuTooSmall,
    /// The headers do not fit the packet.
    Malformed,
}

impl fmt::Display for FragmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DontFragment => "the packet must not be fragmented",
            Self::MtuTooSmall => "the MTU leaves no room for data",
            Self::Malformed => "the headers do not fit the packet",
        })
    }
}

impl core::error::Error for FragmentError {}

/// What the family needs to write the headers of a fragment.
#[derive(Clone, Copy, Debug)]
enum Family {
    V4 {
        /// The options for every fragment but the first.
        later_options: Ipv4Options,
        /// The offset of this packet, if it is a fragment itself.
        base: usize,
        /// MF of this packet.
        more: bool,
    },
    V6 {
        identification: u32,
        /// Where the octet stands that names the first header behind the unfragmentable part.
        named_at: usize,
    },
}

/// A packet on its way to being cut; gives one fragment after the other into the caller's buffer.
#[derive(Clone, Debug)]
pub struct Fragmenter<'a> {
    packet: &'a [u8],
    /// Octets of the header, or of the unfragmentable part.
    header_len: usize,
    mtu: usize,
    /// Octets of data that were given out.
    done: usize,
    family: Family,
    faults: FaultSet,
}

impl<'a> Fragmenter<'a> {
    /// Prepares to cut an IPv4 packet (which may be a fragment itself) for links that take `mtu` octets.
    ///
    /// # Errors
    /// `DontFragment` only if the packet is larger than `mtu`; a packet that fits comes out whole.
    pub fn v4(packet: &'a [u8], mtu: usize) -> Result<Self, FragmentError> {
        Self::v4_with_faults(packet, mtu, FaultSet::NONE)
    }

    /// [`Self::v4`] with planted faults.
    ///
    /// # Errors
    /// Those of [`Self::v4`].
    pub fn v4_with_faults(packet: &'a [u8], mtu: usize, faults: FaultSet) -> Result<Self, FragmentError> {
        let view = Ipv4Packet::new_checked(packet).map_err(|_| FragmentError::Malformed)?;
        let header_len = view.header_len();
        let packet = packet.get(..usize::from(view.total_len())).ok_or(FragmentError::Malformed)?;
        if packet.len() < header_len {
            return Err(FragmentError::Malformed);
        }
        // RFC791-2.3-4: DF forbids it.
        if packet.len() > mtu && view.dont_fragment() && !faults.has(Fault::DontFragmentIgnored) {
            return Err(FragmentError::DontFragment);
        }
        if packet.len() > mtu && mtu < header_len + 8 {
            return Err(FragmentError::MtuTooSmall);
        }
        let options = Ipv4Options::from_bytes(view.options()).ok_or(FragmentError::Malformed)?;
        let family = Family::V4 {
            later_options: options.copied(),
            base: view.fragment_offset().into(),
            more: view.more_fragments(),
        };
        Ok(Self { packet, header_len, mtu, done: 0, family, faults })
    }

    /// Prepares to cut an IPv6 packet without a fragment header. `identification` must differ from that of any
    /// other packet sent recently between the two addresses (RFC 8200 4.5).
    ///
    /// # Errors
    /// `MtuTooSmall` also if the headers up to the transport's would not fit the first fragment (RFC8200-4.5-4).
    pub fn v6(packet: &'a [u8], mtu: usize, identification: u32) -> Result<Self, FragmentError> {
        let view = Ipv6Packet::new_checked(packet).map_err(|_| FragmentError::Malformed)?;
        let packet = packet.get(..40 + usize::from(view.payload_len())).ok_or(FragmentError::Malformed)?;
        let (header_len, named_at) = per_fragment_headers(packet).ok_or(FragmentError::Malformed)?;
        if packet.len() > mtu && mtu < (header_len + 16).max(upper_layer_at(packet).ok_or(FragmentError::Malformed)?) {
            return Err(FragmentError::MtuTooSmall);
        }
        let family = Family::V6 { identification, named_at };
        Ok(Self { packet, header_len, mtu, done: 0, family, faults: FaultSet::NONE })
    }

    /// The same with planted faults.
    pub fn with_faults(mut self, faults: FaultSet) -> Self {
        self.faults = faults;
        self
    }

    /// Writes the next fragment, a whole IP packet, to the start of `out` and returns its length; `None` after the
    /// last one, or if `out` is shorter than the fragment. A packet no larger than the MTU comes out as it is.
    pub fn next_fragment(&mut self, out: &mut [u8]) -> Option<usize> {
        let data = self.packet.get(self.header_len..)?;
        if self.done > data.len() || (self.done == data.len() && self.done > 0) {
            return None;
        }
        if self.packet.len() <= self.mtu {
            out.get_mut(..self.packet.len())?.copy_from_slice(self.packet);
            self.done = data.len() + 1;
            return Some(self.packet.len());
        }
        match self.family {
            Family::V4 { later_options, base, more } => self.next_v4(out, data, later_options, base, more),
            Family::V6 { identification, named_at } => self.next_v6(out, data, identification, named_at),
        }
    }

    /// How much data the next fragment takes behind `headers` octets, and whether it is the last one.
    fn share(&self, data: &[u8], headers: usize) -> (usize, bool) {
        let left = data.len() - self.done;
        let room = self.mtu - headers;
        if left <= room {
            return (left, true);
        }
        // RFC791-3.2-8, RFC 8200 4.5: every fragment but the last is a multiple of 8 octets long.
        (if self.faults.has(Fault::FragmentOddCut) { room & !7 | 4 } else { room & !7 }.min(room), false)
    }

    fn next_v4(
        &mut self,
        out: &mut [u8],
        data: &[u8],
        later_options: Ipv4Options,
        base: usize,
        more: bool,
    ) -> Option<usize> {
        // RFC791-3.1-7 and its like: options with the copied flag are in every fragment, others in the first only.
        let all = self.done == 0 || self.faults.has(Fault::FragmentOptionsAllCopied);
        let header_len = if all { self.header_len } else { 20 + later_options.padded_len() };
        let (share, last) = self.share(data, header_len);
        let out = out.get_mut(..header_len + share)?;
        out[..20].copy_from_slice(&self.packet[..20]);
        if all {
            out[20..header_len].copy_from_slice(&self.packet[20..self.header_len]);
        } else {
            out[20..header_len].copy_from_slice(later_options.as_bytes());
        }
        out[header_len..].copy_from_slice(&data[self.done..self.done + share]);
        let len = out.len();
        let mut view = Ipv4Packet::new_unchecked(out);
        view.set_header_len(header_len);
        view.set_total_len(len as u16);
        view.set_fragment_offset((base + self.done) as u16);
        view.set_more_fragments(!last || more);
        view.fill_checksum();
        self.done += share;
        Some(len)
    }

    fn next_v6(&mut self, out: &mut [u8], data: &[u8], identification: u32, named_at: usize) -> Option<usize> {
        let headers = self.header_len + 8;
        let (share, last) = self.share(data, headers);
        let out = out.get_mut(..headers + share)?;
        out[..self.header_len].copy_from_slice(&self.packet[..self.header_len]);
        out[named_at] = IpProtocol::FRAGMENT.0;
        out[self.header_len] = self.packet[named_at];
        out[self.header_len + 1] = 0;
        let offset = (self.done as u16 & !7) | u16::from(!last);
        out[self.header_len + 2..self.header_len + 4].copy_from_slice(&offset.to_be_bytes());
        out[self.header_len + 4..headers].copy_from_slice(&identification.to_be_bytes());
        out[headers..].copy_from_slice(&data[self.done..self.done + share]);
        let len = out.len();
        Ipv6Packet::new_unchecked(out).set_payload_len((len - 40) as u16);
        self.done += share;
        Some(len)
    }
}

/// RFC8200-4.5-2: the headers that every fragment repeats, up to and including a routing header if there is one, else
/// a hop-by-hop options header, else the fixed header alone. Their length, and where the octet stands that names what
/// follows them.
fn per_fragment_headers(packet: &[u8]) -> Option<(usize, usize)> {
    let mut result = (40, 6);
    let (mut at, mut protocol) = (40, IpProtocol(*packet.get(6)?));
    while is_extension(protocol) && protocol != IpProtocol::FRAGMENT {
        let end = at + (usize::from(*packet.get(at + 1)?) + 1) * 8;
        if matches!(protocol, IpProtocol::IPV6_HOP_BY_HOP | IpProtocol::ROUTING) {
            result = (end, at);
        }
        protocol = IpProtocol(*packet.get(at)?);
        at = end;
    }
    (result.0 <= packet.len()).then_some(result)
}

/// How much of the packet the first fragment has to hold, its own fragment header included.
fn upper_layer_at(packet: &[u8]) -> Option<usize> {
    let (mut at, mut protocol) = (40, IpProtocol(*packet.get(6)?));
    while is_extension(protocol) {
        protocol = IpProtocol(*packet.get(at)?);
        at += (usize::from(*packet.get(at + 1)?) + 1) * 8;
    }
    let transport = match protocol {
        IpProtocol::TCP => 20,
        IpProtocol::UDP | IpProtocol::ICMPV6 => 8,
        _ => 0,
    };
    Some((at + transport).min(packet.len()) + 8)
}

#[cfg(test)]
mod tests {
    use super::super::input::tests::{v4, v6};
    use super::*;
    use pretty_assertions::assert_eq;

    fn cut(mut fragmenter: Fragmenter<'_>) -> Vec<Vec<u8>> {
        let mut out = vec![0; 70_000];
        core::iter::from_fn(|| fragmenter.next_fragment(&mut out).map(|len| out[..len].to_vec())).collect()
    }

    fn data(len: usize) -> Vec<u8> {
        (0..len).map(|n| n as u8).collect()
    }

    /// Options that end between two words: the padding counts, in the first fragment and in the others.
    #[test]
    fn options_of_an_odd_length_are_padded() {
        let route = [131, 7, 4, 198, 51, 100, 2, 0];
        let packet = v4([10, 0, 0, 1], [10, 0, 0, 2], &route, &data(100));
        let fragments = cut(Fragmenter::v4(&packet, 76).unwrap());
        assert_eq!(fragments.len(), 3);
        assert!(fragments.iter().all(|fragment| fragment[..28][20..] == route));
    }

    /// RFC 791 3.2, example 2: 452 octets of data over a link of 280 octets become 256 and 196.
    #[test]
    fn the_example_of_rfc_791() {
        let packet = v4([10, 0, 0, 1], [10, 0, 0, 2], &[], &data(452));
        let fragments = cut(Fragmenter::v4(&packet, 280).unwrap());
        let shapes: Vec<_> = fragments
            .iter()
            .map(|f| {
                let view = Ipv4Packet::new_checked(f).unwrap();
                assert!(view.verify_checksum());
                (view.total_len(), view.fragment_offset(), view.more_fragments())
            })
            .collect();
        assert_eq!(shapes, [(276, 0, true), (216, 256, false)]);
        assert_eq!([&fragments[0][20..], &fragments[1][20..]].concat(), data(452));
    }

    #[test]
    fn a_fragment_can_be_cut_again() {
        let mut packet = v4([10, 0, 0, 1], [10, 0, 0, 2], &[], &data(64));
        packet[6..8].copy_from_slice(&[0x20, 0x10]);
        Ipv4Packet::new_unchecked(&mut packet).fill_checksum();
        let shapes: Vec<_> = cut(Fragmenter::v4(&packet, 68).unwrap())
            .iter()
            .map(|f| Ipv4Packet::new_checked(f).map(|v| (v.fragment_offset(), v.more_fragments())).unwrap())
            .collect();
        assert_eq!(shapes, [(128, true), (176, true)]);
    }

    #[test]
    fn options_are_copied_by_their_flag() {
        let options = [7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 0];
        let packet = v4([10, 0, 0, 1], [10, 0, 0, 2], &options, &data(100));
        let fragments = cut(Fragmenter::v4(&packet, 80).unwrap());
        assert_eq!(fragments[0][20..32], options);
        assert_eq!(fragments[1][20..24], [148, 4, 0, 0]);
        assert_eq!(fragments[1][0], 0x46);
        assert_eq!([&fragments[0][32..], &fragments[1][24..]].concat()[..100], data(100));
    }

    #[test]
    fn df_and_tiny_mtus() {
        let mut packet = v4([10, 0, 0, 1], [10, 0, 0, 2], &[], &data(100));
        assert_eq!(Fragmenter::v4(&packet, 27).err(), Some(FragmentError::MtuTooSmall));
        packet[6] = 0x40;
        assert_eq!(Fragmenter::v4(&packet, 100).err(), Some(FragmentError::DontFragment));
        assert_eq!(cut(Fragmenter::v4(&packet, 120).unwrap()), [packet.clone()]);
        assert_eq!(Fragmenter::v4(&packet[..50], 40).err(), Some(FragmentError::Malformed));
    }

    #[test]
    fn ipv6_repeats_what_the_routers_read() {
        // Hop-by-hop, then destination options (fragmentable), then 100 octets.
        let mut rest = vec![60, 0, 1, 4, 0, 0, 0, 0, 253, 0, 1, 4, 0, 0, 0, 0];
        rest.extend_from_slice(&data(100));
        let packet = v6("fe80::1", "fe80::2", 0, &rest);
        let fragments = cut(Fragmenter::v6(&packet, 112, 0x0102_0304).unwrap());
        assert_eq!(fragments.len(), 2);
        for (fragment, offset) in fragments.iter().zip([1u8, 56]) {
            assert_eq!(fragment[6], 0);
            assert_eq!(fragment[40..48], [44, 0, 1, 4, 0, 0, 0, 0]);
            assert_eq!(fragment[48..56], [60, 0, 0, offset, 1, 2, 3, 4]);
            assert_eq!(usize::from(fragment[5]), fragment.len() - 40);
        }
        let joined: Vec<u8> = fragments.iter().flat_map(|f| f[56..].to_vec()).collect();
        assert_eq!(joined, rest[8..]);
    }

    #[test]
    fn the_transport_header_stays_in_the_first_fragment() {
        let mut rest = vec![6, 7, 1, 4, 0, 0, 0, 0];
        rest.extend_from_slice(&[0; 156]);
        let packet = v6("fe80::1", "fe80::2", 60, &rest);
        assert_eq!(Fragmenter::v6(&packet, 131, 1).err(), Some(FragmentError::MtuTooSmall));
        assert!(Fragmenter::v6(&packet, 132, 1).is_ok());
    }

    quickcheck::quickcheck! {
        fn fragments_fit_and_join(len: u16, mtu: u16, options: u8, family: bool) -> bool {
            let mtu = usize::from(mtu % 3_000) + 100;
            let len = usize::from(len % 20_000);
            let options = vec![1u8; usize::from(options % 11) * 4];
            let payload = data(len);
            let (packet, header) = if family {
                (v4([10, 0, 0, 1], [10, 0, 0, 2], &options, &payload), 20)
            } else {
                (v6("fe80::1", "fe80::2", 253, &payload), 48)
            };
            let fragmenter = if family { Fragmenter::v4(&packet, mtu) } else { Fragmenter::v6(&packet, mtu, 9) };
            let fragments = cut(fragmenter.unwrap());
            if packet.len() <= mtu {
                return fragments == [packet];
            }
            let first = if family { 20 + options.len() } else { 48 };
            let mut joined = fragments[0][first..].to_vec();
            for fragment in &fragments[1..] {
                joined.extend_from_slice(&fragment[header..]);
            }
            let last = fragments.len() - 1;
            joined == payload
                && fragments.iter().all(|f| f.len() <= mtu)
                && fragments[1..last].iter().all(|f| (f.len() - header) % 8 == 0)
        }
    }
}
