//! What the target remembers of its neighbours. Read first: RFC 826 "Packet Reception", RFC 1122 2.3.2.1.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::suite::prelude::*;

const PORT: u16 = 7777;
const OLD: MacAddress = MacAddress([0x02, 0, 0, 0, 0x0b, 0x01]);
const NEW: MacAddress = MacAddress([0x02, 0, 0, 0, 0x0b, 0x02]);

/// A neighbour for whom only the case answers.
fn neighbor(s: &mut Scene) -> Ipv4Addr {
    let IpAddr::V4(address) = s.host_on(0, 88) else { panic!("ARP cases run over IPv4") };
    s.answer_for(address, false);
    address
}

fn request_for(address: Ipv4Addr) -> PacketSpec {
    packet::arp().arp_op(1).set(FieldId::ArpTargetIp, address)
}

/// An ARP packet of the neighbour for the target.
fn from_neighbor(s: &Scene, op: u16, address: Ipv4Addr, mac: MacAddress) -> PacketSpec {
    let link = s.link(0);
    packet::arp().arp_op(op).arp_sender(mac, address).arp_target(link.target_mac, link.target_v4.0).eth_src(mac)
}

fn datagram(address: Ipv4Addr, bytes: &str) -> PacketSpec {
    packet::ipv4().dst(address).udp(5000, PORT).payload(bytes)
}

/// The target resolves the neighbour by its own request, and a datagram went to `OLD`.
fn resolve(s: &mut Scene, address: Ipv4Addr) {
    s.udp_bind("u", 5000);
    s.send_to("u", "0", SocketAddr::new(address.into(), PORT));
    s.expect(request_for(address)).why("set-up: the target asks");
    s.inject(from_neighbor(s, 2, address, OLD).eth_dst(s.link(0).target_mac));
    s.expect(datagram(address, "0").eth_dst(OLD)).why("set-up: the neighbour is known");
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("arp.cache.reply-is-remembered")
            .title("After an answer the next packets go out without another request")
            .required(&["RFC826-WP-4", "RFC1122-2.3.2.1-2"])
            .ipv4()
            .build(|s| {
                let address = neighbor(s);
                resolve(s, address);
                s.setup_done();
                s.send_to("u", "1", SocketAddr::new(address.into(), PORT));
                s.expect(datagram(address, "1").eth_dst(OLD)).forbid(request_for(address));
            }),
        case("arp.cache.request-for-us-teaches")
            .title("Who asks for the target's address is learned: the target needs no request of its own")
            .should()
            .required(&["RFC826-WP-4"])
            .ipv4()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.inject(from_neighbor(s, 1, address, OLD));
                s.expect(packet::arp().arp_op(2).set(FieldId::ArpTargetIp, address))
                    .why("set-up: the request is answered");
                s.setup_done();
                s.send_to("u", "1", SocketAddr::new(address.into(), PORT));
                s.expect(datagram(address, "1").eth_dst(OLD)).forbid(request_for(address));
            }),
        case("arp.cache.request-for-others-teaches-nothing")
            .title("Who asks for another address is not learned if it was not known")
            .required(&["RFC826-WP-3"])
            .ipv4()
            .build(|s| {
                let address = neighbor(s);
                s.udp_bind("u", 5000);
                s.inject(from_neighbor(s, 1, address, OLD).set(FieldId::ArpTargetIp, Ipv4Addr::new(192, 0, 2, 99)));
                s.setup_done();
                s.send_to("u", "1", SocketAddr::new(address.into(), PORT));
                s.expect(request_for(address)).forbid(datagram(address, "1"));
            }),
        case("arp.cache.known-neighbor-updated")
            .title("A known neighbour that speaks with another station address is updated (merge), by any ARP packet")
            .required(&["RFC826-WP-3", "RFC1122-2.3.2.1-1"])
            .ipv4()
            .param("packet", &["request-for-us", "reply-to-us", "request-for-others", "gratuitous"])
            .build(|s| {
                let address = neighbor(s);
                resolve(s, address);
                // Some stacks hold an entry for a second against changes.
                s.advance(ms(1_500));
                let packet = match s.param("packet") {
                    "request-for-us" => from_neighbor(s, 1, address, NEW),
                    "reply-to-us" => from_neighbor(s, 2, address, NEW).eth_dst(s.link(0).target_mac),
                    "request-for-others" => {
                        from_neighbor(s, 1, address, NEW).set(FieldId::ArpTargetIp, Ipv4Addr::new(192, 0, 2, 99))
                    }
                    _ => from_neighbor(s, 1, address, NEW).set(FieldId::ArpTargetIp, address),
                };
                s.setup_done();
                s.inject(packet);
                s.advance(ms(20));
                s.send_to("u", "1", SocketAddr::new(address.into(), PORT));
                s.expect(datagram(address, "1").eth_dst(NEW)).why("the new station address counts");
            }),
        case("arp.cache.entry-times-out")
            .title("A neighbour that fell silent is asked for again within twenty-five minutes")
            .required(&["RFC1122-2.3.2.1-1", "RFC826-243-8", "RFC826-243-10"])
            .needs(&[Capability::LongWaits])
            .ipv4()
            .build(|s| {
                let address = neighbor(s);
                resolve(s, address);
                s.setup_done();
                s.advance(secs(25 * 60));
                s.forget();
                s.send_to("u", "1", SocketAddr::new(address.into(), PORT));
                s.expect(request_for(address)).within(secs(30)).why("by broadcast or by a unicast probe");
            }),
        case("arp.cache.station-moved-is-found")
            .title("A neighbour that changed its station address without notice is found again in time")
            .required(&["RFC1122-2.3.2.1-1"])
            .needs(&[Capability::LongWaits])
            .ipv4()
            .build(|s| {
                let address = neighbor(s);
                resolve(s, address);
                s.setup_done();
                s.note("the neighbour no longer answers under its old station address; packets go on for a while");
                for number in 1..=24 {
                    s.advance(secs(60));
                    s.send_to("u", number.to_string(), SocketAddr::new(address.into(), PORT));
                }
                s.count(request_for(address).eth_dst(MacAddress::BROADCAST), 1, 10_000)
                    .why("it was asked for by broadcast");
            }),
    ]
}
