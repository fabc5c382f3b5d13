//! The token bucket that bounds ICMP errors (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)).

use crate::time::Instant;

/// A token bucket: `rate` tokens per second, at most `burst` of them saved.
#[derive(Clone, Debug)]
pub struct RateLimiter {
    rate: u64,
    burst: u64,
    /// Millionths of a token.
    level: u64,
    last: Instant,
}

impl RateLimiter {
    /// A full bucket.
    pub const fn new(rate: u32, burst: u32) -> Self {
        let (rate, burst) = (rate as u64, burst as u64);
        Self { rate, burst, level: burst * 1_000_000, last: Instant::ZERO }
    }

    /// Takes a token if there is one.
    pub fn allow(&mut self, now: Instant) -> bool {
        let elapsed = now.since(self.last).as_micros();
        self.last = self.last.max(now);
        self.level = self.level.saturating_add(elapsed.saturating_mul(self.rate)).min(self.burst * 1_000_000);
        if self.level < 1_000_000 {
            return false;
        }
        self.level -= 1_000_000;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut limiter = RateLimiter::new(10, 3);
        let count = |limiter: &mut RateLimiter, now| (0..10).filter(|_| limiter.allow(now)).count();
        assert_eq!(count(&mut limiter, Instant::from_secs(5)), 3);
        assert_eq!(count(&mut limiter, Instant::from_millis(5_099)), 0);
        assert_eq!(count(&mut limiter, Instant::from_millis(5_100)), 1);
        assert_eq!(count(&mut limiter, Instant::from_secs(60)), 3);
        assert_eq!(count(&mut limiter, Instant::ZERO), 0);
    }

    #[test]
    fn a_rate_of_zero_never_refills() {
        let mut limiter = RateLimiter::new(0, 1);
        assert!(limiter.allow(Instant::ZERO));
        assert!(!limiter.allow(Instant::FAR_FUTURE));
    }
}
