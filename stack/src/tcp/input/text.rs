//! Seventh: process the segment text (RFC 9293 3.10.7.4), and when to acknowledge it (3.8.6.3; RFC 5681 4.2).

use super::{Step, closed::reset};
use crate::event::DropReason;
use crate::fault::Fault;
use crate::tcp::connection::{Connection, Outcome};
use crate::tcp::segment::Segment;
use crate::tcp::timers::Timer;
use crate::time::{Duration, Instant};

impl Connection {
    /// The segment is cut to the window.
    pub(super) fn take_text(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        let text = seg.payload;
        if text.is_empty() || !self.state.receives_text() {
            return Step::Continue(());
        }
        let seq = seg.text_seq();
        let faults = self.config.faults;
        let broken = faults.has(Fault::HalfCloseBroken) && self.snd.fin.is_some();
        let released = self.marks.released && !faults.has(Fault::TextAfterCloseTaken);
        if (released || broken) && (seq + text.len() as u32).gt(self.rcv.nxt) {
            // RFC9293-SHLD-3: nobody will read it, and the peer has to know.
            let reply = Some(reset(seg, &self.tuple, self.snd.nxt, None));
            self.terminate(None);
            return Step::Break(Outcome { reply, dropped: Some(DropReason::NoConnection) });
        }
        self.rcv.observe(text.len());
        let taken = self.rcv.insert(seq, text, &faults, self.config.out_of_order_limit);
        if taken.gap && !faults.has(Fault::NoImmediateDuplicateAck) {
            // RFC5681-3.2-1 and RFC5681-3.2-2: above a gap, or filling it, at once.
            self.pending.ack = true;
        } else {
            self.schedule_ack(now);
        }
        Step::Continue(())
    }

    /// In-order text was taken: an ACK is due now or soon.
    #[inline]
    pub(super) fn schedule_ack(&mut self, now: Instant) {
        let config = &self.config;
        let full = u32::from(self.rcv.largest.min(self.rcv.mss - self.options.overhead().min(self.rcv.mss - 1)));
        let every = if config.faults.has(Fault::AckEveryFourth) { 4 } else { 2 };
        // RFC9293-SHLD-19: at least every second full-sized segment.
        if self.rcv.nxt.bytes_since(self.rcv.last_ack) >= every * full {
            self.pending.ack = true;
            return;
        }
        let delay = match config.delayed_ack {
            _ if config.faults.has(Fault::DelayedAckTooLong) => Duration::from_millis(700),
            Some(delay) if !config.faults.has(Fault::NoDelayedAck) => delay,
            _ => {
                self.pending.ack = true;
                return;
            }
        };
        // RFC9293-SHLD-18, RFC9293-MUST-40: a delayed ACK, counted from the first octet that waits for it.
        if !self.timers.is_set(Timer::DelayedAck) {
            self.timers.set(Timer::DelayedAck, now + delay);
        }
    }
}
