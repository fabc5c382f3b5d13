//! Putting fragments together.
//!
//! Read first: RFC 815 (the idea of holes), RFC 1122 3.3.2, RFC 8200 4.5, RFC 5722, RFC 6946, RFC 1858.
//!
//! A datagram is known by source, destination, identification and, in IPv4, protocol. Its data stand in one buffer
//! at a fixed distance from the start, its first header right before them, so that a complete packet needs no
//! copying; buffers are pooled. An [`IntervalSet`] says what is there.
//!
//! What happens to overlaps: IPv6 forbids them (RFC 5722), and the whole datagram goes. IPv4 says that newer data
//! win (RFC 791 3.2), RFC 1858 and RFC 3128 show what attackers make of that, and no sender has a reason to overlap
//! with different data; so the default for IPv4 is to drop as well. A fragment whose octets are all there already and
//! equal is a duplicate and tolerated in every policy: it proves nothing but an unreliable link.

use core::net::IpAddr;

use super::{Cast, Datagram, FragmentInfo, IcmpError};
use crate::event::DropReason;
use crate::fault::{Fault, FaultSet};
use crate::limits::Limits;
use crate::storage::IntervalSet;
use crate::time::{Duration, Instant};
use crate::wire::ip::{Ecn, IpProtocol};
use crate::wire::ipv4::Ipv4Packet;
use crate::wire::ipv6::Ipv6Packet;

/// Room before the data of a buffer: the first fragment's headers, its fragment header included, have to fit.
const HEADROOM: usize = 1_024;
/// The largest total length of IPv4 and payload length of IPv6.
const MAX_LEN: usize = 65_535;
/// Octets by which a buffer grows at least.
const GROWTH: usize = 2_048;

/// What happens when a fragment covers octets that another one brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OverlapPolicy {
    /// What came first stays.
    First,
    /// What came last wins.
    Last,
    /// The whole datagram is dropped, fragments still to come included (RFC 5722). Exact duplicates are tolerated.
    DropAll,
}

/// Bounds and policy.
#[derive(Clone, Copy, Debug)]
pub struct ReassemblyConfig {
    /// For IPv4.
    pub overlap_v4: OverlapPolicy,
    /// For IPv6.
    pub overlap_v6: OverlapPolicy,
    /// Datagrams at once; the oldest gives way.
    pub datagrams: usize,
    /// Octets of buffers at once; the oldest datagram gives way.
    pub bytes: usize,
    /// Separate pieces of one datagram.
    pub pieces: usize,
    /// How long a datagram may stay incomplete, from its first fragment on.
    pub timeout: Duration,
    /// Planted faults.
    pub faults: FaultSet,
}

impl ReassemblyConfig {
    /// The bounds of `limits`; overlaps drop the datagram in both versions.
    pub fn new(limits: &Limits, faults: FaultSet) -> Self {
        Self {
            overlap_v4: OverlapPolicy::DropAll,
            overlap_v6: OverlapPolicy::DropAll,
            datagrams: limits.reassembly_datagrams,
            bytes: limits.reassembly_bytes,
            pieces: limits.reassembly_pieces,
            timeout: limits.reassembly_timeout,
            faults,
        }
    }
}

/// A whole IP packet in a buffer of the reassembler; give it back with [`Reassembler::recycle`].
#[derive(Debug)]
pub struct Reassembled {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The interface that brought the last fragment.
    pub interface: usize,
    /// How the frames were addressed; anything but unicast if any one was.
    pub link: Cast,
}

impl core::ops::Deref for Reassembled {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or(&[])
    }
}

/// What became of a fragment.
#[derive(Debug)]
pub enum Outcome {
    /// It was kept; more are missing.
    Incomplete,
    /// It was the last one missing: the whole packet, without fragment header and flags, to be judged again.
    Complete(Reassembled),
    /// It was dropped in silence.
    Drop(DropReason),
    /// It was dropped and its sender is to be told.
    Error {
        /// What to tell.
        error: IcmpError,
        /// Why it was dropped.
        reason: DropReason,
    },
}

