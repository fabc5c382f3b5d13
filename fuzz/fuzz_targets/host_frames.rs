//! libFuzzer entry point of the target `host_frames`.
#![no_main]
wireproof_fuzz::fuzz_main!(host_frames);
