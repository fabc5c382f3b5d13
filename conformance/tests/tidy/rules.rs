//! The rules, each a function from sources to problems. `main.rs` runs them on the repository and
//! on bad snippets.

use std::collections::BTreeMap;

use crate::source::{Source, is_word, item_end, line_of, words};

/// Longest allowed file, in lines.
const FILE_LINES: usize = 800;
/// Longest allowed function, in lines from `fn` to its closing brace.
const FUNCTION_LINES: usize = 70;

/// One breach of a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: file and line.
    pub place: String,
    /// What is wrong and what to do.
    pub what: String,
}

fn problem(source: &Source, line: usize, what: impl Into<String>) -> Problem {
    Problem { place: format!("{}:{line}", source.path), what: what.into() }
}

/// Files stay short and say at their head what they are.
pub fn file_shape(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !source.is_rust() {
        return problems;
    }
    let lines = source.text.lines().count();
    if lines > FILE_LINES {
        problems.push(problem(source, lines, format!("{lines} lines, more than {FILE_LINES}: split the file by role")));
    }
    if !source.text.starts_with("//! ") {
        problems.push(problem(source, 1, "no `//!` head: say what the file is and what to read first"));
    }
    problems
}

/// Functions stay short, but for those of a suite that return cases: a list is no logic.
pub fn function_length(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    for at in words(&source.code, "fn") {
        let name: String = source.code[at + 2..].trim_start().chars().take_while(|&c| is_word(c)).collect();
        let head = source.code[at..].split('{').next().unwrap_or_default();
        let is_list = head.contains("-> Vec<Case>") && source.path.starts_with("conformance/src/suite/");
        if name.is_empty() || is_list {
            continue; // No name: a function pointer type.
        }
        let body = &source.code[at..item_end(&source.code, at)];
        let lines = body.lines().count();
        if lines > FUNCTION_LINES {
            let what = format!("fn {name} has {lines} lines, more than {FUNCTION_LINES}: split it by step");
            problems.push(problem(source, line_of(&source.code, at), what));
        }
    }
    problems
}

/// Nothing unfinished and nothing silenced.
pub fn unfinished(source: &Source) -> Vec<Problem> {
    const CODE: &[(&str, &str)] = &[
        ("todo!", "unfinished code"),
        ("unimplemented!", "unfinished code"),
        ("dbg!", "debug output"),
        ("#[ignore", "a test that is never run: use an expectation or a capability"),
        ("allow(unused", "a silenced lint: use the thing or remove it"),
        ("allow(dead_code", "a silenced lint: use the thing or remove it"),
    ];
    const COMMENTS: &[&str] = &["FIXME", "TODO", "XXX"];
    let mut problems = Vec::new();
    for (needle, what) in CODE {
        let found = source.code.match_indices(needle).map(|(at, _)| line_of(&source.code, at));
        problems.extend(found.map(|line| problem(source, line, format!("`{needle}`: {what}"))));
    }
    for needle in COMMENTS {
        let found = words(&source.comments, needle).map(|at| line_of(&source.comments, at));
        problems.extend(found.map(|line| problem(source, line, format!("{needle} in a comment: do it, or file it"))));
    }
    problems
}

/// Nothing of ours behaves differently under a fuzzer.
pub fn no_cfg_fuzzing(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    for at in words(&source.code, "fuzzing") {
        let before = &source.code[..at];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        if before[line_start..].contains("cfg") {
            problems.push(problem(
                source,
                line_of(&source.code, at),
                "branches on cfg(fuzzing): fix checksums in the generator instead",
            ));
        }
    }
    problems
}

