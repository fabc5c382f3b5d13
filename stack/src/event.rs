//! Silence is explained: what the stack drops, it drops with a [`DropReason`].

use std::collections::VecDeque;

use crate::time::Instant;

/// Declares [`DropReason`] with a sentence per reason.
macro_rules! drop_reasons {
    ($($variant:ident: $what:literal,)+) => {
        /// Why a frame, packet, segment or datagram was not processed further.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DropReason { $(#[doc = $what] $variant),+ }

        impl DropReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// One sentence for a person.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $what),+ }
            }
        }
    };
}

drop_reasons! {
    Malformed: "A header is cut short or contradicts itself.",
    NotForUs: "The link-layer destination is another station.",
    UnknownEtherType: "No protocol is registered for this EtherType.",
    LinkSource: "The link-layer source is not an individual address.",
    BadChecksum: "A checksum does not match.",
    BadVersion: "The IP version is not the one the EtherType promises.",
    BadSource: "The source address may not be a source.",
    BadDestination: "The destination address is not ours and we do not forward.",
    BadOption: "An IP option is malformed or forbidden.",
    SourceRoute: "Source routing is switched off.",
    TtlExpired: "The TTL or hop limit reached zero.",
    NoRoute: "No route leads to the destination.",
    NeighborUnresolved: "The next hop's link-layer address could not be found.",
    NeighborQueueFull: "Too many packets wait for one neighbour.",
    FragmentOverlap: "A fragment overlaps another one.",
    FragmentInvalid: "A fragment's offset or length is not possible.",
    ReassemblyLimit: "A bound on reassembly was reached.",
    ReassemblyTimeout: "The datagram stayed incomplete for too long.",
    FragmentationNeeded: "The packet is larger than the link takes and must not be fragmented.",
    ExtensionHeaders: "The chain of IPv6 extension headers is not acceptable.",
    UnknownProtocol: "No transport is registered for this protocol number.",
    PortUnreachable: "No socket is bound to the destination port.",
    NoConnection: "The segment belongs to no connection.",
    OutsideWindow: "The segment is not acceptable (RFC 9293 3.10.7.4).",
    UnacceptableAck: "The acknowledgment number is not acceptable.",
    MissingTimestamp: "The segment lacks the timestamps that were negotiated (RFC 7323 3.2).",
    OldTimestamp: "The timestamp is older than the last one (PAWS, RFC 7323 5).",
    NotNeighborSafe: "A neighbour discovery message failed its checks (RFC 4861).",
    ReceiveQueueFull: "The socket's receive queue is full.",
    ControlQueueFull: "The queue of outgoing replies is full.",
    SynQueueFull: "The listener's SYN queue is full.",
    AcceptQueueFull: "The listener's accept queue is full.",
    RateLimited: "A rate limit on replies was reached.",
    IcmpIgnored: "The ICMP message asks for nothing that this host does.",
    ForwardingOff: "The packet is for another host and forwarding is off.",
    GroupNotJoined: "The multicast group was not joined.",
}

/// One thing that happened inside a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub at: Instant,
    /// The interface that it concerns, by index.
    pub interface: usize,
    /// Why something was dropped.
    pub reason: DropReason,
}

/// A bounded log of events with a counter per reason. The counters never lose anything; of the
/// events themselves the newest are kept.
#[derive(Clone, Debug)]
pub struct EventLog {
    counts: [u64; DropReason::ALL.len()],
    recent: VecDeque<Event>,
    limit: usize,
}

impl EventLog {
    /// A log that keeps up to `limit` events.
    pub fn new(limit: usize) -> Self {
        Self { counts: [0; DropReason::ALL.len()], recent: VecDeque::with_capacity(limit.min(1_024)), limit }
    }

    /// Records a drop.
    pub fn dropped(&mut self, at: Instant, interface: usize, reason: DropReason) {
        self.counts[reason as usize] += 1;
        if self.limit == 0 {
            return;
        }
        if self.recent.len() == self.limit {
            self.recent.pop_front();
        }
        self.recent.push_back(Event { at, interface, reason });
    }

    /// How often `reason` was recorded since the start.
    pub fn count(&self, reason: DropReason) -> u64 {
        self.counts[reason as usize]
    }

    /// Takes the oldest event that is still kept.
    pub fn pop(&mut self) -> Option<Event> {
        self.recent.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_bounded_and_the_counters_are_not() {
        let mut log = EventLog::new(2);
        for micros in 0..5 {
            log.dropped(Instant::from_micros(micros), 0, DropReason::BadChecksum);
        }
        assert_eq!(log.count(DropReason::BadChecksum), 5);
        assert_eq!(log.pop().map(|event| event.at), Some(Instant::from_micros(3)));
        assert!(log.pop().is_some() && log.pop().is_none());
    }
}
