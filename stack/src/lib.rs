//! The reference TCP/IP stack of wireproof: sans-IO, deterministic, dual stack.
//!
//! Nothing in this crate reads a clock, starts a thread, opens a socket or draws a random
//! number of its own: time is an argument, randomness comes from a seed in the configuration.
//! Same inputs, same seed: same bytes out.
//!
//! Every machine has the same four verbs (see [`host::Host`]): `handle_x(now, ..)` takes what
//! arrives, `poll_transmit(now, ..)` gives what wants to leave, `poll_timeout()` says when to
//! come back and `handle_timeout(now)` is called then. After `poll_transmit` has returned
//! nothing, `poll_timeout()` is later than `now`.
//!
//! Layers, top to bottom; a module uses only what stands below it (the `tidy` test checks it):
//!
//! ```text
//! host       Host: interfaces + neighbours + routes + ip + transports + sockets
//! socket     handles, demultiplexing, listen queues, BSD semantics, readiness
//! tcp  udp  icmp  igmp
//! ip         input output options fragment reassembly pmtu
//! neighbor   route
//! link       middleware: capture, faults
//! storage    interval set, byte ring, frame queue           event   drop reasons
//! wire       one file per header format, error, reader, checksum, pretty printer
//! address    what an address is by itself                     limits
//! fault      errno  seq  time  rng
//! ```
#![forbid(unsafe_code)]

pub mod address;
pub mod errno;
pub mod event;
pub mod fault;
pub mod host;
pub mod icmp;
pub mod igmp;
pub mod ip;
pub mod limits;
pub mod link;
pub mod neighbor;
pub mod rng;
pub mod route;
pub mod seq;
pub mod socket;
pub mod storage;
pub mod tcp;
pub mod time;
pub mod udp;
pub mod wire;
