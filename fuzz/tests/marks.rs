//! Proves that the fuzzers fuzz: seeds and seeded mutations of them reach every mark of every target within
//! a bounded number of executions.

use std::collections::BTreeSet;

use wireproof_fuzz::generators::mutate::Mutator;
use wireproof_fuzz::seeds;
use wireproof_fuzz::targets::{TARGETS, Target};

/// Executions that a target may take to reach all of its marks.
const BOUND: usize = 20_000;

/// Marks that `target` does not reach, from its seeds and from what a mutator with a fixed seed makes of them.
fn missing_marks(target: &Target) -> BTreeSet<&'static str> {
    let mut missing: BTreeSet<&'static str> = target.marks.iter().copied().collect();
    let mut pool: Vec<Vec<u8>> = seeds::of(target.name).into_iter().map(|seed| seed.bytes).collect();
    let mut mutator = Mutator::new(0x7769_7265_7072_6f66);
    let run = |bytes: &[u8], missing: &mut BTreeSet<&'static str>| {
        let digest = std::panic::catch_unwind(|| (target.run)(bytes));
        for mark in digest.unwrap_or_else(|_| panic!("{}", kept(target, bytes))).marks() {
            assert!(target.marks.contains(mark), "{}: mark {mark:?} is not in its list", target.name);
            missing.remove(mark);
        }
    };
    for bytes in &pool {
        run(bytes, &mut missing);
    }
    for _ in 0..BOUND {
        if missing.is_empty() {
            break;
        }
        let (bytes, keep) = mutator.next(&pool);
        run(&bytes, &mut missing);
        if keep {
            pool.push(bytes);
        }
    }
    missing
}

/// Keeps an input that a target failed on, and says how to run it again.
fn kept(target: &Target, bytes: &[u8]) -> String {
    let path = format!("{}/{}-failed", env!("CARGO_TARGET_TMPDIR"), target.name);
    std::fs::write(&path, bytes).expect("the folder for temporary files can be written");
    format!("run it again: cargo run -p wireproof-replay --bin replay -- {} {path}", target.name)
}

#[test]
fn every_target_reaches_its_marks() {
    let failed: Vec<String> = TARGETS
        .iter()
        .map(|target| (target.name, missing_marks(target)))
        .filter(|(_, missing)| !missing.is_empty())
        .map(|(name, missing)| format!("{name}: {missing:?}"))
        .collect();
    assert!(failed.is_empty(), "not reached within {BOUND} executions:\n{}", failed.join("\n"));
}

#[test]
fn digests_differ_between_inputs() {
    for target in TARGETS {
        let digests: BTreeSet<u64> =
            seeds::of(target.name).iter().map(|seed| (target.run)(&seed.bytes).value()).collect();
        assert!(digests.len() > 1, "{}: every seed gives the same digest, so nothing is looked at", target.name);
    }
}
