//! Loss recovery as a trait, apart from congestion control: from acknowledgments to what is sent again.
//!
//! Implementations see each acknowledgment in sequence space and answer with an [`Action`]. They may inflate and
//! deflate the congestion window through [`CongestionControl::set_cwnd`]. SACK-based recovery (RFC 6675, RFC 8985)
//! fits the same trait: it gets the [`AckContext::new_sack`] flag and can keep a scoreboard of its own.

mod newreno;

pub use newreno::NewReno;

use super::config::TcpConfig;
use super::congestion::CongestionControl;
use crate::seq::SeqNumber;
use crate::time::Instant;

/// What an acknowledgment looked like to the sender.
#[derive(Clone, Copy, Debug)]
pub struct AckContext {
    /// When it arrived.
    pub now: Instant,
    /// SND.UNA before it.
    pub una: SeqNumber,
    /// SEG.ACK.
    pub ack: SeqNumber,
    /// SND.NXT: the highest sequence number sent, plus one.
    pub nxt: SeqNumber,
    /// Effective send MSS.
    pub smss: u32,
    /// SACK is in use on this connection.
    pub sack: bool,
    /// The acknowledgment carried SACK information that was not known.
    pub new_sack: bool,
}

impl AckContext {
    /// Octets outstanding before this acknowledgment.
    pub fn flight(&self) -> u32 {
        self.nxt.bytes_since(self.una)
    }
}

/// What the sender does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing beyond what the windows allow.
    None,
    /// Send the segment at SND.UNA again now, whatever the congestion window says.
    RetransmitFirst,
    /// The same, and restart the retransmission timer (first partial ACK of a recovery, RFC 6582 3.2).
    RetransmitFirstAndRestartTimer,
}

/// Decides from acknowledgments what was lost.
pub trait LossRecovery {
    /// A duplicate ACK as RFC 5681 2 defines it.
    fn on_duplicate_ack(&mut self, config: &TcpConfig, ack: &AckContext, cc: &mut impl CongestionControl) -> Action;
    /// An ACK of new data. `true` in the second place: congestion control may count it.
    fn on_new_ack(&mut self, ack: &AckContext, cc: &mut impl CongestionControl) -> (Action, bool);
    /// The retransmission timer expired with everything up to `nxt` sent.
    fn on_timeout(&mut self, nxt: SeqNumber);
    /// Octets that may be outstanding beyond cwnd (limited transmit, RFC 3042).
    fn allowance(&self) -> u32;
    /// Whether a recovery is under way.
    fn in_recovery(&self) -> bool;
}
