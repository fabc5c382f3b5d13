//! Properties over arbitrary operations: nothing panics, the polls agree, memory stays bounded, nothing is sent that
//! the windows do not allow.

use quickcheck::{Arbitrary, Gen};

use super::{IRS, ISS, Lab, plain, segment};
use crate::seq::SeqNumber;
use crate::tcp::{IcmpEvent, KeepAliveConfig, State, TcpConfig};
use crate::time::Duration;
use crate::wire::tcp::{TcpFlags, TcpOption, TcpOptions};

/// Something that happens to a connection.
#[derive(Clone, Debug)]
enum Op {
    Segment { flags: u8, seq: i16, ack: i16, window: u16, urgent: u16, len: u8, stamp: i8 },
    Send(u16),
    SendUrgent(u8),
    Recv(u16),
    RecvUrgent,
    Wait(u32),
    ShutdownWrite,
    ShutdownRead,
    Close,
    Abort,
    TooBig(u16),
    SoftError,
    NoDelay(bool),
    KeepAlive(bool),
    Buffer(u16),
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        // Mostly segments near the edges of the windows.
        let near = |g: &mut Gen| {
            let any = i16::arbitrary(g);
            *g.choose(&[0, 0, 0, 1, -1, 2, 1_000, 536, any]).unwrap()
        };
        let any = u8::arbitrary(g);
        match u8::arbitrary(g) % 40 {
            0..=17 => Self::Segment {
                flags: *g.choose(&[0x10, 0x10, 0x10, 0x18, 0x11, 0x12, 0x02, 0x04, 0x14, 0x30, any]).unwrap(),
                seq: near(g),
                ack: near(g),
                window: *g.choose(&[0, 1, 100, 1_000, 20_000, u16::MAX]).unwrap(),
                urgent: u16::arbitrary(g) % 300,
                len: *g.choose(&[0, 0, 1, 100, 255]).unwrap(),
                stamp: *g.choose(&[0, 1, -1]).unwrap(),
            },
            18..=22 => Self::Send(u16::arbitrary(g) % 5_000),
            23 => Self::SendUrgent(u8::arbitrary(g)),
            24..=26 => Self::Recv(u16::arbitrary(g) % 3_000),
            27 => Self::RecvUrgent,
            28..=31 => Self::Wait(u32::arbitrary(g) % 5_000_000),
            32 => Self::ShutdownWrite,
            33 => Self::ShutdownRead,
            34 => g.choose(&[Self::Close, Self::Abort, Self::SoftError]).unwrap().clone(),
            35 => Self::TooBig(u16::arbitrary(g) % 1_500),
            36 => Self::NoDelay(bool::arbitrary(g)),
            37 => Self::KeepAlive(bool::arbitrary(g)),
            38 => Self::Buffer(u16::arbitrary(g)),
            _ => Self::Wait(200_000_000),
        }
    }
}

/// Applies `op`; segments are made relative to what the connection expects, so that most of them matter.
fn apply(lab: &mut Lab, op: &Op) {
    let now = lab.now;
    let info = lab.conn.info();
    match *op {
        Op::Segment { flags, seq, ack, window, urgent, len, stamp } => {
            let mut seg = segment(
                TcpFlags(u16::from(flags)),
                info.rcv_nxt.0.wrapping_add(seq as u32),
                info.snd_nxt.0.wrapping_add(ack.min(0) as u32),
                window,
                TcpOptions::EMPTY,
                &[9; 255][..usize::from(len)],
            );
            seg.urgent = urgent;
            if info.timestamps {
                seg.options.timestamps = Some((1_000_u32.wrapping_add_signed(i32::from(stamp)), 0));
            }
            lab.conn.handle_segment(now, &seg);
        }
        Op::Send(len) => drop(lab.conn.send(now, &vec![1; usize::from(len)])),
        Op::SendUrgent(len) => drop(lab.conn.send_urgent(now, &vec![2; usize::from(len)])),
        Op::Recv(len) => drop(lab.conn.recv(now, &mut vec![0; usize::from(len)])),
        Op::RecvUrgent => drop(lab.conn.recv_urgent(now)),
        Op::Wait(micros) => drop(lab.sent_within(Duration::from_micros(u64::from(micros)))),
        Op::ShutdownWrite => drop(lab.conn.shutdown_write(now)),
        Op::ShutdownRead => lab.conn.shutdown_read(now),
        Op::Close => lab.conn.close(now),
        Op::Abort => lab.conn.abort(now),
        Op::TooBig(mtu) => {
            lab.conn.handle_icmp(now, IcmpEvent::PacketTooBig { mtu: usize::from(mtu) }, info.snd_una);
        }
        Op::SoftError => {
            lab.conn.handle_icmp(now, IcmpEvent::Soft(crate::errno::Errno::HostUnreachable), info.snd_una);
        }
        Op::NoDelay(on) => lab.conn.set_nodelay(on),
        Op::KeepAlive(on) => lab.conn.set_keep_alive(now, on.then(KeepAliveConfig::default)),
        Op::Buffer(octets) => lab.conn.set_receive_buffer(usize::from(octets)),
    }
}

