//! The receiving half: RCV.* variables, the window on offer and the assembly of text (RFC 9293 3.3.1, 3.8.6).

use super::config::TcpConfig;
use super::options::shift_for;
use crate::fault::{Fault, FaultSet};
use crate::seq::SeqNumber;
use crate::storage::{IntervalSet, Ring};

/// Text above a gap, and a FIN that came too early. Boxed: most connections never need it.
#[derive(Clone, Debug)]
pub(super) struct OutOfOrder {
    /// Ranges of the stream, as offsets (see [`Receiver::offset`]).
    set: IntervalSet,
    /// Where the most recent pieces were put, newest first (RFC 2018 4).
    recent: [u64; 4],
    recent_len: u8,
}

/// What became of a piece of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Octets by which RCV.NXT advanced.
    pub advanced: u32,
    /// Text now waits above a gap, or did before.
    pub gap: bool,
}

/// RCV.* and what belongs to them.
#[derive(Clone, Debug)]
pub(super) struct Receiver {
    pub irs: SeqNumber,
    /// RCV.NXT.
    pub nxt: SeqNumber,
    /// RCV.NXT + RCV.WND: the right edge on offer. Never goes back.
    pub edge: SeqNumber,
    /// Last.ACK.sent (RFC 7323 4.3).
    pub last_ack: SeqNumber,
    /// Where a FIN stands that was seen beyond a gap.
    pub fin_at: Option<SeqNumber>,
    /// The peer's FIN was taken.
    pub fin: bool,
    /// The application reads no more: text is acknowledged and thrown away.
    pub shut: bool,
    /// Rcv.Wind.Shift.
    pub shift: u8,
    /// Text received in order and not yet read.
    pub ring: Ring,
    /// RCV.BUFF.
    pub limit: u32,
    /// The MSS that we announced.
    pub mss: u16,
    /// The largest segment seen, to tell what "full-sized" means here.
    pub largest: u16,
    /// Text received in order since the start.
    pub total: u64,
    out_of_order: Option<Box<OutOfOrder>>,
}

/// Full-sized segments are assumed to have at least this many octets.
const SMALLEST_FULL: u16 = 536;

impl Receiver {
    pub fn new(config: &TcpConfig, mss: u16) -> Self {
        let limit = config.receive_buffer.clamp(1, 1 << 30) as u32;
        Self {
            irs: SeqNumber(0),
            nxt: SeqNumber(0),
            edge: SeqNumber(0),
            last_ack: SeqNumber(0),
            fin_at: None,
            fin: false,
            shut: false,
            shift: if config.window_scale { shift_for(limit) } else { 0 },
            ring: Ring::new(),
            limit,
            mss,
            largest: SMALLEST_FULL.min(mss),
            total: 0,
            out_of_order: None,
        }
    }

    /// The peer's SYN with this sequence number: RCV.NXT <- SEG.SEQ + 1.
    pub fn start(&mut self, irs: SeqNumber) {
        self.irs = irs;
        self.nxt = irs + 1;
        self.last_ack = self.nxt;
        self.edge = self.nxt + self.limit.min(0xffff);
    }

    /// Changes RCV.BUFF. While nothing was offered (`fresh`) the window of the SYN and the scale follow.
    pub fn set_limit(&mut self, octets: usize, fresh: bool, scale: bool) {
        self.limit = octets.clamp(1, 1 << 30) as u32;
        if fresh {
            self.shift = if scale { shift_for(self.limit) } else { 0 };
            self.edge = self.nxt + self.limit.min(0xffff).max(self.ring.len() as u32);
        }
    }

    /// RCV.WND.
    pub fn wnd(&self) -> u32 {
        self.edge.bytes_since(self.nxt)
    }

    /// Octets that could be taken beyond RCV.NXT.
    fn space(&self) -> u32 {
        self.limit.saturating_sub(self.ring.len() as u32)
    }

    /// The right edge to offer in the next segment (RFC 9293 3.8.6.2.2).
    fn offer(&self, faults: &FaultSet) -> SeqNumber {
        let candidate = self.nxt + self.space();
        let gain = candidate.distance(self.edge);
        // RFC9293-MUST-39: the edge moves by min(Fr * RCV.BUFF, MSS) or not at all. RFC9293-SHLD-14: never back.
        let least = if faults.has(Fault::ReceiverSillyWindow) { 1 } else { (self.limit / 2).min(u32::from(self.mss)) };
        if gain >= 1 && gain as u32 >= least { candidate } else { self.edge }
    }

    /// The window field of the next segment, and the right edge that it then offers.
    pub fn window_field(&self, faults: &FaultSet) -> (u16, SeqNumber) {
        let offer = self.offer(faults);
        let mut wnd = offer.bytes_since(self.nxt);
        if faults.has(Fault::WindowShrinks) {
            wnd = wnd.saturating_sub(self.ring.len() as u32);
        }
        let mut field = wnd >> self.shift;
        // A window that is not a multiple of the scale is rounded up where the buffer allows (RFC 7323 2.4), so
        // that the edge does not go back.
        let unit = (1_u32 << self.shift) - 1;
        if wnd & unit != 0 && (field + 1) << self.shift <= self.space() + unit {
            field += 1;
        }
        let field = field.min(0xffff);
        let most = self.nxt + (0xffff << self.shift);
        (field as u16, self.edge.max(offer.min(most)).max(self.nxt + (field << self.shift)))
    }

