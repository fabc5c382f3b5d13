//! Rights without root: a user namespace of our own, in which we may make network namespaces.
//! Read user_namespaces(7) first.

use std::fs;
use std::io;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};

use crate::target::{Blame, TargetError};

/// CAP_NET_ADMIN and CAP_SYS_ADMIN, as bits of the `CapEff` line of `/proc/self/status`.
const NEEDED: u64 = 1 << 12 | 1 << 21;

/// The effective capabilities in the text of `/proc/self/status`.
fn effective(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

/// Whether this process may make network namespaces as it is.
pub(in crate::target) fn privileged() -> bool {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| effective(&status))
        .is_some_and(|has| has & NEEDED == NEEDED)
}

/// Moves the whole process into a user namespace of its own, unless it has the rights already. Every user and group
/// but the present ones is unknown there; files are made as before.
///
/// Call it at the start of `main`: the kernel refuses it to a process that has started threads.
///
/// # Errors
///
/// The kernel refuses, with what to do about it.
pub fn prepare() -> Result<(), TargetError> {
    if privileged() {
        return Ok(());
    }
    let (user, group) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER).map_err(|errno| {
        let hint = match errno {
            nix::errno::Errno::EINVAL => "it was asked for after threads had started",
            nix::errno::Errno::ENOSPC => "raise sysctl user.max_user_namespaces, or run as root",
            _ => "run as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0",
        };
        TargetError {
            blame: Blame::Environment,
            what: format!("a user namespace cannot be made: {}", io::Error::from(errno)),
            hint: hint.into(),
        }
    })?;
    // So that ids keep their names. The rights do not depend on it, and root without capabilities may not.
    // Group ids may only be mapped once setgroups is out of reach.
    let maps = [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("{user} {user} 1")),
        ("/proc/self/gid_map", format!("{group} {group} 1")),
    ];
    for (path, value) in maps {
        let _ = fs::write(path, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_effective_capabilities() {
        let status = "Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000201000\n";
        assert_eq!(effective(status), Some(NEEDED));
        assert_eq!(effective("Name:\tx\n"), None);
        assert_eq!(effective("CapEff:\tnonsense\n"), None);
    }
}
