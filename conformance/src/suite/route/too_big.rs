//! Packets that are too big for the next link. Read first: RFC 1812 4.2.2.7 and 5.2.7.1, RFC 1191 4, RFC 8200 5, RFC 4443 3.2.

use super::forwarding::router;
use crate::suite::prelude::*;

/// MTU of the narrow link.
const MTU: usize = 1280;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("route.too-big.reported-with-mtu")
            .title("A packet too big for the next link that may not be fragmented is dropped and reported with the link's MTU")
            .required(&["RFC1812-5.2.7.1-8", "RFC1191-4-1", "RFC1191-4-2", "RFC792-0-3", "RFC792-0-4", "RFC4443-3.2-1"])
            .needs(&[Capability::Forwarding, Capability::IcmpErrors])
            .both_families()
            .param("over", &["1", "220"])
            .build(|s| {
                let (from, to) = router(s);
                s.mtu(1, MTU);
                let header = if s.is_v4() { 28 } else { 48 };
                let spec = s.ip().src(from).dst(to).udp(4000, 4001).data(MTU - header + s.number("over") as usize);
                s.inject(if s.is_v4() { spec.set(FieldId::Ipv4DontFragment, 1) } else { spec }).label("big");
                let passed = s.ip().src(from).dst(to);
                s.expect(s.ip().dst(from).packet_too_big(MTU).quote_header("big")).on(0);
                s.silence(passed).on(1);
            }),
        case("route.too-big.fits-exactly")
            .title("A packet that just fits the next link is forwarded whole")
            .required(&["RFC1812-WP-2", "RFC1812-5.2.7.1-8", "RFC4443-3.2-1"])
            .needs(&[Capability::Forwarding])
            .both_families()
            .build(|s| {
                let (from, to) = router(s);
                s.mtu(1, MTU);
                let header = if s.is_v4() { 28 } else { 48 };
                let spec = s.ip().src(from).dst(to).udp(4000, 4001).data(MTU - header);
                s.inject(if s.is_v4() { spec.clone().set(FieldId::Ipv4DontFragment, 1) } else { spec.clone() });
                s.expect(spec).on(1);
            }),
        case("route.too-big.router-fragments")
            .title("A router fragments an IPv4 packet that is too big for the next link, and the whole is unchanged")
            .required(&["RFC1812-4.2.2.7-1", "RFC1812-WP-2", "RFC791-3.2-8"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .param("mtu", &["1280", "1300", "1398"])
            .build(|s| {
                let (from, to) = router(s);
                let mtu = s.number("mtu") as usize;
                s.mtu(1, mtu);
                s.inject(s.ip().src(from).dst(to).set(FieldId::Ipv4Id, 0x4321).udp(4000, 4001).data(1400));
                s.expect(s.ip().src(from).dst(to).udp(4000, 4001).data(1400).reassembled()).on(1);
                s.count(packet::ipv4().src(from).set(FieldId::Ipv4TotalLen, (mtu + 1) as i64..=65_535), 0, 0)
                    .why("no fragment is longer than the MTU");
                s.count(packet::ipv4().src(from).dst(to).set(FieldId::Ipv4Id, not(0x4321)), 0, 0)
                    .why("every fragment has the packet's identification");
            }),
        case("route.too-big.few-fragments-in-order")
            .title("A router makes as few fragments as it can and sends them in order")
            .should()
            .required(&["RFC1812-4.2.2.7-2", "RFC1812-4.2.2.7-3"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .build(|s| {
                let (from, to) = router(s);
                s.mtu(0, 4000);
                s.mtu(1, MTU);
                s.inject(s.ip().src(from).dst(to).udp(4000, 4001).data(3000));
                // 3008 octets in pieces of at most 1256: three.
                for (offset, more) in [(Field::from(0), 1), (Field::from(1..=157_i64), 1), (Field::from(158..=375_i64), 0)] {
                    let seen = packet::ipv4().src(from).dst(to);
                    s.expect(seen.set(FieldId::Ipv4FragmentOffset, offset).set(FieldId::Ipv4MoreFragments, more)).on(1);
                }
                s.count(packet::ipv4().src(from).dst(to), 3, 3);
            }),
        case("route.too-big.fragment-of-fragment")
            .title("A fragment that is too big is cut again, its offsets going on from where it lay")
            .required(&["RFC1812-4.2.2.7-1", "RFC791-3.2-8"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .build(|s| {
                let (from, to) = router(s);
                s.mtu(1, MTU);
                let whole = s.ip().src(from).dst(to).udp(4000, 4001).data(2000);
                s.inject(whole.clone().fragment(0x77, 0, 1400, true));
                s.inject(whole.fragment(0x77, 1400, 608, false));
                s.expect(s.ip().src(from).dst(to).udp(4000, 4001).data(2000).reassembled()).on(1);
            }),
        case("route.too-big.reserved-bits-in-fragments")
            .title("Type of service and options that ask for it are copied into every fragment, other options only into the first")
            .required(&["RFC1812-5.2.5-3", "RFC791-WP-4"])
            .needs(&[Capability::Forwarding])
            .ipv4()
            .param("option", &["copied", "not-copied"])
            .build(|s| {
                let (from, to) = router(s);
                s.mtu(1, MTU);
                let copied = s.param("option") == "copied";
                let option: [u8; 4] = if copied { [0xde, 4, 7, 7] } else { [0x5e, 4, 7, 7] };
                s.inject(s.ip().src(from).dst(to).tos(0x07).ip_options(option).udp(4000, 4001).data(1300));
                let seen = || packet::ipv4().src(from).dst(to).tos(0x07);
                s.expect(seen().set(FieldId::Ipv4FragmentOffset, 0).set(FieldId::Ipv4HeaderLen, 6)).on(1);
                let later = seen().set(FieldId::Ipv4FragmentOffset, not(0));
                if copied {
                    s.expect(later.ip_options(option)).on(1);
                } else {
                    // Its place may be gone or hold no-operations.
                    s.expect(later.clone()).on(1).forbid(later.ip_options(option));
                }
            }),
        case("route.too-big.never-fragmented-on-the-way")
            .title("A router does not fragment an IPv6 packet")
            .required(&["RFC8200-2-1", "RFC4443-3.2-1"])
            .needs(&[Capability::Forwarding])
            .ipv6()
            .build(|s| {
                let (from, to) = router(s);
                s.mtu(1, MTU);
                s.inject(s.ip().src(from).dst(to).udp(4000, 4001).data(1400));
                s.silence(packet::ipv6().src(from).dst(to)).on(1);
                s.inject(s.ip().src(from).dst(to).udp(4000, 4001).payload("small"));
                s.expect(s.ip().src(from).dst(to).udp(4000, 4001).payload("small")).on(1);
            }),
    ]
}
