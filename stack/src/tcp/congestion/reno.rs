//! Slow start and congestion avoidance (RFC 5681 3.1).

use super::{CWND_MAX, CongestionControl};
use crate::time::Instant;

/// Standard congestion control with byte counting in both phases.
#[derive(Clone, Debug)]
pub struct Reno {
    cwnd: u32,
    ssthresh: u32,
    /// Octets acknowledged in congestion avoidance since cwnd last grew.
    counted: u32,
    smss: u32,
}

impl Reno {
    /// A window of `cwnd` octets for segments of `smss` octets, in slow start.
    pub fn new(cwnd: u32, smss: u32) -> Self {
        // RFC5681-3.1-10: ssthresh starts arbitrarily high.
        Self { cwnd, ssthresh: CWND_MAX, counted: 0, smss }
    }

    /// max(FlightSize / 2, 2 * SMSS): equation (4).
    fn half(&self, flight: u32) -> u32 {
        (flight / 2).max(2 * self.smss)
    }
}

impl CongestionControl for Reno {
    fn cwnd(&self) -> u32 {
        self.cwnd
    }

    fn ssthresh(&self) -> u32 {
        self.ssthresh
    }

    fn set_cwnd(&mut self, cwnd: u32) {
        self.cwnd = cwnd.clamp(self.smss, CWND_MAX);
        self.counted = 0;
    }

    fn on_ack(&mut self, _now: Instant, acked: u32) {
        if self.cwnd < self.ssthresh {
            // Slow start, equation (2): cwnd += min(N, SMSS).
            self.cwnd += acked.min(self.smss);
        } else {
            // RFC5681-3.1-14 and RFC5681-3.1-15: one SMSS once cwnd octets were acknowledged.
            self.counted = self.counted.saturating_add(acked);
            if self.counted >= self.cwnd {
                self.counted -= self.cwnd;
                self.cwnd += self.smss;
            }
        }
        self.cwnd = self.cwnd.min(CWND_MAX);
    }

    fn on_loss(&mut self, _now: Instant, flight: u32) {
        // RFC5681-3.2-7: ssthresh by equation (4).
        self.ssthresh = self.half(flight);
        self.counted = 0;
    }

    fn on_timeout(&mut self, _now: Instant, flight: u32, first: bool) {
        // RFC5681-3.1-18: only the first timeout of a segment lowers ssthresh.
        if first {
            self.ssthresh = self.half(flight);
        }
        // RFC5681-3.1-19: the loss window is one segment.
        self.cwnd = self.smss;
        self.counted = 0;
    }

    fn on_idle(&mut self, initial_window: u32) {
        // RFC5681-4.1-1: RW = min(IW, cwnd).
        self.cwnd = self.cwnd.min(initial_window);
    }

    fn on_mss_change(&mut self, smss: u32) {
        if smss < self.smss {
            // RFC5681-3.1-9: reduced by the ratio of the sizes.
            self.cwnd = (u64::from(self.cwnd) * u64::from(smss) / u64::from(self.smss.max(1))) as u32;
        }
        self.smss = smss;
        self.cwnd = self.cwnd.max(smss);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::ZERO;

    #[test]
    fn slow_start_adds_at_most_one_segment_per_ack() {
        let mut reno = Reno::new(4_000, 1_000);
        reno.on_ack(NOW, 1_000);
        assert_eq!(reno.cwnd(), 5_000);
        reno.on_ack(NOW, 2_000);
        assert_eq!(reno.cwnd(), 6_000);
        reno.on_ack(NOW, 10);
        assert_eq!(reno.cwnd(), 6_010);
    }

    #[test]
    fn congestion_avoidance_adds_one_segment_per_window() {
        let mut reno = Reno::new(10_000, 1_000);
        reno.on_loss(NOW, 10_000);
        reno.set_cwnd(reno.ssthresh());
        assert_eq!((reno.cwnd(), reno.ssthresh()), (5_000, 5_000));
        for _ in 0..4 {
            reno.on_ack(NOW, 1_000);
        }
        assert_eq!(reno.cwnd(), 5_000);
        reno.on_ack(NOW, 1_000);
        assert_eq!(reno.cwnd(), 6_000);
    }

    #[test]
    fn a_timeout_leaves_one_segment_and_only_the_first_halves() {
        let mut reno = Reno::new(20_000, 1_000);
        reno.on_timeout(NOW, 12_000, true);
        assert_eq!((reno.cwnd(), reno.ssthresh()), (1_000, 6_000));
        reno.on_timeout(NOW, 4_000, false);
        assert_eq!((reno.cwnd(), reno.ssthresh()), (1_000, 6_000));
        reno.on_timeout(NOW, 1_000, true);
        assert_eq!(reno.ssthresh(), 2_000);
    }

    #[test]
    fn a_smaller_mss_scales_the_window() {
        let mut reno = Reno::new(14_600, 1_460);
        reno.on_mss_change(730);
        assert_eq!(reno.cwnd(), 7_300);
    }

    quickcheck::quickcheck! {
        fn never_below_one_segment_nor_above_the_maximum(events: Vec<(u8, u32)>) -> bool {
            let mut reno = Reno::new(14_600, 1_460);
            events.into_iter().all(|(kind, octets)| {
                match kind % 5 {
                    0 => reno.on_loss(NOW, octets),
                    1 => reno.on_timeout(NOW, octets, octets % 2 == 0),
                    2 => reno.set_cwnd(octets),
                    3 => reno.on_idle(14_600),
                    _ => reno.on_ack(NOW, octets),
                }
                (1_460..=CWND_MAX).contains(&reno.cwnd()) && reno.ssthresh() >= 2 * 1_460
            })
        }
    }
}
