//! The one list of targets. To add one: an oracle, a line here, a file in `fuzz_targets/`, a `[[bin]]` in
//! `Cargo.toml`, seeds in [`crate::seeds`]. Tests compare all of these with this list.

use crate::digest::Digest;
use crate::oracles::{host, model, tcp, wire};

/// One fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the binary and of the folder in `corpus/`.
    pub name: &'static str,
    /// One execution. Panics if the oracle is violated.
    pub run: fn(&[u8]) -> Digest,
    /// What it proves, in one line.
    pub about: &'static str,
    /// What generated inputs must be able to reach; a test proves that they do.
    pub marks: &'static [&'static str],
}

/// Every target, in the order of the documentation.
pub const TARGETS: &[Target] = &[
    Target {
        name: "wire_ethernet",
        run: wire::ethernet::ethernet,
        about: "Ethernet II and 802.3 headers: parse, emit, parse again",
        marks: wire::ethernet::MARKS,
    },
    Target {
        name: "wire_llc",
        run: wire::llc::llc,
        about: "LLC and SNAP headers: parse, emit, parse again",
        marks: wire::PARSED_REFUSED,
    },
    Target {
        name: "wire_arp",
        run: wire::arp::arp,
        about: "ARP packets: parse, emit, parse again",
        marks: wire::arp::MARKS,
    },
    Target {
        name: "wire_ipv4",
        run: wire::ipv4::ipv4,
        about: "IPv4 headers: fields, checksums and TTL against a second reading",
        marks: wire::ipv4::MARKS,
    },
    Target {
        name: "wire_ipv4_options",
        run: wire::options::ipv4,
        about: "IPv4 options: the walk against the length bytes, written again",
        marks: wire::options::IPV4_MARKS,
    },
    Target {
        name: "wire_ipv6",
        run: wire::ipv6::ipv6,
        about: "IPv6 fixed headers: parse, emit, parse again",
        marks: wire::ipv6::MARKS,
    },
    Target {
        name: "wire_ipv6_ext",
        run: wire::ipv6_ext::ipv6_ext,
        about: "IPv6 extension headers, their options and the walk over the chain",
        marks: wire::ipv6_ext::MARKS,
    },
    Target {
        name: "wire_icmpv4",
        run: wire::icmpv4::icmpv4,
        about: "ICMP messages and what errors quote",
        marks: wire::icmpv4::MARKS,
    },
    Target {
        name: "wire_icmpv6",
        run: wire::icmpv6::icmpv6,
        about: "ICMPv6 messages and what errors quote",
        marks: wire::icmpv6::ICMPV6_MARKS,
    },
    Target {
        name: "wire_ndp",
        run: wire::icmpv6::ndp,
        about: "neighbour discovery messages and options",
        marks: wire::icmpv6::NDP_MARKS,
    },
    Target {
        name: "wire_igmp",
        run: wire::igmp::igmp,
        about: "IGMP messages of three versions, group records",
        marks: wire::igmp::MARKS,
    },
    Target {
        name: "wire_mld",
        run: wire::icmpv6::mld,
        about: "multicast listener messages of two versions, address records",
        marks: wire::icmpv6::MLD_MARKS,
    },
    Target {
        name: "wire_udp",
        run: wire::udp::udp,
        about: "UDP datagrams over both families: lengths and checksums",
        marks: wire::udp::MARKS,
    },
    Target {
        name: "wire_tcp",
        run: wire::tcp::tcp,
        about: "TCP headers over both families: fields and checksums",
        marks: wire::tcp::MARKS,
    },
    Target {
        name: "wire_tcp_options",
        run: wire::options::tcp,
        about: "TCP options: the walk and what is decoded against the length bytes",
        marks: wire::options::TCP_MARKS,
    },
    Target {
        name: "wire_checksum",
        run: wire::checksum::checksum,
        about: "fast checksums and incremental updates against RFC 1071's plain sum",
        marks: wire::checksum::MARKS,
    },
    Target {
        name: "wire_pretty",
        run: wire::pretty::pretty,
        about: "frames in words are lines without control characters; repairing checksums changes nothing else",
        marks: wire::pretty::MARKS,
    },
    Target {
        name: "model_interval_set",
        run: model::interval_set::interval_set,
        about: "the interval set against one flag per number",
        marks: model::interval_set::MARKS,
    },
    Target {
        name: "model_route",
        run: model::route::route_table,
        about: "the longest-prefix table against a linear scan",
        marks: model::route::MARKS,
    },
    Target {
        name: "state_tcp",
        run: tcp::state_tcp,
        about: "one TCP connection under any events: both streams, windows, states and timers hold",
        marks: tcp::MARKS,
    },
    Target {
        name: "host_frames",
        run: host::host_frames,
        about: "a host with two interfaces under frames, calls and time: every frame it sends is right, nothing is due, limits hold",
        marks: host::MARKS,
    },
];

/// The target called `name`. Evaluated at compile time by the glue: a wrong name does not compile.
pub const fn find(name: &str) -> Target {
    let mut index = 0;
    while index < TARGETS.len() {
        if same(TARGETS[index].name.as_bytes(), name.as_bytes()) {
            return TARGETS[index];
        }
        index += 1;
    }
    panic!("no such target in TARGETS")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut index = 0;
    while index < a.len() && index < b.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    a.len() == b.len()
}
