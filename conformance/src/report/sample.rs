//! One run that has everything a report has to show, for the golden files.

use std::collections::BTreeMap;

use crate::result::tests::{case, run as empty_run};
use crate::result::{CaseResult, Evidence, ExpectedResult, FieldMiss, RunResult, TraceEntry, TraceWhat};
use crate::verdict::{Kind, Verdict};

/// An ARP request of the tester for the target's address, and the target's answer.
const REQUEST: [u8; 42] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 192, 0, 2, 2,
    0, 0, 0, 0, 0, 0, 192, 0, 2, 1,
];
const REPLY: [u8; 42] = [
    2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1, 2, 0, 0, 0, 0, 2,
    192, 0, 2, 2,
];

/// The failing case: every part of the evidence is filled.
pub(crate) fn failing() -> CaseResult {
    let miss = |field: &str, expected: &str, got: &str| FieldMiss {
        field: field.into(),
        expected: expected.into(),
        got: got.into(),
    };
    let evidence = Evidence {
        summary: "no frame matched within 1 s".into(),
        blame: "target".into(),
        expected: "an ARP reply that names 192.0.2.1".into(),
        event: Some(3),
        nearest_miss: vec![
            miss("arp.operation", "reply", "request"),
            miss("arp.target", "<any> & \"odd\"", "192.0.2.9"),
        ],
        nearest_frame: "ARP request, 192.0.2.1 asks for 192.0.2.9".into(),
        trace: vec!["0.000000 > ARP request for 192.0.2.1".into(), "0.000120 < ARP request for 192.0.2.9".into()],
        hint: "the target may need a route".into(),
    };
    let entry = |at_us, what, comment: Option<&str>| TraceEntry { at_us, what, comment: comment.map(Into::into) };
    CaseResult {
        params: BTreeMap::from([("family".into(), "ipv4".into()), ("target".into(), "own".into())]),
        requirements: vec!["RFC826-0-12".into(), "RFC1122-2.3.2.1-1".into()],
        evidence: Some(evidence),
        virtual_us: 1_000_120,
        wall_us: 1_500,
        trace: vec![
            entry(0, TraceWhat::Note("the tester asks".into()), None),
            entry(0, TraceWhat::ToTarget { interface: 0, bytes: REQUEST.to_vec() }, None),
            entry(100, TraceWhat::Call("socket(ipv4, udp) = 1".into()), None),
            entry(120, TraceWhat::FromTarget { interface: 0, bytes: REPLY.to_vec() }, Some("nearest miss")),
        ],
        ..case("arp.reply.names-itself", Kind::Required, Verdict::Fail)
    }
}

fn with_summary(case: CaseResult, blame: &str, summary: &str) -> CaseResult {
    let evidence = Evidence { summary: summary.into(), blame: blame.into(), ..Evidence::default() };
    CaseResult { evidence: Some(evidence), wall_us: 250, ..case }
}

fn expecting(case: CaseResult, verdict: Verdict, reason: &str) -> CaseResult {
    CaseResult { expected: Some(ExpectedResult { verdict, reason: reason.into() }), ..case }
}

/// The run.
pub(crate) fn run() -> RunResult {
    let required = |id, verdict| case(id, Kind::Required, verdict);
    let mut run = empty_run().with_cases(vec![
        CaseResult { virtual_us: 12, wall_us: 80, ..required("arp.reply.plain", Verdict::Pass) },
        failing(),
        expecting(
            with_summary(required("arp.cache.ages", Verdict::Fail), "target", "no new request after 2 h"),
            Verdict::Fail,
            "RFC 1122 2.3.2.1: entries never age",
        ),
        expecting(required("arp.cache.full", Verdict::Pass), Verdict::Fail, "RFC 1122 2.3.2.2: drops all"),
        with_summary(required("icmp.quote.length", Verdict::Crash), "target", "index out of bounds at x.rs:7"),
        with_summary(required("icmp.quote.hang", Verdict::Timeout), "target", "no answer for 5.0 s"),
        with_summary(case("icmp.rate.limited", Kind::Recommended, Verdict::Fail), "target", "100 errors in 1 s"),
        case("icmp.mask.answers", Kind::Observed, Verdict::ObservedNo),
        with_summary(required("tcp.urgent.mark", Verdict::Unsupported), "target", "tcp-urgent"),
        with_summary(required("tcp.urgent.read", Verdict::Inconclusive), "target", "never established"),
        with_summary(required("tcp.x.tap", Verdict::Error), "environment", "no /dev/net/tun"),
        with_summary(required("tcp.x.bug", Verdict::Error), "harness", "event 9 of 3"),
    ]);
    run.problems.push("expectations/demo.toml:9: `tcp.gone` matches no case".into());
    run
}
