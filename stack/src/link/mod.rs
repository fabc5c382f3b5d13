//! Things that stand between two hosts' frames: a tap for captures and a medium that misbehaves.

pub mod fault_injector;
pub mod tap;

pub use fault_injector::{FaultInjector, FaultProfile};
pub use tap::{Direction, Recorder, Tap};
