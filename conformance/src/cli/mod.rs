//! The command line `wireproof`: reads arguments, calls a command, ends in an [`ExitCode`].
//!
//! Results go to stdout, everything that is said about them to stderr: one line for each thing that is wrong.

mod args;
mod coverage;
mod doctor;
mod expectations;
mod explain;
mod list;
mod mutants;
mod output;
mod run;
mod targets;

use std::fmt::Display;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use clap::error::ErrorKind;

use crate::report::palette::{Palette, paint};
use crate::target::{Blame, TargetError};
use crate::verdict::ExitCode;
use args::{Cli, Command};

/// The reason why a command ends early: the code, and one line for stderr.
#[derive(Debug)]
struct Stop {
    code: ExitCode,
    message: String,
}

impl Stop {
    fn usage(message: impl Display) -> Self {
        Self { code: ExitCode::Usage, message: message.to_string() }
    }

    fn nothing_ran(message: impl Display) -> Self {
        Self { code: ExitCode::NothingRan, message: message.to_string() }
    }
}

impl From<TargetError> for Stop {
    fn from(error: TargetError) -> Self {
        let code = match error.blame {
            Blame::Target => ExitCode::Failed,
            Blame::Environment => ExitCode::Environment,
            Blame::Harness => ExitCode::Internal,
        };
        Self { code, message: error.to_string() }
    }
}

/// What every command gives.
type Ended = Result<ExitCode, Stop>;

/// Reads the arguments of the process, runs the command and gives the exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_a_command(&error),
    };
    cli.color.write_global();
    match catch_unwind(|| dispatch(cli.command)) {
        Ok(Ok(code)) => code,
        Ok(Err(stop)) => {
            complain(&stop.message);
            stop.code
        }
        Err(panic) => {
            complain(&format!("harness: {}", crate::campaign::execute::panic_message(&*panic)));
            ExitCode::Internal
        }
    }
}

fn dispatch(command: Command) -> Ended {
    match command {
        Command::Run(args) => run::run(args),
        Command::List(args) => list::list(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Coverage(args) => coverage::coverage(&args),
        Command::Mutants(args) => mutants::mutants(&args),
        Command::Expectations(args) => expectations::expectations(args),
        Command::Doctor => doctor::doctor(),
        Command::Targets(args) => targets::targets(&args),
    }
}

/// One line on stderr.
fn complain(message: &str) {
    anstream::eprintln!("{}: {message}", paint(Palette::COLOURED.bad, "wireproof"));
}

/// Help and version as clap writes them; a mistake as one line.
fn not_a_command(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody is left to tell when stdout is closed.
            let _ = error.print();
            ExitCode::Success
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::Usage
        }
        _ => {
            let text = error.render().to_string();
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let said: Vec<&str> = lines.take_while(|line| !line.starts_with("Usage:")).collect();
            let said: Vec<&str> = said.into_iter().filter(|line| !line.starts_with("For more information")).collect();
            let line = said.join(" ");
            complain(line.strip_prefix("error: ").unwrap_or(&line));
            ExitCode::Usage
        }
    }
}

/// A flag that Ctrl-C sets. A second Ctrl-C ends the process at once.
fn stop_on_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let handler = move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(ExitCode::Interrupted as u8));
        }
    };
    if ctrlc::set_handler(handler).is_err() {
        // Without a handler Ctrl-C ends the process as usual; nothing else is lost.
        complain("Ctrl-C will lose the results so far: no handler could be set");
    }
    stop
}
