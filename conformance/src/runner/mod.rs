//! Drives a timeline against a target on the target's clock, and says what became of it.
//!
//! Life of an instance: [`run_instance`] asks whether the target has what the case needs, builds the timeline, resets
//! the target, and plays the events ([`session`]). Frames go through [`wire`], are compared by [`matcher`], and end
//! up in the trace. What ends a session early ([`stop`]) becomes a verdict with evidence ([`outcome`]). A target that
//! panics is a crash; one that hangs can only be left behind with its thread.

mod calls;
mod checks;
pub mod matcher;
pub mod outcome;
mod reassembly;
pub mod responder;
pub mod session;
pub mod state;
pub mod stop;
mod stream;
pub mod tolerance;
pub mod wire;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use tolerance::Tolerance;

use crate::result::CaseResult;
use crate::suite::Instance;
use crate::suite::case::panic_words;
use crate::target::{Duration, Target};
use crate::timeline::Timeline;
use outcome::{Ending, Report};
use session::Session;
use wire::Wire;

/// Bounds on one instance.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time on the machine.
    pub wall: std::time::Duration,
    /// Time on a virtual target's clock.
    pub virtual_time: Duration,
    /// Frames from the target.
    pub frames: usize,
}

impl Default for Limits {
    /// 30 s on the machine, a week of virtual time, 20,000 frames.
    fn default() -> Self {
        Self {
            wall: std::time::Duration::from_secs(30),
            virtual_time: Duration::from_secs(7 * 24 * 3_600),
            frames: 20_000,
        }
    }
}

/// How instances are run.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Seed of everything that the target draws at random.
    pub seed: u64,
    /// How exact wall time is.
    pub tolerance: Tolerance,
    /// Bounds.
    pub limits: Limits,
}

/// Runs one instance. Never panics because of the target: what its code does is caught.
///
/// After [`crate::verdict::Verdict::Crash`] the target is in an unknown state: open a new one.
pub fn run_instance(instance: &Instance, target: &mut dyn Target, options: &RunOptions) -> CaseResult {
    let started = std::time::Instant::now();
    let mut report = match instance.timeline(&target.info().profile) {
        Err(error) => Report::case_fault(error.to_string()),
        Ok(timeline) => {
            let have = &target.info().capabilities;
            let missing: Vec<_> = timeline.needs.difference(have).copied().collect();
            if missing.is_empty() { run_timeline(&timeline, target, options) } else { Report::unsupported(&missing) }
        }
    };
    report.wall_us = started.elapsed().as_micros() as u64;
    report.into_result(instance)
}

/// Runs a timeline that does not come from a case. [`Report`] has the ending, the evidence and the trace.
pub fn run_timeline(timeline: &Timeline, target: &mut dyn Target, options: &RunOptions) -> Report {
    let inside = Cell::new(false);
    let run = AssertUnwindSafe(|| {
        let mut session = Session::new(timeline, Wire::new(target, &inside, options), options);
        let result = catch_unwind(AssertUnwindSafe(|| session.run()));
        let ending = match result {
            Ok(Ok(())) => Ending::Done,
            Ok(Err(stop)) => Ending::Stopped(stop),
            Err(panic) => Ending::Panicked { words: panic_words(panic.as_ref()), inside_target: inside.get() },
        };
        Report::of(session, ending)
    });
    match catch_unwind(run) {
        Ok(report) => report,
        Err(panic) => Report::harness_fault(panic_words(panic.as_ref())),
    }
}
