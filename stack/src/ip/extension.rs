//! The chain of IPv6 extension headers: walking it in order and judging its options.
