//! Judging an arriving UDP datagram (RFC 768, RFC 1122 4.1.3.4, RFC 8200 8.1).

use crate::event::DropReason;
use crate::fault::{Fault, FaultSet};
use crate::wire::ip::PseudoHeader;
use crate::wire::udp::{UdpPacket, UdpRepr};
use crate::wire::{Error, ErrorKind};

/// A datagram that passed its checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Source port; 0 means that no reply is possible.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// The data.
    pub payload: &'a [u8],
}

/// Reads a UDP datagram: the payload of an IP packet, without padding of the link.
///
/// # Errors
///
/// `Malformed` for impossible lengths, `BadChecksum` for a wrong checksum and for a missing one over IPv6.
pub fn input<'a>(faults: &FaultSet, pseudo: PseudoHeader, bytes: &'a [u8]) -> Result<Datagram<'a>, DropReason> {
    let packet = UdpPacket::new_checked(bytes).map_err(|_| DropReason::Malformed)?;
    let ignore = faults.has(Fault::UdpChecksumIgnored)
        || (faults.has(Fault::UdpZeroChecksumV6Accepted) && pseudo.is_v6() && packet.checksum() == 0);
    // RFC1122-4.1.3.4-1, RFC1122-4.1.3.4-2: check the checksum, discard in silence what fails. The wire format
    // knows that zero means "none" over IPv4 and is forbidden over IPv6.
    let header = UdpRepr::parse(&packet, (!ignore).then_some(pseudo)).map_err(|error| reason(&error))?;
    if header.dst_port == 0 {
        return Err(DropReason::Malformed);
    }
    Ok(Datagram { src_port: header.src_port, dst_port: header.dst_port, payload: payload_of(bytes) })
}

/// The data behind the header, as long as the length field says (checked by the caller).
fn payload_of(bytes: &[u8]) -> &[u8] {
    let len = usize::from(u16::from_be_bytes([bytes[4], bytes[5]]));
    bytes.get(crate::wire::udp::HEADER_LEN..len).unwrap_or(&[])
}

const fn reason(error: &Error) -> DropReason {
    match error.kind {
        ErrorKind::Checksum => DropReason::BadChecksum,
        _ => DropReason::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn datagram(pseudo: PseudoHeader) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        let header = UdpRepr { src_port: 7, dst_port: 9 };
        let len = header.emit_with_payload(&mut bytes, b"hello", pseudo).expect("room");
        bytes.truncate(len);
        bytes
    }

    #[test]
    fn checksum_rules_of_both_families() {
        let v4 = PseudoHeader::v4(Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST);
        let v6 = PseudoHeader::v6(Ipv6Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
        for (pseudo, without) in [(v4, Ok(&b"hello"[..])), (v6, Err(DropReason::BadChecksum))] {
            let mut bytes = datagram(pseudo);
            assert_eq!(input(&FaultSet::NONE, pseudo, &bytes).map(|it| it.payload), Ok(&b"hello"[..]));
            bytes[12] ^= 1;
            assert_eq!(input(&FaultSet::NONE, pseudo, &bytes), Err(DropReason::BadChecksum));
            bytes[12] ^= 1;
            bytes[6..8].fill(0);
            assert_eq!(input(&FaultSet::NONE, pseudo, &bytes).map(|it| it.payload), without);
        }
    }

    #[test]
    fn lengths() {
        let v4 = PseudoHeader::v4(Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST);
        let bytes = datagram(v4);
        for cut in 0..bytes.len() {
            assert_eq!(input(&FaultSet::NONE, v4, &bytes[..cut]), Err(DropReason::Malformed));
        }
    }

    quickcheck::quickcheck! {
        fn never_panics(bytes: Vec<u8>, v6: bool) -> bool {
            let v4 = PseudoHeader::v4(Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST);
            let pseudo = if v6 { PseudoHeader::v6(Ipv6Addr::LOCALHOST, Ipv6Addr::LOCALHOST) } else { v4 };
            input(&FaultSet::NONE, pseudo, &bytes).is_err() || bytes.len() >= 8
        }
    }
}
