//! What to send now, or when to wake: one pure decision, [`Connection::plan`], behind both `poll_transmit` and
//! `poll_timeout` (RFC 9293 3.7.4, 3.8.6.2.1; RFC 5681 2). `emit.rs` carries it out.

use super::congestion::CongestionControl;
use super::connection::{Connection, Emitted};
use super::recovery::LossRecovery;
use super::state::State;
use super::timers::Timer;
use crate::fault::Fault;
use crate::seq::SeqNumber;
use crate::time::Instant;

/// The kinds of segments, as far as sending them differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// RST after ABORT.
    Reset,
    /// SYN or SYN,ACK.
    Syn,
    /// Text or FIN at the cursor.
    Data,
    /// Text or FIN at SND.UNA, sent again regardless of the windows.
    Retransmit,
    /// One octet beyond a closed window.
    Probe,
    /// Only an acknowledgment.
    Ack,
    /// A keep-alive probe.
    KeepAlive,
}

/// A segment to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transmit {
    pub kind: Kind,
    pub seq: SeqNumber,
    /// Octets of text.
    pub len: u32,
    pub fin: bool,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Send this now.
    Send(Transmit),
    /// Nothing to send before a timer expires; `persist`: the persist timer has to be started first.
    Wait { persist: bool },
}

/// Whether text can go.
enum Next {
    Nothing,
    Send {
        len: u32,
        fin: bool,
    },
    /// Something is queued but may not go; `persist`: only a timer will get it moving.
    Held {
        persist: bool,
    },
}

