//! The one list of targets. To add one: an oracle, a line here, a file in `fuzz_targets/`, a `[[bin]]` in
//! `Cargo.toml`, seeds in [`crate::seeds`]. Tests compare all of these with this list.

use crate::digest::Digest;
use crate::oracles::model;

/// One fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the binary and of the folder in `corpus/`.
    pub name: &'static str,
    /// One execution. Panics if the oracle is violated.
    pub run: fn(&[u8]) -> Digest,
    /// What it proves, in one line.
    pub about: &'static str,
    /// What generated inputs must be able to reach; a test proves that they do.
    pub marks: &'static [&'static str],
}

/// Every target, in the order of the documentation.
pub const TARGETS: &[Target] = &[
    Target {
        name: "model_interval_set",
        run: model::interval_set::interval_set,
        about: "the interval set against one flag per number",
        marks: model::interval_set::MARKS,
    },
    Target {
        name: "model_route",
        run: model::route::route_table,
        about: "the longest-prefix table against a linear scan",
        marks: model::route::MARKS,
    },
];

/// The target called `name`. Evaluated at compile time by the glue: a wrong name does not compile.
pub const fn find(name: &str) -> Target {
    let mut index = 0;
    while index < TARGETS.len() {
        if same(TARGETS[index].name.as_bytes(), name.as_bytes()) {
            return TARGETS[index];
        }
        index += 1;
    }
    panic!("no such target in TARGETS")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut index = 0;
    while index < a.len() && index < b.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    a.len() == b.len()
}
