//! One direction of the link: frames in memory, their buffers used again. The same for both stacks.

use std::collections::VecDeque;

/// Ethernet header and MTU.
pub const FRAME: usize = 1_514;

/// Frames that a sender puts on its way before the receiver has its turn, as the ring of a network card bounds them.
const RING: usize = 64;

/// A frame in its buffer.
pub struct Frame {
    pub bytes: Box<[u8; FRAME]>,
    pub len: usize,
}

/// Frames on their way, oldest first.
#[derive(Default)]
pub struct Lane {
    frames: VecDeque<Frame>,
    spare: Vec<Frame>,
}

impl Lane {
    /// An empty buffer.
    pub fn buffer(&mut self) -> Frame {
        self.spare.pop().unwrap_or_else(|| Frame { bytes: Box::new([0; FRAME]), len: 0 })
    }

    /// Puts a frame on its way.
    pub fn push(&mut self, frame: Frame) {
        self.frames.push_back(frame);
    }

    /// The next frame that arrives.
    pub fn pop(&mut self) -> Option<Frame> {
        self.frames.pop_front()
    }

    /// Whether the sender may go on.
    pub fn has_room(&self) -> bool {
        self.frames.len() < RING
    }

    /// Whether no frame is on its way.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Gives a buffer back.
    pub fn recycle(&mut self, frame: Frame) {
        self.spare.push(frame);
    }
}
