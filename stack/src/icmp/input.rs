//! What an arriving ICMP message asks for.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::received::{ReceivedError, parse_error};
use crate::event::DropReason;
use crate::fault::{Fault, FaultSet};
use crate::ip::{Cast, options};
use crate::time::Instant;
use crate::wire::icmpv4::{Icmpv4Packet, Icmpv4Repr};
use crate::wire::icmpv6::{Icmpv6Packet, Icmpv6Repr};
use crate::wire::ip::PseudoHeader;
use crate::wire::quote::Quote;

/// What the host answers.
#[derive(Clone, Copy, Debug)]
pub struct IcmpConfig {
    /// Answers echo requests to broadcast and multicast addresses (RFC 1122 3.2.2.6 and RFC 4443 4.2 leave the
    /// first open and recommend the second for IPv6). Off by default for IPv4.
    pub echo_multicast_v4: bool,
    /// The same for IPv6; on by default (RFC 4443 4.2).
    pub echo_multicast_v6: bool,
    /// Answers ICMPv4 timestamp requests (RFC 1122 3.2.2.8).
    pub timestamp: bool,
    /// Planted faults.
    pub faults: FaultSet,
}

impl Default for IcmpConfig {
    fn default() -> Self {
        Self { echo_multicast_v4: false, echo_multicast_v6: true, timestamp: true, faults: FaultSet::NONE }
    }
}

/// What an ICMP message turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A reply was written to `out`: this many octets of ICMP, to be sent back to the source (with the options of
    /// [`crate::ip::options::for_reply`] in IPv4).
    Reply {
        /// Length of the ICMP message in `out`.
        len: usize,
    },
    /// An echo reply or timestamp reply for whoever asked.
    EchoReply {
        /// Identifier.
        id: u16,
        /// Sequence number.
        seq: u16,
    },
    /// An error about a packet that this host sent.
    Error(ReceivedError),
    /// An ICMPv4 redirect (RFC 1122 3.2.2.2). The caller checks that it came from the current first hop.
    Redirect {
        /// The better first hop.
        gateway: IpAddr,
        /// The destination of the packet that it is about.
        destination: IpAddr,
    },
    /// A neighbour discovery message, types 133 to 137, for [`crate::neighbor`].
    NeighborDiscovery,
    /// A multicast listener discovery message, types 130 to 132 and 143, for [`crate::igmp`].
    ListenerDiscovery,
    /// Nothing to do.
    Drop(DropReason),
}

