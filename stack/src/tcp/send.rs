//! The sending half: SND.* variables, the data not yet acknowledged and the bookkeeping of retransmission
//! (RFC 9293 3.3.1 and 3.8.1).
//!
//! Besides SND.NXT, which never goes back, there is a `cursor`: the next octet to put on the wire. It equals SND.NXT
//! except after a timeout, when it returns to SND.UNA and everything is sent again as the windows allow.

use crate::seq::SeqNumber;
use crate::storage::{IntervalSet, Ring};
use crate::time::Instant;

/// One round-trip measurement under way (RFC 6298 3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Timed {
    /// The measurement ends when this is acknowledged.
    pub end: SeqNumber,
    /// When the segment was sent.
    pub at: Instant,
    /// Something of it was sent again, so that only timestamps can tell (Karn's algorithm).
    pub ambiguous: bool,
}

/// SND.* and what belongs to them.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub iss: SeqNumber,
    /// SND.UNA.
    pub una: SeqNumber,
    /// SND.NXT: one past the highest sequence number ever sent.
    pub nxt: SeqNumber,
    /// The next sequence number to put on the wire.
    pub cursor: SeqNumber,
    /// SND.WND.
    pub wnd: u32,
    /// SND.WL1.
    pub wl1: SeqNumber,
    /// SND.WL2.
    pub wl2: SeqNumber,
    /// MAX.SND.WND.
    pub max_wnd: u32,
    /// SND.UP: the octet behind the urgent data, while it is not acknowledged.
    pub up: Option<SeqNumber>,
    /// Sequence number of our FIN once it is queued.
    pub fin: Option<SeqNumber>,
    /// Our SYN was acknowledged.
    pub syn_acked: bool,
    /// The cursor was set back to retransmit everything.
    pub rewound: bool,
    /// Octets from SND.UNA (or the first octet after the SYN) on.
    pub ring: Ring,
    /// Bound on `ring`.
    pub limit: u32,
    /// MSS that the peer's option or the default allows.
    pub peer_mss: u16,
    /// Effective send MSS: octets of text in a full segment with the usual options.
    pub mss: u16,
    pub timed: Option<Timed>,
    /// When something was last acknowledged, or sent while nothing was outstanding.
    pub progress_at: Instant,
    /// When text was last sent.
    pub sent_at: Instant,
    /// Timeouts in a row without progress.
    pub retransmits: u16,
    /// Window probes in a row.
    pub probes: u16,
    /// Text acknowledged since the start.
    pub acked: u64,
    /// What the peer has acknowledged selectively, as offsets of the stream (RFC 2018 5).
    pub sacked: Option<Box<IntervalSet>>,
}

impl Sender {
    pub fn new(iss: SeqNumber, limit: usize, mss: u16, now: Instant) -> Self {
        Self {
            iss,
            una: iss,
            nxt: iss,
            cursor: iss,
            wnd: 0,
            wl1: SeqNumber(0),
            wl2: iss,
            max_wnd: 0,
            up: None,
            fin: None,
            syn_acked: false,
            rewound: false,
            ring: Ring::new(),
            limit: limit.min(1 << 30) as u32,
            peer_mss: mss,
            mss,
            timed: None,
            progress_at: now,
            sent_at: now,
            retransmits: 0,
            probes: 0,
            acked: 0,
            sacked: None,
        }
    }

    /// Sequence number of the first octet in the ring.
    pub fn data_start(&self) -> SeqNumber {
        if self.syn_acked { self.una } else { self.iss + 1 }
    }

    /// Sequence number behind the last queued octet of text.
    pub fn data_end(&self) -> SeqNumber {
        self.fin.unwrap_or_else(|| self.data_start() + self.ring.len() as u32)
    }

    /// Sequence number behind everything queued, FIN included.
    pub fn stream_end(&self) -> SeqNumber {
        match self.fin {
            Some(fin) => fin + 1,
            None => self.data_start() + self.ring.len() as u32,
        }
    }

    /// FlightSize: octets sent and not acknowledged.
    pub fn flight(&self) -> u32 {
        self.nxt.bytes_since(self.una)
    }

    /// Octets in flight as far as the cursor has come.
    pub fn pipe(&self) -> u32 {
        self.cursor.bytes_since(self.una)
    }

    /// Whether everything sent was acknowledged.
    pub fn is_quiet(&self) -> bool {
        self.una == self.nxt
    }

