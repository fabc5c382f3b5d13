//! The target `linux`: the kernel's own stack, behind TAP devices in a network namespace, on wall time.
//!
//! Each reset makes a fresh namespace (about a millisecond), so several targets live side by side in one
//! process. Root is not needed where an ordinary user may make user namespaces and open `/dev/net/tun`:
//! call [`prepare`] before the program starts threads.

mod namespace;
mod netlink;
mod profile;
mod sockets;
mod state;
mod sysctl;
mod user_namespace;

pub(in crate::target) use self::namespace::TUN;
pub use self::user_namespace::prepare;
pub(in crate::target) use self::user_namespace::privileged;

use self::namespace::{Namespace, Thread};
use self::sockets::Sockets;
use super::{Blame, Call, Instant, Outcome, Target, TargetError, TargetInfo, TimedFrame, Topology};

/// The kernel's stack as a target.
pub struct LinuxTarget {
    info: TargetInfo,
    /// Sockets before their namespace: closing them is what lets it go.
    running: Option<(Sockets, Namespace)>,
    /// The namespace before, on its way out.
    retiring: Option<Thread>,
}

impl Default for LinuxTarget {
    fn default() -> Self {
        Self::new()
    }
}

impl LinuxTarget {
    /// A target that has not asked anything of the machine yet: the first reset does.
    pub fn new() -> Self {
        Self { info: profile::info(), running: None, retiring: None }
    }

    fn running(&self) -> Result<&Namespace, TargetError> {
        self.running.as_ref().map(|(_, namespace)| namespace).ok_or_else(not_reset)
    }
}

fn not_reset() -> TargetError {
    TargetError {
        blame: Blame::Harness,
        what: "the linux target was used before its first reset".into(),
        hint: String::new(),
    }
}

/// Makes a namespace with a TAP device and lets it go: whether the target can work here.
///
/// # Errors
///
/// What is missing, and what to do about it.
pub fn try_namespace() -> Result<(), TargetError> {
    Namespace::new(&Topology::default()).map(drop)
}

impl Target for LinuxTarget {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn reset(&mut self, topology: &Topology) -> Result<(), TargetError> {
        if let Some((sockets, namespace)) = self.running.take() {
            drop(sockets);
            self.retiring = Some(namespace.retire());
        }
        if topology.links.is_empty() || topology.links.len() > profile::INTERFACES {
            return Err(TargetError {
                blame: Blame::Harness,
                what: format!("linux was given {} links", topology.links.len()),
                hint: format!("it takes 1 to {}", profile::INTERFACES),
            });
        }
        let namespace = Namespace::new(topology)?;
        self.running = Some((Sockets::new(topology, &namespace.indices), namespace));
        Ok(())
    }

    fn now(&self) -> Instant {
        self.running.as_ref().map_or(Instant::ZERO, |(_, namespace)| namespace.now())
    }

    fn inject(&mut self, interface: usize, frame: &[u8]) -> Result<(), TargetError> {
        self.running()?.inject(interface, frame)
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        self.running()?.next_frame(deadline)
    }

    fn call(&mut self, call: &Call) -> Result<Outcome, TargetError> {
        let (sockets, namespace) = self.running.as_mut().ok_or_else(not_reset)?;
        sockets.call(namespace, call)
    }
}

#[cfg(test)]
mod tests;
