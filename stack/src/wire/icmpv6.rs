//! ICMPv6 (RFC 4443): echo and errors. Neighbour discovery is in [`super::ndp`], multicast listeners in
//! [`super::mld`]; both read the same view.

use super::checksum;
use super::field::{fields, need, registry_names, view};
use super::ip::{IpProtocol, PseudoHeader};
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of type, code and checksum.
pub const HEADER_LEN: usize = 4;

/// The type of an ICMPv6 message; errors are below 128.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv6Type(pub u8);

registry_names! { Icmpv6Type, "type {}";
    /// Destination unreachable.
    DESTINATION_UNREACHABLE = 1, "destination unreachable";
    /// Packet too big.
    PACKET_TOO_BIG = 2, "packet too big";
    /// Time exceeded.
    TIME_EXCEEDED = 3, "time exceeded";
    /// Parameter problem.
    PARAMETER_PROBLEM = 4, "parameter problem";
    /// Echo request.
    ECHO_REQUEST = 128, "echo request";
    /// Echo reply.
    ECHO_REPLY = 129, "echo reply";
    /// Multicast listener query (RFC 2710, RFC 3810).
    LISTENER_QUERY = 130, "listener query";
    /// Version 1 multicast listener report (RFC 2710).
    LISTENER_REPORT = 131, "listener report";
    /// Version 1 multicast listener done (RFC 2710).
    LISTENER_DONE = 132, "listener done";
    /// Router solicitation (RFC 4861).
    ROUTER_SOLICITATION = 133, "router solicitation";
    /// Router advertisement (RFC 4861).
    ROUTER_ADVERTISEMENT = 134, "router advertisement";
    /// Neighbor solicitation (RFC 4861).
    NEIGHBOR_SOLICITATION = 135, "neighbor solicitation";
    /// Neighbor advertisement (RFC 4861).
    NEIGHBOR_ADVERTISEMENT = 136, "neighbor advertisement";
    /// Redirect (RFC 4861).
    REDIRECT = 137, "redirect";
    /// Version 2 multicast listener report (RFC 3810).
    LISTENER_REPORT_V2 = 143, "listener report v2";
}

impl Icmpv6Type {
    /// An error message, known or not.
    pub const fn is_error(self) -> bool {
        self.0 < 128
    }

    /// One of the five messages of neighbour discovery: [`super::ndp`] reads it.
    pub const fn is_ndp(self) -> bool {
        matches!(self.0, 133..=137)
    }

    /// A multicast listener message: [`super::mld`] reads it.
    pub const fn is_mld(self) -> bool {
        matches!(self.0, 130..=132 | 143)
    }
}

/// The code of a destination unreachable message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnreachableCode(pub u8);

registry_names! { UnreachableCode, "code {}";
    /// No route to destination.
    NO_ROUTE = 0, "no route";
    /// Communication administratively prohibited.
    PROHIBITED = 1, "administratively prohibited";
    /// Beyond scope of source address.
    BEYOND_SCOPE = 2, "beyond scope";
    /// Address unreachable.
    ADDRESS = 3, "address unreachable";
    /// Port unreachable.
    PORT = 4, "port unreachable";
    /// Source address failed ingress or egress policy.
    POLICY = 5, "source address failed policy";
    /// Reject route to destination.
    REJECT_ROUTE = 6, "reject route";
}

/// The code of a time exceeded message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeExceededCode(pub u8);

registry_names! { TimeExceededCode, "code {}";
    /// Hop limit exceeded in transit.
    HOP_LIMIT = 0, "in transit";
    /// Fragment reassembly time exceeded.
    REASSEMBLY = 1, "in reassembly";
}

/// The code of a parameter problem message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterProblemCode(pub u8);

registry_names! { ParameterProblemCode, "code {}";
    /// Erroneous header field.
    FIELD = 0, "erroneous field";
    /// Unrecognized next header type.
    NEXT_HEADER = 1, "unknown next header";
    /// Unrecognized IPv6 option.
    OPTION = 2, "unknown option";
    /// The first fragment has an incomplete header chain (RFC 7112).
    INCOMPLETE_CHAIN = 3, "incomplete header chain";
}

