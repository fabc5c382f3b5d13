//! Address prefixes (RFC 4632 3.1, RFC 4291 2.3).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

/// An address prefix: an address whose bits behind the first `len` are zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    addr: IpAddr,
    len: u8,
}

/// Text that is not `address/length`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsePrefixError;

impl fmt::Display for ParsePrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a prefix of the form address/length")
    }
}

impl core::error::Error for ParsePrefixError {}

/// The bits of an address, moved to the top of 128 bits.
pub(crate) fn left_aligned(addr: IpAddr) -> u128 {
    match addr {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// A mask over the top `len` of 128 bits.
pub(crate) const fn left_mask(len: u8) -> u128 {
    match len {
        0 => 0,
        1..=127 => u128::MAX << (128 - len),
        _ => u128::MAX,
    }
}

impl Prefix {
    /// The prefix of the first `len` bits of `addr`; the other bits are cleared. `None` if the address has fewer.
    pub const fn new(addr: IpAddr, len: u8) -> Option<Self> {
        let addr = match addr {
            IpAddr::V4(v4) if len <= 32 => {
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & (left_mask(len) >> 96) as u32))
            }
            IpAddr::V6(v6) if len <= 128 => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & left_mask(len))),
            _ => return None,
        };
        Some(Self { addr, len })
    }

    /// The prefix that holds this one address.
    pub const fn host(addr: IpAddr) -> Self {
        let len = if addr.is_ipv4() { 32 } else { 128 };
        Self { addr, len }
    }

    /// The prefix of length 0 of the family of `addr`.
    pub const fn default_of(addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(_) => Self { addr: IpAddr::V4(Ipv4Addr::UNSPECIFIED), len: 0 },
            IpAddr::V6(_) => Self { addr: IpAddr::V6(Ipv6Addr::UNSPECIFIED), len: 0 },
        }
    }

    /// The first address.
    pub const fn addr(&self) -> IpAddr {
        self.addr
    }

    /// The number of leading bits that count.
    #[allow(clippy::len_without_is_empty, reason = "a prefix length, not a container's")]
    pub const fn len(&self) -> u8 {
        self.len
    }

    /// Whether this is the default route's prefix.
    pub const fn is_default(&self) -> bool {
        self.len == 0
    }

    /// The number of bits of an address of this family: 32 or 128.
    pub const fn width(&self) -> u8 {
        if self.addr.is_ipv4() { 32 } else { 128 }
    }

    /// The netmask: `len` ones, then zeros.
    pub const fn mask(&self) -> IpAddr {
        match self.addr {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits((left_mask(self.len) >> 96) as u32)),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(left_mask(self.len))),
        }
    }

    /// Whether `addr` is of the same family and starts with the same `len` bits.
    pub fn contains(&self, addr: IpAddr) -> bool {
        self.addr.is_ipv4() == addr.is_ipv4()
            && (left_aligned(addr) ^ left_aligned(self.addr)) & left_mask(self.len) == 0
    }

    /// The last address. For IPv4 prefixes up to /30 this is the directed broadcast address (RFC 1122 3.2.1.3 (d)).
    pub const fn last(&self) -> IpAddr {
        match self.addr {
            IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() | !((left_mask(self.len) >> 96) as u32))),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() | !left_mask(self.len))),
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.len)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Prefix {
    type Err = ParsePrefixError;

    /// Reads `address/length`. Bits behind the length are cleared; an address alone is a host prefix.
    fn from_str(text: &str) -> Result<Self, ParsePrefixError> {
        let (addr, len) = text.split_once('/').map_or((text, None), |(addr, len)| (addr, Some(len)));
        let addr = addr.parse().map_err(|_| ParsePrefixError)?;
        match len {
            None => Ok(Self::host(addr)),
            Some(len) if len.len() <= 3 && len.bytes().all(|c| c.is_ascii_digit()) => {
                len.parse().ok().and_then(|len| Self::new(addr, len)).ok_or(ParsePrefixError)
            }
            Some(_) => Err(ParsePrefixError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("192.0.2.77/26", "192.0.2.64/26", "255.255.255.192", "192.0.2.127")]
    #[case("10.0.0.1", "10.0.0.1/32", "255.255.255.255", "10.0.0.1")]
    #[case("0.0.0.0/0", "0.0.0.0/0", "0.0.0.0", "255.255.255.255")]
    #[case("2001:db8::1/33", "2001:db8::/33", "ffff:ffff:8000::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff")]
    fn text_masks_and_last(#[case] text: &str, #[case] shown: &str, #[case] mask: &str, #[case] last: &str) {
        let prefix: Prefix = text.parse().unwrap();
        assert_eq!(prefix.to_string(), shown);
        assert_eq!(prefix.mask().to_string(), mask);
        assert_eq!(prefix.last().to_string(), last);
        assert!(prefix.contains(prefix.addr()) && prefix.contains(prefix.last()));
    }

    #[rstest]
    #[case("1.2.3.4/33")]
    #[case("::/129")]
    #[case("1.2.3.4/")]
    #[case("1.2.3.4/+1")]
    #[case("1.2.3/8")]
    #[case("::/0128")]
    fn nonsense_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<Prefix>(), Err(ParsePrefixError));
    }

    #[test]
    fn families_do_not_mix() {
        assert!(!Prefix::default_of(IpAddr::V4(Ipv4Addr::LOCALHOST)).contains(IpAddr::V6(Ipv6Addr::LOCALHOST)));
    }
}
