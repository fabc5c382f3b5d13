//! Values of header fields and what a spec may say about them.

use core::fmt;
use core::ops::RangeInclusive;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wireproof_stack::wire::ethernet::MacAddress;

/// The value of one header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// A number, as it stands on the wire or relative to a flow's initial sequence number.
    Num(i64),
    /// A link-layer address.
    Mac([u8; 6]),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

impl Value {
    /// The number, if it is one.
    pub const fn num(self) -> Option<i64> {
        match self {
            Self::Num(number) => Some(number),
            _ => None,
        }
    }

    /// The value moved by `delta` (numbers only; an address stays).
    #[must_use]
    pub const fn plus(self, delta: i64) -> Self {
        match self {
            Self::Num(number) => Self::Num(number.wrapping_add(delta)),
            other => other,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Num(number) => write!(f, "{number}"),
            Self::Mac([a, b, c, d, e, g]) => write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}"),
            Self::V4(address) => write!(f, "{address}"),
            Self::V6(address) => write!(f, "{address}"),
        }
    }
}

/// Parses `02:00:00:00:00:01`.
fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        let part = parts.next().filter(|part| part.len() == 2)?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Num(number) => serializer.serialize_i64(*number),
            address => serializer.collect_str(address),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Num(i64),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Num(number) => Ok(Self::Num(number)),
            Form::Text(text) => {
                if let Some(mac) = parse_mac(&text) {
                    return Ok(Self::Mac(mac));
                }
                match text.parse() {
                    Ok(IpAddr::V4(address)) => Ok(Self::V4(address)),
                    Ok(IpAddr::V6(address)) => Ok(Self::V6(address)),
                    Err(_) => Err(serde::de::Error::custom(format!("`{text}` is neither a MAC nor an IP address"))),
                }
            }
        }
    }
}

/// What a spec says about one field. Sending takes the value that it stands for; matching compares.
///
/// Everything that converts into a value (`64`, `Ipv4Addr`, `MacAddress`) is [`Field::Is`], a range
/// `1..=64` is [`Field::Range`]. The last three variants speak of a flow's live state and are for
/// `tcp.seq` and `tcp.ack` only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Exactly this. (For `tcp.flags`: PSH is free, RFC 9293 leaves it to the sender.)
    Is(Value),
    /// Anything but this. Match only.
    Not(Value),
    /// One of these. Sending takes the first.
    OneOf(Vec<Value>),
    /// Between these two, both included. Sending takes the first.
    Range(i64, i64),
    /// `got & mask == value`. Sending takes `value`.
    Mask {
        /// Bits that count.
        mask: i64,
        /// What they must be.
        value: i64,
    },
    /// Anything; its value gets this name. Sending takes the default and names it.
    Bind(String),
    /// The value that was named, plus a delta.
    Var(String, i64),
    /// Anything. Sending takes the default.
    Any,
    /// For `tcp.seq`: the next sequence number in order; for `tcp.ack`: everything received so far. Plus a delta.
    Next(i64),
    /// For `tcp.seq`: the oldest number that the other side has not acknowledged. Plus a delta.
    Una(i64),
    /// For `tcp.seq` of the tester: the right edge of the window that the target offered. Plus a delta.
    Edge(i64),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(&|value| value.to_string()))
    }
}

impl Field {
    /// The field in words, with a printer for its values (flags and hex numbers look different).
    pub fn words(&self, show: &dyn Fn(Value) -> String) -> String {
        let delta = |delta: i64| if delta == 0 { String::new() } else { format!("{delta:+}") };
        match self {
            Self::Is(value) => show(*value),
            Self::Not(value) => format!("not {}", show(*value)),
            Self::OneOf(values) => {
                let all: Vec<String> = values.iter().map(|value| show(*value)).collect();
                format!("one of {}", all.join(", "))
            }
            Self::Range(low, high) => format!("{low}..={high}"),
            Self::Mask { mask, value } => {
                format!("{} of the bits {}", show(Value::Num(*value)), show(Value::Num(*mask)))
            }
            Self::Bind(name) => format!("(named {name})"),
            Self::Var(name, by) => format!("${name}{}", delta(*by)),
            Self::Any => "anything".to_owned(),
            Self::Next(by) => format!("next{}", delta(*by)),
            Self::Una(by) => format!("una{}", delta(*by)),
            Self::Edge(by) => format!("window edge{}", delta(*by)),
        }
    }
}

macro_rules! from_numbers {
    ($($number:ty),+) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Num(number as i64)
            }
        }
        impl From<$number> for Field {
            fn from(number: $number) -> Self {
                Self::Is(Value::Num(number as i64))
            }
        }
        impl From<RangeInclusive<$number>> for Field {
            fn from(range: RangeInclusive<$number>) -> Self {
                Self::Range(*range.start() as i64, *range.end() as i64)
            }
        }
    )+};
}
from_numbers!(u8, u16, u32, u64, i32, i64, usize);

macro_rules! from_addresses {
    ($($address:ty => $value:expr;)+) => {$(
        impl From<$address> for Value {
            fn from(address: $address) -> Self {
                let make: fn($address) -> Self = $value;
                make(address)
            }
        }
        impl From<$address> for Field {
            fn from(address: $address) -> Self {
                Self::Is(address.into())
            }
        }
    )+};
}
from_addresses! {
    MacAddress => |mac| Self::Mac(mac.0);
    Ipv4Addr => Self::V4;
    Ipv6Addr => Self::V6;
    IpAddr => |address| match address {
        IpAddr::V4(address) => Self::V4(address),
        IpAddr::V6(address) => Self::V6(address),
    };
    bool => |bit| Self::Num(i64::from(bit));
}

/// Anything but `value`.
pub fn not(value: impl Into<Value>) -> Field {
    Field::Not(value.into())
}

/// One of `values`.
pub fn one_of<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Field {
    Field::OneOf(values.into_iter().map(Into::into).collect())
}

/// `got & mask == value`.
pub fn mask(mask: impl Into<i64>, value: impl Into<i64>) -> Field {
    Field::Mask { mask: mask.into(), value: value.into() }
}

/// Anything, and its value gets a name for [`var`] and for checks.
pub fn bind(name: &str) -> Field {
    Field::Bind(name.to_owned())
}

/// The value that [`bind`] named.
pub fn var(name: &str) -> Field {
    Field::Var(name.to_owned(), 0)
}

/// The value that [`bind`] named, plus `delta`.
pub fn var_plus(name: &str, delta: i64) -> Field {
    Field::Var(name.to_owned(), delta)
}

/// Anything.
pub const fn any() -> Field {
    Field::Any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_round_trip_through_json() {
        let values: [Value; 5] = [
            7.into(),
            (-1).into(),
            MacAddress([2, 0, 0, 0, 0, 1]).into(),
            Ipv4Addr::new(192, 0, 2, 1).into(),
            Ipv6Addr::LOCALHOST.into(),
        ];
        for value in values {
            let text = serde_json::to_string(&value).expect("values are plain");
            assert_eq!(serde_json::from_str::<Value>(&text).expect("just written"), value, "{text}");
        }
        assert!(serde_json::from_str::<Value>("\"02:00\"").is_err());
    }

    #[test]
    fn conversions_say_what_they_look_like() {
        assert_eq!(Field::from(64), Field::Is(Value::Num(64)));
        assert_eq!(Field::from(1..=64), Field::Range(1, 64));
        assert_eq!(not(3).to_string(), "not 3");
        assert_eq!(var_plus("id", 1).to_string(), "$id+1");
    }
}
