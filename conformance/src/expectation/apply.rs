//! Holds a run against its expectations, in both directions.

use std::collections::BTreeMap;

use super::{Entry, Expectations};
use crate::campaign::pattern::{Pattern, suggest};
use crate::result::{ExpectedResult, RunResult};

/// Notes in every case which expectation applies, and in [`RunResult::problems`] what is wrong with the
/// expectations themselves: an entry that matches no case, two entries for one case, a missing or
/// unreviewed reason. `all` are the ids and parameters of every instance there is, run or not.
///
/// An unexpected failure and an unexpected pass then follow from [`crate::result::CaseResult::standing`].
pub fn apply<'a>(
    run: &mut RunResult,
    expectations: &Expectations,
    all: impl Iterator<Item = (&'a str, &'a BTreeMap<String, String>)> + Clone,
) {
    let version = run.target.version.clone();
    for case in &mut run.cases {
        let entries: Vec<&Entry> = expectations.lookup(&version, case).collect();
        let Some(first) = entries.first() else { continue };
        if let Some(second) = entries.get(1) {
            run.problems.push(format!(
                "{}:{}: {} already has an entry on line {}",
                expectations.file,
                second.line,
                case.full_id(),
                first.line
            ));
        }
        case.expected = Some(ExpectedResult { verdict: first.verdict, reason: first.reason.clone() });
    }
    let entries = expectations.entries.iter().filter(|entry| entry.is_for_version(&version));
    let problems = entries.flat_map(|entry| {
        let place = format!("{}:{}", expectations.file, entry.line);
        let stale = stale(entry, all.clone()).map(|what| format!("{place}: {what}"));
        let reason = (!entry.is_reviewed()).then(|| {
            let state = if entry.reason.trim().is_empty() { "has no reason" } else { "was not reviewed yet" };
            format!("{place}: `{}` {state}; say which RFC section the target departs from", entry.case)
        });
        stale.into_iter().chain(reason)
    });
    let problems: Vec<String> = problems.collect();
    run.problems.extend(problems);
}

/// Says that an entry matches nothing, and what it may have meant.
fn stale<'a>(
    entry: &Entry,
    mut all: impl Iterator<Item = (&'a str, &'a BTreeMap<String, String>)> + Clone,
) -> Option<String> {
    let ids = all.clone().map(|(id, _)| id);
    if all.any(|(id, params)| entry.matches(id, params)) {
        return None;
    }
    let wanted = Pattern::parse(&entry.case).map_or_else(|_| entry.case.clone(), |pattern| pattern.id().to_owned());
    let near = suggest(&wanted, ids);
    let hint = near.first().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
    Some(format!("`{}` matches no case{hint}", entry.case))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Standing;
    use crate::result::tests::{case, run};
    use crate::verdict::{ExitCode, Kind, Verdict};

    fn applied(file: &str, verdicts: &[(&str, Verdict)]) -> RunResult {
        let cases: Vec<_> = verdicts.iter().map(|(id, verdict)| case(id, Kind::Required, *verdict)).collect();
        let all: Vec<_> = cases.iter().map(|case| (case.id.clone(), case.params.clone())).collect();
        let mut run = run().with_cases(cases);
        let expectations = Expectations::parse("t.toml", file).expect("well formed");
        apply(&mut run, &expectations, all.iter().map(|(id, params)| (id.as_str(), params)));
        run
    }

    fn entry(case: &str, reason: &str) -> String {
        format!("[[expect]]\ncase = \"{case}\"\nverdict = \"fail\"\nreason = \"{reason}\"\n")
    }

    #[test]
    fn a_known_failure_does_not_gate() {
        let run = applied(&entry("a.b", "RFC 1 2.3"), &[("a.b", Verdict::Fail), ("a.c", Verdict::Pass)]);
        assert_eq!(run.cases[0].standing(false), Standing::Expected);
        assert_eq!((run.exit_code(), run.problems.len()), (ExitCode::Success, 0));
    }

    #[test]
    fn an_unexpected_pass_gates() {
        let run = applied(&entry("a.*", "RFC 1 2.3"), &[("a.b", Verdict::Fail), ("a.c", Verdict::Pass)]);
        assert_eq!(run.cases[1].standing(false), Standing::Failed);
        assert_eq!(run.exit_code(), ExitCode::Failed);
    }

    #[test]
    fn an_entry_for_no_case_gates() {
        let run = applied(&entry("a.bee", "RFC 1 2.3"), &[("a.beef", Verdict::Pass)]);
        assert_eq!(run.problems, ["t.toml:1: `a.bee` matches no case; did you mean `a.beef`?"]);
        assert_eq!(run.exit_code(), ExitCode::Failed);
    }

    #[test]
    fn a_missing_or_unreviewed_reason_gates() {
        for reason in ["", "  ", "unreviewed: got a RST"] {
            let run = applied(&entry("a.b", reason), &[("a.b", Verdict::Fail)]);
            assert_eq!(run.problems.len(), 1, "{reason}");
            assert!(run.problems[0].starts_with("t.toml:1: `a.b` "), "{}", run.problems[0]);
            assert_eq!(run.exit_code(), ExitCode::Failed);
        }
    }

    #[test]
    fn two_entries_for_one_case_gate() {
        let file = format!("{}{}", entry("a.b", "RFC 1"), entry("a.*", "RFC 1"));
        let run = applied(&file, &[("a.b", Verdict::Fail)]);
        assert_eq!(run.problems, ["t.toml:5: a.b already has an entry on line 1"]);
    }

    #[test]
    fn an_entry_for_another_version_is_left_alone() {
        let file = format!("{}when = {{ version = \"2.*\" }}\n", entry("gone.case", ""));
        let run = applied(&file, &[("a.b", Verdict::Pass)]);
        assert_eq!((run.exit_code(), run.problems.len()), (ExitCode::Success, 0));
    }
}
