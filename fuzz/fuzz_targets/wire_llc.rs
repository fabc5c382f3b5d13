//! libFuzzer entry point of the target `wire_llc`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_llc);
