//! libFuzzer entry point of the target `wire_mld`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_mld);
