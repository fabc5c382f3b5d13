//! Requests that the target sends, and the packets that wait for the answer. Read first: RFC 826 "Packet
//! Generation", RFC 1122 2.3.2.1 and 2.3.2.2.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::suite::prelude::*;

/// Port of the tester that datagrams are sent to.
const PORT: u16 = 7777;

/// A neighbour that nobody spoke to yet.
fn stranger(s: &Scene) -> Ipv4Addr {
    match s.host_on(0, 77) {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => panic!("ARP cases run over IPv4"),
    }
}

/// The target's request for an address.
fn request(s: &Scene, address: Ipv4Addr) -> PacketSpec {
    let link = s.link(0);
    packet::arp().arp_op(1).arp_sender(link.target_mac, link.target_v4.0).set(FieldId::ArpTargetIp, address)
}

/// The tester's answer for a neighbour.
fn answer(s: &Scene, address: Ipv4Addr, mac: MacAddress) -> PacketSpec {
    let link = s.link(0);
    packet::arp()
        .arp_op(2)
        .arp_sender(mac, address)
        .arp_target(link.target_mac, link.target_v4.0)
        .eth_dst(link.target_mac)
}

/// A UDP socket that has sent `bytes` to the stranger, for whom nobody answers.
fn send_to_stranger(s: &mut Scene, bytes: &str) -> Ipv4Addr {
    let address = stranger(s);
    s.answer_for(address, false);
    s.udp_bind("u", 5000);
    s.setup_done();
    s.send_to("u", bytes, SocketAddr::new(address.into(), PORT)).label("sent");
    address
}

/// The datagram on the wire.
fn datagram(address: Ipv4Addr, bytes: &str) -> PacketSpec {
    packet::ipv4().dst(address).udp(5000, PORT).payload(bytes)
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("arp.request.broadcast-with-own-addresses")
            .title("An unknown neighbour is asked for by broadcast, with the own addresses as sender")
            .required(&["RFC826-WP-6", "RFC826-243-1", "RFC894-0-7", "RFC1122-2.3.3-6"])
            .ipv4()
            .build(|s| {
                let address = send_to_stranger(s, "hello");
                let target_mac = s.link(0).target_mac;
                s.expect(request(s, address).eth_dst(MacAddress::BROADCAST).eth_src(target_mac));
            }),
        case("arp.request.packet-waits-and-is-sent")
            .title("The packet that waits for the answer is kept and sent to the station that answered")
            .should()
            .required(&["RFC1122-2.3.2.2-1"])
            .ipv4()
            .build(|s| {
                let address = send_to_stranger(s, "patience");
                let mac = MacAddress([0x02, 0, 0, 0, 0x0a, 0x77]);
                s.expect(request(s, address)).why("the target asks first");
                s.silence(datagram(address, "patience"));
                s.inject(answer(s, address, mac));
                s.expect(datagram(address, "patience").eth_dst(mac));
            }),
        case("arp.request.latest-packet-kept")
            .title("Of several packets that wait for one neighbour the latest is kept")
            .should()
            .required(&["RFC1122-2.3.2.2-1"])
            .ipv4()
            .build(|s| {
                let address = send_to_stranger(s, "first");
                let peer = SocketAddr::new(address.into(), PORT);
                s.expect(request(s, address)).why("the target asks first");
                for bytes in ["second", "third", "fourth", "latest"] {
                    s.send_to("u", bytes, peer);
                }
                s.inject(answer(s, address, MacAddress([0x02, 0, 0, 0, 0x0a, 0x77])));
                s.expect(datagram(address, "latest"));
            }),
        case("arp.request.flood-prevented")
            .title("Many packets to a silent neighbour cause at most about one request per second")
            .required(&["RFC1122-2.3.2.1-2"])
            .ipv4()
            .build(|s| {
                let address = send_to_stranger(s, "0");
                s.expect(request(s, address)).label("first").why("the target asks");
                for number in 1..20 {
                    s.advance(ms(100));
                    s.send_to("u", number.to_string(), SocketAddr::new(address.into(), PORT));
                }
                s.note("twenty packets in two seconds: two more requests are in order, a third one by rounding");
                s.check(Check::Count { packet: request(s, address), min: 0, max: 3, since: Some("first".to_owned()) });
            }),
        case("arp.request.repeated-until-answered")
            .title("A request that was lost does not end the attempt: the next packet asks again")
            .required(&["RFC826-243-11"])
            .ipv4()
            .build(|s| {
                let address = send_to_stranger(s, "lost");
                s.expect(request(s, address)).why("the target asks");
                s.advance(secs(6));
                s.forget();
                s.send_to("u", "again", SocketAddr::new(address.into(), PORT));
                s.expect(request(s, address)).within(secs(3));
                s.inject(answer(s, address, MacAddress([0x02, 0, 0, 0, 0x0a, 0x77])));
                s.expect(datagram(address, "again"));
            }),
        case("arp.request.missing-entry-is-no-error")
            .title("A packet to a neighbour that is not resolved yet is taken without an error")
            .required(&["RFC1122-2.4-3"])
            .ipv4()
            .build(|s| {
                let address = send_to_stranger(s, "one");
                s.expect(request(s, address)).why("the target asks");
                s.send_to("u", "two", SocketAddr::new(address.into(), PORT)).why("no error while the answer is open");
            }),
        case("arp.request.gateway-asked-for-remote")
            .title("For a destination behind a gateway, the gateway's address is asked for")
            .required(&["RFC1122-3.3.1.1-1", "RFC1122-3.3.1.2-5"])
            .needs(&[Capability::StaticRoutes])
            .ipv4()
            .build(|s| {
                let gateway = stranger(s);
                s.route((Ipv4Addr::new(203, 0, 113, 0), 24), gateway, 0);
                s.answer_for(gateway, false);
                s.udp_bind("u", 5000);
                s.setup_done();
                let remote = Ipv4Addr::new(203, 0, 113, 9);
                s.send_to("u", "far", SocketAddr::new(remote.into(), PORT));
                s.expect(request(s, gateway)).why("the next hop is asked for, not the destination");
                s.inject(answer(s, gateway, MacAddress([0x02, 0, 0, 0, 0x0a, 0x77])));
                s.expect(datagram(remote, "far").eth_dst(MacAddress([0x02, 0, 0, 0, 0x0a, 0x77])));
            }),
    ]
}
