//! Receiving neighbour discovery messages.
//!
//! Read first: RFC 4861 6.1.2, 7.1 (checks), 7.2.3 to 7.2.5 (processing), 8.1 (redirects); RFC 4862 5.4.

use core::net::Ipv6Addr;

use super::cache::{NeighborCache, Work};
use super::frame::Advertisement;
use super::{NdEvent, NdHeader, NeighborState, Ownership};
use crate::address::{ALL_NODES, solicited_node};
use crate::event::DropReason;
use crate::fault::Fault;
use crate::time::Instant;
use crate::wire::ethernet::MacAddress;
use crate::wire::icmpv6::Icmpv6Packet;
use crate::wire::ndp::{NdpOptions, NdpRepr};

/// The flags and option of a neighbour advertisement.
#[derive(Clone, Copy)]
struct Advertised {
    router: bool,
    solicited: bool,
    override_flag: bool,
    mac: Option<MacAddress>,
}

impl NeighborCache {
    /// Takes an ICMPv6 message of type 133 to 137 whose checksum is right. `owns` tells this interface's addresses.
    /// A reply comes out of [`Self::poll_transmit`].
    pub fn handle_nd(
        &mut self,
        now: Instant,
        header: NdHeader,
        message: &[u8],
        owns: impl Fn(Ipv6Addr) -> Ownership,
    ) -> Result<NdEvent, DropReason> {
        let faults = self.config.faults;
        // RFC4861-7.1.1-1, RFC4861-7.1.2-1: 255 proves that no router forwarded it.
        if header.hop_limit != 255 && !faults.has(Fault::NdpHopLimitUnchecked) {
            return Err(DropReason::NotNeighborSafe);
        }
        // Code, length, options of length zero and multicast targets are the parser's business.
        let mut coded = [0; 512];
        let mut message = message;
        if faults.has(Fault::NdpCodeUnchecked) && message.len() <= coded.len() && message.len() > 1 {
            coded[..message.len()].copy_from_slice(message);
            coded[1] = 0;
            message = &coded[..message.len()];
        }
        let unsafe_message = |_| DropReason::NotNeighborSafe;
        match NdpRepr::parse(&Icmpv6Packet::new_unchecked(message), None).map_err(unsafe_message)? {
            NdpRepr::NeighborSolicitation { target, options } => {
                self.solicitation(now, header, target, options, owns(target))
            }
            NdpRepr::NeighborAdvertisement { router, solicited, override_flag, target, options } => {
                // RFC 4861 7.1.2: nobody solicits a group.
                if header.dst.is_multicast() && solicited {
                    return Err(DropReason::NotNeighborSafe);
                }
                match owns(target) {
                    Ownership::None => {}
                    Ownership::Tentative => return Ok(NdEvent::Duplicate(target)),
                    Ownership::Unicast | Ownership::Anycast => return Ok(NdEvent::None),
                }
                let mac = options.target_link_layer().filter(|mac| mac.is_unicast());
                self.advertisement(now, target, Advertised { router, solicited, override_flag, mac })
            }
            NdpRepr::RouterSolicitation { options } => self.router_solicitation(header, options),
            NdpRepr::RouterAdvertisement { options, .. } => {
                if !header.src.is_unicast_link_local() {
                    return Err(DropReason::NotNeighborSafe);
                }
                if let Some(mac) = options.source_link_layer().filter(|mac| mac.is_unicast()) {
                    self.learn(header.src.into(), mac, Some(true));
                }
                Ok(NdEvent::RouterAdvertisement)
            }
            NdpRepr::Redirect { target, destination, options } => {
                // RFC 4861 8.1: from a router, about a host, to a router or to the host itself.
                let to_router = target.is_unicast_link_local();
                if !header.src.is_unicast_link_local()
                    || destination.is_multicast()
                    || (!to_router && target != destination)
                {
                    return Err(DropReason::NotNeighborSafe);
                }
                let mac = options.target_link_layer().filter(|mac| mac.is_unicast());
                Ok(NdEvent::Redirect { from: header.src, target, destination, mac })
            }
        }
    }

