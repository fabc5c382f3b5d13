//! The report for a person at a terminal: a line per suite, then every failure with what is needed to
//! understand it and to run it again.

use std::io::{self, Write};

use crate::report::palette::{Palette, paint};
use crate::result::{CaseResult, Evidence, RunResult, Standing};

/// How many warnings are listed; the JSON report has them all.
const MAX_WARNINGS: usize = 50;

/// Writes the whole report.
///
/// # Errors
///
/// What the stream says.
pub fn write(out: &mut dyn Write, run: &RunResult, palette: &Palette) -> io::Result<()> {
    let target = &run.target;
    writeln!(out, "target {} {}, {} clock, seed {}", target.name, target.version, run.clock, run.seed)?;
    suites(out, run, palette)?;
    for standing in [Standing::Failed, Standing::Internal, Standing::Environment] {
        for case in run.cases.iter().filter(|case| case.standing(run.strict) == standing) {
            failure(out, run, case, palette)?;
        }
    }
    warnings(out, run, palette)?;
    if !run.problems.is_empty() {
        writeln!(out, "\n{}", paint(palette.bad, "expectations"))?;
        for problem in &run.problems {
            writeln!(out, "  {problem}")?;
        }
    }
    verdict_line(out, run, palette)
}

/// A line per suite with a count per standing.
fn suites(out: &mut dyn Write, run: &RunResult, palette: &Palette) -> io::Result<()> {
    let mut names: Vec<&str> = Vec::new();
    for case in &run.cases {
        if !names.contains(&case.suite()) {
            names.push(case.suite());
        }
    }
    let head = format!(
        "{:<16}{:>7}{:>7}{:>7}{:>7}{:>9}{:>7}",
        "suite", "good", "failed", "known", "warned", "skipped", "broken"
    );
    writeln!(out, "\n{}", paint(palette.strong, head))?;
    for name in names.iter().copied().map(Some).chain([None]) {
        let of = |standings: &[Standing]| {
            let cases = run.cases.iter().filter(|case| name.is_none_or(|name| case.suite() == name));
            cases.filter(|case| standings.contains(&case.standing(run.strict))).count()
        };
        let cell = |count: usize, width: usize, style| match count {
            0 => format!("{:>width$}", "-"),
            _ => paint(style, format!("{count:>width$}")),
        };
        if name.is_none() && names.len() < 2 {
            break;
        }
        writeln!(
            out,
            "{:<16}{}{}{}{}{}{}",
            name.unwrap_or("all"),
            cell(of(&[Standing::Good]), 7, palette.good),
            cell(of(&[Standing::Failed]), 7, palette.bad),
            cell(of(&[Standing::Expected]), 7, palette.warn),
            cell(of(&[Standing::Warning]), 7, palette.warn),
            cell(of(&[Standing::Skipped]), 9, palette.dim),
            cell(of(&[Standing::Internal, Standing::Environment]), 7, palette.bad),
        )?;
    }
    Ok(())
}

/// Everything about one case that gates.
fn failure(out: &mut dyn Write, run: &RunResult, case: &CaseResult, palette: &Palette) -> io::Result<()> {
    let word = match (&case.expected, case.standing(run.strict)) {
        (_, Standing::Environment | Standing::Internal) => case.blame().to_owned(),
        (Some(expected), _) => format!("unexpected {} (expected {})", case.verdict, expected.verdict),
        (None, _) => case.verdict.to_string(),
    };
    writeln!(out, "\n{} {}", paint(palette.bad, word), paint(palette.strong, case.full_id()))?;
    if !case.requirements.is_empty() {
        writeln!(out, "  requires  {} ({})", case.requirements.join(", "), case.level)?;
    }
    if let Some(expected) = &case.expected {
        writeln!(out, "  known as  {}", expected.reason)?;
        if case.verdict.is_good() {
            writeln!(out, "  next      take the entry out of the expectation file: this is mended")?;
        }
    }
    if let Some(evidence) = &case.evidence {
        details(out, evidence, palette)?;
    }
    writeln!(out, "  again     {}", paint(palette.dim, rerun_command(run, case)))
}

