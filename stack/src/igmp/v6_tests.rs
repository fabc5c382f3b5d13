//! Tests of MLD through messages; what it shares with IGMP is tested there.

use pretty_assertions::assert_eq;

use super::*;
use crate::fault::FaultSet;
use crate::wire::igmp::RecordType;

const QUERIER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0xff);
const OWN: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const GROUP: Ipv6Addr = Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 0, 0x33);

fn mld(version: u8) -> Mld {
    let config = MembershipConfig { groups: 8, version, max_message: 1_400, seed: 3, faults: FaultSet::NONE };
    let mut mld = Mld::new(config);
    mld.join(at(0), GROUP).unwrap();
    mld
}

const fn at(seconds: u64) -> Instant {
    Instant::from_secs(seconds)
}

fn bytes(repr: MldRepr<'_>) -> Vec<u8> {
    let mut message = vec![0; repr.buffer_len()];
    repr.emit(&mut Icmpv6Packet::new_unchecked(&mut message), PseudoHeader::v6(QUERIER, ALL_NODES));
    message
}

/// Runs until nothing is due before `end`; destinations and messages.
fn run(mld: &mut Mld, mut now: Instant, end: Instant) -> Vec<(Ipv6Addr, Vec<u8>)> {
    let mut log = Vec::new();
    let mut out = [0; 1_400];
    loop {
        while let Some(report) = mld.poll_transmit(now, OWN, &mut out) {
            let pseudo = PseudoHeader::v6(OWN, report.dst);
            assert!(Icmpv6Packet::new_unchecked(&out[..report.len]).verify_checksum(pseudo));
            log.push((report.dst, out[..report.len].to_vec()));
        }
        match mld.poll_timeout() {
            Some(next) if next < end => now = next,
            _ => return log,
        }
    }
}

fn hear(mld: &mut Mld, now: Instant, repr: MldRepr<'_>) -> Option<DropReason> {
    mld.handle_message(now, QUERIER, ALL_NODES, 1, &bytes(repr))
}

fn query_v2(group: Ipv6Addr, sources: Sources<'_>) -> MldRepr<'_> {
    MldRepr::QueryV2 { max_response_code: 1_000, group, suppress: false, robustness: 2, interval_code: 125, sources }
}

fn records(message: &[u8]) -> Vec<(RecordType, Ipv6Addr, usize)> {
    match MldRepr::parse(&Icmpv6Packet::new_unchecked(message), None).unwrap() {
        MldRepr::ReportV2 { records } => {
            records.iter().map(|r| r.map(|r| (r.record_type, r.group, r.sources.len())).unwrap()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn version_1() {
    let mut mld = mld(1);
    let report = bytes_from_own(MldRepr::ReportV1 { group: GROUP }, GROUP);
    assert_eq!(run(&mut mld, at(0), at(50)), [(GROUP, report.clone()), (GROUP, report.clone())]);
    let query = MldRepr::QueryV1 { max_response_delay: 5_000, group: Ipv6Addr::UNSPECIFIED };
    assert_eq!(hear(&mut mld, at(50), query), None);
    assert!(mld.poll_timeout().is_some_and(|next| next > at(50) && next <= at(55)));
    assert_eq!(run(&mut mld, at(50), at(60)), [(GROUP, report)]);
    assert!(mld.leave(at(60), GROUP));
    let done = bytes_from_own(MldRepr::Done { group: GROUP }, ALL_ROUTERS);
    assert_eq!(run(&mut mld, at(60), at(70)), [(ALL_ROUTERS, done)]);
}

fn bytes_from_own(repr: MldRepr<'_>, dst: Ipv6Addr) -> Vec<u8> {
    let mut message = vec![0; repr.buffer_len()];
    repr.emit(&mut Icmpv6Packet::new_unchecked(&mut message), PseudoHeader::v6(OWN, dst));
    message
}

#[test]
fn version_2() {
    let mut mld = mld(2);
    let log = run(&mut mld, at(0), at(50));
    assert_eq!(log.len(), 2);
    for (dst, message) in &log {
        assert_eq!(*dst, ALL_MLDV2_ROUTERS);
        assert_eq!(records(message), [(RecordType::CHANGE_TO_EXCLUDE, GROUP, 0)]);
    }
    hear(&mut mld, at(50), query_v2(Ipv6Addr::UNSPECIFIED, Sources::default()));
    let log = run(&mut mld, at(50), at(60));
    assert_eq!(records(&log[0].1), [(RecordType::MODE_IS_EXCLUDE, GROUP, 0)]);
    hear(&mut mld, at(60), query_v2(GROUP, Sources(&[0x20; 32])));
    let log = run(&mut mld, at(60), at(70));
    assert_eq!(records(&log[0].1), [(RecordType::MODE_IS_INCLUDE, GROUP, 1)]);
    assert!(mld.leave(at(70), GROUP));
    let log = run(&mut mld, at(70), at(80));
    assert_eq!(records(&log[0].1), [(RecordType::CHANGE_TO_INCLUDE, GROUP, 0)]);
}

#[test]
fn version_2_falls_back_to_version_1() {
    let mut mld = mld(2);
    run(&mut mld, at(0), at(50));
    hear(&mut mld, at(50), MldRepr::QueryV1 { max_response_delay: 1_000, group: Ipv6Addr::UNSPECIFIED });
    let log = run(&mut mld, at(50), at(60));
    assert_eq!(log, [(GROUP, bytes_from_own(MldRepr::ReportV1 { group: GROUP }, GROUP))]);
    hear(&mut mld, at(60), MldRepr::QueryV1 { max_response_delay: 1_000, group: Ipv6Addr::UNSPECIFIED });
    hear(&mut mld, at(60), MldRepr::ReportV1 { group: GROUP });
    assert!(run(&mut mld, at(60), at(70)).is_empty());
}

#[test]
fn what_is_refused() {
    let mut mld = mld(2);
    run(&mut mld, at(0), at(50));
    let query = bytes(query_v2(Ipv6Addr::UNSPECIFIED, Sources::default()));
    let global: Ipv6Addr = "2001:db8::1".parse().unwrap();
    let mut take = |src, dst, hop_limit, message: &[u8]| mld.handle_message(at(50), src, dst, hop_limit, message);
    assert_eq!(take(global, ALL_NODES, 1, &query), Some(DropReason::BadSource));
    assert_eq!(take(Ipv6Addr::UNSPECIFIED, ALL_NODES, 1, &query), Some(DropReason::BadSource));
    assert_eq!(take(QUERIER, ALL_NODES, 64, &query), Some(DropReason::NotNeighborSafe));
    assert_eq!(take(QUERIER, GROUP, 1, &query), Some(DropReason::BadDestination));
    assert_eq!(take(QUERIER, ALL_NODES, 1, &query[..26]), Some(DropReason::Malformed));
    assert_eq!(take(QUERIER, ALL_NODES, 1, &[143, 0, 0, 0, 0, 0, 0, 0]), Some(DropReason::IcmpIgnored));
    assert_eq!(mld.poll_timeout(), None);
    assert_eq!(mld.join(at(0), OWN), Err(Errno::Invalid));
    for silent in [ALL_NODES, Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 5)] {
        mld.join(at(50), silent).unwrap();
        assert!(mld.leave(at(50), silent));
    }
    assert_eq!(mld.poll_timeout(), None);
}
