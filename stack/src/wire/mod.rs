//! Wire formats: one file per header, each in two levels.
//!
//! **View** (`Ipv4Packet<T>`, `TcpPacket<T>` ..): a wrapper over bytes with one accessor per field
//! and, over mutable bytes, one setter per field. It judges nothing and can express every illegal
//! packet. `new_checked` proves that the fixed and the stated variable part of the header lie inside the
//! buffer; after that no accessor panics. `new_unchecked` is for building packets.
//!
//! **Representation** (`Ipv4Repr`, `TcpRepr` ..): plain public fields that hold only what the stack
//! accepts. `parse(&view, ..)` never panics and verifies lengths and, where asked, checksums;
//! `buffer_len()` is the number of bytes that `emit` fills, no more and no fewer, header only unless its
//! doc says otherwise. Numbers from registries keep unknown values, so parse then emit loses nothing.
//!
//! Addresses are those of `core::net`. Everything multi-byte is network byte order on the wire.

pub mod arp;
pub mod checksum;
pub mod error;
pub mod ethernet;
mod field;
pub mod icmpv4;
pub mod icmpv6;
pub mod igmp;
pub mod ip;
pub mod ipv4;
pub mod ipv4_options;
pub mod ipv6;
pub mod ipv6_ext;
pub mod llc;
pub mod mld;
pub mod ndp;
pub mod pretty;
pub mod quote;
pub mod tcp;
pub mod tcp_options;
#[cfg(test)]
mod testing;
pub mod udp;

pub use error::{Error, ErrorKind, Layer, Result};
