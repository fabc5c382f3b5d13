//! The retransmission timeout (RFC 6298 2 and 5.5): SRTT, RTTVAR, RTO and its back-off.

use super::config::TcpConfig;
use crate::fault::Fault;
use crate::time::Duration;

/// Round-trip estimate of one connection. SRTT and RTTVAR are kept in microseconds times 8 and times 4, so
/// that the divisions of RFC 6298 lose nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RttEstimator {
    /// 8 * SRTT in microseconds.
    srtt8: u32,
    /// 4 * RTTVAR in microseconds.
    rttvar4: u32,
    /// RTO without back-off, in microseconds.
    rto: u32,
    /// Times the RTO was doubled since the last measurement.
    backoff: u8,
    measured: bool,
}

/// Longest sample that is taken, so that the scaled values fit: about 8 minutes.
const SAMPLE_MAX: u64 = (u32::MAX / 8) as u64;

impl RttEstimator {
    /// No measurement yet.
    pub fn new(config: &TcpConfig) -> Self {
        // RFC6298-2-1: 1 second until something was measured.
        Self { srtt8: 0, rttvar4: 0, rto: micros(config.rto_initial), backoff: 0, measured: false }
    }

    /// Takes the measurement `r`. The back-off is undone.
    pub fn sample(&mut self, config: &TcpConfig, r: Duration) {
        let r = r.as_micros().min(SAMPLE_MAX) as u32;
        if self.measured {
            // RFC6298-2-4 and RFC6298-2-5: RTTVAR first, with the old SRTT; alpha = 1/8, beta = 1/4.
            let deviation = (self.srtt8 / 8).abs_diff(r);
            self.rttvar4 = self.rttvar4 - self.rttvar4 / 4 + deviation;
            self.srtt8 = self.srtt8 - self.srtt8 / 8 + r;
        } else {
            // RFC6298-2-3: SRTT <- R, RTTVAR <- R/2.
            self.srtt8 = r * 8;
            self.rttvar4 = r * 2;
            self.measured = true;
        }
        self.backoff = 0;
        // RFC6298-2-7 and RFC6298-4-1: RTO <- SRTT + max(G, K * RTTVAR), K = 4.
        let rto = (self.srtt8 / 8).saturating_add(self.rttvar4.max(micros(config.clock_granularity)));
        // RFC6298-2-8 and RFC6298-2-9: the bounds.
        let min = if config.faults.has(Fault::RtoBelowMinimum) { 1_000 } else { micros(config.rto_min) };
        self.rto = rto.clamp(min, micros(config.rto_max).max(min));
    }

    /// RTO as the timer is to be set now, back-off included.
    pub fn rto(&self, config: &TcpConfig) -> Duration {
        // RFC6298-5-3: doubled once per expiry; RFC6298-2-9: bounded.
        let rto = Duration::from_micros(u64::from(self.rto)) * (1 << u64::from(self.backoff.min(31)));
        // RFC6298-5-1: not earlier.
        if config.faults.has(Fault::RepeatsEarly) { rto / 2 } else { rto.min(config.rto_max) }
    }

    /// The timer expired: RTO <- RTO * 2.
    pub fn back_off(&mut self, config: &TcpConfig) {
        if !config.faults.has(Fault::NoBackoff) {
            self.backoff = self.backoff.saturating_add(1);
        }
    }

    /// Undoes the back-off when an acknowledgment of new data arrives that gives no measurement.
    pub fn reset_backoff(&mut self) {
        self.backoff = 0;
    }

    /// The handshake is over and our SYN had to be retransmitted.
    pub fn after_syn_loss(&mut self, config: &TcpConfig) {
        self.backoff = 0;
        // RFC6298-5-4: 3 seconds if the RTO in use is smaller.
        self.rto = micros(config.rto_initial).max(micros(config.rto_after_syn_loss));
    }

    /// SRTT, once measured.
    pub fn srtt(&self) -> Option<Duration> {
        self.measured.then(|| Duration::from_micros(u64::from(self.srtt8 / 8)))
    }

