//! Tests of `reassembly`: single rules, and a model that keeps one octet at a time.

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::ip::address::LocalAddresses;
use crate::ip::fragment::Fragmenter;
use crate::ip::input::tests::{v4, v6};
use crate::ip::{InputConfig, Verdict, classify_v4, classify_v6};

const OWN: [u8; 4] = [192, 0, 2, 1];
const PEER: [u8; 4] = [192, 0, 2, 9];

fn reassembler() -> Reassembler {
    Reassembler::new(ReassemblyConfig::new(&Limits::default(), FaultSet::NONE))
}

fn data(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n / 8 + n) as u8).collect()
}

fn judge(packet: &[u8]) -> Datagram {
    let mut local = LocalAddresses::new(0);
    local.add(0, OWN.into(), 24).unwrap();
    local.add(0, "fe80::1".parse().unwrap(), 64).unwrap();
    let config = InputConfig::default();
    let verdict = match packet[0] >> 4 {
        4 => classify_v4(&config, &local, 0, Cast::Unicast, packet),
        _ => classify_v6(&config, &local, 0, Cast::Unicast, packet),
    };
    match verdict {
        Verdict::Deliver(datagram) => datagram,
        other => panic!("{other:?}"),
    }
}

fn put(reassembler: &mut Reassembler, now: u64, packet: &[u8]) -> Outcome {
    reassembler.insert(Instant::from_secs(now), 0, Cast::Unicast, packet, &judge(packet))
}

/// One IPv4 fragment.
fn piece4(id: u16, offset: usize, more: bool, data: &[u8]) -> Vec<u8> {
    let mut packet = v4(PEER, OWN, &[], data);
    let mut view = Ipv4Packet::new_unchecked(&mut packet);
    view.set_identification(id);
    view.set_fragment_offset(offset as u16);
    view.set_more_fragments(more);
    view.fill_checksum();
    packet
}

/// One IPv6 fragment of a packet of protocol 253.
fn piece6(id: u8, offset: usize, more: bool, data: &[u8]) -> Vec<u8> {
    let word = (offset as u16 & !7 | u16::from(more)).to_be_bytes();
    v6("fe80::9", "fe80::1", 44, &[&[253, 0, word[0], word[1], 0, 0, 0, id], data].concat())
}

fn whole(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Complete(packet) => packet.to_vec(),
        other => panic!("not complete: {other:?}"),
    }
}

fn dropped(outcome: Outcome) -> DropReason {
    match outcome {
        Outcome::Drop(reason) => reason,
        other => panic!("not dropped: {other:?}"),
    }
}

/// Cut, shuffled, joined: the same packet again, in both versions, with options and extension headers.
#[rstest]
#[case(v4(PEER, OWN, &[], &data(3_000)))]
#[case(v4(PEER, OWN, &[7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 0], &data(65_503)))]
#[case(v6("fe80::9", "fe80::1", 253, &data(3_000)))]
#[case(v6("fe80::9", "fe80::1", 0, &[&[253, 0, 1, 4, 0, 0, 0, 0], &data(65_527)[..]].concat()))]
fn fragments_become_the_packet_again(#[case] packet: Vec<u8>) {
    let mut fragmenter = match packet[0] >> 4 {
        4 => Fragmenter::v4(&packet, 1_300),
        _ => Fragmenter::v6(&packet, 1_300, 99),
    }
    .unwrap();
    let mut out = [0; 1_300];
    let mut fragments: Vec<_> =
        core::iter::from_fn(|| fragmenter.next_fragment(&mut out).map(|len| out[..len].to_vec())).collect();
    for turn in 0..3 {
        let mut reassembler = reassembler();
        fragments.rotate_left(turn);
        if turn == 2 {
            fragments.reverse();
        }
        let (last, others) = fragments.split_last().unwrap();
        for fragment in others {
            assert!(matches!(put(&mut reassembler, 0, fragment), Outcome::Incomplete));
            // Duplicates do not matter.
            assert!(matches!(put(&mut reassembler, 0, fragment), Outcome::Incomplete));
        }
        assert_eq!(whole(put(&mut reassembler, 0, last)), packet);
        assert_eq!((reassembler.len(), reassembler.bytes()), (0, 0));
    }
}

