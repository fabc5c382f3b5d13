//! Answers to ARP requests. Read first: RFC 826 "Packet Reception".

use std::net::Ipv4Addr;

use crate::suite::prelude::*;

/// A reply of the target about its own address.
fn reply(s: &Scene) -> PacketSpec {
    let link = s.link(0);
    packet::arp().arp_op(2).arp_sender(link.target_mac, link.target_v4.0)
}

/// A request of the tester for the target's address, and the answer to it.
fn still_answers(s: &mut Scene) {
    s.inject(packet::arp());
    s.expect(reply(s)).why("a proper request is answered");
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("arp.reply.own-address")
            .title("A request for the target's address is answered to the requester, with the fields swapped")
            .required(&["RFC826-WP-1", "RFC1122-2.3.3-6", "RFC894-0-6"])
            .ipv4()
            .build(|s| {
                let link = s.link(0);
                s.inject(packet::arp());
                s.expect(
                    reply(s)
                        .arp_target(link.tester_mac, link.tester_v4)
                        .set(FieldId::ArpHardware, 1)
                        .set(FieldId::ArpProtocol, 0x0800)
                        .set(FieldId::ArpHardwareLen, 6)
                        .set(FieldId::ArpProtocolLen, 4)
                        .eth_dst(link.tester_mac)
                        .eth_src(link.target_mac),
                );
            }),
        case("arp.reply.byte-order")
            .title("The words of a reply are sent high byte first")
            .required(&["RFC826-243-4"])
            .ipv4()
            .build(|s| {
                s.inject(packet::arp());
                s.expect(reply(s).set(FieldId::ArpHardware, 0x0001).set(FieldId::ArpOperation, 0x0002));
            }),
        case("arp.reply.unicast-request")
            .title("A request that was sent to the target's station alone is answered too")
            .required(&["RFC826-WP-1"])
            .ipv4()
            .build(|s| {
                let link = s.link(0);
                s.inject(packet::arp().eth_dst(link.target_mac).arp_target(link.target_mac, link.target_v4.0));
                s.expect(reply(s).eth_dst(link.tester_mac));
            }),
        case("arp.reply.other-address-ignored")
            .title("A request for another address is not answered")
            .required(&["RFC826-WP-2"])
            .ipv4()
            .param("address", &["192.0.2.9", "192.0.2.0", "192.0.2.255", "198.51.100.1", "255.255.255.255", "0.0.0.0"])
            .build(|s| {
                let address: Ipv4Addr = s.param("address").parse().expect("the parameter is an address");
                s.inject(packet::arp().arp_target(MacAddress([0; 6]), address));
                s.silence(packet::arp().arp_op(2));
                still_answers(s);
            }),
        case("arp.reply.broadcast-address-never")
            .title("A request for a broadcast address is never answered")
            .should()
            .required(&["RFC919-7.1-2"])
            .ipv4()
            .build(|s| {
                s.inject(packet::arp().arp_target(MacAddress([0; 6]), Ipv4Addr::BROADCAST));
                s.silence(packet::arp().arp_op(2));
                still_answers(s);
            }),
        case("arp.reply.reply-not-answered")
            .title("An ARP reply is not answered")
            .required(&["RFC826-WP-7"])
            .ipv4()
            .build(|s| {
                s.inject(packet::arp().arp_op(2));
                s.silence(packet::arp().arp_op(one_of([1, 2])));
                still_answers(s);
            }),
        case("arp.reply.unknown-operation-ignored")
            .title("A packet with an unknown operation code is not answered")
            .required(&["RFC826-WP-7"])
            .ipv4()
            .param("op", &["0", "3", "9", "256", "65535"])
            .build(|s| {
                let op = s.number("op");
                s.inject(packet::arp().arp_op(op));
                s.silence(packet::arp().arp_op(2));
                still_answers(s);
            }),
        case("arp.reply.other-hardware-ignored")
            .title("A request of another hardware space is discarded")
            .required(&["RFC826-WP-5"])
            .ipv4()
            .param("hrd", &["0", "2", "256"])
            .build(|s| {
                let hardware = s.number("hrd");
                s.inject(packet::arp().set(FieldId::ArpHardware, hardware));
                s.silence(packet::arp().arp_op(2));
                still_answers(s);
            }),
        case("arp.reply.other-protocol-ignored")
            .title("A request of another protocol space is discarded")
            .required(&["RFC826-WP-5"])
            .ipv4()
            .param("pro", &["0", "34525", "2049"])
            .build(|s| {
                let protocol = s.number("pro");
                s.inject(packet::arp().set(FieldId::ArpProtocol, protocol));
                s.silence(packet::arp().arp_op(2));
                still_answers(s);
            }),
        case("arp.reply.wrong-lengths")
            .title("Whether a request with impossible address lengths is ignored (RFC 826 leaves the check open)")
            .observed()
            .required(&["RFC826-WP-8"])
            .ipv4()
            .param("lengths", &["hln-5", "hln-0", "pln-16", "pln-0"])
            .build(|s| {
                let (field, value) = match s.param("lengths") {
                    "hln-5" => (FieldId::ArpHardwareLen, 5),
                    "hln-0" => (FieldId::ArpHardwareLen, 0),
                    "pln-16" => (FieldId::ArpProtocolLen, 16),
                    _ => (FieldId::ArpProtocolLen, 0),
                };
                s.inject(packet::arp().set(field, value));
                s.silence(packet::arp().arp_op(2));
            }),
        case("arp.reply.truncated-ignored")
            .title("A request that is cut short is not answered and does no harm")
            .required(&["RFC826-WP-5"])
            .ipv4()
            .param("octets", &["0", "7", "20", "27"])
            .build(|s| {
                let octets = s.number("octets") as usize;
                s.inject(packet::arp().truncate(octets));
                s.silence(packet::arp().arp_op(2));
                still_answers(s);
            }),
        case("arp.reply.padding-tolerated")
            .title("A request with Ethernet padding behind it is answered")
            .required(&["RFC826-WP-1"])
            .ipv4()
            .build(|s| {
                s.inject(packet::arp().pad([0xff; 18]));
                s.expect(reply(s));
            }),
        case("arp.reply.probe-answered")
            .title("A probe (sender address zero) for the target's address is answered")
            .required(&["RFC826-WP-1"])
            .ipv4()
            .build(|s| {
                let link = s.link(0);
                s.inject(packet::arp().arp_sender(link.tester_mac, Ipv4Addr::UNSPECIFIED));
                s.expect(reply(s));
            }),
    ]
}
