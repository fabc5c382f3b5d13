//! A medium that loses, repeats, delays, reorders and damages frames: one direction of a wire between two hosts.
//! Deterministic: the same frames at the same times with the same seed come out the same.

use crate::rng::Rng;
use crate::time::{Duration, Instant};

/// What the medium does. Probabilities are in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FaultProfile {
    /// A frame is lost.
    pub loss: u32,
    /// A frame comes twice.
    pub duplicate: u32,
    /// A frame has one bit flipped.
    pub corrupt: u32,
    /// A frame is held back by `reorder_delay` more than the others.
    pub reorder: u32,
    /// How long every frame takes.
    pub delay: Duration,
    /// Up to this much is added at random; alone it does not reorder frames.
    pub jitter: Duration,
    /// How long a frame to be reordered is held back.
    pub reorder_delay: Duration,
    /// Frames in flight at once; more are lost.
    pub queue: usize,
}

/// What the medium did so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FaultCounts {
    /// Frames given to the medium.
    pub offered: u64,
    /// Frames that came out.
    pub delivered: u64,
    /// Frames lost at random.
    pub lost: u64,
    /// Frames lost because the queue was full.
    pub overflowed: u64,
    /// Frames that were repeated.
    pub duplicated: u64,
    /// Frames that were damaged.
    pub corrupted: u64,
    /// Frames that were held back.
    pub reordered: u64,
}

/// One direction of a bad wire.
#[derive(Clone, Debug)]
pub struct FaultInjector {
    profile: FaultProfile,
    rng: Rng,
    flight: Vec<InFlight>,
    spare: Vec<Vec<u8>>,
    counts: FaultCounts,
    order: u64,
    latest: Instant,
}

#[derive(Clone, Debug)]
struct InFlight {
    due: Instant,
    order: u64,
    frame: Vec<u8>,
}

impl FaultInjector {
    /// A wire with this profile.
    pub fn new(profile: FaultProfile, seed: u64) -> Self {
        Self {
            profile,
            rng: Rng::new(seed),
            flight: Vec::new(),
            spare: Vec::new(),
            counts: FaultCounts::default(),
            order: 0,
            latest: Instant::ZERO,
        }
    }

    /// What happened so far.
    pub const fn counts(&self) -> FaultCounts {
        self.counts
    }

    /// Frames on their way.
    pub fn in_flight(&self) -> usize {
        self.flight.len()
    }

    /// Puts a frame on the wire.
    pub fn handle_frame(&mut self, now: Instant, frame: &[u8]) {
        self.counts.offered += 1;
        if self.chance(self.profile.loss) {
            self.counts.lost += 1;
            return;
        }
        self.launch(now, frame);
        if self.chance(self.profile.duplicate) {
            self.counts.duplicated += 1;
            self.launch(now, frame);
        }
    }

    /// Writes the next frame that has arrived to the start of `out` and returns its length. A frame longer than
    /// `out` is cut.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        let (index, next) = self.flight.iter().enumerate().min_by_key(|(_, f)| (f.due, f.order))?;
        if next.due > now {
            return None;
        }
        let InFlight { frame, .. } = self.flight.swap_remove(index);
        let len = frame.len().min(out.len());
        out[..len].copy_from_slice(&frame[..len]);
        self.spare.push(frame);
        self.counts.delivered += 1;
        Some(len)
    }

    /// When the next frame arrives.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.flight.iter().map(|f| f.due).min()
    }

    /// Nothing to do: frames are fetched by [`Self::poll_transmit`].
    pub fn handle_timeout(&mut self, _now: Instant) {}

    fn chance(&mut self, per_million: u32) -> bool {
        per_million > 0 && self.rng.below(1_000_000) < u64::from(per_million)
    }

    fn launch(&mut self, now: Instant, frame: &[u8]) {
        if self.flight.len() >= self.profile.queue.max(1) {
            self.counts.overflowed += 1;
            return;
        }
        let jitter = Duration::from_micros(self.rng.below(self.profile.jitter.as_micros().saturating_add(1)));
        // Frames keep their order unless reordering is asked for.
        let due = (now + self.profile.delay + jitter).max(self.latest);
        let due = if self.chance(self.profile.reorder) {
            self.counts.reordered += 1;
            due + self.profile.reorder_delay
        } else {
            self.latest = due;
            due
        };
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.clear();
        copy.extend_from_slice(frame);
        if !copy.is_empty() && self.chance(self.profile.corrupt) {
            self.counts.corrupted += 1;
            let bit = self.rng.below(copy.len() as u64 * 8) as usize;
            copy[bit / 8] ^= 1 << (bit % 8);
        }
        self.order += 1;
        self.flight.push(InFlight { due, order: self.order, frame: copy });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(profile: FaultProfile, frames: u32) -> (Vec<Vec<u8>>, FaultCounts) {
        let mut wire = FaultInjector::new(FaultProfile { queue: 10_000, ..profile }, 42);
        for n in 0..frames {
            wire.handle_frame(Instant::from_millis(n.into()), &n.to_be_bytes());
        }
        let mut out = Vec::new();
        let mut buffer = [0; 64];
        while let Some(at) = wire.poll_timeout() {
            while let Some(len) = wire.poll_transmit(at, &mut buffer) {
                out.push(buffer[..len].to_vec());
            }
        }
        (out, wire.counts())
    }

    #[test]
    fn a_perfect_wire_changes_nothing() {
        let profile =
            FaultProfile { delay: Duration::from_millis(7), jitter: Duration::from_millis(50), ..Default::default() };
        let (out, counts) = run(profile, 500);
        let expected: Vec<Vec<u8>> = (0..500u32).map(|n| n.to_be_bytes().to_vec()).collect();
        assert_eq!(out, expected);
        assert_eq!((counts.offered, counts.delivered, counts.lost), (500, 500, 0));
    }

    #[test]
    fn every_fault_happens_about_as_often_as_asked() {
        let profile = FaultProfile {
            loss: 100_000,
            duplicate: 50_000,
            corrupt: 50_000,
            reorder: 200_000,
            reorder_delay: Duration::from_millis(5),
            ..Default::default()
        };
        let (out, counts) = run(profile, 5_000);
        let about = |count: u64, share: u64| (share * 40..share * 60).contains(&count);
        assert!(about(counts.lost, 10) && about(counts.duplicated, 5) && about(counts.corrupted, 5), "{counts:?}");
        assert_eq!(out.len() as u64, counts.delivered);
        assert_eq!(counts.delivered, counts.offered - counts.lost + counts.duplicated);
        assert!(out.windows(2).any(|pair| pair[0] > pair[1]));
        assert_eq!(run(profile, 5_000).0, out);
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut wire = FaultInjector::new(FaultProfile { queue: 3, ..Default::default() }, 1);
        for _ in 0..10 {
            wire.handle_frame(Instant::ZERO, &[1]);
        }
        assert_eq!((wire.in_flight(), wire.counts().overflowed), (3, 7));
    }
}
