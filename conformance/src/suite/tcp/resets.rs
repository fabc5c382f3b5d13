//! RST in the synchronized states and in SYN-RECEIVED: which ones count, and what they do.
//!
//! Read first: RFC 5961 3.2, RFC 9293 3.10.7.4 (second check) and 3.5.3.

use std::net::SocketAddr;

use super::common::{acknowledges, alive, data_flows, expect_current_ack, gone, listener_works, reaction, state_param};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        exact(),
        in_window(),
        outside(),
        with_data(),
        reported_to_waiting_reader(),
        unread_data(),
        after_in_order_data(),
        others_live(),
        closed_by_the_application(),
        syn_received_passive(),
        syn_received_outside(),
        syn_received_active(),
        half_open_discovery(),
    ]
}

fn in_state(s: &mut Scene) -> State {
    let state = state_param(s);
    s.in_state("c", state);
    s.setup_done();
    state
}

/// The application learns that its connection was reset, where RFC 9293 says that it does.
fn reported(s: &mut Scene, state: State) {
    match state {
        State::Established | State::FinWait1 | State::FinWait2 => {
            s.expect_recv_error("c", &[Errno::ConnectionReset]).why("outstanding receives get a reset response");
        }
        State::CloseWait => {
            // The end of file was there before the reset: what learns of it is a send.
            let errors = Scene::errno(&[Errno::ConnectionReset, Errno::BrokenPipe]);
            s.call("c", Verb::Send(DataSpec::Bytes(b"x".into())), errors)
                .within(secs(2))
                .why("sends get a reset response");
        }
        _ => {}
    }
}

fn exact() -> Case {
    case("tcp.resets.exact")
        .title("A RST exactly at RCV.NXT resets the connection in every synchronized state, without an answer")
        .required(&["RFC5961-3.2-2", "RFC9293-MUST-12"])
        .both_families()
        .param("state", &State::slugs(State::SYNCHRONIZED))
        .param("flags", &["R", "RA"])
        .build(|s| {
            let state = in_state(s);
            let flags = s.param("flags").to_owned();
            s.inject(s.tcp("c").flags(&flags).seq_next(0));
            s.silence(s.tcp("c"));
            reported(s, state);
            gone(s, "c");
        })
}

fn in_window() -> Case {
    case("tcp.resets.in-window-challenged")
        .title("A RST in the window but not at RCV.NXT is answered by a challenge ACK, and the connection lives")
        .should()
        .required(&["RFC5961-3.2-3", "RFC5961-3.2-4"])
        .both_families()
        .param("state", &State::slugs(State::SYNCHRONIZED))
        .param("place", &["1", "1000", "last"])
        .build(|s| {
            let state = in_state(s);
            let packet = s.tcp("c").rst().untracked();
            s.inject(match s.param("place") {
                "last" => packet.seq_edge(-1),
                number => packet.seq_next(number.parse().expect("a number")),
            });
            expect_current_ack(s, "c", "RFC 5961 3.2: the challenge ACK");
            alive(s, "c", state);
        })
}

fn outside() -> Case {
    case("tcp.resets.outside-window-dropped")
        .title("A RST outside the window is dropped in silence, and the connection lives")
        .required(&["RFC5961-3.2-5", "RFC5961-3.2-6", "RFC9293-WP-4"])
        .both_families()
        .param("state", &State::slugs(State::SYNCHRONIZED))
        .param("place", &["left", "far-left", "edge", "right", "far-right"])
        .build(|s| {
            let state = in_state(s);
            let packet = s.tcp("c").rst().untracked();
            s.inject(match s.param("place") {
                "left" => packet.seq_next(-1),
                "far-left" => packet.seq_next(-0x4000_0000),
                "edge" => packet.seq_edge(0),
                "right" => packet.seq_edge(1),
                _ => packet.seq_edge(0x4000_0000),
            });
            s.silence(reaction(s, "c"));
            alive(s, "c", state);
        })
}

