//! Cases over IPv4 (RFC 791, RFC 1122 3.2).

use super::Case;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    Vec::new()
}
