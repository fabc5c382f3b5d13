//! Membership reports of IPv4. Read first: RFC 2236 2, 3 and 6; RFC 3376 4.2 and 7.2.
//!
//! A host may speak version 2 or 3. Cases accept either, or send a version 2 query first, which makes a version 3
//! host speak version 2 (RFC 3376 7.2.1).

use std::net::Ipv4Addr;

use crate::suite::prelude::*;

/// The group of the cases.
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);
/// A group that nobody joins.
const OTHER: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 4);
/// All systems.
const ALL_SYSTEMS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);
/// All routers.
const ALL_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 2);
/// Where version 3 reports go.
const ALL_V3_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 22);
/// The router alert option (RFC 2113).
const ROUTER_ALERT: [u8; 4] = [0x94, 4, 0, 0];

/// A version 2 query: for `group`, general for 0.0.0.0; `tenths` of a second to answer.
fn query(group: Ipv4Addr, tenths: i64) -> PacketSpec {
    let to = if group.is_unspecified() { ALL_SYSTEMS } else { group };
    packet::ipv4().dst(to).ip_options(ROUTER_ALERT).igmp(0x11, group).set(FieldId::IgmpMaxResponse, tenths)
}

/// A report of version 2.
fn report_v2(group: Ipv4Addr) -> PacketSpec {
    packet::ipv4().dst(group).igmp(0x16, group)
}

/// A report of version 3 whose first record is about the group.
fn report_v3(group: Ipv4Addr) -> PacketSpec {
    packet::ipv4()
        .dst(ALL_V3_ROUTERS)
        .push(LayerKind::Igmp)
        .set(FieldId::IgmpType, 0x22)
        .set(FieldId::IgmpRecordGroup, group)
}

/// Any report.
fn any_report() -> PacketSpec {
    packet::ipv4().push(LayerKind::Igmp).set(FieldId::IgmpType, one_of([0x12, 0x16, 0x22]))
}

/// A socket of the target joins the group.
fn join(s: &mut Scene) {
    s.udp_bind("u", 5000);
    s.set_option("u", SocketOption::JoinGroup(GROUP.into())).why("the group is joined");
}

/// A socket has joined and a querier of version 2 is there, so that version 2 is spoken; nothing is due.
fn settled(s: &mut Scene) {
    s.inject(query(Ipv4Addr::UNSPECIFIED, 5));
    join(s);
    s.expect(report_v2(GROUP)).within(secs(12)).why("set-up: the join is reported");
    // The report may come again after up to ten seconds (RFC 2236 3); a query makes it due now, and once.
    s.inject(query(GROUP, 5));
    s.expect(report_v2(GROUP)).within(secs(2)).why("set-up: a query is answered");
    s.advance(secs(12));
    s.forget();
    s.setup_done();
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    [reports(), silences(), leaving()].concat()
}

