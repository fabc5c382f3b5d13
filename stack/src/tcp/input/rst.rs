//! Second: check the RST bit (RFC 9293 3.10.7.4, RFC 5961 3).

use super::{Step, drop_segment};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::tcp::connection::{Connection, Outcome};
use crate::tcp::segment::Segment;
use crate::tcp::state::State;
use crate::time::Instant;

impl Connection {
    /// The segment is in the window already.
    pub(super) fn check_rst(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        if !seg.flags.rst() {
            return Step::Continue(());
        }
        let faults = &self.config.faults;
        let ignored = faults.has(Fault::ResetIgnored)
            || faults.has(Fault::ResetWithTextIgnored) && !seg.payload.is_empty()
            || faults.has(Fault::SynReceivedResetIgnored) && self.state == State::SynReceived;
        if ignored {
            return drop_segment(DropReason::OutsideWindow);
        }
        if seg.seq != self.rcv.nxt && !faults.has(Fault::RstInWindowAccepted) {
            // RFC5961-3.2-3, RFC5961-3.2-4: challenge ACK, drop.
            let challenged = self.challenge(now);
            return drop_segment(if challenged { DropReason::OutsideWindow } else { DropReason::RateLimited });
        }
        // RFC5961-3.2-2: exactly RCV.NXT.
        let error = match self.state {
            // RFC9293-WP-17: back to the listener; nobody is told.
            State::SynReceived if self.marks.passive || faults.has(Fault::OpenKindForgotten) => None,
            State::SynReceived => Some(Errno::ConnectionRefused),
            State::Closing | State::LastAck | State::TimeWait => None,
            _ if faults.has(Fault::ResetHidden) => None,
            // RFC9293-MUST-12.
            _ => Some(Errno::ConnectionReset),
        };
        self.terminate(error.filter(|_| !self.marks.released));
        Step::Break(Outcome::TAKEN)
    }
}
