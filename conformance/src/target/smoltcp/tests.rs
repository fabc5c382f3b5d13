//! The adapter keeps the promises of the trait, and its declarations are what smoltcp does.

use super::*;
use crate::target::testkit::frames::{self, ACK, FIN, RST, SYN, Tcp};
use crate::target::{Errno, ErrnoValue, Family, Link, Shutdown, SocketId, SocketKind, SocketOption, testkit};

#[test]
fn keeps_the_promises_of_the_trait() {
    assert_eq!(testkit::complaints(&mut SmoltcpTarget::new()), Vec::<String>::new());
}

#[test]
fn version_is_the_one_in_the_lock_file() {
    let lock = include_str!("../../../../Cargo.lock");
    let entry = format!("name = \"smoltcp\"\nversion = \"{}\"", profile::VERSION);
    assert!(lock.contains(&entry), "Cargo.lock has another smoltcp than {}", profile::VERSION);
}

#[test]
fn refuses_what_it_did_not_declare() {
    let mut target = SmoltcpTarget::new();
    let mut topology = Topology::default();
    topology.links.push(crate::target::Link::standard(1));
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
    let topology = Topology { forwarding: true, ..Topology::default() };
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
    let topology = Topology { links: Vec::new(), ..Topology::default() };
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
}

/// A target that knows the tester, with its first link.
fn booted() -> (SmoltcpTarget, Link) {
    let mut target = SmoltcpTarget::new();
    let link = Topology::default().links.remove(0);
    target.inject(0, &frames::arp_request(&link)).expect("a frame");
    run(&mut target, Duration::ZERO);
    (target, link)
}

/// The TCP segments that leave within `span`.
fn run(target: &mut SmoltcpTarget, span: Duration) -> Vec<Tcp> {
    let deadline = target.now() + span;
    let mut segments = Vec::new();
    while let Some(frame) = target.next_frame(deadline).expect("the target lives") {
        segments.extend(frames::tcp(&frame.bytes));
    }
    segments
}

fn call(target: &mut SmoltcpTarget, call: Call) -> Outcome {
    target.call(&call).expect("the target lives")
}

fn tcp_socket(target: &mut SmoltcpTarget) -> SocketId {
    match call(target, Call::Socket(Family::Ipv4, SocketKind::Tcp)) {
        Outcome::Socket(id) => id,
        other => panic!("a new socket: {other:?}"),
    }
}

fn listen(target: &mut SmoltcpTarget, link: &Link, backlog: u32) -> SocketId {
    let id = tcp_socket(target);
    assert_eq!(call(target, Call::Bind(id, (link.target_v4.0, 80).into())), Outcome::Done);
    assert_eq!(call(target, Call::Listen(id, backlog)), Outcome::Done);
    id
}

/// Sends a segment of the tester and gives what leaves at once.
fn send(target: &mut SmoltcpTarget, link: &Link, port: u16, seq: u32, ack: u32, flags: u8) -> Vec<Tcp> {
    let tcp = Tcp { ports: (port, 80), seq, ack, flags, data: Vec::new() };
    target.inject(0, &frames::segment(link, false, &tcp)).expect("a frame");
    run(target, Duration::ZERO)
}

/// A handshake from `port`; what the target expects next as SEG.ACK.
fn handshake(target: &mut SmoltcpTarget, link: &Link, port: u16) -> u32 {
    let answers = send(target, link, port, 100, 0, SYN);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].flags, SYN | ACK);
    let ack = answers[0].seq.wrapping_add(1);
    assert_eq!(send(target, link, port, 101, ack, ACK), []);
    ack
}

#[test]
fn the_backlog_is_as_long_as_was_asked_for() {
    let (mut target, link) = booted();
    let listener = listen(&mut target, &link, 2);
    handshake(&mut target, &link, 5001);
    handshake(&mut target, &link, 5002);
    let refused = send(&mut target, &link, 5003, 100, 0, SYN);
    assert!(refused.iter().all(|tcp| tcp.flags & RST != 0) && refused.len() == 1, "{refused:?}");
    for port in [5001, 5002] {
        match call(&mut target, Call::Accept(listener)) {
            Outcome::Accepted(_, peer) => assert_eq!(peer.port(), port),
            other => panic!("accept: {other:?}"),
        }
    }
    assert_eq!(call(&mut target, Call::Accept(listener)), Outcome::Pending);
    handshake(&mut target, &link, 5003);
}

