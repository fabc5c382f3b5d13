//! Fragments that the target sends. Read first: RFC 791 3.2, RFC 1122 3.3.3.

use std::net::SocketAddr;

use crate::suite::prelude::*;

/// A fragment of the target with this offset in octets.
fn fragment(s: &Scene, offset: usize, more: u8) -> PacketSpec {
    packet::ipv4()
        .src(s.target())
        .dst(s.tester())
        .protocol(17)
        .set(FieldId::Ipv4FragmentOffset, offset / 8)
        .set(FieldId::Ipv4MoreFragments, more)
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv4.fragmentation.datagram-beyond-mtu")
            .title("A datagram beyond the MTU leaves in fragments that fit, cut on eight octets, and is whole when put together")
            .required(&["RFC791-3.2-8", "RFC791-2.3-6", "RFC1122-3.3.3-3"])
            .needs(&[Capability::Fragmentation, Capability::UdpSockets])
            .ipv4()
            .param("mtu", &["1500", "1492", "1280"])
            .build(|s| {
                let mtu = s.number("mtu") as usize;
                s.mtu(0, mtu);
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", vec![0x61; 3000], SocketAddr::new(s.tester(), 40_000));
                s.expect(s.ip().udp(5000, 40_000).fill(0x61, 3000).reassembled());
                s.count(packet::ipv4().dst(s.tester()).set(FieldId::Ipv4TotalLen, (mtu + 1)..=65_535), 0, 0)
                    .why("no fragment is longer than the MTU");
                s.count(fragment(s, 0, 1), 1, 1).why("one first fragment");
            }),
        case("ipv4.fragmentation.pieces-are-full")
            .title("All fragments but the last carry as many octets as fit, a multiple of eight")
            .required(&["RFC791-3.2-8"])
            .needs(&[Capability::Fragmentation, Capability::UdpSockets])
            .ipv4()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", vec![0x61; 4000], SocketAddr::new(s.tester(), 40_000));
                s.expect(packet::ipv4().set(FieldId::Ipv4MoreFragments, 1).set(FieldId::Ipv4FragmentOffset, 0)
                    .set(FieldId::Ipv4TotalLen, mask(7, 4)))
                    .why("total length is twenty and a multiple of eight");
                s.expect(packet::ipv4().set(FieldId::Ipv4MoreFragments, 1).set(FieldId::Ipv4FragmentOffset, not(0))
                    .set(FieldId::Ipv4TotalLen, mask(7, 4)));
                s.expect(packet::ipv4().set(FieldId::Ipv4MoreFragments, 0).set(FieldId::Ipv4FragmentOffset, not(0)));
            }),
        case("ipv4.fragmentation.echo-reply-beyond-mtu")
            .title("The reply to an echo request that came in fragments leaves in fragments, whole")
            .required(&["RFC1122-3.2.2.6-6", "RFC792-0-15"])
            .needs(&[Capability::Fragmentation, Capability::Reassembly, Capability::EchoReply])
            .ipv4()
            .build(|s| {
                let whole = s.ip().echo_request(1, 1).data(2000);
                s.inject(whole.clone().fragment(31, 0, 1480, true));
                s.inject(whole.fragment(31, 1480, 2008 - 1480, false));
                s.expect(s.ip().echo_reply(1, 1).data(2000).reassembled());
            }),
        case("ipv4.fragmentation.fits-exactly")
            .title("A datagram as long as the MTU is not fragmented; one octet more is")
            .required(&["RFC1122-3.3.3-3"])
            .needs(&[Capability::Fragmentation, Capability::UdpSockets])
            .ipv4()
            .param("octets", &["1472", "1473"])
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let len = s.number("octets") as usize;
                s.send_to("u", vec![0x61; len], SocketAddr::new(s.tester(), 40_000));
                let more = u8::from(len > 1472);
                s.expect(fragment(s, 0, more).set(FieldId::Ipv4TotalLen, 1500));
                s.count(packet::ipv4().src(s.target()).protocol(17), usize::from(more) + 1, usize::from(more) + 1);
            }),
    ]
}
