//! The live state of a flow: what the tester's side of a TCP connection knows.
//!
//! It supplies the defaults of segments (next sequence number, what to acknowledge, timestamps) and translates
//! between the numbers on the wire and those of a case, which are relative to the two initial sequence numbers.
//! All numbers here are relative. Read first: RFC 9293 3.3.1 and 3.4, RFC 7323 2 and 3.

use std::net::IpAddr;

use super::bed::FlowSpec;
use super::decode::Dissection;
use super::layer::{FieldId, LayerKind};
use super::packet::TcpOption;
use super::time::Instant;

const FIN: i64 = 0x01;
const SYN: i64 = 0x02;
const RST: i64 = 0x04;
const ACK: i64 = 0x10;

/// The tester's view of one flow.
#[derive(Clone, Debug)]
pub struct FlowState {
    /// What was declared.
    pub spec: FlowSpec,
    /// The tester's initial sequence number.
    pub isn: u32,
    /// The target's initial sequence number, once its SYN was seen.
    pub peer_isn: Option<u32>,
    /// The target's port, once it is known.
    pub peer_port: Option<u16>,
    /// Next sequence number that the tester sends (SND.NXT).
    pub snd_nxt: u32,
    /// Greatest number that the tester has sent, holes included (SND.MAX).
    pub snd_max: u32,
    /// Oldest number that the target has not acknowledged (SND.UNA).
    pub snd_una: u32,
    /// Next number expected from the target (RCV.NXT).
    pub rcv_nxt: u32,
    /// What the tester acknowledged last.
    pub rcv_acked: u32,
    /// Right edge of the window that the target offered: the first number that the tester must not send.
    pub edge: u32,
    /// The MSS that the target announced.
    pub peer_mss: Option<u16>,
    /// Window scale shift of the target's SYN.
    peer_scale: Option<u8>,
    /// Whether the tester's SYN offered window scaling, and its shift.
    own_scale: Option<u8>,
    peer_timestamps: bool,
    own_timestamps: bool,
    peer_sack: bool,
    /// The target's latest TSval in order.
    pub ts_recent: u32,
}

/// The parts of a TCP segment that a flow looks at.
struct Segment {
    seq: u32,
    ack: u32,
    flags: i64,
    window: u32,
    len: u32,
}

impl Segment {
    fn of(frame: &Dissection<'_>) -> Option<Self> {
        let flags = frame.num(FieldId::TcpFlags)?;
        let bit = |bit| u32::from(flags & bit != 0);
        Some(Self {
            seq: frame.num(FieldId::TcpSeqAbsolute)? as u32,
            ack: frame.num(FieldId::TcpAckAbsolute)? as u32,
            flags,
            window: frame.num(FieldId::TcpWindow)? as u32,
            len: frame.payload().len() as u32 + bit(SYN) + bit(FIN),
        })
    }
}

/// Whether `a` comes after `b` in sequence space.
const fn after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) as i32 > 0
}

impl FlowState {
    /// A flow on which nothing was sent.
    pub fn new(spec: &FlowSpec) -> Self {
        Self {
            isn: spec.isn,
            peer_isn: None,
            peer_port: spec.target_port,
            snd_nxt: 0,
            snd_max: 0,
            snd_una: 0,
            rcv_nxt: 0,
            rcv_acked: 0,
            edge: 0,
            peer_mss: None,
            peer_scale: None,
            own_scale: None,
            peer_timestamps: false,
            own_timestamps: false,
            peer_sack: false,
            ts_recent: 0,
            spec: spec.clone(),
        }
    }

    /// Forgets everything and starts over with this initial sequence number.
    pub fn reopen(&mut self, isn: u32) {
        *self = Self { isn, ..Self::new(&self.spec) };
    }

    /// Whether a frame from the target belongs to the flow.
    pub fn is_from_target(&self, frame: &Dissection<'_>) -> bool {
        let Some((src, dst)) = frame.addresses() else { return false };
        let Some((src_port, dst_port)) = frame.ports() else { return false };
        self.is_tuple((src, src_port), (dst, dst_port)) && frame.has(self.layer_kind())
    }

