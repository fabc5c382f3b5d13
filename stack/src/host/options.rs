//! `setsockopt` and `getsockopt`, multicast groups, and what options mean for packets.

use core::net::IpAddr;
use std::sync::Arc;

use super::Host;
use super::network::Network;
use super::sockets::{Socket, TcpSocket};
use crate::errno::Errno;
use crate::fault::Fault;
use crate::socket::options::{SocketOption, SocketOptions};
use crate::socket::{Family, SocketHandle};
use crate::time::{Duration, Instant};

impl Host {
    /// `setsockopt(2)`.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NoProtocolOption` for an option that the kind of socket does not have or that can only be read;
    /// `Invalid` for a value out of range; for groups `AddressInUse`, `AddressNotAvailable`, `NoBuffers`.
    pub fn set_option(&mut self, now: Instant, handle: SocketHandle, option: SocketOption) -> Result<(), Errno> {
        let now = self.tick(now);
        let slot = self.slot_of(handle)?;
        if self.sockets.tcp(slot).is_some() {
            return self.set_tcp_option(now, slot, option);
        }
        let Some(entry) = self.sockets.udp_mut(slot) else { return Err(Errno::BadSocket) };
        match option {
            SocketOption::RecvBuffer(bytes) => entry.socket.set_byte_limit(bytes),
            SocketOption::SendBuffer(_) => {}
            SocketOption::JoinGroup(group, interface) => return self.join_group(now, slot, interface, group),
            SocketOption::LeaveGroup(group, interface) => {
                let member = (interface, group);
                let place = entry.groups.iter().position(|joined| *joined == member);
                entry.groups.remove(place.ok_or(Errno::AddressNotAvailable)?);
                self.net.leave_group(now, interface, group);
            }
            SocketOption::ReuseAddress(reuse) => {
                entry.options.reuse_address = reuse;
                if let Some(local) = entry.socket.local
                    && let Some(binding) = self.sockets.udp_ports.binding_mut(local.port(), slot)
                {
                    binding.reuse = reuse;
                }
            }
            option => set_shared(&mut entry.options, option)?,
        }
        Ok(())
    }

    fn set_tcp_option(&mut self, now: Instant, slot: u32, option: SocketOption) -> Result<(), Errno> {
        let socket = self.sockets.tcp_mut(slot).ok_or(Errno::BadSocket)?;
        match option {
            SocketOption::KeepAlive(on) => socket.keep_alive.0 = on,
            SocketOption::KeepIdle(idle) => socket.keep_alive.1.idle = positive(idle)?,
            SocketOption::KeepInterval(interval) => socket.keep_alive.1.interval = positive(interval)?,
            SocketOption::KeepCount(0) => return Err(Errno::Invalid),
            SocketOption::KeepCount(count) => socket.keep_alive.1.count = count,
            SocketOption::NoDelay(on) => Arc::make_mut(&mut socket.config).nodelay = on,
            SocketOption::UserTimeout(time) => {
                Arc::make_mut(&mut socket.config).user_timeout = Some(time).filter(|time| *time > Duration::ZERO);
            }
            SocketOption::RecvBuffer(bytes) => Arc::make_mut(&mut socket.config).receive_buffer = bytes.max(256),
            SocketOption::SendBuffer(bytes) => Arc::make_mut(&mut socket.config).send_buffer = bytes.max(256),
            SocketOption::MaxSegment(size) => Arc::make_mut(&mut socket.config).max_segment_size = Some(size),
            SocketOption::ReuseAddress(reuse) => {
                // Connections are counted with the value that they had when they began.
                if socket.hash.is_none() {
                    socket.options.reuse_address = reuse;
                }
                if let Some(bound) = socket.bound
                    && let Some(binding) = self.sockets.tcp_ports.binding_mut(bound.port(), slot)
                {
                    binding.reuse = reuse;
                }
                return Ok(());
            }
            option => {
                set_shared(&mut socket.options, option)?;
                socket.path = None;
                return Ok(());
            }
        }
        apply_to_connection(now, socket, option);
        self.after_tcp(slot);
        Ok(())
    }

