//! The socket calls on real sockets, all non-blocking. Errors of the kernel become [`Errno`] values.

use std::collections::BTreeMap;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use std::os::fd::AsRawFd;
use std::time::Duration as StdDuration;

use nix::errno::Errno as Code;
use nix::sys::socket::{MsgFlags, SockaddrStorage, getsockopt, recv, recvmsg, setsockopt, sockopt};
use nix::sys::stat::fstat;
use socket2::{Domain, InterfaceIndexOrAddress, SockAddr, Socket, Type};

use super::namespace::Namespace;
use super::state;
use crate::target::{
    Blame, Call, Errno, ErrnoValue, Family, Outcome, Shutdown, SocketId, SocketKind, SocketOption, TargetError,
    Topology,
};

/// Descriptors that may be open at once.
const MAX_OPEN: usize = 1024;

/// Bytes that one call reads at most.
const MAX_READ: usize = 1 << 20;

/// One descriptor.
struct Entry {
    socket: Socket,
    family: Family,
    kind: SocketKind,
    /// connect() has begun and its end was not told yet.
    connecting: bool,
    /// Local and remote port, once connected.
    ports: Option<(u16, u16)>,
}

/// Every open descriptor of one boot.
pub(super) struct Sockets {
    open: BTreeMap<u32, Entry>,
    next_id: u32,
    /// Index of interface 0, for link-local addresses and groups.
    index: u32,
    /// IPv4 address of interface 0, where multicast leaves.
    address: Ipv4Addr,
}

/// How a call failed: by the kernel's word, or by ours.
enum Failure {
    Kernel(io::Error),
    Ours(Errno),
    Target(TargetError),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Kernel(error)
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::Kernel(code.into())
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Ours(errno)
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        Self::Target(error)
    }
}

/// The kernel's error as ours; `option` for the calls that get and set options, where ENOPROTOOPT is about the
/// option and not about an ICMP message.
fn errno(error: &io::Error, option: bool) -> Result<Errno, TargetError> {
    let code = Code::from_raw(error.raw_os_error().unwrap_or(0));
    Ok(match code {
        Code::EACCES | Code::EPERM => Errno::AccessDenied,
        Code::EADDRINUSE => Errno::AddressInUse,
        Code::EADDRNOTAVAIL => Errno::AddressNotAvailable,
        Code::EAFNOSUPPORT => Errno::AddressFamilyNotSupported,
        Code::EAGAIN => Errno::WouldBlock,
        Code::EALREADY => Errno::Already,
        Code::EBADF => Errno::BadSocket,
        Code::ECONNABORTED => Errno::ConnectionAborted,
        Code::ECONNREFUSED => Errno::ConnectionRefused,
        Code::ECONNRESET => Errno::ConnectionReset,
        Code::EDESTADDRREQ => Errno::DestinationRequired,
        Code::EHOSTUNREACH | Code::EHOSTDOWN => Errno::HostUnreachable,
        Code::EINPROGRESS => Errno::InProgress,
        Code::EINVAL => Errno::Invalid,
        Code::EISCONN => Errno::IsConnected,
        Code::EMSGSIZE => Errno::MessageSize,
        Code::ENETUNREACH | Code::ENETDOWN | Code::ENONET => Errno::NetworkUnreachable,
        Code::ENOBUFS | Code::ENOMEM | Code::EMFILE | Code::ENFILE => Errno::NoBuffers,
        Code::ENOPROTOOPT if option => Errno::NoProtocolOption,
        Code::ENOPROTOOPT | Code::EPROTO | Code::EPROTONOSUPPORT => Errno::ProtocolUnreachable,
        Code::ENOTCONN => Errno::NotConnected,
        Code::EOPNOTSUPP => Errno::NotSupported,
        Code::EPIPE => Errno::BrokenPipe,
        Code::ETIMEDOUT => Errno::TimedOut,
        _ => {
            return Err(TargetError {
                blame: Blame::Harness,
                what: format!("a socket call failed with an errno that wireproof has no name for: {error}"),
                hint: String::new(),
            });
        }
    })
}

/// An address as the suites write it: without a scope.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port())
}

fn plain_address(address: &SockAddr) -> Result<SocketAddr, Failure> {
    address.as_socket().map(plain).ok_or(Failure::Ours(Errno::AddressFamilyNotSupported))
}

impl Sockets {
    /// No sockets.
    pub(super) fn new(topology: &Topology, indices: &[u32]) -> Self {
        Self {
            open: BTreeMap::new(),
            next_id: 1,
            index: indices.first().copied().unwrap_or(0),
            address: topology.links.first().map_or(Ipv4Addr::UNSPECIFIED, |link| link.target_v4.0),
        }
    }

