//! Membership reports of IPv6. Read first: RFC 2710 3 to 5; RFC 3810 5 and 8.
//!
//! A node may speak version 1 or 2 of MLD. Cases accept either.

use std::net::Ipv6Addr;

use crate::suite::prelude::*;

/// The group of the cases.
const GROUP: Ipv6Addr = Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 0x77, 0x88);
/// A group that nobody joins.
const OTHER: Ipv6Addr = Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 0x77, 0x99);
/// All nodes of the link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// All routers of the link.
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// Where version 2 reports go.
const ALL_V2_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16);
/// The router alert option (RFC 2711), value 0: MLD.
const ROUTER_ALERT: [u8; 4] = [5, 2, 0, 0];

/// A query of version 1: for `group`, general for the unspecified address.
fn query(group: Ipv6Addr, millis: i64) -> PacketSpec {
    let to = if group.is_unspecified() { ALL_NODES } else { group };
    let query = packet::ipv6().dst(to).hop_by_hop(ROUTER_ALERT).icmpv6(130, 0);
    query.set(FieldId::MldMaxDelay, millis).set(FieldId::MldGroup, group)
}

/// A report of version 1.
fn report_v1(group: Ipv6Addr) -> PacketSpec {
    packet::ipv6().dst(group).icmpv6(131, 0).set(FieldId::MldGroup, group)
}

/// Reports about the group of either version. One of version 2 with several records may have it in any place.
fn reports(group: Ipv6Addr) -> Vec<PacketSpec> {
    let v2 = || packet::ipv6().dst(ALL_V2_ROUTERS).icmpv6(143, 0);
    vec![
        report_v1(group),
        v2().set(FieldId::MldRecordGroup, group),
        v2().set(FieldId::MldRecordGroup, not(group)).set(FieldId::MldRecords, 2..=100_i64),
    ]
}

