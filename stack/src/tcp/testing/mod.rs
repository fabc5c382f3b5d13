//! Test rigs: [`Lab`], one connection against hand-made segments, and [`pair::Pair`], two connections over a
//! simulated link. Both check after every step that `poll_transmit` and `poll_timeout` agree.

mod closing;
mod congestion;
#[cfg(feature = "faults")]
mod faults;
mod figures;
mod flow;
mod input;
mod link;
mod pair;
mod policy;
mod properties;
mod retransmission;

use std::sync::Arc;

use super::segment::Segment;
use super::{Connection, FourTuple, Outcome, State, TcpConfig};
use crate::errno::Errno;
use crate::seq::SeqNumber;
use crate::time::{Duration, Instant};
use crate::wire::ip::{Ecn, PseudoHeader};
use crate::wire::tcp::{DecodedOptions, TcpFlags, TcpOption, TcpOptions, TcpPacket, TcpRepr};

/// A segment that the connection sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub at: Instant,
    pub repr: TcpRepr,
    pub text: Vec<u8>,
}

impl Sent {
    /// `<flags> seq ack len`, relative to the lab's sequence numbers: short to compare.
    pub fn line(&self) -> String {
        let Self { repr, text, .. } = self;
        format!("{} {} {} {}", repr.flags, repr.seq, repr.ack, text.len())
    }

    pub fn options(&self) -> DecodedOptions {
        self.repr.options.decode()
    }
}

/// Our initial sequence number in a lab.
pub const ISS: u32 = 1_000;
/// The peer's.
pub const IRS: u32 = 5_000;
/// IP MTU of a lab: an MSS of 1000 over IPv4.
pub const MTU: usize = 1_040;

pub fn tuple() -> FourTuple {
    FourTuple::new(([192, 0, 2, 1], 4_000).into(), ([192, 0, 2, 2], 80).into())
}

/// No options, so that numbers are easy; everything else as by default.
pub fn plain() -> TcpConfig {
    TcpConfig { window_scale: false, timestamps: false, sack: false, receive_buffer: 10_000, ..TcpConfig::default() }
}

/// One connection and a clock. The peer is the test itself.
pub struct Lab {
    pub conn: Connection,
    pub now: Instant,
    /// Options of the segments that the test sends.
    pub options: TcpOptions,
    /// Window field of the segments that the test sends.
    pub window: u16,
}

impl Lab {
    pub fn connect(config: TcpConfig) -> Self {
        let conn = Connection::connect(Arc::new(config), Instant::from_secs(1), tuple(), SeqNumber(ISS), MTU);
        Self { conn, now: Instant::from_secs(1), options: TcpOptions::EMPTY, window: 20_000 }
    }

    /// A connection that a listener made of a SYN with these options.
    pub fn accept(config: TcpConfig, options: TcpOptions) -> Self {
        let now = Instant::from_secs(1);
        let syn = segment(TcpFlags::SYN, IRS, 0, 20_000, options, &[]);
        let conn = Connection::accept(Arc::new(config), now, tuple(), SeqNumber(ISS), MTU, &syn);
        Self { conn, now, options: TcpOptions::EMPTY, window: 20_000 }
    }

    /// ESTABLISHED after an active open; the peer announces an MSS of 1000.
    pub fn established(config: TcpConfig) -> Self {
        Self::established_with(config, &[TcpOption::MaxSegmentSize(1_000)])
    }

