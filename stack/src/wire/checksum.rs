//! The Internet checksum: RFC 1071 (definition, byte order independence, parallel sums), RFC 1624
//! (incremental update).
//!
//! A *partial sum* is a `u32` that holds a one's complement sum of big-endian 16-bit words, not yet folded.
//! Partial sums of areas that start at an even offset add with `+`; [`combine`] and [`Accumulator`] take care
//! of odd offsets. [`sum`] and [`copy_and_sum`] return at most 0xffff, so tens of thousands of them can be
//! added before a [`fold`].
//!
//! ```
//! use wireproof_stack::wire::checksum;
//!
//! let mut header = *b"\x45\x00\x00\x14\x00\x00\x00\x00\x40\x11\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02";
//! let checksum = checksum::finish(checksum::sum(&header));
//! header[10..12].copy_from_slice(&checksum.to_be_bytes());
//! assert!(checksum::is_valid(checksum::sum(&header)));
//! ```

/// The partial sum of `data`, folded to 16 bits; an odd last byte is the high half of a word whose low half is
/// zero (RFC 1071 1).
///
/// Words are added in native byte order: the sum of swapped words is the swapped sum (RFC 1071 2(B)), so one swap at
/// the end is enough. The loop keeps the sum of 64-bit words, carries lost, and the exact sum of their high halves: the
/// exact sum of the low halves follows from the two. Compilers turn two plain sums into wide instructions wherever
/// there are some; they are less reliable with anything cleverer.
#[inline]
pub fn sum(data: &[u8]) -> u32 {
    let (words, rest) = data.as_chunks::<8>();
    let (mut wrapped, mut high) = (0u64, 0u64);
    for word in words {
        let word = u64::from_ne_bytes(*word);
        wrapped = wrapped.wrapping_add(word);
        // 2^32 words fit; no slice is that long.
        high = high.wrapping_add(word >> 32);
    }
    let low = wrapped.wrapping_sub(high << 32);
    to_network(low + high + tail(rest))
}

/// Copies `src` to the start of `dst` and returns the partial sum of the bytes. If `dst` is shorter, only what
/// fits is copied and summed. The bytes are read twice, the second time from the nearest cache, which is faster
/// than one loop that does both.
#[inline]
pub fn copy_and_sum(src: &[u8], dst: &mut [u8]) -> u32 {
    let len = src.len().min(dst.len());
    let src = &src[..len];
    dst[..len].copy_from_slice(src);
    sum(src)
}

/// The native sum of fewer than eight bytes.
#[inline(always)]
fn tail(data: &[u8]) -> u64 {
    let (words, rest) = data.as_chunks::<4>();
    let mut last = [0; 4];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    words.iter().chain([&last]).map(|word| u64::from(u32::from_ne_bytes(*word))).sum()
}

/// A native sum, folded to 16 bits and in network order.
#[inline(always)]
fn to_network(total: u64) -> u32 {
    let total = (total >> 32) + (total & 0xffff_ffff);
    let total = (total >> 32) + (total & 0xffff_ffff);
    u32::from(fold(total as u32).to_be())
}

/// Folds a partial sum to 16 bits, carries added at the low end.
#[inline]
pub const fn fold(partial: u32) -> u16 {
    let partial = (partial >> 16) + (partial & 0xffff);
    ((partial >> 16) + (partial & 0xffff)) as u16
}

/// The checksum field for a partial sum that was taken with the field at zero: the complement of the fold.
#[inline]
pub const fn finish(partial: u32) -> u16 {
    !fold(partial)
}

/// Whether a partial sum that includes the checksum field says that the bytes are intact: all ones.
#[inline]
pub const fn is_valid(partial: u32) -> bool {
    fold(partial) == 0xffff
}

/// The partial sum of two areas that follow each other: `first` covers `first_len` bytes; if that is odd the
/// bytes of `second` stand in the other half of their words (RFC 1071 2(B)).
#[inline]
pub const fn combine(first: u32, first_len: usize, second: u32) -> u32 {
    let second = fold(second);
    let second = if first_len % 2 == 1 { second.swap_bytes() } else { second };
    fold(first) as u32 + second as u32
}

/// The checksum after a 16-bit word that it covers changed from `old` to `new`: HC' = ~(~HC + ~m + m').
#[inline]
pub const fn update16(checksum: u16, old: u16, new: u16) -> u16 {
    // RFC 1624 3 equation 3; equation 4 and RFC 1141 give the wrong zero for some values.
    finish(!checksum as u32 + !old as u32 + new as u32)
}

/// [`update16`] for a 32-bit field, as an address.
#[inline]
pub const fn update32(checksum: u16, old: u32, new: u32) -> u16 {
    let checksum = update16(checksum, (old >> 16) as u16, (new >> 16) as u16);
    update16(checksum, old as u16, new as u16)
}

