//! Why a session ends before its last event.

use crate::result::FieldMiss;
use crate::target::TargetError;

/// What was seen instead of what an event expects.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// One line: what was seen.
    pub summary: String,
    /// The frame that came closest, as a line.
    pub nearest_frame: String,
    /// Where it differs.
    pub nearest_miss: Vec<FieldMiss>,
    /// Index in the trace of the frame that decided, if one did.
    pub decided_by: Option<usize>,
    /// What to do next, if there is something.
    pub hint: String,
}

impl Failure {
    /// A failure in one line.
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), ..Self::default() }
    }
}

/// Why a session ends early.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The target did not do what an event expects.
    Failed(Box<Failure>),
    /// The target cannot go on.
    Target(TargetError),
    /// A bound was reached: wall time, virtual time, frames.
    Bound(String),
    /// The timeline asks for something that cannot be.
    Case(String),
}

impl From<TargetError> for Stop {
    fn from(error: TargetError) -> Self {
        Self::Target(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}
