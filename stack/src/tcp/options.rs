//! What the two SYNs agreed on, and the options of each segment (RFC 9293 3.2, RFC 7323, RFC 2018).

use super::config::TcpConfig;
use super::tuple::FourTuple;
use crate::fault::Fault;
use crate::time::{Duration, Instant};
use crate::wire::tcp::{DecodedOptions, TcpOption, TcpOptions};

/// Largest shift count (RFC 7323 2.3).
pub const MAX_SHIFT: u8 = 14;

/// TS.Recent is invalid after this time without an update (RFC 7323 5.5: 24 days).
const RECENT_VALID: Duration = Duration::from_secs(24 * 86_400);

/// Octets of NOP, NOP, timestamps.
pub(super) const TIMESTAMPS_LEN: u16 = 12;

/// The options in force on a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Negotiated {
    /// Snd.TS.OK.
    pub timestamps: bool,
    /// SACK-permitted was exchanged.
    pub sack: bool,
    /// Window scaling was exchanged; Rcv.Wind.Shift stands in the receiver.
    pub window_scale: bool,
    /// Snd.Wind.Shift.
    pub snd_shift: u8,
    /// TS.Recent.
    pub ts_recent: u32,
    /// When TS.Recent was last set.
    pub ts_recent_at: Instant,
    /// Offset of our timestamp clock (RFC 7323 7.1).
    pub ts_offset: u32,
}

impl Negotiated {
    /// What our SYN offers.
    pub fn offer(config: &TcpConfig, tuple: &FourTuple) -> Self {
        // RFC7323-7-1: an offset per connection that a peer cannot guess; the same for one tuple, so that the clock
        // goes on across its incarnations (RFC 6191 3).
        let ts_offset = if config.timestamps { config.timestamp_key.hash(&tuple.to_bytes()) as u32 } else { 0 };
        Self {
            timestamps: config.timestamps,
            sack: config.sack,
            window_scale: config.window_scale,
            snd_shift: 0,
            ts_recent: 0,
            ts_recent_at: Instant::ZERO,
            ts_offset,
        }
    }

    /// Takes the options of the peer's SYN: what only one side offers is off.
    pub fn answer(&mut self, config: &TcpConfig, now: Instant, options: &DecodedOptions) {
        let faults = &config.faults;
        // RFC7323-2.2-3, RFC7323-2.3-3, RFC7323-2.3-4.
        self.window_scale &= options.window_scale.is_some() || faults.has(Fault::WindowScaleUnilateral);
        let shift = options.window_scale.unwrap_or(0);
        // RFC7323-2.3-8: a larger count is taken as 14.
        let shift = if faults.has(Fault::WindowScaleAbove14) { shift.min(16) } else { shift.min(MAX_SHIFT) };
        self.snd_shift = if self.window_scale { shift } else { 0 };
        // RFC2018-4-3.
        self.sack &= options.sack_permitted || faults.has(Fault::SackUnsolicited);
        match options.timestamps {
            Some((value, _)) if self.timestamps => {
                self.ts_recent = value;
                self.ts_recent_at = now;
            }
            // RFC7323-3.2-5.
            _ => self.timestamps &= faults.has(Fault::TimestampsUnsolicited),
        }
    }

    /// Our timestamp clock: one tick per millisecond (RFC 7323 5.4).
    pub fn clock(&self, now: Instant) -> u32 {
        (now.as_millis() as u32).wrapping_add(self.ts_offset)
    }

    /// PAWS: whether a segment with this TSval is too old (RFC 7323 5.3 R1).
    pub fn is_old(&self, now: Instant, value: u32) -> bool {
        // RFC7323-5.3-1; TS.Recent that is older than 24 days says nothing (5.5).
        (value.wrapping_sub(self.ts_recent) as i32) < 0 && !self.is_stale(now)
    }

    /// Whether TS.Recent is too old to say anything.
    pub fn is_stale(&self, now: Instant) -> bool {
        now.since(self.ts_recent_at) >= RECENT_VALID
    }

    /// Octets of text that the usual options take from each segment.
    pub fn overhead(&self) -> u16 {
        if self.timestamps { TIMESTAMPS_LEN } else { 0 }
    }
}

/// The options of a SYN. `shift` and `mss` are ours.
pub(super) fn syn_options(options: &Negotiated, mss: Option<u16>, shift: u8, now: Instant, echo: u32) -> TcpOptions {
    let mut area = TcpOptions::new();
    if let Some(mss) = mss {
        area.push(&TcpOption::MaxSegmentSize(mss));
    }
    match (options.sack, options.timestamps) {
        (true, false) => area.push_bytes(&[1, 1]) && area.push(&TcpOption::SackPermitted),
        (true, true) => area.push(&TcpOption::SackPermitted),
        (false, true) => area.push_bytes(&[1, 1]),
        (false, false) => true,
    };
    if options.timestamps {
        area.push(&TcpOption::Timestamps { value: options.clock(now), echo });
    }
    if options.window_scale {
        area.push_bytes(&[1]);
        area.push(&TcpOption::WindowScale(shift));
    }
    area
}

/// The shift count that makes a window of `buffer` octets fit into 16 bits.
pub(super) fn shift_for(buffer: u32) -> u8 {
    (0..MAX_SHIFT).find(|shift| buffer >> shift <= 0xffff).unwrap_or(MAX_SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuple() -> FourTuple {
        FourTuple::new(([192, 0, 2, 1], 9).into(), ([192, 0, 2, 2], 80).into())
    }

    #[test]
    fn what_one_side_does_not_offer_is_off() {
        let config = TcpConfig::default();
        let mut options = Negotiated::offer(&config, &tuple());
        options.answer(&config, Instant::ZERO, &DecodedOptions::default());
        assert!(!options.timestamps && !options.sack && !options.window_scale);
        let mut options = Negotiated::offer(&config, &tuple());
        let peer = DecodedOptions { window_scale: Some(20), timestamps: Some((7, 0)), ..DecodedOptions::default() };
        options.answer(&config, Instant::ZERO, &peer);
        assert_eq!((options.snd_shift, options.ts_recent, options.sack), (14, 7, false));
    }

    #[test]
    fn paws_compares_in_the_ring_and_forgets_after_24_days() {
        let config = TcpConfig::default();
        let mut options = Negotiated::offer(&config, &tuple());
        options.ts_recent = u32::MAX - 5;
        let soon = Instant::from_secs(1);
        assert!(!options.is_old(soon, 3));
        assert!(options.is_old(soon, u32::MAX - 6));
        assert!(!options.is_old(Instant::from_secs(25 * 86_400), u32::MAX - 6));
    }

    #[test]
    fn shift_counts() {
        assert_eq!((shift_for(0), shift_for(65_535), shift_for(65_536)), (0, 0, 1));
        assert_eq!((shift_for(1 << 20), shift_for(1 << 30)), (5, 14));
    }

    #[test]
    fn syn_options_fill_whole_words() {
        let config = TcpConfig::default();
        let options = Negotiated::offer(&config, &tuple());
        assert_eq!(syn_options(&options, Some(1_460), 3, Instant::ZERO, 0).len(), 20);
        let plain = Negotiated { timestamps: false, ..options };
        assert_eq!(syn_options(&plain, Some(1_460), 3, Instant::ZERO, 0).len() % 4, 0);
        let bare = Negotiated { timestamps: false, sack: false, window_scale: false, ..options };
        assert_eq!(syn_options(&bare, None, 0, Instant::ZERO, 0).len(), 0);
    }
}
