//! A ring of bytes that allocates on first use and grows up to a limit: the buffers of TCP (RFC 9293 3.3.1).
//!
//! Bytes are addressed by their offset from the front. Besides the queue from the front to [`Ring::len`], bytes may
//! be written beyond the end ([`Ring::write_at`]) and joined to the queue later ([`Ring::extend`]): this is how
//! text that arrives out of order waits in its final place.

/// A byte queue with random-access writes. Empty rings hold no memory.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    bytes: Box<[u8]>,
    head: usize,
    len: usize,
}

/// The first allocation of a ring.
const FIRST_CAPACITY: usize = 2_048;

impl Ring {
    /// An empty ring without memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes in the queue.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the queue is empty.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of memory held.
    pub const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Appends as much of `data` as fits under `limit` bytes in the queue; returns how much that was.
    pub fn push(&mut self, data: &[u8], limit: usize) -> usize {
        let count = data.len().min(limit.saturating_sub(self.len));
        self.write_at(self.len, &data[..count], limit);
        self.len += count;
        count
    }

    /// Writes `data` at `offset` from the front without changing the length of the queue. Memory grows to hold
    /// it; the caller keeps `offset + data.len()` within `limit`, what lies beyond is cut off.
    pub fn write_at(&mut self, offset: usize, data: &[u8], limit: usize) {
        let end = (offset + data.len()).min(limit);
        if end <= offset {
            return;
        }
        let data = &data[..end - offset];
        if end > self.bytes.len() {
            self.grow(end, limit);
        }
        let start = self.position(offset);
        let first = data.len().min(self.bytes.len() - start);
        self.bytes[start..start + first].copy_from_slice(&data[..first]);
        if first < data.len() {
            self.bytes[..data.len() - first].copy_from_slice(&data[first..]);
        }
    }

    /// Free room behind the end of the queue, in one piece, to be written and then joined by [`Self::extend`]. Empty only
    /// if the queue holds `limit` bytes.
    pub fn room(&mut self, limit: usize) -> &mut [u8] {
        if self.len == self.bytes.len() && self.len < limit {
            self.grow(self.len + 1, limit);
        }
        let free = limit.min(self.bytes.len()).saturating_sub(self.len);
        let start = self.position(self.len);
        let end = (start + free).min(self.bytes.len());
        &mut self.bytes[start.min(end)..end]
    }

    /// Joins `count` bytes, written before beyond the end, to the queue.
    pub fn extend(&mut self, count: usize) {
        self.len = (self.len + count).min(self.bytes.len());
    }

    /// The bytes from `offset` on, at most `len` of them, in up to two pieces.
    pub fn slices(&self, offset: usize, len: usize) -> (&[u8], &[u8]) {
        let len = len.min(self.len.saturating_sub(offset));
        if len == 0 {
            return (&[], &[]);
        }
        let start = self.position(offset);
        let first = len.min(self.bytes.len() - start);
        (&self.bytes[start..start + first], &self.bytes[..len - first])
    }

    /// Copies bytes from `offset` on into `out`; returns how many.
    pub fn copy_to(&self, offset: usize, out: &mut [u8]) -> usize {
        let (first, second) = self.slices(offset, out.len());
        out[..first.len()].copy_from_slice(first);
        out[first.len()..first.len() + second.len()].copy_from_slice(second);
        first.len() + second.len()
    }

    /// Removes up to `count` bytes from the front; returns how many.
    pub fn discard(&mut self, count: usize) -> usize {
        let count = count.min(self.len);
        self.head = self.position(count);
        self.len -= count;
        count
    }

    /// Moves the front of an empty ring to the start of its memory, which the caches know best. Bytes written
    /// beyond the end are lost.
    pub fn rewind(&mut self) {
        if self.len == 0 {
            self.head = 0;
        }
    }

    /// Moves the front over `count` bytes, written or not. The queue must be empty.
    pub fn skip_empty(&mut self, count: usize) {
        if self.len == 0 && !self.bytes.is_empty() {
            self.head = (self.head + count) % self.bytes.len();
        }
    }

