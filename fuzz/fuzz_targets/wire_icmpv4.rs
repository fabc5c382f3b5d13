//! libFuzzer entry point of the target `wire_icmpv4`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_icmpv4);