    /// `getsockopt(2)`; the value in `option` does not count.
    ///
    /// # Errors
    ///
    /// `BadSocket`; `NoProtocolOption` for an option that the kind of socket does not have.
    pub fn get_option(&mut self, handle: SocketHandle, option: SocketOption) -> Result<SocketOption, Errno> {
        let slot = self.slot_of(handle)?;
        let ttl = self.net.default_ttl;
        match self.sockets.table.get_mut(slot) {
            Some(Socket::Tcp(socket)) => get_tcp_option(socket, option, ttl),
            Some(Socket::Udp(entry)) => match option {
                SocketOption::RecvBuffer(_) => Ok(SocketOption::RecvBuffer(entry.socket.byte_limit())),
                SocketOption::Error(_) => Ok(SocketOption::Error(entry.socket.take_error())),
                option => get_shared(&entry.options, option, ttl),
            },
            None => Err(Errno::BadSocket),
        }
    }

    fn join_group(&mut self, now: Instant, slot: u32, interface: usize, group: IpAddr) -> Result<(), Errno> {
        let Some(entry) = self.sockets.udp_mut(slot) else { return Err(Errno::BadSocket) };
        if Family::of(group) != entry.family || !group.is_multicast() {
            return Err(Errno::Invalid);
        }
        if entry.groups.contains(&(interface, group)) {
            return Err(Errno::AddressInUse);
        }
        self.net.join_group(now, interface, group)?;
        if let Some(entry) = self.sockets.udp_mut(slot) {
            entry.groups.push((interface, group));
        }
        Ok(())
    }
}

/// Options that every kind of socket has.
fn set_shared(options: &mut SocketOptions, option: SocketOption) -> Result<(), Errno> {
    match option {
        SocketOption::Broadcast(on) => options.broadcast = on,
        SocketOption::Linger(linger) => options.linger = linger,
        // RFC1122-3.2.1.7-1: no packet with TTL 0.
        SocketOption::Ttl(0) => return Err(Errno::Invalid),
        SocketOption::Ttl(ttl) => options.ttl = Some(ttl),
        SocketOption::MulticastTtl(ttl) => options.multicast_ttl = ttl.max(1),
        SocketOption::Tos(tos) => options.tos = tos,
        _ => return Err(Errno::NoProtocolOption),
    }
    Ok(())
}

fn get_shared(options: &SocketOptions, option: SocketOption, ttl: u8) -> Result<SocketOption, Errno> {
    Ok(match option {
        SocketOption::ReuseAddress(_) => SocketOption::ReuseAddress(options.reuse_address),
        SocketOption::Broadcast(_) => SocketOption::Broadcast(options.broadcast),
        SocketOption::Linger(_) => SocketOption::Linger(options.linger),
        SocketOption::Ttl(_) => SocketOption::Ttl(options.ttl.unwrap_or(ttl)),
        SocketOption::MulticastTtl(_) => SocketOption::MulticastTtl(options.multicast_ttl),
        SocketOption::Tos(_) => SocketOption::Tos(options.tos),
        _ => return Err(Errno::NoProtocolOption),
    })
}

fn get_tcp_option(socket: &mut TcpSocket, option: SocketOption, ttl: u8) -> Result<SocketOption, Errno> {
    let (on, keep_alive) = socket.keep_alive;
    Ok(match option {
        SocketOption::KeepAlive(_) => SocketOption::KeepAlive(on),
        SocketOption::KeepIdle(_) => SocketOption::KeepIdle(keep_alive.idle),
        SocketOption::KeepInterval(_) => SocketOption::KeepInterval(keep_alive.interval),
        SocketOption::KeepCount(_) => SocketOption::KeepCount(keep_alive.count),
        SocketOption::NoDelay(_) => SocketOption::NoDelay(socket.config.nodelay),
        SocketOption::UserTimeout(_) => SocketOption::UserTimeout(socket.config.user_timeout.unwrap_or(Duration::ZERO)),
        SocketOption::RecvBuffer(_) => SocketOption::RecvBuffer(socket.config.receive_buffer),
        SocketOption::SendBuffer(_) => SocketOption::SendBuffer(socket.config.send_buffer),
        SocketOption::MaxSegment(_) => {
            let mss = socket.connection().map(|connection| connection.info().snd_mss);
            SocketOption::MaxSegment(mss.unwrap_or(536))
        }
        SocketOption::Error(_) => {
            SocketOption::Error(socket.connection_mut().and_then(|connection| connection.take_error()))
        }
        option => return get_shared(&socket.options, option, ttl),
    })
}

