//! The result as JUnit XML, in the flavour that Jenkins and the GitHub reporters read.
//!
//! `failure`: the target did something else than the RFC or the expectation says. `error`: nothing was
//! decided, because the target died or hung, the set-up was not reached, or the harness or its environment
//! failed. `skipped`: not supported, a known deviation, or a recommendation that is not followed.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::report::console::rerun_command;
use crate::result::{CaseResult, Evidence, RunResult, Standing};
use crate::verdict::Verdict;

/// Writes the document.
///
/// # Errors
///
/// What the stream says.
pub fn write(out: &mut dyn Write, run: &RunResult) -> io::Result<()> {
    report(run).serialize(out).map_err(io::Error::other)
}

fn report(run: &RunResult) -> Report {
    let mut report = Report::new(format!("wireproof {}", run.target.name));
    report.set_time(time(run.cases.iter()));
    let mut rest: Vec<&CaseResult> = run.cases.iter().collect();
    while let Some(name) = rest.first().map(|case| case.suite()) {
        let (of_suite, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|case| case.suite() == name);
        let mut suite = TestSuite::new(name);
        suite.set_time(time(of_suite.iter().copied()));
        for (key, value) in [
            ("target", run.target.name.as_str()),
            ("version", &run.target.version),
            ("clock", &run.clock),
            ("seed", &run.seed.to_string()),
        ] {
            suite.add_property((key, value));
        }
        suite.add_test_cases(of_suite.into_iter().map(|case| test_case(run, case)));
        report.add_test_suite(suite);
        rest = others;
    }
    if !run.problems.is_empty() {
        let mut suite = TestSuite::new("expectations");
        suite.add_test_cases(run.problems.iter().map(|problem| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("expectation").set_message(problem.as_str());
            let mut case = TestCase::new(problem.as_str(), status);
            case.set_classname("expectations");
            case
        }));
        report.add_test_suite(suite);
    }
    report
}

fn time<'a>(cases: impl Iterator<Item = &'a CaseResult>) -> Duration {
    Duration::from_micros(cases.map(|case| case.wall_us).sum())
}

fn test_case(run: &RunResult, case: &CaseResult) -> TestCase {
    let mut test = TestCase::new(case.full_id(), status(run, case));
    test.set_classname(case.suite());
    test.set_time(Duration::from_micros(case.wall_us));
    test
}

fn status(run: &RunResult, case: &CaseResult) -> TestCaseStatus {
    let summary = case.evidence.as_ref().map_or("", |evidence| evidence.summary.as_str());
    let skipped = |message: String| {
        let mut status = TestCaseStatus::skipped();
        status.set_type(case.verdict.name()).set_message(message);
        status
    };
    match case.standing(run.strict) {
        Standing::Good => TestCaseStatus::success(),
        Standing::Skipped => skipped(format!("not supported by the target: {summary}")),
        Standing::Expected => {
            let reason = case.expected.as_ref().map_or("", |expected| expected.reason.as_str());
            skipped(format!("known deviation: {reason}"))
        }
        Standing::Warning => skipped(format!("recommended, not followed: {summary}")),
        Standing::Failed | Standing::Internal | Standing::Environment => {
            let undecided =
                matches!(case.verdict, Verdict::Crash | Verdict::Timeout | Verdict::Inconclusive | Verdict::Error);
            let kind = if undecided { NonSuccessKind::Error } else { NonSuccessKind::Failure };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_type(case.verdict.name()).set_message(message(case, summary));
            status.set_description(description(run, case));
            status
        }
    }
}

fn message(case: &CaseResult, summary: &str) -> String {
    match (&case.expected, case.standing(false)) {
        (_, Standing::Environment | Standing::Internal) => format!("{}: {summary}", case.blame()),
        (Some(expected), _) => format!("unexpected {}, the expectation file says {}", case.verdict, expected.verdict),
        (None, _) => summary.to_owned(),
    }
}

fn description(run: &RunResult, case: &CaseResult) -> String {
    let mut lines = Vec::new();
    if !case.requirements.is_empty() {
        lines.push(format!("requires: {} ({})", case.requirements.join(", "), case.level));
    }
    if let Some(expected) = &case.expected {
        lines.push(format!("known as: {}", expected.reason));
    }
    if let Some(evidence) = &case.evidence {
        lines.extend(evidence_lines(evidence));
    }
    lines.push(format!("again: {}", rerun_command(run, case)));
    lines.join("\n")
}

fn evidence_lines(evidence: &Evidence) -> Vec<String> {
    let named = [
        ("seen", &evidence.summary),
        ("expected", &evidence.expected),
        ("nearest", &evidence.nearest_frame),
        ("hint", &evidence.hint),
    ];
    let mut lines: Vec<String> =
        named.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}: {value}")).collect();
    let misses = evidence.nearest_miss.iter();
    lines.extend(misses.map(|miss| format!("  {}: expected {}, got {}", miss.field, miss.expected, miss.got)));
    lines.extend(evidence.trace.iter().map(|entry| format!("  {entry}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{assert_golden, sample};

    #[test]
    fn golden() {
        let mut out = Vec::new();
        write(&mut out, &sample::run()).expect("memory");
        assert_golden("junit.xml", &String::from_utf8(out).expect("UTF-8"));
    }

    #[test]
    fn failure_error_and_skipped_are_told_apart_and_counted() {
        let report = report(&sample::run());
        let arp = &report.test_suites[0];
        assert_eq!((arp.name.as_str(), arp.tests, arp.failures, arp.errors, arp.skipped), ("arp", 4, 2, 0, 1));
        let icmp = &report.test_suites[1];
        assert_eq!((icmp.name.as_str(), icmp.tests, icmp.failures, icmp.errors), ("icmp", 4, 0, 2));
        assert_eq!((report.tests, report.failures, report.errors), (13, 3, 5));
        for suite in &report.test_suites {
            assert!(suite.test_cases.iter().all(|case| !case.name.as_str().is_empty() && case.classname.is_some()));
        }
    }

    #[test]
    fn control_characters_of_a_target_do_not_break_the_document() {
        let mut run = sample::run();
        run.cases[1].evidence.as_mut().expect("evidence").summary = "\u{1b}[31m<red>\0 & \"done\"]]>".into();
        let xml = report(&run).to_string().expect("XML");
        assert!(Report::deserialize_from_str(&xml).is_ok(), "{xml}");
    }
}
