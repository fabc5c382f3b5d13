//! How exact time is: exact in virtual time, widened in wall time.

use crate::target::{Clock, Duration};

/// By how much windows are widened in wall time: the larger of the two counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// At least this much.
    pub absolute: Duration,
    /// This share of the time that is waited for, in percent.
    pub percent: u64,
}

impl Default for Tolerance {
    /// 50 ms or 15 %.
    fn default() -> Self {
        Self { absolute: Duration::from_millis(50), percent: 15 }
    }
}

impl Tolerance {
    /// No tolerance.
    pub const EXACT: Self = Self { absolute: Duration::ZERO, percent: 0 };

    /// The tolerance that applies on this clock.
    #[must_use]
    pub const fn on(self, clock: Clock) -> Self {
        match clock {
            Clock::Virtual => Self::EXACT,
            Clock::Wall => self,
        }
    }

    /// By how much a bound of this length is widened.
    pub fn slack(self, span: Duration) -> Duration {
        let share = span * self.percent / 100;
        if share > self.absolute { share } else { self.absolute }
    }

    /// A window with its bounds moved outwards.
    pub fn widen(self, min: Duration, max: Duration) -> (Duration, Duration) {
        (min - self.slack(min), max + self.slack(max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_one_counts() {
        let tolerance = Tolerance { absolute: Duration::from_millis(10), percent: 10 };
        assert_eq!(tolerance.slack(Duration::from_millis(50)), Duration::from_millis(10));
        assert_eq!(tolerance.slack(Duration::from_secs(1)), Duration::from_millis(100));
        let (min, max) = tolerance.widen(Duration::from_millis(5), Duration::from_secs(1));
        assert_eq!((min, max), (Duration::ZERO, Duration::from_millis(1_100)));
        assert_eq!(tolerance.on(Clock::Virtual), Tolerance::EXACT);
    }
}
