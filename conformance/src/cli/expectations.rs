//! `wireproof expectations update|check`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{ExpectationsArgs, ExpectationsCommand, ExpectationsRunArgs};
use super::output::{Output, show};
use super::run::{How, expectations_for, judge, judged_run, known_target};
use super::{Ended, Stop, complain, stop_on_ctrl_c};
use crate::campaign::plan;
use crate::expectation::{Expectations, update};
use crate::report::json;
use crate::result::{RunResult, Standing};
use crate::target;
use crate::verdict::ExitCode;

/// Writes or checks the file of known deviations.
pub fn expectations(args: ExpectationsArgs) -> Ended {
    match args.command {
        ExpectationsCommand::Update(args) => write(args),
        ExpectationsCommand::Check(args) => check(&args),
    }
}

/// The folders where the files of the targets are kept, from the root of the workspace and of the package.
const FOLDERS: [&str; 2] = ["conformance/expectations", "expectations"];

fn write(args: ExpectationsRunArgs) -> Ended {
    let path = match &args.expectations {
        Some(path) => path.clone(),
        None => default_path(&args.target)?,
    };
    let before = match path.exists() {
        true => expectations_for(&args.target, Some(&path))?,
        false => Expectations::none(),
    };
    let file = Output::open(path.clone())?;
    let result = result(&args, &before)?;
    if matches!(result.exit_code(), ExitCode::Environment | ExitCode::Internal | ExitCode::Interrupted) {
        return Err(Stop { code: result.exit_code(), message: format!("{} was left as it is", path.display()) });
    }
    let all = plan::catalogue();
    let ids = all.iter().map(|instance| (instance.case.id.as_str(), &instance.params));
    let text = update(&result, &before, ids);
    let after = Expectations::parse(&path.display().to_string(), &text).map_err(Stop::usage)?;
    file.write(|out| out.write_all(text.as_bytes()))?;
    let unreviewed = after.entries.iter().filter(|entry| !entry.is_reviewed()).count();
    let mut out = anstream::stdout();
    show(writeln!(out, "{}: {} entries, {unreviewed} to review", path.display(), after.entries.len()))?;
    Ok(ExitCode::Success)
}

/// Where the target's file is in this checkout.
fn default_path(target: &str) -> Result<PathBuf, Stop> {
    let folder = FOLDERS.iter().map(Path::new).find(|folder| folder.is_dir()).ok_or_else(|| {
        Stop::usage(format!("there is no folder {} here; name the file with --expectations", FOLDERS[0]))
    })?;
    Ok(folder.join(format!("{}.toml", target.replace(':', "-"))))
}

fn check(args: &ExpectationsRunArgs) -> Ended {
    let expectations = expectations_for(&args.target, args.expectations.as_deref())?;
    let result = result(args, &expectations)?;
    for case in result.cases.iter().filter(|case| case.standing(result.strict) >= Standing::Failed) {
        let summary = case.evidence.as_ref().map_or("", |evidence| evidence.summary.as_str());
        match (&case.expected, case.standing(result.strict)) {
            (_, Standing::Environment | Standing::Internal) => {
                complain(&format!("{}: {}: {summary}", case.blame(), case.full_id()));
            }
            (Some(expected), _) => {
                complain(&format!("{}: {}, expected {}", case.full_id(), case.verdict, expected.verdict));
            }
            (None, _) => complain(&format!("{}: unexpected {}: {summary}", case.full_id(), case.verdict)),
        }
    }
    for problem in &result.problems {
        complain(problem);
    }
    let code = result.exit_code();
    if code == ExitCode::Success {
        let entries = expectations.entries.len();
        let line = format!("{}: {entries} entries hold in {} cases", expectations.file, result.cases.len());
        show(writeln!(anstream::stdout(), "{line}"))?;
    }
    Ok(code)
}

/// The result to work on: from a file, or from a run of everything.
fn result(args: &ExpectationsRunArgs, expectations: &Expectations) -> Result<RunResult, Stop> {
    let Some(file) = &args.from else {
        known_target(&args.target)?;
        target::prepare(&args.target)?;
        let how = How { args: &args.how, strict: args.strict, fail_fast: false };
        return judged_run(&args.target, plan::catalogue(), &how, expectations, stop_on_ctrl_c());
    };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| Stop::usage(format!("cannot read {name}: {error}")))?;
    let mut result = json::read(&text).map_err(|error| Stop::usage(format!("{name}: {error}")))?;
    if result.target.name != args.target {
        let other = &result.target.name;
        return Err(Stop::usage(format!("{name} is a result of target `{other}`, not of `{}`", args.target)));
    }
    result.problems.clear();
    for case in &mut result.cases {
        case.expected = None;
    }
    result.strict = args.strict;
    judge(&mut result, expectations);
    Ok(result)
}
