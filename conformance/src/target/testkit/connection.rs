//! Checks that the socket calls and the frames tell the same story: accept, connect, data both ways, the end.

use std::net::SocketAddr;

use super::frames::{self, ACK, FIN, RST, SYN, Seen, Tcp};
use super::link::{PORT, introduce, listener, wait_for};
use super::{PATIENCE, call, ensure, fail, has, reset, run_for, speaks};
use crate::capability::Capability;
use crate::target::{Call, Duration, Errno, Family, Link, Outcome, SocketId, SocketKind, Target};

/// The tester's port.
const PEER_PORT: u16 = 40_000;

/// The tester's end of one TCP connection, as far as the checks need one.
struct Peer<'a> {
    link: &'a Link,
    v6: bool,
    ports: (u16, u16),
    seq: u32,
    ack: u32,
}

impl Peer<'_> {
    fn send(&mut self, target: &mut dyn Target, flags: u8, data: &[u8]) -> Result<(), String> {
        let tcp = Tcp { ports: self.ports, seq: self.seq, ack: self.ack, flags, data: data.to_vec() };
        let control = u32::from(flags & (SYN | FIN) != 0);
        self.seq = self.seq.wrapping_add(data.len() as u32 + control);
        target.inject(0, &frames::segment(self.link, self.v6, &tcp)).map_err(fail)
    }

    /// Waits for a segment with these of the flags SYN, FIN and RST, and with data if that is wanted.
    fn expect(&mut self, target: &mut dyn Target, flags: u8, data: &[u8]) -> Result<(), String> {
        let (mine, theirs) = self.ports;
        let got = wait_for(target, self.link, |frame| {
            let control = SYN | FIN | RST;
            frames::tcp(frame)
                .filter(|tcp| tcp.ports == (theirs, mine) && tcp.flags & control == flags & control && tcp.data == data)
        })?;
        let control = u32::from(flags & (SYN | FIN) != 0);
        self.ack = got.seq.wrapping_add(got.data.len() as u32 + control);
        Ok(())
    }
}

/// Repeats a call that may be pending until it is not, for as long as targets are given.
fn settle(target: &mut dyn Target, wanted: &Call) -> Result<Outcome, String> {
    let end = target.now() + PATIENCE;
    loop {
        let outcome = call(target, wanted)?;
        if outcome != Outcome::Pending || target.now() >= end {
            return Ok(outcome);
        }
        run_for(target, Duration::from_millis(5))?;
    }
}

fn expect_state(target: &mut dyn Target, id: SocketId, wanted: &'static str) -> Result<(), String> {
    if !has(target, Capability::StateQuery) {
        return Ok(());
    }
    let outcome = call(target, &Call::State(id))?;
    ensure(outcome == Outcome::State(wanted), || format!("the state should be {wanted}: {outcome:?}"))
}

/// A three-way handshake from outside; gives the socket that accept gave.
fn accept(target: &mut dyn Target, peer: &mut Peer<'_>) -> Result<SocketId, String> {
    let id = listener(target, peer.link, peer.v6)?;
    expect_state(target, id, "LISTEN")?;
    peer.send(target, SYN, b"")?;
    peer.expect(target, SYN | ACK, b"").map_err(|what| format!("SYN-ACK: {what}"))?;
    let pending = call(target, &Call::Accept(id))?;
    ensure(pending == Outcome::Pending, || format!("accept before the handshake is over: {pending:?}"))?;
    peer.send(target, ACK, b"")?;
    match settle(target, &Call::Accept(id))? {
        Outcome::Accepted(new, from) => {
            let wanted = SocketAddr::from((frames::tester_address(peer.link, peer.v6), peer.ports.0));
            ensure(from == wanted, || format!("accept says that {from} is the peer and not {wanted}"))?;
            Ok(new)
        }
        other => Err(format!("accept after the handshake: {other:?}")),
    }
}

/// A listener takes a connection; data goes both ways; the peer's FIN is end of file; close sends a FIN.
///
/// # Errors
///
/// The step that failed.
pub fn connections_can_be_accepted(target: &mut dyn Target) -> Result<(), String> {
    for v6 in [false, true] {
        if !has(target, Capability::TcpListen) || !speaks(target, v6) {
            continue;
        }
        let topology = reset(target)?;
        let link = &topology.links[0];
        introduce(target, link, v6)?;
        let mut peer = Peer { link, v6, ports: (PEER_PORT, PORT), seq: 1000, ack: 0 };
        let id = accept(target, &mut peer)?;
        expect_state(target, id, "ESTABLISHED")?;

        let empty = call(target, &Call::Recv(id, 10))?;
        ensure(empty == Outcome::Pending, || format!("recv without data: {empty:?}"))?;
        peer.send(target, ACK, b"hello")?;
        let data = settle(target, &Call::Recv(id, 10))?;
        ensure(data == Outcome::Data(b"hello".to_vec()), || format!("recv of `hello`: {data:?}"))?;

        let count = call(target, &Call::Send(id, b"world".to_vec()))?;
        ensure(count == Outcome::Count(5), || format!("send of `world`: {count:?}"))?;
        peer.expect(target, ACK, b"world").map_err(|what| format!("the data of send: {what}"))?;

        peer.send(target, FIN | ACK, b"")?;
        let end = settle(target, &Call::Recv(id, 10))?;
        ensure(end == Outcome::Data(Vec::new()), || format!("recv after a FIN: {end:?}"))?;
        expect_state(target, id, "CLOSE-WAIT")?;
        let closed = call(target, &Call::Close(id))?;
        ensure(closed == Outcome::Done, || format!("close: {closed:?}"))?;
        peer.expect(target, FIN | ACK, b"").map_err(|what| format!("the FIN of close: {what}"))?;
        peer.send(target, ACK, b"")?;
    }
    Ok(())
}

