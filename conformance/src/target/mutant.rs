//! The targets `mutant:NAME`: the reference stack with one planted fault, to prove that the suites notice it.

use wireproof_stack::fault::Fault;

use super::Target;
use super::reference::ReferenceTarget;
use super::registry::TargetName;

/// What stands before the name of the fault.
pub(super) const PREFIX: &str = "mutant:";

/// Every mutant, in the order of the faults.
pub(super) fn names() -> impl Iterator<Item = TargetName> {
    Fault::ALL.iter().map(|fault| TargetName {
        name: format!("{PREFIX}{}", fault.name()),
        description: format!("{} Breaks {}.", fault.description(), fault.requirements().join(", ")),
    })
}

/// The mutant of this name, prefix and all; `None` if there is none.
pub(super) fn open(name: &str) -> Option<Box<dyn Target>> {
    let name = name.strip_prefix(PREFIX)?;
    let fault = Fault::ALL.iter().find(|fault| fault.name() == name)?;
    Some(Box::new(ReferenceTarget::with_fault(*fault)))
}
