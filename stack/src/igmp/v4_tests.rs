//! Tests of IGMP through messages.

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::fault::FaultSet;

const QUERIER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 254);
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);
const OTHER: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 4);

fn igmp(version: u8) -> Igmp {
    Igmp::new(MembershipConfig { groups: 8, version, max_message: 1_480, seed: 3, faults: FaultSet::NONE })
}

fn bytes(repr: IgmpRepr<'_>) -> Vec<u8> {
    let mut message = vec![0; repr.buffer_len()];
    repr.emit(&mut IgmpPacket::new_unchecked(&mut message));
    message
}

fn hear(igmp: &mut Igmp, now: Instant, dst: Ipv4Addr, repr: IgmpRepr<'_>) {
    assert_eq!(igmp.handle_message(now, QUERIER, dst, &bytes(repr)), None);
}

/// What was sent: destination and message in words.
fn said(report: Report<Ipv4Addr>, out: &[u8]) -> (Ipv4Addr, String) {
    let message = &out[..report.len];
    let words = match IgmpRepr::parse(&IgmpPacket::new_unchecked(message)).unwrap() {
        IgmpRepr::ReportV1 { group } => format!("v1 {group}"),
        IgmpRepr::ReportV2 { group } => format!("v2 {group}"),
        IgmpRepr::Leave { group } => format!("leave {group}"),
        IgmpRepr::ReportV3 { records } => {
            let records = records.iter().map(Result::unwrap);
            let words: Vec<_> = records
                .map(|r| {
                    format!(
                        "{}={}{}",
                        r.record_type.0,
                        r.group,
                        r.sources.iter().map(|s| format!("+{s}")).collect::<String>()
                    )
                })
                .collect();
            format!("v3 {}", words.join(" "))
        }
        other => format!("{other:?}"),
    };
    (report.dst, words)
}

/// Runs until nothing is due before `end`; what was sent, with times.
fn run(igmp: &mut Igmp, mut now: Instant, end: Instant) -> Vec<(Instant, Ipv4Addr, String)> {
    let mut log = Vec::new();
    let mut out = [0; 1_480];
    loop {
        while let Some(report) = igmp.poll_transmit(now, &mut out) {
            let (dst, words) = said(report, &out);
            log.push((now, dst, words));
        }
        match igmp.poll_timeout() {
            Some(next) if next < end => {
                assert!(next > now);
                now = next;
            }
            _ => return log,
        }
    }
}

fn words(log: &[(Instant, Ipv4Addr, String)]) -> Vec<&str> {
    log.iter().map(|(_, _, words)| words.as_str()).collect()
}

const fn at(seconds: u64) -> Instant {
    Instant::from_secs(seconds)
}

fn query_v2(max_resp_time: u8, group: Ipv4Addr) -> IgmpRepr<'static> {
    IgmpRepr::QueryV2 { max_resp_time, group }
}

fn query_v3<'a>(code: u8, group: Ipv4Addr, sources: Sources<'a>) -> IgmpRepr<'a> {
    IgmpRepr::QueryV3 { max_resp_code: code, group, suppress: false, robustness: 2, interval_code: 125, sources }
}

#[test]
fn a_version_2_host_reports_twice_answers_and_leaves() {
    let mut igmp = igmp(2);
    igmp.join(at(0), GROUP).unwrap();
    let log = run(&mut igmp, at(0), at(100));
    assert_eq!(words(&log), ["v2 239.1.2.3", "v2 239.1.2.3"]);
    assert!(log[0].0 == at(0) && log[1].0 <= at(10) && log.iter().all(|entry| entry.1 == GROUP));
    hear(&mut igmp, at(100), ALL_SYSTEMS, query_v2(100, Ipv4Addr::UNSPECIFIED));
    let log = run(&mut igmp, at(100), at(200));
    assert_eq!(words(&log), ["v2 239.1.2.3"]);
    assert!(log[0].0 > at(100) && log[0].0 <= at(110));
    assert!(igmp.leave(at(200), GROUP));
    let log = run(&mut igmp, at(200), at(300));
    assert_eq!((words(&log), log[0].1), (vec!["leave 239.1.2.3"], ALL_ROUTERS));
    assert!(!igmp.leave(at(300), GROUP));
}

#[test]
fn a_report_of_another_host_suppresses_ours_and_the_leave() {
    for report in [IgmpRepr::ReportV2 { group: GROUP }, IgmpRepr::ReportV1 { group: GROUP }] {
        let mut igmp = igmp(2);
        igmp.join(at(0), GROUP).unwrap();
        run(&mut igmp, at(0), at(100));
        hear(&mut igmp, at(100), GROUP, query_v2(100, GROUP));
        hear(&mut igmp, at(100), GROUP, IgmpRepr::ReportV2 { group: OTHER });
        assert!(igmp.poll_timeout().is_some());
        hear(&mut igmp, at(100), GROUP, report);
        assert_eq!(igmp.poll_timeout(), None);
        assert!(igmp.leave(at(101), GROUP));
        assert!(run(&mut igmp, at(101), at(200)).is_empty());
    }
}

