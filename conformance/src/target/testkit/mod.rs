//! Checks of an adapter: is this a [`Target`] that the runner can rely on?
//!
//! These do not judge the stack behind the adapter but the promises of the trait: reset is complete, time moves
//! only as it may, deadlines are kept, what was not declared is not answered with success. Run [`check_all`]
//! from the tests of every adapter, or single checks while you write one.
//!
//! All of them need a target that speaks at least one of IPv4 and IPv6; they leave it reset to the standard
//! topology.

mod calls;
mod connection;
pub(in crate::target) mod frames;
mod link;

use super::{Blame, Call, Clock, Duration, Instant, Outcome, Target, TargetError, TimedFrame, Topology};
use crate::capability::Capability;

/// The name of a check and what came of it: `Err` says what promise was broken, and how.
pub type Checked = (&'static str, Result<(), String>);

/// How long a target in wall time is given to answer.
const PATIENCE: Duration = Duration::from_millis(500);

/// Frames that a target may send in one step of a check.
const MAX_FRAMES: usize = 4096;

/// Every check, in an order in which earlier ones explain later ones.
pub fn check_all(target: &mut dyn Target) -> Vec<Checked> {
    type Check = fn(&mut dyn Target) -> Result<(), String>;
    let checks: [(&'static str, Check); 12] = [
        ("information-is-consistent", information_is_consistent),
        ("reset-gives-time-zero", reset_gives_time_zero),
        ("deadlines-are-kept", deadlines_are_kept),
        ("time-moves-only-when-told", time_moves_only_when_told),
        ("bad-interface-is-an-error", bad_interface_is_an_error),
        ("answers-on-the-link", link::answers_on_the_link),
        ("connections-can-be-accepted", connection::connections_can_be_accepted),
        ("connections-can-be-made", connection::connections_can_be_made),
        ("datagrams-come-and-go", connection::datagrams_come_and_go),
        ("undeclared-is-unsupported", calls::undeclared_is_unsupported),
        ("unknown-sockets-are-refused", calls::unknown_sockets_are_refused),
        ("reset-is-complete", link::reset_is_complete),
    ];
    let mut found: Vec<_> = checks.into_iter().map(|(name, check)| (name, check(target))).collect();
    if target.info().clock == Clock::Virtual {
        found.push(("traces-repeat", link::traces_repeat(target)));
    }
    found.push(("can-be-reset-at-the-end", reset(target).map(drop)));
    found
}

/// The failed checks of [`check_all`], one line each; empty if the adapter keeps its promises.
pub fn complaints(target: &mut dyn Target) -> Vec<String> {
    check_all(target)
        .into_iter()
        .filter_map(|(name, result)| result.err().map(|what| format!("{name}: {what}")))
        .collect()
}

fn fail(error: TargetError) -> String {
    format!("the target gave up: {error}")
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn reset(target: &mut dyn Target) -> Result<Topology, String> {
    let topology = Topology::default();
    target.reset(&topology).map_err(fail)?;
    Ok(topology)
}

fn has(target: &dyn Target, capability: Capability) -> bool {
    target.info().capabilities.contains(&capability)
}

/// Whether the target speaks the IP version, `true` for 6.
fn speaks(target: &dyn Target, v6: bool) -> bool {
    has(target, if v6 { Capability::Ipv6 } else { Capability::Ipv4 })
}

/// One call that must not break the target.
fn call(target: &mut dyn Target, call: &Call) -> Result<Outcome, String> {
    target.call(call).map_err(|error| format!("{call:?}: {}", fail(error)))
}

/// Lets time pass up to `span` and gives what left meanwhile.
fn run_for(target: &mut dyn Target, span: Duration) -> Result<Vec<TimedFrame>, String> {
    let deadline = target.now() + span;
    let mut frames = Vec::new();
    while let Some(frame) = target.next_frame(deadline).map_err(fail)? {
        let latest = deadline.max(target.now());
        ensure(frame.at <= latest, || format!("a frame of {} came for the deadline {deadline}", frame.at))?;
        frames.push(frame);
        ensure(frames.len() <= MAX_FRAMES, || format!("more than {MAX_FRAMES} frames in {span}"))?;
    }
    Ok(frames)
}

/// The declaration makes sense by itself: at least one interface and IP version, nothing that needs what is
/// not declared.
///
/// # Errors
///
/// What does not go together.
pub fn information_is_consistent(target: &mut dyn Target) -> Result<(), String> {
    let info = target.info();
    ensure(!info.name.is_empty() && !info.version.is_empty(), || "it has no name or no version".into())?;
    ensure(info.interfaces >= 1, || "it has no interface".into())?;
    let declared = |capability| info.capabilities.contains(&capability);
    ensure(declared(Capability::Ipv4) || declared(Capability::Ipv6), || "it speaks neither IPv4 nor IPv6".into())?;
    let needs = [
        (Capability::Arp, Capability::Ipv4),
        (Capability::Igmp, Capability::Ipv4),
        (Capability::Ndp, Capability::Ipv6),
        (Capability::Mld, Capability::Ipv6),
        (Capability::TcpBacklog, Capability::TcpListen),
        (Capability::Forwarding, Capability::MultiHomed),
        (Capability::ReassemblyTimeExceeded, Capability::Reassembly),
        (Capability::UdpSocketErrors, Capability::UdpSockets),
    ];
    for (one, other) in needs {
        ensure(!declared(one) || declared(other), || format!("it declares {one} but not {other}"))?;
    }
    let many = info.interfaces > 1;
    ensure(declared(Capability::MultiHomed) == many, || {
        format!("it declares {} interfaces, and multi-homed {}", info.interfaces, !many)
    })?;
    let profile = &info.profile;
    ensure(profile.rto_min > Duration::ZERO && profile.rto_initial >= profile.rto_min, || {
        "its initial RTO is below its least RTO, or that is zero".into()
    })
}

/// After a reset the clock starts again.
///
/// # Errors
///
/// What the clock said instead.
pub fn reset_gives_time_zero(target: &mut dyn Target) -> Result<(), String> {
    for _ in 0..2 {
        reset(target)?;
        let now = target.now();
        match target.info().clock {
            Clock::Virtual => ensure(now == Instant::ZERO, || format!("it is {now} after a reset"))?,
            Clock::Wall => ensure(now < Instant::ZERO + PATIENCE, || format!("it is {now} after a reset"))?,
        }
        run_for(target, Duration::from_millis(20))?;
    }
    Ok(())
}

/// `next_frame` does not return before its deadline without a frame, nor (much) after it.
///
/// # Errors
///
/// How far off it was.
pub fn deadlines_are_kept(target: &mut dyn Target) -> Result<(), String> {
    reset(target)?;
    for step in [0, 1, 1_000, 30_000] {
        let deadline = target.now() + Duration::from_micros(step);
        run_for(target, Duration::from_micros(step))?;
        let now = target.now();
        ensure(now >= deadline, || format!("no frame came, and it is {now}: before the deadline {deadline}"))?;
        let latest = match target.info().clock {
            Clock::Virtual => deadline,
            Clock::Wall => deadline + PATIENCE,
        };
        ensure(now <= latest, || format!("it is {now}: past the deadline {deadline}"))?;
    }
    // A deadline that has passed asks for what is there already, and does not wait.
    let before = target.now();
    while target.next_frame(Instant::ZERO).map_err(fail)?.is_some() {}
    let after = target.now();
    ensure(after.since(before) < PATIENCE, || format!("a deadline in the past took from {before} to {after}"))
}

/// The clock never runs backwards; in virtual time neither a frame nor a call moves it.
///
/// # Errors
///
/// What moved it.
pub fn time_moves_only_when_told(target: &mut dyn Target) -> Result<(), String> {
    let topology = reset(target)?;
    run_for(target, Duration::from_millis(5))?;
    let before = target.now();
    let v6 = !speaks(target, false);
    let echo = frames::echo_request(&topology.links[0], v6, 1);
    target.inject(0, &echo).map_err(fail)?;
    call(target, &Call::State(super::SocketId(0)))?;
    let after = target.now();
    let moved = after != before;
    ensure(target.info().clock == Clock::Wall || !moved, || {
        format!("a frame and a call moved it from {before} to {after}")
    })?;
    ensure(after >= before, || format!("it ran back from {before} to {after}"))?;
    // In wall time a frame may have left before the question and be fetched after it.
    let mut last = Instant::ZERO;
    for frame in run_for(target, Duration::from_millis(50))? {
        ensure(frame.at >= last, || format!("a frame of {} after one of {last}", frame.at))?;
        last = frame.at;
    }
    Ok(())
}

/// A frame for an interface that does not exist is an error of the harness, not a panic, and the target goes on.
///
/// # Errors
///
/// What came instead.
pub fn bad_interface_is_an_error(target: &mut dyn Target) -> Result<(), String> {
    let topology = reset(target)?;
    let frame = frames::arp_request(&topology.links[0]);
    for interface in [1, 7, usize::MAX] {
        match target.inject(interface, &frame) {
            Ok(()) => return Err(format!("interface {interface} took a frame")),
            Err(error) => ensure(error.blame == Blame::Harness, || format!("interface {interface}: {error}"))?,
        }
    }
    // Frames that are none: too short for a header.
    for len in [0, 1, 13] {
        target.inject(0, &frame[..len]).map_err(|error| format!("a frame of {len} bytes: {}", fail(error)))?;
    }
    run_for(target, Duration::from_millis(1)).map(drop)
}

pub use calls::{undeclared_is_unsupported, unknown_sockets_are_refused};
pub use connection::{connections_can_be_accepted, connections_can_be_made, datagrams_come_and_go};
pub use link::{answers_on_the_link, reset_is_complete, traces_repeat};

#[cfg(all(test, feature = "smoltcp"))]
mod tests;
