//! libFuzzer entry point of the target `model_interval_set`.
#![no_main]
wireproof_fuzz::fuzz_main!(model_interval_set);
