//! TCP header and options (RFC 9293 3.1, RFC 7323 2 and 3, RFC 2018 2 and 3).

use crate::seq::SeqNumber;

/// The control bits, `FIN` in the lowest position as on the wire (byte 13), `AE` (RFC 9768) as bit 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct TcpFlags(pub u16);

/// The options area of a TCP header as it stands on the wire, at most 40 bytes, inline. Unknown options and
/// the order of the known ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpOptions {
    bytes: [u8; 40],
    len: u8,
}

/// The options that the stack understands, decoded. An option that comes twice: the first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct DecodedOptions {
    /// Maximum segment size, kind 2.
    pub max_segment_size: Option<u16>,
    /// Window scale shift, kind 3, as received (may exceed 14).
    pub window_scale: Option<u8>,
    /// SACK-permitted, kind 4.
    pub sack_permitted: bool,
    /// SACK blocks (left edge, right edge), kind 5.
    pub sack: [Option<(SeqNumber, SeqNumber)>; 4],
    /// Timestamps (TSval, TSecr), kind 8.
    pub timestamps: Option<(u32, u32)>,
}

/// A TCP header. Data offset and checksum are computed by `emit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpRepr {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Sequence number.
    pub seq: SeqNumber,
    /// Acknowledgment number; meaningful if ACK is set, kept in any case.
    pub ack: SeqNumber,
    /// Control bits.
    pub flags: TcpFlags,
    /// Window as it stands on the wire, unscaled.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// The options area.
    pub options: TcpOptions,
}
