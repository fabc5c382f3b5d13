//! Socket calls: pending ones are tried again, outcomes are judged.

use wireproof_conformance::target::{Call, Outcome, SocketId};
use wireproof_conformance::timeline::packet::pattern;
use wireproof_conformance::verdict::Verdict;

use super::mock::Mock;
use super::*;

fn sockets(now: wireproof_conformance::target::Instant, ready: u64, outcome: Outcome, call: &Call) -> Outcome {
    match call {
        Call::Socket(..) => Outcome::Socket(SocketId(1)),
        Call::Recv(..) if now.as_millis() >= ready => outcome,
        Call::Recv(..) => Outcome::Pending,
        _ => Outcome::Done,
    }
}

fn reading(expect: impl Fn(&mut Scene) + Send + Sync + 'static) -> Case {
    case("harness.test").ipv4().build(move |s| {
        s.socket("c", SocketKind::Tcp);
        s.setup_done();
        expect(s);
    })
}

#[test]
fn a_pending_call_is_tried_again_until_its_time_is_up() {
    let case = reading(|s| {
        s.expect_bytes("c", b"hi");
    });
    let ready = |at: u64| Mock::silent().calls(move |now, call| sockets(now, at, Outcome::Data(b"hi".to_vec()), call));
    let result = run(&case, &mut ready(1_500));
    assert_eq!(result.verdict, Verdict::Pass);
    assert!((1_500_000..1_520_000).contains(&result.virtual_us), "{}", result.virtual_us);
    let late = run(&case, &mut ready(2_500));
    assert_eq!(late.verdict, Verdict::Fail);
    assert!(evidence(&late).summary.contains("still would block"), "{}", evidence(&late).summary);
}

#[test]
fn short_reads_are_put_together() {
    let case = reading(|s| {
        s.expect_data("c", 0, 10);
    });
    let mut at = 0;
    let mut target = Mock::silent().calls(move |_, call| match call {
        Call::Socket(..) => Outcome::Socket(SocketId(1)),
        Call::Recv(_, max) => {
            let len = 3.min(*max);
            at += len as u64;
            Outcome::Data(pattern(at - len as u64, len))
        }
        _ => Outcome::Done,
    });
    assert_eq!(run(&case, &mut target).verdict, Verdict::Pass);
    let wrong = |_, call: &Call| sockets(Default::default(), 0, Outcome::Data(vec![0, 9]), call);
    let result = run(&case, &mut Mock::silent().calls(wrong));
    assert!(evidence(&result).summary.contains("byte 1 differs"), "{}", evidence(&result).summary);
}

#[test]
fn outcomes_are_judged() {
    type Want = fn(&mut Scene);
    let eof: Want = |s| {
        s.expect_eof("c");
    };
    let refused: Want = |s| {
        s.expect_recv_error("c", &[Errno::ConnectionRefused]);
    };
    let nothing: Want = |s| {
        s.expect_no_data("c");
    };
    let rows = [
        (eof, Outcome::Data(Vec::new()), Verdict::Pass),
        (eof, Outcome::Data(vec![1]), Verdict::Fail),
        (refused, Outcome::Errno(Errno::ConnectionRefused), Verdict::Pass),
        (refused, Outcome::Errno(Errno::TimedOut), Verdict::Fail),
        (refused, Outcome::Data(Vec::new()), Verdict::Fail),
        (nothing, Outcome::Pending, Verdict::Pass),
        (nothing, Outcome::Data(Vec::new()), Verdict::Fail),
    ];
    for (want, outcome, verdict) in rows {
        let answer = outcome.clone();
        let mut target = Mock::silent().calls(move |now, call| sockets(now, 0, answer.clone(), call));
        assert_eq!(run(&reading(want), &mut target).verdict, verdict, "{outcome:?}");
    }
}

#[test]
fn unsupported_after_declaring_it_is_a_failure_not_an_excuse() {
    let case = reading(|s| {
        s.expect_eof("c");
    });
    let mut target = Mock::silent().calls(|now, call| sockets(now, 0, Outcome::Unsupported, call));
    let result = run(&case, &mut target);
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(evidence(&result).summary.contains("declares"), "{}", evidence(&result).summary);
}

#[test]
fn frames_that_come_during_a_call_stay_for_later() {
    let case = after_echo(|s| {
        s.socket("c", SocketKind::Tcp);
        s.expect_bytes("c", b"x");
        s.expect(packet::ipv4().echo_reply(1, 1));
    });
    let mut target = Mock::replying(|_| vec![(ms(10), echo_reply(1, 1))])
        .calls(|now, call| sockets(now, 1_000, Outcome::Data(b"x".to_vec()), call));
    assert_eq!(run(&case, &mut target).verdict, Verdict::Pass);
}

#[test]
fn a_connect_call_that_has_begun_is_asked_again() {
    let case = case("harness.test").ipv4().build(|s| {
        s.socket("c", SocketKind::Tcp);
        let peer = "192.0.2.2:80".parse().expect("valid");
        s.call("c", Verb::Connect(peer), Expected::Begun);
        s.call("c", Verb::Connect(peer), Expected::Ok).within(secs(1));
    });
    for first in [Outcome::Pending, Outcome::Errno(Errno::InProgress)] {
        for last in [Outcome::Done, Outcome::Errno(Errno::IsConnected)] {
            let (first, last) = (first.clone(), last.clone());
            let mut target = Mock::silent().calls(move |now, call| match call {
                Call::Socket(..) => Outcome::Socket(SocketId(1)),
                Call::Connect(..) if now.as_millis() >= 100 => last.clone(),
                _ => first.clone(),
            });
            assert_eq!(run(&case, &mut target).verdict, Verdict::Pass);
        }
    }
}
