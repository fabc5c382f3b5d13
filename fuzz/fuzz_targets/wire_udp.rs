//! libFuzzer entry point of the target `wire_udp`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_udp);
