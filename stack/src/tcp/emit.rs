//! Carries out the decision of `output.rs`: writes the segment and keeps the books (RFC 9293 3.10.7, 3.8).

use super::congestion::{CongestionControl, initial_window};
use super::connection::{Connection, Emitted};
use super::header::Header;
use super::options::{TIMESTAMPS_LEN, syn_options};
use super::output::{Kind, Transmit};
use super::send::Timed;
use super::state::State;
use super::timers::Timer;
use crate::fault::Fault;
use crate::seq::SeqNumber;
use crate::time::Duration;
use crate::wire::checksum;
use crate::wire::ip::{Ecn, IpProtocol};
use crate::wire::tcp::{MIN_HEADER_LEN, TcpFlags, TcpOption, TcpOptions, TcpPacket};

/// Octets of NOP, NOP and the head of a SACK option.
const SACK_HEAD: u32 = 4;
/// Octets of text that have to fit beside the options.
const LEAST_TEXT: u32 = 8;

impl Connection {
    /// SACK blocks that a segment has room for: three or four, fewer on a path so narrow that no text would fit.
    fn sack_limit(&self) -> usize {
        let most = if self.options.timestamps { 3 } else { 4 };
        let headers = self.tuple.fixed_headers() as u32 + u32::from(self.options.overhead()) + SACK_HEAD;
        (self.mtu.saturating_sub(headers + LEAST_TEXT) / 8).min(most) as usize
    }

    /// Octets that the SACK option takes from the next segment.
    pub(super) fn sack_room(&self) -> u32 {
        let blocks = self.rcv.sack_blocks(&self.config.faults).iter().flatten().count();
        let blocks = blocks.min(self.sack_limit()) as u32;
        if blocks == 0 { 0 } else { SACK_HEAD + 8 * blocks }
    }

    /// Writes the segment and records that it was sent. `None` if `out` cannot even hold the header.
    pub(super) fn emit(&mut self, transmit: Transmit, out: &mut [u8]) -> Option<Emitted> {
        let mut transmit = transmit;
        let stamps = self.timestamps();
        // RFC2018-4-4: SACK blocks in every ACK while something waits above a gap.
        let unusual = transmit.kind == Kind::Syn || self.rcv.has_gap();
        let area = unusual.then(|| self.unusual_options(&transmit, stamps));
        let options_len = match &area {
            Some(area) => area.padded_len(),
            None if stamps.is_some() => usize::from(TIMESTAMPS_LEN),
            None => 0,
        };
        let header_len = MIN_HEADER_LEN + options_len;
        let room = out.len().checked_sub(header_len)? as u32;
        if room == 0 && transmit.len > 0 {
            return None;
        }
        if room < transmit.len {
            transmit.len = room;
            transmit.fin = false;
        }
        let (header, edge) = self.header(&transmit);
        let len = header_len + transmit.len as usize;
        let (head, text) = out[..len].split_at_mut(header_len);
        // The header has an even length, so the sum of the text is added as it is.
        let written = match &area {
            Some(area) => header.write_area(area, head),
            None => header.write(stamps, head),
        };
        let mut sum = self.pseudo.sum(IpProtocol::TCP, len) + written;
        if transmit.len > 0 {
            // One pass: the copy into the frame computes the checksum.
            let offset = transmit.seq.bytes_since(self.snd.data_start()) as usize;
            let (first, second) = self.snd.ring.slices(offset, transmit.len as usize);
            let copied = checksum::copy_and_sum(first, text);
            sum += if second.is_empty() {
                copied
            } else {
                checksum::combine(copied, first.len(), checksum::copy_and_sum(second, &mut text[first.len()..]))
            };
        }
        // RFC9293-MUST-2.
        TcpPacket::new_unchecked(head).set_checksum(checksum::finish(sum));
        self.sent(&transmit, header.flags, edge);
        Some(Emitted { len, ecn: Ecn::NotEct })
    }

    /// TSval and TSecr, if timestamps are in use.
    fn timestamps(&self) -> Option<(u32, u32)> {
        // RFC7323-3.2-6: in every segment once agreed upon. RFC7323-5.2-4: in a reset of ours too.
        let used = self.options.timestamps && !self.config.faults.has(Fault::TimestampsDropped);
        used.then(|| (self.options.clock(self.clock), self.options.ts_recent))
    }

    /// The options of a SYN, or of a segment while something waits above a gap.
    #[cold]
    fn unusual_options(&self, transmit: &Transmit, stamps: Option<(u32, u32)>) -> TcpOptions {
        let faults = &self.config.faults;
        let options = &self.options;
        if transmit.kind == Kind::Syn {
            // RFC9293-SHLD-5, RFC9293-MAY-3 and RFC9293-MUST-65: the MSS goes with every SYN, and with nothing else.
            let mss = (!faults.has(Fault::MssNotSent)).then_some(self.rcv.mss);
            // RFC7323-3.2-1: TSecr is zero without ACK.
            let echo = if self.state == State::SynSent { 0 } else { options.ts_recent };
            return syn_options(options, mss, self.rcv.shift, self.clock, echo);
        }
        let mut area = stamps.map_or(TcpOptions::EMPTY, |(value, echo)| TcpOptions::timestamps(value, echo));
        let mut blocks = self.rcv.sack_blocks(faults);
        blocks[self.sack_limit()..].fill(None);
        if options.sack && blocks[0].is_some() && transmit.kind != Kind::Reset {
            area.push_bytes(&[1, 1]);
            area.push(&TcpOption::Sack(blocks));
        }
        area
    }

