//! Ends without order: aborts by the application, and data that nobody will read. Read first: RFC 9293 3.6.1, 3.10.5,
//! RFC 2525 2.17.

use super::common::{acks, gone, listener_works, state_param};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        linger_zero(),
        linger_zero_late(),
        linger_zero_with_data(),
        unread_data(),
        data_after_close(),
        read_data(),
        no_more(),
    ]
}

/// The states in which an abort sends a RST, where there is a socket to abort.
const ABORTABLE: &[State] = &[State::Established, State::FinWait1, State::FinWait2, State::CloseWait];

fn aborts(s: &mut Scene) {
    s.set_option("c", SocketOption::Linger(Some(0)));
    s.close("c");
}

fn linger_zero() -> Case {
    case("tcp.abort.linger-zero")
        .title("A close with a linger time of zero aborts: a RST with SND.NXT, no FIN, and the connection is gone")
        .required(&["RFC9293-WP-19"])
        .both_families()
        .param("state", &State::slugs(ABORTABLE))
        .build(|s| {
            let state = state_param(s);
            s.in_state("c", state);
            s.setup_done();
            aborts(s);
            s.expect(s.tcp("c").any_rst().seq_next(0)).why("<SEQ=SND.NXT><CTL=RST>");
            let span = super::common::rto_bound(s);
            s.silence_for(s.tcp("c"), span).why("nothing is left to send or to send again");
            gone(s, "c");
        })
}

fn linger_zero_late() -> Case {
    case("tcp.abort.when-both-have-closed")
        .title("An abort in CLOSING or LAST-ACK deletes the connection: its FIN is not sent again")
        .required(&["RFC9293-WP-19"])
        .both_families()
        .param("state", &State::slugs(&[State::Closing, State::LastAck]))
        .build(|s| {
            let state = state_param(s);
            s.in_state("c", state);
            s.setup_done();
            aborts(s);
            let span = super::common::rto_bound(s) * 2;
            s.silence_for(s.tcp("c").flags_with("F"), span);
            gone(s, "c");
        })
}

fn linger_zero_with_data() -> Case {
    case("tcp.abort.flushes-unsent-data")
        .title("An abort throws away what is not acknowledged: nothing of it is sent again after the RST")
        .required(&["RFC9293-WP-19"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.send_data("c", 0, 1_000);
            s.expect(s.tcp("c").seq(1).payload_len(1..=1_000));
            aborts(s);
            s.expect(s.tcp("c").any_rst().seq(1..=1_001));
            let span = super::common::rto_bound(s) * 2;
            s.silence_for(s.tcp("c"), span);
            gone(s, "c");
        })
}

fn unread_data() -> Case {
    case("tcp.abort.close-with-unread-data")
        .title("A close while received data is unread sends a RST instead of a FIN: data was lost")
        .should()
        .required(&["RFC9293-SHLD-3"])
        .both_families()
        .param("read", &["nothing", "a-part"])
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.inject(s.tcp("c").ack().data(100));
            s.expect(acks(s, "c").ack_number(101));
            if s.param("read") == "a-part" {
                s.expect_data("c", 0, 60);
            }
            s.close("c");
            let fin = s.tcp("c").flags_with("F");
            s.expect(s.tcp("c").any_rst().seq(1)).forbid(fin);
            gone(s, "c");
        })
}

fn data_after_close() -> Case {
    case("tcp.abort.data-after-close")
        .title("Data that arrives after the application has closed, and nobody can read, is answered by a RST")
        .should()
        .required(&["RFC9293-SHLD-3", "RFC9293-MAY-1"])
        .both_families()
        .param("fin", &["unacknowledged", "acknowledged"])
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.close("c");
            s.expect(s.tcp("c").fin().seq(1).ack_number(1));
            let acked = if s.param("fin") == "acknowledged" { 2 } else { 1 };
            s.inject(s.tcp("c").ack().ack_number(acked));
            s.inject(s.tcp("c").ack().ack_number(acked).payload("too late")).after(ms(50));
            s.expect(s.tcp("c").any_rst());
            gone(s, "c");
        })
}

fn read_data() -> Case {
    case("tcp.abort.close-after-reading-all")
        .title("A close after all data was read is orderly: FIN, no RST")
        .required(&["RFC9293-WP-15", "RFC9293-WP-6"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.inject(s.tcp("c").ack().data(100));
            s.expect(acks(s, "c").ack_number(101));
            s.expect_data("c", 0, 100);
            s.close("c");
            let rst = s.tcp("c").any_rst();
            s.expect(s.tcp("c").fin().seq(1).ack_number(101)).forbid(rst);
            s.inject(s.tcp("c").fin().ack_number(2));
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(102));
        })
}

fn no_more() -> Case {
    case("tcp.abort.same-sockets-anew")
        .title("After an abort there is no TIME-WAIT that keeps a new connection of the same sockets out")
        .required(&["RFC9293-WP-19"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            aborts(s);
            s.expect(s.tcp("c").any_rst().seq(1));
            s.reopen("c", 0x0fff_0000);
            s.handshake("c").why("a lower sequence number than any before");
            s.accept("c.listener", "again");
            listener_works(s, "c.listener", 80);
        })
}