    fn is_tuple(&self, target: (IpAddr, u16), tester: (IpAddr, u16)) -> bool {
        target.0 == self.spec.target
            && tester == (self.spec.tester, self.spec.tester_port)
            && self.peer_port.is_none_or(|port| port == target.1)
    }

    /// TCP or UDP.
    pub const fn layer_kind(&self) -> LayerKind {
        match self.spec.kind {
            crate::target::SocketKind::Tcp => LayerKind::Tcp,
            crate::target::SocketKind::Udp => LayerKind::Udp,
        }
    }

    /// Whether both SYNs carried timestamps.
    pub const fn timestamps_on(&self) -> bool {
        self.own_timestamps && self.peer_timestamps
    }

    /// The tester's timestamp clock: milliseconds, offset so that it is never zero.
    pub const fn ts_value(now: Instant) -> u32 {
        (now.as_millis() as u32).wrapping_add(1_000_000)
    }

    /// The options that the tester sends with these control bits if the case says nothing.
    pub fn default_options(&self, flags: i64, now: Instant) -> Vec<TcpOption> {
        let timestamps = || TcpOption::Timestamps(Self::ts_value(now).into(), self.ts_recent.into());
        if flags & SYN == 0 {
            let on = self.timestamps_on() && flags & RST == 0;
            return if on { vec![TcpOption::Nop, TcpOption::Nop, timestamps()] } else { Vec::new() };
        }
        // A SYN-ACK answers offers, it makes none of its own (RFC 7323 2.2, 3.2; RFC 2018 2).
        let answers = flags & ACK != 0;
        let spec = &self.spec;
        let mut options = Vec::new();
        options.extend(spec.mss.map(|mss| TcpOption::Mss(mss.into())));
        if spec.sack && (!answers || self.peer_sack) {
            options.push(TcpOption::SackPermitted);
        }
        if spec.timestamps && (!answers || self.peer_timestamps) {
            options.push(timestamps());
        }
        if let Some(shift) = spec.window_scale.filter(|_| !answers || self.peer_scale.is_some()) {
            options.extend([TcpOption::Nop, TcpOption::WindowScale(shift.into())]);
        }
        options
    }

    /// The number on the wire for a relative one. `own`: of the tester's number space.
    pub fn absolute(&self, own: bool, relative: i64) -> u32 {
        let isn = if own { self.isn } else { self.peer_isn.unwrap_or(0) };
        isn.wrapping_add(relative as u32)
    }

    /// The relative number for one on the wire, between -2^31 and 2^31 around the flow's current position.
    pub fn relative(&self, own: bool, absolute: u32) -> i64 {
        let (isn, near) = if own { (self.isn, self.snd_nxt) } else { (self.peer_isn.unwrap_or(0), self.rcv_nxt) };
        let offset = absolute.wrapping_sub(isn);
        i64::from(near) + i64::from(offset.wrapping_sub(near) as i32)
    }

    /// Takes note of a segment that the tester sent.
    pub fn sent(&mut self, frame: &Dissection<'_>) {
        let Some(segment) = Segment::of(frame) else { return };
        if segment.flags & SYN != 0 {
            self.own_scale = frame.tcp_option(3).and_then(|data| data.first().copied());
            self.own_timestamps = frame.tcp_option(8).is_some();
        }
        let in_order = segment.seq.wrapping_sub(self.isn) == self.snd_nxt;
        // A SYN occupies a number only as the first segment; a RST none that counts.
        let counts = segment.flags & RST == 0 && (segment.flags & SYN == 0 || self.snd_nxt == 0);
        if in_order && counts {
            self.snd_nxt = self.snd_nxt.wrapping_add(segment.len);
        }
        let end = segment.seq.wrapping_sub(self.isn).wrapping_add(segment.len);
        if counts && after(end, self.snd_max) {
            self.snd_max = end;
        }
        if segment.flags & ACK != 0 && self.peer_isn.is_some() {
            let ack = segment.ack.wrapping_sub(self.peer_isn.unwrap_or(0));
            if after(ack, self.rcv_acked) && !after(ack, self.rcv_nxt) {
                self.rcv_acked = ack;
            }
        }
    }

