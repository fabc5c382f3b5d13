//! Frames of every format, and what is said of them. [`FRAMES`] is used by the tests of other modules too.

use pretty_assertions::assert_eq;

use super::super::repair;
use super::super::testing::hex;
use super::{details, details_ip, summary, summary_ip};

const V4: &str = "020000000002 020000000001 0800";
const V6: &str = "020000000002 020000000001 86dd";
/// Addresses fe80::1 and ff02::1.
const V6_LINK: &str = "fe800000000000000000000000000001 ff020000000000000000000000000001";

/// Name, bytes with checksums of zero (`4:` and `6:` stand for Ethernet headers, `L:` for [`V6_LINK`]), summary.
pub(crate) const FRAMES: &[(&str, &str, &str)] = &[
    (
        "syn",
        "4: 4500002c 00004000 40060000 c0000201 c0000202 04d2 0050 00000001 00000000 6002 ffff 00000000 020405b4",
        "192.0.2.1:1234 > 192.0.2.2:80 TCP [S] seq 1 win 65535 <mss 1460>",
    ),
    (
        "syn-ack over ipv6",
        "6: 60000000 0018 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002
         0050 04d2 00000007 00000002 6012 ffff 00000000 020405a0",
        "[2001:db8::1]:80 > [2001:db8::2]:1234 TCP [S.] seq 7 ack 2 win 65535 <mss 1440>",
    ),
    (
        "data, urgent, reserved bits, malformed options",
        "4: 45000036 00004000 40060000 c0000201 c0000202 04d2 0050 00000001 00000002 6c38 0010 00000003 01010800
         6162636465666768 6970",
        "192.0.2.1:1234 > 192.0.2.2:80 TCP [P.U] seq 1 ack 2 win 16 urg 3 reserved 0xc len 10 \
         <nop, nop, bad option at 3>",
    ),
    (
        "udp",
        "4: 4500001f 00000000 40110000 c0000201 c0000202 0035 04d2 000b 0000 616263",
        "192.0.2.1:53 > 192.0.2.2:1234 UDP len 3",
    ),
    (
        "udp with a short length field",
        "4: 4500001f 00000000 40110000 c0000201 c0000202 0035 04d2 0009 0000 616263",
        "192.0.2.1:53 > 192.0.2.2:1234 UDP len 1 (UDP length 9, has 11)",
    ),
    (
        "echo with router alert",
        "4: 46000022 00000000 40010000 c0000201 c0000202 94040000 0800 0000 0007 0001 6162",
        "192.0.2.1 > 192.0.2.2 ICMP echo request id 7 seq 1 len 2 ip-options <router alert 0>",
    ),
    (
        "port unreachable",
        "4: 45000038 00000000 40010000 c0000201 c0000202 0303 0000 00000000
         4500001f 00000000 40110000 c0000202 c0000201 04d2 0035 000b 0000",
        "192.0.2.1 > 192.0.2.2 ICMP destination unreachable, port unreachable \
         [192.0.2.2:1234 > 192.0.2.1:53 UDP]",
    ),
    (
        "fragmentation needed",
        "4: 45000038 00000000 40010000 c0000201 c0000202 0304 0000 000005d4
         450005dc 00004000 40060000 c0000202 c0000201 04d2 0050 00000009",
        "192.0.2.1 > 192.0.2.2 ICMP destination unreachable, fragmentation needed mtu 1492 \
         [192.0.2.2:1234 > 192.0.2.1:80 TCP seq 9]",
    ),
    (
        "fragments",
        "4: 4500001c 006f2001 40110000 c0000201 c0000202 0102030405060708",
        "192.0.2.1 > 192.0.2.2 UDP fragment id 111 8:16+",
    ),
    (
        "fragment over ipv6 behind options",
        "6: 60000000 0014 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002
         2c00 0104 00000000 1100 0001 0000006f 01020304",
        "2001:db8::1 > 2001:db8::2 UDP fragment id 111 0:4+ (hop-by-hop)",
    ),
    (
        "arp request",
        "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202",
        "ARP who-has 192.0.2.2 tell 192.0.2.1 (02:00:00:00:00:01)",
    ),
    (
        "arp reply in snap",
        "020000000002 020000000001 0024 aaaa03 000000 0806
         0001 0800 06 04 0002 020000000001 c0000201 020000000002 c0000202 0000",
        "SNAP ARP 192.0.2.1 is-at 02:00:00:00:00:01 (to 192.0.2.2 02:00:00:00:00:02)",
    ),
    (
        "arp of another hardware",
        "ffffffffffff 020000000001 0806 0006 0800 01 01 0001 01 02 03 04",
        "ARP request hardware 6 protocol IPv4 lengths 1 1",
    ),
    (
        "igmp report",
        "4: 46000020 00000000 01020000 c0000201 ef010203 94040000 1600 0000 ef010203",
        "192.0.2.1 > 239.1.2.3 IGMP report v2 239.1.2.3 ip-options <router alert 0>",
    ),
    (
        "igmp version 3",
        "4: 45000028 00000000 01020000 c0000201 e0000016 2200 0000 0000 0001 05 00 0001 ef010203 c0000202",
        "192.0.2.1 > 224.0.0.22 IGMP report v3 [allow 239.1.2.3 [192.0.2.2]]",
    ),
    (
        "neighbor solicitation",
        "6: 60000000 0020 3a ff L: 8700 0000 00000000 fe800000000000000000000000000002 0101020000000001",
        "fe80::1 > ff02::1 ICMPv6 neighbor solicitation who-has fe80::2 <source 02:00:00:00:00:01>",
    ),
    (
        "neighbor advertisement",
        "6: 60000000 0018 3a ff L: 8800 0000 60000000 fe800000000000000000000000000002",
        "fe80::1 > ff02::1 ICMPv6 neighbor advertisement fe80::2 [SO]",
    ),
    (
        "router advertisement",
        "6: 60000000 0018 3a ff L: 8600 0000 40800708 00000000 00000000 0501 0000 000005dc",
        "fe80::1 > ff02::1 ICMPv6 router advertisement hop limit 64 flags 0x80 lifetime 1800 reachable 0 \
         retrans 0 <mtu 1500>",
    ),
    (
        "mld report behind a router alert",
        "6: 60000000 0024 00 01 L: 3a00 0502 0000 0100
         8f00 0000 0000 0001 04000000 ff020000000000000000000000001234",
        "fe80::1 > ff02::1 ICMPv6 listener report v2 [to exclude ff02::1234 []] (hop-by-hop)",
    ),
    (
        "packet too big",
        "6: 60000000 0038 3a 40 20010db8000000000000000000000001 20010db8000000000000000000000002
         0200 0000 00000500 60000000 0400 06 40
         20010db8000000000000000000000002 20010db8000000000000000000000001 04d2 0050 00000009",
        "2001:db8::1 > 2001:db8::2 ICMPv6 packet too big mtu 1280 \
         [[2001:db8::2]:1234 > [2001:db8::1]:80 TCP seq 9]",
    ),
    (
        "another ethertype",
        "020000000002 020000000001 88b5 0102",
        "02:00:00:00:00:01 > 02:00:00:00:00:02 experiment 88b5 len 2",
    ),
    (
        "another protocol",
        "4: 45000015 00000000 40c80000 c0000201 c0000202 01",
        "192.0.2.1 > 192.0.2.2 protocol 200 len 1",
    ),
];

