//! The timers of a connection: a small table of deadlines, one per kind.

use crate::time::Instant;

/// The kinds of timers, in the order in which expired ones are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Timer {
    /// Retransmission (RFC 6298 5).
    Retransmit,
    /// Zero-window probe, or the override of the sender's SWS avoidance (RFC 9293 3.8.6).
    Persist,
    /// A delayed ACK is due (RFC 9293 3.8.6.3).
    DelayedAck,
    /// Keep-alive (RFC 9293 3.8.4).
    KeepAlive,
    /// User timeout (RFC 9293 3.10.8, RFC 5482).
    User,
    /// 2 MSL in TIME-WAIT, or the limit on FIN-WAIT-2 before it.
    TimeWait,
}

impl Timer {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Retransmit, Self::Persist, Self::DelayedAck, Self::KeepAlive, Self::User, Self::TimeWait];
}

/// One optional deadline per [`Timer`].
#[derive(Clone, Debug)]
pub struct TimerTable([Instant; Timer::ALL.len()]);

impl TimerTable {
    /// No timer runs.
    pub const fn new() -> Self {
        Self([Instant::FAR_FUTURE; Timer::ALL.len()])
    }

    /// Starts or restarts `timer`.
    pub fn set(&mut self, timer: Timer, at: Instant) {
        self.0[timer as usize] = at;
    }

    /// Stops `timer`.
    pub fn stop(&mut self, timer: Timer) {
        self.0[timer as usize] = Instant::FAR_FUTURE;
    }

    /// Stops all of them.
    pub fn stop_all(&mut self) {
        *self = Self::new();
    }

    /// Whether `timer` runs.
    pub fn is_set(&self, timer: Timer) -> bool {
        self.0[timer as usize] != Instant::FAR_FUTURE
    }

    /// When `timer` expires.
    pub fn get(&self, timer: Timer) -> Option<Instant> {
        Some(self.0[timer as usize]).filter(|at| *at != Instant::FAR_FUTURE)
    }

    /// The earliest deadline; `FAR_FUTURE` if no timer runs.
    pub fn next(&self) -> Instant {
        self.0.iter().fold(Instant::FAR_FUTURE, |earliest, at| earliest.min(*at))
    }

    /// Stops and returns the first kind that has expired at `now`.
    pub fn pop_expired(&mut self, now: Instant) -> Option<Timer> {
        let timer = Timer::ALL.into_iter().find(|timer| self.0[*timer as usize] <= now && self.is_set(*timer))?;
        self.stop(timer);
        Some(timer)
    }
}

impl Default for TimerTable {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expired_timers_come_once_each_and_spurious_calls_do_nothing() {
        let mut timers = TimerTable::new();
        assert_eq!(timers.next(), Instant::FAR_FUTURE);
        timers.set(Timer::DelayedAck, Instant::from_secs(1));
        timers.set(Timer::Retransmit, Instant::from_secs(2));
        assert_eq!(timers.next(), Instant::from_secs(1));
        assert_eq!(timers.pop_expired(Instant::ZERO), None);
        assert_eq!(timers.pop_expired(Instant::from_secs(3)), Some(Timer::Retransmit));
        assert_eq!(timers.pop_expired(Instant::from_secs(3)), Some(Timer::DelayedAck));
        assert_eq!(timers.pop_expired(Instant::from_secs(3)), None);
        assert_eq!(timers.pop_expired(Instant::FAR_FUTURE), None);
    }
}
