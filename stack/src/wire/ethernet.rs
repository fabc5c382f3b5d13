//! Ethernet II frames (RFC 894) and the length/type split that tells 802.3 frames (RFC 1042).

/// A 48-bit link-layer address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MacAddress(pub [u8; 6]);

/// An EtherType; values below 0x0600 are 802.3 lengths and never appear here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EtherType(pub u16);

/// The header of an Ethernet II frame: 14 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EthernetRepr {
    /// Destination station.
    pub dst: MacAddress,
    /// Source station.
    pub src: MacAddress,
    /// Protocol of the payload.
    pub ethertype: EtherType,
}
