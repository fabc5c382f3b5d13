//! The three-way handshake, segment by segment, with the numbers of every one. Read first: RFC 9293 3.5, figures 6
//! and 8; 3.10.7.2 to 3.10.7.4 for SYN-RECEIVED.

use std::net::SocketAddr;

use super::common::{acks, data_flows, listener_works};
use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        passive_numbers(),
        active_numbers(),
        nothing_before_the_ack(),
        duplicate_syn(),
        old_duplicate_syn(),
        outside_window(),
        syn_in_window(),
        bad_ack(),
        without_ack(),
        data_on_ack(),
        fin_on_ack(),
        data_on_syn(),
        data_on_syn_taken(),
        syn_ack_again(),
        addresses_passive(),
        addresses_active(),
    ]
}

/// `c.listener` listens, and the flow `c` is in SYN-RECEIVED.
fn syn_received(s: &mut Scene) {
    s.in_state("c", State::SynReceived);
    s.setup_done();
}

/// The handshake of `c` is completed, and the connection works.
fn completes(s: &mut Scene) {
    s.inject(s.tcp("c").ack());
    s.accept("c.listener", "c").why("the handshake can still be completed");
    data_flows(s, "c");
}

/// Data of five bytes each way, from sequence number 1 on.
fn data_both_ways(s: &mut Scene) {
    s.inject(s.tcp("c").ack().seq(1).ack_number(1).payload("hello"));
    s.expect(acks(s, "c").seq(1).ack_number(6));
    s.expect_bytes("c", "hello");
    s.send("c", "world");
    s.expect(s.tcp("c").ack().seq(1).ack_number(6).payload("world"));
    s.inject(s.tcp("c").ack().seq(6).ack_number(6));
    s.silence(s.tcp("c")).why("everything is acknowledged");
}

fn passive_numbers() -> Case {
    case("tcp.handshake.passive-open-numbers")
        .title("<SEQ=ISS><ACK=IRS+1><CTL=SYN,ACK> answers a SYN, and data counts from ISS+1 and IRS+1, also where numbers wrap")
        .required(&["RFC9293-WP-2", "RFC9293-WP-16"])
        .both_families()
        .param("isn", &["0", "2147483647", "4294967292", "4294967295"])
        .build(|s| {
            let isn = s.number("isn") as u32;
            s.flow("c", 80).isn = isn;
            s.listen_for("c");
            s.setup_done();
            s.inject(s.tcp("c").syn());
            s.expect(s.tcp("c").syn_ack().seq(0).ack_number(1).no_payload());
            s.inject(s.tcp("c").ack().seq(1).ack_number(1));
            s.accept("c.listener", "c");
            data_both_ways(s);
        })
}

fn active_numbers() -> Case {
    case("tcp.handshake.active-open-numbers")
        .title("A connect sends <SEQ=ISS><CTL=SYN> and answers the SYN,ACK by <SEQ=ISS+1><ACK=IRS+1><CTL=ACK>")
        .required(&["RFC9293-WP-3", "RFC9293-WP-16"])
        .both_families()
        .param("isn", &["0", "2147483647", "4294967292", "4294967295"])
        .build(|s| {
            let isn = s.number("isn") as u32;
            s.flow("c", 80).isn = isn;
            s.setup_done();
            s.established_active("c");
            s.silence(s.tcp("c")).why("the handshake is done");
            data_both_ways(s);
        })
}

fn nothing_before_the_ack() -> Case {
    case("tcp.handshake.accept-after-the-ack")
        .title("A connection can be accepted when its SYN,ACK is acknowledged, and not before")
        .required(&["RFC9293-WP-13"])
        .both_families()
        .build(|s| {
            syn_received(s);
            s.call("c.listener", Verb::Accept("early".to_owned()), Expected::Pending).why("the handshake is not done");
            s.inject(s.tcp("c").ack());
            s.accept("c.listener", "c");
            s.call("c.listener", Verb::Accept("late".to_owned()), Expected::Pending).why("one connection, not two");
            data_flows(s, "c");
        })
}

fn duplicate_syn() -> Case {
    case("tcp.handshake.duplicate-syn")
        .title("The same SYN again is answered with the same numbers, and the handshake goes on")
        .should()
        .required(&["RFC9293-WP-4"])
        .both_families()
        .build(|s| {
            syn_received(s);
            s.inject(s.tcp("c").syn().seq(0).untracked());
            // Table 6 asks for an ACK; repeating the SYN,ACK says the same and more.
            s.expect_one_of(vec![
                s.tcp("c").syn_ack().seq(0).ack_number(1),
                s.tcp("c").pure_ack().seq(1).ack_number(1),
            ]);
            completes(s);
        })
}

