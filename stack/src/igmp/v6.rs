//! MLD: versions 1 and 2 (RFC 2710, RFC 3810), the host's part.

use core::net::Ipv6Addr;

use super::machine::{Machine, Query, Step};
use super::{MembershipConfig, Report};
use crate::address::{ALL_NODES, ALL_ROUTERS};
use crate::errno::Errno;
use crate::event::DropReason;
use crate::fault::Fault;
use crate::time::{Duration, Instant};
use crate::wire::icmpv6::{Icmpv6Packet, Icmpv6Type};
use crate::wire::ip::PseudoHeader;
use crate::wire::mld::{AddressRecord, MldRepr, Sources, decode_max_response};

/// ff02::16, where version 2 reports go (RFC 3810 5.2.14).
const ALL_MLDV2_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16);
/// Octets of a version 2 report before its records.
const HEADER_LEN: usize = 8;

/// MLD on one interface.
#[derive(Clone, Debug)]
pub struct Mld {
    machine: Machine<Ipv6Addr>,
    config: MembershipConfig,
}

impl Mld {
    /// No group yet. Versions above 2 count as 2.
    pub fn new(mut config: MembershipConfig) -> Self {
        config.version = config.version.clamp(1, 2);
        Self { machine: Machine::new(config.groups, config.version + 1, config.seed, config.faults), config }
    }

    /// Joins a group and makes a report due. See [`super::Igmp::join`]; all-nodes and scopes 0 and 1 are never reported.
    pub fn join(&mut self, now: Instant, group: Ipv6Addr) -> Result<(), Errno> {
        if !group.is_multicast() {
            return Err(Errno::Invalid);
        }
        if is_silent(group) { Ok(()) } else { self.machine.join(now, group) }
    }

    /// Leaves a group once. See [`super::Igmp::leave`].
    pub fn leave(&mut self, now: Instant, group: Ipv6Addr) -> bool {
        is_silent(group) || self.machine.leave(now, group)
    }

    /// Takes an ICMPv6 message of type 130, 131, 132 or 143 whose checksum is right. `hop_limit` is that of its IPv6
    /// header.
    pub fn handle_message(
        &mut self,
        now: Instant,
        src: Ipv6Addr,
        dst: Ipv6Addr,
        hop_limit: u8,
        message: &[u8],
    ) -> Option<DropReason> {
        let Ok(view) = Icmpv6Packet::new_checked(message) else {
            return Some(DropReason::Malformed);
        };
        // RFC 3810 6.2: it came from this link, and says so.
        if hop_limit != 1 {
            return Some(DropReason::NotNeighborSafe);
        }
        // RFC2710-5-1, RFC2710-5-2, RFC3810-5.1.14-2. A report may also come from a node without address (RFC 3590 4).
        let query = view.msg_type() == Icmpv6Type::LISTENER_QUERY;
        let source = src.is_unicast_link_local() || (!query && src.is_unspecified());
        if !source && !self.config.faults.has(Fault::MldSourceUnchecked) {
            return Some(DropReason::BadSource);
        }
        // RFC2710-3.7-1: before version 2 nothing behind the first 24 octets counts.
        let message = if self.config.version < 2 && query { message.get(..24)? } else { message };
        let milliseconds = |value: u32| Duration::from_millis(value.into());
        let asked = |version, group: Ipv6Addr, max_response, robustness| {
            let group = Some(group).filter(|group| !group.is_unspecified());
            Query { version, group, max_response, robustness }
        };
        let (query, sources) = match MldRepr::parse(&Icmpv6Packet::new_unchecked(message), None) {
            Ok(MldRepr::QueryV1 { max_response_delay, group }) => {
                (asked(2, group, milliseconds(max_response_delay.into()), 0), Sources::default())
            }
            Ok(MldRepr::QueryV2 { max_response_code, group, robustness, sources, .. }) => {
                (asked(3, group, milliseconds(decode_max_response(max_response_code)), robustness), sources)
            }
            Ok(MldRepr::ReportV1 { group }) => {
                self.machine.reported(now, group);
                return None;
            }
            Ok(MldRepr::Done { .. } | MldRepr::ReportV2 { .. }) => return Some(DropReason::IcmpIgnored),
            // RFC3810-8.1-1: other lengths are ignored.
            Err(_) => return Some(DropReason::Malformed),
        };
        match query.group {
            Some(group) if !group.is_multicast() => return Some(DropReason::Malformed),
            None if dst.is_multicast() && dst != ALL_NODES => return Some(DropReason::BadDestination),
            _ => {}
        }
        self.machine.query(now, query, sources.iter());
        None
    }

    /// Writes the next message that is due to the start of `out`. `source` is the address it will be sent from: a
    /// link-local one, or the unspecified address while there is none (RFC 3590).
    pub fn poll_transmit(&mut self, now: Instant, source: Ipv6Addr, out: &mut [u8]) -> Option<Report<Ipv6Addr>> {
        let (message, dst) = match self.machine.next(now)? {
            Step::Report { group, .. } => (MldRepr::ReportV1 { group }, group),
            Step::Leave(group) => {
                let to_group = self.config.faults.has(Fault::IgmpLeaveToGroup);
                // RFC2710-4-3.
                (MldRepr::Done { group }, if to_group { group } else { ALL_ROUTERS })
            }
            Step::Records => return self.records(now, source, out),
        };
        let out = out.get_mut(..message.buffer_len())?;
        message.emit(&mut Icmpv6Packet::new_unchecked(&mut *out), PseudoHeader::v6(source, dst));
        Some(Report { dst, len: out.len() })
    }

    fn records(&mut self, now: Instant, source: Ipv6Addr, out: &mut [u8]) -> Option<Report<Ipv6Addr>> {
        let limit = out.len().min(self.config.max_message);
        let (mut len, mut count) = (HEADER_LEN, 0u32);
        self.machine.take_records(now, |record_type, group, list| {
            let mut area = [0; 16 * 64];
            for (place, source) in area.chunks_exact_mut(16).zip(list) {
                place.copy_from_slice(&source.octets());
            }
            let sources = Sources(&area[..(list.len() * 16).min(area.len())]);
            let record = AddressRecord { record_type, group, sources, auxiliary: &[] };
            let written = out.get_mut(len..limit).and_then(|room| record.emit(room));
            len += written.unwrap_or(0);
            count += u32::from(written.is_some());
            written.is_some()
        });
        let out = out.get_mut(..len).filter(|_| count > 0)?;
        let mut view = Icmpv6Packet::new_unchecked(out);
        view.set_msg_type(Icmpv6Type::LISTENER_REPORT_V2);
        view.set_code(0);
        view.set_rest_of_header(count);
        view.fill_checksum(PseudoHeader::v6(source, ALL_MLDV2_ROUTERS));
        Some(Report { dst: ALL_MLDV2_ROUTERS, len })
    }

    /// When [`Self::poll_transmit`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.machine.poll_timeout()
    }

    /// Nothing to do: messages that are due come out of [`Self::poll_transmit`].
    pub fn handle_timeout(&mut self, _now: Instant) {}
}

/// RFC 2710 5, RFC 3810 6: all-nodes, and groups of reserved or interface-local scope, are never spoken about.
fn is_silent(group: Ipv6Addr) -> bool {
    group == ALL_NODES || group.octets()[1] & 0xf < 2
}

#[cfg(test)]
#[path = "v6_tests.rs"]
mod tests;
