//! SYN-SENT, check by check, and simultaneous open. Read first: RFC 9293 3.10.7.3, figure 7, appendix A.2.

use std::net::SocketAddr;

use super::common::{acks, data_flows};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        bad_ack(),
        bad_ack_rst(),
        rst_without_ack(),
        refused(),
        ack_alone(),
        other_dropped(),
        data_on_syn_ack(),
        data_on_syn_ack_taken(),
        fin_on_syn_ack(),
        crossing_syns(),
        figure_7(),
        data_on_crossing_syn(),
    ]
}

/// The flow `c` is in SYN-SENT.
fn syn_sent(s: &mut Scene) {
    s.connect("c");
    s.setup_done();
}

/// What the target may say is its SYN again, and nothing else.
fn nothing_said(s: &mut Scene) {
    s.silence(s.tcp("c").flags_without("S"));
}

/// The tester's end of the flow.
fn peer(s: &mut Scene) -> SocketAddr {
    SocketAddr::new(s.tester(), s.flow_mut("c").tester_port)
}

fn connected(s: &mut Scene) {
    let peer = peer(s);
    s.call("c", Verb::Connect(peer), Expected::Ok).within(secs(2)).why("the connect call succeeds");
}

/// The attempt is not disturbed: a proper SYN,ACK completes it.
fn completes(s: &mut Scene) {
    s.inject(s.tcp("c").syn_ack()).why("a proper SYN,ACK");
    s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1)).why("the attempt goes on as if nothing had happened");
    connected(s);
    data_flows(s, "c");
}

fn bad_ack() -> Case {
    case("tcp.syn-sent.bad-ack-reset")
        .title("First check: a segment with SEG.ACK =< ISS or SEG.ACK > SND.NXT is answered by <SEQ=SEG.ACK><CTL=RST> and discarded")
        .required(&["RFC9293-WP-3"])
        .both_families()
        .param("flags", &["SA", "A", "FA"])
        .param("ack", &["0", "-1", "2", "1000000000"])
        .build(|s| {
            syn_sent(s);
            let (flags, ack) = (s.param("flags").to_owned(), s.number("ack"));
            s.inject(s.tcp("c").flags(&flags).ack_number(ack).untracked());
            s.expect(s.tcp("c").rst().seq(ack).no_payload());
            completes(s);
        })
}

fn bad_ack_rst() -> Case {
    case("tcp.syn-sent.bad-ack-rst-ignored")
        .title("A RST whose ACK does not acknowledge the SYN is dropped in silence, and the attempt goes on")
        .required(&["RFC9293-WP-3", "RFC5961-3.2-6"])
        .both_families()
        .param("flags", &["RA", "SRA"])
        .param("ack", &["0", "-1", "2", "1000000000"])
        .build(|s| {
            syn_sent(s);
            let (flags, ack) = (s.param("flags").to_owned(), s.number("ack"));
            s.inject(s.tcp("c").flags(&flags).ack_number(ack).untracked());
            nothing_said(s);
            completes(s);
        })
}

fn rst_without_ack() -> Case {
    case("tcp.syn-sent.rst-without-ack-ignored")
        .title("Second check: a RST without ACK is dropped in silence, and the attempt goes on")
        .required(&["RFC9293-WP-3", "RFC5961-3.2-6"])
        .both_families()
        .param("seq", &["0", "1"])
        .build(|s| {
            syn_sent(s);
            let seq = s.number("seq");
            s.inject(s.tcp("c").rst().set(FieldId::TcpSeqAbsolute, seq).untracked());
            nothing_said(s);
            completes(s);
        })
}

fn refused() -> Case {
    case("tcp.syn-sent.refused")
        .title("A RST that acknowledges the SYN ends the attempt: the connect fails, nothing more is sent")
        .required(&["RFC9293-WP-3", "RFC9293-MUST-12"])
        .both_families()
        .build(|s| {
            syn_sent(s);
            // As a closed port forms it: sequence number zero.
            s.inject(s.tcp("c").rst_ack().set(FieldId::TcpSeqAbsolute, 0).ack_number(1).untracked());
            let peer = peer(s);
            let refused = Scene::errno(&[Errno::ConnectionRefused, Errno::ConnectionReset]);
            s.call("c", Verb::Connect(peer), refused).within(secs(1)).why("the application learns of it");
            let span = s.profile().rto_initial * 3 / 2;
            s.silence_for(s.tcp("c"), span).why("no answer to the RST, no SYN again");
            s.inject(s.tcp("c").syn_ack());
            s.expect(s.tcp("c").rst().seq(1)).why("the connection does not exist any more");
        })
}

fn ack_alone() -> Case {
    case("tcp.syn-sent.ack-alone-dropped")
        .title("Fifth check: an acceptable ACK without SYN and RST is dropped in silence, its data too")
        .required(&["RFC9293-WP-3"])
        .both_families()
        .param("segment", &["ack", "data", "fin"])
        .build(|s| {
            syn_sent(s);
            let packet = match s.param("segment") {
                "ack" => s.tcp("c").ack(),
                "data" => s.tcp("c").ack().payload("stray"),
                _ => s.tcp("c").fin(),
            };
            s.inject(packet.seq(1).ack_number(1).untracked());
            nothing_said(s);
            completes(s);
        })
}

