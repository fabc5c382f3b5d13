//! The fixed header. Read first: RFC 8200 3 and 4.7.

use super::{any_error, echo_works};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv6.header.version-must-be-six")
            .title("A packet of another version in an IPv6 frame is not processed")
            .required(&["RFC8200-WP-1"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("version", &["0", "4", "5", "7", "15"])
            .build(|s| {
                let version = s.number("version");
                s.inject(s.ip().set(FieldId::Ipv6Version, version).echo_request(1, 1).data(16));
                s.silence(s.ip().echo_reply(any(), any()));
                echo_works(s);
            }),
        case("ipv6.header.payload-length-beyond-frame")
            .title("A packet whose payload length lies beyond what the link delivered is dropped")
            .required(&["RFC8200-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("more", &["1", "8", "1000"])
            .build(|s| {
                let more = s.number("more");
                s.inject(s.ip().set(FieldId::Ipv6PayloadLen, 8 + 64 + more).echo_request(1, 1).data(64));
                s.silence(s.ip().echo_reply(any(), any()));
                echo_works(s);
            }),
        case("ipv6.header.payload-length-rules")
            .title("What the link delivers beyond the payload length is padding, not data")
            .required(&["RFC8200-WP-2", "RFC4443-4.2-6"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("padding", &["1", "7", "46"])
            .build(|s| {
                let padding = vec![0xee; s.number("padding") as usize];
                s.inject(s.ip().echo_request(1, 1).data(10).pad(padding));
                s.expect(s.ip().set(FieldId::Ipv6PayloadLen, 18).echo_reply(1, 1).data(10));
            }),
        case("ipv6.header.cut-short")
            .title("A frame that holds less than the fixed header does no harm")
            .required(&["RFC8200-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("len", &["0", "1", "8", "39", "40"])
            .build(|s| {
                let len = s.number("len") as usize;
                s.inject(s.ip().echo_request(1, 1).data(16).truncate(len));
                s.silence(s.ip().echo_reply(any(), any()));
                echo_works(s);
            }),
        case("ipv6.header.low-hop-limit-delivered")
            .title("A packet for the node itself is taken even with a hop limit of zero or one")
            .should()
            .required(&["RFC8200-3-1"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("hop-limit", &["0", "1"])
            .build(|s| {
                s.inject(s.ip().ttl(s.number("hop-limit")).echo_request(1, 1).data(16));
                s.expect(s.ip().echo_reply(1, 1).data(16));
            }),
        case("ipv6.header.traffic-class-and-flow-label-free")
            .title("A packet is received whatever its traffic class and flow label are")
            .required(&["RFC8200-WP-3"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("class", &["0", "3", "255"])
            .param("label", &["1", "1048575"])
            .build(|s| {
                let (class, label) = (s.number("class"), s.number("label"));
                s.inject(s.ip().tos(class).set(FieldId::Ipv6FlowLabel, label).echo_request(1, 1).data(16));
                s.expect(s.ip().echo_reply(1, 1).data(16));
            }),
        case("ipv6.header.no-next-header")
            .title("What follows a no-next-header is ignored, and no error is sent")
            .required(&["RFC8200-4.7-1"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("behind", &["fixed-header", "destination-options"])
            .param("octets", &["0", "32"])
            .build(|s| {
                let octets = s.number("octets") as usize;
                let spec = match s.param("behind") {
                    "fixed-header" => s.ip().protocol(59),
                    _ => s.ip().dest_options([]).set(FieldId::DestOptionsNext, 59),
                };
                s.inject(spec.fill(0x80, octets));
                s.silence(packet::ipv6().icmpv6(1..=129_i64, any()));
                echo_works(s);
            }),
        case("ipv6.header.zero-payload-length")
            .title("A packet without payload does no harm")
            .required(&["RFC8200-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("next-header", &["0", "17", "58", "59", "44", "43", "60"])
            .build(|s| {
                s.inject(s.ip().protocol(s.number("next-header")));
                s.silence(s.ip().echo_reply(any(), any()));
                s.forget();
                echo_works(s);
            }),
        case("ipv6.header.link-mtu-accepted")
            .title("A packet as large as the link's MTU is taken")
            .required(&["RFC8200-5-3"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("mtu", &["1280", "1500"])
            .build(|s| {
                let mtu = s.number("mtu") as usize;
                s.mtu(0, mtu);
                s.inject(s.ip().echo_request(1, 1).data(mtu - 48));
                s.expect(s.ip().echo_reply(1, 1).data(mtu - 48));
            }),
        case("ipv6.header.jumbo-length-harmless")
            .title("A jumbo payload option in a packet of ordinary size does no harm")
            .required(&["RFC8200-WP-2"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .param("length", &["0", "100", "65535", "4294967295"])
            .build(|s| {
                let length = s.number("length") as u32;
                let [a, b, c, d] = length.to_be_bytes();
                let spec = s.ip().hop_by_hop([0xc2, 4, a, b, c, d]).echo_request(1, 1).data(16);
                s.inject(spec.set(FieldId::Ipv6PayloadLen, 0));
                s.silence(s.ip().echo_reply(any(), any()));
                s.forget();
                echo_works(s);
            }),
        case("ipv6.header.other-destination-silent")
            .title("A host drops a packet for another unicast address silently")
            .required(&["RFC8200-WP-4"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                let other = s.host_on(0, 77);
                s.inject(s.ip().dst(other).echo_request(1, 1).data(16));
                s.silence(s.ip().echo_reply(any(), any()));
                s.inject(s.ip().dst(other).echo_request(1, 2).data(16));
                s.silence(any_error());
                echo_works(s);
            }),
    ]
}
