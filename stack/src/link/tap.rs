//! Watching frames go by.

use std::collections::VecDeque;

use crate::time::Instant;

/// Which way a frame goes, seen from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the host.
    In,
    /// From the host.
    Out,
}

/// Something that sees every frame.
pub trait Tap {
    /// A frame passes on `interface`.
    fn frame(&mut self, at: Instant, interface: usize, direction: Direction, frame: &[u8]);
}

/// A frame as a [`Recorder`] keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// When it passed.
    pub at: Instant,
    /// Where.
    pub interface: usize,
    /// Which way.
    pub direction: Direction,
    /// Its octets, cut at the recorder's snap length.
    pub frame: Vec<u8>,
    /// Its length before it was cut.
    pub len: usize,
}

/// A tap that keeps the newest frames.
#[derive(Clone, Debug)]
pub struct Recorder {
    frames: VecDeque<Recorded>,
    limit: usize,
    snap_len: usize,
    lost: u64,
}

impl Recorder {
    /// Keeps up to `limit` frames and `snap_len` octets of each.
    pub const fn new(limit: usize, snap_len: usize) -> Self {
        Self { frames: VecDeque::new(), limit, snap_len, lost: 0 }
    }

    /// The frames that are still kept, oldest first.
    pub fn frames(&self) -> impl Iterator<Item = &Recorded> {
        self.frames.iter()
    }

    /// How many older frames had to give way.
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.lost = 0;
    }
}

impl Tap for Recorder {
    fn frame(&mut self, at: Instant, interface: usize, direction: Direction, frame: &[u8]) {
        if self.limit == 0 {
            self.lost += 1;
            return;
        }
        let mut bytes = Vec::new();
        if self.frames.len() >= self.limit {
            self.lost += 1;
            bytes = self.frames.pop_front().map_or(bytes, |old| old.frame);
            bytes.clear();
        }
        bytes.extend_from_slice(&frame[..frame.len().min(self.snap_len)]);
        self.frames.push_back(Recorded { at, interface, direction, frame: bytes, len: frame.len() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_frames_stay_and_are_cut() {
        let mut recorder = Recorder::new(2, 3);
        for n in 0..4u8 {
            recorder.frame(Instant::from_secs(n.into()), 0, Direction::In, &[n; 5]);
        }
        let kept: Vec<_> = recorder.frames().map(|frame| (frame.frame.clone(), frame.len)).collect();
        assert_eq!(kept, [(vec![2; 3], 5), (vec![3; 3], 5)]);
        assert_eq!(recorder.lost(), 2);
    }
}
