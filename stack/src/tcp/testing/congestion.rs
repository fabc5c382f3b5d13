//! Congestion on the wire: initial window, slow start, fast retransmit and recovery, limited transmit, idle restart.

use pretty_assertions::assert_eq;

use super::{Lab, plain};
use crate::tcp::{InitialWindow, TcpConfig};
use crate::time::Duration;
use crate::wire::tcp::TcpOption;

fn lab(segments: u32) -> Lab {
    let mut lab = Lab::established(TcpConfig { initial_window: InitialWindow::Segments(segments), ..plain() });
    lab.window = 60_000;
    lab.send(".", 1, 1, &[]);
    lab
}

/// Sends `count` duplicates of the ACK of `ack`; how many segments each of them let out.
fn duplicates(lab: &mut Lab, ack: u32, count: usize) -> Vec<Vec<String>> {
    (0..count)
        .map(|_| {
            lab.send(".", 1, ack, &[]);
            lab.lines()
        })
        .collect()
}

#[test]
fn the_initial_window_is_ten_segments() {
    let mut lab = Lab::established(plain());
    lab.write(30_000);
    assert_eq!(lab.lines().len(), 10);
}

#[test]
fn slow_start_lets_two_out_for_each_ack() {
    let mut lab = lab(2);
    lab.write(20_000);
    assert_eq!(lab.lines(), [". 1+1000", ". 1001+1000"]);
    lab.send(".", 1, 1_001, &[]);
    assert_eq!(lab.lines(), [". 2001+1000", ". 3001+1000"]);
    lab.send(".", 1, 2_001, &[]);
    assert_eq!(lab.lines().len(), 2);
}

#[test]
fn three_duplicates_retransmit_at_once() {
    let mut lab = lab(10);
    lab.write(20_000);
    assert_eq!(lab.lines().len(), 10);
    let out = duplicates(&mut lab, 1, 3);
    // Limited transmit for two, then the lost one.
    assert_eq!(out[0], [". 10001+1000"]);
    assert_eq!(out[1], [". 11001+1000"]);
    assert_eq!(out[2], [". 1+1000"]);
    let info = lab.conn.info();
    assert_eq!((info.ssthresh, info.cwnd, info.in_recovery), (5_000, 8_000, true));
    // Each further duplicate inflates by one; 12 are outstanding, so the fifth lets one out.
    let out = duplicates(&mut lab, 1, 5);
    assert_eq!(out.iter().map(Vec::len).collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
    // The full ACK deflates: min(ssthresh, FlightSize + SMSS).
    lab.send(".", 1, 12_001, &[]);
    let info = lab.conn.info();
    assert_eq!((info.cwnd, info.in_recovery), (2_000, false));
}

#[test]
fn a_partial_ack_retransmits_the_next_hole() {
    let mut lab = lab(10);
    lab.write(10_000);
    lab.take();
    duplicates(&mut lab, 1, 3);
    lab.send(".", 1, 4_001, &[]);
    assert_eq!(lab.lines(), [". 4001+1000"]);
    assert!(lab.conn.info().in_recovery);
    lab.send(".", 1, 10_001, &[]);
    assert!(!lab.conn.info().in_recovery);
}

#[test]
fn what_is_no_duplicate_does_not_count() {
    let mut lab = lab(10);
    lab.write(5_000);
    lab.take();
    for step in 0..10 {
        // A window update, or text, is none.
        lab.window = 50_000 + step;
        lab.send(".", 1, 1, &[]);
        lab.send(".", 1 + u32::from(step), 1, b"x");
    }
    assert!(lab.lines().iter().all(|line| !line.contains("1+1000")));
}

#[test]
fn with_sack_limited_transmit_needs_new_information() {
    let config = TcpConfig { initial_window: InitialWindow::Segments(4), sack: true, ..plain() };
    let mut lab = Lab::established_with(config, &[TcpOption::SackPermitted, TcpOption::MaxSegmentSize(1_000)]);
    lab.write(20_000);
    assert_eq!(lab.lines().len(), 4);
    assert_eq!(duplicates(&mut lab, 1, 1), [Vec::<String>::new()]);
    let block = |from, to| Some((crate::seq::SeqNumber(super::ISS + from), crate::seq::SeqNumber(super::ISS + to)));
    let sack = TcpOption::Sack([block(1_001, 2_001), None, None, None]);
    lab.options = crate::wire::tcp::TcpOptions::from_options(&[sack]).unwrap();
    assert_eq!(duplicates(&mut lab, 1, 1)[0].len(), 1);
}

#[test]
fn an_idle_rto_restarts_with_the_initial_window() {
    let mut lab = lab(4);
    let mut acked = 1;
    for _ in 0..6 {
        lab.write(4_000);
        lab.take();
        acked += 4_000;
        for ack in (acked - 3_000..=acked).step_by(1_000) {
            lab.send(".", 1, ack, &[]);
        }
    }
    assert!(lab.conn.info().cwnd > 20_000);
    lab.wait(Duration::from_secs(5));
    lab.write(20_000);
    assert_eq!(lab.lines().len(), 4);
}

#[test]
fn a_timeout_leaves_one_segment_and_half_the_flight() {
    let mut lab = lab(10);
    lab.write(10_000);
    lab.take();
    lab.wait(Duration::from_secs(1));
    let info = lab.conn.info();
    assert_eq!((info.cwnd, info.ssthresh), (1_000, 5_000));
    lab.wait(Duration::from_secs(2));
    let info = lab.conn.info();
    assert_eq!((info.cwnd, info.ssthresh), (1_000, 5_000));
}
