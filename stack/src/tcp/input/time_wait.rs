//! TIME-WAIT: repeated FINs, and which SYN may take its place (RFC 9293 3.6.1, RFC 6191 2).

use crate::fault::Fault;
use crate::tcp::connection::Connection;
use crate::tcp::segment::Segment;
use crate::tcp::state::State;
use crate::time::Instant;

impl Connection {
    /// The peer's FIN comes again: its acknowledgment was lost.
    pub(super) fn fin_in_time_wait(&mut self, now: Instant) {
        // RFC9293-WP-12: acknowledge it and restart the 2 MSL timeout.
        if !self.config.faults.has(Fault::TimeWaitNotRestarted) {
            self.start_time_wait(now);
        }
    }

    /// Whether the SYN `seg` may open a new incarnation of this connection, which is in TIME-WAIT
    /// (RFC9293-MAY-2, RFC9293-SHLD-4). If so the caller forgets this one and gives the SYN to the listener.
    pub fn may_reuse_time_wait(&self, seg: &Segment<'_>) -> bool {
        if self.state != State::TimeWait || !seg.flags.syn() || seg.flags.ack() || seg.flags.rst() {
            return false;
        }
        if self.config.faults.has(Fault::TimeWaitKeepsSyns) || self.config.faults.has(Fault::TimeWaitOldSyn) {
            return self.config.faults.has(Fault::TimeWaitOldSyn);
        }
        // RFC6191-2-1. The last sequence number of the old incarnation is that of its FIN.
        let beyond = seg.seq.gt(self.rcv.nxt - 1);
        let value = seg.options.timestamps.filter(|_| self.config.timestamps).map(|(value, _)| value);
        match (self.options.timestamps, value) {
            (true, Some(value)) => {
                let newer = value.wrapping_sub(self.options.ts_recent) as i32;
                newer > 0 || newer == 0 && beyond
            }
            (true, None) | (false, None) => beyond,
            (false, Some(_)) => true,
        }
    }
}