fn with_data() -> Case {
    case("tcp.resets.with-data")
        .title("A RST may carry data: it resets the connection all the same, and the data is not delivered")
        .should()
        .required(&["RFC9293-SHLD-2"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.inject(s.tcp("c").rst().payload("because I say so").untracked());
            s.silence(s.tcp("c"));
            s.expect_recv_error("c", &[Errno::ConnectionReset]);
            gone(s, "c");
        })
}

fn reported_to_waiting_reader() -> Case {
    case("tcp.resets.reported")
        .title("After a reset a send fails as well, nothing is sent for it, and the peer's FIN would have looked different")
        .required(&["RFC9293-MUST-12"])
        .both_families()
        .param("ended-by", &["rst", "fin"])
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            if s.param("ended-by") == "rst" {
                s.inject(s.tcp("c").rst());
                s.expect_recv_error("c", &[Errno::ConnectionReset]);
                s.call("c", Verb::Send(DataSpec::Bytes(b"x".into())), Scene::errno(&[]));
                s.silence(s.tcp("c")).why("there is no connection to send on");
            } else {
                s.inject(s.tcp("c").fin());
                s.expect_eof("c").why("an orderly end, no error");
                s.send("c", "x").why("and the other direction is open");
                s.expect(s.tcp("c").ack().payload("x"));
            }
        })
}

fn unread_data() -> Case {
    case("tcp.resets.unread-data-flushed")
        .title("A reset flushes data that the application has not read: it gets the error at once")
        .observed()
        .required(&["RFC5961-3.2-2"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.inject(s.tcp("c").ack().payload("unread"));
            s.expect(acknowledges(s, "c"));
            s.setup_done();
            s.inject(s.tcp("c").rst());
            s.silence(s.tcp("c"));
            s.expect_recv_error("c", &[Errno::ConnectionReset]);
        })
}

fn after_in_order_data() -> Case {
    case("tcp.resets.behind-a-gap")
        .title("A RST behind a gap is not at RCV.NXT: it is challenged, and data that fills the gap is taken")
        .should()
        .required(&["RFC5961-3.2-3", "RFC5961-3.2-4"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.note("four bytes are lost, and the RST behind them arrives");
            s.inject(s.tcp("c").rst().seq_next(4).untracked());
            expect_current_ack(s, "c", "the challenge ACK");
            s.inject(s.tcp("c").ack().payload("lost")).why("they arrive late");
            s.expect(acknowledges(s, "c"));
            s.expect_bytes("c", "lost");
            s.inject(s.tcp("c").rst()).why("now the same RST is exact");
            s.expect_recv_error("c", &[Errno::ConnectionReset]);
        })
}

fn others_live() -> Case {
    case("tcp.resets.others-live")
        .title("A reset ends its own connection only")
        .required(&["RFC9293-WP-26", "RFC5961-3.2-2"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.flow("d", 80);
            s.handshake("d");
            s.accept("c.listener", "d");
            s.setup_done();
            s.inject(s.tcp("c").rst());
            s.expect_recv_error("c", &[Errno::ConnectionReset]);
            data_flows(s, "d");
            listener_works(s, "c.listener", 80);
        })
}

fn closed_by_the_application() -> Case {
    case("tcp.resets.after-close")
        .title("A RST ends a connection that the application has closed already, without an answer")
        .required(&["RFC5961-3.2-2"])
        .both_families()
        .param("fin", &["unacknowledged", "acknowledged"])
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.close("c");
            s.expect(s.tcp("c").fin().seq(1).ack_number(1));
            if s.param("fin") == "acknowledged" {
                s.inject(s.tcp("c").ack());
            }
            s.inject(s.tcp("c").rst());
            let span = s.profile().rto_min * 2;
            s.silence_for(s.tcp("c"), span).why("neither an answer nor the FIN again");
            gone(s, "c");
        })
}

