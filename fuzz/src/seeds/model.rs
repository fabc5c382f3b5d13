//! Seeds of the `model_*` targets: operation lists as the oracles read them.

use super::Seed;

/// A limit, then operations of three bytes: what, start, end.
pub fn interval_set() -> Vec<Seed> {
    vec![
        Seed::new("in-order", [15, 0, 0, 10, 0, 10, 20, 0, 20, 30, 6, 0, 30]),
        Seed::new("hole-filled", [15, 0, 10, 20, 0, 30, 40, 0, 20, 30, 4, 12, 38]),
        Seed::new("odd-then-even", [3, 0, 10, 20, 0, 30, 40, 0, 50, 60, 0, 70, 80, 0, 90, 100, 0, 20, 30, 7, 0, 0]),
    ]
}

/// A limit, then operations.
pub fn route() -> Vec<Seed> {
    let insert = |bits: [u8; 2], len: u8, interface: u8, metric: u8| {
        // What, address (16 bits, family, low byte), length, no next hop, kind, interface, metric; then a lookup.
        [&[0][..], &bits, &[0, 1, len, 0, 0, interface, metric], &bits, &[0, 1]].concat()
    };
    let nested = [vec![23], insert([0, 0], 0, 0, 0), insert([1, 2], 16, 1, 0), insert([1, 2], 24, 2, 1)].concat();
    let tie = [vec![23], insert([1, 2], 24, 1, 2), insert([1, 2], 24, 2, 1)].concat();
    let full = [vec![0], insert([1, 2], 24, 1, 2), insert([1, 2], 24, 2, 1)].concat();
    let removed = [tie.clone(), vec![1, 0, 0, 1, 1, 2, 0, 1]].concat();
    vec![
        Seed::new("nested-prefixes", nested),
        Seed::new("metric-tie", tie),
        Seed::new("table-full", full),
        Seed::new("removed-again", removed),
    ]
}
