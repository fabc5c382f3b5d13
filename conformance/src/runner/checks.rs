//! Checks over everything that a session has seen.

use super::session::Session;
use super::stop::{Failure, Stop};
use crate::target::{Duration, Instant};
use crate::timeline::decode::Dissection;
use crate::timeline::packet::{PacketSpec, pattern};
use crate::timeline::{Check, FieldId, Value};

impl Session<'_> {
    pub(super) fn check(&mut self, check: &Check) -> Result<(), Stop> {
        match check {
            Check::Count { packet, min, max, since } => self.check_count(packet, *min, *max, since.as_deref()),
            Check::Interval { from, to, min, max } => {
                let span = self.time(to)?.since(self.time(from)?);
                let (least, most) = self.tolerance.widen(*min, *max);
                let words = || format!("{span} between `{from}` and `{to}`, expected {min} to {max}");
                held(least <= span && span <= most, words)
            }
            Check::Backoff { labels, min_percent, max_percent } => {
                self.check_backoff(labels, *min_percent, *max_percent)
            }
            Check::VarsEqual(names) => {
                let values = self.values(names)?;
                held(values.windows(2).all(|pair| pair[0] == pair[1]), || {
                    format!("not equal: {}", listed(names, &values))
                })
            }
            Check::VarsDiffer(names) => {
                let values = self.values(names)?;
                let mut sorted = values.clone();
                sorted.sort_unstable();
                sorted.dedup();
                held(sorted.len() == values.len(), || format!("not all different: {}", listed(names, &values)))
            }
            Check::Increasing { vars, bits } => {
                let values = self.numbers(vars)?;
                let greater = |pair: &[i64]| match bits {
                    0 => pair[1] > pair[0],
                    bits => {
                        let space = 1i64 << (*bits).min(62);
                        let step = (pair[1] - pair[0]).rem_euclid(space);
                        step != 0 && step < space / 2
                    }
                };
                held(values.windows(2).all(greater), || format!("not increasing: {}", listed(vars, &values)))
            }
            Check::Apart { vars, least, bits } => {
                let values = self.numbers(vars)?;
                let space = 1i64 << (*bits).min(62);
                let apart = |pair: &[i64]| {
                    let step = (pair[1] - pair[0]).rem_euclid(space);
                    step.min(space - step) >= *least
                };
                held(values.windows(2).all(apart), || format!("not {least} apart: {}", listed(vars, &values)))
            }
            Check::VarIn { var, min, max } => {
                let value = self.values(core::slice::from_ref(var))?[0];
                let inside = value.num().is_some_and(|number| (*min..=*max).contains(&number));
                held(inside, || format!("`{var}` is {value}, expected {min} to {max}"))
            }
            Check::StreamEquals { flow, from, len } => self.check_stream(flow, *from, *len),
            Check::EdgeKept { flow } => self.check_edge(flow),
            Check::WithinWindow { flow } => self.check_window(flow),
        }
    }

    fn time(&self, label: &str) -> Result<Instant, Stop> {
        let time = self.state.times.get(label).copied();
        time.ok_or_else(|| Stop::Case(format!("no event before has the label `{label}`")))
    }

    fn values(&self, names: &[String]) -> Result<Vec<Value>, Stop> {
        let value = |name: &String| {
            let value = self.state.vars.get(name).copied();
            value.ok_or_else(|| Stop::Case(format!("nothing was captured as `{name}`")))
        };
        names.iter().map(value).collect()
    }

    fn numbers(&self, names: &[String]) -> Result<Vec<i64>, Stop> {
        let numbers: Option<Vec<i64>> = self.values(names)?.iter().map(|value| value.num()).collect();
        numbers.ok_or_else(|| Stop::Case("only numbers can be compared so".to_owned()))
    }

    fn check_count(&mut self, packet: &PacketSpec, min: usize, max: usize, since: Option<&str>) -> Result<(), Stop> {
        let from = match since {
            None => self.after_setup,
            Some(label) => match self.marks.get(label) {
                Some(mark) => *mark,
                None => return Err(Stop::Case(format!("no event before has the label `{label}`"))),
            },
        };
        let mut matching = Vec::new();
        for seen in self.wire.history.iter().skip(from) {
            if self.state.compare(packet, None, seen)?.is_some_and(|comparison| comparison.is_match()) {
                matching.push(seen.trace);
            }
        }
        let count = matching.len();
        if (min..=max).contains(&count) {
            return Ok(());
        }
        for entry in &matching {
            self.wire.remark(*entry, "counted");
        }
        let wanted = if min == max { min.to_string() } else { format!("{min} to {max}") };
        let failure = Failure::new(format!("{count} matching frames, expected {wanted}"));
        Err(Failure { decided_by: matching.last().copied(), ..failure }.into())
    }

    fn check_backoff(&self, labels: &[String], min_percent: u64, max_percent: u64) -> Result<(), Stop> {
        let times = labels.iter().map(|label| self.time(label)).collect::<Result<Vec<_>, _>>()?;
        if times.len() < 3 {
            return Err(Stop::Case("a backoff needs three labels or more".to_owned()));
        }
        let spans: Vec<Duration> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
        let fits = |pair: &[Duration]| {
            let (least, most) = self.tolerance.widen(pair[0] * min_percent / 100, pair[0] * max_percent / 100);
            least <= pair[1] && pair[1] <= most
        };
        let words = || {
            let spans: Vec<String> = spans.iter().map(ToString::to_string).collect();
            let ratio = if min_percent == max_percent {
                format!("{min_percent} %")
            } else {
                format!("{min_percent} to {max_percent} %")
            };
            format!("intervals {}; each should be {ratio} of the one before", spans.join(", "))
        };
        held(spans.windows(2).all(fits), words)
    }

    /// Puts the target's stream together from every frame of the flow.
    fn check_stream(&self, flow: &str, from: u64, len: usize) -> Result<(), Stop> {
        let flow = self.state.flow(flow)?;
        let mut have = vec![false; len];
        let wanted = pattern(from, len);
        for seen in &self.wire.history {
            let frame = Dissection::of(&seen.bytes);
            let Some((seq, _)) = flow.numbers_of(&frame).filter(|_| flow.is_from_target(&frame)) else { continue };
            for (at, byte) in frame.payload().iter().enumerate() {
                let place = seq - 1 + at as i64 - from as i64;
                let Some(place) = usize::try_from(place).ok().filter(|place| *place < len) else { continue };
                if *byte != wanted[place] {
                    let failure = Failure::new(format!("a wrong byte at stream offset {}", from + place as u64));
                    return Err(Failure { decided_by: Some(seen.trace), ..failure }.into());
                }
                have[place] = true;
            }
        }
        let missing = have.iter().position(|have| !have);
        held(missing.is_none(), || format!("stream offset {} was never sent", from + missing.unwrap_or(0) as u64))
    }

    /// Replays the flow: no byte of the target lies beyond what the tester had offered.
    fn check_edge(&self, flow: &str) -> Result<(), Stop> {
        use crate::result::TraceWhat;
        let flow = self.state.flow(flow)?;
        let mut edge: Option<i64> = None;
        for (entry, event) in self.wire.trace.iter().enumerate() {
            let TraceWhat::FromTarget { bytes, .. } = &event.what else { continue };
            let frame = Dissection::of(bytes);
            let flags = frame.num(FieldId::TcpFlags).unwrap_or(0);
            let Some((_, ack)) = flow.numbers_of(&frame).filter(|_| flow.is_from_target(&frame)) else { continue };
            if flags & 0x10 == 0 || flags & 0x04 != 0 {
                continue;
            }
            let shift = flow.peer_shift(flags);
            let offered = ack + (frame.num(FieldId::TcpWindow).unwrap_or(0) << shift);
            if let Some(edge) = edge.filter(|edge| offered + (1 << shift) <= *edge) {
                let failure = Failure::new(format!("the window's right edge moved back from {edge} to {offered}"));
                return Err(Failure { decided_by: Some(entry), ..failure }.into());
            }
            edge = Some(edge.map_or(offered, |edge| edge.max(offered)));
        }
        Ok(())
    }

    fn check_window(&self, flow: &str) -> Result<(), Stop> {
        use crate::result::TraceWhat;
        let flow = self.state.flow(flow)?;
        let mut edge: Option<i64> = None;
        for (entry, event) in self.wire.trace.iter().enumerate() {
            match &event.what {
                TraceWhat::ToTarget { bytes, .. } => {
                    let frame = Dissection::of(bytes);
                    let ours = frame.ports() == flow.peer_port.map(|port| (flow.spec.tester_port, port));
                    let flags = frame.num(FieldId::TcpFlags).unwrap_or(0);
                    if ours && flags & 0x10 != 0 {
                        let ack = flow.relative(false, frame.num(FieldId::TcpAckAbsolute).unwrap_or(0) as u32);
                        let shift = if flags & 0x02 != 0 { 0 } else { flow.own_shift() };
                        let offered = ack + (frame.num(FieldId::TcpWindow).unwrap_or(0) << shift);
                        edge = Some(edge.map_or(offered, |edge| edge.max(offered)));
                    }
                }
                TraceWhat::FromTarget { bytes, .. } => {
                    let frame = Dissection::of(bytes);
                    let Some((seq, _)) = flow.numbers_of(&frame).filter(|_| flow.is_from_target(&frame)) else {
                        continue;
                    };
                    let end = seq + frame.payload().len() as i64;
                    // A probe of one byte into a closed window is not data beyond it (RFC 9293 3.8.6.1).
                    let free = i64::from(frame.payload().len() <= 1);
                    if let Some(edge) = edge.filter(|edge| end > edge + free) {
                        let failure =
                            Failure::new(format!("data up to {end}, beyond the offered window's edge {edge}"));
                        return Err(Failure { decided_by: Some(entry), ..failure }.into());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn held(holds: bool, words: impl FnOnce() -> String) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Failure::new(words()).into()) }
}

fn listed(names: &[String], values: &[impl core::fmt::Display]) -> String {
    let pairs: Vec<String> = names.iter().zip(values).map(|(name, value)| format!("{name} = {value}")).collect();
    pairs.join(", ")
}
