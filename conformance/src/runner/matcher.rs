//! Compares a frame from the target with a packet spec, field by field.
//!
//! Every field that differs is collected with a weight, so that of several frames the one that comes closest can
//! be shown. Read first: [`crate::timeline::packet`].

use crate::result::FieldMiss;
use crate::timeline::decode::{ChecksumState, Dissection};
use crate::timeline::encode::Context;
use crate::timeline::layer::PSH;
use crate::timeline::packet::{PayloadSpec, TcpOptionsSpec, pattern};
use crate::timeline::words::hex;
use crate::timeline::{Body, Checksum, Field, FieldId, LayerKind, NdOption, PacketSpec, TcpOption, Value};

/// The outcome of one comparison.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Fields that differ; empty is a match.
    pub misses: Vec<FieldMiss>,
    /// How far off the frame is: the sum of the weights of the misses.
    pub distance: u32,
    /// Values captured on the way, with their names.
    pub captured: Vec<(String, Value)>,
    /// The case asked for something that cannot be compared (an unknown variable).
    pub fault: Option<String>,
}

impl Comparison {
    /// Whether the frame matches.
    pub const fn is_match(&self) -> bool {
        self.misses.is_empty() && self.fault.is_none()
    }

    fn miss(&mut self, weight: u32, field: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) {
        self.misses.push(FieldMiss { field: field.into(), expected: expected.into(), got: got.into() });
        self.distance += weight;
    }
}

/// A missing layer outweighs every field; a wrong address or port is another packet; the rest are details.
const LAYER: u32 = 40;
const PLACE: u32 = 12;
const KIND: u32 = 6;
const DETAIL: u32 = 2;

const fn weight(id: FieldId) -> u32 {
    match id {
        FieldId::Ipv4Src
        | FieldId::Ipv4Dst
        | FieldId::Ipv6Src
        | FieldId::Ipv6Dst
        | FieldId::TcpSrcPort
        | FieldId::TcpDstPort
        | FieldId::UdpSrcPort
        | FieldId::UdpDstPort => PLACE,
        FieldId::TcpFlags
        | FieldId::Icmpv4Type
        | FieldId::Icmpv6Type
        | FieldId::ArpOperation
        | FieldId::IgmpType
        | FieldId::NdTarget => KIND,
        _ => DETAIL,
    }
}

/// Compares a frame from the target with a spec.
pub fn compare(spec: &PacketSpec, frame: &Dissection<'_>, context: &Context<'_>) -> Comparison {
    let mut comparison = Comparison::default();
    let mut matcher = Matcher { spec, frame, context, out: &mut comparison };
    matcher.flow();
    matcher.layers();
    matcher.absent();
    comparison
}

struct Matcher<'a> {
    spec: &'a PacketSpec,
    frame: &'a Dissection<'a>,
    context: &'a Context<'a>,
    out: &'a mut Comparison,
}

