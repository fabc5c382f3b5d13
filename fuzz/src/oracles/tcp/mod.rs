//! One TCP connection under any events: segments in and near the window and far from it, calls, ICMP errors and time.
//! Read first: RFC 9293 3.3.2, 3.4, 3.8 and 3.10, `stack/src/tcp/connection.rs`.
//!
//! The oracle knows both byte streams: each octet is a function of its place. So what is read must be what was
//! sent, in order, whatever the peer did; and every segment that leaves is checked field by field in `checks`.

use core::net::SocketAddr;
use std::sync::Arc;

use wireproof_stack::errno::Errno;
use wireproof_stack::seq::SeqNumber;
use wireproof_stack::tcp::{Connection, FourTuple, IcmpEvent, KeepAliveConfig, State, TcpConfig, TcpInfo};
use wireproof_stack::time::{Duration, Instant};

use crate::digest::Digest;
use crate::generators::dna::Dna;
use crate::trace::say;

mod checks;
mod peer;

use peer::Peer;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &[
    "ESTABLISHED",
    "FIN-WAIT-2",
    "CLOSING",
    "TIME-WAIT",
    "CLOSE-WAIT",
    "LAST-ACK",
    "closed again",
    "simultaneous open",
    "RTO fired",
    "fast retransmit",
    "zero window",
    "window probe",
    "window scale",
    "SACK sent",
    "hole filled",
    "reset by the peer",
    "text delivered",
    "text acknowledged",
];

/// Most events of one execution.
const EVENTS: usize = 512;
/// Most text that the application sends.
const MOST_SENT: u64 = 1 << 20;

/// The octet at place `offset` of the stream that the connection sends.
fn own_octet(offset: u64) -> u8 {
    (offset ^ offset >> 7) as u8
}

/// The application's side of the connection.
#[derive(Debug, Default)]
struct App {
    /// Octets that SEND has taken.
    sent: u64,
    /// Octets that RECEIVE has given.
    received: u64,
    /// RECEIVE said that the stream is over.
    at_end: bool,
    /// The sending side was closed.
    closed_write: bool,
    /// The receiving side was closed, so text is thrown away.
    closed_read: bool,
}

/// The connection with everything around it.
struct World<'a> {
    dna: Dna<'a>,
    conn: Connection,
    config: Arc<TcpConfig>,
    tuple: FourTuple,
    mtu: usize,
    now: Instant,
    iss: SeqNumber,
    peer: Peer,
    app: App,
    /// Right edge of the window that the connection has offered last.
    edge: Option<SeqNumber>,
    /// The largest buffers that were ever allowed.
    buffers: usize,
    digest: Digest,
    frame: Vec<u8>,
}

/// Any events on one connection.
pub fn state_tcp(data: &[u8]) -> Digest {
    let mut world = World::new(Dna::new(data));
    world.drain();
    for _ in 0..EVENTS {
        if world.dna.is_empty() {
            break;
        }
        world.event();
    }
    world.settle();
    world.digest
}

/// A sequence number, likely one where arithmetic goes wrong.
fn sequence(dna: &mut Dna) -> SeqNumber {
    SeqNumber(match dna.below(5) {
        0 => 1_000,
        1 => u32::MAX - 2,
        2 => u32::MAX - 3_000,
        3 => 0x7fff_fff0,
        _ => dna.u32(),
    })
}

fn config(dna: &mut Dna) -> TcpConfig {
    let bits = dna.u8();
    let buffers = [65_535, 4_096, 1, 536, 20_000, 200_000];
    TcpConfig {
        receive_buffer: *dna.choose(&buffers),
        send_buffer: *dna.choose(&buffers),
        window_scale: bits & 1 == 0,
        timestamps: bits & 2 == 0,
        sack: bits & 4 == 0,
        nodelay: bits & 8 != 0,
        delayed_ack: (bits & 16 == 0).then(|| Duration::from_millis(200)),
        keep_alive: (bits & 32 != 0).then(KeepAliveConfig::default),
        fin_wait_2_timeout: (bits & 64 != 0).then(|| Duration::from_secs(60)),
        hard_errors_abort: bits & 128 == 0,
        // The octet out of band is missing in the stream; `host_frames` takes that path.
        urgent_inline: true,
        ..TcpConfig::default()
    }
}

