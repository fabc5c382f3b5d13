//! A campaign: the choice of case instances for a run, and their execution side by side.

pub mod execute;
pub mod pattern;
