//! Makes the checksums of a frame right, and touches nothing else: for generators that change bytes of a frame
//! and want it to get past the first check of a stack (fuzzing, mutation, negative tests of other fields).

use super::ethernet::{EtherType, EthernetFrame, EthernetRepr};
use super::icmpv4::Icmpv4Packet;
use super::icmpv6::Icmpv6Packet;
use super::igmp::IgmpPacket;
use super::ip::{IpProtocol, PseudoHeader};
use super::ipv4::Ipv4Packet;
use super::ipv6::{self, Ipv6Packet};
use super::ipv6_ext::ChainWalker;
use super::tcp::TcpPacket;
use super::udp::UdpPacket;

/// Repairs what the frame has: the IPv4 header checksum, and that of TCP, UDP, ICMP, ICMPv6 and IGMP where the
/// packet is not a fragment. What is cut short or not known stays as it is.
pub fn checksums(frame: &mut [u8]) {
    let Ok((repr, _, payload)) = EthernetRepr::parse_any(frame) else {
        return;
    };
    // The payload ends where an 802.3 length says, so its start counts from there.
    let len = payload.len();
    let start = match EthernetFrame::new_unchecked(&*frame).ethertype().0 {
        ..0x0600 => super::ethernet::HEADER_LEN + super::llc::HEADER_LEN,
        _ => super::ethernet::HEADER_LEN,
    };
    if matches!(repr.ethertype, EtherType::IPV4 | EtherType::IPV6) {
        checksums_ip(&mut frame[start..start + len]);
    }
}

/// [`checksums`] for an IPv4 or IPv6 packet without a link header.
pub fn checksums_ip(packet: &mut [u8]) {
    match packet.first().map(|first| first >> 4) {
        Some(4) => ipv4(packet),
        Some(6) => ipv6(packet),
        _ => {}
    }
}

fn ipv4(bytes: &mut [u8]) {
    let Ok(mut view) = Ipv4Packet::new_checked(bytes) else {
        return;
    };
    view.fill_checksum();
    if view.is_fragment() {
        return;
    }
    let (protocol, pseudo, len) = (view.protocol(), view.pseudo_header(), view.payload().len());
    upper(protocol, pseudo, &mut view.payload_mut()[..len]);
}

fn ipv6(bytes: &mut [u8]) {
    let Ok(view) = Ipv6Packet::new_checked(bytes) else {
        return;
    };
    let (area, pseudo) = (view.payload(), view.pseudo_header());
    let len = area.len();
    let Ok(last) = ChainWalker::new(view.next_header(), area).last_step() else {
        return;
    };
    // A packet in fragments has its checksum over all of them; an atomic fragment is whole.
    let atomic = |step: &super::ipv6_ext::Step| {
        area.get(step.offset + 2..step.offset + 4).is_some_and(|field| field[0] == 0 && field[1] & 0xf9 == 0)
    };
    let whole = ChainWalker::new(view.next_header(), area)
        .flatten()
        .all(|step| step.header != IpProtocol::FRAGMENT || atomic(&step));
    if whole && !last.is_extension() {
        upper(last.header, pseudo, &mut view.into_inner()[ipv6::HEADER_LEN..][last.offset..len]);
    }
}

fn upper(protocol: IpProtocol, pseudo: PseudoHeader, bytes: &mut [u8]) {
    match protocol {
        IpProtocol::TCP => {
            if let Ok(mut view) = TcpPacket::new_checked(bytes) {
                view.fill_checksum(pseudo);
            }
        }
        IpProtocol::UDP => {
            if let Ok(view) = UdpPacket::new_checked(&*bytes) {
                let len = usize::from(view.length()).min(bytes.len());
                if let Ok(mut view) = UdpPacket::new_checked(&mut bytes[..len]) {
                    view.fill_checksum(pseudo);
                }
            }
        }
        IpProtocol::ICMP if !pseudo.is_v6() => {
            if let Ok(mut view) = Icmpv4Packet::new_checked(bytes) {
                view.fill_checksum();
            }
        }
        IpProtocol::ICMPV6 if pseudo.is_v6() => {
            if let Ok(mut view) = Icmpv6Packet::new_checked(bytes) {
                view.fill_checksum(pseudo);
            }
        }
        IpProtocol::IGMP if !pseudo.is_v6() => {
            if let Ok(mut view) = IgmpPacket::new_checked(bytes) {
                view.fill_checksum();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::pretty::tests::{FRAMES, frame};
    use super::super::pretty::{details, summary};
    use super::*;

    #[test]
    fn wrong_checksums_become_right() {
        for (name, bytes, text) in FRAMES {
            let bytes = frame(bytes);
            assert_eq!(summary(&bytes).to_string(), *text, "{name}");
        }
    }

    #[test]
    fn right_checksums_stay() {
        for (name, bytes, _) in FRAMES {
            let once = frame(bytes);
            let mut twice = once.clone();
            checksums(&mut twice);
            assert_eq!(once, twice, "{name}");
        }
    }

    #[test]
    fn every_cut_of_every_frame() {
        for (_, bytes, _) in FRAMES {
            let whole = frame(bytes);
            for len in 0..whole.len() {
                let mut cut = whole[..len].to_vec();
                checksums(&mut cut);
                assert!(!summary(&cut).to_string().is_empty());
                assert!(!details(&cut).to_string().is_empty());
            }
        }
    }

    quickcheck::quickcheck! {
        fn mutated_frames(which: usize, changes: Vec<(usize, u8)>) -> bool {
            let mut bytes = frame(FRAMES[which % FRAMES.len()].1);
            for (at, value) in changes {
                let at = at % bytes.len();
                bytes[at] = value;
            }
            checksums(&mut bytes);
            let text = summary(&bytes).to_string();
            let long = details(&bytes).to_string();
            !text.contains('\n') && !long.ends_with('\n') && !long.is_empty()
        }
    }
}