/// connect is pending until the peer answers, then tells how it went: established, or refused.
///
/// # Errors
///
/// The step that failed.
pub fn connections_can_be_made(target: &mut dyn Target) -> Result<(), String> {
    for v6 in [false, true] {
        if !has(target, Capability::TcpConnect) || !speaks(target, v6) {
            continue;
        }
        let topology = reset(target)?;
        let link = &topology.links[0];
        introduce(target, link, v6)?;
        let there = SocketAddr::from((frames::tester_address(link, v6), PEER_PORT));
        for refuse in [false, true] {
            let family = if v6 { Family::Ipv6 } else { Family::Ipv4 };
            let id = match call(target, &Call::Socket(family, SocketKind::Tcp))? {
                Outcome::Socket(id) => id,
                other => return Err(format!("a new {family:?} TCP socket: {other:?}")),
            };
            let begun = call(target, &Call::Connect(id, there))?;
            ensure(begun == Outcome::Pending, || format!("connect: {begun:?}"))?;
            let syn = wait_for(target, link, |frame| {
                frames::tcp(frame).filter(|tcp| tcp.flags & SYN != 0 && tcp.ports.1 == PEER_PORT)
            })
            .map_err(|what| format!("SYN: {what}"))?;
            expect_state(target, id, "SYN-SENT")?;
            let ports = (PEER_PORT, syn.ports.0);
            let mut peer = Peer { link, v6, ports, seq: 7000, ack: syn.seq.wrapping_add(1) };
            let wanted = if refuse {
                peer.send(target, RST | ACK, b"")?;
                Outcome::Errno(Errno::ConnectionRefused)
            } else {
                peer.send(target, SYN | ACK, b"")?;
                Outcome::Done
            };
            let outcome = settle(target, &Call::Connect(id, there))?;
            let vague = refuse && !has(target, Capability::SocketErrors) && matches!(outcome, Outcome::Errno(_));
            ensure(outcome == wanted || vague, || format!("connect should end in {wanted:?}: {outcome:?}"))?;
            expect_state(target, id, if refuse { "CLOSED" } else { "ESTABLISHED" })?;
        }
    }
    Ok(())
}

/// A bound UDP socket gets what is sent to it, with its source, cut to the length asked for; and sends.
///
/// # Errors
///
/// The step that failed.
pub fn datagrams_come_and_go(target: &mut dyn Target) -> Result<(), String> {
    for v6 in [false, true] {
        if !has(target, Capability::UdpSockets) || !speaks(target, v6) {
            continue;
        }
        let topology = reset(target)?;
        let link = &topology.links[0];
        introduce(target, link, v6)?;
        let family = if v6 { Family::Ipv6 } else { Family::Ipv4 };
        let id = match call(target, &Call::Socket(family, SocketKind::Udp))? {
            Outcome::Socket(id) => id,
            other => return Err(format!("a new {family:?} UDP socket: {other:?}")),
        };
        let here = SocketAddr::from((frames::target_address(link, v6), PORT));
        let there = SocketAddr::from((frames::tester_address(link, v6), PEER_PORT));
        let bound = call(target, &Call::Bind(id, here))?;
        ensure(bound == Outcome::Done, || format!("bind to {here}: {bound:?}"))?;
        let local = call(target, &Call::LocalAddress(id))?;
        ensure(local == Outcome::Address(here), || format!("the local address should be {here}: {local:?}"))?;
        for (len, data) in [(10, b"hello".as_slice()), (3, b"hel"), (10, b"")] {
            let sent: &[u8] = if data.is_empty() { b"" } else { b"hello" };
            target.inject(0, &frames::datagram(link, v6, PEER_PORT, PORT, sent)).map_err(fail)?;
            let got = settle(target, &Call::RecvFrom(id, len))?;
            let wanted = Outcome::Datagram { data: data.to_vec(), from: there, truncated: data.len() < sent.len() };
            ensure(got == wanted, || format!("recvfrom of {len} should give {wanted:?}: {got:?}"))?;
        }
        let count = call(target, &Call::SendTo(id, b"world".to_vec(), there))?;
        ensure(count == Outcome::Count(5), || format!("sendto: {count:?}"))?;
        wait_for(target, link, |frame| (frames::recognise(frame) == Seen::Udp((PORT, PEER_PORT))).then_some(()))
            .map_err(|what| format!("the datagram of sendto: {what}"))?;
    }
    Ok(())
}
