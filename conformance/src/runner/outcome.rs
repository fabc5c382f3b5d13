//! From the end of a session to a verdict with evidence.

use super::session::Session;
use super::stop::{Failure, Stop};
use crate::capability::Capability;
use crate::result::{CaseResult, Evidence, TraceEntry, TraceWhat};
use crate::suite::Instance;
use crate::target::{Blame, Clock, TargetError};
use crate::timeline::describe::frame_line;
use crate::timeline::flow::FlowState;
use crate::timeline::words::event_words;
use crate::verdict::{Kind, Verdict};

/// How a session ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// Every event was played.
    Done,
    /// Early.
    Stopped(Stop),
    /// Somebody panicked.
    Panicked {
        /// What the panic said.
        words: String,
        /// Whether it was the target's code.
        inside_target: bool,
    },
}

/// What came of one timeline, before the kind of the case is looked at.
#[derive(Clone, Debug)]
pub struct Report {
    /// Pass, pass with deviation, fail, unsupported, inconclusive, timeout, crash or error.
    pub verdict: Verdict,
    /// Why, for everything but a plain pass.
    pub evidence: Option<Evidence>,
    /// Everything that crossed the links and the socket interface.
    pub trace: Vec<TraceEntry>,
    /// Time that passed on a virtual clock, microseconds.
    pub virtual_us: u64,
    /// Time on the machine, microseconds.
    pub wall_us: u64,
}

/// Trace lines in evidence: more than this are cut in the middle.
const LINES: usize = 60;

impl Report {
    fn bare(verdict: Verdict, blame: &str, summary: String) -> Self {
        let evidence = Evidence { summary, blame: blame.to_owned(), ..Evidence::default() };
        Self { verdict, evidence: Some(evidence), trace: Vec::new(), virtual_us: 0, wall_us: 0 }
    }

    /// The case could not be built.
    pub fn case_fault(summary: String) -> Self {
        Self::bare(Verdict::Error, "case", summary)
    }

    /// The harness failed in itself.
    pub fn harness_fault(words: String) -> Self {
        Self::bare(Verdict::Error, "harness", format!("the harness panicked: {words}"))
    }

    /// The target lacks these.
    pub fn unsupported(missing: &[Capability]) -> Self {
        let names: Vec<&str> = missing.iter().map(|capability| capability.name()).collect();
        Self::bare(Verdict::Unsupported, "target", format!("needs {}", names.join(", ")))
    }

    /// Judges a session that has ended.
    pub(super) fn of(mut session: Session<'_>, ending: Ending) -> Self {
        let virtual_us = match (&ending, session.wire.clock()) {
            // The clock of a target that panicked is not asked.
            (Ending::Panicked { .. }, _) | (_, Clock::Wall) => 0,
            (_, Clock::Virtual) => session.wire.now().as_micros(),
        };
        let (verdict, evidence) = judge(&mut session, ending);
        let trace = core::mem::take(&mut session.wire.trace);
        Self { verdict, evidence, trace, virtual_us, wall_us: 0 }
    }

    /// The result of a case instance: an observed case that was decided says yes or no.
    pub fn into_result(self, instance: &Instance) -> CaseResult {
        let case = &instance.case;
        let verdict = match (case.kind, self.verdict) {
            (Kind::Observed, Verdict::Pass | Verdict::PassWithDeviation) => Verdict::ObservedYes,
            (Kind::Observed, Verdict::Fail) => Verdict::ObservedNo,
            (_, verdict) => verdict,
        };
        CaseResult {
            id: case.id.clone(),
            params: instance.params.clone(),
            kind: case.kind,
            level: case.kind.level().to_owned(),
            requirements: case.requirements.clone(),
            verdict,
            expected: None,
            evidence: self.evidence,
            virtual_us: self.virtual_us,
            wall_us: self.wall_us,
            trace: self.trace,
        }
    }
}

