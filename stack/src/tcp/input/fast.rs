//! The fast path: header prediction for ESTABLISHED (Jacobson; RFC 7323 appendix D).
//!
//! It takes a segment only if the steps of 3.10.7.4 would do exactly the same; everything unusual is left to them.

use crate::fault::Fault;
use crate::tcp::connection::Connection;
use crate::tcp::recovery::LossRecovery;
use crate::tcp::segment::Segment;
use crate::tcp::state::State;
use crate::time::Instant;
use crate::wire::tcp::TcpFlags;

impl Connection {
    /// Takes in-order text and ACKs of new data. `false`, with nothing changed, if the segment is anything else.
    #[inline]
    pub(super) fn fast_path(&mut self, now: Instant, seg: &Segment<'_>) -> bool {
        // Only ACK, with or without PSH, exactly at RCV.NXT.
        if self.state != State::Established
            || seg.flags.without(TcpFlags::PSH) != TcpFlags::ACK
            || seg.seq != self.rcv.nxt
        {
            return false;
        }
        let wnd = u32::from(seg.window) << self.options.snd_shift;
        let acked = seg.ack.bytes_since(self.snd.una);
        let len = seg.payload.len();
        let unusual = wnd == 0
            || self.snd.wnd == 0
            || self.snd.rewound
            || acked > self.snd.flight()
            || acked == 0 && len == 0
            || len > self.rcv.wnd() as usize
            || self.rcv.has_gap()
            || self.rcv.fin_at.is_some()
            || self.recovery.in_recovery()
            || self.snd.sacked.is_some()
            || seg.options.sack[0].is_some();
        if unusual || self.config.faults.has(Fault::TimestampEchoStale) {
            return false;
        }
        if self.options.timestamps {
            let Some((value, _)) = seg.options.timestamps else { return false };
            if (value.wrapping_sub(self.options.ts_recent) as i32) < 0 {
                return false;
            }
            if seg.seq.le(self.rcv.last_ack) {
                self.options.ts_recent = value;
                self.options.ts_recent_at = now;
            }
        }
        self.heard(now);
        if acked > 0 {
            self.acknowledge(now, seg.ack, seg);
        }
        let snd = &self.snd;
        if snd.wl1.lt(seg.seq) || snd.wl1 == seg.seq && snd.wl2.le(seg.ack) {
            self.set_window(wnd, seg.seq, seg.ack);
        }
        if len > 0 {
            self.rcv.observe(len);
            self.rcv.append(seg.payload);
            self.schedule_ack(now);
        }
        true
    }
}
