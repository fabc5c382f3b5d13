//! `wireproof list`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde::Serialize;

use super::args::ListArgs;
use super::output::{show, show_json};
use super::{Ended, Stop};
use crate::capability::Capability;
use crate::report::palette::{Palette, paint};
use crate::suite::{Case, Instance, typical_profile};
use crate::verdict::{ExitCode, Kind};

/// One element of `list --json`.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    title: String,
    kind: Kind,
    level: &'static str,
    requirements: Vec<String>,
    needs: Vec<&'static str>,
    params: BTreeMap<String, Vec<String>>,
    instances: Vec<String>,
}

/// Lists cases, one line or one JSON object each.
pub fn list(args: &ListArgs) -> Ended {
    let instances = args.select.instances()?;
    if instances.is_empty() {
        return Err(Stop::nothing_ran("no case is left after --level and --shard"));
    }
    let rows: Vec<Row> = by_case(&instances).into_iter().map(|(case, of_case)| row(case, &of_case)).collect();
    if args.json {
        show_json(&rows)?;
    } else {
        show(lines(&mut anstream::stdout().lock(), &rows, instances.len()))?;
    }
    Ok(ExitCode::Success)
}

/// Instances grouped by their case, in order.
fn by_case(instances: &[Instance]) -> Vec<(&Case, Vec<&Instance>)> {
    let mut groups: Vec<(&Case, Vec<&Instance>)> = Vec::new();
    for instance in instances {
        match groups.last_mut() {
            Some((case, of_case)) if case.id == instance.case.id => of_case.push(instance),
            _ => groups.push((&instance.case, vec![instance])),
        }
    }
    groups
}

fn row(case: &Case, instances: &[&Instance]) -> Row {
    Row {
        id: case.id.clone(),
        title: case.title.clone(),
        kind: case.kind,
        level: case.kind.level(),
        requirements: case.requirements.clone(),
        needs: needs(instances).into_iter().map(Capability::name).collect(),
        params: case.params.iter().cloned().collect(),
        instances: instances.iter().map(|instance| instance.full_id()).collect(),
    }
}

/// What every one of these instances needs: a case for both families needs neither of them by itself.
pub fn needs(instances: &[&Instance]) -> BTreeSet<Capability> {
    let timelines = instances.iter().filter_map(|instance| instance.timeline(&typical_profile()).ok());
    timelines.map(|timeline| timeline.needs).reduce(|one, other| &one & &other).unwrap_or_default()
}

fn lines(out: &mut dyn Write, rows: &[Row], instances: usize) -> std::io::Result<()> {
    let palette = Palette::COLOURED;
    for row in rows {
        let params: Vec<String> =
            row.params.iter().map(|(name, values)| format!("{name}={}", values.join("|"))).collect();
        let params = if params.is_empty() { String::new() } else { format!("[{}]", params.join(",")) };
        writeln!(out, "{}{}", paint(palette.strong, &row.id), paint(palette.dim, params))?;
        writeln!(out, "  {:<7}{} ({})", row.level, row.title, row.requirements.join(", "))?;
    }
    writeln!(out, "{} cases, {instances} instances", rows.len())
}
