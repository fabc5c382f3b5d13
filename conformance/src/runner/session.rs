//! Plays the events of a timeline against a target, on the target's clock.
//!
//! Frames from the target wait in a queue until an event looks at them. An expectation takes the first frame
//! that matches; frames of the same scope before it are passed over for good, others stay. Time spans count from
//! the end of the previous event: the time of the frame that was matched, or the time of the tester's own action.

use super::RunOptions;
use super::matcher::Comparison;
use super::state::{Seen, State};
use super::stop::{Failure, Stop};
use super::tolerance::Tolerance;
use super::wire::Wire;
use crate::capability::Capability;
use crate::result::TraceWhat;
use crate::target::{Clock, Duration, Instant};
use crate::timeline::describe::frame_line;
use crate::timeline::time::ms;
use crate::timeline::{Action, Event, Order, PacketSpec, Timeline, Weight, When};

/// A recommendation that the target did not follow.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// Index of the event.
    pub event: usize,
    /// What was seen.
    pub failure: Failure,
}

/// One play of one timeline.
pub struct Session<'t> {
    pub(super) timeline: &'t Timeline,
    pub(super) wire: Wire<'t>,
    pub(super) state: State,
    pub(super) tolerance: Tolerance,
    /// When the previous event ended.
    pub(super) last: Instant,
    /// `history` index of the first frame after the set-up.
    pub(super) after_setup: usize,
    /// `history` index at which labelled events ended.
    pub(super) marks: std::collections::BTreeMap<String, usize>,
    /// `history` index of the frame that the event has taken.
    matched: Option<usize>,
    /// Recommendations that were not followed.
    pub deviations: Vec<Deviation>,
    /// The event that is being played.
    pub at: usize,
}

/// The span of time in which an expectation looks at frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// A match before this is too early.
    from: Instant,
    /// Frames before this are from before and do not count.
    base: Instant,
    /// Nothing is waited for after this.
    pub(super) until: Instant,
}

/// The closest frame so far.
#[derive(Default)]
struct Nearest {
    best: Option<(u32, usize, Comparison)>,
    /// How many frames were compared.
    frames: usize,
}

impl Nearest {
    fn offer(&mut self, index: usize, comparison: Comparison) {
        self.frames += 1;
        if self.best.as_ref().is_none_or(|(distance, ..)| comparison.distance < *distance) {
            self.best = Some((comparison.distance, index, comparison));
        }
    }
}

impl<'t> Session<'t> {
    /// A session over a target; [`Session::run`] plays it.
    pub fn new(timeline: &'t Timeline, wire: Wire<'t>, options: &RunOptions) -> Self {
        let tolerance = options.tolerance.on(wire.clock());
        Self {
            timeline,
            wire,
            state: State::new(timeline, timeline.bed.topology(options.seed)),
            tolerance,
            last: Instant::ZERO,
            after_setup: 0,
            marks: std::collections::BTreeMap::new(),
            matched: None,
            deviations: Vec::new(),
            at: 0,
        }
    }

    /// Resets the target and plays every event.
    ///
    /// # Errors
    ///
    /// Why it ended early; `self.at` is the event.
    pub fn run(&mut self) -> Result<(), Stop> {
        self.wire.reset(&self.state)?;
        if !self.timeline.bed.cold {
            let needs = &self.timeline.needs;
            let (v4, v6) = (needs.contains(&Capability::Ipv4), needs.contains(&Capability::Ipv6));
            // A timeline that says neither uses whatever there is.
            self.wire.introduce(&self.state, v4 || !v6, v6 || !v4)?;
        }
        self.last = self.wire.now();
        let timeline = self.timeline;
        for (at, event) in timeline.events.iter().enumerate() {
            self.at = at;
            self.matched = None;
            match self.play(event) {
                Err(Stop::Failed(failure)) if event.weight == Weight::Should => {
                    self.last = self.wire.now();
                    self.deviations.push(Deviation { event: at, failure: *failure });
                }
                other => other?,
            }
            if let Some(label) = &event.label {
                self.state.times.insert(label.clone(), self.last);
                // Behind the frame that an expectation took; else behind everything that has come.
                let mark = self.matched.map_or(self.wire.history.len(), |index| index + 1);
                self.marks.insert(label.clone(), mark);
            }
        }
        Ok(())
    }

