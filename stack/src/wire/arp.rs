//! Address Resolution Protocol for IPv4 over Ethernet (RFC 826); the view takes any hardware and protocol.

use core::net::Ipv4Addr;

use super::ethernet::{EtherType, MacAddress};
use super::field::{fields, need, registry_names, view};
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of an ARP packet for IPv4 over Ethernet.
pub const PACKET_LEN: usize = 28;
/// `ar$hrd` of Ethernet.
pub const HARDWARE_ETHERNET: u16 = 1;

/// The operation code, `ar$op`. 1 request, 2 reply, 3 and 4 RARP (RFC 903).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArpOperation(pub u16);

registry_names! { ArpOperation, "operation {}";
    /// Who has the target protocol address?
    REQUEST = 1, "request";
    /// The sender has it.
    REPLY = 2, "reply";
    /// Which protocol address has the target hardware address? (RFC 903)
    RARP_REQUEST = 3, "RARP request";
    /// The answer to it (RFC 903).
    RARP_REPLY = 4, "RARP reply";
}

view! {
    /// An ARP packet with addresses of any length.
    ArpPacket
}

fields! { ArpPacket {
    /// Hardware address space, `ar$hrd`.
    hardware_type, set_hardware_type: u16 = 0;
    /// Protocol address space, `ar$pro`.
    protocol_type, set_protocol_type: EtherType = 2;
    /// Bytes of a hardware address, `ar$hln`.
    hardware_len, set_hardware_len: u8 = 4;
    /// Bytes of a protocol address, `ar$pln`.
    protocol_len, set_protocol_len: u8 = 5;
    /// The raw `ar$op`.
    operation_raw, set_operation_raw: u16 = 6;
} }

impl<T: AsRef<[u8]>> ArpPacket<T> {
    /// The fixed 8 bytes and the four addresses of the stated lengths.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        let len = self.buffer.as_ref().len();
        need!(Arp, 8, len);
        need!(Arp, self.stated_len(), len);
        Ok(())
    }

    /// Bytes of the packet by its own length fields.
    #[inline]
    pub fn stated_len(&self) -> usize {
        8 + 2 * (usize::from(self.hardware_len()) + usize::from(self.protocol_len()))
    }

    /// `ar$op`.
    #[inline]
    pub fn operation(&self) -> ArpOperation {
        ArpOperation(self.operation_raw())
    }

    fn addresses(&self) -> [core::ops::Range<usize>; 4] {
        let (hln, pln) = (usize::from(self.hardware_len()), usize::from(self.protocol_len()));
        let (spa, tha, tpa) = (8 + hln, 8 + hln + pln, 8 + 2 * hln + pln);
        [8..spa, spa..tha, tha..tpa, tpa..tpa + pln]
    }

    /// `ar$sha`.
    pub fn sender_hardware(&self) -> &[u8] {
        &self.buffer.as_ref()[self.addresses()[0].clone()]
    }

    /// `ar$spa`.
    pub fn sender_protocol(&self) -> &[u8] {
        &self.buffer.as_ref()[self.addresses()[1].clone()]
    }

    /// `ar$tha`.
    pub fn target_hardware(&self) -> &[u8] {
        &self.buffer.as_ref()[self.addresses()[2].clone()]
    }

    /// `ar$tpa`.
    pub fn target_protocol(&self) -> &[u8] {
        &self.buffer.as_ref()[self.addresses()[3].clone()]
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> ArpPacket<T> {
    /// Writes `ar$op`.
    pub fn set_operation(&mut self, value: ArpOperation) {
        self.set_operation_raw(value.0);
    }

    /// `ar$sha`, of the length that `ar$hln` says.
    pub fn sender_hardware_mut(&mut self) -> &mut [u8] {
        let range = self.addresses()[0].clone();
        &mut self.buffer.as_mut()[range]
    }

    /// `ar$spa`, of the length that `ar$pln` says.
    pub fn sender_protocol_mut(&mut self) -> &mut [u8] {
        let range = self.addresses()[1].clone();
        &mut self.buffer.as_mut()[range]
    }

    /// `ar$tha`, of the length that `ar$hln` says.
    pub fn target_hardware_mut(&mut self) -> &mut [u8] {
        let range = self.addresses()[2].clone();
        &mut self.buffer.as_mut()[range]
    }

    /// `ar$tpa`, of the length that `ar$pln` says.
    pub fn target_protocol_mut(&mut self) -> &mut [u8] {
        let range = self.addresses()[3].clone();
        &mut self.buffer.as_mut()[range]
    }
}

/// An ARP packet with `ar$hrd` Ethernet, `ar$pro` IPv4: 28 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpRepr {
    /// What is asked or answered.
    pub operation: ArpOperation,
    /// `ar$sha`.
    pub sender_mac: MacAddress,
    /// `ar$spa`.
    pub sender_ip: Ipv4Addr,
    /// `ar$tha`.
    pub target_mac: MacAddress,
    /// `ar$tpa`.
    pub target_ip: Ipv4Addr,
}

