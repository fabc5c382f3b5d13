//! Eighth: check the FIN bit (RFC 9293 3.10.7.4).

use crate::fault::Fault;
use crate::tcp::connection::Connection;
use crate::tcp::segment::Segment;
use crate::tcp::state::{Event, State};
use crate::time::Instant;

impl Connection {
    /// Takes the peer's FIN if everything before it is there, or remembers where it stands.
    pub(super) fn check_fin(&mut self, now: Instant, seg: &Segment<'_>) {
        if !self.state.receives_text() {
            return;
        }
        if seg.flags.fin() {
            self.rcv.fin_at = Some(seg.text_seq() + seg.payload.len() as u32);
        }
        let Some(fin) = self.rcv.fin_at else { return };
        if fin == self.rcv.nxt {
            self.take_fin(now);
        } else if seg.flags.fin() {
            self.pending.ack = true;
        }
    }

    fn take_fin(&mut self, now: Instant) {
        self.rcv.fin_at = None;
        self.rcv.fin = true;
        self.rcv.drop_out_of_order();
        if !self.config.faults.has(Fault::FinNotAcked) {
            // RFC9293-WP-6: RCV.NXT advances over the FIN, which is acknowledged at once.
            self.rcv.nxt += 1;
            self.rcv.edge = self.rcv.edge.max(self.rcv.nxt);
            self.pending.ack = true;
        }
        self.transition(Event::Fin);
        if self.state == State::TimeWait {
            self.start_time_wait(now);
        }
    }
}
