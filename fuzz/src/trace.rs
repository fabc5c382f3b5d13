//! A spoken trace of one execution, off by default: `cargo run -p wireproof-replay --bin replay -- TARGET FILE`
//! switches it on, so that a finding can be read.

use core::sync::atomic::{AtomicBool, Ordering};

static ON: AtomicBool = AtomicBool::new(false);

/// Switches the trace on, for good.
pub fn on() {
    ON.store(true, Ordering::Relaxed);
}

/// Prints a line to standard error if the trace is on; the line is not made if it is off.
pub fn say(line: impl FnOnce() -> String) {
    if ON.load(Ordering::Relaxed) {
        eprintln!("{}", line());
    }
}
