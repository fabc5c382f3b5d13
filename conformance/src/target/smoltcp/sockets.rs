//! The socket calls over smoltcp's sockets: descriptors, the listening pool, errno values.
//!
//! A TCP descriptor is idle (no smoltcp socket yet: its buffers and options are still open), listens (a pool of
//! smoltcp sockets) or has one connection. `close` leaves the connection to itself until it is over.

mod tcp;
mod udp;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket as TcpSocket, State};
use smoltcp::wire::IpListenEndpoint;
use wireproof_stack::rng::Rng;

use self::tcp::TcpEntry;
use self::udp::UdpEntry;
use crate::target::{Call, Errno, ErrnoValue, Family, Outcome, SocketId, SocketKind, SocketOption};

/// Descriptors that may be open at once.
const MAX_OPEN: usize = 1024;

/// First port of those chosen for the caller, RFC 6335 6.
const EPHEMERAL_FIRST: u16 = 49_152;

/// What may change the state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A frame that came in.
    Segment,
    /// A timer that ran out.
    Timer,
    /// A socket call.
    Call,
}

/// One descriptor.
enum Entry {
    Tcp(Box<TcpEntry>),
    Udp(UdpEntry),
}

/// Every descriptor, and the connections that outlived theirs.
pub(super) struct Table {
    open: BTreeMap<u32, Entry>,
    next_id: u32,
    orphans: Vec<SocketHandle>,
    ports: Ports,
}

/// Chooses ephemeral ports, in a row from a seeded start.
struct Ports {
    next: u16,
}

impl Ports {
    fn choose(&mut self) -> u16 {
        let port = self.next;
        self.next = if port == u16::MAX { EPHEMERAL_FIRST } else { port + 1 };
        port
    }
}

/// The pieces of the stack that a call works on.
struct Context<'a> {
    interface: &'a mut Interface,
    sockets: &'a mut SocketSet<'static>,
    ports: &'a mut Ports,
}

/// Whether `address` may be bound to: unspecified, or one of the interface's own.
fn may_bind(interface: &Interface, family: Family, address: IpAddr) -> Result<(), Errno> {
    if address.is_ipv4() != (family == Family::Ipv4) {
        return Err(Errno::AddressFamilyNotSupported);
    }
    if address.is_unspecified() || address.is_multicast() || interface.has_ip_addr(address) {
        return Ok(());
    }
    Err(Errno::AddressNotAvailable)
}

/// smoltcp's spelling of a bound address: no address means every address.
fn listen_endpoint(address: SocketAddr) -> IpListenEndpoint {
    IpListenEndpoint { addr: (!address.ip().is_unspecified()).then(|| address.ip().into()), port: address.port() }
}

/// The unspecified address of a family.
fn unspecified(family: Family, port: u16) -> SocketAddr {
    match family {
        Family::Ipv4 => (std::net::Ipv4Addr::UNSPECIFIED, port).into(),
        Family::Ipv6 => (std::net::Ipv6Addr::UNSPECIFIED, port).into(),
    }
}

/// An outcome from a result, so that calls can use `?`.
fn settle(result: Result<Outcome, Errno>) -> Outcome {
    match result {
        Ok(outcome) => outcome,
        Err(Errno::WouldBlock) => Outcome::Pending,
        Err(errno) => Outcome::Errno(errno),
    }
}

impl Table {
    /// No sockets.
    pub(super) fn new(seed: u64) -> Self {
        let span = u64::from(u16::MAX - EPHEMERAL_FIRST) + 1;
        let next = EPHEMERAL_FIRST + Rng::new(seed).below(span) as u16;
        Self { open: BTreeMap::new(), next_id: 1, orphans: Vec::new(), ports: Ports { next } }
    }

    /// Looks at every connection after something may have changed it.
    pub(super) fn observe(&mut self, sockets: &mut SocketSet<'static>, cause: Cause) {
        for entry in self.open.values_mut() {
            if let Entry::Tcp(entry) = entry {
                entry.observe(sockets, cause);
            }
        }
    }

    /// Forgets connections that are over and whose descriptor is gone.
    pub(super) fn collect(&mut self, sockets: &mut SocketSet<'static>) {
        self.orphans.retain(|&handle| {
            let socket = sockets.get::<TcpSocket<'_>>(handle);
            // With its addresses still set, a closed socket has a RST to send.
            let over = socket.state() == State::Closed && socket.remote_endpoint().is_none();
            if over {
                sockets.remove(handle);
            }
            !over
        });
    }

