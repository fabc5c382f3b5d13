//! A bounded queue of frames in one byte ring: what waits to be sent and has no other home.
//!
//! Frames lie end to end in one block of memory that is taken once; pushing and popping never
//! allocates. Each frame is contiguous, so that it can be built in place and read as a slice.

use std::collections::VecDeque;

/// A frame in the ring.
#[derive(Clone, Copy, Debug)]
struct Record {
    /// Where the frame starts.
    offset: usize,
    /// Its length in bytes.
    len: usize,
    /// What its owner noted with it.
    tag: u32,
}

/// A first-in first-out queue of byte frames, bounded in frames and in bytes.
#[derive(Clone, Debug)]
pub struct FrameQueue {
    bytes: Vec<u8>,
    records: VecDeque<Record>,
    frames: usize,
}

impl FrameQueue {
    /// A queue of at most `frames` frames that together hold at most `capacity` bytes. Frames are kept
    /// contiguous, so up to one frame's worth of the capacity may lie idle at the end of the ring.
    pub fn new(frames: usize, capacity: usize) -> Self {
        Self { bytes: vec![0; capacity], records: VecDeque::with_capacity(frames), frames }
    }

    /// Number of frames that wait.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Takes room for a frame of `len` bytes and gives it to be filled; its content is whatever lay there
    /// before. `tag` comes back with [`Self::front`]. `None` if the queue is full.
    pub fn push(&mut self, tag: u32, len: usize) -> Option<&mut [u8]> {
        let offset = self.room(len)?;
        self.records.push_back(Record { offset, len, tag });
        self.bytes.get_mut(offset..offset + len)
    }

    /// Whether [`Self::push`] of `len` bytes would succeed now.
    pub fn has_room(&self, len: usize) -> bool {
        self.room(len).is_some()
    }

    /// The oldest frame and its tag.
    pub fn front(&self) -> Option<(u32, &[u8])> {
        let record = self.records.front()?;
        Some((record.tag, self.bytes.get(record.offset..record.offset + record.len)?))
    }

    /// Forgets the oldest frame.
    pub fn pop(&mut self) {
        self.records.pop_front();
    }

    /// Cuts the newest frame to `len` bytes; longer than it is changes nothing.
    pub fn truncate_back(&mut self, len: usize) {
        if let Some(record) = self.records.back_mut() {
            record.len = record.len.min(len);
        }
    }

    /// Forgets the newest frame: the push did not work out after all.
    pub fn pop_back(&mut self) {
        self.records.pop_back();
    }

    /// Where a frame of `len` bytes would start.
    fn room(&self, len: usize) -> Option<usize> {
        if self.records.len() >= self.frames || len > self.bytes.len() {
            return None;
        }
        let (Some(front), Some(back)) = (self.records.front(), self.records.back()) else {
            return Some(0);
        };
        let end = back.offset + back.len;
        if back.offset >= front.offset {
            // The used part is one stretch: behind it, or before it.
            if self.bytes.len() - end >= len {
                return Some(end);
            }
            // Strictly less, so that a full ring is not mistaken for an empty one.
            return (len < front.offset).then_some(0);
        }
        (front.offset - end > len).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in() {
        let mut queue = FrameQueue::new(8, 100);
        for round in 0..50u8 {
            for len in [10usize, 0, 25] {
                queue.push(u32::from(round), len).expect("room").fill(round);
            }
            for len in [10usize, 0, 25] {
                let (tag, frame) = queue.front().expect("a frame");
                assert_eq!((tag, frame.len()), (u32::from(round), len));
                assert!(frame.iter().all(|&byte| byte == round));
                queue.pop();
            }
        }
        assert!(queue.is_empty());
    }

    #[test]
    fn both_bounds_hold() {
        let mut queue = FrameQueue::new(2, 100);
        assert!(queue.push(0, 101).is_none());
        assert!(queue.push(0, 60).is_some());
        assert!(!queue.has_room(41) && queue.has_room(40));
        assert!(queue.push(0, 40).is_some());
        assert!(queue.push(0, 0).is_none());
        queue.truncate_back(7);
        queue.pop();
        assert_eq!(queue.front().map(|(_, frame)| frame.len()), Some(7));
        queue.pop_back();
        assert_eq!(queue.len(), 0);
    }

    quickcheck::quickcheck! {
        fn behaves_like_a_queue_of_vectors(steps: Vec<(bool, u8)>) -> bool {
            let mut queue = FrameQueue::new(6, 300);
            let mut model: VecDeque<Vec<u8>> = VecDeque::new();
            let mut stamp = 0u8;
            for (push, len) in steps {
                if push {
                    stamp = stamp.wrapping_add(1);
                    if let Some(space) = queue.push(0, usize::from(len)) {
                        space.fill(stamp);
                        model.push_back(vec![stamp; usize::from(len)]);
                    } else if model.is_empty() {
                        return false;
                    }
                } else {
                    queue.pop();
                    model.pop_front();
                }
                if queue.front().map(|(_, frame)| frame) != model.front().map(Vec::as_slice) {
                    return false;
                }
            }
            queue.len() == model.len()
        }
    }
}
