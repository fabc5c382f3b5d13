//! What one execution saw, folded into one number, and the marks that it reached.
//!
//! Every target returns a [`Digest`] and the glue hands it to `black_box`: without that the optimiser may
//! prove an assertion and delete the parser in front of it, and the fuzzer then fuzzes nothing.

use core::hash::{Hash, Hasher};

/// A running hash (FNV-1a, 64 bits) over everything that an execution observed, with its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    hash: u64,
    marks: Vec<&'static str>,
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// Nothing seen, no mark reached.
    pub const fn new() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, marks: Vec::new() }
    }

    /// Folds bytes in.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Folds any value in.
    pub fn see(&mut self, value: &(impl Hash + ?Sized)) {
        value.hash(self);
    }

    /// Notes that the execution reached `mark`; the marks of a target are listed in its entry of `TARGETS`.
    pub fn mark(&mut self, mark: &'static str) {
        if !self.marks.contains(&mark) {
            self.marks.push(mark);
        }
    }

    /// The marks reached, in the order in which they were.
    pub fn marks(&self) -> &[&'static str] {
        &self.marks
    }

    /// The hash over all that was seen.
    pub fn value(&self) -> u64 {
        self.hash
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.hash
    }

    fn write(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_depends_on_what_was_seen_and_counts_marks_once() {
        let (mut a, mut b) = (Digest::new(), Digest::new());
        a.see(&(1u8, "x"));
        b.see(&(2u8, "x"));
        assert_ne!(a.value(), b.value());
        a.mark("parsed");
        a.mark("parsed");
        assert_eq!(a.marks(), ["parsed"]);
    }
}
