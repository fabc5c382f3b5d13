//! Checks of the link: the target answers on it, forgets everything at a reset, repeats itself.

use std::net::SocketAddr;

use super::frames::{self, ACK, RST, SYN, Seen, Tcp};
use super::{PATIENCE, call, ensure, fail, has, reset, run_for, speaks};
use crate::capability::Capability;
use crate::target::{
    Call, Duration, Family, Instant, Link, Outcome, SocketId, SocketKind, SocketOption, Target, TimedFrame, Topology,
};

/// The port that the checks listen on.
pub(super) const PORT: u16 = 7777;

/// Waits for the frame that `wanted` takes something from; answers address resolution meanwhile.
pub(super) fn wait_for<T>(
    target: &mut dyn Target,
    link: &Link,
    wanted: impl Fn(&[u8]) -> Option<T>,
) -> Result<T, String> {
    let deadline = target.now() + PATIENCE;
    let mut seen = Vec::new();
    while let Some(frame) = target.next_frame(deadline).map_err(fail)? {
        if let Some(found) = wanted(&frame.bytes) {
            return Ok(found);
        }
        let this = frames::recognise(&frame.bytes);
        seen.push(this);
        if let Some(answer) = frames::answer(link, this) {
            target.inject(0, &answer).map_err(fail)?;
        }
        ensure(seen.len() < super::MAX_FRAMES, || "it does not stop to send".into())?;
    }
    Err(format!("it did not come in {PATIENCE}; what came: {seen:?}"))
}

/// Takes a frame that is recognised as `this`.
fn only(this: Seen) -> impl Fn(&[u8]) -> Option<()> {
    move |frame| (frames::recognise(frame) == this).then_some(())
}

/// Makes the target learn the tester's link address.
pub(super) fn introduce(target: &mut dyn Target, link: &Link, v6: bool) -> Result<(), String> {
    let (question, answer) = if v6 {
        (frames::neighbor_solicitation(link), Seen::NeighborAdvertisement)
    } else {
        (frames::arp_request(link), Seen::ArpReply)
    };
    let declared = has(target, if v6 { Capability::Ndp } else { Capability::Arp });
    if !declared {
        return Ok(());
    }
    target.inject(0, &question).map_err(fail)?;
    wait_for(target, link, only(answer)).map_err(|what| format!("{answer:?}: {what}"))
}

/// A listening socket.
pub(super) fn listener(target: &mut dyn Target, link: &Link, v6: bool) -> Result<SocketId, String> {
    let family = if v6 { Family::Ipv6 } else { Family::Ipv4 };
    let id = match call(target, &Call::Socket(family, SocketKind::Tcp))? {
        Outcome::Socket(id) => id,
        other => return Err(format!("a new {family:?} TCP socket: {other:?}")),
    };
    let here = SocketAddr::from((frames::target_address(link, v6), PORT));
    let bound = call(target, &Call::Bind(id, here))?;
    ensure(bound == Outcome::Done, || format!("bind to {here}: {bound:?}"))?;
    let listening = call(target, &Call::Listen(id, 4))?;
    ensure(listening == Outcome::Done, || format!("listen: {listening:?}"))?;
    Ok(id)
}

/// In each family that it declares, the target answers address resolution and echo requests.
///
/// # Errors
///
/// The question and what came instead of its answer.
pub fn answers_on_the_link(target: &mut dyn Target) -> Result<(), String> {
    for v6 in [false, true] {
        if !speaks(target, v6) {
            continue;
        }
        let topology = reset(target)?;
        let link = &topology.links[0];
        introduce(target, link, v6)?;
        if has(target, Capability::EchoReply) {
            target.inject(0, &frames::echo_request(link, v6, 9)).map_err(fail)?;
            wait_for(target, link, only(Seen::EchoReply(9))).map_err(|what| format!("echo reply: {what}"))?;
        }
    }
    Ok(())
}

