//! Style and layering, checked like any other property: a breach fails `cargo test` and names the line.
//!
//! The rules stand in `rules.rs`. Below, each is run on the whole repository and on bad snippets, so
//! that a rule that stops noticing is noticed.

mod rules;
mod source;

use std::collections::BTreeMap;

use rules::Problem;
use source::{Source, read_tree, root};
use wireproof_conformance::verdict::ExitCode;

type Rule = fn(&Source) -> Vec<Problem>;

/// Every rule that looks at one file at a time.
const RULES: &[Rule] = &[
    rules::file_shape,
    rules::function_length,
    rules::unfinished,
    rules::no_cfg_fuzzing,
    rules::plain_text,
    rules::stack_is_sans_io,
    rules::suite_knows_no_target,
    rules::dependency_direction,
    rules::scripts,
];

#[test]
fn the_repository_is_tidy() {
    let tree = read_tree();
    assert!(tree.len() > 50, "the walk over the repository found almost nothing");
    let lib = tree.iter().find(|source| source.path == "stack/src/lib.rs").expect("stack/src/lib.rs is there");
    let table = rules::layer_table(lib);
    let mut problems: Vec<Problem> = Vec::new();
    for source in &tree {
        problems.extend(RULES.iter().flat_map(|rule| rule(source)));
        problems.extend(rules::layering(source, &table));
    }
    let list: Vec<String> = problems.iter().map(|problem| format!("{}: {}", problem.place, problem.what)).collect();
    assert!(list.is_empty(), "{} untidy places:\n{}", list.len(), list.join("\n"));
}

/// The rows of a Markdown table whose first cell is a number.
fn numbered_rows(text: &str) -> BTreeMap<u8, String> {
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if let [number, meaning] = cells[..]
            && let Ok(number) = number.parse()
        {
            rows.insert(number, meaning.to_owned());
        }
    }
    rows
}

#[test]
fn the_readme_lists_the_exit_codes() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let expected: BTreeMap<u8, String> =
        ExitCode::ALL.iter().map(|(code, meaning)| (*code as u8, (*meaning).to_owned())).collect();
    pretty_assertions::assert_eq!(numbered_rows(&readme), expected, "the table of exit codes in README.md");
}

#[test]
fn the_readme_test_command_is_what_ci_runs() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let ci = std::fs::read_to_string(root().join(".ci/run")).expect(".ci/run is there");
    let block: Vec<&str> =
        readme.lines().skip_while(|line| *line != "```sh").skip(1).take_while(|line| *line != "```").collect();
    let command = |start: &str| {
        block.iter().find(|line| line.starts_with(start)).map(|line| line.split('#').next().unwrap_or(line).trim())
    };
    let test = command("cargo test").expect("the first block of README.md has the test command");
    assert!(command("cargo run --release").is_some(), "the first block of README.md has the run command");
    assert!(ci.lines().any(|line| line.starts_with(test)), ".ci/run does not call `{test}`");
}

#[test]
fn the_readme_shows_subcommands_that_exist() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_wireproof")).arg("--help").output();
    let help = String::from_utf8(help.expect("the binary runs").stdout).expect("the help is text");
    let known: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let shown: Vec<&str> = readme
        .split("```")
        .skip(1)
        .step_by(2)
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("wireproof ")?.split_whitespace().next())
        .collect();
    assert!(shown.len() >= 8, "README.md shows the subcommands");
    for name in &shown {
        assert!(known.contains(name), "README.md shows `wireproof {name}`; there are {}", known.join(", "));
    }
    for name in known.iter().filter(|name| **name != "help") {
        assert!(readme.contains(&format!("wireproof {name}")), "README.md does not show `wireproof {name}`");
    }
}

#[cfg(unix)]
#[test]
fn scripts_are_executable() {
    use std::os::unix::fs::PermissionsExt;
    for source in read_tree().iter().filter(|s| s.text.starts_with("#!")) {
        let mode = std::fs::metadata(root().join(&source.path)).expect("the file is there").permissions().mode();
        assert!(mode & 0o111 != 0, "{} starts with `#!` and is not executable", source.path);
    }
}

/// The number of problems that `rule` finds in `text` at `path`.
fn count(rule: Rule, path: &str, text: &str) -> usize {
    rule(&Source::new(path, text)).len()
}

