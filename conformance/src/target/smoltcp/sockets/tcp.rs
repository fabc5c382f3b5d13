//! TCP descriptors. Read the head of `smoltcp::socket::tcp` first: one socket is one connection.

use std::collections::VecDeque;
use std::net::SocketAddr;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{CongestionControl, RecvError, Socket as TcpSocket, SocketBuffer, State};
use smoltcp::time::Duration as SmolDuration;
use smoltcp::wire::IpListenEndpoint;

use super::{Cause, Context, error_option, listen_endpoint, may_bind, unspecified};
use crate::target::smoltcp::profile::BUFFER;
use crate::target::smoltcp::timestamp_value;
use crate::target::{Call, Errno, Family, Outcome, Shutdown, SocketOption};

/// Listening sockets of one listener at most.
const MAX_BACKLOG: u32 = 128;

/// Greatest buffer that may be asked for.
const MAX_BUFFER: u32 = 1 << 24;

/// Keep-alive time if it is switched on and nothing else is said: smoltcp has no default, RFC 9293's is this.
const KEEP_IDLE_DEFAULT: u32 = 7200;

/// What setsockopt may change. Connections that are accepted take it over from their listener.
#[derive(Clone, Debug)]
struct Options {
    no_delay: bool,
    keep_alive: bool,
    keep_idle: u32,
    /// Milliseconds, 0 for none.
    user_timeout: u32,
    ttl: Option<u8>,
    linger: Option<u32>,
    recv_buffer: usize,
    send_buffer: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            no_delay: false,
            keep_alive: false,
            keep_idle: KEEP_IDLE_DEFAULT,
            user_timeout: 0,
            ttl: None,
            linger: None,
            recv_buffer: BUFFER,
            send_buffer: BUFFER,
        }
    }
}

impl Options {
    /// A closed smoltcp socket with these options.
    fn open(&self) -> TcpSocket<'static> {
        let mut socket =
            TcpSocket::new(SocketBuffer::new(vec![0; self.recv_buffer]), SocketBuffer::new(vec![0; self.send_buffer]));
        socket.set_congestion_control(CongestionControl::Reno);
        socket.set_tsval_generator(Some(timestamp_value));
        self.apply(&mut socket);
        socket
    }

    /// Puts what can change at any time on a socket.
    fn apply(&self, socket: &mut TcpSocket<'_>) {
        let seconds = |n: u32| SmolDuration::from_secs(u64::from(n));
        socket.set_nagle_enabled(!self.no_delay);
        socket.set_hop_limit(self.ttl);
        socket.set_timeout((self.user_timeout != 0).then(|| SmolDuration::from_millis(u64::from(self.user_timeout))));
        let keep_alive = self.keep_alive.then(|| seconds(self.keep_idle));
        // Setting it again would start the timer again.
        if socket.keep_alive() != keep_alive {
            socket.set_keep_alive(keep_alive);
        }
    }
}

/// One connection and what was seen of it.
struct Connection {
    handle: SocketHandle,
    last: State,
    /// Why it failed, until a call has reported it.
    error: Option<Errno>,
    /// It ended in order: what follows the data is end of file.
    ended: bool,
    /// connect() has said that it is established.
    reported: bool,
}

impl Connection {
    fn new(handle: SocketHandle, last: State) -> Self {
        Self { handle, last, error: None, ended: false, reported: false }
    }

    fn observe(&mut self, sockets: &mut SocketSet<'static>, cause: Cause) {
        let state = sockets.get::<TcpSocket<'_>>(self.handle).state();
        if state == self.last {
            return;
        }
        if matches!(state, State::CloseWait | State::Closing | State::TimeWait) {
            self.ended = true;
        }
        if state == State::Closed {
            match (self.last, cause) {
                (_, Cause::Call) => {}
                (State::TimeWait | State::LastAck, Cause::Segment) | (State::TimeWait, Cause::Timer) => {
                    self.ended = true
                }
                (_, Cause::Timer) => self.error = Some(Errno::TimedOut),
                (State::SynSent | State::SynReceived, Cause::Segment) => self.error = Some(Errno::ConnectionRefused),
                (_, Cause::Segment) => self.error = Some(Errno::ConnectionReset),
            }
        }
        self.last = state;
    }
}

/// What a TCP descriptor is.
enum Role {
    Idle,
    Listener { endpoint: IpListenEndpoint, pool: Vec<SocketHandle>, ready: VecDeque<Connection> },
    Connected(Connection),
}

/// One TCP descriptor.
pub(super) struct TcpEntry {
    family: Family,
    bound: Option<SocketAddr>,
    options: Options,
    role: Role,
}

impl TcpEntry {
    /// A new descriptor: nothing bound, no smoltcp socket.
    pub(super) fn new(family: Family) -> Self {
        Self { family, bound: None, options: Options::default(), role: Role::Idle }
    }

