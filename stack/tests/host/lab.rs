//! A laboratory: hosts, wires between their interfaces, one clock.

use std::net::{IpAddr, SocketAddr};

use wireproof_stack::errno::Errno;
use wireproof_stack::host::{Host, HostConfig, InterfaceConfig};
use wireproof_stack::link::{FaultInjector, FaultProfile};
use wireproof_stack::socket::{Family, SocketHandle, SocketKind};
use wireproof_stack::time::{Duration, Instant};
use wireproof_stack::wire::ethernet::MacAddress;

/// One end of a wire: host and interface.
type End = (usize, usize);

struct Wire {
    ends: [End; 2],
    /// From the first end to the second, and back.
    ways: [FaultInjector; 2],
}

/// Hosts and wires on one clock.
pub struct Lab {
    pub hosts: Vec<Host>,
    pub now: Instant,
    wires: Vec<Wire>,
    /// Frames that went by, by sending host.
    pub frames: Vec<u64>,
    /// Every frame that went by while this is on: sender, bytes.
    pub record: Option<Vec<(usize, Vec<u8>)>>,
    buffer: Vec<u8>,
}

/// A wire that only takes a little time.
pub fn good_wire() -> FaultProfile {
    FaultProfile { delay: Duration::from_micros(50), queue: 10_000, ..FaultProfile::default() }
}

/// The MAC address of a host's interface.
pub fn mac(host: usize, interface: usize) -> MacAddress {
    MacAddress([2, 0, 0, 0, host as u8, interface as u8])
}

/// An address on link number `link`: `10.0.<link>.<host>`.
pub fn v4(link: u8, host: u8) -> IpAddr {
    IpAddr::from([10, 0, link, host])
}

/// An address on link number `link`: `2001:db8:<link>::<host>`.
pub fn v6(link: u8, host: u8) -> IpAddr {
    IpAddr::from([0x2001, 0xdb8, u16::from(link), 0, 0, 0, 0, u16::from(host)])
}

/// The link-local address of a host's first interface.
pub fn link_local(host: u8) -> IpAddr {
    IpAddr::from([0xfe80, 0, 0, 0, 0, 0, 0, u16::from(host)])
}

/// The address of `host` on link 0 in the family.
pub fn address(family: Family, host: u8) -> IpAddr {
    match family {
        Family::Ipv4 => v4(0, host),
        Family::Ipv6 => v6(0, host),
    }
}

/// Both families.
pub const FAMILIES: [Family; 2] = [Family::Ipv4, Family::Ipv6];

/// An interface of `host` on each of the links, with MTU 1500.
pub fn config(host: u8, links: &[u8]) -> HostConfig {
    let interface = |(index, &link): (usize, &u8)| {
        let mut addresses = vec![(v4(link, host), 24), (v6(link, host), 64)];
        if index == 0 {
            addresses.push((link_local(host), 64));
        }
        InterfaceConfig { mac: mac(usize::from(host), index), addresses, mtu: 1500 }
    };
    HostConfig {
        interfaces: links.iter().enumerate().map(interface).collect(),
        seed: u64::from(host),
        ..HostConfig::default()
    }
}

impl Lab {
    /// Hosts that are not connected yet.
    pub fn new(configs: Vec<HostConfig>) -> Self {
        let hosts: Vec<Host> =
            configs.into_iter().map(|config| Host::new(config).expect("a good configuration")).collect();
        Self {
            now: Instant::from_millis(1),
            frames: vec![0; hosts.len()],
            hosts,
            wires: Vec::new(),
            record: None,
            buffer: vec![0; 70_000],
        }
    }

    /// Hosts 0 and 1 on one good wire, with addresses 1 and 2 on link 0.
    pub fn pair() -> Self {
        Self::pair_with(good_wire(), |_| {})
    }

    /// The same over another wire and with changed configurations.
    pub fn pair_with(profile: FaultProfile, change: impl Fn(&mut HostConfig)) -> Self {
        let mut configs = vec![config(1, &[0]), config(2, &[0])];
        configs.iter_mut().for_each(change);
        let mut lab = Self::new(configs);
        lab.wire((0, 0), (1, 0), profile);
        lab
    }

