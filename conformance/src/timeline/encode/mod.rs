//! A packet spec to bytes: defaults, then what the spec says, then checksums, then patches.
//!
//! Built from the inside out; what a spec leaves open is in `defaults`. Read first: [`super::packet`] for what can be said, [`super::layer`] for the fields.

mod defaults;

use std::collections::BTreeMap;

use super::decode::{Dissection, finish_sum, sum_pseudo, sum_words};
use super::field::{Field, Value};
use super::flow::FlowState;
use super::layer::{FieldId, LayerKind};
use super::packet::{
    Body, Checksum, LayerSpec, NdOption, PacketSpec, PayloadSpec, Slice, TcpOption, TcpOptionsSpec, pattern,
};
use super::time::Instant;
use crate::target::Link;

/// What a spec may refer to.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The link that the frame leaves by.
    pub link: &'a Link,
    /// Time, for the timestamps option.
    pub now: Instant,
    /// State of the spec's flow, if it has one.
    pub flow: Option<&'a FlowState>,
    /// Captured values.
    pub vars: &'a BTreeMap<String, Value>,
    /// Labelled frames.
    pub frames: &'a BTreeMap<String, Vec<u8>>,
}

impl Context<'_> {
    /// The value that a spec's field stands for when it is sent or compared with exactly; `None`: no such value.
    ///
    /// # Errors
    ///
    /// One line: the field names a variable that was not captured, or a flow's state where there is no flow.
    pub fn resolve(&self, id: FieldId, field: &Field) -> Result<Option<Value>, String> {
        Ok(match field {
            Field::Is(value) => Some(*value),
            Field::OneOf(values) => values.first().copied(),
            Field::Range(low, _) => Some(Value::Num(*low)),
            Field::Mask { value, .. } => Some(Value::Num(*value)),
            Field::Not(_) | Field::Bind(_) | Field::Any => None,
            Field::Var(name, delta) => match self.vars.get(name) {
                Some(value) => Some(value.plus(*delta)),
                None => return Err(format!("{id}: nothing was captured as `{name}`")),
            },
            Field::Next(_) | Field::Una(_) | Field::Edge(_) => {
                let Some(flow) = self.flow else { return Err(format!("{id}: `{field}` needs a flow")) };
                let number = match (id, field) {
                    (FieldId::TcpSeq, Field::Next(delta)) => i64::from(flow.snd_nxt) + delta,
                    (FieldId::TcpSeq, Field::Una(delta)) => i64::from(flow.snd_una) + delta,
                    (FieldId::TcpSeq, Field::Edge(delta)) => i64::from(flow.edge) + delta,
                    (FieldId::TcpAck, Field::Next(delta)) => i64::from(flow.rcv_nxt) + delta,
                    (FieldId::TcpAck, Field::Una(delta)) => i64::from(flow.rcv_acked) + delta,
                    _ => return Err(format!("{id} cannot be `{field}`")),
                };
                Some(Value::Num(number))
            }
        })
    }
}

/// Encodes one frame.
///
/// # Errors
///
/// One line: the spec asks for something that cannot be (a variable that was not captured, options that are too
/// long). The case is at fault.
pub fn encode(spec: &PacketSpec, context: &Context<'_>) -> Result<Vec<u8>, String> {
    let implied = LayerSpec::new(LayerKind::Ethernet);
    let mut layers: Vec<&LayerSpec> = Vec::with_capacity(spec.layers.len() + 1);
    if spec.layers.first().is_none_or(|layer| layer.kind != LayerKind::Ethernet) {
        layers.push(&implied);
    }
    layers.extend(&spec.layers);
    let encoder = Encoder { spec, context, layers };
    let mut frame = encoder.layer(0)?;
    for patch in &spec.patches {
        let dissection = Dissection::of(&frame);
        let Some(start) = dissection.layer(patch.layer).map(|layer| layer.start.saturating_add(patch.offset)) else {
            return Err(format!("there is no {} layer to patch", patch.layer));
        };
        match frame.get_mut(start..start.saturating_add(patch.bytes.0.len())) {
            Some(place) => place.copy_from_slice(&patch.bytes.0),
            None => return Err(format!("the patch of {} lies outside the frame", patch.layer)),
        }
    }
    if let Some(len) = spec.truncate {
        frame.truncate(len.saturating_add(14));
    }
    frame.extend(&spec.padding.0);
    Ok(frame)
}

