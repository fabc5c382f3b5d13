//! Cases over the Address Resolution Protocol (RFC 826, RFC 1122 2.3.2).

use super::Case;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    Vec::new()
}
