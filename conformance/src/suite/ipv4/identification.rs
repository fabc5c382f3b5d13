//! The identification field of what the target sends. Read first: RFC 6864, RFC 791 3.2.

use std::net::SocketAddr;

use crate::suite::prelude::*;

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("ipv4.identification.fragments-share-it")
            .title("The fragments of one datagram have one identification, and another datagram has another")
            .required(&["RFC791-3.2-11", "RFC6864-4.3-1", "RFC791-2.3-5"])
            .needs(&[Capability::Fragmentation])
            .ipv4()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.setup_done();
                let peer = SocketAddr::new(s.tester(), 40_000);
                let first =
                    |id: &str| packet::ipv4().set(FieldId::Ipv4FragmentOffset, 0).set(FieldId::Ipv4Id, bind(id));
                let rest = |id: &str| {
                    packet::ipv4()
                        .set(FieldId::Ipv4FragmentOffset, 1..=8191_i64)
                        .set(FieldId::Ipv4MoreFragments, 0)
                        .set(FieldId::Ipv4Id, bind(id))
                };
                s.send_to("u", vec![0x61; 2000], peer);
                s.expect(first("a0").set(FieldId::Ipv4MoreFragments, 1)).why("the first fragment");
                s.expect(rest("a1")).why("the last fragment");
                s.send_to("u", vec![0x62; 2000], peer);
                s.expect(first("b0").set(FieldId::Ipv4MoreFragments, 1)).why("the first fragment of the next datagram");
                s.expect(rest("b1")).why("its last fragment");
                s.check(Check::VarsEqual(vec!["a0".into(), "a1".into()]));
                s.check(Check::VarsEqual(vec!["b0".into(), "b1".into()]));
                s.check(Check::VarsDiffer(vec!["a0".into(), "b0".into()]));
            }),
        case("ipv4.identification.ignored-in-atomic-datagrams")
            .title("Unfragmented datagrams with one identification are all delivered, each by itself")
            .required(&["RFC6864-4.1-3"])
            .needs(&[Capability::EchoReply])
            .ipv4()
            .build(|s| {
                for seq in 1..=3_u16 {
                    s.inject(s.ip().set(FieldId::Ipv4Id, 0x7777).echo_request(1, seq).data(16));
                    s.expect(s.ip().echo_reply(1, seq).data(16));
                }
            }),
    ]
}
