//! SYN-SENT (RFC 9293 3.10.7.3).

use super::closed::reset;
use super::{Step, drop_segment};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::tcp::connection::{Connection, Outcome};
use crate::tcp::segment::Segment;
use crate::tcp::state::Event;
use crate::time::Instant;

impl Connection {
    /// The five checks of SYN-SENT.
    pub(super) fn in_syn_sent(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        let faults = self.config.faults;
        // First, the ACK bit: SND.UNA < SEG.ACK =< SND.NXT is acceptable.
        let acks = seg.flags.ack();
        if acks && !(seg.ack.gt(self.snd.una) && seg.ack.le(self.snd.nxt)) {
            let silent = seg.flags.rst() || faults.has(Fault::SynSentIgnoresBadAck);
            if seg.flags.rst() && faults.has(Fault::SynSentResetUnchecked) {
                self.terminate(Some(Errno::ConnectionRefused));
            }
            // RFC9293-WP-3.
            let reply = (!silent).then(|| reset(seg, &self.tuple, seg.ack, None));
            return Step::Break(Outcome { reply, dropped: Some(DropReason::UnacceptableAck) });
        }
        // Second, the RST bit: counts only with an acceptable ACK (RFC9293-WP-3, RFC 5961 3.2).
        if seg.flags.rst() {
            if acks || faults.has(Fault::SynSentResetUnchecked) {
                self.terminate(Some(Errno::ConnectionRefused));
                return Step::Continue(());
            }
            return drop_segment(DropReason::UnacceptableAck);
        }
        // Third, security: not used. Fourth, the SYN bit; fifth: anything else is dropped.
        if !seg.flags.syn() {
            return drop_segment(DropReason::NoConnection);
        }
        if !acks {
            return self.simultaneous_open(now, seg);
        }
        self.take_syn(now, seg);
        self.snd.wl2 = seg.ack;
        self.transition(Event::SynAck);
        self.take_ack_of_syn(now, seg);
        self.pending.ack = true;
        let mut seg = *seg;
        self.cut_to_window(&mut seg);
        self.after_ack(now, &seg)
    }

    /// A SYN crosses ours.
    fn simultaneous_open(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        if self.config.faults.has(Fault::NoSimultaneousOpen) {
            return drop_segment(DropReason::NoConnection);
        }
        // RFC9293-MUST-10: SYN-RECEIVED, and <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>.
        self.take_syn(now, seg);
        self.transition(Event::Syn);
        self.take_text_of_syn(seg);
        self.snd.cursor = self.snd.iss;
        Step::Continue(())
    }
}
