//! Closing in order: FIN both ways, its numbers, its losses. Read first: RFC 9293 3.6 (figures 12 and 13), 3.10.4,
//! 3.10.7.4 (eighth check).

use super::common::{acknowledges, acks, current_ack, data_flows, gone, rto_bound};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        active(),
        passive(),
        simultaneous(),
        fin_with_ack_of_fin(),
        fin_after_data(),
        eof_after_data(),
        fin_before_data(),
        fin_retransmitted(),
        data_and_fin_retransmitted(),
        ack_of_last_fin_lost(),
        ends_without_time_wait(),
        send_after_close(),
        close_twice(),
        not_accepted_yet(),
    ]
}

fn established(s: &mut Scene) {
    s.established_passive("c");
    s.setup_done();
}

/// The application closes in the way of the parameter `call`.
fn closes(s: &mut Scene) {
    if s.param("call") == "close" {
        s.close("c");
    } else {
        s.shutdown_write("c");
    }
}

fn active() -> Case {
    case("tcp.teardown.active-close")
        .title("Figure 12, peer A: FIN, ACK of the other FIN with its number, TIME-WAIT")
        .required(&["RFC9293-WP-6", "RFC9293-MUST-13"])
        .both_families()
        .param("call", &["close", "shutdown"])
        .param("opened", &["passive", "active"])
        .build(|s| {
            if s.param("opened") == "passive" {
                s.established_passive("c");
            } else {
                s.established_active("c");
            }
            s.setup_done();
            closes(s);
            s.expect(s.tcp("c").fin().seq(1).ack_number(1).no_payload()).why("line 2");
            s.inject(s.tcp("c").ack().seq(1).ack_number(2)).why("line 3");
            s.inject(s.tcp("c").fin().seq(1).ack_number(2)).after(ms(100)).why("line 4");
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(2)).why("line 5");
            s.silence(s.tcp("c")).why("both directions are closed");
            s.inject(s.tcp("c").fin().seq(1).ack_number(2).untracked()).after(secs(1));
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(2)).why("TIME-WAIT is there");
        })
}

fn passive() -> Case {
    case("tcp.teardown.passive-close")
        .title("Figure 12, peer B: FIN acknowledged, CLOSE-WAIT until the application closes, FIN, and its ACK ends the connection")
        .required(&["RFC9293-WP-6", "RFC9293-WP-10"])
        .both_families()
        .param("call", &["close", "shutdown"])
        .build(|s| {
            established(s);
            s.inject(s.tcp("c").fin().seq(1).ack_number(1)).why("line 2");
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(2)).why("line 3");
            s.expect_eof("c");
            s.silence_for(s.tcp("c"), secs(2)).why("a FIN waits until the application has closed");
            closes(s);
            s.expect(s.tcp("c").fin().seq(1).ack_number(2)).why("line 4");
            s.inject(s.tcp("c").ack().seq(2).ack_number(2)).why("line 5");
            s.silence(s.tcp("c"));
            gone(s, "c");
        })
}

fn simultaneous() -> Case {
    case("tcp.teardown.simultaneous-close")
        .title("Figure 13: FINs cross, each is acknowledged, CLOSING ends in TIME-WAIT")
        .required(&["RFC9293-WP-11", "RFC9293-WP-6"])
        .both_families()
        .param("call", &["close", "shutdown"])
        .build(|s| {
            established(s);
            closes(s);
            s.expect(s.tcp("c").fin().seq(1).ack_number(1)).why("line 2");
            s.inject(s.tcp("c").fin().seq(1).ack_number(1)).why("line 2, the other way");
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(2)).why("line 3");
            s.inject(s.tcp("c").ack().seq(2).ack_number(2)).why("line 3, the other way");
            let span = rto_bound(s);
            s.silence_for(s.tcp("c"), span).why("the FIN is acknowledged and not repeated");
            s.inject(s.tcp("c").fin().seq(1).ack_number(2).untracked());
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(2)).why("TIME-WAIT is there");
        })
}

fn fin_with_ack_of_fin() -> Case {
    case("tcp.teardown.fin-acknowledges-fin")
        .title("A FIN that acknowledges the target's FIN leads from FIN-WAIT-1 to TIME-WAIT at once")
        .required(&["RFC9293-WP-6"])
        .both_families()
        .param("data", &["0", "300"])
        .build(|s| {
            established(s);
            let len = s.number("data") as usize;
            s.shutdown_write("c");
            s.expect(s.tcp("c").fin().seq(1).ack_number(1));
            s.inject(s.tcp("c").fin().data(len).seq(1).ack_number(2));
            let end = len as i64 + 2;
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(end));
            if len > 0 {
                s.expect_data("c", 0, len);
            }
            s.expect_eof("c");
            let span = rto_bound(s);
            s.silence_for(s.tcp("c").fin(), span).why("the FIN is acknowledged");
            s.inject(s.tcp("c").fin().seq(end - 1).ack_number(2).untracked());
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(end)).why("TIME-WAIT is there");
        })
}