fn old_duplicate_syn() -> Case {
    case("tcp.handshake.old-duplicate-syn")
        .title(
            "Figure 8: an old SYN is answered, the tester resets that, and the SYN that it meant opens the connection",
        )
        .required(&["RFC9293-WP-17", "RFC9293-WP-2"])
        .both_families()
        .build(|s| {
            s.flow("c", 80).isn = 90;
            s.listen_for("c");
            s.setup_done();
            s.inject(s.tcp("c").syn()).why("line 3");
            s.expect(s.tcp("c").syn_ack().ack_number(1)).why("line 4");
            s.inject(s.tcp("c").rst()).why("line 5");
            s.silence(s.tcp("c"));
            s.reopen("c", 100);
            s.inject(s.tcp("c").syn()).why("line 6");
            s.expect(s.tcp("c").syn_ack().ack_number(1)).why("line 7");
            completes(s);
        })
}

fn outside_window() -> Case {
    case("tcp.handshake.outside-window-in-syn-received")
        .title("In SYN-RECEIVED a segment outside the window is answered by an ACK, its data is not taken")
        .should()
        .required(&["RFC9293-WP-4", "RFC9293-WP-24"])
        .both_families()
        .param("segment", &["left", "right"])
        .build(|s| {
            syn_received(s);
            let packet = s.tcp("c").ack().untracked().payload("stray");
            s.inject(if s.param("segment") == "left" { packet.seq(-100) } else { packet.seq_edge(10) });
            let rst = s.tcp("c").any_rst();
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1)).forbid(rst);
            completes(s);
        })
}

fn syn_in_window() -> Case {
    case("tcp.handshake.syn-in-window-in-syn-received")
        .title("In SYN-RECEIVED another SYN in the window returns the connection to LISTEN: the next SYN opens it anew")
        .required(&["RFC9293-WP-21"])
        .both_families()
        .build(|s| {
            syn_received(s);
            s.inject(s.tcp("c").syn().seq(1_000).untracked());
            s.silence(s.tcp("c").syn_ack()).why("the connection returns to LISTEN, this SYN opens nothing");
            s.forget();
            s.reopen("c", 0x7000_0000);
            s.inject(s.tcp("c").syn());
            s.expect(s.tcp("c").syn_ack().ack_number(1)).why("the connection is in LISTEN");
            completes(s);
        })
}

fn bad_ack() -> Case {
    case("tcp.handshake.bad-ack-in-syn-received")
        .title("In SYN-RECEIVED an unacceptable ACK is answered by <SEQ=SEG.ACK><CTL=RST>, and the connection stays")
        .required(&["RFC9293-WP-5"])
        .both_families()
        .param("ack", &["0", "2", "1000000", "-100000000"])
        .build(|s| {
            syn_received(s);
            let ack = s.number("ack");
            s.inject(s.tcp("c").ack().ack_number(ack).untracked());
            if ack == 0 {
                s.expect(s.tcp("c").rst().seq(0).no_payload());
            } else {
                // Stacks with the check of RFC 5961 5 (MAY-12) come to that before they look at the state.
                let challenge = s.tcp("c").pure_ack().seq(1).ack_number(1);
                s.expect_one_of(vec![s.tcp("c").rst().seq(ack).no_payload(), challenge]);
            }
            s.call("c.listener", Verb::Accept("none".to_owned()), Expected::Pending).why("nothing was acknowledged");
            completes(s);
        })
}

fn without_ack() -> Case {
    case("tcp.handshake.segment-without-ack-in-syn-received")
        .title("In SYN-RECEIVED a segment in the window without ACK is dropped in silence")
        .required(&["RFC9293-WP-8"])
        .both_families()
        .param("segment", &["data", "fin", "empty"])
        .build(|s| {
            syn_received(s);
            let packet = match s.param("segment") {
                "data" => s.tcp("c").flags("P").payload("stray"),
                "fin" => s.tcp("c").flags("F"),
                _ => s.tcp("c").flags(""),
            };
            s.inject(packet.untracked());
            s.silence(s.tcp("c"));
            completes(s);
        })
}

fn data_on_ack() -> Case {
    case("tcp.handshake.data-completes")
        .title("The third segment may carry data, as when the ACK before it was lost: it completes the handshake and is delivered")
        .required(&["RFC9293-WP-13"])
        .both_families()
        .build(|s| {
            syn_received(s);
            s.inject(s.tcp("c").ack().payload("first words"));
            s.expect(acks(s, "c").ack_number(12));
            s.accept("c.listener", "c");
            s.expect_bytes("c", "first words");
            data_flows(s, "c");
        })
}

