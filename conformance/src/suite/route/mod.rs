//! Cases over routing and forwarding (RFC 1812).

use super::Case;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    Vec::new()
}
