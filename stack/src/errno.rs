//! Errno-like results of socket calls, with the names of POSIX.

use core::fmt;

/// Declares [`Errno`]: variant, POSIX name, doc.
macro_rules! errnos {
    ($($variant:ident, $name:literal, $doc:literal;)+) => {
        /// Why a socket call did not succeed. `WouldBlock` is how every blocking call says "not yet".
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Errno { $(#[doc = $doc] $variant),+ }

        impl Errno {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The POSIX name, e.g. `ECONNREFUSED`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

errnos! {
    AccessDenied, "EACCES", "EACCES: the address may not be used (broadcast without permission).";
    AddressInUse, "EADDRINUSE", "EADDRINUSE.";
    AddressNotAvailable, "EADDRNOTAVAIL", "EADDRNOTAVAIL.";
    AddressFamilyNotSupported, "EAFNOSUPPORT", "EAFNOSUPPORT.";
    Already, "EALREADY", "EALREADY: a connection attempt is under way.";
    BadSocket, "EBADF", "EBADF: no such socket.";
    ConnectionAborted, "ECONNABORTED", "ECONNABORTED.";
    ConnectionRefused, "ECONNREFUSED", "ECONNREFUSED.";
    ConnectionReset, "ECONNRESET", "ECONNRESET.";
    DestinationRequired, "EDESTADDRREQ", "EDESTADDRREQ.";
    HostUnreachable, "EHOSTUNREACH", "EHOSTUNREACH.";
    InProgress, "EINPROGRESS", "EINPROGRESS: the connection attempt has begun.";
    Invalid, "EINVAL", "EINVAL.";
    IsConnected, "EISCONN", "EISCONN.";
    MessageSize, "EMSGSIZE", "EMSGSIZE.";
    NetworkUnreachable, "ENETUNREACH", "ENETUNREACH.";
    NoBuffers, "ENOBUFS", "ENOBUFS: a limit was reached.";
    NoProtocolOption, "ENOPROTOOPT", "ENOPROTOOPT.";
    NotConnected, "ENOTCONN", "ENOTCONN.";
    NotSupported, "EOPNOTSUPP", "EOPNOTSUPP.";
    BrokenPipe, "EPIPE", "EPIPE.";
    ProtocolUnreachable, "EPROTO", "EPROTONOSUPPORT / ENOPROTOOPT as ICMP reports it: protocol unreachable.";
    TimedOut, "ETIMEDOUT", "ETIMEDOUT.";
    WouldBlock, "EAGAIN", "EAGAIN / EWOULDBLOCK: the call would block.";
}

impl Errno {
    /// The value with this POSIX name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|errno| errno.name() == name)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl core::error::Error for Errno {}
