//! The one line that every file in `fuzz_targets/` consists of.

/// Makes the libFuzzer entry point that runs the target of this name in [`TARGETS`](crate::targets::TARGETS).
#[macro_export]
macro_rules! fuzz_main {
    ($name:ident) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            const RUN: fn(&[u8]) -> $crate::digest::Digest = $crate::targets::find(stringify!($name)).run;
            // The digest keeps the optimiser from deleting what the target does.
            std::hint::black_box(RUN(std::hint::black_box(data)));
        });
    };
}
