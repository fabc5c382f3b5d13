//! Half-closed connections: one direction goes on after the other has ended. Read first: RFC 9293 3.6 and 3.6.1.

use super::common::{acks, data_flows, gone};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![receives(), out_of_order(), sends(), sends_much(), waits_in_fin_wait_2(), waits_in_close_wait(), both_halves()]
}

fn receives() -> Case {
    case("tcp.half-close.receives")
        .title("After its own FIN a host goes on receiving: data is acknowledged and read, then the end of file")
        .required(&["RFC9293-WP-10"])
        .both_families()
        .param("state", &State::slugs(&[State::FinWait1, State::FinWait2]))
        .build(|s| {
            let state = super::common::state_param(s);
            s.in_state("c", state);
            s.setup_done();
            // In FIN-WAIT-1 the tester goes on not acknowledging the FIN.
            let acked = if state == State::FinWait1 { 1 } else { 2 };
            for (number, len) in [(1, 10), (11, 1_000), (1_011, 1)] {
                s.inject(s.tcp("c").ack().seq(number).ack_number(acked).data(len));
            }
            let rst = s.tcp("c").any_rst();
            s.expect(acks(s, "c").ack_number(1_012)).forbid(rst);
            s.expect_data("c", 0, 1_011);
            s.inject(s.tcp("c").fin().ack_number(2));
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(1_013));
            s.expect_eof("c");
        })
}

fn out_of_order() -> Case {
    case("tcp.half-close.receives-in-order")
        .title("After its own FIN a host still puts data in order: a gap is acknowledged as one and filled")
        .required(&["RFC9293-WP-10"])
        .both_families()
        .build(|s| {
            s.in_state("c", State::FinWait2);
            s.setup_done();
            s.inject(s.tcp("c").ack().seq(101).data(100)).why("the second hundred first");
            s.silence(s.tcp("c").ack_number(2..=300));
            s.expect_no_data("c");
            s.inject(s.tcp("c").ack().seq(1).data(100));
            s.expect(acks(s, "c").ack_number(one_of([101, 201])));
            s.inject(s.tcp("c").ack().seq(101).data(100)).why("again, if it was not kept");
            s.expect(acks(s, "c").ack_number(201));
            s.expect_data("c", 0, 200);
        })
}

fn sends() -> Case {
    case("tcp.half-close.sends")
        .title("In CLOSE-WAIT a host goes on sending, retransmits what is lost, and closes when the application does")
        .required(&["RFC9293-WP-10", "RFC9293-WP-18"])
        .both_families()
        .build(|s| {
            s.in_state("c", State::CloseWait);
            s.setup_done();
            s.send_data("c", 0, 100);
            s.expect(s.tcp("c").ack().seq(1).ack_number(2).data(100));
            let bound = super::common::rto_bound(s);
            s.expect(s.tcp("c").ack().seq(1).ack_number(2).data(100)).within(bound).why("not acknowledged: again");
            s.inject(s.tcp("c").ack());
            s.send_data("c", 100, 50);
            s.expect(s.tcp("c").ack().seq(101).ack_number(2).data(50));
            s.inject(s.tcp("c").ack());
            s.close("c");
            s.expect(s.tcp("c").fin().seq(151).ack_number(2));
            s.inject(s.tcp("c").ack());
            gone(s, "c");
        })
}

fn sends_much() -> Case {
    case("tcp.half-close.answers-after-the-request-ended")
        .title("A whole answer can follow the end of the request, and ends with the FIN")
        .required(&["RFC9293-WP-10", "RFC9293-WP-15"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.inject(s.tcp("c").fin().data(400));
            s.expect(acks(s, "c").ack_number(402));
            s.expect_data("c", 0, 400);
            s.expect_eof("c");
            s.send_data("c", 0, 20_000).within(secs(5));
            s.receive("c", 20_000);
            s.close("c");
            s.expect(s.tcp("c").fin().seq(20_001).ack_number(402));
            s.inject(s.tcp("c").ack());
            gone(s, "c");
            s.check(Check::StreamEquals { flow: "c".to_owned(), from: 0, len: 20_000 });
        })
}

fn waits_in_fin_wait_2() -> Case {
    case("tcp.half-close.fin-wait-2-lasts")
        .title("A connection that an application still reads stays in FIN-WAIT-2 for as long as the peer is silent")
        .required(&["RFC9293-WP-10"])
        .needs(&[Capability::LongWaits])
        .both_families()
        .build(|s| {
            s.in_state("c", State::FinWait2);
            s.setup_done();
            s.silence_for(s.tcp("c"), secs(1_800));
            data_flows(s, "c");
        })
}

fn waits_in_close_wait() -> Case {
    case("tcp.half-close.close-wait-lasts")
        .title("A connection stays in CLOSE-WAIT until the application closes it, however long that takes")
        .required(&["RFC9293-WP-10"])
        .needs(&[Capability::LongWaits])
        .both_families()
        .build(|s| {
            s.in_state("c", State::CloseWait);
            s.setup_done();
            s.silence_for(s.tcp("c"), secs(1_800));
            s.send("c", "still here");
            s.expect(s.tcp("c").ack().seq(1).ack_number(2).payload("still here"));
        })
}

fn both_halves() -> Case {
    case("tcp.half-close.acknowledgments-go-on")
        .title("After its own FIN a host still takes acknowledgments of data that it sent before")
        .required(&["RFC9293-WP-10", "RFC9293-WP-15"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.send_data("c", 0, 300);
            s.shutdown_write("c");
            s.receive("c", 300).acks(AckPolicy::None);
            s.inject(s.tcp("c").ack().ack_number(101)).why("the first hundred");
            let bound = super::common::rto_bound(s) * 2;
            s.expect(s.tcp("c").seq(101).payload_len(1..=200))
                .within(bound)
                .why("the rest is sent again, and nothing older");
            s.inject(s.tcp("c").fin().ack_number(302)).why("data and FIN are acknowledged");
            s.expect(s.tcp("c").pure_ack().seq(302).ack_number(2));
        })
}
