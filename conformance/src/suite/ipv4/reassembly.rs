//! Putting fragments together. Read first: RFC 791 3.2, RFC 815, RFC 1122 3.3.2.

use super::echo_works;
use crate::suite::prelude::*;

/// Octets of echo data that make five fragments of at most 64 octets.
const DATA: usize = 280;
/// ICMP header and data.
const WHOLE: usize = DATA + 8;
/// Octets in a fragment.
const PIECE: usize = 64;

/// Fragment number `index` of five of an echo request.
fn piece(s: &Scene, id: u32, index: usize) -> PacketSpec {
    let offset = index * PIECE;
    let len = PIECE.min(WHOLE - offset);
    s.ip().echo_request(1, id as u16).data(DATA).fragment(id, offset, len, offset + len < WHOLE)
}

/// The reply to it.
fn reply(s: &Scene, id: u32) -> PacketSpec {
    s.ip().echo_reply(1, id as u16).data(DATA).reassembled()
}

/// Every order of the five fragments, as texts like `30142`.
fn orders() -> Vec<String> {
    fn extend(prefix: &str, all: &mut Vec<String>) {
        if prefix.len() == 5 {
            all.push(prefix.to_owned());
            return;
        }
        for digit in ['0', '1', '2', '3', '4'] {
            if !prefix.contains(digit) {
                extend(&format!("{prefix}{digit}"), all);
            }
        }
    }
    let mut all = Vec::new();
    extend("", &mut all);
    all
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv4.reassembly.every-order-of-five")
            .title("Five fragments are put together in whatever order they arrive")
            .required(&["RFC1122-3.2.1.4-1", "RFC1122-3.3.2-1", "RFC791-WP-1"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .param("order", &orders())
            .build(|s| {
                let order: Vec<usize> = s.param("order").bytes().map(|digit| usize::from(digit - b'0')).collect();
                for index in order {
                    s.inject(piece(s, 0x100, index));
                }
                s.expect(reply(s, 0x100));
            }),
        case("ipv4.reassembly.least-datagram")
            .title("A datagram of 576 octets is received in fragments")
            .required(&["RFC1122-3.3.2-2", "RFC791-3.1-2", "RFC791-3.2-10"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                let len = 576 - 28;
                let whole = s.ip().echo_request(1, 1).data(len);
                s.inject(whole.clone().fragment(7, 0, 280, true));
                s.inject(whole.fragment(7, 280, len + 8 - 280, false));
                s.expect(s.ip().echo_reply(1, 1).data(len));
            }),
        case("ipv4.reassembly.large-datagram")
            .title("A datagram of several kilobytes is received in full-size fragments (the limit is not lower than it needs to be)")
            .should()
            .required(&["RFC1122-3.3.2-3"])
            .needs(&[Capability::UdpSockets, Capability::Reassembly])
            .ipv4()
            .param("len", &["3000", "8192", "16000", "60000"])
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let len = s.number("len") as usize;
                let whole = s.ip().udp(40_000, 5000).fill(0x61, len);
                let mut offset = 0;
                while offset < len + 8 {
                    let piece = 1480.min(len + 8 - offset);
                    s.inject(whole.clone().fragment(9, offset, piece, offset + piece < len + 8));
                    offset += piece;
                }
                s.expect_datagram("u", vec![0x61; len]);
            }),
        case("ipv4.reassembly.smallest-pieces")
            .title("Fragments of eight octets each are put together")
            .required(&["RFC1122-3.3.2-1", "RFC791-3.2-8"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                let whole = s.ip().echo_request(1, 1).data(40);
                for index in 0..6 {
                    s.inject(whole.clone().fragment(11, index * 8, 8, index < 5));
                }
                s.expect(s.ip().echo_reply(1, 1).data(40));
            }),
        case("ipv4.reassembly.odd-first-then-even")
            .title("Ten fragments that arrive odd ones first, then even ones, are put together")
            .required(&["RFC1122-3.3.2-1", "RFC791-WP-1"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                let whole = s.ip().echo_request(1, 1).data(152);
                for index in (1..10).step_by(2).chain((0..10).step_by(2)) {
                    s.inject(whole.clone().fragment(12, index * 16, 16, index < 9));
                }
                s.expect(s.ip().echo_reply(1, 1).data(152));
            }),
        case("ipv4.reassembly.duplicates-harmless")
            .title("A fragment that arrives twice does no harm")
            .required(&["RFC1122-3.3.2-1", "RFC791-WP-1"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .param("twice", &["0", "2", "4"])
            .build(|s| {
                let twice = s.number("twice") as usize;
                for index in [0, 1, 2, 3, 4] {
                    if index == 3 {
                        s.inject(piece(s, 0x101, twice)).why("it was there, or comes again later");
                    }
                    if index != twice || twice < 3 {
                        s.inject(piece(s, 0x101, index));
                    }
                }
                s.expect(reply(s, 0x101));
            }),
        case("ipv4.reassembly.incomplete-not-delivered")
            .title("A datagram of which one fragment is missing is not delivered")
            .required(&["RFC791-WP-1"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .param("missing", &["0", "1", "2", "3", "4"])
            .build(|s| {
                let missing = s.number("missing") as usize;
                for index in (0..5).filter(|index| *index != missing) {
                    s.inject(piece(s, 0x102, index));
                }
                s.silence(s.ip().echo_reply(1, 0x102_u16));
                s.inject(piece(s, 0x102, missing));
                s.expect(reply(s, 0x102)).why("with the missing one it is complete");
            }),
        case("ipv4.reassembly.kept-apart")
            .title("Fragments of two datagrams that differ in one part of their key are not mixed")
            .required(&["RFC791-WP-3"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .param("differs", &["identification", "source", "protocol"])
            .build(|s| {
                let other = match s.param("differs") {
                    "identification" => s.ip().echo_request(2, 2).fill(0xbb, DATA).fragment(0x201, PIECE, PIECE, true),
                    "source" => {
                        s.ip().src(s.host_on(0, 60)).echo_request(2, 2).fill(0xbb, DATA).fragment(0x200, PIECE, PIECE, true)
                    }
                    _ => s.ip().udp(1, 2).fill(0xbb, DATA).fragment(0x200, PIECE, PIECE, true),
                };
                s.inject(piece(s, 0x200, 0));
                s.inject(other).why("a fragment of another datagram, at the place of the missing one");
                for index in [2, 3, 4] {
                    s.inject(piece(s, 0x200, index));
                }
                s.silence(s.ip().echo_reply(1, 0x200_u16));
                s.inject(piece(s, 0x200, 1));
                s.expect(reply(s, 0x200));
            }),
        case("ipv4.reassembly.several-at-once")
            .title("Several datagrams are put together at the same time")
            .required(&["RFC1122-3.3.2-1"])
            .needs(&[Capability::UdpSockets, Capability::Reassembly])
            .ipv4()
            .param("datagrams", &["2", "4"])
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let datagrams = s.number("datagrams") as u32;
                for index in [1, 0] {
                    for id in 0..datagrams {
                        let whole = s.ip().udp(40_000, 5000).fill(0x61 + id as u8, 120);
                        s.inject(whole.fragment(0x300 + id, index * 64, 64, index == 0));
                    }
                }
                for id in 0..datagrams {
                    s.expect_datagram("u", vec![0x61 + id as u8; 120]);
                }
            }),
        case("ipv4.reassembly.times-out-with-report")
            .title("When fragment zero is there and the rest does not come, time exceeded is sent after 60 to 120 seconds")
            .required(&["RFC1122-3.3.2-5", "RFC792-0-7"])
            .needs(&[Capability::Reassembly, Capability::ReassemblyTimeExceeded])
            .ipv4()
            .build(|s| {
                s.inject(piece(s, 0x400, 0)).label("first");
                let (min, max) = (secs(1), secs(121));
                s.expect(s.ip().reassembly_time_exceeded().quote_header("first")).between_from("first", min, max);
            }),
        case("ipv4.reassembly.timeout-between-60-and-120-seconds")
            .title("The reassembly timeout lies between 60 and 120 seconds")
            .should()
            .required(&["RFC1122-3.3.2-6"])
            .needs(&[Capability::Reassembly, Capability::ReassemblyTimeExceeded])
            .ipv4()
            .build(|s| {
                s.inject(piece(s, 0x401, 0)).label("first");
                s.expect(s.ip().reassembly_time_exceeded()).between_from("first", secs(60), secs(120));
            }),
        case("ipv4.reassembly.no-report-without-fragment-zero")
            .title("Without fragment zero the timeout is not reported")
            .required(&["RFC792-0-7", "RFC1122-3.2.2-9"])
            .needs(&[Capability::Reassembly, Capability::EchoReply, Capability::LongWaits])
            .ipv4()
            .build(|s| {
                s.inject(piece(s, 0x402, 1));
                s.silence_for(s.ip().icmpv4(11, any()), secs(150));
                echo_works(s);
            }),
        case("ipv4.reassembly.late-fragment-does-not-complete")
            .title("A fragment that comes after the timeout does not complete the old datagram")
            .required(&["RFC791-3.2-12"])
            .needs(&[Capability::Reassembly, Capability::EchoReply, Capability::LongWaits])
            .ipv4()
            .build(|s| {
                for index in [0, 1, 2, 3] {
                    s.inject(piece(s, 0x403, index));
                }
                s.advance(secs(150));
                s.forget();
                s.inject(piece(s, 0x403, 4));
                s.silence(s.ip().echo_reply(1, 0x403_u16));
                echo_works(s);
            }),
        case("ipv4.reassembly.length-not-multiple-of-eight")
            .title("A fragment that is not the last and whose length is no multiple of eight does not corrupt the datagram")
            .required(&["RFC791-3.2-8", "RFC791-2.3-6"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                let whole = s.ip().echo_request(1, 1).data(56);
                s.inject(whole.clone().fragment(13, 0, 30, true)).why("30 octets: no multiple of eight");
                s.inject(whole.fragment(13, 32, 32, false));
                s.silence(s.ip().echo_reply(1, 1));
                echo_works(s);
            }),
        case("ipv4.reassembly.beyond-65535-discarded")
            .title("Fragments that would make a datagram beyond 65,535 octets (ping of death) are discarded without harm")
            .required(&["RFC791-WP-2"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                let far = s.ip().protocol(1).fill(0x61, 1400).set(FieldId::Ipv4Id, 0x999);
                s.inject(far.clone().set(FieldId::Ipv4FragmentOffset, 0).set(FieldId::Ipv4MoreFragments, 1));
                s.inject(far.set(FieldId::Ipv4FragmentOffset, 8189));
                s.silence(s.ip().icmpv4(0, any()));
                echo_works(s);
            }),
        case("ipv4.reassembly.empty-fragment-harmless")
            .title("A fragment without data does no harm")
            .required(&["RFC791-3.2-8"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                let empty = s.ip().protocol(1).set(FieldId::Ipv4Id, 0x104);
                s.inject(piece(s, 0x104, 0));
                s.inject(empty.set(FieldId::Ipv4FragmentOffset, 8).set(FieldId::Ipv4MoreFragments, 1));
                for index in [1, 2, 3, 4] {
                    s.inject(piece(s, 0x104, index));
                }
                s.forget();
                echo_works(s);
            }),
        case("ipv4.reassembly.checksum-of-whole-verified")
            .title("The transport checksum is verified over the whole datagram: one changed octet in one fragment spoils it")
            .required(&["RFC1122-4.1.3.4-2"])
            .needs(&[Capability::UdpSockets, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let good = s.ip().udp(40_000, 5000).fill(0x61, 120);
                let changed = s.ip().udp(40_000, 5000).fill(0x62, 120);
                s.inject(good.clone().fragment(0x501, 0, 64, true));
                s.inject(changed.fragment(0x501, 64, 64, false));
                s.expect_no_datagram("u");
                s.inject(good.clone().fragment(0x502, 0, 64, true));
                s.inject(good.fragment(0x502, 64, 64, false));
                s.expect_datagram("u", vec![0x61; 120]);
            }),
    ]
}
