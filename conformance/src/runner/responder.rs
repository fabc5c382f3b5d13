//! The tester as a good neighbour: answers ARP requests and neighbour solicitations.
//!
//! It answers for every address that is not the target's own, so that gateways and hosts behind the tester need no
//! declaration. Probes for duplicate addresses get no answer. Read first: RFC 826, RFC 4861 7.2.4, RFC 5227 1.1.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::target::Link;
use crate::timeline::decode::{Dissection, finish_sum, sum_pseudo, sum_words};
use crate::timeline::{FieldId, LayerKind, Value};

/// Which addresses the tester answers for.
#[derive(Clone, Debug)]
pub struct Responder {
    everywhere: bool,
    special: BTreeMap<IpAddr, bool>,
}

impl Default for Responder {
    fn default() -> Self {
        Self { everywhere: true, special: BTreeMap::new() }
    }
}

impl Responder {
    /// Switches answers on or off, for some addresses or (none given) for all.
    pub fn switch(&mut self, answer: bool, addresses: &[IpAddr]) {
        if addresses.is_empty() {
            self.everywhere = answer;
            self.special.clear();
        }
        for address in addresses {
            self.special.insert(*address, answer);
        }
    }

    fn answers_for(&self, address: IpAddr) -> bool {
        self.special.get(&address).copied().unwrap_or(self.everywhere)
    }

    /// The answer to a frame from the target, if it asks for an address that the tester answers for. `always` is
    /// answered for in any case.
    pub fn answer(&self, frame: &Dissection<'_>, link: &Link, always: &[IpAddr]) -> Option<Vec<u8>> {
        let wanted = asked_for(frame)?;
        let own = wanted == IpAddr::V4(link.target_v4.0)
            || wanted == IpAddr::V6(link.target_v6.0)
            || wanted == IpAddr::V6(link.target_v6_link_local);
        if own || !(always.contains(&wanted) || self.answers_for(wanted)) {
            return None;
        }
        let Some(Value::Mac(asker)) = frame.get(FieldId::EthSrc) else { return None };
        match wanted {
            IpAddr::V4(wanted) => {
                let Some(Value::V4(sender)) = frame.get(FieldId::ArpSenderIp) else { return None };
                Some(arp_reply(link, asker, wanted, sender))
            }
            IpAddr::V6(wanted) => {
                let Some(Value::V6(sender)) = frame.get(FieldId::Ipv6Src) else { return None };
                Some(advertisement(link, asker, wanted, sender))
            }
        }
    }
}

/// The address that an ARP request or a neighbour solicitation asks for, unless it is a probe.
fn asked_for(frame: &Dissection<'_>) -> Option<IpAddr> {
    if frame.has(LayerKind::Arp) {
        let probe = frame.get(FieldId::ArpSenderIp) == Some(Value::V4(Ipv4Addr::UNSPECIFIED));
        let announcement = frame.get(FieldId::ArpSenderIp) == frame.get(FieldId::ArpTargetIp);
        return match frame.get(FieldId::ArpTargetIp) {
            Some(Value::V4(wanted)) if frame.num(FieldId::ArpOperation) == Some(1) && !probe && !announcement => {
                Some(wanted.into())
            }
            _ => None,
        };
    }
    let probe = frame.get(FieldId::Ipv6Src) == Some(Value::V6(Ipv6Addr::UNSPECIFIED));
    match (frame.num(FieldId::Icmpv6Type), frame.get(FieldId::NdTarget)) {
        (Some(135), Some(Value::V6(wanted))) if !probe => Some(wanted.into()),
        _ => None,
    }
}

fn arp_reply(link: &Link, asker: [u8; 6], wanted: Ipv4Addr, sender: Ipv4Addr) -> Vec<u8> {
    let own = link.tester_mac.0;
    [&asker[..], &own, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 2], &own, &wanted.octets(), &asker, &sender.octets()].concat()
}

fn advertisement(link: &Link, asker: [u8; 6], wanted: Ipv6Addr, sender: Ipv6Addr) -> Vec<u8> {
    let own = link.tester_mac.0;
    // Solicited and override flags, target link-layer address option.
    let mut message = [&[136, 0, 0, 0, 0x60, 0, 0, 0][..], &wanted.octets(), &[2, 1], &own].concat();
    let sum = sum_words(&message) + sum_pseudo(wanted.into(), sender.into(), 58, message.len());
    message[2..4].copy_from_slice(&finish_sum(sum).to_be_bytes());
    let ip = [0x60, 0, 0, 0, 0, message.len() as u8, 58, 255];
    [&asker[..], &own, &[0x86, 0xdd], &ip, &wanted.octets(), &sender.octets(), &message].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::decode::ChecksumState;

    fn request(link: &Link, sender: Ipv4Addr, wanted: Ipv4Addr) -> Vec<u8> {
        let own = link.target_mac.0;
        [&[0xff; 6][..], &own, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1], &own, &sender.octets(), &[0; 6], &wanted.octets()]
            .concat()
    }

    #[test]
    fn answers_requests_but_no_probe_and_nothing_for_the_target() {
        let link = Link::standard(0);
        let responder = Responder::default();
        let ask = |sender, wanted| {
            let frame = request(&link, sender, wanted);
            responder.answer(&Dissection::of(&frame), &link, &[])
        };
        let gateway = Ipv4Addr::new(192, 0, 2, 77);
        let reply = ask(link.target_v4.0, gateway).expect("a gateway behind the tester");
        let reply = Dissection::of(&reply);
        assert_eq!(reply.get(FieldId::ArpSenderIp), Some(gateway.into()));
        assert_eq!(reply.get(FieldId::EthDst), Some(link.target_mac.into()));
        assert!(ask(Ipv4Addr::UNSPECIFIED, gateway).is_none(), "a probe");
        assert!(ask(link.tester_v4, link.target_v4.0).is_none(), "the target's own address");
    }

    #[test]
    fn switches() {
        let link = Link::standard(0);
        let mut responder = Responder::default();
        let gone = Ipv4Addr::new(192, 0, 2, 9);
        responder.switch(false, &[gone.into()]);
        let ask = |responder: &Responder, wanted| {
            let frame = request(&link, link.target_v4.0, wanted);
            responder.answer(&Dissection::of(&frame), &link, &[link.tester_v4.into()]).is_some()
        };
        assert!(!ask(&responder, gone));
        assert!(ask(&responder, Ipv4Addr::new(192, 0, 2, 8)));
        responder.switch(false, &[]);
        assert!(!ask(&responder, Ipv4Addr::new(192, 0, 2, 8)));
        assert!(ask(&responder, link.tester_v4), "always");
    }

    #[test]
    fn advertisement_is_well_formed() {
        let link = Link::standard(0);
        let frame = advertisement(&link, link.target_mac.0, link.tester_v6, link.target_v6.0);
        let frame = Dissection::of(&frame);
        let layer = frame.layer(LayerKind::Icmpv6).expect("ICMPv6");
        assert_eq!(frame.checksum(layer), ChecksumState::Right);
        assert_eq!(frame.num(FieldId::NdSolicited), Some(1));
        assert_eq!(frame.nd_options(), [(2, &link.tester_mac.0[..])]);
    }
}
