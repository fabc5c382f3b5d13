//! Expectations, silence, order, windows of time.

use wireproof_conformance::timeline::describe::frame_line;
use wireproof_conformance::verdict::Verdict;

use super::mock::Mock;
use super::*;

fn any_reply() -> PacketSpec {
    packet::ipv4().echo_reply(any(), any())
}

#[test]
fn the_right_reply_passes() {
    let case = after_echo(|s| {
        s.expect(packet::ipv4().echo_reply(1, 1).data(8));
    });
    let result = run(&case, &mut Mock::replying(|_| at_once([echo_reply(1, 1)])));
    assert_eq!(result.verdict, Verdict::Pass);
    assert!(result.evidence.is_none());
    assert_eq!(result.trace.len(), 2);
    assert!(result.trace[1].comment.as_deref().is_some_and(|comment| comment.contains("as expected")));
}

#[test]
fn the_nearest_miss_lists_only_what_differs() {
    let case = after_echo(|s| {
        s.expect(packet::ipv4().ttl(64).echo_reply(1, 1).data(8)).why("RFC792-1");
    });
    let frames = || {
        let far = from_target(packet::ipv4().udp(1, 2).payload(b"far"));
        let near = from_target(packet::ipv4().ttl(63).echo_reply(1, 2).data(8));
        at_once([far, near])
    };
    let result = run(&case, &mut Mock::replying(move |_| frames()));
    assert_eq!(result.verdict, Verdict::Fail);
    let evidence = evidence(&result);
    assert_eq!(evidence.summary, "2 frames came, none matches until 0.600000");
    let misses: Vec<_> = evidence.nearest_miss.iter().map(|m| (&*m.field, &*m.expected, &*m.got)).collect();
    assert_eq!(misses, [("ipv4.ttl", "64", "63"), ("icmpv4.seq", "1", "2")]);
    assert!(evidence.nearest_frame.contains("echo reply 0x1/2"), "{}", evidence.nearest_frame);
    assert!(evidence.expected.contains("RFC792-1"), "{}", evidence.expected);
    assert_eq!((evidence.event, &*evidence.blame), (Some(1), "target"));
    assert_eq!(evidence.trace.len(), 3);
    assert!(evidence.trace[2].contains("event 2 failed"), "{:?}", evidence.trace);
}

#[test]
fn a_wrong_checksum_of_the_target_is_a_miss() {
    let case = after_echo(|s| {
        s.expect(any_reply());
    });
    let bad = || from_target(packet::ipv4().echo_reply(1, 1).bad_checksum());
    let result = run(&case, &mut Mock::replying(move |_| at_once([bad()])));
    assert_eq!(result.verdict, Verdict::Fail);
    assert_eq!(evidence(&result).nearest_miss[0].field, "icmpv4.checksum");
}

#[test]
fn silence_passes_only_when_nothing_matching_comes() {
    let case = after_echo(|s| {
        s.silence(any_reply());
    });
    assert_eq!(run(&case, &mut Mock::silent()).verdict, Verdict::Pass);
    let other = || from_target(packet::ipv4().udp(1, 2));
    assert_eq!(run(&case, &mut Mock::replying(move |_| at_once([other()]))).verdict, Verdict::Pass);
    // A reaction may be delayed as an ACK may be.
    let late = |_: &[u8]| vec![(ms(500), echo_reply(1, 1))];
    let result = run(&case, &mut Mock::replying(late));
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(evidence(&result).summary.contains("where none may"), "{}", evidence(&result).summary);
    let later = |_: &[u8]| vec![(ms(700), echo_reply(1, 1))];
    assert_eq!(run(&case, &mut Mock::replying(later)).verdict, Verdict::Pass);
}

#[test]
fn silence_does_not_look_at_what_came_before_the_stimulus() {
    let case = after_echo(|s| {
        s.inject(packet::ipv4().udp(1, 2));
        s.silence(any_reply());
    });
    let only_to_echo = |frame: &[u8]| if frame[23] == 1 { at_once([echo_reply(1, 1)]) } else { Vec::new() };
    assert_eq!(run(&case, &mut Mock::replying(only_to_echo)).verdict, Verdict::Pass);
}

