//! The result model: what a run found, independent of how it is shown.
//!
//! Reports consume this and nothing else; `run --json` is this, serialised. The schema is versioned
//! ([`SCHEMA`]) and a contract for other tools: fields are added, never renamed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::verdict::{ExitCode, Kind, Verdict};

/// Name and version of the JSON document that `run --json` writes.
pub const SCHEMA: &str = "wireproof-result/1";

/// One whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunResult {
    /// [`SCHEMA`].
    pub schema: String,
    /// The tool and its version.
    pub tool: String,
    /// The target and its version.
    pub target: TargetResult,
    /// `virtual` or `wall`.
    pub clock: String,
    /// The seed of the run.
    pub seed: u64,
    /// Case instances per verdict name; every verdict is present.
    pub summary: BTreeMap<String, usize>,
    /// Every case instance that ran, in the order of the suite list.
    pub cases: Vec<CaseResult>,
    /// Whether failed recommendations gate (`--strict`).
    #[serde(default)]
    pub strict: bool,
    /// Whether the run was stopped before its end.
    #[serde(default)]
    pub interrupted: bool,
    /// What is wrong with the expectations themselves, one line each; each of them fails the gate.
    #[serde(default)]
    pub problems: Vec<String>,
}

/// The target of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TargetResult {
    /// Name as `--target` takes it.
    pub name: String,
    /// Version of the stack.
    pub version: String,
    /// Declared capabilities by name, sorted.
    pub capabilities: Vec<String>,
}

/// One case instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseResult {
    /// Stable slug of the case, e.g. `tcp.resets.outside-window-dropped`.
    pub id: String,
    /// Parameters of this instance, e.g. `family = ipv4`.
    pub params: BTreeMap<String, String>,
    /// Required, recommended or observed.
    pub kind: Kind,
    /// `must`, `should` or `may`.
    pub level: String,
    /// Requirement ids that the case decides.
    pub requirements: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// The expectation that applied, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<ExpectedResult>,
    /// Why, for everything but a plain pass; `null` for that.
    #[serde(default)]
    pub evidence: Option<Evidence>,
    /// Time that passed on a virtual target's clock, microseconds (0 in wall time).
    pub virtual_us: u64,
    /// Time that the instance took on the machine, microseconds.
    pub wall_us: u64,
    /// Everything that crossed the link, for captures; not part of the JSON document.
    #[serde(skip)]
    pub trace: Vec<TraceEntry>,
}

/// Where a case instance stands once kind, expectation and `--strict` are taken into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// As the RFC asks, or a choice that it leaves open.
    Good,
    /// Not run: the target does not declare what the case needs.
    Skipped,
    /// A known deviation, as the expectation file says.
    Expected,
    /// A recommendation that is not followed; does not gate without `--strict`.
    Warning,
    /// Against the RFC or against the expectation.
    Failed,
    /// The machine lacks something; says nothing about the target.
    Environment,
    /// The harness or the case is at fault; says nothing about the target.
    Internal,
}

