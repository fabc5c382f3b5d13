//! What smoltcp declares of itself. Every value names the place in smoltcp 0.14.0 that it was read from.

use std::collections::BTreeSet;

use crate::capability::Capability;
use crate::target::{Clock, Duration, Profile, TargetInfo};

/// Version of the smoltcp this is built with; a test compares it with the lock file.
pub(super) const VERSION: &str = "0.14.0";

/// Bytes that a TCP socket holds in each direction if nothing else is asked for: the greatest window that
/// needs no scaling.
pub(super) const BUFFER: usize = 65_535;

/// Not declared, with the reason:
///
/// - `forwarding`, `multi-homed`: an `Interface` has one device and drops what is not for it.
/// - `source-route`, `ipv4-options`: IPv4 options are skipped (`Ipv4Repr::parse` does not look at them).
/// - `reassembly-time-exceeded`: `PacketAssemblerSet::remove_expired` is silent.
/// - `udp-socket-errors`: received ICMP errors reach no UDP socket.
/// - `tcp-urgent`: the urgent pointer is not read, and there is no call to send one.
/// - `tcp-ecn`, `tos-option`: the traffic class is always 0.
///
/// Declared although one family lacks it: `reassembly` and `fragmentation` (IPv4 only: the IPv6 fragment
/// header is answered as an unknown next header, long IPv6 datagrams are dropped).
const CAPABILITIES: &[Capability] = &[
    Capability::Ipv4,
    Capability::Ipv6,
    Capability::Arp,
    Capability::Ndp,
    Capability::EchoReply,
    Capability::IcmpErrors,
    Capability::Reassembly,
    Capability::Fragmentation,
    Capability::StaticRoutes,
    Capability::Igmp,
    Capability::Mld,
    Capability::UdpSockets,
    Capability::TcpListen,
    Capability::TcpConnect,
    // As many listening sockets as the backlog asks for, the way smoltcp's documentation says.
    Capability::TcpBacklog,
    // `close` is shutdown(SHUT_WR) by smoltcp's own words; SHUT_RD does not exist.
    Capability::TcpHalfClose,
    Capability::TcpWindowScale,
    Capability::TcpSack,
    Capability::TcpTimestamps,
    Capability::TcpKeepAlive,
    Capability::TcpUserTimeout,
    Capability::TcpNoDelay,
    Capability::RecvBufferSize,
    // From the state a connection falls from, and whether a segment or a timer felled it.
    Capability::SocketErrors,
    Capability::TtlOption,
    Capability::Broadcast,
    Capability::LongWaits,
    Capability::StateQuery,
];

/// What the target declares.
pub(super) fn info() -> TargetInfo {
    TargetInfo {
        name: "smoltcp".into(),
        version: VERSION.into(),
        clock: Clock::Virtual,
        interfaces: 1,
        capabilities: CAPABILITIES.iter().copied().collect::<BTreeSet<_>>(),
        profile: Profile {
            // socket/tcp.rs `dispatch`: IP MTU less the headers.
            mss_ipv4: 1460,
            mss_ipv6: 1440,
            // RTTE_INITIAL_RTO, RTTE_MIN_RTO.
            rto_initial: Duration::from_secs(1),
            rto_min: Duration::from_secs(1),
            // ACK_DELAY_DEFAULT.
            delayed_ack_max: Duration::from_millis(10),
            // CLOSE_DELAY is 10 s and stands for two of them.
            msl: Duration::from_secs(5),
            // A SYN is sent again for ever unless a user timeout is set.
            syn_retries: u32::MAX,
            // `Interface::new`: reassembly_timeout.
            reassembly_timeout: Duration::from_secs(60),
            recv_buffer: BUFFER,
            send_buffer: BUFFER,
            default_ttl: 64,
        },
    }
}
