//! A campaign: the choice of case instances for a run ([`plan`]), and their execution side by side
//! ([`mod@execute`]) against one target, into a [`RunResult`].

pub mod execute;
pub mod pattern;
pub mod plan;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::available_parallelism;
use std::time::Duration;

use execute::{Options, Work, Worker, execute};

use crate::result::{CaseResult, Evidence, RunResult, TargetResult};
use crate::runner::{self, Limits, RunOptions};
use crate::suite::Instance;
use crate::target::{self, Clock, Profile, Target, TargetError, TargetInfo, Topology};
use crate::timeline::{Action, Event, When};
use crate::verdict::Verdict;

/// How long an instance may take on a target in virtual time, where nothing waits.
const VIRTUAL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long an instance may take on a target in wall time, where timers have to run off.
const WALL_TIMEOUT: Duration = Duration::from_secs(180);
/// Targets side by side per core in wall time: nearly all of their time is waiting.
const WALL_JOBS_PER_CORE: usize = 8;

/// Makes a target of a run; called once for each thread, and again after a target died or hung.
pub type Opener = Arc<dyn Fn() -> Result<Box<dyn Target>, TargetError> + Send + Sync>;

/// What is common to every run that a command makes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Seed of everything that is drawn at random.
    pub seed: u64,
    /// Targets side by side; `None` chooses by clock and cores.
    pub jobs: Option<usize>,
    /// Wall time that one instance may take; `None` chooses by clock.
    pub timeout: Option<Duration>,
    /// Set from outside to stop the run; what ended until then is kept.
    pub stop: Arc<AtomicBool>,
}

/// Opens the target once and asks what it is.
///
/// # Errors
///
/// The target cannot be opened; [`TargetError::blame`] says whose fault that is.
pub fn target_info(name: &str) -> Result<TargetInfo, TargetError> {
    Ok(target::open(name)?.info().clone())
}

/// Opens the target and boots it once, to learn what the environment lacks before anything is judged.
///
/// # Errors
///
/// The target cannot be opened or does not come up.
pub fn boot_by_name(name: &str) -> Result<TargetInfo, TargetError> {
    boot(&by_name(name))
}

fn by_name(name: &str) -> Opener {
    let name = name.to_owned();
    Arc::new(move || target::open(&name))
}

fn boot(opener: &Opener) -> Result<TargetInfo, TargetError> {
    let mut target = opener()?;
    target.reset(&Topology::default())?;
    Ok(target.info().clone())
}

/// Runs `instances` against the target called `name`. `observe` sees each result as it comes and may break off.
///
/// # Errors
///
/// The target cannot be opened at all. Once it could, every trouble is in the results.
pub fn run(
    name: &str,
    instances: Vec<Instance>,
    settings: &Settings,
    observe: &mut dyn FnMut(&CaseResult) -> ControlFlow<()>,
) -> Result<RunResult, TargetError> {
    run_with(by_name(name), name, instances, settings, observe)
}

/// Like [`run`], against targets that `opener` makes and that are called `name` in the result.
///
/// # Errors
///
/// As [`run`].
pub fn run_with(
    opener: Opener,
    name: &str,
    instances: Vec<Instance>,
    settings: &Settings,
    observe: &mut dyn FnMut(&CaseResult) -> ControlFlow<()>,
) -> Result<RunResult, TargetError> {
    let info = boot(&opener)?;
    let cores = available_parallelism().map_or(1, usize::from);
    let (threads, timeout, clock) = match info.clock {
        Clock::Virtual => (cores, VIRTUAL_TIMEOUT, "virtual"),
        Clock::Wall => (cores * WALL_JOBS_PER_CORE, WALL_TIMEOUT, "wall"),
    };
    let timeout = settings.timeout.unwrap_or(timeout);
    let options = Options {
        threads: settings.jobs.unwrap_or(threads),
        // The runner ends what comes back to it by itself, with a trace; this is for what never comes back.
        timeout: timeout + Duration::from_millis(500),
        stop: Arc::clone(&settings.stop),
    };
    let order = match info.clock {
        Clock::Virtual => (0..instances.len()).collect(),
        Clock::Wall => longest_first(&instances, &info.profile),
    };
    let work = SuiteWork { opener, instances, order, seed: settings.seed, timeout };
    let execution = execute(Arc::new(work), &options, observe);
    let target = TargetResult {
        name: name.to_owned(),
        version: info.version,
        capabilities: info.capabilities.iter().map(|capability| capability.name().to_owned()).collect(),
    };
    let mut result = RunResult::new(target, clock, settings.seed).with_cases(execution.results);
    result.interrupted = execution.interrupted;
    Ok(result)
}

/// The instances, those that wait for long first, so that a run in wall time does not end with them.
fn longest_first(instances: &[Instance], profile: &Profile) -> Vec<usize> {
    let span = |event: &Event| {
        let before = match event.when {
            When::After(span) | When::Within(span) | When::Between { max: span, .. } => span.as_micros(),
            When::Now | When::At(_) | When::Any => 0,
        };
        let during = match event.action {
            Action::Advance(span) | Action::Silence { duration: Some(span), .. } => span.as_micros(),
            _ => 0,
        };
        before + during
    };
    let waits = |instance: &Instance| {
        instance.timeline(profile).map_or(0, |timeline| timeline.events.iter().map(span).sum::<u64>())
    };
    let mut order: Vec<usize> = (0..instances.len()).collect();
    order.sort_by_cached_key(|job| std::cmp::Reverse(waits(&instances[*job])));
    order
}

/// The instances of a run, for the worker threads.
struct SuiteWork {
    opener: Opener,
    instances: Vec<Instance>,
    order: Vec<usize>,
    seed: u64,
    timeout: Duration,
}

impl Work for SuiteWork {
    fn jobs(&self) -> usize {
        self.instances.len()
    }

    fn order(&self) -> Vec<usize> {
        self.order.clone()
    }

    fn worker(self: Arc<Self>) -> Result<Worker, TargetError> {
        let mut target = (self.opener)()?;
        let limits = Limits { wall: self.timeout, ..Limits::default() };
        let options = RunOptions { seed: self.seed, limits, ..RunOptions::default() };
        Ok(Box::new(move |job| runner::run_instance(&self.instances[job], target.as_mut(), &options)))
    }

    fn without_worker(&self, job: usize, verdict: Verdict, evidence: Evidence) -> CaseResult {
        let Instance { case, params } = &self.instances[job];
        CaseResult {
            id: case.id.clone(),
            params: params.clone(),
            kind: case.kind,
            level: case.kind.level().to_owned(),
            requirements: case.requirements.clone(),
            verdict,
            expected: None,
            evidence: Some(evidence),
            virtual_us: 0,
            wall_us: 0,
            trace: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::prelude::*;
    use crate::suite::typical_profile;

    #[test]
    fn cases_that_wait_for_long_begin_first() {
        let waiting = |id: &str, seconds| {
            let case = case(id).title("t").build(move |s| {
                s.advance(secs(seconds));
                s.silence(packet::arp());
            });
            case.instances()
        };
        let instances = [waiting("a.short", 1), waiting("a.long", 60), waiting("a.middle", 5)].concat();
        assert_eq!(longest_first(&instances, &typical_profile()), [1, 2, 0]);
    }
}
