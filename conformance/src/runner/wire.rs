//! The tester's end of the links: frames in and out, the queue of frames not looked at yet, the trace, the
//! neighbour answers, link rules, and the bounds of a run.

use std::cell::Cell;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::reassembly::Reassembly;
use super::responder::Responder;
use super::state::{Seen, State, is_background};
use super::stop::Stop;
use super::{Limits, RunOptions};
use crate::capability::Capability;
use crate::result::{TraceEntry, TraceWhat};
use crate::target::{Blame, Call, Clock, Duration, Instant, Link, Outcome, Target, TargetError, TimedFrame};
use crate::timeline::decode::Dissection;
use crate::timeline::encode::{Context, encode};
use crate::timeline::{FieldId, LinkEffect, PacketSpec, packet};

/// A link rule with how many matching frames it has seen.
struct Rule {
    spec: PacketSpec,
    first: u32,
    count: u32,
    effect: LinkEffect,
    seen: u32,
}

/// Wall time is waited for in slices, so that the bound on a case is noticed.
const SLICE: Duration = Duration::from_millis(250);

/// Identifier of fence echoes.
const FENCE_IDENT: u16 = 0xfe4c;

/// The tester's end of the links of one run.
pub struct Wire<'t> {
    target: &'t mut dyn Target,
    /// True while the target's code runs: who is at fault in a panic.
    inside: &'t Cell<bool>,
    clock: Clock,
    limits: Limits,
    started: std::time::Instant,
    /// Every frame of the target that a case may see, in order.
    pub history: Vec<Seen>,
    /// Those not looked at yet, as indexes of `history`.
    pub queue: VecDeque<usize>,
    /// Everything that crossed the links.
    pub trace: Vec<TraceEntry>,
    /// Who answers for whom.
    pub responder: Responder,
    rules: Vec<Rule>,
    delayed: Vec<Seen>,
    reassembly: Reassembly,
    frames: usize,
    fence: u16,
    fence_back: bool,
    /// `history` index of the first frame after the tester's last frame or call.
    pub stimulus: usize,
}

impl<'t> Wire<'t> {
    /// The tester's end, before the reset. `inside` is true while the target's code runs.
    pub fn new(target: &'t mut dyn Target, inside: &'t Cell<bool>, options: &RunOptions) -> Self {
        let clock = target.info().clock;
        Self {
            target,
            inside,
            clock,
            limits: options.limits,
            started: std::time::Instant::now(),
            history: Vec::new(),
            queue: VecDeque::new(),
            trace: Vec::new(),
            responder: Responder::default(),
            rules: Vec::new(),
            delayed: Vec::new(),
            reassembly: Reassembly::default(),
            frames: 0,
            fence: 0,
            fence_back: false,
            stimulus: 0,
        }
    }

    /// The clock of the target.
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Policy and capabilities of the target.
    pub fn info(&self) -> &crate::target::TargetInfo {
        self.target.info()
    }

    /// Runs the target's code.
    fn inside<T>(&mut self, run: impl FnOnce(&mut dyn Target) -> T) -> T {
        self.inside.set(true);
        let result = run(self.target);
        self.inside.set(false);
        result
    }

    /// Brings the target to a fresh boot.
    pub fn reset(&mut self, state: &State) -> Result<(), Stop> {
        self.inside(|target| target.reset(&state.topology))?;
        Ok(())
    }

    /// The target's clock.
    pub fn now(&mut self) -> Instant {
        self.inside(|target| target.now())
    }

    /// Adds an entry to the trace; its index.
    pub fn log(&mut self, at: Instant, what: TraceWhat) -> usize {
        self.trace.push(TraceEntry { at_us: at.as_micros(), what, comment: None });
        self.trace.len() - 1
    }

    /// Remarks on an entry of the trace.
    pub fn remark(&mut self, entry: usize, comment: impl Into<String>) {
        if let Some(entry) = self.trace.get_mut(entry) {
            entry.comment = Some(comment.into());
        }
    }

    /// Ends the run when a bound is reached.
    fn check_bounds(&mut self) -> Result<(), Stop> {
        if self.frames > self.limits.frames {
            return Err(Stop::Bound(format!("flood: the target sent more than {} frames", self.limits.frames)));
        }
        if self.started.elapsed() > self.limits.wall {
            return Err(Stop::Bound(format!("the case ran longer than {} s", self.limits.wall.as_secs_f64())));
        }
        if self.clock == Clock::Virtual && self.now() > Instant::ZERO + self.limits.virtual_time {
            return Err(Stop::Bound(format!("the case ran longer than {} of virtual time", self.limits.virtual_time)));
        }
        Ok(())
    }

