//! ICMP, versions 4 and 6: when an error may be sent, building errors and replies, reading received errors.
//!
//! Read first: RFC 792, RFC 1122 3.2.2, RFC 1812 4.3, RFC 4443.

pub mod input;
pub mod limiter;
pub mod output;
pub mod received;

pub use input::{IcmpConfig, Input, input_v4, input_v6};
pub use limiter::RateLimiter;
pub use output::{build_error, may_send_error};
pub use received::{Quoted, ReceivedError, ReceivedKind, Severity, parse_error};
