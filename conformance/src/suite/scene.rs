//! The scene: what a case function is given to build its timeline with.
//!
//! Every method adds events to the timeline or describes the bed. Nothing happens yet: the runner plays the
//! timeline later. The TCP set-up helpers are in [`super::scene_tcp`], socket calls in [`super::scene_calls`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::case::Params;
use crate::capability::Capability;
use crate::target::{Duration, Family, Instant, Link, Profile, SocketKind};
use crate::timeline::needs::needs_of;
use crate::timeline::packet::{self, Bytes};
use crate::timeline::{
    AckPolicy, Action, BedLink, BedRoute, Check, Event, FlowSpec, LayerKind, LinkEffect, Order, PacketSpec, Timeline,
    Weight, When,
};

/// Builds one timeline. See the page of [`crate::suite`] for the idioms.
#[derive(Debug)]
pub struct Scene {
    pub(super) timeline: Timeline,
    family: Family,
    params: Params,
    profile: Profile,
    weight: Weight,
}

/// The event that was just added; its methods say when it happens and what else is special about it.
#[derive(Debug)]
pub struct Step<'s>(pub(super) &'s mut Event);

impl Step<'_> {
    /// Names the event: its time, and its frame if it is about one.
    pub fn label(self, label: &str) -> Self {
        self.0.label = Some(label.to_owned());
        self
    }

    /// Why: words or a requirement id, shown when the event fails.
    pub fn why(self, why: impl Into<String>) -> Self {
        self.0.why = why.into();
        self
    }

    /// Not before this long after the previous event.
    pub fn after(self, span: Duration) -> Self {
        self.0.when = When::After(span);
        self
    }

    /// At this time since the reset.
    pub fn at(self, time: Instant) -> Self {
        self.0.when = When::At(time);
        self
    }

    /// Until this long after the previous event; a call that would block is tried again until then.
    pub fn within(self, span: Duration) -> Self {
        self.0.when = When::Within(span);
        self
    }

    /// No earlier than `min` and no later than `max` after the previous event.
    pub fn between(self, min: Duration, max: Duration) -> Self {
        self.0.when = When::Between { from: None, min, max };
        self
    }

    /// No earlier than `min` and no later than `max` after the labelled event.
    pub fn between_from(self, label: &str, min: Duration, max: Duration) -> Self {
        self.0.when = When::Between { from: Some(label.to_owned()), min, max };
        self
    }

    /// Whenever it comes, within the bounds of the run.
    pub fn any_time(self) -> Self {
        self.0.when = When::Any;
        self
    }

    /// Its failure is a deviation (pass-with-deviation), not a failure of the case.
    pub fn should(self) -> Self {
        self.0.weight = Weight::Should;
        self
    }

    /// For an expectation: a frame like this while waiting is a failure at once.
    pub fn forbid(self, packet: PacketSpec) -> Self {
        match &mut self.0.action {
            Action::Expect { forbid, .. } => forbid.push(packet),
            _ => panic!("only an expectation can forbid frames"),
        }
        self
    }

    /// For an expectation: the very next frame of the same flow (else of the same protocol) must match.
    pub fn next(self) -> Self {
        match &mut self.0.action {
            Action::Expect { order, .. } => *order = Order::Next,
            _ => panic!("only an expectation can ask for the next frame"),
        }
        self
    }

    /// On this link instead of link 0 (or instead of any link, for expectations).
    pub fn on(self, interface: usize) -> Self {
        match &mut self.0.action {
            Action::Inject { link, .. } | Action::InjectRaw { link, .. } => *link = interface,
            Action::Expect { link, .. } | Action::ExpectOneOf { link, .. } | Action::Silence { link, .. } => {
                *link = Some(interface);
            }
            _ => panic!("this event is not about a link"),
        }
        self
    }

    /// For data that the tester transfers: bytes per segment instead of the target's MSS.
    pub fn segment_size(self, size: usize) -> Self {
        match &mut self.0.action {
            Action::Transfer { segment, .. } => *segment = Some(size),
            _ => panic!("only `transfer` cuts segments"),
        }
        self
    }

    /// For data that the tester receives: how it is acknowledged.
    pub fn acks(self, policy: AckPolicy) -> Self {
        match &mut self.0.action {
            Action::Receive { acks, .. } => *acks = policy,
            _ => panic!("only `receive` acknowledges"),
        }
        self
    }
}

impl Scene {
    /// An empty scene. Cases are given theirs; this is for other front ends.
    pub fn new(family: Family, params: Params, profile: Profile) -> Self {
        Self { timeline: Timeline::default(), family, params, profile, weight: Weight::Must }
    }

