//! Fourth: check the SYN bit (RFC 9293 3.10.7.4, RFC 5961 4).

use super::closed::reset;
use super::{Step, drop_segment};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::tcp::connection::{Connection, Outcome};
use crate::tcp::segment::Segment;
use crate::tcp::state::State;
use crate::time::Instant;

impl Connection {
    /// A SYN in the window.
    pub(super) fn check_syn(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        if !seg.flags.syn() {
            return Step::Continue(());
        }
        let kept = self.config.faults.has(Fault::SynReceivedSynIgnored);
        if self.state == State::SynReceived && self.marks.passive && !kept {
            // RFC9293-MUST-11, RFC9293-WP-21: back to the listener.
            self.terminate(None);
            return drop_segment(DropReason::NoConnection);
        }
        if self.config.faults.has(Fault::SynInWindowAccepted) {
            let reply = Some(reset(seg, &self.tuple, self.snd.nxt, None));
            self.terminate(Some(Errno::ConnectionReset));
            return Step::Break(Outcome { reply, dropped: None });
        }
        // RFC5961-4.2-2, RFC5961-4.2-3: challenge ACK, drop.
        let challenged = self.challenge(now);
        drop_segment(if challenged { DropReason::OutsideWindow } else { DropReason::RateLimited })
    }
}
