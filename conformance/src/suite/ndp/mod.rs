//! Cases over neighbour discovery (RFC 4861).

use super::Case;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    Vec::new()
}
