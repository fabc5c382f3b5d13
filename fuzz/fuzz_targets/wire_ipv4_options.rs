//! libFuzzer entry point of the target `wire_ipv4_options`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_ipv4_options);