fn fin_after_data() -> Case {
    case("tcp.teardown.data-before-fin")
        .title("What was written before the close is sent before the FIN, which counts after the last byte")
        .required(&["RFC9293-WP-15", "RFC9293-WP-6"])
        .both_families()
        .param("call", &["close", "shutdown"])
        .param("len", &["5", "4000"])
        .build(|s| {
            established(s);
            let len = s.number("len") as usize;
            s.send_data("c", 0, len);
            closes(s);
            s.receive("c", len);
            let end = len as i64 + 1;
            s.check(Check::StreamEquals { flow: "c".to_owned(), from: 0, len });
            // The FIN may have come with the last byte or after it: its number is what counts.
            s.inject(s.tcp("c").fin().ack_number(end + 1)).after(ms(50));
            s.expect(s.tcp("c").pure_ack().seq(end + 1).ack_number(2)).why("the FIN had the number after the data");
            s.count(s.tcp("c").fin(), 1, 100).why("and it was sent");
        })
}

fn eof_after_data() -> Case {
    case("tcp.teardown.end-of-file-after-data")
        .title("A FIN on the last data is acknowledged with it; the application reads all data, then end of file, again and again")
        .required(&["RFC9293-WP-6"])
        .both_families()
        .param("fin", &["on-data", "alone"])
        .build(|s| {
            established(s);
            s.inject(s.tcp("c").ack().data(100));
            if s.param("fin") == "on-data" {
                s.inject(s.tcp("c").fin().data(50));
            } else {
                s.inject(s.tcp("c").ack().data(50));
                s.inject(s.tcp("c").fin());
            }
            s.expect(acks(s, "c").ack_number(152));
            s.expect_data("c", 0, 150);
            s.expect_eof("c");
            s.expect_eof("c");
        })
}

fn fin_before_data() -> Case {
    case("tcp.teardown.fin-before-its-data")
        .title("A FIN behind a gap is not acknowledged and ends nothing until the gap is filled")
        .required(&["RFC9293-WP-6"])
        .both_families()
        .param("fin", &["alone", "on-data"])
        .build(|s| {
            established(s);
            // Numbers: 10 bytes are late, then 5 that may come with the FIN, then the FIN.
            let early = if s.param("fin") == "on-data" { 5 } else { 0 };
            s.inject(s.tcp("c").fin().seq(11).data(early));
            s.silence(s.tcp("c").ack_number(2..=100)).why("nothing of it is in order");
            s.expect_no_data("c").why("and the end of file is not there");
            s.inject(s.tcp("c").ack().seq(1).data(10)).why("the gap is filled");
            s.expect(acks(s, "c").ack_number(11..=12 + early as i64));
            // A receiver need not keep what came early (SHLD-31): the tester sends it again.
            s.inject(s.tcp("c").fin().seq(11).data(early)).why("the FIN again");
            s.expect(acks(s, "c").ack_number(12 + early as i64));
            s.expect_data("c", 0, 10 + early);
            s.expect_eof("c");
        })
}

fn fin_retransmitted() -> Case {
    case("tcp.teardown.fin-retransmitted")
        .title("An unacknowledged FIN is sent again with the same number, after one RTO, then after twice that, until it is acknowledged")
        .required(&["RFC9293-WP-18", "RFC9293-WP-6", "RFC6298-5-3"])
        .both_families()
        .param("state", &State::slugs(&[State::FinWait1, State::LastAck, State::Closing]))
        .build(|s| {
            let state = super::common::state_param(s);
            s.in_state("c", state);
            s.setup_done();
            let (least, bound) = (s.profile().rto_min, rto_bound(s));
            let fin = s.tcp("c").fin().seq(1).ack_next(0).no_payload();
            s.expect(fin.clone()).between_from("c.fin", least, bound).label("second").why("one RTO later");
            s.expect(fin.clone()).within(bound * 3).label("third");
            let labels = ["c.fin", "second", "third"].map(str::to_owned).to_vec();
            s.check(Check::Backoff { labels, min_percent: 180, max_percent: 230 });
            s.inject(s.tcp("c").ack());
            s.silence_for(fin, bound * 4).why("it is acknowledged");
        })
}

