//! Which requirements are really tested: a case that names it decided on the reference stack, and a
//! planted fault made that case fail.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Level, Registry, Requirement, Status};

/// What is known of one case after it ran on the reference stack and on the mutants.
#[derive(Clone, Debug, Default)]
pub struct CaseFacts {
    /// Requirement ids that it names.
    pub requirements: BTreeSet<String>,
    /// Whether some instance ended in a decisive verdict on the reference stack.
    pub decided: bool,
    /// Planted faults that make an instance fail which passes without them.
    pub faults: BTreeSet<String>,
}

/// The state of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageStatus {
    /// A case decides it, and a planted fault makes that case fail.
    Tested,
    /// A case decides it; no planted fault yet proves that it would notice.
    TestedWithoutFault,
    /// A case names it, but did not decide on the reference stack.
    Undecided,
    /// It can be observed, and no case names it yet.
    Planned,
    /// Nothing on the link or at the sockets shows it.
    NotObservable,
    /// It defines a word or grants a licence.
    Definition,
    /// A later document or another row replaces it.
    Superseded,
    /// It is about something else than a stack on a link.
    OutOfScope,
}

impl CoverageStatus {
    /// Every status, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Tested,
        Self::TestedWithoutFault,
        Self::Undecided,
        Self::Planned,
        Self::NotObservable,
        Self::Definition,
        Self::Superseded,
        Self::OutOfScope,
    ];

    /// The name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tested => "tested",
            Self::TestedWithoutFault => "tested-without-fault",
            Self::Undecided => "undecided",
            Self::Planned => "planned",
            Self::NotObservable => "not-observable",
            Self::Definition => "definition",
            Self::Superseded => "superseded",
            Self::OutOfScope => "out-of-scope",
        }
    }
}

/// One line of `coverage --json`.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageRow {
    /// The requirement.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// Its state.
    pub status: CoverageStatus,
    /// Why it is in this state.
    pub reason: String,
    /// The cases that name it.
    pub cases: Vec<String>,
    /// Section of the RFC.
    pub section: String,
    /// What it asks, in our words.
    pub text: String,
}

/// The coverage of every requirement, given the facts by case id.
pub fn coverage(registry: &Registry, facts: &BTreeMap<String, CaseFacts>) -> Vec<CoverageRow> {
    let mut naming: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (case, known) in facts {
        for id in &known.requirements {
            naming.entry(id).or_default().push(case);
        }
    }
    let none = Vec::new();
    registry
        .all()
        .map(|requirement| {
            let cases = naming.get(requirement.id.as_str()).unwrap_or(&none);
            let (status, reason) = judge(requirement, cases, facts);
            CoverageRow {
                id: requirement.id.clone(),
                level: requirement.level,
                status,
                reason,
                cases: cases.iter().map(|case| (*case).to_owned()).collect(),
                section: requirement.section.clone(),
                text: requirement.text.clone(),
            }
        })
        .collect()
}

fn judge(requirement: &Requirement, cases: &[&str], facts: &BTreeMap<String, CaseFacts>) -> (CoverageStatus, String) {
    let decided: Vec<(&str, &CaseFacts)> = cases
        .iter()
        .filter_map(|case| facts.get(*case).map(|known| (*case, known)))
        .filter(|(_, known)| known.decided)
        .collect();
    let proof = decided.iter().find_map(|(case, known)| known.faults.first().map(|fault| (case, fault)));
    match (proof, decided.first(), cases.first()) {
        (Some((case, fault)), _, _) => (CoverageStatus::Tested, format!("{case} fails on mutant:{fault}")),
        (None, Some((case, _)), _) => {
            (CoverageStatus::TestedWithoutFault, format!("no planted fault makes {case} fail"))
        }
        (None, None, Some(case)) => {
            (CoverageStatus::Undecided, format!("{case} did not decide on the reference stack"))
        }
        (None, None, None) => match requirement.status {
            Status::Observable => (CoverageStatus::Planned, "no case names it yet".to_owned()),
            Status::NotObservable => (CoverageStatus::NotObservable, requirement.reason.clone()),
            Status::Definition => (CoverageStatus::Definition, requirement.reason.clone()),
            Status::Superseded => (CoverageStatus::Superseded, requirement.reason.clone()),
            Status::OutOfScope => (CoverageStatus::OutOfScope, requirement.reason.clone()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(requirement: &str, decided: bool, faults: &[&str]) -> CaseFacts {
        CaseFacts {
            requirements: BTreeSet::from([requirement.to_owned()]),
            decided,
            faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
        }
    }

    #[test]
    fn only_a_decided_case_that_a_fault_breaks_counts_as_tested() {
        let row = |id: &str, status: &str, reason: &str| {
            format!(
                "{{ id = \"RFC1-{id}\", level = \"must\", section = \"1\", text = \"x\", status = \"{status}\", \
                 reason = \"{reason}\" }}"
            )
        };
        let rows = [
            row("1", "observable", ""),
            row("2", "observable", ""),
            row("3", "observable", ""),
            row("4", "observable", ""),
            row("5", "definition", "a word"),
        ];
        let file = format!("rfc = 1\ntitle = \"t\"\nrequirements = [{}]", rows.join(", "));
        let registry = Registry::parse(&[("a", &file)]).expect("well formed");
        let facts = BTreeMap::from([
            ("a.proven".to_owned(), facts("RFC1-1", true, &["some-fault"])),
            ("a.ran".to_owned(), facts("RFC1-2", true, &[])),
            ("a.stuck".to_owned(), facts("RFC1-3", false, &["some-fault"])),
        ]);
        let seen: Vec<(&str, String)> =
            coverage(&registry, &facts).into_iter().map(|row| (row.status.name(), row.reason)).collect();
        let seen: Vec<(&str, &str)> = seen.iter().map(|(status, reason)| (*status, reason.as_str())).collect();
        assert_eq!(
            seen,
            [
                ("tested", "a.proven fails on mutant:some-fault"),
                ("tested-without-fault", "no planted fault makes a.ran fail"),
                ("undecided", "a.stuck did not decide on the reference stack"),
                ("planned", "no case names it yet"),
                ("definition", "a word"),
            ]
        );
    }
}
