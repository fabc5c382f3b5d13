//! Shows a [`crate::result::RunResult`]; no report sees a target or a case.
//!
//! Each report has a golden file in `golden/`, made from the one run in `sample.rs`. After a wanted change
//! `WIREPROOF_GOLDEN=write cargo test -p wireproof-conformance report` writes them anew.

pub mod console;
pub mod json;
pub mod junit;
pub mod palette;
pub mod pcapng;
pub mod progress;
#[cfg(test)]
mod sample;

/// Compares `text` with the golden file of this name, or writes it when the environment says so.
#[cfg(test)]
fn assert_golden(name: &str, text: &str) {
    let path = format!("{}/src/report/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("WIREPROOF_GOLDEN").as_deref() == Ok("write") {
        std::fs::write(&path, text).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    pretty_assertions::assert_eq!(golden, text, "see {path}");
}
