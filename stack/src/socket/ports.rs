//! Who may bind which port, which listener or datagram socket a packet belongs to, and ephemeral ports (RFC 6056).
//!
//! One [`Ports`] per transport protocol. The rules for `SO_REUSEADDR` are those of Linux: two sockets share a port if both
//! set it and neither listens; connections that live on a port count as holders of it.

use core::hash::{BuildHasherDefault, Hasher};
use core::net::{IpAddr, SocketAddr};
use std::collections::HashMap;

use super::Family;
use crate::errno::Errno;
use crate::rng::{Rng, SipHash24};

/// Counters of RFC 6056 3.3.4 (double-hash port selection).
const COUNTERS: usize = 32;

/// A socket that holds a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The socket.
    pub slot: u32,
    /// Its family.
    pub family: Family,
    /// The address it is bound to; `None` is the wildcard.
    pub address: Option<IpAddr>,
    /// The only peer it hears (a connected datagram socket).
    pub peer: Option<SocketAddr>,
    /// `SO_REUSEADDR` when it was bound.
    pub reuse: bool,
    /// Whether it listens.
    pub listening: bool,
}

#[derive(Clone, Debug, Default)]
struct Port {
    bindings: Vec<Binding>,
    /// Connections by local address: how many without and how many with `SO_REUSEADDR`.
    connections: Vec<(IpAddr, [u32; 2])>,
}

/// Port numbers are spread well enough by one multiplication; nobody outside chooses them freely.
#[derive(Clone, Copy, Debug, Default)]
struct PortHasher(u64);

impl Hasher for PortHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u16(u16::from(byte));
        }
    }

    fn write_u16(&mut self, port: u16) {
        self.0 = (self.0 ^ u64::from(port)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 32;
    }
}

/// The ports of one transport protocol.
#[derive(Clone, Debug)]
pub struct Ports {
    ports: HashMap<u16, Port, BuildHasherDefault<PortHasher>>,
    /// RFC 6056 3.3.4: table[], and the keys of F() and G().
    counters: [u16; COUNTERS],
    offset_key: SipHash24,
    index_key: SipHash24,
    first: u16,
    last: u16,
}

impl Ports {
    /// No port is held. Ephemeral ports come from `first..=last`.
    pub fn new(rng: &mut Rng, first: u16, last: u16) -> Self {
        Self {
            ports: HashMap::default(),
            counters: core::array::from_fn(|_| rng.next_u32() as u16),
            offset_key: SipHash24::new(rng.next_u64(), rng.next_u64()),
            index_key: SipHash24::new(rng.next_u64(), rng.next_u64()),
            first: first.max(1),
            last: last.max(first.max(1)),
        }
    }

    /// Binds a socket to a port.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE`: another socket or connection holds the port in a way that excludes this one.
    pub fn bind(&mut self, port: u16, binding: Binding) -> Result<(), Errno> {
        if self.conflict(port, &binding) {
            return Err(Errno::AddressInUse);
        }
        self.ports.entry(port).or_default().bindings.push(binding);
        Ok(())
    }

    /// Takes a socket off its port; nothing happens if it does not hold it.
    pub fn unbind(&mut self, port: u16, slot: u32) {
        if let Some(entry) = self.ports.get_mut(&port) {
            entry.bindings.retain(|binding| binding.slot != slot);
            self.tidy(port);
        }
    }

    /// The binding of a socket, to change.
    pub fn binding_mut(&mut self, port: u16, slot: u32) -> Option<&mut Binding> {
        self.ports.get_mut(&port)?.bindings.iter_mut().find(|binding| binding.slot == slot)
    }

    /// Makes a bound socket a listener.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE`: another socket listens there already. `EINVAL`: the socket is not bound to the port.
    pub fn listen(&mut self, port: u16, slot: u32) -> Result<(), Errno> {
        let entry = self.ports.get_mut(&port).ok_or(Errno::Invalid)?;
        let own = *entry.bindings.iter().find(|binding| binding.slot == slot).ok_or(Errno::Invalid)?;
        let taken = |other: &Binding| other.slot != slot && other.listening && other.overlaps(&own);
        if entry.bindings.iter().any(taken) {
            return Err(Errno::AddressInUse);
        }
        for binding in entry.bindings.iter_mut().filter(|binding| binding.slot == slot) {
            binding.listening = true;
        }
        Ok(())
    }

    /// A connection lives on a local port.
    pub fn add_connection(&mut self, local: SocketAddr, reuse: bool) {
        let connections = &mut self.ports.entry(local.port()).or_default().connections;
        let place = match connections.iter().position(|(address, _)| *address == local.ip()) {
            Some(place) => place,
            None => {
                connections.push((local.ip(), [0; 2]));
                connections.len() - 1
            }
        };
        connections[place].1[usize::from(reuse)] += 1;
    }

