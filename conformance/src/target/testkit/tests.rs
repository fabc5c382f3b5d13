//! The checks notice adapters that break a promise: each lie is caught by the check that is about it.

use super::*;
use crate::target::smoltcp::SmoltcpTarget;
use crate::target::{Family, SocketId, SocketKind, TargetInfo};

/// One way to break the trait's promises.
#[derive(Clone, Copy, PartialEq)]
enum Lie {
    /// Undeclared calls succeed.
    SuccessForAll,
    /// Declared calls are unsupported.
    NothingSupported,
    /// Calls take time.
    SlowCalls,
    /// reset() does nothing but set the clock back.
    LazyReset,
    /// Frames for interfaces that are not there are taken.
    AnyInterface,
    /// next_frame runs past its deadline.
    LateDeadline,
    /// Every second boot behaves a little differently.
    Moody,
    /// Sockets of any number are good.
    AnySocket,
    /// Nothing is sent.
    Mute,
}

/// smoltcp behind an adapter that lies.
struct Liar {
    lie: Lie,
    info: TargetInfo,
    inner: SmoltcpTarget,
    boots: u32,
    origin: Instant,
    late: Duration,
}

impl Liar {
    fn new(lie: Lie) -> Self {
        let inner = SmoltcpTarget::new();
        let mut info = inner.info().clone();
        if lie == Lie::NothingSupported {
            info.capabilities.insert(Capability::TcpUrgent);
        }
        Self { lie, info, inner, boots: 0, origin: Instant::ZERO, late: Duration::ZERO }
    }
}

impl Target for Liar {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn reset(&mut self, topology: &Topology) -> Result<(), TargetError> {
        self.boots += 1;
        self.late = Duration::ZERO;
        if self.lie == Lie::LazyReset && self.boots > 1 {
            self.origin = self.inner.now();
            return Ok(());
        }
        let seed = if self.lie == Lie::Moody { u64::from(self.boots) } else { topology.seed };
        self.inner.reset(&Topology { seed, ..topology.clone() })
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.inner.now().since(self.origin) + self.late
    }

    fn inject(&mut self, interface: usize, frame: &[u8]) -> Result<(), TargetError> {
        let interface = if self.lie == Lie::AnyInterface { 0 } else { interface };
        self.inner.inject(interface, frame)
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        if self.lie == Lie::LateDeadline {
            self.late = self.late + Duration::from_micros(1);
        }
        let span = deadline.since(self.now());
        let frame = self.inner.next_frame(self.inner.now() + span)?;
        if self.lie == Lie::Mute && frame.is_some() {
            return self.next_frame(deadline);
        }
        Ok(frame.map(|frame| TimedFrame { at: Instant::ZERO + frame.at.since(self.origin), ..frame }))
    }

    fn call(&mut self, call: &Call) -> Result<Outcome, TargetError> {
        if self.lie == Lie::SlowCalls {
            self.late = self.late + Duration::from_micros(1);
        }
        Ok(match (self.lie, self.inner.call(call)?) {
            (Lie::SuccessForAll, Outcome::Unsupported) => Outcome::Done,
            (Lie::AnySocket, Outcome::Errno(crate::target::Errno::BadSocket)) => Outcome::Done,
            (_, outcome) => outcome,
        })
    }
}

#[test]
fn every_lie_is_caught_by_its_check() {
    let lies = [
        (Lie::SuccessForAll, "undeclared-is-unsupported"),
        (Lie::NothingSupported, "undeclared-is-unsupported"),
        (Lie::SlowCalls, "time-moves-only-when-told"),
        (Lie::LazyReset, "reset-is-complete"),
        (Lie::AnyInterface, "bad-interface-is-an-error"),
        (Lie::LateDeadline, "deadlines-are-kept"),
        (Lie::Moody, "traces-repeat"),
        (Lie::AnySocket, "unknown-sockets-are-refused"),
        (Lie::Mute, "answers-on-the-link"),
        (Lie::Mute, "connections-can-be-accepted"),
        (Lie::Mute, "connections-can-be-made"),
        (Lie::Mute, "datagrams-come-and-go"),
    ];
    for (lie, check) in lies {
        let found = complaints(&mut Liar::new(lie));
        assert!(found.iter().any(|complaint| complaint.starts_with(check)), "{check} is not among {found:?}");
    }
}

#[test]
fn a_declaration_that_does_not_hold_together_is_caught() {
    let mut liar = Liar::new(Lie::Mute);
    liar.info.capabilities.remove(&Capability::TcpListen);
    assert!(information_is_consistent(&mut liar).is_err());
    let mut liar = Liar::new(Lie::Mute);
    liar.info.interfaces = 2;
    assert!(information_is_consistent(&mut liar).is_err());
}

#[test]
fn an_honest_adapter_around_smoltcp_passes() {
    let mut target = SmoltcpTarget::new();
    assert!(check_all(&mut target).iter().all(|(_, result)| result.is_ok()));
    let again = target.call(&Call::Socket(Family::Ipv4, SocketKind::Udp));
    assert_eq!(again, Ok(Outcome::Socket(SocketId(1))), "the checks leave the target reset");
}
