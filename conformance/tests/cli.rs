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
    refused(&["run", "icmp.echo.bad-checksum-droped"], "did you mean icmp.echo.bad-checksum-dropped");
    refused(&["run", "icmp[family"], "lacks the closing `]`");
    refused(&["run", "--suite", "imcp"], "no case of suite `imcp`; did you mean icmp");
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

/// `run --json` of these arguments, as a document, with the exit code.
fn result_of(args: &[&str], file: &std::path::Path) -> (Value, i32) {
    let name = file.display().to_string();
    let output = wireproof(&[&["run", "--json", &name], args].concat());
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}: {}", stderr(&output)));
    (serde_json::from_str(&text).expect("JSON"), code(&output))
}

/// The document without what depends on the machine.
fn without_wall_time(mut document: Value) -> Value {
    for case in document["cases"].as_array_mut().expect("an array") {
        case["wall_us"] = Value::from(0);
    }
    document
}

/// Full ids with verdicts, as a set.
fn ids(document: &Value) -> std::collections::BTreeSet<String> {
    let cases = document["cases"].as_array().expect("an array");
    cases.iter().map(|case| format!("{} {} {}", case["id"], case["params"], case["verdict"])).collect()
}

#[test]
fn a_run_writes_json_that_fits_the_schema_and_the_same_seed_gives_the_same() {
    let folder = folder("run-json");
    let (first, _) = result_of(&["--suite", "icmp", "--seed", "9"], &folder.join("first.json"));
    assert_eq!(schema::complaints(&first), Vec::<String>::new());
    assert!(!first["cases"].as_array().expect("an array").is_empty());
    let (again, _) = result_of(&["--suite", "icmp", "--seed", "9", "--jobs", "1"], &folder.join("again.json"));
    assert_eq!(without_wall_time(first), without_wall_time(again));
}

#[test]
fn shards_are_the_whole_in_parts() {
    let folder = folder("shards");
    let (whole, _) = result_of(&["--suite", "udp"], &folder.join("whole.json"));
    let part = |number: usize| {
        let shard = format!("{number}/3");
        ids(&result_of(&["--suite", "udp", "--shard", &shard], &folder.join(format!("{number}.json"))).0)
    };
    let parts = [part(1), part(2), part(3)];
    assert_eq!(parts.iter().map(std::collections::BTreeSet::len).sum::<usize>(), ids(&whole).len());
    assert_eq!(parts.into_iter().flatten().collect::<std::collections::BTreeSet<_>>(), ids(&whole));
}

/// A mutant that the echo cases catch: a failure that is always there.
const BROKEN: &str = "mutant:echo-reply-data-truncated";

#[test]
fn a_failure_has_everything_that_is_needed_to_understand_it() {
    let folder = folder("failure");
    let (junit, captures) = (folder.join("junit.xml"), folder.join("captures"));
    let (junit_name, captures_name) = (junit.display().to_string(), captures.display().to_string());
    let args = ["run", "icmp.echo", "--target", BROKEN, "--junit", &junit_name, "--pcap", &captures_name];
    let output = wireproof(&args);
    let text = stdout(&output);
    assert_eq!(code(&output), 1, "{text}{}", stderr(&output));
    for words in ["requires  RFC", "expected  ", "trace", "again     wireproof run 'icmp.echo."] {
        assert!(text.contains(words), "`{words}` is missing in {text}");
    }
    let report = std::fs::read_to_string(&junit).expect("written");
    let report = quick_junit::Report::deserialize_from_str(&report).expect("JUnit");
    assert!(report.failures > 0 && report.errors == 0);
    let files: Vec<_> = std::fs::read_dir(&captures).expect("a folder").flatten().collect();
    assert_eq!(files.len(), report.failures);
    for file in files {
        assert_opens_in_tshark(&file.path());
    }
}

/// The capture opens in tshark, and a packet of it has a comment. Without tshark there is nothing to ask.
fn assert_opens_in_tshark(path: &std::path::Path) {
    let run = Command::new("tshark").args(["-T", "fields", "-e", "frame.comment", "-r"]).arg(path).output();
    let Ok(output) = run else { return };
    assert!(output.status.success(), "{}: {}", path.display(), stderr(&output));
    assert!(!stdout(&output).trim().is_empty(), "{} has no comment", path.display());
}

#[test]
fn the_command_of_a_failure_runs_just_that_case() {
    let text = stdout(&wireproof(&["run", "icmp.echo", "--target", BROKEN]));
    let line = text.lines().find_map(|line| line.trim().strip_prefix("again     wireproof ")).expect("a command");
    let args: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('\'')).collect();
    let output = wireproof(&args);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("1 run: 1 failed"), "{}", stdout(&output));
}

