//! Options. Read first: RFC 9293 3.1, 3.2 and 3.7.1, RFC 7323 2 and 3, RFC 2018 2 to 4.

use std::net::SocketAddr;

use crate::suite::prelude::*;

/// Data from the tester reaches the application, and the other way round.
fn still_works(s: &mut Scene) {
    s.inject(s.tcp("c").ack().payload("in"));
    s.expect_bytes("c", "in").why("the connection works");
    s.send("c", "out");
    s.expect(s.tcp("c").flags_with("A").payload("out")).why("the connection works");
}

/// Options to put in front of data, by name.
fn harmless(name: &str) -> Vec<TcpOption> {
    let other = |kind: u8, data: &[u8]| TcpOption::Other { kind, data: data.into() };
    match name {
        "unknown" => vec![other(253, &[0xde, 0xad]), TcpOption::Nop, TcpOption::Nop],
        "unknown-empty" => vec![other(200, &[])],
        "unknown-longest" => vec![other(77, &[0x5a; 38])],
        "unaligned" => vec![TcpOption::Nop, other(200, &[1, 2, 3]), TcpOption::Nop],
        "end-then-garbage" => vec![TcpOption::End, TcpOption::Raw([8, 0, 255].into())],
        _ => vec![TcpOption::Nop; 40],
    }
}

/// Options that cannot be, by name.
fn illegal(name: &str) -> Vec<TcpOption> {
    let raw: &[u8] = match name {
        "length-0" => &[200, 0, 0, 0],
        "length-1" => &[200, 1, 0, 0],
        "beyond-area" => &[200, 9, 0, 0],
        "kind-at-end" => &[1, 1, 1, 200],
        "mss-length-3" => &[2, 3, 5, 1],
        "mss-length-0" => &[2, 0, 5, 0xb4],
        "timestamps-short" => &[8, 4, 0, 0],
        _ => &[5, 7, 1, 2, 3, 4, 5, 0],
    };
    vec![TcpOption::Raw(raw.into())]
}

