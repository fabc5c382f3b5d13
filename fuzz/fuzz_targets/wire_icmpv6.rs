//! libFuzzer entry point of the target `wire_icmpv6`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_icmpv6);
