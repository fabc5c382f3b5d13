//! Which stations a frame is for. Read first: RFC 894, RFC 1122 2.4 and 3.3.6, RFC 2464 7.

use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ethernet.addressing.other-station-ignored")
            .title("A frame for another station is ignored, even if the IP destination is the target's")
            .required(&["RFC894-WP-2"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                s.inject(s.ip().echo_request(1, 1).data(8).eth_dst(MacAddress([0x02, 0, 0, 0, 0x77, 0x77])));
                s.silence(s.ip().echo_reply(1, 1));
                s.inject(s.ip().echo_request(1, 2).data(8));
                s.expect(s.ip().echo_reply(1, 2).data(8)).why("a frame for the target's station is answered");
            }),
        case("ethernet.addressing.unicast-in-link-broadcast-discarded")
            .title("A datagram to the target's own address in a link-layer broadcast is discarded silently")
            .should()
            .required(&["RFC1122-3.3.6-6", "RFC1122-2.4-1"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                s.inject(s.ip().echo_request(2, 1).data(8).eth_dst(MacAddress::BROADCAST));
                s.silence(s.ip().echo_reply(2, 1));
                s.inject(s.ip().echo_request(2, 2).data(8));
                s.expect(s.ip().echo_reply(2, 2).data(8)).why("the same in a unicast frame is answered");
            }),
        case("ethernet.addressing.no-error-about-link-broadcast")
            .title("A datagram to a closed port in a link-layer broadcast causes no ICMP error")
            .required(&["RFC1122-3.2.2-8", "RFC4443-2.4-5"])
            .needs(&[Capability::IcmpErrors])
            .both_families()
            .build(|s| {
                s.inject(s.ip().udp(4000, 4001).data(8).eth_dst(MacAddress::BROADCAST));
                s.silence(s.ip().port_unreachable());
                s.inject(s.ip().udp(4000, 4001).data(8)).label("unicast");
                s.expect(s.ip().port_unreachable()).why("in a unicast frame it does");
            }),
        case("ethernet.addressing.replies-go-to-the-neighbor")
            .title("An answer is sent to the station that the IP address resolves to, from the own station address")
            .required(&["RFC894-0-7", "RFC1122-2.3.3-6"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                let link = s.link(0);
                s.inject(s.ip().echo_request(3, 1).data(8));
                s.expect(s.ip().echo_reply(3, 1).data(8).eth_dst(link.tester_mac).eth_src(link.target_mac));
            }),
    ]
}
