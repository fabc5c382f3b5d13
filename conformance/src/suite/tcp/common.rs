//! What several topics share: the answers of RFC 9293 3.10.7 as packet specs, and proofs that a connection lives or
//! is gone.

use crate::suite::prelude::*;
use crate::target::Duration;

/// The states in which text and FIN of the tester are taken.
pub(super) const RECEIVING: &[State] = &[State::Established, State::FinWait1, State::FinWait2];

/// The synchronized states but TIME-WAIT, where RFC 9293 3.6.1 lets a SYN begin anew.
pub(super) const BEFORE_TIME_WAIT: &[State] =
    &[State::Established, State::FinWait1, State::FinWait2, State::CloseWait, State::Closing, State::LastAck];

/// The tester's port of segments that belong to no flow.
pub(super) const PEER: u16 = 41_000;

/// The state of the parameter `state`.
pub(super) fn state_param(s: &Scene) -> State {
    State::from_slug(s.param("state"))
}

/// Whatever the target says on the flow, but for retransmissions of its FIN, which may come at any time.
pub(super) fn reaction(s: &Scene, flow: &str) -> PacketSpec {
    s.tcp(flow).flags_without("F")
}

/// `<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>`, empty.
pub(super) fn current_ack(s: &Scene, flow: &str) -> PacketSpec {
    s.tcp(flow).pure_ack().seq_next(0).ack_next(0)
}

/// Any segment with ACK and neither SYN nor RST, be it a retransmitted FIN.
pub(super) fn acks(s: &Scene, flow: &str) -> PacketSpec {
    s.tcp(flow).set(FieldId::TcpFlags, mask(0x16, 0x10))
}

/// Such a segment that acknowledges all that the tester has sent in order.
pub(super) fn acknowledges(s: &Scene, flow: &str) -> PacketSpec {
    acks(s, flow).ack_next(0)
}

/// The target answers what was sent with an empty ACK that has the current numbers, and with nothing else.
pub(super) fn expect_current_ack(s: &mut Scene, flow: &str, why: &str) {
    let rst = s.tcp(flow).any_rst();
    s.expect(current_ack(s, flow)).forbid(rst).why(why);
}

/// An old segment, left of the window, to which a living connection has to answer.
pub(super) fn old_segment(s: &Scene, flow: &str) -> PacketSpec {
    s.tcp(flow).ack().ack_number(Field::Una(0)).seq_next(-1).no_payload().untracked()
}

/// An upper bound for one retransmission timeout that was not backed off: the first one, or the least one.
pub(super) fn rto_bound(s: &Scene) -> Duration {
    let profile = s.profile();
    let rto = if profile.rto_initial > profile.rto_min { profile.rto_initial } else { profile.rto_min };
    rto * 2
}

/// The tester sends data and the application reads it.
pub(super) fn data_flows(s: &mut Scene, flow: &str) {
    s.inject(s.tcp(flow).ack().payload("alive")).why("the connection lives: data");
    s.expect(acknowledges(s, flow)).why("the connection lives: its data is acknowledged");
    s.expect_bytes(flow, "alive").why("the connection lives: its data is read, and nothing else");
}

/// Shows that the connection, which [`Scene::in_state`] brought into `state`, is still there and works.
pub(super) fn alive(s: &mut Scene, flow: &str, state: State) {
    match state {
        State::Established | State::FinWait1 | State::FinWait2 => data_flows(s, flow),
        State::CloseWait => {
            s.send(flow, "alive").why("the connection lives: data");
            s.expect(s.tcp(flow).ack().seq_next(0).ack_next(0).payload("alive")).why("the connection lives: its data");
        }
        State::Closing | State::LastAck => {
            s.forget();
            let bound = rto_bound(s) * 4;
            s.expect(s.tcp(flow).fin().seq(1).ack_next(0))
                .within(bound)
                .why("the connection lives: its FIN is retransmitted");
        }
        State::TimeWait => {
            // A stack may limit such answers; a second is more than any limit asks for.
            s.inject(s.tcp(flow).fin().seq_next(-1).untracked()).after(secs(1)).why("the connection lives: FIN again");
            s.expect(current_ack(s, flow)).why("TIME-WAIT lives: a repeated FIN is acknowledged");
        }
        _ => panic!("{} has no proof of life", state.slug()),
    }
}

/// Shows that the target knows the connection no more: an ACK is answered as by CLOSED and LISTEN.
pub(super) fn gone(s: &mut Scene, flow: &str) {
    s.inject(s.tcp(flow).ack().untracked()).why("is the connection gone?");
    s.expect(s.tcp(flow).rst().seq_next(0)).why("no connection: an ACK is answered by <SEQ=SEG.ACK><CTL=RST>");
}

/// The tester opens another flow to the listener `<flow>.listener`'s port, which proves that the listener works.
pub(super) fn listener_works(s: &mut Scene, listener: &str, port: u16) {
    s.flow("proof", port);
    s.handshake("proof").why("a proper handshake works");
    s.accept(listener, "proof").why("and can be accepted");
}