#[test]
fn silence_after_a_match_counts_what_is_left() {
    let case = after_echo(|s| {
        s.expect(any_reply());
        s.silence(any_reply()).why("one reply is enough");
    });
    assert_eq!(run(&case, &mut Mock::replying(|_| at_once([echo_reply(1, 1)]))).verdict, Verdict::Pass);
    let twice = |_: &[u8]| at_once([echo_reply(1, 1), echo_reply(1, 1)]);
    assert_eq!(run(&case, &mut Mock::replying(twice)).verdict, Verdict::Fail);
}

#[test]
fn a_forbidden_frame_fails_at_once() {
    let case = after_echo(|s| {
        s.expect(packet::ipv4().echo_reply(1, 1)).within(secs(100)).forbid(packet::ipv4().ttl_exceeded());
    });
    let error = || from_target(packet::ipv4().ttl_exceeded());
    let result = run(&case, &mut Mock::replying(move |_| at_once([error(), echo_reply(1, 1)])));
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(evidence(&result).summary.contains("forbidden"), "{}", evidence(&result).summary);
    assert_eq!(result.virtual_us, 0, "nothing was waited for");
}

#[test]
fn the_next_frame_of_the_scope_must_match_when_asked() {
    let strict = after_echo(|s| {
        s.expect(packet::ipv4().echo_reply(1, 1)).next();
    });
    let udp = || from_target(packet::ipv4().udp(1, 2));
    let mut other_scope = Mock::replying(move |_| at_once([udp(), echo_reply(1, 1)]));
    assert_eq!(run(&strict, &mut other_scope).verdict, Verdict::Pass);
    let mut same_scope = Mock::replying(|_| at_once([echo_reply(7, 7), echo_reply(1, 1)]));
    let result = run(&strict, &mut same_scope);
    assert_eq!(result.verdict, Verdict::Fail);
    assert_eq!(evidence(&result).summary, "another frame came first");
}

#[test]
fn frames_of_other_scopes_wait_and_those_of_the_same_are_passed_over() {
    let frames = || {
        let udp = from_target(packet::ipv4().udp(1, 2));
        at_once([udp, echo_reply(7, 7), echo_reply(1, 1)])
    };
    let other = after_echo(|s| {
        s.expect(packet::ipv4().echo_reply(1, 1));
        s.expect(packet::ipv4().udp(1, 2));
    });
    assert_eq!(run(&other, &mut Mock::replying(move |_| frames())).verdict, Verdict::Pass);
    let passed_over = after_echo(|s| {
        s.expect(packet::ipv4().echo_reply(1, 1));
        s.expect(packet::ipv4().echo_reply(7, 7));
    });
    assert_eq!(run(&passed_over, &mut Mock::replying(move |_| frames())).verdict, Verdict::Fail);
}

#[test]
fn windows_are_exact_in_virtual_time() {
    let case = after_echo(|s| {
        s.expect(any_reply()).between_from("request", ms(200), ms(300));
    });
    for (at, verdict) in [(199, Verdict::Fail), (200, Verdict::Pass), (300, Verdict::Pass), (301, Verdict::Fail)] {
        let result = run(&case, &mut Mock::replying(move |_| vec![(ms(at), echo_reply(1, 1))]));
        assert_eq!(result.verdict, verdict, "{at}");
    }
    let early = run(&case, &mut Mock::replying(|_| vec![(ms(199), echo_reply(1, 1))]));
    assert!(evidence(&early).summary.contains("1ms too early"), "{}", evidence(&early).summary);
}