#[test]
fn datagrams_are_told_apart() {
    let mut reassembler = reassembler();
    put(&mut reassembler, 0, &piece4(1, 0, true, &[1; 8]));
    put(&mut reassembler, 0, &piece4(2, 0, true, &[2; 8]));
    let mut other = piece4(1, 0, true, &[3; 8]);
    Ipv4Packet::new_unchecked(&mut other).set_protocol(IpProtocol::TCP);
    Ipv4Packet::new_unchecked(&mut other).fill_checksum();
    put(&mut reassembler, 0, &other);
    assert_eq!(reassembler.len(), 3);
    assert_eq!(whole(put(&mut reassembler, 0, &piece4(2, 8, false, &[4; 3])))[20..], [2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4]);
    assert_eq!(whole(put(&mut reassembler, 0, &piece4(1, 8, false, &[5; 1])))[20..], [1, 1, 1, 1, 1, 1, 1, 1, 5]);
}

/// RFC 5722: one overlap and the whole datagram is gone, the fragments still to come too.
#[test]
fn overlaps_poison_a_datagram() {
    for piece in [piece6 as fn(u8, usize, bool, &[u8]) -> Vec<u8>, |id, o, m, d| piece4(id.into(), o, m, d)] {
        let mut reassembler = reassembler();
        put(&mut reassembler, 0, &piece(1, 0, true, &[1; 16]));
        assert_eq!(dropped(put(&mut reassembler, 0, &piece(1, 8, true, &[2; 16]))), DropReason::FragmentOverlap);
        assert_eq!(dropped(put(&mut reassembler, 0, &piece(1, 24, false, &[3; 8]))), DropReason::FragmentOverlap);
        assert_eq!(dropped(put(&mut reassembler, 0, &piece(1, 0, true, &[1; 16]))), DropReason::FragmentOverlap);
        assert_eq!(reassembler.bytes(), 0);
        // And nobody is told, not even when its time is over.
        assert!(reassembler.handle_timeout(Instant::from_secs(60)).unwrap().first.is_none());
        assert!(reassembler.is_empty());
    }
}

#[rstest]
#[case(OverlapPolicy::First, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3])]
#[case(OverlapPolicy::Last, [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3])]
fn other_policies(#[case] policy: OverlapPolicy, #[case] expected: [u8; 25]) {
    let mut reassembler = reassembler();
    reassembler.config.overlap_v4 = policy;
    put(&mut reassembler, 0, &piece4(1, 0, true, &[1; 16]));
    put(&mut reassembler, 0, &piece4(1, 24, false, &[3; 1]));
    assert_eq!(whole(put(&mut reassembler, 0, &piece4(1, 8, true, &[2; 16])))[20..], expected);
}

#[test]
fn the_end_may_not_be_contradicted() {
    let mut reassembler = reassembler();
    put(&mut reassembler, 0, &piece6(1, 16, false, &[1; 4]));
    assert_eq!(dropped(put(&mut reassembler, 0, &piece6(1, 24, true, &[1; 8]))), DropReason::FragmentOverlap);
    put(&mut reassembler, 0, &piece6(2, 16, true, &[1; 8]));
    assert_eq!(dropped(put(&mut reassembler, 0, &piece6(2, 8, false, &[1; 8]))), DropReason::FragmentOverlap);
}

/// RFC 8200 4.5: the pointer names the payload length, or the fragment offset.
#[test]
fn impossible_fragments_are_told_in_ipv6() {
    let mut reassembler = reassembler();
    for (fragment, pointer) in [
        (piece6(1, 0, true, &[1; 12]), 4),
        (piece6(1, 65_528, false, &[1; 8]), 42),
        (piece6(1, 64_000, true, &[1; 1_600]), 42),
    ] {
        let Outcome::Error { error, .. } = put(&mut reassembler, 0, &fragment) else { panic!("not told") };
        assert_eq!(error, IcmpError::ParameterProblem { code: 0, pointer });
    }
    assert_eq!(dropped(put(&mut reassembler, 0, &piece4(1, 0, true, &[1; 12]))), DropReason::FragmentInvalid);
    assert_eq!(dropped(put(&mut reassembler, 0, &piece4(1, 65_520, false, &[1; 8]))), DropReason::FragmentInvalid);
    assert_eq!(dropped(put(&mut reassembler, 0, &piece4(1, 8, true, &[]))), DropReason::FragmentInvalid);
    assert!(reassembler.is_empty());
}

