//! The target `reference`: this project's own stack in process on virtual time, and its mutants: the same stack
//! with one planted fault.
//!
//! The adapter hands everything straight to a [`Host`]: one per boot, fed with frames and calls at the time that
//! the runner says, polled after each.

mod profile;
mod sockets;

use std::collections::VecDeque;

use wireproof_stack::fault::{Fault, FaultSet};
use wireproof_stack::host::{Host, HostConfig, InterfaceConfig};
use wireproof_stack::route::{Prefix, Route};

use self::sockets::Sockets;
use super::{Blame, Call, Instant, Outcome, Target, TargetError, TargetInfo, TimedFrame, Topology};

/// Frames that may leave at one instant before it counts as a flood.
const FRAMES_PER_INSTANT: u64 = 1 << 16;

/// Times that it may ask to be woken at one instant without anything to send, before it counts as hung.
const IDLE_WAKES: u32 = 64;

/// The reference stack as a target.
pub struct ReferenceTarget {
    info: TargetInfo,
    faults: FaultSet,
    boot: Boot,
}

/// One boot of the stack.
struct Boot {
    now: Instant,
    host: Host,
    interfaces: usize,
    sockets: Sockets,
    /// Frames that have left and were not fetched.
    sent: VecDeque<TimedFrame>,
    /// Frames that left at `now`.
    sent_now: u64,
    buffer: Vec<u8>,
}

impl Default for ReferenceTarget {
    fn default() -> Self {
        Self::new()
    }
}

impl ReferenceTarget {
    /// The stack as it should be, booted with the standard topology.
    ///
    /// # Panics
    ///
    /// Never: the standard topology is one that the stack takes.
    pub fn new() -> Self {
        Self::boot("reference".into(), FaultSet::NONE)
    }

    /// The stack with one planted fault: the target `mutant:NAME`.
    ///
    /// # Panics
    ///
    /// Never: the standard topology is one that the stack takes.
    pub fn with_fault(fault: Fault) -> Self {
        Self::boot(format!("mutant:{}", fault.name()), FaultSet::only(fault))
    }

    fn boot(name: String, faults: FaultSet) -> Self {
        let boot = Boot::new(&Topology::default(), faults).expect("the standard topology fits");
        Self { info: profile::info(name), faults, boot }
    }
}

/// The configuration of the stack for a topology.
fn configuration(topology: &Topology, faults: FaultSet) -> Result<HostConfig, TargetError> {
    let interfaces = topology.links.iter().map(|link| InterfaceConfig {
        mac: link.target_mac,
        addresses: vec![
            (link.target_v4.0.into(), link.target_v4.1),
            (link.target_v6.0.into(), link.target_v6.1),
            (link.target_v6_link_local.into(), 64),
        ],
        mtu: link.mtu,
    });
    let mut routes = Vec::new();
    for route in &topology.routes {
        let (address, len) = route.prefix;
        let prefix = Prefix::new(address, len).ok_or_else(|| refused(format!("{address}/{len} is no prefix")))?;
        routes.push(Route::via(prefix, route.gateway, route.link));
    }
    Ok(HostConfig {
        interfaces: interfaces.collect(),
        routes,
        forwarding: topology.forwarding,
        seed: topology.seed,
        faults,
        ..HostConfig::default()
    })
}

fn refused(what: String) -> TargetError {
    TargetError { blame: Blame::Harness, what, hint: "the topology of the case is not possible".into() }
}

impl Boot {
    fn new(topology: &Topology, faults: FaultSet) -> Result<Self, TargetError> {
        let config = configuration(topology, faults)?;
        let host = Host::new(config).map_err(|error| refused(format!("the reference stack: {error}")))?;
        Ok(Self {
            now: Instant::ZERO,
            buffer: vec![0; host.max_frame_len()],
            host,
            interfaces: topology.links.len(),
            sockets: Sockets::default(),
            sent: VecDeque::new(),
            sent_now: 0,
        })
    }

    /// Fetches every frame that wants to leave now.
    fn poll(&mut self) {
        while let Some(transmit) = self.host.poll_transmit(self.now, &mut self.buffer) {
            self.sent_now += 1;
            if self.sent_now > FRAMES_PER_INSTANT {
                return;
            }
            let bytes = self.buffer[..transmit.len].to_vec();
            self.sent.push_back(TimedFrame { at: self.now, interface: transmit.interface, bytes });
        }
    }

    fn advance(&mut self, to: Instant) {
        if to > self.now {
            self.now = to;
            self.sent_now = 0;
        }
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        let mut idle = 0;
        loop {
            if self.sent_now > FRAMES_PER_INSTANT {
                return Err(broken(format!("it sent more than {FRAMES_PER_INSTANT} frames at {}", self.now)));
            }
            if let Some(frame) = self.sent.pop_front() {
                return Ok(Some(frame));
            }
            self.poll();
            if !self.sent.is_empty() {
                continue;
            }
            match self.host.poll_timeout() {
                Some(at) if at <= self.now => idle += 1,
                Some(at) if at <= deadline => {
                    self.advance(at);
                    self.host.handle_timeout(self.now);
                    idle = 0;
                }
                _ => {
                    self.advance(deadline);
                    return Ok(None);
                }
            }
            if idle > IDLE_WAKES {
                return Err(broken(format!("it wants to be woken at once and does nothing, at {}", self.now)));
            }
        }
    }
}

fn broken(what: String) -> TargetError {
    TargetError { blame: Blame::Target, what, hint: String::new() }
}

impl Target for ReferenceTarget {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn reset(&mut self, topology: &Topology) -> Result<(), TargetError> {
        self.boot = Boot::new(topology, self.faults)?;
        Ok(())
    }

    fn now(&self) -> Instant {
        self.boot.now
    }

    fn inject(&mut self, interface: usize, frame: &[u8]) -> Result<(), TargetError> {
        let boot = &mut self.boot;
        if interface >= boot.interfaces {
            return Err(TargetError {
                blame: Blame::Harness,
                what: format!("a frame for interface {interface} of {}", boot.interfaces),
                hint: String::new(),
            });
        }
        boot.host.handle_frame(boot.now, interface, frame);
        boot.poll();
        Ok(())
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        self.boot.next_frame(deadline)
    }

    fn call(&mut self, call: &Call) -> Result<Outcome, TargetError> {
        let boot = &mut self.boot;
        let outcome = boot.sockets.call(&mut boot.host, boot.now, call);
        boot.poll();
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests;
