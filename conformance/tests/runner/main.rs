//! The runner against scripted targets: what it must see, and whom it must blame.

mod bounds;
mod calls;
mod codec;
mod expectations;
mod mock;

use wireproof_conformance::result::{CaseResult, Evidence};
use wireproof_conformance::runner::{Limits, RunOptions, run_instance};
use wireproof_conformance::suite::prelude::*;
use wireproof_conformance::target::{Duration, Link, Target};
use wireproof_conformance::timeline::encode::{Context, encode};

/// The bytes that the target of link 0 sends for a spec: the tester's and the target's side are exchanged.
fn from_target(spec: PacketSpec) -> Vec<u8> {
    let mut link = Link::standard(0);
    core::mem::swap(&mut link.target_mac, &mut link.tester_mac);
    core::mem::swap(&mut link.target_v4.0, &mut link.tester_v4);
    let nothing = (Default::default(), Default::default());
    let now = wireproof_conformance::target::Instant::ZERO;
    let context = Context { link: &link, now, flow: None, vars: &nothing.0, frames: &nothing.1 };
    encode(&spec, &context).expect("a plain spec")
}

/// An echo reply of the target.
fn echo_reply(ident: u16, seq: u16) -> Vec<u8> {
    from_target(packet::ipv4().echo_reply(ident, seq).data(8))
}

fn at_once(frames: impl IntoIterator<Item = Vec<u8>>) -> mock::Replies {
    frames.into_iter().map(|frame| (Duration::ZERO, frame)).collect()
}

/// Runs a case against a target.
fn run(case: &Case, target: &mut dyn Target) -> CaseResult {
    let limits = Limits { wall: std::time::Duration::from_secs(5), frames: 1_000, ..Limits::default() };
    let options = RunOptions { limits, ..RunOptions::default() };
    run_instance(&case.instances()[0], target, &options)
}

fn evidence(result: &CaseResult) -> &Evidence {
    result.evidence.as_ref().expect("evidence")
}

/// A case that asks for an echo and does what `then` says.
fn after_echo(then: impl Fn(&mut Scene) + Send + Sync + 'static) -> Case {
    case("harness.test").ipv4().build(move |s| {
        s.inject(packet::ipv4().echo_request(1, 1).data(8)).label("request");
        then(s);
    })
}
