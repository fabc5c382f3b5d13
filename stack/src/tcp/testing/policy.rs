//! Options of the SYN, MSS, path MTU, ICMP, keep-alive, urgent data.

use pretty_assertions::assert_eq;

use super::{IRS, ISS, Lab, MTU, plain, tuple};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::seq::SeqNumber;
use crate::tcp::{Connection, IcmpEvent, KeepAliveConfig, State, TcpConfig};
use crate::time::{Duration, Instant};
use crate::wire::tcp::{TcpFlags, TcpOption, TcpOptions};

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn a_syn_offers_everything_and_a_syn_ack_what_was_offered() {
    let mut lab = Lab::connect(TcpConfig { receive_buffer: 1 << 20, ..TcpConfig::default() });
    let syn = lab.take().remove(0);
    let options = syn.options();
    assert_eq!((options.max_segment_size, options.window_scale, options.sack_permitted), (Some(1_000), Some(5), true));
    assert_eq!((options.timestamps.unwrap().1, syn.repr.window), (0, 65_535));
    let mut lab = Lab::accept(TcpConfig::default(), TcpOptions::EMPTY);
    let options = lab.take()[0].options();
    assert_eq!(options.max_segment_size, Some(1_000));
    assert_eq!((options.window_scale, options.sack_permitted, options.timestamps), (None, false, None));
    let offered = TcpOptions::from_options(&[TcpOption::WindowScale(3), TcpOption::SackPermitted]).unwrap();
    let mut lab = Lab::accept(TcpConfig::default(), offered);
    let options = lab.take()[0].options();
    assert_eq!((options.window_scale, options.sack_permitted, options.timestamps), (Some(3), true, None));
}

#[test]
fn windows_are_scaled_outside_of_syns() {
    let config = TcpConfig { receive_buffer: 1 << 20, window_scale: true, ..plain() };
    let mut lab = Lab::connect(config);
    lab.take();
    lab.options = TcpOptions::from_options(&[TcpOption::WindowScale(2)]).unwrap();
    lab.send("S.", 0, 1, &[]);
    lab.options = TcpOptions::EMPTY;
    assert_eq!(lab.conn.info().snd_wnd, 20_000);
    assert_eq!(lab.take()[0].repr.window, 32_768);
    lab.send(".", 1, 1, &[]);
    assert_eq!(lab.conn.info().snd_wnd, 80_000);
}

#[test]
fn the_send_mss_is_the_smaller_of_peer_and_path() {
    let mss = |option: Option<u16>, timestamps: bool| {
        let config = TcpConfig { timestamps, ..plain() };
        let mut options: Vec<_> = option.map(TcpOption::MaxSegmentSize).into_iter().collect();
        options.extend(timestamps.then_some(TcpOption::Timestamps { value: 1, echo: 0 }));
        Lab::established_with(config, &options).conn.info().snd_mss
    };
    assert_eq!((mss(None, false), mss(Some(600), false), mss(Some(9_000), false)), (536, 600, 1_000));
    assert_eq!((mss(None, true), mss(Some(600), true), mss(Some(1), false)), (524, 588, 48));
    let tuple = crate::tcp::FourTuple::new("[2001:db8::1]:1".parse().unwrap(), "[2001:db8::2]:2".parse().unwrap());
    let conn = Connection::connect(plain().into(), Instant::ZERO, tuple, SeqNumber(1), 1_500);
    assert_eq!((conn.info().rcv_mss, conn.info().snd_mss), (1_440, 1_220));
}

#[test]
fn a_smaller_path_mtu_sends_again_in_smaller_segments() {
    let mut lab = Lab::established(plain());
    lab.write(2_000);
    assert_eq!(lab.lines().len(), 2);
    let cwnd = lab.conn.info().cwnd;
    lab.conn.handle_icmp(lab.now, IcmpEvent::PacketTooBig { mtu: 576 }, SeqNumber(ISS + 1));
    assert_eq!(lab.lines(), [". 1+536", ". 537+536", ". 1073+536", "P. 1609+392"]);
    assert!(lab.conn.info().cwnd < cwnd);
    // Not a smaller one, and not about something outstanding: ignored.
    for (mtu, seq) in [(1_500, 1), (300, 5_000)] {
        let event = IcmpEvent::PacketTooBig { mtu };
        assert_eq!(lab.conn.handle_icmp(lab.now, event, SeqNumber(ISS + seq)), Some(DropReason::IcmpIgnored));
    }
}

#[test]
fn soft_errors_are_remembered_and_hard_ones_abort() {
    let mut lab = Lab::established(plain());
    lab.write(10);
    lab.take();
    let soft = IcmpEvent::Soft(Errno::HostUnreachable);
    lab.conn.handle_icmp(lab.now, soft, SeqNumber(ISS + 1));
    assert_eq!(lab.state(), State::Established);
    lab.wait(secs(300));
    assert_eq!(lab.read(), Err(Errno::HostUnreachable));
    let mut lab = Lab::connect(plain());
    lab.take();
    let hard = IcmpEvent::Hard(Errno::ConnectionRefused);
    assert_eq!(lab.conn.handle_icmp(lab.now, hard, SeqNumber(ISS + 1)), Some(DropReason::IcmpIgnored));
    lab.conn.handle_icmp(lab.now, hard, SeqNumber(ISS));
    assert_eq!((lab.state(), lab.read()), (State::Closed, Err(Errno::ConnectionRefused)));
}

