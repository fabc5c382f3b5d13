//! Generators: bytes to test cases that are valid enough to get deep and broken on purpose elsewhere.

pub mod build;
pub mod dna;
pub mod mutate;
