//! Reading ICMP errors that others sent about our packets.
//!
//! Read first: RFC 1122 3.2.2 and 4.2.3.9, RFC 4443 2.4 (d), RFC 5461 (what is soft and what is hard), RFC 5927.

use core::net::IpAddr;

use crate::errno::Errno;
use crate::event::DropReason;
use crate::seq::SeqNumber;
use crate::wire::ip::IpProtocol;
use crate::wire::quote::Quote;

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReceivedKind {
    /// Destination unreachable with this code.
    Unreachable {
        /// The ICMP code.
        code: u8,
    },
    /// Fragmentation needed or packet too big; an MTU of 0 comes from routers before RFC 1191.
    PacketTooBig {
        /// Next-hop MTU in octets.
        mtu: u32,
    },
    /// Time exceeded: code 0 in transit, code 1 in reassembly.
    TimeExceeded {
        /// The ICMP code.
        code: u8,
    },
    /// Parameter problem.
    ParameterProblem {
        /// The ICMP code.
        code: u8,
        /// Offset into the quoted packet.
        pointer: u32,
    },
    /// Source quench, which is ignored (RFC 6633).
    SourceQuench,
    /// An ICMPv6 error of unknown type, passed on all the same (RFC 4443 2.4 (a)).
    Unknown {
        /// The ICMP type.
        kind: u8,
        /// The ICMP code.
        code: u8,
    },
}

/// Whether a connection should give up (RFC 1122 4.2.3.9, RFC 5461 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// A hint; keep trying.
    Soft,
    /// Give up, at least while the connection is not established yet.
    Hard,
}

/// What the quoted packet says about whom the error concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Its source: an address of ours.
    pub src: IpAddr,
    /// Its destination.
    pub dst: IpAddr,
    /// Its transport; extension headers are skipped.
    pub protocol: IpProtocol,
    /// Source port, or identifier of an echo request.
    pub src_port: Option<u16>,
    /// Destination port, or sequence number of an echo request.
    pub dst_port: Option<u16>,
    /// Sequence number if it is TCP.
    pub seq: Option<SeqNumber>,
    /// Length of the packet as its header states it.
    pub packet_len: usize,
}

/// An ICMP error about a packet that this host sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedError {
    /// What went wrong.
    pub kind: ReceivedKind,
    /// How sockets report it.
    pub errno: Errno,
    /// Whether to give up.
    pub severity: Severity,
    /// Whom it concerns.
    pub quoted: Quoted,
}

/// Reads an ICMP error message (`v6` tells which version) whose checksum is right.
pub fn parse_error(v6: bool, message: &[u8]) -> Result<ReceivedError, DropReason> {
    let Some((&[kind, code, _, _, a, b, c, d], quote)) = message.split_first_chunk::<8>() else {
        return Err(DropReason::Malformed);
    };
    let word = u32::from_be_bytes([a, b, c, d]);
    let (kind, errno, severity) = if v6 { classify_v6(kind, code, word) } else { classify_v4(kind, code, word) }
        .ok_or(DropReason::IcmpIgnored)?;
    // RFC 4443 2.4 (d): without the transport's header nobody can be told.
    let quote = if v6 { Quote::parse_v6(quote) } else { Quote::parse_v4(quote) }.map_err(|_| DropReason::Malformed)?;
    Ok(ReceivedError { kind, errno, severity, quoted: quoted(&quote) })
}

fn quoted(quote: &Quote<'_>) -> Quoted {
    let ports = quote.ports().or_else(|| echo_ids(quote));
    Quoted {
        src: quote.src,
        dst: quote.dst,
        protocol: quote.protocol,
        src_port: ports.map(|ports| ports.0),
        dst_port: ports.map(|ports| ports.1),
        seq: quote.tcp_seq(),
        packet_len: quote.total_len,
    }
}

