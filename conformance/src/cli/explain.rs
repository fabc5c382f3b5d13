//! `wireproof explain CASE`.

use std::io::Write;

use super::args::{ExplainArgs, SelectArgs};
use super::list::needs;
use super::output::show;
use super::{Ended, Stop};
use crate::capability::Capability;
use crate::report::palette::{Palette, paint};
use crate::requirement::registry;
use crate::suite::{Instance, typical_profile};
use crate::verdict::ExitCode;

/// Says what a case is about, what it needs, and what it does, event by event.
pub fn explain(args: &ExplainArgs) -> Ended {
    let select = SelectArgs { patterns: vec![args.case.clone()], ..SelectArgs::default() };
    let instances = select.instances()?;
    let mut ids: Vec<&str> = instances.iter().map(|instance| instance.case.id.as_str()).collect();
    ids.dedup();
    if ids.len() > 1 {
        let some: Vec<&str> = ids.iter().take(5).copied().collect();
        return Err(Stop::usage(format!("`{}` is {} cases: {}, ..", args.case, ids.len(), some.join(", "))));
    }
    let Some(instance) = instances.first() else {
        return Err(Stop::nothing_ran("no such case"));
    };
    show(words(&mut anstream::stdout().lock(), instance, &instances))?;
    Ok(ExitCode::Success)
}

fn words(out: &mut dyn Write, instance: &Instance, all: &[Instance]) -> std::io::Result<()> {
    let palette = Palette::COLOURED;
    let case = &instance.case;
    writeln!(out, "{}", paint(palette.strong, instance.full_id()))?;
    writeln!(out, "{} ({}, {})", case.title, case.kind.name(), case.kind.level())?;
    for id in &case.requirements {
        match registry().get(id) {
            Some(row) if row.section.is_empty() => writeln!(out, "  {id} ({}): {}", row.level, row.text)?,
            Some(row) => writeln!(out, "  {id} ({}, section {}): {}", row.level, row.section, row.text)?,
            None => writeln!(out, "  {id}")?,
        }
    }
    let needs: Vec<&str> = needs(&all.iter().collect::<Vec<_>>()).into_iter().map(Capability::name).collect();
    if !needs.is_empty() {
        writeln!(out, "  needs {}", needs.join(", "))?;
    }
    if all.len() > 1 {
        let others: Vec<String> = all.iter().skip(1).map(Instance::full_id).collect();
        writeln!(out, "  {}", paint(palette.dim, format!("also: {}", others.join(" "))))?;
    }
    writeln!(out)?;
    match instance.timeline(&typical_profile()) {
        Ok(timeline) => write!(out, "{}", crate::timeline::explain(&timeline)),
        Err(error) => writeln!(out, "{error}"),
    }
}
