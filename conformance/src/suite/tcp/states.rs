//! Tables over the synchronized states: what each does with a segment that it must not accept.
//!
//! Read first: RFC 9293 3.10.7.4, steps one, four, five, seven; 3.5.2, third group; RFC 5961 5.

use super::common::{
    BEFORE_TIME_WAIT, RECEIVING, acknowledges, acks, alive, data_flows, expect_current_ack, reaction, state_param,
};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        unacceptable_empty(),
        unacceptable_text(),
        unacceptable_fin(),
        without_ack_empty(),
        without_ack(),
        ack_of_unsent(),
        old_ack(),
        far_old_ack(),
        bad_checksum(),
        straddles(),
        text_after_fin(),
        repeated_fin(),
        foreign_port(),
    ]
}

fn in_state(s: &mut Scene) -> State {
    let state = state_param(s);
    s.in_state("c", state);
    s.setup_done();
    state
}

/// A segment of the tester that the target must not accept, so that the flow does not count it. It acknowledges
/// nothing new, because stacks look at the ACK of such a segment in different ways (RFC 9293 A.2).
fn stray(s: &Scene, place: &str) -> PacketSpec {
    let packet = s.tcp("c").ack().ack_number(Field::Una(0)).untracked();
    match place {
        "left" => packet.seq_next(-1),
        "far-left" => packet.seq_next(-0x4000_0000),
        "edge" => packet.seq_edge(0),
        "right" => packet.seq_edge(1),
        _ => packet.seq_edge(0x4000_0000),
    }
}

const PLACES: &[&str] = &["left", "far-left", "edge", "right", "far-right"];

fn unacceptable_empty() -> Case {
    case("tcp.states.outside-window-empty")
        .title("An empty segment outside the window is answered by <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, and nothing changes")
        .required(&["RFC9293-WP-4"])
        .both_families()
        .param("state", &State::slugs(State::SYNCHRONIZED))
        .param("place", PLACES)
        .build(|s| {
            let state = in_state(s);
            let place = s.param("place").to_owned();
            s.inject(stray(s, &place));
            expect_current_ack(s, "c", "outside the window");
            s.silence(reaction(s, "c")).why("one answer is enough");
            alive(s, "c", state);
        })
}

fn unacceptable_text() -> Case {
    case("tcp.states.outside-window-text")
        .title("Text outside the window is answered by <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> and not delivered")
        .required(&["RFC9293-WP-4", "RFC9293-WP-24"])
        .both_families()
        .param("state", &State::slugs(State::SYNCHRONIZED))
        .param("place", &["far-left", "edge", "right", "far-right"])
        .build(|s| {
            let state = in_state(s);
            let place = s.param("place").to_owned();
            s.inject(stray(s, &place).payload("stray"));
            expect_current_ack(s, "c", "outside the window");
            if RECEIVING.contains(&state) {
                s.expect_no_data("c");
            }
            alive(s, "c", state);
        })
}

fn unacceptable_fin() -> Case {
    case("tcp.states.outside-window-fin")
        .title("A FIN outside the window is answered by <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> and closes nothing")
        .required(&["RFC9293-WP-4"])
        .both_families()
        .param("state", &State::slugs(RECEIVING))
        .param("place", PLACES)
        .build(|s| {
            let state = in_state(s);
            let place = s.param("place").to_owned();
            let packet = stray(s, &place).fin();
            // One number to the left, a FIN would end at RCV.NXT and still be old.
            s.inject(packet);
            expect_current_ack(s, "c", "outside the window");
            s.expect_no_data("c").why("no end of file");
            alive(s, "c", state);
        })
}

fn without_ack_empty() -> Case {
    case("tcp.states.empty-without-ack")
        .title("Fifth check: an empty segment in the window without ACK is dropped in silence")
        .required(&["RFC9293-WP-8"])
        .both_families()
        .param("state", &State::slugs(State::SYNCHRONIZED))
        .build(|s| {
            let state = in_state(s);
            s.inject(s.tcp("c").flags("").untracked());
            s.silence(reaction(s, "c"));
            alive(s, "c", state);
        })
}