    /// Takes note of a frame from the target that the tester has looked at.
    pub fn received(&mut self, frame: &Dissection<'_>) {
        if !self.is_from_target(frame) {
            return;
        }
        if self.peer_port.is_none() {
            self.peer_port = frame.ports().map(|(src, _)| src);
        }
        let Some(segment) = Segment::of(frame) else { return };
        if segment.flags & SYN != 0 && self.peer_isn.is_none() {
            self.peer_isn = Some(segment.seq);
            self.peer_scale = frame.tcp_option(3).and_then(|data| data.first().copied());
            self.peer_timestamps = frame.tcp_option(8).is_some();
            self.peer_sack = frame.tcp_option(4).is_some();
            self.peer_mss = frame.get_mss();
        }
        let Some(peer_isn) = self.peer_isn else { return };
        if segment.flags & RST != 0 {
            return;
        }
        if segment.seq.wrapping_sub(peer_isn) == self.rcv_nxt {
            self.rcv_nxt = self.rcv_nxt.wrapping_add(segment.len);
            if let Some(value) = frame.tcp_option(8).and_then(|data| data.get(..4)?.try_into().ok()) {
                self.ts_recent = u32::from_be_bytes(value);
            }
        }
        if segment.flags & ACK != 0 {
            let ack = segment.ack.wrapping_sub(self.isn);
            // The target has more than what went out in order: holes were filled.
            if after(ack, self.snd_nxt) && !after(ack, self.snd_max) {
                self.snd_nxt = ack;
            }
            if after(ack, self.snd_una) && !after(ack, self.snd_nxt) {
                self.snd_una = ack;
            }
            if !after(ack, self.snd_nxt) && !after(self.snd_una, ack) {
                self.edge = ack.wrapping_add(segment.window << self.peer_shift(segment.flags));
            }
        }
    }

    /// The shift of the target's window field: none on a SYN, and none unless both offered it (RFC 7323 2.2).
    pub fn peer_shift(&self, flags: i64) -> u32 {
        match (self.own_scale, self.peer_scale) {
            (Some(_), Some(shift)) if flags & SYN == 0 => u32::from(shift.min(14)),
            _ => 0,
        }
    }

    /// The shift of the tester's own window field, once both offered it.
    pub fn own_shift(&self) -> u32 {
        match (self.own_scale, self.peer_scale) {
            (Some(shift), Some(_)) => u32::from(shift.min(14)),
            _ => 0,
        }
    }

    /// The relative sequence and acknowledgment number of a frame from the target.
    pub fn numbers_of(&self, frame: &Dissection<'_>) -> Option<(i64, i64)> {
        let segment = Segment::of(frame)?;
        // The first SYN of an unknown target defines its zero.
        let seq = match self.peer_isn {
            None if segment.flags & SYN != 0 => 0,
            _ => self.relative(false, segment.seq),
        };
        Some((seq, self.relative(true, segment.ack)))
    }
}

