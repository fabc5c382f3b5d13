//! What became of one case, and the process exit codes that follow from all of them.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The verdict on one case instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every expectation was met.
    Pass,
    /// The requirement is met, but a recommended detail (SHOULD) of the same case is not.
    PassWithDeviation,
    /// The target did something that the requirement forbids, or did not do what it demands.
    Fail,
    /// An `observed` case saw the behaviour.
    ObservedYes,
    /// An `observed` case did not see the behaviour.
    ObservedNo,
    /// The target does not declare a capability that the case needs.
    Unsupported,
    /// The set-up of the case was not reached, so nothing was decided.
    Inconclusive,
    /// The case ran longer than it may (wall time, or the bound on its events).
    Timeout,
    /// The target died.
    Crash,
    /// The harness itself, or its environment, failed.
    Error,
}

impl Verdict {
    /// Every verdict, in the order of reports.
    pub const ALL: &'static [Self] = &[
        Self::Pass,
        Self::PassWithDeviation,
        Self::Fail,
        Self::ObservedYes,
        Self::ObservedNo,
        Self::Unsupported,
        Self::Inconclusive,
        Self::Timeout,
        Self::Crash,
        Self::Error,
    ];

    /// The name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::PassWithDeviation => "pass-with-deviation",
            Self::Fail => "fail",
            Self::ObservedYes => "observed-yes",
            Self::ObservedNo => "observed-no",
            Self::Unsupported => "unsupported",
            Self::Inconclusive => "inconclusive",
            Self::Timeout => "timeout",
            Self::Crash => "crash",
            Self::Error => "error",
        }
    }

    /// The verdict with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verdict| verdict.name() == name)
    }

    /// Whether the case decided its requirements, one way or the other.
    pub const fn is_decisive(self) -> bool {
        matches!(self, Self::Pass | Self::PassWithDeviation | Self::Fail | Self::ObservedYes | Self::ObservedNo)
    }

    /// Whether this is what a conforming target gives, without an expectation.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Pass | Self::PassWithDeviation | Self::ObservedYes | Self::ObservedNo | Self::Unsupported)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How strong a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Decides a MUST or MUST NOT: a failure gates.
    Required,
    /// Decides a SHOULD or SHOULD NOT: a failure warns, and gates with `--strict`.
    Recommended,
    /// Records a choice that the RFC leaves open (MAY): never fails.
    Observed,
}

impl Kind {
    /// The name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Recommended => "recommended",
            Self::Observed => "observed",
        }
    }

    /// The requirement level as `--level` names it.
    pub const fn level(self) -> &'static str {
        match self {
            Self::Required => "must",
            Self::Recommended => "should",
            Self::Observed => "may",
        }
    }
}

/// Exit codes of `wireproof`. Documented in the README from this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything that gates is as required or as expected.
    Success = 0,
    /// A case failed, crashed or timed out against what was required or expected.
    Failed = 1,
    /// The command line, a pattern or an input file is wrong.
    Usage = 2,
    /// No case was run: nothing matched, or nothing is supported.
    NothingRan = 3,
    /// The environment lacks something (namespaces, /dev/net/tun, a program); `wireproof doctor` says what.
    Environment = 4,
    /// The harness failed in itself.
    Internal = 5,
    /// Interrupted; results so far were written.
    Interrupted = 130,
}

impl ExitCode {
    /// Every code with its meaning.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Success, "everything that gates is as required or as expected"),
        (Self::Failed, "a case failed, crashed or timed out against what was required or expected"),
        (Self::Usage, "the command line, a pattern or an input file is wrong"),
        (Self::NothingRan, "no case was run: nothing matched, or nothing is supported"),
        (Self::Environment, "the environment lacks something; `wireproof doctor` says what"),
        (Self::Internal, "the harness failed in itself"),
        (Self::Interrupted, "interrupted; results so far were written"),
    ];
}

impl ExitCode {
    /// The Markdown table of every code; README.md holds exactly this, and a test compares them.
    pub fn markdown_table() -> String {
        let mut table = String::from("| code | meaning |\n|---|---|\n");
        for (code, meaning) in Self::ALL {
            table.push_str(&format!("| {} | {meaning} |\n", *code as u8));
        }
        table
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdict_names_lead_back_to_their_verdicts() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_name(verdict.name()), Some(*verdict));
            assert_eq!(serde_json::to_value(verdict).ok(), Some(serde_json::Value::from(verdict.name())));
        }
        assert_eq!(Verdict::from_name("passed"), None);
    }

    #[test]
    fn exit_codes_are_unique_and_each_has_a_row() {
        let mut codes: Vec<u8> = ExitCode::ALL.iter().map(|(code, _)| *code as u8).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 130]);
        assert_eq!(ExitCode::markdown_table().lines().count(), codes.len() + 2);
    }
}