/// Nothing survives a reset: sockets are gone, their ports are closed, nothing that was queued leaves.
///
/// # Errors
///
/// What survived.
pub fn reset_is_complete(target: &mut dyn Target) -> Result<(), String> {
    let v6 = !speaks(target, false);
    let topology = reset(target)?;
    let link = &topology.links[0];
    introduce(target, link, v6)?;
    let mut old = Vec::new();
    if has(target, Capability::TcpListen) {
        old.push(listener(target, link, v6)?);
    }
    // Leaves an answer in the queue that nobody takes.
    target.inject(0, &frames::echo_request(link, v6, 77)).map_err(fail)?;

    reset(target)?;
    for frame in run_for(target, Duration::from_millis(20))? {
        let seen = frames::recognise(&frame.bytes);
        ensure(seen != Seen::EchoReply(77), || "an echo reply from before the reset left after it".into())?;
    }
    for id in old {
        let outcome = call(target, &Call::LocalAddress(id))?;
        ensure(matches!(outcome, Outcome::Errno(_) | Outcome::Unsupported), || {
            format!("a socket from before the reset still has an address: {outcome:?}")
        })?;
        introduce(target, link, v6)?;
        let syn = Tcp { ports: (40_001, PORT), seq: 5000, flags: SYN, ..Tcp::default() };
        target.inject(0, &frames::segment(link, v6, &syn)).map_err(fail)?;
        wait_for(target, link, |frame| frames::tcp(frame).filter(|tcp| tcp.flags & RST != 0))
            .map_err(|what| format!("a port that was open before the reset answers no RST: {what}"))?;
    }
    Ok(())
}

/// One entry of a trace.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Frame(TimedFrame),
    Outcome(Instant, Outcome),
}

/// One step of the fixed timeline.
enum Step {
    Inject(Vec<u8>),
    Call(Call),
    Run(Duration),
}

/// A little of everything that the target declares: frames, calls and silence.
fn timeline(target: &dyn Target, link: &Link) -> Vec<Step> {
    let mut steps = vec![Step::Run(Duration::from_millis(1))];
    for v6 in [false, true] {
        if !speaks(target, v6) {
            continue;
        }
        let family = if v6 { Family::Ipv6 } else { Family::Ipv4 };
        let question = if v6 { frames::neighbor_solicitation(link) } else { frames::arp_request(link) };
        steps.extend([
            Step::Inject(question),
            Step::Run(Duration::from_millis(3)),
            Step::Inject(frames::echo_request(link, v6, 1)),
            Step::Inject(frames::datagram(link, v6, 5000, 5001, b"nobody listens")),
            Step::Run(Duration::from_secs(1)),
            Step::Call(Call::Socket(family, SocketKind::Udp)),
            Step::Call(Call::Socket(family, SocketKind::Tcp)),
        ]);
        // Socket numbers are the target's own: the trace shows them, later steps guess the usual ones.
        for id in (0..6).map(SocketId) {
            let there = SocketAddr::from((frames::tester_address(link, v6), 80));
            steps.extend([
                Step::Call(Call::SetOption(id, SocketOption::NoDelay(true))),
                Step::Call(Call::Connect(id, there)),
                Step::Call(Call::Send(id, b"hello".to_vec())),
                Step::Call(Call::LocalAddress(id)),
            ]);
        }
        let stray = Tcp { ports: (40_000, PORT), seq: 1, ack: 2, flags: ACK, ..Tcp::default() };
        // Long enough for retransmissions of SYNs that nobody answers.
        steps.push(Step::Run(Duration::from_secs(20)));
        steps.push(Step::Inject(frames::segment(link, v6, &stray)));
        steps.push(Step::Run(Duration::from_secs(100)));
    }
    steps
}

fn trace(target: &mut dyn Target, topology: &Topology, steps: &[Step]) -> Result<Vec<Entry>, String> {
    target.reset(topology).map_err(fail)?;
    let mut entries = Vec::new();
    for step in steps {
        match step {
            Step::Inject(frame) => target.inject(0, frame).map_err(fail)?,
            Step::Call(wanted) => {
                let outcome = call(target, wanted)?;
                entries.push(Entry::Outcome(target.now(), outcome));
            }
            Step::Run(span) => entries.extend(run_for(target, *span)?.into_iter().map(Entry::Frame)),
        }
    }
    Ok(entries)
}

/// In virtual time the same timeline after a reset gives the same trace, whatever happened before; and another
/// seed is allowed to give another, but not to break anything.
///
/// # Errors
///
/// The first entry that differs.
pub fn traces_repeat(target: &mut dyn Target) -> Result<(), String> {
    let topology = Topology { seed: 42, ..Topology::default() };
    let steps = timeline(target, &topology.links[0]);
    let first = trace(target, &topology, &steps)?;
    trace(target, &Topology { seed: 43, ..Topology::default() }, &steps)?;
    let second = trace(target, &topology, &steps)?;
    reset(target)?;
    ensure(!first.is_empty(), || "nothing happened at all".into())?;
    for (index, (one, two)) in first.iter().zip(&second).enumerate() {
        ensure(one == two, || format!("entry {index} was {one:?} and then {two:?}"))?;
    }
    ensure(first.len() == second.len(), || format!("{} entries and then {}", first.len(), second.len()))
}
