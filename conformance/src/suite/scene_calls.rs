//! Socket calls of a scene.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::scene::{Scene, Step};
use crate::target::{Errno, ErrnoValue, Shutdown, SocketKind, SocketOption};
use crate::timeline::time::secs;
use crate::timeline::{Action, DataSpec, Expected, Verb};

impl Scene {
    /// Any socket call.
    pub fn call(&mut self, socket: &str, verb: Verb, expect: Expected) -> Step<'_> {
        self.event(Action::Call { socket: socket.to_owned(), verb, expect })
    }

    /// The wildcard address of this family with a port.
    pub fn wildcard(&self, port: u16) -> SocketAddr {
        let address: IpAddr = if self.is_v4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        SocketAddr::new(address, port)
    }

    /// Makes a socket of this family.
    pub fn socket(&mut self, name: &str, kind: SocketKind) -> Step<'_> {
        let family = self.family();
        self.call(name, Verb::Socket(family, kind), Expected::Ok)
    }

    /// Makes a UDP socket bound to this port on every address.
    pub fn udp_bind(&mut self, name: &str, port: u16) -> Step<'_> {
        self.socket(name, SocketKind::Udp).why("set-up: a UDP socket");
        let address = self.wildcard(port);
        self.call(name, Verb::Bind(address), Expected::Ok).why("set-up: bind")
    }

    /// Makes a UDP socket bound to the flow's port on the target and connected to the flow's tester address.
    pub fn udp_connect(&mut self, flow: &str) -> Step<'_> {
        let spec = self.flow_mut(flow).clone();
        self.socket(flow, SocketKind::Udp).why("set-up: a UDP socket");
        let local = self.wildcard(spec.target_port.unwrap_or(0));
        self.call(flow, Verb::Bind(local), Expected::Ok).why("set-up: bind");
        let peer = SocketAddr::new(spec.tester, spec.tester_port);
        self.call(flow, Verb::Connect(peer), Expected::Ok).why("set-up: connect")
    }

    /// The socket sends these bytes; all of them are taken.
    pub fn send(&mut self, socket: &str, bytes: impl AsRef<[u8]>) -> Step<'_> {
        let len = bytes.as_ref().len();
        self.call(socket, Verb::Send(DataSpec::Bytes(bytes.into())), Expected::Count(len, len))
    }

    /// The socket sends `len` bytes of the data pattern from `offset` on; all of them are taken.
    pub fn send_data(&mut self, socket: &str, offset: u64, len: usize) -> Step<'_> {
        self.call(socket, Verb::Send(DataSpec::Pattern { offset, len }), Expected::Count(len, len))
    }

    /// The socket sends a datagram to this address.
    pub fn send_to(&mut self, socket: &str, bytes: impl AsRef<[u8]>, to: SocketAddr) -> Step<'_> {
        self.call(socket, Verb::SendTo(DataSpec::Bytes(bytes.into()), to), Expected::Ok)
    }

    /// The socket must read exactly these bytes, within two seconds.
    pub fn expect_bytes(&mut self, socket: &str, bytes: impl AsRef<[u8]>) -> Step<'_> {
        let len = bytes.as_ref().len();
        self.call(socket, Verb::Recv(len), Expected::Data(DataSpec::Bytes(bytes.into()))).within(secs(2))
    }

    /// The socket must read `len` bytes of the data pattern from `offset` on, within two seconds.
    pub fn expect_data(&mut self, socket: &str, offset: u64, len: usize) -> Step<'_> {
        self.call(socket, Verb::Recv(len), Expected::Data(DataSpec::Pattern { offset, len })).within(secs(2))
    }

    /// There must be nothing to read: the call would block.
    pub fn expect_no_data(&mut self, socket: &str) -> Step<'_> {
        self.call(socket, Verb::Recv(65_536), Expected::Pending)
    }

    /// The socket must read end of file, within two seconds.
    pub fn expect_eof(&mut self, socket: &str) -> Step<'_> {
        self.call(socket, Verb::Recv(1), Expected::Eof).within(secs(2))
    }

    /// A read on the socket must fail with one of these errors (none: any error), within two seconds.
    pub fn expect_recv_error(&mut self, socket: &str, errors: &[Errno]) -> Step<'_> {
        self.call(socket, Verb::Recv(1), Self::errno(errors)).within(secs(2))
    }

    /// The socket must read this datagram, within two seconds.
    pub fn expect_datagram(&mut self, socket: &str, bytes: impl AsRef<[u8]>) -> Step<'_> {
        let data = DataSpec::Bytes(bytes.into());
        self.call(socket, Verb::RecvFrom(65_536), Expected::Datagram(data, None)).within(secs(2))
    }

    /// There must be no datagram to read.
    pub fn expect_no_datagram(&mut self, socket: &str) -> Step<'_> {
        self.call(socket, Verb::RecvFrom(65_536), Expected::Pending)
    }

    /// One of these errors; none named: any error.
    pub fn errno(errors: &[Errno]) -> Expected {
        Expected::Errno(errors.iter().copied().map(ErrnoValue).collect())
    }

    /// close(2).
    pub fn close(&mut self, socket: &str) -> Step<'_> {
        self.call(socket, Verb::Close, Expected::Ok)
    }

    /// shutdown(2) of the sending half: the target sends FIN.
    pub fn shutdown_write(&mut self, socket: &str) -> Step<'_> {
        self.call(socket, Verb::Shutdown(Shutdown::Write), Expected::Ok)
    }

    /// setsockopt(2).
    pub fn set_option(&mut self, socket: &str, option: SocketOption) -> Step<'_> {
        self.call(socket, Verb::SetOption(option), Expected::Ok)
    }

    /// The socket's TCP state must be one of these (RFC 9293 spelling). Needs `state-query`.
    pub fn expect_state(&mut self, socket: &str, states: &[&str]) -> Step<'_> {
        let states = states.iter().map(|&state| state.to_owned()).collect();
        self.call(socket, Verb::State, Expected::State(states))
    }
}