    /// Lets the target learn the tester's link-layer addresses before the first event: the tester asks for the target
    /// (RFC 826 "Packet Reception", RFC 4861 7.2.3: who asks is learned).
    pub fn introduce(&mut self, state: &State, v4: bool, v6: bool) -> Result<(), Stop> {
        let has = |capability| self.target.info().capabilities.contains(&capability);
        let v4 = v4 && has(Capability::Ipv4) && has(Capability::Arp);
        let v6 = v6 && has(Capability::Ipv6) && has(Capability::Ndp);
        let mut asked = 0;
        for (interface, link) in state.topology.links.iter().enumerate() {
            let mut specs = Vec::new();
            if v4 {
                specs.push(packet::arp());
            }
            if v6 {
                let ask = |src: Ipv6Addr, target: Ipv6Addr| packet::ipv6().src(src).neighbor_solicitation(target);
                specs.push(ask(link.tester_v6, link.target_v6.0).source_mac(link.tester_mac));
                specs.push(ask(link.tester_v6_link_local, link.target_v6.0).source_mac(link.tester_mac));
            }
            for spec in specs {
                let frame = state.encode(&spec, interface, self.now())?;
                let entry = self.put(interface, &frame)?;
                self.remark(entry, "neighbours meet");
                asked += 1;
            }
        }
        let answer = |seen: &Seen| {
            let frame = Dissection::of(&seen.bytes);
            frame.num(FieldId::ArpOperation) == Some(2) || frame.num(FieldId::Icmpv6Type) == Some(136)
        };
        let patience = if self.clock == Clock::Wall { Duration::from_millis(200) } else { Duration::ZERO };
        let deadline = self.now() + patience;
        while self.history.iter().filter(|seen| answer(seen)).count() < asked {
            if !self.pull(state, deadline)? {
                break;
            }
        }
        self.queue.clear();
        self.history.clear();
        self.stimulus = 0;
        Ok(())
    }

    /// Adds a link rule.
    pub fn add_rule(&mut self, spec: PacketSpec, first: u32, count: u32, effect: LinkEffect) {
        self.rules.push(Rule { spec, first: first.max(1), count, effect, seen: 0 });
    }

    /// Takes what has already left the target, then marks the moment: what comes from now on reacts to the tester.
    fn mark_stimulus(&mut self, state: &State) -> Result<(), Stop> {
        let now = self.now();
        while self.pull(state, now)? {}
        self.stimulus = self.history.len();
        Ok(())
    }

    /// Sends a frame to the target. Its trace entry.
    pub fn inject(&mut self, state: &State, interface: usize, frame: &[u8]) -> Result<usize, Stop> {
        self.mark_stimulus(state)?;
        self.put(interface, frame)
    }

    fn put(&mut self, interface: usize, frame: &[u8]) -> Result<usize, Stop> {
        let now = self.now();
        let entry = self.log(now, TraceWhat::ToTarget { interface, bytes: frame.to_vec() });
        self.inside(|target| target.inject(interface, frame))?;
        Ok(entry)
    }

    /// One socket call.
    pub fn call(&mut self, state: &State, call: &Call, first: bool) -> Result<Outcome, Stop> {
        if first {
            self.mark_stimulus(state)?;
        }
        Ok(self.inside(|target| target.call(call))?)
    }

    /// Waits for one more frame that a case may see, until `deadline`. False: none came.
    pub fn pull(&mut self, state: &State, deadline: Instant) -> Result<bool, Stop> {
        loop {
            self.check_bounds()?;
            let now = self.now();
            if self.deliver_delayed(now) {
                return Ok(true);
            }
            let mut limit = self.delayed.iter().map(|seen| seen.at).min().map_or(deadline, |due| due.min(deadline));
            if self.clock == Clock::Wall {
                limit = limit.min(now + SLICE);
            }
            match self.inside(|target| target.next_frame(limit))? {
                Some(frame) => {
                    if self.accept(state, frame)? {
                        return Ok(true);
                    }
                }
                None => {
                    let now = self.now();
                    if now < limit {
                        let what = format!("next_frame gave up at {now}, before its deadline {limit}");
                        return Err(TargetError { blame: Blame::Target, what, hint: String::new() }.into());
                    }
                    if limit >= deadline && !self.deliver_delayed(now) {
                        return Ok(false);
                    } else if limit >= deadline {
                        return Ok(true);
                    }
                }
            }
        }
    }

    fn deliver_delayed(&mut self, now: Instant) -> bool {
        let Some(at) = self.delayed.iter().position(|seen| seen.at <= now) else { return false };
        let seen = self.delayed.remove(at);
        self.enqueue(seen);
        true
    }

    fn enqueue(&mut self, seen: Seen) {
        self.queue.push_back(self.history.len());
        self.history.push(seen);
    }

