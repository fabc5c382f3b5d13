//! The target `smoltcp`: smoltcp 0.14 in process on virtual time.
//!
//! The adapter is what an application would write around smoltcp: it polls at the times smoltcp asks for,
//! keeps as many listening sockets as the backlog says (smoltcp has no SYN queue: one socket, one
//! connection), and turns socket states into errno values. It adds no protocol of its own: what smoltcp
//! cannot do is not declared and answers [`Outcome::Unsupported`].
//!
//! Read `smoltcp::iface::Interface::poll` first: `Stack::poll` is that function taken apart, so that
//! what became of a connection can be put down to a segment that came or to a timer that ran out.

mod device;
mod profile;
mod sockets;

use core::cell::Cell;

use ::smoltcp::iface::{Config, Interface, PollIngressSingleResult, PollResult, Route, SocketSet, SocketStorage};
use ::smoltcp::time::Instant as SmolInstant;
use ::smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, Ipv4Cidr, Ipv6Cidr};

use self::device::QueueDevice;
use self::sockets::{Cause, Table};
use super::{Blame, Call, Duration, Instant, Outcome, Target, TargetError, TargetInfo, TimedFrame, Topology};

/// Polls at one instant that may do nothing although smoltcp asked for them, before it counts as hung.
const IDLE_POLLS: u32 = 64;

/// Frames that may leave at one instant before it counts as a flood.
const FRAMES_PER_INSTANT: u64 = 1 << 16;

/// How often smoltcp is polled although it did not ask: its reassembly and multicast report timers
/// are not in `poll_at`. smoltcp's documentation calls an early poll harmless.
const TICK: Duration = Duration::from_millis(100);

/// For how long after the last frame or call it is polled every [`TICK`]; later only when it asks. Longer than
/// its reassembly timeout and every IGMP or MLD response time.
const TICKING: Duration = Duration::from_secs(70);

thread_local! {
    /// The clock of RFC 7323 timestamps in milliseconds: smoltcp takes a plain function for it.
    static TIMESTAMP_CLOCK: Cell<u32> = const { Cell::new(0) };
}

/// What smoltcp calls for the value of the timestamps option.
fn timestamp_value() -> u32 {
    TIMESTAMP_CLOCK.with(Cell::get)
}

/// smoltcp as a target.
pub struct SmoltcpTarget {
    info: TargetInfo,
    stack: Stack,
}

/// One boot of smoltcp.
struct Stack {
    now: Instant,
    /// When the tester last did something.
    touched: Instant,
    device: QueueDevice,
    interface: Interface,
    sockets: SocketSet<'static>,
    table: Table,
    /// `sent_count` of the device when time last moved.
    sent_before: u64,
}

impl Default for SmoltcpTarget {
    fn default() -> Self {
        Self::new()
    }
}

impl SmoltcpTarget {
    /// A target booted with the standard topology.
    ///
    /// # Panics
    ///
    /// Never: the standard topology is one that the target takes.
    pub fn new() -> Self {
        let stack = Stack::boot(&Topology::default()).expect("the standard topology fits");
        Self { info: profile::info(), stack }
    }
}

/// Refuses what was not declared, or what smoltcp would answer with a panic.
fn check(topology: &Topology) -> Result<(), TargetError> {
    let refuse = |what: String| {
        Err(TargetError {
            blame: Blame::Harness,
            what,
            hint: "the smoltcp target has one link and does not forward".into(),
        })
    };
    let [link] = topology.links.as_slice() else {
        return refuse(format!("smoltcp was given {} links", topology.links.len()));
    };
    if topology.forwarding {
        return refuse("smoltcp was asked to forward".into());
    }
    if link.mtu < 576 || link.mtu > 65_521 {
        return refuse(format!("smoltcp was given a link with MTU {}", link.mtu));
    }
    if !EthernetAddress(link.target_mac.0).is_unicast() {
        return refuse("smoltcp was given a group address as its own link address".into());
    }
    Ok(())
}

