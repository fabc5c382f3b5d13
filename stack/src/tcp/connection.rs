//! One connection: the transmission control block of RFC 9293 3.3.1 as a sans-IO machine.
//!
//! Open it with [`Connection::connect`] or [`Connection::accept`]; then the four verbs: `handle_segment` (in `input/`),
//! `poll_transmit` and `poll_timeout` (in `output.rs`), `handle_timeout` (in `timeout.rs`). The calls of the
//! application are in `user.rs`. Here are the struct, how it starts and how it changes state.

use std::sync::Arc;

use super::challenge::ChallengeLimit;
use super::config::{KeepAliveConfig, TcpConfig};
use super::congestion::{CongestionControl, Controller};
use super::keep_alive::KeepAlive;
use super::options::Negotiated;
use super::recovery::NewReno;
use super::recv::Receiver;
use super::rtt::RttEstimator;
use super::segment::Segment;
use super::send::Sender;
use super::state::{Event, State};
use super::timers::{Timer, TimerTable};
use super::tuple::FourTuple;
use super::urgent::Urgent;
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::seq::SeqNumber;
use crate::time::{Duration, Instant};
use crate::wire::ip::{Ecn, PseudoHeader};
use crate::wire::tcp::{DecodedOptions, TcpRepr};

/// Smallest MSS that a peer can make us use; less would leave no room beside the options.
const MSS_FLOOR: u16 = 48;

/// What came of a segment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// A reset to send now (no text). Everything else leaves through `poll_transmit`.
    pub reply: Option<TcpRepr>,
    /// Why the segment, or the rest of it, was not taken.
    pub dropped: Option<DropReason>,
}

impl Outcome {
    /// Taken as it was.
    pub(super) const TAKEN: Self = Self { reply: None, dropped: None };

    /// Dropped without a reset.
    pub(super) const fn dropped(reason: DropReason) -> Self {
        Self { reply: None, dropped: Some(reason) }
    }
}

/// A segment that was written into the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Octets written: header, options and text.
    pub len: usize,
    /// ECN field for the IP header.
    pub ecn: Ecn,
}

/// Things to send that no queue shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pending {
    /// An ACK is due now.
    pub ack: bool,
    /// A reset, after ABORT or a CLOSE that threw data away.
    pub reset: bool,
    /// The segment at SND.UNA is sent again whatever the windows say.
    pub retransmit: bool,
    /// A window probe.
    pub probe: bool,
    /// A small segment although SWS avoidance held it back.
    pub sws_override: bool,
    /// A keep-alive probe.
    pub keep_alive: bool,
}

/// Switches of the application and facts of the history, one bit each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// RFC9293-MUST-11: SYN-RECEIVED was entered from LISTEN.
    pub passive: bool,
    /// Nagle's algorithm is off.
    pub nodelay: bool,
    /// CLOSE was called: nobody will read any more.
    pub released: bool,
    /// Our SYN had to be sent again.
    pub syn_lost: bool,
    /// R1 was reached and nobody was told yet.
    pub advice: bool,
    /// Urgent data stays in the stream.
    pub urgent_inline: bool,
}

/// A TCP connection. See the module documentation.
#[derive(Clone, Debug)]
pub struct Connection {
    pub(super) config: Arc<TcpConfig>,
    pub(super) tuple: FourTuple,
    pub(super) pseudo: PseudoHeader,
    /// The latest time that any call has brought.
    pub(super) clock: Instant,
    pub(super) state: State,
    pub(super) pending: Pending,
    pub(super) marks: Marks,
    pub(super) options: Negotiated,
    pub(super) snd: Sender,
    pub(super) rcv: Receiver,
    pub(super) timers: TimerTable,
    pub(super) rtt: RttEstimator,
    pub(super) congestion: Controller,
    pub(super) recovery: NewReno,
    pub(super) challenge: ChallengeLimit,
    pub(super) mtu: u32,
    pub(super) user_timeout: Option<Duration>,
    pub(super) received_at: Instant,
    pub(super) keep_alive: Option<Box<KeepAlive>>,
    pub(super) urgent: Option<Box<Urgent>>,
    pub(super) error: Option<Errno>,
    pub(super) soft_error: Option<Errno>,
}

impl Connection {
    /// An active OPEN: SYN-SENT, the SYN leaves with the first `poll_transmit`. `mtu` is that of IP packets on
    /// the path; `iss` comes from [`super::initial_sequence`].
    pub fn connect(config: Arc<TcpConfig>, now: Instant, tuple: FourTuple, iss: SeqNumber, mtu: usize) -> Self {
        let mut conn = Self::new(config, now, tuple, iss, mtu);
        conn.transition(Event::ActiveOpen);
        conn
    }

