//! Cases over ICMP for both families. Read first: RFC 792, RFC 1122 3.2.2, RFC 4443.

use super::prelude::*;

mod echo;
mod errors;
mod forbidden;
mod messages;
mod quote;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [echo::cases(), errors::cases(), forbidden::cases(), quote::cases(), messages::cases()].concat()
}

/// A port of the target that nobody bound.
const CLOSED: u16 = 9;
/// Port of the tester.
const PEER: u16 = 40_000;

/// Any ICMP error message of this family.
fn any_error(s: &Scene) -> PacketSpec {
    if s.is_v4() { s.ip().icmpv4(one_of([3, 4, 5, 11, 12]), any()) } else { s.ip().icmpv6(1..=127_i64, any()) }
}

/// A datagram that a conforming target answers by port unreachable.
fn closed_port(s: &Scene) -> PacketSpec {
    s.ip().udp(PEER, CLOSED).payload("anybody there?")
}

/// Proves that the target is alive and does send errors where it may.
fn error_works(s: &mut Scene) {
    s.inject(closed_port(s)).label("plain").why("a proper datagram to a closed port");
    s.expect(s.ip().port_unreachable()).why("about a plain unicast datagram an error is sent");
}

/// Proves that the target is alive.
fn echo_works(s: &mut Scene) {
    s.inject(s.ip().echo_request(0x0e0e, 99).data(16));
    s.expect(s.ip().echo_reply(0x0e0e, 99).data(16)).why("a proper request is answered");
}
