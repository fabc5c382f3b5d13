//! Two connections over a simulated link: whatever the link does, the streams arrive and both ends close.

use std::sync::Arc;

use super::link::{Link, LinkConfig};
use super::{segment, tuple};
use crate::rng::Rng;
use crate::seq::SeqNumber;
use crate::tcp::segment::Segment;
use crate::tcp::{Connection, State, TcpConfig};
use crate::time::{Duration, Instant};
use crate::wire::ip::{Ecn, PseudoHeader};
use crate::wire::tcp::{TcpFlags, TcpOptions, TcpPacket, TcpRepr};

/// What one end sends and has received.
struct End {
    conn: Option<Connection>,
    config: Arc<TcpConfig>,
    to_send: Vec<u8>,
    written: usize,
    received: Vec<u8>,
    at_end: bool,
    closed: bool,
}

impl End {
    fn new(config: TcpConfig, to_send: Vec<u8>) -> Self {
        let config = Arc::new(config);
        Self { conn: None, config, to_send, written: 0, received: Vec::new(), at_end: false, closed: false }
    }

    fn state(&self) -> State {
        self.conn.as_ref().map_or(State::Listen, Connection::state)
    }

    /// Writes and reads as much as possible, closes when everything is written; returns whether it did anything.
    fn work(&mut self, now: Instant, read_most: usize) -> bool {
        let Some(conn) = &mut self.conn else { return false };
        let mut busy = false;
        while self.written < self.to_send.len() {
            let Ok(count) = conn.send(now, &self.to_send[self.written..]) else { break };
            self.written += count;
            busy = true;
        }
        if self.written == self.to_send.len() && !self.closed && conn.state() >= State::SynReceived {
            conn.shutdown_write(now).unwrap();
            self.closed = true;
            busy = true;
        }
        let mut out = vec![0; read_most];
        match conn.recv(now, &mut out) {
            Ok(0) => self.at_end = true,
            Ok(count) => {
                self.received.extend_from_slice(&out[..count]);
                busy = true;
            }
            Err(_) => {}
        }
        busy
    }
}

/// Two ends, a link and a clock that jumps to whatever comes next.
pub struct Pair {
    ends: [End; 2],
    link: Link,
    now: Instant,
    mtu: usize,
    rng: Rng,
}

impl Pair {
    fn new(configs: [TcpConfig; 2], texts: [Vec<u8>; 2], link: LinkConfig, mtu: usize, seed: u64) -> Self {
        let [client, server] = configs;
        let [up, down] = texts;
        let mut ends = [End::new(client, up), End::new(server, down)];
        let now = Instant::from_secs(1);
        let iss = SeqNumber(u32::MAX - 10_000);
        ends[0].conn = Some(Connection::connect(Arc::clone(&ends[0].config), now, tuple(), iss, mtu));
        Self { ends, link: Link::new(link, seed), now, mtu, rng: Rng::new(seed ^ 1) }
    }

    fn deliver(&mut self, to: usize, bytes: &[u8]) {
        let tuple = if to == 0 { tuple() } else { tuple().reversed() };
        let pseudo = PseudoHeader::new(tuple.remote.ip(), tuple.local.ip()).unwrap();
        let packet = TcpPacket::new_checked(bytes).unwrap();
        let repr = TcpRepr::parse(&packet, Some(pseudo)).expect("a valid checksum");
        let seg = Segment {
            seq: repr.seq,
            ack: repr.ack,
            flags: repr.flags,
            window: repr.window,
            urgent: repr.urgent,
            options: repr.options.decode(),
            payload: packet.payload(),
            ecn: Ecn::NotEct,
        };
        let end = &mut self.ends[to];
        match &mut end.conn {
            Some(conn) if !conn.is_closed() => {
                let outcome = conn.handle_segment(self.now, &seg);
                assert!(outcome.reply.is_none(), "a reset: {outcome:?} for {repr:?}");
            }
            None if seg.flags == TcpFlags::SYN => {
                let config = Arc::clone(&end.config);
                end.conn = Some(Connection::accept(config, self.now, tuple, SeqNumber(77), self.mtu, &seg));
            }
            _ => {}
        }
    }

    /// Sends everything that both ends have.
    fn transmit(&mut self) {
        let mut out = vec![0; self.mtu];
        for from in 0..2 {
            let Some(conn) = &mut self.ends[from].conn else { continue };
            while let Some(emitted) = conn.poll_transmit(self.now, &mut out) {
                assert!(emitted.len <= self.mtu - 20);
                self.link.send(self.now, 1 - from, &out[..emitted.len]);
            }
            assert!(conn.poll_timeout().is_none_or(|at| at > self.now));
        }
    }

