//! libFuzzer entry point of the target `wire_checksum`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_checksum);
