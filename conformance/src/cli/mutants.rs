//! `wireproof mutants`, and the facts about planted faults that `coverage` needs as well.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use serde::Serialize;
use wireproof_stack::fault::Fault;

use super::args::MutantsArgs;
use super::output::{show, show_json};
use super::{Ended, Stop, stop_on_ctrl_c};
use crate::campaign::pattern::{glob_matches, suggest};
use crate::campaign::{self, Settings, plan};
use crate::report::palette::{Palette, paint};
use crate::report::progress::Progress;
use crate::result::{CaseResult, Standing};
use crate::suite::Instance;
use crate::verdict::{ExitCode, Verdict};

/// The target that is held to be right.
pub const REFERENCE: &str = "reference";

/// One element of `mutants --json`.
#[derive(Debug, Serialize)]
pub struct MutantRow {
    /// Name of the fault.
    pub name: &'static str,
    /// Requirements that it breaks.
    pub requirements: Vec<&'static str>,
    /// Cases that name one of them, pass without the fault (or observe a yes) and fail with it (or observe a no).
    pub caught_by: Vec<String>,
    /// What the stack then does wrong.
    pub description: &'static str,
}

/// Runs the suites against each mutant and shows which cases catch it.
pub fn mutants(args: &MutantsArgs) -> Ended {
    let faults = chosen(&args.names)?;
    let settings = args.how.settings(stop_on_ctrl_c());
    let instances = instances_naming(&faults);
    let mut progress = Progress::new(instances.len() * 2);
    let reference = on_reference(instances, &settings, &mut progress)?;
    let rows = hunt(&faults, &reference, &settings, &mut progress)?;
    progress.finish();
    if args.json {
        show_json(&rows)?;
    } else {
        show(lines(&mut anstream::stdout().lock(), &rows))?;
    }
    let caught = rows.iter().all(|row| !row.caught_by.is_empty());
    Ok(if caught { ExitCode::Success } else { ExitCode::Failed })
}

/// The faults with these names or globs, in the order of the table.
fn chosen(names: &[String]) -> Result<Vec<Fault>, Stop> {
    let fits = |name: &str, fault: &Fault| glob_matches(name.trim_start_matches("mutant:"), fault.name());
    for name in names {
        if !Fault::ALL.iter().any(|fault| fits(name, fault)) {
            let near = suggest(name, Fault::ALL.iter().map(|fault| fault.name()));
            let hint = near.first().map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(Stop::usage(format!("there is no fault `{name}`{hint}")));
        }
    }
    let wanted = |fault: &&Fault| names.is_empty() || names.iter().any(|name| fits(name, fault));
    Ok(Fault::ALL.iter().filter(wanted).copied().collect())
}

/// Every instance whose case names a requirement that one of the faults breaks.
fn instances_naming(faults: &[Fault]) -> Vec<Instance> {
    let ids: BTreeSet<&str> = faults.iter().flat_map(|fault| fault.requirements()).copied().collect();
    let named = |instance: &Instance| instance.case.requirements.iter().any(|id| ids.contains(id.as_str()));
    plan::catalogue().into_iter().filter(named).collect()
}

/// Instances with their results on the reference stack.
pub type Baseline = Vec<(Instance, CaseResult)>;

/// Runs instances on the reference stack.
pub fn on_reference(instances: Vec<Instance>, settings: &Settings, progress: &mut Progress) -> Result<Baseline, Stop> {
    let result = campaign::run(REFERENCE, instances.clone(), settings, &mut |case| {
        progress.step(case, Standing::Good);
        ControlFlow::Continue(())
    })?;
    interrupted(settings)?;
    Ok(instances.into_iter().zip(result.cases).collect())
}

/// Runs each mutant against the instances that name what it breaks and that pass without it.
pub fn hunt(
    faults: &[Fault],
    reference: &Baseline,
    settings: &Settings,
    progress: &mut Progress,
) -> Result<Vec<MutantRow>, Stop> {
    let mut rows = Vec::with_capacity(faults.len());
    for fault in faults {
        let broken = fault.requirements();
        let candidates: Vec<Instance> = reference
            .iter()
            .filter(|(_, result)| result.verdict.is_good() && result.verdict.is_decisive())
            .filter(|(_, result)| result.verdict != Verdict::ObservedNo)
            .filter(|(instance, _)| instance.case.requirements.iter().any(|id| broken.contains(&id.as_str())))
            .map(|(instance, _)| instance.clone())
            .collect();
        let mut caught: BTreeMap<String, ()> = BTreeMap::new();
        if !candidates.is_empty() {
            let name = format!("mutant:{}", fault.name());
            let result = campaign::run(&name, candidates, settings, &mut |case| {
                progress.step(case, Standing::Good);
                ControlFlow::Continue(())
            })?;
            let noticed = |verdict| matches!(verdict, Verdict::Fail | Verdict::ObservedNo);
            let failed = result.cases.into_iter().filter(|case| noticed(case.verdict));
            caught = failed.map(|case| (case.id, ())).collect();
        }
        interrupted(settings)?;
        rows.push(MutantRow {
            name: fault.name(),
            requirements: broken.to_vec(),
            caught_by: caught.into_keys().collect(),
            description: fault.description(),
        });
    }
    Ok(rows)
}

fn interrupted(settings: &Settings) -> Result<(), Stop> {
    if settings.stop.load(Ordering::SeqCst) {
        return Err(Stop { code: ExitCode::Interrupted, message: "interrupted; nothing to show yet".to_owned() });
    }
    Ok(())
}

fn lines(out: &mut dyn Write, rows: &[MutantRow]) -> std::io::Result<()> {
    let palette = Palette::COLOURED;
    for row in rows {
        let (mark, style) = if row.caught_by.is_empty() { ("MISSED", palette.bad) } else { ("caught", palette.good) };
        writeln!(out, "{} {}  {}", paint(style, mark), paint(palette.strong, row.name), row.description)?;
        writeln!(out, "       breaks {}", row.requirements.join(", "))?;
        for case in &row.caught_by {
            writeln!(out, "       {}", paint(palette.dim, format!("by {case}")))?;
        }
    }
    let caught = rows.iter().filter(|row| !row.caught_by.is_empty()).count();
    writeln!(out, "{caught} of {} planted faults are caught", rows.len())
}
