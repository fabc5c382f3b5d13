//! The other end: makes segments that fit the connection's state, and segments that do not. Keeps what a peer needs
//! to know (how far the connection's stream has come, its last timestamp) and nothing more.

use core::fmt;

use wireproof_stack::seq::SeqNumber;
use wireproof_stack::tcp::{Segment, TcpInfo};
use wireproof_stack::time::Instant;
use wireproof_stack::wire::ip::Ecn;
use wireproof_stack::wire::tcp::{DecodedOptions, TcpFlags, TcpPacket};

use crate::generators::dna::Dna;

/// A segment with its text.
#[derive(Clone, Debug)]
pub struct OwnedSegment {
    pub seq: SeqNumber,
    pub ack: SeqNumber,
    pub flags: TcpFlags,
    pub window: u16,
    pub urgent: u16,
    pub options: DecodedOptions,
    pub payload: Vec<u8>,
}

impl OwnedSegment {
    /// As the connection takes it.
    pub fn borrow(&self) -> Segment<'_> {
        Segment {
            seq: self.seq,
            ack: self.ack,
            flags: self.flags,
            window: self.window,
            urgent: self.urgent,
            options: self.options,
            payload: &self.payload,
            ecn: Ecn::NotEct,
        }
    }
}

impl fmt::Display for OwnedSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, ack, flags, window, urgent, options, payload } = self;
        write!(
            f,
            "{flags} {} octets at {seq:?}, ack {ack:?}, window {window}, urgent {urgent}, {options:?}",
            payload.len()
        )
    }
}

/// A segment of the connection in words.
pub fn show(bytes: &[u8]) -> String {
    let packet = TcpPacket::new_unchecked(bytes);
    let (flags, seq, ack) = (packet.flags(), packet.seq(), packet.ack());
    format!("{flags} {} octets at {seq:?}, ack {ack:?}, window {}", packet.payload().len(), packet.window())
}

/// What the peer knows.
#[derive(Debug)]
pub struct Peer {
    /// The sequence number of the SYN that opened the connection, once one did.
    pub irs: Option<SeqNumber>,
    /// Window that it offers, as on the wire.
    pub window: u16,
    /// Up to where it has the connection's stream without a gap.
    pub have: SeqNumber,
    /// The last TSval that it saw.
    pub ts_recent: u32,
    first: SeqNumber,
}

impl Peer {
    /// A peer whose SYN will have the number `first`, in front of a connection that starts at `iss`.
    pub fn new(first: SeqNumber, iss: SeqNumber) -> Self {
        Self { irs: None, window: 65_535, have: iss, ts_recent: 0, first }
    }

    /// The text at `seq`: every octet is a function of its sequence number.
    pub fn text(&self, seq: SeqNumber, len: u32) -> Vec<u8> {
        (0..len).map(|offset| seq.0.wrapping_add(offset)).map(|seq| (seq ^ seq >> 7 ^ 0x5a) as u8).collect()
    }

    /// A SYN without an ACK.
    pub fn syn(&mut self, dna: &mut Dna) -> OwnedSegment {
        let bits = dna.u8();
        let options = DecodedOptions {
            max_segment_size: (bits & 1 == 0).then(|| *dna.choose(&[1_460, 536, 0, 1, 88, 65_535])),
            window_scale: (bits & 2 == 0).then(|| *dna.choose(&[7, 0, 14, 255])),
            sack_permitted: bits & 4 == 0,
            timestamps: (bits & 8 == 0).then_some((1, 0)),
            ..DecodedOptions::default()
        };
        self.window = *dna.choose(&[65_535, 10_000, 1_000, 1, 0]);
        let len = if bits & 0xf0 == 0xf0 { 100 } else { 0 };
        let payload = self.text(self.first + 1, len);
        let (ack, flags) = (SeqNumber(0), TcpFlags::SYN);
        OwnedSegment { seq: self.first, ack, flags, window: self.window, urgent: 0, options, payload }
    }

    /// A SYN,ACK of the connection's SYN.
    pub fn syn_ack(&mut self, dna: &mut Dna) -> OwnedSegment {
        let mut segment = self.syn(dna);
        segment.flags = TcpFlags::SYN_ACK;
        segment.ack = self.have;
        segment
    }

    /// An ACK of everything that the peer has, in order.
    pub fn ack(&self, info: &TcpInfo, now: Instant) -> OwnedSegment {
        let timestamps = info.timestamps.then(|| (now.as_millis() as u32, self.ts_recent));
        let options = DecodedOptions { timestamps, ..DecodedOptions::default() };
        OwnedSegment {
            seq: if self.irs.is_some() { info.rcv_nxt } else { self.first + 1 },
            ack: self.have,
            flags: TcpFlags::ACK,
            window: self.window,
            urgent: 0,
            options,
            payload: Vec::new(),
        }
    }

    /// A segment with any flags, numbers at and around the edges that matter, any window and options.
    pub fn any(&self, dna: &mut Dna, info: &TcpInfo, now: Instant) -> OwnedSegment {
        let mut segment = self.ack(info, now);
        segment.flags = TcpFlags(u16::from(dna.u8()));
        let off = |dna: &mut Dna| u32::from(dna.u8() % 5).wrapping_sub(2);
        let seqs = [info.rcv_nxt.0, info.rcv_nxt.0.wrapping_add(info.rcv_wnd), self.first.0, dna.u32()];
        segment.seq = SeqNumber(dna.choose(&seqs).wrapping_add(off(dna)));
        let acks = [info.snd_nxt.0, info.snd_una.0, self.have.0, info.snd_una.0.wrapping_sub(info.snd_wnd), dna.u32()];
        segment.ack = SeqNumber(dna.choose(&acks).wrapping_add(off(dna)));
        if dna.one_in(3) {
            segment.window = dna.u16();
        }
        segment.urgent = if dna.one_in(3) { dna.u16() } else { 0 };
        if dna.one_in(3) {
            segment.options = self.any_options(dna, info);
        }
        let len = dna.below(4) * 100;
        let first = segment.seq + u32::from(segment.flags.syn());
        segment.payload = self.text(first, len);
        segment
    }

    fn any_options(&self, dna: &mut Dna, info: &TcpInfo) -> DecodedOptions {
        let bits = dna.u8();
        let edge = |dna: &mut Dna| SeqNumber(info.snd_una.0.wrapping_add(dna.below(4_000)).wrapping_sub(200));
        let mut sack = [None; 4];
        for block in sack.iter_mut().take(usize::from(bits & 7).min(4)) {
            *block = Some((edge(dna), edge(dna)));
        }
        DecodedOptions {
            max_segment_size: (bits & 8 != 0).then(|| dna.u16()),
            window_scale: (bits & 16 != 0).then(|| dna.u8()),
            sack_permitted: bits & 32 != 0,
            timestamps: (bits & 64 != 0).then(|| (dna.u32(), dna.u32())),
            malformed: bits & 128 != 0,
            sack,
        }
    }

    /// Takes note of a segment of the connection: `seq` to `end`, and its TSval.
    pub fn note(&mut self, seq: SeqNumber, end: SeqNumber, ts_value: Option<u32>) {
        if seq.le(self.have) && end.gt(self.have) {
            self.have = end;
        }
        if let Some(value) = ts_value {
            self.ts_recent = value;
        }
    }
}
