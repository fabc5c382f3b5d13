//! The seeds of each target: small inputs with a name, made from the RFCs' examples and diagrams.
//! `make_seeds` writes them to `corpus/<target>/seeds/`; a test compares the folder with this list.

mod host;
mod model;
mod state;
mod wire;

/// One named input.
#[derive(Clone, Debug)]
pub struct Seed {
    /// File name.
    pub name: String,
    /// Input.
    pub bytes: Vec<u8>,
}

impl Seed {
    fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), bytes: bytes.into() }
    }
}

/// The seeds of the target called `name`; none if there is no such target.
pub fn of(name: &str) -> Vec<Seed> {
    match name {
        "model_interval_set" => model::interval_set(),
        "model_route" => model::route(),
        "wire_ethernet" => wire::ethernet(),
        "wire_llc" => wire::llc(),
        "wire_arp" => wire::arp(),
        "wire_ipv4" => wire::ipv4(),
        "wire_ipv4_options" => wire::ipv4_options(),
        "wire_ipv6" => wire::ipv6(),
        "wire_ipv6_ext" => wire::ipv6_ext(),
        "wire_icmpv4" => wire::icmpv4(),
        "wire_icmpv6" => wire::icmpv6(),
        "wire_ndp" => wire::ndp(),
        "wire_igmp" => wire::igmp(),
        "wire_mld" => wire::mld(),
        "wire_udp" => wire::udp(),
        "wire_tcp" => wire::tcp(),
        "wire_tcp_options" => wire::tcp_options(),
        "wire_checksum" => wire::checksum(),
        "wire_pretty" => wire::pretty(),
        "host_frames" => host::frames(),
        "state_tcp" => state::tcp(),
        _ => Vec::new(),
    }
}