    /// Looks at its sockets after something may have changed them.
    pub(super) fn observe(&mut self, sockets: &mut SocketSet<'static>, cause: Cause) {
        match &mut self.role {
            Role::Idle => {}
            Role::Connected(connection) => connection.observe(sockets, cause),
            Role::Listener { endpoint, pool, ready } => {
                for waiting in ready.iter_mut() {
                    waiting.observe(sockets, cause);
                }
                for slot in pool.iter_mut() {
                    let socket = sockets.get_mut::<TcpSocket<'_>>(*slot);
                    match socket.state() {
                        State::Listen | State::SynReceived | State::SynSent => {}
                        // The attempt timed out; a RST may be on its way, so the socket is not used again yet.
                        State::Closed if socket.remote_endpoint().is_some() => {}
                        State::Closed => {
                            // A peer without timestamps has switched them off for good.
                            socket.set_tsval_generator(Some(timestamp_value));
                            // The port is not 0 and the socket is closed: this cannot fail.
                            let _ = socket.listen(*endpoint);
                        }
                        state => {
                            let mut connection = Connection::new(*slot, State::SynReceived);
                            connection.observe(sockets, cause);
                            connection.last = state;
                            ready.push_back(connection);
                        }
                    }
                }
                pool.retain(|slot| !ready.iter().any(|connection| connection.handle == *slot));
            }
        }
    }

    /// Hands the oldest established connection out and puts a fresh listening socket in its place.
    pub(super) fn accept(&mut self, sockets: &mut SocketSet<'static>) -> Result<(Self, SocketAddr), Errno> {
        let Role::Listener { endpoint, pool, ready } = &mut self.role else {
            return Err(Errno::Invalid);
        };
        while let Some(mut connection) = ready.pop_front() {
            let mut fresh = self.options.open();
            // The port is not 0 and the socket is closed: this cannot fail.
            let _ = fresh.listen(*endpoint);
            pool.push(sockets.add(fresh));
            let socket = sockets.get::<TcpSocket<'_>>(connection.handle);
            let (Some(local), Some(peer)) = (socket.local_endpoint(), socket.remote_endpoint()) else {
                // Reset before anybody took it.
                sockets.remove(connection.handle);
                continue;
            };
            connection.reported = true;
            let entry = Self {
                family: self.family,
                bound: Some(local.into()),
                options: self.options.clone(),
                role: Role::Connected(connection),
            };
            return Ok((entry, peer.into()));
        }
        Err(Errno::WouldBlock)
    }

    /// Gives the descriptor up: listeners and what nobody accepted go, a connection ends in order, or with a RST
    /// if it was told not to linger.
    pub(super) fn close(self, sockets: &mut SocketSet<'static>, orphans: &mut Vec<SocketHandle>) {
        let mut leave = |handle, abort: bool| {
            let socket = sockets.get_mut::<TcpSocket<'_>>(handle);
            if abort {
                socket.abort()
            } else {
                socket.close()
            }
            orphans.push(handle);
        };
        match self.role {
            Role::Idle => {}
            Role::Connected(connection) => leave(connection.handle, self.options.linger == Some(0)),
            Role::Listener { pool, ready, .. } => {
                for handle in pool.into_iter().chain(ready.into_iter().map(|connection| connection.handle)) {
                    leave(handle, true);
                }
            }
        }
    }

    /// Every call but socket, accept and close.
    pub(super) fn call(&mut self, context: &mut Context<'_>, call: &Call) -> Result<Outcome, Errno> {
        match call {
            Call::Bind(_, address) => self.bind(context, *address),
            Call::Listen(_, backlog) => self.listen(context, *backlog),
            Call::Connect(_, address) => self.connect(context, *address),
            Call::Send(_, data) => self.send(context.sockets, data),
            Call::Recv(_, len) => self.recv(context.sockets, *len),
            Call::Shutdown(_, how) => self.shutdown(context.sockets, *how),
            Call::SetOption(_, option) => self.set_option(context.sockets, option),
            Call::GetOption(_, option) => Ok(self.get_option(option)),
            Call::LocalAddress(_) => Ok(Outcome::Address(self.local_address(context.sockets))),
            Call::PeerAddress(_) => self.peer_address(context.sockets),
            Call::State(_) => Ok(Outcome::State(self.state(context.sockets))),
            _ => Ok(Outcome::Unsupported),
        }
    }

    fn bind(&mut self, context: &mut Context<'_>, mut address: SocketAddr) -> Result<Outcome, Errno> {
        if self.bound.is_some() || !matches!(self.role, Role::Idle) || address.ip().is_multicast() {
            return Err(Errno::Invalid);
        }
        may_bind(context.interface, self.family, address.ip())?;
        if address.port() == 0 {
            address.set_port(context.ports.choose());
        }
        self.bound = Some(address);
        Ok(Outcome::Done)
    }

