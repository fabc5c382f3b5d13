//! What IPv4 and IPv6 share: protocol numbers, ECN, the pseudo header. Read first: RFC 9293 3.1 and RFC 8200
//! 8.1 (pseudo headers), RFC 3168 5 (ECN).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::checksum;
use super::field::registry_names;

/// An IP protocol number or IPv6 next-header value (IANA "Protocol Numbers").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpProtocol(pub u8);

registry_names! { IpProtocol, "protocol {}";
    /// IPv6 hop-by-hop options (RFC 8200 4.3).
    IPV6_HOP_BY_HOP = 0, "hop-by-hop";
    /// ICMP for IPv4 (RFC 792).
    ICMP = 1, "ICMP";
    /// IGMP (RFC 2236, RFC 3376).
    IGMP = 2, "IGMP";
    /// IPv4 in IP (RFC 2003).
    IPV4 = 4, "IPv4-in-IP";
    /// TCP (RFC 9293).
    TCP = 6, "TCP";
    /// UDP (RFC 768).
    UDP = 17, "UDP";
    /// IPv6 in IP (RFC 2473).
    IPV6 = 41, "IPv6-in-IP";
    /// IPv6 routing header (RFC 8200 4.4).
    ROUTING = 43, "routing header";
    /// IPv6 fragment header (RFC 8200 4.5).
    FRAGMENT = 44, "fragment header";
    /// Encapsulating security payload (RFC 4303).
    ESP = 50, "ESP";
    /// Authentication header (RFC 4302).
    AUTHENTICATION = 51, "AH";
    /// ICMPv6 (RFC 4443).
    ICMPV6 = 58, "ICMPv6";
    /// IPv6: nothing follows (RFC 8200 4.7).
    NO_NEXT = 59, "no next header";
    /// IPv6 destination options (RFC 8200 4.6).
    DEST_OPTIONS = 60, "destination options";
    /// SCTP (RFC 9260).
    SCTP = 132, "SCTP";
    /// For experiments (RFC 3692).
    EXPERIMENT_1 = 253, "experiment 253";
    /// For experiments (RFC 3692).
    EXPERIMENT_2 = 254, "experiment 254";
}

/// The ECN field (RFC 3168 5): the low two bits of the traffic class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Ecn {
    /// 00.
    #[default]
    NotEct,
    /// 01.
    Ect1,
    /// 10.
    Ect0,
    /// 11: congestion experienced.
    Ce,
}

impl Ecn {
    /// From the low two bits of `traffic_class`.
    #[inline]
    pub const fn from_bits(traffic_class: u8) -> Self {
        match traffic_class & 3 {
            0 => Self::NotEct,
            1 => Self::Ect1,
            2 => Self::Ect0,
            _ => Self::Ce,
        }
    }

    /// The two bits.
    #[inline]
    pub const fn bits(self) -> u8 {
        match self {
            Self::NotEct => 0,
            Self::Ect1 => 1,
            Self::Ect0 => 2,
            Self::Ce => 3,
        }
    }

    /// ECT(0) or ECT(1).
    #[inline]
    pub const fn is_ect(self) -> bool {
        matches!(self, Self::Ect0 | Self::Ect1)
    }
}

/// The addresses of a pseudo header, already summed: what TCP, UDP and ICMPv6 checksums start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PseudoHeader {
    addresses: u32,
    v6: bool,
}

impl PseudoHeader {
    /// IPv4: RFC 9293 3.1, RFC 768.
    #[inline]
    pub fn v4(src: Ipv4Addr, dst: Ipv4Addr) -> Self {
        let (src, dst) = (u32::from(src), u32::from(dst));
        Self { addresses: (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff), v6: false }
    }

    /// IPv6: RFC 8200 8.1.
    #[inline]
    pub fn v6(src: Ipv6Addr, dst: Ipv6Addr) -> Self {
        Self { addresses: checksum::sum(&src.octets()) + checksum::sum(&dst.octets()), v6: true }
    }

    /// From two addresses; `None` if they are of different families.
    #[inline]
    pub fn new(src: IpAddr, dst: IpAddr) -> Option<Self> {
        match (src, dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => Some(Self::v4(src, dst)),
            (IpAddr::V6(src), IpAddr::V6(dst)) => Some(Self::v6(src, dst)),
            _ => None,
        }
    }

    /// Whether it is that of IPv6, where a UDP checksum of zero is forbidden.
    #[inline]
    pub const fn is_v6(self) -> bool {
        self.v6
    }

    /// The partial sum of the pseudo header for an upper-layer packet of `len` bytes (header and data).
    #[inline]
    pub const fn sum(self, protocol: IpProtocol, len: usize) -> u32 {
        let len = len as u32;
        self.addresses + protocol.0 as u32 + (len >> 16) + (len & 0xffff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(IpProtocol::TCP.to_string(), "TCP");
        assert_eq!(format!("{:?}", IpProtocol(200)), "protocol 200");
    }

    #[test]
    fn ecn_bits_round_trip() {
        for bits in 0..4 {
            assert_eq!(Ecn::from_bits(0xfc | bits).bits(), bits);
        }
        assert!(Ecn::Ect0.is_ect() && Ecn::Ect1.is_ect() && !Ecn::Ce.is_ect() && !Ecn::NotEct.is_ect());
    }

    quickcheck::quickcheck! {
        fn v4_sum_is_that_of_the_bytes(src: u32, dst: u32, protocol: u8, len: u16) -> bool {
            let mut bytes = [src.to_be_bytes(), dst.to_be_bytes(), [0; 4]].concat();
            bytes[9] = protocol;
            bytes[10..12].copy_from_slice(&len.to_be_bytes());
            let pseudo = PseudoHeader::v4(src.into(), dst.into());
            checksum::fold(pseudo.sum(IpProtocol(protocol), len.into())) == checksum::fold(checksum::sum(&bytes))
        }

        fn v6_sum_is_that_of_the_bytes(src: u128, dst: u128, protocol: u8, len: u32) -> bool {
            let mut bytes = [src.to_be_bytes(), dst.to_be_bytes()].concat();
            bytes.extend(len.to_be_bytes());
            bytes.extend([0, 0, 0, protocol]);
            let pseudo = PseudoHeader::v6(src.into(), dst.into());
            checksum::fold(pseudo.sum(IpProtocol(protocol), len as usize)) == checksum::fold(checksum::sum(&bytes))
        }
    }
}