    pub fn established_with(config: TcpConfig, options: &[TcpOption<'_>]) -> Self {
        let mut lab = Self::connect(config);
        assert_eq!(lab.take().len(), 1, "the SYN");
        lab.options = TcpOptions::from_options(options).unwrap();
        lab.send("S.", 0, 1, &[]);
        lab.options = TcpOptions::EMPTY;
        assert_eq!(lab.lines(), ["."], "the ACK of the handshake");
        assert_eq!(lab.conn.state(), State::Established);
        lab
    }

    /// Sends a segment to the connection; `seq` and `ack` are relative to the two initial sequence numbers.
    pub fn send(&mut self, flags: &str, seq: u32, ack: u32, text: &[u8]) -> Outcome {
        self.send_urgent(flags, seq, ack, 0, text)
    }

    pub fn send_urgent(&mut self, flags: &str, seq: u32, ack: u32, urgent: u16, text: &[u8]) -> Outcome {
        let flags = TcpFlags::from_letters(flags).unwrap();
        let (seq, ack) = (IRS.wrapping_add(seq), ISS.wrapping_add(ack));
        let mut seg = segment(flags, seq, ack, self.window, self.options, text);
        seg.urgent = urgent;
        self.conn.handle_segment(self.now, &seg)
    }

    /// Everything that the connection has to send now.
    pub fn take(&mut self) -> Vec<Sent> {
        drain(&mut self.conn, self.now)
    }

    /// The same as lines of flags, relative SEQ, ACK and length, without what is zero or expected: just the flags
    /// for pure ACKs.
    pub fn lines(&mut self) -> Vec<String> {
        self.take().iter().map(line).collect()
    }

    /// Lets time pass, serving timers on the way; what was sent, with the time since the start of the wait in
    /// milliseconds.
    pub fn wait(&mut self, span: Duration) -> Vec<(u64, String)> {
        let start = self.now;
        self.sent_within(span).iter().map(|sent| ((sent.at - start).as_millis(), line(sent))).collect()
    }

    pub fn sent_within(&mut self, span: Duration) -> Vec<Sent> {
        let end = self.now + span;
        let mut all = self.take();
        while let Some(at) = self.conn.poll_timeout().filter(|at| *at <= end) {
            assert!(at > self.now, "a wake-up that is not in the future");
            self.now = at;
            self.conn.handle_timeout(at);
            all.extend(self.take());
        }
        self.now = end;
        all
    }

    pub fn write(&mut self, len: usize) {
        assert_eq!(self.conn.send(self.now, &vec![b'x'; len]), Ok(len));
    }

    pub fn read(&mut self) -> Result<Vec<u8>, Errno> {
        let mut out = vec![0; 1 << 16];
        let count = self.conn.recv(self.now, &mut out)?;
        out.truncate(count);
        Ok(out)
    }

    pub fn state(&self) -> State {
        self.conn.state()
    }
}

/// `flags seq:ack len`, all relative; trailing parts that say nothing are left out.
fn line(sent: &Sent) -> String {
    let seq = sent.repr.seq.0.wrapping_sub(ISS);
    match sent.text.len() {
        0 if sent.repr.flags == TcpFlags::ACK => ".".to_owned(),
        0 => format!("{} {seq}", sent.repr.flags),
        len => format!("{} {seq}+{len}", sent.repr.flags),
    }
}

/// A segment as it would come out of the IP layer.
pub fn segment(flags: TcpFlags, seq: u32, ack: u32, window: u16, options: TcpOptions, text: &[u8]) -> Segment<'_> {
    Segment {
        seq: SeqNumber(seq),
        ack: SeqNumber(ack),
        flags,
        window,
        urgent: 0,
        options: options.decode(),
        payload: text,
        ecn: Ecn::NotEct,
    }
}

/// Polls until there is nothing more to send, and checks every segment and the agreement of the two polls.
pub fn drain(conn: &mut Connection, now: Instant) -> Vec<Sent> {
    let tuple = *conn.tuple();
    let pseudo = PseudoHeader::new(tuple.local.ip(), tuple.remote.ip()).unwrap();
    let mut all = Vec::new();
    let mut out = vec![0; 1 << 16];
    while let Some(emitted) = conn.poll_transmit(now, &mut out) {
        let packet = TcpPacket::new_checked(&out[..emitted.len]).unwrap();
        let repr = TcpRepr::parse(&packet, Some(pseudo)).expect("a valid checksum");
        assert_eq!((repr.src_port, repr.dst_port), (tuple.local.port(), tuple.remote.port()));
        all.push(Sent { at: now, repr, text: packet.payload().to_vec() });
        assert!(all.len() < 10_000, "sends for ever");
    }
    // After poll_transmit returned nothing, poll_timeout is later than now.
    let wake = conn.poll_timeout();
    assert!(wake.is_none_or(|at| at > now), "{wake:?} is not later than {now:?}");
    all
}
