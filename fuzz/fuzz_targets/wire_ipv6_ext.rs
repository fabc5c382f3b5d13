//! libFuzzer entry point of the target `wire_ipv6_ext`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_ipv6_ext);