    /// Connects two interfaces.
    pub fn wire(&mut self, one: End, two: End, profile: FaultProfile) {
        let seed = self.wires.len() as u64 * 2;
        let ways = [FaultInjector::new(profile, seed), FaultInjector::new(profile, seed + 1)];
        self.wires.push(Wire { ends: [one, two], ways });
    }

    /// Everything that happens at the present moment. The frame goes onto the wire; what has arrived is taken in.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for index in 0..self.hosts.len() {
                while let Some(transmit) = self.hosts[index].poll_transmit(self.now, &mut self.buffer) {
                    moved = true;
                    self.frames[index] += 1;
                    let frame = &self.buffer[..transmit.len];
                    if let Some(record) = &mut self.record {
                        record.push((index, frame.to_vec()));
                    }
                    for wire in &mut self.wires {
                        for side in 0..2 {
                            if wire.ends[side] == (index, transmit.interface) {
                                wire.ways[side].handle_frame(self.now, frame);
                            }
                        }
                    }
                }
                let timeout = self.hosts[index].poll_timeout();
                assert!(
                    timeout.is_none_or(|at| at > self.now),
                    "nothing to send, but due at {timeout:?}, now {:?}",
                    self.now
                );
            }
            for wire in &mut self.wires {
                for side in 0..2 {
                    let (host, interface) = wire.ends[1 - side];
                    while let Some(len) = wire.ways[side].poll_transmit(self.now, &mut self.buffer) {
                        moved = true;
                        self.hosts[host].handle_frame(self.now, interface, &self.buffer[..len]);
                    }
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Lets everything happen up to `span` from now.
    pub fn run(&mut self, span: Duration) {
        self.run_until(span, |_| false);
    }

    /// The same until `done` says so; whether it did.
    pub fn run_until(&mut self, span: Duration, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = self.now + span;
        loop {
            self.settle();
            if done(self) {
                self.settle();
                return true;
            }
            self.settle();
            let hosts = self.hosts.iter().filter_map(Host::poll_timeout);
            let wires = self.wires.iter().flat_map(|wire| wire.ways.iter().filter_map(FaultInjector::poll_timeout));
            match hosts.chain(wires).min() {
                Some(next) if next <= end => self.now = next,
                _ => {
                    self.now = end;
                    return false;
                }
            }
            for host in &mut self.hosts {
                host.handle_timeout(self.now);
            }
        }
    }

    /// A socket of `host`, bound if an address is given.
    pub fn socket(&mut self, host: usize, family: Family, kind: SocketKind, bind: Option<SocketAddr>) -> SocketHandle {
        let handle = self.hosts[host].socket(family, kind).expect("a socket");
        if let Some(address) = bind {
            self.hosts[host].bind(handle, address).expect("bind");
        }
        handle
    }

    /// A listener on host 1, port 80, and a connection to it from host 0: client, listener, server side.
    pub fn connection(&mut self, family: Family) -> (SocketHandle, SocketHandle, SocketHandle) {
        let server = SocketAddr::new(address(family, 2), 80);
        let listener = self.socket(1, family, SocketKind::Tcp, Some(server));
        self.hosts[1].listen(listener, 5).expect("listen");
        let client = self.socket(0, family, SocketKind::Tcp, None);
        assert_eq!(self.hosts[0].connect(self.now, client, server), Err(Errno::InProgress));
        let mut accepted = None;
        let done = self.run_until(Duration::from_secs(60), |lab| {
            accepted = accepted.or_else(|| lab.hosts[1].accept(lab.now, listener).ok());
            accepted.is_some()
        });
        assert!(done, "the handshake did not finish");
        assert_eq!(self.hosts[0].connect(self.now, client, server), Ok(()));
        let (socket, peer) = accepted.expect("an accepted connection");
        assert_eq!(self.hosts[0].local_address(client), Ok(peer));
        (client, listener, socket)
    }
}

/// Octets that tell where they belong.
pub fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}
