//! libFuzzer entry point of the target `wire_igmp`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_igmp);
