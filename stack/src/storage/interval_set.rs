//! A bounded set of half-open ranges of `u64`: what arrived out of order, what was acknowledged selectively,
//! which octets of a datagram are there.
//!
//! The ranges are kept sorted, disjoint and not touching (`[0, 5)` and `[5, 9)` become `[0, 9)`), so the set of
//! ranges is a normal form: two sets that cover the same numbers are equal. All memory is taken by `new`.

use core::fmt;

/// A set of `u64` numbers, stored as at most `limit` disjoint half-open ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalSet {
    ranges: Vec<(u64, u64)>,
    limit: usize,
}

/// The set already holds as many separate ranges as it may; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the interval set holds its limit of ranges")
    }
}

impl core::error::Error for Full {}

impl IntervalSet {
    /// An empty set that will hold up to `limit` separate ranges; at least one.
    pub fn new(limit: usize) -> Self {
        let limit = limit.max(1);
        Self { ranges: Vec::with_capacity(limit), limit }
    }

    /// Adds `start..end` and says how many numbers of it were not covered before. An empty or reversed range adds
    /// nothing. Fails, changing nothing, if the set would then hold more than its limit of separate ranges.
    pub fn insert(&mut self, start: u64, end: u64) -> Result<u64, Full> {
        if start >= end {
            return Ok(0);
        }
        // The ranges that overlap or touch `start..end` are `from..to`.
        let from = self.ranges.partition_point(|&(_, e)| e < start);
        let to = from + self.ranges[from..].partition_point(|&(s, _)| s <= end);
        if from == to {
            if self.ranges.len() >= self.limit {
                return Err(Full);
            }
            self.ranges.insert(from, (start, end));
            return Ok(end - start);
        }
        let merged = (start.min(self.ranges[from].0), end.max(self.ranges[to - 1].1));
        let before: u64 = self.ranges[from..to].iter().map(|&(s, e)| e - s).sum();
        self.ranges[from] = merged;
        self.ranges.drain(from + 1..to);
        Ok(merged.1 - merged.0 - before)
    }

    /// Takes `start..end` out and says how many numbers of it were covered. Fails, changing nothing, if that would
    /// split a range in two and leave more than the limit.
    pub fn remove(&mut self, start: u64, end: u64) -> Result<u64, Full> {
        if start >= end {
            return Ok(0);
        }
        let from = self.ranges.partition_point(|&(_, e)| e <= start);
        let to = from + self.ranges[from..].partition_point(|&(s, _)| s < end);
        if from == to {
            return Ok(0);
        }
        let removed = self.ranges[from..to].iter().map(|&(s, e)| e.min(end) - s.max(start)).sum();
        let head = (self.ranges[from].0, start);
        let tail = (end, self.ranges[to - 1].1);
        match (head.0 < head.1, tail.0 < tail.1) {
            (true, true) if to - from == 1 => {
                if self.ranges.len() >= self.limit {
                    return Err(Full);
                }
                self.ranges[from] = head;
                self.ranges.insert(from + 1, tail);
            }
            (true, true) => {
                self.ranges[from] = head;
                self.ranges[to - 1] = tail;
                self.ranges.drain(from + 1..to - 1);
            }
            (true, false) => {
                self.ranges[from] = head;
                self.ranges.drain(from + 1..to);
            }
            (false, true) => {
                self.ranges[to - 1] = tail;
                self.ranges.drain(from..to - 1);
            }
            (false, false) => {
                self.ranges.drain(from..to);
            }
        }
        Ok(removed)
    }

    /// Takes everything below `end` out; never fails, as no range is split in two.
    pub fn remove_before(&mut self, end: u64) {
        let gone = self.ranges.partition_point(|&(_, e)| e <= end);
        self.ranges.drain(..gone);
        if let Some(first) = self.ranges.first_mut() {
            first.0 = first.0.max(end);
        }
    }

    /// Whether every number of `start..end` is in the set; true for an empty range.
    pub fn covers(&self, start: u64, end: u64) -> bool {
        if start >= end {
            return true;
        }
        let at = self.ranges.partition_point(|&(_, e)| e <= start);
        self.ranges.get(at).is_some_and(|&(s, e)| s <= start && end <= e)
    }

    /// Whether any number of `start..end` is in the set.
    pub fn overlaps(&self, start: u64, end: u64) -> bool {
        let at = self.ranges.partition_point(|&(_, e)| e <= start);
        start < end && self.ranges.get(at).is_some_and(|&(s, _)| s < end)
    }

    /// Whether `number` is in the set.
    pub fn contains(&self, number: u64) -> bool {
        let at = self.ranges.partition_point(|&(_, e)| e <= number);
        self.ranges.get(at).is_some_and(|&(s, _)| s <= number)
    }

