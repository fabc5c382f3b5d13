//! Cases that must fail: they prove that a run sees failures. Never part of a normal run.

use super::Case;
use super::prelude::*;

/// Every canary.
pub fn canaries() -> Vec<Case> {
    vec![
        case("harness.canary.impossible-reply")
            .title("An echo reply with another identifier than the request is awaited, and must not be found")
            .canary()
            .build(|s| {
                s.inject(s.ip().echo_request(1, 1).data(8));
                s.expect(s.ip().echo_reply(2, 1).data(8));
            }),
        case("harness.canary.silence-broken")
            .title("An echo request must not be answered, which every stack does")
            .needs(&[Capability::EchoReply])
            .canary()
            .build(|s| {
                s.inject(s.ip().echo_request(1, 1).data(8));
                s.silence(s.ip().echo_reply(1, 1));
            }),
    ]
}
