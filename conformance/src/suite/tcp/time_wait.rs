//! TIME-WAIT. Read first: RFC 9293 3.6.1 and 3.10.7.4, RFC 6191.

use super::common::{alive, current_ack, expect_current_ack, gone, listener_works, old_segment};
use crate::suite::prelude::*;
use crate::target::Duration;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![lasts(), restarted(), old_syn(), new_syn(), new_syn_with_timestamps(), listener_goes_on(), after_closing()]
}

/// Two maximum segment lifetimes of the target.
fn two_msl(s: &Scene) -> Duration {
    s.profile().msl * 2
}

fn lasts() -> Case {
    case("tcp.time-wait.lasts-two-msl")
        .title("TIME-WAIT lasts for two maximum segment lifetimes, then the connection is gone")
        .required(&["RFC9293-MUST-13", "RFC9293-WP-11"])
        .needs(&[Capability::LongWaits])
        .both_families()
        .param("when", &["before", "after"])
        .param("way", &["fin-wait-2", "closing", "fin-wait-1"])
        .build(|s| {
            match s.param("way") {
                "fin-wait-2" => s.in_state("c", State::TimeWait),
                "closing" => {
                    s.in_state("c", State::Closing);
                    s.inject(s.tcp("c").ack()).why("set-up: the FIN is acknowledged");
                }
                _ => {
                    s.in_state("c", State::FinWait1);
                    s.inject(s.tcp("c").fin()).why("set-up: FIN and acknowledgment of the FIN");
                    s.expect(s.tcp("c").pure_ack().ack_next(0)).why("set-up: TIME-WAIT");
                }
            }
            s.setup_done();
            let span = two_msl(s);
            if s.param("when") == "before" {
                s.advance(span - secs(1));
                s.inject(old_segment(s, "c"));
                expect_current_ack(s, "c", "two lifetimes are not over");
            } else {
                // Clocks of stacks may be coarse, and the time may count from the last segment.
                s.advance(span + secs(2));
                gone(s, "c");
            }
        })
}

fn restarted() -> Case {
    case("tcp.time-wait.restarted-by-fin")
        .title("A repeated FIN in TIME-WAIT is acknowledged and restarts the time")
        .required(&["RFC9293-WP-12"])
        .needs(&[Capability::LongWaits])
        .both_families()
        .build(|s| {
            s.in_state("c", State::TimeWait);
            s.setup_done();
            let most = two_msl(s) * 3 / 4;
            for _ in 0..3 {
                s.advance(most);
                s.inject(s.tcp("c").fin().seq_next(-1).untracked());
                expect_current_ack(s, "c", "the FIN is acknowledged, because TIME-WAIT began anew");
            }
            s.silence(s.tcp("c"));
        })
}

fn old_syn() -> Case {
    case("tcp.time-wait.old-syn")
        .title("A SYN in TIME-WAIT whose number is not beyond the old connection's opens nothing; it is acknowledged as any old segment")
        .required(&["RFC9293-WP-4", "RFC5961-4.2-2"])
        .both_families()
        .param("seq", &["-1000", "0"])
        .build(|s| {
            s.in_state("c", State::TimeWait);
            s.setup_done();
            let seq = s.number("seq");
            s.inject(s.tcp("c").syn().seq(seq).untracked());
            let (syn_ack, rst) = (s.tcp("c").syn_ack(), s.tcp("c").any_rst());
            s.expect(current_ack(s, "c")).forbid(syn_ack).forbid(rst);
            alive(s, "c", State::TimeWait);
        })
}

fn new_syn() -> Case {
    case("tcp.time-wait.new-syn-accepted")
        .title(
            "A SYN in TIME-WAIT beyond the old numbers opens a new connection, whose own number is beyond the old ones",
        )
        .observed()
        .required(&["RFC9293-MAY-2"])
        .both_families()
        .build(|s| {
            s.flow("c", 80);
            s.listen_for("c");
            s.inject(s.tcp("c").syn()).why("set-up: handshake");
            let answer = s.tcp("c").syn_ack().ack_number(1);
            s.expect(answer.clone().set(FieldId::TcpSeqAbsolute, bind("old"))).why("set-up: handshake");
            s.inject(s.tcp("c").ack()).why("set-up: handshake");
            s.accept("c.listener", "c");
            s.shutdown_write("c");
            s.expect(s.tcp("c").fin()).why("set-up: the target closes");
            s.inject(s.tcp("c").fin()).why("set-up: so does the tester");
            s.expect(s.tcp("c").pure_ack().seq(2).ack_number(2)).why("set-up: TIME-WAIT");
            s.setup_done();
            let isn = s.flow_mut("c").isn + 10_000;
            s.reopen("c", isn);
            s.inject(s.tcp("c").syn()).after(ms(500));
            s.expect(answer.set(FieldId::TcpSeqAbsolute, bind("new"))).why("the new connection");
            s.check(Check::Increasing { vars: vec!["old".to_owned(), "new".to_owned()], bits: 32 });
            s.inject(s.tcp("c").ack().payload("anew"));
            s.accept("c.listener", "again");
            s.expect_bytes("again", "anew");
        })
}

fn new_syn_with_timestamps() -> Case {
    case("tcp.time-wait.new-syn-by-timestamps")
        .title("With timestamps a SYN in TIME-WAIT that is newer by its timestamp opens a new connection, whatever its number (RFC 6191)")
        .should()
        .required(&["RFC9293-SHLD-4"])
        .needs(&[Capability::TcpTimestamps])
        .both_families()
        .param("number", &["greater", "smaller"])
        .build(|s| {
            s.flow("c", 80).timestamps = true;
            s.in_state("c", State::TimeWait);
            s.setup_done();
            let old = s.flow_mut("c").isn;
            let isn = if s.param("number") == "greater" { old + 10_000 } else { old - 10_000 };
            s.reopen("c", isn);
            s.inject(s.tcp("c").syn()).after(secs(2)).why("the tester's timestamp clock has moved on");
            s.expect(s.tcp("c").syn_ack().ack_number(1));
            s.inject(s.tcp("c").ack().payload("anew"));
            s.accept("c.listener", "again");
            s.expect_bytes("again", "anew");
        })
}

fn listener_goes_on() -> Case {
    case("tcp.time-wait.listener-goes-on")
        .title("A connection in TIME-WAIT does not keep others from the same port")
        .required(&["RFC9293-MUST-42"])
        .both_families()
        .build(|s| {
            s.in_state("c", State::TimeWait);
            s.setup_done();
            listener_works(s, "c.listener", 80);
            alive(s, "c", State::TimeWait);
        })
}

fn after_closing() -> Case {
    case("tcp.time-wait.ack-not-answered")
        .title("In TIME-WAIT an ACK at RCV.NXT with the last numbers is not answered: two ends do not talk for ever")
        .required(&["RFC9293-WP-12"])
        .both_families()
        .build(|s| {
            s.in_state("c", State::TimeWait);
            s.setup_done();
            s.inject(s.tcp("c").ack());
            s.silence(s.tcp("c"));
            alive(s, "c", State::TimeWait);
        })
}