    /// A connection that a listener makes of `syn` (see [`super::listen_decision`]): SYN-RECEIVED, the SYN,ACK
    /// leaves with the first `poll_transmit`. Text on the SYN is kept for after the handshake.
    pub fn accept(
        config: Arc<TcpConfig>,
        now: Instant,
        tuple: FourTuple,
        iss: SeqNumber,
        mtu: usize,
        syn: &Segment<'_>,
    ) -> Self {
        let mut conn = Self::new(config, now, tuple, iss, mtu);
        conn.marks.passive = true;
        conn.transition(Event::PassiveOpen);
        conn.transition(Event::Syn);
        conn.take_syn(now, syn);
        conn.take_text_of_syn(syn);
        conn
    }

    fn new(config: Arc<TcpConfig>, now: Instant, tuple: FourTuple, iss: SeqNumber, mtu: usize) -> Self {
        let mtu = mtu.clamp(68, 0xffff) as u32;
        let own_mss = (mtu as usize).saturating_sub(tuple.fixed_headers()).max(usize::from(MSS_FLOOR)) as u16;
        let own_mss = config.max_segment_size.map_or(own_mss, |mss| mss.max(MSS_FLOOR).min(own_mss));
        let pseudo = PseudoHeader::new(tuple.local.ip(), tuple.remote.ip());
        let keep_alive = config.keep_alive.or(config
            .faults
            .has(Fault::KeepAliveByDefault)
            .then(|| KeepAliveConfig { idle: Duration::from_secs(60), ..KeepAliveConfig::default() }));
        Self {
            tuple,
            // Ends of two families are a mistake of the caller; such a connection gets no answers.
            pseudo: pseudo
                .unwrap_or(PseudoHeader::v4(core::net::Ipv4Addr::UNSPECIFIED, core::net::Ipv4Addr::UNSPECIFIED)),
            clock: now,
            state: State::Closed,
            pending: Pending::default(),
            marks: Marks { nodelay: config.nodelay, urgent_inline: config.urgent_inline, ..Marks::default() },
            options: Negotiated::offer(&config, &tuple),
            snd: Sender::new(iss, config.send_buffer, tuple.default_mss().min(own_mss), now),
            rcv: Receiver::new(&config, own_mss),
            timers: TimerTable::new(),
            rtt: RttEstimator::new(&config),
            congestion: Controller::new(&config, u32::from(tuple.default_mss())),
            recovery: NewReno::new(iss),
            challenge: ChallengeLimit::default(),
            mtu,
            user_timeout: config.user_timeout,
            received_at: now,
            keep_alive: keep_alive.map(|settings| Box::new(KeepAlive::new(settings))),
            urgent: None,
            error: None,
            soft_error: None,
            config,
        }
    }

    /// Moves along the transition table; an event that changes nothing is no error.
    pub(super) fn transition(&mut self, event: Event) {
        if let Some(next) = self.state.next(event) {
            self.state = next;
        }
    }

    /// Takes sequence number, window and options of the peer's SYN.
    pub(super) fn take_syn(&mut self, now: Instant, syn: &Segment<'_>) {
        self.rcv.start(syn.seq);
        self.received_at = now;
        self.options.answer(&self.config, now, &syn.options);
        self.rcv.shift = if self.options.window_scale { self.rcv.shift } else { 0 };
        // RFC7323-2.2-8: the window of a SYN is not scaled.
        self.snd.wnd = u32::from(syn.window);
        self.snd.max_wnd = self.snd.wnd;
        self.snd.wl1 = syn.seq;
        self.snd.wl2 = if syn.flags.ack() { syn.ack } else { self.snd.iss };
        self.snd.peer_mss = self.peer_mss(&syn.options);
        self.update_mss();
        self.congestion = Controller::new(&self.config, u32::from(self.snd.mss));
    }

    /// The send MSS from the peer's SYN (RFC 9293 3.7.1).
    fn peer_mss(&self, options: &DecodedOptions) -> u16 {
        let own = (self.mtu as usize).saturating_sub(self.tuple.fixed_headers()) as u16;
        match options.max_segment_size {
            Some(_) if self.config.faults.has(Fault::IgnoresMssOption) => own,
            // RFC9293-MUST-14.
            Some(mss) => mss.max(MSS_FLOOR),
            None if self.config.faults.has(Fault::MssDefaultTooLarge) => own,
            // RFC9293-MUST-15.
            None => self.tuple.default_mss(),
        }
    }

