//! The figures of RFC 9293: 6 to 11 (opening, half-open connections) here, 12 and 13 in `closing`.

use pretty_assertions::assert_eq;

use super::{IRS, ISS, Lab, MTU, drain, plain, segment, tuple};
use crate::errno::Errno;
use crate::fault::FaultSet;
use crate::seq::SeqNumber;
use crate::tcp::{Connection, ListenDecision, State, closed_reply, listen_decision};
use crate::wire::tcp::{TcpFlags, TcpOptions};

#[test]
fn figure_6_three_way_handshake_active_side() {
    let mut lab = Lab::connect(plain());
    assert_eq!(lab.state(), State::SynSent);
    assert_eq!(lab.lines(), ["S 0"]);
    lab.send("S.", 0, 1, &[]);
    assert_eq!(lab.state(), State::Established);
    let ack = lab.take();
    assert_eq!(ack.len(), 1);
    assert_eq!((ack[0].repr.seq.0, ack[0].repr.ack.0), (ISS + 1, IRS + 1));
    lab.write(10);
    let data = lab.take();
    assert_eq!((data[0].repr.seq.0, data[0].repr.ack.0, data[0].text.len()), (ISS + 1, IRS + 1, 10));
}

#[test]
fn figure_6_passive_side() {
    let mut lab = Lab::accept(plain(), TcpOptions::EMPTY);
    assert!(lab.conn.is_half_open());
    let reply = lab.take();
    assert_eq!(reply[0].line(), format!("S. {ISS} {} 0", IRS + 1));
    lab.send(".", 1, 1, &[]);
    assert_eq!(lab.state(), State::Established);
    assert!(lab.lines().is_empty() && lab.conn.writable() && !lab.conn.readable());
}

#[test]
fn figure_7_simultaneous_open() {
    let mut lab = Lab::connect(plain());
    lab.take();
    lab.send("S", 0, 0, &[]);
    assert_eq!(lab.state(), State::SynReceived);
    let reply = lab.take();
    assert_eq!(reply[0].line(), format!("S. {ISS} {} 0", IRS + 1));
    lab.send("S.", 0, 1, &[]);
    assert_eq!(lab.state(), State::Established);
    lab.send(".", 1, 1, b"hello");
    assert_eq!(lab.read().unwrap(), b"hello");
}

#[test]
fn figure_7_with_a_plain_ack() {
    let mut lab = Lab::connect(plain());
    lab.take();
    lab.send("S", 0, 0, &[]);
    lab.take();
    lab.send(".", 1, 1, &[]);
    assert_eq!(lab.state(), State::Established);
}

#[test]
fn figure_8_old_duplicate_syn() {
    // Peer A: the SYN,ACK acknowledges 91 instead of 101.
    let mut lab = Lab::connect(plain());
    lab.take();
    let outcome = lab.send("S.", 0, 0_u32.wrapping_sub(9), &[]);
    let reset = outcome.reply.unwrap();
    assert_eq!((reset.flags, reset.seq.0), (TcpFlags::RST, ISS - 9));
    assert_eq!(lab.state(), State::SynSent);
    // Peer B: the reset brings it back to its listener.
    let mut lab = Lab::accept(plain(), TcpOptions::EMPTY);
    lab.take();
    lab.send("R", 1, 0, &[]);
    assert!(lab.conn.is_closed());
    assert_eq!(lab.conn.take_error(), None);
}

#[test]
fn figure_9_half_open_discovery() {
    // Peer B is synchronized; A reboots and sends a SYN far away from the window.
    let mut b = Lab::established(plain());
    b.send("S", 400_000, 0, &[]);
    let ack = b.take();
    assert_eq!(ack.len(), 1);
    assert_eq!(ack[0].line(), format!(". {} {} 0", ISS + 1, IRS + 1));
    // Peer A in SYN-SENT answers that ACK with a reset, at which B aborts.
    b.send("R", 1, 0, &[]);
    assert!(b.conn.is_closed());
    assert_eq!(b.conn.take_error(), Some(Errno::ConnectionReset));
}

#[test]
fn figure_10_data_to_a_rebooted_peer() {
    let data = segment(TcpFlags::ACK, 300, 100, 10, TcpOptions::EMPTY, &[0; 10]);
    let reset = closed_reply(&data, &tuple(), &FaultSet::NONE).unwrap();
    assert_eq!((reset.flags, reset.seq, reset.src_port), (TcpFlags::RST, SeqNumber(100), 4_000));
}

#[test]
fn figure_11_two_passive_sockets() {
    let syn_ack = segment(TcpFlags::SYN_ACK, 7, 78, 10, TcpOptions::EMPTY, &[]);
    let ListenDecision::Reset(reset) = listen_decision(&syn_ack, &tuple(), &FaultSet::NONE) else { panic!() };
    assert_eq!((reset.flags, reset.seq), (TcpFlags::RST, SeqNumber(78)));
}

