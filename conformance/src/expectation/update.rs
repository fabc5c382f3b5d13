//! Writes an expectation file from a run, keeping the reasons that people gave.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Expectations, UNREVIEWED};
use crate::result::{CaseResult, RunResult};
use crate::verdict::Verdict;

/// The text of the file that fits `run`: one entry for every instance that does not do what the RFC asks.
///
/// An entry of `before` is kept with its reason as long as some instance it names still has its verdict and
/// none has another one; instances that were not run keep theirs; an entry that matches none of `all` (every
/// instance there is) goes. What is new gets a reason that begins
/// with [`UNREVIEWED`], which the gate refuses until a person has judged it.
pub fn update<'a>(
    run: &RunResult,
    before: &Expectations,
    all: impl Iterator<Item = (&'a str, &'a BTreeMap<String, String>)> + Clone,
) -> String {
    let mut text = format!(
        "# Known deviations of the target `{}`. Every entry needs a reason that cites the RFC section.\n\
         # Written by `wireproof expectations update`; the gate refuses reasons that begin with \"{UNREVIEWED}\".\n",
        run.target.name
    );
    let version = &run.target.version;
    let mut covered = vec![false; run.cases.len()];
    for entry in &before.entries {
        if entry.is_for_version(version) && !all.clone().any(|(id, params)| entry.matches(id, params)) {
            continue;
        }
        let named = |case: &CaseResult| entry.is_for_version(version) && entry.matches(&case.id, &case.params);
        let ran: Vec<usize> = (0..run.cases.len()).filter(|at| named(&run.cases[*at])).collect();
        if ran.iter().any(|at| run.cases[*at].verdict != entry.verdict) {
            continue;
        }
        for at in ran {
            covered[at] = true;
        }
        push(&mut text, &entry.case, entry.verdict, &entry.reason, &entry.when);
    }
    for (case, _) in run.cases.iter().zip(covered).filter(|(case, covered)| !covered && needs_entry(case)) {
        let reason = reason_for(case, version, before);
        push(&mut text, &case.full_id(), case.verdict, &reason, &BTreeMap::new());
    }
    text
}

/// Whether the verdict is one that only an expectation makes acceptable. Errors of the harness and its
/// environment never become expectations.
fn needs_entry(case: &CaseResult) -> bool {
    !case.verdict.is_good() && case.verdict != Verdict::Error
}

/// The reason an earlier entry gave for the same verdict, or one that asks for a review.
fn reason_for(case: &CaseResult, version: &str, before: &Expectations) -> String {
    let known = before.lookup(version, case).find(|entry| entry.verdict == case.verdict);
    known.map(|entry| entry.reason.clone()).unwrap_or_else(|| {
        let seen = case.evidence.as_ref().map_or("", |evidence| evidence.summary.as_str());
        format!("{UNREVIEWED} {seen}").trim_end().to_owned()
    })
}

fn push(text: &mut String, case: &str, verdict: Verdict, reason: &str, when: &BTreeMap<String, String>) {
    let quote = |value: &str| toml::Value::from(value.lines().collect::<Vec<_>>().join(" ")).to_string();
    // Writing to a String cannot fail.
    let _ = write!(text, "\n[[expect]]\ncase = {}\nverdict = \"{verdict}\"\nreason = {}\n", quote(case), quote(reason));
    if !when.is_empty() {
        let list: Vec<String> = when.iter().map(|(name, glob)| format!("{} = {}", quote(name), quote(glob))).collect();
        let _ = writeln!(text, "when = {{ {} }}", list.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Evidence;
    use crate::result::tests::{case, run};
    use crate::verdict::Kind;

    fn updated(cases: Vec<CaseResult>, before: &Expectations) -> String {
        let run = run().with_cases(cases);
        let all: Vec<_> = run.cases.iter().map(|case| (case.id.as_str(), &case.params)).collect();
        update(&run, before, all.into_iter())
    }

    fn failing(id: &str, summary: &str) -> CaseResult {
        let evidence = Evidence { summary: summary.to_owned(), ..Evidence::default() };
        CaseResult { evidence: Some(evidence), ..case(id, Kind::Required, Verdict::Fail) }
    }

    #[test]
    fn new_failures_ask_for_a_review_and_old_reasons_stay() {
        let before = Expectations::parse(
            "t.toml",
            "[[expect]]\ncase = \"a.*\"\nverdict = \"fail\"\nreason = \"RFC 1 says so\"\n\
             [[expect]]\ncase = \"gone.case\"\nverdict = \"fail\"\nreason = \"old\"\n\
             [[expect]]\ncase = \"mended.case\"\nverdict = \"fail\"\nreason = \"old\"\n",
        )
        .expect("well formed");
        let cases = vec![
            failing("a.b", "x"),
            failing("new.one", "got \"RST\"\nwanted ACK"),
            case("mended.case", Kind::Required, Verdict::Pass),
            case("fine", Kind::Required, Verdict::Unsupported),
        ];
        let text = updated(cases, &before);
        let after = Expectations::parse("t.toml", &text).expect("well formed");
        let list: Vec<_> = after.entries.iter().map(|entry| (entry.case.as_str(), entry.reason.as_str())).collect();
        assert_eq!(list, [("a.*", "RFC 1 says so"), ("new.one", "unreviewed: got \"RST\" wanted ACK")]);
    }

    #[test]
    fn a_glob_that_no_longer_fits_every_case_is_split_up() {
        let before = Expectations::parse(
            "t.toml",
            "[[expect]]\ncase = \"a.*\"\nverdict = \"fail\"\nreason = \"RFC 1 says so\"\nwhen = { version = \"1.*\" }\n",
        )
        .expect("well formed");
        let cases = vec![failing("a.b", "x"), case("a.c", Kind::Required, Verdict::Pass)];
        let after = Expectations::parse("t.toml", &updated(cases, &before)).expect("well formed");
        let list: Vec<_> = after.entries.iter().map(|entry| (entry.case.as_str(), entry.reason.as_str())).collect();
        assert_eq!(list, [("a.b", "RFC 1 says so")]);
    }

    #[test]
    fn writing_twice_changes_nothing() {
        let once = updated(vec![failing("a.b", "x")], &Expectations::none());
        let before = Expectations::parse("t.toml", &once).expect("well formed");
        let again = updated(vec![failing("a.b", "y")], &before);
        assert_eq!(once, again);
    }
}
