//! Fuzz targets over every parser and every state machine of wireproof.
//!
//! A *generator* turns bytes into a structured test case, an *oracle* turns a test case into "right" or
//! "bug" (it panics), a *model* is a slow and obvious second implementation that an oracle compares with. A
//! *target* is one entry of [`targets::TARGETS`]: the binaries in `fuzz_targets/`, the corpus, the replay
//! test and the scripts in `ci/` all follow that one list.
//!
//! Nothing here, and nothing in the stack, behaves differently under `cfg(fuzzing)`: where a checksum must be right
//! for an input to get deep, the generator makes it right.
#![forbid(unsafe_code)]

use std::path::PathBuf;

pub mod digest;
pub mod generators;
pub mod models;
pub mod oracles;
pub mod seeds;
pub mod targets;
pub mod trace;

#[cfg(feature = "libfuzzer")]
mod glue;

/// The folder of the committed corpus, `corpus/` at the root of the repository. For tests and for the
/// program that writes the seeds; the fuzz binaries do not use it.
pub fn corpus_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).with_file_name("corpus")
}
