//! Segments of the handshake are lost. Read first: RFC 6298 2 and 5 (timer), RFC 9293 3.8.3 (giving up), 3.10.4.

use std::net::SocketAddr;

use super::common::data_flows;
use crate::suite::prelude::*;
use crate::target::Duration;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![syn_again(), syn_ack_again(), backoff(), ack_lost(), give_up(), closed_meanwhile()]
}

/// The greatest first RTO that a case waits for: a larger one than the declared would be the target's to declare.
fn patience(s: &Scene) -> Duration {
    s.profile().rto_initial * 3 / 2
}

/// Waits for the same SYN or SYN,ACK again, one RTO after the labelled one.
fn again(s: &mut Scene, packet: PacketSpec, from: &str, label: &str) {
    let (least, most) = (s.profile().rto_initial, patience(s));
    s.expect(packet).between_from(from, least, most).label(label).why("RFC6298-2-1: one RTO later");
}

fn syn_again() -> Case {
    case("tcp.handshake-loss.syn-again")
        .title("An unanswered SYN is sent again after one RTO, not earlier, with the same number; the second try can succeed")
        .required(&["RFC9293-MUST-22", "RFC6298-5-1", "RFC6298-1-2", "RFC9293-WP-18"])
        .both_families()
        .build(|s| {
            s.setup_done();
            s.connect("c");
            again(s, s.tcp("c").syn().seq(0).no_payload(), "c.syn", "second");
            s.inject(s.tcp("c").syn_ack());
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1));
            let peer = SocketAddr::new(s.tester(), s.flow_mut("c").tester_port);
            s.call("c", Verb::Connect(peer), Expected::Ok).within(secs(2));
            data_flows(s, "c");
        })
}

fn syn_ack_again() -> Case {
    case("tcp.handshake-loss.syn-ack-again")
        .title("An unacknowledged SYN,ACK is sent again after one RTO with the same numbers; its ACK then opens the connection")
        .required(&["RFC9293-MUST-22", "RFC6298-5-1", "RFC6298-1-2", "RFC9293-WP-18"])
        .both_families()
        .build(|s| {
            s.listen_for("c");
            s.setup_done();
            s.inject(s.tcp("c").syn());
            s.expect(s.tcp("c").syn_ack().seq(0).ack_number(1)).label("first");
            again(s, s.tcp("c").syn_ack().seq(0).ack_number(1), "first", "second");
            s.inject(s.tcp("c").ack());
            s.accept("c.listener", "c");
            s.silence(s.tcp("c").flags_with("S")).why("no third one");
            data_flows(s, "c");
        })
}

fn backoff() -> Case {
    case("tcp.handshake-loss.backoff")
        .title("The time between transmissions of a SYN or SYN,ACK doubles each time")
        .required(&["RFC6298-5-3", "RFC9293-MUST-19", "RFC9293-MUST-22"])
        .both_families()
        .param("segment", &["syn", "syn-ack"])
        .build(|s| {
            s.flow("c", 80);
            let packet = if s.param("segment") == "syn" {
                s.setup_done();
                s.connect("c").label("first");
                s.tcp("c").syn().seq(0)
            } else {
                s.listen_for("c");
                s.setup_done();
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack().seq(0)).label("first");
                s.tcp("c").syn_ack().seq(0)
            };
            again(s, packet.clone(), "first", "second");
            let bound = patience(s) * 3;
            s.expect(packet).within(bound).label("third");
            // Clocks of stacks are coarse, half a second at most (RFC 9293 3.8.1 leaves the granularity open).
            let labels = ["first", "second", "third"].map(str::to_owned).to_vec();
            s.check(Check::Backoff { labels, min_percent: 180, max_percent: 230 });
        })
}

fn ack_lost() -> Case {
    case("tcp.handshake-loss.ack-of-syn-ack-lost")
        .title(
            "A lost third segment costs nothing: the SYN comes again, is answered again, and the handshake completes",
        )
        .required(&["RFC9293-WP-18", "RFC9293-WP-4"])
        .both_families()
        .build(|s| {
            s.listen_for("c");
            s.setup_done();
            s.drop_frames(s.tcp("c").syn_ack(), 1, 1).why("the first SYN,ACK is lost");
            s.inject(s.tcp("c").syn());
            s.inject(s.tcp("c").syn().seq(0).untracked()).after(ms(200)).why("the tester sends its SYN again");
            let bound = patience(s);
            s.expect(s.tcp("c").syn_ack().seq(0).ack_number(1)).within(bound);
            s.inject(s.tcp("c").ack());
            s.accept("c.listener", "c");
            data_flows(s, "c");
        })
}

fn give_up() -> Case {
    case("tcp.handshake-loss.syn-give-up")
        .title("An unanswered connect is retried for at least three minutes; given up, it fails with a timeout and leaves nothing behind")
        .required(&["RFC9293-MUST-23", "RFC9293-MUST-22"])
        .needs(&[Capability::LongWaits])
        .both_families()
        .build(|s| {
            s.setup_done();
            s.connect("c");
            let peer = SocketAddr::new(s.tester(), s.flow_mut("c").tester_port);
            s.advance(secs(60));
            s.forget();
            s.expect(s.tcp("c").syn().seq(0)).within(secs(120)).why("tries go on beyond the first minute");
            s.call("c", Verb::Connect(peer), Expected::Pending)
                .at(crate::target::Instant::ZERO + secs(179))
                .why("RFC9293-MUST-23: three minutes are not over");
            if s.profile().syn_retries != u32::MAX {
                let timed_out = Scene::errno(&[Errno::TimedOut]);
                s.call("c", Verb::Connect(peer), timed_out).within(secs(3_600)).why("R2 of the SYN is over");
                s.forget();
                s.silence_for(s.tcp("c"), secs(300)).why("the attempt is over");
                s.inject(s.tcp("c").syn_ack());
                s.expect(s.tcp("c").rst().seq(1)).why("a late SYN,ACK meets no connection");
            }
        })
}

fn closed_meanwhile() -> Case {
    case("tcp.handshake-loss.closed-in-syn-sent")
        .title("A close in SYN-SENT deletes the connection: no more SYNs, and a late SYN,ACK is answered by a reset")
        .required(&["RFC9293-WP-22", "RFC9293-WP-1"])
        .both_families()
        .build(|s| {
            s.connect("c");
            s.setup_done();
            s.close("c");
            let span = patience(s);
            s.silence_for(s.tcp("c").flags_with("S"), span).why("nothing is left to retransmit");
            s.inject(s.tcp("c").syn_ack());
            s.expect(s.tcp("c").rst().seq(1));
        })
}
