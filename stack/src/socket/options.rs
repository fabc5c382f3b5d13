//! Socket options and their values (POSIX `setsockopt`, RFC 9293 3.9.1, RFC 1122 4.1.4).

use core::net::IpAddr;

use crate::errno::Errno;
use crate::time::Duration;

/// One option with its value, as `setsockopt` takes it and `getsockopt` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketOption {
    /// `SO_REUSEADDR`.
    ReuseAddress(bool),
    /// `SO_BROADCAST`: datagrams may go to broadcast addresses.
    Broadcast(bool),
    /// `SO_KEEPALIVE`.
    KeepAlive(bool),
    /// `TCP_KEEPIDLE`.
    KeepIdle(Duration),
    /// `TCP_KEEPINTVL`.
    KeepInterval(Duration),
    /// `TCP_KEEPCNT`.
    KeepCount(u32),
    /// `TCP_NODELAY`: RFC9293-MUST-17.
    NoDelay(bool),
    /// `TCP_USER_TIMEOUT` (RFC 5482); zero switches it off.
    UserTimeout(Duration),
    /// `SO_LINGER`: `None` off, `Some` on with its time.
    Linger(Option<Duration>),
    /// `SO_RCVBUF` in bytes.
    RecvBuffer(usize),
    /// `SO_SNDBUF` in bytes.
    SendBuffer(usize),
    /// `TCP_MAXSEG` in bytes.
    MaxSegment(u16),
    /// `IP_TTL` / `IPV6_UNICAST_HOPS`.
    Ttl(u8),
    /// `IP_MULTICAST_TTL` / `IPV6_MULTICAST_HOPS`.
    MulticastTtl(u8),
    /// `IP_TOS` / `IPV6_TCLASS`.
    Tos(u8),
    /// `SO_ERROR`: the pending error, cleared by reading. Only for `getsockopt`.
    Error(Option<Errno>),
    /// `IP_ADD_MEMBERSHIP` / `IPV6_JOIN_GROUP`: group, interface. Only for `setsockopt`.
    JoinGroup(IpAddr, usize),
    /// `IP_DROP_MEMBERSHIP` / `IPV6_LEAVE_GROUP`: group, interface. Only for `setsockopt`.
    LeaveGroup(IpAddr, usize),
}

/// The values of the options that a socket keeps whatever its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketOptions {
    /// `SO_REUSEADDR`.
    pub reuse_address: bool,
    /// `SO_BROADCAST`.
    pub broadcast: bool,
    /// `SO_LINGER`.
    pub linger: Option<Duration>,
    /// `IP_TTL`; `None` is the host's default. RFC9293-MUST-49.
    pub ttl: Option<u8>,
    /// `IP_MULTICAST_TTL`; 1 by default (RFC 1112 6.1).
    pub multicast_ttl: u8,
    /// `IP_TOS`: DSCP in the high six bits; the ECN bits belong to the transport. RFC9293-MUST-48.
    pub tos: u8,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self { reuse_address: false, broadcast: false, linger: None, ttl: None, multicast_ttl: 1, tos: 0 }
    }
}