    /// RTTVAR, once measured.
    pub fn rttvar(&self) -> Option<Duration> {
        self.measured.then(|| Duration::from_micros(u64::from(self.rttvar4 / 4)))
    }

    /// How often the RTO was doubled since the last measurement.
    pub fn backoff(&self) -> u32 {
        u32::from(self.backoff)
    }
}

fn micros(span: Duration) -> u32 {
    span.as_micros().min(u64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> TcpConfig {
        TcpConfig { rto_min: Duration::from_millis(1), ..TcpConfig::default() }
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn one_second_until_measured() {
        let config = TcpConfig::default();
        let rtt = RttEstimator::new(&config);
        assert_eq!(rtt.rto(&config), ms(1_000));
        assert_eq!(rtt.srtt(), None);
    }

    #[test]
    fn first_measurement() {
        let config = config();
        let mut rtt = RttEstimator::new(&config);
        rtt.sample(&config, ms(100));
        // SRTT = 100, RTTVAR = 50, RTO = 100 + 4 * 50.
        assert_eq!((rtt.srtt(), rtt.rttvar(), rtt.rto(&config)), (Some(ms(100)), Some(ms(50)), ms(300)));
    }

    #[test]
    fn second_measurement_uses_the_old_srtt_for_rttvar() {
        let config = config();
        let mut rtt = RttEstimator::new(&config);
        rtt.sample(&config, ms(100));
        rtt.sample(&config, ms(180));
        // RTTVAR = 3/4 * 50 + 1/4 * |100 - 180| = 57.5; SRTT = 7/8 * 100 + 1/8 * 180 = 110; RTO = 110 + 230.
        assert_eq!(rtt.rttvar(), Some(Duration::from_micros(57_500)));
        assert_eq!(rtt.srtt(), Some(ms(110)));
        assert_eq!(rtt.rto(&config), ms(340));
    }

    #[test]
    fn granularity_bounds_the_variance_term() {
        let config = TcpConfig { clock_granularity: ms(10), ..config() };
        let mut rtt = RttEstimator::new(&config);
        for _ in 0..200 {
            rtt.sample(&config, ms(100));
        }
        assert!(rtt.rttvar() < Some(ms(2)), "{:?}", rtt.rttvar());
        assert_eq!(rtt.rto(&config), ms(110));
    }

    #[test]
    fn rounded_up_to_one_second_and_cut_at_the_maximum() {
        let config = TcpConfig::default();
        let mut rtt = RttEstimator::new(&config);
        rtt.sample(&config, ms(10));
        assert_eq!(rtt.rto(&config), ms(1_000));
        rtt.sample(&config, Duration::from_secs(300));
        assert_eq!(rtt.rto(&config), config.rto_max);
    }

    #[test]
    fn back_off_doubles_and_a_measurement_ends_it() {
        let config = TcpConfig::default();
        let mut rtt = RttEstimator::new(&config);
        let series: Vec<_> = (0..8)
            .map(|_| {
                let rto = rtt.rto(&config).as_millis();
                rtt.back_off(&config);
                rto
            })
            .collect();
        assert_eq!(series, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        rtt.sample(&config, ms(400));
        assert_eq!(rtt.rto(&config), ms(1_200));
    }

    #[test]
    fn three_seconds_after_a_lost_syn() {
        let config = TcpConfig::default();
        let mut rtt = RttEstimator::new(&config);
        rtt.back_off(&config);
        rtt.after_syn_loss(&config);
        assert_eq!(rtt.rto(&config), ms(3_000));
    }

    quickcheck::quickcheck! {
        fn rto_stays_within_its_bounds(samples: Vec<u64>) -> bool {
            let config = TcpConfig::default();
            let mut rtt = RttEstimator::new(&config);
            samples.into_iter().all(|sample| {
                rtt.sample(&config, Duration::from_micros(sample));
                rtt.back_off(&config);
                (config.rto_min..=config.rto_max).contains(&rtt.rto(&config))
            })
        }
    }
}