    /// What came and was not looked at is forgotten; what it says of the flows is kept.
    fn forget(&mut self) -> Result<(), Stop> {
        let now = self.wire.now();
        while self.wire.pull(&self.state, now)? {}
        let forgotten: Vec<usize> = self.wire.queue.drain(..).collect();
        for index in forgotten {
            self.state.absorb(&self.wire.history[index].bytes);
        }
        Ok(())
    }

    fn play(&mut self, event: &Event) -> Result<(), Stop> {
        match &event.action {
            Action::Inject { link, packet } => {
                self.wait_for(&event.when)?;
                let now = self.wire.now();
                let bytes = self.state.encode(packet, *link, now)?;
                self.inject(event, *link, Some(packet), &bytes)
            }
            Action::InjectRaw { link, frame } => {
                self.wait_for(&event.when)?;
                self.inject(event, *link, None, &frame.0)
            }
            Action::Expect { link, packet, forbid, order } => {
                self.expect(event, *link, core::slice::from_ref(packet), forbid, *order)
            }
            Action::ExpectOneOf { link, packets } => self.expect(event, *link, packets, &[], Order::Skip),
            Action::Silence { link, packet, duration } => {
                self.wait_for(&event.when)?;
                self.silence(*link, packet, *duration)
            }
            Action::Call { socket, verb, expect } => self.call(event, socket, verb, expect),
            Action::Advance(span) => {
                let until = self.last + *span;
                self.advance_to(until)
            }
            Action::LinkRule { packet, first, count, effect } => {
                self.wire.add_rule(packet.clone(), *first, *count, *effect);
                Ok(())
            }
            Action::Neighbors { answer, addresses } => {
                self.wire.responder.switch(*answer, addresses);
                Ok(())
            }
            Action::Forget => self.forget(),
            Action::Reopen { flow, isn } => {
                self.state.flow_mut(flow)?.reopen(*isn);
                Ok(())
            }
            Action::Receive { flow, len, acks } => self.receive(event, flow, *len, *acks),
            Action::ShutWindow { flow, most } => self.shut_window(flow, *most),
            Action::Transfer { flow, len, segment, drain } => {
                self.transfer(event, flow, *len, *segment, drain.as_deref())
            }
            Action::Check(check) => {
                let now = self.wire.now();
                while self.wire.pull(&self.state, now)? {}
                self.check(check)
            }
            Action::Note(text) => {
                let now = self.wire.now();
                self.wire.log(now, TraceWhat::Note(text.clone()));
                Ok(())
            }
            Action::SetupDone => {
                let now = self.wire.now();
                while self.wire.pull(&self.state, now)? {}
                self.wire.log(now, TraceWhat::Note("the set-up is done".to_owned()));
                self.after_setup = self.wire.history.len();
                self.last = now;
                Ok(())
            }
        }
    }

    /// Lets time pass until an action of the tester is due.
    pub(super) fn wait_for(&mut self, when: &When) -> Result<(), Stop> {
        let due = match when {
            When::After(span) => self.last + *span,
            When::At(time) => *time,
            When::Between { from, min, .. } => self.base(from.as_deref())? + *min,
            When::Now | When::Within(_) | When::Any => return Ok(()),
        };
        self.advance_to(due)
    }

    /// Lets time pass; frames that come meanwhile wait in the queue.
    pub(super) fn advance_to(&mut self, until: Instant) -> Result<(), Stop> {
        while self.wire.pull(&self.state, until)? {}
        self.last = self.wire.now();
        Ok(())
    }

    fn inject(&mut self, event: &Event, link: usize, packet: Option<&PacketSpec>, bytes: &[u8]) -> Result<(), Stop> {
        self.state.link(link)?;
        let entry = self.wire.inject(&self.state, link, bytes)?;
        if let Some(packet) = packet {
            self.state.sent(packet, bytes);
        }
        if let Some(label) = &event.label {
            self.state.frames.insert(label.clone(), bytes.to_vec());
        }
        // When it was handed over: in wall time the answer may be there before this line is.
        self.last = self.wire.trace.get(entry).map_or(self.last, |entry| Instant::from_micros(entry.at_us));
        Ok(())
    }

    /// The time from which an event counts.
    fn base(&self, from: Option<&str>) -> Result<Instant, Stop> {
        match from {
            None => Ok(self.last),
            Some(label) => {
                let time = self.state.times.get(label).copied();
                time.ok_or_else(|| Stop::Case(format!("no event before has the label `{label}`")))
            }
        }
    }

