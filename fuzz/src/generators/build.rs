//! Builds packets byte by byte from the RFCs' diagrams, with lengths and checksums in place. Uses nothing of the
//! stack's codec, so that an error there is not made twice.

use crate::models::checksum::{checksum, pseudo_header};

/// IPv4 protocol numbers and IPv6 next headers that the builders use (IANA).
pub mod protocol {
    /// ICMP.
    pub const ICMP: u8 = 1;
    /// IGMP.
    pub const IGMP: u8 = 2;
    /// TCP.
    pub const TCP: u8 = 6;
    /// UDP.
    pub const UDP: u8 = 17;
    /// IPv6 fragment header.
    pub const FRAGMENT: u8 = 44;
    /// ICMPv6.
    pub const ICMPV6: u8 = 58;
}

/// Writes `checksum` big-endian at `offset`, if that lies inside.
fn put(bytes: &mut [u8], offset: usize, value: u16) {
    if let Some(field) = bytes.get_mut(offset..offset + 2) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

/// An Ethernet II frame (RFC 894).
pub fn ethernet(dst: [u8; 6], src: [u8; 6], ethertype: u16, payload: &[u8]) -> Vec<u8> {
    [&dst[..], &src, &ethertype.to_be_bytes(), payload].concat()
}

/// An ARP packet for IPv4 over Ethernet (RFC 826).
pub fn arp(operation: u16, sender: ([u8; 6], [u8; 4]), target: ([u8; 6], [u8; 4])) -> Vec<u8> {
    let fixed = [0, 1, 8, 0, 6, 4];
    [&fixed[..], &operation.to_be_bytes(), &sender.0, &sender.1, &target.0, &target.1].concat()
}

/// What an IP header says beyond its addresses and its protocol.
#[derive(Clone, Debug)]
pub struct IpFields {
    /// TTL or hop limit.
    pub ttl: u8,
    /// TOS or traffic class.
    pub tos: u8,
    /// IPv4: identification.
    pub identification: u16,
    /// IPv4: flags and fragment offset as they stand on the wire.
    pub fragment: u16,
    /// IPv4: options, padded to a multiple of four.
    pub options: Vec<u8>,
}

impl Default for IpFields {
    fn default() -> Self {
        Self { ttl: 64, tos: 0, identification: 0, fragment: 0, options: Vec::new() }
    }
}

/// An IPv4 packet (RFC 791 3.1) with its header checksum.
pub fn ipv4(src: [u8; 4], dst: [u8; 4], protocol: u8, fields: &IpFields, payload: &[u8]) -> Vec<u8> {
    let mut options = fields.options.clone();
    options.truncate(40);
    options.resize(options.len().next_multiple_of(4), 0);
    let header_len = 20 + options.len();
    let mut bytes = vec![0x40 | (header_len / 4) as u8, fields.tos];
    bytes.extend(((header_len + payload.len()) as u16).to_be_bytes());
    bytes.extend(fields.identification.to_be_bytes());
    bytes.extend(fields.fragment.to_be_bytes());
    bytes.extend([fields.ttl, protocol, 0, 0]);
    bytes.extend(src);
    bytes.extend(dst);
    bytes.extend(options);
    let header = checksum(&[&bytes]);
    put(&mut bytes, 10, header);
    bytes.extend(payload);
    bytes
}

/// An IPv6 packet (RFC 8200 3).
pub fn ipv6(src: [u8; 16], dst: [u8; 16], next_header: u8, fields: &IpFields, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60 | fields.tos >> 4, fields.tos << 4, 0, 0];
    bytes.extend((payload.len() as u16).to_be_bytes());
    bytes.extend([next_header, fields.ttl]);
    bytes.extend(src);
    bytes.extend(dst);
    bytes.extend(payload);
    bytes
}

/// An IPv6 fragment header (RFC 8200 4.5) in front of its part of the payload; `offset` in units of eight bytes.
pub fn ipv6_fragment(next_header: u8, offset: u16, more: bool, identification: u32, part: &[u8]) -> Vec<u8> {
    let field = offset << 3 | u16::from(more);
    [&[next_header, 0][..], &field.to_be_bytes(), &identification.to_be_bytes(), part].concat()
}

