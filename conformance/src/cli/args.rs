//! The arguments, as clap reads them. `wireproof help COMMAND` shows what stands here.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anstream::ColorChoice;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::Stop;
use crate::campaign::Settings;
use crate::campaign::pattern::Pattern;
use crate::campaign::plan::{Selection, Shard, catalogue};
use crate::suite::{self, Instance};

const EXAMPLES: &str = "\
Examples:
  wireproof run                                  the suites against the reference stack
  wireproof run --target smoltcp tcp             the TCP suite against smoltcp
  wireproof run 'tcp.*[family=ipv6]' --rfc 9293  by glob, parameter and RFC
  wireproof run --json out.json --junit out.xml --pcap captures
  wireproof list --suite arp
  wireproof explain arp.reply.names-itself
  wireproof expectations update --target smoltcp

Exit codes:
  0 as required or expected    1 a case failed       2 wrong arguments or input
  3 nothing ran                4 environment         5 harness          130 interrupted";

/// Proves a TCP/IP stack on the wire: a verdict per RFC requirement.
#[derive(Debug, Parser)]
#[command(name = "wireproof", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    /// When to colour what is written; NO_COLOR is honoured.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When to colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes it the choice for stdout and stderr.
    pub fn write_global(self) {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::AlwaysAnsi,
            Self::Never => ColorChoice::Never,
        }
        .write_global();
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run cases against a target.
    Run(RunArgs),
    /// List the cases.
    List(ListArgs),
    /// Say what a case sends and expects, in words and as a ladder.
    Explain(ExplainArgs),
    /// Show requirement by requirement what is tested.
    ///
    /// A requirement counts as tested if a case that names it decided on the reference stack and a planted
    /// fault makes that case fail.
    Coverage(CoverageArgs),
    /// Run the suites against each planted fault and show which cases catch it.
    Mutants(MutantsArgs),
    /// Write or check the file of a target's known deviations.
    Expectations(ExpectationsArgs),
    /// Say what this machine has, and what is missing for which target.
    Doctor,
    /// List the targets and what each declares.
    Targets(TargetsArgs),
}

/// Which cases.
#[derive(Args, Clone, Debug, Default)]
pub struct SelectArgs {
    /// Ids (with [NAME=VALUE,..] for some parameters), beginnings or parts of ids, or globs; all cases if none.
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// Only this suite: the beginning of ids up to a dot, e.g. `tcp` or `tcp.resets`.
    #[arg(long, value_name = "SUITE")]
    pub suite: Vec<String>,
    /// Only cases that decide a requirement of this RFC.
    #[arg(long, value_name = "N")]
    pub rfc: Vec<u32>,
    /// Only cases of this level.
    #[arg(long, value_name = "LEVEL", value_delimiter = ',')]
    pub level: Vec<LevelArg>,
    /// Only part I of N; the parts are disjoint and do not move when cases are added.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
}

/// A level as the command line takes it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LevelArg {
    /// MUST and MUST NOT.
    Must,
    /// SHOULD and SHOULD NOT.
    Should,
    /// What the RFC leaves open.
    May,
}

impl SelectArgs {
    /// The instances that are meant. Canaries are left out, unless a pattern names them.
    pub fn instances(&self) -> Result<Vec<Instance>, Stop> {
        let patterns = self.patterns.iter().map(|text| Pattern::parse(text)).collect::<Result<Vec<_>, _>>();
        let patterns = patterns.map_err(Stop::usage)?;
        let mut all = catalogue();
        if patterns.iter().any(|pattern| pattern.id().contains("canary")) {
            all.extend(suite::canaries().iter().flat_map(suite::Case::instances));
        }
        let levels = self.level.iter().map(|level| match level {
            LevelArg::Must => "must".to_owned(),
            LevelArg::Should => "should".to_owned(),
            LevelArg::May => "may".to_owned(),
        });
        let selection = Selection {
            patterns,
            suites: self.suite.clone(),
            rfcs: self.rfc.clone(),
            levels: levels.collect(),
            shard: self.shard,
        };
        selection.choose(all).map_err(Stop::usage)
    }
}

