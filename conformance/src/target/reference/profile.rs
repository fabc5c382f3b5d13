//! What the reference stack declares of itself, computed from its own defaults.

use std::collections::BTreeSet;

use wireproof_stack::host::HostConfig;
use wireproof_stack::tcp::TcpConfig;

use crate::capability::Capability;
use crate::target::{Clock, Duration, Profile, TargetInfo};

/// Not declared, with the reason:
///
/// - `source-route`: off, and a topology cannot switch it on.
/// - `tcp-ecn`: it does not negotiate ECN.
const NOT_DECLARED: &[Capability] = &[Capability::SourceRoute, Capability::TcpEcn];

/// What the target declares under `name`.
pub(super) fn info(name: String) -> TargetInfo {
    let host = HostConfig::default();
    let declared = Capability::ALL.iter().copied().filter(|capability| !NOT_DECLARED.contains(capability));
    TargetInfo {
        name,
        version: env!("CARGO_PKG_VERSION").into(),
        clock: Clock::Virtual,
        interfaces: host.limits.interfaces,
        capabilities: declared.collect::<BTreeSet<_>>(),
        profile: profile(&host),
    }
}

fn profile(host: &HostConfig) -> Profile {
    let tcp = &host.tcp;
    Profile {
        mss_ipv4: tcp.max_segment_size.unwrap_or(1_460).min(1_460),
        mss_ipv6: tcp.max_segment_size.unwrap_or(1_440).min(1_440),
        rto_initial: tcp.rto_initial,
        rto_min: tcp.rto_min,
        delayed_ack_max: tcp.delayed_ack.unwrap_or(Duration::ZERO),
        msl: tcp.msl,
        syn_retries: syn_retries(tcp),
        reassembly_timeout: host.limits.reassembly_timeout,
        recv_buffer: tcp.receive_buffer,
        send_buffer: tcp.send_buffer,
        default_ttl: host.default_ttl,
    }
}

/// Retransmissions of a SYN until R2 has passed: the timeout doubles up to its bound.
fn syn_retries(tcp: &TcpConfig) -> u32 {
    let (mut waited, mut timeout, mut retries) = (tcp.rto_initial, tcp.rto_initial, 0);
    while waited < tcp.r2_syn {
        retries += 1;
        timeout = (timeout * 2).min(tcp.rto_max);
        waited = waited + timeout;
    }
    retries
}
