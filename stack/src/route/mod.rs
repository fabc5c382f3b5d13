//! Routes: prefixes and the longest-prefix table for IPv4 and IPv6.
//!
//! Read first: RFC 1122 3.3.1 (routing in a host), RFC 1812 5.2.4.3 (the longest match wins), RFC 4632.

pub mod prefix;
pub mod table;

pub use prefix::{ParsePrefixError, Prefix};
pub use table::{Route, RouteError, RouteKind, RouteTable};
