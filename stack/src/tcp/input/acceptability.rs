//! First: check the sequence number (RFC 9293 3.10.7.4, table 6), with PAWS before it (RFC 7323 5.3).

use super::{Step, drop_segment};
use crate::event::DropReason;
use crate::fault::Fault;
use crate::tcp::connection::Connection;
use crate::tcp::segment::Segment;
use crate::tcp::state::State;
use crate::time::Instant;
use crate::wire::tcp::TcpFlags;

impl Connection {
    /// R1 of PAWS, and segments that lack the timestamps they must have.
    pub(super) fn check_timestamps(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        // RFC7323-5.2-5: resets are not subject to PAWS. A SYN is judged by its own rules.
        if !self.options.timestamps || seg.flags.intersects(TcpFlags::RST) {
            // RFC7323-3.2-10: timestamps that were not negotiated are ignored.
            return Step::Continue(());
        }
        let Some((value, _)) = seg.options.timestamps else {
            // RFC7323-3.2-8; RFC7323-3.2-9: the connection goes on.
            return if seg.flags.syn() { Step::Continue(()) } else { drop_segment(DropReason::MissingTimestamp) };
        };
        if self.options.is_old(now, value) && !self.config.faults.has(Fault::NoPaws) {
            // RFC7323-5.3-1, R1: an ACK, and the segment is dropped.
            self.pending.ack = true;
            return drop_segment(DropReason::OldTimestamp);
        }
        Step::Continue(())
    }

    /// R3 of PAWS: TS.Recent <- SEG.TSval if the segment covers Last.ACK.sent (RFC 7323 4.3).
    pub(super) fn take_timestamp(&mut self, now: Instant, seg: &Segment<'_>) {
        if let (true, Some((value, _))) = (self.options.timestamps, seg.options.timestamps) {
            let newer = value.wrapping_sub(self.options.ts_recent) as i32 >= 0 || self.options.is_stale(now);
            if newer && seg.seq.le(self.rcv.last_ack) && !self.config.faults.has(Fault::TimestampEchoStale) {
                self.options.ts_recent = value;
                self.options.ts_recent_at = now;
            }
        }
    }

    /// Table 6. What passes is cut to the window: the steps behind see a segment that begins at or after RCV.NXT
    /// and does not reach beyond the right edge.
    pub(super) fn check_sequence(&mut self, now: Instant, seg: &mut Segment<'_>) -> Step {
        if seg.flags.rst() && self.config.faults.has(Fault::RstSequenceUnchecked) {
            seg.seq = self.rcv.nxt;
        }
        if self.is_acceptable(seg) {
            self.cut_to_window(seg);
            return Step::Continue(());
        }
        if self.state == State::SynReceived && seg.flags.syn() && seg.seq == self.rcv.irs {
            return self.syn_again(seg);
        }
        // RFC9293-MUST-66: with a closed window ACK, URG and RST of a segment at RCV.NXT still count.
        if self.rcv.wnd() == 0 && seg.seq == self.rcv.nxt {
            self.pending.ack = true;
            seg.payload = &[];
            seg.flags = seg.flags.without(TcpFlags::FIN | TcpFlags::SYN);
            return Step::Continue(());
        }
        self.unacceptable(now, seg)
    }

    /// The acceptability test.
    fn is_acceptable(&self, seg: &Segment<'_>) -> bool {
        let (nxt, wnd) = (self.rcv.nxt, self.rcv.wnd());
        let len = seg.len();
        if self.config.faults.has(Fault::OverlapDropped) && seg.seq.lt(nxt) {
            return false;
        }
        if self.config.faults.has(Fault::AcceptsBeyondWindow) && seg.seq.in_window(nxt, wnd + 0xffff) {
            return true;
        }
        match (len, wnd) {
            (0, 0) => seg.seq == nxt,
            (0, _) => seg.seq.in_window(nxt, wnd),
            (_, 0) => false,
            _ => seg.seq.in_window(nxt, wnd) || (seg.seq + (len - 1)).in_window(nxt, wnd),
        }
    }

    /// Trims what lies outside of the window, SYN and FIN included.
    pub(super) fn cut_to_window(&self, seg: &mut Segment<'_>) {
        let before = self.rcv.nxt.distance(seg.seq);
        if before > 0 {
            let mut skip = before as usize;
            if seg.flags.syn() {
                seg.flags = seg.flags.without(TcpFlags::SYN);
                skip -= 1;
            }
            seg.payload = &seg.payload[skip.min(seg.payload.len())..];
            if seg.flags.urg() {
                // The pointer counts from SEG.SEQ.
                seg.urgent = seg.urgent.saturating_sub(before.min(0xffff) as u16);
            }
            seg.seq = self.rcv.nxt;
        }
        // RFC9293-WP-24: nothing beyond the right edge.
        let room = self.rcv.edge.distance(seg.text_seq()).max(0) as usize;
        if seg.payload.len() > room && !self.config.faults.has(Fault::AcceptsBeyondWindow) {
            seg.payload = &seg.payload[..room];
            seg.flags = seg.flags.without(TcpFlags::FIN);
        } else if seg.payload.len() == room && seg.flags.fin() {
            seg.flags = seg.flags.without(TcpFlags::FIN);
        }
    }

    /// The SYN that brought us into SYN-RECEIVED comes again, or the SYN,ACK of a simultaneous open does.
    fn syn_again(&mut self, seg: &mut Segment<'_>) -> Step {
        if seg.flags.ack() {
            // RFC 9293 figure 7, line 6: only the ACK is new (appendix A.2).
            seg.flags = seg.flags.without(TcpFlags::SYN);
            seg.seq = self.rcv.nxt;
            seg.payload = &[];
            return Step::Continue(());
        }
        // The peer did not get our SYN,ACK, which is the acknowledgment that it needs.
        self.snd.cursor = self.snd.iss;
        drop_segment(DropReason::OutsideWindow)
    }

    fn unacceptable(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        if seg.flags.rst() {
            // RFC5961-3.2-5: outside of the window, dropped in silence.
            return drop_segment(DropReason::OutsideWindow);
        }
        if self.state == State::TimeWait && seg.flags.fin() && seg.end() == self.rcv.nxt {
            self.fin_in_time_wait(now);
        }
        // RFC9293-WP-4. Segments without text are answered within the limit of challenge ACKs, so that two ends which
        // disagree do not answer each other for ever.
        if !self.config.faults.has(Fault::OutsideWindowSilent) {
            let config = &self.config;
            let answer =
                !seg.is_empty() || self.challenge.admit(now, config.challenge_ack_limit, config.challenge_ack_interval);
            self.pending.ack |= answer;
        }
        drop_segment(DropReason::OutsideWindow)
    }
}
