//! The two links of the host and the station on each.

/// One link: the host's side and the station's.
#[derive(Debug)]
pub struct Link {
    pub host_mac: [u8; 6],
    pub host_v4: [u8; 4],
    pub host_v6: [u8; 16],
    pub host_local: [u8; 16],
    pub peer_mac: [u8; 6],
    pub peer_v4: [u8; 4],
    pub peer_v6: [u8; 16],
    pub peer_local: [u8; 16],
    pub mtu: usize,
}

/// An IPv6 address of 2001:db8:`net`::/64 with `host` as its last byte.
const fn global(net: u8, host: u8) -> [u8; 16] {
    [0x20, 1, 0xd, 0xb8, 0, net, 0, 0, 0, 0, 0, 0, 0, 0, 0, host]
}

/// A link-local address with `host` as its last byte.
const fn local(host: u8) -> [u8; 16] {
    [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host]
}

/// The links of the host's interfaces, in their order.
pub const LINKS: [Link; 2] = [
    Link {
        host_mac: [2, 0, 0, 0, 0, 1],
        host_v4: [192, 0, 2, 1],
        host_v6: global(0, 1),
        host_local: local(1),
        peer_mac: [2, 0, 0, 0, 0, 2],
        peer_v4: [192, 0, 2, 2],
        peer_v6: global(0, 2),
        peer_local: local(2),
        mtu: 1_500,
    },
    Link {
        host_mac: [2, 0, 0, 0, 1, 1],
        host_v4: [198, 51, 100, 1],
        host_v6: global(1, 1),
        host_local: local(0x11),
        peer_mac: [2, 0, 0, 0, 1, 2],
        peer_v4: [198, 51, 100, 2],
        peer_v6: global(1, 2),
        peer_local: local(0x12),
        mtu: 1_280,
    },
];

/// The default router over IPv4; the station on link 0 answers for it.
pub const GATEWAY_V4: [u8; 4] = [192, 0, 2, 254];
/// Addresses behind the default router.
pub const FAR_V4: [u8; 4] = [203, 0, 113, 9];
/// As [`FAR_V4`].
pub const FAR_V6: [u8; 16] = global(9, 9);

/// Whether the host has this address (4 or 16 bytes), on any interface.
pub fn is_host(address: &[u8]) -> bool {
    LINKS.iter().any(|link| address == link.host_v4 || address == link.host_v6 || address == link.host_local)
}