impl CaseResult {
    /// The id with its parameters, as `wireproof run` takes it: `tcp.resets.x[family=ipv4]`.
    pub fn full_id(&self) -> String {
        full_id(&self.id, self.params.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The first part of the id: the suite by which reports group.
    pub fn suite(&self) -> &str {
        self.id.split('.').next().unwrap_or(&self.id)
    }

    /// Who is at fault, as the evidence says; the harness if it does not say.
    pub fn blame(&self) -> &str {
        match &self.evidence {
            Some(evidence) if !evidence.blame.is_empty() => &evidence.blame,
            _ => "harness",
        }
    }

    /// Where the instance stands; `strict` makes failed recommendations gate.
    pub fn standing(&self, strict: bool) -> Standing {
        self.standing_with(self.expected.as_ref(), strict)
    }

    /// Where the instance would stand with this expectation.
    pub fn standing_with(&self, expected: Option<&ExpectedResult>, strict: bool) -> Standing {
        if self.verdict == Verdict::Error {
            return if self.blame() == "environment" { Standing::Environment } else { Standing::Internal };
        }
        if let Some(expected) = expected {
            return match expected.verdict == self.verdict {
                true if self.verdict == Verdict::Unsupported => Standing::Skipped,
                true if self.verdict.is_good() => Standing::Good,
                true => Standing::Expected,
                false => Standing::Failed,
            };
        }
        match self.verdict {
            Verdict::Unsupported => Standing::Skipped,
            verdict if verdict.is_good() => Standing::Good,
            Verdict::Fail | Verdict::Inconclusive if self.kind != Kind::Required && !strict => Standing::Warning,
            _ => Standing::Failed,
        }
    }
}

/// Puts an id and its parameters together: `id[name=value,..]`, or the bare id without parameters.
pub fn full_id<'a>(id: &str, params: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let list: Vec<String> = params.map(|(name, value)| format!("{name}={value}")).collect();
    if list.is_empty() { id.to_owned() } else { format!("{id}[{}]", list.join(",")) }
}

impl RunResult {
    /// A run of nothing yet against this target.
    pub fn new(target: TargetResult, clock: &str, seed: u64) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            tool: concat!("wireproof ", env!("CARGO_PKG_VERSION")).to_owned(),
            target,
            clock: clock.to_owned(),
            seed,
            summary: summarise(&[]),
            cases: Vec::new(),
            strict: false,
            interrupted: false,
            problems: Vec::new(),
        }
    }

    /// Puts the instances in and counts them.
    pub fn with_cases(mut self, cases: Vec<CaseResult>) -> Self {
        self.summary = summarise(&cases);
        self.cases = cases;
        self
    }

    /// How many instances stand so.
    pub fn count(&self, standing: Standing) -> usize {
        self.cases.iter().filter(|case| case.standing(self.strict) == standing).count()
    }

    /// The exit code that follows: an interruption first, then failures of the target, then what kept
    /// the harness from judging.
    pub fn exit_code(&self) -> ExitCode {
        if self.interrupted {
            ExitCode::Interrupted
        } else if self.count(Standing::Failed) > 0 || !self.problems.is_empty() {
            ExitCode::Failed
        } else if self.count(Standing::Internal) > 0 {
            ExitCode::Internal
        } else if self.count(Standing::Environment) > 0 {
            ExitCode::Environment
        } else if self.cases.iter().all(|case| case.verdict == Verdict::Unsupported) {
            ExitCode::NothingRan
        } else {
            ExitCode::Success
        }
    }
}

/// Counts the verdicts; every verdict is present.
fn summarise(cases: &[CaseResult]) -> BTreeMap<String, usize> {
    let mut summary: BTreeMap<String, usize> =
        Verdict::ALL.iter().map(|verdict| (verdict.name().to_owned(), 0)).collect();
    for case in cases {
        *summary.entry(case.verdict.name().to_owned()).or_insert(0) += 1;
    }
    summary
}

/// The expectation entry that applied to an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedResult {
    /// The verdict that the file expects.
    pub verdict: Verdict,
    /// Its reason.
    pub reason: String,
}

/// Why a verdict is what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// One line: what was seen. For `unsupported` the missing capabilities.
    pub summary: String,
    /// Who is at fault: `target`, `case`, `harness` or `environment`.
    pub blame: String,
    /// The timeline event that decided, in words.
    pub expected: String,
    /// Index of that event in the timeline.
    pub event: Option<usize>,
    /// The frame that came closest, field by field: (field, expected, got), only fields that differ.
    pub nearest_miss: Vec<FieldMiss>,
    /// The nearest miss frame, one line.
    pub nearest_frame: String,
    /// The frames and calls around the deciding moment, one line each.
    pub trace: Vec<String>,
    /// What to do next, if there is something.
    pub hint: String,
}

/// One field that did not match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldMiss {
    /// Layer and field, e.g. `tcp.flags`.
    pub field: String,
    /// What the case expects.
    pub expected: String,
    /// What came.
    pub got: String,
}

