//! smoltcp.

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr};

use crate::link::{FRAME, Frame, Lane};
use crate::{CHUNK, Pair};

/// A client (0) and a server (1).
pub struct Interfaces {
    sides: [Side; 2],
    /// From each side to the other.
    lanes: [Lane; 2],
    now: Instant,
    connections: Vec<(SocketHandle, SocketHandle)>,
    buffer: usize,
    port: u16,
}

struct Side {
    interface: Interface,
    sockets: SocketSet<'static>,
}

/// What an interface sees for the time of a poll.
struct Ports<'a> {
    arriving: &'a mut Lane,
    leaving: &'a mut Lane,
}

struct Arrived<'a> {
    frame: Option<Frame>,
    lane: &'a mut Lane,
}

struct Leaving<'a>(&'a mut Lane);

impl RxToken for Arrived<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(mut self, take: F) -> R {
        let frame = self.frame.take().expect("a frame");
        let result = take(&frame.bytes[..frame.len]);
        self.lane.recycle(frame);
        result
    }
}

impl TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, fill: F) -> R {
        let mut frame = self.0.buffer();
        frame.len = len;
        let result = fill(&mut frame.bytes[..len]);
        self.0.push(frame);
        result
    }
}

impl Device for Ports<'_> {
    type RxToken<'a>
        = Arrived<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Leaving<'a>
    where
        Self: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Arrived<'_>, Leaving<'_>)> {
        let frame = self.arriving.pop()?;
        Some((Arrived { frame: Some(frame), lane: self.arriving }, Leaving(self.leaving)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Leaving<'_>> {
        self.leaving.has_room().then_some(Leaving(self.leaving))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        // Every checksum is made and verified in software, as ours does.
        capabilities.checksum = ChecksumCapabilities::default();
        capabilities
    }
}

fn socket(buffer: usize) -> Socket<'static> {
    Socket::new(SocketBuffer::new(vec![0; buffer]), SocketBuffer::new(vec![0; buffer]))
}

impl Interfaces {
    /// Passes frames until both are silent.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for side in 0..2 {
                let [first, second] = &mut self.lanes;
                let (leaving, arriving) = if side == 0 { (first, second) } else { (second, first) };
                let Side { interface, sockets } = &mut self.sides[side];
                let mut ports = Ports { arriving, leaving };
                interface.poll(self.now, &mut ports, sockets);
                moved |= !ports.leaving.is_empty();
            }
            if !moved {
                return;
            }
        }
    }

    fn step(&mut self) {
        self.settle();
        self.now += Duration::from_micros(1);
    }

    /// Lets time pass to the next timer.
    fn wait(&mut self) {
        let timers = self.sides.iter_mut().filter_map(|side| side.interface.poll_at(self.now, &side.sockets));
        self.now = timers.min().unwrap_or(self.now).max(self.now);
    }

    fn client(&mut self, handle: SocketHandle) {
        self.port = if self.port == 65_535 { 1_024 } else { self.port + 1 };
        let Side { interface, sockets } = &mut self.sides[0];
        let remote = (IpAddress::v4(10, 0, 0, 2), 80);
        sockets.get_mut::<Socket<'_>>(handle).connect(interface.context(), remote, self.port).expect("connect");
    }

    fn state(&self, side: usize, handle: SocketHandle) -> State {
        self.sides[side].sockets.get::<Socket<'_>>(handle).state()
    }
}

