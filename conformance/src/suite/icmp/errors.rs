//! Which errors are sent, and what is done with those that arrive. Read first: RFC 1122 3.2.2, RFC 4443 2.2, 2.4 and 3.

use super::{CLOSED, PEER, any_error, closed_port, echo_works};
use crate::suite::prelude::*;

/// Errors that are provoked at one instant to see whether their rate is limited. RFC 4443 2.4 (f) gives ten in
/// a burst as its example; a stack that lets this many pass has no limit worth the name.
const BURST: usize = 500;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("icmp.errors.unknown-protocol-reported")
            .title("A packet for a protocol that nobody serves is reported, from the address it was sent to")
            .should()
            .required(&["RFC1122-3.2.2.1-1", "RFC1122-3.3.8-1", "RFC8200-4-4", "RFC4443-3.4-1", "RFC4443-2.2-2"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                s.inject(s.ip().protocol(253).fill(0x61, 24)).label("probe");
                let error = s.ip().src(s.target()).dst(s.tester()).protocol_unreachable().quote_header("probe");
                // RFC 8200 4: the pointer names the next header field of the IPv6 header.
                s.expect(if s.is_v4() { error } else { error.set(FieldId::Icmpv6Pointer, 6) });
            }),
        case("icmp.errors.checksum-right")
            .title("The checksum of an error is right, for quotes of even and odd length")
            .required(&["RFC792-0-1", "RFC4443-WP-1"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .param("len", &["8", "9", "33"])
            .build(|s| {
                let len = s.number("len") as usize;
                s.inject(s.ip().udp(PEER, CLOSED).fill(0xa5, len)).label("probe");
                s.expect(s.ip().port_unreachable().checksum(Checksum::Right));
            }),
        case("icmp.errors.type-of-service-normal")
            .title("An error leaves with normal TOS bits, whatever the provoking datagram had")
            .should()
            .required(&["RFC1122-3.2.2-5"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .param("tos", &["0", "8", "16"])
            .build(|s| {
                s.inject(closed_port(s).tos(s.number("tos"))).label("probe");
                // RFC 1122 3.2.1.6: the lower five bits are the TOS, the upper three the precedence.
                s.expect(s.ip().port_unreachable()).label("error").why("an error comes at all");
                s.count(s.ip().tos(mask(0x1f, 0)).port_unreachable(), 1, 1);
            }),
        case("icmp.errors.unused-field-zero")
            .title("The unused field of destination unreachable is zero")
            .required(&["RFC792-0-1", "RFC4443-3.1-4"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                s.inject(closed_port(s)).label("probe");
                let rest = if s.is_v4() { FieldId::Icmpv4Rest } else { FieldId::Icmpv6Rest };
                s.expect(s.ip().port_unreachable().set(rest, 0));
            }),
        case("icmp.errors.leaves-with-fresh-ttl")
            .title("An error has a TTL of its own, not what was left of the provoking packet's")
            .required(&["RFC1122-3.2.1.7-1", "RFC1812-4.3.2.2-1"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                s.inject(closed_port(s).ttl(1)).label("probe");
                s.expect(s.ip().ttl(32..=255_i64).port_unreachable());
            }),
        case("icmp.errors.rate-limited")
            .title("The rate of ICMPv6 errors is limited: of hundreds provoked at one instant not every one is sent")
            .required(&["RFC4443-2.4-6"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .build(|s| {
                for _ in 0..BURST {
                    s.inject(closed_port(s));
                }
                s.expect(s.ip().port_unreachable()).why("the first ones are sent");
                s.advance(ms(100));
                s.count(s.ip().port_unreachable(), 1, BURST - 1);
                s.forget();
                echo_works(s);
            }),
        case("icmp.errors.unknown-type-discarded")
            .title("A message of unknown type is discarded without an answer")
            .required(&["RFC1122-3.2.2-1", "RFC4443-2.4-3"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("type", &["44", "100", "200", "252", "255"])
            .build(|s| {
                let kind = s.number("type");
                let ip = s.ip();
                s.inject(if s.is_v4() { ip.icmpv4(kind, 0) } else { ip.icmpv6(kind, 0) }.fill(0x61, 32));
                s.silence(any_icmp(s));
                echo_works(s);
            }),
        case("icmp.errors.unknown-code-harmless")
            .title("An error with an unknown code is not answered and does no harm")
            .required(&["RFC1122-3.2.2-6", "RFC4443-2.4-5"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                let probe = s.ip().udp(PEER, CLOSED).payload("x");
                s.inject(probe).label("quoted");
                s.forget();
                s.inject(s.ip().unreachable(77, 77).quote_header("quoted"));
                s.silence(any_error(s));
                echo_works(s);
            }),
        case("icmp.errors.cut-short-harmless")
            .title("A message that is too short for its type is discarded and does no harm")
            .required(&["RFC792-WP-2", "RFC4443-WP-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("len", &["0", "1", "3", "4", "7"])
            .build(|s| {
                // Payload of the right protocol number, shorter than the eight octets of every ICMP message.
                let len = s.number("len") as usize;
                let protocol = if s.is_v4() { 1 } else { 58 };
                s.inject(s.ip().protocol(protocol).fill(0, len));
                s.silence(any_icmp(s));
                echo_works(s);
            }),
        case("icmp.errors.empty-quote-harmless")
            .title("An error whose quote is missing or cut short is reported to nobody and does no harm")
            .required(&["RFC1122-3.2.2-4"])
            .needs(&[Capability::UdpSocketErrors])
            .both_families()
            .param("len", &["0", "1", "20", "27"])
            .build(|s| {
                let len = s.number("len") as usize;
                s.udp_flow("f", 5000);
                s.udp_connect("f");
                s.send("f", "hello");
                s.expect(s.udp("f").payload("hello")).why("set-up: the datagram leaves");
                s.setup_done();
                s.inject(s.ip().port_unreachable().fill(if s.is_v4() { 0x45 } else { 0x60 }, len));
                s.inject(s.udp("f").payload("still fine"));
                s.expect_datagram("f", "still fine");
            }),
        case("icmp.errors.bad-checksum-ignored")
            .title("An error with a wrong checksum is ignored; the same one with a right checksum is reported")
            .required(&["RFC792-WP-2", "RFC4443-WP-1"])
            .needs(&[Capability::UdpSocketErrors])
            .both_families()
            .build(|s| {
                s.udp_flow("f", 5000);
                s.udp_connect("f");
                s.send("f", "hello");
                s.expect(s.udp("f").payload("hello")).label("sent").why("set-up: the datagram leaves");
                s.setup_done();
                s.inject(s.ip().port_unreachable().quote_header("sent").bad_checksum());
                s.expect_no_data("f");
                s.inject(s.ip().port_unreachable().quote_header("sent"));
                s.call("f", Verb::Recv(100), Scene::errno(&[Errno::ConnectionRefused])).within(secs(1));
            }),
    ]
}

/// Any ICMP message of this family but neighbour discovery and group membership.
fn any_icmp(s: &Scene) -> PacketSpec {
    if s.is_v4() { s.ip().icmpv4(any(), any()) } else { s.ip().icmpv6(1..=129_i64, any()) }
}