    /// The lowest range as `(start, end)`.
    pub fn first(&self) -> Option<(u64, u64)> {
        self.ranges.first().copied()
    }

    /// The highest range as `(start, end)`.
    pub fn last(&self) -> Option<(u64, u64)> {
        self.ranges.last().copied()
    }

    /// The ranges as `(start, end)`, lowest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> + ExactSizeIterator + '_ {
        self.ranges.iter().copied()
    }

    /// The number of separate ranges.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether nothing is covered.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many numbers are covered.
    pub fn covered(&self) -> u64 {
        self.ranges.iter().map(|&(s, e)| e - s).sum()
    }

    /// The most separate ranges that the set may hold.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Takes everything out and keeps the memory.
    pub fn clear(&mut self) {
        self.ranges.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    /// The same set, as a bit per number below 256.
    fn bitmap(set: &IntervalSet) -> [bool; 256] {
        core::array::from_fn(|number| set.contains(number as u64))
    }

    fn well_formed(set: &IntervalSet) -> bool {
        let ranges: Vec<_> = set.iter().collect();
        ranges.len() <= set.limit()
            && ranges.iter().all(|(s, e)| s < e)
            && ranges.windows(2).all(|pair| pair[0].1 < pair[1].0)
    }

    #[test]
    fn touching_ranges_become_one() {
        let mut set = IntervalSet::new(4);
        assert_eq!(set.insert(0, 5), Ok(5));
        assert_eq!(set.insert(10, 12), Ok(2));
        assert_eq!(set.insert(5, 10), Ok(5));
        assert_eq!(set.iter().collect::<Vec<_>>(), [(0, 12)]);
        assert_eq!(set.insert(3, 4), Ok(0));
        assert!(set.covers(0, 12) && !set.covers(0, 13) && set.overlaps(11, 40) && !set.overlaps(12, 40));
    }

    #[test]
    fn a_full_set_changes_nothing() {
        let mut set = IntervalSet::new(2);
        assert!(set.insert(0, 10).is_ok() && set.insert(20, 30).is_ok());
        assert_eq!(set.insert(40, 50), Err(Full));
        assert_eq!(set.remove(4, 5), Err(Full));
        assert_eq!(set.iter().collect::<Vec<_>>(), [(0, 10), (20, 30)]);
        assert_eq!(set.insert(10, 20), Ok(10));
        assert_eq!(set.insert(40, 50), Ok(10));
    }

    #[test]
    fn the_ends_of_the_number_line_are_ordinary() {
        let mut set = IntervalSet::new(2);
        assert_eq!(set.insert(u64::MAX - 1, u64::MAX), Ok(1));
        assert_eq!(set.insert(0, u64::MAX), Ok(u64::MAX - 1));
        set.remove_before(u64::MAX);
        assert!(set.is_empty());
    }

    quickcheck! {
        fn behaves_like_a_bitmap(operations: Vec<(bool, u8, u8)>, limit: u8) -> bool {
            let mut set = IntervalSet::new(usize::from(limit % 12));
            let mut model = [false; 256];
            operations.into_iter().all(|(insert, a, b)| {
                let range = usize::from(a)..usize::from(b);
                let mut next = model;
                let mut changed = 0;
                for bit in next.get_mut(range.clone()).unwrap_or(&mut []) {
                    changed += u64::from(*bit != insert);
                    *bit = insert;
                }
                let result = if insert { set.insert(a.into(), b.into()) } else { set.remove(a.into(), b.into()) };
                let ranges = next.iter().enumerate().filter(|&(i, bit)| *bit && (i == 0 || !next[i - 1])).count();
                if result == Err(Full) {
                    return ranges > set.limit() && bitmap(&set) == model;
                }
                model = next;
                let (start, end) = (u64::from(a), u64::from(b));
                result == Ok(changed)
                    && bitmap(&set) == model
                    && well_formed(&set)
                    && set.len() == ranges
                    && set.covered() == model.iter().filter(|bit| **bit).count() as u64
                    && set.covers(start, end) == model.get(range.clone()).unwrap_or(&[]).iter().all(|bit| *bit)
                    && set.overlaps(start, end) == model.get(range).unwrap_or(&[]).iter().any(|bit| *bit)
            })
        }

        fn removing_a_prefix_is_removing_from_zero(ranges: Vec<(u8, u8)>, end: u8) -> bool {
            let mut a = IntervalSet::new(256);
            for (start, end) in ranges {
                if a.insert(start.into(), end.into()).is_err() {
                    return false;
                }
            }
            let mut b = a.clone();
            a.remove_before(end.into());
            b.remove(0, end.into()).is_ok() && a == b
        }
    }
}
