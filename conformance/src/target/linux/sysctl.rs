//! What is pinned in a fresh network namespace. A namespace takes over much of what the host was tuned to;
//! the suites want the same stack on every machine: the kernel's own defaults, without its rate limits.
//!
//! `/proc/sys/net` shows a thread the settings of its own namespace.

use std::fs;
use std::io::ErrorKind;

use crate::target::{Blame, TargetError, Topology};

/// Bytes of socket buffer that a TCP socket starts with, in each direction. Linux counts its own bookkeeping
/// against it: about half of it becomes window.
pub(super) const TCP_BUFFER: usize = 131_072;

/// How long a half-closed or unfinished connection of a namespace that goes away may hold it.
const LEAVING: &[(&str, &str)] = &[("ipv4/tcp_orphan_retries", "1"), ("ipv4/tcp_fin_timeout", "1")];

/// One pinned setting: path below `/proc/sys/net`, value, and whether every supported kernel has it.
struct Pin(&'static str, &'static str, bool);

const PINS: &[Pin] = &[
    // Congestion control that the RFCs describe. Reno is built in and open to every namespace.
    Pin("ipv4/tcp_congestion_control", "reno", true),
    Pin("ipv4/tcp_rmem", "4096 131072 6291456", true),
    Pin("ipv4/tcp_wmem", "4096 131072 4194304", true),
    // A receive buffer that does not grow by itself.
    Pin("ipv4/tcp_moderate_rcvbuf", "0", true),
    Pin("ipv4/tcp_timestamps", "1", true),
    Pin("ipv4/tcp_sack", "1", true),
    Pin("ipv4/tcp_dsack", "1", true),
    Pin("ipv4/tcp_window_scaling", "1", true),
    // Accepts ECN, does not ask for it: the kernel's default.
    Pin("ipv4/tcp_ecn", "2", true),
    Pin("ipv4/tcp_syn_retries", "6", true),
    Pin("ipv4/tcp_synack_retries", "5", true),
    Pin("ipv4/tcp_fin_timeout", "60", true),
    Pin("ipv4/tcp_abort_on_overflow", "0", true),
    Pin("ipv4/tcp_mtu_probing", "0", true),
    Pin("ipv4/tcp_fastopen", "0", true),
    Pin("ipv4/tcp_autocorking", "0", true),
    Pin("ipv4/tcp_no_metrics_save", "1", true),
    Pin("ipv4/ip_no_pmtu_disc", "0", true),
    Pin("ipv4/ip_default_ttl", "64", true),
    // Cookies would answer a full SYN queue without state.
    Pin("ipv4/tcp_syncookies", "0", false),
    // No limits on answers to bad segments and to attacks on the window: every probe is answered.
    Pin("ipv4/tcp_invalid_ratelimit", "0", true),
    Pin("ipv4/tcp_challenge_ack_limit", "2147483647", false),
    // No limits on ICMP by type. `icmp_ratelimit` stays: 0 would drain the bucket that no-route errors share.
    Pin("ipv4/icmp_ratemask", "0", true),
    Pin("ipv4/icmp_msgs_per_sec", "100000", false),
    Pin("ipv4/icmp_msgs_burst", "100000", false),
    Pin("ipv6/icmp/ratemask", "\n", false),
    Pin("ipv4/icmp_echo_ignore_all", "0", true),
    Pin("ipv4/icmp_echo_ignore_broadcasts", "0", true),
    // Sources are not checked against routes, and source routes are honoured, IPv4 only (RFC 5095).
    Pin("ipv4/conf/all/rp_filter", "0", true),
    Pin("ipv4/conf/default/rp_filter", "0", true),
    Pin("ipv4/conf/all/accept_source_route", "1", true),
    Pin("ipv4/conf/default/accept_source_route", "1", true),
    Pin("ipv4/conf/all/accept_redirects", "1", true),
    Pin("ipv4/conf/default/accept_redirects", "1", true),
    Pin("ipv4/conf/all/secure_redirects", "0", true),
    Pin("ipv4/conf/default/secure_redirects", "0", true),
    Pin("ipv4/conf/all/send_redirects", "1", true),
    Pin("ipv4/conf/default/send_redirects", "1", true),
    Pin("ipv4/conf/all/arp_ignore", "0", true),
    Pin("ipv4/conf/default/arp_ignore", "0", true),
    Pin("ipv4/conf/all/arp_announce", "0", true),
    Pin("ipv4/conf/default/arp_announce", "0", true),
    // Addresses as configured, at once, and none made up.
    Pin("ipv6/conf/all/disable_ipv6", "0", true),
    Pin("ipv6/conf/default/disable_ipv6", "0", true),
    Pin("ipv6/conf/default/addr_gen_mode", "1", true),
    Pin("ipv6/conf/default/accept_dad", "0", true),
    Pin("ipv6/conf/default/dad_transmits", "0", true),
    Pin("ipv6/conf/default/router_solicitations", "0", true),
    Pin("ipv6/conf/default/accept_ra", "0", true),
    Pin("ipv6/conf/default/autoconf", "0", true),
    Pin("ipv6/conf/default/use_tempaddr", "0", true),
    Pin("ipv6/conf/default/accept_redirects", "1", true),
    Pin("ipv6/conf/default/accept_source_route", "0", true),
];

fn write(path: &str, value: &str, required: bool) -> Result<(), TargetError> {
    let full = format!("/proc/sys/net/{path}");
    let Err(error) = fs::write(&full, value) else {
        return Ok(());
    };
    if error.kind() == ErrorKind::NotFound && !required {
        return Ok(());
    }
    let hint = match error.kind() {
        ErrorKind::NotFound if path.starts_with("ipv6/") => {
            "the kernel has IPv6 switched off: boot without ipv6.disable=1"
        }
        ErrorKind::NotFound => "the kernel lacks it: Linux 5.10 or later is needed",
        _ => "in a container, /proc/sys has to be writable (docker: --privileged)",
    };
    Err(TargetError {
        blame: Blame::Environment,
        what: format!("{full} cannot be set to `{}` in a network namespace: {error}", value.trim()),
        hint: hint.into(),
    })
}

/// Pins everything in the namespace of this thread. Call it before interfaces are made: they start
/// with the values of `default`.
pub(super) fn pin(topology: &Topology) -> Result<(), TargetError> {
    // Forwarding first: switching it resets other values to those of a host or a router.
    let forwarding = if topology.forwarding { "1" } else { "0" };
    write("ipv4/ip_forward", forwarding, true)?;
    write("ipv6/conf/all/forwarding", forwarding, true)?;
    for Pin(path, value, required) in PINS {
        write(path, value, *required)?;
    }
    Ok(())
}

/// Lets connections that nobody owns any more end soon, so that the namespace can go.
pub(super) fn leave() {
    for (path, value) in LEAVING {
        // Without it the namespace only lives longer.
        let _ = write(path, value, false);
    }
}