    /// Whether the application has made so much room that the peer is told without being asked.
    pub fn update_due(&self, faults: &FaultSet) -> bool {
        let most = self.nxt + (0xffff << self.shift);
        let gain = self.offer(faults).min(most).distance(self.edge);
        if gain <= 0 {
            return false;
        }
        // What the window field can say bounds what counts as a large part of the buffer.
        let limit = self.limit.min(0xffff << self.shift);
        gain as u32 >= limit / 2 || self.wnd() < limit / 4 || faults.has(Fault::ReceiverSillyWindow)
    }

    /// Whether text waits above a gap.
    pub fn has_gap(&self) -> bool {
        self.out_of_order.is_some()
    }

    /// Appends text that starts at RCV.NXT and fits into the window, while nothing waits above a gap.
    #[inline]
    pub fn append(&mut self, data: &[u8]) {
        let len = data.len() as u32;
        if !self.shut {
            let bound = self.bound();
            self.ring.push(data, bound);
        }
        self.nxt += len;
        self.total += u64::from(len);
    }

    /// Bound on the ring: everything unread and everything on offer has a place.
    fn bound(&self) -> usize {
        (self.limit as usize).max(self.ring.len() + self.wnd() as usize)
    }

    /// Takes the text `data` at `seq`, cut to the window by the caller.
    pub fn insert(&mut self, seq: SeqNumber, data: &[u8], faults: &FaultSet, limit: usize) -> Taken {
        let skip = (self.nxt.distance(seq).max(0) as usize).min(data.len());
        let (seq, data) = (self.nxt.max(seq), &data[skip..]);
        if data.is_empty() {
            return Taken { advanced: 0, gap: self.has_gap() };
        }
        if seq == self.nxt {
            let before = self.nxt;
            let gap = self.has_gap();
            self.append(data);
            self.absorb();
            self.edge = self.edge.max(self.nxt);
            return Taken { advanced: self.nxt.bytes_since(before), gap };
        }
        if self.shut || faults.has(Fault::OutOfOrderDropped) {
            return Taken { advanced: 0, gap: true };
        }
        // RFC9293-SHLD-31: text above a gap is kept in its final place.
        let start = self.offset(seq);
        let queue = self.out_of_order.get_or_insert_with(|| {
            Box::new(OutOfOrder { set: IntervalSet::new(limit), recent: [0; 4], recent_len: 0 })
        });
        if queue.set.insert(start, start + data.len() as u64).is_ok() {
            queue.remember(start);
            let place = self.ring.len() + seq.bytes_since(self.nxt) as usize;
            let bound = self.bound();
            self.ring.write_at(place, data, bound);
        }
        Taken { advanced: 0, gap: true }
    }

    /// The offset in the stream of a sequence number at or beyond RCV.NXT.
    fn offset(&self, seq: SeqNumber) -> u64 {
        self.total + u64::from(seq.bytes_since(self.nxt))
    }

    /// Joins what waited and is now in order.
    fn absorb(&mut self) {
        let Some(queue) = &mut self.out_of_order else { return };
        let total = self.total;
        let joined = queue.set.iter().find(|(start, end)| *start <= total && total < *end).map(|(_, end)| end);
        if let Some(end) = joined {
            let count = end - total;
            self.ring.extend(count as usize);
            self.nxt += count as u32;
            self.total = end;
        }
        queue.set.remove_before(self.total);
        if queue.set.is_empty() {
            self.out_of_order = None;
        }
    }

    /// Forgets what waits above a gap.
    pub fn drop_out_of_order(&mut self) {
        self.out_of_order = None;
    }

    /// The SACK blocks to send, newest first (RFC 2018 4).
    pub fn sack_blocks(&self, faults: &FaultSet) -> [Option<(SeqNumber, SeqNumber)>; 4] {
        let mut blocks = [None; 4];
        let Some(queue) = &self.out_of_order else { return blocks };
        let to_seq = |offset: u64| self.nxt + (offset - self.total) as u32;
        let recent = &queue.recent[..usize::from(queue.recent_len)];
        let recent = if faults.has(Fault::SackOldestFirst) { &[] } else { recent };
        // RFC2018-4-6: the first block holds the newest segment. RFC2018-4-8: then the ones reported before.
        let newest = recent.iter().filter_map(|at| queue.set.iter().find(|(start, end)| start <= at && at < end));
        // RFC2018-4-7: as many as possible.
        let mut used = 0;
        for (start, end) in newest.chain(queue.set.iter()) {
            let block = Some((to_seq(start), to_seq(end)));
            if used == blocks.len() {
                break;
            }
            if !blocks[..used].contains(&block) {
                blocks[used] = block;
                used += 1;
            }
        }
        blocks
    }

