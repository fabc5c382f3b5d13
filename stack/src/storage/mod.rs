//! Containers without protocol knowledge. All of them are bounded and take their memory once.

pub mod interval_set;

pub use interval_set::{Full, IntervalSet};
