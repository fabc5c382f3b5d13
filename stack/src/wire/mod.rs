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
//! Lists inside a header (options, records, the IPv6 extension chain) are iterators over
//! `Result`: they end behind the first malformed item, which they give as an error with its offset.
//!
//! [`quote`] reads what ICMP errors quote, [`pretty`] says whole frames in words, [`repair`] makes the
//! checksums of a changed frame right.
//!
//! Addresses are those of `core::net`. Everything multi-byte is network byte order on the wire.
//!
//! ```
//! use core::net::Ipv4Addr;
//! use wireproof_stack::wire::ip::PseudoHeader;
//! use wireproof_stack::wire::tcp::{TcpFlags, TcpOption, TcpOptions, TcpPacket, TcpRepr};
//!
//! let pseudo = PseudoHeader::v4(Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
//! let syn = TcpRepr {
//!     src_port: 1234,
//!     dst_port: 80,
//!     flags: TcpFlags::SYN,
//!     window: 65535,
//!     options: TcpOptions::from_options(&[TcpOption::MaxSegmentSize(1460)]).unwrap(),
//!     ..TcpRepr::default()
//! };
//! let mut buffer = [0; 100];
//! let len = syn.emit_with_payload(&mut buffer, b"", pseudo).unwrap();
//! let view = TcpPacket::new_checked(&buffer[..len]).unwrap();
//! assert_eq!(view.decoded_options().max_segment_size, Some(1460));
//! assert_eq!(TcpRepr::parse(&view, Some(pseudo)), Ok(syn));
//! ```

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
pub mod repair;
pub mod tcp;
pub mod tcp_options;
#[cfg(test)]
mod testing;
pub mod udp;

pub use error::{Error, ErrorKind, Layer, Result};