/// A datagram that stayed incomplete for too long.
#[derive(Debug)]
pub struct Expired {
    /// The interface that brought its last fragment.
    pub interface: usize,
    /// The start of the fragment with offset zero as it came, for [`IcmpError::ReassemblyTimeExceeded`]; `None` if
    /// that one never came, and then nobody is told (RFC 792, RFC 1122 3.3.2, RFC 8200 4.5).
    pub first: Option<Reassembled>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    /// IPv4 only; 0 in IPv6, whose next header may differ from fragment to fragment (RFC 8200 4.5).
    protocol: IpProtocol,
    id: u32,
}

#[derive(Debug)]
struct Partial {
    key: Key,
    deadline: Instant,
    interface: usize,
    link: Cast,
    /// Headers before `HEADROOM`, data behind it.
    buffer: Vec<u8>,
    have: IntervalSet,
    /// Length of the header before `HEADROOM`: that of the fragment with offset zero if it came, else of any other.
    header_len: usize,
    /// Where the fragment with offset zero says that it belongs; `None` until it came.
    first: Option<FragmentInfo>,
    /// Its data octets.
    first_len: usize,
    /// Octets of data in all, known once the last fragment came.
    total: Option<usize>,
    ecn: Option<Ecn>,
    /// It overlapped: everything that still comes is dropped too (RFC5722-4-2).
    poisoned: bool,
}

/// Datagrams under reassembly, of both versions.
#[derive(Debug)]
pub struct Reassembler {
    config: ReassemblyConfig,
    /// Oldest first: all live equally long, so this is also the order of the deadlines.
    partials: Vec<Partial>,
    pool: Vec<Partial>,
    /// Octets of the buffers of `partials`.
    bytes: usize,
}

/// Why a fragment was refused.
enum Refusal {
    Drop(DropReason),
    Poison(DropReason),
}

impl Reassembler {
    /// An empty one.
    pub fn new(config: ReassemblyConfig) -> Self {
        Self { config, partials: Vec::new(), pool: Vec::new(), bytes: 0 }
    }

    /// Takes a fragment: `packet` as it was judged, `datagram.fragment` set.
    pub fn insert(
        &mut self,
        now: Instant,
        interface: usize,
        link: Cast,
        packet: &[u8],
        datagram: &Datagram,
    ) -> Outcome {
        let faults = self.config.faults;
        let Some(info) = datagram.fragment.filter(|_| !faults.has(Fault::NoReassembly)) else {
            return Outcome::Drop(DropReason::FragmentInvalid);
        };
        let (Some(header), Some(data)) = (packet.get(..datagram.header_len), packet.get(datagram.payload())) else {
            return Outcome::Drop(DropReason::Malformed);
        };
        if let Some(outcome) = self.check(datagram, &info, data.len()) {
            return outcome;
        }
        let key = key(datagram, &info, faults);
        let at = match self.partials.iter().position(|partial| partial.key == key) {
            Some(at) => at,
            None => match self.start(now, key) {
                Some(at) => at,
                None => return Outcome::Drop(DropReason::ReassemblyLimit),
            },
        };
        let policy = if datagram.src.is_ipv4() { self.config.overlap_v4 } else { self.config.overlap_v6 };
        let policy = if faults.has(Fault::OverlappingFragmentAccepted) { OverlapPolicy::Last } else { policy };
        if self.partials.get(at).is_some_and(|partial| partial.poisoned) {
            return Outcome::Drop(DropReason::FragmentOverlap);
        }
        let Some(at) = self.make_room(at, info.offset + data.len()) else {
            return Outcome::Drop(DropReason::ReassemblyLimit);
        };
        let Some(partial) = self.partials.get_mut(at) else {
            return Outcome::Drop(DropReason::ReassemblyLimit);
        };
        partial.interface = interface;
        if link != Cast::Unicast {
            partial.link = link;
        }
        match partial.add(policy, header, data, datagram, &info) {
            Ok(()) if partial.is_complete() => self.finish(at),
            Ok(()) => Outcome::Incomplete,
            Err(Refusal::Drop(reason)) => Outcome::Drop(reason),
            Err(Refusal::Poison(reason)) => {
                // What came is worth nothing, and what still comes is not either; only the key is remembered.
                partial.poisoned = true;
                self.bytes -= partial.buffer.len();
                partial.buffer.clear();
                Outcome::Drop(reason)
            }
        }
    }

