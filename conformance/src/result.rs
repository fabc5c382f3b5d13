//! The result model: what a run found, independent of how it is shown.
//!
//! Reports consume this and nothing else; `run --json` is this, serialised. The schema is versioned
//! ([`SCHEMA`]) and a contract for other tools: fields are added, never renamed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::verdict::{Kind, Verdict};

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
    /// Every case instance, in the order of the suite list.
    pub cases: Vec<CaseResult>,
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
    /// Why, for everything but a plain pass.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
    /// Time that passed on a virtual target's clock, microseconds (0 in wall time).
    pub virtual_us: u64,
    /// Time that the instance took on the machine, microseconds.
    pub wall_us: u64,
    /// Everything that crossed the link, for captures; not part of the JSON document.
    #[serde(skip)]
    pub trace: Vec<TraceEntry>,
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
