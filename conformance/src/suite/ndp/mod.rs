//! Neighbour discovery for IPv6. Read first: RFC 4861 4.3, 4.4, 7.1, 7.2 and 7.3.

use std::net::{IpAddr, Ipv6Addr};

use super::prelude::*;

mod advertise;
mod resolve;
mod solicit;
mod validity;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [solicit::cases(), validity::cases(), resolve::cases(), advertise::cases()].concat()
}

/// Port of the tester that datagrams are sent to.
const PORT: u16 = 7777;
/// Where the neighbour of the cases is found at first, and where it moves to.
const OLD: MacAddress = MacAddress([0x02, 0, 0, 0, 0x0b, 0x01]);
const NEW: MacAddress = MacAddress([0x02, 0, 0, 0, 0x0b, 0x02]);

/// A neighbour for whom only the case answers.
fn neighbor(s: &mut Scene) -> Ipv6Addr {
    let IpAddr::V6(address) = s.host_on(0, 88) else { panic!("neighbour discovery cases run over IPv6") };
    s.answer_for(address, false);
    address
}

/// The target's address.
fn own(s: &Scene) -> Ipv6Addr {
    s.link(0).target_v6.0
}

/// The solicited-node multicast address (RFC 4291 2.7.1).
fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let low = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (low[6] & 0xff), low[7])
}

/// A solicitation of the target for this neighbour, multicast or unicast.
fn asks_for(address: Ipv6Addr) -> PacketSpec {
    packet::ipv6().neighbor_solicitation(address)
}

/// An advertisement of the neighbour about itself, unicast to the target.
fn advertises(s: &Scene, address: Ipv6Addr, mac: MacAddress) -> PacketSpec {
    packet::ipv6()
        .src(address)
        .dst(own(s))
        .eth_src(mac)
        .neighbor_advertisement(address)
        .target_mac(mac)
        .set(FieldId::NdSolicited, 1)
        .set(FieldId::NdOverride, 1)
}

/// A datagram of the target to the neighbour.
fn datagram(address: Ipv6Addr, bytes: &str) -> PacketSpec {
    packet::ipv6().dst(address).udp(5000, PORT).payload(bytes)
}

/// A socket `u` of the target sends a datagram to the neighbour.
fn sends(s: &mut Scene, address: Ipv6Addr, bytes: &str) {
    s.send_to("u", bytes, std::net::SocketAddr::new(address.into(), PORT));
}

/// The target resolves the neighbour by itself, and a datagram went to `OLD`.
fn resolved(s: &mut Scene, address: Ipv6Addr) {
    s.udp_bind("u", 5000);
    sends(s, address, "0");
    s.expect(asks_for(address)).why("set-up: the target solicits");
    s.inject(advertises(s, address, OLD));
    s.expect(datagram(address, "0").eth_dst(OLD)).why("set-up: the neighbour is known");
}