/// Identifier and sequence number of a quoted echo request.
fn echo_ids(quote: &Quote<'_>) -> Option<(u16, u16)> {
    let &[kind, _, _, _, a, b, c, d] = quote.payload.first_chunk::<8>()?;
    let echo = matches!((quote.protocol, kind), (IpProtocol::ICMP, 8) | (IpProtocol::ICMPV6, 128));
    (echo && quote.fragment_offset == 0).then(|| (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
}

type Meaning = (ReceivedKind, Errno, Severity);

/// RFC 1122 4.2.3.9: unreachable 2 and 3 are hard; 4 is what path MTU discovery lives on; all else is soft.
fn classify_v4(kind: u8, code: u8, word: u32) -> Option<Meaning> {
    let unreachable = ReceivedKind::Unreachable { code };
    Some(match (kind, code) {
        (3, 2) => (unreachable, Errno::ProtocolUnreachable, Severity::Hard),
        (3, 3) => (unreachable, Errno::ConnectionRefused, Severity::Hard),
        // RFC1191-3-7: a router that knows nothing of path MTU discovery leaves 0 here.
        (3, 4) => (ReceivedKind::PacketTooBig { mtu: word & 0xffff }, Errno::MessageSize, Severity::Soft),
        (3, 0 | 6 | 9 | 11) => (unreachable, Errno::NetworkUnreachable, Severity::Soft),
        (3, _) => (unreachable, Errno::HostUnreachable, Severity::Soft),
        (4, _) => (ReceivedKind::SourceQuench, Errno::NoBuffers, Severity::Soft),
        (11, _) => (ReceivedKind::TimeExceeded { code }, Errno::HostUnreachable, Severity::Soft),
        (12, _) => {
            let kind = ReceivedKind::ParameterProblem { code, pointer: word >> 24 };
            (kind, Errno::NoProtocolOption, Severity::Soft)
        }
        _ => return None,
    })
}

/// RFC 5461 2, table 1: unreachable 0 and 3, time exceeded and parameter problems are soft; prohibitions and ports hard.
fn classify_v6(kind: u8, code: u8, word: u32) -> Option<Meaning> {
    let unreachable = ReceivedKind::Unreachable { code };
    Some(match (kind, code) {
        (1, 0) => (unreachable, Errno::NetworkUnreachable, Severity::Soft),
        (1, 1 | 5 | 6) => (unreachable, Errno::AccessDenied, Severity::Hard),
        (1, 4) => (unreachable, Errno::ConnectionRefused, Severity::Hard),
        (1, _) => (unreachable, Errno::HostUnreachable, Severity::Soft),
        (2, _) => (ReceivedKind::PacketTooBig { mtu: word }, Errno::MessageSize, Severity::Soft),
        (3, _) => (ReceivedKind::TimeExceeded { code }, Errno::HostUnreachable, Severity::Soft),
        (4, _) => {
            let kind = ReceivedKind::ParameterProblem { code, pointer: word };
            let errno = if code == 1 { Errno::ProtocolUnreachable } else { Errno::NoProtocolOption };
            (kind, errno, Severity::Soft)
        }
        (5..=127 | 0, _) => (ReceivedKind::Unknown { kind, code }, Errno::HostUnreachable, Severity::Soft),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ip::input::tests::{v4, v6};
    use pretty_assertions::assert_eq;
    use rstest::rstest;

    fn message(kind: u8, code: u8, word: u32, quote: &[u8]) -> Vec<u8> {
        [&[kind, code, 0, 0], &word.to_be_bytes()[..], quote].concat()
    }

    const TCP_START: [u8; 8] = [0x9c, 0x40, 0, 80, 1, 2, 3, 4];

    #[rstest]
    #[case(3, 0, Errno::NetworkUnreachable, Severity::Soft)]
    #[case(3, 1, Errno::HostUnreachable, Severity::Soft)]
    #[case(3, 2, Errno::ProtocolUnreachable, Severity::Hard)]
    #[case(3, 3, Errno::ConnectionRefused, Severity::Hard)]
    #[case(3, 5, Errno::HostUnreachable, Severity::Soft)]
    #[case(11, 1, Errno::HostUnreachable, Severity::Soft)]
    #[case(12, 0, Errno::NoProtocolOption, Severity::Soft)]
    fn severities_of_rfc_1122(#[case] kind: u8, #[case] code: u8, #[case] errno: Errno, #[case] severity: Severity) {
        let mut packet = v4([192, 0, 2, 1], [203, 0, 113, 5], &[], &TCP_START);
        packet[9] = 6;
        let error = parse_error(false, &message(kind, code, 0, &packet)).unwrap();
        assert_eq!((error.errno, error.severity), (errno, severity));
        assert_eq!(error.quoted.seq, Some(SeqNumber(0x0102_0304)));
        assert_eq!((error.quoted.src_port, error.quoted.dst_port), (Some(40_000), Some(80)));
    }

    #[test]
    fn too_big_in_both_versions() {
        let packet = v4([192, 0, 2, 1], [203, 0, 113, 5], &[], &TCP_START);
        let error = parse_error(false, &message(3, 4, 0xdead_05dc, &packet)).unwrap();
        assert_eq!((error.kind, error.quoted.packet_len), (ReceivedKind::PacketTooBig { mtu: 1_500 }, 28));
        let mut rest = vec![6, 0, 1, 4, 0, 0, 0, 0];
        rest.extend_from_slice(&TCP_START);
        let packet = v6("2001:db8::1", "2001:db8::2", 60, &rest);
        let error = parse_error(true, &message(2, 0, 70_000, &packet)).unwrap();
        assert_eq!(error.kind, ReceivedKind::PacketTooBig { mtu: 70_000 });
        assert_eq!((error.quoted.protocol, error.quoted.src_port), (IpProtocol::TCP, Some(40_000)));
    }

    #[test]
    fn unknown_icmpv6_errors_are_passed_on_and_others_are_not() {
        let packet = v6("2001:db8::1", "2001:db8::2", 17, &TCP_START);
        let error = parse_error(true, &message(100, 7, 0, &packet)).unwrap();
        assert_eq!(error.kind, ReceivedKind::Unknown { kind: 100, code: 7 });
        assert_eq!(parse_error(true, &message(128, 0, 0, &packet)), Err(DropReason::IcmpIgnored));
        assert_eq!(parse_error(false, &message(100, 0, 0, &packet)), Err(DropReason::IcmpIgnored));
        assert_eq!(parse_error(true, &message(1, 0, 0, &packet[..39])), Err(DropReason::Malformed));
        assert_eq!(parse_error(true, &[1, 0, 0]), Err(DropReason::Malformed));
    }

    quickcheck::quickcheck! {
        fn no_message_makes_trouble(v6: bool, kind: u8, code: u8, quote: Vec<u8>) -> bool {
            let first = if v6 { 0x60 } else { 0x45 };
            let quote = [&[first][..], &quote].concat();
            parse_error(v6, &message(kind % 16, code, 0, &quote)).map_or(true, |error| error.quoted.src.is_ipv6() == v6)
        }
    }
}
