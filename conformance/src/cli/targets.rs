//! `wireproof targets`.

use std::io::Write;

use serde::Serialize;

use super::Ended;
use super::args::TargetsArgs;
use super::output::{show, show_json};
use crate::campaign::target_info;
use crate::report::palette::{Palette, paint};
use crate::target::{self, TargetInfo};
use crate::verdict::ExitCode;

/// One element of `targets --json`.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    description: String,
    #[serde(flatten)]
    info: Option<Info>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
}

#[derive(Debug, Serialize)]
struct Info {
    version: String,
    clock: target::Clock,
    interfaces: usize,
    capabilities: Vec<&'static str>,
}

impl From<TargetInfo> for Info {
    fn from(info: TargetInfo) -> Self {
        let capabilities = info.capabilities.iter().map(|capability| capability.name()).collect();
        Self { version: info.version, clock: info.clock, interfaces: info.interfaces, capabilities }
    }
}

/// Lists what `--target` takes, and what each target declares.
pub fn targets(args: &TargetsArgs) -> Ended {
    let names = target::names().into_iter().filter(|known| args.mutants || !known.name.starts_with("mutant:"));
    let rows: Vec<Row> = names
        .map(|known| {
            let (info, missing) = match target_info(&known.name) {
                Ok(info) => (Some(Info::from(info)), None),
                Err(error) => (None, Some(error.to_string())),
            };
            Row { name: known.name, description: known.description, info, missing }
        })
        .collect();
    if args.json {
        show_json(&rows)?;
    } else {
        show(lines(&mut anstream::stdout().lock(), &rows))?;
    }
    Ok(ExitCode::Success)
}

fn lines(out: &mut dyn Write, rows: &[Row]) -> std::io::Result<()> {
    let palette = Palette::COLOURED;
    for row in rows {
        writeln!(out, "{}  {}", paint(palette.strong, format!("{:<12}", row.name)), row.description)?;
        if let Some(info) = &row.info {
            let clock = match info.clock {
                target::Clock::Virtual => "virtual",
                target::Clock::Wall => "wall",
            };
            writeln!(out, "              {}, {clock} clock, {} interfaces", info.version, info.interfaces)?;
            let list = info.capabilities.join(" ");
            writeln!(out, "              {}", paint(palette.dim, list))?;
        }
        if let Some(missing) = &row.missing {
            writeln!(out, "              {}", paint(palette.warn, missing))?;
        }
    }
    Ok(())
}
