//! What happens when a timer expires (RFC 9293 3.10.8, RFC 6298 5.4 to 5.6).

use super::congestion::CongestionControl;
use super::connection::Connection;
use super::persist;
use super::recovery::LossRecovery;
use super::state::{Event, State};
use super::timers::Timer;
use crate::errno::Errno;
use crate::fault::Fault;
use crate::time::{Duration, Instant};

impl Connection {
    /// Serves every timer that has expired. Calls that come too early do nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.tick(now);
        while let Some(timer) = self.timers.pop_expired(self.clock) {
            match timer {
                Timer::Retransmit => self.retransmission_timeout(now),
                Timer::Persist => self.persist_timeout(now),
                // RFC9293-MUST-40: the delay is over.
                Timer::DelayedAck => self.pending.ack = true,
                Timer::KeepAlive => self.keep_alive_expired(now),
                Timer::User => self.user_timeout_expired(now),
                Timer::TimeWait => self.time_wait_timeout(),
            }
        }
    }

    fn retransmission_timeout(&mut self, now: Instant) {
        if self.snd.is_quiet() || self.state == State::Closed {
            return;
        }
        if !self.snd.syn_acked {
            self.syn_timeout(now);
            return;
        }
        let waited = now.since(self.snd.progress_at);
        // RFC9293-SHLD-11: R2. A closed window is no reason to give up while the peer answers (RFC9293-SHLD-17).
        if waited >= self.config.r2 && self.snd.retransmits > 0 {
            self.give_up();
            return;
        }
        let first = self.snd.retransmits == 0;
        self.snd.retransmits = self.snd.retransmits.saturating_add(1);
        if u32::from(self.snd.retransmits) == self.config.r1 {
            self.marks.advice = true;
        }
        // RFC6298-5-3: (5.5).
        self.rtt.back_off(&self.config);
        if self.config.faults.has(Fault::NoRetransmission) {
            self.timers.set(Timer::Retransmit, now + self.rtt.rto(&self.config));
            return;
        }
        if !self.config.faults.has(Fault::TimeoutKeepsWindow) {
            self.congestion.on_timeout(now, self.snd.flight(), first);
        }
        self.recovery.on_timeout(self.snd.nxt);
        // RFC2018-5-2, RFC2018-5.1-2: what was acknowledged selectively counts no more.
        self.snd.sacked = None;
        self.mark_ambiguous();
        self.snd.rewind();
        if self.snd.wnd == 0 && !first {
            // RFC9293-MUST-35: a window that shrank to zero is probed.
            self.pending.probe = true;
        } else {
            // (5.4): the earliest segment, whatever the window says (RFC 7323 2.4 (4)).
            self.pending.retransmit = true;
        }
    }

    fn syn_timeout(&mut self, now: Instant) {
        // RFC9293-MUST-23: R2 of a SYN is at least three minutes.
        let early = self.config.faults.has(Fault::SynGivesUpEarly) && self.snd.retransmits > 0;
        if now.since(self.snd.progress_at) >= self.config.r2_syn || early {
            self.give_up();
            return;
        }
        self.snd.retransmits = self.snd.retransmits.saturating_add(1);
        if u32::from(self.snd.retransmits) == self.config.r1 {
            self.marks.advice = true;
        }
        self.marks.syn_lost = true;
        self.rtt.back_off(&self.config);
        self.mark_ambiguous();
        self.snd.cursor = self.snd.iss;
    }

    fn persist_timeout(&mut self, now: Instant) {
        let answered = now.since(self.snd.progress_at) < self.config.r2;
        let probes = self.snd.probes;
        // RFC9293-MUST-37: open as long as probes are answered, given up when they are not.
        if probes > 0 && !answered || probes >= 5 && self.config.faults.has(Fault::ProbesGiveUp) {
            self.give_up();
        } else if self.snd.wnd == 0 {
            self.pending.probe = true;
        } else {
            // The override timeout of 3.8.6.2.1 (4).
            self.pending.sws_override = true;
        }
    }

    /// R2 or the user timeout: the connection is given up.
    fn give_up(&mut self) {
        let error = self.soft_error.unwrap_or(Errno::TimedOut);
        self.terminate(Some(error));
    }

    /// Starts, restarts or stops the user timeout after progress.
    pub(super) fn arm_user_timeout(&mut self) {
        match self.user_timeout {
            Some(span) if self.state != State::Closed && (!self.snd.is_quiet() || self.snd.probes > 0) => {
                self.timers.set(Timer::User, self.snd.progress_at + span.max(Duration::from_millis(1)));
            }
            _ => self.timers.stop(Timer::User),
        }
    }

    fn user_timeout_expired(&mut self, now: Instant) {
        let Some(span) = self.user_timeout else { return };
        if now.since(self.snd.progress_at) < span {
            self.arm_user_timeout();
        } else {
            self.give_up();
        }
    }

    fn time_wait_timeout(&mut self) {
        if self.state == State::TimeWait {
            self.transition(Event::TimeWaitTimeout);
        }
        self.terminate(None);
    }

    /// Limits FIN-WAIT-2 of a connection that nobody owns any more, if the configuration says so.
    pub(super) fn arm_fin_wait_2(&mut self, now: Instant) {
        if let (State::FinWait2, true, Some(limit)) = (self.state, self.marks.released, self.config.fin_wait_2_timeout)
        {
            self.timers.set(Timer::TimeWait, now + limit.max(Duration::from_millis(1)));
        }
    }

    /// Starts the persist timer: something waits, nothing is in flight, and the window is in the way.
    pub(super) fn arm_persist(&mut self) {
        let span = if self.snd.wnd == 0 {
            persist::interval(&self.config, self.rtt.rto(&self.config), self.snd.probes)
        } else {
            self.config.sws_override.max(Duration::from_millis(1))
        };
        if self.snd.probes == 0 && self.snd.is_quiet() {
            self.snd.progress_at = self.clock;
        }
        self.timers.set(Timer::Persist, self.clock + span);
    }
}
