//! Bad targets and bad cases: each ends in the right verdict with the right blame.

use wireproof_conformance::suite::{self, typical_profile};
use wireproof_conformance::target::{self, Blame, Instant, TargetError};
use wireproof_conformance::verdict::Verdict;

use super::mock::Mock;
use super::*;

fn plain() -> Case {
    after_echo(|s| {
        s.expect(packet::ipv4().echo_reply(1, 1));
    })
}

#[test]
fn a_flood_is_bounded() {
    let flood = Mock::replying(|_| (0..5_000).map(|seq| (Duration::ZERO, echo_reply(9, seq))).collect());
    let result = run(&plain(), &mut { flood });
    assert_eq!(result.verdict, Verdict::Timeout);
    assert!(evidence(&result).summary.contains("flood"), "{}", evidence(&result).summary);
    assert!(evidence(&result).trace.len() < 100, "the trace is cut");
}

#[test]
fn virtual_time_is_bounded() {
    let case = after_echo(|s| {
        s.silence_for(packet::ipv4().ttl_exceeded(), secs(3_600 * 24 * 30));
        s.expect(packet::ipv4().ttl_exceeded());
    });
    let result = run(&case, &mut Mock::silent());
    assert_eq!(result.verdict, Verdict::Timeout, "{:?}", result.evidence);
}

#[test]
fn a_panic_of_the_target_is_a_crash() {
    let result = run(&plain(), &mut Mock::replying(|_| panic!("index out of bounds")));
    assert_eq!(result.verdict, Verdict::Crash);
    assert_eq!(evidence(&result).summary, "the target panicked: index out of bounds");
    assert_eq!(evidence(&result).blame, "target");
    assert_eq!(evidence(&result).trace.len(), 1, "what was sent is kept");
}

#[test]
fn an_adapter_that_breaks_its_contract_is_blamed() {
    let mut impatient = Mock::silent();
    impatient.impatient = true;
    let result = run(&plain(), &mut impatient);
    assert_eq!((result.verdict, &*evidence(&result).blame), (Verdict::Crash, "target"));
    assert!(evidence(&result).summary.contains("before its deadline"), "{}", evidence(&result).summary);
}

#[test]
fn the_environment_is_not_the_target() {
    let error = TargetError { blame: Blame::Environment, what: "no /dev/net/tun".into(), hint: "load tun".into() };
    let mut broken = Mock::silent();
    broken.broken = Some(error);
    let result = run(&plain(), &mut broken);
    assert_eq!((result.verdict, &*evidence(&result).blame), (Verdict::Error, "environment"));
    assert_eq!(evidence(&result).hint, "load tun");
}

#[test]
fn a_missing_capability_is_named() {
    let case = case("harness.test").ipv6().needs(&[Capability::Forwarding]).build(|s| {
        s.silence(s.ip());
    });
    let result = run(&case, &mut Mock::silent());
    assert_eq!(result.verdict, Verdict::Unsupported);
    assert_eq!(evidence(&result).summary, "needs ipv6, forwarding");
}

#[test]
fn what_fails_in_the_set_up_is_inconclusive() {
    let case = after_echo(|s| {
        s.expect(packet::ipv4().echo_reply(1, 1));
        s.setup_done();
        s.silence(packet::ipv4().ttl_exceeded());
    });
    let result = run(&case, &mut Mock::silent());
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert_eq!(run(&case, &mut Mock::replying(|_| at_once([echo_reply(1, 1)]))).verdict, Verdict::Pass);
}

#[test]
fn a_case_that_cannot_fail_is_an_error_of_the_case() {
    let empty = case("harness.test").ipv4().build(|s| {
        s.inject(packet::ipv4().echo_request(1, 1));
        s.expect(packet::ipv4().echo_reply(1, 1));
        s.setup_done();
        s.note("and nothing more");
    });
    let result = run(&empty, &mut Mock::replying(|_| at_once([echo_reply(1, 1)])));
    assert_eq!((result.verdict, &*evidence(&result).blame), (Verdict::Error, "case"));
    assert!(evidence(&result).summary.contains("would prove nothing"), "{}", evidence(&result).summary);
}

#[test]
fn a_case_with_a_slip_is_an_error_of_the_case() {
    let panics = case("harness.test").ipv4().build(|s| {
        s.inject(s.tcp("nobody").syn());
    });
    let result = run(&panics, &mut Mock::silent());
    assert_eq!((result.verdict, &*evidence(&result).blame), (Verdict::Error, "case"));
    assert!(evidence(&result).summary.contains("there is no flow `nobody`"), "{}", evidence(&result).summary);
    let unknown = after_echo(|s| {
        s.expect(packet::ipv4().ttl(var("never-captured")).echo_reply(1, 1));
    });
    let result = run(&unknown, &mut Mock::replying(|_| at_once([echo_reply(1, 1)])));
    assert_eq!((result.verdict, &*evidence(&result).blame), (Verdict::Error, "case"));
    assert!(evidence(&result).summary.contains("never-captured"), "{}", evidence(&result).summary);
}

#[test]
fn the_same_timeline_twice_gives_the_same_trace() {
    let case = plain();
    let mut mock = Mock::replying(|_| vec![(ms(3), echo_reply(1, 1))]);
    let (first, second) = (run(&case, &mut mock), run(&case, &mut mock));
    assert_eq!(first.trace, second.trace);
    assert_eq!(first.virtual_us, Instant::from_millis(3).as_micros());
}

#[test]
fn canaries_fail_on_every_virtual_target_and_are_in_no_normal_run() {
    for name in target::names() {
        let mut target = target::open(&name.name).expect("listed targets open");
        if target.info().clock == wireproof_conformance::target::Clock::Wall {
            continue;
        }
        for canary in suite::canaries() {
            assert_eq!(run(&canary, target.as_mut()).verdict, Verdict::Fail, "{} on {}", canary.id, name.name);
        }
    }
    assert!(suite::all().iter().all(|case| !case.canary));
}

#[test]
fn every_case_is_well_formed() {
    let mut ids = Vec::new();
    for case in suite::all().into_iter().chain(suite::canaries()) {
        let slug = |part: &str| {
            let good = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
            !part.is_empty() && part.chars().all(good)
        };
        assert!(case.id.split('.').count() >= 3 && case.id.split('.').all(slug), "{}: not a slug", case.id);
        assert!(!case.title.is_empty() && !case.title.ends_with('.'), "{}: a title without a full stop", case.id);
        assert!(case.canary || !case.requirements.is_empty(), "{}: decides no requirement", case.id);
        let instances = case.instances();
        assert!(!instances.is_empty(), "{}: a parameter without values", case.id);
        for instance in instances {
            let timeline = instance.timeline(&typical_profile()).unwrap_or_else(|error| panic!("{}: {error}", case.id));
            let set_up = timeline.events.iter().any(|event| event.why.starts_with("set-up"));
            assert!(!set_up || timeline.setup_len() > 0, "{}: `setup_done` is missing", case.id);
        }
        ids.push(case.id);
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
}
