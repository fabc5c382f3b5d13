//! UDP descriptors. smoltcp has no connected UDP sockets: the peer is kept here, as an application would,
//! and datagrams from others are not handed out.

use std::net::SocketAddr;

use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, SendError, Socket as UdpSocket};

use super::{Context, error_option, listen_endpoint, may_bind, unspecified};
use crate::target::{Call, Errno, Family, Outcome, SocketOption};

/// Datagrams held in each direction.
const DATAGRAMS: usize = 64;

/// Bytes held in each direction.
const BYTES: usize = 1 << 18;

/// Greatest UDP payload in an IPv4 datagram: 65535 less the headers.
const MAX_PAYLOAD: usize = 65_507;

/// One UDP descriptor.
pub(super) struct UdpEntry {
    family: Family,
    handle: SocketHandle,
    bound: Option<SocketAddr>,
    peer: Option<SocketAddr>,
}

impl UdpEntry {
    /// A new descriptor, bound to nothing.
    pub(super) fn new(sockets: &mut SocketSet<'static>, family: Family) -> Self {
        let buffer = || PacketBuffer::new(vec![PacketMetadata::EMPTY; DATAGRAMS], vec![0; BYTES]);
        Self { family, handle: sockets.add(UdpSocket::new(buffer(), buffer())), bound: None, peer: None }
    }

    /// Gives the descriptor up; datagrams that wait for a neighbour are lost.
    pub(super) fn close(self, sockets: &mut SocketSet<'static>) {
        sockets.remove(self.handle);
    }

    /// Every call but socket and close.
    pub(super) fn call(&mut self, context: &mut Context<'_>, call: &Call) -> Result<Outcome, Errno> {
        match call {
            Call::Bind(_, address) => self.bind(context, *address),
            Call::Connect(_, address) => {
                self.check_destination(*address)?;
                self.bind_any(context)?;
                self.peer = Some(*address);
                Ok(Outcome::Done)
            }
            Call::Send(_, data) => {
                let peer = self.peer.ok_or(Errno::DestinationRequired)?;
                self.send(context, data, peer)
            }
            Call::SendTo(_, data, to) => {
                self.check_destination(*to)?;
                self.send(context, data, *to)
            }
            Call::Recv(_, len) => match self.recv(context.sockets, *len)? {
                Outcome::Datagram { data, .. } => Ok(Outcome::Data(data)),
                other => Ok(other),
            },
            Call::RecvFrom(_, len) => self.recv(context.sockets, *len),
            Call::SetOption(_, SocketOption::Ttl(0)) => Err(Errno::Invalid),
            Call::SetOption(_, SocketOption::Ttl(ttl)) => {
                context.sockets.get_mut::<UdpSocket<'_>>(self.handle).set_hop_limit(Some(*ttl));
                Ok(Outcome::Done)
            }
            Call::GetOption(_, SocketOption::Ttl(_)) => {
                let ttl = context.sockets.get::<UdpSocket<'_>>(self.handle).hop_limit().unwrap_or(64);
                Ok(Outcome::Option(SocketOption::Ttl(ttl)))
            }
            Call::GetOption(_, SocketOption::Error(_)) => Ok(error_option(None)),
            Call::LocalAddress(_) => Ok(Outcome::Address(self.local_address(context.interface))),
            Call::PeerAddress(_) => self.peer.map(Outcome::Address).ok_or(Errno::NotConnected),
            Call::Listen(..) => Err(Errno::NotSupported),
            _ => Ok(Outcome::Unsupported),
        }
    }

    /// The bound address; once connected, the address that smoltcp will send from.
    fn local_address(&self, interface: &Interface) -> SocketAddr {
        let mut local = self.bound.unwrap_or(unspecified(self.family, 0));
        if let Some(peer) = self.peer
            && local.ip().is_unspecified()
            && let Some(source) = interface.get_source_address(&peer.ip().into())
        {
            local.set_ip(source.into());
        }
        local
    }

    fn check_destination(&self, to: SocketAddr) -> Result<(), Errno> {
        if to.is_ipv4() != (self.family == Family::Ipv4) {
            return Err(Errno::AddressFamilyNotSupported);
        }
        if to.port() == 0 || to.ip().is_unspecified() {
            return Err(Errno::Invalid);
        }
        Ok(())
    }

    fn bind(&mut self, context: &mut Context<'_>, mut address: SocketAddr) -> Result<Outcome, Errno> {
        if self.bound.is_some() {
            return Err(Errno::Invalid);
        }
        may_bind(context.interface, self.family, address.ip())?;
        if address.port() == 0 {
            address.set_port(context.ports.choose());
        }
        context
            .sockets
            .get_mut::<UdpSocket<'_>>(self.handle)
            .bind(listen_endpoint(address))
            .map_err(|_| Errno::Invalid)?;
        self.bound = Some(address);
        Ok(Outcome::Done)
    }

    fn bind_any(&mut self, context: &mut Context<'_>) -> Result<(), Errno> {
        if self.bound.is_none() {
            self.bind(context, unspecified(self.family, 0))?;
        }
        Ok(())
    }

    fn send(&mut self, context: &mut Context<'_>, data: &[u8], to: SocketAddr) -> Result<Outcome, Errno> {
        if data.len() > MAX_PAYLOAD {
            return Err(Errno::MessageSize);
        }
        self.bind_any(context)?;
        match context.sockets.get_mut::<UdpSocket<'_>>(self.handle).send_slice(data, to) {
            Ok(()) => Ok(Outcome::Count(data.len())),
            Err(SendError::BufferFull) => Err(Errno::WouldBlock),
            Err(SendError::Unaddressable) => Err(Errno::Invalid),
        }
    }

    fn recv(&mut self, sockets: &mut SocketSet<'static>, len: usize) -> Result<Outcome, Errno> {
        let socket = sockets.get_mut::<UdpSocket<'_>>(self.handle);
        while let Ok((payload, metadata)) = socket.recv() {
            let from = SocketAddr::from(metadata.endpoint);
            if self.peer.is_some_and(|peer| (peer.ip(), peer.port()) != (from.ip(), from.port())) {
                continue;
            }
            let taken = payload.len().min(len);
            return Ok(Outcome::Datagram { data: payload[..taken].to_vec(), from, truncated: taken < payload.len() });
        }
        Err(Errno::WouldBlock)
    }
}
