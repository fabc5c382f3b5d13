//! Oracles: test cases to "right" (a digest) or "bug" (a panic that names what is violated).

pub mod host;
pub mod model;
pub mod tcp;
pub mod wire;