    /// Runs until both ends are closed, in a bounded number of steps.
    fn run(&mut self, most_steps: usize) {
        for _ in 0..most_steps {
            while let Some((to, bytes)) = self.link.receive(self.now) {
                self.deliver(to, &bytes);
            }
            loop {
                let read_most = 1 + self.rng.below(20_000) as usize;
                let now = self.now;
                let busy = self.ends.iter_mut().fold(false, |busy, end| end.work(now, read_most) | busy);
                self.transmit();
                if !busy {
                    break;
                }
            }
            if self.ends.iter().all(|end| end.conn.as_ref().is_some_and(Connection::is_closed)) {
                return;
            }
            let wakes = self.ends.iter().filter_map(|end| end.conn.as_ref()?.poll_timeout());
            let next = wakes.chain(self.link.next_arrival()).min();
            self.now = next.unwrap_or_else(|| panic!("stuck: {} {}", self.ends[0].state(), self.ends[1].state()));
        }
        panic!("not over after {most_steps} steps: {} {}", self.ends[0].state(), self.ends[1].state());
    }

    fn check(&self) {
        for (end, other) in [(0, 1), (1, 0)] {
            assert!(self.ends[end].received == self.ends[other].to_send, "stream to end {end}");
            assert!(self.ends[end].at_end);
        }
    }
}

fn text(len: usize, seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    (0..len).map(|_| rng.next_u64() as u8).collect()
}

#[test]
fn a_clean_link_needs_no_retransmission() {
    let texts = [text(300_000, 1), text(50_000, 2)];
    let mut pair = Pair::new([TcpConfig::default(), TcpConfig::default()], texts, LinkConfig::GOOD, 1_500, 7);
    pair.run(10_000);
    pair.check();
    // 300,000 octets in segments of 1448 make 208 segments, and about half as many ACKs.
    assert!(pair.link.sent() < 450, "{} segments", pair.link.sent());
    assert!(pair.now < Instant::from_secs(1 + 2 * 120 + 1 + 1), "{}", pair.now);
}

#[test]
fn every_bad_link_delivers_both_streams() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let link = LinkConfig {
            delay: Duration::from_millis(rng.below(100)),
            jitter: Duration::from_millis(rng.below(40)),
            loss: rng.below(150),
            duplicate: rng.below(100),
        };
        let config = |rng: &mut Rng| TcpConfig {
            receive_buffer: 1_000 + rng.below(100_000) as usize,
            send_buffer: 1_000 + rng.below(100_000) as usize,
            window_scale: rng.below(2) == 0,
            timestamps: rng.below(2) == 0,
            sack: rng.below(2) == 0,
            nodelay: rng.below(2) == 0,
            out_of_order_limit: 1 + rng.below(20) as usize,
            r2: Duration::from_secs(100_000),
            ..TcpConfig::default()
        };
        let configs = [config(&mut rng), config(&mut rng)];
        let texts = [text(rng.below(100_000) as usize, seed), text(rng.below(30_000) as usize, seed + 1)];
        let mtu = 200 + rng.below(1_300) as usize;
        let mut pair = Pair::new(configs, texts, link, mtu, seed);
        pair.run(200_000);
        pair.check();
    }
}

#[test]
fn equal_seeds_give_equal_runs() {
    let run = |seed| {
        let link = LinkConfig { loss: 50, jitter: Duration::from_millis(9), ..LinkConfig::GOOD };
        let texts = [text(40_000, 3), Vec::new()];
        let mut pair = Pair::new([TcpConfig::default(), TcpConfig::default()], texts, link, 1_500, seed);
        pair.run(100_000);
        (pair.now, pair.link.sent())
    };
    assert_eq!(run(5), run(5));
}

#[test]
fn simultaneous_open_over_a_link() {
    let mut pair = Pair::new(
        [TcpConfig::default(), TcpConfig::default()],
        [text(9_000, 1), text(9_000, 2)],
        LinkConfig::GOOD,
        1_500,
        1,
    );
    let config = Arc::clone(&pair.ends[1].config);
    let other = Connection::connect(config, pair.now, tuple().reversed(), SeqNumber(900), 1_500);
    pair.ends[1].conn = Some(other);
    pair.run(10_000);
    pair.check();
}

#[test]
fn a_stray_syn_does_not_disturb() {
    let texts = [text(50_000, 1), Vec::new()];
    let mut pair = Pair::new([TcpConfig::default(), TcpConfig::default()], texts, LinkConfig::GOOD, 1_500, 1);
    for _ in 0..3 {
        pair.transmit();
        pair.now = pair.link.next_arrival().unwrap();
        while let Some((to, bytes)) = pair.link.receive(pair.now) {
            pair.deliver(to, &bytes);
        }
    }
    let stray = segment(TcpFlags::SYN, 12_345, 0, 10, TcpOptions::EMPTY, &[]);
    pair.ends[1].conn.as_mut().unwrap().handle_segment(pair.now, &stray);
    pair.run(10_000);
    pair.check();
}