    /// What is wrong with a fragment whatever the others are.
    fn check(&self, datagram: &Datagram, info: &FragmentInfo, len: usize) -> Option<Outcome> {
        let faults = self.config.faults;
        let reason = DropReason::FragmentInvalid;
        let problem = |pointer: usize| match datagram.src {
            IpAddr::V4(_) => Outcome::Drop(reason),
            IpAddr::V6(_) => {
                let error = IcmpError::ParameterProblem { code: 0, pointer: pointer as u32 };
                Outcome::Error { error, reason }
            }
        };
        // RFC8200-4.5-10: all but the last are multiples of 8 octets; the pointer names the payload length.
        // RFC 791 3.2 has the same rule and no message for it.
        if info.more && !len.is_multiple_of(8) && !faults.has(Fault::FragmentLengthUnchecked) {
            return Some(problem(4));
        }
        // A fragment of nothing that promises more would never end (RFC 1858 3).
        if len == 0 && (info.more || info.offset > 0) {
            return Some(Outcome::Drop(reason));
        }
        // RFC8200-4.5-11: the pointer names the fragment offset. The header counts in IPv4 only; the headers before
        // the fragment header count in IPv6.
        let headers = match datagram.src {
            IpAddr::V4(_) => datagram.header_len,
            IpAddr::V6(_) => info.header_at.saturating_sub(40),
        };
        if headers + info.offset + len > MAX_LEN {
            if faults.has(Fault::FragmentBeyondMaximum) {
                return Some(Outcome::Drop(reason));
            }
            return Some(problem(info.header_at + 2));
        }
        if datagram.header_len > HEADROOM {
            return Some(Outcome::Drop(DropReason::ReassemblyLimit));
        }
        None
    }

    /// Begins a datagram.
    fn start(&mut self, now: Instant, key: Key) -> Option<usize> {
        if self.config.datagrams == 0 {
            return None;
        }
        if self.partials.len() >= self.config.datagrams {
            self.evict(0);
        }
        let mut partial = self.pool.pop().unwrap_or_else(|| Partial::new(self.config.pieces));
        partial.reset(key, now + self.config.timeout);
        self.partials.push(partial);
        Some(self.partials.len() - 1)
    }

    /// Makes the buffer of a datagram hold `len` octets of data; older datagrams may have to give way. Returns where
    /// the datagram stands then.
    fn make_room(&mut self, mut at: usize, len: usize) -> Option<usize> {
        let wanted = HEADROOM + len;
        let have = self.partials.get(at)?.buffer.len();
        if wanted <= have {
            return Some(at);
        }
        let wanted = wanted.max(have + GROWTH).min(HEADROOM + MAX_LEN);
        while self.bytes + (wanted - have) > self.config.bytes {
            // Itself is the only one left: it can never fit.
            let victim = if at > 0 { 0 } else { 1 };
            if victim >= self.partials.len() {
                self.evict(at);
                return None;
            }
            self.evict(victim);
            at -= usize::from(victim < at);
        }
        self.bytes += wanted - have;
        self.partials.get_mut(at)?.buffer.resize(wanted, 0);
        Some(at)
    }

    /// Takes a datagram out and keeps its memory for another one.
    fn evict(&mut self, at: usize) {
        let partial = self.partials.remove(at);
        self.bytes -= partial.buffer.len();
        self.keep(partial);
    }

    fn keep(&mut self, mut partial: Partial) {
        if self.pool.len() < self.config.datagrams.min(16) {
            partial.buffer.clear();
            self.pool.push(partial);
        }
    }

    /// Takes a complete datagram out.
    fn finish(&mut self, at: usize) -> Outcome {
        let mut partial = self.partials.remove(at);
        self.bytes -= partial.buffer.len();
        let range = partial.seal();
        let buffer = core::mem::take(&mut partial.buffer);
        let (interface, link) = (partial.interface, partial.link);
        self.keep(partial);
        match range {
            Some((start, end)) => Outcome::Complete(Reassembled { buffer, start, end, interface, link }),
            None => Outcome::Drop(DropReason::FragmentInvalid),
        }
    }

    /// Gives a buffer back, so that the next datagram needs no allocation.
    pub fn recycle(&mut self, packet: Reassembled) {
        if let Some(partial) = self.pool.iter_mut().find(|partial| partial.buffer.capacity() == 0) {
            partial.buffer = packet.buffer;
            partial.buffer.clear();
        }
    }

