//! The progress bar: on a terminal only, on stderr, gone when the run ends.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::result::{CaseResult, Standing};

/// A bar that shows how far a run is and what failed so far; draws nothing when stderr is no terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    failed: usize,
}

impl Progress {
    /// A bar for `total` case instances.
    pub fn new(total: usize) -> Self {
        let to = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(total as u64), to);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {per_sec} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, failed: 0 }
    }

    /// Counts one result, which stands so.
    pub fn step(&mut self, case: &CaseResult, standing: Standing) {
        self.bar.inc(1);
        if standing == Standing::Failed {
            self.failed += 1;
            self.bar.set_message(format!("{} failed, last: {}", self.failed, case.full_id()));
        }
    }

    /// Takes the bar off the terminal.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
