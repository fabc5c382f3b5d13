//! Models: slow and obvious second implementations, written from the RFCs and not from the stack.

pub mod checksum;
