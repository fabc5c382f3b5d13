//! What the machine offers: the findings behind `wireproof doctor`.
//!
//! Looking changes nothing: a namespace made to see whether it works is gone before [`probe`] returns.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What was looked at, a slug.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// Whether everything but the use in `what` works without it.
    pub optional: bool,
    /// What was seen, one line, with what it is for.
    pub what: String,
    /// What to do about it, one line; empty if it is well.
    pub hint: String,
}

impl Finding {
    fn new(name: &'static str, optional: bool, result: Result<String, (String, String)>) -> Self {
        let ok = result.is_ok();
        let (what, hint) = result.map_or_else(|bad| bad, |what| (what, String::new()));
        Self { name, ok, optional, what, hint }
    }
}

/// The finding of something missing: what was seen, what to do.
fn bad(what: impl Into<String>, hint: impl Into<String>) -> Result<String, (String, String)> {
    Err((what.into(), hint.into()))
}

/// Looks at everything that some part of wireproof can use. The virtual targets need none of it.
///
/// An ordinary user's rights are seen as they are after [`super::prepare`].
pub fn probe() -> Vec<Finding> {
    let mut found = linux();
    found.extend([
        tool("iproute2", "ip", "looking into a namespace by hand", "install iproute2"),
        tool(
            "tshark",
            "tshark",
            "reading captures, and as an oracle of the frame printer",
            "install tshark (Wireshark)",
        ),
        Finding::new("nightly", true, nightly()),
        tool("cargo-fuzz", "cargo-fuzz", "coverage-guided fuzzing", "cargo install cargo-fuzz"),
    ]);
    found
}

/// The file that the shell would run for `name`.
fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn tool(name: &'static str, file: &str, purpose: &str, hint: &str) -> Finding {
    let result = match find(file) {
        Some(path) => Ok(format!("{}, for {purpose}", path.display())),
        None => bad(format!("`{file}` is not in PATH; it is for {purpose}"), hint),
    };
    Finding::new(name, true, result)
}

/// What a command prints on its standard output, if it succeeds.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A nightly compiler, asked for in a way that installs nothing.
fn nightly() -> Result<String, (String, String)> {
    const PURPOSE: &str = "for building the fuzz targets with their sanitizers";
    if let Some(list) = output("rustup", &["toolchain", "list"]) {
        return match list.lines().find(|line| line.starts_with("nightly")) {
            Some(line) => Ok(format!("{}, {PURPOSE}", line.split_whitespace().next().unwrap_or(line))),
            None => bad(format!("no nightly toolchain; it is {PURPOSE}"), "rustup toolchain install nightly"),
        };
    }
    match output("rustc", &["--version"]) {
        Some(version) if version.contains("nightly") => Ok(format!("{}, {PURPOSE}", version.trim())),
        Some(version) => bad(
            format!("{} is not a nightly; one is {PURPOSE}", version.trim()),
            "install rustup and a nightly toolchain",
        ),
        None => bad(format!("no rustc in PATH; a nightly is {PURPOSE}"), "install rustup and a nightly toolchain"),
    }
}

/// What the `linux` target needs, one finding each.
#[cfg(all(target_os = "linux", feature = "tap"))]
fn linux() -> Vec<Finding> {
    vec![
        Finding::new("tun-device", true, tun_device()),
        Finding::new("user-namespaces", true, user_namespaces()),
        Finding::new("linux-target", true, whole_target()),
    ]
}

/// Elsewhere there is no such target.
#[cfg(not(all(target_os = "linux", feature = "tap")))]
fn linux() -> Vec<Finding> {
    let seen = bad("the target `linux` is not in this build", "build on Linux with the feature `tap`");
    vec![Finding::new("linux-target", true, seen)]
}

/// The device node: there, and open to this user.
#[cfg(all(target_os = "linux", feature = "tap"))]
fn tun_device() -> Result<String, (String, String)> {
    use std::os::unix::fs::PermissionsExt;

    let path = std::path::Path::new(super::linux::TUN);
    let Ok(metadata) = path.metadata() else {
        return bad(
            format!("there is no {}; the target `linux` needs it", path.display()),
            "modprobe tun; in a container, pass the device in (docker: --device /dev/net/tun)",
        );
    };
    let mode = metadata.permissions().mode() & 0o7777;
    match std::fs::OpenOptions::new().read(true).write(true).open(path) {
        Ok(_) => Ok(format!("{} opens (mode {mode:04o}), for the target `linux`", path.display())),
        Err(error) => bad(
            format!("{} has mode {mode:04o} and does not open: {error}; the target `linux` needs it", path.display()),
            "run as root, or chmod 666 /dev/net/tun as most distributions have it (the node is checked before any namespace)",
        ),
    }
}

/// Whether the rights for namespaces are there, or can be had without root.
#[cfg(all(target_os = "linux", feature = "tap"))]
fn user_namespaces() -> Result<String, (String, String)> {
    if super::linux::privileged() {
        return Ok("not needed: this process may make network namespaces as it is".into());
    }
    let setting = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let closed = [
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=10000"),
    ];
    for (path, value, hint) in closed {
        if setting(path).as_deref() == Some(value) {
            return bad(
                format!("{path} is {value}: without root the target `linux` needs a user namespace"),
                format!("{hint}, or run as root"),
            );
        }
    }
    if setting("/proc/sys/user/max_user_namespaces").is_none() {
        return bad("the kernel has no user namespaces (CONFIG_USER_NS)", "run as root for the target `linux`");
    }
    Ok("open to ordinary users, for the target `linux` without root".into())
}

/// The whole way: a namespace with a TAP device.
#[cfg(all(target_os = "linux", feature = "tap"))]
fn whole_target() -> Result<String, (String, String)> {
    match super::linux::try_namespace() {
        Ok(()) => Ok("a network namespace with a TAP device works: the target `linux` can run".into()),
        Err(error) => Err((format!("the target `linux` cannot run: {}", error.what), error.hint)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_says_what_was_seen_and_what_to_do() {
        let found = probe();
        for finding in &found {
            assert!(!finding.what.is_empty(), "{}", finding.name);
            assert_eq!(finding.ok, finding.hint.is_empty(), "{finding:?}");
        }
        let mut names: Vec<_> = found.iter().map(|finding| finding.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), found.len());
    }

    #[test]
    fn a_tool_that_is_not_there_is_a_finding() {
        let finding = tool("nothing", "wireproof-has-no-such-tool", "nothing", "nothing to do");
        assert!(!finding.ok && finding.optional);
        assert!(finding.what.contains("not in PATH"), "{}", finding.what);
    }
}
