//! Neighbour discovery (RFC 4861 4): the five messages and their options, read from an
//! [`Icmpv6Packet`]. What RFC 4861 says of the IP header (hop limit 255, addresses) is for the caller.

use core::fmt;
use core::net::Ipv6Addr;

use super::ethernet::MacAddress;
use super::field::{Field, need};
use super::icmpv6::{self, Icmpv6Packet, Icmpv6Type};
use super::ip::PseudoHeader;
use super::{Error, ErrorKind, Layer, Result};

/// Option types (RFC 4861 4.6).
pub mod kind {
    /// Source link-layer address.
    pub const SOURCE_LINK_LAYER: u8 = 1;
    /// Target link-layer address.
    pub const TARGET_LINK_LAYER: u8 = 2;
    /// Prefix information.
    pub const PREFIX_INFORMATION: u8 = 3;
    /// Redirected header.
    pub const REDIRECTED_HEADER: u8 = 4;
    /// MTU.
    pub const MTU: u8 = 5;
}

/// The body of a prefix information option. Reserved bits are ignored when read and zero when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefixInformation {
    /// Leading bits of `prefix` that count, 0 to 128 when legal.
    pub prefix_len: u8,
    /// L: the prefix is on this link.
    pub on_link: bool,
    /// A: addresses may be formed from it.
    pub autonomous: bool,
    /// Seconds; all ones: infinity.
    pub valid_lifetime: u32,
    /// Seconds; all ones: infinity.
    pub preferred_lifetime: u32,
    /// The prefix.
    pub prefix: Ipv6Addr,
}

/// One option. A known type whose length is not its own comes as `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NdpOption<'a> {
    /// Type 1 with an Ethernet address.
    SourceLinkLayer(MacAddress),
    /// Type 2 with an Ethernet address.
    TargetLinkLayer(MacAddress),
    /// Type 3.
    PrefixInformation(PrefixInformation),
    /// Type 4: the start of the packet that caused the redirect, with padding.
    RedirectedHeader(&'a [u8]),
    /// Type 5.
    Mtu(u32),
    /// Anything else.
    Unknown {
        /// Option type.
        kind: u8,
        /// Data without type and length byte: 6 bytes and a multiple of 8.
        data: &'a [u8],
    },
}

impl<'a> NdpOption<'a> {
    /// `data` is all behind the length byte.
    fn decode(kind: u8, data: &'a [u8]) -> Self {
        match (kind, data.len()) {
            (kind::SOURCE_LINK_LAYER, 6) => Self::SourceLinkLayer(Field::get(data, 0)),
            (kind::TARGET_LINK_LAYER, 6) => Self::TargetLinkLayer(Field::get(data, 0)),
            (kind::PREFIX_INFORMATION, 30) => Self::PrefixInformation(PrefixInformation {
                prefix_len: data[0],
                on_link: data[1] & 0x80 != 0,
                autonomous: data[1] & 0x40 != 0,
                valid_lifetime: Field::get(data, 2),
                preferred_lifetime: Field::get(data, 6),
                prefix: Field::get(data, 14),
            }),
            (kind::REDIRECTED_HEADER, 6..) => Self::RedirectedHeader(&data[6..]),
            (kind::MTU, 6) => Self::Mtu(Field::get(data, 2)),
            _ => Self::Unknown { kind, data },
        }
    }

