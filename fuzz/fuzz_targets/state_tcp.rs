//! libFuzzer entry point of the target `state_tcp`.
#![no_main]
wireproof_fuzz::fuzz_main!(state_tcp);