fn without_ack() -> Case {
    case("tcp.states.without-ack")
        .title("Fifth check: text and FIN of a segment without ACK are dropped in silence")
        .required(&["RFC9293-WP-8"])
        .both_families()
        .param("state", &State::slugs(RECEIVING))
        .param("segment", &["text", "fin", "text-and-fin"])
        .build(|s| {
            let state = in_state(s);
            let packet = match s.param("segment") {
                "text" => s.tcp("c").flags("P").payload("stray"),
                "fin" => s.tcp("c").flags("F"),
                _ => s.tcp("c").flags("F").payload("stray"),
            };
            s.inject(packet.untracked());
            s.silence(reaction(s, "c"));
            s.expect_no_data("c");
            alive(s, "c", state);
        })
}

fn ack_of_unsent() -> Case {
    case("tcp.states.ack-of-unsent")
        .title("Fifth check: a segment that acknowledges what was never sent is answered by an ACK and dropped, text and all")
        .required(&["RFC9293-WP-7"])
        .both_families()
        .param("state", &State::slugs(BEFORE_TIME_WAIT))
        .param("beyond", &["1", "1000000000"])
        .build(|s| {
            let state = in_state(s);
            let beyond = s.number("beyond");
            let packet = s.tcp("c").ack().untracked();
            let receiving = RECEIVING.contains(&state);
            // SND.NXT follows from what the target sent last; in FIN-WAIT-1 and the like that is its FIN.
            let packet = packet.ack_next(beyond);
            s.inject(if receiving { packet.payload("stray") } else { packet });
            expect_current_ack(s, "c", "an ACK of something not yet sent");
            if receiving {
                s.expect_no_data("c").why("the segment is dropped");
            }
            alive(s, "c", state);
        })
}

fn old_ack() -> Case {
    case("tcp.states.old-ack")
        .title("Fifth check: an old ACK is ignored, and the rest of its segment is not")
        .required(&["RFC9293-WP-27"])
        .both_families()
        .param("segment", &["text", "fin"])
        .build(|s| {
            s.established_passive("c");
            s.send("c", "0123456789");
            s.expect(s.tcp("c").ack().seq(1).payload("0123456789")).why("set-up: data of the target");
            s.inject(s.tcp("c").ack()).why("set-up: acknowledged");
            s.setup_done();
            if s.param("segment") == "text" {
                s.inject(s.tcp("c").ack().ack_number(5).payload("text"));
                s.expect(acks(s, "c").seq(11).ack_number(5));
                s.expect_bytes("c", "text");
                data_flows(s, "c");
            } else {
                s.inject(s.tcp("c").fin().ack_number(5));
                s.expect(acks(s, "c").seq(11).ack_number(2));
                s.expect_eof("c");
            }
            s.silence(s.tcp("c").seq(1..=10)).why("what was acknowledged stays acknowledged");
        })
}

fn far_old_ack() -> Case {
    case("tcp.states.too-old-ack")
        .title("A segment with an ACK below SND.UNA - MAX.SND.WND is discarded and answered by an ACK (RFC 5961 5, optional)")
        .observed()
        .required(&["RFC5961-5.2-3", "RFC9293-MAY-12"])
        .both_families()
        .param("below", &["66000", "1000000000"])
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            // The tester's windows were never greater than 65535.
            let below = s.number("below");
            s.inject(s.tcp("c").ack().ack_next(-below).untracked().payload("stray"));
            expect_current_ack(s, "c", "an ACK that is too old");
            s.expect_no_data("c");
            data_flows(s, "c");
        })
}

fn bad_checksum() -> Case {
    case("tcp.states.bad-checksum")
        .title("A segment with a wrong checksum is dropped in silence, whatever it says")
        .required(&["RFC9293-MUST-3"])
        .both_families()
        .param("segment", &["text", "fin", "rst", "syn", "outside-window"])
        .param("checksum", &["wrong", "zero"])
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            let packet = match s.param("segment") {
                "text" => s.tcp("c").ack().payload("stray"),
                "fin" => s.tcp("c").fin(),
                "rst" => s.tcp("c").rst(),
                "syn" => s.tcp("c").syn(),
                _ => s.tcp("c").ack().seq_next(-1),
            };
            let rule = if s.param("checksum") == "wrong" { Checksum::Wrong } else { Checksum::Zero };
            s.inject(packet.untracked().checksum_of(LayerKind::Tcp, rule));
            s.silence(s.tcp("c"));
            s.expect_no_data("c");
            data_flows(s, "c");
        })
}