    /// A connection that was added is gone.
    pub fn remove_connection(&mut self, local: SocketAddr, reuse: bool) {
        let Some(entry) = self.ports.get_mut(&local.port()) else { return };
        for (address, counts) in &mut entry.connections {
            if *address == local.ip() {
                counts[usize::from(reuse)] = counts[usize::from(reuse)].saturating_sub(1);
            }
        }
        entry.connections.retain(|(_, counts)| *counts != [0; 2]);
        self.tidy(local.port());
    }

    /// The listener for a local address: one bound to the very address before a wildcard one. RFC9293-MUST-42.
    pub fn listener(&self, local: SocketAddr) -> Option<u32> {
        let bindings = &self.ports.get(&local.port())?.bindings;
        let listening = || bindings.iter().filter(|binding| binding.listening);
        let family = Family::of(local.ip());
        listening()
            .find(|binding| binding.address == Some(local.ip()))
            .or_else(|| listening().find(|binding| binding.address.is_none() && binding.family == family))
            .map(|binding| binding.slot)
    }

    /// The datagram socket for a packet to one host: connected ones before bound ones before wildcard ones, the newest
    /// among equals.
    pub fn receiver(&self, local: SocketAddr, remote: SocketAddr) -> Option<u32> {
        let bindings = &self.ports.get(&local.port())?.bindings;
        let scored = bindings.iter().filter_map(|binding| Some((binding.score(local, remote)?, binding.slot)));
        scored.reduce(|best, next| if next.0 >= best.0 { next } else { best }).map(|(_, slot)| slot)
    }

    /// Every datagram socket that a broadcast or multicast packet may go to.
    pub fn receivers(&self, local: SocketAddr, remote: SocketAddr) -> impl Iterator<Item = u32> {
        let bindings = self.ports.get(&local.port()).map_or(&[][..], |port| &port.bindings);
        bindings.iter().filter(move |binding| binding.score(local, remote).is_some()).map(|binding| binding.slot)
    }

    /// An ephemeral port for a connection between two ends whose local port is still open, by double hashing
    /// (RFC 6056 3.3.4). `taken` says whether the whole tuple exists already.
    // RFC6056-3.2-3: the largest possible range; RFC6056-3.3-1: obfuscated.
    pub fn choose_for(&mut self, local: IpAddr, remote: SocketAddr, mut taken: impl FnMut(u16) -> bool) -> Option<u16> {
        let key = tuple_bytes(local, remote);
        let offset = self.offset_key.hash(&key) as u32;
        let index = self.index_key.hash(&key) as usize % COUNTERS;
        for _ in 0..self.range() {
            let step = self.counters[index];
            self.counters[index] = step.wrapping_add(1);
            let port = self.at(offset.wrapping_add(u32::from(step)));
            let held = self
                .ports
                .get(&port)
                .is_some_and(|entry| entry.bindings.iter().any(|binding| binding.family == Family::of(local)));
            if !held && !taken(port) {
                return Some(port);
            }
        }
        None
    }

    /// An ephemeral port for `bind` with port 0: random, then the next free one (RFC 6056 3.3.1).
    pub fn choose(&mut self, rng: &mut Rng, binding: Binding) -> Option<u16> {
        let start = rng.next_u32();
        // RFC6056-3.2-1: ports that a service holds are no candidates; neither are those with living connections.
        (0..self.range())
            .map(|step| self.at(start.wrapping_add(step)))
            .find(|port| !self.conflict(*port, &Binding { reuse: false, ..binding }))
    }

    fn range(&self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }

    fn at(&self, number: u32) -> u16 {
        self.first + (number % self.range()) as u16
    }

    fn conflict(&self, port: u16, wanted: &Binding) -> bool {
        let Some(entry) = self.ports.get(&port) else { return false };
        let excludes = |other: &Binding| other.overlaps(wanted) && !(wanted.reuse && other.reuse && !other.listening);
        let holds = |&(address, [closed, open]): &(IpAddr, [u32; 2])| {
            Family::of(address) == wanted.family
                && wanted.address.is_none_or(|wanted| wanted == address)
                && (closed > 0 || (open > 0 && !wanted.reuse))
        };
        entry.bindings.iter().any(excludes) || entry.connections.iter().any(holds)
    }

    fn tidy(&mut self, port: u16) {
        if self.ports.get(&port).is_some_and(|entry| entry.bindings.is_empty() && entry.connections.is_empty()) {
            self.ports.remove(&port);
        }
    }
}

impl Binding {
    fn overlaps(&self, other: &Self) -> bool {
        let same = match (self.address, other.address) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        self.family == other.family && same
    }

    /// How well a datagram fits: `None` if it is not for this socket.
    fn score(&self, local: SocketAddr, remote: SocketAddr) -> Option<u8> {
        if self.family != Family::of(local.ip()) || self.address.is_some_and(|address| address != local.ip()) {
            return None;
        }
        if self.peer.is_some_and(|peer| peer != remote) {
            return None;
        }
        Some(2 * u8::from(self.peer.is_some()) + u8::from(self.address.is_some()))
    }
}