#[test]
fn keep_alive_is_off_by_default() {
    let mut lab = Lab::established(plain());
    assert!(lab.wait(secs(100_000)).is_empty());
    assert_eq!(lab.conn.poll_timeout(), None);
}

#[test]
fn keep_alive_probes_after_two_hours_and_gives_up_after_nine() {
    let mut lab = Lab::established(plain());
    lab.conn.set_keep_alive(lab.now, Some(KeepAliveConfig::default()));
    assert!(lab.wait(secs(7_199)).is_empty());
    let probe = lab.sent_within(secs(2)).remove(0);
    assert_eq!((probe.repr.flags, probe.repr.seq.0, probe.text.len()), (TcpFlags::ACK, ISS, 0));
    // An answer begins the two hours anew.
    lab.send(".", 1, 1, &[]);
    assert!(lab.wait(secs(7_198)).is_empty());
    let rest = lab.wait(secs(10 * 75 + 10));
    assert_eq!((rest.len(), rest.last().unwrap().1.as_str()), (10, "R 1"));
    assert_eq!(lab.read(), Err(Errno::TimedOut));
}

#[test]
fn keep_alive_waits_while_something_is_outstanding() {
    let mut lab = Lab::established(plain());
    let settings = KeepAliveConfig { idle: secs(2), interval: secs(1), count: 2 };
    lab.conn.set_keep_alive(lab.now, Some(settings));
    lab.write(10);
    let sent = lab.wait(secs(10));
    assert!(sent.iter().all(|(_, line)| line == "P. 1+10"), "{sent:?}");
}

#[test]
fn probes_of_the_peer_are_answered() {
    let mut lab = Lab::established(plain());
    lab.send(".", 0, 1, &[]);
    assert_eq!(lab.take()[0].repr.ack.0, IRS + 1);
    lab.send(".", 0, 1, &[0]);
    assert_eq!(lab.lines(), ["."]);
}

#[test]
fn urgent_pointers_name_the_octet_behind() {
    let mut lab = Lab::established(plain());
    lab.write(3);
    lab.conn.send_urgent(lab.now, b"!").unwrap();
    let sent = lab.take().remove(0);
    assert_eq!((sent.repr.flags.to_string(), sent.repr.urgent, sent.text.len()), ("P.U".to_owned(), 4, 4));
    lab.send(".", 1, 5, &[]);
    lab.write(1);
    assert_eq!(lab.lines(), ["P. 5+1"]);
}

#[test]
fn urgent_data_out_of_band() {
    let mut lab = Lab::established(plain());
    assert_eq!(lab.conn.recv_urgent(lab.now), Err(Errno::Invalid));
    lab.send_urgent("PU.", 1, 1, 4, b"abc");
    assert!(lab.conn.take_urgent_news() && !lab.conn.take_urgent_news());
    assert_eq!((lab.conn.urgent_remaining(), lab.conn.recv_urgent(lab.now)), (4, Err(Errno::WouldBlock)));
    lab.send(".", 4, 1, b"!def");
    assert_eq!(lab.conn.recv_urgent(lab.now), Ok(b'!'));
    assert_eq!(lab.conn.recv_urgent(lab.now), Err(Errno::Invalid));
    // A read stops at the mark, the next one goes on behind the urgent octet.
    assert_eq!(lab.read().unwrap(), b"abc");
    assert!(lab.conn.at_mark() && lab.conn.readable());
    assert_eq!(lab.read().unwrap(), b"def");
}

#[test]
fn urgent_data_inline() {
    let mut lab = Lab::established(TcpConfig { urgent_inline: true, ..plain() });
    lab.send_urgent("U.", 1, 1, 3, b"abcd");
    assert_eq!((lab.conn.urgent_remaining(), lab.read().unwrap()), (3, b"abcd".to_vec()));
    assert_eq!(lab.conn.urgent_remaining(), 0);
}

#[test]
fn calls_before_and_after_the_connection() {
    let mut conn = Connection::connect(plain().into(), Instant::ZERO, tuple(), SeqNumber(ISS), MTU);
    let now = Instant::ZERO;
    assert_eq!(conn.recv(now, &mut [0; 4]), Err(Errno::WouldBlock));
    assert_eq!(conn.shutdown_write(now), Err(Errno::NotConnected));
    assert_eq!(conn.send(now, b"queued"), Ok(6));
    conn.close(now);
    assert!(conn.is_closed());
    assert_eq!(conn.send(now, b"x"), Err(Errno::BrokenPipe));
    assert_eq!(conn.recv(now, &mut [0; 4]), Ok(0));
}

#[test]
fn text_queued_in_syn_sent_goes_with_the_ack_of_the_handshake() {
    let mut lab = Lab::connect(plain());
    lab.write(5);
    assert_eq!(lab.lines(), ["S 0"]);
    lab.send("S.", 0, 1, &[]);
    assert_eq!(lab.lines(), ["P. 1+5"]);
}

#[test]
fn an_idle_connection_holds_no_buffers() {
    let lab = Lab::established(plain());
    assert_eq!(lab.conn.info().buffer_memory, 0);
    assert!(size_of::<Connection>() <= 600, "{}", size_of::<Connection>());
}