view! {
    /// An ICMPv6 message.
    Icmpv6Packet
}

fields! { Icmpv6Packet {
    /// The raw type.
    type_raw, set_type_raw: u8 = 0;
    /// Code.
    code, set_code: u8 = 1;
    /// Checksum.
    checksum, set_checksum: u16 = 2;
} }

impl<T: AsRef<[u8]>> Icmpv6Packet<T> {
    /// At least the 4 bytes of the header. [`Self::rest_of_header`] and [`Self::data`] take what is there.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        need!(Icmpv6, HEADER_LEN, self.buffer.as_ref().len());
        Ok(())
    }

    /// The type.
    #[inline]
    pub fn msg_type(&self) -> Icmpv6Type {
        Icmpv6Type(self.type_raw())
    }

    /// Everything behind the checksum.
    #[inline]
    pub fn body(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..]
    }

    /// The four bytes behind the checksum, zero where the message ends: unused, MTU, pointer, identifier and
    /// sequence, flags.
    pub fn rest_of_header(&self) -> u32 {
        let mut word = [0; 4];
        for (to, from) in word.iter_mut().zip(self.body()) {
            *to = *from;
        }
        u32::from_be_bytes(word)
    }

    /// Everything behind the first 8 bytes: echo data, or the quote.
    #[inline]
    pub fn data(&self) -> &[u8] {
        self.body().get(4..).unwrap_or_default()
    }

    /// Whether the checksum over the whole buffer is right.
    #[inline]
    pub fn verify_checksum(&self, pseudo: PseudoHeader) -> bool {
        let bytes = self.buffer.as_ref();
        checksum::is_valid(pseudo.sum(IpProtocol::ICMPV6, bytes.len()) + checksum::sum(bytes))
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Icmpv6Packet<T> {
    /// Writes the type.
    #[inline]
    pub fn set_msg_type(&mut self, value: Icmpv6Type) {
        self.set_type_raw(value.0);
    }

    /// Writes the four bytes behind the checksum.
    #[inline]
    pub fn set_rest_of_header(&mut self, value: u32) {
        self.body_mut()[..4].copy_from_slice(&value.to_be_bytes());
    }

    /// Everything behind the checksum.
    #[inline]
    pub fn body_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }

    /// Everything behind the first 8 bytes.
    #[inline]
    pub fn data_mut(&mut self) -> &mut [u8] {
        self.body_mut().get_mut(4..).unwrap_or_default()
    }

    /// Computes the checksum over the whole buffer and writes it.
    #[inline]
    pub fn fill_checksum(&mut self, pseudo: PseudoHeader) {
        self.set_checksum(0);
        let bytes = self.buffer.as_ref();
        let value = checksum::finish(pseudo.sum(IpProtocol::ICMPV6, bytes.len()) + checksum::sum(bytes));
        self.set_checksum(value);
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Icmpv6Packet<&'a T> {
    /// The whole buffer, for as long as it is borrowed.
    #[inline]
    pub(super) fn as_slice(&self) -> &'a [u8] {
        self.buffer.as_ref()
    }
}

/// Verifies length and, if `pseudo` is given, checksum: what every reader of the view does first.
pub(super) fn check<T: AsRef<[u8]>>(packet: &Icmpv6Packet<T>, pseudo: Option<PseudoHeader>) -> Result<()> {
    packet.check_len()?;
    if pseudo.is_some_and(|pseudo| !packet.verify_checksum(pseudo)) {
        return Err(Error::field(Layer::Icmpv6, ErrorKind::Checksum, 2));
    }
    Ok(())
}

