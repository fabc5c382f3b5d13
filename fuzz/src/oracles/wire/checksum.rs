//! The Internet checksum: fast sums against RFC 1071's plain one. Read first: RFC 1071, RFC 1624,
//! `stack/src/wire/checksum.rs`.

use wireproof_stack::wire::checksum::{
    Accumulator, combine, copy_and_sum, finish, fold, is_valid, sum, update16, update32,
};

use super::{be16, be32};
use crate::digest::Digest;
use crate::generators::dna::Dna;
use crate::models::checksum as model;

/// What generated inputs must reach.
pub const MARKS: &[&str] = &["odd length", "wide loop", "odd first part", "updated"];

/// Any bytes, cut anywhere.
pub fn checksum(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let mut dna = Dna::new(data);
    let (cut, field) = (dna.u16() as usize, dna.u32());
    let bytes = dna.rest();
    let wanted = model::sum(&[bytes]);
    assert_eq!(fold(sum(bytes)), wanted, "sum");
    assert_eq!(finish(sum(bytes)), model::checksum(&[bytes]), "checksum");
    assert_eq!(is_valid(sum(bytes)), model::is_valid(&[bytes]));
    let mut copy = vec![0xa5; bytes.len() + 3];
    assert_eq!(fold(copy_and_sum(bytes, &mut copy)), wanted, "sum while copying");
    assert_eq!((&copy[..bytes.len()], &copy[bytes.len()..]), (bytes, &[0xa5; 3][..]), "the copy");

    let (first, second) = bytes.split_at(cut % (bytes.len() + 1));
    assert_eq!(fold(combine(sum(first), first.len(), sum(second))), wanted, "two parts");
    let mut parts = Accumulator::default();
    parts.add(first);
    assert_eq!(parts.copy(second, &mut copy), second.len());
    assert_eq!((fold(parts.partial()), parts.finish()), (wanted, !wanted), "accumulated");

    if bytes.len() >= 8 {
        update(&bytes[..bytes.len() / 2 * 2], field, &mut digest);
    }
    if bytes.len() % 2 == 1 {
        digest.mark("odd length");
    }
    if bytes.len() >= 64 {
        digest.mark("wide loop");
    }
    if first.len() % 2 == 1 {
        digest.mark("odd first part");
    }
    digest.see(&wanted);
    digest
}

/// A header whose first word is its checksum stays intact when its second word, or its last four bytes, change.
fn update(header: &[u8], field: u32, digest: &mut Digest) {
    let mut header = header.to_vec();
    header[..2].fill(0);
    let before = model::checksum(&[&header]);
    let (old, new) = (be16(&header, 2), (field >> 16) as u16);
    header[2..4].copy_from_slice(&new.to_be_bytes());
    let after = update16(before, old, new);
    check(&mut header, after);
    let last = header.len() - 4;
    let old = be32(&header, last);
    header[last..].copy_from_slice(&field.to_be_bytes());
    check(&mut header, update32(after, old, field));
    digest.mark("updated");
}

/// An all-zero header has two right checksums, 0xffff and 0 (RFC 1624 3); any other has one.
fn check(header: &mut [u8], checksum: u16) {
    header[..2].copy_from_slice(&[0, 0]);
    let full = model::checksum(&[header]);
    assert!(checksum == full || header.iter().all(|&byte| byte == 0), "{checksum:#x} is not {full:#x}");
}
