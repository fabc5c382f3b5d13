//! The packet spec: one description of a frame, for sending and for matching.
//!
//! A spec is a list of layers, each with the fields that the case cares about. What is absent means a sensible
//! default when sending (lengths, checksums, addresses of the link, the flow's next sequence number) and "do
//! not care" when matching. Nothing is judged: any field can have any value, any byte can be patched, checksums
//! can be wrong, packets can be cut, padded or sliced into fragments of any order and overlap.
//!
//! Specs are data. The methods that build them are in [`super::compose`].

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::compose::{any_frame, arp, ethernet, ipv4, ipv6};
use super::field::{Field, Value};
use super::layer::{FieldId, LayerKind};

/// Bytes, written as hexadecimal digits in files.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(self.0.len() * 2);
        for byte in &self.0 {
            text.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
            text.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
        match digits {
            Some(digits) if digits.len() % 2 == 0 => {
                Ok(Self(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()))
            }
            _ => Err(serde::de::Error::custom("not an even number of hexadecimal digits")),
        }
    }
}

impl<B: AsRef<[u8]>> From<B> for Bytes {
    fn from(bytes: B) -> Self {
        Self(bytes.as_ref().to_vec())
    }
}

/// What the innermost header carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PayloadSpec {
    /// Exactly these bytes.
    Bytes(Bytes),
    /// Bytes of the [`pattern`]. Without an offset: a TCP flow's own stream offset (sequence number minus one), else 0.
    Pattern {
        /// Stream offset of the first byte.
        offset: Option<u64>,
        /// Number of bytes.
        len: usize,
    },
    /// The same byte again and again.
    Fill {
        /// The byte.
        byte: u8,
        /// Number of bytes.
        len: usize,
    },
    /// Anything of this length. Sending sends that many zero bytes.
    Len(Field),
    /// Begins with these bytes. Match only.
    Prefix(Bytes),
    /// The start of a labelled earlier packet, as ICMP errors quote it.
    Quote {
        /// Label of the quoted frame.
        label: String,
        /// Sending: the IP header and this many octets behind it (RFC 792: 8). Matching: at least so many, and all
        /// of them equal (TTL, hop limit and header checksum aside, which change on the way).
        len: usize,
    },
}

/// The byte at `offset` of the deterministic stream that both sides use as data.
pub const fn pattern_byte(offset: u64) -> u8 {
    // A period of 251 would repeat within a segment; the second term shifts it every 251 bytes.
    ((offset % 251) ^ (offset / 251).wrapping_mul(167)) as u8
}

/// `len` bytes of the deterministic stream from `offset` on.
pub fn pattern(offset: u64, len: usize) -> Vec<u8> {
    (offset..).take(len).map(pattern_byte).collect()
}

/// One TCP option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpOption {
    /// Kind 0.
    End,
    /// Kind 1.
    Nop,
    /// Kind 2: maximum segment size.
    Mss(Field),
    /// Kind 3: window scale shift.
    WindowScale(Field),
    /// Kind 4: SACK permitted.
    SackPermitted,
    /// Kind 5: SACK blocks, numbers relative to the flow as sequence numbers are.
    Sack(Vec<(i64, i64)>),
    /// Kind 8: TSval and TSecr. [`Field::Any`] sends the flow's clock and the last TSval seen.
    Timestamps(Field, Field),
    /// Any kind with its data; the length is computed.
    Other {
        /// Kind.
        kind: u8,
        /// What follows kind and length.
        data: Bytes,
    },
    /// Bytes as they stand on the wire, for illegal options. Send only.
    Raw(Bytes),
}

impl TcpOption {
    /// The kind number; `None` for raw bytes.
    pub const fn kind(&self) -> Option<u8> {
        Some(match self {
            Self::End => 0,
            Self::Nop => 1,
            Self::Mss(_) => 2,
            Self::WindowScale(_) => 3,
            Self::SackPermitted => 4,
            Self::Sack(_) => 5,
            Self::Timestamps(..) => 8,
            Self::Other { kind, .. } => *kind,
            Self::Raw(_) => return None,
        })
    }
}

/// What a spec says about the options of a TCP segment.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TcpOptionsSpec {
    /// The options. Sending: exactly these in this order, padded with zero bytes to a multiple of four. `None`: the
    /// flow's default (MSS and what it offers on a SYN, timestamps once negotiated).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<TcpOption>>,
    /// Options besides the default ones, when `list` is `None`; matching wants all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<TcpOption>,
    /// Matching: kinds that must not be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<u8>,
    /// Matching: nothing but `list` may be there, padding aside.
    #[serde(skip_serializing_if = "is_default")]
    pub exact: bool,
}

/// One neighbour discovery option (RFC 4861 4.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NdOption {
    /// Type 1.
    SourceMac(Field),
    /// Type 2.
    TargetMac(Field),
    /// Type 3, 32 bytes.
    Prefix {
        /// Prefix.
        prefix: std::net::Ipv6Addr,
        /// Prefix length.
        len: u8,
        /// On-link flag.
        on_link: bool,
        /// Autonomous flag.
        autonomous: bool,
        /// Valid lifetime in seconds.
        valid: u32,
        /// Preferred lifetime in seconds.
        preferred: u32,
    },
    /// Type 4: the quoted packet of a redirect, at least `len` bytes of the labelled frame.
    Redirected {
        /// Label of the frame.
        label: String,
        /// Octets behind the IP header that are quoted.
        len: usize,
    },
    /// Type 5.
    Mtu(Field),
    /// Type, length in units of eight bytes as given (0 is illegal), and what follows.
    Raw {
        /// Type.
        kind: u8,
        /// Length field, in units of 8 bytes.
        len: u8,
        /// What follows type and length.
        data: Bytes,
    },
}

