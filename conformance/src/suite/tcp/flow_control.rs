//! Windows: offered, obeyed, closed, probed. Read first: RFC 9293 3.8.6, RFC 7323 2.4.

use crate::suite::prelude::*;

/// Any segment of the flow that carries data.
fn any_data(s: &Scene) -> PacketSpec {
    s.tcp("c").payload_len(1..=65_535_i64)
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("tcp.flow-control.peer-window-obeyed")
            .title("No octet is sent beyond the window that the peer offers")
            .required(&["RFC5681-2-1", "RFC7323-2.4-4"])
            .both_families()
            .param("window", &["1", "100", "1000", "3000"])
            .build(|s| {
                let window = s.number("window");
                s.flow("c", 80).window = window as u16;
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 4_000);
                s.expect(any_data(s).seq(1)).within(secs(3)).why("something fits");
                s.silence_for(s.tcp("c").seq((1 + window)..=20_000).payload_len(1..=65_535_i64), ms(300));
                s.check(Check::WithinWindow { flow: "c".into() });
            }),
        case("tcp.flow-control.window-is-unsigned")
            .title("A window of 65,535 is a large one, not minus one")
            .required(&["RFC9293-MUST-1"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).window = 65_535;
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 1_000);
                s.expect(s.tcp("c").data_at(0, 1_000));
            }),
        case("tcp.flow-control.zero-window-probed")
            .title("A zero window is probed")
            .required(&["RFC9293-MUST-36", "RFC9293-MUST-35"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.inject(s.tcp("c").ack().window(0));
                s.setup_done();
                s.send_data("c", 0, 100);
                s.expect(s.tcp("c").flags_with("A").seq(0..=1_i64))
                    .within(secs(8))
                    .why("one octet, or an ACK that asks for one");
            }),
        case("tcp.flow-control.zero-window-holds-data-back")
            .title("While the window is zero no more than a probe is sent")
            .required(&["RFC5681-2-1", "RFC9293-MUST-35"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.inject(s.tcp("c").ack().window(0));
                s.setup_done();
                s.send_data("c", 0, 1_000);
                s.silence_for(s.tcp("c").payload_len(2..=65_535_i64), secs(4));
                s.inject(s.tcp("c").ack().ack_number(1).window(5_000));
                s.expect(s.tcp("c").seq(1).payload_len(100..=1_460_i64))
                    .within(secs(2))
                    .why("the window opened: the data leaves");
            }),
        case("tcp.flow-control.probes-back-off")
            .title("The interval between probes of a zero window grows")
            .should()
            .required(&["RFC9293-SHLD-30", "RFC9293-SHLD-29"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.inject(s.tcp("c").ack().window(0));
                s.setup_done();
                s.send_data("c", 0, 100);
                for label in ["p1", "p2", "p3", "p4"] {
                    s.expect(s.tcp("c").flags_with("A").seq(0..=1_i64)).within(secs(30)).label(label);
                    s.inject(s.tcp("c").ack().ack_number(1).window(0))
                        .why("the probe is answered, the window stays shut");
                }
                let labels = ["p1", "p2", "p3", "p4"].map(str::to_owned).to_vec();
                s.check(Check::Backoff { labels, min_percent: 150, max_percent: 260 });
            }),
        case("tcp.flow-control.answered-probes-keep-connection")
            .title("A peer that answers the probes with a zero window keeps the connection alive for hours")
            .required(&["RFC9293-MUST-37"])
            .needs(&[Capability::LongWaits])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.inject(s.tcp("c").ack().window(0));
                s.setup_done();
                s.send_data("c", 0, 100);
                for _ in 0..30 {
                    s.expect(s.tcp("c").flags_with("A").seq(0..=1_i64)).within(secs(300)).why("a probe");
                    s.inject(s.tcp("c").ack().ack_number(1).window(0));
                }
                s.inject(s.tcp("c").ack().ack_number(1).window(5_000));
                s.expect(s.tcp("c").data_at(0, 100)).within(secs(2)).why("after all that time the data leaves");
            }),
        case("tcp.flow-control.lost-window-update-recovered")
            .title("A window update that was lost is found by a probe: the transfer goes on")
            .required(&["RFC9293-MUST-36"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.inject(s.tcp("c").ack().window(0));
                s.setup_done();
                s.send_data("c", 0, 100);
                s.note("the tester's window update is lost; it only answers the probe");
                s.expect(s.tcp("c").flags_with("A").seq(0..=1_i64)).within(secs(8)).why("a probe");
                s.inject(s.tcp("c").ack().ack_number(1).window(5_000));
                s.expect(s.tcp("c").seq(1).data_at(0, 100)).within(secs(2));
            }),
        case("tcp.flow-control.old-ack-does-not-move-window")
            .title("An older segment does not take the window back: only newer ones update it")
            .required(&["RFC9293-WP-9"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).mss = Some(500);
                s.established_passive("c");
                s.inject(s.tcp("c").ack().data(10)).why("set-up: SND.WL1 moves");
                s.expect(s.tcp("c").flags_with("A").ack_next(0)).why("set-up: it is acknowledged");
                s.setup_done();
                s.inject(s.tcp("c").ack().seq(1).window(0).untracked())
                    .why("an old ACK with a zero window, delayed on its way");
                s.send_data("c", 0, 500);
                s.expect(s.tcp("c").data_at(0, 500)).within(ms(300));
            }),
        case("tcp.flow-control.shrinking-window-tolerated")
            .title("A window that shrinks below what was sent does not upset the sender")
            .required(&["RFC9293-MUST-34", "RFC7323-2.4-1"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).mss = Some(500);
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 2_000);
                s.expect(s.tcp("c").data_at(1_500, 500)).why("four segments leave");
                s.inject(s.tcp("c").ack().ack_number(501).window(100)).why("the right edge moves back");
                s.advance(ms(50));
                s.inject(s.tcp("c").ack().ack_number(2001).window(10_000)).why("everything had arrived");
                s.send_data("c", 2_000, 500);
                s.expect(s.tcp("c").data_at(2_000, 500)).within(secs(2));
            }),
        case("tcp.flow-control.no-new-data-after-shrink")
            .title("After the window shrank no new data is sent beyond the new edge")
            .should()
            .required(&["RFC9293-SHLD-15"])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                (flow.mss, flow.window) = (Some(500), 2_000);
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 6_000);
                s.expect(s.tcp("c").data_at(1_500, 500)).within(secs(1)).why("the window is used up");
                s.inject(s.tcp("c").ack().ack_number(1_001).window(500)).why("edge 2001 moves back to 1501");
                s.silence_for(s.tcp("c").seq(2_001..=9_000_i64).payload_len(1..=500_i64), ms(200));
            }),
        case("tcp.flow-control.own-window-closes-and-opens")
            .title("While the application does not read, the window closes; when it reads, it opens again by an update")
            .required(&["RFC9293-MUST-39", "RFC9293-SHLD-14"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                // More than the buffer can hold: the tester stops when the window is shut.
                s.inject(s.tcp("c").ack().data_at(0, 1_000));
                s.expect(s.tcp("c").flags_with("A").ack_next(0).window(bind("w1")));
                s.inject(s.tcp("c").ack().data_at(1_000, 1_000));
                s.expect(s.tcp("c").flags_with("A").ack_next(0).window(bind("w2")));
                s.expect_data("c", 0, 2_000).why("the data is there to be read");
                s.inject(s.tcp("c").ack().data_at(2_000, 1_000));
                s.expect(s.tcp("c").flags_with("A").ack_next(0).window(bind("w3")));
                s.check(Check::VarIn { var: "w3".into(), min: 1, max: 65_535 });
            }),
        case("tcp.flow-control.window-not-taken-back")
            .title("The right edge of the offered window never moves back as data arrives")
            .should()
            .required(&["RFC9293-SHLD-14"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                for index in 0..6_u64 {
                    s.inject(s.tcp("c").ack().data_at(index * 1_000, 1_000));
                    s.expect(s.tcp("c").flags_with("A").ack_number(1_001 + 1_000 * index as i64)).within(secs(1));
                }
                s.check(Check::EdgeKept { flow: "c".into() });
            }),
        case("tcp.flow-control.data-beyond-window-not-accepted")
            .title("Data wholly beyond the offered window is not accepted, and an ACK says where the window is")
            .required(&["RFC9293-WP-24", "RFC9293-WP-4"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().seq_edge(1_000).payload("beyond").untracked());
                s.expect(s.tcp("c").pure_ack().ack_number(1));
                s.inject(s.tcp("c").ack().payload("inside"));
                s.expect_bytes("c", "inside");
            }),
        case("tcp.flow-control.reset-counts-in-zero-window")
            .title("A RST is processed while the own window is zero")
            .required(&["RFC9293-MUST-66"])
            .needs(&[Capability::SocketErrors, Capability::RecvBufferSize])
            .both_families()
            .build(|s| {
                fill_window(s);
                s.setup_done();
                s.inject(s.tcp("c").rst());
                s.call(
                    "c",
                    Verb::Send(DataSpec::Bytes("x".into())),
                    Scene::errno(&[Errno::ConnectionReset, Errno::BrokenPipe]),
                )
                .within(secs(1));
            }),
        case("tcp.flow-control.ack-counts-in-zero-window")
            .title("An ACK is processed while the own window is zero: the peer's window and acknowledgment count")
            .required(&["RFC9293-MUST-66", "RFC9293-WP-10"])
            .needs(&[Capability::RecvBufferSize])
            .both_families()
            .build(|s| {
                fill_window(s);
                s.send("c", "out");
                s.expect(s.tcp("c").payload("out")).why("set-up: data of the target is in flight");
                s.setup_done();
                s.inject(s.tcp("c").ack());
                s.silence_for(s.tcp("c").payload("out"), secs(3)).why("it is acknowledged, so it is not sent again");
            }),
        case("tcp.flow-control.probe-of-own-zero-window-answered")
            .title("A probe into the target's zero window is answered by an ACK with the window")
            .required(&["RFC9293-WP-4"])
            .needs(&[Capability::RecvBufferSize])
            .both_families()
            .build(|s| {
                fill_window(s);
                s.setup_done();
                s.inject(s.tcp("c").ack().payload("?").untracked());
                s.expect(s.tcp("c").pure_ack().window(0..=1_000_i64)).within(secs(1));
            }),
        case("tcp.flow-control.window-update-after-read")
            .title("When the application reads a closed window open, the peer is told without being asked")
            .required(&["RFC9293-MUST-39"])
            .needs(&[Capability::RecvBufferSize])
            .both_families()
            .build(|s| {
                fill_window(s);
                s.setup_done();
                s.forget();
                s.call("c", Verb::Recv(1 << 20), Expected::Ok);
                s.call("c", Verb::Recv(1 << 20), Expected::Any);
                s.expect(s.tcp("c").pure_ack().window(500..=65_535_i64)).within(secs(1));
            }),
        case("tcp.flow-control.no-silly-window-by-receiver")
            .title("A full buffer of which a few octets are read is not offered at once")
            .required(&["RFC9293-MUST-39"])
            .needs(&[Capability::RecvBufferSize])
            .both_families()
            .build(|s| {
                fill_window(s);
                s.setup_done();
                s.forget();
                s.call("c", Verb::Recv(10), Expected::Ok);
                s.silence_for(s.tcp("c").pure_ack().window(1..=100_i64), ms(600));
            }),
        case("tcp.flow-control.nagle-joins-small-writes")
            .title("While data is unacknowledged small writes are gathered into one segment")
            .should()
            .required(&["RFC9293-SHLD-7", "RFC9293-MUST-38"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.send("c", "a");
                s.expect(s.tcp("c").payload("a")).why("the first octet leaves at once");
                s.send("c", "b");
                s.send("c", "c");
                s.silence_for(s.tcp("c").seq(2..=10_i64).payload_len(1..=1_460_i64), ms(100));
                s.inject(s.tcp("c").ack());
                s.expect(s.tcp("c").payload("bc")).why("after the ACK the rest leaves together");
            }),
        case("tcp.flow-control.nagle-can-be-switched-off")
            .title("With Nagle's algorithm off small writes leave at once")
            .required(&["RFC9293-MUST-17"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.set_option("c", SocketOption::NoDelay(true));
                s.setup_done();
                s.send("c", "a");
                s.expect(s.tcp("c").payload("a")).why("the first octet");
                s.send("c", "b");
                s.expect(s.tcp("c").payload("b")).within(ms(150)).why("without waiting for an ACK");
            }),
        case("tcp.flow-control.full-segments-preferred")
            .title("A large write is cut into segments of the maximum size")
            .should()
            .required(&["RFC9293-SHLD-28"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).mss = Some(700);
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 2_800);
                for index in 0..4_u64 {
                    s.expect(s.tcp("c").data_at(index * 700, 700));
                    s.inject(s.tcp("c").ack());
                }
            }),
        case("tcp.flow-control.no-silly-segments-by-sender")
            .title("A window that opens by a few octets is not filled at once when more is to be sent")
            .required(&["RFC9293-MUST-38"])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                (flow.mss, flow.window) = (Some(500), 2_000);
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 8_000);
                s.expect(s.tcp("c").data_at(1_500, 500)).within(secs(1)).why("the window is used up");
                s.inject(s.tcp("c").ack().ack_number(2_001).window(30)).why("a silly window: thirty octets");
                s.silence_for(s.tcp("c").seq(2_001..=9_000_i64).payload_len(1..=100_i64), ms(80));
                s.inject(s.tcp("c").ack().ack_number(2_001).window(2_000));
                s.expect(s.tcp("c").data_at(2_000, 500)).within(secs(2)).why("a proper window is used");
            }),
        case("tcp.flow-control.transfer-to-target")
            .title("A long transfer to a slow reader arrives whole, within the window")
            .required(&["RFC9293-MUST-39", "RFC9293-WP-24"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.transfer("c", 200_000, Some("c")).within(secs(60));
            }),
        case("tcp.flow-control.sequence-numbers-wrap")
            .title("A transfer across the wrap of the sequence numbers arrives whole, in both directions")
            .required(&["RFC9293-WP-16"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).isn = u32::MAX - 5_000;
                s.established_passive("c");
                s.setup_done();
                s.transfer("c", 20_000, Some("c")).within(secs(60));
                s.send_data("c", 0, 5_000);
                s.receive("c", 5_000).within(secs(20));
            }),
    ]
}

/// ESTABLISHED with a small receive buffer that the tester has filled: the window is shut, or nearly so.
fn fill_window(s: &mut Scene) {
    s.flow("c", 80);
    s.socket("c.listener", SocketKind::Tcp).why("set-up: a TCP socket");
    s.set_option("c.listener", SocketOption::RecvBuffer(4_096)).why("set-up: a small buffer");
    let address = s.wildcard(80);
    s.call("c.listener", Verb::Bind(address), Expected::Ok).why("set-up: bind");
    s.call("c.listener", Verb::Listen(8), Expected::Ok).why("set-up: listen");
    s.handshake("c");
    s.accept("c.listener", "c");
    s.shut_window("c", 100_000).why("set-up: the window is shut");
    s.forget();
}
