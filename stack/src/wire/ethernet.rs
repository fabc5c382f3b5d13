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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::hex;
    use super::*;

    const IPV4_FRAME: &str = "ffffffffffff 020000000001 0800 4500";

    #[test]
    fn rfc894_frame() {
        let bytes = hex(IPV4_FRAME);
        let view = EthernetFrame::new_checked(&bytes).unwrap();
        let repr = EthernetRepr::parse(&view).unwrap();
        assert_eq!(
            repr,
            EthernetRepr {
                dst: MacAddress::BROADCAST,
                src: MacAddress([2, 0, 0, 0, 0, 1]),
                ethertype: EtherType::IPV4
            }
        );
        assert_eq!(view.payload(), [0x45, 0]);
        assert_eq!(EthernetRepr::parse_any(&bytes), Ok((repr, Encapsulation::Ethernet2, &[0x45, 0][..])));
    }

    #[test]
    fn rfc1042_frame_loses_its_padding() {
        let bytes = hex("020000000002 020000000001 000b aaaa03 000000 0806 112233 00000000");
        let (repr, encapsulation, payload) = EthernetRepr::parse_any(&bytes).unwrap();
        assert_eq!((repr.ethertype, encapsulation), (EtherType::ARP, Encapsulation::Snap));
        assert_eq!(payload, [0x11, 0x22, 0x33]);
        let error = EthernetRepr::parse(&EthernetFrame::new_unchecked(&bytes)).unwrap_err();
        assert_eq!(error, Error::field(Layer::Ethernet, ErrorKind::Value, 12));
    }

    #[rstest::rstest]
    #[case::length_beyond_frame("020000000002 020000000001 000c aaaa03 000000 0806 112233", Layer::Ethernet, 12)]
    #[case::other_dsap("020000000002 020000000001 0008 42aa03 000000 0806", Layer::Llc, 0)]
    #[case::other_ssap("020000000002 020000000001 0008 aa4203 000000 0806", Layer::Llc, 1)]
    #[case::not_ui("020000000002 020000000001 0008 aaaa7f 000000 0806", Layer::Llc, 2)]
    #[case::other_oui("020000000002 020000000001 0008 aaaa03 0000f8 0806", Layer::Llc, 3)]
    #[case::llc_cut("020000000002 020000000001 0007 aaaa03 000000 08", Layer::Llc, 7)]
    #[case::undefined("020000000002 020000000001 05dd aaaa03 000000 0806", Layer::Ethernet, 12)]
    #[case::undefined("020000000002 020000000001 05ff aaaa03 000000 0806", Layer::Ethernet, 12)]
    #[case::cut("020000000002 020000000001 08", Layer::Ethernet, 13)]
    fn refused(#[case] bytes: &str, #[case] layer: Layer, #[case] offset: usize) {
        let error = EthernetRepr::parse_any(&hex(bytes)).unwrap_err();
        assert_eq!((error.layer, error.offset), (layer, offset));
    }

    #[test]
    fn length_or_type_at_its_edges() {
        let mut view = EthernetFrame::new_unchecked([0; 14]);
        for (field, meaning) in [
            (0, LengthOrType::Length(0)),
            (1500, LengthOrType::Length(1500)),
            (1501, LengthOrType::Undefined(1501)),
            (0x05ff, LengthOrType::Undefined(0x05ff)),
            (0x0600, LengthOrType::Type(EtherType(0x0600))),
            (0xffff, LengthOrType::Type(EtherType(0xffff))),
        ] {
            view.set_ethertype(EtherType(field));
            assert_eq!(view.length_or_type(), meaning);
        }
    }

    #[test]
    fn multicast_mapping() {
        // RFC 1112 6.4: the high 9 bits of the group are lost.
        assert_eq!(MacAddress::multicast_v4(Ipv4Addr::new(224, 0, 0, 1)).to_string(), "01:00:5e:00:00:01");
        assert_eq!(MacAddress::multicast_v4(Ipv4Addr::new(239, 255, 1, 2)).to_string(), "01:00:5e:7f:01:02");
        // RFC 2464 7.
        let group = "ff02::1:ff28:9c5a".parse().unwrap();
        assert_eq!(MacAddress::multicast_v6(group).to_string(), "33:33:ff:28:9c:5a");
        assert!(MacAddress::multicast_v6(group).is_multicast());
        // RFC 2464 4: 34-56-78-9A-BC-DE gives 36-56-78-FF-FE-9A-BC-DE.
        let mac = MacAddress([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
        assert_eq!(mac.interface_identifier(), [0x36, 0x56, 0x78, 0xff, 0xfe, 0x9a, 0xbc, 0xde]);
    }

    #[test]
    fn kinds_of_address() {
        assert!(MacAddress::BROADCAST.is_broadcast() && MacAddress::BROADCAST.is_multicast());
        assert!(!MacAddress::BROADCAST.is_unicast() && !MacAddress::UNSPECIFIED.is_unicast());
        assert!(MacAddress([2, 0, 0, 0, 0, 1]).is_unicast());
    }

    quickcheck::quickcheck! {
        fn parse_of_emit(dst: u64, src: u64, ethertype: u16) -> bool {
            let mac = |n: u64| MacAddress(n.to_be_bytes()[2..].try_into().unwrap());
            let repr = EthernetRepr { dst: mac(dst), src: mac(src), ethertype: EtherType(ethertype | 0x0800) };
            let mut frame = EthernetFrame::new_unchecked([0; HEADER_LEN]);
            repr.emit(&mut frame);
            EthernetRepr::parse(&frame) == Ok(repr)
        }

        fn any_bytes(bytes: Vec<u8>) -> bool {
            let mut bytes = bytes;
            if bytes.len() > 24 && bytes[0] & 1 == 0 {
                let length = bytes[1] & 31;
                bytes[12..20].copy_from_slice(&[0, length, 0xaa, 0xaa, 3, 0, 0, 0]);
            }
            match EthernetRepr::parse_any(&bytes) {
                Ok((repr, Encapsulation::Ethernet2, payload)) => {
                    let mut again = EthernetFrame::new_unchecked(vec![0; repr.buffer_len() + payload.len()]);
                    repr.emit(&mut again);
                    again.payload_mut().copy_from_slice(payload);
                    again.into_inner() == bytes
                }
                Ok((_, Encapsulation::Snap, payload)) => payload.len() + 22 <= bytes.len(),
                Err(error) => error.offset <= bytes.len(),
            }
        }
    }
}
