//! What an advertisement changes. Read first: RFC 4861 7.2.5.

use super::{NEW, OLD, advertises, asks_for, datagram, neighbor, resolved, sends, solicited_node};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ndp.advertise.unknown-neighbor-ignored")
            .title("An advertisement of a neighbour that nobody asked for makes no entry")
            .should()
            .required(&["RFC4861-7.2.5-1"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                s.inject(advertises(s, address, OLD).set(FieldId::NdSolicited, 0));
                sends(s, address, "1");
                s.expect(asks_for(address).dst(solicited_node(address))).forbid(datagram(address, "1"));
            }),
        case("ndp.advertise.without-address-does-not-resolve")
            .title("While an entry is INCOMPLETE, an advertisement without link-layer address is discarded")
            .should()
            .required(&["RFC4861-7.2.5-2"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                sends(s, address, "1");
                s.expect(asks_for(address)).why("the target solicits");
                s.inject(
                    packet::ipv6()
                        .src(address)
                        .eth_src(NEW)
                        .neighbor_advertisement(address)
                        .set(FieldId::NdSolicited, 1)
                        .set(FieldId::NdOverride, 1),
                );
                s.silence(datagram(address, "1"));
                s.inject(advertises(s, address, OLD));
                s.expect(datagram(address, "1").eth_dst(OLD)).why("one with the address does");
            }),
        case("ndp.advertise.override-replaces-address")
            .title("With the override flag the new link-layer address replaces the old one")
            .required(&["RFC4861-7.2.5-4", "RFC4861-7.2.5-5"])
            .ipv6()
            .param("solicited", &["0", "1"])
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                let solicited = s.number("solicited");
                s.inject(advertises(s, address, NEW).set(FieldId::NdSolicited, solicited));
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(NEW));
            }),
        case("ndp.advertise.no-override-keeps-address")
            .title("Without the override flag another link-layer address does not replace the known one")
            .required(&["RFC4861-7.2.5-3"])
            .ipv6()
            .param("solicited", &["0", "1"])
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                let solicited = s.number("solicited");
                s.inject(advertises(s, address, NEW).set(FieldId::NdSolicited, solicited).set(FieldId::NdOverride, 0));
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(OLD)).forbid(datagram(address, "1").eth_dst(NEW));
            }),
        case("ndp.advertise.changed-address-is-verified")
            .title("After an unsolicited change of its address a neighbour is probed when traffic goes to it")
            .required(&["RFC4861-7.2.5-7", "RFC4861-7.3.3-4"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                s.inject(advertises(s, address, NEW).set(FieldId::NdSolicited, 0));
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(NEW));
                s.expect(asks_for(address)).within(secs(7)).why("STALE, DELAY, then PROBE");
            }),
    ]
}
