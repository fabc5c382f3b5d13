//! UDP (RFC 768, RFC 1122 4.1): datagrams in and out, and the receive queue of a socket.
//!
//! [`input()`] judges an arriving datagram, [`UdpSocket`] keeps what waits to be read. Ports and the choice of the
//! socket are in [`crate::socket::ports`], sending is in [`crate::host`].

pub mod input;
pub mod socket;

pub use input::{Datagram, input};
pub use socket::{Arrival, Received, UdpSocket};
