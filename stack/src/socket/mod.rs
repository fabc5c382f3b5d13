//! Sockets: handles, demultiplexing, listen queues, ports, options (RFC 9293 3.9.1, RFC 768, RFC 1122 4.1.4).
//!
//! What stands here knows nothing of frames and interfaces; [`crate::host::Host`] joins it to them. The calls
//! themselves and what they answer follow POSIX and, where POSIX is silent, what Linux and the BSDs do.
//!
//! Read [`table`] (handles), [`demux`] (which connection a segment belongs to), [`ports`] (who may bind what, which
//! listener or datagram socket a packet belongs to, RFC 6056), [`listener`] (SYN queue and accept queue).

pub mod demux;
pub mod listener;
pub mod options;
pub mod ports;
pub mod table;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub use options::{SocketOption, SocketOptions};
pub use table::SocketHandle;

/// Address family of a socket. An IPv6 socket takes no IPv4 traffic (`IPV6_V6ONLY` is always on).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `AF_INET`.
    Ipv4,
    /// `AF_INET6`.
    Ipv6,
}

/// Type of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SocketKind {
    /// `SOCK_STREAM` over TCP.
    Tcp,
    /// `SOCK_DGRAM` over UDP.
    Udp,
}

/// Which half `shutdown` closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// `SHUT_RD`.
    Read,
    /// `SHUT_WR`.
    Write,
    /// `SHUT_RDWR`.
    Both,
}

/// What a socket is ready for, as `poll(2)` reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// `recv` or `accept` would not block (data, end of file, a waiting connection or an error).
    pub readable: bool,
    /// `send` would not block.
    pub writable: bool,
    /// An error is pending (`SO_ERROR`).
    pub error: bool,
    /// Both directions are closed.
    pub hung_up: bool,
}

impl Family {
    /// The family of an address.
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ipv4,
            IpAddr::V6(_) => Self::Ipv6,
        }
    }

    /// `INADDR_ANY` or `in6addr_any`.
    pub const fn unspecified(self) -> IpAddr {
        match self {
            Self::Ipv4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Self::Ipv6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        }
    }
}

/// The address without IPv6 flow label and scope, as connections are keyed.
pub const fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port())
}