/// An ICMPv6 message, complete: `buffer_len` and `emit` cover the data too. Unused fields are ignored when
/// read and zero when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields have the names that the RFC gives them")]
pub enum Icmpv6Repr<'a> {
    /// Type 1.
    DestinationUnreachable { code: UnreachableCode, quote: &'a [u8] },
    /// Type 2. The code is ignored when read and zero when written.
    PacketTooBig { mtu: u32, quote: &'a [u8] },
    /// Type 3.
    TimeExceeded { code: TimeExceededCode, quote: &'a [u8] },
    /// Type 4. The pointer counts bytes of the quoted packet.
    ParameterProblem { code: ParameterProblemCode, pointer: u32, quote: &'a [u8] },
    /// Type 128.
    EchoRequest { identifier: u16, sequence: u16, data: &'a [u8] },
    /// Type 129.
    EchoReply { identifier: u16, sequence: u16, data: &'a [u8] },
    /// Any other type, neighbour discovery and multicast listeners among them. The body is all behind the
    /// checksum.
    Other { msg_type: Icmpv6Type, code: u8, body: &'a [u8] },
}

impl<'a> Icmpv6Repr<'a> {
    /// Reads a message; verifies the checksum over the whole buffer if `pseudo` is given.
    ///
    /// # Errors
    /// `Truncated` (below 8 bytes for the types that this enum names); `Checksum` at offset 2.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(packet: &Icmpv6Packet<&'a T>, pseudo: Option<PseudoHeader>) -> Result<Self> {
        check(packet, pseudo)?;
        let bytes = packet.as_slice();
        let (msg_type, code) = (packet.msg_type(), packet.code());
        if !matches!(msg_type.0, 1..=4 | 128..=129) {
            return Ok(Self::Other { msg_type, code, body: &bytes[HEADER_LEN..] });
        }
        need!(Icmpv6, 8, bytes.len());
        let (word, data) = (packet.rest_of_header(), &bytes[8..]);
        let (identifier, sequence) = ((word >> 16) as u16, word as u16);
        Ok(match (msg_type, code) {
            (Icmpv6Type::DESTINATION_UNREACHABLE, _) => {
                Self::DestinationUnreachable { code: UnreachableCode(code), quote: data }
            }
            (Icmpv6Type::PACKET_TOO_BIG, _) => Self::PacketTooBig { mtu: word, quote: data },
            (Icmpv6Type::TIME_EXCEEDED, _) => Self::TimeExceeded { code: TimeExceededCode(code), quote: data },
            (Icmpv6Type::PARAMETER_PROBLEM, _) => {
                Self::ParameterProblem { code: ParameterProblemCode(code), pointer: word, quote: data }
            }
            (Icmpv6Type::ECHO_REQUEST, 0) => Self::EchoRequest { identifier, sequence, data },
            (Icmpv6Type::ECHO_REPLY, 0) => Self::EchoReply { identifier, sequence, data },
            _ => Self::Other { msg_type, code, body: &bytes[HEADER_LEN..] },
        })
    }

    /// The type.
    pub const fn msg_type(&self) -> Icmpv6Type {
        match self {
            Self::DestinationUnreachable { .. } => Icmpv6Type::DESTINATION_UNREACHABLE,
            Self::PacketTooBig { .. } => Icmpv6Type::PACKET_TOO_BIG,
            Self::TimeExceeded { .. } => Icmpv6Type::TIME_EXCEEDED,
            Self::ParameterProblem { .. } => Icmpv6Type::PARAMETER_PROBLEM,
            Self::EchoRequest { .. } => Icmpv6Type::ECHO_REQUEST,
            Self::EchoReply { .. } => Icmpv6Type::ECHO_REPLY,
            Self::Other { msg_type, .. } => *msg_type,
        }
    }

    /// The code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::DestinationUnreachable { code, .. } => code.0,
            Self::TimeExceeded { code, .. } => code.0,
            Self::ParameterProblem { code, .. } => code.0,
            Self::Other { code, .. } => *code,
            _ => 0,
        }
    }

    /// The quoted packet of an error message.
    pub const fn quote(&self) -> Option<&'a [u8]> {
        match self {
            Self::DestinationUnreachable { quote, .. }
            | Self::PacketTooBig { quote, .. }
            | Self::TimeExceeded { quote, .. }
            | Self::ParameterProblem { quote, .. } => Some(quote),
            _ => None,
        }
    }

    /// The whole message.
    pub const fn buffer_len(&self) -> usize {
        match self {
            Self::DestinationUnreachable { quote, .. }
            | Self::PacketTooBig { quote, .. }
            | Self::TimeExceeded { quote, .. }
            | Self::ParameterProblem { quote, .. } => 8 + quote.len(),
            Self::EchoRequest { data, .. } | Self::EchoReply { data, .. } => 8 + data.len(),
            Self::Other { body, .. } => HEADER_LEN + body.len(),
        }
    }

    /// Writes the message. The checksum covers the whole buffer, which should be [`Self::buffer_len`] long.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Icmpv6Packet<T>, pseudo: PseudoHeader) {
        packet.set_msg_type(self.msg_type());
        packet.set_code(self.code());
        let (word, data) = match *self {
            Self::DestinationUnreachable { quote, .. } | Self::TimeExceeded { quote, .. } => (0, quote),
            Self::PacketTooBig { mtu, quote } => (mtu, quote),
            Self::ParameterProblem { pointer, quote, .. } => (pointer, quote),
            Self::EchoRequest { identifier, sequence, data } | Self::EchoReply { identifier, sequence, data } => {
                (u32::from(identifier) << 16 | u32::from(sequence), data)
            }
            Self::Other { body, .. } => {
                packet.body_mut()[..body.len()].copy_from_slice(body);
                packet.fill_checksum(pseudo);
                return;
            }
        };
        packet.set_rest_of_header(word);
        packet.data_mut()[..data.len()].copy_from_slice(data);
        packet.fill_checksum(pseudo);
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv6Addr;

    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, hex};
    use super::*;

    fn pseudo() -> PseudoHeader {
        PseudoHeader::v6("fe80::1".parse().unwrap(), Ipv6Addr::LOCALHOST)
    }

    fn emit(repr: &Icmpv6Repr<'_>) -> Vec<u8> {
        let mut packet = Icmpv6Packet::new_unchecked(vec![0xee; repr.buffer_len()]);
        repr.emit(&mut packet, pseudo());
        packet.into_inner()
    }

    fn both_ways(bytes: &str, repr: Icmpv6Repr<'_>) {
        let mut packet = Icmpv6Packet::new_unchecked(hex(bytes));
        packet.fill_checksum(pseudo());
        let bytes = packet.into_inner();
        assert_eq!(Icmpv6Repr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())), Ok(repr));
        assert_eq!(emit(&repr), bytes);
    }

    #[test]
    fn every_message_of_rfc4443() {
        let quote: &[u8] = &[0x60, 0, 0, 0];
        for code in 0..=6 {
            let message = format!("01{code:02x} 0000 00000000 60000000");
            let code = UnreachableCode(code);
            assert!(code.name().is_some());
            both_ways(&message, Icmpv6Repr::DestinationUnreachable { code, quote });
        }
        both_ways("0200 0000 00000500 60000000", Icmpv6Repr::PacketTooBig { mtu: 1280, quote });
        let code = TimeExceededCode::REASSEMBLY;
        both_ways("0301 0000 00000000 60000000", Icmpv6Repr::TimeExceeded { code, quote });
        let code = ParameterProblemCode::OPTION;
        both_ways("0402 0000 0000002a 60000000", Icmpv6Repr::ParameterProblem { code, pointer: 42, quote });
        let (identifier, sequence, data) = (0x1234, 1, &b"ab"[..]);
        both_ways("8000 0000 1234 0001 6162", Icmpv6Repr::EchoRequest { identifier, sequence, data });
        both_ways("8100 0000 1234 0001 6162", Icmpv6Repr::EchoReply { identifier, sequence, data });
        let body: &[u8] = &[0, 0, 0, 0];
        let msg_type = Icmpv6Type::ROUTER_SOLICITATION;
        both_ways("8500 0000 00000000", Icmpv6Repr::Other { msg_type, code: 0, body });
    }

    #[test]
    fn checksum_by_hand() {
        // Pseudo header fe80::1 > ::1: fe80 + 1 + 1 + length 10 + 58; message 8000 + 1234 + 1 + 6162.
        let bytes = emit(&Icmpv6Repr::EchoRequest { identifier: 0x1234, sequence: 1, data: b"ab" });
        let words: u32 = 0xfe80 + 1 + 1 + 10 + 58 + 0x8000 + 0x1234 + 1 + 0x6162;
        assert_eq!(bytes[2..4], (!((words & 0xffff) + (words >> 16)) as u16).to_be_bytes());
        let mut bad = bytes;
        bad[9] ^= 1;
        let view = Icmpv6Packet::new_unchecked(&bad[..]);
        let error = Error::field(Layer::Icmpv6, ErrorKind::Checksum, 2);
        assert_eq!(Icmpv6Repr::parse(&view, Some(pseudo())), Err(error));
        assert!(Icmpv6Repr::parse(&view, None).is_ok());
    }

    #[test]
    fn short_messages() {
        for len in 0..8 {
            let bytes = &[128, 0, 0, 0, 0, 0, 0][..len.min(7)];
            let view = Icmpv6Packet::new_unchecked(bytes);
            assert!(Icmpv6Repr::parse(&view, None).is_err());
        }
        let view = Icmpv6Packet::new_checked(&[200, 1, 0, 0, 0xab][..]).unwrap();
        assert_eq!((view.rest_of_header(), view.data().len()), (0xab000000, 0));
        let other = Icmpv6Repr::Other { msg_type: Icmpv6Type(200), code: 1, body: &[0xab] };
        assert_eq!(Icmpv6Repr::parse(&view, None), Ok(other));
    }

    quickcheck::quickcheck! {
        fn any_bytes(bytes: Vec<u8>, known: u8) -> bool {
            let mut bytes = bytes;
            if let Some(first) = bytes.first_mut() {
                *first = if known & 1 == 0 { known >> 1 & 7 } else { 126 + (known >> 1 & 15) };
            }
            if let Ok(mut view) = Icmpv6Packet::new_checked(&mut bytes[..]) {
                view.fill_checksum(pseudo());
            }
            match Icmpv6Repr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())) {
                Ok(repr) => {
                    let again = emit(&repr);
                    Icmpv6Repr::parse(&Icmpv6Packet::new_unchecked(&again[..]), Some(pseudo())) == Ok(repr)
                }
                Err(_) => bytes.len() < 8,
            }
        }

        fn parse_of_emit(variant: u8, words: (u16, u16), code: u8, word: u32, data: Short<99>) -> bool {
            let ((identifier, sequence), data) = (words, &data.0[..]);
            let repr = match variant % 7 {
                0 => Icmpv6Repr::EchoRequest { identifier, sequence, data },
                1 => Icmpv6Repr::EchoReply { identifier, sequence, data },
                2 => Icmpv6Repr::DestinationUnreachable { code: UnreachableCode(code), quote: data },
                3 => Icmpv6Repr::PacketTooBig { mtu: word, quote: data },
                4 => Icmpv6Repr::TimeExceeded { code: TimeExceededCode(code), quote: data },
                5 => Icmpv6Repr::ParameterProblem { code: ParameterProblemCode(code), pointer: word, quote: data },
                _ => Icmpv6Repr::Other { msg_type: Icmpv6Type(code | 0x90), code: variant, body: data },
            };
            let bytes = emit(&repr);
            Icmpv6Repr::parse(&Icmpv6Packet::new_unchecked(&bytes[..]), Some(pseudo())) == Ok(repr)
        }
    }
}