#[test]
fn captured_values_are_compared_later() {
    let case = after_echo(|s| {
        s.expect(packet::ipv4().set(FieldId::Ipv4Id, bind("first")).echo_reply(1, 1));
        s.inject(packet::ipv4().echo_request(1, 2));
        s.expect(packet::ipv4().set(FieldId::Ipv4Id, bind("second")).echo_reply(1, 1));
        s.check(Check::VarsDiffer(vec!["first".into(), "second".into()]));
    });
    let mut id = 0u16;
    let mut counting = Mock::replying(move |_| {
        id += 1;
        at_once([from_target(packet::ipv4().set(FieldId::Ipv4Id, id).echo_reply(1, 1))])
    });
    assert_eq!(run(&case, &mut counting).verdict, Verdict::Pass);
    let result = run(&case, &mut Mock::replying(|_| at_once([echo_reply(1, 1)])));
    assert_eq!(evidence(&result).summary, "not all different: first = 1, second = 1");
}

#[test]
fn counts_and_intervals() {
    let case = after_echo(|s| {
        s.expect(any_reply()).label("one");
        s.expect(any_reply()).within(secs(10)).label("two");
        s.expect(any_reply()).within(secs(10)).label("three");
        s.check(Check::Interval { from: "one".into(), to: "two".into(), min: secs(1), max: secs(1) });
        let labels = ["one", "two", "three"].map(str::to_owned).to_vec();
        s.check(Check::Backoff { labels, min_percent: 200, max_percent: 200 });
        s.count(any_reply(), 3, 3);
    });
    let at = |seconds: [u64; 3]| Mock::replying(move |_| seconds.map(|s| (secs(s), echo_reply(1, 1))).to_vec());
    assert_eq!(run(&case, &mut at([0, 1, 3])).verdict, Verdict::Pass);
    let result = run(&case, &mut at([0, 1, 2]));
    assert!(evidence(&result).summary.starts_with("intervals 1s, 1s"), "{}", evidence(&result).summary);
}

#[test]
fn counting_begins_behind_the_labelled_frame() {
    let case = after_echo(|s| {
        s.expect(any_reply()).label("first");
        let since = Some("first".to_owned());
        s.check(Check::Count { packet: any_reply(), min: 1, max: 1, since });
    });
    // The second one has already come when the first is looked at.
    let twice = |_: &[u8]| at_once([echo_reply(1, 1), echo_reply(1, 2)]);
    let result = run(&case, &mut Mock::replying(twice));
    assert_eq!(result.verdict, Verdict::Pass, "{:?}", result.evidence);
}

#[test]
fn link_rules_drop_delay_and_duplicate() {
    let replies = |_: &[u8]| at_once([echo_reply(1, 1), echo_reply(1, 2)]);
    let dropped = case("harness.test").ipv4().build(move |s| {
        s.drop_frames(any_reply(), 1, 1);
        s.inject(packet::ipv4().echo_request(1, 1));
        s.expect(any_reply()).next();
        s.silence(any_reply());
    });
    assert_eq!(run(&dropped, &mut Mock::replying(replies)).verdict, Verdict::Pass);
    let effect = |effect: wireproof_conformance::timeline::LinkEffect, then: fn(&mut Scene)| {
        case("harness.test").ipv4().build(move |s| {
            s.event(Action::LinkRule { packet: any_reply(), first: 1, count: 1, effect });
            s.inject(packet::ipv4().echo_request(1, 1));
            then(s);
        })
    };
    let delayed = effect(wireproof_conformance::timeline::LinkEffect::Delay(ms(100)), |s| {
        s.expect(packet::ipv4().echo_reply(1, 2)).next();
        s.expect(packet::ipv4().echo_reply(1, 1)).between(ms(100), ms(100));
    });
    assert_eq!(run(&delayed, &mut Mock::replying(replies)).verdict, Verdict::Pass);
    let doubled = effect(wireproof_conformance::timeline::LinkEffect::Duplicate, |s| {
        for seq in [1, 1, 2] {
            s.expect(packet::ipv4().echo_reply(1, seq)).next();
        }
    });
    assert_eq!(run(&doubled, &mut Mock::replying(replies)).verdict, Verdict::Pass);
}