impl Dissection<'_> {
    /// The value of the MSS option.
    pub fn get_mss(&self) -> Option<u16> {
        Some(u16::from_be_bytes(self.tcp_option(2)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::suite::{Scene, typical_profile};
    use crate::target::{Family, Link};
    use crate::timeline::encode::{Context, encode};
    use crate::timeline::field::any;
    use crate::timeline::{Field, PacketSpec};

    /// A flow whose tester number space wraps soon, and the scene that has it.
    fn scene() -> (Scene, FlowState) {
        let mut s = Scene::new(Family::Ipv4, BTreeMap::new(), typical_profile());
        let spec = s.flow("c", 80);
        spec.isn = u32::MAX - 10;
        spec.window_scale = Some(2);
        spec.timestamps = true;
        let state = FlowState::new(spec);
        (s, state)
    }

    /// What the tester sends for a spec.
    fn send(flow: &mut FlowState, spec: &PacketSpec) -> Vec<u8> {
        let (vars, frames) = Default::default();
        let link = Link::standard(0);
        let context = Context { link: &link, now: Instant::ZERO, flow: Some(flow), vars: &vars, frames: &frames };
        let bytes = encode(spec, &context).expect("a plain spec");
        flow.sent(&Dissection::of(&bytes));
        bytes
    }

    /// The target sends a segment with absolute numbers.
    fn receive(flow: &mut FlowState, seq: u32, ack: i64, change: impl Fn(PacketSpec) -> PacketSpec) {
        let (vars, frames) = Default::default();
        let link = Link::standard(0);
        let spec = crate::timeline::packet::ipv4().src(link.target_v4.0).dst(link.tester_v4);
        let spec = spec.tcp(80, flow.spec.tester_port).seq(seq).ack_number(flow.absolute(true, ack));
        let context = Context { link: &link, now: Instant::ZERO, flow: None, vars: &vars, frames: &frames };
        let bytes = encode(&change(spec), &context).expect("a plain spec");
        flow.received(&Dissection::of(&bytes));
    }

    fn open(s: &Scene, flow: &mut FlowState) {
        send(flow, &s.tcp("c").syn());
        assert_eq!(flow.snd_nxt, 1);
        receive(flow, 500, 1, |spec| {
            let scale = crate::timeline::TcpOption::WindowScale(3.into());
            spec.syn_ack().window(1_000).mss(900).option(scale).timestamps(77, any())
        });
        send(flow, &s.tcp("c").ack());
    }

    #[test]
    fn a_handshake_teaches_both_number_spaces() {
        let (s, mut flow) = scene();
        open(&s, &mut flow);
        assert_eq!((flow.peer_isn, flow.rcv_nxt, flow.rcv_acked, flow.snd_una), (Some(500), 1, 1, 1));
        assert_eq!((flow.peer_mss, flow.ts_recent), (Some(900), 77));
        assert_eq!(flow.edge, 1 + 1_000, "the window of a SYN is not scaled");
        assert!(flow.timestamps_on());
        assert_eq!((flow.peer_shift(ACK), flow.own_shift()), (3, 2));
    }

    #[test]
    fn numbers_wrap_and_windows_scale() {
        let (s, mut flow) = scene();
        open(&s, &mut flow);
        send(&mut flow, &s.tcp("c").data(100));
        assert_eq!(flow.snd_nxt, 101);
        receive(&mut flow, 501, 101, |spec| spec.ack().window(10));
        assert_eq!((flow.snd_una, flow.edge), (101, 101 + 80));
        assert_eq!(flow.relative(true, flow.absolute(true, 101)), 101);
        assert_eq!(flow.relative(false, 499), -1);
    }

    #[test]
    fn only_segments_in_order_move_the_flow() {
        let (s, mut flow) = scene();
        open(&s, &mut flow);
        send(&mut flow, &s.tcp("c").seq_next(50).data(50));
        assert_eq!((flow.snd_nxt, flow.snd_max), (1, 101));
        send(&mut flow, &s.tcp("c").data(50));
        assert_eq!(flow.snd_nxt, 51);
        receive(&mut flow, 501, 101, |spec| spec.ack());
        assert_eq!(flow.snd_nxt, 101, "the target has what was sent out of order");
        send(&mut flow, &s.tcp("c").rst());
        send(&mut flow, &s.tcp("c").seq(Field::Una(-1)).data(1));
        assert_eq!(flow.snd_nxt, 101);
        receive(&mut flow, 600, 101, |spec| spec.ack().data(10));
        assert_eq!(flow.rcv_nxt, 1, "a hole before it");
        receive(&mut flow, 501, 101, |spec| spec.fin().data(10));
        assert_eq!(flow.rcv_nxt, 12);
    }

    #[test]
    fn timestamps_are_sent_once_both_offered_them() {
        let (s, mut flow) = scene();
        open(&s, &mut flow);
        let bytes = send(&mut flow, &s.tcp("c").ack());
        let echo = Dissection::of(&bytes).tcp_option(8).map(|data| data[4..].to_vec());
        assert_eq!(echo, Some(77u32.to_be_bytes().to_vec()));
        let bare = send(&mut flow, &s.tcp("c").ack().no_options());
        assert_eq!(Dissection::of(&bare).tcp_options(), []);
        flow.reopen(9);
        assert!(!flow.timestamps_on() && flow.peer_isn.is_none() && flow.isn == 9);
    }
}