    /// Learns from the size of a segment what the peer's full size is.
    #[inline]
    pub fn observe(&mut self, len: usize) {
        if len > usize::from(self.largest) {
            self.largest = (len.min(usize::from(self.mss))) as u16;
        }
    }
}

impl OutOfOrder {
    fn remember(&mut self, start: u64) {
        // One entry per block: a piece that joins a block already listed replaces that entry.
        let block = self.set.iter().find(|(from, to)| *from <= start && start < *to);
        let (from, to) = block.unwrap_or((start, start + 1));
        let mut kept = [0; 4];
        let mut count = 0;
        for at in &self.recent[..usize::from(self.recent_len)] {
            if !(from <= *at && *at < to) && count < 3 {
                kept[count] = *at;
                count += 1;
            }
        }
        self.recent[0] = start;
        self.recent[1..].copy_from_slice(&kept[..3]);
        self.recent_len = count as u8 + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: FaultSet = FaultSet::NONE;

    fn receiver(limit: usize) -> Receiver {
        let mut rcv = Receiver::new(&TcpConfig { receive_buffer: limit, ..TcpConfig::default() }, 100);
        rcv.start(SeqNumber(u32::MAX - 4));
        rcv
    }

    /// Sequence number of the stream's octet `offset`.
    fn at(offset: u32) -> SeqNumber {
        SeqNumber(u32::MAX - 3) + offset
    }

    fn read(rcv: &mut Receiver, count: usize) -> Vec<u8> {
        let mut out = vec![0; count];
        let count = rcv.ring.copy_to(0, &mut out);
        rcv.ring.discard(count);
        out.truncate(count);
        out
    }

    #[test]
    fn pieces_in_any_order_make_the_stream() {
        let text: Vec<u8> = (0..100).collect();
        let mut rcv = receiver(1_000);
        for start in [40, 80, 60, 20] {
            let taken = rcv.insert(at(start), &text[start as usize..start as usize + 20], &NONE, 8);
            assert_eq!(taken, Taken { advanced: 0, gap: true });
        }
        let taken = rcv.insert(at(0), &text[..30], &NONE, 8);
        assert_eq!(taken, Taken { advanced: 100, gap: true });
        assert!(!rcv.has_gap());
        assert_eq!(read(&mut rcv, 200), text);
    }

    #[test]
    fn sack_blocks_come_newest_first() {
        let mut rcv = receiver(1_000);
        for start in [100, 300, 500, 200] {
            rcv.insert(at(start), &[0; 50], &NONE, 8);
        }
        let block = |from, to| Some((at(from), at(to)));
        assert_eq!(rcv.sack_blocks(&NONE), [block(200, 250), block(500, 550), block(300, 350), block(100, 150)]);
        rcv.insert(at(350), &[0; 150], &NONE, 8);
        assert_eq!(rcv.sack_blocks(&NONE), [block(300, 550), block(200, 250), block(100, 150), None]);
    }

    #[test]
    fn the_edge_moves_in_useful_steps_and_never_back() {
        let mut rcv = receiver(1_000);
        let (field, edge) = rcv.window_field(&NONE);
        assert_eq!((field, edge), (1_000, at(1_000)));
        rcv.append(&[0; 400]);
        assert_eq!(rcv.window_field(&NONE), (600, at(1_000)));
        read(&mut rcv, 99);
        assert_eq!(rcv.window_field(&NONE), (600, at(1_000)));
        read(&mut rcv, 1);
        assert_eq!(rcv.window_field(&NONE), (700, at(1_100)));
    }

    #[test]
    fn a_large_buffer_without_window_scale_asks_for_no_update_at_every_octet() {
        let mut rcv = receiver(1 << 18);
        rcv.shift = 0;
        (_, rcv.edge) = rcv.window_field(&NONE);
        rcv.append(&[0; 10]);
        assert!(!rcv.update_due(&NONE));
    }

    #[test]
    fn scaled_windows_neither_creep_nor_shrink() {
        let mut rcv = receiver(100_000);
        rcv.shift = 7;
        (_, rcv.edge) = rcv.window_field(&NONE);
        for _ in 0..3_000 {
            let count = 37.min(rcv.wnd() as usize);
            rcv.append(&vec![0; count]);
            let (field, edge) = rcv.window_field(&NONE);
            assert!(edge.ge(rcv.edge) && edge.le(at(100_000 + 127)));
            assert!((rcv.nxt + (u32::from(field) << 7) + 127).ge(rcv.edge));
            rcv.edge = edge;
        }
        assert!(rcv.wnd() < 128 && rcv.ring.len() <= 100_127);
    }

    quickcheck::quickcheck! {
        fn any_order_of_pieces_gives_the_stream(order: Vec<(u8, u8)>) -> bool {
            let text: Vec<u8> = (0..=255).collect();
            let mut rcv = receiver(1_000);
            for (start, len) in order {
                let end = (usize::from(start) + usize::from(len)).min(text.len());
                rcv.insert(at(u32::from(start)), &text[usize::from(start)..end], &NONE, 4);
            }
            let have = rcv.total as usize;
            read(&mut rcv, 1_000) == text[..have]
        }
    }
}
