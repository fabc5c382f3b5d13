//! Acceptance of segments: table 6, resets, SYNs, ACKs, PAWS (RFC 9293 3.10.7.4, RFC 5961, RFC 7323 5).

use pretty_assertions::assert_eq;

use super::{IRS, ISS, Lab, plain};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::tcp::{State, TcpConfig};
use crate::time::Duration;
use crate::wire::tcp::{TcpFlags, TcpOption, TcpOptions};

/// ESTABLISHED with a receive window of exactly 10,000 from the peer's octet 1 on.
fn lab() -> Lab {
    Lab::established(plain())
}

#[test]
fn table_6_with_an_open_window() {
    for (seq, len, acceptable) in [
        (0, 0, false),
        (1, 0, true),
        (10_000, 0, true),
        (10_001, 0, false),
        (0, 1, false),
        (0, 2, true),
        (10_000, 5, true),
        (10_001, 5, false),
        (u32::MAX, 1, false),
    ] {
        let outcome = lab().send(".", seq, 1, &vec![0; len]);
        let expected = (!acceptable).then_some(DropReason::OutsideWindow);
        assert_eq!(outcome.dropped, expected, "seq {seq} len {len}");
    }
}

#[test]
fn unacceptable_segments_get_an_ack_and_resets_do_not() {
    let mut lab = lab();
    lab.send(".", 20_000, 1, b"far");
    let ack = lab.take();
    assert_eq!(ack[0].line(), format!(". {} {} 0", ISS + 1, IRS + 1));
    lab.send("R", 20_000, 1, &[]);
    lab.send("R", 0, 1, &[]);
    assert_eq!((lab.lines().len(), lab.state()), (0, State::Established));
}

#[test]
fn a_closed_window_still_takes_ack_urg_and_rst() {
    let mut lab = lab();
    for at in 0..10 {
        lab.send(".", 1 + at * 1_000, 1, &[7; 1_000]);
    }
    assert_eq!(lab.take().last().unwrap().repr.window, 0);
    lab.write(5);
    lab.take();
    let outcome = lab.send_urgent("U.", 10_001, 6, 1, b"!");
    assert_eq!(outcome.dropped, None);
    assert_eq!((lab.conn.unacknowledged(), lab.conn.take_urgent_news()), (0, true));
    assert_eq!((lab.lines(), lab.conn.unread()), (vec![".".to_owned()], 10_000));
    lab.send("R", 10_001, 0, &[]);
    assert!(lab.conn.is_closed());
}

#[test]
fn resets_in_the_window_are_challenged_and_exact_ones_work() {
    let mut lab = lab();
    for seq in [2, 500, 10_000] {
        lab.send("R", seq, 0, &[]);
        assert_eq!(lab.lines(), ["."], "{seq}");
    }
    lab.send("R", 1, 0, &[]);
    assert_eq!(lab.read(), Err(Errno::ConnectionReset));
    assert!(lab.conn.is_closed());
}

#[test]
fn a_syn_is_challenged_wherever_it_is() {
    for seq in [0, 1, 5_000, 60_000] {
        let mut lab = lab();
        lab.send("S", seq, 0, &[]);
        assert_eq!((lab.lines(), lab.state()), (vec![".".to_owned()], State::Established), "{seq}");
    }
}

#[test]
fn challenge_acks_are_limited() {
    let mut lab = lab();
    for _ in 0..30 {
        lab.send("R", 5, 0, &[]);
    }
    let mut count = lab.take().len();
    for _ in 0..30 {
        lab.send("S", 5, 0, &[]);
        count += lab.take().len();
    }
    // One ACK for the first burst, then what is left of ten.
    assert!(count <= 10, "{count}");
    lab.now += Duration::from_secs(5);
    lab.send("R", 5, 0, &[]);
    assert_eq!(lab.lines(), ["."]);
}

#[test]
fn acks_out_of_range_are_answered_and_drop_the_segment() {
    let mut lab = lab();
    lab.send(".", 1, 2, b"ack of the unsent");
    assert_eq!((lab.lines(), lab.conn.unread()), (vec![".".to_owned()], 0));
    // MAX.SND.WND is 20,000: one more is too old, exactly that is not.
    lab.send(".", 1, 1_u32.wrapping_sub(20_001), b"too old");
    assert_eq!((lab.lines(), lab.conn.unread()), (vec![".".to_owned()], 0));
    lab.send(".", 1, 1_u32.wrapping_sub(20_000), b"old");
    assert_eq!(lab.conn.unread(), 3);
}

