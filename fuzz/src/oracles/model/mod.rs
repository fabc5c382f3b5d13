//! Data structures of the stack against slow and obvious ones.

pub mod interval_set;
pub mod route;
