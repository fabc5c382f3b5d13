//! libFuzzer entry point of the target `wire_tcp_options`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_tcp_options);