/// Fills in the checksum at `offset` of a transport message between `src` and `dst` (4 or 16 bytes each).
pub fn fix_transport(message: &mut [u8], offset: usize, src: &[u8], dst: &[u8], protocol: u8) {
    put(message, offset, 0);
    let pseudo = pseudo_header(src, dst, protocol, message.len());
    let value = checksum(&[&pseudo, message]);
    // RFC 768: a computed zero is sent as all ones.
    put(message, offset, if value == 0 && protocol == protocol::UDP { 0xffff } else { value });
}

/// Fills in the checksum at `offset` of a message without pseudo header (ICMP and IGMP: 2, IPv4 header: 10).
pub fn fix_plain_at(message: &mut [u8], offset: usize) {
    put(message, offset, 0);
    let value = checksum(&[message]);
    put(message, offset, value);
}

/// A UDP datagram (RFC 768) with its checksum.
pub fn udp(src: (&[u8], u16), dst: (&[u8], u16), payload: &[u8]) -> Vec<u8> {
    let len = (8 + payload.len()) as u16;
    let mut bytes = [&src.1.to_be_bytes()[..], &dst.1.to_be_bytes(), &len.to_be_bytes(), &[0, 0], payload].concat();
    fix_transport(&mut bytes, 6, src.0, dst.0, protocol::UDP);
    bytes
}

/// What a TCP segment says beyond its ports (RFC 9293 3.1).
#[derive(Clone, Debug, Default)]
pub struct TcpFields {
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// Control bits, FIN lowest.
    pub flags: u8,
    /// Window as on the wire.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Options, padded to a multiple of four.
    pub options: Vec<u8>,
}

/// A TCP segment with its checksum.
pub fn tcp(src: (&[u8], u16), dst: (&[u8], u16), fields: &TcpFields, payload: &[u8]) -> Vec<u8> {
    let mut options = fields.options.clone();
    options.truncate(40);
    options.resize(options.len().next_multiple_of(4), 0);
    let mut bytes = [&src.1.to_be_bytes()[..], &dst.1.to_be_bytes()].concat();
    bytes.extend(fields.seq.to_be_bytes());
    bytes.extend(fields.ack.to_be_bytes());
    bytes.extend([((20 + options.len()) as u8) << 2, fields.flags]);
    bytes.extend(fields.window.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(fields.urgent.to_be_bytes());
    bytes.extend(options);
    bytes.extend(payload);
    fix_transport(&mut bytes, 16, src.0, dst.0, protocol::TCP);
    bytes
}

/// An ICMPv4 message (RFC 792) with its checksum; `rest` is everything behind the checksum.
pub fn icmpv4(kind: u8, code: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = [&[kind, code, 0, 0][..], rest].concat();
    fix_plain_at(&mut bytes, 2);
    bytes
}

/// An ICMPv6 message (RFC 4443 2.1) with its checksum; `rest` is everything behind the checksum.
pub fn icmpv6(src: [u8; 16], dst: [u8; 16], kind: u8, code: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = [&[kind, code, 0, 0][..], rest].concat();
    fix_transport(&mut bytes, 2, &src, &dst, protocol::ICMPV6);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::checksum::is_valid;

    #[test]
    fn built_headers_check_out() {
        let (src, dst) = ([192, 0, 2, 1], [198, 51, 100, 2]);
        let datagram = udp((&src, 1), (&dst, 2), b"odd");
        assert!(is_valid(&[&pseudo_header(&src, &dst, protocol::UDP, datagram.len()), &datagram]));
        let fields = IpFields { options: vec![1, 1, 1], ..Default::default() };
        let packet = ipv4(src, dst, protocol::UDP, &fields, &datagram);
        assert!(is_valid(&[&packet[..24]]));
        assert_eq!(packet.len(), 24 + 11);
        assert_eq!(u16::from_be_bytes([packet[2], packet[3]]), 35);
        let segment =
            tcp((&[1; 16], 1), (&[2; 16], 2), &TcpFields { options: vec![2, 4, 5, 180], ..Default::default() }, &[]);
        assert!(is_valid(&[&pseudo_header(&[1; 16], &[2; 16], protocol::TCP, 24), &segment]));
        assert_eq!(segment[12] >> 4, 6);
    }
}