    /// The timeline that was built, with what it needs.
    pub fn finish(mut self) -> Timeline {
        self.end_set_up();
        let needs = needs_of(&self.timeline.events);
        self.timeline.needs.extend(needs);
        if self.timeline.bed.links.len() > 1 {
            self.timeline.needs.insert(Capability::MultiHomed);
        }
        if self.timeline.bed.forwarding {
            self.timeline.needs.insert(Capability::Forwarding);
        }
        if !self.timeline.bed.routes.is_empty() {
            self.timeline.needs.insert(Capability::StaticRoutes);
        }
        self.timeline
    }

    /// A case that does not say where its set-up ends: it ends behind the last event that calls itself set-up.
    fn end_set_up(&mut self) {
        let events = &mut self.timeline.events;
        if events.iter().any(|event| event.action == Action::SetupDone) {
            return;
        }
        if let Some(last) = events.iter().rposition(|event| event.why.starts_with("set-up")) {
            events.insert(last + 1, Event::new(Action::SetupDone));
        }
    }

    // What is given.

    /// The value of a parameter.
    ///
    /// # Panics
    ///
    /// If the case does not declare it.
    pub fn param(&self, name: &str) -> &str {
        match self.params.get(name) {
            Some(value) => value,
            None => panic!("the case has no parameter `{name}`"),
        }
    }

    /// The value of a parameter as a number.
    ///
    /// # Panics
    ///
    /// If the case does not declare it or it is no number.
    pub fn number(&self, name: &str) -> i64 {
        match self.param(name).parse() {
            Ok(number) => number,
            Err(_) => panic!("parameter `{name}` is not a number"),
        }
    }

    /// Family of this instance.
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Whether this instance runs over IPv4.
    pub const fn is_v4(&self) -> bool {
        matches!(self.family, Family::Ipv4)
    }

    /// Policy values of the target, to compute bounds from.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The MSS that the target announces on a 1500-byte link, in this family.
    pub const fn target_mss(&self) -> usize {
        if self.is_v4() { self.profile.mss_ipv4 as usize } else { self.profile.mss_ipv6 as usize }
    }

    /// Link number `index`, with the addresses of both ends.
    pub fn link(&self, index: usize) -> Link {
        self.timeline.bed.link(index)
    }

    /// The target's address on link 0, in this family.
    pub fn target(&self) -> IpAddr {
        self.target_on(0)
    }

    /// The tester's address on link 0, in this family.
    pub fn tester(&self) -> IpAddr {
        self.tester_on(0)
    }

    /// The target's address on a link, in this family.
    pub fn target_on(&self, link: usize) -> IpAddr {
        let link = self.link(link);
        if self.is_v4() { link.target_v4.0.into() } else { link.target_v6.0.into() }
    }

    /// The tester's address on a link, in this family.
    pub fn tester_on(&self, link: usize) -> IpAddr {
        let link = self.link(link);
        if self.is_v4() { link.tester_v4.into() } else { link.tester_v6.into() }
    }

    /// The address of host number `host` (3 and up are free) on a link's subnet. The tester answers ARP and
    /// neighbour solicitations for it.
    pub fn host_on(&self, link: usize, host: u8) -> IpAddr {
        let link = self.link(link);
        if self.is_v4() {
            let [a, b, c, _] = link.tester_v4.octets();
            Ipv4Addr::new(a, b, c, host).into()
        } else {
            let mut parts = link.tester_v6.segments();
            parts[7] = u16::from(host);
            Ipv6Addr::from(parts).into()
        }
    }

    // The bed. Before the first event.

    /// Gives the bed this many links (1 to 3).
    pub fn links(&mut self, count: usize) {
        assert!((1..=3).contains(&count), "the bed has one to three links");
        self.timeline.bed.links.resize(count, BedLink::default());
    }

    /// Sets the MTU of a link.
    pub fn mtu(&mut self, link: usize, mtu: usize) {
        self.bed_link(link).mtu = Some(mtu);
    }

    /// What is special about a link of the bed.
    pub fn bed_link(&mut self, link: usize) -> &mut BedLink {
        match self.timeline.bed.links.get_mut(link) {
            Some(link) => link,
            None => panic!("the bed has no link {link}"),
        }
    }

    /// Adds a static route to the target. The tester answers for the gateway.
    pub fn route(&mut self, prefix: (impl Into<IpAddr>, u8), gateway: impl Into<IpAddr>, link: usize) {
        let route = BedRoute { prefix: (prefix.0.into(), prefix.1), gateway: gateway.into(), link };
        self.timeline.bed.routes.push(route);
    }

