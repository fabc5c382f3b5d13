//! Runs many jobs on worker threads that can be abandoned: a job that hangs costs its thread, not the
//! run. Results come back in the order of the jobs, whatever the order in which they end.

use std::any::Any;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::result::{CaseResult, Evidence};
use crate::target::{Blame, TargetError};
use crate::verdict::Verdict;

/// Runs the job with this number. It owns the target that it drives and never leaves its thread.
pub type Worker = Box<dyn FnMut(usize) -> CaseResult>;

/// What is to be run, seen from the threads.
pub trait Work: Send + Sync + 'static {
    /// How many jobs there are.
    fn jobs(&self) -> usize;

    /// The jobs in the order in which they are begun; every job once.
    fn order(&self) -> Vec<usize> {
        (0..self.jobs()).collect()
    }

    /// A worker with a target of its own; called on the thread that will use it.
    ///
    /// # Errors
    ///
    /// The target cannot be opened.
    fn worker(self: Arc<Self>) -> Result<Worker, TargetError>;

    /// The result of a job whose worker cannot give one (it hangs, died or was never there).
    fn without_worker(&self, job: usize, verdict: Verdict, evidence: Evidence) -> CaseResult;
}

/// How to run it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker threads side by side.
    pub threads: usize,
    /// How long one job may take on the wall clock before its thread is abandoned.
    pub timeout: Duration,
    /// Set from outside (Ctrl-C) to stop: jobs that run are given a moment, the others are left out.
    pub stop: Arc<AtomicBool>,
}

/// What came of it.
#[derive(Debug)]
pub struct Execution {
    /// Results in the order of the jobs; jobs that were not run are left out.
    pub results: Vec<CaseResult>,
    /// Whether jobs were left out because of [`Options::stop`].
    pub interrupted: bool,
}

/// Threads that may hang before the run gives up on the target: each of them may burn a core.
const MAX_ABANDONED: usize = 16;
/// How often the supervisor looks for hanging jobs.
const TICK: Duration = Duration::from_millis(20);
/// What running jobs get to end after a stop.
const GRACE: Duration = Duration::from_millis(300);

/// What one thread is doing.
#[derive(Default)]
struct Slot {
    running: Mutex<Option<(usize, Instant)>>,
    abandoned: AtomicBool,
}

/// The jobs that no thread has taken yet.
#[derive(Default)]
struct Queue {
    order: Vec<usize>,
    next: AtomicUsize,
    /// Jobs whose thread could not open a target; another thread may have one.
    returned: Mutex<Vec<usize>>,
    closed: AtomicBool,
}

impl Queue {
    fn take(&self) -> Option<usize> {
        if self.closed.load(Ordering::SeqCst) {
            return None;
        }
        let returned = lock(&self.returned).pop();
        returned.or_else(|| self.order.get(self.next.fetch_add(1, Ordering::SeqCst)).copied())
    }
}

enum Message {
    Done(usize, Box<CaseResult>),
    Gone(usize, Option<TargetError>),
}

struct Supervisor<'a> {
    work: Arc<dyn Work>,
    options: &'a Options,
    queue: Arc<Queue>,
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    slots: Vec<Arc<Slot>>,
    live: usize,
    abandoned: usize,
    results: Vec<Option<CaseResult>>,
    open_error: Option<TargetError>,
}

/// Runs every job. `observe` sees each result as it comes and may break off.
pub fn execute(
    work: Arc<dyn Work>,
    options: &Options,
    observe: &mut dyn FnMut(&CaseResult) -> ControlFlow<()>,
) -> Execution {
    quiet_panics();
    let (sender, receiver) = mpsc::channel();
    let (jobs, order) = (work.jobs(), work.order());
    let mut supervisor = Supervisor {
        work,
        options,
        queue: Arc::new(Queue { order, ..Queue::default() }),
        sender,
        receiver,
        slots: Vec::new(),
        live: 0,
        abandoned: 0,
        results: (0..jobs).map(|_| None).collect(),
        open_error: None,
    };
    for _ in 0..options.threads.clamp(1, jobs.max(1)) {
        supervisor.spawn();
    }
    supervisor.run(observe)
}

