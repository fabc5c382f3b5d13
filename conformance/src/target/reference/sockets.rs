//! Socket calls: numbers for handles, options and errors in the harness's words.

use wireproof_stack::host::Host;
use wireproof_stack::socket::{self, SocketHandle};

use crate::target::{
    Call, Duration, Errno, ErrnoValue, Family, Instant, Outcome, Shutdown, SocketId, SocketKind, SocketOption,
};

/// The largest read that is honoured.
const MAX_READ: usize = 1 << 20;

/// The handles behind the numbers that the runner knows; numbers are not used again.
#[derive(Default)]
pub(super) struct Sockets {
    handles: Vec<Option<SocketHandle>>,
}

/// What a call of the stack answers, as an [`Outcome`].
fn outcome<T>(result: Result<T, Errno>, done: impl FnOnce(T) -> Outcome) -> Outcome {
    match result {
        Ok(value) => done(value),
        Err(Errno::WouldBlock | Errno::InProgress | Errno::Already) => Outcome::Pending,
        Err(errno) => Outcome::Errno(errno),
    }
}

fn done(result: Result<(), Errno>) -> Outcome {
    outcome(result, |()| Outcome::Done)
}

impl Sockets {
    fn add(&mut self, handle: SocketHandle) -> SocketId {
        self.handles.push(Some(handle));
        SocketId((self.handles.len() - 1) as u32)
    }

    fn get(&self, id: SocketId) -> Result<SocketHandle, Errno> {
        self.handles.get(id.0 as usize).copied().flatten().ok_or(Errno::BadSocket)
    }

    /// Carries out one call.
    pub(super) fn call(&mut self, host: &mut Host, now: Instant, call: &Call) -> Outcome {
        match self.try_call(host, now, call) {
            Ok(outcome) => outcome,
            Err(errno) => Outcome::Errno(errno),
        }
    }

    /// `Err` only if the socket is not known.
    fn try_call(&mut self, host: &mut Host, now: Instant, call: &Call) -> Result<Outcome, Errno> {
        Ok(match call {
            Call::Socket(family, kind) => {
                let made = host.socket(family_of(*family), kind_of(*kind));
                outcome(made, |handle| Outcome::Socket(self.add(handle)))
            }
            Call::Bind(id, address) => done(host.bind(self.get(*id)?, *address)),
            Call::Listen(id, backlog) => done(host.listen(self.get(*id)?, *backlog as usize)),
            Call::Accept(id) => {
                let accepted = host.accept(now, self.get(*id)?);
                outcome(accepted, |(handle, peer)| Outcome::Accepted(self.add(handle), peer))
            }
            Call::Connect(id, address) => done(host.connect(now, self.get(*id)?, *address)),
            Call::Send(id, data) => outcome(host.send(now, self.get(*id)?, data), Outcome::Count),
            Call::SendTo(id, data, to) => outcome(host.send_to(now, self.get(*id)?, data, *to), Outcome::Count),
            Call::SendUrgent(id, data) => outcome(host.send_urgent(now, self.get(*id)?, data), Outcome::Count),
            Call::Recv(id, len) => {
                let mut buffer = vec![0; (*len).min(MAX_READ)];
                let result = host.recv(now, self.get(*id)?, &mut buffer);
                outcome(result, |count| {
                    buffer.truncate(count);
                    Outcome::Data(buffer)
                })
            }
            Call::RecvFrom(id, len) => {
                let mut buffer = vec![0; (*len).min(MAX_READ)];
                let result = host.recv_from(now, self.get(*id)?, &mut buffer);
                outcome(result, |received| {
                    buffer.truncate(received.len);
                    Outcome::Datagram { data: buffer, from: received.arrival.from, truncated: received.truncated }
                })
            }
            Call::RecvUrgent(id, len) => {
                let handle = self.get(*id)?;
                if *len == 0 {
                    return Ok(Outcome::Data(Vec::new()));
                }
                outcome(host.recv_urgent(now, handle), |octet| Outcome::Data(vec![octet]))
            }
            Call::Shutdown(id, how) => done(host.shutdown(now, self.get(*id)?, shutdown_of(*how))),
            Call::Close(id) => {
                let result = host.close(now, self.get(*id)?);
                if let Some(entry) = self.handles.get_mut(id.0 as usize) {
                    *entry = None;
                }
                done(result)
            }
            Call::SetOption(id, option) => {
                let handle = self.get(*id)?;
                match to_stack(*option) {
                    Some(option) => done(host.set_option(now, handle, option)),
                    None => Outcome::Errno(Errno::NoProtocolOption),
                }
            }
            Call::GetOption(id, option) => {
                let handle = self.get(*id)?;
                match to_stack(*option) {
                    Some(option) => get_option(host, handle, option),
                    None => Outcome::Errno(Errno::NoProtocolOption),
                }
            }
            Call::LocalAddress(id) => outcome(host.local_address(self.get(*id)?), Outcome::Address),
            Call::PeerAddress(id) => outcome(host.peer_address(self.get(*id)?), Outcome::Address),
            Call::State(id) => outcome(host.tcp_state(self.get(*id)?), |state| Outcome::State(state.name())),
        })
    }
}