    /// Does one call.
    pub(super) fn call(&mut self, namespace: &Namespace, call: &Call) -> Result<Outcome, TargetError> {
        match self.try_call(namespace, call) {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Target(error)) => Err(error),
            Err(Failure::Ours(ours)) => Ok(Outcome::Errno(ours)),
            Err(Failure::Kernel(error)) => {
                let option = matches!(call, Call::SetOption(..) | Call::GetOption(..));
                Ok(match errno(&error, option)? {
                    Errno::WouldBlock | Errno::InProgress | Errno::Already => Outcome::Pending,
                    other => Outcome::Errno(other),
                })
            }
        }
    }

    fn try_call(&mut self, namespace: &Namespace, call: &Call) -> Result<Outcome, Failure> {
        match call {
            Call::Socket(family, kind) => self.socket(namespace, *family, *kind),
            Call::Bind(id, address) => {
                let address = self.scoped(*address);
                let entry = self.entry(*id)?;
                entry.check_family(address)?;
                entry.socket.bind(&address.into())?;
                Ok(Outcome::Done)
            }
            Call::Listen(id, backlog) => {
                let backlog = i32::try_from(*backlog).unwrap_or(i32::MAX);
                self.entry(*id)?.socket.listen(backlog)?;
                Ok(Outcome::Done)
            }
            Call::Accept(id) => self.accept(*id),
            Call::Connect(id, address) => {
                let address = self.scoped(*address);
                self.entry(*id)?.connect(address)
            }
            Call::Send(id, data) => Ok(Outcome::Count(self.entry(*id)?.socket.send(data)?)),
            Call::SendTo(id, data, to) => {
                let to = self.scoped(*to);
                let entry = self.entry(*id)?;
                entry.check_family(to)?;
                Ok(Outcome::Count(entry.socket.send_to(data, &to.into())?))
            }
            Call::SendUrgent(id, data) => Ok(Outcome::Count(self.entry(*id)?.socket.send_out_of_band(data)?)),
            Call::Recv(id, len) => self.entry(*id)?.recv(*len, MsgFlags::empty()),
            Call::RecvUrgent(id, len) => self.entry(*id)?.recv(*len, MsgFlags::MSG_OOB),
            Call::RecvFrom(id, len) => self.entry(*id)?.recv_from(*len),
            Call::Shutdown(id, how) => {
                let how = match how {
                    Shutdown::Read => std::net::Shutdown::Read,
                    Shutdown::Write => std::net::Shutdown::Write,
                    Shutdown::Both => std::net::Shutdown::Both,
                };
                self.entry(*id)?.socket.shutdown(how)?;
                Ok(Outcome::Done)
            }
            Call::Close(id) => self.open.remove(&id.0).map(|_| Outcome::Done).ok_or(Errno::BadSocket.into()),
            Call::SetOption(id, option) => {
                let index = self.index;
                self.entry(*id)?.set_option(index, option)
            }
            Call::GetOption(id, option) => self.entry(*id)?.get_option(option),
            Call::LocalAddress(id) => Ok(Outcome::Address(plain_address(&self.entry(*id)?.socket.local_addr()?)?)),
            Call::PeerAddress(id) => Ok(Outcome::Address(plain_address(&self.entry(*id)?.socket.peer_addr()?)?)),
            Call::State(id) => self.entry(*id)?.state(namespace),
        }
    }

    fn entry(&mut self, id: SocketId) -> Result<&mut Entry, Failure> {
        self.open.get_mut(&id.0).ok_or(Failure::Ours(Errno::BadSocket))
    }

    /// Link-local addresses mean nothing without an interface: that of interface 0.
    fn scoped(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V6(v6) if v6.scope_id() == 0 && (v6.ip().is_unicast_link_local() || v6.ip().is_multicast()) => {
                SocketAddrV6::new(*v6.ip(), v6.port(), v6.flowinfo(), self.index).into()
            }
            other => other,
        }
    }

    fn insert(&mut self, entry: Entry) -> SocketId {
        let id = self.next_id;
        self.next_id += 1;
        self.open.insert(id, entry);
        SocketId(id)
    }

    fn socket(&mut self, namespace: &Namespace, family: Family, kind: SocketKind) -> Result<Outcome, Failure> {
        if self.open.len() >= MAX_OPEN {
            return Err(Errno::NoBuffers.into());
        }
        let domain = if family == Family::Ipv4 { Domain::IPV4 } else { Domain::IPV6 };
        let wanted = if kind == SocketKind::Tcp { Type::STREAM } else { Type::DGRAM };
        let socket = namespace.socket(domain, wanted)??;
        socket.set_nonblocking(true)?;
        if family == Family::Ipv6 {
            // One family per socket: `::` does not take IPv4 in.
            socket.set_only_v6(true)?;
        }
        match (family, kind) {
            (_, SocketKind::Tcp) => {}
            (Family::Ipv4, SocketKind::Udp) => socket.set_multicast_if_v4(&self.address)?,
            (Family::Ipv6, SocketKind::Udp) => socket.set_multicast_if_v6(self.index)?,
        }
        Ok(Outcome::Socket(self.insert(Entry { socket, family, kind, connecting: false, ports: None })))
    }

    fn accept(&mut self, id: SocketId) -> Result<Outcome, Failure> {
        if self.open.len() >= MAX_OPEN {
            return Err(Errno::NoBuffers.into());
        }
        let listener = self.entry(id)?;
        let (socket, peer) = listener.socket.accept()?;
        socket.set_nonblocking(true)?;
        let peer = plain_address(&peer)?;
        let local = plain_address(&socket.local_addr()?)?;
        let (family, kind) = (listener.family, listener.kind);
        let ports = Some((local.port(), peer.port()));
        let id = self.insert(Entry { socket, family, kind, connecting: false, ports });
        Ok(Outcome::Accepted(id, peer))
    }
}