/// The bytes of (local address, remote address, remote port) that the keyed hashes take.
fn tuple_bytes(local: IpAddr, remote: SocketAddr) -> [u8; 34] {
    let mut key = [0; 34];
    for (place, address) in [(0, local), (16, remote.ip())] {
        match address {
            IpAddr::V4(address) => key[place..place + 4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) => key[place..place + 16].copy_from_slice(&address.octets()),
        }
    }
    key[32..].copy_from_slice(&remote.port().to_be_bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports() -> Ports {
        Ports::new(&mut Rng::new(1), 1024, 65535)
    }

    fn on(slot: u32, address: Option<&str>) -> Binding {
        let address = address.map(|text| text.parse().expect("an address"));
        Binding { slot, family: Family::Ipv4, address, peer: None, reuse: false, listening: false }
    }

    fn at(text: &str) -> SocketAddr {
        text.parse().expect("a socket address")
    }

    #[test]
    fn overlapping_addresses_exclude_each_other() {
        let mut ports = ports();
        assert_eq!(ports.bind(80, on(0, Some("192.0.2.1"))), Ok(()));
        assert_eq!(ports.bind(80, on(1, Some("192.0.2.2"))), Ok(()));
        assert_eq!(ports.bind(80, on(2, Some("192.0.2.1"))), Err(Errno::AddressInUse));
        assert_eq!(ports.bind(80, on(2, None)), Err(Errno::AddressInUse));
        assert_eq!(ports.bind(80, Binding { family: Family::Ipv6, ..on(2, None) }), Ok(()));
        ports.unbind(80, 0);
        ports.unbind(80, 1);
        assert_eq!(ports.bind(80, on(3, None)), Ok(()));
    }

    #[test]
    fn reuse_needs_both_and_no_listener() {
        let mut ports = ports();
        let reuse = |slot| Binding { reuse: true, ..on(slot, None) };
        assert_eq!(ports.bind(80, reuse(0)), Ok(()));
        assert_eq!(ports.bind(80, on(1, None)), Err(Errno::AddressInUse));
        assert_eq!(ports.bind(80, reuse(1)), Ok(()));
        assert_eq!(ports.listen(80, 0), Ok(()));
        assert_eq!(ports.listen(80, 1), Err(Errno::AddressInUse));
        assert_eq!(ports.bind(80, reuse(2)), Err(Errno::AddressInUse));
    }

    #[test]
    fn living_connections_hold_the_port() {
        let mut ports = ports();
        ports.add_connection(at("192.0.2.1:80"), true);
        assert_eq!(ports.bind(80, on(0, None)), Err(Errno::AddressInUse));
        assert_eq!(ports.bind(80, on(0, Some("192.0.2.2"))), Ok(()));
        assert_eq!(ports.bind(80, Binding { reuse: true, ..on(1, Some("192.0.2.1")) }), Ok(()));
        ports.remove_connection(at("192.0.2.1:80"), true);
        assert_eq!(ports.bind(80, Binding { reuse: true, ..on(2, Some("192.0.2.1")) }), Ok(()));
    }

    #[test]
    fn the_most_specific_socket_wins() {
        let mut ports = ports();
        let peer = at("198.51.100.7:9");
        let reuse = |binding| Binding { reuse: true, ..binding };
        assert_eq!(ports.bind(53, reuse(on(0, None))), Ok(()));
        assert_eq!(ports.bind(53, reuse(on(1, Some("192.0.2.1")))), Ok(()));
        assert_eq!(ports.bind(53, reuse(Binding { peer: Some(peer), ..on(2, Some("192.0.2.1")) })), Ok(()));
        assert_eq!(ports.receiver(at("192.0.2.1:53"), peer), Some(2));
        assert_eq!(ports.receiver(at("192.0.2.1:53"), at("198.51.100.7:10")), Some(1));
        assert_eq!(ports.receiver(at("192.0.2.2:53"), peer), Some(0));
        assert_eq!(ports.receiver(at("192.0.2.2:54"), peer), None);
        assert_eq!(ports.receivers(at("192.0.2.1:53"), peer).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(ports.listen(53, 0), Ok(()));
        assert_eq!(ports.listener(at("192.0.2.1:53")), Some(0));
        assert_eq!(ports.listener(at("[2001:db8::1]:53")), None);
    }

    #[test]
    fn ephemeral_ports_are_free_and_run_out() {
        let mut ports = Ports::new(&mut Rng::new(1), 5000, 5003);
        let local = "192.0.2.1".parse().expect("an address");
        let remote = at("198.51.100.7:80");
        assert_eq!(ports.bind(5001, on(0, None)), Ok(()));
        let mut used = Vec::new();
        while let Some(port) = ports.choose_for(local, remote, |port| used.contains(&port)) {
            used.push(port);
        }
        used.sort_unstable();
        assert_eq!(used, [5000, 5002, 5003]);
        let mut rng = Rng::new(2);
        for slot in 1..4 {
            let port = ports.choose(&mut rng, on(slot, None)).expect("a port");
            assert_eq!(ports.bind(port, on(slot, None)), Ok(()));
        }
        assert_eq!(ports.choose(&mut rng, on(9, None)), None);
    }
}
