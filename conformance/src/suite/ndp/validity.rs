//! The checks that a message must pass. Read first: RFC 4861 7.1.1 and 7.1.2.

use std::net::Ipv6Addr;

use super::{NEW, OLD, advertises, datagram, neighbor, own, resolved, sends};
use crate::suite::prelude::*;

/// A valid solicitation for the target's address.
fn solicitation(s: &Scene) -> PacketSpec {
    packet::ipv6().neighbor_solicitation(own(s)).source_mac(s.link(0).tester_mac)
}

/// The broken solicitation of this name.
fn broken_solicitation(s: &Scene, fault: &str) -> PacketSpec {
    let valid = solicitation(s);
    let from_nobody = packet::ipv6().src(Ipv6Addr::UNSPECIFIED).neighbor_solicitation(own(s));
    match fault {
        "hop-limit-254" => valid.ttl(254),
        "hop-limit-1" => valid.ttl(1),
        "checksum" => valid.bad_checksum(),
        "code" => valid.set(FieldId::Icmpv6Code, 1),
        "short" => packet::ipv6().icmpv6(135, 0).payload([0; 8]),
        "multicast-target" => packet::ipv6()
            .dst(own(s))
            .neighbor_solicitation(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1))
            .source_mac(s.link(0).tester_mac),
        "option-length-zero" => valid.nd_option(NdOption::Raw { kind: 200, len: 0, data: [0; 6].into() }),
        "option-beyond-end" => valid.nd_option(NdOption::Raw { kind: 200, len: 5, data: [0; 6].into() }),
        "unspecified-source-with-option" => from_nobody.source_mac(s.link(0).tester_mac),
        _ => from_nobody.dst(own(s)),
    }
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ndp.validity.solicitation")
            .title("A solicitation that fails a check is discarded silently")
            .required(&["RFC4861-7.1.1-1", "RFC4861-4.6-1", "RFC4861-4.3-2", "RFC4861-4.3-3"])
            .ipv6()
            .param(
                "fault",
                &[
                    "hop-limit-254",
                    "hop-limit-1",
                    "checksum",
                    "code",
                    "short",
                    "multicast-target",
                    "option-length-zero",
                    "option-beyond-end",
                    "unspecified-source-with-option",
                    "unspecified-source-to-unicast",
                ],
            )
            .build(|s| {
                let fault = s.param("fault").to_owned();
                s.inject(broken_solicitation(s, &fault));
                s.silence(packet::ipv6().neighbor_advertisement(any()));
                s.inject(solicitation(s));
                s.expect(packet::ipv6().neighbor_advertisement(own(s))).why("a valid solicitation is answered");
            }),
        case("ndp.validity.solicitation-reserved-ignored")
            .title("The reserved field of a solicitation is ignored")
            .required(&["RFC4861-7.1.1-2", "RFC4861-4.3-1"])
            .ipv6()
            .build(|s| {
                s.inject(solicitation(s).set(FieldId::Icmpv6Rest, 0xdead_beef_u32));
                s.expect(packet::ipv6().neighbor_advertisement(own(s)));
            }),
        case("ndp.validity.solicitation-unknown-options")
            .title("Options that are unknown or belong to other messages are skipped, before and after known ones")
            .required(&[
                "RFC4861-7.1.1-2",
                "RFC4861-7.1.1-3",
                "RFC4861-4.3-5",
                "RFC4861-9-1",
                "RFC4861-9-3",
                "RFC4861-9-8",
            ])
            .ipv6()
            .param("option", &["unknown-before", "unknown-after", "mtu"])
            .build(|s| {
                let mac = s.link(0).tester_mac;
                let bare = packet::ipv6().neighbor_solicitation(own(s));
                let unknown = NdOption::Raw { kind: 250, len: 1, data: [0xee; 6].into() };
                let packet = match s.param("option") {
                    "unknown-before" => bare.nd_option(unknown).source_mac(mac),
                    "unknown-after" => bare.source_mac(mac).nd_option(unknown),
                    _ => bare.nd_option(NdOption::Mtu(1280.into())).source_mac(mac),
                };
                s.inject(packet);
                s.expect(packet::ipv6().dst(s.tester()).neighbor_advertisement(own(s)).eth_dst(mac));
            }),
        case("ndp.validity.advertisement")
            .title("An advertisement that fails a check does not change the cache")
            .required(&["RFC4861-7.1.2-1", "RFC4861-4.6-1", "RFC4861-4.4-5"])
            .ipv6()
            .param(
                "fault",
                &[
                    "hop-limit-254",
                    "checksum",
                    "code",
                    "option-length-zero",
                    "solicited-to-multicast",
                    "multicast-target",
                ],
            )
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                let valid = advertises(s, address, NEW);
                let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
                let broken = match s.param("fault") {
                    "hop-limit-254" => valid.ttl(254),
                    "checksum" => valid.bad_checksum(),
                    "code" => valid.set(FieldId::Icmpv6Code, 1),
                    "option-length-zero" => valid.nd_option(NdOption::Raw { kind: 200, len: 0, data: [0; 6].into() }),
                    "solicited-to-multicast" => valid.dst(all_nodes),
                    _ => valid.set(FieldId::NdTarget, all_nodes),
                };
                s.inject(broken);
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(OLD)).forbid(datagram(address, "1").eth_dst(NEW));
                s.note("the same without the fault does");
                s.inject(advertises(s, address, NEW));
                sends(s, address, "2");
                s.expect(datagram(address, "2").eth_dst(NEW));
            }),
        case("ndp.validity.advertisement-unknown-options")
            .title("The reserved field and unknown options of an advertisement are ignored, the rest counts")
            .required(&["RFC4861-7.1.2-2", "RFC4861-7.1.2-3", "RFC4861-4.4-4", "RFC4861-4.4-9"])
            .ipv6()
            .param("what", &["reserved", "unknown", "other"])
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                let valid = advertises(s, address, NEW);
                let packet = match s.param("what") {
                    "reserved" => valid.set(FieldId::Icmpv6Rest, 0x7fff_ffff_u32),
                    "unknown" => valid.nd_option(NdOption::Raw { kind: 250, len: 1, data: [0xee; 6].into() }),
                    _ => valid.nd_option(NdOption::Mtu(1280.into())),
                };
                s.inject(packet);
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(NEW));
            }),
    ]
}
