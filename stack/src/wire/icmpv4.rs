//! ICMP for IPv4 (RFC 792, RFC 950, RFC 1191, RFC 1122 3.2.2). What an error quotes is read by
//! [`super::quote`].
//!
//! ```
//! use wireproof_stack::wire::icmpv4::{Icmpv4Packet, Icmpv4Repr};
//!
//! let echo = Icmpv4Repr::EchoRequest { identifier: 7, sequence: 1, data: b"ping" };
//! let mut bytes = vec![0; echo.buffer_len()];
//! echo.emit(&mut Icmpv4Packet::new_unchecked(&mut bytes[..]));
//! assert_eq!(bytes[..2], [8, 0]);
//! let view = Icmpv4Packet::new_checked(&bytes[..]).unwrap();
//! assert_eq!(Icmpv4Repr::parse(&view), Ok(echo));
//! ```

use core::net::Ipv4Addr;

use super::checksum;
use super::field::{Field, array_at, fields, need, registry_names, view};
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of the header that every message has.
pub const HEADER_LEN: usize = 8;
/// Bytes of a timestamp message.
pub const TIMESTAMP_LEN: usize = 20;

/// The type of an ICMP message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv4Type(pub u8);

registry_names! { Icmpv4Type, "type {}";
    /// Answer to an echo request.
    ECHO_REPLY = 0, "echo reply";
    /// Destination unreachable.
    DESTINATION_UNREACHABLE = 3, "destination unreachable";
    /// Source quench (deprecated by RFC 6633).
    SOURCE_QUENCH = 4, "source quench";
    /// Redirect.
    REDIRECT = 5, "redirect";
    /// Echo request.
    ECHO_REQUEST = 8, "echo request";
    /// Router advertisement (RFC 1256).
    ROUTER_ADVERTISEMENT = 9, "router advertisement";
    /// Router solicitation (RFC 1256).
    ROUTER_SOLICITATION = 10, "router solicitation";
    /// Time exceeded.
    TIME_EXCEEDED = 11, "time exceeded";
    /// Parameter problem.
    PARAMETER_PROBLEM = 12, "parameter problem";
    /// Timestamp request.
    TIMESTAMP_REQUEST = 13, "timestamp request";
    /// Timestamp reply.
    TIMESTAMP_REPLY = 14, "timestamp reply";
    /// Information request (obsolete).
    INFORMATION_REQUEST = 15, "information request";
    /// Information reply (obsolete).
    INFORMATION_REPLY = 16, "information reply";
    /// Address mask request (RFC 950).
    ADDRESS_MASK_REQUEST = 17, "address mask request";
    /// Address mask reply (RFC 950).
    ADDRESS_MASK_REPLY = 18, "address mask reply";
}

impl Icmpv4Type {
    /// The message reports an error and quotes a datagram (RFC 1122 3.2.2).
    pub const fn is_error(self) -> bool {
        matches!(
            self,
            Self::DESTINATION_UNREACHABLE
                | Self::SOURCE_QUENCH
                | Self::REDIRECT
                | Self::TIME_EXCEEDED
                | Self::PARAMETER_PROBLEM
        )
    }
}

/// The code of a destination unreachable message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnreachableCode(pub u8);

registry_names! { UnreachableCode, "code {}";
    /// Net unreachable.
    NET = 0, "net unreachable";
    /// Host unreachable.
    HOST = 1, "host unreachable";
    /// Protocol unreachable.
    PROTOCOL = 2, "protocol unreachable";
    /// Port unreachable.
    PORT = 3, "port unreachable";
    /// Fragmentation needed and DF set.
    FRAGMENTATION_NEEDED = 4, "fragmentation needed";
    /// Source route failed.
    SOURCE_ROUTE_FAILED = 5, "source route failed";
    /// Destination network unknown.
    NET_UNKNOWN = 6, "net unknown";
    /// Destination host unknown.
    HOST_UNKNOWN = 7, "host unknown";
    /// Source host isolated.
    SOURCE_ISOLATED = 8, "source host isolated";
    /// Destination network administratively prohibited.
    NET_PROHIBITED = 9, "net prohibited";
    /// Destination host administratively prohibited.
    HOST_PROHIBITED = 10, "host prohibited";
    /// Network unreachable for type of service.
    NET_TOS = 11, "net unreachable for TOS";
    /// Host unreachable for type of service.
    HOST_TOS = 12, "host unreachable for TOS";
    /// Communication administratively prohibited (RFC 1812 5.2.7.1).
    ADMINISTRATIVELY_PROHIBITED = 13, "administratively prohibited";
    /// Host precedence violation (RFC 1812 5.2.7.1).
    PRECEDENCE_VIOLATION = 14, "precedence violation";
    /// Precedence cutoff in effect (RFC 1812 5.2.7.1).
    PRECEDENCE_CUTOFF = 15, "precedence cutoff";
}