/// The text is plain, and names nothing that exists only on the author's machine.
pub fn plain_text(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let mut add = |what: &str| problems.push(problem(source, index + 1, what));
        if line.contains('\u{2014}') || line.contains('\u{2013}') {
            add("a long dash: use a comma, a colon or two sentences");
        }
        if has_path(line, concat!("/wo", "rk")) || line.contains(concat!("..", "/shared")) {
            add("a path that exists only on the author's machine");
        }
        // Golden files are bytes that a program writes.
        if source.path.contains("/golden/") {
            continue;
        }
        if line.ends_with(' ') || (line.contains('\t') && !source.path.ends_with("Makefile")) {
            add("a tab or a blank at the end of the line");
        }
    }
    problems
}

/// Whether the absolute path `path` stands in `line` as a whole component.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + path.len()..].chars().next();
        !before.is_some_and(|c| is_word(c) || ".$})-".contains(c)) && !after.is_some_and(|c| is_word(c) || c == '-')
    })
}

/// The stack does no input or output and reads no clock.
pub fn stack_is_sans_io(source: &Source) -> Vec<Problem> {
    const BANNED: &[&str] = &[
        "std::time",
        "std::thread",
        "std::env",
        "std::fs",
        "std::process",
        "std::io",
        "std::sync",
        "SystemTime",
        "Instant::now",
        "TcpStream",
        "TcpListener",
        "HashMap::new",
        "HashMap::with_capacity",
        "HashSet::new",
        "RandomState",
        "println!",
        "eprintln!",
        "print!",
        "eprint!",
        "unsafe",
    ];
    if !source.path.starts_with("stack/src/") {
        return Vec::new();
    }
    let code = source.shipped();
    let mut problems = Vec::new();
    for needle in BANNED {
        // `Arc` is how connections share their configuration; it neither blocks nor waits.
        let found = words(&code, needle).filter(|&at| !code[at..].starts_with("std::sync::Arc"));
        let what = format!("`{needle}` in the stack: time, randomness and I/O are arguments");
        problems.extend(found.map(|at| problem(source, line_of(&code, at), what.clone())));
    }
    problems
}

/// Suites never ask which target they run on.
pub fn suite_knows_no_target(source: &Source) -> Vec<Problem> {
    const NAMES: &[&str] = &["smoltcp", "linux", "lwip", "netstack3", "picotcp", "libslirp", "gvisor", "mutant"];
    if !source.path.starts_with("conformance/src/suite/") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let lower = line.to_lowercase();
        for name in NAMES.iter().filter(|name| words(&lower, name).next().is_some()) {
            let what = format!("names the target {name}: a case needs capabilities, deviations go into expectations");
            problems.push(problem(source, index + 1, what));
        }
    }
    let code = source.shipped();
    for (at, module) in crate_paths(&source.path, "conformance/src/", &code) {
        // Of `target` a suite may use the words of a socket call (`Family`, `Errno`), not a target.
        let names = if module == "target" {
            heads(code[at..].split_once("target::").map_or("", |(_, rest)| rest))
        } else {
            Vec::new()
        };
        let touches =
            names.iter().any(|name| name.starts_with("Target") || name.starts_with(|c: char| c.is_lowercase()));
        if touches || module == "runner" || module == "report" {
            let what = format!("uses crate::{module}: a suite imports timeline and capability only");
            problems.push(problem(source, line_of(&code, at), what));
        }
    }
    problems
}

/// The rank of each module of `stack` by the table in its `lib.rs`, top row highest.
pub fn layer_table(lib: &Source) -> BTreeMap<String, usize> {
    let modules: Vec<String> = words(&lib.code, "mod")
        .map(|at| lib.code[at + 3..].trim_start().chars().take_while(|&c| is_word(c)).collect())
        .collect();
    let rows = lib.text.lines().skip_while(|line| *line != "//! ```text").skip(1).take_while(|line| *line != "//! ```");
    let rows: Vec<&str> = rows.map(|line| line.trim_start_matches("//!").trim_start()).collect();
    let mut table = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        for cell in row.split("  ").map(str::trim).filter(|cell| modules.iter().any(|module| module == cell)) {
            table.insert(cell.to_owned(), rows.len() - index);
        }
    }
    for module in modules {
        table.entry(module).or_insert(usize::MAX);
    }
    table
}

