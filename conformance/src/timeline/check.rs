//! Checks over everything that was seen: counts, intervals, captured values, byte streams.

use serde::{Deserialize, Serialize};

use super::packet::PacketSpec;
use super::time::{self, Duration};

/// A check over the trace, the labels and the captured values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// So many frames from the target match, since the labelled event (else since the set-up was done, else since the reset).
    Count {
        /// Which frames.
        packet: PacketSpec,
        /// Least number.
        min: usize,
        /// Greatest number.
        max: usize,
        /// Count from this event on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<String>,
    },
    /// The time between two labelled events. In wall time widened by the tolerance.
    Interval {
        /// Label of the first event.
        from: String,
        /// Label of the second event.
        to: String,
        /// Least time.
        #[serde(with = "time::micros")]
        min: Duration,
        /// Greatest time.
        #[serde(with = "time::micros")]
        max: Duration,
    },
    /// Each interval between the labelled events is between `min_percent` and `max_percent` of the one before
    /// (200 and 200: doubles each time). In wall time widened by the tolerance.
    Backoff {
        /// At least three labels.
        labels: Vec<String>,
        /// Least ratio in percent.
        min_percent: u64,
        /// Greatest ratio in percent.
        max_percent: u64,
    },
    /// The captured values are all equal.
    VarsEqual(Vec<String>),
    /// The captured values are pairwise different.
    VarsDiffer(Vec<String>),
    /// Each captured value is greater than the one before, in a number space of this many bits (0: does not wrap).
    Increasing {
        /// The names.
        vars: Vec<String>,
        /// Width of the number space, 16 or 32; 0 for plain numbers.
        bits: u32,
    },
    /// Each captured value is at least this far from the one before, either way round a number space of this many bits.
    Apart {
        /// The names.
        vars: Vec<String>,
        /// Least distance.
        least: i64,
        /// Width of the number space, 16 or 32.
        bits: u32,
    },
    /// A captured number lies in this range.
    VarIn {
        /// The name.
        var: String,
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// The bytes of the flow's stream that the target sent, put together from every frame, are those of the data
    /// pattern for `from..from + len`, without a hole.
    StreamEquals {
        /// The flow.
        flow: String,
        /// First stream offset.
        from: u64,
        /// Number of bytes.
        len: usize,
    },
    /// The right edge of the window that the target offers on the flow never moves back (rounding by the window
    /// scale aside).
    EdgeKept {
        /// The flow.
        flow: String,
    },
    /// No segment that the target sent on the flow carries a byte beyond the window that the tester had offered.
    WithinWindow {
        /// The flow.
        flow: String,
    },
}
