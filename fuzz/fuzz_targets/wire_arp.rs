//! libFuzzer entry point of the target `wire_arp`.
#![no_main]
wireproof_fuzz::fuzz_main!(wire_arp);