#[test]
fn closed_answers_with_acceptable_resets() {
    let reply = |flags, text: &[u8]| {
        closed_reply(&segment(flags, 300, 100, 10, TcpOptions::EMPTY, text), &tuple(), &FaultSet::NONE)
    };
    assert_eq!(reply(TcpFlags::RST, &[]), None);
    assert_eq!(reply(TcpFlags::RST_ACK, &[]), None);
    let to_syn = reply(TcpFlags::SYN, &[0; 5]).unwrap();
    assert_eq!((to_syn.flags, to_syn.seq.0, to_syn.ack.0), (TcpFlags::RST_ACK, 0, 306));
    let to_fin = reply(TcpFlags::FIN, &[]).unwrap();
    assert_eq!((to_fin.seq.0, to_fin.ack.0), (0, 301));
}

#[test]
fn a_listener_takes_only_syns() {
    let decide = |flags| listen_decision(&segment(flags, 1, 2, 3, TcpOptions::EMPTY, &[]), &tuple(), &FaultSet::NONE);
    assert_eq!(decide(TcpFlags::SYN), ListenDecision::Syn);
    assert!(matches!(decide(TcpFlags::RST), ListenDecision::Drop(_)));
    assert!(matches!(decide(TcpFlags::FIN), ListenDecision::Drop(_)));
    assert!(matches!(decide(TcpFlags::ACK), ListenDecision::Reset(_)));
    assert!(matches!(decide(TcpFlags::SYN | TcpFlags::RST), ListenDecision::Drop(_)));
}

#[test]
fn syn_sent_takes_a_reset_only_with_an_acceptable_ack() {
    let mut lab = Lab::connect(plain());
    lab.take();
    lab.send("R", 0, 0, &[]);
    lab.send("R.", 0, 0, &[]);
    lab.send("R.", 0, 2, &[]);
    assert_eq!(lab.state(), State::SynSent);
    lab.send("R.", 0, 1, &[]);
    assert!(lab.conn.is_closed());
    assert_eq!(lab.read(), Err(Errno::ConnectionRefused));
    assert_eq!(lab.read(), Ok(Vec::new()));
}

#[test]
fn text_on_a_syn_is_kept_until_the_handshake_is_over() {
    let syn = segment(TcpFlags::SYN, IRS, 0, 20_000, TcpOptions::EMPTY, b"early");
    let config = std::sync::Arc::new(plain());
    let now = crate::time::Instant::ZERO;
    let mut conn = Connection::accept(config, now, tuple(), SeqNumber(ISS), MTU, &syn);
    let reply = drain(&mut conn, now);
    assert_eq!(reply[0].repr.ack.0, IRS + 6);
    let mut out = [0; 10];
    assert_eq!(conn.recv(now, &mut out), Err(Errno::WouldBlock));
    conn.handle_segment(now, &segment(TcpFlags::ACK, IRS + 6, ISS + 1, 100, TcpOptions::EMPTY, b"later"));
    assert_eq!(conn.recv(now, &mut out), Ok(10));
    assert_eq!(&out, b"earlylater");
}

#[test]
fn text_on_a_syn_ack_is_taken_at_once() {
    let mut lab = Lab::connect(plain());
    lab.take();
    lab.send("S.", 0, 1, b"banner");
    assert_eq!(lab.read().unwrap(), b"banner");
    assert_eq!(lab.take()[0].repr.ack.0, IRS + 7);
}

#[test]
fn a_repeated_syn_gets_the_syn_ack_again() {
    let mut lab = Lab::accept(plain(), TcpOptions::EMPTY);
    assert_eq!(lab.lines(), ["S. 0"]);
    lab.send("S", 0, 0, &[]);
    assert_eq!(lab.lines(), ["S. 0"]);
    assert_eq!(lab.state(), State::SynReceived);
}

#[test]
fn syn_received_resets_a_bad_ack() {
    let mut lab = Lab::accept(plain(), TcpOptions::EMPTY);
    lab.take();
    for bad in [0, 2] {
        let reply = lab.send(".", 1, bad, &[]).reply.unwrap();
        assert_eq!((reply.flags, reply.seq.0), (TcpFlags::RST, ISS + bad));
    }
    assert_eq!(lab.state(), State::SynReceived);
}

#[test]
fn a_fin_on_a_syn_is_taken_after_the_handshake() {
    let syn = segment(TcpFlags::SYN | TcpFlags::FIN, IRS, 0, 20_000, TcpOptions::EMPTY, b"all");
    let now = crate::time::Instant::ZERO;
    let mut conn = Connection::accept(plain().into(), now, tuple(), SeqNumber(ISS), MTU, &syn);
    assert_eq!(drain(&mut conn, now)[0].repr.ack.0, IRS + 4);
    conn.handle_segment(now, &segment(TcpFlags::ACK, IRS + 4, ISS + 1, 100, TcpOptions::EMPTY, &[]));
    assert_eq!(conn.state(), State::CloseWait);
    assert_eq!(drain(&mut conn, now)[0].repr.ack.0, IRS + 5);
}
