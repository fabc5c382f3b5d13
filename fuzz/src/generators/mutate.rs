//! A small seeded mutator. libFuzzer has a far better one; this one lets a plain test on stable prove
//! that inputs near the seeds reach a target's marks.

use wireproof_stack::rng::Rng;

/// Longest input that the mutator makes.
const LONGEST: usize = 4_096;

/// Makes inputs from a pool of inputs: the same seed gives the same sequence.
#[derive(Debug)]
pub struct Mutator(Rng);

impl Mutator {
    /// A mutator started from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Rng::new(seed))
    }

    /// The next input, and whether it is worth adding to the pool (a few are, at random).
    pub fn next(&mut self, pool: &[Vec<u8>]) -> (Vec<u8>, bool) {
        let mut bytes = match self.pick(pool) {
            Some(chosen) if self.0.below(8) > 0 => chosen.clone(),
            _ => self.noise(512),
        };
        for _ in 0..=self.0.below(4) {
            self.change(&mut bytes, pool);
        }
        bytes.truncate(LONGEST);
        (bytes, self.0.below(64) == 0)
    }

    fn pick<'a>(&mut self, pool: &'a [Vec<u8>]) -> Option<&'a Vec<u8>> {
        pool.get(self.0.below(pool.len() as u64) as usize)
    }

    fn noise(&mut self, longest: u64) -> Vec<u8> {
        (0..self.0.below(longest)).map(|_| self.0.next_u32() as u8).collect()
    }

    fn change(&mut self, bytes: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let at = self.0.below(bytes.len() as u64 + 1) as usize;
        match self.0.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.0.below(8),
            1 if at < bytes.len() => {
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, self.0.next_u32() as u8][self.0.below(6) as usize]
            }
            2 => bytes.truncate(at),
            3 => {
                let noise = self.noise(32);
                bytes.splice(at..at, noise);
            }
            4 => {
                let end = at + self.0.below((bytes.len() - at) as u64 + 1) as usize;
                bytes.drain(at..end);
            }
            _ => {
                let tail = self.pick(pool).map(|other| other[other.len() / 2..].to_vec()).unwrap_or_default();
                bytes.truncate(at);
                bytes.extend(tail);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_make_equal_inputs() {
        let pool = vec![b"seed".to_vec()];
        let (mut a, mut b) = (Mutator::new(1), Mutator::new(1));
        for _ in 0..100 {
            assert_eq!(a.next(&pool), b.next(&pool));
        }
    }
}