/// The code of a redirect message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RedirectCode(pub u8);

registry_names! { RedirectCode, "code {}";
    /// For the network.
    NET = 0, "for net";
    /// For the host.
    HOST = 1, "for host";
    /// For the type of service and network.
    TOS_NET = 2, "for TOS and net";
    /// For the type of service and host.
    TOS_HOST = 3, "for TOS and host";
}

/// The code of a time exceeded message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeExceededCode(pub u8);

registry_names! { TimeExceededCode, "code {}";
    /// Time to live exceeded in transit.
    TTL = 0, "in transit";
    /// Fragment reassembly time exceeded.
    REASSEMBLY = 1, "in reassembly";
}

/// The code of a parameter problem message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterProblemCode(pub u8);

registry_names! { ParameterProblemCode, "code {}";
    /// The pointer indicates the error.
    POINTER = 0, "at pointer";
    /// A required option is missing (RFC 1122 3.2.2.5).
    OPTION_MISSING = 1, "required option missing";
    /// Bad length.
    LENGTH = 2, "bad length";
}

view! {
    /// An ICMP message.
    Icmpv4Packet
}

fields! { Icmpv4Packet {
    /// The raw type.
    type_raw, set_type_raw: u8 = 0;
    /// Code.
    code, set_code: u8 = 1;
    /// Checksum.
    checksum, set_checksum: u16 = 2;
    /// The four bytes behind the checksum: their meaning depends on the type.
    rest_of_header, set_rest_of_header: u32 = 4;
    /// Identifier of echo, timestamp, information and address mask messages.
    identifier, set_identifier: u16 = 4;
    /// Sequence number of echo, timestamp, information and address mask messages.
    sequence, set_sequence: u16 = 6;
    /// Gateway of a redirect.
    gateway, set_gateway: Ipv4Addr = 4;
    /// Pointer of a parameter problem.
    pointer, set_pointer: u8 = 4;
    /// Length of the quote in 32-bit words, if extensions follow it (RFC 4884).
    quote_words, set_quote_words: u8 = 5;
    /// Next-hop MTU of "fragmentation needed" (RFC 1191).
    next_hop_mtu, set_next_hop_mtu: u16 = 6;
} }

impl<T: AsRef<[u8]>> Icmpv4Packet<T> {
    /// At least the 8 bytes of the header.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        need!(Icmpv4, HEADER_LEN, self.buffer.as_ref().len());
        Ok(())
    }

    /// The type.
    #[inline]
    pub fn msg_type(&self) -> Icmpv4Type {
        Icmpv4Type(self.type_raw())
    }

    /// Everything behind the 8 bytes: echo data, or the quote.
    #[inline]
    pub fn data(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..]
    }

    /// Whether the checksum over the whole buffer is right.
    #[inline]
    pub fn verify_checksum(&self) -> bool {
        checksum::is_valid(checksum::sum(self.buffer.as_ref()))
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Icmpv4Packet<T> {
    /// Writes the type.
    #[inline]
    pub fn set_msg_type(&mut self, value: Icmpv4Type) {
        self.set_type_raw(value.0);
    }

    /// Everything behind the 8 bytes.
    #[inline]
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }

    /// Computes the checksum over the whole buffer and writes it.
    #[inline]
    pub fn fill_checksum(&mut self) {
        self.set_checksum(0);
        let value = checksum::finish(checksum::sum(self.buffer.as_ref()));
        self.set_checksum(value);
    }
}

