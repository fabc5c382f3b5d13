//! Our hosts.

use std::net::SocketAddr;

use wireproof_stack::host::{Host, HostConfig, InterfaceConfig};
use wireproof_stack::socket::{Family, SocketHandle, SocketKind, SocketOption};
use wireproof_stack::time::{Duration, Instant};
use wireproof_stack::wire::ethernet::MacAddress;

use crate::link::Lane;
use crate::{CHUNK, Pair};

/// A client (0) and a server (1).
pub struct Hosts {
    hosts: [Host; 2],
    /// From each host to the other.
    lanes: [Lane; 2],
    now: Instant,
    listener: SocketHandle,
    connections: Vec<(SocketHandle, SocketHandle)>,
}

const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 80);

fn host(number: u8, buffer: usize) -> Host {
    let mac = MacAddress([2, 0, 0, 0, 0, number]);
    let mut config = HostConfig {
        interfaces: vec![InterfaceConfig { mac, addresses: vec![([10, 0, 0, number].into(), 8)], mtu: 1_500 }],
        seed: u64::from(number),
        ephemeral_ports: (1_024, 65_535),
        ..HostConfig::default()
    };
    config.tcp.receive_buffer = buffer;
    config.tcp.send_buffer = buffer;
    // smoltcp sends none by default: the same segments on both links.
    config.tcp.timestamps = false;
    config.limits.syn_queue = 1_024;
    Host::new(config).expect("a good configuration")
}

impl Hosts {
    /// Passes frames until both are silent.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for from in 0..2 {
                let lane = &mut self.lanes[from];
                while lane.has_room() {
                    let mut frame = lane.buffer();
                    match self.hosts[from].poll_transmit(self.now, &mut frame.bytes[..]) {
                        Some(transmit) => {
                            frame.len = transmit.len;
                            lane.push(frame);
                        }
                        None => {
                            lane.recycle(frame);
                            break;
                        }
                    }
                }
                while let Some(frame) = lane.pop() {
                    moved = true;
                    self.hosts[1 - from].handle_frame(self.now, 0, &frame.bytes[..frame.len]);
                    lane.recycle(frame);
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Passes frames, and when there are none lets time pass to the next timer.
    fn step(&mut self) {
        self.settle();
        self.now += Duration::from_micros(1);
    }

    fn wait(&mut self) {
        let timers = self.hosts.iter().filter_map(Host::poll_timeout);
        self.now = timers.min().unwrap_or(self.now).max(self.now);
    }

    fn open(&mut self, local: Option<SocketAddr>) -> (SocketHandle, SocketHandle) {
        let client = self.hosts[0].socket(Family::Ipv4, SocketKind::Tcp).expect("a socket");
        if let Some(local) = local {
            self.hosts[0].bind(client, local).expect("bind");
        }
        // In progress.
        let _ = self.hosts[0].connect(self.now, client, SERVER.into());
        loop {
            self.step();
            if let Ok((server, _)) = self.hosts[1].accept(self.now, self.listener) {
                return (client, server);
            }
            self.wait();
        }
    }
}

impl Pair for Hosts {
    fn new(buffer: usize, open: usize) -> Self {
        let mut hosts = [host(1, buffer), host(2, buffer)];
        let listener = hosts[1].socket(Family::Ipv4, SocketKind::Tcp).expect("a socket");
        hosts[1].set_option(Instant::ZERO, listener, SocketOption::ReuseAddress(true)).expect("an option");
        hosts[1].bind(listener, SERVER.into()).expect("bind");
        hosts[1].listen(listener, 1_024).expect("listen");
        let now = Instant::from_millis(1);
        let mut pair = Self { hosts, lanes: Default::default(), now, listener, connections: Vec::new() };
        while pair.connections.len() < open {
            // More connections than ports: another server port for the rest.
            if pair.connections.len() == 60_000 {
                let next = pair.hosts[1].socket(Family::Ipv4, SocketKind::Tcp).expect("a socket");
                pair.hosts[1].bind(next, (SERVER.0, 81).into()).expect("bind");
                pair.hosts[1].listen(next, 1_024).expect("listen");
                pair.listener = next;
            }
            let port = if pair.listener == listener { SERVER.1 } else { 81 };
            let client = pair.hosts[0].socket(Family::Ipv4, SocketKind::Tcp).expect("a socket");
            let _ = pair.hosts[0].connect(pair.now, client, (SERVER.0, port).into());
            let server = loop {
                pair.step();
                if let Ok((server, _)) = pair.hosts[1].accept(pair.now, pair.listener) {
                    break server;
                }
                pair.wait();
            };
            pair.connections.push((client, server));
        }
        pair
    }

    fn bulk(&mut self, total: usize) {
        let (client, server) = self.connections[0];
        let data = vec![0x5a; CHUNK];
        let mut space = vec![0; CHUNK];
        let (mut sent, mut received) = (0, 0);
        while received < total {
            let mut moved = false;
            while sent < total
                && let Ok(count) = self.hosts[0].send(self.now, client, &data[..data.len().min(total - sent)])
            {
                sent += count;
                moved = true;
            }
            self.step();
            while let Ok(count) = self.hosts[1].recv(self.now, server, &mut space) {
                received += count;
                moved = true;
            }
            if !moved {
                self.wait();
            }
        }
        assert!(space.iter().take(1_000).all(|&octet| octet == 0x5a));
    }

    fn bulk_in_place(&mut self, total: usize) {
        let (client, server) = self.connections[0];
        let (mut sent, mut received) = (0, 0);
        while received < total {
            let mut moved = false;
            while sent < total
                && let Ok(count) = self.hosts[0].send_with(self.now, client, |room| room.len().min(total - sent))
            {
                sent += count;
                moved = true;
            }
            self.step();
            while let Ok(count) = self.hosts[1].recv_with(self.now, server, |text| text.len()) {
                received += count;
                moved = true;
            }
            if !moved {
                self.wait();
            }
        }
    }

    fn connect_and_close(&mut self) {
        let (client, server) = self.open(None);
        self.hosts[0].close(self.now, client).expect("close");
        self.step();
        self.hosts[1].close(self.now, server).expect("close");
        self.step();
        // The listener's side is gone; the client's side waits in TIME-WAIT without anybody's help.
        assert_eq!(self.hosts[1].stats().connections, 0);
    }

    fn question_and_answer(&mut self, which: usize) {
        let (client, server) = self.connections[which];
        let mut space = [0; 256];
        self.hosts[0].send(self.now, client, &[1; 100]).expect("send");
        self.step();
        assert_eq!(self.hosts[1].recv(self.now, server, &mut space), Ok(100));
        self.hosts[1].send(self.now, server, &[2; 100]).expect("send");
        self.step();
        assert_eq!(self.hosts[0].recv(self.now, client, &mut space), Ok(100));
    }
}