impl Drop for Sockets {
    /// The machine is switched off: no connection is ended in order, and none holds the namespace.
    fn drop(&mut self) {
        for entry in self.open.values() {
            // Without it the namespace only lives longer.
            let _ = entry.socket.set_linger(Some(StdDuration::ZERO));
        }
    }
}

impl Entry {
    fn check_family(&self, address: SocketAddr) -> Result<(), Failure> {
        if address.is_ipv4() == (self.family == Family::Ipv4) {
            return Ok(());
        }
        Err(Errno::AddressFamilyNotSupported.into())
    }

    fn connect(&mut self, address: SocketAddr) -> Result<Outcome, Failure> {
        self.check_family(address)?;
        let was_connecting = self.connecting;
        self.connecting = false;
        match self.socket.connect(&address.into()) {
            Ok(()) => {}
            Err(error) if was_connecting && error.raw_os_error() == Some(Code::EISCONN as i32) => {}
            Err(error) => {
                let begun =
                    matches!(Code::from_raw(error.raw_os_error().unwrap_or(0)), Code::EINPROGRESS | Code::EALREADY);
                self.connecting = begun;
                if begun && let Ok(local) = self.socket.local_addr() {
                    self.ports = local.as_socket().map(|local| (local.port(), address.port()));
                }
                return Err(error.into());
            }
        }
        Ok(Outcome::Done)
    }

    fn recv(&self, len: usize, flags: MsgFlags) -> Result<Outcome, Failure> {
        let mut data = vec![0; len.min(MAX_READ)];
        let count = recv(self.socket.as_raw_fd(), &mut data, flags)?;
        data.truncate(count);
        Ok(Outcome::Data(data))
    }

    fn recv_from(&self, len: usize) -> Result<Outcome, Failure> {
        let mut data = vec![0; len.min(MAX_READ)];
        let (count, from, truncated) = {
            let mut pieces = [IoSliceMut::new(&mut data)];
            let got = recvmsg::<SockaddrStorage>(self.socket.as_raw_fd(), &mut pieces, None, MsgFlags::empty())?;
            (got.bytes, got.address, got.flags.contains(MsgFlags::MSG_TRUNC))
        };
        data.truncate(count);
        let from = from.and_then(|from| {
            let four = from.as_sockaddr_in().map(|four| SocketAddr::from((four.ip(), four.port())));
            four.or_else(|| from.as_sockaddr_in6().map(|six| SocketAddr::from((six.ip(), six.port()))))
        });
        // A stream has no addresses.
        let from = from.ok_or(Failure::Ours(Errno::NotSupported))?;
        Ok(Outcome::Datagram { data, from, truncated })
    }