/// An ICMP message, complete: `buffer_len` and `emit` cover the data too. Unused fields are ignored when read
/// and zero when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields have the names that the RFC gives them")]
pub enum Icmpv4Repr<'a> {
    /// Type 8.
    EchoRequest { identifier: u16, sequence: u16, data: &'a [u8] },
    /// Type 0.
    EchoReply { identifier: u16, sequence: u16, data: &'a [u8] },
    /// Type 3. `next_hop_mtu` is 0 except with code 4 from a router that knows RFC 1191.
    DestinationUnreachable { code: UnreachableCode, next_hop_mtu: u16, quote: &'a [u8] },
    /// Type 4.
    SourceQuench { quote: &'a [u8] },
    /// Type 5.
    Redirect { code: RedirectCode, gateway: Ipv4Addr, quote: &'a [u8] },
    /// Type 11.
    TimeExceeded { code: TimeExceededCode, quote: &'a [u8] },
    /// Type 12. The pointer counts bytes of the quoted header.
    ParameterProblem { code: ParameterProblemCode, pointer: u8, quote: &'a [u8] },
    /// Type 13. Times are milliseconds since midnight UT.
    TimestampRequest { identifier: u16, sequence: u16, originate: u32, receive: u32, transmit: u32 },
    /// Type 14. Times are milliseconds since midnight UT.
    TimestampReply { identifier: u16, sequence: u16, originate: u32, receive: u32, transmit: u32 },
    /// Type 17.
    AddressMaskRequest { identifier: u16, sequence: u16, mask: Ipv4Addr },
    /// Type 18.
    AddressMaskReply { identifier: u16, sequence: u16, mask: Ipv4Addr },
    /// Any other type, also a known type with a code that it does not have. Nothing is judged.
    Unknown { msg_type: Icmpv4Type, code: u8, rest_of_header: [u8; 4], data: &'a [u8] },
}

impl<'a> Icmpv4Repr<'a> {
    /// Reads a message and verifies its checksum.
    ///
    /// # Errors
    /// `Truncated` (timestamp and address mask messages: below their own length also); `Checksum` at offset 2.
    #[inline]
    pub fn parse<T: AsRef<[u8]> + ?Sized>(packet: &Icmpv4Packet<&'a T>) -> Result<Self> {
        packet.check_len()?;
        // RFC1122-3.2.2: an ICMP message with a wrong checksum is not one.
        if !packet.verify_checksum() {
            return Err(Error::field(Layer::Icmpv4, ErrorKind::Checksum, 2));
        }
        Self::parse_unverified(packet)
    }

    /// [`Self::parse`] without the checksum.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn parse_unverified<T: AsRef<[u8]> + ?Sized>(packet: &Icmpv4Packet<&'a T>) -> Result<Self> {
        packet.check_len()?;
        let bytes: &'a [u8] = packet.buffer.as_ref();
        let (data, code) = (&bytes[HEADER_LEN..], packet.code());
        let (identifier, sequence) = (packet.identifier(), packet.sequence());
        let unknown = Self::Unknown { msg_type: packet.msg_type(), code, rest_of_header: array_at(bytes, 4), data };
        Ok(match (packet.msg_type(), code) {
            (Icmpv4Type::ECHO_REQUEST, 0) => Self::EchoRequest { identifier, sequence, data },
            (Icmpv4Type::ECHO_REPLY, 0) => Self::EchoReply { identifier, sequence, data },
            (Icmpv4Type::DESTINATION_UNREACHABLE, _) => Self::DestinationUnreachable {
                code: UnreachableCode(code),
                next_hop_mtu: packet.next_hop_mtu(),
                quote: data,
            },
            (Icmpv4Type::SOURCE_QUENCH, 0) => Self::SourceQuench { quote: data },
            (Icmpv4Type::REDIRECT, _) => {
                Self::Redirect { code: RedirectCode(code), gateway: packet.gateway(), quote: data }
            }
            (Icmpv4Type::TIME_EXCEEDED, _) => Self::TimeExceeded { code: TimeExceededCode(code), quote: data },
            (Icmpv4Type::PARAMETER_PROBLEM, _) => {
                Self::ParameterProblem { code: ParameterProblemCode(code), pointer: packet.pointer(), quote: data }
            }
            (msg_type @ (Icmpv4Type::TIMESTAMP_REQUEST | Icmpv4Type::TIMESTAMP_REPLY), 0) => {
                need!(Icmpv4, TIMESTAMP_LEN, bytes.len());
                let [originate, receive, transmit] = [8, 12, 16].map(|at| Field::get(bytes, at));
                if msg_type == Icmpv4Type::TIMESTAMP_REQUEST {
                    Self::TimestampRequest { identifier, sequence, originate, receive, transmit }
                } else {
                    Self::TimestampReply { identifier, sequence, originate, receive, transmit }
                }
            }
            (msg_type @ (Icmpv4Type::ADDRESS_MASK_REQUEST | Icmpv4Type::ADDRESS_MASK_REPLY), 0) => {
                need!(Icmpv4, 12, bytes.len());
                let mask = Field::get(bytes, 8);
                if msg_type == Icmpv4Type::ADDRESS_MASK_REQUEST {
                    Self::AddressMaskRequest { identifier, sequence, mask }
                } else {
                    Self::AddressMaskReply { identifier, sequence, mask }
                }
            }
            _ => unknown,
        })
    }

    /// The type.
    pub const fn msg_type(&self) -> Icmpv4Type {
        match self {
            Self::EchoRequest { .. } => Icmpv4Type::ECHO_REQUEST,
            Self::EchoReply { .. } => Icmpv4Type::ECHO_REPLY,
            Self::DestinationUnreachable { .. } => Icmpv4Type::DESTINATION_UNREACHABLE,
            Self::SourceQuench { .. } => Icmpv4Type::SOURCE_QUENCH,
            Self::Redirect { .. } => Icmpv4Type::REDIRECT,
            Self::TimeExceeded { .. } => Icmpv4Type::TIME_EXCEEDED,
            Self::ParameterProblem { .. } => Icmpv4Type::PARAMETER_PROBLEM,
            Self::TimestampRequest { .. } => Icmpv4Type::TIMESTAMP_REQUEST,
            Self::TimestampReply { .. } => Icmpv4Type::TIMESTAMP_REPLY,
            Self::AddressMaskRequest { .. } => Icmpv4Type::ADDRESS_MASK_REQUEST,
            Self::AddressMaskReply { .. } => Icmpv4Type::ADDRESS_MASK_REPLY,
            Self::Unknown { msg_type, .. } => *msg_type,
        }
    }

    /// The code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::DestinationUnreachable { code, .. } => code.0,
            Self::Redirect { code, .. } => code.0,
            Self::TimeExceeded { code, .. } => code.0,
            Self::ParameterProblem { code, .. } => code.0,
            Self::Unknown { code, .. } => *code,
            _ => 0,
        }
    }

    /// The quoted datagram of an error message.
    pub const fn quote(&self) -> Option<&'a [u8]> {
        match self {
            Self::DestinationUnreachable { quote, .. }
            | Self::SourceQuench { quote }
            | Self::Redirect { quote, .. }
            | Self::TimeExceeded { quote, .. }
            | Self::ParameterProblem { quote, .. } => Some(quote),
            _ => None,
        }
    }

    /// The whole message.
    pub const fn buffer_len(&self) -> usize {
        match self {
            Self::EchoRequest { data, .. } | Self::EchoReply { data, .. } | Self::Unknown { data, .. } => {
                HEADER_LEN + data.len()
            }
            Self::DestinationUnreachable { quote, .. }
            | Self::SourceQuench { quote }
            | Self::Redirect { quote, .. }
            | Self::TimeExceeded { quote, .. }
            | Self::ParameterProblem { quote, .. } => HEADER_LEN + quote.len(),
            Self::TimestampRequest { .. } | Self::TimestampReply { .. } => TIMESTAMP_LEN,
            Self::AddressMaskRequest { .. } | Self::AddressMaskReply { .. } => 12,
        }
    }

    /// Writes the message. The checksum covers the whole buffer, which should be [`Self::buffer_len`] long.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Icmpv4Packet<T>) {
        packet.set_msg_type(self.msg_type());
        packet.set_code(self.code());
        packet.set_rest_of_header(0);
        let end = self.buffer_len() - HEADER_LEN;
        match *self {
            Self::EchoRequest { identifier, sequence, data } | Self::EchoReply { identifier, sequence, data } => {
                packet.set_identifier(identifier);
                packet.set_sequence(sequence);
                packet.data_mut()[..end].copy_from_slice(data);
            }
            Self::TimestampRequest { identifier, sequence, originate, receive, transmit }
            | Self::TimestampReply { identifier, sequence, originate, receive, transmit } => {
                packet.set_identifier(identifier);
                packet.set_sequence(sequence);
                for (at, time) in [originate, receive, transmit].into_iter().enumerate() {
                    time.set(packet.data_mut(), 4 * at);
                }
            }
            Self::AddressMaskRequest { identifier, sequence, mask }
            | Self::AddressMaskReply { identifier, sequence, mask } => {
                packet.set_identifier(identifier);
                packet.set_sequence(sequence);
                mask.set(packet.data_mut(), 0);
            }
            Self::DestinationUnreachable { next_hop_mtu, quote, .. } => {
                packet.set_next_hop_mtu(next_hop_mtu);
                packet.data_mut()[..end].copy_from_slice(quote);
            }
            Self::SourceQuench { quote } | Self::TimeExceeded { quote, .. } => {
                packet.data_mut()[..end].copy_from_slice(quote);
            }
            Self::Redirect { gateway, quote, .. } => {
                packet.set_gateway(gateway);
                packet.data_mut()[..end].copy_from_slice(quote);
            }
            Self::ParameterProblem { pointer, quote, .. } => {
                packet.set_pointer(pointer);
                packet.data_mut()[..end].copy_from_slice(quote);
            }
            Self::Unknown { rest_of_header, data, .. } => {
                packet.set_rest_of_header(u32::from_be_bytes(rest_of_header));
                packet.data_mut()[..end].copy_from_slice(data);
            }
        }
        packet.fill_checksum();
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::testing::{Short, hex};
    use super::*;

    fn emit(repr: &Icmpv4Repr<'_>) -> Vec<u8> {
        let mut packet = Icmpv4Packet::new_unchecked(vec![0xee; repr.buffer_len()]);
        repr.emit(&mut packet);
        packet.into_inner()
    }

    /// `bytes` with its checksum filled in parses to `repr`, and `repr` gives these bytes.
    fn both_ways(bytes: &str, repr: Icmpv4Repr<'_>) {
        let mut packet = Icmpv4Packet::new_unchecked(hex(bytes));
        packet.fill_checksum();
        let bytes = packet.into_inner();
        assert_eq!(Icmpv4Repr::parse(&Icmpv4Packet::new_unchecked(&bytes[..])), Ok(repr));
        assert_eq!(emit(&repr), bytes);
    }

    #[test]
    fn checksum_by_hand() {
        // 0800 + 1234 + 0001 + 6162 = 7b97.
        let bytes = emit(&Icmpv4Repr::EchoRequest { identifier: 0x1234, sequence: 1, data: b"ab" });
        assert_eq!(bytes, hex("0800 8468 1234 0001 6162"));
        let mut bad = bytes.clone();
        bad[9] ^= 1;
        let error = Icmpv4Repr::parse(&Icmpv4Packet::new_unchecked(&bad[..])).unwrap_err();
        assert_eq!(error, Error::field(Layer::Icmpv4, ErrorKind::Checksum, 2));
        assert!(Icmpv4Repr::parse_unverified(&Icmpv4Packet::new_unchecked(&bad[..])).is_ok());
    }

    #[test]
    fn every_message_of_rfc792() {
        let quote: &[u8] = &[0x45, 0, 0, 28];
        both_ways("0000 0000 0001 0002 ff", Icmpv4Repr::EchoReply { identifier: 1, sequence: 2, data: &[0xff] });
        for code in 0..=15 {
            let message = format!("03{code:02x} 0000 00000000 4500001c");
            let code = UnreachableCode(code);
            assert!(code.name().is_some());
            both_ways(&message, Icmpv4Repr::DestinationUnreachable { code, next_hop_mtu: 0, quote });
        }
        // RFC 1191 4.
        let code = UnreachableCode::FRAGMENTATION_NEEDED;
        let too_big = Icmpv4Repr::DestinationUnreachable { code, next_hop_mtu: 1492, quote };
        both_ways("0304 0000 0000 05d4 4500001c", too_big);
        both_ways("0400 0000 00000000 4500001c", Icmpv4Repr::SourceQuench { quote });
        let gateway = Ipv4Addr::new(192, 0, 2, 254);
        let redirect = Icmpv4Repr::Redirect { code: RedirectCode::HOST, gateway, quote };
        both_ways("0501 0000 c00002fe 4500001c", redirect);
        let exceeded = Icmpv4Repr::TimeExceeded { code: TimeExceededCode::REASSEMBLY, quote };
        both_ways("0b01 0000 00000000 4500001c", exceeded);
        let code = ParameterProblemCode::POINTER;
        both_ways("0c00 0000 14000000 4500001c", Icmpv4Repr::ParameterProblem { code, pointer: 20, quote });
        let (identifier, sequence, originate, receive, transmit) = (1, 2, 3, 4, 5);
        both_ways(
            "0d00 0000 0001 0002 00000003 00000004 00000005",
            Icmpv4Repr::TimestampRequest { identifier, sequence, originate, receive, transmit },
        );
        both_ways(
            "0e00 0000 0001 0002 00000003 00000004 00000005",
            Icmpv4Repr::TimestampReply { identifier, sequence, originate, receive, transmit },
        );
        let mask = Ipv4Addr::new(255, 255, 255, 0);
        both_ways("1100 0000 0001 0002 ffffff00", Icmpv4Repr::AddressMaskRequest { identifier, sequence, mask });
        both_ways("1200 0000 0001 0002 ffffff00", Icmpv4Repr::AddressMaskReply { identifier, sequence, mask });
        // RFC 1256, kept and not understood.
        let (msg_type, rest_of_header) = (Icmpv4Type::ROUTER_ADVERTISEMENT, [1, 2, 7, 8]);
        let data: &[u8] = &[192, 0, 2, 254, 0, 0, 0, 1];
        let advertisement = Icmpv4Repr::Unknown { msg_type, code: 0, rest_of_header, data };
        both_ways("0900 0000 01020708 c00002fe 00000001", advertisement);
    }

    #[rstest::rstest]
    #[case("08", 8)]
    #[case("0d00 0000 0001 0002 00000003 00000004 000000", 20)]
    #[case("1100 0000 0001 0002 ffffff", 12)]
    fn cut_short(#[case] bytes: &str, #[case] needed: usize) {
        let bytes = hex(bytes);
        let result = Icmpv4Repr::parse_unverified(&Icmpv4Packet::new_unchecked(&bytes[..]));
        assert_eq!(result, Err(Error::truncated(Layer::Icmpv4, needed, bytes.len())));
    }

    #[test]
    fn errors_and_queries() {
        let errors: Vec<u8> = (0..=255).filter(|number| Icmpv4Type(*number).is_error()).collect();
        assert_eq!(errors, [3, 4, 5, 11, 12]);
    }

    quickcheck::quickcheck! {
        fn any_bytes(bytes: Vec<u8>, known: u8) -> bool {
            let mut bytes = bytes;
            if bytes.len() > 1 {
                bytes[..2].copy_from_slice(&[known % 20, known / 20 % 6]);
            }
            if let Ok(view) = Icmpv4Packet::new_checked(&mut bytes[..]) {
                let mut view = view;
                view.fill_checksum();
            }
            match Icmpv4Repr::parse(&Icmpv4Packet::new_unchecked(&bytes[..])) {
                // What is unused is lost, so the second time around nothing changes.
                Ok(repr) => {
                    let again = emit(&repr);
                    Icmpv4Repr::parse(&Icmpv4Packet::new_unchecked(&again[..])) == Ok(repr)
                }
                Err(_) => bytes.len() < 20,
            }
        }

        fn parse_of_emit(variant: u8, words: (u16, u16), code: u8, times: (u32, u32, u32), data: Short<99>) -> bool {
            let ((identifier, sequence), (originate, receive, transmit)) = (words, times);
            let (data, mask, gateway) = (&data.0[..], originate.into(), receive.into());
            let repr = match variant % 12 {
                0 => Icmpv4Repr::EchoRequest { identifier, sequence, data },
                1 => Icmpv4Repr::EchoReply { identifier, sequence, data },
                2 => Icmpv4Repr::DestinationUnreachable {
                    code: UnreachableCode(code), next_hop_mtu: sequence, quote: data,
                },
                3 => Icmpv4Repr::SourceQuench { quote: data },
                4 => Icmpv4Repr::Redirect { code: RedirectCode(code), gateway, quote: data },
                5 => Icmpv4Repr::TimeExceeded { code: TimeExceededCode(code), quote: data },
                6 => Icmpv4Repr::ParameterProblem {
                    code: ParameterProblemCode(code), pointer: variant, quote: data,
                },
                7 => Icmpv4Repr::TimestampRequest { identifier, sequence, originate, receive, transmit },
                8 => Icmpv4Repr::TimestampReply { identifier, sequence, originate, receive, transmit },
                9 => Icmpv4Repr::AddressMaskRequest { identifier, sequence, mask },
                10 => Icmpv4Repr::AddressMaskReply { identifier, sequence, mask },
                _ => Icmpv4Repr::Unknown {
                    msg_type: Icmpv4Type(200), code, rest_of_header: transmit.to_be_bytes(), data,
                },
            };
            let bytes = emit(&repr);
            Icmpv4Repr::parse(&Icmpv4Packet::new_unchecked(&bytes[..])) == Ok(repr)
        }
    }
}
