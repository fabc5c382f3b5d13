//! The four-tuple that names a connection (RFC 9293 3.4.1: "local socket" and "remote socket").

use core::net::{IpAddr, SocketAddr};

/// Both ends of a connection, seen from here. Both addresses are of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FourTuple {
    /// Our address and port.
    pub local: SocketAddr,
    /// The peer's address and port.
    pub remote: SocketAddr,
}

impl FourTuple {
    /// The tuple of these two ends.
    pub const fn new(local: SocketAddr, remote: SocketAddr) -> Self {
        Self { local, remote }
    }

    /// The same connection as the peer sees it.
    pub const fn reversed(self) -> Self {
        Self { local: self.remote, remote: self.local }
    }

    /// Whether the connection runs over IPv4.
    pub const fn is_ipv4(&self) -> bool {
        self.remote.is_ipv4()
    }

    /// Bytes of the IP and TCP headers without options: 40 for IPv4, 60 for IPv6 (RFC 9293 3.7.1).
    pub const fn fixed_headers(&self) -> usize {
        if self.is_ipv4() { 40 } else { 60 }
    }

    /// The send MSS to assume when the peer sends no MSS option.
    pub const fn default_mss(&self) -> u16 {
        // RFC9293-MUST-15: 536 for IPv4, 1220 for IPv6.
        if self.is_ipv4() { 536 } else { 1_220 }
    }

    /// The tuple as bytes for a keyed hash: 36 bytes, both families in the same form.
    pub fn to_bytes(&self) -> [u8; 36] {
        let mut bytes = [0; 36];
        put(&mut bytes[..18], self.local);
        put(&mut bytes[18..], self.remote);
        bytes
    }
}

fn put(out: &mut [u8], end: SocketAddr) {
    let ip = match end.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    out[..16].copy_from_slice(&ip.octets());
    out[16..18].copy_from_slice(&end.port().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_differ_in_headers_and_default_mss() {
        let v4 = FourTuple::new("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
        let v6 = FourTuple::new("[2001:db8::1]:1".parse().unwrap(), "[2001:db8::2]:2".parse().unwrap());
        assert_eq!((v4.fixed_headers(), v4.default_mss()), (40, 536));
        assert_eq!((v6.fixed_headers(), v6.default_mss()), (60, 1_220));
        assert_eq!(v4.reversed().reversed(), v4);
        assert_ne!(v4.to_bytes(), v4.reversed().to_bytes());
    }
}