impl<'a> World<'a> {
    fn new(mut dna: Dna<'a>) -> Self {
        let config = Arc::new(config(&mut dna));
        let (iss, irs) = (sequence(&mut dna), sequence(&mut dna));
        let ends =
            |local: &str, remote: &str| [local, remote].map(|end| end.parse::<SocketAddr>().expect("an address"));
        let [local, remote] = if dna.below(2) == 0 {
            ends("192.0.2.1:1024", "192.0.2.2:80")
        } else {
            ends("[2001:db8::1]:1024", "[2001:db8::2]:80")
        };
        let tuple = FourTuple::new(local, remote);
        let mtu = *dna.choose(if tuple.is_ipv4() { &[1_500, 576, 1_280, 68, 9_000] } else { &[1_500, 1_280, 9_000] });
        let now = Instant::from_secs(1);
        let mut peer = Peer::new(irs, iss);
        let passive = dna.below(3) == 0;
        let conn = if passive {
            let syn = peer.syn(&mut dna);
            Connection::accept(Arc::clone(&config), now, tuple, iss, mtu, &syn.borrow())
        } else {
            Connection::connect(Arc::clone(&config), now, tuple, iss, mtu)
        };
        say(|| format!("{tuple:?}, MTU {mtu}, {}, {config:?}", conn.state()));
        let buffers = config.receive_buffer + config.send_buffer;
        let (app, digest) = (App::default(), Digest::new());
        let mut world = Self {
            dna,
            conn,
            config,
            tuple,
            mtu,
            now,
            iss,
            peer,
            app,
            edge: None,
            buffers,
            digest,
            frame: vec![0; mtu],
        };
        if passive {
            world.peer.irs = Some(irs);
        }
        world
    }

    /// One event, then (mostly) everything that wants to leave.
    fn event(&mut self) {
        let before = self.conn.info();
        match self.dna.below(20) {
            0..=3 => self.answer(),
            4..=6 => self.peer_text(),
            7 => self.peer_fin(),
            8 => self.duplicate_acks(),
            9 | 10 => self.any_segment(),
            11 | 12 => self.send(),
            13 => self.recv(),
            14 => self.wake_up(),
            15 => self.pass_time(),
            16 => self.close(),
            17 => self.icmp(),
            18 => self.settings(),
            _ => self.window_update(),
        }
        let after = self.conn.info();
        checks::step(&before, &after, &mut self.digest);
        if self.dna.below(8) > 0 {
            self.drain();
        }
    }

    /// Sends what wants to leave; then nothing may be due.
    fn drain(&mut self) {
        let most = 64 + self.conn.unacknowledged() / 8;
        let mut count = 0;
        loop {
            let before = self.conn.info();
            let room = self.mtu - (self.tuple.fixed_headers() - 20);
            let mut frame = core::mem::take(&mut self.frame);
            let emitted = self.conn.poll_transmit(self.now, &mut frame[..room]);
            if let Some(emitted) = emitted {
                say(|| format!("{:?} -> {}", self.now, peer::show(&frame[..emitted.len])));
                checks::emitted(self, &before, &frame[..emitted.len]);
            }
            self.frame = frame;
            checks::step(&before, &self.conn.info(), &mut self.digest);
            if emitted.is_none() {
                break;
            }
            count += 1;
            assert!(count <= most, "{count} segments in a row without an event");
        }
        let due = self.conn.poll_timeout();
        assert!(due.is_none_or(|at| at > self.now), "nothing to send, yet due at {due:?} (now {:?})", self.now);
        assert!(!self.conn.is_closed() || due.is_none(), "a closed connection wants to wake up at {due:?}");
        checks::memory(self);
    }

