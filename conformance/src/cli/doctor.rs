//! `wireproof doctor`.

use std::io::Write;

use super::Ended;
use super::output::show;
use crate::campaign::boot_by_name;
use crate::report::palette::{Palette, paint};
use crate::target::{self, environment};
use crate::verdict::ExitCode;

/// Says what the machine offers, boots every target once, and says what is missing for which.
pub fn doctor() -> Ended {
    let palette = Palette::COLOURED;
    let names: Vec<String> =
        target::names().into_iter().map(|known| known.name).filter(|name| !name.starts_with("mutant:")).collect();
    for name in &names {
        // What is missing is found again below, with its reason.
        let _ = target::prepare(name);
    }
    let mut out = anstream::stdout().lock();
    let mut line = |good: bool, optional: bool, name: &str, what: &str, hint: &str| {
        let (mark, style) = match (good, optional) {
            (true, _) => ("ok     ", palette.good),
            (false, true) => ("absent ", palette.warn),
            (false, false) => ("missing", palette.bad),
        };
        show(writeln!(out, "{} {} {what}", paint(style, mark), paint(palette.strong, format!("{name:<16}"))))?;
        match hint {
            "" => Ok(()),
            _ => show(writeln!(out, "                         {}", paint(palette.dim, hint))),
        }
    };
    for finding in environment::probe() {
        line(finding.ok, finding.optional, finding.name, &finding.what, &finding.hint)?;
    }
    let mut all = true;
    for name in &names {
        match boot_by_name(name) {
            Ok(info) => line(true, false, name, &format!("target, ready: {}", info.version), "")?,
            Err(error) => {
                all = false;
                line(false, false, name, &format!("target, cannot run here: {}", error.what), &error.hint)?;
            }
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    line(true, true, "cores", &cores.to_string(), "")?;
    Ok(if all { ExitCode::Success } else { ExitCode::Environment })
}
