//! The basics, which every other case builds on: an open both ways, data both ways, and every state reached.
//!
//! Read first: RFC 9293 3.3.2 (states), 3.5 (opens), 3.6 (closes), 3.10.7.1 (CLOSED).

use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![opened_by_the_tester(), opened_by_the_target(), closed_port(), received(), sent(), states()]
}

fn opened_by_the_tester() -> Case {
    case("tcp.basics.passive-open")
        .title("A SYN to a listener is answered by SYN,ACK, and the ACK of that makes a connection")
        .required(&["RFC9293-WP-2"])
        .both_families()
        .build(|s| {
            s.listen_for("c");
            s.setup_done();
            s.inject(s.tcp("c").syn());
            s.expect(s.tcp("c").syn_ack().seq(0).ack_number(1).no_payload());
            s.inject(s.tcp("c").ack());
            s.accept("c.listener", "c").why("the connection can be accepted");
            s.silence(s.tcp("c")).why("nothing is left to say");
        })
}

fn opened_by_the_target() -> Case {
    case("tcp.basics.active-open")
        .title("A connect sends a SYN, and the SYN,ACK that answers it is acknowledged")
        .required(&["RFC9293-WP-3"])
        .both_families()
        .build(|s| {
            s.setup_done();
            s.established_active("c");
            s.send("c", b"hello");
            s.expect(s.tcp("c").ack().seq(1).ack_number(1).payload(b"hello"));
        })
}

fn closed_port() -> Case {
    case("tcp.basics.closed-port-resets")
        .title("A SYN to a port without a listener is answered by RST,ACK with its number acknowledged")
        .required(&["RFC9293-WP-1"])
        .both_families()
        .build(|s| {
            s.flow("c", 4_999);
            s.inject(s.tcp("c").syn());
            s.expect(s.tcp("c").rst_ack().set(FieldId::TcpSeqAbsolute, 0).ack_next(0));
        })
}

fn received() -> Case {
    case("tcp.basics.data-received")
        .title("Data in order is acknowledged and read by the application as it was sent")
        .required(&["RFC9293-WP-10"])
        .both_families()
        .param("len", &["1", "100000"])
        .build(|s| {
            let len = s.number("len") as usize;
            s.established_passive("c");
            s.setup_done();
            s.transfer("c", len, Some("c"));
            s.inject(s.tcp("c").fin());
            s.expect_eof("c");
        })
}

fn sent() -> Case {
    case("tcp.basics.data-sent")
        .title("What the application writes arrives in order, within the window and the MSS")
        .required(&["RFC9293-WP-10"])
        .both_families()
        .build(|s| {
            s.established_passive("c");
            s.setup_done();
            s.send_data("c", 0, 10_000).within(secs(5));
            s.receive("c", 10_000).acks(AckPolicy::EveryOther);
            s.check(Check::StreamEquals { flow: "c".to_owned(), from: 0, len: 10_000 });
            s.check(Check::WithinWindow { flow: "c".to_owned() });
            s.count(s.tcp("c").payload_len(1_461..=65_535), 0, 0).why("no segment above the tester's MSS");
        })
}

/// Where a socket exists, its state can be asked for.
fn states() -> Case {
    let with_socket = &State::ALL[2..];
    case("tcp.basics.states-reached")
        .title("Each state is reached by the segments and calls of figure 5, as the state query shows")
        .required(&["RFC9293-WP-6", "RFC9293-WP-11"])
        .needs(&[Capability::StateQuery])
        .both_families()
        .param("state", &State::slugs(with_socket))
        .build(|s| {
            let state = State::from_slug(s.param("state"));
            s.in_state("c", state);
            s.setup_done();
            let name = state.slug().to_uppercase();
            if state == State::SynReceived {
                // Not accepted yet: the connection has no socket; that it is there shows when it is acknowledged.
                s.inject(s.tcp("c").ack());
                s.accept("c.listener", "c");
                s.expect_state("c", &["ESTABLISHED"]);
            } else {
                s.expect_state("c", &[&name]).within(secs(1));
            }
        })
}