/// The bytes of a row of [`FRAMES`], checksums filled in.
pub(crate) fn frame(row: &str) -> Vec<u8> {
    let text = row.replace("4:", V4).replace("6:", V6).replace("L:", V6_LINK);
    let mut bytes = hex(&text);
    repair::checksums(&mut bytes);
    bytes
}

#[test]
fn wrong_checksums_are_named() {
    let mut bytes = frame(FRAMES[0].1);
    bytes[24] ^= 1;
    bytes[50] ^= 1;
    assert_eq!(
        summary(&bytes).to_string(),
        "192.0.2.1:1234 > 192.0.2.2:80 TCP [S] seq 1 win 65535 <mss 1460> (bad TCP checksum) (bad IPv4 checksum)"
    );
}

#[test]
fn without_a_link_header() {
    let bytes = frame(FRAMES[0].1);
    assert_eq!(summary_ip(&bytes[14..]).to_string(), FRAMES[0].2);
    assert_eq!(summary_ip(&[]).to_string(), "IP: empty");
    assert_eq!(summary_ip(&[0x50, 0]).to_string(), "IP version 5 len 2");
    assert_eq!(details_ip(&[0x50]).to_string().lines().next(), Some("IP        version 5"));
}

#[test]
fn malformed_frames() {
    let bytes = hex("020000000002 020000000001 0003 424203");
    assert_eq!(
        summary(&bytes).to_string(),
        "02:00:00:00:00:01 > 02:00:00:00:00:02 802.3 length 3: Llc: cut short: needs 8 bytes, has 3"
    );
    let bytes = frame("4: 45000032 00004000 40060000 c0000201 c0000202 04d2");
    assert_eq!(
        summary(&bytes).to_string(),
        "192.0.2.1 > 192.0.2.2 Tcp: cut short: needs 20 bytes, has 2 (IPv4 total length 50, has 22)"
    );
}

#[test]
fn the_long_form() {
    let mut bytes = frame(FRAMES[2].1);
    bytes.push(0);
    assert_eq!(
        details(&bytes).to_string(),
        "Ethernet  02:00:00:00:00:01 > 02:00:00:00:00:02 IPv4 (69 bytes)
IPv4      192.0.2.1 > 192.0.2.2 TCP ttl 64 class 0x00 id 0 DF offset 0 header 20 total 54 checksum 0xb6be good
TCP       1234 > 80 [P.U] seq 1 ack 2 win 16 urg 3 header 24 reserved 0xc checksum 0x065c good
          <nop, nop, bad option at 3>
Data      10 bytes
  0000  61 62 63 64 65 66 67 68 69 70                    abcdefghip
Padding   1 bytes"
    );
    let bytes = frame(FRAMES[9].1);
    assert_eq!(
        details(&bytes).to_string(),
        "Ethernet  02:00:00:00:00:01 > 02:00:00:00:00:02 IPv6 (74 bytes)
IPv6      2001:db8::1 > 2001:db8::2 hop-by-hop hop limit 64 class 0x00 flow 0x00000 payload 20 of 20
Extension hop-by-hop next fragment header length 8 <padn 4>
Fragment  next UDP offset 0 M id 111 reserved 0x0 0x0
Udp: cut short: needs 8 bytes, has 4
Data      4 bytes
  0000  01 02 03 04                                      ...."
    );
}

quickcheck::quickcheck! {
    fn any_bytes(bytes: Vec<u8>, ethertype: u8, first: u8) -> bool {
        let mut bytes = bytes;
        if bytes.len() > 14 {
            let ethertype = [0x0800u16, 0x86dd, 0x0806, 0x0005, 0x0800, 0x86dd, 0x8035, 0x88b5][usize::from(ethertype & 7)];
            bytes[12..14].copy_from_slice(&ethertype.to_be_bytes());
            bytes[14] = first;
        }
        let one_line = summary(&bytes).to_string();
        let _ = (details(&bytes).to_string(), summary_ip(&bytes).to_string(), details_ip(&bytes).to_string());
        !one_line.contains('\n')
    }
}