const ILLEGAL: &[&str] = &[
    "length-0",
    "length-1",
    "beyond-area",
    "kind-at-end",
    "mss-length-3",
    "mss-length-0",
    "timestamps-short",
    "sack-odd-length",
];

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("tcp.options.unknown-in-syn-ignored")
            .title("A SYN with options that are unknown, at any alignment, is answered as if they were not there")
            .required(&["RFC9293-MUST-6", "RFC9293-MUST-68", "RFC9293-MUST-64", "RFC9293-MUST-4"])
            .both_families()
            .param("options", &["unknown", "unknown-empty", "unknown-longest", "unaligned", "end-then-garbage", "nops"])
            .build(|s| {
                s.listen_for("c");
                s.setup_done();
                let options = harmless(s.param("options"));
                s.inject(s.tcp("c").syn().options(options));
                s.expect(s.tcp("c").syn_ack().ack_next(0));
            }),
        case("tcp.options.unknown-with-data-ignored")
            .title("Options are accepted in any segment: data behind unknown ones is delivered")
            .required(&["RFC9293-MUST-5", "RFC9293-MUST-6", "RFC9293-MUST-64"])
            .both_families()
            .param("options", &["unknown", "unknown-empty", "unknown-longest", "unaligned", "end-then-garbage", "nops"])
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                let options = harmless(s.param("options"));
                s.inject(s.tcp("c").ack().options(options).payload("data"));
                s.expect_bytes("c", "data");
            }),
        case("tcp.options.illegal-length-in-syn")
            .title("A SYN with an illegal option length does no harm: a proper SYN is answered afterwards")
            .required(&["RFC9293-MUST-7"])
            .both_families()
            .param("options", ILLEGAL)
            .build(|s| {
                s.listen_for("c");
                s.flow("bad", 80);
                s.setup_done();
                let options = illegal(s.param("options"));
                s.inject(s.tcp("bad").syn().options(options));
                s.advance(ms(50));
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack().ack_next(0)).why("the listener goes on");
            }),
        case("tcp.options.illegal-length-with-data")
            .title("A segment with an illegal option length does no harm to an established connection or ends it cleanly")
            .required(&["RFC9293-MUST-7"])
            .both_families()
            .param("options", ILLEGAL)
            .build(|s| {
                s.flow("other", 80).tester_port = 41_000;
                s.established_passive("c");
                s.setup_done();
                let options = illegal(s.param("options"));
                s.inject(s.tcp("c").ack().options(options).payload("data").untracked());
                s.advance(ms(50));
                s.inject(s.tcp("other").syn());
                s.expect(s.tcp("other").syn_ack().ack_next(0)).why("the target goes on");
            }),
        case("tcp.options.mss-sent-in-syn-ack")
            .title("A SYN-ACK announces an MSS that fits the link: the MTU less the fixed headers at most")
            .required(&["RFC9293-MUST-14", "RFC9293-MUST-67", "RFC6691-2-1", "RFC8200-8.3-2"])
            .both_families()
            .build(|s| {
                s.listen_for("c");
                s.setup_done();
                let most = s.link(0).mtu as i64 - if s.is_v4() { 40 } else { 60 };
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack().mss(536..=most));
            }),
        case("tcp.options.mss-is-mtu-less-headers")
            .title("The MSS announced is the MTU less just the fixed IP and TCP headers")
            .should()
            .required(&["RFC6691-2-1", "RFC9293-SHLD-5", "RFC9293-SHLD-6"])
            .both_families()
            .param("mtu", &["1500", "1400", "1280"])
            .build(|s| {
                let mtu = s.number("mtu");
                s.mtu(0, mtu as usize);
                s.listen_for("c");
                s.setup_done();
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack().mss(mtu - if s.is_v4() { 40 } else { 60 }));
            }),
        case("tcp.options.mss-sent-in-syn")
            .title("A SYN announces an MSS")
            .required(&["RFC9293-MUST-14", "RFC9293-MUST-67"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).target_port = None;
                let peer = SocketAddr::new(s.tester(), s.flow_mut("c").tester_port);
                s.socket("c", SocketKind::Tcp).why("set-up: a TCP socket");
                s.setup_done();
                let most = s.link(0).mtu as i64 - if s.is_v4() { 40 } else { 60 };
                s.call("c", Verb::Connect(peer), Expected::Begun);
                s.expect(s.tcp("c").syn().seq(0).mss(536..=most));
            }),
        case("tcp.options.mss-only-on-syn")
            .title("No segment without SYN carries an MSS option")
            .required(&["RFC9293-MUST-65"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.send("c", "payload");
                s.expect(s.tcp("c").flags_with("A").payload("payload").without_option(2));
                s.inject(s.tcp("c").ack().payload("more"));
                s.expect(s.tcp("c").flags_with("A").ack_next(0).without_option(2));
                s.count(s.tcp("c").flags_without("S").options([TcpOption::Mss(any())]), 0, 0);
            }),
        case("tcp.options.peer-mss-obeyed")
            .title("No segment carries more data than the peer's MSS allows")
            .required(&["RFC9293-MUST-16", "RFC9293-MUST-14"])
            .both_families()
            .param("mss", &["100", "536", "1000", "1460"])
            .build(|s| {
                let mss = s.number("mss");
                s.flow("c", 80).mss = Some(mss as u16);
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 4000);
                s.receive("c", 4000).within(secs(20));
                s.count(s.tcp("c").payload_len((mss + 1)..=65_535_i64), 0, 0).why("none is larger");
            }),
        case("tcp.options.default-mss-without-option")
            .title("Without an MSS option 536 octets (IPv4) or 1220 (IPv6) are the limit")
            .required(&["RFC9293-MUST-15", "RFC9293-MUST-16", "RFC6691-A-1"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).mss = None;
                s.established_passive("c");
                s.setup_done();
                let limit = if s.is_v4() { 536 } else { 1220 };
                s.send_data("c", 0, 5000);
                s.receive("c", 5000).within(secs(20));
                s.count(s.tcp("c").payload_len((limit + 1)..=65_535_i64), 0, 0);
            }),
        case("tcp.options.window-scale-only-if-offered")
            .title("A SYN-ACK carries window scale only if the SYN did")
            .required(&["RFC7323-2.2-6", "RFC7323-2.2-3", "RFC7323-2.3-4"])
            .needs(&[Capability::TcpWindowScale])
            .both_families()
            .build(|s| {
                s.listen_for("c");
                s.flow("scaled", 80).window_scale = Some(2);
                s.setup_done();
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack().without_option(3));
                s.inject(s.tcp("scaled").syn());
                s.expect(s.tcp("scaled").syn_ack().option(TcpOption::WindowScale((0..=14_i64).into())));
            }),
        case("tcp.options.window-scale-applied-to-peer-window")
            .title("The peer's window is scaled by the shift that it announced: a window field of 100 with shift 3 allows 800 octets")
            .required(&["RFC7323-2.3-3", "RFC7323-2.3-5"])
            .needs(&[Capability::TcpWindowScale])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                flow.window_scale = Some(3);
                flow.window = 100;
                flow.mss = Some(400);
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 3000);
                s.expect(s.tcp("c").data_at(0, 400));
                s.expect(s.tcp("c").data_at(400, 400));
                s.silence_for(s.tcp("c").seq(801..=4000_i64), ms(100));
            }),
        case("tcp.options.window-scale-above-14-is-14")
            .title("A shift above 14 counts as 14: a window field of one is 16,384 octets and no more")
            .required(&["RFC7323-2.3-8", "RFC7323-2.3-7"])
            .needs(&[Capability::TcpWindowScale])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                flow.window_scale = Some(15);
                flow.window = 1;
                flow.mss = Some(1000);
                s.established_passive("c");
                s.send_data("c", 0, 40_000);
                s.receive("c", 40_000).within(secs(20)).why("set-up: the congestion window grows");
                s.setup_done();
                s.send_data("c", 40_000, 30_000);
                s.expect(s.tcp("c").data_at(40_000, 1000)).why("data flows");
                s.silence_for(s.tcp("c").seq(56_386..=99_000_i64).payload_len(1..=1000_i64), ms(150));
            }),
        case("tcp.options.window-of-syn-not-scaled")
            .title("The window of a SYN-ACK is not scaled: a small field there means a small window")
            .required(&["RFC7323-2.2-8"])
            .needs(&[Capability::TcpWindowScale])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                flow.window_scale = Some(7);
                flow.window = 500;
                flow.mss = Some(1000);
                s.connect("c");
                s.setup_done();
                s.inject(s.tcp("c").syn_ack().options([TcpOption::Mss(1000.into())]).window(500));
                s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1));
                s.send_data("c", 0, 3000);
                s.expect(s.tcp("c").flags_with("A").seq(1).payload_len(1..=500_i64)).within(secs(2));
                s.count(s.tcp("c").seq(501..=5000_i64), 0, 0).why("no more than 500 octets fit");
            }),
        case("tcp.options.own-window-of-syn-not-scaled")
            .title("The window of the target's SYN-ACK is the window itself, however large the buffer behind it")
            .required(&["RFC7323-2.2-8", "RFC7323-2.3-6"])
            .needs(&[Capability::TcpWindowScale, Capability::RecvBufferSize])
            .both_families()
            .build(|s| {
                s.flow("c", 80).window_scale = Some(7);
                s.socket("c.listener", SocketKind::Tcp).why("set-up: a TCP socket");
                s.set_option("c.listener", SocketOption::RecvBuffer(200_000)).why("set-up: a buffer that needs scaling");
                let address = s.wildcard(80);
                s.call("c.listener", Verb::Bind(address), Expected::Ok).why("set-up: bind");
                s.call("c.listener", Verb::Listen(8), Expected::Ok).why("set-up: listen");
                s.setup_done();
                s.inject(s.tcp("c").syn());
                // A scaled field would be a quarter of this or less: 200,000 octets need a shift of two.
                s.expect(s.tcp("c").syn_ack().option(TcpOption::WindowScale((0..=14_i64).into())).window(20_000..=65_535_i64));
            }),
        case("tcp.options.window-scale-without-syn-ignored")
            .title("A window scale option on a segment without SYN is ignored")
            .required(&["RFC7323-2.2-7"])
            .needs(&[Capability::TcpWindowScale])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                flow.window = 1000;
                flow.mss = Some(500);
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().options([TcpOption::WindowScale(8.into()), TcpOption::Nop]));
                s.send_data("c", 0, 4000);
                s.expect(s.tcp("c").data_at(0, 500));
                s.expect(s.tcp("c").data_at(500, 500));
                s.silence_for(s.tcp("c").seq(1001..=5000_i64), ms(100));
            }),
        case("tcp.options.timestamps-echoed")
            .title("With timestamps negotiated every segment carries them and echoes the peer's last value")
            .required(&["RFC7323-3.2-2", "RFC7323-3.2-6"])
            .needs(&[Capability::TcpTimestamps])
            .both_families()
            .build(|s| {
                s.flow("c", 80).timestamps = true;
                s.listen_for("c");
                s.setup_done();
                s.inject(s.tcp("c").syn().options([TcpOption::Timestamps(1000.into(), 0.into())]));
                s.expect(s.tcp("c").syn_ack().timestamps(bind("t0"), 1000));
                s.inject(s.tcp("c").ack().options([TcpOption::Timestamps(1010.into(), var("t0"))]));
                s.inject(s.tcp("c").ack().options([TcpOption::Timestamps(1020.into(), var("t0"))]).payload("x"));
                s.expect(s.tcp("c").flags_with("A").ack_next(0).timestamps(any(), 1020));
            }),
        case("tcp.options.timestamps-not-offered-not-sent")
            .title("Without timestamps in the SYN none are sent")
            .required(&["RFC7323-3.2-6", "RFC7323-3.2-5"])
            .needs(&[Capability::TcpTimestamps])
            .both_families()
            .build(|s| {
                s.listen_for("c");
                s.setup_done();
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack().without_option(8));
                s.inject(s.tcp("c").ack());
                s.inject(s.tcp("c").ack().payload("x"));
                s.expect(s.tcp("c").flags_with("A").ack_next(0).without_option(8));
            }),
        case("tcp.options.paws-drops-old-timestamps")
            .title("A segment whose timestamp is older than the last one is not accepted, and is answered by an ACK")
            .required(&["RFC7323-5.3-1", "RFC7323-5.2-1"])
            .needs(&[Capability::TcpTimestamps])
            .both_families()
            .build(|s| {
                s.flow("c", 80).timestamps = true;
                s.listen_for("c");
                s.inject(s.tcp("c").syn().options([TcpOption::Mss(1000.into()), TcpOption::Timestamps(100_000.into(), 0.into())]));
                s.expect(s.tcp("c").syn_ack().timestamps(bind("t"), 100_000)).why("set-up: timestamps are negotiated");
                s.inject(s.tcp("c").ack().options([TcpOption::Timestamps(100_010.into(), var("t"))]));
                s.accept("c.listener", "c");
                s.inject(s.tcp("c").ack().options([TcpOption::Timestamps(100_020.into(), var("t"))]).payload("new"));
                s.expect_bytes("c", "new").why("set-up: a newer timestamp is accepted");
                s.forget();
                s.setup_done();
                s.inject(s.tcp("c").ack().options([TcpOption::Timestamps(99_000.into(), var("t"))]).payload("old").untracked());
                s.expect(s.tcp("c").flags_with("A").ack_next(0));
                s.expect_no_data("c").why("the old segment is not delivered");
                s.inject(s.tcp("c").ack().options([TcpOption::Timestamps(100_030.into(), var("t"))]).payload("newer"));
                s.expect_bytes("c", "newer").why("the connection goes on");
            }),
        case("tcp.options.sack-permitted-only-on-syn")
            .title("SACK-permitted is answered on the SYN-ACK and sent on no other segment")
            .required(&["RFC2018-2-1"])
            .needs(&[Capability::TcpSack])
            .both_families()
            .build(|s| {
                s.flow("c", 80).sack = true;
                s.listen_for("c");
                s.setup_done();
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack().option(TcpOption::SackPermitted));
                s.inject(s.tcp("c").ack());
                s.accept("c.listener", "c");
                still_works(s);
                s.count(s.tcp("c").flags_without("S").option(TcpOption::SackPermitted), 0, 0);
            }),
        case("tcp.options.sack-first-block-is-newest")
            .title("Data out of order is reported by SACK, the segment that just came first")
            .required(&["RFC2018-4-6", "RFC2018-8-2"])
            .needs(&[Capability::TcpSack])
            .both_families()
            .build(|s| {
                s.flow("c", 80).sack = true;
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().seq(101).data_at(100, 100).untracked());
                s.expect(s.tcp("c").flags_with("A").ack_number(1).sack([(101, 201)]));
                let ack = s.tcp("c").flags_with("A").ack_number(1);
                s.inject(s.tcp("c").ack().seq(401).data_at(400, 100).untracked());
                s.expect_one_of(vec![ack.clone().sack([(401, 501), (101, 201)]), ack.clone().sack([(401, 501)])]);
                s.inject(s.tcp("c").ack().seq(201).data_at(200, 100).untracked());
                s.expect_one_of(vec![ack.clone().sack([(101, 301), (401, 501)]), ack.sack([(101, 301)])]);
            }),
        case("tcp.options.sack-reports-all-blocks")
            .title("As many SACK blocks as fit are sent, the most recent ones repeated behind the first")
            .should()
            .required(&["RFC2018-4-7", "RFC2018-4-8", "RFC2018-4-4", "RFC2018-4-5"])
            .needs(&[Capability::TcpSack])
            .both_families()
            .build(|s| {
                s.flow("c", 80).sack = true;
                s.established_passive("c");
                s.setup_done();
                let ack = s.tcp("c").flags_with("A").ack_number(1);
                s.inject(s.tcp("c").ack().seq(101).data_at(100, 100).untracked());
                s.expect(ack.clone().sack([(101, 201)]));
                s.inject(s.tcp("c").ack().seq(401).data_at(400, 100).untracked());
                s.expect(ack.clone().sack([(401, 501), (101, 201)]));
                s.inject(s.tcp("c").ack().seq(701).data_at(700, 100).untracked());
                s.expect(ack.sack([(701, 801), (401, 501), (101, 201)]));
            }),
        case("tcp.options.no-sack-without-permission")
            .title("Without SACK-permitted no SACK option is sent")
            .required(&["RFC2018-4-3"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().seq(101).data_at(100, 100).untracked());
                s.expect(s.tcp("c").flags_with("A").ack_number(1).without_option(5));
            }),
        case("tcp.options.area-padded-with-zeros")
            .title("The option area of a SYN-ACK is a whole number of words")
            .required(&["RFC9293-MUST-69", "RFC9293-MUST-68"])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                (flow.window_scale, flow.sack, flow.timestamps) = (Some(7), true, true);
                s.listen_for("c");
                s.setup_done();
                s.inject(s.tcp("c").syn());
                // The tester reads the options by their lengths: what is left over would not be understood.
                s.expect(s.tcp("c").syn_ack().set(FieldId::TcpDataOffset, 6..=15_i64).mss(any()));
            }),
    ]
}