impl Matcher<'_> {
    /// A frame of a flow comes from its target and goes to its tester.
    fn flow(&mut self) {
        let Some(flow) = self.context.flow else { return };
        let port = |port: Option<u16>| port.map_or_else(|| "?".to_owned(), |port| port.to_string());
        let spec = &flow.spec;
        let (src, dst) = self.frame.addresses().unzip();
        let (src_port, dst_port) = self.frame.ports().unzip();
        let shown = |address: Option<std::net::IpAddr>| address.map_or_else(|| "none".to_owned(), |a| a.to_string());
        if src != Some(spec.target) {
            self.out.miss(PLACE, "source address", spec.target.to_string(), shown(src));
        }
        if dst != Some(spec.tester) {
            self.out.miss(PLACE, "destination address", spec.tester.to_string(), shown(dst));
        }
        if flow.peer_port.is_some() && src_port != flow.peer_port {
            self.out.miss(PLACE, "source port", port(flow.peer_port), port(src_port));
        }
        if dst_port != Some(spec.tester_port) {
            self.out.miss(PLACE, "destination port", spec.tester_port.to_string(), port(dst_port));
        }
    }

    fn layers(&mut self) {
        let mut from = 0;
        for layer in &self.spec.layers {
            let place = self.frame.layers[from..].iter().position(|found| found.kind == layer.kind);
            let Some(place) = place.map(|place| from + place) else {
                // An empty payload of a packet without a payload layer is there all the same.
                if layer.kind != LayerKind::Payload {
                    let have: Vec<&str> = self.frame.layers.iter().map(|layer| layer.kind.name()).collect();
                    self.out.miss(LAYER, layer.kind.name(), "present", format!("absent ({})", have.join(" > ")));
                }
                continue;
            };
            from = place + 1;
            let found = self.frame.layers[place];
            let header = self.frame.header(&found);
            for (id, field) in &layer.fields {
                self.field(*id, field, header);
            }
            match &layer.body {
                Some(Body::Tcp(options)) => self.tcp_options(options),
                Some(Body::Nd(options)) => self.nd_options(options),
                Some(Body::Raw(bytes)) => self.raw(layer.kind, header, &bytes.0),
                Some(Body::Payload(payload)) => self.payload(payload),
                None => {}
            }
            self.checksum(layer.checksum, &found, layer.fields.iter().any(|(id, _)| id.name().ends_with(".checksum")));
        }
    }

    fn absent(&mut self) {
        for kind in &self.spec.absent {
            if self.frame.has(*kind) {
                self.out.miss(LAYER, kind.name(), "absent", "present");
            }
        }
    }

    /// The value of a field as a case sees it: TCP numbers relative to the flow.
    fn value(&self, id: FieldId, header: &[u8]) -> Option<Value> {
        let numbers = || self.context.flow?.numbers_of(self.frame);
        match (id, self.context.flow) {
            (FieldId::TcpSeq, Some(_)) => numbers().map(|(seq, _)| Value::Num(seq)),
            (FieldId::TcpAck, Some(_)) => numbers().map(|(_, ack)| Value::Num(ack)),
            _ => id.read(header),
        }
    }

    /// What "next" and "una" mean for numbers of the target: what the tester expects.
    fn resolve(&mut self, id: FieldId, field: &Field) -> Option<Value> {
        let flow = self.context.flow;
        match (id, field, flow) {
            (FieldId::TcpSeq, Field::Next(delta), Some(flow)) => Some(Value::Num(i64::from(flow.rcv_nxt) + delta)),
            (FieldId::TcpSeq, Field::Una(delta), Some(flow)) => Some(Value::Num(i64::from(flow.rcv_acked) + delta)),
            (FieldId::TcpAck, Field::Next(delta), Some(flow)) => Some(Value::Num(i64::from(flow.snd_nxt) + delta)),
            (FieldId::TcpAck, Field::Una(delta), Some(flow)) => Some(Value::Num(i64::from(flow.snd_una) + delta)),
            _ => match self.context.resolve(id, field) {
                Ok(value) => value,
                Err(fault) => {
                    self.out.fault = Some(fault);
                    None
                }
            },
        }
    }

    fn field(&mut self, id: FieldId, field: &Field, header: &[u8]) {
        let Some(got) = self.value(id, header) else {
            self.out.miss(weight(id), id.name(), field.words(&|value| id.show(value)), "not there");
            return;
        };
        self.compare_value(id.name(), weight(id), id, field, got);
    }

    fn compare_value(&mut self, name: &str, weight: u32, id: FieldId, field: &Field, got: Value) {
        let fits = match field {
            Field::Any => true,
            Field::Bind(name) => {
                self.out.captured.push((name.clone(), got));
                true
            }
            Field::Not(value) => got != *value,
            Field::OneOf(values) => values.contains(&got),
            Field::Range(low, high) => got.num().is_some_and(|got| (*low..=*high).contains(&got)),
            Field::Mask { mask, value } => got.num().is_some_and(|got| got & mask == *value),
            Field::Is(Value::Num(value)) if id == FieldId::TcpFlags => {
                got.num().is_some_and(|got| (got ^ value) & !PSH == 0)
            }
            field => match self.resolve(id, field) {
                Some(value) => got == value,
                None => true,
            },
        };
        if !fits {
            let mut expected = field.words(&|value| id.show(value));
            if matches!(field, Field::Next(_) | Field::Una(_) | Field::Var(..))
                && let Some(value) = self.resolve(id, field)
            {
                expected = format!("{} ({expected})", id.show(value));
            }
            self.out.miss(weight, name, expected, id.show(got));
        }
    }

    fn tcp_options(&mut self, spec: &TcpOptionsSpec) {
        let have = self.frame.tcp_options();
        let wanted = spec.list.iter().flatten().chain(&spec.also);
        let mut wanted_kinds = Vec::new();
        for option in wanted {
            let Some(kind) = option.kind().filter(|kind| *kind > 1) else { continue };
            wanted_kinds.push(kind);
            match have.iter().find(|(other, _)| *other == kind) {
                Some((_, data)) => self.tcp_option(option, data),
                None => self.out.miss(DETAIL, format!("tcp.option {kind}"), "present", "absent"),
            }
        }
        for kind in &spec.absent {
            if have.iter().any(|(other, _)| other == kind) {
                self.out.miss(DETAIL, format!("tcp.option {kind}"), "absent", "present");
            }
        }
        if spec.exact {
            for (kind, _) in have.iter().filter(|(kind, _)| !wanted_kinds.contains(kind)) {
                self.out.miss(DETAIL, format!("tcp.option {kind}"), "absent", "present");
            }
        }
    }

    fn tcp_option(&mut self, option: &TcpOption, data: &[u8]) {
        let be = |bytes: &[u8]| Value::Num(bytes.iter().fold(0i64, |all, byte| all << 8 | i64::from(*byte)));
        // The table's field only decides how a number is shown.
        let plain = FieldId::TcpWindow;
        let parts: Vec<(&str, &Field, Value, usize)> = match option {
            TcpOption::Mss(field) => vec![("tcp.option mss", field, be(data), 2)],
            TcpOption::WindowScale(field) => vec![("tcp.option window scale", field, be(data), 1)],
            TcpOption::Timestamps(value, echo) => vec![
                ("tcp.option tsval", value, be(data.get(..4).unwrap_or_default()), 8),
                ("tcp.option tsecr", echo, be(data.get(4..8).unwrap_or_default()), 8),
            ],
            TcpOption::SackPermitted => {
                if !data.is_empty() {
                    self.out.miss(
                        DETAIL,
                        "tcp.option sack permitted",
                        "length 2",
                        format!("length {}", data.len() + 2),
                    );
                }
                return;
            }
            TcpOption::Sack(blocks) => return self.sack(blocks, data),
            TcpOption::Other { kind, data: wanted } => {
                if data != wanted.0 {
                    self.out.miss(DETAIL, format!("tcp.option {kind}"), hex(&wanted.0), hex(data));
                }
                return;
            }
            TcpOption::End | TcpOption::Nop | TcpOption::Raw(_) => return,
        };
        for (name, field, got, len) in parts {
            if data.len() != len {
                self.out.miss(DETAIL, name, format!("{len} bytes"), format!("{} bytes", data.len()));
            } else {
                self.compare_value(name, DETAIL, plain, field, got);
            }
        }
    }

    /// The target's SACK blocks speak of the tester's numbers.
    fn sack(&mut self, blocks: &[(i64, i64)], data: &[u8]) {
        let edge = |bytes: &[u8]| {
            let absolute = u32::from_be_bytes(bytes.try_into().unwrap_or_default());
            self.context.flow.map_or(i64::from(absolute), |flow| flow.relative(true, absolute))
        };
        let got: Vec<(i64, i64)> = data.chunks_exact(8).map(|block| (edge(&block[..4]), edge(&block[4..]))).collect();
        if got != blocks {
            self.out.miss(DETAIL, "tcp.option sack", format!("{blocks:?}"), format!("{got:?}"));
        }
    }

    fn nd_options(&mut self, wanted: &[NdOption]) {
        let have = self.frame.nd_options();
        for option in wanted {
            let (kind, name) = match option {
                NdOption::SourceMac(_) => (1, "nd.option source link-layer address"),
                NdOption::TargetMac(_) => (2, "nd.option target link-layer address"),
                NdOption::Prefix { .. } => (3, "nd.option prefix"),
                NdOption::Redirected { .. } => (4, "nd.option redirected header"),
                NdOption::Mtu(_) => (5, "nd.option mtu"),
                NdOption::Raw { kind, .. } => (*kind, "nd.option"),
            };
            let Some((_, data)) = have.iter().find(|(other, _)| *other == kind) else {
                self.out.miss(DETAIL, name, "present", "absent");
                continue;
            };
            match option {
                NdOption::SourceMac(field) | NdOption::TargetMac(field) => {
                    let mac = data.get(..6).and_then(|mac| mac.try_into().ok()).unwrap_or_default();
                    self.compare_value(name, DETAIL, FieldId::EthSrc, field, Value::Mac(mac));
                }
                NdOption::Mtu(field) => {
                    let mtu = data.get(2..6).and_then(|mtu| mtu.try_into().ok()).map_or(0, u32::from_be_bytes);
                    self.compare_value(name, DETAIL, FieldId::Icmpv6Mtu, field, mtu.into());
                }
                NdOption::Redirected { label, len } => self.quote(label, *len, data.get(6..).unwrap_or_default()),
                NdOption::Prefix { .. } => {}
                NdOption::Raw { data: wanted, .. } => {
                    if !data.starts_with(&wanted.0) {
                        self.out.miss(DETAIL, name, hex(&wanted.0), hex(data));
                    }
                }
            }
        }
    }

    /// Options of IP or of an extension header, or what follows the fixed part of a message.
    fn raw(&mut self, kind: LayerKind, header: &[u8], wanted: &[u8]) {
        let fixed = match kind {
            LayerKind::Ipv4 => 20,
            LayerKind::HopByHop | LayerKind::DestOptions => 2,
            LayerKind::Routing => 4,
            _ => 8,
        };
        let got = header.get(fixed..).unwrap_or_default();
        if !got.starts_with(wanted) {
            self.out.miss(DETAIL, format!("{kind}.options"), hex(wanted), hex(got));
        }
    }

    fn payload(&mut self, spec: &PayloadSpec) {
        let got = self.frame.payload();
        let whole = match spec {
            PayloadSpec::Bytes(bytes) => bytes.0.clone(),
            PayloadSpec::Pattern { offset, len } => {
                let seq = self.context.flow.and_then(|flow| flow.numbers_of(self.frame)).map_or(1, |(seq, _)| seq);
                let syn = self.frame.num(FieldId::TcpFlags).is_some_and(|flags| flags & 2 != 0);
                pattern(offset.unwrap_or((seq - 1 + i64::from(syn)).max(0) as u64), *len)
            }
            PayloadSpec::Fill { byte, len } => vec![*byte; *len],
            PayloadSpec::Len(field) => {
                return self.compare_value("payload length", DETAIL, FieldId::TcpWindow, field, got.len().into());
            }
            PayloadSpec::Prefix(bytes) => {
                if !got.starts_with(&bytes.0) {
                    self.out.miss(DETAIL, "payload", format!("begins with {}", hex(&bytes.0)), hex(got));
                }
                return;
            }
            PayloadSpec::Quote { label, len } => return self.quote(label, *len, got),
        };
        if got.len() != whole.len() {
            self.out.miss(DETAIL, "payload length", whole.len().to_string(), got.len().to_string());
        } else if let Some(at) = got.iter().zip(&whole).position(|(got, wanted)| got != wanted) {
            let tail = |bytes: &[u8]| format!("at byte {at}: {}", hex(&bytes[at..]));
            self.out.miss(DETAIL, "payload", tail(&whole), tail(got));
        }
    }

    fn quote(&mut self, label: &str, len: usize, got: &[u8]) {
        let Some(frame) = self.context.frames.get(label) else {
            self.out.fault = Some(format!("no frame has the label `{label}`"));
            return;
        };
        let original = Dissection::of(frame);
        let Some(packet) = original.ip_packet() else {
            self.out.fault = Some(format!("`{label}` is not an IP packet"));
            return;
        };
        let ip = original.layers.iter().find(|layer| layer.kind.is_ip());
        let header = ip.map_or(0, |ip| ip.body - ip.start);
        let least = (header + len).min(packet.len());
        if got.len() < least {
            self.out.miss(DETAIL, "quote length", format!("at least {least}"), got.len().to_string());
        }
        // TTL, hop limit and header checksum change on the way to where the error arose.
        let changes: &[usize] = if ip.is_some_and(|ip| ip.kind == LayerKind::Ipv4) { &[8, 10, 11] } else { &[7] };
        let differs = |at: &usize| !changes.contains(at) && packet.get(*at) != got.get(*at);
        if let Some(at) = (0..got.len().min(packet.len())).find(differs) {
            let tail = |bytes: &[u8]| format!("at byte {at}: {}", hex(bytes.get(at..).unwrap_or_default()));
            self.out.miss(DETAIL, "quote", tail(packet), tail(got));
        }
    }

    fn checksum(&mut self, rule: Checksum, layer: &crate::timeline::decode::Layer, named: bool) {
        if rule == Checksum::Any || named || layer.kind.checksum_offset().is_none() {
            return;
        }
        let name = || format!("{}.checksum", layer.kind);
        match (rule, self.frame.checksum(layer)) {
            (Checksum::Right, ChecksumState::Wrong { got, should }) => {
                self.out.miss(DETAIL, name(), format!("{should:#06x}"), format!("{got:#06x}"));
            }
            (Checksum::Wrong, ChecksumState::Right) => self.out.miss(DETAIL, name(), "wrong", "right"),
            (Checksum::Zero, ChecksumState::Right | ChecksumState::Wrong { .. }) => {
                self.out.miss(DETAIL, name(), "zero", "not zero");
            }
            _ => {}
        }
    }
}