    /// The option type.
    pub const fn kind(&self) -> u8 {
        match self {
            Self::SourceLinkLayer(_) => kind::SOURCE_LINK_LAYER,
            Self::TargetLinkLayer(_) => kind::TARGET_LINK_LAYER,
            Self::PrefixInformation(_) => kind::PREFIX_INFORMATION,
            Self::RedirectedHeader(_) => kind::REDIRECTED_HEADER,
            Self::Mtu(_) => kind::MTU,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// Bytes of the option: a multiple of 8; data that is not is padded with zeros.
    pub const fn buffer_len(&self) -> usize {
        match self {
            Self::SourceLinkLayer(_) | Self::TargetLinkLayer(_) | Self::Mtu(_) => 8,
            Self::PrefixInformation(_) => 32,
            Self::RedirectedHeader(data) => (8 + data.len()).next_multiple_of(8),
            Self::Unknown { data, .. } => (2 + data.len()).next_multiple_of(8),
        }
    }

    /// Writes the option to the start of `buffer`; returns the bytes written, or `None` if it does not fit
    /// or exceeds 255 units of 8 bytes.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let len = self.buffer_len();
        let buffer = buffer.get_mut(..len)?;
        buffer.fill(0);
        buffer[0] = self.kind();
        buffer[1] = u8::try_from(len / 8).ok()?;
        match self {
            Self::SourceLinkLayer(mac) | Self::TargetLinkLayer(mac) => mac.set(buffer, 2),
            Self::PrefixInformation(info) => {
                buffer[2] = info.prefix_len;
                buffer[3] = u8::from(info.on_link) << 7 | u8::from(info.autonomous) << 6;
                info.valid_lifetime.set(buffer, 4);
                info.preferred_lifetime.set(buffer, 8);
                info.prefix.set(buffer, 16);
            }
            Self::RedirectedHeader(data) => buffer[8..8 + data.len()].copy_from_slice(data),
            Self::Mtu(mtu) => mtu.set(buffer, 4),
            Self::Unknown { data, .. } => buffer[2..2 + data.len()].copy_from_slice(data),
        }
        Some(len)
    }
}

impl fmt::Display for NdpOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SourceLinkLayer(mac) => write!(f, "source {mac}"),
            Self::TargetLinkLayer(mac) => write!(f, "target {mac}"),
            Self::PrefixInformation(info) => write!(
                f,
                "prefix {}/{}{}{} valid {} preferred {}",
                info.prefix,
                info.prefix_len,
                if info.on_link { " on-link" } else { "" },
                if info.autonomous { " autonomous" } else { "" },
                info.valid_lifetime,
                info.preferred_lifetime
            ),
            Self::RedirectedHeader(data) => write!(f, "redirected header {} bytes", data.len()),
            Self::Mtu(mtu) => write!(f, "mtu {mtu}"),
            Self::Unknown { kind, data } => write!(f, "option {kind} {} bytes", data.len()),
        }
    }
}

/// The options area of a message, as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct NdpOptions<'a>(pub &'a [u8]);

impl<'a> NdpOptions<'a> {
    /// Writes `options` to the start of `buffer` and returns that area; `None` if they do not fit.
    pub fn write(buffer: &'a mut [u8], options: &[NdpOption<'_>]) -> Option<Self> {
        let mut len = 0;
        for option in options {
            len += option.emit(buffer.get_mut(len..)?)?;
        }
        Some(Self(&buffer[..len]))
    }

    /// The options one by one.
    pub const fn iter(self) -> NdpOptionIter<'a> {
        NdpOptionIter { area: self.0, offset: 0 }
    }

    /// The first source link-layer address.
    pub fn source_link_layer(self) -> Option<MacAddress> {
        self.iter().find_map(|option| match option {
            Ok(NdpOption::SourceLinkLayer(mac)) => Some(mac),
            _ => None,
        })
    }

    /// The first target link-layer address.
    pub fn target_link_layer(self) -> Option<MacAddress> {
        self.iter().find_map(|option| match option {
            Ok(NdpOption::TargetLinkLayer(mac)) => Some(mac),
            _ => None,
        })
    }
}

impl<'a> IntoIterator for NdpOptions<'a> {
    type Item = Result<NdpOption<'a>>;
    type IntoIter = NdpOptionIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Walks an options area. Ends behind the last byte or behind the first error.
#[derive(Clone, Debug)]
pub struct NdpOptionIter<'a> {
    area: &'a [u8],
    offset: usize,
}

