//! Bytes to layers: where each header of a frame lies, judging nothing.
//!
//! A dissection never fails: what cannot be understood is payload. Read first: [`super::layer`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::field::Value;
use super::layer::{FieldId, LayerKind};

/// Where one header lies in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Which header.
    pub kind: LayerKind,
    /// Offset of its first byte in the frame.
    pub start: usize,
    /// Offset of what it carries; header and options lie before. At most `end`.
    pub body: usize,
    /// End of what it carries, by the lengths that the headers state and the bytes that are there.
    pub end: usize,
}

/// A frame with the places of its headers, from the outside in, the payload last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissection<'f> {
    /// The whole frame.
    pub frame: &'f [u8],
    /// Its layers.
    pub layers: Vec<Layer>,
}

/// Whether a checksum is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumState {
    /// Right.
    Right,
    /// Zero where the format lets zero stand for "not computed" (UDP over IPv4).
    NotUsed,
    /// Wrong: what it is and what it should be.
    Wrong {
        /// What stands in the frame.
        got: u16,
        /// What should stand there.
        should: u16,
    },
    /// It cannot be told: the packet is a fragment or cut short.
    Unknown,
}

/// The sum of 16-bit words of the Internet checksum (RFC 1071), not folded.
pub fn sum_words(bytes: &[u8]) -> u64 {
    let pairs = bytes.chunks_exact(2);
    let odd = pairs.remainder().first().map_or(0, |byte| u64::from(*byte) << 8);
    pairs.map(|pair| u64::from(pair[0]) << 8 | u64::from(pair[1])).sum::<u64>() + odd
}

/// Folds a sum to 16 bits and complements it.
pub fn finish_sum(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// The sum of the pseudo header (RFC 9293 3.1, RFC 8200 8.1); zero if the families differ.
pub fn sum_pseudo(src: IpAddr, dst: IpAddr, protocol: u8, len: usize) -> u64 {
    let addresses = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => sum_words(&src.octets()) + sum_words(&dst.octets()),
        (IpAddr::V6(src), IpAddr::V6(dst)) => sum_words(&src.octets()) + sum_words(&dst.octets()),
        _ => 0,
    };
    addresses + u64::from(protocol) + (len as u64 >> 16) + (len as u64 & 0xffff)
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// Walks a frame from the outside in.
struct Walk<'f> {
    frame: &'f [u8],
    layers: Vec<Layer>,
}

