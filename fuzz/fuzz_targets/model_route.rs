//! libFuzzer entry point of the target `model_route`.
#![no_main]
wireproof_fuzz::fuzz_main!(model_route);
