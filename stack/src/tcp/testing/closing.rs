//! Closing: figures 12 and 13, half close, aborts, TIME-WAIT (RFC 9293 3.6, 3.10.4, 3.10.5).

use pretty_assertions::assert_eq;

use super::{IRS, ISS, Lab, plain, segment};
use crate::errno::Errno;
use crate::seq::SeqNumber;
use crate::tcp::{State, TcpConfig};
use crate::time::Duration;
use crate::wire::tcp::{TcpFlags, TcpOption, TcpOptions};

#[test]
fn figure_12_normal_close_active_side() {
    let mut lab = Lab::established(plain());
    lab.conn.close(lab.now);
    assert_eq!((lab.state(), lab.lines()), (State::FinWait1, vec!["F. 1".to_owned()]));
    lab.send(".", 1, 2, &[]);
    assert_eq!(lab.state(), State::FinWait2);
    lab.send("F.", 1, 2, &[]);
    assert_eq!((lab.state(), lab.lines()), (State::TimeWait, vec![".".to_owned()]));
    assert_eq!(lab.wait(Duration::from_millis(239_999)), []);
    assert_eq!(lab.state(), State::TimeWait);
    lab.wait(Duration::from_millis(1));
    assert!(lab.conn.is_closed());
    assert_eq!(lab.conn.take_error(), None);
}

#[test]
fn figure_12_passive_side() {
    let mut lab = Lab::established(plain());
    lab.send("F.", 1, 1, b"bye");
    assert_eq!((lab.state(), lab.lines()), (State::CloseWait, vec![".".to_owned()]));
    assert_eq!(lab.read().unwrap(), b"bye");
    assert_eq!(lab.read(), Ok(Vec::new()));
    lab.write(5);
    lab.conn.close(lab.now);
    assert_eq!((lab.state(), lab.lines()), (State::LastAck, vec!["FP. 1+5".to_owned()]));
    lab.send(".", 5, 7, &[]);
    assert!(lab.conn.is_closed());
}

#[test]
fn figure_13_simultaneous_close() {
    let mut lab = Lab::established(plain());
    lab.conn.shutdown_write(lab.now).unwrap();
    lab.take();
    lab.send("F.", 1, 1, &[]);
    assert_eq!(lab.state(), State::Closing);
    let ack = lab.take();
    assert_eq!(ack[0].line(), format!(". {} {} 0", ISS + 2, IRS + 2));
    lab.send(".", 2, 2, &[]);
    assert_eq!(lab.state(), State::TimeWait);
}

#[test]
fn fin_and_ack_of_our_fin_in_one_segment() {
    let mut lab = Lab::established(plain());
    lab.conn.shutdown_write(lab.now).unwrap();
    lab.take();
    lab.send("F.", 1, 2, &[]);
    assert_eq!(lab.state(), State::TimeWait);
}

#[test]
fn half_close_still_receives() {
    let mut lab = Lab::established(plain());
    lab.conn.shutdown_write(lab.now).unwrap();
    assert_eq!(lab.conn.send(lab.now, b"x"), Err(Errno::BrokenPipe));
    lab.take();
    lab.send(".", 1, 2, b"still here");
    assert_eq!((lab.state(), lab.read().unwrap()), (State::FinWait2, b"still here".to_vec()));
}

#[test]
fn queued_text_goes_before_the_fin() {
    let mut lab = Lab::established(plain());
    lab.write(2_500);
    lab.conn.close(lab.now);
    assert_eq!(lab.lines(), [". 1+1000", ". 1001+1000", "FP. 2001+500"]);
}

#[test]
fn close_with_unread_text_resets() {
    let mut lab = Lab::established(plain());
    lab.send(".", 1, 1, b"unread");
    lab.conn.close(lab.now);
    assert!(!lab.conn.is_closed());
    assert_eq!((lab.lines(), lab.conn.is_closed()), (vec!["R 1".to_owned()], true));
}

#[test]
fn text_after_close_resets() {
    let mut lab = Lab::established(plain());
    lab.conn.close(lab.now);
    lab.take();
    lab.send(".", 1, 2, &[]);
    let reply = lab.send(".", 1, 2, b"late").reply.unwrap();
    assert_eq!((reply.flags, reply.seq.0), (TcpFlags::RST, ISS + 2));
    assert!(lab.conn.is_closed());
}

