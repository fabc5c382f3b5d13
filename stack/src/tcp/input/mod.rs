//! SEGMENT ARRIVES (RFC 9293 3.10.7): one file per step, in the order of the RFC.
//!
//! [`Connection::handle_segment`] first tries the fast path (`fast.rs`), which takes in-order text and plain ACKs in
//! ESTABLISHED. Everything else walks through the steps; each of them lets the segment pass or ends with an
//! [`Outcome`].

mod acceptability;
mod ack;
mod closed;
mod fast;
mod fin;
mod listen;
mod rst;
mod syn;
mod syn_sent;
mod text;
mod time_wait;

use core::ops::ControlFlow;

pub use closed::closed_reply;
pub use listen::{ListenDecision, listen_decision};

use super::connection::{Connection, Outcome};
use super::segment::Segment;
use super::state::State;
use crate::event::DropReason;
use crate::time::Instant;

/// What a step of 3.10.7.4 decides: go on, or stop with this outcome.
pub(super) type Step = ControlFlow<Outcome>;

/// Stops and drops what is left of the segment.
pub(super) const fn drop_segment(reason: DropReason) -> Step {
    ControlFlow::Break(Outcome::dropped(reason))
}

impl Connection {
    /// A segment of this connection arrives; the caller has verified lengths and checksum.
    #[inline]
    pub fn handle_segment(&mut self, now: Instant, seg: &Segment<'_>) -> Outcome {
        self.tick(now);
        if self.fast_path(now, seg) {
            return Outcome::TAKEN;
        }
        self.slow_path(now, seg)
    }

    #[inline(never)]
    fn slow_path(&mut self, now: Instant, seg: &Segment<'_>) -> Outcome {
        let step = match self.state {
            State::Closed | State::Listen => {
                let reply = closed_reply(seg, &self.tuple, &self.config.faults);
                return Outcome { reply, dropped: Some(DropReason::NoConnection) };
            }
            State::SynSent => self.in_syn_sent(now, seg),
            _ => self.other_states(now, seg),
        };
        match step {
            ControlFlow::Break(outcome) => outcome,
            ControlFlow::Continue(()) => Outcome::TAKEN,
        }
    }

    /// 3.10.7.4: first to eighth.
    fn other_states(&mut self, now: Instant, arrived: &Segment<'_>) -> Step {
        let mut seg = *arrived;
        self.check_timestamps(now, &seg)?;
        self.check_sequence(now, &mut seg)?;
        self.heard(now);
        self.check_rst(now, &seg)?;
        // Third, security: not used.
        self.check_syn(now, &seg)?;
        self.take_timestamp(now, arrived);
        self.check_ack(now, &seg)?;
        self.after_ack(now, &seg)
    }

    /// Sixth to eighth; SYN-SENT joins here.
    fn after_ack(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        self.check_urg(seg);
        self.take_text(now, seg)?;
        self.check_fin(now, seg);
        Step::Continue(())
    }
}