    fn set_option(&self, index: u32, option: &SocketOption) -> Result<Outcome, Failure> {
        let socket = &self.socket;
        let v4 = self.family == Family::Ipv4;
        match *option {
            SocketOption::ReuseAddress(on) => socket.set_reuse_address(on)?,
            SocketOption::Broadcast(on) => socket.set_broadcast(on)?,
            SocketOption::KeepAlive(on) => socket.set_keepalive(on)?,
            SocketOption::KeepIdle(seconds) => setsockopt(socket, sockopt::TcpKeepIdle, &seconds)?,
            SocketOption::KeepInterval(seconds) => setsockopt(socket, sockopt::TcpKeepInterval, &seconds)?,
            SocketOption::KeepCount(count) => setsockopt(socket, sockopt::TcpKeepCount, &count)?,
            SocketOption::NoDelay(on) => socket.set_tcp_nodelay(on)?,
            SocketOption::UserTimeout(millis) => setsockopt(socket, sockopt::TcpUserTimeout, &millis)?,
            SocketOption::Linger(linger) => {
                socket.set_linger(linger.map(|seconds| StdDuration::from_secs(u64::from(seconds))))?;
            }
            SocketOption::RecvBuffer(bytes) => socket.set_recv_buffer_size(bytes as usize)?,
            SocketOption::SendBuffer(bytes) => socket.set_send_buffer_size(bytes as usize)?,
            SocketOption::Ttl(ttl) if v4 => socket.set_ttl_v4(u32::from(ttl))?,
            SocketOption::Ttl(hops) => socket.set_unicast_hops_v6(u32::from(hops))?,
            SocketOption::Tos(tos) if v4 => socket.set_tos_v4(u32::from(tos))?,
            SocketOption::Tos(class) => setsockopt(socket, sockopt::Ipv6TClass, &i32::from(class))?,
            SocketOption::JoinGroup(IpAddr::V4(group)) => {
                socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(index))?;
            }
            SocketOption::LeaveGroup(IpAddr::V4(group)) => {
                socket.leave_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(index))?;
            }
            SocketOption::JoinGroup(IpAddr::V6(group)) => socket.join_multicast_v6(&group, index)?,
            SocketOption::LeaveGroup(IpAddr::V6(group)) => socket.leave_multicast_v6(&group, index)?,
            SocketOption::Error(_) => return Err(Errno::NoProtocolOption.into()),
        }
        Ok(Outcome::Done)
    }

    fn get_option(&self, option: &SocketOption) -> Result<Outcome, Failure> {
        let socket = &self.socket;
        let v4 = self.family == Family::Ipv4;
        let byte = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
        let bytes = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Ok(Outcome::Option(match option {
            SocketOption::ReuseAddress(_) => SocketOption::ReuseAddress(socket.reuse_address()?),
            SocketOption::Broadcast(_) => SocketOption::Broadcast(socket.broadcast()?),
            SocketOption::KeepAlive(_) => SocketOption::KeepAlive(socket.keepalive()?),
            SocketOption::KeepIdle(_) => SocketOption::KeepIdle(getsockopt(socket, sockopt::TcpKeepIdle)?),
            SocketOption::KeepInterval(_) => SocketOption::KeepInterval(getsockopt(socket, sockopt::TcpKeepInterval)?),
            SocketOption::KeepCount(_) => SocketOption::KeepCount(getsockopt(socket, sockopt::TcpKeepCount)?),
            SocketOption::NoDelay(_) => SocketOption::NoDelay(socket.tcp_nodelay()?),
            SocketOption::UserTimeout(_) => SocketOption::UserTimeout(getsockopt(socket, sockopt::TcpUserTimeout)?),
            SocketOption::Linger(_) => {
                SocketOption::Linger(socket.linger()?.map(|time| u32::try_from(time.as_secs()).unwrap_or(u32::MAX)))
            }
            SocketOption::RecvBuffer(_) => SocketOption::RecvBuffer(bytes(socket.recv_buffer_size()?)),
            SocketOption::SendBuffer(_) => SocketOption::SendBuffer(bytes(socket.send_buffer_size()?)),
            SocketOption::Ttl(_) if v4 => SocketOption::Ttl(byte(socket.ttl_v4()?)),
            SocketOption::Ttl(_) => SocketOption::Ttl(byte(socket.unicast_hops_v6()?)),
            SocketOption::Tos(_) if v4 => SocketOption::Tos(byte(socket.tos_v4()?)),
            SocketOption::Tos(_) => {
                SocketOption::Tos(u8::try_from(getsockopt(socket, sockopt::Ipv6TClass)?).unwrap_or(u8::MAX))
            }
            SocketOption::Error(_) => {
                let pending = match socket.take_error()? {
                    Some(error) => Some(ErrnoValue(errno(&error, false)?)),
                    None => None,
                };
                SocketOption::Error(pending)
            }
            SocketOption::JoinGroup(_) | SocketOption::LeaveGroup(_) => return Err(Errno::NoProtocolOption.into()),
        }))
    }

    fn state(&self, namespace: &Namespace) -> Result<Outcome, Failure> {
        if self.kind == SocketKind::Udp {
            return Err(Errno::NotSupported.into());
        }
        let inode = fstat(&self.socket)?.st_ino;
        Ok(Outcome::State(state::find(&namespace.tables()?, inode, self.ports)))
    }
}
