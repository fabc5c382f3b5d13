//! IPv4 header and options (RFC 791 3.1, RFC 2474, RFC 3168).

use core::net::Ipv4Addr;

use super::ip::{Ecn, IpProtocol};

/// The options area of an IPv4 header as it stands on the wire, at most 40 bytes, inline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Options {
    bytes: [u8; 40],
    len: u8,
}

/// An IPv4 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Repr {
    /// Source address.
    pub src: Ipv4Addr,
    /// Destination address.
    pub dst: Ipv4Addr,
    /// Protocol of the payload.
    pub protocol: IpProtocol,
    /// Time to live.
    pub ttl: u8,
    /// Differentiated services code point, 6 bits.
    pub dscp: u8,
    /// ECN field.
    pub ecn: Ecn,
    /// Identification.
    pub identification: u16,
    /// DF.
    pub dont_fragment: bool,
    /// MF.
    pub more_fragments: bool,
    /// Fragment offset in bytes, a multiple of 8.
    pub fragment_offset: u16,
    /// Bytes behind the header (total length minus header length).
    pub payload_len: usize,
    /// The options area.
    pub options: Ipv4Options,
}
