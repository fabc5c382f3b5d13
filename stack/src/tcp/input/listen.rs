//! LISTEN (RFC 9293 3.10.7.2): what a listener does with a segment. The connection itself is made by
//! [`super::Connection::accept`].

use super::closed::reset;
use crate::event::DropReason;
use crate::fault::{Fault, FaultSet};
use crate::tcp::segment::Segment;
use crate::tcp::tuple::FourTuple;
use crate::wire::tcp::TcpRepr;

/// What a listener does with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenDecision {
    /// Drop it.
    Drop(DropReason),
    /// Send this reset.
    Reset(TcpRepr),
    /// A SYN: make a connection of it.
    Syn,
}

/// The checks of LISTEN, in their order.
pub fn listen_decision(seg: &Segment<'_>, tuple: &FourTuple, faults: &FaultSet) -> ListenDecision {
    if seg.flags.rst() {
        // First: a reset is ignored.
        return ListenDecision::Drop(DropReason::NoConnection);
    }
    if seg.flags.ack() {
        // RFC9293-WP-2: second, an ACK is bad here.
        if faults.has(Fault::ListenIgnoresAck) {
            return ListenDecision::Drop(DropReason::UnacceptableAck);
        }
        return ListenDecision::Reset(reset(seg, tuple, seg.ack, None));
    }
    // Third; fourth: anything else is dropped.
    if seg.flags.syn() { ListenDecision::Syn } else { ListenDecision::Drop(DropReason::NoConnection) }
}