impl Supervisor<'_> {
    fn spawn(&mut self) {
        let slot = Arc::new(Slot::default());
        let number = self.slots.len();
        self.slots.push(Arc::clone(&slot));
        let (work, queue, sender) = (Arc::clone(&self.work), Arc::clone(&self.queue), self.sender.clone());
        let body = move || {
            let error = serve(&work, &slot, &queue, &sender);
            // The supervisor may be gone already; then nobody needs the message.
            let _ = sender.send(Message::Gone(number, error));
        };
        match thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(body) {
            Ok(_) => self.live += 1,
            Err(error) => {
                self.open_error.get_or_insert(TargetError {
                    blame: Blame::Environment,
                    what: format!("no thread could be started: {error}"),
                    hint: "try a smaller --jobs".to_owned(),
                });
            }
        }
    }

    fn run(mut self, observe: &mut dyn FnMut(&CaseResult) -> ControlFlow<()>) -> Execution {
        let mut stopping: Option<Instant> = None;
        let mut broken_off = false;
        let mut looked = Instant::now();
        while self.live > 0 {
            match self.receiver.recv_timeout(TICK) {
                Ok(Message::Done(job, result)) => broken_off |= self.store(job, *result, observe).is_break(),
                Ok(Message::Gone(number, error)) => {
                    if !self.slots[number].abandoned.load(Ordering::SeqCst) {
                        self.live -= 1;
                    }
                    self.open_error = self.open_error.take().or(error);
                }
                Err(_) => {}
            }
            if looked.elapsed() >= TICK {
                looked = Instant::now();
                broken_off |= self.abandon_the_hanging(observe).is_break();
            }
            if broken_off {
                // What the other threads still run is not waited for: the run ends with what broke it off.
                self.queue.closed.store(true, Ordering::SeqCst);
                break;
            }
            if self.options.stop.load(Ordering::SeqCst) {
                self.queue.closed.store(true, Ordering::SeqCst);
                if *stopping.get_or_insert_with(Instant::now) + GRACE < Instant::now() {
                    break;
                }
            }
        }
        let interrupted = self.options.stop.load(Ordering::SeqCst) && self.results.iter().any(Option::is_none);
        if !broken_off && !interrupted {
            self.account_for_the_rest(observe);
        }
        Execution { results: self.results.into_iter().flatten().collect(), interrupted }
    }

    /// Keeps a result, unless the job was given up before.
    fn store(
        &mut self,
        job: usize,
        result: CaseResult,
        observe: &mut dyn FnMut(&CaseResult) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.results[job].is_some() {
            return ControlFlow::Continue(());
        }
        let flow = observe(&result);
        self.results[job] = Some(result);
        flow
    }

    fn abandon_the_hanging(&mut self, observe: &mut dyn FnMut(&CaseResult) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut flow = ControlFlow::Continue(());
        for number in 0..self.slots.len() {
            let slot = Arc::clone(&self.slots[number]);
            let Some((job, since)) = *lock(&slot.running) else { continue };
            if since.elapsed() < self.options.timeout || slot.abandoned.swap(true, Ordering::SeqCst) {
                continue;
            }
            self.live -= 1;
            self.abandoned += 1;
            let evidence = Evidence {
                summary: format!("no answer for {:.1} s; the thread was abandoned", self.options.timeout.as_secs_f64()),
                blame: "target".to_owned(),
                hint: "a target call never returned; --timeout sets how long to wait".to_owned(),
                ..Evidence::default()
            };
            let result = self.work.without_worker(job, Verdict::Timeout, evidence);
            if self.store(job, result, observe).is_break() {
                flow = ControlFlow::Break(());
            }
            if self.abandoned < MAX_ABANDONED {
                self.spawn();
            }
        }
        flow
    }

    /// Gives every job that no worker could take an error: the workers did not come up, or too many hung.
    fn account_for_the_rest(&mut self, observe: &mut dyn FnMut(&CaseResult) -> ControlFlow<()>) {
        let (summary, blame, hint) = match &self.open_error {
            Some(error) => (error.what.clone(), blame_name(error.blame), error.hint.clone()),
            None => (
                format!("not run: the target hung in {} cases before this one", self.abandoned),
                "harness",
                "mend or exclude the cases with verdict timeout first".to_owned(),
            ),
        };
        for job in 0..self.results.len() {
            if self.results[job].is_none() {
                let evidence = Evidence {
                    summary: summary.clone(),
                    blame: blame.to_owned(),
                    hint: hint.clone(),
                    ..Evidence::default()
                };
                let result = self.work.without_worker(job, Verdict::Error, evidence);
                let _ = self.store(job, result, observe);
            }
        }
    }
}