impl NdpOptionIter<'_> {
    /// Offset in the area of the option that `next` will give.
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl<'a> Iterator for NdpOptionIter<'a> {
    type Item = Result<NdpOption<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.offset;
        let rest = self.area.get(at..).filter(|rest| !rest.is_empty())?;
        let stated = rest.get(1).map(|units| usize::from(*units) * 8);
        self.offset = self.area.len();
        Some(match stated {
            None => Err(Error { offset: at, ..Error::truncated(Layer::NdpOption, 2, rest.len()) }),
            Some(0) => Err(Error::length(Layer::NdpOption, at + 1, 8, 0)),
            Some(len) => match rest.get(..len) {
                None => Err(Error::length(Layer::NdpOption, at + 1, rest.len(), len)),
                Some(option) => {
                    self.offset = at + len;
                    Ok(NdpOption::decode(option[0], &option[2..]))
                }
            },
        })
    }
}

/// A message, complete with options. Reserved bits are ignored when read and zero when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields have the names that the RFC gives them")]
pub enum NdpRepr<'a> {
    /// Type 133.
    RouterSolicitation { options: NdpOptions<'a> },
    /// Type 134. `flags`: bit 7 M, bit 6 O, the rest kept. Lifetime in seconds, the timers in milliseconds.
    RouterAdvertisement {
        hop_limit: u8,
        flags: u8,
        router_lifetime: u16,
        reachable_time: u32,
        retrans_timer: u32,
        options: NdpOptions<'a>,
    },
    /// Type 135.
    NeighborSolicitation { target: Ipv6Addr, options: NdpOptions<'a> },
    /// Type 136.
    NeighborAdvertisement {
        router: bool,
        solicited: bool,
        override_flag: bool,
        target: Ipv6Addr,
        options: NdpOptions<'a>,
    },
    /// Type 137.
    Redirect { target: Ipv6Addr, destination: Ipv6Addr, options: NdpOptions<'a> },
}

impl<'a> NdpRepr<'a> {
    /// Reads a message and verifies what RFC 4861 6.1, 7.1 and 8.1 ask of its ICMP part: checksum (if
    /// `pseudo` is given), code zero, length, no option of length zero, no multicast target of a
    /// solicitation or advertisement, no multicast destination of a redirect.
    ///
    /// # Errors
    /// `Checksum` at offset 2; `Truncated`; `Value` at offset 0 (another type), 1 (code), 8 (target) or 24
    /// (destination of a redirect); the error of the first malformed option, of layer `NdpOption`, its offset counted from the first option.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(packet: &Icmpv6Packet<&'a T>, pseudo: Option<PseudoHeader>) -> Result<Self> {
        icmpv6::check(packet, pseudo)?;
        let bytes: &'a [u8] = packet.as_slice();
        let fixed_len = match packet.msg_type() {
            Icmpv6Type::ROUTER_SOLICITATION => 8,
            Icmpv6Type::ROUTER_ADVERTISEMENT => 16,
            Icmpv6Type::NEIGHBOR_SOLICITATION | Icmpv6Type::NEIGHBOR_ADVERTISEMENT => 24,
            Icmpv6Type::REDIRECT => 40,
            _ => return Err(Error::field(Layer::Ndp, ErrorKind::Value, 0)),
        };
        if packet.code() != 0 {
            return Err(Error::field(Layer::Ndp, ErrorKind::Value, 1));
        }
        need!(Ndp, fixed_len, bytes.len());
        let options = NdpOptions(&bytes[fixed_len..]);
        options.iter().try_for_each(|option| option.map(|_| ()))?;
        let address = |at| {
            let address: Ipv6Addr = Field::get(bytes, at);
            if address.is_multicast() { Err(Error::field(Layer::Ndp, ErrorKind::Value, at)) } else { Ok(address) }
        };
        Ok(match packet.msg_type() {
            Icmpv6Type::ROUTER_SOLICITATION => Self::RouterSolicitation { options },
            Icmpv6Type::ROUTER_ADVERTISEMENT => Self::RouterAdvertisement {
                hop_limit: bytes[4],
                flags: bytes[5],
                router_lifetime: Field::get(bytes, 6),
                reachable_time: Field::get(bytes, 8),
                retrans_timer: Field::get(bytes, 12),
                options,
            },
            Icmpv6Type::NEIGHBOR_SOLICITATION => Self::NeighborSolicitation { target: address(8)?, options },
            Icmpv6Type::NEIGHBOR_ADVERTISEMENT => Self::NeighborAdvertisement {
                router: bytes[4] & 0x80 != 0,
                solicited: bytes[4] & 0x40 != 0,
                override_flag: bytes[4] & 0x20 != 0,
                target: address(8)?,
                options,
            },
            _ => Self::Redirect { target: Field::get(bytes, 8), destination: address(24)?, options },
        })
    }

    /// The type.
    pub const fn msg_type(&self) -> Icmpv6Type {
        match self {
            Self::RouterSolicitation { .. } => Icmpv6Type::ROUTER_SOLICITATION,
            Self::RouterAdvertisement { .. } => Icmpv6Type::ROUTER_ADVERTISEMENT,
            Self::NeighborSolicitation { .. } => Icmpv6Type::NEIGHBOR_SOLICITATION,
            Self::NeighborAdvertisement { .. } => Icmpv6Type::NEIGHBOR_ADVERTISEMENT,
            Self::Redirect { .. } => Icmpv6Type::REDIRECT,
        }
    }

    /// The options.
    pub const fn options(&self) -> NdpOptions<'a> {
        match self {
            Self::RouterSolicitation { options }
            | Self::RouterAdvertisement { options, .. }
            | Self::NeighborSolicitation { options, .. }
            | Self::NeighborAdvertisement { options, .. }
            | Self::Redirect { options, .. } => *options,
        }
    }

    const fn fixed_len(&self) -> usize {
        match self {
            Self::RouterSolicitation { .. } => 8,
            Self::RouterAdvertisement { .. } => 16,
            Self::NeighborSolicitation { .. } | Self::NeighborAdvertisement { .. } => 24,
            Self::Redirect { .. } => 40,
        }
    }

    /// The whole message with options.
    pub const fn buffer_len(&self) -> usize {
        self.fixed_len() + self.options().0.len()
    }

    /// Writes the message. The checksum covers the whole buffer, which should be [`Self::buffer_len`] long.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Icmpv6Packet<T>, pseudo: PseudoHeader) {
        packet.set_msg_type(self.msg_type());
        packet.set_code(0);
        packet.set_rest_of_header(0);
        let options = self.options().0;
        // Offsets below are those of the message minus the four bytes of type, code and checksum.
        let body = packet.body_mut();
        match *self {
            Self::RouterSolicitation { .. } => {}
            Self::RouterAdvertisement { hop_limit, flags, router_lifetime, reachable_time, retrans_timer, .. } => {
                hop_limit.set(body, 0);
                flags.set(body, 1);
                router_lifetime.set(body, 2);
                reachable_time.set(body, 4);
                retrans_timer.set(body, 8);
            }
            Self::NeighborSolicitation { target, .. } => target.set(body, 4),
            Self::NeighborAdvertisement { router, solicited, override_flag, target, .. } => {
                (u8::from(router) << 7 | u8::from(solicited) << 6 | u8::from(override_flag) << 5).set(body, 0);
                target.set(body, 4);
            }
            Self::Redirect { target, destination, .. } => {
                target.set(body, 4);
                destination.set(body, 20);
            }
        }
        let start = self.fixed_len() - icmpv6::HEADER_LEN;
        body[start..start + options.len()].copy_from_slice(options);
        packet.fill_checksum(pseudo);
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, hex};
    use super::*;

    const SOURCE_OPTION: &str = "01 01 020000000001";

    fn pseudo() -> PseudoHeader {
        PseudoHeader::v6("fe80::1".parse().unwrap(), "ff02::1".parse().unwrap())
    }

    fn emit(repr: &NdpRepr<'_>) -> Vec<u8> {
        let mut packet = Icmpv6Packet::new_unchecked(vec![0xee; repr.buffer_len()]);
        repr.emit(&mut packet, pseudo());
        packet.into_inner()
    }

    fn both_ways(bytes: &str, repr: NdpRepr<'_>) {
        let mut packet = Icmpv6Packet::new_unchecked(hex(bytes));
        packet.fill_checksum(pseudo());
        let bytes = packet.into_inner();
        assert_eq!(NdpRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())), Ok(repr));
        assert_eq!(emit(&repr), bytes);
    }

    #[test]
    fn every_message_of_rfc4861() {
        let option = hex(SOURCE_OPTION);
        let options = NdpOptions(&option);
        let target: Ipv6Addr = "fe80::2".parse().unwrap();
        let address = "fe80 0000 0000 0000 0000 0000 0000 0002";
        let solicitation = format!("8500 0000 00000000 {SOURCE_OPTION}");
        both_ways(&solicitation, NdpRepr::RouterSolicitation { options });
        both_ways(
            &format!("8600 0000 40 c0 0708 00000001 00000002 {SOURCE_OPTION}"),
            NdpRepr::RouterAdvertisement {
                hop_limit: 64,
                flags: 0xc0,
                router_lifetime: 1800,
                reachable_time: 1,
                retrans_timer: 2,
                options,
            },
        );
        both_ways(
            &format!("8700 0000 00000000 {address} {SOURCE_OPTION}"),
            NdpRepr::NeighborSolicitation { target, options },
        );
        both_ways(
            &format!("8800 0000 a0000000 {address} {SOURCE_OPTION}"),
            NdpRepr::NeighborAdvertisement { router: true, solicited: false, override_flag: true, target, options },
        );
        both_ways(
            &format!("8900 0000 00000000 {address} 20010db8000000000000000000000001 {SOURCE_OPTION}"),
            NdpRepr::Redirect { target, destination: "2001:db8::1".parse().unwrap(), options },
        );
    }

    #[test]
    fn every_option_of_rfc4861() {
        let info = PrefixInformation {
            prefix_len: 64,
            on_link: true,
            autonomous: false,
            valid_lifetime: u32::MAX,
            preferred_lifetime: 3600,
            prefix: "2001:db8::".parse().unwrap(),
        };
        let all = [
            NdpOption::SourceLinkLayer(MacAddress([2, 0, 0, 0, 0, 1])),
            NdpOption::TargetLinkLayer(MacAddress([2, 0, 0, 0, 0, 2])),
            NdpOption::PrefixInformation(info),
            NdpOption::Mtu(1500),
            NdpOption::RedirectedHeader(&[0x60, 0, 0, 0, 0, 0, 0, 0]),
            NdpOption::Unknown { kind: 31, data: &[1, 2, 3, 4, 5, 6] },
        ];
        let mut buffer = [0xee; 128];
        let options = NdpOptions::write(&mut buffer, &all).unwrap();
        assert_eq!(
            options.0,
            hex("01 01 020000000001  02 01 020000000002
                 03 04 40 80 ffffffff 00000e10 00000000 20010db8000000000000000000000000
                 05 01 0000 000005dc  04 02 0000 00000000 6000000000000000  1f 01 010203040506")
        );
        assert_eq!(options.iter().collect::<Result<Vec<_>>>().unwrap(), all);
        assert_eq!(options.source_link_layer(), Some(MacAddress([2, 0, 0, 0, 0, 1])));
        assert_eq!(options.target_link_layer(), Some(MacAddress([2, 0, 0, 0, 0, 2])));
        assert_eq!(NdpOptions::write(&mut [0; 127][..40], &all), None);
        // Data that ends between units is padded.
        let odd = NdpOption::RedirectedHeader(&[1, 2, 3]);
        assert_eq!(NdpOptions::write(&mut [0xee; 16], &[odd]).unwrap().0, hex("0402000000000000 0102030000000000"));
    }

    #[rstest::rstest]
    #[case::code("8501 0000 00000000", Layer::Ndp, 1)]
    #[case::other_type("8000 0000 00000000", Layer::Ndp, 0)]
    #[case::short("8500 0000 000000", Layer::Ndp, 7)]
    #[case::short_advertisement("8600 0000 40000000 00000000 000000", Layer::Ndp, 15)]
    #[case::multicast_target("8700 0000 00000000 ff020000000000000000000000000001", Layer::Ndp, 8)]
    #[case::multicast_destination(
        "8900 0000 00000000 fe800000000000000000000000000001 ff020000000000000000000000000001",
        Layer::Ndp,
        24
    )]
    #[case::option_length_zero("8500 0000 00000000 0101020000000001 0500000000000000", Layer::NdpOption, 9)]
    #[case::option_beyond("8500 0000 00000000 0102020000000001", Layer::NdpOption, 1)]
    #[case::option_cut("8500 0000 00000000 0101020000000001 05", Layer::NdpOption, 8)]
    fn refused(#[case] bytes: &str, #[case] layer: Layer, #[case] offset: usize) {
        let bytes = hex(bytes);
        let error = NdpRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), None).unwrap_err();
        assert_eq!((error.layer, error.offset), (layer, offset));
    }

    quickcheck::quickcheck! {
        fn any_bytes(bytes: Vec<u8>, kind: u8, units: Vec<u8>) -> bool {
            let mut bytes = bytes;
            for (option, unit) in bytes.chunks_mut(8).zip(units) {
                if option.len() == 8 {
                    option[..2].copy_from_slice(&[unit % 7, 1 + unit / 7 % 4]);
                }
            }
            if bytes.len() > 1 {
                bytes[..2].copy_from_slice(&[132 + kind % 7, 0]);
            }
            match NdpRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), None) {
                Ok(repr) => {
                    let again = emit(&repr);
                    let mut options = vec![0; 4096];
                    let listed: Vec<_> = repr.options().iter().flatten().collect();
                    let rewritten = NdpOptions::write(&mut options, &listed).unwrap();
                    NdpRepr::parse(&Icmpv6Packet::new_unchecked(&again[..]), Some(pseudo())) == Ok(repr)
                        && rewritten.iter().flatten().eq(listed.iter().copied())
                }
                Err(_) => true,
            }
        }

        fn parse_of_emit(variant: u8, addresses: (u128, u128), bits: u64, words: (u32, u32), data: Short<30>) -> bool {
            let unicast = |bits: u128| Ipv6Addr::from(bits & !(0xff << 120));
            let (target, destination) = (unicast(addresses.0), unicast(addresses.1));
            let mut buffer = [0; 64];
            let data = [&data.0[..], &[0; 36]].concat();
            let unknown = NdpOption::Unknown { kind: 77, data: &data[..30] };
            let options = NdpOptions::write(&mut buffer, &[NdpOption::Mtu(words.0), unknown]).unwrap();
            let repr = match variant % 5 {
                0 => NdpRepr::RouterSolicitation { options },
                1 => NdpRepr::RouterAdvertisement {
                    hop_limit: variant,
                    flags: bits as u8,
                    router_lifetime: (bits >> 8) as u16,
                    reachable_time: words.0,
                    retrans_timer: words.1,
                    options,
                },
                2 => NdpRepr::NeighborSolicitation { target, options },
                3 => NdpRepr::NeighborAdvertisement {
                    router: bits & 1 == 1,
                    solicited: bits & 2 == 2,
                    override_flag: bits & 4 == 4,
                    target,
                    options,
                },
                _ => NdpRepr::Redirect { target, destination, options },
            };
            let bytes = emit(&repr);
            NdpRepr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())) == Ok(repr)
        }
    }
}