/// What was set on the socket reaches the connection that it already has.
fn apply_to_connection(now: Instant, socket: &mut TcpSocket, option: SocketOption) {
    let (on, keep_alive) = socket.keep_alive;
    let user_timeout = socket.config.user_timeout;
    let Some(connection) = socket.connection_mut() else { return };
    match option {
        SocketOption::KeepAlive(_)
        | SocketOption::KeepIdle(_)
        | SocketOption::KeepInterval(_)
        | SocketOption::KeepCount(_) => connection.set_keep_alive(now, on.then_some(keep_alive)),
        SocketOption::NoDelay(on) => connection.set_nodelay(on),
        SocketOption::MaxSegment(size) => connection.set_max_segment_size(size),
        SocketOption::UserTimeout(_) => connection.set_user_timeout(now, user_timeout),
        SocketOption::RecvBuffer(bytes) => connection.set_receive_buffer(bytes.max(256)),
        SocketOption::SendBuffer(bytes) => connection.set_send_buffer(bytes.max(256)),
        _ => {}
    }
}

fn positive(time: Duration) -> Result<Duration, Errno> {
    if time == Duration::ZERO { Err(Errno::Invalid) } else { Ok(time) }
}

impl Network {
    /// The TTL or hop limit for packets to `dst`. RFC9293-MUST-49, RFC1122-3.2.1.7-3: the application may set it.
    pub(super) fn ttl_for(&self, options: &SocketOptions, dst: IpAddr) -> u8 {
        if dst.is_multicast() {
            return options.multicast_ttl;
        }
        match options.ttl {
            Some(ttl) if !self.faults.has(Fault::TtlOptionIgnored) => ttl,
            _ => self.default_ttl,
        }
    }

    /// The TOS for packets. RFC1122-3.2.1.6-1: the transport, and through it the application, sets it.
    pub(super) const fn tos_for(&self, options: &SocketOptions) -> u8 {
        if self.faults.has(Fault::TosOptionIgnored) { 0 } else { options.tos & 0xfc }
    }

    /// The interface that has this address.
    pub(super) fn interface_of(&self, address: IpAddr) -> Option<usize> {
        self.local.iter().find(|own| own.addr == address).map(|own| own.interface)
    }

    /// The path MTU for a new connection.
    pub(super) fn connection_mtu(&self, now: Instant, remote: IpAddr, hint: Option<usize>) -> usize {
        match self.route(now, remote, hint) {
            Ok(hop) if hop.local => hop.mtu,
            Ok(hop) => self.pmtu.get(now, remote, hop.mtu),
            Err(_) => hint.and_then(|index| self.interfaces.get(index)).map_or(576, |it| it.mtu),
        }
    }

    /// One more socket wants to hear a group.
    fn join_group(&mut self, now: Instant, interface: usize, group: IpAddr) -> Result<(), Errno> {
        let Some(entry) = self.interfaces.get_mut(interface) else { return Err(Errno::AddressNotAvailable) };
        if let Some(join) = self.joins.iter_mut().find(|join| (join.0, join.1) == (interface, group)) {
            join.2 += 1;
            return Ok(());
        }
        self.local.join(interface, group)?;
        if let Err(error) = entry.join(now, group) {
            self.local.leave(interface, group);
            return Err(error);
        }
        self.joins.push((interface, group, 1));
        self.busy = true;
        Ok(())
    }

    /// One socket less wants to hear it.
    pub(super) fn leave_group(&mut self, now: Instant, interface: usize, group: IpAddr) {
        let Some(place) = self.joins.iter().position(|join| (join.0, join.1) == (interface, group)) else { return };
        self.joins[place].2 -= 1;
        if self.joins[place].2 > 0 {
            return;
        }
        self.joins.swap_remove(place);
        self.local.leave(interface, group);
        if let Some(entry) = self.interfaces.get_mut(interface) {
            entry.leave(now, group);
        }
        self.busy = true;
    }
}
