//! libFuzzer entry point of the target `wire_ipv6`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_ipv6);
