//! Retransmission: exact times of RFC 6298, Karn's algorithm, R1 and R2, the user timeout.

use pretty_assertions::assert_eq;

use super::{Lab, plain};
use crate::errno::Errno;
use crate::tcp::{State, TcpConfig};
use crate::time::Duration;
use crate::wire::tcp::{TcpOption, TcpOptions};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn lines(times: &[u64], line: &str) -> Vec<(u64, String)> {
    times.iter().map(|at| (*at, line.to_owned())).collect()
}

#[test]
fn a_syn_is_repeated_with_back_off_for_three_minutes() {
    let mut lab = Lab::connect(plain());
    let sent = lab.wait(Duration::from_secs(400));
    assert_eq!(sent, lines(&[0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000], "S 0"));
    assert!(lab.conn.is_closed());
    assert_eq!(lab.read(), Err(Errno::TimedOut));
}

#[test]
fn so_is_a_syn_ack() {
    let mut lab = Lab::accept(plain(), TcpOptions::EMPTY);
    let sent = lab.wait(Duration::from_secs(10));
    assert_eq!(sent, lines(&[0, 1_000, 3_000, 7_000], "S. 0"));
}

#[test]
fn text_is_repeated_with_back_off_until_r2() {
    let mut lab = Lab::established(plain());
    lab.write(100);
    let sent = lab.wait(Duration::from_secs(300));
    assert_eq!(sent, lines(&[0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000], "P. 1+100"));
    assert_eq!((lab.state(), lab.read()), (State::Closed, Err(Errno::TimedOut)));
}

#[test]
fn r1_gives_advice_once() {
    let mut lab = Lab::established(plain());
    lab.write(100);
    lab.wait(ms(6_999));
    assert!(!lab.conn.take_negative_advice());
    lab.wait(ms(1));
    assert!(lab.conn.take_negative_advice() && !lab.conn.take_negative_advice());
}

#[test]
fn the_rto_follows_the_measurements() {
    let mut lab = Lab::connect(plain());
    lab.take();
    lab.now += ms(600);
    lab.send("S.", 0, 1, &[]);
    lab.take();
    // R = 600: SRTT = 600, RTTVAR = 300, RTO = 1800.
    assert_eq!(lab.conn.info().rto, ms(1_800));
    lab.write(10);
    lab.take();
    lab.now += ms(1_000);
    lab.send(".", 1, 11, &[]);
    // R' = 1000: RTTVAR = 3/4 * 300 + 1/4 * 400 = 325, SRTT = 7/8 * 600 + 1/8 * 1000 = 650, RTO = 1950.
    let info = lab.conn.info();
    assert_eq!((info.srtt, info.rttvar, info.rto), (Some(ms(650)), Some(ms(325)), ms(1_950)));
}

#[test]
fn the_timer_restarts_when_new_text_is_acknowledged() {
    let mut lab = Lab::established(plain());
    lab.write(2_000);
    assert_eq!(lab.lines().len(), 2);
    lab.wait(ms(600));
    lab.send(".", 1, 1_001, &[]);
    // (5.3): one RTO of 1 s from here.
    assert_eq!(lab.wait(ms(1_500)), [(1_000, "P. 1001+1000".to_owned())]);
}

#[test]
fn karn_no_measurement_from_a_repeated_segment_and_the_back_off_stays() {
    let mut lab = Lab::established(plain());
    let before = lab.conn.info();
    lab.write(10);
    lab.wait(ms(2_000));
    lab.send(".", 1, 11, &[]);
    let after = lab.conn.info();
    assert_eq!((after.srtt, after.rto), (before.srtt, ms(2_000)));
    // The next segment that is sent once ends the back-off.
    lab.write(10);
    lab.take();
    lab.send(".", 1, 21, &[]);
    assert_eq!(lab.conn.info().rto, ms(1_000));
}

#[test]
fn timestamps_measure_repeated_segments() {
    let config = TcpConfig { timestamps: true, ..plain() };
    let mut lab = Lab::established_with(config, &[TcpOption::Timestamps { value: 5, echo: 0 }]);
    lab.options = TcpOptions::timestamps(5, 0);
    lab.write(10);
    let sent = lab.sent_within(ms(1_500));
    let value = sent[1].options().timestamps.unwrap().0;
    assert_ne!(sent[0].options().timestamps.unwrap().0, value);
    lab.options = TcpOptions::timestamps(6, value);
    lab.send(".", 1, 11, &[]);
    // The repeated segment went out at 1000 ms and is acknowledged at 1500 ms: R' = 500, and no back-off.
    let info = lab.conn.info();
    assert!(info.srtt.unwrap() > ms(50) && info.srtt.unwrap() < ms(100), "{:?}", info.srtt);
    assert_eq!(info.rto, ms(1_000));
}

#[test]
fn a_lost_syn_means_three_seconds_and_one_segment() {
    let mut lab = Lab::connect(plain());
    lab.wait(ms(1_500));
    lab.options = TcpOptions::from_options(&[TcpOption::MaxSegmentSize(1_000)]).unwrap();
    lab.send("S.", 0, 1, &[]);
    lab.options = TcpOptions::EMPTY;
    lab.take();
    assert_eq!(lab.conn.info().rto, ms(3_000));
    lab.write(5_000);
    assert_eq!(lab.lines(), [". 1+1000"]);
}

#[test]
fn the_user_timeout_ends_the_connection_exactly() {
    let mut lab = Lab::established(plain());
    lab.conn.set_user_timeout(lab.now, Some(Duration::from_secs(5)));
    lab.wait(Duration::from_secs(60));
    lab.write(10);
    lab.wait(ms(4_999));
    assert_eq!(lab.state(), State::Established);
    lab.wait(ms(1));
    assert_eq!(lab.read(), Err(Errno::TimedOut));
}

#[test]
fn a_fin_is_retransmitted_and_gives_up_like_text() {
    let mut lab = Lab::established(plain());
    lab.conn.close(lab.now);
    assert_eq!(lab.wait(Duration::from_secs(5)), lines(&[0, 1_000, 3_000], "F. 1"));
    lab.wait(Duration::from_secs(200));
    assert!(lab.conn.is_closed());
}

#[test]
fn after_a_timeout_everything_is_sent_again_by_slow_start() {
    let mut lab = Lab::established(plain());
    lab.write(4_000);
    assert_eq!(lab.lines().len(), 4);
    assert_eq!(lab.wait(ms(1_000)), lines(&[1_000], ". 1+1000"));
    lab.send(".", 1, 1_001, &[]);
    assert_eq!(lab.lines(), [". 1001+1000", ". 2001+1000"]);
    // An ACK of everything, because only the first was lost, leaves nothing to repeat.
    lab.send(".", 1, 4_001, &[]);
    assert!(lab.wait(Duration::from_secs(10)).is_empty());
}

#[test]
fn small_segments_are_repacked() {
    let mut lab = Lab::established(TcpConfig { nodelay: true, ..plain() });
    for _ in 0..3 {
        lab.write(100);
        lab.take();
    }
    assert_eq!(lab.wait(ms(1_000)), lines(&[1_000], "P. 1+300"));
}