#[test]
fn quotes_are_compared_with_the_labelled_frame() {
    let case = after_echo(|s| {
        s.expect(packet::ipv4().port_unreachable().quote("request", 8));
    });
    let quoting = |change: fn(&mut Vec<u8>)| {
        Mock::replying(move |frame| {
            let mut quote = frame[14..42].to_vec();
            change(&mut quote);
            at_once([from_target(packet::ipv4().port_unreachable().payload(&quote))])
        })
    };
    assert_eq!(run(&case, &mut quoting(|_| ())).verdict, Verdict::Pass);
    assert_eq!(run(&case, &mut quoting(|quote| quote[8] = 1)).verdict, Verdict::Pass, "the TTL changes on the way");
    assert_eq!(run(&case, &mut quoting(|quote| quote[12] ^= 1)).verdict, Verdict::Fail);
    let result = run(&case, &mut quoting(|quote| quote.truncate(27)));
    assert_eq!(evidence(&result).nearest_miss[0].field, "quote length");
}

#[test]
fn fragments_of_the_target_are_put_together_when_asked() {
    let case = after_echo(|s| {
        s.expect(packet::ipv4().echo_reply(1, 1).data(3_000).reassembled());
    });
    let whole = || packet::ipv4().echo_reply(1, 1).data(3_000);
    let first = move || from_target(whole().first_fragment(9, 1_480));
    let last = move || from_target(whole().last_fragment(9, 1_480));
    assert_eq!(run(&case, &mut Mock::replying(move |_| at_once([last(), first()]))).verdict, Verdict::Pass);
    assert_eq!(run(&case, &mut Mock::replying(move |_| at_once([first()]))).verdict, Verdict::Fail);
    assert!(frame_line(&last(), &[]).contains("fragment 0x9 at 1480"), "{}", frame_line(&last(), &[]));
}

#[test]
fn recommendations_deviate_and_the_case_goes_on() {
    let case = after_echo(|s| {
        s.expect(packet::ipv4().ttl(1).echo_reply(1, 1)).should().why("a nice detail");
        s.inject(packet::ipv4().echo_request(1, 1));
        s.expect(any_reply());
    });
    let result = run(&case, &mut Mock::replying(|_| at_once([echo_reply(1, 1)])));
    assert_eq!(result.verdict, Verdict::PassWithDeviation);
    assert!(evidence(&result).expected.contains("a nice detail"));
}

#[test]
fn wall_time_proves_silence_with_a_fence() {
    let case = after_echo(|s| {
        s.silence(packet::ipv4().port_unreachable());
    });
    // Answers echo requests, and so the fence; the reaction to be proved absent comes when asked for.
    let answering = |reaction: Option<Duration>| {
        Mock::replying(move |frame| {
            let source: [u8; 4] = frame[26..30].try_into().expect("IPv4");
            let fence = source[3] == 250;
            let seq = u16::from_be_bytes([frame[40], frame[41]]);
            let to = std::net::Ipv4Addr::from(source);
            let reply = from_target(packet::ipv4().dst(to).echo_reply(0xfe4c, seq));
            let mut replies = vec![(us(200), reply)];
            if let Some(later) = reaction.filter(|_| !fence) {
                replies.push((later, from_target(packet::ipv4().port_unreachable())));
            }
            replies
        })
        .on_wall_time()
    };
    let started = std::time::Instant::now();
    let result = run(&case, &mut answering(None));
    assert_eq!(result.verdict, Verdict::Pass, "{:?}", result.evidence);
    let took = started.elapsed().as_millis();
    assert!((30..250).contains(&took), "{took} ms");
    assert!(result.trace.iter().any(|entry| entry.comment.as_deref() == Some("fence")));
    assert_eq!(run(&case, &mut answering(Some(ms(5)))).verdict, Verdict::Fail);
}

#[test]
fn an_observed_case_says_yes_or_no() {
    let observed = case("harness.test").observed().ipv4().build(|s| {
        s.inject(packet::ipv4().echo_request(1, 1));
        s.expect(any_reply());
    });
    assert_eq!(run(&observed, &mut Mock::silent()).verdict, Verdict::ObservedNo);
    let mut yes = Mock::replying(|_| at_once([echo_reply(1, 1)]));
    assert_eq!(run(&observed, &mut yes).verdict, Verdict::ObservedYes);
}
