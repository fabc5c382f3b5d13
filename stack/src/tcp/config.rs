//! Every policy value of the TCP in one place; the defaults are those of the RFCs.

use crate::fault::FaultSet;
use crate::rng::SipHash24;
use crate::time::Duration;

/// When and how often an idle connection is probed (RFC 9293 3.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAliveConfig {
    /// Idle time before the first probe.
    pub idle: Duration,
    /// Time between probes that got no answer.
    pub interval: Duration,
    /// Probes without an answer before the connection is given up.
    pub count: u32,
}

impl Default for KeepAliveConfig {
    fn default() -> Self {
        // RFC9293-MUST-28: no less than two hours.
        Self { idle: Duration::from_secs(7_200), interval: Duration::from_secs(75), count: 9 }
    }
}

/// Which congestion control a connection uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CongestionAlgorithm {
    /// Slow start and congestion avoidance as in RFC 5681.
    #[default]
    Reno,
}

/// Which initial window a connection starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InitialWindow {
    /// min(10 SMSS, max(2 SMSS, 14600)) octets (RFC 6928 2).
    #[default]
    Rfc6928,
    /// Two to four segments depending on the SMSS (RFC 5681 3.1).
    Rfc5681,
    /// This many segments.
    Segments(u32),
}

/// The policy of all connections of a host. Shared between them; per-connection settings are
/// copied out of it at the start and then changed through the connection's setters.
#[derive(Clone, Debug)]
pub struct TcpConfig {
    /// RCV.BUFF: octets of received data that may wait for the application.
    pub receive_buffer: usize,
    /// Octets of data from the application that may wait for acknowledgment.
    pub send_buffer: usize,
    /// The MSS option to send; `None`: MTU minus fixed headers (RFC 9293 3.7.1).
    pub max_segment_size: Option<u16>,
    /// Offer and accept window scaling (RFC 7323 2).
    pub window_scale: bool,
    /// Offer and accept timestamps, and use PAWS (RFC 7323 3 to 5).
    pub timestamps: bool,
    /// Offer and accept selective acknowledgments (RFC 2018).
    pub sack: bool,
    /// Nagle's algorithm off from the start (RFC 9293 3.7.4).
    pub nodelay: bool,
    /// Longest delay of an ACK, below 500 ms; `None`: every segment is acknowledged at once.
    pub delayed_ack: Option<Duration>,
    /// RTO before the first measurement (RFC 6298 2.1).
    pub rto_initial: Duration,
    /// Lower bound of the RTO (RFC 6298 2.4).
    pub rto_min: Duration,
    /// Upper bound of the RTO, at least 60 s (RFC 6298 2.5).
    pub rto_max: Duration,
    /// RTO at the start of data transfer after a SYN was retransmitted (RFC 6298 5.7).
    pub rto_after_syn_loss: Duration,
    /// Clock granularity G (RFC 6298 4).
    pub clock_granularity: Duration,
    /// R1: retransmissions before IP is told to look for another route (RFC 9293 3.8.3).
    pub r1: u32,
    /// R2: how long one segment is retransmitted before the connection is given up; at least 100 s.
    pub r2: Duration,
    /// R2 for a SYN; at least 3 minutes.
    pub r2_syn: Duration,
    /// Gives up when sent data stays unacknowledged for this long; `None`: only R2 counts.
    pub user_timeout: Option<Duration>,
    /// Longest time between two window probes.
    pub persist_max: Duration,
    /// Override timeout of the sender's SWS avoidance, 0.1 to 1 s (RFC 9293 3.8.6.2.1).
    pub sws_override: Duration,
    /// Keep-alive from the start; off by default (RFC9293-MUST-25).
    pub keep_alive: Option<KeepAliveConfig>,
    /// Maximum segment lifetime; TIME-WAIT lasts twice as long.
    pub msl: Duration,
    /// Drop a connection that the application has closed and whose peer does not close within this time
    /// in FIN-WAIT-2. RFC 9293 has no such limit, so `None` by default.
    pub fin_wait_2_timeout: Option<Duration>,
    /// A hard ICMP error ends a synchronized connection too (RFC9293-SHLD-26); RFC 5927 5.2 advises against it.
    pub hard_errors_abort: bool,
    /// Challenge ACKs in one interval (RFC 5961 7).
    pub challenge_ack_limit: u32,
    /// That interval.
    pub challenge_ack_interval: Duration,
    /// Duplicate ACKs that trigger a fast retransmit (RFC 5681 3.2).
    pub duplicate_ack_threshold: u32,
    /// Limited transmit (RFC 3042).
    pub limited_transmit: bool,
    /// Congestion control.
    pub congestion: CongestionAlgorithm,
    /// Initial congestion window.
    pub initial_window: InitialWindow,
    /// Out-of-order pieces kept per connection.
    pub out_of_order_limit: usize,
    /// Urgent data stays in the stream (RFC 6093 6) instead of one octet out of band as BSD does it.
    pub urgent_inline: bool,
    /// Key of the per-connection timestamp offset (RFC 7323 7.1); secret and random per host.
    pub timestamp_key: SipHash24,
    /// Planted faults.
    pub faults: FaultSet,
}

impl Default for TcpConfig {
    fn default() -> Self {
        Self {
            receive_buffer: 256 * 1_024,
            send_buffer: 256 * 1_024,
            max_segment_size: None,
            window_scale: true,
            timestamps: true,
            sack: true,
            nodelay: false,
            delayed_ack: Some(Duration::from_millis(200)),
            rto_initial: Duration::from_secs(1),
            rto_min: Duration::from_secs(1),
            rto_max: Duration::from_secs(60),
            rto_after_syn_loss: Duration::from_secs(3),
            clock_granularity: Duration::from_millis(1),
            r1: 3,
            r2: Duration::from_secs(100),
            r2_syn: Duration::from_secs(180),
            user_timeout: None,
            persist_max: Duration::from_secs(60),
            sws_override: Duration::from_millis(500),
            keep_alive: None,
            msl: Duration::from_secs(120),
            fin_wait_2_timeout: None,
            hard_errors_abort: true,
            challenge_ack_limit: 10,
            challenge_ack_interval: Duration::from_secs(5),
            duplicate_ack_threshold: 3,
            limited_transmit: true,
            congestion: CongestionAlgorithm::Reno,
            initial_window: InitialWindow::Rfc6928,
            out_of_order_limit: 64,
            urgent_inline: false,
            timestamp_key: SipHash24::new(0, 0),
            faults: FaultSet::NONE,
        }
    }
}
