//! Cases over UDP (RFC 768, RFC 1122 4.1).

use super::Case;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    Vec::new()
}
