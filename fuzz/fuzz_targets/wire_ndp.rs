//! libFuzzer entry point of the target `wire_ndp`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_ndp);
