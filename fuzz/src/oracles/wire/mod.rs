//! Wire formats: parse, emit, parse again.
//!
//! For each format the same promises are held to (see `stack/src/wire/mod.rs`): after `new_checked` no accessor
//! panics; `parse` accepts exactly what the RFC's diagram allows, judged here by a second reading straight off the bytes;
//! `emit` fills exactly `buffer_len()` bytes, whatever stood there; parse, emit and parse again loses nothing but bits that
//! the format calls reserved. Each input is tried as it is and with its checksum made right.

use core::fmt::Debug;

use wireproof_stack::wire::{Error, ErrorKind};

use crate::digest::Digest;

pub mod arp;
pub mod checksum;
pub mod ethernet;
pub mod icmpv4;
pub mod icmpv6;
pub mod igmp;
pub mod ipv4;
pub mod ipv6;
pub mod ipv6_ext;
pub mod llc;
pub mod options;
pub mod pretty;
mod quote;
pub mod tcp;
pub mod udp;

/// The marks of a format whose inputs can be right or wrong and nothing more.
pub const PARSED_REFUSED: &[&str] = &["parsed", "refused"];

/// The bytes at `at`, as many as asked for: how the oracles read a field off a diagram.
fn at<const N: usize>(data: &[u8], at: usize) -> [u8; N] {
    data[at..at + N].try_into().expect("N bytes")
}

/// The 16-bit number at `offset`, network byte order.
fn be16(data: &[u8], offset: usize) -> u16 {
    u16::from_be_bytes(at(data, offset))
}

/// The 32-bit number at `offset`, network byte order.
fn be32(data: &[u8], offset: usize) -> u32 {
    u32::from_be_bytes(at(data, offset))
}

/// What `emit` writes into exactly `len` bytes. Two buffers with different old contents must end up equal.
fn emitted(len: usize, emit: impl Fn(&mut [u8])) -> Vec<u8> {
    emitted_over(vec![0; len], vec![0xff; len], emit)
}

/// [`emitted`] for formats whose `emit` reads a payload that is already in the buffer: `len` bytes of header, then
/// `payload`.
fn emitted_before(len: usize, payload: &[u8], emit: impl Fn(&mut [u8])) -> Vec<u8> {
    emitted_over([&vec![0; len][..], payload].concat(), [&vec![0xff; len][..], payload].concat(), emit)
}

fn emitted_over(mut zeros: Vec<u8>, mut ones: Vec<u8>, emit: impl Fn(&mut [u8])) -> Vec<u8> {
    emit(&mut zeros);
    emit(&mut ones);
    assert_eq!(zeros, ones, "emit leaves bytes of its buffer_len() unwritten");
    zeros
}

/// A parse result goes into the digest; an error must make sense for `len` bytes of input.
fn judge<T: Debug>(result: &Result<T, Error>, expected: bool, len: usize, digest: &mut Digest) {
    assert_eq!(result.is_ok(), expected, "accepted if and only if the format allows it: {result:?}");
    match result {
        Ok(_) => digest.mark("parsed"),
        Err(error) => {
            digest.mark("refused");
            check_error(error, len);
            digest.see(error);
        }
    }
}

/// The promises of [`Error`]: it can be shown, and its numbers belong to the input.
fn check_error(error: &Error, len: usize) {
    assert!(!error.to_string().is_empty());
    match error.kind {
        ErrorKind::Truncated => {
            assert!(error.given < error.needed, "{error:?}: cut short, yet enough was given");
            assert!(error.given <= len, "{error:?}: more was given than the input holds ({len})");
        }
        ErrorKind::Length => assert_ne!(error.given, error.needed, "{error:?}: an impossible length that fits"),
        _ => {}
    }
    assert!(error.offset <= len, "{error:?}: the offset lies behind the input ({len})");
}

/// `data` as it is, and with its checksum made right by `fix`.
fn with_fixed(data: &[u8], fix: impl Fn(&mut [u8])) -> [Vec<u8>; 2] {
    let mut fixed = data.to_vec();
    fix(&mut fixed);
    [data.to_vec(), fixed]
}
