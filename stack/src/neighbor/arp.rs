//! Receiving ARP packets: the algorithm of RFC 826, "Packet Reception".

use core::net::Ipv4Addr;

use super::cache::{NeighborCache, Work};
use crate::address::{V4Class, classify_v4};
use crate::event::DropReason;
use crate::fault::Fault;
use crate::time::Instant;
use crate::wire::arp::{ArpOperation, ArpPacket, ArpRepr};
use crate::wire::ethernet::MacAddress;

impl NeighborCache {
    /// Takes an ARP packet (the payload of the frame). `owns` tells this interface's addresses. A reply comes out of
    /// [`Self::poll_transmit`]. Returns why it was dropped, if it was; a packet that is simply about others was not.
    pub fn handle_arp(
        &mut self,
        now: Instant,
        packet: &[u8],
        owns: impl Fn(Ipv4Addr) -> bool,
    ) -> Result<(), DropReason> {
        // RFC826-WP-5: hardware type, protocol type and their lengths are ours, or the packet is discarded.
        let repr = ArpRepr::parse(&ArpPacket::new_unchecked(packet)).map_err(|_| DropReason::Malformed)?;
        // RFC 1812 3.3.2: no station is reached by a group's address.
        if !repr.sender_mac.is_unicast() {
            return Err(DropReason::LinkSource);
        }
        // A probe (RFC 5227 2.1.1) has no sender address, and a packet in our own name teaches nothing.
        let sender_known = classify_v4(repr.sender_ip) == V4Class::Unicast && !owns(repr.sender_ip);
        // RFC826-WP-3: merge first, whatever the operation and the target are.
        let merged = sender_known && self.merge(now, &repr);
        let request = repr.operation == ArpOperation::REQUEST;
        let faults = self.config.faults;
        let for_us = owns(repr.target_ip) || (request && faults.has(Fault::ArpReplyToOthers));
        if !for_us {
            return Ok(());
        }
        // RFC826-WP-4: a sender who asks for us is added.
        if !merged && sender_known {
            self.add(now, repr.sender_ip, repr.sender_mac);
        }
        // RFC826-WP-1, RFC826-WP-7: now look at the operation; only requests are answered.
        if !request && !faults.has(Fault::ArpAnswersReplies) {
            return Ok(());
        }
        let reply = ArpRepr {
            operation: ArpOperation::REPLY,
            sender_mac: self.config.mac,
            sender_ip: repr.target_ip,
            target_mac: repr.sender_mac,
            target_ip: repr.sender_ip,
        };
        self.reply(Work::Arp(reply, repr.sender_mac))
    }

    /// Updates the sender's entry if there is one.
    fn merge(&mut self, now: Instant, repr: &ArpRepr) -> bool {
        let Some(slot) = self.table.find(repr.sender_ip.into()) else {
            return false;
        };
        let keep_old = self.config.faults.has(Fault::ArpNoMerge);
        let Some(entry) = self.table.get(slot) else {
            return false;
        };
        if entry.is_static {
            return true;
        }
        let unknown = entry.mac == MacAddress::UNSPECIFIED;
        if unknown || !keep_old {
            entry.mac = repr.sender_mac;
        }
        self.set_reachable(now, slot);
        self.release(slot);
        true
    }

    fn add(&mut self, now: Instant, addr: Ipv4Addr, mac: MacAddress) {
        if let Some(slot) = self.insert(addr.into()) {
            if let Some(entry) = self.table.get(slot) {
                entry.mac = mac;
            }
            self.set_reachable(now, slot);
        }
    }
}