fn fin_on_ack() -> Case {
    case("tcp.handshake.fin-completes")
        .title("The third segment may carry data and FIN: both are acknowledged, the data is read, then end of file")
        .required(&["RFC9293-WP-13", "RFC9293-WP-6"])
        .both_families()
        .build(|s| {
            syn_received(s);
            s.inject(s.tcp("c").fin().payload("all"));
            s.expect(acks(s, "c").ack_number(5));
            s.accept("c.listener", "c");
            s.expect_bytes("c", "all");
            s.expect_eof("c");
            s.send("c", "answer").why("the other direction is open");
            s.expect(s.tcp("c").ack().seq(1).ack_number(5).payload("answer"));
        })
}

fn data_on_syn() -> Case {
    case("tcp.handshake.data-on-syn")
        .title(
            "Data on a SYN, acknowledged or sent again, is delivered once and only when the connection is established",
        )
        .required(&["RFC9293-WP-13"])
        .both_families()
        .build(|s| {
            s.listen_for("c");
            s.setup_done();
            s.inject(s.tcp("c").syn().payload("early"));
            // The text may be kept or left to the sender to repeat.
            s.expect(s.tcp("c").syn_ack().seq(0).ack_number(1..=6));
            s.call("c.listener", Verb::Accept("early".to_owned()), Expected::Pending).why("not established");
            s.inject(s.tcp("c").ack().seq(6));
            s.inject(s.tcp("c").ack().seq(1).payload("early")).why("the tester sends it again");
            s.expect(acks(s, "c").ack_number(6));
            s.accept("c.listener", "c");
            s.expect_bytes("c", "early");
            data_flows(s, "c");
        })
}

fn data_on_syn_taken() -> Case {
    case("tcp.handshake.data-on-syn-acknowledged")
        .title("The SYN,ACK acknowledges data that came with the SYN, which is delivered without being sent again")
        .observed()
        .required(&["RFC9293-WP-13"])
        .both_families()
        .build(|s| {
            s.listen_for("c");
            s.setup_done();
            s.inject(s.tcp("c").syn().payload("early"));
            s.expect(s.tcp("c").syn_ack().seq(0).ack_number(6));
            s.inject(s.tcp("c").ack());
            s.accept("c.listener", "c");
            s.expect_bytes("c", "early");
        })
}

fn syn_ack_again() -> Case {
    case("tcp.handshake.syn-ack-again")
        .title("A SYN,ACK that comes again, because the ACK of it was lost, is acknowledged again")
        .required(&["RFC9293-WP-4", "RFC5961-4.2-2"])
        .both_families()
        .build(|s| {
            s.established_active("c");
            s.setup_done();
            s.inject(s.tcp("c").syn_ack().seq(0).untracked());
            let rst = s.tcp("c").any_rst();
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1)).forbid(rst);
            data_flows(s, "c");
        })
}

fn addresses_passive() -> Case {
    case("tcp.handshake.addresses-passive")
        .title("An accepted connection names its own address and port and those of its peer, and uses them in what it sends")
        .required(&["RFC9293-MUST-45"])
        .both_families()
        .build(|s| {
            s.listen_for("c");
            s.setup_done();
            s.handshake("c");
            let peer = SocketAddr::new(s.tester(), s.flow_mut("c").tester_port);
            let own = SocketAddr::new(s.target(), 80);
            s.call("c.listener", Verb::Accept("c".to_owned()), Expected::Address(peer)).within(secs(2));
            s.call("c", Verb::PeerAddress, Expected::Address(peer));
            s.call("c", Verb::LocalAddress, Expected::Address(own)).why("not the wildcard that the listener has");
            s.send("c", "from");
            s.expect(s.ip().src(s.target()).dst(s.tester()).tcp(80, peer.port()).payload("from"));
            s.inject(s.tcp("c").ack());
            listener_works(s, "c.listener", 80);
        })
}

fn addresses_active() -> Case {
    case("tcp.handshake.addresses-active")
        .title("An application can choose the local port of a connect; the connection names both ends")
        .required(&["RFC9293-MUST-43", "RFC9293-MUST-45"])
        .both_families()
        .param("local", &["port", "address-and-port"])
        .build(|s| {
            s.flow("c", 5_555);
            s.setup_done();
            let peer = SocketAddr::new(s.tester(), s.flow_mut("c").tester_port);
            let own = SocketAddr::new(s.target(), 5_555);
            s.socket("c", SocketKind::Tcp);
            let local = if s.param("local") == "port" { s.wildcard(5_555) } else { own };
            s.call("c", Verb::Bind(local), Expected::Ok);
            s.call("c", Verb::Connect(peer), Expected::Begun);
            s.expect(s.tcp("c").syn().seq(0)).why("from the chosen port");
            s.inject(s.tcp("c").syn_ack());
            s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1));
            s.call("c", Verb::Connect(peer), Expected::Ok).within(secs(2));
            s.call("c", Verb::LocalAddress, Expected::Address(own));
            s.call("c", Verb::PeerAddress, Expected::Address(peer));
            data_flows(s, "c");
        })
}
