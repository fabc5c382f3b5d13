//! Cases over Ethernet framing.

use super::Case;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    Vec::new()
}