/// Reads an ICMPv4 message (checksum included) and writes the reply, if it wants one, to `out`.
pub fn input_v4(config: &IcmpConfig, now: Instant, src: Ipv4Addr, cast: Cast, message: &[u8], out: &mut [u8]) -> Input {
    let Ok(view) = Icmpv4Packet::new_checked(message) else {
        return Input::Drop(DropReason::Malformed);
    };
    if !view.verify_checksum() && !config.faults.has(Fault::IcmpBadChecksumAccepted) {
        return Input::Drop(DropReason::BadChecksum);
    }
    let message_repr = match Icmpv4Repr::parse_unverified(&Icmpv4Packet::new_unchecked(message)) {
        Ok(repr) => repr,
        Err(_) => return Input::Drop(DropReason::Malformed),
    };
    // RFC1122-3.2.2.6-3 and -4, RFC1122-3.2.2.8-3 and -4: requests to groups may be discarded.
    let answerable = (cast == Cast::Unicast || config.echo_multicast_v4) && !src.is_unspecified();
    match message_repr {
        Icmpv4Repr::EchoRequest { .. } | Icmpv4Repr::TimestampRequest { .. } if !answerable => {
            Input::Drop(DropReason::IcmpIgnored)
        }
        Icmpv4Repr::EchoRequest { identifier, sequence, data } => {
            // RFC1122-3.2.2.6-6, RFC792-0-15: the data come back whole.
            reply_v4(&Icmpv4Repr::EchoReply { identifier, sequence, data: returned(config, data) }, out)
        }
        Icmpv4Repr::TimestampRequest { identifier, sequence, originate, .. } if config.timestamp => {
            // RFC1122-3.2.2.8-8: not standard values, and marked so.
            let time = options::timestamp(now);
            let reply = Icmpv4Repr::TimestampReply { identifier, sequence, originate, receive: time, transmit: time };
            reply_v4(&reply, out)
        }
        Icmpv4Repr::EchoReply { identifier, sequence, .. }
        | Icmpv4Repr::TimestampReply { identifier, sequence, .. } => Input::EchoReply { id: identifier, seq: sequence },
        Icmpv4Repr::Redirect { gateway, quote, .. } => match Quote::parse_v4(quote) {
            Ok(quote) => Input::Redirect { gateway: gateway.into(), destination: quote.dst },
            Err(_) => Input::Drop(DropReason::Malformed),
        },
        Icmpv4Repr::DestinationUnreachable { .. }
        | Icmpv4Repr::SourceQuench { .. }
        | Icmpv4Repr::TimeExceeded { .. }
        | Icmpv4Repr::ParameterProblem { .. } => parse_error(false, message).map_or_else(Input::Drop, Input::Error),
        // RFC1122-3.2.2.9-9: no reply unless configured as an agent for it, which this host never is.
        Icmpv4Repr::AddressMaskRequest { identifier, sequence, .. } if config.faults.has(Fault::AddressMaskReply) => {
            let mask = Ipv4Addr::new(255, 255, 255, 0);
            reply_v4(&Icmpv4Repr::AddressMaskReply { identifier, sequence, mask }, out)
        }
        // RFC1122-3.2.2-1: unknown types are discarded in silence.
        _ => Input::Drop(DropReason::IcmpIgnored),
    }
}

/// Reads an ICMPv6 message (checksum included) and writes the reply, if it wants one, to `out`. `reply_src` is the
/// source address that a reply will have: the destination of the request, or for a group an address of ours.
pub fn input_v6(
    config: &IcmpConfig,
    src: Ipv6Addr,
    dst: Ipv6Addr,
    reply_src: Ipv6Addr,
    message: &[u8],
    out: &mut [u8],
) -> Input {
    let Ok(view) = Icmpv6Packet::new_checked(message) else {
        return Input::Drop(DropReason::Malformed);
    };
    if !view.verify_checksum(PseudoHeader::v6(src, dst)) && !config.faults.has(Fault::IcmpBadChecksumAccepted) {
        return Input::Drop(DropReason::BadChecksum);
    }
    let kind = view.msg_type();
    if kind.is_ndp() {
        return Input::NeighborDiscovery;
    }
    if kind.is_mld() {
        return Input::ListenerDiscovery;
    }
    // RFC4443-2.4-2: errors are passed on, unknown ones too.
    if kind.is_error() {
        return parse_error(true, message).map_or_else(Input::Drop, Input::Error);
    }
    match Icmpv6Repr::parse(&Icmpv6Packet::new_unchecked(message), None) {
        Ok(Icmpv6Repr::EchoRequest { identifier, sequence, data }) => {
            // RFC4443-4.2-4: groups are answered as well, unless configured otherwise.
            let answerable = !src.is_unspecified() && (!dst.is_multicast() || config.echo_multicast_v6);
            if !answerable || reply_src.is_unspecified() {
                return Input::Drop(DropReason::IcmpIgnored);
            }
            // RFC4443-4.2-6: the data come back whole.
            let reply = Icmpv6Repr::EchoReply { identifier, sequence, data: returned(config, data) };
            let Some(out) = out.get_mut(..reply.buffer_len()) else {
                return Input::Drop(DropReason::ControlQueueFull);
            };
            let len = out.len();
            reply.emit(&mut Icmpv6Packet::new_unchecked(out), PseudoHeader::v6(reply_src, src));
            Input::Reply { len }
        }
        Ok(Icmpv6Repr::EchoReply { identifier, sequence, .. }) => Input::EchoReply { id: identifier, seq: sequence },
        Err(_) => Input::Drop(DropReason::Malformed),
        // RFC4443-2.4-3: unknown informational messages are discarded in silence.
        Ok(_) => Input::Drop(DropReason::IcmpIgnored),
    }
}