    /// Hands a segment of the peer to the connection.
    fn inject(&mut self, segment: &peer::OwnedSegment) {
        let before = self.conn.info();
        let outcome = self.conn.handle_segment(self.now, &segment.borrow());
        let after = self.conn.info();
        say(|| format!("{:?} <- {segment} gives {outcome:?}, {}", self.now, after.state));
        if let Some(reply) = outcome.reply {
            assert!(reply.flags.rst(), "a reply that is no reset: {reply:?}");
            assert!(!segment.flags.rst(), "a reset answered with a reset");
        }
        if segment.flags.syn() && before.state == State::SynSent && after.state != State::SynSent {
            self.peer.irs = Some(segment.seq);
        }
        if after.state == State::SynReceived && before.state == State::SynSent {
            self.digest.mark("simultaneous open");
        }
        if after.received.wrapping_sub(before.received) > segment.payload.len() as u64 {
            self.digest.mark("hole filled");
        }
        self.digest.see(&(outcome.dropped, after.state, after.snd_una, after.rcv_nxt));
        checks::step(&before, &after, &mut self.digest);
    }

    /// The peer does what a peer should: completes the handshake, acknowledges.
    fn answer(&mut self) {
        let info = self.conn.info();
        let segment = match info.state {
            State::SynSent if self.dna.one_in(8) => self.peer.syn(&mut self.dna),
            State::SynSent => self.peer.syn_ack(&mut self.dna),
            _ => self.peer.ack(&info, self.now),
        };
        self.inject(&segment);
    }

    fn peer_text(&mut self) {
        let info = self.conn.info();
        let lengths = [u32::from(info.rcv_mss), 1, 100, u32::from(info.rcv_mss) * 2, info.rcv_wnd, info.rcv_wnd + 10];
        let len = (*self.dna.choose(&lengths)).min(0x1_0000);
        // In order, or above a gap, or partly old.
        let shift = *self.dna.choose(&[0, 0, 0, 0, 100, 536, 1_460, u32::MAX - 10]);
        let mut segment = self.peer.ack(&info, self.now);
        segment.seq = SeqNumber(info.rcv_nxt.0.wrapping_add(shift));
        segment.payload = self.peer.text(segment.seq, len);
        segment.flags |= wireproof_stack::wire::tcp::TcpFlags::PSH;
        self.inject(&segment);
    }

    fn peer_fin(&mut self) {
        let info = self.conn.info();
        let mut segment = self.peer.ack(&info, self.now);
        segment.flags |= wireproof_stack::wire::tcp::TcpFlags::FIN;
        let len = self.dna.below(3) * 50;
        segment.payload = self.peer.text(segment.seq, len);
        self.inject(&segment);
    }

    fn duplicate_acks(&mut self) {
        let info = self.conn.info();
        let (mut segment, count) = (self.peer.ack(&info, self.now), 1 + self.dna.below(4));
        segment.ack = info.snd_una;
        for _ in 0..count {
            self.inject(&segment);
            self.drain();
        }
    }

    fn any_segment(&mut self) {
        let info = self.conn.info();
        let segment = self.peer.any(&mut self.dna, &info, self.now);
        self.inject(&segment);
    }

    fn window_update(&mut self) {
        self.peer.window = *self.dna.choose(&[0, 1, 100, 1_000, 65_535]);
        let segment = self.peer.ack(&self.conn.info(), self.now);
        self.inject(&segment);
    }

    fn send(&mut self) {
        let lengths = [1u32, 10, 536, 1_460, 5_000, 70_000];
        let len = u64::from(*self.dna.choose(&lengths)).min(MOST_SENT.saturating_sub(self.app.sent));
        let data: Vec<u8> = (self.app.sent..self.app.sent + len).map(own_octet).collect();
        let urgent = self.dna.one_in(8);
        let sent = if urgent { self.conn.send_urgent(self.now, &data) } else { self.conn.send(self.now, &data) };
        if let Ok(count) = sent {
            assert!(count <= data.len() && (count > 0 || data.is_empty()), "SEND took {count} of {len}");
            assert!(!self.app.closed_write || data.is_empty(), "SEND after CLOSE took {count}");
            self.app.sent += count as u64;
        }
        say(|| format!("{:?} SEND {len} gives {sent:?}", self.now));
        self.digest.see(&sent);
    }