#[test]
fn joins_are_counted_and_bounded() {
    let mut igmp = igmp(2);
    assert_eq!(igmp.join(at(0), QUERIER), Err(Errno::Invalid));
    igmp.join(at(0), ALL_SYSTEMS).unwrap();
    assert_eq!(igmp.poll_timeout(), None);
    igmp.join(at(0), GROUP).unwrap();
    igmp.join(at(0), GROUP).unwrap();
    run(&mut igmp, at(0), at(50));
    assert!(igmp.leave(at(50), GROUP));
    assert!(run(&mut igmp, at(50), at(60)).is_empty());
    assert!(igmp.leave(at(60), GROUP));
    assert_eq!(words(&run(&mut igmp, at(60), at(70))), ["leave 239.1.2.3"]);
    let results: Vec<_> = (0..9).map(|n| igmp.join(at(70), Ipv4Addr::new(239, 0, 0, n)).is_ok()).collect();
    assert_eq!(results.iter().filter(|ok| **ok).count(), 8);
}

#[test]
fn a_version_1_querier_gets_version_1_reports() {
    let mut igmp = igmp(2);
    igmp.join(at(0), GROUP).unwrap();
    run(&mut igmp, at(0), at(50));
    hear(&mut igmp, at(50), ALL_SYSTEMS, IgmpRepr::QueryV1 { group: Ipv4Addr::UNSPECIFIED });
    // A version 2 query in between changes nothing (RFC2236-4-3).
    hear(&mut igmp, at(50), ALL_SYSTEMS, query_v2(10, Ipv4Addr::UNSPECIFIED));
    let log = run(&mut igmp, at(50), at(100));
    assert_eq!(words(&log), ["v1 239.1.2.3"]);
    assert!(log[0].0 <= at(51));
    igmp.join(at(100), OTHER).unwrap();
    assert_eq!(words(&run(&mut igmp, at(100), at(200))), ["v1 239.1.2.4", "v1 239.1.2.4"]);
    assert!(igmp.leave(at(200), OTHER));
    assert!(run(&mut igmp, at(200), at(300)).is_empty());
    hear(&mut igmp, at(451), ALL_SYSTEMS, query_v2(10, Ipv4Addr::UNSPECIFIED));
    assert_eq!(words(&run(&mut igmp, at(451), at(500))), ["v2 239.1.2.3"]);
}

#[test]
fn a_version_3_host_says_changes_twice_and_its_state_when_asked() {
    let mut igmp = igmp(3);
    igmp.join(at(0), GROUP).unwrap();
    igmp.join(at(0), OTHER).unwrap();
    let log = run(&mut igmp, at(0), at(50));
    assert_eq!((log[0].2.as_str(), log[0].1), ("v3 4=239.1.2.3 4=239.1.2.4", ALL_IGMPV3_ROUTERS));
    assert_eq!(log.iter().map(|entry| entry.2.matches('=').count()).sum::<usize>(), 4);
    assert!(log.last().unwrap().0 <= at(1));
    hear(&mut igmp, at(50), ALL_SYSTEMS, query_v3(100, Ipv4Addr::UNSPECIFIED, Sources::default()));
    let log = run(&mut igmp, at(50), at(100));
    assert_eq!(words(&log), ["v3 2=239.1.2.3 2=239.1.2.4"]);
    assert!(log[0].0 > at(50) && log[0].0 <= at(60));
    hear(&mut igmp, at(100), GROUP, query_v3(10, GROUP, Sources::default()));
    assert_eq!(words(&run(&mut igmp, at(100), at(150))), ["v3 2=239.1.2.3"]);
    hear(&mut igmp, at(150), GROUP, query_v3(10, GROUP, Sources(&[192, 0, 2, 1, 192, 0, 2, 2])));
    assert_eq!(words(&run(&mut igmp, at(150), at(200))), ["v3 1=239.1.2.3+192.0.2.1+192.0.2.2"]);
    // A group-specific query over a pending source-specific one: about the whole group (rule 4).
    hear(&mut igmp, at(200), GROUP, query_v3(10, GROUP, Sources(&[192, 0, 2, 1])));
    hear(&mut igmp, at(200), GROUP, query_v3(10, GROUP, Sources::default()));
    assert_eq!(words(&run(&mut igmp, at(200), at(250))), ["v3 2=239.1.2.3"]);
    assert!(igmp.leave(at(250), GROUP));
    assert_eq!(words(&run(&mut igmp, at(250), at(300))), ["v3 3=239.1.2.3", "v3 3=239.1.2.3"]);
    hear(&mut igmp, at(300), GROUP, query_v3(10, GROUP, Sources::default()));
    assert!(run(&mut igmp, at(300), at(350)).is_empty());
}