impl Walk<'_> {
    fn push(&mut self, kind: LayerKind, start: usize, body: usize, end: usize) {
        let body = body.min(end).max(start);
        self.layers.push(Layer { kind, start, body, end });
    }

    fn bytes(&self, start: usize, end: usize) -> &[u8] {
        self.frame.get(start..end).unwrap_or_default()
    }

    fn payload(&mut self, start: usize, end: usize) {
        self.push(LayerKind::Payload, start, start, end.max(start));
    }

    fn ethertype(&mut self, ethertype: u16, start: usize, end: usize) {
        match ethertype {
            0x0800 => self.ipv4(start, end),
            0x86dd => self.ipv6(start, end),
            0x0806 if end - start >= 28 => {
                self.push(LayerKind::Arp, start, start + 28, end);
                self.payload((start + 28).min(end), end);
            }
            _ => self.payload(start, end),
        }
    }

    fn ipv4(&mut self, start: usize, end: usize) {
        let header = self.bytes(start, end);
        if header.len() < 20 || header[0] >> 4 != 4 {
            return self.payload(start, end);
        }
        let ihl = usize::from(header[0] & 15) * 4;
        let total = usize::from(word(header, 2).unwrap_or(0));
        let fragment = word(header, 6).unwrap_or(0) & 0x1fff;
        let protocol = header[9];
        let end = if total >= 20 { end.min(start + total) } else { end };
        let body = (start + ihl.max(20)).min(end);
        self.push(LayerKind::Ipv4, start, body, end);
        if fragment != 0 { self.payload(body, end) } else { self.transport(protocol, body, end, false) }
    }

    fn ipv6(&mut self, start: usize, end: usize) {
        let header = self.bytes(start, end);
        if header.len() < 40 || header[0] >> 4 != 6 {
            return self.payload(start, end);
        }
        let len = usize::from(word(header, 4).unwrap_or(0));
        let next = header[6];
        let end = end.min(start + 40 + len);
        self.push(LayerKind::Ipv6, start, start + 40, end);
        self.transport(next, start + 40, end, true);
    }

    /// What an IP header or an extension header carries.
    fn transport(&mut self, protocol: u8, start: usize, end: usize, v6: bool) {
        let bytes = self.bytes(start, end);
        let have = bytes.len();
        match protocol {
            0 | 43 | 60 if v6 && have >= 8 => {
                let kind = match protocol {
                    0 => LayerKind::HopByHop,
                    43 => LayerKind::Routing,
                    _ => LayerKind::DestOptions,
                };
                let (next, len) = (bytes[0], 8 + usize::from(bytes[1]) * 8);
                let body = (start + len).min(end);
                self.push(kind, start, body, end);
                self.transport(next, body, end, true);
            }
            44 if v6 && have >= 8 => {
                let (next, offset) = (bytes[0], word(bytes, 2).unwrap_or(0) >> 3);
                self.push(LayerKind::Fragment, start, start + 8, end);
                if offset == 0 { self.transport(next, start + 8, end, true) } else { self.payload(start + 8, end) }
            }
            1 if !v6 && have >= 8 => {
                self.push(LayerKind::Icmpv4, start, start + 8, end);
                self.payload(start + 8, end);
            }
            58 if v6 && have >= 4 => {
                // Neighbour discovery (RFC 4861) and MLD are header from end to end: what follows is their options.
                let whole = matches!(bytes[0], 130..=137 | 143);
                let body = if whole { end } else { (start + 8).min(end) };
                self.push(LayerKind::Icmpv6, start, body, end);
                self.payload(body, end);
            }
            2 if !v6 && have >= 8 => {
                self.push(LayerKind::Igmp, start, end, end);
                self.payload(end, end);
            }
            17 if have >= 8 => {
                let len = usize::from(word(bytes, 4).unwrap_or(0));
                let end = if len >= 8 { end.min(start + len) } else { end };
                self.push(LayerKind::Udp, start, start + 8, end);
                self.payload(start + 8, end);
            }
            6 if have >= 20 => {
                let len = usize::from(bytes[12] >> 4) * 4;
                let body = (start + len.max(20)).min(end);
                self.push(LayerKind::Tcp, start, body, end);
                self.payload(body, end);
            }
            _ => self.payload(start, end),
        }
    }
}

impl<'f> Dissection<'f> {
    /// Finds the layers of an Ethernet frame.
    pub fn of(frame: &'f [u8]) -> Self {
        let mut walk = Walk { frame, layers: Vec::with_capacity(5) };
        let end = frame.len();
        match word(frame, 12) {
            None => walk.payload(0, end),
            Some(length) if length < 0x0600 => {
                let end = end.min(14 + usize::from(length));
                walk.push(LayerKind::Ethernet, 0, 14, end);
                let llc = frame.get(14..end).unwrap_or_default();
                if llc.len() >= 8 && llc[..6] == [0xaa, 0xaa, 3, 0, 0, 0] {
                    walk.push(LayerKind::Llc, 14, 22, end);
                    walk.ethertype(word(llc, 6).unwrap_or(0), 22, end);
                } else if llc.len() >= 3 {
                    walk.push(LayerKind::Llc, 14, 17, end);
                    walk.payload(17, end);
                } else {
                    walk.payload(14, end.max(14));
                }
            }
            Some(ethertype) => {
                walk.push(LayerKind::Ethernet, 0, 14, end);
                walk.ethertype(ethertype, 14, end);
            }
        }
        Self { frame, layers: walk.layers }
    }