    fn recv(&mut self) {
        let most = *self.dna.choose(&[70_000, 1, 100, 1_460, 0]);
        let mut out = vec![0; most];
        let readable = self.conn.readable();
        let got = self.conn.recv(self.now, &mut out);
        say(|| format!("{:?} RECEIVE {most} gives {got:?}", self.now));
        match got {
            Ok(0) if most > 0 => self.app.at_end = true,
            Ok(count) if count > 0 => {
                assert!(!self.app.at_end, "text behind the end of the stream");
                let first = self.peer.irs.expect("text needs a SYN") + 1;
                let start = first + self.app.received as u32;
                let wanted = self.peer.text(start, count as u32);
                assert!(out[..count] == wanted, "RECEIVE gave other octets than were sent at {}", self.app.received);
                self.app.received += count as u64;
                self.digest.mark("text delivered");
            }
            Err(Errno::WouldBlock) => assert!(!readable, "readable, but RECEIVE would block"),
            Err(Errno::ConnectionReset) => self.digest.mark("reset by the peer"),
            _ => {}
        }
        self.digest.see(&got);
    }

    /// Goes to the next timer, as the host does.
    fn wake_up(&mut self) {
        if let Some(at) = self.conn.poll_timeout() {
            self.now = self.now.max(at);
        }
        self.conn.handle_timeout(self.now);
        say(|| format!("{:?} timers", self.now));
    }

    fn pass_time(&mut self) {
        let millis = *self.dna.choose(&[1, 10, 199, 500, 1_000, 60_000, 240_000]);
        self.now += Duration::from_millis(millis);
    }

    fn close(&mut self) {
        let what = self.dna.below(8);
        say(|| format!("{:?} close, kind {what}", self.now));
        match what {
            0..=3 => self.app.closed_write |= self.conn.shutdown_write(self.now).is_ok(),
            4 | 5 => {
                self.conn.close(self.now);
                (self.app.closed_write, self.app.closed_read) = (true, true);
            }
            6 => {
                self.conn.shutdown_read(self.now);
                self.app.closed_read = true;
            }
            _ => {
                self.conn.abort(self.now);
                (self.app.closed_write, self.app.closed_read) = (true, true);
            }
        }
    }

    fn icmp(&mut self) {
        let info = self.conn.info();
        let event = match self.dna.below(4) {
            0 => IcmpEvent::Hard(Errno::ConnectionRefused),
            1 => IcmpEvent::Soft(Errno::HostUnreachable),
            _ => IcmpEvent::PacketTooBig { mtu: *self.dna.choose(&[0, 68, 296, 576, 1_280, 1_400, 65_535]) },
        };
        let quoted = *self.dna.choose(&[info.snd_una, info.snd_nxt, SeqNumber(info.snd_una.0.wrapping_sub(1))]);
        let dropped = self.conn.handle_icmp(self.now, event, quoted);
        say(|| format!("{:?} {event:?} about {quoted:?} gives {dropped:?}", self.now));
        let outstanding = info.snd_nxt.bytes_since(info.snd_una);
        assert!(
            dropped.is_some() || quoted.in_window(info.snd_una, outstanding),
            "an ICMP error about nothing outstanding"
        );
    }

    fn settings(&mut self) {
        let what = self.dna.below(6);
        say(|| format!("{:?} setting {what}", self.now));
        match what {
            0 => self.conn.set_nodelay(self.dna.one_in(2)),
            1 => self.conn.set_user_timeout(self.now, self.dna.one_in(2).then(|| Duration::from_secs(30))),
            2 => self.conn.set_keep_alive(self.now, self.dna.one_in(2).then(KeepAliveConfig::default)),
            3 => self.conn.set_send_buffer(*self.dna.choose(&[1, 1_000, 100_000])),
            4 => self.conn.set_receive_buffer(*self.dna.choose(&[1, 1_000, 100_000])),
            _ => self.conn.trim(),
        }
        self.buffers = self.buffers.max(self.conn.send_buffer() + self.conn.receive_buffer());
        assert!(self.config.receive_buffer > 0);
    }

    /// The end: timers alone, each wake-up later than the one before.
    fn settle(&mut self) {
        self.drain();
        for _ in 0..64 {
            let Some(at) = self.conn.poll_timeout() else { break };
            assert!(at > self.now, "woken at {:?} for something due at {at:?}", self.now);
            self.wake_up();
            self.drain();
        }
        let info: TcpInfo = self.conn.info();
        self.digest.see(&(info.state, info.acked, info.received, self.app.sent, self.app.received));
    }
}