fn get_option(host: &mut Host, handle: SocketHandle, option: socket::SocketOption) -> Outcome {
    let value = host.get_option(handle, option);
    outcome(value, |option| match from_stack(option) {
        Some(option) => Outcome::Option(option),
        None => Outcome::Errno(Errno::NoProtocolOption),
    })
}

const fn family_of(family: Family) -> socket::Family {
    match family {
        Family::Ipv4 => socket::Family::Ipv4,
        Family::Ipv6 => socket::Family::Ipv6,
    }
}

const fn kind_of(kind: SocketKind) -> socket::SocketKind {
    match kind {
        SocketKind::Tcp => socket::SocketKind::Tcp,
        SocketKind::Udp => socket::SocketKind::Udp,
    }
}

const fn shutdown_of(how: Shutdown) -> socket::Shutdown {
    match how {
        Shutdown::Read => socket::Shutdown::Read,
        Shutdown::Write => socket::Shutdown::Write,
        Shutdown::Both => socket::Shutdown::Both,
    }
}

/// An option in the stack's words.
const fn to_stack(option: SocketOption) -> Option<socket::SocketOption> {
    use socket::SocketOption as To;
    Some(match option {
        SocketOption::ReuseAddress(on) => To::ReuseAddress(on),
        SocketOption::Broadcast(on) => To::Broadcast(on),
        SocketOption::KeepAlive(on) => To::KeepAlive(on),
        SocketOption::KeepIdle(secs) => To::KeepIdle(Duration::from_secs(secs as u64)),
        SocketOption::KeepInterval(secs) => To::KeepInterval(Duration::from_secs(secs as u64)),
        SocketOption::KeepCount(count) => To::KeepCount(count),
        SocketOption::NoDelay(on) => To::NoDelay(on),
        SocketOption::UserTimeout(millis) => To::UserTimeout(Duration::from_millis(millis as u64)),
        SocketOption::Linger(None) => To::Linger(None),
        SocketOption::Linger(Some(secs)) => To::Linger(Some(Duration::from_secs(secs as u64))),
        SocketOption::RecvBuffer(bytes) => To::RecvBuffer(bytes as usize),
        SocketOption::SendBuffer(bytes) => To::SendBuffer(bytes as usize),
        SocketOption::Ttl(ttl) => To::Ttl(ttl),
        SocketOption::Tos(tos) => To::Tos(tos),
        SocketOption::Error(_) => To::Error(None),
        SocketOption::JoinGroup(group) => To::JoinGroup(group, 0),
        SocketOption::LeaveGroup(group) => To::LeaveGroup(group, 0),
    })
}

/// An option in the harness's words; `None` if it has none for it.
fn from_stack(option: socket::SocketOption) -> Option<SocketOption> {
    use socket::SocketOption as From;
    let secs = |time: Duration| (time.as_millis() / 1_000) as u32;
    Some(match option {
        From::ReuseAddress(on) => SocketOption::ReuseAddress(on),
        From::Broadcast(on) => SocketOption::Broadcast(on),
        From::KeepAlive(on) => SocketOption::KeepAlive(on),
        From::KeepIdle(time) => SocketOption::KeepIdle(secs(time)),
        From::KeepInterval(time) => SocketOption::KeepInterval(secs(time)),
        From::KeepCount(count) => SocketOption::KeepCount(count),
        From::NoDelay(on) => SocketOption::NoDelay(on),
        From::UserTimeout(time) => SocketOption::UserTimeout(time.as_millis() as u32),
        From::Linger(time) => SocketOption::Linger(time.map(secs)),
        From::RecvBuffer(bytes) => SocketOption::RecvBuffer(bytes as u32),
        From::SendBuffer(bytes) => SocketOption::SendBuffer(bytes as u32),
        From::Ttl(ttl) => SocketOption::Ttl(ttl),
        From::Tos(tos) => SocketOption::Tos(tos),
        From::Error(error) => SocketOption::Error(error.map(ErrnoValue)),
        _ => return None,
    })
}
