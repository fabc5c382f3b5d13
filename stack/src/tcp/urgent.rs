//! The urgent mechanism on the receiving side (RFC 9293 3.8.5, RFC 6093).

use super::connection::Connection;
use super::segment::Segment;
use crate::errno::Errno;
use crate::fault::Fault;
use crate::seq::SeqNumber;
use crate::time::Instant;

/// RCV.UP and what the application did about it. Exists once an urgent pointer was received.
#[derive(Clone, Debug)]
pub(super) struct Urgent {
    /// RCV.UP: the octet behind the urgent data.
    up: SeqNumber,
    /// The application was not told yet.
    news: bool,
    /// The out-of-band octet was read or skipped.
    taken: bool,
}

impl Connection {
    /// RFC 9293 3.10.7.4, sixth: check the URG bit.
    pub(super) fn check_urg(&mut self, seg: &Segment<'_>) {
        if !seg.flags.urg() || !self.state.receives_text() || self.config.faults.has(Fault::UrgentIgnored) {
            return;
        }
        // RFC9293-MUST-62: the pointer names the octet behind the urgent data. One that points to nothing is ignored.
        let up = seg.text_seq() + u32::from(seg.urgent);
        if seg.urgent == 0 || up.le(self.read_seq()) {
            return;
        }
        match &mut self.urgent {
            Some(urgent) if up.le(urgent.up) => {}
            // RFC9293-MUST-32: told whenever the pointer appears or advances.
            other => *other = Some(Box::new(Urgent { up, news: true, taken: false })),
        }
    }

    /// Sequence number of the next octet that the application reads.
    fn read_seq(&self) -> SeqNumber {
        let behind_text = self.rcv.nxt - u32::from(self.rcv.fin);
        behind_text - self.rcv.ring.len() as u32
    }

    /// Octets up to the urgent octet (the last one before RCV.UP) that a read may take before it stops at the
    /// mark; `None` if no mark lies ahead.
    pub(super) fn octets_before_mark(&self) -> Option<usize> {
        if self.marks.urgent_inline {
            return None;
        }
        let distance = (self.urgent.as_ref()?.up - 1).distance(self.read_seq());
        usize::try_from(distance).ok()
    }

    /// Skips the urgent octet if it comes next: it is read out of band only.
    pub(super) fn skip_mark(&mut self) {
        if self.octets_before_mark() == Some(0) && !self.rcv.ring.is_empty() {
            self.rcv.ring.discard(1);
            if let Some(urgent) = &mut self.urgent {
                urgent.taken = true;
            }
        }
    }

    /// Whether an urgent pointer came or advanced since the last call (SIGURG).
    pub fn take_urgent_news(&mut self) -> bool {
        self.urgent.as_mut().is_some_and(|urgent| core::mem::take(&mut urgent.news))
    }

    /// Octets between the next one to read and the end of the urgent data; 0 in normal mode (RFC9293-MUST-33).
    pub fn urgent_remaining(&self) -> usize {
        let ahead = self.urgent.as_ref().map_or(0, |urgent| urgent.up.distance(self.read_seq()));
        ahead.max(0) as usize
    }

    /// Whether the next octet to read is the urgent one (SIOCATMARK).
    pub fn at_mark(&self) -> bool {
        self.urgent.as_ref().is_some_and(|urgent| urgent.up - 1 == self.read_seq())
    }

    /// Reads the out-of-band octet: the last one of the urgent data.
    ///
    /// # Errors
    /// `Invalid` without urgent data, in inline mode, and when the octet was read before; `WouldBlock` while the
    /// octet has not arrived.
    pub fn recv_urgent(&mut self, now: Instant) -> Result<u8, Errno> {
        self.tick(now);
        let Some(before) = self.octets_before_mark() else { return Err(Errno::Invalid) };
        let mut octet = [0];
        match &mut self.urgent {
            Some(urgent) if !urgent.taken => {
                if self.rcv.ring.copy_to(before, &mut octet) == 0 {
                    return Err(Errno::WouldBlock);
                }
                urgent.taken = true;
                Ok(octet[0])
            }
            _ => Err(Errno::Invalid),
        }
    }

    /// Keeps urgent data in the stream (SO_OOBINLINE).
    pub fn set_urgent_inline(&mut self, inline: bool) {
        self.marks.urgent_inline = inline;
    }
}
