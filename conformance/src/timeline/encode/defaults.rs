//! What a packet is when the spec leaves a field open: from the tester to the target, complete and valid.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Encoder;
use crate::target::Link;
use crate::timeline::decode::{group_mac, solicited_node};
use crate::timeline::packet::{LayerSpec, Slice};
use crate::timeline::{FieldId, LayerKind, Value};

/// EtherType of a frame with bare payload: local experimental (IEEE 802).
const EXPERIMENTAL: u16 = 0x88b5;

impl Encoder<'_> {
    /// Writes the defaults of the header of layer `at`, which carries `len` bytes.
    pub(super) fn defaults(
        &self,
        at: usize,
        layer: &LayerSpec,
        header: &mut [u8],
        len: usize,
        slice: Option<Slice>,
    ) -> Result<(), String> {
        let mut put = |id: FieldId, value: Value| id.write(header, value);
        let carried = self.next_protocol(at);
        // A fragment header comes in between for IPv6.
        let next = if slice.is_some() { LayerKind::Fragment.protocol().unwrap_or(44) } else { carried };
        match layer.kind {
            LayerKind::Ethernet | LayerKind::Llc => self.link_defaults(at, layer.kind, header, len),
            LayerKind::Arp => self.arp_defaults(layer, header),
            LayerKind::Ipv4 => self.ipv4_defaults(header, len, carried, slice),
            LayerKind::Ipv6 => self.ipv6_defaults(header, len, next),
            LayerKind::HopByHop | LayerKind::DestOptions | LayerKind::Routing => {
                header[1] = (header.len() / 8 - 1) as u8;
                header[0] = next;
                Ok(())
            }
            LayerKind::Fragment => {
                put(FieldId::FragmentNext, next.into())?;
                put(FieldId::FragmentId, 1.into())
            }
            LayerKind::Icmpv4 => put(FieldId::Icmpv4Type, 8.into()),
            LayerKind::Icmpv6 => put(FieldId::Icmpv6Type, 128.into()),
            LayerKind::Igmp => put(FieldId::IgmpType, 0x11.into()),
            LayerKind::Udp => {
                let flow = self.context.flow;
                put(FieldId::UdpSrcPort, flow.map_or(40_000, |flow| flow.spec.tester_port).into())?;
                put(FieldId::UdpDstPort, flow.and_then(|flow| flow.peer_port).unwrap_or(7).into())?;
                put(FieldId::UdpLength, (8 + len).into())
            }
            LayerKind::Tcp => self.tcp_defaults(layer, header, len),
            LayerKind::Payload => Ok(()),
        }
    }

    /// Ethernet and LLC: addresses of the link, and what announces the next layer.
    fn link_defaults(&self, at: usize, kind: LayerKind, header: &mut [u8], len: usize) -> Result<(), String> {
        let mut put = |id: FieldId, value: Value| id.write(header, value);
        let next = self.layers.get(at + 1).map(|layer| layer.kind);
        let ethertype = next.and_then(LayerKind::ethertype).unwrap_or(EXPERIMENTAL);
        if kind == LayerKind::Llc {
            put(FieldId::LlcDsap, 0xaa.into())?;
            put(FieldId::LlcSsap, 0xaa.into())?;
            put(FieldId::LlcControl, 3.into())?;
            return put(FieldId::SnapType, ethertype.into());
        }
        put(FieldId::EthDst, self.station()?)?;
        put(FieldId::EthSrc, self.context.link.tester_mac.into())?;
        put(FieldId::EthType, if next == Some(LayerKind::Llc) { len as u16 } else { ethertype }.into())
    }

    fn arp_defaults(&self, layer: &LayerSpec, header: &mut [u8]) -> Result<(), String> {
        let mut put = |id: FieldId, value: Value| id.write(header, value);
        let link = self.context.link;
        put(FieldId::ArpHardware, 1.into())?;
        put(FieldId::ArpProtocol, 0x0800.into())?;
        put(FieldId::ArpHardwareLen, 6.into())?;
        put(FieldId::ArpProtocolLen, 4.into())?;
        put(FieldId::ArpOperation, 1.into())?;
        put(FieldId::ArpSenderMac, link.tester_mac.into())?;
        put(FieldId::ArpSenderIp, link.tester_v4.into())?;
        if self.number(layer, FieldId::ArpOperation)?.unwrap_or(1) != 1 {
            put(FieldId::ArpTargetMac, link.target_mac.into())?;
        }
        put(FieldId::ArpTargetIp, link.target_v4.0.into())
    }

    fn ipv6_defaults(&self, header: &mut [u8], len: usize, next: u8) -> Result<(), String> {
        let mut put = |id: FieldId, value: Value| id.write(header, value);
        put(FieldId::Ipv6Version, 6.into())?;
        put(FieldId::Ipv6PayloadLen, len.into())?;
        put(FieldId::Ipv6NextHeader, next.into())?;
        put(FieldId::Ipv6HopLimit, self.hop_limit()?.into())?;
        let (src, dst) = self.addresses()?;
        put(FieldId::Ipv6Src, src.into())?;
        put(FieldId::Ipv6Dst, dst.into())
    }

    fn ipv4_defaults(&self, header: &mut [u8], len: usize, next: u8, slice: Option<Slice>) -> Result<(), String> {
        let header_len = header.len();
        let mut put = |id: FieldId, value: Value| id.write(header, value);
        put(FieldId::Ipv4Version, 4.into())?;
        put(FieldId::Ipv4HeaderLen, (header_len / 4).into())?;
        put(FieldId::Ipv4TotalLen, (header_len + len).into())?;
        put(FieldId::Ipv4Id, slice.map_or(1, |slice| slice.id).into())?;
        put(FieldId::Ipv4Ttl, self.hop_limit()?.into())?;
        put(FieldId::Ipv4Protocol, next.into())?;
        if let Some(slice) = slice {
            put(FieldId::Ipv4FragmentOffset, (slice.offset / 8).into())?;
            put(FieldId::Ipv4MoreFragments, slice.more.into())?;
        }
        let (src, dst) = self.addresses()?;
        put(FieldId::Ipv4Src, src.into())?;
        put(FieldId::Ipv4Dst, dst.into())
    }

    fn tcp_defaults(&self, layer: &LayerSpec, header: &mut [u8], len: usize) -> Result<(), String> {
        let flags = self.tcp_flags(layer, len)?;
        let words = header.len() / 4;
        let mut put = |id: FieldId, value: Value| id.write(header, value);
        put(FieldId::TcpDataOffset, words.into())?;
        put(FieldId::TcpFlags, flags.into())?;
        let Some(flow) = self.context.flow else {
            return put(FieldId::TcpWindow, u16::MAX.into());
        };
        put(FieldId::TcpSrcPort, flow.spec.tester_port.into())?;
        put(FieldId::TcpDstPort, flow.peer_port.unwrap_or(80).into())?;
        put(FieldId::TcpSeqAbsolute, flow.absolute(true, flow.snd_nxt.into()).into())?;
        if flags & 0x10 != 0 {
            put(FieldId::TcpAckAbsolute, flow.absolute(false, flow.rcv_nxt.into()).into())?;
        }
        put(FieldId::TcpWindow, flow.spec.window.into())
    }

    /// Default TTL: 255 for neighbour discovery (RFC 4861 4.1), 1 for group membership, else 64.
    fn hop_limit(&self) -> Result<u8, String> {
        for layer in &self.layers {
            if layer.kind == LayerKind::Igmp {
                return Ok(1);
            }
            if layer.kind == LayerKind::Icmpv6 {
                return Ok(match self.number(layer, FieldId::Icmpv6Type)? {
                    Some(133..=137) => 255,
                    Some(130..=132 | 143) => 1,
                    _ => 64,
                });
            }
        }
        Ok(64)
    }

    fn said(&self, kind: LayerKind, id: FieldId) -> Result<Option<Value>, String> {
        let layer = self.layers.iter().find(|layer| layer.kind == kind);
        match layer.and_then(|layer| layer.field(id)) {
            Some(field) => self.context.resolve(id, field),
            None => Ok(None),
        }
    }

    /// Source and destination address of the packet.
    pub(super) fn addresses(&self) -> Result<(IpAddr, IpAddr), String> {
        let link = self.context.link;
        let flow = self.context.flow;
        let v4 = self.layers.iter().find(|layer| layer.kind.is_ip()).is_none_or(|layer| layer.kind == LayerKind::Ipv4);
        let ids = if v4 { (FieldId::Ipv4Src, FieldId::Ipv4Dst) } else { (FieldId::Ipv6Src, FieldId::Ipv6Dst) };
        let ip = |id: FieldId| -> Result<Option<IpAddr>, String> {
            Ok(match self.said(id.layer(), id)? {
                Some(Value::V4(address)) => Some(address.into()),
                Some(Value::V6(address)) => Some(address.into()),
                _ => None,
            })
        };
        let said_dst = ip(ids.1)?;
        let dst = match said_dst {
            Some(dst) => dst,
            None => match flow {
                Some(flow) => flow.spec.target,
                None if v4 => link.target_v4.0.into(),
                None => self.default_v6_destination()?.into(),
            },
        };
        let src = match ip(ids.0)? {
            Some(src) => src,
            None => match (flow, dst) {
                (Some(flow), _) => flow.spec.tester,
                (None, IpAddr::V4(_)) => link.tester_v4.into(),
                (None, IpAddr::V6(dst)) if dst.is_unicast_link_local() || self.is_link_scoped()? => {
                    link.tester_v6_link_local.into()
                }
                (None, IpAddr::V6(_)) => link.tester_v6.into(),
            },
        };
        Ok((src, dst))
    }

    /// Messages that a node must send from its link-local address: router advertisements, redirects (RFC 4861 4.2,
    /// 4.5), and MLD (RFC 3810 5).
    fn is_link_scoped(&self) -> Result<bool, String> {
        let kind = self.said(LayerKind::Icmpv6, FieldId::Icmpv6Type)?.and_then(Value::num);
        Ok(matches!(kind, Some(130..=132 | 134 | 137 | 143)))
    }

    /// A solicitation goes to the solicited node, everything else to the target.
    fn default_v6_destination(&self) -> Result<Ipv6Addr, String> {
        let solicits = self.said(LayerKind::Icmpv6, FieldId::Icmpv6Type)? == Some(Value::Num(135));
        match self.said(LayerKind::Icmpv6, FieldId::NdTarget)? {
            Some(Value::V6(target)) if solicits => Ok(solicited_node(target)),
            _ => Ok(self.context.link.target_v6.0),
        }
    }

    /// The default Ethernet destination.
    fn station(&self) -> Result<Value, String> {
        let link = self.context.link;
        if let Some(arp) = self.layers.iter().find(|layer| layer.kind == LayerKind::Arp) {
            let request = self.number(arp, FieldId::ArpOperation)?.unwrap_or(1) == 1;
            return Ok(if request { Value::Mac([0xff; 6]) } else { link.target_mac.into() });
        }
        if !self.layers.iter().any(|layer| layer.kind.is_ip()) {
            return Ok(link.target_mac.into());
        }
        let (_, dst) = self.addresses()?;
        let subnet_broadcast = matches!(dst, IpAddr::V4(dst) if is_subnet_broadcast(dst, link));
        Ok(match group_mac(dst) {
            Some(mac) => Value::Mac(mac),
            None if subnet_broadcast => Value::Mac([0xff; 6]),
            None => link.target_mac.into(),
        })
    }
}

fn is_subnet_broadcast(address: Ipv4Addr, link: &Link) -> bool {
    let (target, len) = link.target_v4;
    let host = u32::MAX.checked_shr(u32::from(len)).unwrap_or(0);
    len < 31 && address.to_bits() == target.to_bits() | host
}