fn straddles() -> Case {
    case("tcp.states.straddles-the-left-edge")
        .title("Of a segment that is partly old only the new part is processed")
        .required(&["RFC9293-WP-14"])
        .both_families()
        .param("what", &["text", "text-and-fin", "fin-after-old-text"])
        .build(|s| {
            s.established_passive("c");
            s.inject(s.tcp("c").ack().payload("0123456789"));
            s.expect(acknowledges(s, "c")).why("set-up: ten bytes");
            s.setup_done();
            let (packet, text, number) = match s.param("what") {
                "text" => (s.tcp("c").ack().seq(6).payload("56789abcde"), "0123456789abcde", 16),
                "text-and-fin" => (s.tcp("c").fin().seq(6).payload("56789abcde"), "0123456789abcde", 17),
                _ => (s.tcp("c").fin().seq(6).payload("56789"), "0123456789", 12),
            };
            s.inject(packet);
            s.expect(acks(s, "c").ack_number(number));
            s.expect_bytes("c", text);
            if number == 16 {
                s.expect_no_data("c");
            } else {
                s.expect_eof("c");
            }
        })
}

fn text_after_fin() -> Case {
    case("tcp.states.text-after-fin")
        .title("Seventh check: text beyond the peer's FIN is ignored; it does no harm to the connection")
        .required(&["RFC9293-WP-6", "RFC9293-WP-24"])
        .both_families()
        .param("state", &State::slugs(&[State::CloseWait, State::Closing, State::LastAck, State::TimeWait]))
        .build(|s| {
            let state = in_state(s);
            s.inject(s.tcp("c").ack().ack_number(Field::Una(0)).untracked().payload("stray"));
            s.silence(s.tcp("c").any_rst());
            if state == State::CloseWait {
                s.expect_eof("c").why("nothing but the end");
            }
            alive(s, "c", state);
        })
}

fn repeated_fin() -> Case {
    case("tcp.states.repeated-fin")
        .title("A FIN that comes again, because the ACK of it was lost, is acknowledged again and changes nothing")
        .required(&["RFC9293-WP-6", "RFC9293-WP-4"])
        .both_families()
        .param("state", &State::slugs(&[State::CloseWait, State::Closing, State::LastAck, State::TimeWait]))
        .build(|s| {
            let state = in_state(s);
            s.inject(s.tcp("c").fin().seq_next(-1).ack_number(Field::Una(0)).untracked());
            expect_current_ack(s, "c", "a repeated FIN");
            alive(s, "c", state);
        })
}

fn foreign_port() -> Case {
    case("tcp.states.other-pair-of-sockets")
        .title("A segment that differs from the connection's in one port or address is not the connection's")
        .required(&["RFC9293-WP-26", "RFC9293-WP-2"])
        .both_families()
        .param("differs", &["port", "address"])
        .build(|s| {
            s.established_passive("c");
            let port = s.flow_mut("c").tester_port;
            let (address, port) =
                if s.param("differs") == "port" { (s.tester(), port + 1_000) } else { (s.host_on(0, 88), port) };
            let other = s.tcp("c").src(address).set(FieldId::TcpSrcPort, port).untracked();
            // The target may have to find the other host first, and lose its answer meanwhile.
            s.inject(other.clone().ack()).why("set-up: the hosts meet");
            s.advance(ms(200));
            s.forget();
            s.setup_done();
            // Its numbers are those of the connection.
            s.inject(other.clone().ack().payload("stray"));
            s.expect(s.ip().src(s.target()).dst(address).tcp(80, port).rst()).why("an ACK for the listener");
            s.inject(other.rst());
            s.silence(s.ip().src(s.target()).dst(address).push(LayerKind::Tcp));
            s.expect_no_data("c");
            data_flows(s, "c");
        })
}