/// The word for it in evidence.
pub fn blame_name(blame: Blame) -> &'static str {
    match blame {
        Blame::Target => "target",
        Blame::Environment => "environment",
        Blame::Harness => "harness",
    }
}

/// One thread: takes jobs until there are none, or until it is abandoned.
fn serve(work: &Arc<dyn Work>, slot: &Slot, queue: &Queue, sender: &Sender<Message>) -> Option<TargetError> {
    let mut worker: Option<Worker> = None;
    while !slot.abandoned.load(Ordering::SeqCst) {
        let Some(job) = queue.take() else { break };
        *lock(&slot.running) = Some((job, Instant::now()));
        let mut ready =
            match worker.take().map_or_else(|| guarded(|| Arc::clone(work).worker()), |worker| Ok(Ok(worker))) {
                Ok(Ok(ready)) => ready,
                Ok(Err(error)) => {
                    *lock(&slot.running) = None;
                    lock(&queue.returned).push(job);
                    return Some(error);
                }
                Err(panic) => {
                    *lock(&slot.running) = None;
                    let _ = sender.send(Message::Done(job, Box::new(crashed(&**work, job, &panic))));
                    continue;
                }
            };
        let result = guarded(|| ready(job)).unwrap_or_else(|panic| crashed(&**work, job, &panic));
        *lock(&slot.running) = None;
        if matches!(result.verdict, Verdict::Crash | Verdict::Timeout) {
            // What died or hung is not used again; it may die once more while it is dropped.
            let _ = guarded(move || drop(ready));
        } else {
            worker = Some(ready);
        }
        if sender.send(Message::Done(job, Box::new(result))).is_err() {
            break;
        }
    }
    let _ = guarded(move || drop(worker));
    None
}

fn crashed(work: &dyn Work, job: usize, panic: &str) -> CaseResult {
    let evidence =
        Evidence { summary: format!("the target died: {panic}"), blame: "target".to_owned(), ..Evidence::default() };
    work.without_worker(job, Verdict::Crash, evidence)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Name of the worker threads; panics on them are results, not noise on stderr.
const THREAD_NAME: &str = "wireproof-worker";

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps panics of worker threads off stderr and remembers where they happened.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if thread::current().name() != Some(THREAD_NAME) {
                before(info);
                return;
            }
            let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
            LAST_PANIC.with_borrow_mut(|last| *last = place);
        }));
    });
}

/// Where the last panic of this worker thread happened, as ` at FILE:LINE`; empty if there was none since the
/// last call.
pub fn take_panic_place() -> String {
    LAST_PANIC.with_borrow_mut(std::mem::take)
}

/// Runs `body` and turns a panic into its message and place.
fn guarded<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(body))
        .map_err(|payload| format!("{}{}", panic_message(&*payload), take_panic_place()))
}

