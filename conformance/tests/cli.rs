//! The binary from outside: what it prints, what it writes, how it ends.

mod schema;

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use wireproof_conformance::verdict::ExitCode;

/// Runs `wireproof` with these arguments.
fn wireproof(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wireproof")).args(args).output().expect("the binary starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("not killed by a signal")
}

/// A folder of its own for one test.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// Asserts exit code 2 and exactly one line on stderr that holds `words`.
fn refused(args: &[&str], words: &str) {
    let output = wireproof(args);
    let said = stderr(&output);
    assert_eq!(code(&output), 2, "{args:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
    assert!(said.contains(words), "{args:?}: {said}");
}

#[test]
fn the_readme_has_the_exit_codes_of_the_program() {
    let table = ExitCode::markdown_table();
    for file in ["README.md", "docs/exit-codes.md"] {
        let text = std::fs::read_to_string(format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"))).expect(file);
        assert!(text.contains(&table), "{file} does not hold this table:\n{table}");
    }
}

#[test]
fn mistakes_on_the_command_line_are_one_line_each() {
    refused(&["run", "--bogus"], "--bogus");
    refused(&["rum"], "run");
    refused(&["run", "--shard", "3/2"], "`3/2` is not I/N");
    refused(&["run", "--timeout", "0"], "`0` is not a number of seconds");
    refused(&["run", "--level", "maybe"], "maybe");
    refused(&["run", "--target", "windows"], "there is no target `windows`");
    refused(&["run", "icmp.echo.bad-checksum-droped"], "did you mean icmp.echo.bad-checksum-dropped?");
    refused(&["run", "icmp[family"], "lacks the closing `]`");
    refused(&["run", "--suite", "imcp"], "no case of suite `imcp`; did you mean icmp?");
    refused(&["run", "--rfc", "1"], "no case for RFC 1");
    refused(&["run", "--json", "/nonexistent/folder/x.json"], "cannot write /nonexistent/folder/x.json");
    refused(&["run", "--pcap", "/dev/null/x"], "cannot write /dev/null/x");
    refused(&["run", "--expectations", "/nonexistent.toml"], "cannot read /nonexistent.toml");
    refused(&["mutants", "no-such-fault"], "there is no fault `no-such-fault`");
    refused(&["coverage", "--rfc", "1"], "RFC 1 is not taken up");
    refused(&["coverage", "--status", "fine"], "`fine` is not a status");
}

#[test]
fn a_broken_expectation_file_is_named_with_its_line() {
    let file = folder("broken-expectations").join("x.toml");
    std::fs::write(&file, "[[expect]]\ncase = \"icmp\"\nverdict = \"broken\"\n").expect("written");
    let name = file.display().to_string();
    refused(&["run", "--expectations", &name], &format!("{name}:1: `broken` is not a verdict"));
}

#[test]
fn the_golden_result_fits_the_schema_and_a_broken_one_does_not() {
    let path = format!("{}/src/report/golden/result.json", env!("CARGO_MANIFEST_DIR"));
    let mut document: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("golden")).expect("JSON");
    assert_eq!(schema::complaints(&document), Vec::<String>::new());
    document["cases"][1]["evidence"]["nearest_miss"][0]["got"] = Value::from(1);
    document["summary"]["fail"] = Value::from(-1);
    document["cases"][0]["verdict"] = Value::from("passed");
    document.as_object_mut().expect("an object").remove("seed");
    assert_eq!(schema::complaints(&document).len(), 4, "{:#?}", schema::complaints(&document));
}

#[test]
fn without_arguments_the_help_is_shown() {
    let output = wireproof(&[]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("Usage: wireproof"));
    let output = wireproof(&["--help"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("Exit codes:"));
}

#[test]
fn list_json_is_an_array_of_cases() {
    let output = wireproof(&["list", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let list: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let cases = list.as_array().expect("an array");
    assert!(!cases.is_empty());
    for case in cases {
        for key in ["id", "title", "kind", "requirements", "needs"] {
            assert!(case.get(key).is_some(), "{key} is missing in {case}");
        }
    }
}

#[test]
fn a_list_can_be_narrowed_and_has_no_colours_in_a_pipe() {
    let output = wireproof(&["list", "--suite", "icmp", "--rfc", "1122", "--level", "must"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(!text.contains('\x1b') && text.lines().any(|line| line.starts_with("icmp.")), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("tcp.")));
    let coloured = stdout(&wireproof(&["--color", "always", "list", "--suite", "icmp"]));
    assert!(coloured.contains("\x1b["));
}

#[test]
fn targets_and_doctor_answer() {
    let output = wireproof(&["targets", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let list: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert!(list.as_array().is_some_and(|targets| targets.iter().all(|target| target["name"].is_string())));
    let output = wireproof(&["doctor"]);
    assert!([0, 4].contains(&code(&output)), "{}", stderr(&output));
}
