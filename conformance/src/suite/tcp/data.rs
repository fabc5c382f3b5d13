//! Data in both directions: order, overlap, acknowledgment, PSH, urgent. Read first: RFC 9293 3.4, 3.8.4 to
//! 3.8.6, 3.10.7.4, RFC 5681 4.2.

use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("tcp.data.delivered-in-order")
            .title("Segments that arrive out of order are delivered in order")
            .should()
            .required(&["RFC9293-SHLD-31"])
            .both_families()
            .param("order", &["10", "120", "201", "210", "3210", "1302", "43210"])
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                let order: Vec<u64> = s.param("order").bytes().map(|digit| u64::from(digit - b'0')).collect();
                for index in &order {
                    let offset = index * 100;
                    s.inject(s.tcp("c").ack().seq(1 + offset as i64).data_at(offset, 100).untracked());
                }
                s.expect_data("c", 0, order.len() * 100);
                s.expect(s.tcp("c").flags_with("A").ack_number(1 + 100 * order.len() as i64))
                    .why("all of it is acknowledged");
            }),
        case("tcp.data.nothing-before-the-gap-is-filled")
            .title("Data behind a gap is not delivered before the gap is filled")
            .required(&["RFC9293-WP-14"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().seq(101).data_at(100, 100).untracked());
                s.expect(s.tcp("c").flags_with("A").ack_number(1));
                s.expect_no_data("c");
                s.inject(s.tcp("c").ack().seq(1).data_at(0, 100).untracked());
                s.expect_data("c", 0, 100);
            }),
        case("tcp.data.gap-acknowledged-at-once")
            .title("A segment above a gap is answered by a duplicate ACK at once")
            .should()
            .required(&["RFC5681-3.2-1", "RFC5681-4.2-8", "RFC5681-4.2-9", "RFC9293-MAY-13"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                for index in 1..=3_u64 {
                    let offset = index * 100;
                    s.inject(s.tcp("c").ack().seq(1 + offset as i64).data_at(offset, 100).untracked());
                    s.expect(s.tcp("c").pure_ack().ack_number(1)).within(ms(20));
                }
            }),
        case("tcp.data.filled-gap-acknowledged-at-once")
            .title("A segment that fills a gap is acknowledged at once, with all that was queued")
            .should()
            .required(&["RFC5681-3.2-2", "RFC5681-4.2-10", "RFC9293-MUST-59"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().seq(101).data_at(100, 100).untracked());
                s.expect(s.tcp("c").pure_ack().ack_number(1)).within(ms(20)).why("a duplicate ACK");
                s.inject(s.tcp("c").ack().seq(1).data_at(0, 100).untracked());
                s.expect(s.tcp("c").flags_with("A").ack_number(201)).within(ms(20)).next();
            }),
        case("tcp.data.acknowledged-within-half-a-second")
            .title("A lone segment is acknowledged within half a second")
            .required(&["RFC9293-MUST-40", "RFC5681-4.2-3", "RFC5681-4.2-7"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().data(10)).label("data");
                s.expect(s.tcp("c").flags_with("A").ack_next(0)).between_from("data", us(0), ms(500));
            }),
        case("tcp.data.acks-are-delayed")
            .title("Whether the ACK of a lone small segment is delayed (a recommendation that quick-ACK phases soften)")
            .observed()
            .required(&["RFC9293-SHLD-18", "RFC5681-4.2-1"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().data(10)).label("data");
                s.expect(s.tcp("c").flags_with("A").ack_next(0)).between_from("data", ms(2), ms(500));
            }),
        case("tcp.data.every-second-segment-acknowledged")
            .title("Two full-sized segments are acknowledged without delay")
            .should()
            .required(&["RFC9293-SHLD-19", "RFC5681-4.2-3"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                let mss = s.target_mss();
                for pair in 0..3_u64 {
                    s.inject(s.tcp("c").ack().data_at(pair * 2 * mss as u64, mss));
                    s.inject(s.tcp("c").ack().data_at((pair * 2 + 1) * mss as u64, mss));
                    s.expect(s.tcp("c").flags_with("A").ack_next(0)).within(ms(20));
                }
            }),
        case("tcp.data.one-ack-per-segment")
            .title("A segment causes one ACK at most")
            .required(&["RFC5681-4.2-11", "RFC9293-MUST-58"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                for index in 0..5_u64 {
                    s.inject(s.tcp("c").ack().data_at(index * 100, 100));
                    s.advance(ms(600));
                }
                s.count(s.tcp("c").pure_ack(), 1, 5);
            }),
        case("tcp.data.blind-data-with-old-ack-refused")
            .title("Whether data whose ACK is far below SND.UNA (blind injection) is refused with an ACK")
            .observed()
            .required(&["RFC5961-5.2-3", "RFC9293-MAY-12"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().ack_number(-200_000).payload("blind").untracked());
                s.expect(s.tcp("c").pure_ack().ack_number(1));
                s.expect_no_data("c");
            }),
        case("tcp.data.duplicate-acknowledged-not-delivered-twice")
            .title("A segment that comes again is acknowledged and not delivered again")
            .required(&["RFC9293-WP-4"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.inject(s.tcp("c").ack().payload("once"));
                s.expect_bytes("c", "once").why("set-up: it is delivered");
                s.expect(s.tcp("c").flags_with("A").ack_number(5)).why("set-up: it is acknowledged");
                s.setup_done();
                s.inject(s.tcp("c").ack().seq(1).payload("once").untracked());
                s.expect(s.tcp("c").flags_with("A").ack_number(5));
                s.expect_no_data("c");
            }),
        case("tcp.data.overlap-trimmed")
            .title("A segment that overlaps what was received is trimmed, and its new part is delivered")
            .should()
            .required(&["RFC9293-WP-14"])
            .both_families()
            .param("overlap", &["left", "right", "both"])
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                match s.param("overlap") {
                    "left" => {
                        s.inject(s.tcp("c").ack().seq(1).data_at(0, 100).untracked());
                        s.inject(s.tcp("c").ack().seq(51).data_at(50, 100).untracked());
                        s.expect_data("c", 0, 150);
                    }
                    "right" => {
                        s.inject(s.tcp("c").ack().seq(101).data_at(100, 100).untracked());
                        s.inject(s.tcp("c").ack().seq(1).data_at(0, 150).untracked());
                        s.expect_data("c", 0, 200);
                    }
                    _ => {
                        s.inject(s.tcp("c").ack().seq(101).data_at(100, 100).untracked());
                        s.inject(s.tcp("c").ack().seq(1).data_at(0, 300).untracked());
                        s.expect_data("c", 0, 300);
                    }
                }
            }),
        case("tcp.data.bad-checksum-dropped")
            .title("A segment with a wrong checksum is dropped: not delivered, not acknowledged")
            .required(&["RFC9293-MUST-3"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().payload("broken").bad_checksum().untracked());
                s.silence_for(s.tcp("c").flags_with("A").ack_number(7), ms(600));
                s.expect_no_data("c");
                s.inject(s.tcp("c").ack().payload("whole!"));
                s.expect_bytes("c", "whole!");
            }),
        case("tcp.data.bad-checksum-of-reset-ignored")
            .title("A RST with a wrong checksum does not reset")
            .required(&["RFC9293-MUST-3"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").rst().bad_checksum().untracked());
                s.inject(s.tcp("c").ack().payload("alive"));
                s.expect_bytes("c", "alive");
            }),
        case("tcp.data.checksum-of-sent-segments")
            .title("Segments of any length are sent with a right checksum")
            .required(&["RFC9293-MUST-2"])
            .both_families()
            .param("len", &["1", "2", "99", "1000"])
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                let len = s.number("len") as usize;
                s.send_data("c", 0, len);
                s.expect(s.tcp("c").data_at(0, len));
            }),
        case("tcp.data.reserved-bits-zero-and-ignored")
            .title("The reserved bits are zero in what is sent and ignored in what is received")
            .required(&["RFC9293-WP-20"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().payload("reserved").set(FieldId::TcpReserved, 7));
                s.expect_bytes("c", "reserved");
                s.send("c", "clean");
                s.expect(s.tcp("c").payload("clean").set(FieldId::TcpReserved, 0));
            }),
        case("tcp.data.data-offset-checked")
            .title("A segment whose data offset is impossible is dropped without harm")
            .required(&["RFC9293-WP-25"])
            .both_families()
            .param("offset", &["0", "4", "15"])
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                let offset = s.number("offset");
                s.inject(s.tcp("c").ack().no_options().payload("x").set(FieldId::TcpDataOffset, offset).untracked());
                s.expect_no_data("c");
                s.inject(s.tcp("c").ack().payload("fine"));
                s.expect_bytes("c", "fine");
            }),
        case("tcp.data.push-on-last-segment")
            .title("The last segment of what was queued carries PSH")
            .required(&["RFC9293-MUST-61", "RFC9293-MUST-60"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).mss = Some(500);
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 1_000);
                s.expect(s.tcp("c").data_at(500, 500).flags_with("P")).within(secs(1));
            }),
        case("tcp.data.received-without-push-delivered")
            .title("Data without PSH is delivered all the same")
            .required(&["RFC9293-MUST-60"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").flags_exact("A").payload("no push"));
                s.expect_bytes("c", "no push");
            }),
        case("tcp.data.urgent-pointer-sent")
            .title("Urgent data is sent with URG and a pointer to the octet behind it")
            .required(&["RFC9293-MUST-30", "RFC9293-MUST-62"])
            .needs(&[Capability::TcpUrgent])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.call("c", Verb::SendUrgent(DataSpec::Bytes("!".into())), Expected::Ok);
                s.expect(s.tcp("c").flags_with("U").seq(1).urgent(1).payload("!"));
            }),
        case("tcp.data.urgent-received")
            .title("An octet of urgent data is read out of band, the rest of the stream goes on")
            .required(&["RFC9293-MUST-30", "RFC6093-5-2"])
            .needs(&[Capability::TcpUrgent])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                // The pointer names the octet behind the urgent data: `!` is the third octet.
                s.inject(s.tcp("c").flags("PAU").urgent(3).payload("ab!cd"));
                s.call("c", Verb::RecvUrgent(1), Expected::Data(DataSpec::Bytes("!".into()))).within(secs(1));
            }),
        case("tcp.data.urgent-pointer-without-flag-ignored")
            .title("An urgent pointer without URG means nothing")
            .required(&["RFC9293-MUST-30"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").ack().urgent(3).flags_exact("PA").payload("plain"));
                s.expect_bytes("c", "plain");
            }),
        case("tcp.data.urgent-pointer-beyond-data-harmless")
            .title("An urgent pointer far beyond the data does no harm")
            .required(&["RFC9293-MUST-31"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.inject(s.tcp("c").flags("PAU").urgent(60_000).payload("data"));
                s.advance(ms(600));
                s.inject(s.tcp("c").ack().payload("more"));
                s.expect(s.tcp("c").flags_with("A").ack_number(9)).why("the connection goes on");
            }),
        case("tcp.data.both-directions-at-once")
            .title("Data flows in both directions, and ACKs ride on it")
            .required(&["RFC9293-MUST-58"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                for turn in 0..5_u64 {
                    s.inject(s.tcp("c").ack().data_at(turn * 50, 50));
                    s.send_data("c", turn * 80, 80);
                    s.expect(s.tcp("c").data_at(turn * 80, 80).ack_next(0));
                    s.inject(s.tcp("c").ack());
                }
                s.expect_data("c", 0, 250);
            }),
    ]
}
