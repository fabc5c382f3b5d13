//! `wireproof run`.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::args::{HowArgs, RunArgs};
use super::output::{Output, show};
use super::{Ended, Stop, complain, stop_on_ctrl_c};
use crate::campaign::{self, plan};
use crate::expectation::{Expectations, apply};
use crate::report::palette::Palette;
use crate::report::progress::Progress;
use crate::report::{console, json, junit, pcapng};
use crate::result::{CaseResult, ExpectedResult, RunResult, Standing};
use crate::suite::Instance;
use crate::target;
use crate::verdict::ExitCode;

/// Runs cases, writes the reports, and says by its code whether the target may pass.
pub fn run(args: RunArgs) -> Ended {
    known_target(&args.target)?;
    target::prepare(&args.target)?;
    let expectations = expectations_for(&args.target, args.expectations.as_deref())?;
    let instances = args.select.instances()?;
    if instances.is_empty() {
        return Err(Stop::nothing_ran("no case is left after --level and --shard"));
    }
    let json = args.json.map(Output::open).transpose()?;
    let junit = args.junit.map(Output::open).transpose()?;
    if let Some(folder) = &args.pcap {
        std::fs::create_dir_all(folder)
            .map_err(|error| Stop::usage(format!("cannot write {}: {error}", folder.display())))?;
    }
    let how = How { args: &args.how, strict: args.strict, fail_fast: args.fail_fast };
    let result = judged_run(&args.target, instances, &how, &expectations, stop_on_ctrl_c())?;

    let stdout_taken = [&json, &junit].into_iter().flatten().any(Output::is_stdout);
    let mut troubles: Vec<Stop> = Vec::new();
    if stdout_taken {
        troubles.extend(show(console::write(&mut anstream::stderr(), &result, &Palette::COLOURED)).err());
    } else {
        troubles.extend(show(console::write(&mut anstream::stdout(), &result, &Palette::COLOURED)).err());
    }
    troubles.extend(json.and_then(|file| file.write(|out| json::write(out, &result)).err()));
    troubles.extend(junit.and_then(|file| file.write(|out| junit::write(out, &result)).err()));
    if let Some(folder) = &args.pcap {
        match pcapng::write_failures(folder, &result) {
            Ok(files) if files.is_empty() || stdout_taken => {}
            Ok(files) => {
                let line = writeln!(anstream::stdout(), "{} captures in {}", files.len(), folder.display());
                troubles.extend(show(line).err());
            }
            Err(error) => troubles.push(Stop { code: ExitCode::Environment, message: format!("environment: {error}") }),
        }
    }
    end(&result, &troubles)
}

/// Every trouble with writing is told; the verdict on the target counts more than the trouble.
fn end(result: &RunResult, troubles: &[Stop]) -> Ended {
    for trouble in troubles {
        complain(&trouble.message);
    }
    let code = result.exit_code();
    if code == ExitCode::NothingRan {
        complain("no case was decided: nothing that was asked for is supported by the target");
    }
    Ok(match troubles.first() {
        Some(trouble) if code == ExitCode::Success => trouble.code,
        _ => code,
    })
}

/// How a run is made, besides what it is about.
pub struct How<'a> {
    /// Jobs, seed, time.
    pub args: &'a HowArgs,
    /// Whether failed recommendations gate.
    pub strict: bool,
    /// Whether to stop at the first case that gates.
    pub fail_fast: bool,
}

/// Runs `instances` with a progress bar and holds the result against the expectations.
pub fn judged_run(
    target: &str,
    instances: Vec<Instance>,
    how: &How,
    expectations: &Expectations,
    stop: Arc<AtomicBool>,
) -> Result<RunResult, Stop> {
    let version = campaign::target_info(target)?.version;
    let mut progress = Progress::new(instances.len());
    let mut observe = |case: &CaseResult| {
        // While it runs, the first fitting entry is enough; contradictions are found at the end.
        let expected = expectations.lookup(&version, case).next();
        let expected = expected.map(|entry| ExpectedResult { verdict: entry.verdict, reason: entry.reason.clone() });
        let standing = case.standing_with(expected.as_ref(), how.strict);
        progress.step(case, standing);
        if how.fail_fast && matches!(standing, Standing::Failed | Standing::Environment | Standing::Internal) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let mut result = campaign::run(target, instances, &how.args.settings(stop), &mut observe)?;
    progress.finish();
    result.strict = how.strict;
    judge(&mut result, expectations);
    Ok(result)
}

/// Holds a result against the expectations, knowing every instance there is.
pub fn judge(result: &mut RunResult, expectations: &Expectations) {
    let all = plan::catalogue();
    apply(result, expectations, all.iter().map(|instance| (instance.case.id.as_str(), &instance.params)));
}

/// The expectations from `file`, or those of the target that are part of the program.
pub fn expectations_for(target: &str, file: Option<&Path>) -> Result<Expectations, Stop> {
    let Some(file) = file else {
        return Expectations::for_target(target).map_err(Stop::usage);
    };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| Stop::usage(format!("cannot read {name}: {error}")))?;
    Expectations::parse(&name, &text).map_err(Stop::usage)
}

/// Refuses a name that is no target, with the names that come close.
pub fn known_target(name: &str) -> Result<(), Stop> {
    if target::names().iter().any(|known| known.name == name) {
        return Ok(());
    }
    match target::open(name) {
        Ok(_) => Ok(()),
        Err(error) if error.hint.is_empty() => Err(Stop::usage(error.what)),
        Err(error) => Err(Stop::usage(format!("{}; {}", error.what, error.hint))),
    }
}