/// How to run them.
#[derive(Args, Clone, Debug)]
pub struct HowArgs {
    /// Targets side by side; by default the number of cores, and more in wall time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub jobs: Option<u16>,
    /// Seed of everything that is drawn at random.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How long one case may take on the wall clock; by default 20 in virtual and 180 in wall time.
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    pub timeout: Option<Duration>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a number of seconds above 0");
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if seconds > 0.0 && seconds < 1e6 { Ok(Duration::from_secs_f64(seconds)) } else { Err(wrong()) }
}

impl HowArgs {
    /// The settings of every run that the command makes; `stop` is what Ctrl-C sets.
    pub fn settings(&self, stop: Arc<AtomicBool>) -> Settings {
        Settings { seed: self.seed, jobs: self.jobs.map(usize::from), timeout: self.timeout, stop }
    }
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// The stack under test; `wireproof targets` lists them.
    #[arg(long, value_name = "T", default_value = "reference")]
    pub target: String,
    /// Let failed recommendations (SHOULD) gate too.
    #[arg(long)]
    pub strict: bool,
    /// Known deviations; by default the file of the target that is part of the program.
    #[arg(long, value_name = "FILE")]
    pub expectations: Option<PathBuf>,
    /// How to run them.
    #[command(flatten)]
    pub how: HowArgs,
    /// Write the result as JSON (schema wireproof-result/1); `-` for stdout.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the result as JUnit XML; `-` for stdout.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write one pcapng for each failing case into this folder.
    #[arg(long, value_name = "DIR")]
    pub pcap: Option<PathBuf>,
    /// Stop at the first case that gates.
    #[arg(long)]
    pub fail_fast: bool,
}

/// Arguments of `list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Write a JSON array.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The case: an id, with [NAME=VALUE,..] for one of its instances.
    #[arg(value_name = "CASE")]
    pub case: String,
}

/// Arguments of `coverage`.
#[derive(Args, Debug)]
pub struct CoverageArgs {
    /// Write a JSON array.
    #[arg(long)]
    pub json: bool,
    /// Only the requirements of this RFC, one by one.
    #[arg(long, value_name = "N")]
    pub rfc: Vec<u32>,
    /// Only requirements in this state, one by one (tested, tested-without-fault, undecided, planned, ..).
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// How to run the cases.
    #[command(flatten)]
    pub how: HowArgs,
}

/// Arguments of `mutants`.
#[derive(Args, Debug)]
pub struct MutantsArgs {
    /// Names of faults, or globs; all if none.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Write a JSON array.
    #[arg(long)]
    pub json: bool,
    /// How to run the cases.
    #[command(flatten)]
    pub how: HowArgs,
}

/// Arguments of `expectations`.
#[derive(Args, Debug)]
pub struct ExpectationsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ExpectationsCommand,
}

/// The two halves of `expectations`.
#[derive(Debug, Subcommand)]
pub enum ExpectationsCommand {
    /// Write the file from a run; reasons of entries that still hold are kept.
    ///
    /// New entries get a reason that begins with "unreviewed:". The gate refuses it until you have judged the
    /// failure and named the RFC section.
    Update(ExpectationsRunArgs),
    /// Check a run against the file, both ways, and write nothing.
    Check(ExpectationsRunArgs),
}

/// Arguments of `expectations update` and `expectations check`.
#[derive(Args, Debug)]
pub struct ExpectationsRunArgs {
    /// The stack under test.
    #[arg(long, value_name = "T", default_value = "reference")]
    pub target: String,
    /// The file; by default the one of the target.
    #[arg(long, value_name = "FILE")]
    pub expectations: Option<PathBuf>,
    /// Take the result of `run --json` instead of running the suites.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Let failed recommendations (SHOULD) gate too.
    #[arg(long)]
    pub strict: bool,
    /// How to run the cases.
    #[command(flatten)]
    pub how: HowArgs,
}

/// Arguments of `targets`.
#[derive(Args, Debug)]
pub struct TargetsArgs {
    /// Also list the mutants, each a reference stack with one planted fault.
    #[arg(long)]
    pub mutants: bool,
    /// Write a JSON array.
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn seconds_are_positive() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2_500)));
        for wrong in ["0", "-1", "x", "1e9", "nan", "inf"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