    /// The bound address; chosen now if there is none.
    fn bound(&mut self, context: &mut Context<'_>) -> SocketAddr {
        *self.bound.get_or_insert_with(|| unspecified(self.family, context.ports.choose()))
    }

    fn listen(&mut self, context: &mut Context<'_>, backlog: u32) -> Result<Outcome, Errno> {
        match self.role {
            Role::Idle => {}
            Role::Listener { .. } => return Ok(Outcome::Done),
            Role::Connected(_) => return Err(Errno::Invalid),
        }
        let endpoint = listen_endpoint(self.bound(context));
        let pool = (0..backlog.clamp(1, MAX_BACKLOG))
            .map(|_| {
                let mut socket = self.options.open();
                // The port is not 0 and the socket is closed: this cannot fail.
                let _ = socket.listen(endpoint);
                context.sockets.add(socket)
            })
            .collect();
        self.role = Role::Listener { endpoint, pool, ready: VecDeque::new() };
        Ok(Outcome::Done)
    }

    fn connect(&mut self, context: &mut Context<'_>, address: SocketAddr) -> Result<Outcome, Errno> {
        match &mut self.role {
            Role::Listener { .. } => return Err(Errno::Invalid),
            Role::Connected(connection) => {
                if let Some(error) = connection.error.take() {
                    return Err(error);
                }
                return match connection.last {
                    State::SynSent | State::SynReceived => Err(Errno::WouldBlock),
                    State::Closed if !connection.ended => Err(Errno::ConnectionAborted),
                    _ if connection.reported => Err(Errno::IsConnected),
                    _ => {
                        connection.reported = true;
                        Ok(Outcome::Done)
                    }
                };
            }
            Role::Idle => {}
        }
        if address.is_ipv4() != (self.family == Family::Ipv4) {
            return Err(Errno::AddressFamilyNotSupported);
        }
        let bound = self.bound(context);
        let mut socket = self.options.open();
        // smoltcp refuses port 0, the unspecified address, and peers it has no source address for.
        socket
            .connect(context.interface.context(), address, listen_endpoint(bound))
            .map_err(|_| Errno::AddressNotAvailable)?;
        self.role = Role::Connected(Connection::new(context.sockets.add(socket), State::SynSent));
        Err(Errno::WouldBlock)
    }

    fn connection(&mut self) -> Result<&mut Connection, Errno> {
        match &mut self.role {
            Role::Connected(connection) => Ok(connection),
            _ => Err(Errno::NotConnected),
        }
    }