/// Headers of the first fragment that are longer than those of the others can make a packet too long after all.
#[test]
fn a_packet_that_turns_out_too_long_is_dropped() {
    let mut reassembler = reassembler();
    let mut first = v4(PEER, OWN, &[1; 40], &[1; 8]);
    Ipv4Packet::new_unchecked(&mut first).set_more_fragments(true);
    Ipv4Packet::new_unchecked(&mut first).fill_checksum();
    put(&mut reassembler, 0, &first);
    let mut offset = 8;
    while offset + 1_400 < 65_512 {
        put(&mut reassembler, 0, &piece4(0, offset, true, &[1; 1_400]));
        offset += 1_400;
    }
    let outcome = put(&mut reassembler, 0, &piece4(0, offset, false, &vec![1; 65_512 - offset]));
    assert_eq!(dropped(outcome), DropReason::FragmentInvalid);
    assert_eq!(reassembler.bytes(), 0);
}

#[test]
fn time_runs_out_from_the_first_arrival_on() {
    let mut reassembler = reassembler();
    let first = piece4(1, 0, true, &data(64));
    put(&mut reassembler, 10, &piece4(1, 64, true, &[9; 8]));
    put(&mut reassembler, 30, &first);
    put(&mut reassembler, 31, &piece4(2, 64, true, &[9; 8]));
    assert_eq!(reassembler.poll_timeout(), Some(Instant::from_secs(70)));
    assert!(reassembler.handle_timeout(Instant::from_secs(69)).is_none());
    let expired = reassembler.handle_timeout(Instant::from_secs(70)).unwrap();
    assert_eq!(expired.first.as_deref(), Some(&first[..]));
    // The other one's first fragment never came: nobody is told.
    assert!(reassembler.handle_timeout(Instant::from_secs(90)).is_none());
    assert!(reassembler.handle_timeout(Instant::from_secs(91)).unwrap().first.is_none());
    assert_eq!((reassembler.poll_timeout(), reassembler.bytes()), (None, 0));
}

#[test]
fn congestion_of_one_fragment_is_congestion_of_all() {
    for (a, b, expected) in [(2, 3, Some(3)), (2, 2, Some(2)), (1, 0, Some(0)), (0, 3, None)] {
        let mut reassembler = reassembler();
        let mut one = piece4(1, 0, true, &[1; 8]);
        let mut two = piece4(1, 8, false, &[1; 8]);
        for (piece, ecn) in [(&mut one, a), (&mut two, b)] {
            piece[1] = ecn;
            Ipv4Packet::new_unchecked(piece).fill_checksum();
        }
        put(&mut reassembler, 0, &one);
        match put(&mut reassembler, 0, &two) {
            Outcome::Complete(packet) => assert_eq!(Some(packet[1]), expected),
            _ => assert_eq!(expected, None),
        }
    }
}

