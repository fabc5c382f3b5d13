//! Writes `corpus/<target>/seeds/` from [`wireproof_fuzz::seeds`]: `cargo run -p wireproof-replay --bin make_seeds`.
//! Seeds that the program no longer makes are removed; `regressions/` is never touched.

use std::fs;
use std::io;

use wireproof_fuzz::{corpus_dir, seeds, targets::TARGETS};

fn main() -> io::Result<()> {
    let mut written = 0;
    for target in TARGETS {
        let folder = corpus_dir().join(target.name).join("seeds");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        for seed in seeds::of(target.name) {
            fs::write(folder.join(&seed.name), &seed.bytes)?;
            written += 1;
        }
    }
    println!("{written} seeds of {} targets written to {}", TARGETS.len(), corpus_dir().display());
    Ok(())
}
