//! Frames on Ethernet. Read first: RFC 894, RFC 1042, RFC 1122 2.3.3 and 3.3.6.

use super::prelude::*;

mod addressing;
mod framing;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [framing::cases(), addressing::cases()].concat()
}