fn other_dropped() -> Case {
    case("tcp.syn-sent.other-dropped")
        .title("Fifth check: a segment without SYN, RST and ACK is dropped in silence")
        .required(&["RFC9293-WP-3"])
        .both_families()
        .param("segment", &["fin", "data", "empty"])
        .build(|s| {
            syn_sent(s);
            let packet = match s.param("segment") {
                "fin" => s.tcp("c").flags("F"),
                "data" => s.tcp("c").flags("P").payload("stray"),
                _ => s.tcp("c").flags(""),
            };
            s.inject(packet.seq(1).untracked());
            nothing_said(s);
            completes(s);
        })
}

fn data_on_syn_ack() -> Case {
    case("tcp.syn-sent.data-on-syn-ack")
        .title("Data on the SYN,ACK, acknowledged or sent again, is delivered once")
        .required(&["RFC9293-WP-13"])
        .both_families()
        .build(|s| {
            syn_sent(s);
            s.inject(s.tcp("c").syn_ack().payload("early"));
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1..=6));
            connected(s);
            s.inject(s.tcp("c").ack().seq(1).payload("early")).why("the tester sends it again");
            s.expect(acks(s, "c").ack_number(6));
            s.expect_bytes("c", "early");
            data_flows(s, "c");
        })
}

fn data_on_syn_ack_taken() -> Case {
    case("tcp.syn-sent.data-on-syn-ack-acknowledged")
        .title("Data on the SYN,ACK is taken and delivered without being sent again")
        .observed()
        .required(&["RFC9293-WP-13"])
        .both_families()
        .build(|s| {
            syn_sent(s);
            s.inject(s.tcp("c").syn_ack().payload("early"));
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(6));
            connected(s);
            s.expect_bytes("c", "early");
        })
}

fn fin_on_syn_ack() -> Case {
    case("tcp.syn-sent.fin-on-syn-ack")
        .title("A FIN on the SYN,ACK, acknowledged or sent again, ends the tester's direction of the new connection")
        .required(&["RFC9293-WP-13", "RFC9293-WP-6"])
        .both_families()
        .build(|s| {
            syn_sent(s);
            s.inject(s.tcp("c").flags("SFA"));
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1..=2));
            s.inject(s.tcp("c").fin().seq(1).ack_number(1)).why("the tester sends it again");
            s.expect(acks(s, "c").ack_number(2));
            connected(s);
            s.expect_eof("c");
            s.send("c", "answer").why("the other direction is open");
            s.expect(s.tcp("c").ack().seq(1).ack_number(2).payload("answer"));
        })
}

/// The SYNs cross, and the target answers the tester's as line 5 of figure 7 says.
fn syns_cross(s: &mut Scene) {
    s.setup_done();
    s.connect("c");
    s.inject(s.tcp("c").syn()).why("line 3: the tester's SYN crosses the target's");
    let rst = s.tcp("c").any_rst();
    s.expect(s.tcp("c").syn_ack().seq(0).ack_number(1)).forbid(rst).why("line 5");
}

fn crossing_syns() -> Case {
    case("tcp.syn-sent.simultaneous-open")
        .title(
            "Simultaneous open: crossing SYNs are answered by SYN,ACK with the first number, and make one connection",
        )
        .required(&["RFC9293-MUST-10"])
        .both_families()
        .param("tester", &["acknowledges", "sends-syn-ack-too"])
        .build(|s| {
            syns_cross(s);
            if s.param("tester") == "sends-syn-ack-too" {
                s.inject(s.tcp("c").syn_ack().seq(0).untracked()).why("line 6");
            }
            s.inject(s.tcp("c").ack()).why("the tester acknowledges the target's SYN,ACK");
            connected(s);
            data_flows(s, "c");
            s.send("c", "hello");
            s.expect(s.tcp("c").ack().seq(1).payload("hello"));
        })
}

fn figure_7() -> Case {
    case("tcp.syn-sent.simultaneous-open-by-syn-ack")
        .title("Figure 7 to the letter: the crossing SYN,ACK alone completes a simultaneous open (see appendix A.2)")
        .observed()
        .required(&["RFC9293-MUST-10"])
        .both_families()
        .build(|s| {
            syns_cross(s);
            s.inject(s.tcp("c").syn_ack().seq(0).untracked()).why("line 6");
            connected(s);
        })
}

fn data_on_crossing_syn() -> Case {
    case("tcp.syn-sent.data-on-crossing-syn")
        .title("Data on a crossing SYN, acknowledged or sent again, is delivered once and after the connection is established")
        .required(&["RFC9293-WP-13", "RFC9293-MUST-10"])
        .both_families()
        .build(|s| {
            s.setup_done();
            s.connect("c");
            s.inject(s.tcp("c").syn().payload("early"));
            s.expect(s.tcp("c").syn_ack().seq(0).ack_number(1..=6));
            s.inject(s.tcp("c").ack().seq(6).ack_number(1));
            s.inject(s.tcp("c").ack().seq(1).ack_number(1).payload("early")).why("the tester sends it again");
            s.expect(acks(s, "c").ack_number(6));
            connected(s);
            s.expect_bytes("c", "early");
            data_flows(s, "c");
        })
}
