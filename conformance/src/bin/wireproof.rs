//! The command line; see [`wireproof_conformance::cli`].

fn main() -> std::process::ExitCode {
    wireproof_conformance::cli::main().into()
}
