//! IGMP: versions 1 to 3 (RFC 1112 appendix I, RFC 2236, RFC 3376), the host's part.

use core::net::Ipv4Addr;

use super::machine::{Machine, Query, Step};
use super::{MembershipConfig, Report};
use crate::address::ALL_SYSTEMS;
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::time::{Duration, Instant};
use crate::wire::igmp::{GroupRecord, HEADER_LEN, IgmpPacket, IgmpRepr, IgmpType, Sources, decode_code};

/// 224.0.0.2, where leave messages go (RFC2236-9-2).
const ALL_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 2);
/// 224.0.0.22, where version 3 reports go (RFC 3376 4.2.14).
const ALL_IGMPV3_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 22);

/// IGMP on one interface.
#[derive(Clone, Debug)]
pub struct Igmp {
    machine: Machine<Ipv4Addr>,
    config: MembershipConfig,
}

impl Igmp {
    /// No group yet. Versions above 3 count as 3.
    pub fn new(mut config: MembershipConfig) -> Self {
        config.version = config.version.clamp(1, 3);
        Self { machine: Machine::new(config.groups, config.version, config.seed, config.faults), config }
    }

    /// Joins a group and makes a report due; a second join of the same group is counted. All-systems is never
    /// reported. `Invalid` if it is no group, `NoBuffers` at the limit.
    pub fn join(&mut self, now: Instant, group: Ipv4Addr) -> Result<(), Errno> {
        if !group.is_multicast() {
            return Err(Errno::Invalid);
        }
        // RFC 2236 6: the all-systems group is always joined and never spoken about.
        if group == ALL_SYSTEMS { Ok(()) } else { self.machine.join(now, group) }
    }

    /// Leaves a group once; when the last join is undone the group is gone. False if it was not joined.
    pub fn leave(&mut self, now: Instant, group: Ipv4Addr) -> bool {
        group == ALL_SYSTEMS || self.machine.leave(now, group)
    }

    /// Takes an IGMP message, checksum not yet verified. Returns why it was dropped, if it was.
    pub fn handle_message(&mut self, now: Instant, src: Ipv4Addr, dst: Ipv4Addr, message: &[u8]) -> Option<DropReason> {
        let _ = src;
        let Ok(view) = IgmpPacket::new_checked(message) else {
            return Some(DropReason::Malformed);
        };
        // RFC2236-2.3-2, RFC3376-4.1.2-1: over the whole message.
        if !view.verify_checksum() && !self.config.faults.has(Fault::IgmpChecksumUnchecked) {
            return Some(DropReason::BadChecksum);
        }
        match view.msg_type() {
            IgmpType::QUERY => self.query(now, dst, message),
            // RFC2236-5-1: reports of both old versions suppress ours.
            IgmpType::REPORT_V1 | IgmpType::REPORT_V2 => {
                self.machine.reported(now, view.group());
                None
            }
            // For routers, or for nobody (RFC3376-4-2).
            _ => Some(DropReason::IcmpIgnored),
        }
    }

    fn query(&mut self, now: Instant, dst: Ipv4Addr, message: &[u8]) -> Option<DropReason> {
        // RFC2236-2.5-1: before version 3 nothing behind the first 8 octets counts.
        let message = if self.config.version < 3 { &message[..HEADER_LEN] } else { message };
        let tenths = |tenths: u32| Duration::from_millis(u64::from(tenths) * 100);
        // RFC3376-7.1-1: the length tells the versions apart, and other lengths are ignored.
        let (query, sources) = match IgmpRepr::parse_unverified(&IgmpPacket::new_unchecked(message)) {
            // RFC2236-4-1, RFC3376-7.2.1-3: version 1 says nothing, which means 10 seconds.
            Ok(IgmpRepr::QueryV1 { group }) => (asked(1, group, tenths(100), 0), Sources::default()),
            Ok(IgmpRepr::QueryV2 { max_resp_time, group }) => {
                (asked(2, group, tenths(max_resp_time.into()), 0), Sources::default())
            }
            Ok(IgmpRepr::QueryV3 { max_resp_code, group, robustness, sources, .. }) => {
                (asked(3, group, tenths(decode_code(max_resp_code)), robustness), sources)
            }
            _ => return Some(DropReason::Malformed),
        };
        match query.group {
            Some(group) if !group.is_multicast() => return Some(DropReason::Malformed),
            // RFC3376-9.1-3.
            None if dst.is_multicast() && dst != ALL_SYSTEMS => return Some(DropReason::BadDestination),
            _ => {}
        }
        self.machine.query(now, query, sources.iter());
        None
    }

    /// Writes the next message that is due to the start of `out`.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Report<Ipv4Addr>> {
        let (message, dst) = match self.machine.next(now)? {
            Step::Report { version: 1, group } => (IgmpRepr::ReportV1 { group }, group),
            Step::Report { group, .. } => (IgmpRepr::ReportV2 { group }, group),
            Step::Leave(group) => {
                let to_group = self.config.faults.has(Fault::IgmpLeaveToGroup);
                (IgmpRepr::Leave { group }, if to_group { group } else { ALL_ROUTERS })
            }
            Step::Records => return self.records(now, out),
        };
        let out = out.get_mut(..message.buffer_len())?;
        message.emit(&mut IgmpPacket::new_unchecked(&mut *out));
        Some(Report { dst, len: out.len() })
    }

    fn records(&mut self, now: Instant, out: &mut [u8]) -> Option<Report<Ipv4Addr>> {
        let limit = out.len().min(self.config.max_message);
        let (mut len, mut count) = (HEADER_LEN, 0u16);
        self.machine.take_records(now, |record_type, group, list| {
            let mut area = [0; 4 * 64];
            for (place, source) in area.chunks_exact_mut(4).zip(list) {
                place.copy_from_slice(&source.octets());
            }
            let sources = Sources(&area[..(list.len() * 4).min(area.len())]);
            let record = GroupRecord { record_type, group, sources, auxiliary: &[] };
            let written = out.get_mut(len..limit).and_then(|room| record.emit(room));
            len += written.unwrap_or(0);
            count += u16::from(written.is_some());
            written.is_some()
        });
        let out = out.get_mut(..len).filter(|_| count > 0)?;
        let mut view = IgmpPacket::new_unchecked(out);
        view.set_msg_type(IgmpType::REPORT_V3);
        view.set_max_resp_code(0);
        view.set_group(Ipv4Addr::UNSPECIFIED);
        view.set_record_count(count);
        view.fill_checksum();
        Some(Report { dst: ALL_IGMPV3_ROUTERS, len })
    }

    /// When [`Self::poll_transmit`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.machine.poll_timeout()
    }

    /// Nothing to do: messages that are due come out of [`Self::poll_transmit`].
    pub fn handle_timeout(&mut self, _now: Instant) {}
}

fn asked(version: u8, group: Ipv4Addr, max_response: Duration, robustness: u8) -> Query<Ipv4Addr> {
    Query { version, group: Some(group).filter(|group| !group.is_unspecified()), max_response, robustness }
}

#[cfg(test)]
#[path = "v4_tests.rs"]
mod tests;