/// The variable part of a header, or the payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// Options of a TCP segment.
    Tcp(TcpOptionsSpec),
    /// Neighbour discovery options. Matching: all of these are there.
    Nd(Vec<NdOption>),
    /// The bytes between the fixed header and what it carries, as they stand on the wire: the options area of
    /// IPv4, the options of an extension header from byte 2 on, a routing header from byte 4 on, IGMP and
    /// ICMPv6 (MLDv2 records) behind the fixed part. Padded when sent, where the format needs it.
    Raw(Bytes),
    /// For [`LayerKind::Payload`].
    Payload(PayloadSpec),
}

/// What a spec says about the checksum of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// Sending: right. Matching: must be right.
    #[default]
    Right,
    /// Sending: wrong by one bit. Matching: must be wrong.
    Wrong,
    /// Sending: zero. Matching: must be zero.
    Zero,
    /// Sending: right. Matching: do not care.
    Any,
}

/// One layer of a packet spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSpec {
    /// Which header.
    pub kind: LayerKind,
    /// Fields that the case cares about; a field that comes twice: the last one counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(FieldId, Field)>,
    /// Variable part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Checksum, where the header has one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub checksum: Checksum,
}

impl LayerSpec {
    /// A layer about which nothing is said.
    pub const fn new(kind: LayerKind) -> Self {
        Self { kind, fields: Vec::new(), body: None, checksum: Checksum::Right }
    }

    /// What the spec says about a field.
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.iter().rev().find(|(field, _)| *field == id).map(|(_, what)| what)
    }

    /// The exact value that the spec gives a field, if it gives one.
    pub fn exact(&self, id: FieldId) -> Option<Value> {
        match self.field(id) {
            Some(Field::Is(value)) => Some(*value),
            _ => None,
        }
    }
}

/// Bytes that overwrite part of a layer after everything else (checksums included) was computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// In which layer; the first of its kind.
    pub layer: LayerKind,
    /// Offset in that layer, in bytes.
    pub offset: usize,
    /// The new bytes.
    pub bytes: Bytes,
}

/// One fragment of the full packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// First byte of the fragmentable part that is sent.
    pub offset: usize,
    /// Number of bytes; the rest if the packet is shorter.
    pub len: usize,
    /// MF / M flag.
    pub more: bool,
    /// Identification shared by the fragments of one datagram.
    pub id: u32,
}

/// A frame, for sending and for matching. See the module's page.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PacketSpec {
    /// The flow that gives addresses, ports, sequence numbers and timestamps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// From the outside in. Sending adds the Ethernet header if it is absent. Matching: each of these is there,
    /// in this order; layers that are not named may lie between.
    pub layers: Vec<LayerSpec>,
    /// Matching: layers that must not be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<LayerKind>,
    /// Sending: raw bytes put in last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
    /// Sending: only this fragment of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<Slice>,
    /// Sending: the frame is cut to this many bytes behind the Ethernet header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// Sending: bytes behind the packet. Matching ignores what is behind the packet.
    #[serde(skip_serializing_if = "is_default")]
    pub padding: Bytes,
    /// Matching: look at whole datagrams; fragments of the target are put together first.
    #[serde(skip_serializing_if = "is_default")]
    pub reassembled: bool,
    /// Sending: does not move the flow's state (for segments that the target must not accept).
    #[serde(skip_serializing_if = "is_default")]
    pub untracked: bool,
}

/// For serde: leave out what is the default.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl PacketSpec {
    /// The first layer of this kind.
    pub fn layer(&self, kind: LayerKind) -> Option<&LayerSpec> {
        self.layers.iter().find(|layer| layer.kind == kind)
    }

    /// Whether the spec speaks of one of these layers.
    pub fn names(&self, kinds: &[LayerKind]) -> bool {
        self.layers.iter().any(|layer| kinds.contains(&layer.kind))
    }

    /// The innermost IPv4 or IPv6 layer.
    pub fn ip_kind(&self) -> Option<LayerKind> {
        self.layers.iter().rev().map(|layer| layer.kind).find(|kind| kind.is_ip())
    }

    /// What the spec is about: its innermost header.
    pub fn scope(&self) -> Option<LayerKind> {
        self.layers.iter().rev().map(|layer| layer.kind).find(|kind| *kind != LayerKind::Payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_does_not_repeat_within_a_segment() {
        let bytes = pattern(0, 65_536);
        assert_eq!(bytes[100..110], pattern(100, 10)[..]);
        for lag in 1..2_000 {
            assert_ne!(bytes[..300], bytes[lag..lag + 300], "repeats after {lag}");
        }
    }

    #[test]
    fn bytes_are_hexadecimal_in_files() {
        let bytes = Bytes::from([0, 0xff, 0x1a]);
        let text = serde_json::to_string(&bytes).expect("plain");
        assert_eq!(text, "\"00ff1a\"");
        assert_eq!(serde_json::from_str::<Bytes>(&text).expect("just written"), bytes);
        assert!(serde_json::from_str::<Bytes>("\"0\"").is_err());
    }
}