/// What holds after every operation.
fn check(lab: &mut Lab) -> bool {
    for sent in lab.take() {
        let info = lab.conn.info();
        let end = sent.repr.seq + sent.text.len() as u32;
        // Text stays within what was queued; nothing but probes and repetitions goes beyond the window.
        if end.gt(info.snd_nxt + 1) || sent.text.len() > 1_000 {
            return false;
        }
        if sent.repr.flags.ack() && sent.repr.ack != info.rcv_nxt && sent.repr.ack != SeqNumber(0) {
            return false;
        }
    }
    let info = lab.conn.info();
    let closed = info.state == State::Closed;
    info.snd_una.le(info.snd_nxt)
        && info.buffer_memory <= 4 * 70_000
        && info.cwnd >= u32::from(info.snd_mss)
        && (!closed || lab.conn.poll_timeout().is_none())
        && lab.conn.is_closed() == closed
}

fn starts() -> Vec<Lab> {
    let full = TcpConfig { timestamps: true, sack: true, window_scale: true, ..plain() };
    let options = [
        TcpOption::MaxSegmentSize(1_000),
        TcpOption::SackPermitted,
        TcpOption::WindowScale(2),
        TcpOption::Timestamps { value: 1_000, echo: 0 },
    ];
    vec![
        Lab::connect(plain()),
        Lab::accept(plain(), TcpOptions::EMPTY),
        Lab::established(plain()),
        Lab::established_with(full, &options),
    ]
}

quickcheck::quickcheck! {
    /// The agreement of the two polls is asserted in `drain`, which every step runs.
    fn any_operations_keep_the_invariants(ops: Vec<Op>) -> bool {
        starts().into_iter().all(|mut lab| {
            ops.iter().all(|op| {
                apply(&mut lab, op);
                check(&mut lab)
            })
        })
    }

    /// Same operations, same bytes.
    fn runs_are_reproducible(ops: Vec<Op>) -> bool {
        let run = || {
            let mut lab = Lab::established(plain());
            ops.iter().flat_map(|op| {
                apply(&mut lab, op);
                lab.take()
            }).collect::<Vec<_>>()
        };
        run() == run()
    }

    /// In-order text in pieces of any size comes out as it went in, whatever the path through the code.
    fn in_order_text_is_delivered(pieces: Vec<u8>) -> bool {
        let mut lab = Lab::established(plain());
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        for (round, len) in pieces.into_iter().enumerate() {
            let text = vec![round as u8; usize::from(len)];
            let seq = SeqNumber(IRS + 1 + sent.len() as u32);
            let flags = if round % 3 == 0 { TcpFlags::PSH_ACK } else { TcpFlags::ACK };
            lab.conn.handle_segment(lab.now, &segment(flags, seq.0, ISS + 1, 20_000, TcpOptions::EMPTY, &text));
            sent.extend_from_slice(&text);
            lab.take();
            received.extend(lab.read().unwrap_or_default());
        }
        sent == received
    }
}
