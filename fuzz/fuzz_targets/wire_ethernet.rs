//! libFuzzer entry point of the target `wire_ethernet`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_ethernet);