    /// The target forwards packets.
    pub fn forwarding(&mut self) {
        self.timeline.bed.forwarding = true;
    }

    /// The target does not know the tester's link-layer address when the first event comes. (By default the two have
    /// exchanged ARP or neighbour discovery before.)
    pub fn cold_neighbors(&mut self) {
        self.timeline.bed.cold = true;
    }

    /// The case needs this of the target, for these parameters.
    pub fn need(&mut self, capability: Capability) {
        self.timeline.needs.insert(capability);
    }

    // Flows.

    /// A TCP flow of this name between the tester and port `target_port` of the target. Changing what it
    /// returns changes the flow: `s.flow("c", 80).window = 1000`.
    pub fn flow(&mut self, name: &str, target_port: u16) -> &mut FlowSpec {
        let number = self.timeline.flows.len() as u32;
        let mss = if self.is_v4() { 1460 } else { 1440 };
        let isn = 0x1000_0000 * (number % 15 + 1);
        let flow = FlowSpec { isn, mss: Some(mss), ..self.new_flow(name, SocketKind::Tcp, Some(target_port)) };
        self.add_flow(flow)
    }

    /// A UDP flow of this name.
    pub fn udp_flow(&mut self, name: &str, target_port: u16) -> &mut FlowSpec {
        let flow = self.new_flow(name, SocketKind::Udp, Some(target_port));
        self.add_flow(flow)
    }

    /// The flow of this name, to change it.
    pub fn flow_mut(&mut self, name: &str) -> &mut FlowSpec {
        match self.timeline.flows.iter_mut().find(|flow| flow.name == name) {
            Some(flow) => flow,
            None => panic!("there is no flow `{name}`"),
        }
    }

    /// Whether there is a flow of this name.
    pub fn has_flow(&self, name: &str) -> bool {
        self.timeline.flow(name).is_some()
    }

    fn new_flow(&self, name: &str, kind: SocketKind, target_port: Option<u16>) -> FlowSpec {
        FlowSpec {
            name: name.to_owned(),
            kind,
            link: 0,
            tester: self.tester(),
            target: self.target(),
            tester_port: 40_000 + self.timeline.flows.len() as u16,
            target_port,
            isn: 0,
            window: u16::MAX,
            mss: None,
            window_scale: None,
            sack: false,
            timestamps: false,
        }
    }

    fn add_flow(&mut self, flow: FlowSpec) -> &mut FlowSpec {
        assert!(!self.has_flow(&flow.name), "there is already a flow `{}`", flow.name);
        let at = self.timeline.flows.len();
        self.timeline.flows.push(flow);
        &mut self.timeline.flows[at]
    }

    // Packets.

    /// An IP packet of this instance's family.
    pub fn ip(&self) -> PacketSpec {
        if self.is_v4() { packet::ipv4() } else { packet::ipv6() }
    }

    /// A segment of a TCP flow: addresses, ports, sequence and acknowledgment number come from the flow.
    pub fn tcp(&self, flow: &str) -> PacketSpec {
        self.on_flow(flow, LayerKind::Tcp)
    }

    /// A datagram of a UDP flow.
    pub fn udp(&self, flow: &str) -> PacketSpec {
        self.on_flow(flow, LayerKind::Udp)
    }

    fn on_flow(&self, name: &str, kind: LayerKind) -> PacketSpec {
        let Some(flow) = self.timeline.flow(name) else { panic!("there is no flow `{name}`") };
        let ip = if flow.target.is_ipv4() { packet::ipv4() } else { packet::ipv6() };
        PacketSpec { flow: Some(name.to_owned()), ..ip.push(kind) }
    }

    // Events.

