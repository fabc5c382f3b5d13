//! `wireproof coverage`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};

use wireproof_stack::fault::Fault;

use super::args::CoverageArgs;
use super::mutants::{hunt, on_reference};
use super::output::{show, show_json};
use super::{Ended, Stop, stop_on_ctrl_c};
use crate::campaign::plan;
use crate::report::palette::{Palette, paint};
use crate::report::progress::Progress;
use crate::requirement::coverage::{CaseFacts, CoverageRow, CoverageStatus, coverage as cover};
use crate::requirement::{registry, rfc_of};
use crate::verdict::ExitCode;

/// Runs the suites on the reference stack and on every mutant, and shows what that proves.
pub fn coverage(args: &CoverageArgs) -> Ended {
    let status = args.status.as_deref().map(status).transpose()?;
    for rfc in &args.rfc {
        if !registry().documents.iter().any(|document| document.rfc == *rfc) {
            let known: Vec<String> = registry().documents.iter().map(|document| document.rfc.to_string()).collect();
            return Err(Stop::usage(format!("RFC {rfc} is not taken up; these are: {}", known.join(", "))));
        }
    }
    let facts = facts(args)?;
    let mut rows = cover(registry(), &facts);
    rows.retain(|row| {
        (args.rfc.is_empty() || rfc_of(&row.id).is_some_and(|rfc| args.rfc.contains(&rfc)))
            && status.is_none_or(|status| row.status == status)
    });
    if args.json {
        show_json(&rows)?;
        return Ok(ExitCode::Success);
    }
    let mut out = anstream::stdout().lock();
    let one_by_one = !args.rfc.is_empty() || status.is_some() || !std::io::stdout().is_terminal();
    if one_by_one {
        show(one_each(&mut out, &rows))?;
    }
    show(table(&mut out, &rows))?;
    Ok(ExitCode::Success)
}

fn status(name: &str) -> Result<CoverageStatus, Stop> {
    CoverageStatus::ALL.into_iter().find(|status| status.name() == name).ok_or_else(|| {
        let names: Vec<&str> = CoverageStatus::ALL.iter().map(|status| status.name()).collect();
        Stop::usage(format!("`{name}` is not a status; there are {}", names.join(", ")))
    })
}

/// Runs everything and gathers what is known of each case.
fn facts(args: &CoverageArgs) -> Result<BTreeMap<String, CaseFacts>, Stop> {
    let settings = args.how.settings(stop_on_ctrl_c());
    let instances = plan::catalogue();
    let mut progress = Progress::new(instances.len() * 2);
    let reference = on_reference(instances, &settings, &mut progress)?;
    let mutants = hunt(Fault::ALL, &reference, &settings, &mut progress)?;
    progress.finish();
    let mut facts: BTreeMap<String, CaseFacts> = BTreeMap::new();
    for (instance, result) in &reference {
        let known = facts.entry(instance.case.id.clone()).or_insert_with(|| CaseFacts {
            requirements: instance.case.requirements.iter().cloned().collect(),
            decided: false,
            faults: BTreeSet::new(),
        });
        known.decided |= result.verdict.is_decisive();
    }
    for mutant in mutants {
        for case in mutant.caught_by {
            if let Some(known) = facts.get_mut(&case) {
                known.faults.insert(mutant.name.to_owned());
            }
        }
    }
    Ok(facts)
}

fn one_each(out: &mut dyn Write, rows: &[CoverageRow]) -> std::io::Result<()> {
    let palette = Palette::COLOURED;
    for row in rows {
        let style = match row.status {
            CoverageStatus::Tested => palette.good,
            CoverageStatus::TestedWithoutFault | CoverageStatus::Undecided | CoverageStatus::Planned => palette.warn,
            _ => palette.dim,
        };
        let (id, status) = (paint(palette.strong, &row.id), paint(style, row.status.name()));
        writeln!(out, "{id} ({}) {status}: {}", row.level, row.text)?;
        match row.cases.as_slice() {
            [] => writeln!(out, "  {}", paint(palette.dim, &row.reason))?,
            cases => writeln!(out, "  {}", paint(palette.dim, cases.join(" ")))?,
        }
    }
    writeln!(out)
}

/// A line per RFC with a count per status.
fn table(out: &mut dyn Write, rows: &[CoverageRow]) -> std::io::Result<()> {
    let palette = Palette::COLOURED;
    let heads = ["rows", "tested", "no fault", "undecided", "planned", "not seen", "definition", "superseded", "scope"];
    let head: String = heads.iter().map(|head| format!("{head:>11}")).collect();
    writeln!(out, "{}", paint(palette.strong, format!("{:<10}{head}", "RFC")))?;
    let mut rfcs: Vec<Option<u32>> = rows.iter().filter_map(|row| rfc_of(&row.id)).map(Some).collect();
    rfcs.dedup();
    rfcs.push(None);
    for rfc in rfcs {
        let of: Vec<&CoverageRow> = rows.iter().filter(|row| rfc.is_none() || rfc_of(&row.id) == rfc).collect();
        let cells = CoverageStatus::ALL.map(|status| of.iter().filter(|row| row.status == status).count());
        let cells: String = std::iter::once(of.len())
            .chain(cells)
            .map(|count| if count == 0 { format!("{:>11}", "-") } else { format!("{count:>11}") })
            .collect();
        writeln!(out, "{:<10}{cells}", rfc.map_or_else(|| "all".to_owned(), |rfc| rfc.to_string()))?;
    }
    Ok(())
}
