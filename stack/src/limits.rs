//! Every bound of the stack in one place. Nothing in it grows without one of these.

use crate::time::Duration;

/// Bounds on what one [`crate::host::Host`] may hold. All of them are hard: what would exceed
/// one is dropped with its [`crate::event::DropReason`], or refused with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Interfaces of a host.
    pub interfaces: usize,
    /// Sockets of all kinds, listeners and connections included.
    pub sockets: usize,
    /// Entries of the neighbour cache of one interface.
    pub neighbors: usize,
    /// Packets that wait for one neighbour's link-layer address (RFC 1122 2.3.2.2).
    pub neighbor_queue: usize,
    /// Datagrams under reassembly at once.
    pub reassembly_datagrams: usize,
    /// Bytes held by all datagrams under reassembly.
    pub reassembly_bytes: usize,
    /// Separate pieces (holes plus one) in one datagram under reassembly.
    pub reassembly_pieces: usize,
    /// How long a datagram may stay incomplete (RFC 1122 3.3.2: 60 to 120 s; RFC 8200 4.5: 60 s).
    pub reassembly_timeout: Duration,
    /// IPv6 extension headers in one packet.
    pub extension_headers: usize,
    /// Frames that wait to be sent which no socket owns (replies, errors, neighbour discovery).
    pub control_frames: usize,
    /// ICMP errors sent per second (token bucket, RFC 1812 4.3.2.8, RFC 4443 2.4 (f)).
    pub icmp_errors_per_second: u32,
    /// Burst of that bucket.
    pub icmp_error_burst: u32,
    /// Connections in SYN-RECEIVED of one listener.
    pub syn_queue: usize,
    /// Connections in TIME-WAIT.
    pub time_wait: usize,
    /// Out-of-order pieces one TCP connection keeps.
    pub tcp_out_of_order: usize,
    /// Datagrams in the receive queue of a UDP socket.
    pub udp_queue: usize,
    /// Structured events kept until they are read; older ones give way and are counted.
    pub events: usize,
    /// Path MTU entries (RFC 1191 6.3).
    pub path_mtu: usize,
    /// Multicast groups joined on one interface.
    pub groups: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            interfaces: 8,
            sockets: 1 << 20,
            neighbors: 512,
            neighbor_queue: 4,
            reassembly_datagrams: 64,
            reassembly_bytes: 1 << 20,
            reassembly_pieces: 64,
            reassembly_timeout: Duration::from_secs(60),
            extension_headers: 8,
            control_frames: 256,
            icmp_errors_per_second: 1_000,
            icmp_error_burst: 50,
            syn_queue: 128,
            time_wait: 16_384,
            tcp_out_of_order: 64,
            udp_queue: 128,
            events: 1_024,
            path_mtu: 256,
            groups: 64,
        }
    }
}
