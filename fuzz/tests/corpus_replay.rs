//! Replays every file of `corpus/` through its target, one test per file, so that a failure names the file.
//! Runs on stable and needs no C++ compiler.

use std::fs;
use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use wireproof_fuzz::corpus_dir;
use wireproof_fuzz::targets::{TARGETS, Target};

fn main() {
    let mut trials = Vec::new();
    for target in TARGETS {
        let folder = corpus_dir().join(target.name);
        let before = trials.len();
        for kind in ["seeds", "regressions"] {
            collect(target, &folder.join(kind), kind, &mut trials);
        }
        let found = trials.len() - before;
        trials.push(Trial::test(format!("{}::is_not_empty", target.name), move || {
            if found == 0 { Err(Failed::from("corpus folder without a file")) } else { Ok(()) }
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// One trial for each file in `folder`, which need not exist.
fn collect(target: &'static Target, folder: &Path, kind: &str, trials: &mut Vec<Trial>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trials.push(Trial::test(format!("{}::{kind}::{file}", target.name), move || {
            let bytes = fs::read(&path).map_err(|error| Failed::from(format!("{}: {error}", path.display())))?;
            // The same input twice: a target is a function of its input and of nothing else.
            if (target.run)(&bytes) == (target.run)(&bytes) { Ok(()) } else { Err("two runs, two digests".into()) }
        }));
    }
}