#[test]
fn the_scanner_tells_code_from_comments_and_literals() {
    let text = "//! fn a\nlet b = \"fn {\"; // }\nlet c = r#\"\"fn\"#; let d = '{'; let e: &'a u8 = b'\\'';/* fn /* x */ fn */ f";
    let source = Source::new("a.rs", text);
    assert_eq!(source::words(&source.code, "fn").count(), 0, "{}", source.code);
    assert!(!source.code.contains('{') && !source.code.contains('}'), "{}", source.code);
    assert!(source.code.trim_end().ends_with('f') && source.code.contains("let e: &'a u8"), "{}", source.code);
    assert!(source.comments.contains("fn a") && source.comments.contains("*/") && !source.comments.contains("let"));
    assert_eq!(source.code.matches('\n').count(), text.matches('\n').count());
}

#[test]
fn code_for_tests_does_not_ship() {
    let source = Source::new(
        "a.rs",
        "use a;\n#[cfg(test)]\nmod tests {\n fn f() { std::fs::x(); }\n}\nfn g() {}\n#[cfg(test)]\nmod more;\n",
    );
    let shipped = source.shipped();
    assert!(shipped.contains("fn g") && !shipped.contains("std::fs") && !shipped.contains("mod more"));
}

#[test]
fn file_shape_notices() {
    assert_eq!(count(rules::file_shape, "a.rs", "//! Head.\nfn f() {}\n"), 0);
    assert_eq!(count(rules::file_shape, "a.rs", "fn f() {}\n"), 1);
    assert_eq!(count(rules::file_shape, "a.rs", &format!("//! Head.\n{}", "\n".repeat(800))), 1);
    assert_eq!(count(rules::file_shape, "a.md", "no head"), 0);
}

#[test]
fn function_length_notices() {
    let function =
        |lines: usize| format!("fn f<'a>(x: [u8; 4], g: fn(u8) -> u8) -> bool {{\n{}}}\n", "x;\n".repeat(lines));
    assert_eq!(count(rules::function_length, "a.rs", &function(68)), 0);
    assert_eq!(count(rules::function_length, "a.rs", &function(69)), 1);
    let list = format!("fn f() -> Vec<Case> {{\n{}}}\n", "x;\n".repeat(90));
    assert_eq!(count(rules::function_length, "conformance/src/suite/udp/length.rs", &list), 0);
    assert_eq!(count(rules::function_length, "conformance/src/runner/mod.rs", &list), 1);
    assert_eq!(count(rules::function_length, "a.rs", &format!("trait T {{ fn f(); {} }}", "\n".repeat(90))), 0);
}

#[test]
fn unfinished_notices() {
    for bad in [
        "fn f() { todo!() }",
        "fn f() { unimplemented!(\"x\") }",
        "// FIXME later",
        "/// TODO: x",
        "#[ignore] fn f() {}",
    ] {
        assert_eq!(count(rules::unfinished, "a.rs", bad), 1, "{bad}");
    }
    for bad in ["#[allow(unused)] fn f() {}", "#![allow(unused_variables)]", "#[allow(dead_code)] fn f() {}", "dbg!(1)"]
    {
        assert_eq!(count(rules::unfinished, "a.rs", bad), 1, "{bad}");
    }
    assert_eq!(count(rules::unfinished, "a.rs", "let a = \"todo!() FIXME #[ignore]\"; // todo!()"), 0);
}

#[test]
fn cfg_fuzzing_is_noticed() {
    for bad in
        ["#[cfg(fuzzing)]", "if cfg!(fuzzing) {}", "#[cfg(all(test, not(fuzzing)))]", "#![cfg_attr(fuzzing, no_main)]"]
    {
        assert_eq!(count(rules::no_cfg_fuzzing, "a.rs", bad), 1, "{bad}");
    }
    assert_eq!(count(rules::no_cfg_fuzzing, "a.rs", "// cfg(fuzzing)\nmod fuzzing; #[cfg(test)]"), 0);
}

#[test]
fn plain_text_notices() {
    let dash = "a \u{2014} b";
    for bad in [dash, concat!("see /wo", "rk/main"), concat!("in `/wo", "rk`"), concat!("..", "/shared/x"), "a ", "\tx"]
    {
        assert_eq!(count(rules::plain_text, "a.md", bad), 1, "{bad}");
    }
    for good in ["frames/working", "/workspace/x", "$OUT/work/x", "a/work"] {
        assert_eq!(count(rules::plain_text, "a.md", good), 0, "{good}");
    }
}