/// One thing that crossed the link or the socket interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// Microseconds since the reset of the target.
    pub at_us: u64,
    /// What it was.
    pub what: TraceWhat,
    /// A remark, e.g. on the frame that decided.
    pub comment: Option<String>,
}

/// The kinds of trace entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceWhat {
    /// A frame from the tester to the target.
    ToTarget {
        /// Interface index.
        interface: usize,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// A frame from the target.
    FromTarget {
        /// Interface index.
        interface: usize,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// A socket call and its outcome, in words.
    Call(String),
    /// A note of the case.
    Note(String),
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A result for tests: no parameters, no evidence.
    pub(crate) fn case(id: &str, kind: Kind, verdict: Verdict) -> CaseResult {
        CaseResult {
            id: id.to_owned(),
            params: BTreeMap::new(),
            kind,
            level: kind.level().to_owned(),
            requirements: Vec::new(),
            verdict,
            expected: None,
            evidence: None,
            virtual_us: 0,
            wall_us: 0,
            trace: Vec::new(),
        }
    }

    /// An empty run against a target called `demo`.
    pub(crate) fn run() -> RunResult {
        let target = TargetResult { name: "demo".into(), version: "1.0".into(), capabilities: vec!["ipv4".into()] };
        RunResult { tool: "wireproof 0.0.0".into(), ..RunResult::new(target, "virtual", 7) }
    }

    #[test]
    fn must_failures_gate_and_should_failures_warn() {
        let must = case("a.b", Kind::Required, Verdict::Fail);
        let should = case("a.b", Kind::Recommended, Verdict::Fail);
        assert_eq!(must.standing(false), Standing::Failed);
        assert_eq!(should.standing(false), Standing::Warning);
        assert_eq!(should.standing(true), Standing::Failed);
        for verdict in [Verdict::Crash, Verdict::Timeout] {
            assert_eq!(case("a.b", Kind::Observed, verdict).standing(false), Standing::Failed);
        }
    }

    #[test]
    fn an_expectation_holds_in_both_directions() {
        let expected = Some(ExpectedResult { verdict: Verdict::Fail, reason: "RFC".into() });
        let known = CaseResult { expected: expected.clone(), ..case("a.b", Kind::Required, Verdict::Fail) };
        assert_eq!(known.standing(true), Standing::Expected);
        let mended = CaseResult { expected, ..case("a.b", Kind::Required, Verdict::Pass) };
        assert_eq!(mended.standing(false), Standing::Failed);
    }

    #[test]
    fn an_error_is_never_a_failure_of_the_target() {
        let blame = |blame: &str| CaseResult {
            evidence: Some(Evidence { blame: blame.into(), ..Evidence::default() }),
            ..case("a.b", Kind::Required, Verdict::Error)
        };
        assert_eq!(run().with_cases(vec![blame("environment")]).exit_code(), ExitCode::Environment);
        assert_eq!(run().with_cases(vec![blame("harness")]).exit_code(), ExitCode::Internal);
    }

    #[test]
    fn a_run_of_nothing_says_so() {
        assert_eq!(run().exit_code(), ExitCode::NothingRan);
        let skipped = run().with_cases(vec![case("a.b", Kind::Required, Verdict::Unsupported)]);
        assert_eq!(skipped.exit_code(), ExitCode::NothingRan);
        assert_eq!(skipped.summary["unsupported"], 1);
        assert_eq!(skipped.summary.len(), Verdict::ALL.len());
    }

    #[test]
    fn ids_with_parameters_read_like_the_command_line() {
        let mut one = case("a.b", Kind::Required, Verdict::Pass);
        assert_eq!(one.full_id(), "a.b");
        one.params.insert("offset".into(), "left".into());
        one.params.insert("family".into(), "ipv4".into());
        assert_eq!(one.full_id(), "a.b[family=ipv4,offset=left]");
    }
}