/// Each module of `stack` uses only modules that stand below it in the table of `lib.rs`.
pub fn layering(source: &Source, table: &BTreeMap<String, usize>) -> Vec<Problem> {
    let Some(path) = source.path.strip_prefix("stack/src/") else { return Vec::new() };
    if path == "lib.rs" || path.ends_with("tests.rs") || path.contains("/tests/") {
        return Vec::new();
    }
    let own = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
    let Some(&rank) = table.get(own) else {
        return vec![problem(source, 1, format!("module {own} is not declared in lib.rs"))];
    };
    if rank == usize::MAX {
        return vec![problem(source, 1, format!("module {own} is missing in the layer table of lib.rs"))];
    }
    let mut problems = Vec::new();
    for (at, used) in crate_paths(&source.path, "stack/src/", &source.shipped()) {
        let below = table.get(&used).is_some_and(|&other| other < rank);
        if used != own && !below && table.contains_key(&used) {
            let what = format!("{own} uses {used}, which does not stand below it in the layer table of lib.rs");
            problems.push(problem(source, line_of(&source.code, at), what));
        }
    }
    problems
}

/// The top-level modules that `code` of the file at `path` names, with offsets: by `crate::`, by a
/// brace group behind it, and by a chain of `super::` that reaches the root.
fn crate_paths(path: &str, prefix: &str, code: &str) -> Vec<(usize, String)> {
    let relative = path.strip_prefix(prefix).unwrap_or(path).trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = relative.split('/').count();
    let to_root = "super::".repeat(depth);
    let mut found = Vec::new();
    for start in ["crate::", to_root.as_str()] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            let longer = start != "crate::" && code[at + start.len()..].starts_with("super::");
            if before.is_some_and(|c| is_word(c) || c == '$' || c == ':') || longer {
                continue;
            }
            found.extend(heads(&code[at + start.len()..]).into_iter().map(|head| (at, head)));
        }
    }
    found
}

/// The first identifiers of a path, or of each path of a brace group.
fn heads(text: &str) -> Vec<String> {
    let identifier = |text: &str| -> String { text.trim_start().chars().take_while(|&c| is_word(c)).collect() };
    let Some(group) = text.strip_prefix('{') else { return vec![identifier(text)] };
    let mut depth = 0;
    let mut found = vec![identifier(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.push(identifier(&group[at + 1..])),
            _ => {}
        }
    }
    found.retain(|head| !head.is_empty());
    found
}

/// Packages depend downwards only: fuzz, conformance, stack.
pub fn dependency_direction(source: &Source) -> Vec<Problem> {
    let banned: &[&str] = match source.path.as_str() {
        "stack/Cargo.toml" => &["wireproof-conformance", "wireproof-fuzz", "wireproof-replay"],
        "conformance/Cargo.toml" => &["wireproof-fuzz", "wireproof-replay"],
        "fuzz/Cargo.toml" => &["wireproof-replay"],
        _ => &[],
    };
    let mut problems = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        for name in banned.iter().filter(|name| line.trim_start().starts_with(**name)) {
            problems.push(problem(source, index + 1, format!("depends on {name}, which stands above it")));
        }
    }
    problems
}

/// Every script of ours is bash, strict, and says what it does.
pub fn scripts(source: &Source) -> Vec<Problem> {
    if !(source.path.starts_with("ci/") || source.path == ".ci/run") || source.path.ends_with(".md") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let mut lines = source.text.lines();
    if lines.next() != Some("#!/usr/bin/env bash") {
        problems.push(problem(source, 1, "does not start with `#!/usr/bin/env bash`"));
    }
    if !lines.next().is_some_and(|line| line.starts_with("# ")) {
        problems.push(problem(source, 2, "the second line does not say what the script does"));
    }
    if !source.text.contains("\nset -euo pipefail\n") {
        problems.push(problem(source, 1, "`set -euo pipefail` is missing"));
    }
    problems
}
