//! Groups: joining, reporting, receiving. Read first: RFC 2236, RFC 3376 5 and 7, RFC 2710, RFC 3810, RFC 1112 6.4.

use super::Case;

mod delivery;
mod igmp;
mod mld;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [igmp::cases(), mld::cases(), delivery::cases()].concat()
}
