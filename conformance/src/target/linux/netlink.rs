//! The few rtnetlink requests that set a namespace up: link, address, route. Read rtnetlink(7) first.
//!
//! Everything is in the machine's own byte order but addresses; attributes are aligned to four bytes.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

use crate::target::MacAddress;

const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 0x001;
const NLM_F_ACK: u16 = 0x004;
const NLM_F_REPLACE: u16 = 0x100;
const NLM_F_CREATE: u16 = 0x400;

const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const RTM_NEWROUTE: u16 = 24;

const IFLA_ADDRESS: u16 = 1;
const IFLA_MTU: u16 = 4;
const IFF_UP: u32 = 1;

const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_BROADCAST: u16 = 4;
/// Duplicate address detection is not done: the address is usable at once.
const IFA_F_NODAD: u8 = 0x02;

const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RT_TABLE_MAIN: u8 = 254;
const RTPROT_STATIC: u8 = 4;
const RT_SCOPE_UNIVERSE: u8 = 0;
const RT_SCOPE_LINK: u8 = 253;
const RTN_UNICAST: u8 = 1;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

fn family(address: IpAddr) -> u8 {
    if address.is_ipv4() { AF_INET } else { AF_INET6 }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// One request: header, fixed part, attributes.
struct Message(Vec<u8>);

impl Message {
    fn new(kind: u16, flags: u16, fixed: &[u8]) -> Self {
        let mut bytes = vec![0; 16];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&(NLM_F_REQUEST | NLM_F_ACK | flags).to_ne_bytes());
        bytes.extend(fixed);
        Self(bytes)
    }

    fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        self.0.extend(((4 + value.len()) as u16).to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    /// The bytes, with length and sequence number filled in.
    fn finish(mut self, sequence: u32) -> Vec<u8> {
        let len = self.0.len() as u32;
        self.0[0..4].copy_from_slice(&len.to_ne_bytes());
        self.0[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self.0
    }
}

/// `struct ifinfomsg`: family, padding, type, index, flags, change mask.
fn link_part(index: u32, flags: u32, change: u32) -> Vec<u8> {
    let mut part = vec![0; 4];
    for word in [index, flags, change] {
        part.extend(word.to_ne_bytes());
    }
    part
}

/// What brings a link up, with this address and MTU if they are given.
fn link_message(index: u32, mac: Option<MacAddress>, mtu: Option<u32>) -> Message {
    let mut message = Message::new(RTM_NEWLINK, 0, &link_part(index, IFF_UP, IFF_UP));
    if let Some(mac) = mac {
        message = message.attribute(IFLA_ADDRESS, &mac.0);
    }
    if let Some(mtu) = mtu {
        message = message.attribute(IFLA_MTU, &mtu.to_ne_bytes());
    }
    message
}

/// What adds an address. `struct ifaddrmsg`: family, prefix length, flags, scope, index.
fn address_message(index: u32, address: IpAddr, prefix: u8) -> Message {
    let local = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
    let scope = if local { RT_SCOPE_LINK } else { RT_SCOPE_UNIVERSE };
    let flags = if address.is_ipv6() { IFA_F_NODAD } else { 0 };
    let mut fixed = vec![family(address), prefix, flags, scope];
    fixed.extend(index.to_ne_bytes());
    let bytes = octets(address);
    let mut message = Message::new(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &fixed)
        .attribute(IFA_LOCAL, &bytes)
        .attribute(IFA_ADDRESS, &bytes);
    if let IpAddr::V4(address) = address {
        let host_bits = u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
        let broadcast = Ipv4Addr::from(u32::from(address) | host_bits);
        message = message.attribute(IFA_BROADCAST, &broadcast.octets());
    }
    message
}

/// What adds a static route. `struct rtmsg`: family, lengths, tos, table, protocol, scope, type, flags.
fn route_message(index: u32, prefix: (IpAddr, u8), gateway: IpAddr) -> Message {
    let mut fixed =
        vec![family(prefix.0), prefix.1, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_UNIVERSE, RTN_UNICAST];
    fixed.extend([0; 4]);
    let mut message = Message::new(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &fixed);
    if prefix.1 > 0 {
        message = message.attribute(RTA_DST, &octets(prefix.0));
    }
    message.attribute(RTA_GATEWAY, &octets(gateway)).attribute(RTA_OIF, &index.to_ne_bytes())
}

/// A netlink socket of the namespace of the thread that opened it.
pub(super) struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

impl Netlink {
    /// Opens a socket to rtnetlink.
    pub(super) fn open() -> io::Result<Self> {
        let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
        Ok(Self { socket, sequence: 0 })
    }

    /// Brings a link up, with this address and MTU if they are given.
    pub(super) fn set_up(&mut self, index: u32, mac: Option<MacAddress>, mtu: Option<u32>) -> io::Result<()> {
        self.request(link_message(index, mac, mtu))
    }

    /// Adds an address with its prefix length.
    pub(super) fn add_address(&mut self, index: u32, address: IpAddr, prefix: u8) -> io::Result<()> {
        self.request(address_message(index, address, prefix))
    }

    /// Adds a route to `prefix` by way of `gateway`.
    pub(super) fn add_route(&mut self, index: u32, prefix: (IpAddr, u8), gateway: IpAddr) -> io::Result<()> {
        self.request(route_message(index, prefix, gateway))
    }

    fn request(&mut self, message: Message) -> io::Result<()> {
        self.sequence += 1;
        let bytes = message.finish(self.sequence);
        send(self.socket.as_raw_fd(), &bytes, MsgFlags::empty())?;
        let mut reply = [0; 4096];
        loop {
            let len = recv(self.socket.as_raw_fd(), &mut reply, MsgFlags::empty())?;
            if let Some(result) = acknowledgment(&reply[..len], self.sequence) {
                return result;
            }
        }
    }
}

/// What `reply` says of request `sequence`; `None` if it is about another.
fn acknowledgment(reply: &[u8], sequence: u32) -> Option<io::Result<()>> {
    let word =
        |at: usize| reply.get(at..at + 4).map(|bytes| u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let kind = reply.get(4..6).map(|bytes| u16::from_ne_bytes([bytes[0], bytes[1]]));
    if kind != Some(NLMSG_ERROR) || word(8) != Some(sequence) {
        return None;
    }
    // A negated errno; zero acknowledges.
    match word(16)?.cast_signed() {
        0 => Some(Ok(())),
        code => Some(Err(io::Error::from_raw_os_error(code.saturating_neg()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_request_is_laid_out_as_rtnetlink_wants() {
        let message = route_message(3, ([10, 0, 0, 0].into(), 8), [192, 0, 2, 2].into()).finish(7);
        assert_eq!(message.len(), 16 + 12 + 8 + 8 + 8);
        assert_eq!(message[0..4], 52u32.to_ne_bytes());
        assert_eq!(message[4..6], RTM_NEWROUTE.to_ne_bytes());
        assert_eq!(message[8..12], 7u32.to_ne_bytes());
        assert_eq!(message[16..24], [2, 8, 0, 0, 254, 4, 0, 1]);
        assert_eq!(message[28 + 4..28 + 8], [10, 0, 0, 0]);
        assert_eq!(message[36 + 4..36 + 8], [192, 0, 2, 2]);
        assert_eq!(message[44 + 4..44 + 8], 3u32.to_ne_bytes());
    }

    #[test]
    fn attributes_are_padded_to_four_bytes() {
        let message = link_message(1, Some(MacAddress([2, 0, 0, 0, 0, 1])), Some(1500)).finish(1);
        assert_eq!(message.len(), 16 + 16 + 12 + 8);
        assert_eq!(message[32..36], [10u16.to_ne_bytes(), IFLA_ADDRESS.to_ne_bytes()].concat());
    }

    #[test]
    fn errors_are_told_from_acknowledgments() {
        let mut reply = vec![0; 20];
        reply[4..6].copy_from_slice(&NLMSG_ERROR.to_ne_bytes());
        reply[8..12].copy_from_slice(&5u32.to_ne_bytes());
        assert!(acknowledgment(&reply, 4).is_none());
        assert!(matches!(acknowledgment(&reply, 5), Some(Ok(()))));
        reply[16..20].copy_from_slice(&(-17i32).to_ne_bytes());
        let error = acknowledgment(&reply, 5).expect("answered").expect_err("refused");
        assert_eq!(error.raw_os_error(), Some(17));
        assert!(acknowledgment(&reply[..10], 5).is_none());
    }
}