    /// Does one call.
    pub(super) fn call(&mut self, interface: &mut Interface, sockets: &mut SocketSet<'static>, call: &Call) -> Outcome {
        settle(self.try_call(interface, sockets, call))
    }

    fn try_call(
        &mut self,
        interface: &mut Interface,
        sockets: &mut SocketSet<'static>,
        call: &Call,
    ) -> Result<Outcome, Errno> {
        let id = match call {
            Call::Socket(family, kind) => return self.socket(sockets, *family, *kind),
            Call::Accept(id) => {
                if self.open.len() >= MAX_OPEN {
                    return Err(Errno::NoBuffers);
                }
                let (entry, peer) = match self.open.get_mut(&id.0) {
                    Some(Entry::Tcp(listener)) => listener.accept(sockets)?,
                    Some(Entry::Udp(_)) => return Err(Errno::NotSupported),
                    None => return Err(Errno::BadSocket),
                };
                return Ok(Outcome::Accepted(self.insert(Entry::Tcp(Box::new(entry))), peer));
            }
            Call::Close(id) => return self.close(sockets, *id),
            Call::Bind(id, _)
            | Call::Listen(id, _)
            | Call::Connect(id, _)
            | Call::Send(id, _)
            | Call::SendTo(id, _, _)
            | Call::SendUrgent(id, _)
            | Call::Recv(id, _)
            | Call::RecvFrom(id, _)
            | Call::RecvUrgent(id, _)
            | Call::Shutdown(id, _)
            | Call::SetOption(id, _)
            | Call::GetOption(id, _)
            | Call::LocalAddress(id)
            | Call::PeerAddress(id)
            | Call::State(id) => *id,
        };
        let mut context = Context { interface, sockets, ports: &mut self.ports };
        let entry = self.open.get_mut(&id.0).ok_or(Errno::BadSocket)?;
        if let Call::SetOption(_, option) = call
            && let Some(outcome) = set_interface_option(context.interface, option)?
        {
            return Ok(outcome);
        }
        match entry {
            Entry::Tcp(entry) => entry.call(&mut context, call),
            Entry::Udp(entry) => entry.call(&mut context, call),
        }
    }

    fn insert(&mut self, entry: Entry) -> SocketId {
        let id = self.next_id;
        self.next_id += 1;
        self.open.insert(id, entry);
        SocketId(id)
    }

    fn socket(&mut self, sockets: &mut SocketSet<'static>, family: Family, kind: SocketKind) -> Result<Outcome, Errno> {
        if self.open.len() >= MAX_OPEN {
            return Err(Errno::NoBuffers);
        }
        let entry = match kind {
            SocketKind::Tcp => Entry::Tcp(Box::new(TcpEntry::new(family))),
            SocketKind::Udp => Entry::Udp(UdpEntry::new(sockets, family)),
        };
        Ok(Outcome::Socket(self.insert(entry)))
    }

    fn close(&mut self, sockets: &mut SocketSet<'static>, id: SocketId) -> Result<Outcome, Errno> {
        match self.open.remove(&id.0).ok_or(Errno::BadSocket)? {
            Entry::Tcp(entry) => entry.close(sockets, &mut self.orphans),
            Entry::Udp(entry) => entry.close(sockets),
        }
        Ok(Outcome::Done)
    }
}

/// Options that belong to the interface and not to a socket.
fn set_interface_option(interface: &mut Interface, option: &SocketOption) -> Result<Option<Outcome>, Errno> {
    match option {
        SocketOption::JoinGroup(group) => match interface.join_multicast_group(*group) {
            Ok(()) => Ok(Some(Outcome::Done)),
            Err(_) if group.is_multicast() => Err(Errno::NoBuffers),
            Err(_) => Err(Errno::Invalid),
        },
        SocketOption::LeaveGroup(group) => match interface.leave_multicast_group(*group) {
            Ok(()) => Ok(Some(Outcome::Done)),
            Err(_) => Err(Errno::Invalid),
        },
        // smoltcp looks for conflicts of addresses and at broadcast destinations for nobody.
        SocketOption::ReuseAddress(true) | SocketOption::Broadcast(true) => Ok(Some(Outcome::Done)),
        _ => Ok(None),
    }
}

/// The value of SO_ERROR, as an outcome.
fn error_option(error: Option<Errno>) -> Outcome {
    Outcome::Option(SocketOption::Error(error.map(ErrnoValue)))
}
