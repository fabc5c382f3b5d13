//! Putting fragments together.
//!
//! Read first: RFC 815 (the idea of holes), RFC 1122 3.3.2, RFC 8200 4.5, RFC 5722, RFC 6946, RFC 1858.

use super::{Cast, Datagram, IcmpError};
use crate::event::DropReason;
use crate::fault::FaultSet;
use crate::limits::Limits;
use crate::time::{Duration, Instant};

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
    /// Datagrams at once.
    pub datagrams: usize,
    /// Octets of buffers at once.
    pub bytes: usize,
    /// Separate pieces of one datagram.
    pub pieces: usize,
    /// How long a datagram may stay incomplete.
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

/// Datagrams under reassembly, of both versions.
#[derive(Debug)]
pub struct Reassembler {
    config: ReassemblyConfig,
}

impl Reassembler {
    /// An empty one.
    pub fn new(config: ReassemblyConfig) -> Self {
        Self { config }
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
        let _ = (now, interface, link, packet, datagram, &self.config);
        Outcome::Drop(DropReason::FragmentInvalid)
    }

    /// Gives a buffer back, so that the next datagram needs no allocation.
    pub fn recycle(&mut self, packet: Reassembled) {
        let _ = packet;
    }

    /// The number of datagrams under reassembly.
    pub fn len(&self) -> usize {
        0
    }

    /// Whether nothing is under reassembly.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Gives up one datagram whose time is over. Call until it returns `None`.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Expired> {
        let _ = now;
        None
    }
}
