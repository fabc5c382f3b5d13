//! The IPv4 layer of a host. Read first: RFC 791, RFC 1122 3.2.1 and 3.3.2.

use super::prelude::*;

mod addressing;
mod fragmentation;
mod header;
mod identification;
mod options;
mod overlap;
mod reassembly;
mod ttl;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [
        header::cases(),
        ttl::cases(),
        addressing::cases(),
        options::cases(),
        identification::cases(),
        reassembly::cases(),
        overlap::cases(),
        fragmentation::cases(),
    ]
    .concat()
}

/// An echo request that proves that the target goes on, and its reply.
fn echo_works(s: &mut Scene) {
    s.inject(s.ip().echo_request(0x0e0e, 99).data(16));
    s.expect(s.ip().echo_reply(0x0e0e, 99).data(16)).why("a proper request is answered");
}