#[test]
fn abort_sends_a_reset_at_snd_nxt() {
    let mut lab = Lab::established(plain());
    lab.write(10);
    lab.take();
    lab.conn.abort(lab.now);
    assert_eq!(lab.lines(), ["R 11"]);
    assert!(lab.conn.is_closed());
    let mut lab = Lab::connect(plain());
    lab.take();
    lab.conn.abort(lab.now);
    assert!(lab.lines().is_empty() && lab.conn.is_closed());
}

#[test]
fn close_in_syn_received_sends_the_fin() {
    let mut lab = Lab::accept(plain(), TcpOptions::EMPTY);
    lab.take();
    lab.conn.close(lab.now);
    assert_eq!((lab.state(), lab.lines()), (State::FinWait1, vec!["F. 1".to_owned()]));
    lab.send(".", 1, 2, &[]);
    assert_eq!(lab.state(), State::FinWait2);
}

#[test]
fn close_in_syn_received_with_text_waits_for_the_handshake() {
    let mut lab = Lab::accept(plain(), TcpOptions::EMPTY);
    lab.take();
    lab.write(5);
    lab.conn.close(lab.now);
    assert_eq!((lab.state(), lab.lines().len()), (State::SynReceived, 0));
    lab.send(".", 1, 1, &[]);
    assert_eq!((lab.state(), lab.lines()), (State::FinWait1, vec!["FP. 1+5".to_owned()]));
}

#[test]
fn a_repeated_fin_restarts_time_wait() {
    let mut lab = Lab::established(TcpConfig { msl: Duration::from_secs(10), ..plain() });
    lab.conn.close(lab.now);
    lab.take();
    lab.send("F.", 1, 2, &[]);
    lab.take();
    lab.wait(Duration::from_secs(15));
    lab.send("F.", 1, 2, &[]);
    assert_eq!(lab.lines(), ["."]);
    lab.wait(Duration::from_millis(10_000));
    // A FIN that is not the peer's restarts nothing.
    lab.send("F.", 50_000, 2, &[]);
    lab.wait(Duration::from_millis(9_999));
    assert_eq!(lab.state(), State::TimeWait);
    lab.wait(Duration::from_millis(1));
    assert!(lab.conn.is_closed());
}

#[test]
fn a_fin_above_a_gap_is_taken_when_the_gap_is_filled() {
    let mut lab = Lab::established(plain());
    lab.send("F.", 4, 1, b"def");
    assert_eq!((lab.state(), lab.lines()), (State::Established, vec![".".to_owned()]));
    lab.send(".", 1, 1, b"abc");
    assert_eq!(lab.state(), State::CloseWait);
    assert_eq!((lab.take()[0].repr.ack.0, lab.read().unwrap()), (IRS + 8, b"abcdef".to_vec()));
}

#[test]
fn which_syn_may_follow_time_wait() {
    let time_wait = |timestamps: bool| {
        let mut lab = if timestamps {
            let config = TcpConfig { timestamps: true, ..plain() };
            let lab = Lab::established_with(config, &[TcpOption::Timestamps { value: 700, echo: 0 }]);
            Lab { options: TcpOptions::timestamps(700, 0), ..lab }
        } else {
            Lab::established(plain())
        };
        lab.conn.close(lab.now);
        lab.take();
        lab.send("F.", 1, 2, &[]);
        assert_eq!(lab.state(), State::TimeWait);
        lab.conn
    };
    let syn = |seq: u32, value: Option<u32>| {
        let options = value.map_or(TcpOptions::EMPTY, |value| TcpOptions::timestamps(value, 0));
        segment(TcpFlags::SYN, IRS + seq, 0, 1_000, options, &[])
    };
    // The peer's FIN had number 1.
    let old = time_wait(true);
    assert!(old.may_reuse_time_wait(&syn(0, Some(701))));
    assert!(old.may_reuse_time_wait(&syn(2, Some(700))));
    assert!(!old.may_reuse_time_wait(&syn(1, Some(700))));
    assert!(!old.may_reuse_time_wait(&syn(9, Some(699))));
    assert!(old.may_reuse_time_wait(&syn(2, None)));
    assert!(!old.may_reuse_time_wait(&syn(1, None)));
    let old = time_wait(false);
    assert!(old.may_reuse_time_wait(&syn(2, None)));
    assert!(!old.may_reuse_time_wait(&syn(1, None)));
    let not_a_syn = segment(TcpFlags::SYN_ACK, IRS + 9, 0, 1, TcpOptions::EMPTY, &[]);
    assert!(!old.may_reuse_time_wait(&not_a_syn));
    assert_eq!(old.info().rcv_nxt, SeqNumber(IRS + 2));
}
