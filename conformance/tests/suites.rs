//! Every case instance against the yardstick, one test each: `cargo test --test suites tcp.resets`.
//!
//! `WIREPROOF_TARGET=smoltcp` names another target. An instance that the target does not support is shown as
//! ignored; everything but a good verdict is a failed test with its evidence.

use libtest_mimic::{Arguments, Failed, Trial};
use wireproof_conformance::result::CaseResult;
use wireproof_conformance::runner::{RunOptions, run_instance};
use wireproof_conformance::suite::{self, Instance};
use wireproof_conformance::target;

/// What the suites are measured with: the reference stack, or what the environment names.
fn yardstick() -> Option<String> {
    let named = std::env::var("WIREPROOF_TARGET").ok();
    named.or_else(|| target::names().into_iter().find(|known| known.name == "reference").map(|known| known.name))
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    if let Some(name) = yardstick() {
        for instance in suite::all().iter().flat_map(suite::Case::instances) {
            let lacks = lacks(&instance, &name);
            let name = name.clone();
            let trial = Trial::test(instance.full_id(), move || check(&instance, &name)).with_ignored_flag(lacks);
            trials.push(trial);
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn lacks(instance: &Instance, name: &str) -> bool {
    let Ok(target) = target::open(name) else { return false };
    let info = target.info();
    let timeline = instance.timeline(&info.profile);
    timeline.is_ok_and(|timeline| !timeline.needs.is_subset(&info.capabilities))
}

fn check(instance: &Instance, name: &str) -> Result<(), Failed> {
    let mut target = target::open(name).map_err(|error| Failed::from(error.to_string()))?;
    let result = run_instance(instance, target.as_mut(), &RunOptions::default());
    if result.verdict.is_good() { Ok(()) } else { Err(Failed::from(words(&result))) }
}

fn words(result: &CaseResult) -> String {
    let mut words = format!("{}", result.verdict);
    let Some(evidence) = &result.evidence else { return words };
    words += &format!(" ({}): {}\n  expected: {}\n", evidence.blame, evidence.summary, evidence.expected);
    if !evidence.nearest_frame.is_empty() {
        words += &format!("  nearest:  {}\n", evidence.nearest_frame);
    }
    for miss in &evidence.nearest_miss {
        words += &format!("    {}: expected {}, got {}\n", miss.field, miss.expected, miss.got);
    }
    for line in &evidence.trace {
        words += &format!("  {line}\n");
    }
    words
}
