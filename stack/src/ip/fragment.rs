//! Cutting a packet into fragments.
//!
//! Read first: RFC 791 3.2 (an example fragmentation procedure), RFC 8200 4.5.

use core::fmt;

/// Why a packet cannot be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FragmentError {
    /// DF is set.
    DontFragment,
    /// The MTU leaves no room for 8 octets of data behind the headers.
    MtuTooSmall,
    /// The headers do not fit the packet.
    Malformed,
}

impl fmt::Display for FragmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DontFragment => "the packet must not be fragmented",
            Self::MtuTooSmall => "the MTU leaves no room for data",
            Self::Malformed => "the headers do not fit the packet",
        })
    }
}

impl core::error::Error for FragmentError {}

/// A packet on its way to being cut; gives one fragment after the other into the caller's buffer.
#[derive(Clone, Debug)]
pub struct Fragmenter<'a> {
    packet: &'a [u8],
}

impl<'a> Fragmenter<'a> {
    /// Prepares to cut an IPv4 packet (which may be a fragment itself) for links that take `mtu` octets.
    pub fn v4(packet: &'a [u8], mtu: usize) -> Result<Self, FragmentError> {
        let _ = mtu;
        Ok(Self { packet })
    }

    /// Prepares to cut an IPv6 packet without a fragment header. `identification` must differ from that of any
    /// other packet sent recently between the two addresses (RFC 8200 4.5).
    pub fn v6(packet: &'a [u8], mtu: usize, identification: u32) -> Result<Self, FragmentError> {
        let _ = (mtu, identification);
        Ok(Self { packet })
    }

    /// Writes the next fragment, a whole IP packet, to the start of `out` and returns its length; `None` after the
    /// last one, or if `out` is shorter than the fragment.
    pub fn next_fragment(&mut self, out: &mut [u8]) -> Option<usize> {
        let _ = (&self.packet, out);
        None
    }
}