    /// Computes the effective send MSS anew.
    pub(super) fn update_mss(&mut self) {
        // RFC9293-MUST-16: Eff.snd.MSS = min(SendMSS + 20, MMS_S) - TCPhdrsize - IPoptionsize.
        let path = (self.mtu as usize).saturating_sub(self.tuple.fixed_headers()) as u16;
        let mss = self.snd.peer_mss.min(path.max(MSS_FLOOR)) - self.options.overhead();
        if mss != self.snd.mss {
            self.snd.mss = mss;
            self.congestion.on_mss_change(u32::from(mss));
        }
    }

    /// Keeps text and FIN of a SYN: the text is readable, and the FIN taken, once the connection is established.
    pub(super) fn take_text_of_syn(&mut self, syn: &Segment<'_>) {
        // RFC9293-WP-13.
        let len = syn.payload.len().min(self.rcv.wnd() as usize);
        if len > 0 && self.config.faults.has(Fault::DataOnSynLost) {
            self.rcv.nxt += len as u32;
        } else if len > 0 {
            let config = Arc::clone(&self.config);
            self.rcv.insert(syn.text_seq(), &syn.payload[..len], &config.faults, config.out_of_order_limit);
        }
        if syn.flags.fin() && len == syn.payload.len() {
            self.rcv.fin_at = Some(self.rcv.nxt);
        }
    }

    /// Everything that happens once our SYN is acknowledged, in whatever state.
    pub(super) fn on_syn_acked(&mut self, now: Instant) {
        if self.marks.syn_lost {
            // RFC6298-5-4 and RFC5681-3.1-7: a lost SYN costs 3 seconds and leaves one segment.
            if !self.config.faults.has(Fault::NoRtoAfterSynLoss) {
                self.rtt.after_syn_loss(&self.config);
            }
            self.congestion.set_cwnd(u32::from(self.snd.mss));
        }
        self.snd.retransmits = 0;
        self.arm_keep_alive(now);
    }

    /// Enters TIME-WAIT, or stays there and begins it again.
    pub(super) fn start_time_wait(&mut self, now: Instant) {
        self.timers.stop_all();
        // RFC9293-MUST-13: 2 MSL.
        let span =
            if self.config.faults.has(Fault::TimeWaitTooShort) { Duration::from_secs(1) } else { self.config.msl * 2 };
        self.timers.set(Timer::TimeWait, now + span);
        self.pending.retransmit = false;
        self.pending.probe = false;
        self.snd.ring.release();
        self.rcv.drop_out_of_order();
        self.keep_alive = None;
    }

    /// Ends the connection at once: CLOSED, queues flushed, timers stopped. `error` goes to the application.
    pub(super) fn terminate(&mut self, error: Option<Errno>) {
        self.transition(Event::Abort);
        self.timers.stop_all();
        self.pending = Pending::default();
        self.snd.ring.release();
        self.rcv.ring.release();
        self.rcv.drop_out_of_order();
        self.keep_alive = None;
        if let Some(error) = error {
            // RFC9293-MUST-12: the application learns of it.
            self.error = Some(error);
        }
    }

    /// Moves the clock forward; it never goes back.
    pub(super) fn tick(&mut self, now: Instant) {
        self.clock = self.clock.max(now);
    }

    /// The state, as RFC 9293 names it.
    pub fn state(&self) -> State {
        self.state
    }

    /// The four-tuple.
    pub fn tuple(&self) -> &FourTuple {
        &self.tuple
    }

    /// CLOSED, with nothing left to send: the connection can be forgotten.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed && !self.pending.reset
    }

    /// Whether it came from a listener and is not established yet, so that it fills a place in a SYN queue.
    pub fn is_half_open(&self) -> bool {
        self.marks.passive && self.state == State::SynReceived
    }

    /// R1 was reached since the last call: IP should look for another route (RFC9293-MUST-20).
    pub fn take_negative_advice(&mut self) -> bool {
        core::mem::take(&mut self.marks.advice)
    }

    /// Tells the connection the MTU of IP packets on its path. A smaller one makes it send again at once what is
    /// outstanding (RFC 1191 6.4, RFC 9293 3.7.2).
    pub fn set_mtu(&mut self, now: Instant, mtu: usize) {
        self.tick(now);
        let mtu = mtu.clamp(68, 0xffff) as u32;
        let before = self.snd.mss;
        self.mtu = mtu;
        self.update_mss();
        if self.snd.mss < before && self.state.is_synchronized() && self.snd.syn_acked && !self.snd.is_quiet() {
            self.mark_ambiguous();
            self.snd.rewind();
            self.pending.retransmit = true;
        }
    }

    /// Something outstanding is sent again: the measurement under way becomes ambiguous.
    pub(super) fn mark_ambiguous(&mut self) {
        if let Some(timed) = &mut self.snd.timed {
            timed.ambiguous = true;
        }
    }
}