#[test]
fn every_bound_holds_and_the_oldest_gives_way() {
    let limits =
        Limits { reassembly_datagrams: 3, reassembly_bytes: 20_000, reassembly_pieces: 2, ..Limits::default() };
    let mut reassembler = Reassembler::new(ReassemblyConfig::new(&limits, FaultSet::NONE));
    for id in 0..10 {
        put(&mut reassembler, 0, &piece4(id, 0, true, &[1; 8]));
        assert!(reassembler.len() <= 3);
    }
    assert!(matches!(put(&mut reassembler, 0, &piece4(9, 8, false, &[1; 1])), Outcome::Complete(_)));
    put(&mut reassembler, 0, &piece4(20, 16, true, &[1; 8]));
    put(&mut reassembler, 0, &piece4(20, 32, true, &[1; 8]));
    let third = put(&mut reassembler, 0, &piece4(20, 48, true, &[1; 8]));
    assert_eq!(dropped(third), DropReason::ReassemblyLimit);
    // Far beyond: the others have to go; farther: it can never fit.
    put(&mut reassembler, 0, &piece4(21, 16_000, true, &[1; 8]));
    assert!(reassembler.bytes() <= 20_000);
    assert_eq!(dropped(put(&mut reassembler, 0, &piece4(22, 40_000, true, &[1; 8]))), DropReason::ReassemblyLimit);
    assert!(reassembler.bytes() <= 20_000);
    assert!(matches!(put(&mut reassembler, 0, &piece4(23, 0, true, &[1; 8])), Outcome::Incomplete));
}

#[test]
fn buffers_come_back() {
    let mut reassembler = reassembler();
    let mut place = None;
    for id in 0..20 {
        put(&mut reassembler, 0, &piece4(id, 0, true, &[1; 800]));
        let Outcome::Complete(packet) = put(&mut reassembler, 0, &piece4(id, 800, false, &[1; 800])) else {
            panic!("not complete")
        };
        let here = packet.buffer.as_ptr();
        assert!(place.is_none_or(|place| place == here));
        place = Some(here);
        reassembler.recycle(packet);
    }
}

quickcheck::quickcheck! {
    /// Against a model that keeps each octet: what completes is what was sent, and it completes when all is there.
    fn like_a_naive_model(order: Vec<u8>, len: u16, version: bool) -> bool {
        let payload = data(usize::from(len % 400) + 9);
        let pieces: Vec<_> = payload.chunks(8).enumerate().map(|(n, chunk)| {
            let more = (n + 1) * 8 < payload.len();
            if version { piece4(7, n * 8, more, chunk) } else { piece6(7, n * 8, more, chunk) }
        }).collect();
        let mut reassembler = reassembler();
        let mut have = vec![false; pieces.len()];
        for pick in order {
            let n = usize::from(pick) % pieces.len();
            have[n] = true;
            match put(&mut reassembler, 0, &pieces[n]) {
                Outcome::Complete(packet) => {
                    let header = if version { 20 } else { 40 };
                    if packet[header..] != payload || have.contains(&false) {
                        return false;
                    }
                    have.fill(false);
                }
                Outcome::Incomplete => {
                    if !have.contains(&false) {
                        return false;
                    }
                }
                Outcome::Drop(DropReason::ReassemblyLimit) => have[n] = false,
                _ => return false,
            }
        }
        true
    }

    /// Fragments without rhyme or reason: nothing panics, the bounds hold, and time clears everything.
    fn chaos_is_bounded(pieces: Vec<(u8, u16, bool, u8)>, policy: u8) -> bool {
        let limits = Limits { reassembly_datagrams: 4, reassembly_bytes: 100_000, ..Limits::default() };
        let mut config = ReassemblyConfig::new(&limits, FaultSet::NONE);
        config.overlap_v4 = [OverlapPolicy::First, OverlapPolicy::Last, OverlapPolicy::DropAll][usize::from(policy) % 3];
        let mut reassembler = Reassembler::new(config);
        for (n, (id, offset, more, len)) in pieces.iter().enumerate() {
            let offset = usize::from(*offset) & !7;
            if offset == 0 && !more {
                continue;
            }
            if let Outcome::Complete(packet) =
                put(&mut reassembler, n as u64 / 8, &piece4((id % 6).into(), offset, *more, &data(usize::from(*len) * 8)))
            {
                if !Ipv4Packet::new_unchecked(&*packet).verify_checksum() {
                    return false;
                }
                reassembler.recycle(packet);
            }
            if reassembler.len() > 4 || reassembler.bytes() > 100_000 {
                return false;
            }
        }
        while reassembler.handle_timeout(Instant::FAR_FUTURE).is_some() {}
        reassembler.is_empty() && reassembler.bytes() == 0
    }
}
