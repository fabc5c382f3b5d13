//! SYN in a synchronized state, and the limit on challenge ACKs. Read first: RFC 5961 4.2 and 7, RFC 9293 3.10.7.4
//! (fourth check).

use super::common::{BEFORE_TIME_WAIT, alive, data_flows, expect_current_ack, state_param};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![outside(), in_window(), throttled(), throttle_leaves_the_rest()]
}

fn syn(s: &Scene, place: &str) -> PacketSpec {
    let packet = s.tcp("c").ack_number(Field::Una(0)).untracked();
    match place {
        "first-number" => packet.seq(0),
        "left" => packet.seq_next(-1_000),
        "next" => packet.seq_next(0),
        "in-window" => packet.seq_next(1_000),
        _ => packet.seq_edge(1_000),
    }
}

fn challenged(s: &mut Scene) {
    let state = state_param(s);
    s.in_state("c", state);
    s.setup_done();
    let (place, flags) = (s.param("place").to_owned(), s.param("flags").to_owned());
    s.inject(syn(s, &place).flags(&flags));
    expect_current_ack(s, "c", "the challenge ACK");
    alive(s, "c", state);
}

fn outside() -> Case {
    case("tcp.challenge.syn-outside-window")
        .title("A SYN outside the window is answered by <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, and the connection lives")
        .required(&["RFC9293-WP-4", "RFC5961-4.2-2", "RFC5961-4.2-3"])
        .both_families()
        .param("state", &State::slugs(BEFORE_TIME_WAIT))
        .param("place", &["first-number", "left", "right"])
        .param("flags", &["S", "SA"])
        .build(challenged)
}

fn in_window() -> Case {
    case("tcp.challenge.syn-in-window")
        .title("A SYN in the window is answered by a challenge ACK, and the connection lives")
        .should()
        .required(&["RFC5961-4.2-2", "RFC5961-4.2-3"])
        .both_families()
        .param("state", &State::slugs(BEFORE_TIME_WAIT))
        .param("place", &["next", "in-window"])
        .param("flags", &["S", "SA"])
        .build(challenged)
}

/// How many segments that ask for a challenge ACK are sent at once.
const MANY: usize = 100;

fn provoke(s: &mut Scene, what: &str) {
    for number in 0..MANY as i64 {
        let packet = s.tcp("c").untracked().seq_next(100 + number);
        s.inject(if what == "rst" { packet.rst() } else { packet.syn() });
    }
    s.advance(ms(500));
}

fn throttled() -> Case {
    case("tcp.challenge.throttled")
        .title("Challenge ACKs are limited in rate: a hundred RSTs or SYNs in the window at once are not all answered")
        .should()
        .required(&["RFC5961-7-2"])
        .both_families()
        .param("segment", &["rst", "syn"])
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            let what = s.param("segment").to_owned();
            provoke(s, &what);
            s.count(s.tcp("c").pure_ack().seq(1).ack_number(1), 1, MANY - 1);
            s.count(s.tcp("c").any_rst(), 0, 0);
        })
}

fn throttle_leaves_the_rest() -> Case {
    case("tcp.challenge.throttle-leaves-data")
        .title("A flood of RSTs or SYNs in the window, answered or not, does not keep data and its ACKs from flowing")
        .should()
        .required(&["RFC5961-3.2-4", "RFC5961-4.2-3"])
        .both_families()
        .param("segment", &["rst", "syn"])
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            let what = s.param("segment").to_owned();
            provoke(s, &what);
            s.forget();
            data_flows(s, "c");
        })
}
