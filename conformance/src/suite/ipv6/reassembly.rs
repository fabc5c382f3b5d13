//! Putting fragments together. Read first: RFC 8200 4.5, RFC 6946, RFC 7112.

use super::{any_error, echo_works};
use crate::suite::prelude::*;

/// Octets of echo data that make four fragments of at most 64 octets.
const DATA: usize = 216;
/// ICMP header and data.
const WHOLE: usize = DATA + 8;
/// Octets in a fragment.
const PIECE: usize = 64;

/// Fragment number `index` of four of an echo request.
fn piece(s: &Scene, id: u32, index: usize) -> PacketSpec {
    let offset = index * PIECE;
    let len = PIECE.min(WHOLE - offset);
    s.ip().echo_request(1, id as u16).data(DATA).fragment(id, offset, len, offset + len < WHOLE)
}

/// The reply to it.
fn reply(s: &Scene, id: u32) -> PacketSpec {
    s.ip().echo_reply(1, id as u16).data(DATA).reassembled()
}

/// Every order of the four fragments, as texts like `3012`.
fn orders() -> Vec<String> {
    let digits = 0..4;
    let all =
        digits.flat_map(|a| (0..4).flat_map(move |b| (0..4).flat_map(move |c| (0..4).map(move |d| [a, b, c, d]))));
    all.filter(|order| (0..4).all(|digit| order.contains(&digit)))
        .map(|order| order.iter().map(|digit: &i32| digit.to_string()).collect())
        .collect()
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    [putting_together(), atomic(), limits(), errors(), timeouts()].concat()
}

