//! Fragments that the target sends. Read first: RFC 8200 4.5 and 5.

use std::net::SocketAddr;

use crate::suite::prelude::*;

/// A fragment of the target with offsets in this range, in octets.
fn fragment(s: &Scene) -> PacketSpec {
    packet::ipv6().src(s.target()).dst(s.tester()).push(LayerKind::Fragment)
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv6.fragmentation.datagram-beyond-mtu")
            .title("A datagram beyond the MTU leaves in fragments that fit, and is whole when put together")
            .required(&["RFC8200-4.5-3", "RFC8200-4.5-5", "RFC5722-4-1"])
            .needs(&[Capability::Fragmentation, Capability::UdpSockets])
            .ipv6()
            .param("mtu", &["1500", "1492", "1280"])
            .build(|s| {
                let mtu = s.number("mtu") as usize;
                s.mtu(0, mtu);
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", vec![0x61; 3000], SocketAddr::new(s.tester(), 40_000));
                s.expect(s.ip().udp(5000, 40_000).fill(0x61, 3000).reassembled());
                let longer =
                    packet::ipv6().dst(s.tester()).set(FieldId::Ipv6PayloadLen, (mtu - 40 + 1) as i64..=65_535);
                s.count(longer, 0, 0).why("no fragment is longer than the MTU");
                let first = fragment(s).set(FieldId::FragmentOffset, 0).set(FieldId::FragmentMore, 1);
                s.count(first, 1, 1).why("one first fragment");
                s.count(fragment(s).set(FieldId::FragmentMore, 0), 1, 1).why("one last fragment");
            }),
        case("ipv6.fragmentation.pieces-are-multiples-of-eight")
            .title("Every fragment but the last is a multiple of eight octets long")
            .required(&["RFC8200-4.5-10"])
            .needs(&[Capability::Fragmentation, Capability::UdpSockets])
            .ipv6()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", vec![0x61; 4000], SocketAddr::new(s.tester(), 40_000));
                // The fragment header is eight octets long itself.
                let whole_blocks =
                    || packet::ipv6().set(FieldId::Ipv6PayloadLen, mask(7, 0)).set(FieldId::FragmentMore, 1);
                s.expect(whole_blocks().set(FieldId::FragmentOffset, 0));
                s.expect(whole_blocks().set(FieldId::FragmentOffset, not(0)));
                s.expect(packet::ipv6().set(FieldId::FragmentMore, 0).set(FieldId::FragmentOffset, not(0)));
            }),
        case("ipv6.fragmentation.first-holds-all-headers")
            .title("The first fragment holds all headers through the upper layer's")
            .required(&["RFC8200-4.5-4", "RFC7112-5-1"])
            .needs(&[Capability::Fragmentation, Capability::UdpSockets])
            .ipv6()
            .build(|s| {
                s.mtu(0, 1280);
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", vec![0x61; 2000], SocketAddr::new(s.tester(), 40_000));
                let first = fragment(s).set(FieldId::FragmentOffset, 0).set(FieldId::FragmentMore, 1);
                s.expect(first.set(FieldId::FragmentNext, 17).set(FieldId::Ipv6PayloadLen, 16..=1240_i64));
            }),
        case("ipv6.fragmentation.identification")
            .title("The fragments of one datagram share an identification that differs from the last datagram's")
            .required(&["RFC8200-4.5-1"])
            .needs(&[Capability::Fragmentation, Capability::UdpSockets])
            .ipv6()
            .build(|s| {
                let peer = SocketAddr::new(s.tester(), 40_000);
                s.udp_bind("u", 5000);
                s.setup_done();
                for name in ["a", "b", "c"] {
                    s.send_to("u", vec![0x61; 2000], peer);
                    let (first, last) = (format!("{name}0"), format!("{name}1"));
                    s.expect(fragment(s).set(FieldId::FragmentMore, 1).set(FieldId::FragmentId, bind(&first)));
                    s.expect(fragment(s).set(FieldId::FragmentMore, 0).set(FieldId::FragmentId, bind(&last)));
                    s.check(Check::VarsEqual(vec![first, last]));
                }
                s.check(Check::VarsDiffer(vec!["a0".into(), "b0".into(), "c0".into()]));
            }),
        case("ipv6.fragmentation.reserved-fields-zero")
            .title("The reserved fields of the fragment header are sent as zero")
            .required(&["RFC8200-4.5-3"])
            .needs(&[Capability::Fragmentation, Capability::UdpSockets])
            .ipv6()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", vec![0x61; 2000], SocketAddr::new(s.tester(), 40_000));
                s.expect(fragment(s).set(FieldId::FragmentReserved, 0).set(FieldId::FragmentMore, 1));
                s.expect(fragment(s).set(FieldId::FragmentReserved, 0).set(FieldId::FragmentMore, 0));
            }),
        case("ipv6.fragmentation.not-without-need")
            .title("A datagram that fits the MTU leaves without a fragment header")
            .required(&["RFC8200-4.5-3"])
            .needs(&[Capability::UdpSockets])
            .ipv6()
            .param("mtu", &["1280", "1500"])
            .build(|s| {
                let mtu = s.number("mtu") as usize;
                s.mtu(0, mtu);
                s.udp_bind("u", 5000);
                s.setup_done();
                s.send_to("u", vec![0x61; mtu - 48], SocketAddr::new(s.tester(), 40_000));
                s.expect(s.ip().protocol(17).udp(5000, 40_000).fill(0x61, mtu - 48));
            }),
        case("ipv6.fragmentation.echo-reply-beyond-mtu")
            .title("The reply to an echo request that came in fragments leaves in fragments, whole")
            .required(&["RFC4443-4.2-6"])
            .needs(&[Capability::Fragmentation, Capability::Reassembly, Capability::EchoReply])
            .ipv6()
            .build(|s| {
                let whole = s.ip().echo_request(1, 1).data(1452 + 8);
                s.inject(whole.clone().fragment(0x31, 0, 1440, true));
                s.inject(whole.last_fragment(0x31, 1440));
                s.expect(s.ip().echo_reply(1, 1).data(1460).reassembled());
            }),
    ]
}
