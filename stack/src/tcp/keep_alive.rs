//! Keep-alive (RFC 9293 3.8.4): off unless the application asks for it.

use super::config::KeepAliveConfig;
use super::connection::Connection;
use super::state::State;
use super::timers::Timer;
use crate::errno::Errno;
use crate::fault::Fault;
use crate::time::{Duration, Instant};

/// Settings and progress of keep-alive on one connection.
#[derive(Clone, Debug)]
pub(super) struct KeepAlive {
    pub settings: KeepAliveConfig,
    /// Probes without an answer.
    pub probes: u32,
}

impl KeepAlive {
    pub fn new(settings: KeepAliveConfig) -> Self {
        Self { settings, probes: 0 }
    }
}

impl Connection {
    /// Switches keep-alive on with these settings, or off.
    pub fn set_keep_alive(&mut self, now: Instant, settings: Option<KeepAliveConfig>) {
        self.tick(now);
        if self.config.faults.has(Fault::NoKeepAlive) {
            return;
        }
        // RFC9293-MUST-24: on or off per connection; RFC9293-MUST-27: the interval is configurable.
        self.keep_alive = settings.map(|settings| Box::new(KeepAlive::new(settings)));
        self.pending.keep_alive = false;
        self.timers.stop(Timer::KeepAlive);
        self.arm_keep_alive(now);
    }

    /// The settings in force.
    pub fn keep_alive(&self) -> Option<KeepAliveConfig> {
        self.keep_alive.as_ref().map(|keep_alive| keep_alive.settings)
    }

    /// Starts the timer for the idle time that is left, in the states that know the peer.
    pub(super) fn arm_keep_alive(&mut self, now: Instant) {
        let alive = self.snd.syn_acked && !matches!(self.state, State::Closed | State::TimeWait);
        if let Some(keep_alive) = self.keep_alive.as_ref().filter(|_| alive) {
            let due = self.received_at + keep_alive.settings.idle;
            self.timers.set(Timer::KeepAlive, due.max(now + Duration::from_micros(1)));
        }
    }

    /// The keep-alive timer expired.
    pub(super) fn keep_alive_expired(&mut self, now: Instant) {
        let busy = !self.snd.is_quiet() || self.snd.cursor != self.snd.stream_end();
        let Some(keep_alive) = &mut self.keep_alive else { return };
        let KeepAliveConfig { idle, interval, count } = keep_alive.settings;
        // RFC9293-MUST-26: only if nothing is outstanding and nothing arrived for the whole interval.
        if busy || now.since(self.received_at) < idle {
            let due = if busy { now + idle } else { self.received_at + idle };
            self.timers.set(Timer::KeepAlive, due.max(now + Duration::from_micros(1)));
            return;
        }
        // RFC9293-MUST-29: one unanswered probe means nothing.
        let count = if self.config.faults.has(Fault::KeepAliveFirstProbeKills) { 1 } else { count.max(1) };
        if keep_alive.probes >= count {
            let error = self.soft_error.unwrap_or(Errno::TimedOut);
            self.terminate(Some(error));
            self.pending.reset = true;
            return;
        }
        keep_alive.probes += 1;
        self.pending.keep_alive = true;
        self.timers.set(Timer::KeepAlive, now + interval.max(Duration::from_millis(1)));
    }

    /// A segment arrived: the peer is alive.
    #[inline]
    pub(super) fn heard(&mut self, now: Instant) {
        self.received_at = now;
        if let Some(keep_alive) = &mut self.keep_alive {
            keep_alive.probes = 0;
            self.pending.keep_alive = false;
        }
    }
}
