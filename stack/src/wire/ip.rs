//! What IPv4 and IPv6 share: protocol numbers, ECN, DSCP, the pseudo header.

/// An IP protocol number or IPv6 next-header value (IANA "Protocol Numbers").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IpProtocol(pub u8);

/// The ECN field (RFC 3168 5): the low two bits of the traffic class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Ecn {
    /// 00.
    #[default]
    NotEct,
    /// 01.
    Ect1,
    /// 10.
    Ect0,
    /// 11: congestion experienced.
    Ce,
}
