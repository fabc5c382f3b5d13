//! What ICMP errors do to a connection (RFC 9293 3.9.2.2, RFC 5461, RFC 5927).

use super::connection::Connection;
use super::state::State;
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::seq::SeqNumber;
use crate::time::Instant;

/// An ICMP error about a segment of this connection, sorted by what TCP does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcmpEvent {
    /// May pass: network or host unreachable, source route failed, time exceeded, parameter problem.
    Soft(Errno),
    /// Will not pass: protocol or port unreachable, communication prohibited.
    Hard(Errno),
    /// The packet was larger than `mtu` and must not be fragmented.
    PacketTooBig {
        /// MTU of the next hop, 0 if the router did not say.
        mtu: usize,
    },
}

impl Connection {
    /// An ICMP error quotes a segment that we sent with sequence number `quoted_seq`. Errors about sequence
    /// numbers that are not outstanding are ignored.
    pub fn handle_icmp(&mut self, now: Instant, event: IcmpEvent, quoted_seq: SeqNumber) -> Option<DropReason> {
        self.tick(now);
        // RFC 5927 4.1: SND.UNA =< SEG.SEQ < SND.NXT.
        if self.state == State::Closed || !quoted_seq.in_window(self.snd.una, self.snd.flight()) {
            return Some(DropReason::IcmpIgnored);
        }
        match event {
            IcmpEvent::Soft(error) => {
                if self.config.faults.has(Fault::SoftErrorAborts) {
                    self.terminate(Some(error));
                    return None;
                }
                // RFC9293-MUST-56: never aborts; RFC9293-SHLD-25: the application can learn of it.
                self.soft_error = Some(error);
            }
            IcmpEvent::Hard(error) => {
                if self.config.faults.has(Fault::HardErrorIgnored) {
                    return Some(DropReason::IcmpIgnored);
                }
                if self.state.is_synchronized() && !self.config.hard_errors_abort {
                    // RFC 5927 5.2: soft once the connection is synchronized.
                    self.soft_error = Some(error);
                } else {
                    // RFC9293-SHLD-26.
                    self.terminate(Some(error));
                }
            }
            IcmpEvent::PacketTooBig { mtu } => return self.packet_too_big(now, mtu),
        }
        None
    }

    fn packet_too_big(&mut self, now: Instant, mtu: usize) -> Option<DropReason> {
        let current = self.mtu as usize;
        let least = if self.tuple.is_ipv4() { 68 } else { 1_280 };
        // RFC 1191 5: a router that says nothing means the next plateau.
        let mtu = if mtu == 0 { plateau_below(current) } else { mtu.max(least) };
        if mtu >= current {
            return Some(DropReason::IcmpIgnored);
        }
        self.set_mtu(now, mtu);
        None
    }
}

/// The plateaus of RFC 1191 7.1.
fn plateau_below(mtu: usize) -> usize {
    const PLATEAUS: [usize; 10] = [32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68];
    PLATEAUS.into_iter().find(|plateau| *plateau < mtu).unwrap_or(68)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plateaus() {
        assert_eq!((plateau_below(1_500), plateau_below(1_492), plateau_below(68)), (1_492, 1_006, 68));
    }
}