#[test]
fn segments_without_ack_are_dropped() {
    let mut lab = lab();
    let outcome = lab.send("", 1, 1, b"text");
    assert_eq!((outcome.dropped, lab.conn.unread()), (Some(DropReason::UnacceptableAck), 0));
}

#[test]
fn overlapping_text_is_trimmed_on_both_sides() {
    let mut lab = lab();
    lab.send(".", 1, 1, b"abcdef");
    lab.send(".", 4, 1, b"defghi");
    assert_eq!(lab.read().unwrap(), b"abcdefghi");
    let mut lab = Lab::established(TcpConfig { receive_buffer: 6, ..plain() });
    lab.send("F.", 1, 1, b"12345678");
    assert_eq!((lab.read().unwrap(), lab.state()), (b"123456".to_vec(), State::Established));
}

#[test]
fn options_may_come_in_any_segment_and_unknown_ones_are_ignored() {
    let mut lab = lab();
    lab.options = TcpOptions::from_bytes(&[99, 4, 1, 2, 3, 3, 14, 2, 4, 0, 9]).unwrap();
    lab.send(".", 1, 1, b"x");
    assert_eq!(lab.read().unwrap(), b"x");
    // A window scale outside of a SYN is ignored.
    assert_eq!(lab.conn.info().snd_wnd, 20_000);
}

fn with_timestamps() -> Lab {
    let config = TcpConfig { timestamps: true, ..plain() };
    let lab = Lab::established_with(config, &[TcpOption::Timestamps { value: 1_000, echo: 0 }]);
    Lab { options: TcpOptions::timestamps(1_000, 0), ..lab }
}

#[test]
fn paws_drops_old_segments_with_an_ack() {
    let mut lab = with_timestamps();
    lab.options = TcpOptions::timestamps(999, 0);
    let outcome = lab.send(".", 1, 1, b"old");
    assert_eq!((outcome.dropped, lab.lines()), (Some(DropReason::OldTimestamp), vec![".".to_owned()]));
    lab.options = TcpOptions::EMPTY;
    assert_eq!(lab.send(".", 1, 1, b"none").dropped, Some(DropReason::MissingTimestamp));
    lab.options = TcpOptions::timestamps(1_000, 0);
    lab.send(".", 1, 1, b"good");
    assert_eq!(lab.read().unwrap(), b"good");
    // Resets are exempt.
    lab.options = TcpOptions::timestamps(1, 0);
    lab.send("R", 5, 0, &[]);
    assert!(lab.conn.is_closed());
}

#[test]
fn the_echo_is_the_earliest_unacknowledged_timestamp() {
    let mut lab = with_timestamps();
    for (seq, value) in [(1, 1_010), (2, 1_020)] {
        lab.options = TcpOptions::timestamps(value, 0);
        lab.send(".", seq, 1, b"x");
    }
    let echo = |lab: &mut Lab| lab.sent_within(Duration::from_millis(200))[0].options().timestamps.unwrap().1;
    assert_eq!(echo(&mut lab), 1_010);
    // Above a gap: still that of the segment which last advanced the edge.
    lab.options = TcpOptions::timestamps(1_030, 0);
    lab.send(".", 10, 1, b"x");
    assert_eq!(echo(&mut lab), 1_010);
    lab.options = TcpOptions::timestamps(1_040, 0);
    lab.send(".", 3, 1, &[0; 7]);
    assert_eq!(echo(&mut lab), 1_040);
}

#[test]
fn a_segment_from_before_the_last_ack_updates_the_echo_even_if_its_start_is_old() {
    let mut lab = with_timestamps();
    lab.send(".", 1, 1, b"abcd");
    lab.options = TcpOptions::timestamps(1_050, 0);
    lab.send(".", 1, 1, b"abcdef");
    assert_eq!(lab.sent_within(Duration::from_millis(200))[0].options().timestamps.unwrap().1, 1_050);
}

#[test]
fn resets_carry_timestamps() {
    let mut lab = with_timestamps();
    lab.conn.close(lab.now);
    lab.take();
    let reply = lab.send(".", 1, 2, b"late").reply.unwrap();
    assert_eq!(reply.options.decode().timestamps, Some((0, 1_000)));
    let mut lab = with_timestamps();
    lab.conn.abort(lab.now);
    let reset = lab.take();
    assert_eq!(reset[0].repr.flags, TcpFlags::RST);
    assert!(reset[0].options().timestamps.is_some());
}