struct Encoder<'a> {
    spec: &'a PacketSpec,
    context: &'a Context<'a>,
    layers: Vec<&'a LayerSpec>,
}

impl Encoder<'_> {
    /// The bytes from layer `at` inwards.
    fn layer(&self, at: usize) -> Result<Vec<u8>, String> {
        let Some(layer) = self.layers.get(at).copied() else { return Ok(Vec::new()) };
        if layer.kind == LayerKind::Payload {
            return self.payload(layer);
        }
        let mut inner = self.layer(at + 1)?;
        let mut slice = None;
        if let Some(cut) = self.spec.slice.filter(|_| self.is_cut_here(at)) {
            let protocol = self.next_protocol(at);
            inner = cut_fragment(layer.kind, protocol, &inner, cut);
            slice = Some(cut);
        }
        let mut header = self.header(at, layer, inner.len())?;
        self.defaults(at, layer, &mut header, inner.len(), slice)?;
        for (id, field) in &layer.fields {
            self.write_field(&mut header, *id, field)?;
        }
        self.finish_checksum(at, layer, &mut header, &inner)?;
        header.extend(inner);
        Ok(header)
    }

    /// Whether the fragment is cut from what layer `at` carries: IPv4, or the last IPv6 header that every
    /// fragment repeats (RFC 8200 4.5).
    fn is_cut_here(&self, at: usize) -> bool {
        let kind = |at: usize| self.layers.get(at).map(|layer| layer.kind);
        let routing_follows = |at: usize| (at..self.layers.len()).any(|at| kind(at) == Some(LayerKind::Routing));
        match kind(at) {
            Some(LayerKind::Ipv4) => true,
            Some(LayerKind::Ipv6) => kind(at + 1) != Some(LayerKind::HopByHop) && !routing_follows(at + 1),
            Some(LayerKind::HopByHop) => !routing_follows(at + 1),
            Some(LayerKind::Routing) => true,
            _ => false,
        }
    }

    /// The number that announces what follows layer `at`: 59 (no next header) for nothing, 253 (RFC 3692) for bare payload.
    fn next_protocol(&self, at: usize) -> u8 {
        match self.layers.get(at + 1) {
            None => 59,
            Some(next) => next.kind.protocol().unwrap_or(253),
        }
    }

    /// The header with its variable part, all fields zero.
    fn header(&self, at: usize, layer: &LayerSpec, inner: usize) -> Result<Vec<u8>, String> {
        let raw = match &layer.body {
            Some(Body::Raw(bytes)) => bytes.0.as_slice(),
            _ => &[],
        };
        let padded = |fixed: usize, unit: usize| {
            let mut header = vec![0; fixed];
            header.extend(raw);
            header.resize(header.len().next_multiple_of(unit), 0);
            header
        };
        Ok(match layer.kind {
            LayerKind::Ethernet => vec![0; 14],
            LayerKind::Llc => vec![0; 8],
            LayerKind::Arp => vec![0; 28],
            LayerKind::Ipv4 => padded(20, 4),
            LayerKind::Ipv6 => vec![0; 40],
            LayerKind::HopByHop | LayerKind::DestOptions => pad_options(raw),
            LayerKind::Routing => padded(4, 8),
            LayerKind::Fragment | LayerKind::Udp => vec![0; 8],
            LayerKind::Icmpv4 | LayerKind::Igmp => padded(8, 1),
            LayerKind::Icmpv6 => self.icmpv6_header(layer, raw)?,
            LayerKind::Tcp => self.tcp_header(layer, inner)?,
            LayerKind::Payload => return Err(format!("layer {at} cannot be a payload")),
        })
    }

    fn icmpv6_header(&self, layer: &LayerSpec, raw: &[u8]) -> Result<Vec<u8>, String> {
        let fixed = match self.number(layer, FieldId::Icmpv6Type)?.unwrap_or(128) {
            130..=132 | 135 | 136 => 24,
            134 => 16,
            137 => 40,
            _ => 8,
        };
        // A field that lies further out lengthens the header (records of an MLDv2 report).
        let reach = layer.fields.iter().map(|(id, _)| id.end()).max().unwrap_or(0);
        let mut header = vec![0; if raw.is_empty() { fixed.max(reach) } else { fixed }];
        header.extend(raw);
        if let Some(Body::Nd(options)) = &layer.body {
            for option in options {
                header.extend(self.nd_option(option)?);
            }
        }
        Ok(header)
    }

    fn nd_option(&self, option: &NdOption) -> Result<Vec<u8>, String> {
        let mac = |kind: u8, field: &Field| match self.context.resolve(FieldId::EthSrc, field)? {
            Some(Value::Mac(mac)) => Ok([&[kind, 1][..], &mac].concat()),
            None => Ok([&[kind, 1][..], &self.context.link.tester_mac.0].concat()),
            Some(other) => Err(format!("a link-layer address option cannot be {other}")),
        };
        Ok(match option {
            NdOption::SourceMac(field) => mac(1, field)?,
            NdOption::TargetMac(field) => mac(2, field)?,
            NdOption::Prefix { prefix, len, on_link, autonomous, valid, preferred } => {
                let flags = u8::from(*on_link) << 7 | u8::from(*autonomous) << 6;
                let mut bytes = vec![3, 4, *len, flags];
                bytes.extend(valid.to_be_bytes());
                bytes.extend(preferred.to_be_bytes());
                bytes.extend([0; 4]);
                bytes.extend(prefix.octets());
                bytes
            }
            NdOption::Redirected { label, len } => {
                let quote = self.quote(label, *len)?;
                let mut bytes = vec![0; 8];
                bytes.extend(quote);
                bytes.resize(bytes.len().next_multiple_of(8), 0);
                bytes[0] = 4;
                bytes[1] = (bytes.len() / 8) as u8;
                bytes
            }
            NdOption::Mtu(field) => {
                let mtu = self.context.resolve(FieldId::Icmpv6Mtu, field)?.and_then(Value::num).unwrap_or(1500);
                [&[5, 1, 0, 0][..], &(mtu as u32).to_be_bytes()].concat()
            }
            NdOption::Raw { kind, len, data } => [&[*kind, *len][..], &data.0].concat(),
        })
    }

    fn tcp_header(&self, layer: &LayerSpec, inner: usize) -> Result<Vec<u8>, String> {
        let flags = self.tcp_flags(layer, inner)?;
        let said = match &layer.body {
            Some(Body::Tcp(said)) => said,
            _ => &TcpOptionsSpec::default(),
        };
        let default = || self.context.flow.map_or_else(Vec::new, |flow| flow.default_options(flags, self.context.now));
        let mut list = said.list.clone().unwrap_or_else(default);
        // An option of the same kind replaces the default one.
        list.retain(|option| !said.also.iter().any(|other| other.kind() == option.kind() && option.kind() != Some(1)));
        list.extend(said.also.iter().cloned());
        let mut header = vec![0; 20];
        for option in &list {
            self.tcp_option(option, &mut header)?;
        }
        header.resize(header.len().next_multiple_of(4), 0);
        if header.len() > 60 {
            return Err(format!("{} bytes of TCP options do not fit (40 do)", header.len() - 20));
        }
        Ok(header)
    }

    fn tcp_option(&self, option: &TcpOption, out: &mut Vec<u8>) -> Result<(), String> {
        let number = |field: &Field, default: i64| -> Result<i64, String> {
            Ok(self.context.resolve(FieldId::TcpWindow, field)?.and_then(Value::num).unwrap_or(default))
        };
        match option {
            TcpOption::End => out.push(0),
            TcpOption::Nop => out.push(1),
            TcpOption::Mss(mss) => {
                out.extend([2, 4]);
                out.extend((number(mss, 1460)? as u16).to_be_bytes());
            }
            TcpOption::WindowScale(shift) => out.extend([3, 3, number(shift, 0)? as u8]),
            TcpOption::SackPermitted => out.extend([4, 2]),
            TcpOption::Sack(blocks) => {
                out.extend([5, 2 + 8 * blocks.len() as u8]);
                let absolute = |edge: i64| self.context.flow.map_or(edge as u32, |flow| flow.absolute(false, edge));
                for (left, right) in blocks {
                    out.extend(absolute(*left).to_be_bytes());
                    out.extend(absolute(*right).to_be_bytes());
                }
            }
            TcpOption::Timestamps(value, echo) => {
                let recent = self.context.flow.map_or(0, |flow| flow.ts_recent);
                out.extend([8, 10]);
                out.extend((number(value, i64::from(FlowState::ts_value(self.context.now)))? as u32).to_be_bytes());
                out.extend((number(echo, i64::from(recent))? as u32).to_be_bytes());
            }
            TcpOption::Other { kind, data } => {
                out.extend([*kind, 2 + data.0.len() as u8]);
                out.extend(&data.0);
            }
            TcpOption::Raw(bytes) => out.extend(&bytes.0),
        }
        Ok(())
    }

    fn tcp_flags(&self, layer: &LayerSpec, inner: usize) -> Result<i64, String> {
        if let Some(flags) = self.number(layer, FieldId::TcpFlags)? {
            return Ok(flags);
        }
        let push = if inner > 0 { 0x08 } else { 0 };
        let urgent = if layer.field(FieldId::TcpUrgent).is_some() { 0x20 } else { 0 };
        Ok(0x10 | push | urgent)
    }

    /// The number that the spec gives a field, if it gives one.
    fn number(&self, layer: &LayerSpec, id: FieldId) -> Result<Option<i64>, String> {
        match layer.field(id) {
            None => Ok(None),
            Some(field) => Ok(self.context.resolve(id, field)?.and_then(Value::num)),
        }
    }

    /// Writes what the spec says about one field; relative numbers become those on the wire.
    fn write_field(&self, header: &mut [u8], id: FieldId, field: &Field) -> Result<(), String> {
        let Some(value) = self.context.resolve(id, field)? else { return Ok(()) };
        let value = match (id, value, self.context.flow) {
            (FieldId::TcpSeq, Value::Num(number), Some(flow)) => flow.absolute(true, number).into(),
            (FieldId::TcpAck, Value::Num(number), Some(flow)) => flow.absolute(false, number).into(),
            _ => value,
        };
        id.write(header, value)
    }

    fn payload(&self, layer: &LayerSpec) -> Result<Vec<u8>, String> {
        let Some(Body::Payload(payload)) = &layer.body else { return Ok(Vec::new()) };
        Ok(match payload {
            PayloadSpec::Bytes(bytes) | PayloadSpec::Prefix(bytes) => bytes.0.clone(),
            PayloadSpec::Pattern { offset, len } => pattern(offset.unwrap_or(self.stream_offset()?), *len),
            PayloadSpec::Fill { byte, len } => vec![*byte; *len],
            PayloadSpec::Len(field) => {
                let len = self.context.resolve(FieldId::UdpLength, field)?.and_then(Value::num).unwrap_or(0);
                vec![0; len.clamp(0, 65_535) as usize]
            }
            PayloadSpec::Quote { label, len } => self.quote(label, *len)?,
        })
    }

    /// The stream offset that belongs to the segment's sequence number.
    fn stream_offset(&self) -> Result<u64, String> {
        let (Some(flow), Some(tcp)) = (self.context.flow, self.layers.iter().find(|l| l.kind == LayerKind::Tcp)) else {
            return Ok(0);
        };
        let seq = self.number(tcp, FieldId::TcpSeq)?.unwrap_or(i64::from(flow.snd_nxt));
        Ok((seq - 1).max(0) as u64)
    }

    /// The IP header of a labelled frame and `len` octets behind it.
    fn quote(&self, label: &str, len: usize) -> Result<Vec<u8>, String> {
        let Some(frame) = self.context.frames.get(label) else {
            return Err(format!("no frame has the label `{label}`"));
        };
        let dissection = Dissection::of(frame);
        let Some(packet) = dissection.ip_packet() else { return Err(format!("`{label}` is not an IP packet")) };
        let header = dissection.layers.iter().find(|layer| layer.kind.is_ip()).map_or(0, |ip| ip.body - ip.start);
        let len = (header + len).min(packet.len());
        Ok(packet[..len].to_vec())
    }

    /// Puts the checksum in, as the spec wants it, unless the spec names its value.
    fn finish_checksum(&self, at: usize, layer: &LayerSpec, header: &mut [u8], inner: &[u8]) -> Result<(), String> {
        let Some(offset) = layer.kind.checksum_offset() else { return Ok(()) };
        let named = layer.fields.iter().any(|(id, field)| {
            id.name().ends_with(".checksum") && !matches!(field, Field::Any | Field::Bind(_) | Field::Not(_))
        });
        if named {
            return Ok(());
        }
        let Some(place) = header.get_mut(offset..offset + 2) else { return Ok(()) };
        place.fill(0);
        let sum = match layer.kind {
            LayerKind::Ipv4 => sum_words(header),
            kind => {
                let pseudo = match kind {
                    LayerKind::Icmpv4 | LayerKind::Igmp => 0,
                    _ if !self.layers[..at].iter().any(|layer| layer.kind.is_ip()) => 0,
                    kind => {
                        let (src, dst) = self.addresses()?;
                        sum_pseudo(src, dst, kind.protocol().unwrap_or(0), header.len() + inner.len())
                    }
                };
                // A header of odd length would shift the words behind it: sum both as one.
                sum_words(&[&*header, inner].concat()) + pseudo
            }
        };
        let right = match finish_sum(sum) {
            0 if layer.kind == LayerKind::Udp => 0xffff,
            right => right,
        };
        let value = match layer.checksum {
            Checksum::Right | Checksum::Any => right,
            Checksum::Wrong => right ^ 0x0100,
            Checksum::Zero => 0,
        };
        if let Some(place) = header.get_mut(offset..offset + 2) {
            place.copy_from_slice(&value.to_be_bytes());
        }
        Ok(())
    }
}

/// The slice of what IP carries, behind a fragment header for IPv6.
fn cut_fragment(kind: LayerKind, protocol: u8, whole: &[u8], cut: Slice) -> Vec<u8> {
    let start = cut.offset.min(whole.len());
    let end = cut.offset.saturating_add(cut.len).min(whole.len());
    let bytes = &whole[start..end.max(start)];
    if kind == LayerKind::Ipv4 {
        return bytes.to_vec();
    }
    let offset = (cut.offset as u16 & !7) | u16::from(cut.more);
    let mut fragment = vec![protocol, 0];
    fragment.extend(offset.to_be_bytes());
    fragment.extend(cut.id.to_be_bytes());
    fragment.extend(bytes);
    fragment
}

/// Options of a hop-by-hop or destination options header behind two bytes, padded to a multiple of eight with
/// Pad1 or PadN (RFC 8200 4.2).
fn pad_options(raw: &[u8]) -> Vec<u8> {
    let mut header = vec![0, 0];
    header.extend(raw);
    let missing = header.len().next_multiple_of(8) - header.len();
    match missing {
        0 => {}
        1 => header.push(0),
        more => {
            header.extend([1, more as u8 - 2]);
            header.resize(header.len() + more - 2, 0);
        }
    }
    header
}
