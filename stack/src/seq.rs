//! TCP sequence numbers: arithmetic modulo 2^32 (RFC 9293 3.4).

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// A TCP sequence number. Comparisons are those of RFC 9293 3.4: `a.lt(b)` means that `a`
/// comes before `b` in sequence space, which holds while they are less than 2^31 apart.
/// There is no `PartialOrd`: the order is not transitive and must not be sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SeqNumber(pub u32);

impl SeqNumber {
    /// The signed distance from `other` to `self`, in -2^31..2^31.
    pub const fn distance(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0) as i32
    }

    /// `self` < `other` in sequence space.
    pub const fn lt(self, other: Self) -> bool {
        self.distance(other) < 0
    }

    /// `self` =< `other` in sequence space.
    pub const fn le(self, other: Self) -> bool {
        self.distance(other) <= 0
    }

    /// `self` > `other` in sequence space.
    pub const fn gt(self, other: Self) -> bool {
        self.distance(other) > 0
    }

    /// `self` >= `other` in sequence space.
    pub const fn ge(self, other: Self) -> bool {
        self.distance(other) >= 0
    }

    /// The later of the two.
    pub const fn max(self, other: Self) -> Self {
        if self.ge(other) { self } else { other }
    }

    /// The earlier of the two.
    pub const fn min(self, other: Self) -> Self {
        if self.le(other) { self } else { other }
    }

    /// Octets from `earlier` to `self` as an unsigned count (modulo 2^32).
    pub const fn bytes_since(self, earlier: Self) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }

    /// `start` =< `self` < `start + len`.
    pub const fn in_window(self, start: Self, len: u32) -> bool {
        self.bytes_since(start) < len
    }
}

impl Add<u32> for SeqNumber {
    type Output = Self;
    fn add(self, rhs: u32) -> Self {
        Self(self.0.wrapping_add(rhs))
    }
}

impl AddAssign<u32> for SeqNumber {
    fn add_assign(&mut self, rhs: u32) {
        *self = *self + rhs;
    }
}

impl Sub<u32> for SeqNumber {
    type Output = Self;
    fn sub(self, rhs: u32) -> Self {
        Self(self.0.wrapping_sub(rhs))
    }
}

impl fmt::Display for SeqNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for SeqNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_wraps() {
        let before = SeqNumber(u32::MAX - 1);
        let after = before + 5;
        assert_eq!(after, SeqNumber(3));
        assert!(before.lt(after) && after.gt(before));
        assert_eq!(after.bytes_since(before), 5);
        assert!(SeqNumber(1).in_window(before, 6));
        assert!(!SeqNumber(4).in_window(before, 6));
    }

    quickcheck::quickcheck! {
        fn adding_less_than_half_the_space_moves_forward(start: u32, step: u32) -> bool {
            let step = step >> 1;
            let a = SeqNumber(start);
            let b = a + step;
            (step == 0) == (a == b) && a.le(b) && b.ge(a) && b.bytes_since(a) == step
        }
    }
}
