//! The list of targets, the binaries, the manifest, the corpus and its seeds agree with each other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wireproof_fuzz::targets::TARGETS;
use wireproof_fuzz::{corpus_dir, seeds};

fn names() -> BTreeSet<String> {
    TARGETS.iter().map(|target| target.name.to_owned()).collect()
}

/// The names in a folder, without their extension.
fn entries(folder: &Path) -> BTreeSet<String> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    read.map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect()
}

fn fuzz_dir() -> std::path::PathBuf {
    corpus_dir().with_file_name("fuzz")
}

#[test]
fn names_are_unique_and_fit_a_file_name() {
    assert_eq!(names().len(), TARGETS.len(), "a name stands twice in TARGETS");
    for target in TARGETS {
        assert!(
            target.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{}",
            target.name
        );
        assert!(!target.about.is_empty() && !target.marks.is_empty(), "{} has no description or no marks", target.name);
    }
}

#[test]
fn every_target_has_a_corpus_folder_and_every_folder_a_target() {
    assert_eq!(entries(&corpus_dir()), names(), "corpus/ and TARGETS");
}

#[test]
fn every_target_has_a_binary_and_every_binary_a_target() {
    assert_eq!(entries(&fuzz_dir().join("fuzz_targets")), names(), "fuzz/fuzz_targets/ and TARGETS");
    for name in names() {
        let text =
            fs::read_to_string(fuzz_dir().join(format!("fuzz_targets/{name}.rs"))).expect("the binary can be read");
        assert!(
            text.ends_with(&format!("wireproof_fuzz::fuzz_main!({name});\n")),
            "fuzz_targets/{name}.rs runs another target"
        );
    }
}

#[test]
fn every_binary_is_declared_with_its_feature() {
    let manifest = fs::read_to_string(fuzz_dir().join("Cargo.toml")).expect("the manifest can be read");
    let declared: Vec<&str> = manifest.split("[[bin]]\n").skip(1).collect();
    let expected: Vec<String> = TARGETS
        .iter()
        .map(|target| {
            let name = target.name;
            format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\nrequired-features = [\"libfuzzer\"]\ntest = false\ndoc = false\nbench = false")
        })
        .collect();
    assert_eq!(declared.iter().map(|bin| bin.trim_end()).collect::<Vec<_>>(), expected, "[[bin]] in fuzz/Cargo.toml");
}

#[test]
fn the_committed_seeds_are_what_make_seeds_writes() {
    for target in TARGETS {
        let folder = corpus_dir().join(target.name).join("seeds");
        let made = seeds::of(target.name);
        assert!(!made.is_empty(), "{} has no seed", target.name);
        let listed: BTreeSet<String> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(listed, made.iter().map(|seed| seed.name.clone()).collect(), "{}: run make_seeds", folder.display());
        for seed in made {
            let committed = fs::read(folder.join(&seed.name)).expect("a seed can be read");
            assert!(committed == seed.bytes, "{}/{}: run make_seeds", folder.display(), seed.name);
        }
    }
}
