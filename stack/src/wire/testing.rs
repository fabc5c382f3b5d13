//! What the tests of the formats share.

use quickcheck::{Arbitrary, Gen};

/// Bytes written as hex digits; white space does not count.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    assert!(digits.len().is_multiple_of(2), "an odd number of digits");
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hex digit") as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// At most `N` bytes.
#[derive(Clone, Debug)]
pub(crate) struct Short<const N: usize>(pub Vec<u8>);

impl<const N: usize> Arbitrary for Short<N> {
    fn arbitrary(g: &mut Gen) -> Self {
        let len = usize::arbitrary(g) % (N + 1);
        Self((0..len).map(|_| u8::arbitrary(g)).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.shrink().map(Self))
    }
}

/// Options that are half legal: a walk through them gets far, and meets every kind of malformation.
#[derive(Clone, Debug)]
pub(crate) struct TlvBytes<const N: usize>(pub Vec<u8>);

impl<const N: usize> Arbitrary for TlvBytes<N> {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut out = Vec::new();
        let limit = usize::arbitrary(g) % (N + 1);
        while out.len() < limit {
            let kind = *g
                .choose(&[0u8, 1, 1, 2, 3, 4, 5, 7, 8, 68, 130, 131, 136, 137, 148, 194, 254])
                .expect("the list is not empty");
            out.push(kind);
            if kind > 1 || bool::arbitrary(g) {
                let len = *g.choose(&[0u8, 1, 2, 3, 4, 6, 7, 8, 10, 11, 18, 34, 40, 255]).expect("not empty");
                out.push(len);
                out.extend((2..len.min(40)).map(|_| u8::arbitrary(g)));
            }
        }
        out.truncate(limit);
        Self(out)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.shrink().map(Self))
    }
}
