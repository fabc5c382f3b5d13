//! Windows: delayed ACKs, silly windows, Nagle, zero-window probes (RFC 9293 3.7.4, 3.8.6).

use pretty_assertions::assert_eq;

use super::{IRS, Lab, plain};
use crate::errno::Errno;
use crate::tcp::TcpConfig;
use crate::time::Duration;
use crate::wire::tcp::TcpOption;

fn lab() -> Lab {
    Lab::established(plain())
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn one_segment_is_acknowledged_after_the_delay() {
    let mut lab = lab();
    lab.send(".", 1, 1, &[0; 1_000]);
    assert_eq!(lab.wait(ms(500)), [(200, ".".to_owned())]);
}

#[test]
fn every_second_full_segment_is_acknowledged_at_once() {
    let mut lab = lab();
    let mut acks = 0;
    for at in 0..8 {
        lab.send(".", 1 + at * 1_000, 1, &[0; 1_000]);
        acks += lab.take().len();
    }
    assert_eq!(acks, 4);
}

#[test]
fn the_ack_rides_on_text() {
    let mut lab = lab();
    lab.send(".", 1, 1, &[0; 100]);
    lab.write(10);
    let sent = lab.take();
    assert_eq!((sent.len(), sent[0].repr.ack.0), (1, IRS + 101));
    assert!(lab.wait(ms(500)).is_empty());
}

#[test]
fn gaps_are_acknowledged_at_once_and_so_is_filling_them() {
    let mut lab = lab();
    for seq in [1_001, 2_001, 3_001] {
        lab.send(".", seq, 1, &[0; 1_000]);
        let ack = lab.take();
        assert_eq!((ack.len(), ack[0].repr.ack.0), (1, IRS + 1));
    }
    lab.send(".", 1, 1, &[0; 500]);
    assert_eq!(lab.take()[0].repr.ack.0, IRS + 501);
    lab.send(".", 501, 1, &[0; 500]);
    assert_eq!(lab.take()[0].repr.ack.0, IRS + 4_001);
}

#[test]
fn sack_blocks_go_with_the_acks() {
    let config = TcpConfig { sack: true, ..plain() };
    let mut lab = Lab::established_with(config, &[TcpOption::SackPermitted]);
    for seq in [1_001, 3_001] {
        lab.send(".", seq, 1, &[0; 500]);
    }
    let sack = lab.take()[0].options().sack;
    let block = |from: u32, to: u32| Some((crate::seq::SeqNumber(IRS + from), crate::seq::SeqNumber(IRS + to)));
    assert_eq!(sack, [block(3_001, 3_501), block(1_001, 1_501), None, None]);
    let mut lab = self::lab();
    lab.send(".", 1_001, 1, &[0; 500]);
    assert_eq!(lab.take()[0].options().sack, [None; 4], "not without SACK-permitted");
}

#[test]
fn the_window_closes_without_moving_its_edge() {
    let mut lab = lab();
    for at in 0..10 {
        lab.send(".", 1 + at * 1_000, 1, &[0; 1_000]);
        for sent in lab.take() {
            assert_eq!(sent.repr.ack.0 + u32::from(sent.repr.window), IRS + 10_001);
        }
    }
    assert_eq!(lab.conn.info().rcv_wnd, 0);
}

#[test]
fn the_receiver_offers_no_silly_windows() {
    let mut lab = lab();
    for at in 0..10 {
        lab.send(".", 1 + at * 1_000, 1, &[0; 1_000]);
    }
    lab.take();
    let mut out = [0; 999];
    assert_eq!(lab.conn.recv(lab.now, &mut out), Ok(999));
    assert!(lab.lines().is_empty());
    assert_eq!(lab.conn.recv(lab.now, &mut out[..1]), Ok(1));
    assert_eq!(lab.take()[0].repr.window, 1_000);
}

#[test]
fn nagle_holds_a_small_segment_until_everything_is_acknowledged() {
    let mut lab = lab();
    lab.write(1);
    assert_eq!(lab.lines(), ["P. 1+1"]);
    lab.write(10);
    lab.write(10);
    assert!(lab.lines().is_empty());
    lab.send(".", 1, 2, &[]);
    assert_eq!(lab.lines(), ["P. 2+20"]);
    lab.write(1_005);
    assert_eq!(lab.lines(), [". 22+1000"]);
    lab.conn.set_nodelay(true);
    assert_eq!(lab.lines(), ["P. 1022+5"]);
}

#[test]
fn the_sender_fills_no_silly_windows() {
    let mut lab = lab();
    lab.window = 1_500;
    lab.send(".", 1, 1, &[]);
    lab.write(3_000);
    // 1500 of a largest window of 20000: only the full segment goes.
    assert_eq!(lab.lines(), [". 1+1000"]);
    lab.window = 500;
    lab.send(".", 1, 1_001, &[]);
    // 500 octets are neither a full segment nor half of the largest window: the override timer decides.
    assert_eq!(lab.wait(ms(600)), [(500, ". 1001+500".to_owned())]);
}

#[test]
fn half_of_the_largest_window_is_enough() {
    let mut lab = lab();
    let mut small = Lab::connect(plain());
    small.take();
    small.window = 400;
    small.send("S.", 0, 1, &[]);
    small.take();
    small.write(1_000);
    assert_eq!(small.lines(), [". 1+400"]);
    lab.write(1);
    assert_eq!(lab.lines(), ["P. 1+1"]);
}

#[test]
fn zero_windows_are_probed_with_exponential_intervals() {
    let mut lab = lab();
    lab.window = 0;
    lab.send(".", 1, 1, &[]);
    lab.write(100);
    let probes = lab.wait(Duration::from_secs(70));
    let probe = |at| (at, ". 1+1".to_owned());
    assert_eq!(probes, [probe(1_000), probe(3_000), probe(7_000), probe(15_000), probe(31_000), probe(63_000)]);
}

#[test]
fn answered_probes_keep_the_connection_for_ever_and_the_window_ends_them() {
    let mut lab = lab();
    lab.window = 0;
    lab.send(".", 1, 1, &[]);
    lab.write(100);
    for _ in 0..50 {
        let probes = lab.wait(Duration::from_secs(60));
        assert!(!probes.is_empty() || lab.now < crate::time::Instant::from_secs(62));
        lab.send(".", 1, 1, &[]);
    }
    lab.window = 20_000;
    lab.send(".", 1, 1, &[]);
    assert_eq!(lab.lines(), ["P. 1+100"]);
    lab.send(".", 1, 101, &[]);
    assert!(lab.wait(Duration::from_secs(100)).is_empty());
}

#[test]
fn unanswered_probes_give_up_in_the_end() {
    let mut lab = lab();
    lab.window = 0;
    lab.send(".", 1, 1, &[]);
    lab.write(100);
    lab.wait(Duration::from_secs(300));
    assert_eq!(lab.read(), Err(Errno::TimedOut));
}

#[test]
fn the_probed_octet_may_be_taken() {
    let mut lab = lab();
    lab.window = 0;
    lab.send(".", 1, 1, &[]);
    lab.write(100);
    lab.wait(ms(1_000));
    lab.window = 20_000;
    lab.send(".", 1, 2, &[]);
    assert_eq!(lab.lines(), ["P. 2+99"]);
}

#[test]
fn a_window_that_opens_a_little_is_still_silly() {
    let mut lab = lab();
    lab.window = 0;
    lab.send(".", 1, 1, &[]);
    lab.write(3_000);
    lab.wait(ms(1_000));
    lab.window = 5;
    lab.send(".", 1, 1, &[]);
    assert_eq!(lab.wait(ms(600)), [(500, ". 1+5".to_owned())]);
}

#[test]
fn a_fin_alone_is_probed_too() {
    let mut lab = lab();
    lab.window = 0;
    lab.send(".", 1, 1, &[]);
    lab.conn.close(lab.now);
    assert_eq!(lab.wait(ms(1_500)), [(1_000, "F. 1".to_owned())]);
    lab.send(".", 1, 2, &[]);
    assert_eq!(lab.state(), crate::tcp::State::FinWait2);
}

#[test]
fn a_window_that_shrinks_holds_new_text_and_not_old() {
    let mut lab = lab();
    lab.write(5_000);
    assert_eq!(lab.lines().len(), 5);
    // The peer takes window back: 1000 acknowledged, 1000 left, 3000 of what is out there lies beyond.
    lab.window = 1_000;
    lab.send(".", 1, 1_001, &[]);
    lab.write(1_000);
    let sent = lab.wait(ms(1_500));
    assert_eq!(sent, [(1_000, ". 1001+1000".to_owned())]);
    lab.send(".", 1, 5_001, &[]);
    assert_eq!(lab.lines(), ["P. 5001+1000"]);
}

#[test]
fn send_takes_what_fits_and_says_when_full() {
    let mut lab = Lab::established(TcpConfig { send_buffer: 3_000, ..plain() });
    lab.window = 0;
    lab.send(".", 1, 1, &[]);
    assert_eq!(lab.conn.send(lab.now, &[0; 5_000]), Ok(3_000));
    assert_eq!(lab.conn.send(lab.now, &[0; 5_000]), Err(Errno::WouldBlock));
    assert!(!lab.conn.writable());
}
