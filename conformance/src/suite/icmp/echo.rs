//! Echo request and reply. Read first: RFC 1122 3.2.2.6, RFC 4443 4.1 and 4.2.

use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("icmp.echo.reply-repeats-the-data")
            .title("An echo request is answered with identifier, sequence number and data unchanged")
            .required(&["RFC1122-3.2.2.6-1", "RFC1122-3.2.2.6-6", "RFC4443-4.2-1", "RFC4443-4.2-3", "RFC4443-4.2-6"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .param("len", &["0", "1", "56", "1400"])
            .build(|s| {
                let len = s.number("len") as usize;
                s.inject(s.ip().echo_request(0x1234, 7).data(len)).label("request");
                s.expect(s.ip().src(s.target()).dst(s.tester()).echo_reply(0x1234, 7).data(len));
            }),
        case("icmp.echo.bad-checksum-dropped")
            .title("An echo request with a wrong checksum is not answered")
            .required(&["RFC792-WP-2", "RFC4443-WP-1"])
            .needs(&[Capability::EchoReply])
            .both_families()
            .build(|s| {
                s.inject(s.ip().echo_request(1, 1).data(8).bad_checksum());
                s.silence(s.ip().echo_reply(any(), any()));
                s.note("the same request with a right checksum is answered");
                s.inject(s.ip().echo_request(1, 2).data(8));
                s.expect(s.ip().echo_reply(1, 2).data(8));
            }),
    ]
}
