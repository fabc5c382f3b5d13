//! Challenge ACKs and their limit (RFC 5961 3 to 5 and 7).

use super::connection::Connection;
use crate::fault::Fault;
use crate::time::{Duration, Instant};

/// How many challenge ACKs went out in the current interval. Per connection, so that one tells nothing about
/// another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChallengeLimit {
    since: Instant,
    count: u32,
}

impl ChallengeLimit {
    /// Whether one more may be sent; counts it if so.
    pub fn admit(&mut self, now: Instant, limit: u32, interval: Duration) -> bool {
        if self.count == 0 || now.since(self.since) >= interval {
            *self = Self { since: now, count: 0 };
        }
        let admitted = self.count < limit;
        self.count += u32::from(admitted);
        admitted
    }
}

impl Connection {
    /// Queues `<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>` unless the limit is reached. Returns whether it did.
    pub(super) fn challenge(&mut self, now: Instant) -> bool {
        let config = &self.config;
        if config.faults.has(Fault::NoChallengeAck) {
            return false;
        }
        // RFC5961-7-1, RFC5961-7-2: no more than so many in an interval, both tunable.
        let admitted = config.faults.has(Fault::ChallengeAckUnlimited)
            || self.challenge.admit(now, config.challenge_ack_limit, config.challenge_ack_interval);
        self.pending.ack |= admitted;
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_in_five_seconds() {
        let mut limit = ChallengeLimit::default();
        let mut admitted = |at: u64| limit.admit(Instant::from_millis(at), 10, Duration::from_secs(5));
        assert!((0..10).all(|step| admitted(step * 100)));
        assert!(!admitted(1_000) && !admitted(4_999));
        assert!(admitted(5_000));
    }
}
