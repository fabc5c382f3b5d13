//! How the target resolves a neighbour. Read first: RFC 4861 7.2.2, 7.3.3 and 10.

use super::{NEW, OLD, advertises, asks_for, datagram, neighbor, own, resolved, sends, solicited_node};
use crate::suite::prelude::*;

/// A multicast solicitation for the neighbour.
fn multicast(address: std::net::Ipv6Addr) -> PacketSpec {
    asks_for(address).dst(solicited_node(address))
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ndp.resolve.solicits-by-multicast")
            .title("An unknown neighbour is solicited at its solicited-node group, with the own link-layer address")
            .required(&["RFC4861-7.2.2-2", "RFC4861-4.3-4"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                let link = s.link(0);
                s.udp_bind("u", 5000);
                s.setup_done();
                sends(s, address, "hello");
                let low = address.octets();
                let group = MacAddress([0x33, 0x33, 0xff, low[13], low[14], low[15]]);
                s.expect(multicast(address).ttl(255).eth_dst(group).source_mac(link.target_mac));
            }),
        case("ndp.resolve.source-is-that-of-the-packet")
            .title("The source of the solicitation is the source of the packet that prompted it")
            .should()
            .required(&["RFC4861-7.2.2-1"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                sends(s, address, "hello");
                s.expect(multicast(address).src(own(s)));
            }),
        case("ndp.resolve.packet-waits-and-is-sent")
            .title("The packet waits for the advertisement and is then sent")
            .required(&["RFC4861-7.2.2-5", "RFC4861-7.2.2-6"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                sends(s, address, "patience");
                s.expect(multicast(address)).why("the target solicits first");
                s.inject(advertises(s, address, NEW));
                s.expect(datagram(address, "patience").eth_dst(NEW));
            }),
        case("ndp.resolve.newest-packet-kept")
            .title("When the queue overflows the newest packet replaces the oldest")
            .should()
            .required(&["RFC4861-7.2.2-8"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                sends(s, address, "first");
                s.expect(multicast(address)).why("the target solicits first");
                for bytes in ["second", "third", "fourth", "latest"] {
                    sends(s, address, bytes);
                }
                s.inject(advertises(s, address, NEW));
                s.expect(datagram(address, "latest"));
            }),
        case("ndp.resolve.repeats-every-second")
            .title("Without an answer the solicitation is repeated about every second, and not more often")
            .required(&["RFC4861-7.2.2-10", "RFC4861-7.3.3-3"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                sends(s, address, "hello");
                s.expect(multicast(address)).label("first");
                s.note("traffic goes on, which is no reason to solicit more often");
                for number in 0..8 {
                    s.advance(ms(200));
                    sends(s, address, &number.to_string());
                }
                s.check(Check::Count { packet: multicast(address), min: 0, max: 2, since: Some("first".to_owned()) });
            }),
        case("ndp.resolve.repeats-until-answered")
            .title("A solicitation that was lost is repeated, and the waiting packet goes out after the answer")
            .should()
            .required(&["RFC4861-7.2.2-9"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                sends(s, address, "hello");
                s.expect(multicast(address)).label("first");
                s.expect(multicast(address)).between_from("first", ms(500), ms(2_000));
                s.inject(advertises(s, address, NEW));
                s.expect(datagram(address, "hello"));
            }),
        case("ndp.resolve.known-neighbor-not-solicited")
            .title("A neighbour that has just advertised itself is not solicited for the next packet")
            .required(&["RFC4861-7.2.5-6"])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                sends(s, address, "1");
                s.expect(datagram(address, "1").eth_dst(OLD)).forbid(asks_for(address));
            }),
        case("ndp.resolve.stale-neighbor-probed")
            .title("A neighbour that was not heard of for a minute is probed when traffic goes to it")
            .required(&["RFC4861-7.3.3-2"])
            .needs(&[Capability::LongWaits])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                s.advance(secs(60));
                s.forget();
                sends(s, address, "1");
                s.expect(asks_for(address))
                    .within(secs(8))
                    .why("a unicast probe after DELAY_FIRST_PROBE_TIME, or a new resolution");
            }),
        case("ndp.resolve.silent-neighbor-forgotten")
            .title("A neighbour that does not answer its probes is resolved anew by multicast")
            .should()
            .required(&["RFC4861-7.3.3-2", "RFC4861-7.3.3-1"])
            .needs(&[Capability::LongWaits])
            .ipv6()
            .build(|s| {
                let address = neighbor(s);
                resolved(s, address);
                s.setup_done();
                s.advance(secs(60));
                sends(s, address, "1");
                s.advance(secs(12));
                s.forget();
                sends(s, address, "2");
                s.expect(multicast(address)).within(secs(3));
            }),
    ]
}