fn data_and_fin_retransmitted() -> Case {
    case("tcp.teardown.data-and-fin-lost")
        .title("Data and FIN that were lost are both sent again, the data first")
        .required(&["RFC9293-WP-18", "RFC9293-WP-15"])
        .both_families()
        .param("call", &["close", "shutdown"])
        .build(|s| {
            established(s);
            s.drop_frames(s.tcp("c").payload_len(1..=65_535), 1, 1).why("the data is lost");
            s.drop_frames(s.tcp("c").flags_with("F").no_payload(), 1, 1).why("so is the FIN, if it is alone");
            s.send_data("c", 0, 200);
            closes(s);
            let bound = rto_bound(s);
            s.expect(s.tcp("c").seq(1).payload_len(200))
                .within(bound)
                .why("the data again, with the FIN or without it");
            s.inject(s.tcp("c").ack().ack_number(201)).why("only the data is acknowledged");
            s.expect(s.tcp("c").fin().seq(201).no_payload()).within(bound * 3).why("the FIN again");
            s.inject(s.tcp("c").fin().ack_number(202));
            s.expect(s.tcp("c").pure_ack().seq(202).ack_number(2));
        })
}

fn ack_of_last_fin_lost() -> Case {
    case("tcp.teardown.ack-of-last-fin-lost")
        .title("In LAST-ACK a lost ACK of the FIN is made up for: the FIN comes again, and its ACK ends the connection")
        .required(&["RFC9293-WP-18", "RFC9293-WP-6"])
        .both_families()
        .param("call", &["close", "shutdown"])
        .build(|s| {
            s.in_state("c", State::CloseWait);
            s.setup_done();
            closes(s);
            s.expect(s.tcp("c").fin().seq(1).ack_number(2));
            let bound = rto_bound(s);
            s.expect(s.tcp("c").fin().seq(1).ack_number(2)).within(bound).why("the FIN again");
            s.inject(s.tcp("c").ack());
            s.silence_for(s.tcp("c"), bound * 3).why("the connection has ended");
            gone(s, "c");
        })
}

fn ends_without_time_wait() -> Case {
    case("tcp.teardown.reopened-after-passive-close")
        .title("Who closed passively has no TIME-WAIT: the same sockets can be connected anew at once")
        .required(&["RFC9293-WP-6"])
        .both_families()
        .build(|s| {
            s.in_state("c", State::LastAck);
            s.setup_done();
            s.inject(s.tcp("c").ack());
            s.silence(s.tcp("c"));
            // A lower sequence number than any of the old connection: TIME-WAIT would refuse it.
            s.reopen("c", 0x0fff_0000);
            s.handshake("c");
            s.accept("c.listener", "again");
            s.inject(s.tcp("c").ack().payload("anew"));
            s.expect(acknowledges(s, "c"));
            s.expect_bytes("again", "anew");
        })
}

fn send_after_close() -> Case {
    case("tcp.teardown.send-after-close")
        .title("After its close an application cannot send: the call fails and no segment carries its data")
        .required(&["RFC9293-WP-23"])
        .both_families()
        .param("state", &State::slugs(&[State::FinWait1, State::FinWait2, State::LastAck]))
        .build(|s| {
            let state = super::common::state_param(s);
            s.in_state("c", state);
            s.setup_done();
            s.call("c", Verb::Send(DataSpec::Bytes(b"late".into())), Scene::errno(&[]))
                .why("error: connection closing");
            s.silence(s.tcp("c").payload_len(1..=65_535));
            if state == State::LastAck {
                s.inject(s.tcp("c").ack());
                gone(s, "c");
            } else {
                data_flows(s, "c");
            }
        })
}

fn close_twice() -> Case {
    case("tcp.teardown.no-second-fin")
        .title("A second shutdown emits no second FIN")
        .required(&["RFC9293-WP-23"])
        .both_families()
        .build(|s| {
            s.in_state("c", State::FinWait2);
            s.setup_done();
            s.call("c", Verb::Shutdown(Shutdown::Write), Expected::Any).why("an error or not: both are right");
            s.silence(s.tcp("c"));
            data_flows(s, "c");
            s.inject(s.tcp("c").fin());
            s.expect(current_ack(s, "c").seq(2)).why("no more than one number was used");
        })
}

fn not_accepted_yet() -> Case {
    case("tcp.teardown.fin-before-accept-then-close")
        .title("A connection whose peer closed before it was accepted closes in order when the application closes it")
        .required(&["RFC9293-WP-6"])
        .both_families()
        .build(|s| {
            s.listen_for("c");
            s.handshake("c");
            s.setup_done();
            s.inject(s.tcp("c").fin());
            s.expect(acks(s, "c").ack_number(2));
            s.accept("c.listener", "c");
            s.close("c");
            let rst = s.tcp("c").any_rst();
            s.expect(s.tcp("c").fin().seq(1).ack_number(2)).forbid(rst);
            s.inject(s.tcp("c").ack());
            gone(s, "c");
        })
}
