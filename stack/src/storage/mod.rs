//! Containers without protocol knowledge. All of them are bounded and take their memory once.

pub mod frame_queue;
pub mod interval_set;
pub mod ring;

pub use frame_queue::FrameQueue;
pub use interval_set::{Full, IntervalSet};
pub use ring::Ring;
