//! Stands in for the runner until it lands.
use crate::result::{CaseResult, Evidence};
use crate::suite::Instance;
use crate::target::Target;
use crate::verdict::Verdict;

/// Options of the runner.
#[derive(Default)]
pub struct RunOptions {
    /// Seed.
    pub seed: u64,
    /// Wall time.
    pub wall_limit: std::time::Duration,
}

/// Runs nothing.
pub fn run_instance(instance: &Instance, _: &mut dyn Target, options: &RunOptions) -> CaseResult {
    let case = &instance.case;
    let summary = format!("no runner yet {} {:?}", options.seed, options.wall_limit);
    CaseResult {
        id: case.id.clone(),
        params: instance.params.clone(),
        kind: case.kind,
        level: case.kind.level().to_owned(),
        requirements: case.requirements.clone(),
        verdict: Verdict::Error,
        expected: None,
        evidence: Some(Evidence { summary, blame: "harness".into(), ..Evidence::default() }),
        virtual_us: 0,
        wall_us: 0,
        trace: Vec::new(),
    }
}