    /// How long a reaction may take: an ACK may be delayed as long as the profile says (RFC 9293 3.8.6.3: below 0.5 s).
    pub(super) fn reaction(&self) -> Duration {
        let delayed = self.wire.info().profile.delayed_ack_max.min(ms(500));
        (delayed + ms(100)).max(ms(300))
    }

    pub(super) fn window(&mut self, when: &When) -> Result<Window, Stop> {
        let now = self.wire.now();
        let reaction = self.reaction();
        let tolerance = self.tolerance;
        let later = |base: Instant, span: Duration| base + span + tolerance.slack(span);
        Ok(match when {
            When::Now => {
                let until = later(self.last.max(now), reaction);
                Window { from: Instant::ZERO, base: Instant::ZERO, until }
            }
            When::After(span) => {
                let from = self.last + (*span - tolerance.slack(*span));
                Window { from, base: self.last, until: later(self.last + *span, reaction) }
            }
            When::At(time) => {
                let slack = tolerance.slack(time.since(Instant::ZERO));
                Window { from: *time - slack, base: Instant::ZERO, until: *time + slack }
            }
            When::Within(span) => Window { from: Instant::ZERO, base: Instant::ZERO, until: later(self.last, *span) },
            When::Between { from, min, max } => {
                let base = self.base(from.as_deref())?;
                let (min, max) = tolerance.widen(*min, *max);
                Window { from: base + min, base, until: base + max }
            }
            When::Any => {
                let bound = if self.wire.clock() == Clock::Virtual { ms(3_600_000) } else { ms(20_000) };
                Window { from: Instant::ZERO, base: Instant::ZERO, until: now + bound }
            }
        })
    }

    /// Waits for a frame that matches one of `packets`, and takes it.
    fn expect(
        &mut self,
        event: &Event,
        link: Option<usize>,
        packets: &[PacketSpec],
        forbid: &[PacketSpec],
        order: Order,
    ) -> Result<(), Stop> {
        let window = self.window(&event.when)?;
        let mut nearest = Nearest::default();
        let mut next = 0;
        loop {
            while let Some(&index) = self.wire.queue.get(next) {
                let seen = &self.wire.history[index];
                if seen.at < window.base {
                    next += 1;
                    continue;
                }
                if seen.at > window.until {
                    return Err(self.not_seen(&nearest, window).into());
                }
                match self.judge(link, packets, seen, &mut nearest, index)? {
                    Some((which, comparison)) => {
                        if seen.at < window.from {
                            return Err(self.too_early(index, window).into());
                        }
                        return self.take(event, next, packets, which, comparison);
                    }
                    None => {
                        self.judge_forbidden(forbid, index)?;
                        if order == Order::Next && self.state.same_scope(&packets[0], &self.wire.history[index])? {
                            return Err(self.wrong_next(&packets[0], link, index)?.into());
                        }
                    }
                }
                next += 1;
            }
            if !self.wire.pull(&self.state, window.until)? {
                return Err(self.not_seen(&nearest, window).into());
            }
        }
    }

    /// Compares one frame with the alternatives: which one matches.
    fn judge(
        &self,
        link: Option<usize>,
        packets: &[PacketSpec],
        seen: &Seen,
        nearest: &mut Nearest,
        index: usize,
    ) -> Result<Option<(usize, Comparison)>, Stop> {
        for (which, packet) in packets.iter().enumerate() {
            if let Some(comparison) = self.state.compare(packet, link, seen)? {
                if comparison.is_match() {
                    return Ok(Some((which, comparison)));
                }
                nearest.offer(index, comparison);
            }
        }
        Ok(None)
    }

    fn judge_forbidden(&mut self, forbid: &[PacketSpec], index: usize) -> Result<(), Stop> {
        if index < self.wire.stimulus {
            return Ok(());
        }
        for packet in forbid {
            let seen = &self.wire.history[index];
            if self.state.compare(packet, None, seen)?.is_some_and(|comparison| comparison.is_match()) {
                let (entry, line) = (seen.trace, self.line(&seen.bytes));
                let failure = Failure::new(format!("a forbidden frame came: {line}"));
                return Err(Failure { decided_by: Some(entry), nearest_frame: line, ..failure }.into());
            }
        }
        Ok(())
    }

