//! Fifth: check the ACK field (RFC 9293 3.10.7.4; RFC 5961 5; RFC 5681 3; RFC 6298 5).

use super::closed::reset;
use super::{Step, drop_segment};
use crate::event::DropReason;
use crate::fault::Fault;
use crate::seq::SeqNumber;
use crate::tcp::congestion::CongestionControl;
use crate::tcp::connection::{Connection, Outcome};
use crate::tcp::recovery::{AckContext, Action, LossRecovery};
use crate::tcp::segment::Segment;
use crate::tcp::state::{Event, State};
use crate::tcp::timers::Timer;
use crate::time::{Duration, Instant};

impl Connection {
    /// Judges SEG.ACK and applies it.
    pub(super) fn check_ack(&mut self, now: Instant, seg: &Segment<'_>) -> Step {
        let faults = self.config.faults;
        if !seg.flags.ack() {
            // RFC9293-WP-8.
            let taken = faults.has(Fault::WithoutAckAccepted);
            return if taken { Step::Continue(()) } else { drop_segment(DropReason::UnacceptableAck) };
        }
        if self.state == State::SynReceived && !(seg.ack.gt(self.snd.una) && seg.ack.le(self.snd.nxt)) {
            // RFC9293-WP-5.
            // RFC9293-WP-5.
            let silent = faults.has(Fault::SynReceivedBadAckSilent);
            let reply = (!silent).then(|| reset(seg, &self.tuple, seg.ack, None));
            return Step::Break(Outcome { reply, dropped: Some(DropReason::UnacceptableAck) });
        }
        // RFC5961-5.2-3: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT, else an ACK.
        let unsent = seg.ack.gt(self.snd.nxt) && !faults.has(Fault::AcceptsBadAck);
        let stale = seg.ack.lt(self.snd.una - self.snd.max_wnd) && !faults.has(Fault::AcceptsOldAck);
        if unsent || stale {
            // RFC9293-WP-7.
            self.challenge(now);
            return drop_segment(DropReason::UnacceptableAck);
        }
        if seg.ack.lt(self.snd.una) && faults.has(Fault::OldAckDropsText) {
            return drop_segment(DropReason::UnacceptableAck);
        }
        if self.state == State::SynReceived {
            self.transition(Event::AckOfSyn);
            self.take_ack_of_syn(now, seg);
            if self.snd.fin.is_some() {
                self.transition(Event::Close);
            }
        } else {
            self.take_ack(now, seg);
        }
        self.close_by_ack(now)
    }

    /// The acknowledgment of our SYN, with the window of a first segment: SND.WND, SND.WL1, SND.WL2.
    pub(super) fn take_ack_of_syn(&mut self, now: Instant, seg: &Segment<'_>) {
        self.acknowledge(now, seg.ack, seg);
        let shift = if seg.flags.syn() { 0 } else { self.options.snd_shift };
        self.set_window(u32::from(seg.window) << shift, seg.seq, seg.ack);
    }

    /// ESTABLISHED and later: new data, a duplicate, or only a window.
    fn take_ack(&mut self, now: Instant, seg: &Segment<'_>) {
        // RFC7323-2.3-5.
        let wnd = u32::from(seg.window) << self.options.snd_shift;
        let new_sack = self.options.sack
            && seg.options.sack[0].is_some()
            && self.snd.record_sack(&seg.options.sack, self.config.out_of_order_limit);
        if seg.ack.gt(self.snd.una) {
            let ack = if seg.ack.gt(self.snd.nxt) { self.snd.nxt } else { seg.ack };
            self.acknowledge(now, ack, seg);
        } else if seg.ack == self.snd.una && seg.payload.is_empty() && !seg.flags.fin() && wnd == self.snd.wnd {
            // RFC 5681 2: no text, no SYN or FIN, the window as it was, and something is outstanding.
            if !self.snd.is_quiet() && self.snd.probes == 0 && wnd > 0 {
                self.duplicate_ack(now, seg.ack, new_sack);
            }
        }
        if self.snd.wnd == 0 || wnd == 0 {
            // RFC9293-MUST-37: the peer answers, so the closed window may last.
            self.snd.progress_at = now;
        }
        let snd = &self.snd;
        // RFC9293-WP-9: not from segments older than the last update.
        let newer = snd.wl1.lt(seg.seq) || snd.wl1 == seg.seq && snd.wl2.le(seg.ack);
        if seg.ack.ge(snd.una) && newer {
            self.set_window(wnd, seg.seq, seg.ack);
        }
    }