/// A sum over areas of any length that follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accumulator {
    sum: u32,
    len: usize,
}

impl Accumulator {
    /// Starts from a partial sum, as that of a pseudo header.
    #[inline]
    pub const fn new(partial: u32) -> Self {
        Self { sum: partial, len: 0 }
    }

    /// Adds bytes.
    #[inline]
    pub fn add(&mut self, data: &[u8]) {
        self.sum = combine(self.sum, self.len, sum(data));
        self.len += data.len();
    }

    /// Copies `src` to the start of `dst` (what fits) and adds the bytes; returns how many.
    #[inline]
    pub fn copy(&mut self, src: &[u8], dst: &mut [u8]) -> usize {
        let len = src.len().min(dst.len());
        self.sum = combine(self.sum, self.len, copy_and_sum(src, dst));
        self.len += len;
        len
    }

    /// The partial sum so far.
    #[inline]
    pub const fn partial(self) -> u32 {
        self.sum
    }

    /// The checksum: see [`finish`].
    #[inline]
    pub const fn finish(self) -> u16 {
        finish(self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word by word.
    fn model(data: &[u8]) -> u16 {
        let mut total = 0u64;
        for pair in data.chunks(2) {
            total += u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
            total = (total >> 16) + (total & 0xffff);
        }
        total as u16
    }

    #[test]
    fn rfc1071_section_3_example() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(fold(sum(&bytes)), 0xddf2);
        assert_eq!(finish(sum(&bytes)), 0x220d);
        // The same in two parts, the break at the odd byte 3: [00 01 f2] and [03 f4 f5 f6 f7].
        assert_eq!(fold(combine(sum(&bytes[..3]), 3, sum(&bytes[3..]))), 0xddf2);
    }

    #[test]
    fn rfc1624_section_4_example() {
        // A field 0x5555 becomes 0x3285; the checksum was 0xdd2f; the new one is zero, not 0xffff.
        assert_eq!(update16(0xdd2f, 0x5555, 0x3285), 0x0000);
    }

    #[test]
    fn fold_takes_the_largest_partial_sum() {
        assert_eq!(fold(u32::MAX), 0xffff);
        assert_eq!(fold(0xffff_0001), 1);
        assert_eq!(fold(0), 0);
    }

    #[test]
    fn every_length_around_the_block_size() {
        let data: Vec<u8> = (0..300u32).map(|i| (i * 151 + 7) as u8).collect();
        for start in 0..3 {
            for end in start..data.len() {
                let part = &data[start..end];
                assert_eq!(fold(sum(part)), model(part), "{start}..{end}");
                let mut copy = vec![0xaa; part.len() + 1];
                assert_eq!(fold(copy_and_sum(part, &mut copy)), model(part));
                assert_eq!(&copy[..part.len()], part);
                assert_eq!(copy[part.len()], 0xaa);
            }
        }
    }

    #[test]
    fn all_ones_do_not_overflow() {
        assert_eq!(fold(sum(&[0xff; 65535])), model(&[0xff; 65535]));
        assert_eq!(fold(sum(&vec![0xff; 1 << 20])), 0xffff);
    }

    quickcheck::quickcheck! {
        fn sum_is_the_model(data: Vec<u8>) -> bool {
            fold(sum(&data)) == model(&data)
        }

        fn any_split_gives_the_same_sum(data: Vec<u8>, cuts: Vec<u8>) -> bool {
            let mut all = Accumulator::default();
            let mut copied = Accumulator::default();
            let mut rest = &data[..];
            let mut out = Vec::new();
            for cut in cuts {
                let (part, after) = rest.split_at(usize::from(cut).min(rest.len()));
                all.add(part);
                let mut to = vec![0; part.len()];
                copied.copy(part, &mut to);
                out.extend(to);
                rest = after;
            }
            all.add(rest);
            copied.copy(rest, &mut vec![0; rest.len()]);
            out.extend(rest);
            all.finish() == !model(&data) && copied == all && out == data
        }

        fn update_is_a_new_sum(data: Vec<u16>, index: usize, new: u16) -> bool {
            if data.is_empty() {
                return true;
            }
            let bytes = |words: &[u16]| words.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>();
            let mut changed = data.clone();
            let index = index % data.len();
            changed[index] = new;
            // A sum of all zeros is the one case with two representations (RFC 1624 3): a real packet has none.
            if changed.iter().all(|&w| w == 0) || data.iter().all(|&w| w == 0) {
                return true;
            }
            let before = finish(sum(&bytes(&data)));
            update16(before, data[index], new) == finish(sum(&bytes(&changed)))
        }
    }
}