    /// The first layer of this kind.
    pub fn layer(&self, kind: LayerKind) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.kind == kind)
    }

    /// Whether there is a layer of this kind.
    pub fn has(&self, kind: LayerKind) -> bool {
        self.layer(kind).is_some()
    }

    /// Header and options of a layer.
    pub fn header(&self, layer: &Layer) -> &'f [u8] {
        self.frame.get(layer.start..layer.body).unwrap_or_default()
    }

    /// What a layer carries.
    pub fn carried(&self, layer: &Layer) -> &'f [u8] {
        self.frame.get(layer.body..layer.end).unwrap_or_default()
    }

    /// The value of a field in the first layer that it belongs to.
    pub fn get(&self, field: FieldId) -> Option<Value> {
        field.read(self.header(self.layer(field.layer())?))
    }

    /// The number in a field.
    pub fn num(&self, field: FieldId) -> Option<i64> {
        self.get(field)?.num()
    }

    /// What the innermost header carries.
    pub fn payload(&self) -> &'f [u8] {
        self.layers.last().filter(|layer| layer.kind == LayerKind::Payload).map_or(&[], |layer| self.carried(layer))
    }

    /// The innermost header.
    pub fn scope(&self) -> Option<LayerKind> {
        self.layers.iter().rev().map(|layer| layer.kind).find(|kind| *kind != LayerKind::Payload)
    }

    /// The IP packet: from the first IP header to its end, without link-layer padding.
    pub fn ip_packet(&self) -> Option<&'f [u8]> {
        let layer = self.layers.iter().find(|layer| layer.kind.is_ip())?;
        self.frame.get(layer.start..layer.end)
    }

    /// Source and destination address of the first IP header.
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        let pair = |src, dst| match (self.get(src)?, self.get(dst)?) {
            (Value::V4(src), Value::V4(dst)) => Some((src.into(), dst.into())),
            (Value::V6(src), Value::V6(dst)) => Some((src.into(), dst.into())),
            _ => None,
        };
        pair(FieldId::Ipv4Src, FieldId::Ipv4Dst).or_else(|| pair(FieldId::Ipv6Src, FieldId::Ipv6Dst))
    }

    /// Source and destination port of TCP or UDP.
    pub fn ports(&self) -> Option<(u16, u16)> {
        let layer = self.layers.iter().find(|layer| matches!(layer.kind, LayerKind::Tcp | LayerKind::Udp))?;
        let header = self.header(layer);
        Some((word(header, 0)?, word(header, 2)?))
    }

    /// Whether the packet is a fragment (of either family).
    pub fn is_fragment(&self) -> bool {
        let v4 = self.num(FieldId::Ipv4FragmentOffset).unwrap_or(0) + self.num(FieldId::Ipv4MoreFragments).unwrap_or(0);
        v4 != 0 || self.has(LayerKind::Fragment)
    }

    /// Judges the checksum of a layer that has one.
    pub fn checksum(&self, layer: &Layer) -> ChecksumState {
        let Some(offset) = layer.kind.checksum_offset() else { return ChecksumState::Right };
        let header = self.header(layer);
        let Some(got) = word(header, offset) else { return ChecksumState::Unknown };
        if layer.kind == LayerKind::Ipv4 {
            let sum = sum_words(header) - u64::from(got);
            return Self::judge(got, finish_sum(sum));
        }
        if self.is_fragment() || !self.is_complete() {
            return ChecksumState::Unknown;
        }
        if layer.kind == LayerKind::Udp && got == 0 {
            return if self.has(LayerKind::Ipv4) {
                ChecksumState::NotUsed
            } else {
                ChecksumState::Wrong { got, should: self.transport_sum(layer, got) }
            };
        }
        Self::judge(got, self.transport_sum(layer, got))
    }

    const fn judge(got: u16, should: u16) -> ChecksumState {
        // All ones and all zeros are both zero in one's complement; UDP sends the former (RFC 768).
        if got == should || (got == 0xffff && should == 0) {
            ChecksumState::Right
        } else {
            ChecksumState::Wrong { got, should }
        }
    }

    fn transport_sum(&self, layer: &Layer, got: u16) -> u16 {
        let bytes = self.frame.get(layer.start..layer.end).unwrap_or_default();
        let pseudo = match (layer.kind, self.addresses()) {
            (LayerKind::Icmpv4 | LayerKind::Igmp, _) | (_, None) => 0,
            (kind, Some((src, dst))) => sum_pseudo(src, dst, kind.protocol().unwrap_or(0), bytes.len()),
        };
        finish_sum(sum_words(bytes) + pseudo - u64::from(got))
    }

    /// Whether all bytes that the IP header states are there.
    pub fn is_complete(&self) -> bool {
        let Some(layer) = self.layers.iter().find(|layer| layer.kind.is_ip()) else { return true };
        let stated = match layer.kind {
            LayerKind::Ipv4 => self.num(FieldId::Ipv4TotalLen),
            _ => self.num(FieldId::Ipv6PayloadLen).map(|len| len + 40),
        };
        stated == Some((layer.end - layer.start) as i64)
    }

    /// TCP options as (kind, data), padding and NOPs left out; stops at one that makes no sense.
    pub fn tcp_options(&self) -> Vec<(u8, &'f [u8])> {
        let Some(layer) = self.layer(LayerKind::Tcp) else { return Vec::new() };
        let area = self.header(layer).get(20..).unwrap_or_default();
        Self::walk_options(area, 0, 1)
    }

    /// Kind-length-data options where the length counts kind and length.
    fn walk_options(mut area: &'f [u8], end: u8, nop: u8) -> Vec<(u8, &'f [u8])> {
        let mut options = Vec::new();
        while let Some((&kind, rest)) = area.split_first() {
            if kind == end {
                break;
            }
            if kind == nop {
                area = rest;
                continue;
            }
            let Some(&len) = rest.first() else { break };
            let Some(data) = area.get(2..usize::from(len)) else { break };
            options.push((kind, data));
            area = &area[usize::from(len)..];
        }
        options
    }

    /// Neighbour discovery options as (type, bytes behind type and length).
    pub fn nd_options(&self) -> Vec<(u8, &'f [u8])> {
        let Some(layer) = self.layer(LayerKind::Icmpv6) else { return Vec::new() };
        let header = self.header(layer);
        let fixed = match header.first() {
            Some(133) => 8,
            Some(134) => 16,
            Some(135 | 136) => 24,
            Some(137) => 40,
            _ => return Vec::new(),
        };
        let mut area = header.get(fixed..).unwrap_or_default();
        let mut options = Vec::new();
        while area.len() >= 8 && area[1] != 0 {
            let len = usize::from(area[1]) * 8;
            let Some(data) = area.get(2..len) else { break };
            options.push((area[0], data));
            area = &area[len..];
        }
        options
    }

    /// One TCP option's data.
    pub fn tcp_option(&self, kind: u8) -> Option<&'f [u8]> {
        self.tcp_options().into_iter().find(|(other, _)| *other == kind).map(|(_, data)| data)
    }
}

