//! TCP (RFC 9293) as a sans-IO machine, one file per role. Read [`connection`] first.
//!
//! | role | file |
//! |---|---|
//! | the control block, opening, ending | `connection` |
//! | calls of the application | `user`, `urgent`, `info` |
//! | segment arrives, step by step | `input/` |
//! | what to send, when to wake | `output` (the decision), `emit`, `header` (the bytes) |
//! | sending and receiving halves | `send`, `recv` |
//! | timers and what they do | `timers`, `timeout`, `rtt`, `persist`, `keep_alive` |
//! | losses and congestion | `recovery/`, `congestion/` |
//! | states and their transitions | `state` |
//!
//! Listeners, demultiplexing and ports are the business of [`crate::socket`].

pub mod config;
pub mod congestion;
pub mod connection;
pub mod icmp;
pub mod info;
pub mod recovery;
pub mod rtt;
pub mod segment;
pub mod state;
pub mod timers;
pub mod tuple;

mod challenge;
mod emit;
mod header;
mod input;
mod isn;
mod keep_alive;
mod options;
mod output;
mod persist;
mod recv;
mod send;
mod timeout;
mod urgent;
mod user;

#[cfg(test)]
mod testing;

pub use config::{CongestionAlgorithm, InitialWindow, KeepAliveConfig, TcpConfig};
pub use connection::{Connection, Emitted, Outcome};
pub use icmp::IcmpEvent;
pub use info::TcpInfo;
pub use input::{ListenDecision, closed_reply, listen_decision};
pub use isn::{initial_sequence, initial_sequence_with};
pub use segment::Segment;
pub use state::State;
pub use tuple::FourTuple;