/// A socket of the target joins the group, and the reports that tell it are over.
fn settled(s: &mut Scene) {
    s.udp_bind("u", 5000);
    s.set_option("u", SocketOption::JoinGroup(GROUP.into())).why("the group is joined");
    s.advance(secs(12));
    s.forget();
    s.setup_done();
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("multicast.mld.join-is-reported")
            .title("A node that joins a group reports it, with hop limit 1, a link-local source and a router alert")
            .required(&["RFC2710-WP-1", "RFC2710-WP-3", "RFC2710-3.7-2"])
            .needs(&[Capability::Mld])
            .ipv6()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.advance(secs(12));
                s.forget();
                s.set_option("u", SocketOption::JoinGroup(GROUP.into())).why("the group is joined");
                let own = s.link(0).target_v6_link_local;
                let right = |spec: PacketSpec| spec.src(own).ttl(1).hop_by_hop(ROUTER_ALERT).checksum(Checksum::Right);
                s.expect_one_of(reports(GROUP).into_iter().map(right).collect()).within(secs(1));
            }),
        case("multicast.mld.join-is-reported-again")
            .title("The report of a join is repeated, in case it was lost")
            .should()
            .required(&["RFC2710-WP-1"])
            .needs(&[Capability::Mld])
            .ipv6()
            .build(|s| {
                s.udp_bind("u", 5000);
                s.advance(secs(12));
                s.forget();
                s.set_option("u", SocketOption::JoinGroup(GROUP.into())).why("the group is joined");
                s.expect_one_of(reports(GROUP)).within(secs(1)).why("the first report");
                s.expect_one_of(reports(GROUP)).within(secs(12)).why("it comes again");
            }),
        case("multicast.mld.query-answered")
            .title("A query is answered within the response delay, for every group or for the one that it names")
            .required(&["RFC2710-WP-2", "RFC2710-WP-3"])
            .needs(&[Capability::Mld])
            .ipv6()
            .param("query", &["general", "specific"])
            .param("millis", &["100", "1000"])
            .build(|s| {
                settled(s);
                let millis = s.number("millis");
                let about = if s.param("query") == "general" { Ipv6Addr::UNSPECIFIED } else { GROUP };
                s.inject(query(about, millis));
                let right = |spec: PacketSpec| spec.ttl(1).checksum(Checksum::Right);
                // A tenth of a second for the granularity of timers.
                s.expect_one_of(reports(GROUP).into_iter().map(right).collect()).within(ms(millis as u64 + 100));
            }),
        case("multicast.mld.foreign-group-query-ignored")
            .title("A query for a group that was not joined is not answered")
            .required(&["RFC2710-WP-2"])
            .needs(&[Capability::Mld])
            .ipv6()
            .build(|s| {
                settled(s);
                s.inject(query(OTHER, 500));
                s.silence_for(packet::ipv6().icmpv6(one_of([131, 143]), 0), ms(800));
                s.inject(query(GROUP, 500));
                s.expect_one_of(reports(GROUP)).within(secs(1)).why("one for the joined group is");
            }),
        case("multicast.mld.bad-query-ignored")
            .title("A query from an address that is not link-local, or with a wrong checksum, is not answered")
            .required(&["RFC2710-5-1"])
            .needs(&[Capability::Mld])
            .ipv6()
            .param("fault", &["source", "checksum"])
            .build(|s| {
                settled(s);
                s.inject(match s.param("fault") {
                    "source" => query(GROUP, 500).src(s.tester()),
                    _ => query(GROUP, 500).bad_checksum(),
                });
                s.silence_for(packet::ipv6().icmpv6(one_of([131, 143]), 0), ms(800));
                s.inject(query(GROUP, 500));
                s.expect_one_of(reports(GROUP)).within(secs(1)).why("a proper one is");
            }),
        case("multicast.mld.all-nodes-never-reported")
            .title("The group of all nodes is never reported")
            .required(&["RFC2710-WP-2"])
            .needs(&[Capability::Mld])
            .ipv6()
            .build(|s| {
                settled(s);
                s.inject(query(Ipv6Addr::UNSPECIFIED, 500));
                s.expect_one_of(reports(GROUP)).within(secs(1)).why("the query is answered");
                s.advance(ms(600));
                s.count(report_v1(ALL_NODES), 0, 0);
                s.count(packet::ipv6().icmpv6(143, 0).set(FieldId::MldRecordGroup, ALL_NODES), 0, 0);
            }),
        case("multicast.mld.report-suppressed")
            .title("Another member's report suppresses the own one of version 1")
            .required(&["RFC2710-WP-4", "RFC2710-5-2"])
            .needs(&[Capability::Mld, Capability::LongWaits])
            .ipv6()
            .build(|s| {
                settled(s);
                s.inject(query(GROUP, 10_000));
                s.inject(report_v1(GROUP).hop_by_hop(ROUTER_ALERT)).why("another member is faster");
                s.silence_for(report_v1(GROUP), secs(11));
                s.inject(query(GROUP, 500));
                s.expect_one_of(reports(GROUP)).within(secs(1)).why("the next query is answered");
            }),
        case("multicast.mld.leave-is-told")
            .title("A node that leaves a group tells the routers: done, or a report of version 2")
            .should()
            .required(&["RFC2710-4-3"])
            .needs(&[Capability::Mld])
            .ipv6()
            .build(|s| {
                settled(s);
                s.set_option("u", SocketOption::LeaveGroup(GROUP.into()));
                let done = packet::ipv6().dst(ALL_ROUTERS).ttl(1).icmpv6(132, 0).set(FieldId::MldGroup, GROUP);
                let changed =
                    packet::ipv6().dst(ALL_V2_ROUTERS).ttl(1).icmpv6(143, 0).set(FieldId::MldRecordGroup, GROUP);
                // Record type 3: changed to include no source (RFC 3810 5.2.12).
                s.expect_one_of(vec![done, changed.set(FieldId::MldRecordType, 3)]).within(secs(1));
            }),
    ]
}
