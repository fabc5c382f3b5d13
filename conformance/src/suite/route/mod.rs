//! Cases over routes and forwarding. Read first: RFC 1122 3.3.1, RFC 1812 4.2, 5.2 and 5.3, RFC 8200 3.

use super::Case;

mod forwarding;
mod lookup;
mod too_big;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [lookup::cases(), forwarding::cases(), too_big::cases()].concat()
}
