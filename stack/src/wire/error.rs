//! Why bytes could not be understood: layer, kind, offset, needed and given length.

use core::fmt;

/// The header format that an [`Error`] speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the variants are the names of the formats")]
pub enum Layer {
    Ethernet,
    Llc,
    Arp,
    Ipv4,
    Ipv4Option,
    Ipv6,
    Ipv6Extension,
    Ipv6Option,
    Icmpv4,
    Icmpv6,
    Ndp,
    NdpOption,
    Igmp,
    Mld,
    Udp,
    Tcp,
    TcpOption,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Fewer bytes than the header, or than the length that it states.
    Truncated,
    /// A length field contradicts the format.
    Length,
    /// The version number is not that of the format.
    Version,
    /// A checksum does not match.
    Checksum,
    /// A field has a value that the format does not allow.
    Value,
}

/// A failed parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    /// Which header format.
    pub layer: Layer,
    /// What is wrong with it.
    pub kind: ErrorKind,
    /// Offset of the offending field, in bytes from the start of that header.
    pub offset: usize,
    /// Bytes needed, for `Truncated` and `Length`; else 0.
    pub needed: usize,
    /// Bytes given, for `Truncated` and `Length`; else 0.
    pub given: usize,
}

/// The result of a parse.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// `given` bytes where `needed` were needed.
    pub const fn truncated(layer: Layer, needed: usize, given: usize) -> Self {
        Self { layer, kind: ErrorKind::Truncated, offset: given, needed, given }
    }

    /// The length field at `offset` says `given` where `needed` is the least or the only possible value.
    pub const fn length(layer: Layer, offset: usize, needed: usize, given: usize) -> Self {
        Self { layer, kind: ErrorKind::Length, offset, needed, given }
    }

    /// The field at `offset` is wrong in the way that `kind` says.
    pub const fn field(layer: Layer, kind: ErrorKind, offset: usize) -> Self {
        Self { layer, kind, offset, needed: 0, given: 0 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, kind, offset, needed, given } = *self;
        match kind {
            ErrorKind::Truncated => write!(f, "{layer:?}: cut short: needs {needed} bytes, has {given}"),
            ErrorKind::Length => {
                write!(f, "{layer:?}: length {given} at offset {offset} is not possible (needs {needed})")
            }
            ErrorKind::Version => write!(f, "{layer:?}: wrong version at offset {offset}"),
            ErrorKind::Checksum => write!(f, "{layer:?}: wrong checksum at offset {offset}"),
            ErrorKind::Value => write!(f, "{layer:?}: forbidden value at offset {offset}"),
        }
    }
}

impl core::error::Error for Error {}
