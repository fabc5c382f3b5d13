//! Time to live at a host. Read first: RFC 791 3.1, RFC 1122 3.2.1.7.

use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv4.ttl.low-ttl-delivered")
            .title("A datagram for this host is not discarded because its TTL is below two")
            .required(&["RFC1122-3.2.1.7-2"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("ttl", &["0", "1"])
            .build(|s| {
                let ttl = s.number("ttl");
                s.inject(s.ip().ttl(ttl).echo_request(1, 1).data(8));
                s.expect(s.ip().echo_reply(1, 1).data(8).ttl(1..=255_i64));
            }),
        case("ipv4.ttl.replies-do-not-inherit-ttl")
            .title("The TTL of an answer is the host's own, never zero, whatever the TTL of the request")
            .required(&["RFC1122-3.2.1.7-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .param("ttl", &["1", "2", "255"])
            .build(|s| {
                let ttl = s.number("ttl");
                s.inject(s.ip().ttl(ttl).echo_request(1, 1).data(8));
                s.expect(s.ip().echo_reply(1, 1).data(8).ttl(32..=255_i64));
            }),
        case("ipv4.ttl.same-for-all-protocols")
            .title("ICMP errors and TCP resets leave with a TTL that takes them back")
            .required(&["RFC1122-3.2.1.7-1"])
            .needs(&[Capability::IcmpErrors])
            .ipv4()
            .param("what", &["icmp-error", "tcp-reset"])
            .build(|s| {
                if s.param("what") == "icmp-error" {
                    s.inject(s.ip().udp(40_000, 5999).payload("x"));
                    s.expect(s.ip().port_unreachable().ttl(32..=255_i64));
                } else {
                    s.flow("c", 5999);
                    s.inject(s.tcp("c").syn());
                    s.expect(s.tcp("c").any_rst().ttl(32..=255_i64));
                }
            }),
    ]
}
