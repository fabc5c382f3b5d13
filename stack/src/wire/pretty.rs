//! Frames in words, for traces and reports.

use core::fmt;

/// One line for a whole Ethernet frame; takes any bytes.
pub fn summary(frame: &[u8]) -> impl fmt::Display + '_ {
    Summary(frame)
}

struct Summary<'a>(&'a [u8]);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
