//! How fast is the stack, next to smoltcp doing the same in the same run?
//!
//! Two stacks in one process pass Ethernet frames (MTU 1500) to each other through memory; both sides make and verify
//! every checksum, both have buffers of 64 KiB (as smoltcp's own benchmark), both run on a virtual clock. Each measurement is repeated, the two
//! stacks taking turns, and the median counts. Neither sends timestamps. What else each stack
//! does by default is left as it is: ours runs congestion control, smoltcp none; ours keeps closed connections in TIME-WAIT
//! and hashes its initial sequence numbers, for smoltcp the application drops the socket.
//!
//! `cargo bench -p wireproof-stack --bench bulk [-- [--quick] [--ours] [--best] [bulk] [connect] [segment]]`: `--ours`
//! leaves smoltcp out, for a profiler; `--best` counts the best run instead of the median, for a machine that is busy
//! with other things; words choose measurements.

mod link;
mod ours;
mod theirs;

use std::time::{Duration, Instant};

/// Octets in the buffers of a socket, in each direction.
pub const BUFFER: usize = 64 * 1_024;
/// Octets that the application writes or reads at once.
pub const CHUNK: usize = 16 * 1_024;

/// A stack as the benchmark drives it: a client and a server on one link.
pub trait Pair {
    /// Fresh stacks whose sockets have buffers of this many octets, with `open` connections between them.
    fn new(buffer: usize, open: usize) -> Self;
    /// Moves `total` octets over the first connection, copied from and to the application.
    fn bulk(&mut self, total: usize);
    /// The same, written and read in the buffers of the stack.
    fn bulk_in_place(&mut self, total: usize);
    /// Opens a connection and closes it again from the client's side.
    fn connect_and_close(&mut self);
    /// Sends a segment to the server over connection number `which`, and one back.
    fn question_and_answer(&mut self, which: usize);
}

/// How much is measured.
struct Plan {
    repetitions: usize,
    bulk: usize,
    connects: usize,
    rounds: usize,
    ours_only: bool,
    best: bool,
}

/// The time that this thread has had a processor, if the system tells (Linux): what others do meanwhile does not count.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn time(work: impl FnOnce()) -> Duration {
    let (start, processor) = (Instant::now(), processor_time());
    work();
    let elapsed = start.elapsed();
    processor.zip(processor_time()).map_or(elapsed, |(before, after)| (after - before).min(elapsed))
}

/// The time that counts.
fn verdict(plan: &Plan, mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[if plan.best { 0 } else { times.len() / 2 }].as_secs_f64()
}

/// Runs both stacks in turns and gives the medians in seconds.
fn both(plan: &Plan, mut ours: impl FnMut() -> Duration, mut theirs: impl FnMut() -> Duration) -> (f64, Option<f64>) {
    let mut theirs = || if plan.ours_only { Duration::ZERO } else { theirs() };
    // The first run of each only warms up.
    ours();
    theirs();
    let times: Vec<_> = (0..plan.repetitions).map(|_| (ours(), theirs())).collect();
    let theirs = (!plan.ours_only).then(|| verdict(plan, times.iter().map(|it| it.1).collect()));
    (verdict(plan, times.iter().map(|it| it.0).collect()), theirs)
}

fn bulk<P: Pair>(total: usize, in_place: bool) -> Duration {
    let mut pair = P::new(BUFFER, 1);
    time(|| if in_place { pair.bulk_in_place(total) } else { pair.bulk(total) })
}

fn connects<P: Pair>(count: usize) -> Duration {
    let mut pair = P::new(4_096, 0);
    time(|| (0..count).for_each(|_| pair.connect_and_close()))
}

/// Questions and answers over connections that are far from each other in memory.
fn rounds<P: Pair>(pair: &mut P, open: usize, count: usize) -> Duration {
    time(|| (0..count).for_each(|round| pair.question_and_answer(round * 7_919 % open)))
}

fn row(what: &str, unit: &str, ours: f64, theirs: Option<f64>, smaller_is_better: bool) {
    let number = |value: f64| if value >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    let ratio = |theirs: f64| if smaller_is_better { theirs / ours } else { ours / theirs };
    let (theirs, ratio) = match theirs {
        Some(theirs) => (number(theirs), format!("{:.2}x", ratio(theirs))),
        None => ("-".into(), "-".into()),
    };
    println!("{what:<44}{:>12}{theirs:>12} {unit:<10}{ratio:>8}", number(ours));
}

fn measure_bulk(plan: &Plan) {
    for (what, in_place) in [("TCP bulk transfer, copying calls", false), ("TCP bulk transfer, buffers in place", true)]
    {
        let total = plan.bulk;
        let (ours, theirs) =
            both(plan, || bulk::<ours::Hosts>(total, in_place), || bulk::<theirs::Interfaces>(total, in_place));
        let rate = |seconds: f64| total as f64 * 8.0 / seconds / 1e9;
        row(what, "Gbit/s", rate(ours), theirs.map(rate), false);
    }
}

fn measure_connects(plan: &Plan) {
    let count = plan.connects;
    let (ours, theirs) = both(plan, || connects::<ours::Hosts>(count), || connects::<theirs::Interfaces>(count));
    let rate = |seconds: f64| count as f64 / seconds;
    row("connect, accept, close", "per second", rate(ours), theirs.map(rate), false);
}

fn measure_segment(plan: &Plan, open: usize) {
    let mut pair = ours::Hosts::new(1_024, open);
    // smoltcp looks at every socket for every packet: a hundred thousand would take minutes to open.
    let mut other = (open <= 10_000 && !plan.ours_only).then(|| theirs::Interfaces::new(1_024, open));
    let few = (plan.rounds * 100 / open).clamp(20, plan.rounds);
    let (ours, theirs) = both(
        plan,
        || rounds(&mut pair, open, plan.rounds),
        || other.as_mut().map_or(Duration::ZERO, |other| rounds(other, open, few)),
    );
    let segment = |seconds: f64, rounds: usize| seconds * 1e9 / rounds as f64 / 2.0;
    let theirs = theirs.filter(|_| other.is_some()).map(|theirs| segment(theirs, few));
    row(&format!("one segment among {open} connections"), "ns", segment(ours, plan.rounds), theirs, true);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let words = arguments.iter().any(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| !words || has(name);
    let (ours_only, best) = (has("--ours"), has("--best"));
    let plan = match has("--quick") {
        true => Plan { repetitions: 3, bulk: 32 << 20, connects: 2_000, rounds: 2_000, ours_only, best },
        false => Plan { repetitions: 9, bulk: 256 << 20, connects: 20_000, rounds: 20_000, ours_only, best },
    };
    println!("{:<44}{:>12}{:>12} {:<10}{:>8}", "", "wireproof", "smoltcp", "", "ratio");
    if wanted("bulk") {
        measure_bulk(&plan);
    }
    if wanted("connect") {
        measure_connects(&plan);
    }
    for open in [100, 10_000, 100_000] {
        if wanted("segment") {
            measure_segment(&plan, open);
        }
    }
}
