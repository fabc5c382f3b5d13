//! UDP. Read first: RFC 768, RFC 1122 4.1, RFC 8200 8.1.

use super::prelude::*;

mod checksum;
mod delivery;
mod errors;
mod length;
mod sending;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [checksum::cases(), length::cases(), delivery::cases(), errors::cases(), sending::cases()].concat()
}

/// The target's port that the cases bind.
const PORT: u16 = 5000;
/// A port of the target that nobody bound.
const CLOSED: u16 = 5999;
/// The tester's port.
const PEER: u16 = 40_123;

/// A datagram of the tester to the bound port.
fn to_target(s: &Scene) -> PacketSpec {
    s.ip().udp(PEER, PORT)
}

/// A bound socket `u`, ready.
fn bound(s: &mut Scene) {
    s.udp_bind("u", PORT);
    s.setup_done();
}

/// The socket still gets a proper datagram.
fn still_delivers(s: &mut Scene) {
    s.inject(to_target(s).payload("proof"));
    s.expect_datagram("u", "proof").why("a proper datagram is delivered");
}

/// The tester's address and port.
fn peer(s: &Scene) -> std::net::SocketAddr {
    std::net::SocketAddr::new(s.tester(), PEER)
}
