//! Bulk data of a session: the tester as a small TCP receiver and sender.
//!
//! Read first: RFC 9293 3.8. The receiver takes data in order only and acknowledges by policy; the sender keeps
//! within the target's window and sends again from SND.UNA when nothing moves for a second.

use super::calls::STALL;
use super::session::Session;
use super::stop::{Failure, Stop};
use crate::target::{Duration, Instant, SocketKind};
use crate::timeline::decode::Dissection;
use crate::timeline::packet::pattern;
use crate::timeline::time::ms;
use crate::timeline::{AckPolicy, Event, FieldId, PacketSpec, When, packet};

/// Consecutive stalls after which the sender gives up.
const GIVE_UP: u32 = 5;

impl Session<'_> {
    /// A segment of a flow, to add to.
    fn segment(&self, flow: &str) -> Result<PacketSpec, Stop> {
        let spec = &self.state.flow(flow)?.spec;
        if spec.kind != SocketKind::Tcp {
            return Err(Stop::Case(format!("`{flow}` is not a TCP flow")));
        }
        let ip = if spec.target.is_ipv4() { packet::ipv4() } else { packet::ipv6() };
        Ok(PacketSpec { flow: Some(flow.to_owned()), ..ip.push(crate::timeline::LayerKind::Tcp) })
    }

    fn send_segment(&mut self, flow: &str, segment: &PacketSpec) -> Result<(), Stop> {
        let link = self.state.flow(flow)?.spec.link;
        let now = self.wire.now();
        let bytes = self.state.encode(segment, link, now)?;
        self.wire.inject(&self.state, link, &bytes)?;
        self.state.sent(segment, &bytes);
        Ok(())
    }

    /// Takes the next frame of a flow out of the queue, waiting until `deadline`.
    fn next_of_flow(&mut self, flow: &str, deadline: Instant) -> Result<Option<Vec<u8>>, Stop> {
        loop {
            let state = self.state.flow(flow)?;
            let of_flow = |index: &usize| state.is_from_target(&Dissection::of(&self.wire.history[*index].bytes));
            if let Some(place) = self.wire.queue.iter().position(of_flow) {
                let index = self.wire.queue.remove(place).unwrap_or_default();
                self.last = self.wire.history[index].at;
                return Ok(Some(self.wire.history[index].bytes.clone()));
            }
            if !self.wire.pull(&self.state, deadline)? {
                return Ok(None);
            }
        }
    }

    /// How long a helper waits without progress: what the event says, else twice the longest reaction or the
    /// first retransmission.
    fn patience(&self, event: &Event) -> Duration {
        match event.when {
            When::Within(span) => span + self.tolerance.slack(span),
            When::Any => ms(3_600_000),
            _ => (self.wire.info().profile.rto_initial * 2).max(STALL * 2),
        }
    }

    /// Receives `len` more bytes in order and acknowledges them.
    pub(super) fn receive(&mut self, event: &Event, flow: &str, len: usize, acks: AckPolicy) -> Result<(), Stop> {
        let start = self.state.flow(flow)?.rcv_nxt;
        let (mut unacknowledged, mut received) = (0u32, 0usize);
        let patience = self.patience(event);
        let mut deadline = self.wire.now() + patience;
        while received < len {
            // A sender may wait for the acknowledgment of an odd last segment.
            let soon = if unacknowledged > 0 && acks != AckPolicy::None { self.wire.now() + ms(100) } else { deadline };
            let Some(bytes) = self.next_of_flow(flow, soon.min(deadline))? else {
                if self.wire.now() >= deadline {
                    let summary = format!("only {received} of {len} bytes came within {patience}");
                    return Err(Failure::new(summary).into());
                }
                if acks != AckPolicy::AtEnd {
                    self.acknowledge(flow)?;
                }
                unacknowledged = 0;
                continue;
            };
            let before = self.state.flow(flow)?.rcv_nxt;
            self.verify(flow, &bytes)?;
            self.state.absorb(&bytes);
            let now = self.state.flow(flow)?.rcv_nxt;
            received = now.wrapping_sub(start) as usize;
            let in_order = now != before;
            if in_order {
                deadline = self.wire.now() + patience;
                unacknowledged += 1;
            }
            let due = match acks {
                AckPolicy::Every => !Dissection::of(&bytes).payload().is_empty(),
                AckPolicy::EveryOther => unacknowledged >= 2 || !in_order,
                AckPolicy::AtEnd | AckPolicy::None => false,
            };
            if due {
                self.acknowledge(flow)?;
                unacknowledged = 0;
            }
        }
        if acks != AckPolicy::None && (unacknowledged > 0 || acks == AckPolicy::AtEnd) {
            self.acknowledge(flow)?;
        }
        self.last = self.wire.now();
        Ok(())
    }

    fn acknowledge(&mut self, flow: &str) -> Result<(), Stop> {
        let ack = self.segment(flow)?.ack();
        self.send_segment(flow, &ack)
    }

    /// The bytes of a segment must be those of the pattern at its place in the stream.
    fn verify(&mut self, flow: &str, bytes: &[u8]) -> Result<(), Stop> {
        let frame = Dissection::of(bytes);
        let state = self.state.flow(flow)?;
        if frame.num(FieldId::TcpFlags).is_some_and(|flags| flags & 0x04 != 0) {
            return Err(Failure::new(format!("the connection was reset: {}", self.line(bytes))).into());
        }
        let Some((seq, _)) = state.numbers_of(&frame) else { return Ok(()) };
        let payload = frame.payload();
        let wanted = pattern((seq - 1).max(0) as u64, payload.len());
        match payload.iter().zip(&wanted).position(|(got, wanted)| got != wanted) {
            Some(at) => Err(Failure::new(format!("a wrong byte at stream offset {}", seq - 1 + at as i64)).into()),
            None => Ok(()),
        }
    }

    /// Sends `len` bytes of the pattern within the target's window; `drain` reads them on the target.
    pub(super) fn transfer(
        &mut self,
        event: &Event,
        flow: &str,
        len: usize,
        segment: Option<usize>,
        drain: Option<&str>,
    ) -> Result<(), Stop> {
        let state = self.state.flow(flow)?;
        let size = segment.unwrap_or_else(|| usize::from(state.peer_mss.unwrap_or(536))).max(1);
        let start = state.snd_nxt;
        let end = start.wrapping_add(len as u32);
        let mut read = 0;
        let mut stalls = 0;
        let stall = self.patience(event).min(STALL);
        loop {
            self.fill_window(flow, end, size)?;
            if let Some(socket) = drain {
                read += self.drain(socket, u64::from(start.wrapping_sub(1)) + read as u64)?;
            }
            let una = self.state.flow(flow)?.snd_una;
            if una == end && (drain.is_none() || read >= len) {
                self.last = self.wire.now();
                return Ok(());
            }
            let deadline = self.wire.now() + stall;
            match self.next_of_flow(flow, deadline)? {
                Some(bytes) => {
                    let before = (una, self.state.flow(flow)?.edge);
                    self.verify(flow, &bytes)?;
                    self.state.absorb(&bytes);
                    let flow = self.state.flow(flow)?;
                    if (flow.snd_una, flow.edge) != before {
                        stalls = 0;
                    }
                }
                None if stalls >= GIVE_UP => {
                    let done = una.wrapping_sub(start);
                    let summary =
                        format!("{done} of {len} bytes were acknowledged, {read} were read, then nothing moved");
                    return Err(Failure::new(summary).into());
                }
                None => {
                    stalls += 1;
                    self.send_again(flow, end, size)?;
                }
            }
        }
    }

    fn fill_window(&mut self, flow: &str, end: u32, size: usize) -> Result<(), Stop> {
        loop {
            let state = self.state.flow(flow)?;
            let left = end.wrapping_sub(state.snd_nxt) as usize;
            let room = state.edge.wrapping_sub(state.snd_nxt) as i32;
            let len = size.min(left);
            // Silly window avoidance of the tester: whole segments only, but for the last.
            if left == 0 || room < len as i32 {
                return Ok(());
            }
            let segment = self.segment(flow)?.flags("PA").data(len);
            self.send_segment(flow, &segment)?;
        }
    }

    /// Sends pattern data, whatever fits, until nothing fits and everything is acknowledged.
    pub(super) fn shut_window(&mut self, flow: &str, most: usize) -> Result<(), Stop> {
        let end = self.state.flow(flow)?.snd_nxt.wrapping_add(most as u32);
        let mut stalls = 0;
        loop {
            self.fill_to_the_edge(flow, end)?;
            let deadline = self.wire.now() + STALL;
            if let Some(bytes) = self.next_of_flow(flow, deadline)? {
                self.verify(flow, &bytes)?;
                self.state.absorb(&bytes);
                continue;
            }
            let state = self.state.flow(flow)?;
            if state.snd_una == state.snd_nxt && state.edge == state.snd_nxt {
                self.last = self.wire.now();
                return Ok(());
            }
            if state.snd_nxt == end || stalls >= GIVE_UP {
                let open = state.edge.wrapping_sub(state.snd_una) as i32;
                return Err(Failure::new(format!(
                    "the window is still open by {open} bytes, at most {most} were sent"
                ))
                .into());
            }
            stalls += 1;
            self.send_again(flow, end, 512)?;
        }
    }

    /// Small segments up to the very edge of the window.
    fn fill_to_the_edge(&mut self, flow: &str, end: u32) -> Result<(), Stop> {
        loop {
            let state = self.state.flow(flow)?;
            let room = (state.edge.wrapping_sub(state.snd_nxt) as i32).max(0) as usize;
            let len = room.min(end.wrapping_sub(state.snd_nxt) as usize).min(512);
            if len == 0 {
                return Ok(());
            }
            let segment = self.segment(flow)?.flags("PA").data(len);
            self.send_segment(flow, &segment)?;
        }
    }

    /// Sends one segment again from SND.UNA, or a probe of one byte into a closed window.
    fn send_again(&mut self, flow: &str, end: u32, size: usize) -> Result<(), Stop> {
        let state = self.state.flow(flow)?;
        let in_flight = state.snd_nxt.wrapping_sub(state.snd_una) as usize;
        let left = end.wrapping_sub(state.snd_una) as usize;
        let room = state.edge.wrapping_sub(state.snd_una).min(i32::MAX as u32) as usize;
        let len = if in_flight > 0 { size.min(in_flight) } else { size.min(left).min(room.max(1)) };
        let una = i64::from(state.snd_una);
        if len == 0 {
            return Ok(());
        }
        let segment = self.segment(flow)?.flags("PA").seq(una).data(len);
        self.send_segment(flow, &segment)
    }
}