fn putting_together() -> Vec<Case> {
    vec![
        case("ipv6.reassembly.every-order-of-four")
            .title("Four fragments are put together in whatever order they arrive")
            .required(&["RFC8200-5-4"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .param("order", &orders())
            .build(|s| {
                let order: Vec<usize> = s.param("order").bytes().map(|digit| usize::from(digit - b'0')).collect();
                for index in order {
                    s.inject(piece(s, 0x100, index));
                }
                s.expect(reply(s, 0x100));
            }),
        case("ipv6.reassembly.least-packet")
            .title("A packet of 1500 octets is received in fragments")
            .required(&["RFC8200-5-4"])
            .needs(&[Capability::UdpSockets, Capability::Reassembly])
            .ipv6()
            .param("pieces", &["2", "4"])
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                // 1500 octets with the fixed header.
                let whole = s.ip().udp(40_000, 5000).fill(0x61, 1452);
                let len = (1460 / s.number("pieces") as usize).next_multiple_of(8);
                for offset in (0..1460).step_by(len) {
                    s.inject(whole.clone().fragment(0x7, offset, len, offset + len < 1460));
                }
                s.expect_datagram("u", vec![0x61; 1452]);
            }),
        case("ipv6.reassembly.incomplete-not-delivered")
            .title("A packet of which one fragment is missing is not delivered")
            .required(&["RFC8200-5-4"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .param("missing", &["0", "1", "2", "3"])
            .build(|s| {
                let missing = s.number("missing") as usize;
                for index in (0..4).filter(|index| *index != missing) {
                    s.inject(piece(s, 0x102, index));
                }
                s.silence(s.ip().echo_reply(1, 0x102_u16));
                s.inject(piece(s, 0x102, missing));
                s.expect(reply(s, 0x102)).why("with the missing one it is complete");
            }),
        case("ipv6.reassembly.kept-apart")
            .title("Fragments of two packets that differ in identification or source are not mixed")
            .required(&["RFC8200-5-4"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .param("differs", &["identification", "source"])
            .build(|s| {
                let other = match s.param("differs") {
                    "identification" => s.ip().echo_request(2, 2).fill(0xbb, DATA).fragment(0x201, PIECE, PIECE, true),
                    _ => s.ip().src(s.host_on(0, 60)).echo_request(2, 2).fill(0xbb, DATA).fragment(0x200, PIECE, PIECE, true),
                };
                s.inject(piece(s, 0x200, 0));
                s.inject(other).why("a fragment of another packet, at the place of the missing one");
                for index in [2, 3] {
                    s.inject(piece(s, 0x200, index));
                }
                s.silence(s.ip().echo_reply(1, 0x200_u16));
                s.inject(piece(s, 0x200, 1));
                s.expect(reply(s, 0x200));
            }),
        case("ipv6.reassembly.behind-headers")
            .title("Fragments are put together behind a hop-by-hop or routing header, and headers inside them are processed")
            .required(&["RFC8200-4.1-3", "RFC8200-5-4"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .param("header", &["hop-by-hop", "routing", "destination-options"])
            .build(|s| {
                let spec = match s.param("header") {
                    "hop-by-hop" => s.ip().push(LayerKind::HopByHop),
                    "routing" => s.ip().routing(0, 0, [0; 4]),
                    _ => s.ip().push(LayerKind::DestOptions),
                };
                let whole = spec.echo_request(1, 1).data(160);
                s.inject(whole.clone().fragment(0x31, 0, 64, true));
                s.inject(whole.last_fragment(0x31, 64));
                s.expect(s.ip().echo_reply(1, 1).data(160).reassembled());
            }),
    ]
}

fn atomic() -> Vec<Case> {
    vec![
        case("ipv6.reassembly.atomic-fragment")
            .title("A fragment that is a whole packet is processed at once")
            .required(&["RFC6946-4-1", "RFC8200-4.5-6"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                s.inject(s.ip().fragment_header().set(FieldId::FragmentId, 0x55).echo_request(1, 1).data(32));
                s.expect(s.ip().echo_reply(1, 1).data(32));
            }),
        case("ipv6.reassembly.atomic-fragment-apart")
            .title("An atomic fragment is processed by itself while others with its identification wait, and does not disturb them")
            .required(&["RFC6946-4-1", "RFC6946-4-2", "RFC8200-4.5-7"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .param("waiting", &["0", "1", "3"])
            .build(|s| {
                let waiting = s.number("waiting") as usize;
                s.inject(piece(s, 0x56, waiting));
                s.inject(s.ip().fragment_header().set(FieldId::FragmentId, 0x56).echo_request(9, 9).data(32));
                s.expect(s.ip().echo_reply(9, 9).data(32)).why("the atomic one is a packet by itself");
                for index in (0..4).filter(|index| *index != waiting) {
                    s.inject(piece(s, 0x56, index));
                }
                s.expect(reply(s, 0x56)).why("the others are put together as if it had not come");
            }),
        case("ipv6.reassembly.same-id-twice-atomic")
            .title("Atomic fragments with the same identification are all processed")
            .required(&["RFC6946-4-1"])
            .needs(&[Capability::EchoReply])
            .ipv6()
            .build(|s| {
                for seq in 1..=3_u16 {
                    s.inject(s.ip().fragment_header().set(FieldId::FragmentId, 0x57).echo_request(1, seq).data(32));
                    s.expect(s.ip().echo_reply(1, seq).data(32));
                }
            }),
    ]
}

fn limits() -> Vec<Case> {
    vec![
        case("ipv6.reassembly.large-packet")
            .title("A packet of several kilobytes is received in full-size fragments")
            .observed()
            .required(&["RFC8200-5-4"])
            .needs(&[Capability::UdpSockets, Capability::Reassembly])
            .ipv6()
            .param("len", &["3000", "8192", "60000"])
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let len = s.number("len") as usize;
                let whole = s.ip().udp(40_000, 5000).fill(0x61, len);
                for offset in (0..len + 8).step_by(1448) {
                    s.inject(whole.clone().fragment(9, offset, 1448, offset + 1448 < len + 8));
                }
                s.expect_datagram("u", vec![0x61; len]);
            }),
        case("ipv6.reassembly.many-incomplete-harmless")
            .title("Many packets that never become complete do no harm")
            .required(&["RFC8200-5-4"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv6()
            .build(|s| {
                for id in 0..200 {
                    s.inject(piece(s, 0x1000 + id, 1));
                }
                s.forget();
                echo_works(s);
            }),
    ]
}

fn errors() -> Vec<Case> {
    vec![
        case("ipv6.reassembly.length-not-multiple-of-eight")
            .title("A fragment that is not the last and is no multiple of eight octets long is reported: pointer to the payload length")
            .required(&["RFC8200-4.5-10"])
            .needs(&[Capability::Reassembly, Capability::IcmpErrors])
            .ipv6()
            .param("len", &["57", "60", "63"])
            .build(|s| {
                let len = s.number("len") as usize;
                let whole = s.ip().echo_request(1, 1).data(DATA);
                s.inject(whole.fragment(0x61, 0, len, true)).label("odd");
                s.expect(s.ip().dst(s.tester()).parameter_problem(0, 4).quote_header("odd"));
                echo_works(s);
            }),
        case("ipv6.reassembly.odd-fragment-discarded")
            .title("A fragment that is not the last and is no multiple of eight octets long takes no part in a packet")
            .required(&["RFC8200-4.5-10"])
            .needs(&[Capability::Reassembly, Capability::EchoReply])
            .ipv6()
            .build(|s| {
                let whole = s.ip().echo_request(1, 1).data(56);
                s.inject(whole.clone().fragment(0x62, 0, 28, true));
                s.inject(whole.fragment(0x62, 24, 40, false));
                s.silence(s.ip().echo_reply(1, 1));
                echo_works(s);
            }),
        case("ipv6.reassembly.beyond-65535")
            .title("A fragment that would reach beyond 65,535 octets is reported: pointer to the fragment offset")
            .required(&["RFC8200-4.5-11"])
            .needs(&[Capability::Reassembly, Capability::IcmpErrors])
            .ipv6()
            .param("len", &["8", "1000"])
            .build(|s| {
                let len = s.number("len") as usize;
                let far = s.ip().fragment_header().set(FieldId::FragmentOffset, 8191).fill(0x61, len);
                s.inject(far.set(FieldId::FragmentNext, 58)).label("far");
                s.expect(s.ip().dst(s.tester()).parameter_problem(0, 42).quote_header("far"));
                echo_works(s);
            }),
        case("ipv6.reassembly.first-without-all-headers")
            .title("A first fragment that does not hold all headers is reported: code 3, pointer 0")
            .should()
            .required(&["RFC8200-4.5-12", "RFC7112-5-2", "RFC7112-5-6", "RFC7112-5-7"])
            .needs(&[Capability::Reassembly, Capability::IcmpErrors])
            .ipv6()
            .param("cut", &["inside-options", "behind-options"])
            .build(|s| {
                // A destination options header of 24 octets, then UDP to a closed port. Not ICMPv6: while its type is
                // not there, the packet may be an error itself, which forbids the report (RFC 4443 2.4 (e.1)).
                let whole = s.ip().dest_options([&[1, 20][..], &[0; 20]].concat()).udp(40_000, 5_999).fill(0x61, 64);
                let cut = if s.param("cut") == "inside-options" { 16 } else { 24 };
                s.inject(whole.clone().fragment(0x63, 0, cut, true)).label("first");
                s.inject(whole.last_fragment(0x63, cut));
                let delivered = s.ip().port_unreachable();
                s.expect(s.ip().dst(s.tester()).parameter_problem(3, 0)).forbid(delivered);
            }),
        case("ipv6.reassembly.empty-fragment-harmless")
            .title("A fragment without data does no harm")
            .required(&["RFC8200-4.5-10"])
            .needs(&[Capability::Reassembly, Capability::EchoReply])
            .ipv6()
            .param("more", &["0", "1"])
            .build(|s| {
                let empty = s.ip().fragment_header().set(FieldId::FragmentNext, 58).set(FieldId::FragmentId, 0x64);
                s.inject(empty.clone().set(FieldId::FragmentMore, s.number("more")));
                s.inject(empty.set(FieldId::FragmentOffset, 8).set(FieldId::FragmentMore, s.number("more")));
                s.forget();
                echo_works(s);
            }),
        case("ipv6.reassembly.to-group-no-error")
            .title("A faulty fragment to a group causes no error")
            .required(&["RFC4443-2.4-5"])
            .needs(&[Capability::Reassembly, Capability::EchoReply])
            .ipv6()
            .build(|s| {
                let all_nodes = std::net::Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
                let whole = s.ip().src(s.tester()).dst(all_nodes).echo_request(1, 1).data(DATA);
                s.inject(whole.fragment(0x65, 0, 60, true));
                s.silence(any_error());
                echo_works(s);
            }),
    ]
}

fn timeouts() -> Vec<Case> {
    vec![
        case("ipv6.reassembly.times-out-with-report")
            .title("60 seconds after the first fragment to arrive the reassembly is abandoned, and reported if fragment zero came")
            .required(&["RFC8200-4.5-8", "RFC8200-4.5-9"])
            .needs(&[Capability::Reassembly, Capability::ReassemblyTimeExceeded])
            .ipv6()
            .build(|s| {
                s.inject(piece(s, 0x400, 0)).label("first");
                let error = s.ip().dst(s.tester()).reassembly_time_exceeded().quote_header("first");
                // One second for the granularity of timers.
                s.expect(error).between_from("first", secs(59), secs(62));
            }),
        case("ipv6.reassembly.timer-not-restarted")
            .title("A later fragment does not restart the timer")
            .required(&["RFC8200-4.5-8"])
            .needs(&[Capability::Reassembly, Capability::ReassemblyTimeExceeded, Capability::LongWaits])
            .ipv6()
            .build(|s| {
                s.inject(piece(s, 0x401, 0)).label("first");
                s.advance(secs(40));
                s.inject(piece(s, 0x401, 1));
                s.expect(s.ip().reassembly_time_exceeded()).between_from("first", secs(59), secs(62));
            }),
        case("ipv6.reassembly.no-report-without-fragment-zero")
            .title("Without fragment zero the timeout is not reported")
            .required(&["RFC8200-4.5-9"])
            .needs(&[Capability::Reassembly, Capability::EchoReply, Capability::LongWaits])
            .ipv6()
            .build(|s| {
                s.inject(piece(s, 0x402, 1));
                s.inject(piece(s, 0x402, 3));
                s.silence_for(s.ip().icmpv6(3, any()), secs(130));
                echo_works(s);
            }),
        case("ipv6.reassembly.late-fragment-does-not-complete")
            .title("A fragment that comes after 60 seconds does not complete the old packet")
            .required(&["RFC8200-4.5-8"])
            .needs(&[Capability::Reassembly, Capability::EchoReply, Capability::LongWaits])
            .ipv6()
            .build(|s| {
                for index in [0, 1, 2] {
                    s.inject(piece(s, 0x403, index));
                }
                s.advance(secs(65));
                s.forget();
                s.inject(piece(s, 0x403, 3));
                s.silence(s.ip().echo_reply(1, 0x403_u16));
                echo_works(s);
            }),
    ]
}