    /// The number of datagrams under reassembly.
    pub fn len(&self) -> usize {
        self.partials.len()
    }

    /// Whether nothing is under reassembly.
    pub fn is_empty(&self) -> bool {
        self.partials.is_empty()
    }

    /// Octets of buffers in use.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.config.faults.has(Fault::NoFragmentTimeout) {
            return None;
        }
        self.partials.first().map(|partial| partial.deadline)
    }

    /// Gives up one datagram whose time is over. Call until it returns `None`.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Expired> {
        // RFC8200-4.5-8, RFC1122-3.3.2-5.
        if self.poll_timeout()? > now {
            return None;
        }
        let mut partial = self.partials.remove(0);
        self.bytes -= partial.buffer.len();
        let faults = self.config.faults;
        let told = (partial.first.is_some() || faults.has(Fault::FragmentTimeoutAlwaysTold))
            && !partial.poisoned
            && !faults.has(Fault::FragmentTimeoutSilent);
        let (interface, link) = (partial.interface, partial.link);
        // RFC8200-4.5-9: the first fragment as it came, headers right before its data.
        let first = told.then(|| {
            let (start, end) = (HEADROOM - partial.header_len, HEADROOM + partial.first_len);
            Reassembled { buffer: core::mem::take(&mut partial.buffer), start, end, interface, link }
        });
        self.keep(partial);
        Some(Expired { interface, first })
    }
}

/// RFC 791 3.2: source, destination, protocol, identification. RFC 8200 4.5: the same without the protocol.
fn key(datagram: &Datagram, info: &FragmentInfo, faults: FaultSet) -> Key {
    let protocol = if datagram.src.is_ipv4() { datagram.protocol } else { IpProtocol(0) };
    let id = if faults.has(Fault::FragmentIdIgnored) { 0 } else { info.id };
    Key { src: datagram.src, dst: datagram.dst, protocol, id }
}