#[test]
fn a_version_3_host_falls_back_and_comes_back() {
    let mut igmp = igmp(3);
    igmp.join(at(0), GROUP).unwrap();
    run(&mut igmp, at(0), at(50));
    hear(&mut igmp, at(50), ALL_SYSTEMS, query_v2(100, Ipv4Addr::UNSPECIFIED));
    assert_eq!(words(&run(&mut igmp, at(50), at(100))), ["v2 239.1.2.3"]);
    assert!(igmp.leave(at(100), GROUP));
    assert_eq!(words(&run(&mut igmp, at(100), at(150))), ["leave 239.1.2.3"]);
    // 2 * 125 + 10 seconds after the query.
    igmp.join(at(309), GROUP).unwrap();
    assert_eq!(words(&run(&mut igmp, at(309), at(309))), ["v2 239.1.2.3"]);
    igmp.join(at(310), OTHER).unwrap();
    assert_eq!(words(&run(&mut igmp, at(310), at(350)))[0], "v3 4=239.1.2.4");
}

#[test]
fn many_groups_make_several_reports() {
    let config = MembershipConfig { groups: 100, version: 3, max_message: 100, seed: 1, faults: FaultSet::NONE };
    let mut igmp = Igmp::new(config);
    for n in 0..30 {
        igmp.join(at(0), Ipv4Addr::new(239, 0, 0, n)).unwrap();
    }
    run(&mut igmp, at(0), at(50));
    hear(&mut igmp, at(50), ALL_SYSTEMS, query_v3(10, Ipv4Addr::UNSPECIFIED, Sources::default()));
    let log = run(&mut igmp, at(50), at(60));
    let counts: Vec<_> = log.iter().map(|entry| entry.2.matches('=').count()).collect();
    assert_eq!(counts, [11, 11, 8]);
}

#[rstest]
#[case::checksum(bytes(query_v2(10, Ipv4Addr::UNSPECIFIED)), 2, Some(DropReason::BadChecksum))]
#[case::length_10({ let mut m = bytes(query_v2(10, Ipv4Addr::UNSPECIFIED)); m.extend([0, 0]); m }, 99, Some(DropReason::Malformed))]
#[case::no_group(bytes(query_v2(10, QUERIER)), 99, Some(DropReason::Malformed))]
#[case::short(vec![0x11, 0, 0], 99, Some(DropReason::Malformed))]
#[case::leave(bytes(IgmpRepr::Leave { group: GROUP }), 99, Some(DropReason::IcmpIgnored))]
#[case::unknown(bytes(IgmpRepr::Unknown { msg_type: IgmpType(0x77), code: 0, data: &[0; 4] }), 99, Some(DropReason::IcmpIgnored))]
fn what_is_ignored(#[case] mut message: Vec<u8>, #[case] spoil: usize, #[case] expected: Option<DropReason>) {
    let mut igmp = igmp(3);
    igmp.join(at(0), GROUP).unwrap();
    run(&mut igmp, at(0), at(50));
    if let Some(octet) = message.get_mut(spoil) {
        *octet ^= 1;
    }
    assert_eq!(igmp.handle_message(at(50), QUERIER, ALL_SYSTEMS, &message), expected);
    assert_eq!(igmp.poll_timeout(), None);
}

#[test]
fn general_queries_to_another_group_are_ignored() {
    let mut igmp = igmp(3);
    igmp.join(at(0), GROUP).unwrap();
    run(&mut igmp, at(0), at(50));
    let query = bytes(query_v2(10, Ipv4Addr::UNSPECIFIED));
    assert_eq!(igmp.handle_message(at(50), QUERIER, GROUP, &query), Some(DropReason::BadDestination));
    assert_eq!(igmp.handle_message(at(50), QUERIER, Ipv4Addr::new(192, 0, 2, 1), &query), None);
}

quickcheck::quickcheck! {
    /// Whatever is done and heard: after a poll nothing is overdue, and answers keep to the querier's time.
    fn never_overdue(version: u8, steps: Vec<(u8, u8, u8, u8)>) -> bool {
        let mut igmp = igmp(version % 3 + 1);
        let mut now = Instant::ZERO;
        let mut out = [0; 1_480];
        steps.into_iter().all(|(what, group, time, wait)| {
            let addr = Ipv4Addr::new(239, 0, 0, group % 10);
            let asked = if group & 0x80 == 0 { addr } else { Ipv4Addr::UNSPECIFIED };
            let sources = [192, 0, 2, time];
            match what % 7 {
                0 => drop(igmp.join(now, addr)),
                1 => drop(igmp.leave(now, addr)),
                2 => hear(&mut igmp, now, ALL_SYSTEMS, IgmpRepr::QueryV1 { group: asked }),
                3 => hear(&mut igmp, now, ALL_SYSTEMS, query_v2(time | 1, asked)),
                4 => hear(&mut igmp, now, ALL_SYSTEMS, query_v3(time, asked, Sources(&sources))),
                5 => hear(&mut igmp, now, addr, IgmpRepr::ReportV2 { group: addr }),
                _ => hear(&mut igmp, now, ALL_SYSTEMS, query_v3(time, asked, Sources::default())),
            }
            now += Duration::from_millis(u64::from(wait) * 97);
            igmp.handle_timeout(now);
            let mut sent = 0;
            while igmp.poll_transmit(now, &mut out).is_some() {
                sent += 1;
            }
            sent <= 40 && igmp.poll_timeout().is_none_or(|next| next > now)
        })
    }
}
