//! Runs one input through one target with its trace: `cargo run -p wireproof-replay --bin replay -- TARGET FILE`.

use std::process::ExitCode;

use wireproof_fuzz::{targets::TARGETS, trace};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, file] = &arguments[..] else {
        eprintln!("usage: replay TARGET FILE");
        return ExitCode::from(2);
    };
    let Some(target) = TARGETS.iter().find(|target| target.name == *name) else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("no target {name}; there are {}", names.join(", "));
        return ExitCode::from(2);
    };
    match std::fs::read(file) {
        Ok(bytes) => {
            trace::on();
            let digest = (target.run)(&bytes);
            println!("{name}: digest {:016x}, marks: {}", digest.value(), digest.marks().join(", "));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::from(2)
        }
    }
}