impl Stack {
    fn boot(topology: &Topology) -> Result<Self, TargetError> {
        check(topology)?;
        let link = &topology.links[0];
        let mut device = QueueDevice::new(link.mtu);
        let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress(link.target_mac.0)));
        config.random_seed = topology.seed;
        TIMESTAMP_CLOCK.with(|clock| clock.set(0));
        let mut interface = Interface::new(config, &mut device, SmolInstant::ZERO);
        let addresses = [
            IpCidr::Ipv4(Ipv4Cidr::new(link.target_v4.0, link.target_v4.1)),
            IpCidr::Ipv6(Ipv6Cidr::new(link.target_v6.0, link.target_v6.1)),
            IpCidr::Ipv6(Ipv6Cidr::new(link.target_v6_link_local, 64)),
        ];
        // Three fit: the table is built for eight.
        interface.update_ip_addrs(|table| table.extend(addresses));
        let mut full = false;
        interface.routes_mut().update(|table| {
            for route in &topology.routes {
                let cidr = IpCidr::new(IpAddress::from(route.prefix.0), route.prefix.1);
                let via_router = IpAddress::from(route.gateway);
                full |= table.push(Route { cidr, via_router, preferred_until: None, expires_at: None }).is_err();
            }
        });
        if full {
            return Err(TargetError {
                blame: Blame::Harness,
                what: format!("smoltcp was given {} routes", topology.routes.len()),
                hint: "it is built for 16".into(),
            });
        }
        Ok(Self {
            now: Instant::ZERO,
            touched: Instant::ZERO,
            device,
            interface,
            sockets: SocketSet::new(Vec::<SocketStorage<'static>>::new()),
            table: Table::new(topology.seed),
            sent_before: 0,
        })
    }

    fn smol_now(&self) -> SmolInstant {
        SmolInstant::from_micros(i64::try_from(self.now.as_micros()).unwrap_or(i64::MAX))
    }

    /// `Interface::poll` in its parts: maintenance, every received frame, everything that is due to leave.
    fn poll(&mut self) {
        let now = self.smol_now();
        TIMESTAMP_CLOCK.with(|clock| clock.set(self.now.as_millis() as u32));
        self.interface.poll_maintenance(now);
        while self.interface.poll_ingress_single(now, &mut self.device, &mut self.sockets)
            != PollIngressSingleResult::None
        {
            self.table.observe(&mut self.sockets, Cause::Segment);
        }
        loop {
            let result = self.interface.poll_egress(now, &mut self.device, &mut self.sockets);
            self.table.observe(&mut self.sockets, Cause::Timer);
            if result == PollResult::None {
                break;
            }
        }
        self.table.collect(&mut self.sockets);
    }

    /// When smoltcp wants to be polled next; `None` if it waits for the tester.
    fn wake(&mut self) -> Option<Instant> {
        let asked = self
            .interface
            .poll_at(self.smol_now(), &self.sockets)
            .map(|at| Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)));
        let tick = Instant::from_micros((self.now.as_micros() / TICK.as_micros() + 1) * TICK.as_micros());
        let tick = (tick <= self.touched + TICKING).then_some(tick);
        match (asked, tick) {
            (Some(asked), Some(tick)) => Some(asked.min(tick)),
            (asked, tick) => asked.or(tick),
        }
    }

    fn advance(&mut self, to: Instant) {
        if to > self.now {
            self.now = to;
            self.sent_before = self.device.sent_count;
        }
    }

    fn take(&mut self) -> Result<Option<TimedFrame>, TargetError> {
        if self.device.sent_count - self.sent_before > FRAMES_PER_INSTANT {
            return Err(TargetError {
                blame: Blame::Target,
                what: format!("smoltcp sent more than {FRAMES_PER_INSTANT} frames at {}", self.now),
                hint: String::new(),
            });
        }
        Ok(self.device.sent.pop_front().map(|(at, bytes)| TimedFrame {
            at: Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)),
            interface: 0,
            bytes,
        }))
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        let mut idle = 0;
        loop {
            if let Some(frame) = self.take()? {
                return Ok(Some(frame));
            }
            self.poll();
            if !self.device.sent.is_empty() {
                continue;
            }
            match self.wake() {
                Some(at) if at <= self.now => idle += 1,
                Some(at) if at <= deadline => {
                    self.advance(at);
                    idle = 0;
                }
                _ => {
                    self.advance(deadline);
                    return Ok(None);
                }
            }
            if idle > IDLE_POLLS {
                return Err(TargetError {
                    blame: Blame::Target,
                    what: format!(
                        "smoltcp asks to be polled at once and then does nothing, {IDLE_POLLS} times at {}",
                        self.now
                    ),
                    hint: "a stack that never sleeps: look at its poll_at".into(),
                });
            }
        }
    }
}

impl Target for SmoltcpTarget {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn reset(&mut self, topology: &Topology) -> Result<(), TargetError> {
        self.stack = Stack::boot(topology)?;
        Ok(())
    }

    fn now(&self) -> Instant {
        self.stack.now
    }

    fn inject(&mut self, interface: usize, frame: &[u8]) -> Result<(), TargetError> {
        if interface != 0 {
            return Err(TargetError {
                blame: Blame::Harness,
                what: format!("a frame for interface {interface} of smoltcp, which has one"),
                hint: String::new(),
            });
        }
        let stack = &mut self.stack;
        stack.touched = stack.now;
        stack.device.received.push_back(frame.to_vec());
        stack.poll();
        Ok(())
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        self.stack.next_frame(deadline)
    }

    fn call(&mut self, call: &Call) -> Result<Outcome, TargetError> {
        let stack = &mut self.stack;
        stack.touched = stack.now;
        let outcome = stack.table.call(&mut stack.interface, &mut stack.sockets, call);
        stack.table.observe(&mut stack.sockets, Cause::Call);
        stack.poll();
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests;