#[test]
fn a_closed_listener_refuses() {
    let (mut target, link) = booted();
    let listener = listen(&mut target, &link, 3);
    handshake(&mut target, &link, 5001);
    assert_eq!(call(&mut target, Call::Close(listener)), Outcome::Done);
    let aborted = run(&mut target, Duration::ZERO);
    assert!(aborted.iter().any(|tcp| tcp.flags & RST != 0 && tcp.ports.1 == 5001), "{aborted:?}");
    let refused = send(&mut target, &link, 5002, 100, 0, SYN);
    assert!(refused.iter().any(|tcp| tcp.flags & RST != 0), "{refused:?}");
}

#[test]
fn failures_have_their_reasons() {
    let (mut target, link) = booted();
    let listener = listen(&mut target, &link, 1);
    let accepted = |target: &mut SmoltcpTarget| match call(target, Call::Accept(listener)) {
        Outcome::Accepted(id, _) => id,
        other => panic!("accept: {other:?}"),
    };
    // A reset by the peer, reported once.
    let ack = handshake(&mut target, &link, 5001);
    let id = accepted(&mut target);
    send(&mut target, &link, 5001, 101, ack, RST | ACK);
    assert_eq!(call(&mut target, Call::Recv(id, 1)), Outcome::Errno(Errno::ConnectionReset));
    assert_eq!(call(&mut target, Call::State(id)), Outcome::State("CLOSED"));
    assert_eq!(call(&mut target, Call::Send(id, vec![1])), Outcome::Errno(Errno::BrokenPipe));
    // A user timeout.
    handshake(&mut target, &link, 5002);
    let id = accepted(&mut target);
    let timeout = SocketOption::UserTimeout(5_000);
    assert_eq!(call(&mut target, Call::SetOption(id, timeout)), Outcome::Done);
    assert_eq!(call(&mut target, Call::Send(id, vec![1])), Outcome::Count(1));
    let sent = run(&mut target, Duration::from_secs(6));
    assert!(sent.last().is_some_and(|tcp| tcp.flags & RST != 0), "{sent:?}");
    let error = call(&mut target, Call::GetOption(id, SocketOption::Error(None)));
    assert_eq!(error, Outcome::Option(SocketOption::Error(Some(ErrnoValue(Errno::TimedOut)))));
    // Close without lingering.
    handshake(&mut target, &link, 5003);
    let id = accepted(&mut target);
    assert_eq!(call(&mut target, Call::SetOption(id, SocketOption::Linger(Some(0)))), Outcome::Done);
    assert_eq!(call(&mut target, Call::Close(id)), Outcome::Done);
    let sent = run(&mut target, Duration::ZERO);
    assert!(sent.len() == 1 && sent[0].flags & RST != 0, "{sent:?}");
}

#[test]
fn time_wait_is_two_segment_lifetimes() {
    let (mut target, link) = booted();
    let listener = listen(&mut target, &link, 1);
    let ack = handshake(&mut target, &link, 5001);
    let Outcome::Accepted(id, _) = call(&mut target, Call::Accept(listener)) else { panic!("accept") };
    assert_eq!(call(&mut target, Call::Shutdown(id, Shutdown::Write)), Outcome::Done);
    assert_eq!(run(&mut target, Duration::ZERO).len(), 1);
    send(&mut target, &link, 5001, 101, ack.wrapping_add(1), FIN | ACK);
    assert_eq!(call(&mut target, Call::State(id)), Outcome::State("TIME-WAIT"));
    let lifetimes = target.info().profile.msl * 2;
    run(&mut target, lifetimes - Duration::from_millis(1));
    assert_eq!(call(&mut target, Call::State(id)), Outcome::State("TIME-WAIT"));
    run(&mut target, Duration::from_millis(1));
    assert_eq!(call(&mut target, Call::State(id)), Outcome::State("CLOSED"));
    assert_eq!(call(&mut target, Call::Recv(id, 1)), Outcome::Data(Vec::new()));
}

#[test]
fn an_idle_day_costs_nothing() {
    let (mut target, _) = booted();
    let begun = std::time::Instant::now();
    run(&mut target, Duration::from_secs(24 * 3600));
    assert_eq!(target.now(), Instant::from_secs(24 * 3600));
    assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{:?}", begun.elapsed());
}
