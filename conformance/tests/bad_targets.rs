//! Targets that panic, hang, flood or die in the middle of a run: one verdict each, and the others go on.
#![cfg(feature = "smoltcp")]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration as WallDuration;

use wireproof_conformance::campaign::pattern::Pattern;
use wireproof_conformance::campaign::plan::{Selection, catalogue};
use wireproof_conformance::campaign::{Settings, run_with};
use wireproof_conformance::result::RunResult;
use wireproof_conformance::target::{
    self, Blame, Call, Instant, Outcome, Target, TargetError, TargetInfo, TimedFrame, Topology,
};
use wireproof_conformance::verdict::{ExitCode, Verdict};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Panic,
    Hang,
    Flood,
    Die,
}

/// A good target that goes wrong after its third boot, counted over all threads.
struct Bad {
    inner: Box<dyn Target>,
    trouble: Trouble,
    boots: Arc<AtomicUsize>,
    now: bool,
}

impl Target for Bad {
    fn info(&self) -> &TargetInfo {
        self.inner.info()
    }

    fn reset(&mut self, topology: &Topology) -> Result<(), TargetError> {
        self.now = self.boots.fetch_add(1, Ordering::SeqCst) == 2;
        self.inner.reset(topology)
    }

    fn now(&self) -> Instant {
        self.inner.now()
    }

    fn inject(&mut self, interface: usize, frame: &[u8]) -> Result<(), TargetError> {
        match self.trouble {
            _ if !self.now => {}
            Trouble::Panic => panic!("the stack fell over"),
            Trouble::Hang => loop {
                std::thread::sleep(WallDuration::from_millis(20));
            },
            Trouble::Die => {
                let (what, hint) = ("the child is gone".to_owned(), String::new());
                return Err(TargetError { blame: Blame::Target, what, hint });
            }
            Trouble::Flood => {}
        }
        self.inner.inject(interface, frame)
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        if self.now && self.trouble == Trouble::Flood {
            return Ok(Some(TimedFrame { at: self.inner.now(), interface: 0, bytes: vec![0xff; 60] }));
        }
        self.inner.next_frame(deadline)
    }

    fn call(&mut self, call: &Call) -> Result<Outcome, TargetError> {
        self.inner.call(call)
    }
}

/// Runs the echo cases against smoltcp, which has this trouble in its third boot.
fn run(trouble: Trouble) -> RunResult {
    let pattern = Pattern::parse("icmp.echo").expect("well formed");
    let selection = Selection { patterns: vec![pattern], ..Selection::default() };
    let instances = selection.choose(catalogue()).expect("there are echo cases");
    let settings = Settings {
        seed: 1,
        jobs: Some(2),
        timeout: Some(WallDuration::from_secs(1)),
        stop: Arc::new(AtomicBool::new(false)),
    };
    let boots = Arc::new(AtomicUsize::new(0));
    let opener = Arc::new(move || {
        let inner = target::open("smoltcp")?;
        Ok(Box::new(Bad { inner, trouble, boots: Arc::clone(&boots), now: false }) as Box<dyn Target>)
    });
    run_with(opener, "bad", instances, &settings, &mut |_| ControlFlow::Continue(())).expect("it opens")
}

/// Asserts that exactly one instance has one of these verdicts, with these words, and that all others are judged.
fn one_in_trouble(trouble: Trouble, verdicts: &[Verdict], words: &str) {
    let result = run(trouble);
    let (bad, good): (Vec<_>, Vec<_>) = result.cases.iter().partition(|case| verdicts.contains(&case.verdict));
    assert_eq!(bad.len(), 1, "{trouble:?}: {:?}", result.summary);
    let judged = |verdict: Verdict| verdict.is_decisive() || verdict == Verdict::Unsupported;
    assert!(good.iter().all(|case| judged(case.verdict)), "{trouble:?}: {:?}", result.summary);
    let evidence = bad[0].evidence.as_ref().expect("evidence");
    assert!(evidence.summary.contains(words), "{trouble:?}: {}", evidence.summary);
    assert_eq!(evidence.summary.lines().count(), 1);
    assert_eq!(evidence.blame, "target");
    assert_eq!(result.exit_code(), ExitCode::Failed);
}

#[test]
fn a_panic_is_a_crash() {
    one_in_trouble(Trouble::Panic, &[Verdict::Crash], "the stack fell over");
}

#[test]
fn a_target_that_hangs_is_a_timeout() {
    one_in_trouble(Trouble::Hang, &[Verdict::Timeout], "no answer for");
}

#[test]
fn a_target_that_floods_is_stopped() {
    one_in_trouble(Trouble::Flood, &[Verdict::Timeout, Verdict::Crash], "");
}

#[test]
fn a_target_that_dies_is_a_crash() {
    one_in_trouble(Trouble::Die, &[Verdict::Crash], "the child is gone");
}