    /// SND.WND <- SEG.WND, SND.WL1 <- SEG.SEQ, SND.WL2 <- SEG.ACK.
    #[inline]
    pub(super) fn set_window(&mut self, wnd: u32, seq: SeqNumber, ack: SeqNumber) {
        let snd = &mut self.snd;
        if snd.wnd == 0 && wnd > 0 {
            // The window opens: no more probes.
            snd.probes = 0;
            self.pending.probe = false;
            self.timers.stop(Timer::Persist);
        }
        snd.wnd = wnd;
        snd.wl1 = seq;
        snd.wl2 = ack;
        snd.max_wnd = snd.max_wnd.max(wnd);
    }

    /// SND.UNA < `ack` =< SND.NXT: new data is acknowledged.
    #[inline]
    pub(super) fn acknowledge(&mut self, now: Instant, ack: SeqNumber, seg: &Segment<'_>) {
        let context = self.ack_context(now, ack, false);
        let handshake = !self.snd.syn_acked;
        let acked = self.snd.advance(ack);
        self.measure(now, ack, seg);
        if self.snd.sacked.is_some() {
            self.snd.trim_sack();
        }
        let mut restart = true;
        if handshake {
            // RFC5681-3.1-6: the handshake does not open the congestion window.
            self.on_syn_acked(now);
        } else {
            let (action, counts) = self.recovery.on_new_ack(&context, &mut self.congestion);
            if counts && acked > 0 {
                self.congestion.on_ack(now, acked);
            }
            self.pending.retransmit = action != Action::None;
            restart = action != Action::RetransmitFirst;
        }
        self.snd.retransmits = 0;
        self.snd.progress_at = now;
        if self.snd.is_quiet() {
            // RFC 6298 (5.2).
            self.timers.stop(Timer::Retransmit);
        } else if restart && self.snd.probes == 0 {
            // RFC 6298 (5.3).
            self.timers.set(Timer::Retransmit, now + self.rtt.rto(&self.config).max(Duration::from_micros(1)));
        }
        if self.user_timeout.is_some() {
            self.arm_user_timeout();
        }
    }

    fn ack_context(&self, now: Instant, ack: SeqNumber, new_sack: bool) -> AckContext {
        let snd = &self.snd;
        let smss = u32::from(snd.mss);
        AckContext { now, una: snd.una, ack, nxt: snd.nxt, smss, sack: self.options.sack, new_sack }
    }

    /// Ends the measurement under way if `ack` covers it (RFC 6298 3, RFC 7323 4).
    fn measure(&mut self, now: Instant, ack: SeqNumber, seg: &Segment<'_>) {
        let Some(timed) = self.snd.timed.filter(|timed| ack.ge(timed.end)) else { return };
        self.snd.timed = None;
        if !timed.ambiguous || self.config.faults.has(Fault::KarnViolated) {
            self.rtt.sample(&self.config, now.since(timed.at));
            return;
        }
        // RFC6298-3-2: sent again, so only timestamps can tell which copy was acknowledged.
        if let (true, Some((_, echo))) = (self.options.timestamps && seg.flags.ack(), seg.options.timestamps) {
            let ticks = self.options.clock(now).wrapping_sub(echo);
            if echo != 0 && ticks < 1 << 31 {
                self.rtt.sample(&self.config, Duration::from_millis(u64::from(ticks)));
            }
        }
    }

    fn duplicate_ack(&mut self, now: Instant, ack: SeqNumber, new_sack: bool) {
        let context = self.ack_context(now, ack, new_sack);
        let action = self.recovery.on_duplicate_ack(&self.config, &context, &mut self.congestion);
        if action != Action::None {
            self.mark_ambiguous();
            self.pending.retransmit = true;
        }
    }

    /// FIN-WAIT-1, CLOSING, LAST-ACK: our FIN may be acknowledged now.
    fn close_by_ack(&mut self, now: Instant) -> Step {
        if !self.snd.fin_acked() {
            return Step::Continue(());
        }
        match self.state {
            State::FinWait1 => {
                self.transition(Event::AckOfFin);
                self.arm_fin_wait_2(now);
            }
            State::Closing if !self.config.faults.has(Fault::ClosingStuck) => {
                self.transition(Event::AckOfFin);
                self.start_time_wait(now);
            }
            State::LastAck => {
                self.transition(Event::AckOfFin);
                self.terminate_quietly();
                return Step::Break(Outcome::TAKEN);
            }
            _ => {}
        }
        Step::Continue(())
    }

    /// CLOSED after both FINs: what was received stays readable.
    fn terminate_quietly(&mut self) {
        let unread = core::mem::take(&mut self.rcv.ring);
        self.terminate(None);
        self.rcv.ring = unread;
    }
}
