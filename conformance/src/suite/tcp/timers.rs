//! Keep-alive and the user timeout. Read first: RFC 9293 3.8.4 and 3.8.3, RFC 5482.

use crate::suite::prelude::*;

/// A keep-alive probe: an old sequence number, at most one octet.
fn probe(s: &Scene) -> PacketSpec {
    s.tcp("c").flags_with("A").seq(0).payload_len(0..=1_i64)
}

/// ESTABLISHED with keep-alives after two idle seconds, two seconds apart.
fn kept_alive(s: &mut Scene) {
    s.established_passive("c");
    s.set_option("c", SocketOption::KeepIdle(2));
    s.set_option("c", SocketOption::KeepInterval(2));
    s.set_option("c", SocketOption::KeepAlive(true)).label("on");
    s.setup_done();
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("tcp.timers.keep-alive-off-by-default")
            .title("Keep-alives are off by default: an idle connection is silent for three hours")
            .required(&["RFC9293-MUST-25"])
            .needs(&[Capability::LongWaits])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.setup_done();
                s.silence_for(s.tcp("c"), secs(3 * 3_600));
                s.inject(s.tcp("c").ack().payload("still here"));
                s.expect_bytes("c", "still here");
            }),
        case("tcp.timers.keep-alive-default-two-hours")
            .title("A keep-alive that is switched on without more waits for two hours at least")
            .required(&["RFC9293-MUST-28", "RFC9293-MUST-24"])
            .needs(&[Capability::LongWaits, Capability::TcpKeepAlive])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.set_option("c", SocketOption::KeepAlive(true));
                s.setup_done();
                s.silence_for(s.tcp("c"), secs(7_190));
                s.expect(probe(s)).within(secs(3_600)).why("then it probes");
            }),
        case("tcp.timers.keep-alive-probes-when-idle")
            .title(
                "With keep-alives on an idle connection is probed after the interval, without data or with one octet",
            )
            .required(&["RFC9293-MUST-24", "RFC9293-MUST-26", "RFC9293-MUST-27"])
            .both_families()
            .build(|s| {
                kept_alive(s);
                s.expect(probe(s)).between_from("on", ms(1_500), secs(4)).label("probe");
                s.inject(s.tcp("c").ack());
                s.silence_for(probe(s), ms(1_000)).why("it was answered: the next interval begins");
            }),
        case("tcp.timers.keep-alive-without-data")
            .title("A keep-alive carries no data")
            .should()
            .required(&["RFC9293-SHLD-12"])
            .both_families()
            .build(|s| {
                kept_alive(s);
                s.expect(s.tcp("c").flags_with("A").seq(0).no_payload()).within(secs(4));
            }),
        case("tcp.timers.keep-alive-not-while-traffic")
            .title("Keep-alives are only sent when nothing arrived for the interval")
            .required(&["RFC9293-MUST-26"])
            .both_families()
            .build(|s| {
                kept_alive(s);
                for turn in 0..5_u64 {
                    s.advance(ms(1_000));
                    s.inject(s.tcp("c").ack().data_at(turn * 10, 10));
                }
                s.count(probe(s), 0, 0);
            }),
        case("tcp.timers.one-lost-keep-alive-is-no-death")
            .title("One keep-alive without answer does not kill the connection")
            .required(&["RFC9293-MUST-29"])
            .both_families()
            .build(|s| {
                kept_alive(s);
                s.expect(probe(s)).within(secs(4)).why("a probe, which gets lost");
                s.expect(probe(s)).within(secs(4)).why("another one");
                s.inject(s.tcp("c").ack());
                s.inject(s.tcp("c").ack().payload("alive"));
                s.expect_bytes("c", "alive");
            }),
        case("tcp.timers.silent-peer-given-up")
            .title("A peer that answers none of the keep-alives is given up, and the application learns it")
            .required(&["RFC9293-MUST-24", "RFC9293-MUST-12"])
            .needs(&[Capability::SocketErrors])
            .both_families()
            .build(|s| {
                kept_alive(s);
                s.set_option("c", SocketOption::KeepCount(3));
                s.call("c", Verb::Recv(100), Scene::errno(&[Errno::TimedOut])).within(secs(16));
            }),
        case("tcp.timers.keep-alive-answered")
            .title("The target answers a peer's keep-alive probe")
            .required(&["RFC9293-WP-4"])
            .both_families()
            .param("octets", &["0", "1"])
            .build(|s| {
                s.established_passive("c");
                s.inject(s.tcp("c").ack().payload("x"));
                s.expect_bytes("c", "x").why("set-up: something was received");
                s.expect(s.tcp("c").flags_with("A").ack_number(2)).why("set-up: it is acknowledged");
                s.setup_done();
                let octets = s.number("octets") as usize;
                s.inject(s.tcp("c").ack().seq(1).fill(b'x', octets).untracked());
                s.expect(s.tcp("c").flags_with("A").ack_number(2));
            }),
        case("tcp.timers.user-timeout")
            .title("The application can set how long data may stay unacknowledged")
            .required(&["RFC9293-MUST-21"])
            .needs(&[Capability::TcpUserTimeout, Capability::SocketErrors])
            .both_families()
            .build(|s| {
                s.established_passive("c");
                s.set_option("c", SocketOption::UserTimeout(3_000));
                s.setup_done();
                s.send("c", "unheard");
                s.expect(s.tcp("c").payload("unheard")).why("the data leaves");
                s.call("c", Verb::Recv(100), Scene::errno(&[Errno::TimedOut])).within(secs(15));
            }),
    ]
}
