//! STATUS (RFC 9293 3.9.1.4): what a connection tells about itself.

use super::congestion::CongestionControl;
use super::connection::Connection;
use super::recovery::LossRecovery;
use super::state::State;
use crate::seq::SeqNumber;
use crate::time::Duration;

/// A snapshot of a connection, for people and for tests that look inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpInfo {
    /// The state.
    pub state: State,
    /// SND.UNA.
    pub snd_una: SeqNumber,
    /// SND.NXT.
    pub snd_nxt: SeqNumber,
    /// SND.WND in octets.
    pub snd_wnd: u32,
    /// RCV.NXT.
    pub rcv_nxt: SeqNumber,
    /// RCV.WND in octets.
    pub rcv_wnd: u32,
    /// Effective send MSS.
    pub snd_mss: u16,
    /// The MSS that we announced.
    pub rcv_mss: u16,
    /// cwnd in octets.
    pub cwnd: u32,
    /// ssthresh in octets.
    pub ssthresh: u32,
    /// A loss recovery is under way.
    pub in_recovery: bool,
    /// SRTT, once measured.
    pub srtt: Option<Duration>,
    /// RTTVAR, once measured.
    pub rttvar: Option<Duration>,
    /// RTO, back-off included.
    pub rto: Duration,
    /// Timeouts in a row.
    pub retransmits: u32,
    /// Zero-window probes in a row.
    pub probes: u32,
    /// Text acknowledged by the peer, in octets.
    pub acked: u64,
    /// Text received in order, in octets.
    pub received: u64,
    /// Timestamps are in use.
    pub timestamps: bool,
    /// SACK is in use.
    pub sack: bool,
    /// Snd.Wind.Shift and Rcv.Wind.Shift, if scaling is in use.
    pub window_scale: Option<(u8, u8)>,
    /// Memory held by the buffers, in octets.
    pub buffer_memory: usize,
}

impl Connection {
    /// A snapshot.
    pub fn info(&self) -> TcpInfo {
        let (snd, rcv) = (&self.snd, &self.rcv);
        TcpInfo {
            state: self.state,
            snd_una: snd.una,
            snd_nxt: snd.nxt,
            snd_wnd: snd.wnd,
            rcv_nxt: rcv.nxt,
            rcv_wnd: rcv.wnd(),
            snd_mss: snd.mss,
            rcv_mss: rcv.mss,
            cwnd: self.congestion.cwnd(),
            ssthresh: self.congestion.ssthresh(),
            in_recovery: self.recovery.in_recovery(),
            srtt: self.rtt.srtt(),
            rttvar: self.rtt.rttvar(),
            rto: self.rtt.rto(&self.config),
            retransmits: u32::from(snd.retransmits),
            probes: u32::from(snd.probes),
            acked: snd.acked,
            received: rcv.total,
            timestamps: self.options.timestamps,
            sack: self.options.sack,
            window_scale: self.options.window_scale.then_some((self.options.snd_shift, rcv.shift)),
            buffer_memory: snd.ring.capacity() + rcv.ring.capacity(),
        }
    }
}