/// The data of an echo request that come back.
fn returned<'a>(config: &IcmpConfig, data: &'a [u8]) -> &'a [u8] {
    if config.faults.has(Fault::EchoReplyDataTruncated) { &data[..data.len().min(64)] } else { data }
}

fn reply_v4(reply: &Icmpv4Repr<'_>, out: &mut [u8]) -> Input {
    let Some(out) = out.get_mut(..reply.buffer_len()) else {
        return Input::Drop(DropReason::ControlQueueFull);
    };
    let len = out.len();
    reply.emit(&mut Icmpv4Packet::new_unchecked(out));
    Input::Reply { len }
}

#[cfg(test)]
mod tests {
    use super::super::received::{ReceivedKind, Severity};
    use super::*;
    use crate::errno::Errno;
    use crate::wire::icmpv4::{TimeExceededCode, UnreachableCode};
    use pretty_assertions::assert_eq;
    use rstest::rstest;

    const SRC: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);

    fn v4(repr: Icmpv4Repr<'_>) -> Vec<u8> {
        let mut bytes = vec![0; repr.buffer_len()];
        repr.emit(&mut Icmpv4Packet::new_unchecked(&mut bytes));
        bytes
    }

    fn run4(cast: Cast, message: &[u8]) -> (Input, Vec<u8>) {
        let mut out = vec![0; 2_000];
        let input = input_v4(&IcmpConfig::default(), Instant::from_millis(77), SRC, cast, message, &mut out);
        let len = if let Input::Reply { len } = input { len } else { 0 };
        out.truncate(len);
        (input, out)
    }

    #[rstest]
    #[case(0)]
    #[case(1)]
    #[case(1_473)]
    fn echo_returns_everything(#[case] len: usize) {
        let data: Vec<u8> = (0..len).map(|n| n as u8).collect();
        let request = v4(Icmpv4Repr::EchoRequest { identifier: 7, sequence: 9, data: &data });
        let (_, reply) = run4(Cast::Unicast, &request);
        assert_eq!(reply, v4(Icmpv4Repr::EchoReply { identifier: 7, sequence: 9, data: &data }));
        assert_eq!(run4(Cast::Broadcast, &request).0, Input::Drop(DropReason::IcmpIgnored));
        let mut bad = request.clone();
        bad[2] ^= 1;
        assert_eq!(run4(Cast::Unicast, &bad).0, Input::Drop(DropReason::BadChecksum));
        assert_eq!(run4(Cast::Unicast, &request[..7]).0, Input::Drop(DropReason::Malformed));
    }

    #[test]
    fn timestamps_are_marked_as_not_standard() {
        let request =
            v4(Icmpv4Repr::TimestampRequest { identifier: 1, sequence: 2, originate: 5, receive: 0, transmit: 0 });
        let time = 0x8000_0000 | 77;
        let reply =
            v4(Icmpv4Repr::TimestampReply { identifier: 1, sequence: 2, originate: 5, receive: time, transmit: time });
        assert_eq!(run4(Cast::Unicast, &request).1, reply);
    }

    #[rstest]
    #[case(v4(Icmpv4Repr::AddressMaskRequest { identifier: 1, sequence: 1, mask: Ipv4Addr::UNSPECIFIED }))]
    #[case(v4(Icmpv4Repr::Unknown { msg_type: crate::wire::icmpv4::Icmpv4Type(15), code: 0, rest_of_header: [0; 4], data: &[] }))]
    #[case(v4(Icmpv4Repr::Unknown { msg_type: crate::wire::icmpv4::Icmpv4Type(99), code: 0, rest_of_header: [0; 4], data: &[] }))]
    fn ignored_in_silence(#[case] message: Vec<u8>) {
        assert_eq!(run4(Cast::Unicast, &message).0, Input::Drop(DropReason::IcmpIgnored));
    }

    #[test]
    fn errors_and_redirects_are_handed_on() {
        let mut quote =
            crate::ip::input::tests::v4([192, 0, 2, 1], [203, 0, 113, 5], &[], &[0x30, 0x39, 0, 80, 0, 8, 0, 0]);
        let gateway = Ipv4Addr::new(192, 0, 2, 254);
        let redirect = v4(Icmpv4Repr::Redirect { code: crate::wire::icmpv4::RedirectCode(1), gateway, quote: &quote });
        let destination = "203.0.113.5".parse().unwrap();
        assert_eq!(run4(Cast::Unicast, &redirect).0, Input::Redirect { gateway: gateway.into(), destination });
        let port = v4(Icmpv4Repr::DestinationUnreachable { code: UnreachableCode(3), next_hop_mtu: 0, quote: &quote });
        let Input::Error(error) = run4(Cast::Unicast, &port).0 else { panic!("not an error") };
        assert_eq!((error.errno, error.severity), (Errno::ConnectionRefused, Severity::Hard));
        assert_eq!((error.quoted.src_port, error.quoted.dst_port), (Some(12_345), Some(80)));
        quote[9] = 1;
        quote[20..28].copy_from_slice(&[8, 0, 0, 0, 0, 5, 0, 6]);
        let exceeded = v4(Icmpv4Repr::TimeExceeded { code: TimeExceededCode(0), quote: &quote });
        let Input::Error(error) = run4(Cast::Unicast, &exceeded).0 else { panic!("not an error") };
        assert_eq!(error.kind, ReceivedKind::TimeExceeded { code: 0 });
        assert_eq!((error.quoted.src_port, error.quoted.dst_port), (Some(5), Some(6)));
    }

    #[test]
    fn icmpv6_echo_and_the_rest() {
        let (src, own): (Ipv6Addr, Ipv6Addr) = ("fe80::9".parse().unwrap(), "fe80::1".parse().unwrap());
        let group: Ipv6Addr = "ff02::1".parse().unwrap();
        let build = |src, dst, repr: Icmpv6Repr<'_>| {
            let mut bytes = vec![0; repr.buffer_len()];
            repr.emit(&mut Icmpv6Packet::new_unchecked(&mut bytes), PseudoHeader::v6(src, dst));
            bytes
        };
        let request = Icmpv6Repr::EchoRequest { identifier: 1, sequence: 2, data: b"data" };
        let mut out = [0; 100];
        for dst in [own, group] {
            let message = build(src, dst, request);
            let input = input_v6(&IcmpConfig::default(), src, dst, own, &message, &mut out);
            assert_eq!(input, Input::Reply { len: 12 });
            let reply = Icmpv6Repr::EchoReply { identifier: 1, sequence: 2, data: b"data" };
            assert_eq!(out[..12], build(own, src, reply));
            let wrong = input_v6(&IcmpConfig::default(), own, dst, own, &message, &mut out);
            assert_eq!(wrong, Input::Drop(DropReason::BadChecksum));
        }
        let quiet = IcmpConfig { echo_multicast_v6: false, ..Default::default() };
        let message = build(src, group, request);
        assert_eq!(input_v6(&quiet, src, group, own, &message, &mut out), Input::Drop(DropReason::IcmpIgnored));
        for (kind, expected) in [
            (135, Input::NeighborDiscovery),
            (130, Input::ListenerDiscovery),
            (143, Input::ListenerDiscovery),
            (200, Input::Drop(DropReason::IcmpIgnored)),
        ] {
            let mut message = [kind, 0, 0, 0, 0, 0, 0, 0];
            Icmpv6Packet::new_unchecked(&mut message).fill_checksum(PseudoHeader::v6(src, own));
            assert_eq!(input_v6(&IcmpConfig::default(), src, own, own, &message, &mut out), expected, "{kind}");
        }
    }
}
