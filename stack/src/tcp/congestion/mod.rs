//! Congestion control as a trait, apart from loss recovery (RFC 5681 3).
//!
//! The sender asks for [`CongestionControl::cwnd`] only; the events below are all that an algorithm learns.
//! Loss recovery ([`super::recovery`]) decides *what* is lost and may inflate and deflate the window while a
//! recovery lasts (RFC 5681 3.2 steps 3 to 6); the algorithm here decides how far the window goes down and how it
//! grows again.

mod reno;

pub use reno::Reno;

use super::config::{CongestionAlgorithm, InitialWindow, TcpConfig};
use crate::fault::Fault;
use crate::time::Instant;

/// Largest congestion window: the largest window that TCP can offer (RFC 7323 2.3).
pub const CWND_MAX: u32 = 1 << 30;

/// The events of a sender that move its congestion window. All sizes are octets.
pub trait CongestionControl {
    /// cwnd.
    fn cwnd(&self) -> u32;
    /// ssthresh.
    fn ssthresh(&self) -> u32;
    /// Sets cwnd from loss recovery: inflation and deflation.
    fn set_cwnd(&mut self, cwnd: u32);
    /// `acked` octets were newly acknowledged outside of loss recovery.
    fn on_ack(&mut self, now: Instant, acked: u32);
    /// A loss was detected without a timeout; `flight` octets are outstanding. Lowers ssthresh.
    fn on_loss(&mut self, now: Instant, flight: u32);
    /// The retransmission timer expired; `first` is false if it had already expired for the same octets.
    fn on_timeout(&mut self, now: Instant, flight: u32, first: bool);
    /// Nothing was sent for more than one RTO: the restart window is the initial window.
    fn on_idle(&mut self, initial_window: u32);
    /// The effective MSS changed.
    fn on_mss_change(&mut self, smss: u32);
}

/// The initial window for segments of `smss` octets.
pub fn initial_window(config: &TcpConfig, smss: u32) -> u32 {
    if config.faults.has(Fault::NoSlowStart) {
        return CWND_MAX;
    }
    match config.initial_window {
        // RFC 6928 2: min(10 * MSS, max(2 * MSS, 14600)).
        InitialWindow::Rfc6928 => (10 * smss).min((2 * smss).max(14_600)),
        // RFC5681-3.1-2 to RFC5681-3.1-5.
        InitialWindow::Rfc5681 if smss > 2_190 => 2 * smss,
        InitialWindow::Rfc5681 if smss > 1_095 => 3 * smss,
        InitialWindow::Rfc5681 => 4 * smss,
        InitialWindow::Segments(count) => smss.saturating_mul(count.max(1)).min(CWND_MAX),
    }
}

/// The algorithm of one connection, chosen by [`TcpConfig::congestion`].
#[derive(Clone, Debug)]
pub enum Controller {
    /// RFC 5681.
    Reno(Reno),
}

impl Controller {
    /// A controller that starts with the initial window.
    pub fn new(config: &TcpConfig, smss: u32) -> Self {
        match config.congestion {
            CongestionAlgorithm::Reno => Self::Reno(Reno::new(initial_window(config, smss), smss)),
        }
    }

    fn get(&self) -> &impl CongestionControl {
        match self {
            Self::Reno(reno) => reno,
        }
    }

    fn get_mut(&mut self) -> &mut impl CongestionControl {
        match self {
            Self::Reno(reno) => reno,
        }
    }
}

impl CongestionControl for Controller {
    fn cwnd(&self) -> u32 {
        self.get().cwnd()
    }
    fn ssthresh(&self) -> u32 {
        self.get().ssthresh()
    }
    fn set_cwnd(&mut self, cwnd: u32) {
        self.get_mut().set_cwnd(cwnd);
    }
    fn on_ack(&mut self, now: Instant, acked: u32) {
        self.get_mut().on_ack(now, acked);
    }
    fn on_loss(&mut self, now: Instant, flight: u32) {
        self.get_mut().on_loss(now, flight);
    }
    fn on_timeout(&mut self, now: Instant, flight: u32, first: bool) {
        self.get_mut().on_timeout(now, flight, first);
    }
    fn on_idle(&mut self, initial_window: u32) {
        self.get_mut().on_idle(initial_window);
    }
    fn on_mss_change(&mut self, smss: u32) {
        self.get_mut().on_mss_change(smss);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_windows_of_both_rfcs() {
        let at = |initial_window_kind, smss| {
            initial_window(&TcpConfig { initial_window: initial_window_kind, ..TcpConfig::default() }, smss)
        };
        assert_eq!(at(InitialWindow::Rfc6928, 1_460), 14_600);
        assert_eq!(at(InitialWindow::Rfc6928, 536), 5_360);
        assert_eq!(at(InitialWindow::Rfc6928, 9_000), 18_000);
        assert_eq!(at(InitialWindow::Rfc5681, 536), 4 * 536);
        assert_eq!(at(InitialWindow::Rfc5681, 1_460), 3 * 1_460);
        assert_eq!(at(InitialWindow::Rfc5681, 4_000), 2 * 4_000);
        assert_eq!(at(InitialWindow::Segments(1), 1_000), 1_000);
    }
}
