//! Cases over TCP (RFC 9293).

use super::Case;

pub mod basics;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [basics::cases()].concat()
}