    /// Takes a frame from the target: answers neighbours, applies the rules. True: the case may see it.
    fn accept(&mut self, state: &State, frame: TimedFrame) -> Result<bool, Stop> {
        self.frames += 1;
        let TimedFrame { at, interface, bytes } = frame;
        let entry = self.log(at, TraceWhat::FromTarget { interface, bytes: bytes.clone() });
        let dissection = Dissection::of(&bytes);
        let link = state.link(interface)?;
        let fence = fence_addresses(link);
        if self.is_fence(&dissection, fence) {
            self.remark(entry, "fence");
            return Ok(false);
        }
        let background = is_background(&dissection);
        if let Some(reply) = self.responder.answer(&dissection, link, &fence) {
            let answer = self.put(interface, &reply)?;
            self.remark(answer, "answered by the tester on its own");
            if dissection_asks(&dissection).is_some_and(|wanted| fence.contains(&wanted)) {
                self.remark(entry, "fence");
                return Ok(false);
            }
        }
        let whole = self.reassembly.take(&bytes);
        let seen = Seen { at, interface, bytes, whole, trace: entry, background };
        self.apply_rules(state, seen)
    }

    fn apply_rules(&mut self, state: &State, seen: Seen) -> Result<bool, Stop> {
        let mut effect = None;
        for rule in &mut self.rules {
            if state.compare(&rule.spec, None, &seen)?.is_some_and(|comparison| comparison.is_match()) {
                rule.seen += 1;
                if rule.seen >= rule.first && rule.seen - rule.first < rule.count {
                    effect = Some(rule.effect);
                    break;
                }
            }
        }
        match effect {
            None => self.enqueue(seen),
            Some(LinkEffect::Drop) => {
                self.remark(seen.trace, "dropped by a link rule");
                return Ok(false);
            }
            Some(LinkEffect::Delay(span)) => {
                self.remark(seen.trace, format!("delayed by {span} by a link rule"));
                self.delayed.push(Seen { at: seen.at + span, ..seen });
                return Ok(false);
            }
            Some(LinkEffect::Duplicate) => {
                self.remark(seen.trace, "duplicated by a link rule");
                self.enqueue(seen.clone());
                self.enqueue(seen);
            }
        }
        Ok(true)
    }

    /// Whether a frame belongs to a fence; notes that the fence came back.
    fn is_fence(&mut self, frame: &Dissection<'_>, fence: [IpAddr; 2]) -> bool {
        if !frame.addresses().is_some_and(|(_, dst)| fence.contains(&dst)) {
            return false;
        }
        let seq = frame.num(FieldId::Icmpv4Seq).filter(|_| frame.num(FieldId::Icmpv4Type) == Some(0));
        let seq = seq.or_else(|| frame.num(FieldId::Icmpv6Seq).filter(|_| frame.num(FieldId::Icmpv6Type) == Some(129)));
        if seq == Some(i64::from(self.fence)) {
            self.fence_back = true;
        }
        true
    }

    /// Sends a fence: an echo from an address of its own that the target answers after everything before it. False:
    /// the target cannot be asked.
    pub fn send_fence(&mut self, state: &State) -> Result<bool, Stop> {
        let has = |capability| self.target.info().capabilities.contains(&capability);
        let (echo, v4) = (has(Capability::EchoReply), has(Capability::Ipv4));
        if !echo {
            return Ok(false);
        }
        self.fence = self.fence.wrapping_add(1);
        self.fence_back = false;
        let link = state.link(0)?;
        let ip = if v4 { packet::ipv4() } else { packet::ipv6() };
        let spec = ip.src(fence_addresses(link)[usize::from(!v4)]).echo_request(FENCE_IDENT, self.fence);
        let now = self.now();
        let context = Context { link, now, flow: None, vars: &state.vars, frames: &state.frames };
        let frame = encode(&spec, &context).map_err(Stop::Case)?;
        let entry = self.put(0, &frame)?;
        self.remark(entry, "fence");
        Ok(true)
    }

    /// Whether the fence came back.
    pub const fn is_fence_back(&self) -> bool {
        self.fence_back
    }
}

/// The address that a frame asks for, for fences.
fn dissection_asks(frame: &Dissection<'_>) -> Option<IpAddr> {
    use crate::timeline::Value;
    match (frame.get(FieldId::ArpTargetIp), frame.get(FieldId::NdTarget)) {
        (Some(Value::V4(wanted)), _) => Some(wanted.into()),
        (_, Some(Value::V6(wanted))) => Some(wanted.into()),
        _ => None,
    }
}

/// The addresses that fences come from: host 250 of the link's subnets.
fn fence_addresses(link: &Link) -> [IpAddr; 2] {
    let [a, b, c, _] = link.tester_v4.octets();
    let mut parts = link.tester_v6.segments();
    parts[7] = 250;
    [Ipv4Addr::new(a, b, c, 250).into(), Ipv6Addr::from(parts).into()]
}
