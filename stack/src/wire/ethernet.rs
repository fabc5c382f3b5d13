//! Ethernet II frames (RFC 894) and the length/type split that tells 802.3 frames (RFC 1042).
//!
//! Read first: RFC 894, RFC 1122 2.3.3, RFC 1112 6.4 and RFC 2464 7 (multicast mapping).

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::field::{fields, need, registry_names, view};
use super::llc::SnapRepr;
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of the header.
pub const HEADER_LEN: usize = 14;
/// The longest payload of an 802.3 frame; the length/type field says a length up to here.
pub const MAX_LENGTH_FIELD: u16 = 1500;

/// A 48-bit link-layer address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// All stations.
    pub const BROADCAST: Self = Self([0xff; 6]);
    /// All zeros: no station.
    pub const UNSPECIFIED: Self = Self([0; 6]);

    /// The group address for an IPv4 multicast address: the low 23 bits behind 01:00:5e (RFC 1112 6.4).
    pub const fn multicast_v4(group: Ipv4Addr) -> Self {
        let [_, b, c, d] = group.octets();
        Self([0x01, 0x00, 0x5e, b & 0x7f, c, d])
    }

    /// The group address for an IPv6 multicast address: the low 32 bits behind 33:33 (RFC 2464 7).
    pub const fn multicast_v6(group: Ipv6Addr) -> Self {
        let octets = group.octets();
        Self([0x33, 0x33, octets[12], octets[13], octets[14], octets[15]])
    }

    /// All ones.
    pub fn is_broadcast(self) -> bool {
        self == Self::BROADCAST
    }

    /// The group bit is set; true for broadcast also.
    pub const fn is_multicast(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// The address of one station: no group bit, and not all zeros.
    pub fn is_unicast(self) -> bool {
        !self.is_multicast() && self != Self::UNSPECIFIED
    }

    /// The modified EUI-64 interface identifier (RFC 4291 appendix A).
    pub const fn interface_identifier(self) -> [u8; 8] {
        let [a, b, c, d, e, f] = self.0;
        [a ^ 2, b, c, 0xff, 0xfe, d, e, f]
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An EtherType; values below 0x0600 are 802.3 lengths and never appear in a parsed representation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EtherType(pub u16);

registry_names! { EtherType, "ethertype {:#06x}";
    /// IPv4 (RFC 894).
    IPV4 = 0x0800, "IPv4";
    /// ARP (RFC 826).
    ARP = 0x0806, "ARP";
    /// Reverse ARP (RFC 903).
    RARP = 0x8035, "RARP";
    /// IPv6 (RFC 2464).
    IPV6 = 0x86dd, "IPv6";
    /// A VLAN tag (IEEE 802.1Q).
    VLAN = 0x8100, "VLAN";
    /// For experiments (IEEE 802).
    EXPERIMENT_1 = 0x88b5, "experiment 88b5";
    /// For experiments (IEEE 802).
    EXPERIMENT_2 = 0x88b6, "experiment 88b6";
}

/// What the field at offset 12 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthOrType {
    /// 0 to 1500: the bytes of an 802.3 frame's LLC data, padding not counted.
    Length(u16),
    /// 0x0600 and above: an Ethernet II frame.
    Type(EtherType),
    /// Between the two: neither.
    Undefined(u16),
}

view! {
    /// A frame of Ethernet II or 802.3, without the frame check sequence.
    EthernetFrame
}

fields! { EthernetFrame {
    /// Destination station.
    dst, set_dst: MacAddress = 0;
    /// Source station.
    src, set_src: MacAddress = 6;
    /// The length/type field as it stands there.
    ethertype, set_ethertype: EtherType = 12;
} }

impl<T: AsRef<[u8]>> EthernetFrame<T> {
    /// At least the 14 bytes of the header.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        need!(Ethernet, HEADER_LEN, self.buffer.as_ref().len());
        Ok(())
    }

    /// What the length/type field means.
    #[inline]
    pub fn length_or_type(&self) -> LengthOrType {
        match self.ethertype().0 {
            length @ ..=MAX_LENGTH_FIELD => LengthOrType::Length(length),
            other @ ..0x0600 => LengthOrType::Undefined(other),
            ethertype => LengthOrType::Type(EtherType(ethertype)),
        }
    }

    /// All bytes behind the header, padding included.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..]
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> EthernetFrame<T> {
    /// All bytes behind the header.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }
}

/// How a frame carries its protocol number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encapsulation {
    /// RFC 894: the EtherType in the header.
    Ethernet2,
    /// RFC 1042: 802.3 length, LLC, SNAP.
    Snap,
}

/// The header of an Ethernet II frame: 14 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EthernetRepr {
    /// Destination station.
    pub dst: MacAddress,
    /// Source station.
    pub src: MacAddress,
    /// Protocol of the payload.
    pub ethertype: EtherType,
}

impl EthernetRepr {
    /// Reads the header of an Ethernet II frame.
    ///
    /// # Errors
    /// `Truncated`; `Value` at offset 12 if the field is an 802.3 length or undefined.
    #[inline]
    pub fn parse<T: AsRef<[u8]>>(frame: &EthernetFrame<T>) -> Result<Self> {
        frame.check_len()?;
        match frame.length_or_type() {
            LengthOrType::Type(ethertype) => Ok(Self { dst: frame.dst(), src: frame.src(), ethertype }),
            _ => Err(Error::field(Layer::Ethernet, ErrorKind::Value, 12)),
        }
    }

    /// Reads a frame of either encapsulation; returns what is inside, for 802.3 without the padding.
    ///
    /// # Errors
    /// As [`Self::parse`], and those of [`SnapRepr::parse`]; `Length` if an 802.3 length exceeds the frame.
    #[inline]
    pub fn parse_any(frame: &[u8]) -> Result<(Self, Encapsulation, &[u8])> {
        // RFC1122-2.3.3-1, RFC1122-2.3.3-2: RFC 894 frames, and RFC 1042 frames intermixed with them.
        need!(Ethernet, HEADER_LEN, frame.len());
        let view = EthernetFrame::new_unchecked(frame);
        let payload = &frame[HEADER_LEN..];
        let (dst, src) = (view.dst(), view.src());
        match view.length_or_type() {
            LengthOrType::Type(ethertype) => Ok((Self { dst, src, ethertype }, Encapsulation::Ethernet2, payload)),
            LengthOrType::Length(length) => {
                let length = usize::from(length);
                let Some(payload) = payload.get(..length) else {
                    return Err(Error::length(Layer::Ethernet, 12, payload.len(), length));
                };
                let (snap, payload) = SnapRepr::parse(payload)?;
                Ok((Self { dst, src, ethertype: snap.ethertype }, Encapsulation::Snap, payload))
            }
            LengthOrType::Undefined(_) => Err(Error::field(Layer::Ethernet, ErrorKind::Value, 12)),
        }
    }

    /// 14.
    #[inline]
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header.
    #[inline]
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, frame: &mut EthernetFrame<T>) {
        frame.set_dst(self.dst);
        frame.set_src(self.src);
        frame.set_ethertype(self.ethertype);
    }
}
