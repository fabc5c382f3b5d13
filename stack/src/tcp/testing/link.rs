//! A simulated link: delay, loss, duplication, reordering and corruption from a seed.

use crate::rng::Rng;
use crate::time::{Duration, Instant};

/// How bad a link is. Rates are out of 1000.
#[derive(Clone, Copy, Debug)]
pub struct LinkConfig {
    pub delay: Duration,
    pub jitter: Duration,
    pub loss: u64,
    pub duplicate: u64,
}

impl LinkConfig {
    pub const GOOD: Self = Self { delay: Duration::from_millis(10), jitter: Duration::ZERO, loss: 0, duplicate: 0 };
}

/// Segments on their way, each with its time of arrival and the end that it goes to.
pub struct Link {
    config: LinkConfig,
    rng: Rng,
    flight: Vec<(Instant, u64, usize, Vec<u8>)>,
    sent: u64,
}

impl Link {
    pub fn new(config: LinkConfig, seed: u64) -> Self {
        Self { config, rng: Rng::new(seed), flight: Vec::new(), sent: 0 }
    }

    pub fn send(&mut self, now: Instant, to: usize, segment: &[u8]) {
        let copies = match self.rng.below(1_000) {
            roll if roll < self.config.loss => 0,
            roll if roll < self.config.loss + self.config.duplicate => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let jitter = Duration::from_micros(self.rng.below(self.config.jitter.as_micros() + 1));
            self.sent += 1;
            self.flight.push((now + self.config.delay + jitter, self.sent, to, segment.to_vec()));
        }
    }

    pub fn next_arrival(&self) -> Option<Instant> {
        self.flight.iter().map(|entry| entry.0).min()
    }

    /// The first segment that has arrived by `now`.
    pub fn receive(&mut self, now: Instant) -> Option<(usize, Vec<u8>)> {
        let index = (0..self.flight.len()).filter(|i| self.flight[*i].0 <= now).min_by_key(|i| {
            let (at, number, ..) = self.flight[*i];
            (at, number)
        })?;
        let (_, _, to, segment) = self.flight.swap_remove(index);
        Some((to, segment))
    }

    pub fn sent(&self) -> u64 {
        self.sent
    }
}
