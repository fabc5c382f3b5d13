//! The retransmission timeout. Read first: RFC 6298, RFC 9293 3.8.1 to 3.8.3.

use crate::suite::prelude::*;

/// ESTABLISHED, and `len` octets of pattern data were sent and seen (label `first`); nobody acknowledges them.
fn sent_and_lost(s: &mut Scene, len: usize) {
    s.established_passive("c");
    s.setup_done();
    s.send_data("c", 0, len);
    s.expect(s.tcp("c").data_at(0, len)).label("first").why("the data leaves");
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("tcp.retransmission.lost-data-sent-again")
            .title("Data that is not acknowledged is sent again with the same numbers and the same octets")
            .required(&["RFC9293-WP-18", "RFC6298-5-2"])
            .both_families()
            .build(|s| {
                sent_and_lost(s, 100);
                s.expect(s.tcp("c").seq(1).data_at(0, 100)).within(secs(4)).why("the retransmission");
                s.inject(s.tcp("c").ack());
                s.silence_for(s.tcp("c").payload_len(1..=1460_i64), secs(3)).why("after the ACK it ends");
            }),
        case("tcp.retransmission.not-before-rto")
            .title("Nothing is retransmitted earlier than the retransmission timeout")
            .required(&["RFC6298-5-1", "RFC6298-1-2"])
            .both_families()
            .build(|s| {
                sent_and_lost(s, 100);
                let (min, max) = (s.profile().rto_min, secs(4));
                s.expect(s.tcp("c").seq(1).data_at(0, 100)).between_from("first", min, max);
            }),
        case("tcp.retransmission.rto-at-least-one-second")
            .title("The timeout is not below one second, however short the round trip was")
            .should()
            .required(&["RFC6298-2-8"])
            .both_families()
            .build(|s| {
                sent_and_lost(s, 100);
                s.expect(s.tcp("c").seq(1).data_at(0, 100)).between_from("first", secs(1), secs(4));
            }),
        case("tcp.retransmission.back-off-doubles")
            .title("The timeout doubles on each expiry")
            .required(&["RFC6298-5-3", "RFC9293-MUST-19"])
            .both_families()
            .build(|s| {
                sent_and_lost(s, 100);
                for label in ["r1", "r2", "r3", "r4"] {
                    s.expect(s.tcp("c").seq(1).data_at(0, 100)).within(secs(20)).label(label);
                }
                let labels = ["r1", "r2", "r3", "r4"].map(str::to_owned).to_vec();
                s.check(Check::Backoff { labels, min_percent: 180, max_percent: 220 });
            }),
        case("tcp.retransmission.syn-back-off-doubles")
            .title("SYNs are repeated by the same rule")
            .required(&["RFC9293-MUST-22", "RFC6298-5-3"])
            .both_families()
            .build(|s| {
                s.connect("c");
                s.setup_done();
                for label in ["r1", "r2", "r3"] {
                    s.expect(s.tcp("c").syn().seq(0)).within(secs(10)).label(label);
                }
                let labels = ["r1", "r2", "r3"].map(str::to_owned).to_vec();
                s.check(Check::Interval { from: "c.syn".into(), to: "r1".into(), min: ms(900), max: secs(3) });
                s.check(Check::Backoff { labels: ["c.syn", "r1", "r2"].map(str::to_owned).to_vec(), min_percent: 100, max_percent: 220 });
                s.check(Check::Backoff { labels, min_percent: 0, max_percent: 1_000 });
            }),
        case("tcp.retransmission.first-rto-is-one-second-or-more")
            .title("Before any measurement the timeout is one second or more")
            .required(&["RFC6298-2-1", "RFC6298-2-2"])
            .both_families()
            .build(|s| {
                s.connect("c");
                s.setup_done();
                s.expect(s.tcp("c").syn().seq(0)).between_from("c.syn", secs(1), secs(4)).why("a SYN has no measurement");
            }),
        case("tcp.retransmission.syn-ack-repeated")
            .title("A SYN-ACK that is not acknowledged is repeated")
            .required(&["RFC9293-WP-18", "RFC9293-MUST-22"])
            .both_families()
            .build(|s| {
                s.in_state("c", State::SynReceived);
                s.setup_done();
                s.expect(s.tcp("c").syn_ack().seq(0)).between_from("c.syn-ack", ms(900), secs(4));
                s.inject(s.tcp("c").ack());
                s.accept("c.listener", "c").why("the late handshake succeeds");
            }),
        case("tcp.retransmission.fin-repeated")
            .title("A FIN that is not acknowledged is repeated")
            .required(&["RFC9293-WP-18"])
            .both_families()
            .build(|s| {
                s.in_state("c", State::FinWait1);
                s.setup_done();
                let min = s.profile().rto_min;
                s.expect(s.tcp("c").fin().seq(1)).between_from("c.fin", min, secs(4));
            }),
        case("tcp.retransmission.oldest-first")
            .title("When several segments are lost the timeout sends the oldest one")
            .required(&["RFC6298-5-2", "RFC5681-3.1-19"])
            .both_families()
            .build(|s| {
                s.flow("c", 80).mss = Some(500);
                s.established_passive("c");
                s.setup_done();
                s.send_data("c", 0, 1500);
                for at in [0, 500, 1000] {
                    s.expect(s.tcp("c").data_at(at, 500)).why("the data leaves");
                }
                s.expect(s.tcp("c").seq(1).data_at(0, 500)).within(secs(4)).next().why("the first segment again");
            }),
        case("tcp.retransmission.ack-stops-timer")
            .title("When everything is acknowledged nothing is retransmitted")
            .required(&["RFC6298-5-2"])
            .both_families()
            .build(|s| {
                sent_and_lost(s, 100);
                s.inject(s.tcp("c").ack());
                s.silence_for(s.tcp("c").payload_len(1..=1460_i64), secs(4));
            }),
        case("tcp.retransmission.partial-ack-keeps-the-rest")
            .title("An ACK of a part: only the rest is retransmitted")
            .required(&["RFC9293-WP-18", "RFC6298-5-2"])
            .both_families()
            .build(|s| {
                sent_and_lost(s, 100);
                s.inject(s.tcp("c").ack().ack_number(61));
                let all = s.tcp("c").seq(1).payload_len(1..=60_i64);
                s.expect(s.tcp("c").seq(61).data_at(60, 40)).within(secs(4)).forbid(all);
            }),
        case("tcp.retransmission.karn-keeps-backed-off-timeout")
            .title("An ACK of retransmitted data gives no sample: the next segment still has the backed-off timeout")
            .required(&["RFC9293-MUST-18", "RFC6298-3-1", "RFC6298-3-2"])
            .both_families()
            .build(|s| {
                sent_and_lost(s, 100);
                s.expect(s.tcp("c").seq(1).data_at(0, 100)).within(secs(4)).label("r1");
                s.expect(s.tcp("c").seq(1).data_at(0, 100)).within(secs(8)).label("r2");
                s.inject(s.tcp("c").ack()).why("whether for the first or for a later transmission, nobody knows");
                s.send_data("c", 100, 100);
                s.expect(s.tcp("c").data_at(100, 100)).label("next");
                // The timeout doubled twice: four times what it was, and no more than that with some room.
                let rto = s.profile().rto_min.as_micros();
                s.expect(s.tcp("c").data_at(100, 100)).between_from("next", us(rto * 2), us(rto * 6 + 200_000));
            }),
        case("tcp.retransmission.timeout-measured-from-round-trip")
            .title("The timeout follows the measured round trip: with half a second it is not below that and not far above")
            .required(&["RFC6298-2-3", "RFC6298-2-7"])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                for at in [0_u64, 100, 200] {
                    s.send_data("c", at, 100);
                    s.expect(s.tcp("c").data_at(at, 100)).why("data leaves");
                    s.advance(ms(500));
                    s.inject(s.tcp("c").ack());
                }
                s.send_data("c", 300, 100);
                s.expect(s.tcp("c").data_at(300, 100)).label("lost");
                s.expect(s.tcp("c").data_at(300, 100)).between_from("lost", ms(600), secs(4));
            }),
        case("tcp.retransmission.data-after-lost-syn-waits-three-seconds")
            .title("If the SYN timed out, the first data starts with a timeout of three seconds")
            .required(&["RFC6298-5-4"])
            .both_families()
            .build(|s| {
                s.connect("c");
                s.setup_done();
                s.expect(s.tcp("c").syn().seq(0)).within(secs(4)).why("the SYN timed out");
                s.inject(s.tcp("c").syn_ack());
                s.expect(s.tcp("c").pure_ack().seq(1).ack_number(1));
                s.send_data("c", 0, 100);
                s.expect(s.tcp("c").data_at(0, 100)).label("data");
                s.expect(s.tcp("c").data_at(0, 100)).between_from("data", ms(2_700), secs(8));
            }),
        case("tcp.retransmission.gives-up-after-100-seconds")
            .title("A connection whose data is never acknowledged lives for at least 100 seconds and is then given up")
            .should()
            .required(&["RFC9293-SHLD-11", "RFC9293-MUST-12"])
            .needs(&[Capability::LongWaits, Capability::SocketErrors])
            .both_families()
            .build(|s| {
                sent_and_lost(s, 100);
                s.advance(secs(99));
                s.expect_no_data("c").why("still alive");
                s.advance(secs(3_600));
                s.expect_recv_error("c", &[Errno::TimedOut]);
            }),
        case("tcp.retransmission.syn-tried-for-three-minutes")
            .title("A connection attempt goes on for at least three minutes and then (recommended) fails with a timeout")
            .required(&["RFC9293-MUST-23", "RFC9293-MUST-22"])
            .needs(&[Capability::LongWaits, Capability::SocketErrors])
            .both_families()
            .build(|s| {
                s.connect("c");
                s.setup_done();
                s.advance(secs(175));
                let peer = std::net::SocketAddr::new(s.tester(), s.flow_mut("c").tester_port);
                s.call("c", Verb::Connect(peer), Expected::Pending).why("still trying");
                s.advance(secs(600));
                s.call("c", Verb::Connect(peer), Scene::errno(&[Errno::TimedOut])).should();
            }),
    ]
}