    /// Takes the frame at place `place` of the queue, passes over those of the same scope before it.
    fn take(
        &mut self,
        event: &Event,
        place: usize,
        packets: &[PacketSpec],
        which: usize,
        found: Comparison,
    ) -> Result<(), Stop> {
        let packet = &packets[which];
        let mut before = Vec::new();
        for place in (0..place).rev() {
            if self.state.same_scope(packet, &self.wire.history[self.wire.queue[place]])? {
                before.extend(self.wire.queue.remove(place));
            }
        }
        for index in before.iter().rev() {
            self.state.absorb(&self.wire.history[*index].bytes);
        }
        let Some(index) = self.wire.queue.remove(place - before.len()) else { return Ok(()) };
        self.matched = Some(index);
        let seen = self.wire.history[index].clone();
        self.state.absorb(&seen.bytes);
        self.state.vars.extend(found.captured);
        let mut remark = format!("event {}: as expected", self.at + 1);
        if packets.len() > 1 {
            remark.push_str(&format!(", alternative {} of {}", which + 1, packets.len()));
        }
        if let Some(label) = &event.label {
            remark.push_str(&format!(", `{label}`"));
            self.state.frames.insert(label.clone(), seen.whole.unwrap_or(seen.bytes));
        }
        self.wire.remark(seen.trace, remark);
        self.last = seen.at;
        Ok(())
    }

    /// Proves that no matching frame comes.
    fn silence(&mut self, link: Option<usize>, packet: &PacketSpec, duration: Option<Duration>) -> Result<(), Stop> {
        let start = self.wire.now().max(self.last);
        let fence = duration.is_none() && self.wire.clock() == Clock::Wall && self.wire.send_fence(&self.state)?;
        let mut until = match duration {
            Some(span) => self.last.max(start) + span,
            None if fence => start + ms(500),
            None => start + self.reaction(),
        };
        let mut settled = !fence;
        let mut next = self.wire.stimulus;
        loop {
            while next < self.wire.history.len() {
                if self.wire.queue.contains(&next) {
                    self.judge_silence(link, packet, next)?;
                }
                next += 1;
            }
            if !settled && self.wire.is_fence_back() {
                // What the target sends in reaction to earlier frames leaves before or right after the fence's echo.
                settled = true;
                until = self.wire.now() + ms(30);
            }
            let step = if settled { until } else { until.min(self.wire.now() + ms(2)) };
            if !self.wire.pull(&self.state, step)? && self.wire.now() >= until {
                self.last = self.wire.now();
                return Ok(());
            }
        }
    }

    fn judge_silence(&mut self, link: Option<usize>, packet: &PacketSpec, index: usize) -> Result<(), Stop> {
        let seen = &self.wire.history[index];
        if self.state.compare(packet, link, seen)?.is_some_and(|comparison| comparison.is_match()) {
            let (entry, line) = (seen.trace, self.line(&seen.bytes));
            let failure = Failure::new(format!("a frame came where none may: {line}"));
            return Err(Failure { decided_by: Some(entry), nearest_frame: line, ..failure }.into());
        }
        Ok(())
    }

    /// A frame in one line.
    pub(super) fn line(&self, bytes: &[u8]) -> String {
        frame_line(bytes, &self.state.flows)
    }

    fn not_seen(&self, nearest: &Nearest, window: Window) -> Failure {
        let frames = match nearest.frames {
            0 => "no frame came".to_owned(),
            1 => "one frame came, and it does not match".to_owned(),
            more => format!("{more} frames came, none matches"),
        };
        let mut failure = Failure::new(format!("{frames} until {}", window.until));
        if let Some((_, index, comparison)) = &nearest.best {
            let seen = &self.wire.history[*index];
            failure.nearest_frame = self.line(&seen.bytes);
            failure.nearest_miss = comparison.misses.clone();
            failure.decided_by = Some(seen.trace);
        }
        failure
    }

    fn too_early(&self, index: usize, window: Window) -> Failure {
        let seen = &self.wire.history[index];
        let early = window.from - seen.at;
        Failure {
            summary: format!("the frame came {early} too early, at {} instead of {} or later", seen.at, window.from),
            nearest_frame: self.line(&seen.bytes),
            decided_by: Some(seen.trace),
            ..Failure::default()
        }
    }

    fn wrong_next(&self, packet: &PacketSpec, link: Option<usize>, index: usize) -> Result<Failure, Stop> {
        let seen = &self.wire.history[index];
        let misses = self.state.compare(packet, link, seen)?.map(|comparison| comparison.misses);
        Ok(Failure {
            summary: "another frame came first".to_owned(),
            nearest_frame: self.line(&seen.bytes),
            nearest_miss: misses.unwrap_or_default(),
            decided_by: Some(seen.trace),
            ..Failure::default()
        })
    }
}
