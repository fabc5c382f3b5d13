//! Targets by name: what `--target` takes.

use super::{Blame, Target, TargetError, mutant};

/// One name that [`open`] takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetName {
    /// What `--target` takes.
    pub name: String,
    /// One line for a person.
    pub description: String,
}

/// A target whose features are compiled in: its name, one line on it, how to make it.
struct Known {
    name: &'static str,
    description: &'static str,
    open: fn() -> Result<Box<dyn Target>, TargetError>,
}

/// Targets that are not mutants, in the order in which they are listed.
const KNOWN: &[Known] = &[
    Known {
        name: "reference",
        description: "this project's own stack in this process, on virtual time",
        open: || Ok(Box::new(super::reference::ReferenceTarget::new())),
    },
    #[cfg(feature = "smoltcp")]
    Known {
        name: "smoltcp",
        description: "smoltcp 0.14 in this process, on virtual time",
        open: || Ok(Box::new(super::smoltcp::SmoltcpTarget::new())),
    },
    #[cfg(all(target_os = "linux", feature = "tap"))]
    Known {
        name: "linux",
        description: "this machine's kernel, TAP devices in a network namespace, on wall time",
        open: || Ok(Box::new(super::linux::LinuxTarget::new())),
    },
];

/// Targets that exist but are not in this build, with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    #[cfg(not(feature = "smoltcp"))]
    ("smoltcp", "build with the feature `smoltcp`"),
    #[cfg(all(target_os = "linux", not(feature = "tap")))]
    ("linux", "build with the feature `tap`"),
    #[cfg(not(target_os = "linux"))]
    ("linux", "it exists on Linux only"),
];

/// Every name that [`open`] takes in this build, with one line on each.
pub fn names() -> Vec<TargetName> {
    let known = KNOWN.iter().map(|known| TargetName { name: known.name.into(), description: known.description.into() });
    known.chain(mutant::names()).collect()
}

/// Makes a target. It is not reset yet: nothing is asked of the environment before [`Target::reset`].
///
/// # Errors
///
/// The name is unknown (with the names that come close), or not in this build.
pub fn open(name: &str) -> Result<Box<dyn Target>, TargetError> {
    if let Some(known) = KNOWN.iter().find(|known| known.name == name) {
        return (known.open)();
    }
    if let Some(mutant) = mutant::open(name) {
        return Ok(mutant);
    }
    if let Some((_, reason)) = LEFT_OUT.iter().find(|(left_out, _)| *left_out == name) {
        return Err(TargetError {
            blame: Blame::Environment,
            what: format!("the target `{name}` is not in this build"),
            hint: (*reason).into(),
        });
    }
    Err(TargetError { blame: Blame::Environment, what: format!("there is no target `{name}`"), hint: suggestion(name) })
}

/// Gets the process the rights that a target needs, where that takes no root. Call it at the start of `main`, before
/// threads are started; for `doctor`, with every name.
///
/// # Errors
///
/// The rights cannot be had; [`Target::reset`] will fail in the same way.
pub fn prepare(name: &str) -> Result<(), TargetError> {
    match name {
        #[cfg(all(target_os = "linux", feature = "tap"))]
        "linux" => super::linux::prepare(),
        _ => Ok(()),
    }
}

/// What may have been meant by an unknown name.
fn suggestion(name: &str) -> String {
    let mut near: Vec<_> = names()
        .into_iter()
        .map(|known| (distance(name, &known.name), known.name))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4 || known.contains(name) && name.len() > 2)
        .collect();
    near.sort();
    if near.is_empty() {
        let all: Vec<_> = KNOWN.iter().map(|known| known.name).collect();
        return format!("there are {} and {}NAME", all.join(", "), mutant::PREFIX);
    }
    let near: Vec<_> = near.into_iter().take(3).map(|(_, known)| format!("`{known}`")).collect();
    format!("did you mean {}?", near.join(" or "))
}

/// Levenshtein's distance: insertions, deletions and substitutions of characters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let substitute = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (one, other, wanted) in [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("linux", "linus", 1)] {
            assert_eq!(distance(one, other), wanted, "{one} {other}");
            assert_eq!(distance(other, one), wanted, "{other} {one}");
        }
    }

    #[test]
    fn every_listed_name_opens_under_its_name() {
        for listed in names() {
            let target = open(&listed.name).expect(&listed.name);
            assert_eq!(target.info().name, listed.name);
            assert!(!listed.description.is_empty());
        }
    }

    #[test]
    #[cfg(feature = "smoltcp")]
    fn an_unknown_name_says_what_comes_close() {
        let near = |name| open(name).err().expect("unknown").to_string();
        assert_eq!(near("smolltcp"), "environment: there is no target `smolltcp` (did you mean `smoltcp`?)");
        assert!(near("windows").contains("there are"), "{}", near("windows"));
        let fault = wireproof_stack::fault::Fault::ALL[0].name();
        let meant = near(&format!("mutant:{fault}s"));
        assert!(meant.contains(&format!("`mutant:{fault}`")), "{meant}");
    }
}
