//! A target made of two closures: what it sends in reaction to a frame, and what its calls answer.

use std::collections::BTreeSet;

use wireproof_conformance::capability::Capability;
use wireproof_conformance::suite::typical_profile;
use wireproof_conformance::target::{
    Call, Clock, Duration, Instant, Outcome, SocketId, Target, TargetError, TargetInfo, TimedFrame, Topology,
};

/// Frames to send, each so much later than now.
pub type Replies = Vec<(Duration, Vec<u8>)>;

type OnFrame = Box<dyn FnMut(&[u8]) -> Replies>;
type OnCall = Box<dyn FnMut(Instant, &Call) -> Outcome>;

/// A scripted target.
pub struct Mock {
    info: TargetInfo,
    now: Instant,
    started: std::time::Instant,
    waiting: Vec<TimedFrame>,
    on_frame: OnFrame,
    on_call: OnCall,
    /// What the next calls of the trait fail with.
    pub broken: Option<TargetError>,
    /// `next_frame` gives up before its deadline.
    pub impatient: bool,
}

impl Mock {
    /// A target that never sends anything and whose calls succeed.
    pub fn silent() -> Self {
        let info = TargetInfo {
            name: "mock".into(),
            version: "0".into(),
            clock: Clock::Virtual,
            interfaces: 1,
            // Without ARP and neighbour discovery nobody introduces the two to each other.
            capabilities: [Capability::Ipv4, Capability::EchoReply, Capability::SocketErrors, Capability::UdpSockets]
                .into_iter()
                .chain([Capability::TcpListen, Capability::TcpConnect])
                .collect::<BTreeSet<_>>(),
            profile: typical_profile(),
        };
        Self {
            info,
            now: Instant::ZERO,
            started: std::time::Instant::now(),
            waiting: Vec::new(),
            on_frame: Box::new(|_| Vec::new()),
            on_call: Box::new(|_, call| match call {
                Call::Socket(..) => Outcome::Socket(SocketId(1)),
                _ => Outcome::Done,
            }),
            broken: None,
            impatient: false,
        }
    }

    /// A target that reacts to frames.
    pub fn replying(on_frame: impl FnMut(&[u8]) -> Replies + 'static) -> Self {
        Self { on_frame: Box::new(on_frame), ..Self::silent() }
    }

    /// The same with other calls.
    #[must_use]
    pub fn calls(mut self, on_call: impl FnMut(Instant, &Call) -> Outcome + 'static) -> Self {
        self.on_call = Box::new(on_call);
        self
    }

    /// The same on wall time.
    #[must_use]
    pub fn on_wall_time(mut self) -> Self {
        self.info.clock = Clock::Wall;
        self
    }

    fn earliest(&self) -> Option<usize> {
        (0..self.waiting.len()).min_by_key(|at| (self.waiting[*at].at, *at))
    }
}

impl Target for Mock {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn reset(&mut self, _: &Topology) -> Result<(), TargetError> {
        self.now = Instant::ZERO;
        self.started = std::time::Instant::now();
        self.waiting.clear();
        self.broken.clone().map_or(Ok(()), Err)
    }

    fn now(&self) -> Instant {
        match self.info.clock {
            Clock::Virtual => self.now,
            Clock::Wall => Instant::from_micros(self.started.elapsed().as_micros() as u64),
        }
    }

    fn inject(&mut self, interface: usize, frame: &[u8]) -> Result<(), TargetError> {
        let now = self.now();
        for (later, bytes) in (self.on_frame)(frame) {
            self.waiting.push(TimedFrame { at: now + later, interface, bytes });
        }
        Ok(())
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        if self.impatient {
            return Ok(None);
        }
        let due = self.earliest().filter(|at| self.waiting[*at].at <= deadline.max(self.now()));
        if self.info.clock == Clock::Wall {
            let until = due.map_or(deadline, |at| self.waiting[at].at);
            let wait = until.since(self.now()).as_micros();
            std::thread::sleep(std::time::Duration::from_micros(wait));
        }
        match due {
            Some(at) => {
                let frame = self.waiting.remove(at);
                self.now = self.now.max(frame.at);
                Ok(Some(frame))
            }
            None => {
                self.now = self.now.max(deadline);
                Ok(None)
            }
        }
    }

    fn call(&mut self, call: &Call) -> Result<Outcome, TargetError> {
        let now = self.now();
        Ok((self.on_call)(now, call))
    }
}
