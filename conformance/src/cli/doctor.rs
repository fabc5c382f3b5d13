//! `wireproof doctor`.

use std::io::Write;

use super::Ended;
use super::output::show;
use crate::campaign::probe;
use crate::report::palette::{Palette, paint};
use crate::target;
use crate::verdict::ExitCode;

/// Boots every target once and says what is missing for which.
pub fn doctor() -> Ended {
    let palette = Palette::COLOURED;
    let mut out = anstream::stdout().lock();
    let mut missing = false;
    for known in target::names().into_iter().filter(|known| !known.name.starts_with("mutant:")) {
        let (style, words) = match probe(&known.name) {
            Ok(info) => (palette.good, format!("ready, {}", info.version)),
            Err(error) => {
                missing = true;
                (palette.bad, error.to_string())
            }
        };
        let name = paint(palette.strong, format!("{:<12}", known.name));
        show(writeln!(out, "{name} {}", paint(style, words)))?;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    show(writeln!(out, "{} {cores}", paint(palette.strong, format!("{:<12}", "cores"))))?;
    Ok(if missing { ExitCode::Environment } else { ExitCode::Success })
}
