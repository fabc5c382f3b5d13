//! Intervals between zero-window probes (RFC 9293 3.8.6.1).

use super::config::TcpConfig;
use crate::fault::Fault;
use crate::time::Duration;

/// How long to wait for probe number `probes` (counted from 0) with a retransmission timeout of `rto`.
pub(super) fn interval(config: &TcpConfig, rto: Duration, probes: u16) -> Duration {
    // RFC9293-SHLD-29: the first probe after the RTO. RFC9293-SHLD-30: exponentially longer from there on.
    let shift = if config.faults.has(Fault::NoPersistBackoff) { 0 } else { u32::from(probes).min(20) };
    (rto * (1 << shift)).min(config.persist_max).max(Duration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_maximum() {
        let config = TcpConfig::default();
        let series: Vec<_> = (0..8).map(|n| interval(&config, Duration::from_secs(1), n).as_millis()).collect();
        assert_eq!(series, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    }
}