impl Connection {
    /// Writes the next segment into `out`, a whole TCP segment with its checksum, if there is one to send now.
    /// `out` holds at least the MTU less the IP header; text is cut to what fits.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Emitted> {
        self.tick(now);
        if self.timers.next() <= self.clock {
            self.handle_timeout(now);
        }
        match self.plan() {
            Plan::Send(transmit) => self.emit(transmit, out),
            Plan::Wait { persist } => {
                if persist {
                    self.arm_persist();
                }
                None
            }
        }
    }

    /// When `poll_transmit` is to be called next; the latest time seen if it has something now.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.plan() {
            Plan::Send(_) | Plan::Wait { persist: true } => Some(self.clock),
            Plan::Wait { persist: false } => Some(self.timers.next()).filter(|at| *at != Instant::FAR_FUTURE),
        }
    }

    /// The one decision. Depends on nothing but the state of the connection.
    pub(super) fn plan(&self) -> Plan {
        let at = |kind, seq, len, fin| Plan::Send(Transmit { kind, seq, len, fin });
        let snd = &self.snd;
        if self.state <= State::SynReceived || !snd.syn_acked {
            return self.plan_opening();
        }
        if self.pending.retransmit && !snd.is_quiet() {
            let (len, fin) = self.first_unacknowledged();
            return at(Kind::Retransmit, snd.una, len, fin);
        }
        if self.pending.probe && snd.una != snd.stream_end() {
            let text = snd.data_start() != snd.data_end();
            return at(Kind::Probe, snd.una, u32::from(text), !text);
        }
        let next = self.next_data();
        if let Next::Send { len, fin } = next {
            return at(Kind::Data, snd.cursor, len, fin);
        }
        if self.pending.ack || self.state.receives_text() && !self.rcv.shut && self.rcv.update_due(&self.config.faults)
        {
            return at(Kind::Ack, snd.nxt, 0, false);
        }
        if self.pending.keep_alive {
            // RFC9293-SHLD-12: SEG.SEQ = SND.NXT - 1, no data.
            return at(Kind::KeepAlive, snd.nxt - 1, 0, false);
        }
        // RFC9293-MUST-36: a closed window is probed.
        let never = snd.wnd == 0 && self.config.faults.has(Fault::NoZeroWindowProbe);
        let held = matches!(next, Next::Held { persist: true }) && !never;
        Plan::Wait { persist: held && !self.timers.is_set(Timer::Persist) && !self.timers.is_set(Timer::Retransmit) }
    }

    /// The decision while our SYN is not acknowledged, and in CLOSED.
    fn plan_opening(&self) -> Plan {
        let at = |kind, seq, fin| Plan::Send(Transmit { kind, seq, len: 0, fin });
        let snd = &self.snd;
        if self.pending.reset {
            return at(Kind::Reset, snd.nxt, false);
        }
        if matches!(self.state, State::Closed | State::Listen) {
            return Plan::Wait { persist: false };
        }
        if snd.cursor == snd.iss {
            return at(Kind::Syn, snd.iss, false);
        }
        // CLOSE in SYN-RECEIVED: the FIN may go before our SYN is acknowledged (RFC 9293 3.10.4).
        if self.state != State::SynReceived && snd.fin == Some(snd.cursor) && snd.wnd > 1 {
            return at(Kind::Data, snd.cursor, true);
        }
        if self.pending.ack && self.state != State::SynSent {
            return at(Kind::Ack, snd.nxt, false);
        }
        Plan::Wait { persist: false }
    }

    /// The text and FIN of the earliest segment that is outstanding.
    fn first_unacknowledged(&self) -> (u32, bool) {
        let snd = &self.snd;
        let sent = snd.nxt.min(snd.data_end());
        let len = sent.distance(snd.una).max(0) as u32;
        let full = self.segment_room();
        let fin = snd.fin.is_some_and(|fin| fin.lt(snd.nxt)) && len <= full;
        (len.min(full), fin)
    }

    /// Octets of text in a full segment at this moment: SACK blocks take room too.
    pub(super) fn segment_room(&self) -> u32 {
        let mss = u32::from(self.snd.mss);
        if !self.rcv.has_gap() || !self.options.sack {
            return mss;
        }
        mss.saturating_sub(self.sack_room()).max(1)
    }

    /// Whether the text at the cursor may go: the send window, the congestion window, Nagle and SWS avoidance.
    fn next_data(&self) -> Next {
        let snd = &self.snd;
        if snd.cursor == snd.stream_end() {
            return Next::Nothing;
        }
        let faults = &self.config.faults;
        let room = self.segment_room();
        let queued = snd.data_end().distance(snd.cursor).max(0) as u32;
        let pipe = snd.pipe();
        // RFC9293-MUST-34: the usable window is negative if the peer took window back.
        let mut usable = (snd.una + snd.wnd).distance(snd.cursor).max(0) as u32;
        if faults.has(Fault::IgnoresWindow) {
            usable = u32::MAX;
        }
        let cwnd = (self.congestion.cwnd() + self.recovery.allowance()).saturating_sub(pipe);
        let len = queued.min(room).min(usable);
        // RFC5681-2-1: nothing beyond the smaller of cwnd and rwnd. Segments are not cut to what cwnd leaves.
        if len > cwnd {
            return Next::Held { persist: false };
        }
        if len == room {
            let fin = len == queued && snd.fin.is_some() && usable > len;
            return Next::Send { len, fin };
        }
        self.small_segment(len, queued, usable)
    }

    /// Nagle and the sender's SWS avoidance, for a segment that is not full (RFC 9293 3.8.6.2.1).
    fn small_segment(&self, len: u32, queued: u32, usable: u32) -> Next {
        let snd = &self.snd;
        let faults = &self.config.faults;
        let fin = len == queued && snd.fin.is_some() && usable > len;
        let hold = Next::Held { persist: snd.pipe() == 0 };
        if len == 0 && !fin {
            return hold;
        }
        if snd.rewound || self.pending.sws_override || faults.has(Fault::SenderSillyWindow) {
            return Next::Send { len, fin };
        }
        // RFC9293-SHLD-7 and RFC9293-MUST-17: Nagle holds a small segment while anything is in flight (a window
        // probe is not).
        let nodelay = self.marks.nodelay && !faults.has(Fault::NagleAlways) || faults.has(Fault::NoNagle);
        let may_be_small = nodelay || snd.pipe() == 0;
        // RFC9293-MUST-38: (2) all that is queued, or (3) half of the largest window seen. A FIN pushes.
        let all = len == queued && (may_be_small || fin);
        let half = len >= 1 && len >= snd.max_wnd.div_ceil(2) && may_be_small;
        if all || half { Next::Send { len, fin } } else { hold }
    }
}
