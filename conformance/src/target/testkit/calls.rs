//! Checks of the socket calls: what is declared works, what is not is not answered with success.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{call, ensure, fail, has, reset, speaks};
use crate::capability::Capability;
use crate::target::{Call, Errno, Family, Outcome, Shutdown, SocketId, SocketKind, SocketOption, Target};

/// A new socket of the first family that the target speaks.
fn open(target: &mut dyn Target, kind: SocketKind) -> Result<SocketId, String> {
    let family = if speaks(target, false) { Family::Ipv4 } else { Family::Ipv6 };
    match call(target, &Call::Socket(family, kind))? {
        Outcome::Socket(id) => Ok(id),
        other => Err(format!("a new {family:?} {kind:?} socket: {other:?}")),
    }
}

/// What was not declared answers [`Outcome::Unsupported`], and what was declared does not: a stack must be able to
/// fail, and "unsupported" must not hide that.
///
/// # Errors
///
/// The call and its outcome.
pub fn undeclared_is_unsupported(target: &mut dyn Target) -> Result<(), String> {
    reset(target)?;
    let tcp = has(target, Capability::TcpListen) || has(target, Capability::TcpConnect);
    if tcp {
        let id = open(target, SocketKind::Tcp)?;
        let options = [
            (Capability::TcpKeepAlive, SocketOption::KeepAlive(true)),
            (Capability::TcpKeepAlive, SocketOption::KeepIdle(10)),
            (Capability::TcpUserTimeout, SocketOption::UserTimeout(60_000)),
            (Capability::TcpNoDelay, SocketOption::NoDelay(true)),
            (Capability::RecvBufferSize, SocketOption::RecvBuffer(8192)),
            (Capability::TtlOption, SocketOption::Ttl(33)),
            (Capability::TosOption, SocketOption::Tos(4)),
        ];
        for (capability, option) in options {
            expect(target, capability, &Call::SetOption(id, option))?;
        }
        expect(target, Capability::StateQuery, &Call::State(id))?;
        expect(target, Capability::TcpUrgent, &Call::SendUrgent(id, vec![1]))?;
        expect(target, Capability::TcpUrgent, &Call::RecvUrgent(id, 1))?;
        expect(target, Capability::TcpHalfClose, &Call::Shutdown(id, Shutdown::Write))?;
        let fresh = open(target, SocketKind::Tcp)?;
        expect(target, Capability::TcpListen, &Call::Listen(fresh, 2))?;
        let fresh = open(target, SocketKind::Tcp)?;
        let port_zero = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        expect(target, Capability::TcpConnect, &Call::Connect(fresh, port_zero))?;
    } else {
        let outcome = call(target, &Call::Socket(Family::Ipv4, SocketKind::Tcp))?;
        ensure(outcome == Outcome::Unsupported, || format!("it has no TCP sockets, but made one: {outcome:?}"))?;
    }
    if has(target, Capability::UdpSockets) {
        let id = open(target, SocketKind::Udp)?;
        let groups = [
            (Capability::Igmp, SocketOption::JoinGroup(Ipv4Addr::new(224, 0, 0, 251).into())),
            (Capability::Mld, SocketOption::JoinGroup(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb).into())),
        ];
        for (capability, option) in groups {
            expect(target, capability, &Call::SetOption(id, option))?;
        }
        // Streams listen and have urgent data; datagrams do not.
        for wrong in [Call::Listen(id, 1), Call::Accept(id), Call::SendUrgent(id, vec![1])] {
            let outcome = call(target, &wrong)?;
            ensure(matches!(outcome, Outcome::Unsupported | Outcome::Errno(_)), || {
                format!("{wrong:?} on a UDP socket: {outcome:?}")
            })?;
        }
    }
    Ok(())
}

/// The outcome of `call` is `Unsupported` exactly if `capability` is not declared.
fn expect(target: &mut dyn Target, capability: Capability, wanted: &Call) -> Result<(), String> {
    let outcome = call(target, wanted)?;
    let declared = has(target, capability);
    ensure((outcome == Outcome::Unsupported) != declared, || {
        let not = if declared { "" } else { "not " };
        format!("{capability} is {not}declared, and {wanted:?} gives {outcome:?}")
    })
}

/// A socket number that was never given out, or was closed, is refused by every call, and nothing panics.
///
/// # Errors
///
/// The call that took it.
pub fn unknown_sockets_are_refused(target: &mut dyn Target) -> Result<(), String> {
    reset(target)?;
    let somewhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 7));
    let mut unknown = vec![SocketId(0), SocketId(999_999), SocketId(u32::MAX)];
    if has(target, Capability::UdpSockets) {
        let closed = open(target, SocketKind::Udp)?;
        let outcome = call(target, &Call::Close(closed))?;
        ensure(outcome == Outcome::Done, || format!("close of a fresh socket: {outcome:?}"))?;
        unknown.push(closed);
    }
    for id in unknown {
        let calls = [
            Call::Bind(id, somewhere),
            Call::Listen(id, 1),
            Call::Accept(id),
            Call::Connect(id, somewhere),
            Call::Send(id, vec![1]),
            Call::SendTo(id, vec![1], somewhere),
            Call::SendUrgent(id, vec![1]),
            Call::Recv(id, 10),
            Call::RecvFrom(id, 10),
            Call::RecvUrgent(id, 1),
            Call::Shutdown(id, Shutdown::Write),
            Call::SetOption(id, SocketOption::NoDelay(true)),
            Call::GetOption(id, SocketOption::NoDelay(true)),
            Call::LocalAddress(id),
            Call::PeerAddress(id),
            Call::State(id),
            Call::Close(id),
        ];
        for wrong in calls {
            let outcome = target.call(&wrong).map_err(|error| format!("{wrong:?}: {}", fail(error)))?;
            ensure(matches!(outcome, Outcome::Errno(Errno::BadSocket) | Outcome::Unsupported), || {
                format!("{wrong:?} on a socket that is not there: {outcome:?}")
            })?;
        }
    }
    Ok(())
}