impl Pair for Interfaces {
    fn new(buffer: usize, open: usize) -> Self {
        let mut lanes: [Lane; 2] = Default::default();
        let [leaving, arriving] = &mut lanes;
        let mut side = |number: u8| {
            let mac = HardwareAddress::Ethernet(EthernetAddress([2, 0, 0, 0, 0, number]));
            let mut ports = Ports { arriving, leaving };
            let mut interface = Interface::new(Config::new(mac), &mut ports, Instant::ZERO);
            interface.update_ip_addrs(|addresses| {
                addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, number), 8)).expect("room");
            });
            Side { interface, sockets: SocketSet::new(Vec::new()) }
        };
        let sides = [side(1), side(2)];
        let now = Instant::from_millis(1);
        let mut pair = Self { sides, lanes, now, connections: Vec::new(), buffer, port: 1_023 };
        for _ in 0..open {
            let client = pair.sides[0].sockets.add(socket(buffer));
            let server = pair.sides[1].sockets.add(socket(buffer));
            pair.sides[1].sockets.get_mut::<Socket<'_>>(server).listen(80).expect("listen");
            pair.client(client);
            pair.connections.push((client, server));
        }
        while pair.connections.iter().any(|it| pair.state(0, it.0) != State::Established) {
            pair.step();
            pair.wait();
        }
        // Which server socket answered which client is found by the ports.
        let by_port = |pair: &Self, side: usize, handle: SocketHandle| {
            let socket = pair.sides[side].sockets.get::<Socket<'_>>(handle);
            let end = if side == 0 { socket.local_endpoint() } else { socket.remote_endpoint() };
            end.expect("an endpoint").port
        };
        let mut clients: Vec<_> = pair.connections.iter().map(|it| it.0).collect();
        let mut servers: Vec<_> = pair.connections.iter().map(|it| it.1).collect();
        clients.sort_by_key(|it| by_port(&pair, 0, *it));
        servers.sort_by_key(|it| by_port(&pair, 1, *it));
        pair.connections = clients.into_iter().zip(servers).collect();
        pair
    }

    fn bulk(&mut self, total: usize) {
        let (client, server) = self.connections[0];
        let data = vec![0x5a; CHUNK];
        let mut space = vec![0; CHUNK];
        let (mut sent, mut received) = (0, 0);
        while received < total {
            let mut moved = false;
            while sent < total {
                let socket = self.sides[0].sockets.get_mut::<Socket<'_>>(client);
                let count = socket.send_slice(&data[..data.len().min(total - sent)]).expect("send");
                if count == 0 {
                    break;
                }
                sent += count;
                moved = true;
            }
            self.step();
            loop {
                let socket = self.sides[1].sockets.get_mut::<Socket<'_>>(server);
                match socket.recv_slice(&mut space).expect("recv") {
                    0 => break,
                    count => {
                        received += count;
                        moved = true;
                    }
                }
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
            while sent < total {
                let socket = self.sides[0].sockets.get_mut::<Socket<'_>>(client);
                let fill = |room: &mut [u8]| (room.len().min(total - sent), room.len().min(total - sent));
                let count = socket.send(fill).expect("send");
                if count == 0 {
                    break;
                }
                sent += count;
                moved = true;
            }
            self.step();
            loop {
                let socket = self.sides[1].sockets.get_mut::<Socket<'_>>(server);
                match socket.recv(|text| (text.len(), text.len())).expect("recv") {
                    0 => break,
                    count => {
                        received += count;
                        moved = true;
                    }
                }
            }
            if !moved {
                self.wait();
            }
        }
    }

    fn connect_and_close(&mut self) {
        let client = self.sides[0].sockets.add(socket(self.buffer));
        let server = self.sides[1].sockets.add(socket(self.buffer));
        self.sides[1].sockets.get_mut::<Socket<'_>>(server).listen(80).expect("listen");
        self.client(client);
        while self.state(1, server) != State::Established {
            self.step();
            self.wait();
        }
        self.sides[0].sockets.get_mut::<Socket<'_>>(client).close();
        self.step();
        self.sides[1].sockets.get_mut::<Socket<'_>>(server).close();
        while self.state(1, server) != State::Closed {
            self.step();
            self.wait();
        }
        // TIME-WAIT is cut short: the application owns the socket.
        self.sides[0].sockets.remove(client);
        self.sides[1].sockets.remove(server);
    }

    fn question_and_answer(&mut self, which: usize) {
        let (client, server) = self.connections[which];
        let mut space = [0; 256];
        self.sides[0].sockets.get_mut::<Socket<'_>>(client).send_slice(&[1; 100]).expect("send");
        self.step();
        let count = self.sides[1].sockets.get_mut::<Socket<'_>>(server).recv_slice(&mut space);
        assert_eq!(count, Ok(100));
        self.sides[1].sockets.get_mut::<Socket<'_>>(server).send_slice(&[2; 100]).expect("send");
        self.step();
        let count = self.sides[0].sockets.get_mut::<Socket<'_>>(client).recv_slice(&mut space);
        assert_eq!(count, Ok(100));
    }
}