/// What a panic said.
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::tests::case;
    use crate::verdict::Kind;

    /// Job `n` does what `script[n]` says.
    struct Scripted {
        script: Vec<&'static str>,
        opened: AtomicUsize,
    }

    impl Work for Scripted {
        fn jobs(&self) -> usize {
            self.script.len()
        }

        fn worker(self: Arc<Self>) -> Result<Worker, TargetError> {
            self.opened.fetch_add(1, Ordering::SeqCst);
            let script = self.script.clone();
            if script[0] == "no target" {
                let (what, hint) = ("no /dev/net/tun".to_owned(), "modprobe tun".to_owned());
                return Err(TargetError { blame: Blame::Environment, what, hint });
            }
            Ok(Box::new(move |job| {
                match script[job] {
                    "panic" => panic!("job {job} fell over"),
                    "hang" => loop {
                        thread::sleep(Duration::from_millis(5));
                    },
                    "slow" => thread::sleep(Duration::from_millis(20)),
                    _ => {}
                }
                case(&format!("job.{job}"), Kind::Required, Verdict::Pass)
            }))
        }

        fn without_worker(&self, job: usize, verdict: Verdict, evidence: Evidence) -> CaseResult {
            CaseResult { evidence: Some(evidence), ..case(&format!("job.{job}"), Kind::Required, verdict) }
        }
    }

    fn run(script: Vec<&'static str>, stop: bool) -> (Execution, usize) {
        let work = Arc::new(Scripted { script, opened: AtomicUsize::new(0) });
        let timeout = Duration::from_millis(400);
        let options = Options { threads: 2, timeout, stop: Arc::new(AtomicBool::new(stop)) };
        let execution = execute(Arc::clone(&work) as Arc<dyn Work>, &options, &mut |_| ControlFlow::Continue(()));
        (execution, work.opened.load(Ordering::SeqCst))
    }

    fn verdicts(execution: &Execution) -> Vec<Verdict> {
        execution.results.iter().map(|result| result.verdict).collect()
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let (execution, _) = run(vec!["slow", "ok", "slow", "ok", "ok"], false);
        let ids: Vec<_> = execution.results.iter().map(|result| result.id.as_str()).collect();
        assert_eq!(ids, ["job.0", "job.1", "job.2", "job.3", "job.4"]);
        assert!(!execution.interrupted);
    }

    #[test]
    fn a_panic_is_a_crash_and_the_next_job_gets_a_fresh_target() {
        let (execution, opened) = run(vec!["panic", "ok", "panic", "ok"], false);
        assert_eq!(verdicts(&execution), [Verdict::Crash, Verdict::Pass, Verdict::Crash, Verdict::Pass]);
        let summary = &execution.results[0].evidence.as_ref().expect("evidence").summary;
        assert!(summary.contains("job 0 fell over at ") && summary.contains("execute.rs:"), "{summary}");
        assert!(opened >= 3);
    }

    #[test]
    fn a_job_that_hangs_is_abandoned_and_the_others_go_on() {
        let (execution, _) = run(vec!["hang", "ok", "hang", "ok", "ok"], false);
        assert_eq!(
            verdicts(&execution),
            [Verdict::Timeout, Verdict::Pass, Verdict::Timeout, Verdict::Pass, Verdict::Pass]
        );
    }

    #[test]
    fn without_a_target_every_job_says_environment() {
        let (execution, _) = run(vec!["no target", "ok", "ok", "ok"], false);
        assert_eq!(verdicts(&execution), [Verdict::Error; 4]);
        for result in &execution.results {
            let evidence = result.evidence.as_ref().expect("evidence");
            assert_eq!((evidence.blame.as_str(), evidence.hint.as_str()), ("environment", "modprobe tun"));
        }
    }

    #[test]
    fn a_stop_keeps_what_there_is() {
        let (execution, _) = run(vec!["slow"; 200], true);
        assert!(execution.interrupted);
        assert!(execution.results.len() < 200);
    }

    #[test]
    fn the_observer_may_break_off() {
        let work = Arc::new(Scripted { script: vec!["slow"; 100], opened: AtomicUsize::new(0) });
        let timeout = Duration::from_secs(5);
        let options = Options { threads: 2, timeout, stop: Arc::new(AtomicBool::new(false)) };
        let execution = execute(work, &options, &mut |_| ControlFlow::Break(()));
        assert!(!execution.interrupted && execution.results.len() < 10);
    }
}