fn reports() -> Vec<Case> {
    vec![
        case("multicast.igmp.join-is-reported")
            .title("A host that joins a group reports it at once, with TTL 1, a right checksum and in the right frame")
            .required(&["RFC2236-WP-1", "RFC2236-WP-3", "RFC2236-2.3-1", "RFC1122-3.3.7-2"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                join(s);
                let v2 = report_v2(GROUP).eth_dst(MacAddress([0x01, 0x00, 0x5e, 1, 2, 3]));
                let v3 = report_v3(GROUP).eth_dst(MacAddress([0x01, 0x00, 0x5e, 0, 0, 22]));
                let right = |spec: PacketSpec| spec.src(packet_source(s)).ttl(1).checksum(Checksum::Right);
                let choice = vec![right(v2), right(v3)];
                s.expect_one_of(choice).within(secs(1));
            }),
        case("multicast.igmp.router-alert")
            .title("A report carries the router alert option")
            .required(&["RFC2236-WP-5"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                join(s);
                s.expect_one_of(vec![
                    report_v2(GROUP).ip_options(ROUTER_ALERT),
                    report_v3(GROUP).ip_options(ROUTER_ALERT),
                ])
                .within(secs(1));
            }),
        case("multicast.igmp.join-is-reported-again")
            .title("The report of a join is repeated, in case it was lost")
            .should()
            .required(&["RFC2236-WP-1"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                join(s);
                s.expect_one_of(vec![report_v2(GROUP), report_v3(GROUP)]).within(secs(1)).why("the first report");
                s.expect_one_of(vec![report_v2(GROUP), report_v3(GROUP)]).within(secs(12)).why("it comes again");
            }),
        case("multicast.igmp.general-query-answered")
            .title(
                "A general query of version 2 is answered within the response time by a report to the group with TTL 1",
            )
            .required(&["RFC2236-WP-2", "RFC2236-WP-3"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .param("tenths", &["1", "10", "20"])
            .build(|s| {
                settled(s);
                let tenths = s.number("tenths");
                s.inject(query(Ipv4Addr::UNSPECIFIED, tenths));
                // A tenth of a second for the granularity of timers.
                s.expect(report_v2(GROUP).ttl(1).checksum(Checksum::Right)).within(ms(tenths as u64 * 100 + 100));
            }),
        case("multicast.igmp.group-query-answered")
            .title("A query for a joined group is answered within the response time")
            .required(&["RFC2236-WP-2", "RFC2236-WP-4"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                settled(s);
                s.inject(query(GROUP, 10));
                s.expect(report_v2(GROUP).ttl(1)).within(ms(1100));
            }),
        case("multicast.igmp.extra-octets-ignored")
            .title("What follows the eight octets of a message is ignored, but is part of the checksum")
            .observed()
            .required(&["RFC2236-2.5-1"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                settled(s);
                s.inject(query(GROUP, 10).payload([0; 2]));
                s.expect(packet::ipv4().push(LayerKind::Igmp).set(FieldId::IgmpType, one_of([0x16, 0x22])))
                    .within(ms(1100));
            }),
        case("multicast.igmp.version-1-query")
            .title("A query of version 1 is answered by a report of version 1")
            .required(&["RFC2236-4-4", "RFC2236-4-1"])
            .needs(&[Capability::Igmp, Capability::LongWaits])
            .ipv4()
            .build(|s| {
                settled(s);
                s.inject(query(Ipv4Addr::UNSPECIFIED, 0));
                s.expect(packet::ipv4().dst(GROUP).ttl(1).igmp(0x12, GROUP)).within(ms(10_100));
            }),
    ]
}

fn silences() -> Vec<Case> {
    vec![
        case("multicast.igmp.all-systems-never-reported")
            .title("The group of all systems is never reported")
            .required(&["RFC2236-WP-2"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                s.inject(query(Ipv4Addr::UNSPECIFIED, 5));
                s.silence_for(report_v2(ALL_SYSTEMS), ms(800));
                s.count(report_v3(ALL_SYSTEMS), 0, 0);
                join(s);
                s.expect(report_v2(GROUP)).within(secs(1)).why("a group that was joined is reported");
            }),
        case("multicast.igmp.foreign-group-query-ignored")
            .title("A query for a group that was not joined is not answered")
            .required(&["RFC2236-WP-4"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                settled(s);
                s.inject(query(OTHER, 5));
                s.silence_for(any_report(), ms(800));
                s.inject(query(GROUP, 5));
                s.expect(report_v2(GROUP)).within(secs(1)).why("one for the joined group is");
            }),
        case("multicast.igmp.bad-checksum-ignored")
            .title("A query with a wrong checksum is not answered")
            .required(&["RFC2236-2.3-2"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                settled(s);
                s.inject(query(GROUP, 5).bad_checksum());
                s.silence_for(any_report(), ms(800));
                s.inject(query(GROUP, 5));
                s.expect(report_v2(GROUP)).within(secs(1)).why("one with a right checksum is");
            }),
        case("multicast.igmp.report-suppressed")
            .title("Another member's report suppresses the own one")
            .required(&["RFC2236-5-1"])
            .needs(&[Capability::Igmp, Capability::LongWaits])
            .ipv4()
            .build(|s| {
                settled(s);
                s.inject(query(GROUP, 100));
                s.inject(report_v2(GROUP).src(s.host_on(0, 60)).ip_options(ROUTER_ALERT))
                    .why("another member is faster");
                s.silence_for(any_report(), secs(11));
                s.inject(query(GROUP, 10));
                s.expect(report_v2(GROUP)).within(ms(1100)).why("the next query is answered");
            }),
    ]
}

fn leaving() -> Vec<Case> {
    vec![
        case("multicast.igmp.leave-is-told")
            .title("A host that leaves a group, and reported it last, sends a leave message to all routers")
            .should()
            .required(&["RFC2236-3-3", "RFC2236-9-2"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                settled(s);
                s.set_option("u", SocketOption::LeaveGroup(GROUP.into()));
                s.expect(packet::ipv4().dst(ALL_ROUTERS).ttl(1).igmp(0x17, GROUP).checksum(Checksum::Right))
                    .within(secs(1));
            }),
        case("multicast.igmp.silent-after-leave")
            .title("After it left, a host does not report the group")
            .required(&["RFC2236-WP-4"])
            .needs(&[Capability::Igmp])
            .ipv4()
            .build(|s| {
                settled(s);
                s.set_option("u", SocketOption::LeaveGroup(GROUP.into()));
                s.advance(ms(500));
                s.forget();
                s.inject(query(Ipv4Addr::UNSPECIFIED, 5));
                s.silence_for(report_v2(GROUP), ms(800));
                s.set_option("u", SocketOption::JoinGroup(GROUP.into()));
                s.expect(report_v2(GROUP)).within(secs(1)).why("a new join is reported");
            }),
    ]
}

/// The target's address, as the source of reports.
fn packet_source(s: &Scene) -> Ipv4Addr {
    s.link(0).target_v4.0
}