#[test]
fn a_stack_that_does_io_is_noticed() {
    for bad in [
        "use std::time::Instant;",
        "std::thread::sleep(x)",
        "let t = Instant::now();",
        "use std::sync::Mutex;",
        "println!(\"\")",
    ] {
        assert_eq!(count(rules::stack_is_sans_io, "stack/src/tcp/mod.rs", bad), 1, "{bad}");
        assert_eq!(count(rules::stack_is_sans_io, "conformance/src/target/mod.rs", bad), 0, "{bad}");
    }
    for good in
        ["use crate::time::Instant;", "use std::sync::Arc;", "// std::fs", "#[cfg(test)] mod t { use std::fs; }"]
    {
        assert_eq!(count(rules::stack_is_sans_io, "stack/src/tcp/mod.rs", good), 0, "{good}");
    }
}

#[test]
fn a_suite_that_knows_its_target_is_noticed() {
    let path = "conformance/src/suite/tcp/resets.rs";
    for bad in [
        "if name == \"Linux\" {}",
        "// smoltcp does not do this",
        "use crate::target::Target;",
        "use crate::target::{Family, open};",
        "use super::super::super::runner::run;",
    ] {
        assert_eq!(count(rules::suite_knows_no_target, path, bad), 1, "{bad}");
    }
    assert_eq!(
        count(
            rules::suite_knows_no_target,
            path,
            "use crate::timeline::Timeline; use crate::target::{Errno, Family}; let blinux = 1;"
        ),
        0
    );
    assert_eq!(count(rules::suite_knows_no_target, "conformance/src/target/linux.rs", "use crate::runner;"), 0);
}

#[test]
fn wrong_layering_is_noticed() {
    let text = "//! Head.\n//! ```text\n//! host       Host: socket + ip\n//! socket     handles\n//! tcp  udp\n//! time       event   seq\n//! ```\n\
                pub mod event; pub mod host; pub mod seq; pub mod socket; pub mod tcp; pub mod time; pub mod udp; pub mod lost;";
    let table = rules::layer_table(&Source::new("stack/src/lib.rs", text));
    assert_eq!(table["host"], 4);
    assert_eq!((table["socket"], table["tcp"], table["udp"]), (3, 2, 2));
    assert_eq!((table["event"], table["seq"], table["lost"]), (1, 1, usize::MAX));
    let count = |path: &str, text: &str| rules::layering(&Source::new(path, text), &table).len();
    for bad in [
        "use crate::socket::Handle;",
        "use crate::{seq::SeqNumber, host::{Host, x}};",
        "fn f(x: crate::udp::Socket) {}",
        "use super::super::host::Host;",
        "pub(crate) use crate::lost::X;",
    ] {
        assert_eq!(count("stack/src/tcp/input.rs", bad), 1, "{bad}");
    }
    for good in [
        "use crate::{seq::{SeqNumber, host}, time};",
        "use super::host;",
        "use super::super::seq;",
        "// crate::host",
        "use crate::tcp::send;",
        "macro_rules! m { () => { $crate::seq::X } }",
        "#[cfg(test)]\nmod tests { use crate::host::Host; }",
    ] {
        assert_eq!(count("stack/src/tcp/input.rs", good), 0, "{good}");
    }
    assert_eq!(count("stack/src/lost/mod.rs", "//! x"), 1, "a module without a row");
    assert_eq!(count("stack/src/found.rs", "//! x"), 1, "a module without a declaration");
}

#[test]
fn an_upward_dependency_is_noticed() {
    assert_eq!(count(rules::dependency_direction, "stack/Cargo.toml", "wireproof-fuzz.workspace = true\n"), 1);
    assert_eq!(count(rules::dependency_direction, "conformance/Cargo.toml", "wireproof-stack.workspace = true\n"), 0);
}

#[test]
fn a_careless_script_is_noticed() {
    assert_eq!(count(rules::scripts, "ci/x", "#!/usr/bin/env bash\n# Does x.\nset -euo pipefail\n"), 0);
    assert_eq!(count(rules::scripts, "ci/x", "#!/bin/sh\nset -e\n"), 3);
}
