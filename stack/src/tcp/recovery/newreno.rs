//! Fast retransmit and fast recovery (RFC 5681 3.2, RFC 6582 3.2) with limited transmit (RFC 3042).

use super::{AckContext, Action, LossRecovery};
use crate::fault::Fault;
use crate::seq::SeqNumber;
use crate::tcp::config::TcpConfig;
use crate::tcp::congestion::CongestionControl;

/// NewReno's state: how many duplicate ACKs came in a row and where the recovery ends.
#[derive(Clone, Debug)]
pub struct NewReno {
    /// The highest sequence number sent when the last recovery or timeout began.
    recover: SeqNumber,
    /// Octets that limited transmit allows beyond cwnd.
    allowance: u32,
    duplicates: u16,
    in_recovery: bool,
    /// A partial ACK of this recovery has already restarted the timer.
    partial_seen: bool,
}

impl NewReno {
    /// RFC 6582 3.2 step 1. `recover` starts one before the ISS, so that the first window of data is covered too.
    pub fn new(iss: SeqNumber) -> Self {
        Self { recover: iss - 1, allowance: 0, duplicates: 0, in_recovery: false, partial_seen: false }
    }

    fn enter(&mut self, ack: &AckContext, cc: &mut impl CongestionControl) -> Action {
        // RFC 6582 3.2 step 2.
        self.recover = ack.nxt - 1;
        self.in_recovery = true;
        self.partial_seen = false;
        // RFC5681-3.2-8: what limited transmit sent does not count.
        cc.on_loss(ack.now, ack.flight().saturating_sub(self.allowance));
        self.allowance = 0;
        // RFC5681-3.2-9: retransmit, cwnd <- ssthresh + 3 * SMSS.
        cc.set_cwnd(cc.ssthresh() + 3 * ack.smss);
        Action::RetransmitFirst
    }
}

impl LossRecovery for NewReno {
    fn on_duplicate_ack(&mut self, config: &TcpConfig, ack: &AckContext, cc: &mut impl CongestionControl) -> Action {
        self.duplicates = self.duplicates.saturating_add(1);
        if self.in_recovery {
            // RFC5681-3.2-10; RFC5681-3.2-11: no more often than there are segments outstanding.
            if u32::from(self.duplicates) <= ack.flight() / ack.smss.max(1) + config.duplicate_ack_threshold {
                cc.set_cwnd(cc.cwnd().saturating_add(ack.smss));
            }
            return Action::None;
        }
        if u32::from(self.duplicates) < config.duplicate_ack_threshold {
            // RFC3042-2-1, RFC3042-2-3: one more segment each, with SACK only on new information.
            let limited = config.limited_transmit && !config.faults.has(Fault::NoLimitedTransmit);
            if limited && (!ack.sack || ack.new_sack) {
                self.allowance += ack.smss;
            }
            return Action::None;
        }
        // RFC 6582 3.2 step 2: ack_number - 1 > recover, so that one window is halved once.
        let covers = (ack.ack - 1).gt(self.recover);
        if u32::from(self.duplicates) > config.duplicate_ack_threshold || !covers {
            return Action::None;
        }
        if config.faults.has(Fault::NoFastRetransmit) {
            return Action::None;
        }
        self.enter(ack, cc)
    }

    fn on_new_ack(&mut self, ack: &AckContext, cc: &mut impl CongestionControl) -> (Action, bool) {
        self.duplicates = 0;
        self.allowance = 0;
        if !self.in_recovery {
            return (Action::None, true);
        }
        if ack.ack.gt(self.recover) {
            // RFC 6582 3.2 step 3, full acknowledgment, choice (1); RFC5681-3.2-13.
            let flight = ack.nxt.bytes_since(ack.ack);
            cc.set_cwnd(cc.ssthresh().min(flight.max(ack.smss) + ack.smss));
            self.in_recovery = false;
            return (Action::None, false);
        }
        // Partial acknowledgment: deflate by what was acknowledged, add one SMSS back.
        let acked = ack.ack.bytes_since(ack.una);
        let inflated = if acked >= ack.smss { ack.smss } else { 0 };
        cc.set_cwnd(cc.cwnd().saturating_sub(acked).saturating_add(inflated));
        if core::mem::replace(&mut self.partial_seen, true) {
            (Action::RetransmitFirst, false)
        } else {
            (Action::RetransmitFirstAndRestartTimer, false)
        }
    }