#[test]
fn json_may_go_to_stdout_and_then_nothing_else_does() {
    let output = wireproof(&["run", "icmp.echo", "--json", "-"]);
    let document: Value = serde_json::from_str(&stdout(&output)).expect("JSON and nothing else");
    assert_eq!(schema::complaints(&document), Vec::<String>::new());
    assert!(stderr(&output).contains(" run: "), "{}", stderr(&output));
}

#[test]
fn expectations_are_written_judged_and_held_to() {
    let folder = folder("expectations");
    let (file, result) = (folder.join("known.toml"), folder.join("result.json"));
    let (file_name, result_name) = (file.display().to_string(), result.display().to_string());
    let _ = result_of(&["--target", BROKEN], &result);
    let call = |what: &str| {
        wireproof(&["expectations", what, "--target", BROKEN, "--expectations", &file_name, "--from", &result_name])
    };
    let update = call("update");
    assert_eq!(code(&update), 0, "{}", stderr(&update));
    let text = std::fs::read_to_string(&file).expect("written");
    assert!(text.contains("reason = \"unreviewed: "), "{text}");
    let check = call("check");
    assert_eq!(code(&check), 1);
    assert!(stderr(&check).contains("was not reviewed yet"), "{}", stderr(&check));

    let judged = text.replace("unreviewed: ", "RFC 792: ");
    std::fs::write(&file, &judged).expect("written");
    let check = call("check");
    assert_eq!(code(&check), 0, "{}", stderr(&check));
    assert_eq!(code(&call("update")), 0);
    assert_eq!(std::fs::read_to_string(&file).expect("there"), judged, "reasons are kept");

    let stale = format!("{judged}\n[[expect]]\ncase = \"icmp.gone\"\nverdict = \"fail\"\nreason = \"RFC 792\"\n");
    std::fs::write(&file, stale).expect("written");
    let check = call("check");
    assert_eq!(code(&check), 1);
    assert!(stderr(&check).contains("`icmp.gone` matches no case"), "{}", stderr(&check));
}

#[test]
fn an_unexpected_pass_gates() {
    let file = folder("unexpected-pass").join("known.toml");
    let entry = "[[expect]]\ncase = \"icmp.echo.*\"\nverdict = \"fail\"\nreason = \"RFC 792\"\n";
    std::fs::write(&file, entry).expect("written");
    let name = file.display().to_string();
    let output = wireproof(&["run", "icmp.echo.bad-checksum-dropped", "--expectations", &name]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("unexpected pass (expected fail)"), "{}", stdout(&output));
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let output = wireproof(&["run", "icmp", "--target", BROKEN, "--fail-fast", "--jobs", "1"]);
    assert_eq!(code(&output), 1);
    let last = stdout(&output).lines().last().expect("a last line").to_owned();
    assert!(last.contains(" 1 failed"), "{last}");
}

#[test]
fn an_interrupt_keeps_what_there_is() {
    let file = folder("interrupt").join("result.json");
    let mut child = Command::new(env!("CARGO_BIN_EXE_wireproof"))
        .args(["run", "--jobs", "1", "--json"])
        .arg(&file)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    std::thread::sleep(std::time::Duration::from_millis(60));
    let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    let code = child.wait().expect("it ends").code();
    let text = std::fs::read_to_string(&file).expect("written");
    // A fast machine may be done before the signal comes.
    if code == Some(130) {
        let document: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(document["interrupted"], Value::from(true));
        assert_eq!(schema::complaints(&document), Vec::<String>::new());
    }
}

#[test]
fn coverage_and_mutants_keep_their_contracts() {
    let rows: Value = serde_json::from_str(&stdout(&wireproof(&["coverage", "--json"]))).expect("JSON");
    for row in rows.as_array().expect("an array") {
        for key in ["id", "level", "status", "reason", "cases"] {
            assert!(row.get(key).is_some(), "{key} is missing in {row}");
        }
    }
    let tested = rows.as_array().expect("an array").iter().filter(|row| row["status"] == "tested").count();
    assert!(tested > 0);
    let name = BROKEN.trim_start_matches("mutant:");
    let output = wireproof(&["mutants", name, "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let rows: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(rows[0]["name"], Value::from(name));
    assert!(rows[0]["caught_by"].as_array().is_some_and(|cases| !cases.is_empty()));
    assert!(rows[0]["requirements"].is_array());
}

#[test]
fn a_canary_fails_when_it_is_asked_for_and_sings_in_no_other_run() {
    let output = wireproof(&["run", "harness.canary"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let last = stdout(&output).lines().last().expect("a last line").to_owned();
    assert!(last.ends_with(" failed") && !last.contains("good"), "{last}");
    assert!(!stdout(&wireproof(&["list"])).contains("canary"));
}
