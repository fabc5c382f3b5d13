//! What must hold after every event, and for every segment that leaves.

use core::net::IpAddr;

use wireproof_stack::seq::SeqNumber;
use wireproof_stack::tcp::{State, TcpInfo};
use wireproof_stack::wire::tcp::{TcpFlags, TcpPacket};

use super::{World, own_octet};
use crate::digest::Digest;
use crate::generators::build::protocol;
use crate::models::checksum::{is_valid, pseudo_header};

/// The moves of RFC 9293 figure 5 and its notes, but those that lead to CLOSED, which is open to every state.
const MOVES: &[(State, State)] = &[
    (State::SynSent, State::SynReceived),
    (State::SynSent, State::Established),
    (State::SynReceived, State::Established),
    (State::SynReceived, State::FinWait1),
    (State::SynReceived, State::CloseWait),
    (State::Established, State::FinWait1),
    (State::Established, State::CloseWait),
    (State::FinWait1, State::FinWait2),
    (State::FinWait1, State::Closing),
    (State::FinWait1, State::TimeWait),
    (State::FinWait2, State::TimeWait),
    (State::CloseWait, State::LastAck),
    (State::Closing, State::TimeWait),
];

/// Whether one event may lead from `from` to `to`: at most three moves (a segment can carry SYN, ACK and FIN).
fn may_move(from: State, to: State) -> bool {
    let mut reached = vec![from];
    for _ in 0..3 {
        let next: Vec<State> = MOVES.iter().filter(|(at, _)| reached.contains(at)).map(|(_, to)| *to).collect();
        reached.extend(next);
    }
    reached.contains(&to) || to == State::Closed && from != State::Closed
}

/// What no event may break.
pub fn step(before: &TcpInfo, after: &TcpInfo, digest: &mut Digest) {
    assert!(may_move(before.state, after.state), "{} to {}", before.state, after.state);
    assert!(after.snd_una.le(after.snd_nxt), "SND.UNA =< SND.NXT: {after:?}");
    assert!(after.snd_una.ge(before.snd_una), "SND.UNA went back: {before:?} to {after:?}");
    assert!(after.snd_nxt.ge(before.snd_nxt), "SND.NXT went back: {before:?} to {after:?}");
    if before.state != State::SynSent {
        assert!(after.rcv_nxt.ge(before.rcv_nxt), "RCV.NXT went back: {before:?} to {after:?}");
    }
    assert!(after.acked >= before.acked && after.received >= before.received);
    assert!(after.snd_mss > 0 && after.cwnd > 0, "a sender that can never send: {after:?}");
    marks(before, after, digest);
}

fn marks(before: &TcpInfo, after: &TcpInfo, digest: &mut Digest) {
    match after.state {
        State::Established => digest.mark("ESTABLISHED"),
        State::FinWait2 => digest.mark("FIN-WAIT-2"),
        State::Closing => digest.mark("CLOSING"),
        State::TimeWait => digest.mark("TIME-WAIT"),
        State::CloseWait => digest.mark("CLOSE-WAIT"),
        State::LastAck => digest.mark("LAST-ACK"),
        State::Closed if before.state >= State::TimeWait => digest.mark("closed again"),
        _ => {}
    }
    if after.acked > before.acked {
        digest.mark("text acknowledged");
    }
    if after.retransmits > before.retransmits && after.state >= State::Established {
        digest.mark("RTO fired");
    }
    if after.in_recovery && after.retransmits == 0 {
        digest.mark("fast retransmit");
    }
    if after.state == State::Established && before.snd_wnd > 0 && after.snd_wnd == 0 {
        digest.mark("zero window");
    }
    if after.probes > 0 {
        digest.mark("window probe");
    }
    if after.window_scale.is_some() {
        digest.mark("window scale");
    }
}

/// Memory stays within what the buffers allow, and nothing received is lost on its way to the reader.
pub fn memory(world: &World<'_>) {
    let info = world.conn.info();
    let most = 4 * world.buffers + 4_096;
    assert!(info.buffer_memory <= most, "{} octets of buffers, {most} allowed", info.buffer_memory);
    assert!(world.conn.unacknowledged() <= world.buffers, "more queued than the send buffer takes");
    if !world.app.closed_read && info.state != State::Closed {
        let unread = world.conn.unread() as u64;
        assert_eq!(world.app.received + unread, info.received, "octets received are read or waiting");
    }
}

