//! UDP header (RFC 768; checksum over IPv6: RFC 8200 8.1).

/// A UDP header: 8 bytes. Length and checksum are computed by `emit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpRepr {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
}
