//! Choices read off fuzz input: each takes the next bytes, and the end of the input reads as zeros.

use arbitrary::Unstructured;

/// A source of choices. Never fails; [`Dna::is_empty`] says when to stop.
#[derive(Debug)]
pub struct Dna<'a>(Unstructured<'a>);

impl<'a> Dna<'a> {
    /// Choices read off `data`, front to back.
    pub fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// Whether the input is used up.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Eight bits.
    pub fn u8(&mut self) -> u8 {
        let mut byte = [0];
        // `fill_buffer` pads with zeros and does not fail.
        let _ = self.0.fill_buffer(&mut byte);
        byte[0]
    }

    /// Sixteen bits, big-endian.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.u8(), self.u8()])
    }

    /// Thirty-two bits, big-endian.
    pub fn u32(&mut self) -> u32 {
        u32::from(self.u16()) << 16 | u32::from(self.u16())
    }

    /// A number in `0..bound`; 0 if `bound` is 0. One byte suffices for bounds up to 256.
    pub fn below(&mut self, bound: u32) -> u32 {
        match bound {
            0 => 0,
            1..=0x100 => u32::from(self.u8()) % bound,
            0x101..=0x1_0000 => u32::from(self.u16()) % bound,
            _ => self.u32() % bound,
        }
    }

    /// One of `choices`, which must not be empty.
    pub fn choose<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len() as u32) as usize]
    }

    /// True once in `n` times, and never once the input is used up.
    pub fn one_in(&mut self, n: u32) -> bool {
        !self.is_empty() && self.below(n) == 0
    }

    /// Up to `longest` bytes of the input itself.
    pub fn bytes(&mut self, longest: u32) -> &'a [u8] {
        let wanted = self.below(longest + 1) as usize;
        self.0.bytes(wanted.min(self.0.len())).unwrap_or_default()
    }

    /// What is left of the input.
    pub fn rest(&mut self) -> &'a [u8] {
        self.0.bytes(self.0.len()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_in_order_and_end_in_zeros() {
        let mut dna = Dna::new(&[1, 2, 3, 9, 8, 7]);
        assert_eq!((dna.u8(), dna.u16(), dna.below(4)), (1, 0x0203, 1));
        assert!(!dna.is_empty());
        assert_eq!(dna.rest(), [8, 7]);
        assert_eq!((dna.u32(), dna.one_in(1), dna.bytes(9)), (0, false, &[][..]));
    }
}
