//! libFuzzer entry point of the target `wire_pretty`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_pretty);