    fn on_timeout(&mut self, nxt: SeqNumber) {
        // RFC 6582 3.2 step 4.
        self.recover = nxt - 1;
        self.in_recovery = false;
        self.duplicates = 0;
        self.allowance = 0;
    }

    fn allowance(&self) -> u32 {
        self.allowance
    }

    fn in_recovery(&self) -> bool {
        self.in_recovery
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::congestion::Reno;
    use crate::time::Instant;

    const SMSS: u32 = 1_000;

    /// A sender with `flight` octets outstanding from sequence number 1 on, which gets an ACK of `ack`.
    fn ack(una: u32, ack: u32, nxt: u32) -> AckContext {
        AckContext {
            now: Instant::ZERO,
            una: SeqNumber(una),
            ack: SeqNumber(ack),
            nxt: SeqNumber(nxt),
            smss: SMSS,
            sack: false,
            new_sack: false,
        }
    }

    fn fresh() -> (TcpConfig, NewReno, Reno) {
        (TcpConfig::default(), NewReno::new(SeqNumber(0)), Reno::new(10 * SMSS, SMSS))
    }

    #[test]
    fn the_third_duplicate_retransmits_and_sets_the_windows() {
        let (config, mut recovery, mut cc) = fresh();
        let duplicate = ack(1, 1, 10_001);
        assert_eq!(recovery.on_duplicate_ack(&config, &duplicate, &mut cc), Action::None);
        assert_eq!(recovery.allowance(), SMSS);
        assert_eq!(recovery.on_duplicate_ack(&config, &duplicate, &mut cc), Action::None);
        assert_eq!(recovery.allowance(), 2 * SMSS);
        assert_eq!(cc.cwnd(), 10 * SMSS);
        // Two segments of limited transmit are outstanding by now and do not count.
        let third = ack(1, 1, 12_001);
        assert_eq!(recovery.on_duplicate_ack(&config, &third, &mut cc), Action::RetransmitFirst);
        assert_eq!((cc.ssthresh(), cc.cwnd()), (5 * SMSS, 8 * SMSS));
        // Each further one inflates.
        recovery.on_duplicate_ack(&config, &third, &mut cc);
        assert_eq!(cc.cwnd(), 9 * SMSS);
    }

    #[test]
    fn partial_acks_retransmit_and_the_full_ack_ends_the_recovery() {
        let (config, mut recovery, mut cc) = fresh();
        for _ in 0..3 {
            recovery.on_duplicate_ack(&config, &ack(1, 1, 10_001), &mut cc);
        }
        let (action, _) = recovery.on_new_ack(&ack(1, 3_001, 10_001), &mut cc);
        assert_eq!(action, Action::RetransmitFirstAndRestartTimer);
        let (action, grow) = recovery.on_new_ack(&ack(3_001, 5_001, 10_001), &mut cc);
        assert_eq!((action, grow), (Action::RetransmitFirst, false));
        assert!(recovery.in_recovery());
        let (action, grow) = recovery.on_new_ack(&ack(5_001, 10_001, 10_001), &mut cc);
        assert_eq!((action, grow), (Action::None, false));
        assert!(!recovery.in_recovery());
        // min(ssthresh, max(FlightSize, SMSS) + SMSS) with nothing outstanding.
        assert_eq!(cc.cwnd(), 2 * SMSS);
    }

    #[test]
    fn one_window_is_halved_once() {
        let (config, mut recovery, mut cc) = fresh();
        recovery.on_timeout(SeqNumber(10_001));
        let ssthresh = cc.ssthresh();
        for _ in 0..5 {
            assert_eq!(recovery.on_duplicate_ack(&config, &ack(4_001, 4_001, 10_001), &mut cc), Action::None);
        }
        assert_eq!(cc.ssthresh(), ssthresh);
    }

    #[test]
    fn with_sack_only_new_information_counts_for_limited_transmit() {
        let (config, mut recovery, mut cc) = fresh();
        recovery.on_duplicate_ack(&config, &AckContext { sack: true, ..ack(1, 1, 10_001) }, &mut cc);
        assert_eq!(recovery.allowance(), 0);
        let news = AckContext { sack: true, new_sack: true, ..ack(1, 1, 10_001) };
        recovery.on_duplicate_ack(&config, &news, &mut cc);
        assert_eq!(recovery.allowance(), SMSS);
    }
}
