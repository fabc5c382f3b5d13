//! One timer per socket in an indexed heap: each socket stands in it at most once, so the heap never
//! grows beyond the sockets, and what is idle costs nothing.
//!
//! A deadline that moves later is not moved in the heap at once (a busy connection pushes its
//! retransmission timer ahead with every acknowledgment): the entry keeps its early place and is looked at again when it
//! reaches the top. [`Timers::settle`] does that looking.

use crate::time::Instant;

/// No place in the heap.
const ABSENT: u32 = u32::MAX;

/// The timers, keyed by socket slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    /// A binary heap of (deadline, slot), earliest first.
    heap: Vec<(Instant, u32)>,
    /// The place in `heap` of each slot.
    places: Vec<u32>,
}

impl Timers {
    /// The slot's deadline is now `deadline`. A later one than before is only noted lazily.
    pub(crate) fn arm(&mut self, slot: u32, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return self.disarm(slot) };
        let index = slot as usize;
        if index >= self.places.len() {
            self.places.resize(index + 1, ABSENT);
        }
        let place = self.places[index];
        if place == ABSENT {
            self.heap.push((deadline, slot));
            self.up(self.heap.len() - 1);
        } else if deadline < self.heap[place as usize].0 {
            self.heap[place as usize].0 = deadline;
            self.up(place as usize);
        }
    }

    /// The slot has no deadline.
    pub(crate) fn disarm(&mut self, slot: u32) {
        let Some(place) = self.places.get(slot as usize).copied().filter(|&place| place != ABSENT) else { return };
        self.places[slot as usize] = ABSENT;
        let place = place as usize;
        let Some(last) = self.heap.pop() else { return };
        if place < self.heap.len() {
            self.heap[place] = last;
            self.places[last.1 as usize] = place as u32;
            self.up(place);
            self.down(place);
        }
    }

    /// The earliest entry, which may be earlier than the slot's true deadline.
    pub(crate) fn first(&self) -> Option<(Instant, u32)> {
        self.heap.first().copied()
    }

    /// Makes the earliest entry a true one: `truth` gives a slot's deadline as it is now.
    pub(crate) fn settle(&mut self, mut truth: impl FnMut(u32) -> Option<Instant>) -> Option<Instant> {
        while let Some((noted, slot)) = self.first() {
            match truth(slot) {
                Some(deadline) if deadline <= noted => return Some(noted),
                Some(deadline) => {
                    self.heap[0].0 = deadline;
                    self.down(0);
                }
                None => self.disarm(slot),
            }
        }
        None
    }

    /// Entries, for tests and diagnostics.
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    fn up(&mut self, mut place: usize) {
        let entry = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.heap[parent].0 <= entry.0 {
                break;
            }
            self.heap[place] = self.heap[parent];
            self.places[self.heap[place].1 as usize] = place as u32;
            place = parent;
        }
        self.heap[place] = entry;
        self.places[entry.1 as usize] = place as u32;
    }

    fn down(&mut self, mut place: usize) {
        let entry = self.heap[place];
        loop {
            let mut child = 2 * place + 1;
            if child >= self.heap.len() {
                break;
            }
            if child + 1 < self.heap.len() && self.heap[child + 1].0 < self.heap[child].0 {
                child += 1;
            }
            if entry.0 <= self.heap[child].0 {
                break;
            }
            self.heap[place] = self.heap[child];
            self.places[self.heap[place].1 as usize] = place as u32;
            place = child;
        }
        self.heap[place] = entry;
        self.places[entry.1 as usize] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_deadlines_are_settled_at_the_top() {
        let mut timers = Timers::default();
        let mut truth = [Some(Instant::from_secs(5)), Some(Instant::from_secs(3)), None];
        for (slot, &deadline) in truth.iter().enumerate() {
            timers.arm(slot as u32, deadline);
        }
        assert_eq!(timers.first(), Some((Instant::from_secs(3), 1)));
        truth[1] = Some(Instant::from_secs(9));
        timers.arm(1, truth[1]);
        assert_eq!(timers.settle(|slot| truth[slot as usize]), Some(Instant::from_secs(5)));
        truth[0] = None;
        assert_eq!(timers.settle(|slot| truth[slot as usize]), Some(Instant::from_secs(9)));
        assert_eq!(timers.len(), 1);
    }

    quickcheck::quickcheck! {
        fn the_top_is_the_earliest(steps: Vec<(u8, Option<u16>)>) -> bool {
            let mut timers = Timers::default();
            let mut truth = [None; 256];
            for (slot, deadline) in steps {
                truth[usize::from(slot)] = deadline.map(|at| Instant::from_micros(u64::from(at)));
                timers.arm(u32::from(slot), truth[usize::from(slot)]);
                let earliest = truth.iter().flatten().min().copied();
                if timers.settle(|slot| truth[slot as usize]) != earliest {
                    return false;
                }
            }
            true
        }
    }
}
