//! Cases over ICMP for both families (RFC 792, RFC 1122 3.2.2, RFC 4443).

use super::Case;

pub mod echo;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [echo::cases()].concat()
}