impl ArpRepr {
    /// Reads a packet for IPv4 over Ethernet; any operation. Bytes behind the packet are padding.
    ///
    /// # Errors
    /// `Truncated`; `Value` for another hardware (offset 0) or protocol (offset 2); `Length` if the address
    /// lengths (offsets 4 and 5) are not 6 and 4.
    pub fn parse<T: AsRef<[u8]>>(packet: &ArpPacket<T>) -> Result<Self> {
        let bytes = packet.as_bytes();
        need!(Arp, 8, bytes.len());
        if packet.hardware_type() != HARDWARE_ETHERNET {
            return Err(Error::field(Layer::Arp, ErrorKind::Value, 0));
        }
        if packet.protocol_type() != EtherType::IPV4 {
            return Err(Error::field(Layer::Arp, ErrorKind::Value, 2));
        }
        if packet.hardware_len() != 6 {
            return Err(Error::length(Layer::Arp, 4, 6, packet.hardware_len().into()));
        }
        if packet.protocol_len() != 4 {
            return Err(Error::length(Layer::Arp, 5, 4, packet.protocol_len().into()));
        }
        need!(Arp, PACKET_LEN, bytes.len());
        use super::field::Field;
        Ok(Self {
            operation: packet.operation(),
            sender_mac: Field::get(bytes, 8),
            sender_ip: Field::get(bytes, 14),
            target_mac: Field::get(bytes, 18),
            target_ip: Field::get(bytes, 24),
        })
    }

    /// 28.
    pub const fn buffer_len(&self) -> usize {
        PACKET_LEN
    }

    /// Writes the packet.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut ArpPacket<T>) {
        packet.set_hardware_type(HARDWARE_ETHERNET);
        packet.set_protocol_type(EtherType::IPV4);
        packet.set_hardware_len(6);
        packet.set_protocol_len(4);
        packet.set_operation(self.operation);
        packet.sender_hardware_mut().copy_from_slice(&self.sender_mac.0);
        packet.sender_protocol_mut().copy_from_slice(&self.sender_ip.octets());
        packet.target_hardware_mut().copy_from_slice(&self.target_mac.0);
        packet.target_protocol_mut().copy_from_slice(&self.target_ip.octets());
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::hex;
    use super::*;

    const REQUEST: &str = "0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202";

    fn request() -> ArpRepr {
        ArpRepr {
            operation: ArpOperation::REQUEST,
            sender_mac: MacAddress([2, 0, 0, 0, 0, 1]),
            sender_ip: Ipv4Addr::new(192, 0, 2, 1),
            target_mac: MacAddress::UNSPECIFIED,
            target_ip: Ipv4Addr::new(192, 0, 2, 2),
        }
    }

    #[test]
    fn rfc826_request() {
        let bytes = hex(REQUEST);
        let view = ArpPacket::new_checked(&bytes).unwrap();
        assert_eq!(ArpRepr::parse(&view), Ok(request()));
        assert_eq!(view.stated_len(), 28);
        let mut out = ArpPacket::new_unchecked(vec![0xff; 28]);
        request().emit(&mut out);
        assert_eq!(out.into_inner(), bytes);
    }

    #[rstest::rstest]
    #[case::hardware(1, 2, Error::field(Layer::Arp, ErrorKind::Value, 0))]
    #[case::protocol(3, 1, Error::field(Layer::Arp, ErrorKind::Value, 2))]
    #[case::hardware_len(4, 5, Error::length(Layer::Arp, 4, 6, 5))]
    #[case::protocol_len(5, 16, Error::length(Layer::Arp, 5, 4, 16))]
    fn refused(#[case] at: usize, #[case] value: u8, #[case] error: Error) {
        let mut bytes = hex(REQUEST);
        bytes[at] = value;
        assert_eq!(ArpRepr::parse(&ArpPacket::new_unchecked(&bytes)), Err(error));
    }

    #[test]
    fn the_view_can_say_anything() {
        let mut view = ArpPacket::new_unchecked([0; 8 + 2 * (3 + 5)]);
        view.set_hardware_type(9);
        view.set_protocol_type(EtherType(7));
        view.set_hardware_len(3);
        view.set_protocol_len(5);
        view.set_operation(ArpOperation(99));
        view.sender_hardware_mut().fill(1);
        view.sender_protocol_mut().fill(2);
        view.target_hardware_mut().fill(3);
        view.target_protocol_mut().fill(4);
        assert_eq!(view.as_bytes(), hex("0009 0007 03 05 0063 010101 0202020202 030303 0404040404"));
        assert_eq!(ArpPacket::new_checked(view.into_inner()).unwrap(), view);
        view.set_protocol_len(6);
        assert!(ArpPacket::new_checked(view.into_inner()).is_err());
    }

    quickcheck::quickcheck! {
        fn parse_of_emit(operation: u16, sender: u64, sender_ip: u32, target: u64, target_ip: u32) -> bool {
            let mac = |n: u64| MacAddress(n.to_be_bytes()[2..].try_into().unwrap());
            let repr = ArpRepr {
                operation: ArpOperation(operation),
                sender_mac: mac(sender),
                sender_ip: sender_ip.into(),
                target_mac: mac(target),
                target_ip: target_ip.into(),
            };
            let mut packet = ArpPacket::new_unchecked([0xff; PACKET_LEN]);
            repr.emit(&mut packet);
            ArpRepr::parse(&packet) == Ok(repr)
        }

        fn any_bytes(bytes: Vec<u8>, legal: bool) -> bool {
            let mut bytes = bytes;
            if legal && bytes.len() > 6 {
                bytes[..6].copy_from_slice(&[0, 1, 8, 0, 6, 4]);
            }
            if let Ok(view) = ArpPacket::new_checked(&bytes) {
                let len = 8 + view.sender_hardware().len() * 2 + view.sender_protocol().len() * 2;
                assert_eq!(view.target_hardware().len() * 2 + view.target_protocol().len() * 2 + 8, len);
            }
            match ArpRepr::parse(&ArpPacket::new_unchecked(&bytes)) {
                Ok(repr) => {
                    let mut out = ArpPacket::new_unchecked([0; PACKET_LEN]);
                    repr.emit(&mut out);
                    out.as_bytes() == &bytes[..PACKET_LEN]
                }
                Err(_) => true,
            }
        }
    }
}