fn details(out: &mut dyn Write, evidence: &Evidence, palette: &Palette) -> io::Result<()> {
    let line = |out: &mut dyn Write, name: &str, value: &str| match value {
        "" => Ok(()),
        _ => writeln!(out, "  {name:<9} {value}"),
    };
    line(out, "seen", &evidence.summary)?;
    match evidence.event {
        Some(event) => line(out, "expected", &format!("{} (event {})", evidence.expected, event + 1))?,
        None => line(out, "expected", &evidence.expected)?,
    }
    line(out, "nearest", &evidence.nearest_frame)?;
    let width = evidence.nearest_miss.iter().map(|miss| miss.field.len()).max().unwrap_or(0);
    for miss in &evidence.nearest_miss {
        let (expected, got) = (paint(palette.good, &miss.expected), paint(palette.bad, &miss.got));
        writeln!(out, "            {:<width$}  expected {expected}, got {got}", miss.field)?;
    }
    if !evidence.trace.is_empty() {
        writeln!(out, "  trace")?;
        for entry in &evidence.trace {
            writeln!(out, "    {}", paint(palette.dim, entry))?;
        }
    }
    line(out, "hint", &evidence.hint)
}

/// One line for every recommendation that is not followed.
fn warnings(out: &mut dyn Write, run: &RunResult, palette: &Palette) -> io::Result<()> {
    let warned: Vec<&CaseResult> =
        run.cases.iter().filter(|case| case.standing(run.strict) == Standing::Warning).collect();
    if warned.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(palette.warn, "recommended, not followed (--strict makes these gate)"))?;
    for case in warned.iter().take(MAX_WARNINGS) {
        let summary = case.evidence.as_ref().map_or("", |evidence| evidence.summary.as_str());
        writeln!(out, "  {} {} {summary}", case.verdict, case.full_id())?;
    }
    if warned.len() > MAX_WARNINGS {
        writeln!(out, "  and {} more", warned.len() - MAX_WARNINGS)?;
    }
    Ok(())
}

/// The last line: what it all comes to.
fn verdict_line(out: &mut dyn Write, run: &RunResult, palette: &Palette) -> io::Result<()> {
    let parts: Vec<String> = [
        (Standing::Good, "good"),
        (Standing::Failed, "failed"),
        (Standing::Expected, "known"),
        (Standing::Warning, "warned"),
        (Standing::Skipped, "skipped"),
        (Standing::Internal, "broken by the harness"),
        (Standing::Environment, "broken by the environment"),
    ]
    .into_iter()
    .map(|(standing, word)| (run.count(standing), word))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let mut line = match run.cases.len() {
        0 => "nothing ran".to_owned(),
        count => format!("{count} run: {}", parts.join(", ")),
    };
    match run.problems.len() {
        0 => {}
        1 => line.push_str(", 1 problem in the expectations"),
        count => line.push_str(&format!(", {count} problems in the expectations")),
    }
    if run.interrupted {
        line.push_str(", interrupted");
    }
    let code = run.exit_code();
    let style = if code == crate::verdict::ExitCode::Success { palette.good } else { palette.bad };
    writeln!(out, "\n{}", paint(style, line))
}

/// The command that runs just this instance again.
pub fn rerun_command(run: &RunResult, case: &CaseResult) -> String {
    format!("wireproof run '{}' --target {} --seed {}", case.full_id(), run.target.name, run.seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{assert_golden, sample};
    use crate::result::tests::{case, run};
    use crate::verdict::{Kind, Verdict};

    fn text(run: &RunResult, palette: &Palette) -> String {
        let mut out = Vec::new();
        write(&mut out, run, palette).expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn golden() {
        let plain = text(&sample::run(), &Palette::PLAIN);
        assert!(!plain.contains('\x1b'));
        assert_golden("console.txt", &plain);
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let coloured = text(&sample::run(), &Palette::COLOURED);
        assert!(coloured.contains("\x1b["));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text(&sample::run(), &Palette::PLAIN));
    }

    #[test]
    fn a_good_run_is_three_short_paragraphs() {
        let good = run().with_cases(vec![case("arp.a.b", Kind::Required, Verdict::Pass)]);
        assert_golden("console-good.txt", &text(&good, &Palette::PLAIN));
    }

    #[test]
    fn many_warnings_are_cut_short() {
        let warned = run().with_cases(vec![case("arp.a.b", Kind::Recommended, Verdict::Fail); 60]);
        assert!(text(&warned, &Palette::PLAIN).contains("and 10 more"));
    }
}
