//! The interval set against one flag per number. Read first: `stack/src/storage/interval_set.rs`.

use wireproof_stack::storage::IntervalSet;

use crate::digest::Digest;
use crate::generators::dna::Dna;

/// Numbers that the model knows; the set is offset by [`BASE`] so that large numbers are used as well.
const SPACE: usize = 256;
/// Where the set's numbers start.
const BASE: u64 = u64::MAX - SPACE as u64 - 8;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &["merged two ranges", "refused: full", "split a range", "removed a front", "cleared"];

/// The ranges of the model, in the set's numbers.
fn ranges(model: &[bool; SPACE]) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < SPACE {
        let end = model[at..].iter().position(|&covered| covered != model[at]).map_or(SPACE, |length| at + length);
        if model[at] {
            found.push((BASE + at as u64, BASE + end as u64));
        }
        at = end;
    }
    found
}

/// Any inserts and removals; after each, both sets hold the same.
pub fn interval_set(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let mut dna = Dna::new(data);
    let limit = 1 + dna.below(16) as usize;
    let mut set = IntervalSet::new(limit);
    let mut model = [false; SPACE];
    while !dna.is_empty() {
        let what = dna.below(8);
        let (start, end) = (dna.below(SPACE as u32) as usize, dna.below(SPACE as u32) as usize);
        let (from, to) = (BASE + start as u64, BASE + end as u64);
        let touched = model.get(start..end).map_or(0, |part| part.iter().filter(|&&covered| covered).count());
        let length = end.saturating_sub(start);
        let mut after = model;
        let before = ranges(&model).len();
        let answer = match what {
            0..=3 => {
                after.get_mut(start..end).unwrap_or_default().fill(true);
                set.insert(from, to).map(|new| assert_eq!(new, (length - touched) as u64, "newly covered"))
            }
            4 | 5 => {
                after.get_mut(start..end).unwrap_or_default().fill(false);
                set.remove(from, to).map(|old| assert_eq!(old, touched as u64, "taken out"))
            }
            6 => {
                after[..end].fill(false);
                set.remove_before(to);
                digest.mark("removed a front");
                Ok(())
            }
            _ => {
                after.fill(false);
                set.clear();
                digest.mark("cleared");
                Ok(())
            }
        };
        let wanted = ranges(&after).len();
        assert_eq!(answer.is_err(), wanted > limit, "refused if and only if the limit would be exceeded");
        if answer.is_ok() {
            model = after;
            if what <= 3 && wanted < before {
                digest.mark("merged two ranges");
            }
            if what > 3 && wanted > before {
                digest.mark("split a range");
            }
        } else {
            digest.mark("refused: full");
        }
        compare(&set, &model, (start, end), &mut digest);
    }
    digest
}

fn compare(set: &IntervalSet, model: &[bool; SPACE], (start, end): (usize, usize), digest: &mut Digest) {
    let ranges = ranges(model);
    assert!(set.iter().eq(ranges.iter().copied()), "{set:?} is not {ranges:?}");
    assert_eq!((set.first(), set.last()), (ranges.first().copied(), ranges.last().copied()));
    assert_eq!((set.len(), set.is_empty()), (ranges.len(), ranges.is_empty()));
    assert_eq!(set.covered(), model.iter().filter(|&&covered| covered).count() as u64);
    let part = model.get(start..end).unwrap_or_default();
    let (from, to) = (BASE + start as u64, BASE + end as u64);
    assert_eq!(set.covers(from, to), part.iter().all(|&covered| covered), "covers {from}..{to}");
    assert_eq!(set.overlaps(from, to), part.iter().any(|&covered| covered), "overlaps {from}..{to}");
    assert_eq!(set.contains(from), model[start]);
    digest.see(&ranges);
}