    /// The header of a segment, and the right edge that its window offers.
    fn header(&self, transmit: &Transmit) -> (Header, SeqNumber) {
        let snd = &self.snd;
        let faults = &self.config.faults;
        let mut flags = match transmit.kind {
            Kind::Syn if self.state == State::SynSent => TcpFlags::SYN,
            Kind::Syn => TcpFlags::SYN_ACK,
            Kind::Reset => TcpFlags::RST,
            _ => TcpFlags::ACK,
        };
        if transmit.fin {
            flags |= TcpFlags::FIN;
        }
        let end = transmit.seq + transmit.len;
        // RFC9293-MUST-61: PSH on the segment that empties the queue.
        if transmit.len > 0 && end == snd.data_end() && !faults.has(Fault::NoPush) {
            flags |= TcpFlags::PSH;
        }
        let mut urgent = 0;
        if let Some(up) = snd.up.filter(|up| up.gt(transmit.seq) && !matches!(transmit.kind, Kind::Syn | Kind::Reset)) {
            // RFC9293-MUST-62; an end farther away than the field reaches is named by later segments.
            flags |= TcpFlags::URG;
            urgent = up.bytes_since(transmit.seq).min(0xffff) as u16;
            urgent -= u16::from(faults.has(Fault::UrgentPointerLast));
        }
        let (window, edge) = match transmit.kind {
            // RFC7323-2.2-8: not scaled in a SYN.
            Kind::Syn => self.syn_window(),
            Kind::Reset => (0, self.rcv.edge),
            _ => self.rcv.window_field(faults),
        };
        let ack = if flags.ack() { self.rcv.nxt } else { SeqNumber(0) };
        let header = Header {
            src_port: self.tuple.local.port(),
            dst_port: self.tuple.remote.port(),
            seq: transmit.seq,
            ack,
            flags,
            window,
            urgent,
        };
        (header, edge)
    }

    fn syn_window(&self) -> (u16, SeqNumber) {
        let wnd = if self.state == State::SynSent { self.rcv.limit } else { self.rcv.wnd() };
        let field = wnd.min(0xffff) as u16;
        let scaled = self.config.faults.has(Fault::WindowScaledInSyn);
        (if scaled { (self.rcv.limit >> self.rcv.shift) as u16 / 2 } else { field }, self.rcv.edge)
    }

    /// Keeps the books of a segment that went out.
    fn sent(&mut self, transmit: &Transmit, flags: TcpFlags, edge: SeqNumber) {
        if flags.ack() {
            // It carries the acknowledgment, so none is owed any more (RFC9293-MUST-58).
            self.pending.ack = false;
            self.rcv.last_ack = self.rcv.nxt;
            self.rcv.edge = edge;
            self.timers.stop(Timer::DelayedAck);
        }
        match transmit.kind {
            Kind::Reset => self.pending.reset = false,
            Kind::Ack => {}
            Kind::KeepAlive => self.pending.keep_alive = false,
            Kind::Syn => self.sent_text(transmit, 1),
            Kind::Probe => self.sent_probe(transmit),
            Kind::Data | Kind::Retransmit => {
                self.pending.sws_override = false;
                if transmit.kind == Kind::Retransmit {
                    self.pending.retransmit = false;
                    self.mark_ambiguous();
                }
                self.sent_text(transmit, transmit.len + u32::from(transmit.fin));
            }
        }
    }

    /// Sequence space went out from `transmit.seq` on.
    fn sent_text(&mut self, transmit: &Transmit, len: u32) {
        let now = self.clock;
        let end = transmit.seq + len;
        let snd = &mut self.snd;
        if snd.is_quiet() {
            snd.progress_at = now;
            // RFC5681-4.1-1: after an idle RTO the congestion window starts anew.
            if snd.syn_acked && now.since(snd.sent_at) > self.rtt.rto(&self.config) {
                self.congestion.on_idle(initial_window(&self.config, u32::from(snd.mss)));
            }
        }
        let again = transmit.seq.lt(snd.nxt);
        if snd.timed.is_none() && (!again || self.options.timestamps) {
            // RFC6298-3-1: segments sent again are not timed, except by timestamps.
            snd.timed = Some(Timed { end, at: now, ambiguous: again });
        }
        if transmit.seq.le(snd.cursor) && end.gt(snd.cursor) {
            snd.cursor = end;
        }
        snd.nxt = snd.nxt.max(end);
        if snd.cursor == snd.nxt {
            snd.rewound = false;
        }
        snd.sent_at = now;
        snd.probes = 0;
        self.timers.stop(Timer::Persist);
        // RFC 6298 (5.1): started if it is not running.
        if !self.timers.is_set(Timer::Retransmit) {
            self.timers.set(Timer::Retransmit, now + self.rtt.rto(&self.config).max(Duration::from_micros(1)));
        }
        if self.user_timeout.is_some() && !self.timers.is_set(Timer::User) {
            self.arm_user_timeout();
        }
    }

    /// A window probe went out: the cursor stays, the persist timer runs on.
    fn sent_probe(&mut self, transmit: &Transmit) {
        self.pending.probe = false;
        self.mark_ambiguous();
        let end = transmit.seq + transmit.len + u32::from(transmit.fin);
        self.snd.nxt = self.snd.nxt.max(end);
        self.snd.probes = self.snd.probes.saturating_add(1);
        self.timers.stop(Timer::Retransmit);
        self.arm_persist();
        if self.user_timeout.is_some() && !self.timers.is_set(Timer::User) {
            self.arm_user_timeout();
        }
    }
}
