//! Cases over the IPv6 layer of a host. Read first: RFC 8200, RFC 4291 2, RFC 5722, RFC 6946, RFC 7112.

use super::prelude::*;

mod addressing;
mod extension;
mod fragmentation;
mod header;
mod options;
mod overlap;
mod reassembly;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [
        header::cases(),
        addressing::cases(),
        extension::cases(),
        options::cases(),
        reassembly::cases(),
        overlap::cases(),
        fragmentation::cases(),
    ]
    .concat()
}

/// Any ICMPv6 error message.
fn any_error() -> PacketSpec {
    packet::ipv6().icmpv6(1..=127_i64, any())
}

/// An echo request that proves that the target goes on, and its reply.
fn echo_works(s: &mut Scene) {
    s.inject(s.ip().echo_request(0x0e0e, 99).data(16));
    s.expect(s.ip().echo_reply(0x0e0e, 99).data(16)).why("a proper request is answered");
}
