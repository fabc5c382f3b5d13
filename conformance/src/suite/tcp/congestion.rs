//! Congestion control, seen from outside by what is in flight. Read first: RFC 5681 3.1, RFC 6928, RFC 9293 3.8.2.

use crate::suite::prelude::*;

/// Octets per segment in these cases.
const MSS: usize = 500;

/// Any segment with data beyond this many segments of the stream.
fn beyond(s: &Scene, segments: usize) -> PacketSpec {
    let first = 1 + (segments * MSS) as i64;
    s.tcp("c").seq(first..=first + 1_000_000).payload_len(1..=65_535_i64)
}

/// ESTABLISHED by passive open, small segments, a large window.
fn ready(s: &mut Scene) {
    s.flow("c", 80).mss = Some(MSS as u16);
    s.established_passive("c");
    s.setup_done();
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("tcp.congestion.initial-window")
            .title("At the start no more than ten segments leave without an acknowledgment")
            .required(&["RFC5681-3.1-1", "RFC9293-MUST-19"])
            .both_families()
            .build(|s| {
                ready(s);
                s.send_data("c", 0, 20_000);
                s.expect(s.tcp("c").data_at(0, MSS)).why("data flows");
                s.silence_for(beyond(s, 10), ms(100));
            }),
        case("tcp.congestion.slow-start-growth")
            .title("In slow start an ACK opens the window by no more than what it acknowledged")
            .required(&["RFC5681-3.1-1", "RFC5681-3-1"])
            .both_families()
            .build(|s| {
                ready(s);
                s.send_data("c", 0, 40_000);
                s.expect(s.tcp("c").data_at(0, MSS)).why("data flows");
                s.advance(ms(50));
                s.forget();
                s.inject(s.tcp("c").ack().ack_number(1 + 2 * MSS as i64));
                s.note("two segments are acknowledged: the window of ten grows to twelve, fourteen at most are sent in all");
                s.silence_for(beyond(s, 14), ms(100));
            }),
        case("tcp.congestion.window-opens-with-acks")
            .title("As ACKs come in, the transfer goes on beyond the initial window")
            .required(&["RFC5681-3.1-1"])
            .both_families()
            .build(|s| {
                ready(s);
                s.send_data("c", 0, 30_000);
                s.receive("c", 30_000).within(secs(20));
            }),
        case("tcp.congestion.one-segment-after-timeout")
            .title("After a timeout one segment is sent, no more, until it is acknowledged")
            .required(&["RFC5681-3.1-19", "RFC9293-MUST-19"])
            .both_families()
            .build(|s| {
                ready(s);
                s.send_data("c", 0, 3_000);
                s.expect(s.tcp("c").data_at(0, MSS)).label("first").why("data flows");
                s.advance(ms(50));
                s.forget();
                s.note("nothing is acknowledged; the timeout comes");
                s.expect(s.tcp("c").seq(1).data_at(0, MSS)).within(secs(4)).label("again");
                s.silence_for(s.tcp("c").seq((1 + MSS as i64)..=10_000).payload_len(1..=65_535_i64), ms(150))
                    .why("the loss window is one segment");
            }),
        case("tcp.congestion.handshake-does-not-grow-window")
            .title("The ACK of the handshake does not grow the initial window")
            .required(&["RFC5681-3.1-6"])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                flow.mss = Some(MSS as u16);
                s.established_active("c");
                s.setup_done();
                s.send_data("c", 0, 20_000);
                s.expect(s.tcp("c").data_at(0, MSS)).why("data flows");
                s.silence_for(beyond(s, 10), ms(100));
            }),
        case("tcp.congestion.lost-syn-starts-with-one-segment")
            .title("If the SYN was lost more than once the initial window is one segment (once is forgiven, RFC 6928 2)")
            .should()
            .required(&["RFC5681-3.1-7"])
            .both_families()
            .build(|s| {
                let flow = s.flow("c", 80);
                flow.mss = Some(MSS as u16);
                s.connect("c");
                s.expect(s.tcp("c").syn().seq(0)).within(secs(4)).why("set-up: the SYN is lost and repeated");
                s.expect(s.tcp("c").syn().seq(0)).within(secs(8)).why("set-up: and lost again");
                s.setup_done();
                s.inject(s.tcp("c").syn_ack());
                s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1));
                s.send_data("c", 0, 5_000);
                s.expect(s.tcp("c").data_at(0, MSS)).why("data flows");
                s.silence_for(beyond(s, 1), ms(100));
            }),
        case("tcp.congestion.idle-restart")
            .title("After an idle time longer than the timeout no more than the restart window is sent at once")
            .should()
            .required(&["RFC5681-4.1-1"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).mss = Some(MSS as u16);
                s.established_passive("c");
                s.send_data("c", 0, 30_000);
                s.receive("c", 30_000).within(secs(20)).why("set-up: the window grows");
                s.setup_done();
                s.advance(secs(10));
                s.forget();
                s.send_data("c", 30_000, 20_000);
                s.expect(s.tcp("c").data_at(30_000, MSS)).why("data flows");
                s.silence_for(beyond(s, 60 + 10), ms(100)).why("ten segments at most");
            }),
    ]
}
