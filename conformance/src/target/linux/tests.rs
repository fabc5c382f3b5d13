//! The adapter keeps the promises of the trait. Where the machine lacks what it needs, the tests say so and pass.

use super::*;
use crate::target::testkit;

/// Whether the target works here; says why if not.
fn works(test: &str) -> bool {
    match try_namespace() {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.blame, Blame::Environment, "{error}");
            eprintln!("{test} is skipped: {error}");
            false
        }
    }
}

#[test]
fn keeps_the_promises_of_the_trait() {
    if works("keeps_the_promises_of_the_trait") {
        assert_eq!(testkit::complaints(&mut LinuxTarget::new()), Vec::<String>::new());
    }
}

#[test]
fn an_error_before_the_first_reset() {
    let mut target = LinuxTarget::new();
    assert_eq!(target.now(), Instant::ZERO);
    assert_eq!(target.inject(0, &[]).map_err(|error| error.blame), Err(Blame::Harness));
    let topology = Topology { links: Vec::new(), ..Topology::default() };
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
}
