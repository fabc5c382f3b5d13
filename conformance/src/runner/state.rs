//! What a session knows: flows, captured values, labels, sockets.

use std::collections::BTreeMap;

use super::matcher::{Comparison, compare};
use super::stop::Stop;
use crate::target::{Instant, Link, SocketId, Topology};
use crate::timeline::decode::Dissection;
use crate::timeline::encode::{Context, encode};
use crate::timeline::flow::FlowState;
use crate::timeline::{Field, FieldId, LayerKind, PacketSpec, Timeline, Value};

/// A frame from the target.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it left, or when the tester sees it if a link rule delays it.
    pub at: Instant,
    /// Link.
    pub interface: usize,
    /// The frame.
    pub bytes: Vec<u8>,
    /// The datagram that this fragment completed, as a frame.
    pub whole: Option<Vec<u8>>,
    /// Its entry in the trace.
    pub trace: usize,
    /// Neighbour discovery, ARP, group membership: matched only by specs that ask for it.
    pub background: bool,
}

/// The state of a session apart from the link.
pub struct State {
    /// Flows in the order of the timeline.
    pub flows: Vec<FlowState>,
    /// Captured values.
    pub vars: BTreeMap<String, Value>,
    /// Labelled frames.
    pub frames: BTreeMap<String, Vec<u8>>,
    /// Times of labelled events.
    pub times: BTreeMap<String, Instant>,
    /// Sockets by name.
    pub sockets: BTreeMap<String, SocketId>,
    /// Configuration of the target.
    pub topology: Topology,
}

impl State {
    /// The state before the first event.
    pub fn new(timeline: &Timeline, topology: Topology) -> Self {
        Self {
            flows: timeline.flows.iter().map(FlowState::new).collect(),
            vars: BTreeMap::new(),
            frames: BTreeMap::new(),
            times: BTreeMap::new(),
            sockets: BTreeMap::new(),
            topology,
        }
    }

    /// The flow of this name.
    pub fn flow(&self, name: &str) -> Result<&FlowState, Stop> {
        let found = self.flows.iter().find(|flow| flow.spec.name == name);
        found.ok_or_else(|| Stop::Case(format!("there is no flow `{name}`")))
    }

    /// The flow of this name, to change it.
    pub fn flow_mut(&mut self, name: &str) -> Result<&mut FlowState, Stop> {
        let found = self.flows.iter_mut().find(|flow| flow.spec.name == name);
        found.ok_or_else(|| Stop::Case(format!("there is no flow `{name}`")))
    }

    /// The link of this index.
    pub fn link(&self, index: usize) -> Result<&Link, Stop> {
        self.topology.links.get(index).ok_or_else(|| Stop::Case(format!("the bed has no link {index}")))
    }

    fn context<'a>(&'a self, spec: &PacketSpec, link: &'a Link, now: Instant) -> Result<Context<'a>, Stop> {
        let flow = spec.flow.as_deref().map(|name| self.flow(name)).transpose()?;
        Ok(Context { link, now, flow, vars: &self.vars, frames: &self.frames })
    }

    /// The bytes of a spec.
    pub fn encode(&self, spec: &PacketSpec, link: usize, now: Instant) -> Result<Vec<u8>, Stop> {
        let context = self.context(spec, self.link(link)?, now)?;
        encode(spec, &context).map_err(Stop::Case)
    }

    /// Compares a frame with a spec. `None`: the spec does not speak of such frames (another link, background
    /// traffic that it does not ask for, a fragment where whole datagrams are wanted).
    pub fn compare(&self, spec: &PacketSpec, link: Option<usize>, seen: &Seen) -> Result<Option<Comparison>, Stop> {
        if link.is_some_and(|link| link != seen.interface) || (seen.background && !asks_for(spec, &seen.bytes)) {
            return Ok(None);
        }
        let mut bytes = &seen.bytes;
        if spec.reassembled {
            match &seen.whole {
                Some(whole) => bytes = whole,
                None if Dissection::of(bytes).is_fragment() => return Ok(None),
                None => {}
            }
        }
        let link = self.link(seen.interface)?;
        let comparison = compare(spec, &Dissection::of(bytes), &self.context(spec, link, seen.at)?);
        match comparison.fault {
            Some(fault) => Err(Stop::Case(fault)),
            None => Ok(Some(comparison)),
        }
    }

    /// Whether a frame is of the same scope as a spec: the same flow, else the same innermost protocol.
    pub fn same_scope(&self, spec: &PacketSpec, seen: &Seen) -> Result<bool, Stop> {
        let frame = Dissection::of(&seen.bytes);
        if let Some(name) = spec.flow.as_deref() {
            return Ok(self.flow(name)?.is_from_target(&frame));
        }
        if seen.background && !asks_for(spec, &seen.bytes) {
            return Ok(false);
        }
        Ok(spec.scope().is_none_or(|scope| frame.scope() == Some(scope)))
    }

    /// The flows take note of a frame from the target.
    pub fn absorb(&mut self, bytes: &[u8]) {
        let frame = Dissection::of(bytes);
        for flow in &mut self.flows {
            flow.received(&frame);
        }
    }

    /// The flow of a spec takes note of a frame that the tester sent; values that the spec names are captured.
    pub fn sent(&mut self, spec: &PacketSpec, bytes: &[u8]) {
        let frame = Dissection::of(bytes);
        for layer in &spec.layers {
            for (id, field) in &layer.fields {
                if let (Field::Bind(name), Some(value)) = (field, frame.get(*id)) {
                    self.vars.insert(name.clone(), value);
                }
            }
        }
        let mangled = spec.truncate.is_some() || spec.slice.is_some() || !spec.patches.is_empty();
        let wrong = spec.layers.iter().any(|layer| layer.checksum == crate::timeline::Checksum::Wrong);
        if let Some(name) = spec.flow.as_deref()
            && !(spec.untracked || mangled || wrong)
            && let Ok(flow) = self.flow_mut(name)
        {
            flow.sent(&frame);
        }
    }
}

/// Whether a frame is the kind that stacks send by themselves: ARP, neighbour discovery, group membership.
pub fn is_background(frame: &Dissection<'_>) -> bool {
    match frame.scope() {
        Some(LayerKind::Arp | LayerKind::Igmp) => true,
        Some(LayerKind::Icmpv6) => matches!(frame.num(FieldId::Icmpv6Type), Some(130..=133 | 135 | 136 | 143)),
        _ => false,
    }
}

/// Whether a spec asks for background traffic of this kind: it names the layer and, for ICMPv6, the type.
fn asks_for(spec: &PacketSpec, bytes: &[u8]) -> bool {
    match Dissection::of(bytes).scope() {
        Some(LayerKind::Icmpv6) => {
            let said = spec.layer(LayerKind::Icmpv6).and_then(|layer| layer.field(FieldId::Icmpv6Type));
            matches!(said, Some(Field::Is(_) | Field::OneOf(_)))
        }
        Some(scope) => spec.layer(scope).is_some(),
        None => false,
    }
}
