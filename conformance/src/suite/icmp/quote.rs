//! How much of the provoking packet an error quotes. Read first: RFC 792, RFC 1122 3.2.2, RFC 4443 2.4 (c).

use super::{CLOSED, PEER, closed_port};
use crate::suite::prelude::*;

/// Octets of quote that fit into an ICMPv6 error of 1280 octets: without the IPv6 and the ICMPv6 header.
const MOST_V6: usize = 1280 - 40 - 8;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("icmp.quote.header-and-eight-octets")
            .title("An error quotes the IP header and at least eight octets, exactly as they were received")
            .required(&["RFC792-WP-3", "RFC1122-3.2.2-3"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .param("len", &["0", "1", "8", "500", "1472"])
            .build(|s| {
                let len = s.number("len") as usize;
                s.inject(s.ip().set(FieldId::Ipv4Id, 0xbeef).tos(0x04).udp(PEER, CLOSED).data(len)).label("probe");
                s.expect(s.ip().port_unreachable().quote_header("probe"));
            }),
        case("icmp.quote.options-are-part-of-the-header")
            .title("The quote holds the whole header, options included, and eight octets behind it")
            .required(&["RFC792-WP-3", "RFC1122-3.2.2-3"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .param("options", &["4", "40"])
            .build(|s| {
                let options = vec![1; s.number("options") as usize];
                s.inject(s.ip().ip_options(options).udp(PEER, CLOSED).data(24)).label("probe");
                s.expect(s.ip().port_unreachable().quote_header("probe"));
            }),
        case("icmp.quote.no-longer-than-576")
            .title("An error is no longer than 576 octets, the least datagram that every host can take")
            .should()
            .required(&["RFC1812-4.3.2.3-1", "RFC1122-3.2.2-2"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().udp(PEER, CLOSED).data(1472)).label("probe");
                s.expect(s.ip().set(FieldId::Ipv4TotalLen, 56..=576_i64).port_unreachable());
            }),
        case("icmp.quote.as-much-as-fits")
            .title("An ICMPv6 error quotes as much of the packet as fits into 1280 octets, and no more")
            .required(&["RFC4443-2.4-4"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .param("len", &["0", "1", "600", "1183", "1184", "1185", "1452"])
            .build(|s| {
                let len = s.number("len") as usize;
                s.inject(s.ip().udp(PEER, CLOSED).data(len)).label("probe");
                let quoted = MOST_V6.min(40 + 8 + len);
                let error = s.ip().port_unreachable().set(FieldId::Ipv6PayloadLen, 8 + quoted);
                s.expect(error.quote("probe", quoted - 40));
            }),
        case("icmp.quote.extension-headers-included")
            .title("An ICMPv6 error quotes the packet with its extension headers")
            .required(&["RFC4443-2.4-4"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .build(|s| {
                let whole = s.ip().dest_options([1, 4, 0, 0, 0, 0]).udp(PEER, CLOSED).data(32);
                s.inject(whole).label("probe");
                s.expect(s.ip().port_unreachable().set(FieldId::Ipv6PayloadLen, 8 + 40 + 8 + 40).quote("probe", 48));
            }),
        case("icmp.quote.without-link-padding")
            .title("Padding of the link is not part of the quote")
            .required(&["RFC792-WP-3", "RFC1122-3.2.2-3", "RFC4443-2.4-4"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                s.inject(s.ip().udp(PEER, CLOSED).payload("ab").pad([0xee; 16])).label("probe");
                let length = if s.is_v4() {
                    s.ip().set(FieldId::Ipv4TotalLen, 20 + 8 + 20 + 8..=20 + 8 + 20 + 8 + 2_i64)
                } else {
                    s.ip().set(FieldId::Ipv6PayloadLen, 8 + 40 + 8 + 2)
                };
                s.expect(length.port_unreachable().quote_header("probe"));
            }),
        case("icmp.quote.traffic-class-and-flow-label")
            .title("The quote shows traffic class and flow label as they were received")
            .required(&["RFC4443-2.4-4"])
            .needs(&[Capability::IcmpErrors])
            .ipv6()
            .build(|s| {
                s.inject(closed_port(s).tos(0x5c).set(FieldId::Ipv6FlowLabel, 0xabcde)).label("probe");
                s.expect(s.ip().port_unreachable().quote_header("probe"));
            }),
    ]
}