impl Partial {
    fn new(pieces: usize) -> Self {
        let unspecified = IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED);
        Self {
            key: Key { src: unspecified, dst: unspecified, protocol: IpProtocol(0), id: 0 },
            deadline: Instant::ZERO,
            interface: 0,
            link: Cast::Unicast,
            buffer: Vec::new(),
            have: IntervalSet::new(pieces),
            header_len: 0,
            first: None,
            first_len: 0,
            total: None,
            ecn: None,
            poisoned: false,
        }
    }

    fn reset(&mut self, key: Key, deadline: Instant) {
        self.key = key;
        self.deadline = deadline;
        self.link = Cast::Unicast;
        self.buffer.clear();
        self.have.clear();
        self.header_len = 0;
        self.first = None;
        self.first_len = 0;
        self.total = None;
        self.ecn = None;
        self.poisoned = false;
    }

    fn is_complete(&self) -> bool {
        let all = self.total.is_some_and(|total| self.have.covers(0, total as u64));
        all && self.first.is_some()
    }

    /// Takes one fragment. The buffer has room for it.
    fn add(
        &mut self,
        policy: OverlapPolicy,
        header: &[u8],
        data: &[u8],
        datagram: &Datagram,
        info: &FragmentInfo,
    ) -> Result<(), Refusal> {
        let end = info.offset + data.len();
        let place = HEADROOM + info.offset..HEADROOM + end;
        let (start64, end64) = (info.offset as u64, end as u64);
        // The end that a last fragment states may not contradict what is there.
        let highest = self.have.last().map_or(0, |last| last.1 as usize);
        let contradicts = match self.total {
            Some(total) => end > total || (!info.more && end != total),
            None => !info.more && end < highest,
        };
        if contradicts {
            return Err(match policy {
                OverlapPolicy::DropAll => Refusal::Poison(DropReason::FragmentOverlap),
                _ => Refusal::Drop(DropReason::FragmentInvalid),
            });
        }
        if self.have.overlaps(start64, end64) {
            // RFC8200-4.5-14: an exact duplicate is dropped, the others are kept.
            let duplicate = self.have.covers(start64, end64) && self.buffer.get(place.clone()) == Some(data);
            if !duplicate && policy == OverlapPolicy::DropAll {
                // RFC5722-4-2, RFC8200-4.5-13.
                return Err(Refusal::Poison(DropReason::FragmentOverlap));
            }
        }
        self.write(policy, info.offset, data)?;
        if !info.more {
            self.total = Some(end);
        }
        self.merge_ecn(datagram.ecn)?;
        // RFC 8200 4.5: the headers of the fragment with offset zero count, and only those.
        if self.first.is_none() || (info.offset == 0 && policy == OverlapPolicy::Last) {
            let place = self.buffer.get_mut(HEADROOM - header.len()..HEADROOM);
            place.ok_or(Refusal::Drop(DropReason::ReassemblyLimit))?.copy_from_slice(header);
            self.header_len = header.len();
        }
        if info.offset == 0 && self.first.is_none_or(|_| policy == OverlapPolicy::Last) {
            self.first = Some(*info);
            self.first_len = data.len();
        }
        Ok(())
    }

    /// Puts data in its place, but for what the policy says stays.
    fn write(&mut self, policy: OverlapPolicy, offset: usize, data: &[u8]) -> Result<(), Refusal> {
        let Self { have, buffer, .. } = self;
        let end = offset + data.len();
        let mut copy = |from: usize, to: usize| {
            if let Some(place) = buffer.get_mut(HEADROOM + from..HEADROOM + to) {
                place.copy_from_slice(&data[from - offset..to - offset]);
            }
        };
        if policy == OverlapPolicy::First {
            let mut at = offset;
            for (start, stop) in have.iter().map(|(start, stop)| (start as usize, stop as usize)) {
                if stop > at && start < end {
                    copy(at, start.max(at));
                    at = stop.min(end);
                }
            }
            copy(at, end);
        } else {
            copy(offset, end);
        }
        // Nothing that counts was overwritten if this fails: a full set only refuses what touches nothing.
        have.insert(offset as u64, end as u64).map_err(|_| Refusal::Drop(DropReason::ReassemblyLimit))?;
        Ok(())
    }

    /// RFC 3168 5.3: congestion that one fragment met is met by the packet; a packet that is said to be capable of ECN
    /// and not at once is damaged.
    fn merge_ecn(&mut self, ecn: Ecn) -> Result<(), Refusal> {
        self.ecn = Some(match (self.ecn, ecn) {
            (None, ecn) => ecn,
            (Some(Ecn::Ce), Ecn::NotEct) | (Some(Ecn::NotEct), Ecn::Ce) => {
                return Err(Refusal::Poison(DropReason::FragmentInvalid));
            }
            (Some(Ecn::Ce), _) | (_, Ecn::Ce) => Ecn::Ce,
            (Some(Ecn::NotEct), _) | (_, Ecn::NotEct) => Ecn::NotEct,
            (Some(first), _) => first,
        });
        Ok(())
    }

    /// Makes the first fragment's headers those of the whole packet. Returns where it stands in the buffer.
    fn seal(&mut self) -> Option<(usize, usize)> {
        let (first, total) = (self.first?, self.total?);
        let start = HEADROOM - self.header_len;
        let end = HEADROOM + total;
        let packet = self.buffer.get_mut(start..end)?;
        let ecn = self.ecn.unwrap_or_default().bits();
        if self.key.src.is_ipv4() {
            let total_len = u16::try_from(packet.len()).ok()?;
            let mut view = Ipv4Packet::new_unchecked(packet);
            view.set_total_len(total_len);
            view.set_more_fragments(false);
            view.set_fragment_offset(0);
            view.set_traffic_class(view.traffic_class() & !3 | ecn);
            view.fill_checksum();
            return Some((start, end));
        }
        // RFC 8200 4.5: the fragment header goes, what named it names what it named, the length is that of all.
        let next_header = *packet.get(first.header_at)?;
        *packet.get_mut(first.named_at)? = next_header;
        packet.copy_within(..first.header_at, 8);
        let packet = &mut packet[8..];
        let payload_len = u16::try_from(packet.len().checked_sub(40)?).ok()?;
        let mut view = Ipv6Packet::new_unchecked(packet);
        view.set_payload_len(payload_len);
        view.set_traffic_class(view.traffic_class() & !3 | ecn);
        Some((start + 8, end))
    }
}

#[cfg(test)]
#[path = "reassembly_tests.rs"]
mod tests;