    fn send(&mut self, sockets: &mut SocketSet<'static>, data: &[u8]) -> Result<Outcome, Errno> {
        let connection = self.connection()?;
        match sockets.get_mut::<TcpSocket<'_>>(connection.handle).send_slice(data) {
            Ok(0) if !data.is_empty() => Err(Errno::WouldBlock),
            Ok(count) => Ok(Outcome::Count(count)),
            Err(_) => match connection.last {
                State::SynSent | State::SynReceived => Err(Errno::WouldBlock),
                _ => Err(connection.error.take().unwrap_or(Errno::BrokenPipe)),
            },
        }
    }

    fn recv(&mut self, sockets: &mut SocketSet<'static>, len: usize) -> Result<Outcome, Errno> {
        let connection = self.connection()?;
        let socket = sockets.get_mut::<TcpSocket<'_>>(connection.handle);
        // No more than there can be: the caller's number may be anything.
        let mut data = vec![0; len.min(socket.recv_capacity())];
        match socket.recv_slice(&mut data) {
            Ok(0) if len > 0 => Err(Errno::WouldBlock),
            Ok(count) => {
                data.truncate(count);
                Ok(Outcome::Data(data))
            }
            Err(RecvError::Finished) => Ok(Outcome::Data(Vec::new())),
            Err(RecvError::InvalidState) => match (connection.last, connection.error.take()) {
                (_, Some(error)) => Err(error),
                (State::SynSent | State::SynReceived, None) => Err(Errno::WouldBlock),
                (_, None) if connection.ended => Ok(Outcome::Data(Vec::new())),
                (_, None) => Err(Errno::NotConnected),
            },
        }
    }

    fn shutdown(&mut self, sockets: &mut SocketSet<'static>, how: Shutdown) -> Result<Outcome, Errno> {
        let connection = self.connection()?;
        if how != Shutdown::Write {
            return Ok(Outcome::Unsupported);
        }
        if connection.last == State::Closed {
            return Err(Errno::NotConnected);
        }
        sockets.get_mut::<TcpSocket<'_>>(connection.handle).close();
        Ok(Outcome::Done)
    }

    fn set_option(&mut self, sockets: &mut SocketSet<'static>, option: &SocketOption) -> Result<Outcome, Errno> {
        let idle = matches!(self.role, Role::Idle);
        let options = &mut self.options;
        match *option {
            SocketOption::NoDelay(on) => options.no_delay = on,
            SocketOption::KeepAlive(on) => options.keep_alive = on,
            SocketOption::KeepIdle(0) | SocketOption::KeepInterval(0) => return Err(Errno::Invalid),
            SocketOption::KeepIdle(seconds) => options.keep_idle = seconds,
            // There is one time for both.
            SocketOption::KeepInterval(seconds) if seconds == options.keep_idle => {}
            SocketOption::UserTimeout(millis) => options.user_timeout = millis,
            SocketOption::Linger(linger) => options.linger = linger,
            SocketOption::Ttl(0) => return Err(Errno::Invalid),
            SocketOption::Ttl(ttl) => options.ttl = Some(ttl),
            // The buffers of a smoltcp socket are given to it once.
            SocketOption::RecvBuffer(_) | SocketOption::SendBuffer(_) if !idle => return Ok(Outcome::Unsupported),
            SocketOption::RecvBuffer(bytes) => options.recv_buffer = bytes.clamp(1, MAX_BUFFER) as usize,
            SocketOption::SendBuffer(bytes) => options.send_buffer = bytes.clamp(1, MAX_BUFFER) as usize,
            _ => return Ok(Outcome::Unsupported),
        }
        match &self.role {
            Role::Idle => {}
            Role::Connected(connection) => self.options.apply(sockets.get_mut(connection.handle)),
            Role::Listener { pool, .. } => {
                for handle in pool {
                    self.options.apply(sockets.get_mut(*handle));
                }
            }
        }
        Ok(Outcome::Done)
    }

    fn get_option(&mut self, option: &SocketOption) -> Outcome {
        let options = &self.options;
        Outcome::Option(match option {
            SocketOption::NoDelay(_) => SocketOption::NoDelay(options.no_delay),
            SocketOption::KeepAlive(_) => SocketOption::KeepAlive(options.keep_alive),
            SocketOption::KeepIdle(_) => SocketOption::KeepIdle(options.keep_idle),
            SocketOption::KeepInterval(_) => SocketOption::KeepInterval(options.keep_idle),
            SocketOption::UserTimeout(_) => SocketOption::UserTimeout(options.user_timeout),
            SocketOption::Linger(_) => SocketOption::Linger(options.linger),
            SocketOption::Ttl(_) => SocketOption::Ttl(options.ttl.unwrap_or(64)),
            SocketOption::RecvBuffer(_) => SocketOption::RecvBuffer(options.recv_buffer as u32),
            SocketOption::SendBuffer(_) => SocketOption::SendBuffer(options.send_buffer as u32),
            SocketOption::Error(_) => {
                let error = self.connection().ok().and_then(|connection| connection.error.take());
                return error_option(error);
            }
            _ => return Outcome::Unsupported,
        })
    }

    fn local_address(&self, sockets: &SocketSet<'static>) -> SocketAddr {
        if let Role::Connected(connection) = &self.role
            && let Some(local) = sockets.get::<TcpSocket<'_>>(connection.handle).local_endpoint()
        {
            return local.into();
        }
        self.bound.unwrap_or(unspecified(self.family, 0))
    }

    fn peer_address(&mut self, sockets: &SocketSet<'static>) -> Result<Outcome, Errno> {
        let handle = self.connection()?.handle;
        let socket = sockets.get::<TcpSocket<'_>>(handle);
        match socket.remote_endpoint() {
            Some(peer) if socket.state() != State::SynSent => Ok(Outcome::Address(peer.into())),
            _ => Err(Errno::NotConnected),
        }
    }

    fn state(&self, sockets: &SocketSet<'static>) -> &'static str {
        let state = match &self.role {
            Role::Idle => State::Closed,
            Role::Listener { .. } => State::Listen,
            Role::Connected(connection) => sockets.get::<TcpSocket<'_>>(connection.handle).state(),
        };
        match state {
            State::Closed => "CLOSED",
            State::Listen => "LISTEN",
            State::SynSent => "SYN-SENT",
            State::SynReceived => "SYN-RECEIVED",
            State::Established => "ESTABLISHED",
            State::FinWait1 => "FIN-WAIT-1",
            State::FinWait2 => "FIN-WAIT-2",
            State::CloseWait => "CLOSE-WAIT",
            State::Closing => "CLOSING",
            State::LastAck => "LAST-ACK",
            State::TimeWait => "TIME-WAIT",
        }
    }
}