/// Checks a segment that leaves, and lets the peer take note of it.
pub fn emitted(world: &mut World<'_>, before: &TcpInfo, bytes: &[u8]) {
    let after = world.conn.info();
    let (local, remote) = (world.tuple.local, world.tuple.remote);
    assert!(checksum_is_right(local.ip(), remote.ip(), bytes), "wrong checksum");
    let packet = TcpPacket::new_checked(bytes).expect("a whole segment");
    assert_eq!((packet.src_port(), packet.dst_port()), (local.port(), remote.port()));
    let (flags, seq, text) = (packet.flags(), packet.seq(), packet.payload());
    let end = seq + packet.segment_len() as u32;
    numbers(world, before, &packet, end);
    content(world, flags, seq, text);
    if !flags.syn() && !flags.rst() {
        assert!(text.len() <= usize::from(before.snd_mss), "{} octets, MSS {}", text.len(), before.snd_mss);
    }
    if flags.ack() {
        assert_eq!(packet.ack(), after.rcv_nxt, "the ACK number is RCV.NXT");
    }
    if !flags.rst() && after.state != State::SynSent {
        window(world, &after, &packet);
    }
    let options = packet.decoded_options();
    assert!(!options.malformed, "malformed options leave the stack");
    if options.sack[0].is_some() {
        world.digest.mark("SACK sent");
    }
    world.peer.note(seq, end, options.timestamps.map(|(value, _)| value));
    world.digest.see(&(flags, seq, packet.ack(), packet.window(), text.len()));
}

fn checksum_is_right(local: IpAddr, remote: IpAddr, bytes: &[u8]) -> bool {
    let octets = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    is_valid(&[&pseudo_header(&octets(local), &octets(remote), protocol::TCP, bytes.len()), bytes])
}

/// Sequence numbers stay between SND.UNA and what was queued, and new text inside the peer's window.
fn numbers(world: &World<'_>, before: &TcpInfo, packet: &TcpPacket<&[u8]>, end: SeqNumber) {
    let (flags, seq) = (packet.flags(), packet.seq());
    if flags.rst() {
        assert_eq!(packet.segment_len(), 0, "a reset with text");
        return;
    }
    let lowest = SeqNumber(before.snd_una.0.wrapping_sub(1));
    assert!(seq.ge(lowest) && seq.le(before.snd_nxt), "SEG.SEQ {seq:?} is neither outstanding nor next: {before:?}");
    let queued = world.iss + 1 + world.app.sent as u32 + u32::from(world.app.closed_write);
    assert!(end.le(queued), "SEG.SEQ + SEG.LEN {end:?} is more than was queued, {queued:?}");
    let fresh = end.gt(before.snd_nxt) && !flags.syn();
    if fresh && packet.segment_len() > 1 {
        let edge = before.snd_una + before.snd_wnd;
        assert!(end.le(edge), "new text up to {end:?} beyond the window {edge:?}: {before:?}");
    }
}

/// SYN, FIN and text are where the streams have them.
fn content(world: &World<'_>, flags: TcpFlags, seq: SeqNumber, text: &[u8]) {
    if flags.syn() {
        assert!(
            seq == world.iss && text.is_empty() && !flags.fin() && !flags.rst(),
            "a SYN with {flags}, {} octets",
            text.len()
        );
        return;
    }
    assert!(flags.ack() || flags.rst(), "only a SYN or a reset goes without an ACK: {flags}");
    let offset = u64::from(seq.bytes_since(world.iss + 1));
    for (index, octet) in text.iter().enumerate() {
        let place = offset + index as u64;
        assert_eq!(*octet, own_octet(place), "octet {place} of the stream");
    }
    if flags.fin() {
        assert!(world.app.closed_write, "a FIN that nobody asked for");
        assert_eq!(offset + text.len() as u64, world.app.sent, "the FIN follows the last octet");
    }
}

/// The right edge of the offered window never moves back by more than the scaling rounds off (RFC 9293 3.8.6).
fn window(world: &mut World<'_>, after: &TcpInfo, packet: &TcpPacket<&[u8]>) {
    let shift = if packet.flags().syn() { 0 } else { after.window_scale.map_or(0, |(_, shift)| shift) };
    let edge = packet.ack() + (u32::from(packet.window()) << shift);
    // A SYN that is sent again cannot say more than 65535, whatever an ACK has offered before.
    if let Some(before) = world.edge.filter(|_| !packet.flags().syn()) {
        let slack = (1u32 << shift) - 1;
        assert!((edge + slack).ge(before), "the window shrinks from {before:?} to {edge:?}");
    }
    world.edge = Some(world.edge.map_or(edge, |before| before.max(edge)));
}