    /// Empties the ring and gives its memory back.
    pub fn release(&mut self) {
        *self = Self::default();
    }

    /// Where `offset` (at most the capacity) lies in memory.
    fn position(&self, offset: usize) -> usize {
        let position = self.head + offset;
        if position >= self.bytes.len() { position - self.bytes.len() } else { position }
    }

    #[cold]
    fn grow(&mut self, needed: usize, limit: usize) {
        let capacity = needed.next_power_of_two().max(FIRST_CAPACITY).min(limit).max(needed);
        let mut bytes = vec![0; capacity].into_boxed_slice();
        // All of the old memory moves: bytes beyond the end of the queue may be in use.
        let (wrapped, front) = self.bytes.split_at(self.head.min(self.bytes.len()));
        bytes[..front.len()].copy_from_slice(front);
        bytes[front.len()..front.len() + wrapped.len()].copy_from_slice(wrapped);
        self.bytes = bytes;
        self.head = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    #[test]
    fn empty_rings_hold_no_memory() {
        let mut ring = Ring::new();
        assert_eq!((ring.capacity(), ring.push(&[], 10), ring.discard(4)), (0, 0, 0));
        ring.push(b"abc", 10);
        assert_eq!(ring.capacity(), 10);
        ring.release();
        assert_eq!(ring.capacity(), 0);
    }

    #[test]
    fn bytes_beyond_the_end_survive_growth() {
        let mut ring = Ring::new();
        ring.push(&[1; 1_500], 10_000);
        ring.discard(1_400);
        ring.write_at(150, &[7; 50], 10_000);
        ring.write_at(3_000, &[8; 1_000], 10_000);
        ring.push(&[2; 50], 10_000);
        ring.extend(50);
        let mut out = [0; 200];
        assert_eq!(ring.copy_to(0, &mut out), 200);
        assert!(out[..100].iter().all(|byte| *byte == 1));
        assert!(out[100..150].iter().all(|byte| *byte == 2));
        assert!(out[150..].iter().all(|byte| *byte == 7));
    }

    #[test]
    fn room_is_written_in_place() {
        let mut ring = Ring::new();
        let mut written = 0u8;
        let mut read = Vec::new();
        for _ in 0..40 {
            let room = ring.room(3_000);
            let count = room.len().min(700);
            for octet in &mut room[..count] {
                *octet = written;
                written = written.wrapping_add(1);
            }
            ring.extend(count);
            assert!(count > 0 && ring.len() <= 3_000);
            let mut out = [0; 650];
            let count = ring.copy_to(0, &mut out);
            ring.discard(count);
            read.extend_from_slice(&out[..count]);
            if ring.len() == 3_000 {
                assert!(ring.room(3_000).is_empty());
            }
        }
        assert!(read.iter().enumerate().all(|(at, octet)| *octet == at as u8));
    }

    quickcheck::quickcheck! {
        fn behaves_like_a_deque(operations: Vec<(u8, u16)>) -> bool {
            const LIMIT: usize = 5_000;
            let (mut ring, mut model) = (Ring::new(), VecDeque::new());
            let mut next = 0_u8;
            operations.into_iter().all(|(kind, amount)| {
                let amount = usize::from(amount) % 3_000;
                match kind % 3 {
                    0 | 1 => {
                        let data: Vec<u8> = (0..amount).map(|i| next.wrapping_add(i as u8)).collect();
                        next = next.wrapping_add(amount as u8).wrapping_add(1);
                        let taken = ring.push(&data, LIMIT);
                        model.extend(&data[..taken]);
                    }
                    _ => {
                        let mut out = vec![0; amount];
                        let count = ring.copy_to(0, &mut out);
                        ring.discard(count);
                        let expected: Vec<u8> = model.drain(..count).collect();
                        if out[..count] != expected {
                            return false;
                        }
                    }
                }
                ring.len() == model.len() && ring.len() <= LIMIT && ring.capacity() <= LIMIT
            })
        }
    }
}
