//! What Linux declares of itself, as [`super::sysctl`] pins it. Constants are named as in the kernel.

use std::collections::BTreeSet;
use std::fs;

use super::sysctl::TCP_BUFFER;
use crate::capability::Capability;
use crate::target::{Clock, Duration, Profile, TargetInfo};

/// Interfaces at most: one for each documentation prefix of the standard links.
pub(super) const INTERFACES: usize = 3;

/// Everything but virtual time: what the socket interface of Linux cannot do is not in the list of capabilities.
pub(super) fn info() -> TargetInfo {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let release = release.trim();
    TargetInfo {
        name: "linux".into(),
        version: if release.is_empty() { "unknown".into() } else { format!("{release}, reno") },
        clock: Clock::Wall,
        interfaces: INTERFACES,
        capabilities: Capability::ALL
            .iter()
            .copied()
            .filter(|it| *it != Capability::LongWaits)
            .collect::<BTreeSet<_>>(),
        profile: Profile {
            mss_ipv4: 1460,
            mss_ipv6: 1440,
            // TCP_TIMEOUT_INIT, TCP_RTO_MIN.
            rto_initial: Duration::from_secs(1),
            rto_min: Duration::from_millis(200),
            // TCP_DELACK_MAX.
            delayed_ack_max: Duration::from_millis(200),
            // TCP_TIMEWAIT_LEN is 60 s and stands for two of them.
            msl: Duration::from_secs(30),
            // tcp_syn_retries.
            syn_retries: 6,
            // ip6frag_time; IPv4's ipfrag_time is 30 s, below what RFC 1122 3.3.2 asks for.
            reassembly_timeout: Duration::from_secs(60),
            recv_buffer: TCP_BUFFER,
            send_buffer: TCP_BUFFER,
            default_ttl: 64,
        },
    }
}