/// The Ethernet address that belongs to an IP destination if it is multicast or the limited broadcast (RFC 1112
/// 6.4, RFC 2464 7).
pub fn group_mac(address: IpAddr) -> Option<[u8; 6]> {
    match address {
        IpAddr::V4(Ipv4Addr::BROADCAST) => Some([0xff; 6]),
        IpAddr::V4(address) if address.is_multicast() => {
            let [_, b, c, d] = address.octets();
            Some([0x01, 0x00, 0x5e, b & 0x7f, c, d])
        }
        IpAddr::V6(address) if address.is_multicast() => {
            let octets = address.octets();
            Some([0x33, 0x33, octets[12], octets[13], octets[14], octets[15]])
        }
        _ => None,
    }
}

/// The solicited-node multicast address (RFC 4291 2.7.1).
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), u16::from(b) << 8 | u16::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internet_checksum_of_rfc_1071() {
        // RFC 1071 3: the sum of these words is ddf2.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(finish_sum(sum_words(&bytes)), !0xddf2);
        assert_eq!(sum_words(&[1]), 0x100);
    }

    #[test]
    fn group_addresses() {
        assert_eq!(group_mac("224.0.0.251".parse().expect("valid")), Some([1, 0, 0x5e, 0, 0, 251]));
        assert_eq!(group_mac("ff02::1:ff00:1".parse().expect("valid")), Some([0x33, 0x33, 0xff, 0, 0, 1]));
        assert_eq!(group_mac("192.0.2.1".parse().expect("valid")), None);
        let address = "2001:db8::1:800:200e:8c6c".parse().expect("valid");
        assert_eq!(solicited_node(address).to_string(), "ff02::1:ff0e:8c6c");
    }

    quickcheck::quickcheck! {
        fn any_bytes_have_a_dissection(bytes: Vec<u8>, ethertype: u8, protocol: u8) -> bool {
            let mut frame = vec![2; 12];
            frame.extend([[0x08, 0x00], [0x86, 0xdd], [0x08, 0x06], [0x00, 0x40]][usize::from(ethertype % 4)]);
            frame.extend(&bytes);
            for (at, value) in [(14, if ethertype & 1 == 0 { 0x45 } else { 0x60 }), (20, protocol), (23, protocol)] {
                if let Some(byte) = frame.get_mut(at) {
                    *byte = value;
                }
            }
            let dissection = Dissection::of(&frame);
            for layer in &dissection.layers {
                dissection.checksum(layer);
            }
            dissection.tcp_options();
            dissection.nd_options();
            dissection.layers.iter().all(|l| l.start <= l.body && l.body <= l.end && l.end <= frame.len().max(l.start))
        }
    }
}
