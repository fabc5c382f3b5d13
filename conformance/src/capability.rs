//! What a stack under test declares that it can do, before a run and never because a case failed.

use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! capabilities {
    ($($variant:ident, $name:literal, $what:literal;)+) => {
        /// One declared ability of a target. Cases name those they need; a case whose needs are not met
        /// is `unsupported`, with the missing capability in the report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Capability { $(#[doc = $what] #[serde(rename = $name)] $variant),+ }

        impl Capability {
            /// Every capability.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in files and reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// One sentence for a person.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $what),+ }
            }
        }
    };
}

capabilities! {
    Ipv4, "ipv4", "Speaks IPv4 on its interfaces.";
    Ipv6, "ipv6", "Speaks IPv6 on its interfaces.";
    Arp, "arp", "Resolves IPv4 next hops by ARP on an Ethernet link.";
    Ndp, "ndp", "Resolves IPv6 next hops by neighbour discovery.";
    EchoReply, "echo-reply", "Answers ICMP echo requests.";
    IcmpErrors, "icmp-errors", "Sends ICMP errors (unreachable, parameter problem).";
    Reassembly, "reassembly", "Reassembles fragmented datagrams.";
    ReassemblyTimeExceeded, "reassembly-time-exceeded", "Reports a reassembly timeout with ICMP time exceeded.";
    Fragmentation, "fragmentation", "Fragments its own datagrams that exceed the link's MTU.";
    Ipv4Options, "ipv4-options", "Processes IPv4 options (record route, timestamp) as RFC 1122 3.2.1.8 says.";
    SourceRoute, "source-route", "Processes source routes when told to.";
    Forwarding, "forwarding", "Forwards packets between two interfaces when told to.";
    StaticRoutes, "static-routes", "Takes the routes of the configuration.";
    MultiHomed, "multi-homed", "Has two or more interfaces.";
    Igmp, "igmp", "Joins IPv4 multicast groups and reports them.";
    Mld, "mld", "Joins IPv6 multicast groups and reports them.";
    UdpSockets, "udp-sockets", "UDP sockets can be driven.";
    UdpSocketErrors, "udp-socket-errors", "ICMP errors reach connected UDP sockets as errors.";
    TcpListen, "tcp-listen", "TCP sockets can listen and accept.";
    TcpConnect, "tcp-connect", "TCP sockets can connect.";
    TcpBacklog, "tcp-backlog", "A listener holds several connections that were not accepted yet.";
    TcpHalfClose, "tcp-half-close", "shutdown(SHUT_WR) and shutdown(SHUT_RD) exist.";
    TcpWindowScale, "tcp-window-scale", "Offers and honours window scaling (RFC 7323).";
    TcpSack, "tcp-sack", "Offers and honours selective acknowledgments (RFC 2018).";
    TcpTimestamps, "tcp-timestamps", "Offers and honours timestamps (RFC 7323).";
    TcpUrgent, "tcp-urgent", "Urgent data can be sent and read (MSG_OOB).";
    TcpKeepAlive, "tcp-keep-alive", "Keep-alives can be switched on with their times.";
    TcpKeepCount, "tcp-keep-count", "The number of keep-alives without answer that ends a connection can be set.";
    PathMtu, "path-mtu", "Discovers the path MTU from ICMP (RFC 1191, RFC 8201).";
    TcpUserTimeout, "tcp-user-timeout", "A user timeout can be set.";
    TcpNoDelay, "tcp-no-delay", "Nagle's algorithm can be switched off (TCP_NODELAY).";
    TcpEcn, "tcp-ecn", "Negotiates ECN (RFC 3168).";
    RecvBufferSize, "recv-buffer-size", "The receive buffer can be set (SO_RCVBUF).";
    SocketErrors, "socket-errors", "Socket calls report errno values.";
    TtlOption, "ttl-option", "The TTL of outgoing packets can be set (IP_TTL).";
    TosOption, "tos-option", "The TOS of outgoing packets can be set (IP_TOS).";
    Broadcast, "broadcast", "UDP sockets can send to broadcast addresses (SO_BROADCAST).";
    LongWaits, "long-waits", "Time is virtual, so cases that wait for minutes or hours cost nothing.";
    StateQuery, "state-query", "The TCP state of a socket can be asked for.";
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
