//! CLOSED (RFC 9293 3.10.7.1), and how every reset that answers a segment is formed (3.5.2).

use crate::fault::{Fault, FaultSet};
use crate::seq::SeqNumber;
use crate::tcp::segment::Segment;
use crate::tcp::tuple::FourTuple;
use crate::wire::tcp::{TcpFlags, TcpOption, TcpOptions, TcpRepr};

/// The answer to a segment for which there is no connection; `None` for a reset. `tuple` is the segment's
/// connection as we would see it: `local` is where the segment was sent to.
pub fn closed_reply(seg: &Segment<'_>, tuple: &FourTuple, faults: &FaultSet) -> Option<TcpRepr> {
    // RFC9293-WP-1: a reset is never answered.
    if seg.flags.rst() && !faults.has(Fault::RstForRst) || faults.has(Fault::ClosedSilent) {
        return None;
    }
    // Acceptable to whoever sent the segment.
    if seg.flags.ack() {
        return Some(reset(seg, tuple, seg.ack, None));
    }
    let end = if faults.has(Fault::ClosedResetWrongAck) { seg.seq } else { seg.end() };
    Some(reset(seg, tuple, SeqNumber(0), Some(end)))
}

/// `<SEQ=seq><CTL=RST>`, or with ACK if `ack` is given.
pub(in crate::tcp) fn reset(seg: &Segment<'_>, tuple: &FourTuple, seq: SeqNumber, ack: Option<SeqNumber>) -> TcpRepr {
    let mut options = TcpOptions::EMPTY;
    if let Some((value, _)) = seg.options.timestamps {
        // RFC7323-5.2-2 and RFC7323-5.2-3: TSval 0, TSecr is the TSval that caused the reset.
        options.push_bytes(&[1, 1]);
        options.push(&TcpOption::Timestamps { value: 0, echo: value });
    }
    TcpRepr {
        src_port: tuple.local.port(),
        dst_port: tuple.remote.port(),
        seq,
        ack: ack.unwrap_or(SeqNumber(0)),
        flags: if ack.is_some() { TcpFlags::RST_ACK } else { TcpFlags::RST },
        window: 0,
        urgent: 0,
        options,
    }
}
