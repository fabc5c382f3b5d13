//! RFC-derived conformance suites for TCP/IP stacks, and the runner that drives any stack through
//! its link and its socket calls.
//!
//! Read top-down: [`suite`] holds the cases, each of which builds a [`timeline`]; [`runner`] drives
//! the timeline against a [`target`] on the target's own clock and ends in a [`verdict`];
//! [`report`] shows the [`result`]; [`requirement`] ties verdicts to the RFCs.
#![deny(unsafe_code)]

pub mod campaign;
pub mod capability;
pub mod cli;
pub mod expectation;
pub mod report;
pub mod requirement;
pub mod result;
pub mod runner;
pub mod suite;
pub mod target;
pub mod timeline;
pub mod verdict;
