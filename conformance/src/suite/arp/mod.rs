//! Address resolution for IPv4. Read first: RFC 826 (packet generation and reception), RFC 1122 2.3.2.

use super::prelude::*;

mod cache;
mod reply;
mod request;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [reply::cases(), request::cases(), cache::cases()].concat()
}