    /// Adds any event.
    pub fn event(&mut self, action: Action) -> Step<'_> {
        let at = self.timeline.events.len();
        self.timeline.events.push(Event { weight: self.weight, ..Event::new(action) });
        Step(&mut self.timeline.events[at])
    }

    fn link_of(&self, packet: &PacketSpec) -> usize {
        packet.flow.as_deref().and_then(|name| self.timeline.flow(name)).map_or(0, |flow| flow.link)
    }

    /// The tester sends a frame (on link 0, or on its flow's link).
    pub fn inject(&mut self, packet: PacketSpec) -> Step<'_> {
        let link = self.link_of(&packet);
        self.event(Action::Inject { link, packet })
    }

    /// The tester sends bytes as they are.
    pub fn inject_raw(&mut self, frame: impl AsRef<[u8]>) -> Step<'_> {
        self.event(Action::InjectRaw { link: 0, frame: Bytes::from(frame) })
    }

    /// The target must send a frame like this, by default as a reaction that may be delayed as an ACK may.
    pub fn expect(&mut self, packet: PacketSpec) -> Step<'_> {
        self.event(Action::Expect { link: None, packet, forbid: Vec::new(), order: Order::Skip })
    }

    /// The target must send a frame like one of these.
    pub fn expect_one_of(&mut self, packets: Vec<PacketSpec>) -> Step<'_> {
        self.event(Action::ExpectOneOf { link: None, packets })
    }

    /// The target must not react with a frame like this: not since the tester's last frame or call, and not within the usual
    /// time for a reaction from now on.
    pub fn silence(&mut self, packet: PacketSpec) -> Step<'_> {
        self.event(Action::Silence { link: None, packet, duration: None })
    }

    /// The target must not send a frame like this for the whole time.
    pub fn silence_for(&mut self, packet: PacketSpec, duration: Duration) -> Step<'_> {
        self.event(Action::Silence { link: None, packet, duration: Some(duration) })
    }

    /// Time passes. Frames that come meanwhile stay for later events.
    pub fn advance(&mut self, span: Duration) -> Step<'_> {
        self.event(Action::Advance(span))
    }

    /// Frames that came and were not looked at are forgotten.
    pub fn forget(&mut self) -> Step<'_> {
        self.event(Action::Forget)
    }

    /// From now on the tester does not see matching frames number `first` (from 1) and on, `count` of them.
    pub fn drop_frames(&mut self, packet: PacketSpec, first: u32, count: u32) -> Step<'_> {
        self.event(Action::LinkRule { packet, first, count, effect: LinkEffect::Drop })
    }

    /// Whether the tester answers ARP requests and neighbour solicitations (it does from the start), for every address.
    pub fn answer_neighbors(&mut self, answer: bool) -> Step<'_> {
        self.event(Action::Neighbors { answer, addresses: Vec::new() })
    }

    /// Whether the tester answers for this address.
    pub fn answer_for(&mut self, address: impl Into<IpAddr>, answer: bool) -> Step<'_> {
        self.event(Action::Neighbors { answer, addresses: vec![address.into()] })
    }

    /// The tester receives `len` more bytes of pattern data on a TCP flow and acknowledges them.
    pub fn receive(&mut self, flow: &str, len: usize) -> Step<'_> {
        self.event(Action::Receive { flow: flow.to_owned(), len, acks: AckPolicy::Every })
    }

    /// The tester sends `len` bytes of pattern data on a TCP flow within the target's window. With `drain`, that
    /// socket reads meanwhile and must read them.
    pub fn transfer(&mut self, flow: &str, len: usize, drain: Option<&str>) -> Step<'_> {
        let drain = drain.map(str::to_owned);
        self.event(Action::Transfer { flow: flow.to_owned(), len, segment: None, drain })
    }

    /// The tester sends pattern data until the target's window is shut, `most` bytes at most.
    pub fn shut_window(&mut self, flow: &str, most: usize) -> Step<'_> {
        self.event(Action::ShutWindow { flow: flow.to_owned(), most })
    }

    /// A check over what was seen.
    pub fn check(&mut self, check: Check) -> Step<'_> {
        self.event(Action::Check(check))
    }

    /// So many frames like this came since the set-up.
    pub fn count(&mut self, packet: PacketSpec, min: usize, max: usize) -> Step<'_> {
        self.check(Check::Count { packet, min, max, since: None })
    }

    /// The flow starts over with another initial sequence number.
    pub fn reopen(&mut self, flow: &str, isn: u32) -> Step<'_> {
        self.event(Action::Reopen { flow: flow.to_owned(), isn })
    }

    /// A remark for the trace.
    pub fn note(&mut self, text: impl Into<String>) -> Step<'_> {
        self.event(Action::Note(text.into()))
    }

    /// The set-up is done: what fails before is inconclusive, what fails from here on is decided.
    pub fn setup_done(&mut self) -> Step<'_> {
        self.event(Action::SetupDone)
    }

    /// Every event that `build` adds is a recommendation: its failure is a deviation.
    pub fn recommended(&mut self, build: impl FnOnce(&mut Self)) {
        let before = core::mem::replace(&mut self.weight, Weight::Should);
        build(self);
        self.weight = before;
    }
}
