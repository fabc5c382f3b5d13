//! Socket calls in any order, on any handle, stale ones included.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use wireproof_stack::errno::Errno;
use wireproof_stack::socket::{Family, Shutdown, SocketKind, SocketOption};
use wireproof_stack::tcp::State;
use wireproof_stack::time::Duration;

use super::World;
use super::frames::PORTS;
use super::links::{FAR_V4, FAR_V6, LINKS};
use crate::trace::say;

impl World<'_> {
    /// One call.
    pub(super) fn call(&mut self) {
        let what = self.dna.below(16);
        if what < 2 || self.sockets.is_empty() {
            self.open();
            return;
        }
        let handle = *self.dna.choose(&self.sockets);
        let now = self.now;
        let outcome = match what {
            2 => {
                let address = self.own_address();
                self.host.bind(handle, address)
            }
            3 => self.host.listen(handle, self.dna.below(6) as usize),
            4 => self.accept(handle),
            5 | 6 => {
                let address = self.any_address();
                self.host.connect(now, handle, address)
            }
            7 => self.send(handle),
            8 => {
                let (len, address) = (self.dna.below(3_000) as usize, self.any_address());
                self.host.send_to(now, handle, &vec![0x73; len], address).map(|_| ())
            }
            9 | 10 => self.recv(handle),
            11 => {
                let how = *self.dna.choose(&[Shutdown::Write, Shutdown::Read, Shutdown::Both]);
                self.host.shutdown(now, handle, how)
            }
            // The handle stays in the list: later calls use a stale one.
            12 => self.host.close(now, handle),
            13 => {
                let option = self.option();
                self.host.set_option(now, handle, option)
            }
            14 => self.echo(),
            _ => self.ask(handle),
        };
        say(|| format!("{now:?} call {what} on {handle:?} gives {outcome:?}"));
        self.digest.see(&(what, outcome));
        if outcome == Err(Errno::ConnectionRefused) {
            self.digest.mark("connection refused");
        }
    }

    fn open(&mut self) {
        let family = *self.dna.choose(&[Family::Ipv4, Family::Ipv6]);
        let kind = *self.dna.choose(&[SocketKind::Tcp, SocketKind::Udp]);
        let opened = self.host.socket(family, kind);
        say(|| format!("{:?} socket {family:?} {kind:?} gives {opened:?}", self.now));
        match opened {
            Ok(handle) => {
                if self.sockets.len() == 2 * self.limits.sockets {
                    self.sockets.remove(0);
                }
                self.sockets.push(handle);
                self.serve(handle, family, kind);
            }
            Err(error) => assert_eq!(error, Errno::NoBuffers, "socket() fails for want of room only"),
        }
    }

    /// Most sockets become useful at once: a listener, a bound datagram socket, a client.
    fn serve(&mut self, handle: wireproof_stack::socket::SocketHandle, family: Family, kind: SocketKind) {
        let address = SocketAddr::new(family.unspecified(), *self.dna.choose(&PORTS[..3]));
        match (self.dna.below(4), kind) {
            (0, _) => {}
            (1, SocketKind::Tcp) => {
                let peer =
                    if family == Family::Ipv4 { IpAddr::from(LINKS[0].peer_v4) } else { LINKS[0].peer_v6.into() };
                let _ = self.host.connect(self.now, handle, SocketAddr::new(peer, 80));
            }
            (_, SocketKind::Tcp) => {
                let _ = self.host.bind(handle, address).and_then(|()| self.host.listen(handle, 4));
            }
            (_, SocketKind::Udp) => {
                let _ = self.host.bind(handle, address);
            }
        }
    }

    fn accept(&mut self, handle: wireproof_stack::socket::SocketHandle) -> Result<(), Errno> {
        let (accepted, peer) = self.host.accept(self.now, handle)?;
        assert_eq!(self.host.peer_address(accepted).unwrap_or(peer), peer, "accept() says who it is");
        self.sockets.push(accepted);
        self.digest.mark("handshake completed, passive");
        Ok(())
    }

    fn send(&mut self, handle: wireproof_stack::socket::SocketHandle) -> Result<(), Errno> {
        let data = vec![0x73; *self.dna.choose(&[1, 100, 2_000, 10_000])];
        if self.dna.one_in(8) {
            return self.host.send_urgent(self.now, handle, &data).map(|_| ());
        }
        let sent = self.host.send(self.now, handle, &data)?;
        assert!(sent <= data.len());
        if self.host.tcp_state(handle) == Ok(State::Established) && self.host.peer_address(handle).is_ok() {
            self.digest.mark("handshake completed, active");
        }
        Ok(())
    }

    fn recv(&mut self, handle: wireproof_stack::socket::SocketHandle) -> Result<(), Errno> {
        let mut out = vec![0; *self.dna.choose(&[4_000, 1, 0])];
        let ready = self.host.readiness(handle);
        if self.dna.below(2) == 0 {
            let got = self.host.recv_from(self.now, handle, &mut out);
            if let Ok(received) = got {
                assert!(received.len <= out.len());
                self.digest.mark("datagram received");
            }
            return got.map(|_| ());
        }
        let got = self.host.recv(self.now, handle, &mut out);
        if let Ok(len) = got {
            assert!(len <= out.len());
            // What stations send on connections is all the same letter, or noise in the odd case.
            if len > 0 && out[..len].iter().all(|&octet| octet == 0x61) {
                self.digest.mark("text received");
            }
        }
        assert!(
            got != Err(Errno::WouldBlock) || !ready.is_ok_and(|ready| ready.readable),
            "readable, but recv() would block"
        );
        got.map(|_| ())
    }

    fn echo(&mut self) -> Result<(), Errno> {
        let address = self.any_address();
        let len = *self.dna.choose(&[0, 56, 3_000]);
        self.host.send_echo_request(self.now, address.ip(), 7, 1, &vec![0x65; len])?;
        self.drain();
        while let Some(reply) = self.host.echo_reply() {
            if super::links::is_host(&octets(reply.from)) {
                self.digest.mark("echo to myself");
            }
        }
        Ok(())
    }

    fn ask(&mut self, handle: wireproof_stack::socket::SocketHandle) -> Result<(), Errno> {
        let option = self.option();
        self.digest.see(&self.host.get_option(handle, option).is_ok());
        let (local, peer) = (self.host.local_address(handle), self.host.peer_address(handle));
        self.digest.see(&(local, peer, self.host.tcp_state(handle)));
        if let Ok(info) = self.host.tcp_info(handle) {
            assert!(info.snd_una.le(info.snd_nxt), "SND.UNA =< SND.NXT: {info:?}");
        }
        self.host.recv_urgent(self.now, handle).map(|_| ())
    }

    /// An address to bind to: the host's own mostly.
    fn own_address(&mut self) -> SocketAddr {
        let ips = [
            IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            LINKS[0].host_v4.into(),
            LINKS[1].host_v6.into(),
            LINKS[0].peer_v4.into(),
            Ipv4Addr::new(239, 1, 2, 3).into(),
        ];
        SocketAddr::new(*self.dna.choose(&ips), *self.dna.choose(&[80, 7, 53, 0]))
    }

    /// An address to send to: a station, the host itself, far away, groups, nonsense.
    fn any_address(&mut self) -> SocketAddr {
        let ips: [IpAddr; 12] = [
            LINKS[0].peer_v4.into(),
            LINKS[0].peer_v6.into(),
            LINKS[1].peer_v4.into(),
            LINKS[1].peer_v6.into(),
            LINKS[0].host_v4.into(),
            LINKS[0].host_v6.into(),
            FAR_V4.into(),
            FAR_V6.into(),
            Ipv4Addr::BROADCAST.into(),
            Ipv4Addr::new(239, 1, 2, 3).into(),
            Ipv4Addr::UNSPECIFIED.into(),
            LINKS[0].peer_local.into(),
        ];
        SocketAddr::new(*self.dna.choose(&ips), *self.dna.choose(&[80, 7, 53, 0]))
    }

    fn option(&mut self) -> SocketOption {
        let on = self.dna.below(2) == 0;
        let number = *self.dna.choose(&[1, 0, 255, 4_000, 1 << 31, usize::MAX]);
        let seconds = [u64::from(self.dna.u8()), u64::MAX];
        let time = Duration::from_secs(*self.dna.choose(&seconds));
        let group: IpAddr =
            if on { Ipv4Addr::new(239, 1, 2, 3).into() } else { Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 7).into() };
        match self.dna.below(17) {
            0 => SocketOption::ReuseAddress(on),
            1 => SocketOption::Broadcast(on),
            2 => SocketOption::KeepAlive(on),
            3 => SocketOption::KeepIdle(time),
            4 => SocketOption::KeepInterval(time),
            5 => SocketOption::KeepCount(number as u32),
            6 => SocketOption::NoDelay(on),
            7 => SocketOption::UserTimeout(time),
            8 => SocketOption::Linger(on.then_some(time)),
            9 => SocketOption::RecvBuffer(number),
            10 => SocketOption::SendBuffer(number),
            11 => SocketOption::MaxSegment(number as u16),
            12 => SocketOption::Ttl(number as u8),
            13 => SocketOption::MulticastTtl(number as u8),
            14 => SocketOption::Error(None),
            15 => SocketOption::JoinGroup(group, number % 3),
            _ => SocketOption::LeaveGroup(group, number % 3),
        }
    }
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}