    fn solicitation(
        &mut self,
        now: Instant,
        header: NdHeader,
        target: Ipv6Addr,
        options: NdpOptions<'_>,
        ownership: Ownership,
    ) -> Result<NdEvent, DropReason> {
        let mac = options.source_link_layer();
        let unspecified = header.src.is_unspecified();
        // RFC4861-7.1.1-1: a node without address asks the solicited-node group, and cannot name its own station.
        if unspecified && (mac.is_some() || !is_solicited_node(header.dst)) {
            return Err(DropReason::NotNeighborSafe);
        }
        match ownership {
            // RFC4861-7.2.3-1.
            Ownership::None => return Err(DropReason::BadDestination),
            // RFC 4862 5.4.3: another node tries the same address, or resolves it too early.
            Ownership::Tentative if unspecified => return Ok(NdEvent::Duplicate(target)),
            Ownership::Tentative => return Err(DropReason::NotNeighborSafe),
            Ownership::Unicast | Ownership::Anycast => {}
        }
        self.own_v6 = self.own_v6.or(Some(target));
        // RFC4861-7.2.3-2, RFC4861-7.2.3-7.
        if let Some(mac) = mac.filter(|mac| mac.is_unicast() && !header.src.is_multicast()) {
            self.learn(header.src.into(), mac, None);
        }
        let faults = self.config.faults;
        let with_option = !faults.has(Fault::NdpTargetOptionMissing);
        let advertisement = Advertisement {
            // RFC4861-7.2.4-7, RFC4861-7.2.4-8.
            dst: if unspecified { ALL_NODES } else { header.src },
            solicited: !unspecified && !faults.has(Fault::NdpSolicitedFlagClear),
            target,
            // RFC4861-7.2.4-3.
            router: self.config.is_router,
            // RFC4861-7.2.4-5, RFC4861-7.2.4-6.
            override_flag: ownership == Ownership::Unicast && with_option,
            // RFC4861-7.2.4-2.
            mac: with_option.then_some(self.config.mac),
        };
        if unspecified {
            if faults.has(Fault::NdpDadNotDefended) {
                return Ok(NdEvent::None);
            }
            return self.reply(Work::Advertise(advertisement)).map(|()| NdEvent::None);
        }
        // Through the queue, so that a sender that did not name its station is resolved first.
        let mut packet = [0; 72];
        let len = advertisement.packet(&mut packet).ok_or(DropReason::Malformed)?;
        self.resolve(now, header.src.into());
        self.enqueue(now, header.src.into(), target.into(), &packet[..len])?;
        Ok(NdEvent::None)
    }

    /// RFC 4861 7.2.5.
    fn advertisement(&mut self, now: Instant, target: Ipv6Addr, said: Advertised) -> Result<NdEvent, DropReason> {
        let faults = self.config.faults;
        let Some(slot) = self.table.find(target.into()) else {
            // RFC4861-7.2.5-1: nobody asked.
            if faults.has(Fault::NdpAdvertisementCreates)
                && let Some(mac) = said.mac
            {
                self.learn(target.into(), mac, Some(said.router));
            }
            return Ok(NdEvent::None);
        };
        let Some(entry) = self.table.get(slot).filter(|entry| !entry.is_static) else {
            return Ok(NdEvent::None);
        };
        let differs = said.mac.is_some_and(|mac| mac != entry.mac);
        if entry.state == NeighborState::Incomplete {
            // RFC4861-7.2.5-2: it answers nothing without an address.
            let mac = said.mac.ok_or(DropReason::NotNeighborSafe)?;
            entry.mac = mac;
            entry.is_router = said.router;
            if said.solicited {
                self.set_reachable(now, slot)
            } else {
                self.set_stale(slot)
            }
            self.release(slot);
            return Ok(NdEvent::None);
        }
        // RFC4861-7.2.5-3: without override a different address only raises doubt.
        if differs && !said.override_flag && !faults.has(Fault::NdpOverrideIgnored) {
            if entry.state == NeighborState::Reachable {
                self.set_stale(slot);
            }
            return Ok(NdEvent::None);
        }
        // RFC4861-7.2.5-4 to RFC4861-7.2.5-8.
        entry.mac = said.mac.unwrap_or(entry.mac);
        let was_router = core::mem::replace(&mut entry.is_router, said.router);
        if said.solicited {
            self.set_reachable(now, slot);
        } else if differs {
            self.set_stale(slot);
        }
        // RFC4861-7.2.5-9.
        Ok(if was_router && !said.router { NdEvent::RouterGone(target) } else { NdEvent::None })
    }

    /// RFC 4861 6.1.1 and 6.2.6: routers only; the sender is no router.
    fn router_solicitation(&mut self, header: NdHeader, options: NdpOptions<'_>) -> Result<NdEvent, DropReason> {
        if !self.config.is_router {
            return Err(DropReason::IcmpIgnored);
        }
        let mac = options.source_link_layer();
        if header.src.is_unspecified() {
            return if mac.is_some() { Err(DropReason::NotNeighborSafe) } else { Ok(NdEvent::None) };
        }
        if let Some(mac) = mac.filter(|mac| mac.is_unicast()) {
            self.learn(header.src.into(), mac, Some(false));
        }
        Ok(NdEvent::None)
    }
}

/// Whether an address is in ff02::1:ff00:0/104.
fn is_solicited_node(addr: Ipv6Addr) -> bool {
    solicited_node(addr) == addr
}