    /// Whether our FIN was sent and acknowledged.
    pub fn fin_acked(&self) -> bool {
        self.fin.is_some_and(|fin| self.una.gt(fin))
    }

    /// Octets of text that may still be queued.
    pub fn space(&self) -> usize {
        (self.limit as usize).saturating_sub(self.ring.len())
    }

    /// Queues text; returns how much was taken.
    pub fn push(&mut self, data: &[u8]) -> usize {
        if self.fin.is_some() {
            return 0;
        }
        self.ring.push(data, self.limit as usize)
    }

    /// Queues the FIN behind the text.
    pub fn queue_fin(&mut self) {
        if self.fin.is_none() {
            self.fin = Some(self.data_end());
        }
    }

    /// Returns to SND.UNA to send everything again.
    pub fn rewind(&mut self) {
        self.cursor = self.una;
        self.rewound = !self.is_quiet();
    }

    /// Moves SND.UNA to `ack`, which lies in SND.UNA < `ack` =< SND.NXT. Returns the octets of text acknowledged.
    pub fn advance(&mut self, ack: SeqNumber) -> u32 {
        let start = self.data_start();
        self.syn_acked = true;
        let text = ack.distance(start).max(0) as usize;
        let text = self.ring.discard(text) as u32;
        self.ring.rewind();
        self.una = ack;
        self.cursor = self.cursor.max(ack);
        self.acked += u64::from(text);
        if self.cursor == self.nxt {
            self.rewound = false;
        }
        if self.up.is_some_and(|up| up.le(ack)) {
            self.up = None;
        }
        text
    }

    /// Records SACK blocks. Returns whether they said anything new.
    pub fn record_sack(&mut self, blocks: &[Option<(SeqNumber, SeqNumber)>], limit: usize) -> bool {
        let mut new = false;
        for (left, right) in blocks.iter().flatten() {
            // Only what is outstanding; D-SACK blocks and nonsense fall out here.
            if !(left.lt(*right) && left.gt(self.una) && right.le(self.nxt)) {
                continue;
            }
            let start = self.acked + u64::from(left.bytes_since(self.una));
            let end = self.acked + u64::from(right.bytes_since(self.una));
            let set = self.sacked.get_or_insert_with(|| Box::new(IntervalSet::new(limit)));
            // RFC2018-5-1: recorded for later; a full scoreboard forgets.
            new |= set.insert(start, end).is_ok_and(|added| added > 0);
        }
        new
    }

    /// Forgets SACK information below SND.UNA.
    pub fn trim_sack(&mut self) {
        if let Some(set) = &mut self.sacked {
            set.remove_before(self.acked);
            if set.is_empty() {
                self.sacked = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender() -> Sender {
        let mut snd = Sender::new(SeqNumber(u32::MAX - 1), 1_000, 100, Instant::ZERO);
        snd.nxt = snd.iss + 1;
        snd.cursor = snd.nxt;
        snd
    }

    #[test]
    fn syn_and_fin_take_a_number_each() {
        let mut snd = sender();
        assert_eq!(snd.push(&[1; 10]), 10);
        snd.queue_fin();
        assert_eq!(snd.stream_end(), snd.iss + 12);
        snd.nxt = snd.iss + 12;
        assert_eq!(snd.advance(snd.iss + 1), 0);
        assert_eq!(snd.advance(snd.iss + 6), 5);
        assert_eq!((snd.ring.len(), snd.data_end(), snd.fin_acked()), (5, snd.iss + 11, false));
        assert_eq!(snd.advance(snd.iss + 12), 5);
        assert!(snd.fin_acked() && snd.is_quiet());
        assert_eq!(snd.push(&[1]), 0);
    }

    #[test]
    fn sack_blocks_outside_the_flight_are_ignored() {
        let mut snd = sender();
        snd.push(&[0; 500]);
        snd.nxt = snd.iss + 501;
        snd.advance(snd.iss + 1);
        let block = |from: u32, to: u32| [Some((snd.iss + 1 + from, snd.iss + 1 + to))];
        let (known, above, empty) = (block(100, 200), block(400, 600), block(300, 300));
        assert!(snd.record_sack(&known, 8));
        assert!(!snd.record_sack(&known, 8));
        assert!(!snd.record_sack(&above, 8));
        assert!(!snd.record_sack(&empty, 8));
        snd.advance(snd.iss + 301);
        snd.trim_sack();
        assert!(snd.sacked.is_none());
    }
}