fn syn_received_passive() -> Case {
    case("tcp.resets.syn-received-passive")
        .title("A RST in SYN-RECEIVED returns a passive open to LISTEN, the application is not told, the next handshake works")
        .required(&["RFC9293-WP-17", "RFC9293-MUST-11"])
        .both_families()
        .param("flags", &["R", "RA"])
        .build(|s| {
            s.in_state("c", State::SynReceived);
            s.setup_done();
            let flags = s.param("flags").to_owned();
            s.inject(s.tcp("c").flags(&flags));
            let span = s.profile().rto_initial * 3 / 2;
            s.silence_for(s.tcp("c"), span).why("no answer, and the SYN,ACK is not repeated");
            s.call("c.listener", Verb::Accept("none".to_owned()), Expected::Pending).why("the application is not told");
            s.reopen("c", 0x6000_0000);
            s.handshake("c").why("the same sockets open anew");
            s.accept("c.listener", "c");
            data_flows(s, "c");
        })
}

fn syn_received_outside() -> Case {
    case("tcp.resets.syn-received-outside-window")
        .title("A RST outside the window does not disturb a handshake in SYN-RECEIVED")
        .required(&["RFC5961-3.2-5", "RFC9293-WP-4"])
        .both_families()
        .param("place", &["left", "right"])
        .build(|s| {
            s.in_state("c", State::SynReceived);
            s.setup_done();
            let packet = s.tcp("c").rst().untracked();
            s.inject(if s.param("place") == "left" { packet.seq_next(-2) } else { packet.seq_edge(10) });
            s.silence(s.tcp("c"));
            s.inject(s.tcp("c").ack());
            s.accept("c.listener", "c");
            data_flows(s, "c");
        })
}

fn syn_received_active() -> Case {
    case("tcp.resets.syn-received-active")
        .title("A RST in SYN-RECEIVED after an active open ends the attempt, and the application is told")
        .required(&["RFC9293-MUST-11", "RFC9293-MUST-12"])
        .both_families()
        .build(|s| {
            s.connect("c");
            s.inject(s.tcp("c").syn()).why("set-up: the SYNs cross");
            s.expect(s.tcp("c").syn_ack().seq(0).ack_number(1)).why("set-up: simultaneous open");
            s.setup_done();
            s.inject(s.tcp("c").rst());
            let peer = SocketAddr::new(s.tester(), s.flow_mut("c").tester_port);
            let errors = Scene::errno(&[Errno::ConnectionRefused, Errno::ConnectionReset]);
            s.call("c", Verb::Connect(peer), errors).within(secs(1));
            let span = s.profile().rto_initial * 3 / 2;
            s.silence_for(s.tcp("c"), span).why("the attempt is over");
            s.inject(s.tcp("c").ack().untracked());
            s.expect(s.tcp("c").rst().seq(1)).why("CLOSED, not LISTEN and not ESTABLISHED");
        })
}

fn half_open_discovery() -> Case {
    case("tcp.resets.half-open-discovery")
        .title("Figure 9: a rebooted peer's SYN is challenged, its RST with the number of the challenge ends the old connection, the SYN opens a new one")
        .required(&["RFC5961-4.2-4", "RFC5961-4.2-2", "RFC9293-WP-4"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            let isn = 0x7654_3210_u32;
            let syn = s.tcp("c").syn().set(FieldId::TcpSeqAbsolute, isn).untracked();
            s.inject(syn).why("line 3: outside the window");
            expect_current_ack(s, "c", "line 4");
            s.inject(s.tcp("c").rst()).why("line 5: the sequence number is that of the ACK");
            s.silence(s.tcp("c"));
            s.expect_recv_error("c", &[Errno::ConnectionReset]);
            s.reopen("c", isn);
            s.handshake("c").why("line 7: the SYN again");
            s.accept("c.listener", "c");
            data_flows(s, "c");
        })
}