fn judge(session: &mut Session<'_>, ending: Ending) -> (Verdict, Option<Evidence>) {
    let at = session.at;
    let in_setup = at < session.timeline.setup_len();
    let (verdict, blame, failure) = match ending {
        Ending::Done => {
            return match session.deviations.first().cloned() {
                None => (Verdict::Pass, None),
                Some(deviation) => {
                    let evidence = evidence(session, deviation.event, "target", &deviation.failure);
                    (Verdict::PassWithDeviation, Some(evidence))
                }
            };
        }
        Ending::Stopped(Stop::Failed(failure)) => {
            let verdict = if in_setup { Verdict::Inconclusive } else { Verdict::Fail };
            (verdict, "target", *failure)
        }
        Ending::Stopped(Stop::Bound(what)) => (Verdict::Timeout, "target", Failure::new(what)),
        Ending::Stopped(Stop::Case(what)) => (Verdict::Error, "case", Failure::new(what)),
        Ending::Stopped(Stop::Target(error)) => target_error(error),
        Ending::Panicked { words, inside_target: true } => {
            (Verdict::Crash, "target", Failure::new(format!("the target panicked: {words}")))
        }
        Ending::Panicked { words, inside_target: false } => {
            (Verdict::Error, "harness", Failure::new(format!("the harness panicked: {words}")))
        }
    };
    (verdict, Some(evidence(session, at, blame, &failure)))
}

fn target_error(error: TargetError) -> (Verdict, &'static str, Failure) {
    let (verdict, blame) = match error.blame {
        Blame::Target => (Verdict::Crash, "target"),
        Blame::Environment => (Verdict::Error, "environment"),
        Blame::Harness => (Verdict::Error, "harness"),
    };
    (verdict, blame, Failure { hint: error.hint, ..Failure::new(error.what) })
}

fn evidence(session: &mut Session<'_>, at: usize, blame: &str, failure: &Failure) -> Evidence {
    if let Some(entry) = failure.decided_by {
        session.wire.remark(entry, format!("event {} failed: {}", at + 1, failure.summary));
    }
    let event = session.timeline.events.get(at);
    Evidence {
        summary: failure.summary.clone(),
        blame: blame.to_owned(),
        expected: event.map_or_else(String::new, event_words),
        event: event.map(|_| at),
        nearest_miss: failure.nearest_miss.clone(),
        nearest_frame: failure.nearest_frame.clone(),
        trace: trace_lines(&session.wire.trace, &session.state.flows),
        hint: failure.hint.clone(),
    }
}

/// The trace as lines: time, `>` to the target, `<` from it, the frame, the remark.
pub fn trace_lines(trace: &[TraceEntry], flows: &[FlowState]) -> Vec<String> {
    let line = |entry: &TraceEntry| {
        let link = |interface: usize| if interface == 0 { String::new() } else { format!("link {interface}: ") };
        let what = match &entry.what {
            TraceWhat::ToTarget { interface, bytes } => format!("> {}{}", link(*interface), frame_line(bytes, flows)),
            TraceWhat::FromTarget { interface, bytes } => {
                format!("< {}{}", link(*interface), frame_line(bytes, flows))
            }
            TraceWhat::Call(words) => format!("  {words}"),
            TraceWhat::Note(words) => format!("# {words}"),
        };
        let comment = entry.comment.as_deref().map_or_else(String::new, |comment| format!("   <-- {comment}"));
        format!("{:4}.{:06} {what}{comment}", entry.at_us / 1_000_000, entry.at_us % 1_000_000)
    };
    if trace.len() <= LINES {
        return trace.iter().map(line).collect();
    }
    let (head, tail) = (&trace[..LINES / 3], &trace[trace.len() - LINES * 2 / 3..]);
    let gap = format!("  .. {} more ..", trace.len() - head.len() - tail.len());
    head.iter().map(line).chain([gap]).chain(tail.iter().map(line)).collect()
}
