//! A UDP socket's receive queue and pending error (RFC 768 "User Interface", RFC 1122 4.1.3 and 4.1.4).

use core::net::SocketAddr;
use std::collections::VecDeque;

use crate::errno::Errno;
use crate::event::DropReason;
use crate::wire::ipv4::Ipv4Options;

/// What IP said about a datagram that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Who sent it.
    pub from: SocketAddr,
    // RFC1122-4.1.3.5-1: the specific-destination address goes to the application.
    /// The address and port that it was sent to.
    pub to: SocketAddr,
    // RFC1122-3.4-2: the interface goes up with it.
    /// The interface that brought it.
    pub interface: usize,
    /// TTL or hop limit.
    pub ttl: u8,
    // RFC1122-4.1.4-3, RFC1122-3.2.1.6-2: the received TOS goes up.
    /// TOS or traffic class, ECN bits included.
    pub tos: u8,
    // RFC1122-4.1.3.2-1, RFC1122-3.2.1.8-2: received options go up.
    /// The IPv4 options; empty over IPv6.
    pub options: Ipv4Options,
}

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Octets written to the caller's buffer.
    pub len: usize,
    /// The datagram was longer than the buffer; the rest is lost (`MSG_TRUNC`).
    pub truncated: bool,
    /// What IP said about it.
    pub arrival: Arrival,
}

/// A UDP socket: who it hears, what waits to be read, the error that waits to be reported.
#[derive(Clone, Debug)]
pub struct UdpSocket {
    /// The address and port that it is bound to, if it is.
    pub local: Option<SocketAddr>,
    /// The only peer that it hears and the default destination, after `connect`.
    pub peer: Option<SocketAddr>,
    /// Reads give end of file.
    pub read_closed: bool,
    /// Writes give `EPIPE`.
    pub write_closed: bool,
    error: Option<Errno>,
    bytes: VecDeque<u8>,
    waiting: VecDeque<(usize, Arrival)>,
    byte_limit: usize,
    datagram_limit: usize,
}

impl UdpSocket {
    /// A fresh socket that keeps up to `datagrams` datagrams and `bytes` octets of data.
    pub const fn new(datagrams: usize, bytes: usize) -> Self {
        Self {
            local: None,
            peer: None,
            read_closed: false,
            write_closed: false,
            error: None,
            bytes: VecDeque::new(),
            waiting: VecDeque::new(),
            byte_limit: bytes,
            datagram_limit: datagrams,
        }
    }

    /// `SO_RCVBUF`.
    pub const fn set_byte_limit(&mut self, bytes: usize) {
        self.byte_limit = bytes;
    }

    /// `SO_RCVBUF`.
    pub const fn byte_limit(&self) -> usize {
        self.byte_limit
    }

    /// Keeps a datagram until it is read.
    ///
    /// # Errors
    ///
    /// `ReceiveQueueFull`: one of the bounds is reached; what is already there stays.
    pub fn deliver(&mut self, payload: &[u8], arrival: Arrival) -> Result<(), DropReason> {
        if self.waiting.len() >= self.datagram_limit || self.bytes.len() + payload.len() > self.byte_limit {
            return Err(DropReason::ReceiveQueueFull);
        }
        self.bytes.extend(payload);
        self.waiting.push_back((payload.len(), arrival));
        Ok(())
    }

    /// Reads the oldest datagram into `out`; what does not fit is lost. A datagram may be empty.
    ///
    /// # Errors
    ///
    /// The pending error, once; `WouldBlock` if nothing waits.
    pub fn receive(&mut self, out: &mut [u8]) -> Result<Received, Errno> {
        if let Some(error) = self.take_error() {
            return Err(error);
        }
        let (size, arrival) = self.waiting.pop_front().ok_or(Errno::WouldBlock)?;
        let len = size.min(out.len());
        let (front, back) = self.bytes.as_slices();
        let first = len.min(front.len());
        out[..first].copy_from_slice(&front[..first]);
        out[first..len].copy_from_slice(&back[..len - first]);
        self.bytes.drain(..size);
        Ok(Received { len, truncated: len < size, arrival })
    }

    /// Forgets every datagram whose source is not `peer`: they came before `connect` named it.
    pub fn keep_only(&mut self, peer: SocketAddr) {
        let waiting = core::mem::take(&mut self.waiting);
        for (size, arrival) in waiting {
            if arrival.from == peer {
                self.waiting.push_back((size, arrival));
                self.bytes.rotate_left(size);
            } else {
                self.bytes.drain(..size);
            }
        }
    }

    /// Whether a read would not block.
    pub fn readable(&self) -> bool {
        !self.waiting.is_empty() || self.error.is_some() || self.read_closed
    }

    /// An error to be reported by the next call (RFC 1122 4.1.3.3).
    pub const fn set_error(&mut self, error: Errno) {
        self.error = Some(error);
    }

    /// The pending error, which is none afterwards.
    pub const fn take_error(&mut self) -> Option<Errno> {
        self.error.take()
    }

    /// Whether an error is pending.
    pub const fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(port: u16) -> Arrival {
        Arrival {
            from: ([192, 0, 2, 1], port).into(),
            to: ([192, 0, 2, 2], 9).into(),
            interface: 0,
            ttl: 64,
            tos: 0,
            options: Ipv4Options::EMPTY,
        }
    }

    #[test]
    fn datagrams_keep_their_bounds() {
        let mut socket = UdpSocket::new(3, 10);
        assert_eq!(socket.deliver(b"abcdef", from(1)), Ok(()));
        assert_eq!(socket.deliver(b"abcdef", from(1)), Err(DropReason::ReceiveQueueFull));
        assert_eq!(socket.deliver(b"", from(2)), Ok(()));
        assert_eq!(socket.deliver(b"wxyz", from(3)), Ok(()));
        assert_eq!(socket.deliver(b"", from(4)), Err(DropReason::ReceiveQueueFull));
        let mut buffer = [0; 4];
        let received = socket.receive(&mut buffer).expect("a datagram");
        assert_eq!((received.len, received.truncated, &buffer), (4, true, b"abcd"));
        let received = socket.receive(&mut buffer).expect("an empty datagram");
        assert_eq!((received.len, received.truncated, received.arrival), (0, false, from(2)));
        assert_eq!(socket.receive(&mut buffer).map(|it| it.len), Ok(4));
        assert_eq!((&buffer, socket.receive(&mut [])), (b"wxyz", Err(Errno::WouldBlock)));
    }

    #[test]
    fn errors_come_first_and_once() {
        let mut socket = UdpSocket::new(3, 10);
        assert_eq!(socket.deliver(b"a", from(1)), Ok(()));
        socket.set_error(Errno::ConnectionRefused);
        assert!(socket.readable() && socket.has_error());
        assert_eq!(socket.receive(&mut [0]), Err(Errno::ConnectionRefused));
        assert_eq!(socket.receive(&mut [0]).map(|it| it.len), Ok(1));
    }

    #[test]
    fn connect_forgets_other_senders() {
        let mut socket = UdpSocket::new(9, 100);
        for (port, text) in [(1, &b"one"[..]), (2, b"two"), (1, b"three"), (2, b"")] {
            assert_eq!(socket.deliver(text, from(port)), Ok(()));
        }
        socket.keep_only(from(1).from);
        let mut buffer = [0; 9];
        assert_eq!(socket.receive(&mut buffer).map(|it| it.len), Ok(3));
        assert_eq!(&buffer[..3], b"one");
        assert_eq!(socket.receive(&mut buffer).map(|it| it.len), Ok(5));
        assert_eq!(&buffer[..5], b"three");
        assert!(!socket.readable());
    }
}
