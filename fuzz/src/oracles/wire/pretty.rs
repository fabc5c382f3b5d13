//! Frames in words, and checksums made right. Read first: `stack/src/wire/pretty/mod.rs`, `stack/src/wire/repair.rs`.

use wireproof_stack::wire::ethernet::{EtherType, EthernetRepr};
use wireproof_stack::wire::ipv4::{Ipv4Packet, Ipv4Repr};
use wireproof_stack::wire::pretty::{details, details_ip, summary, summary_ip};
use wireproof_stack::wire::repair;

use crate::digest::Digest;
use crate::models::checksum::{is_valid, pseudo_header};

/// What generated inputs must reach.
pub const MARKS: &[&str] = &["ARP", "TCP", "UDP", "ICMPv6", "cut short", "checksum repaired"];

/// Any bytes as a frame.
pub fn pretty(data: &[u8]) -> Digest {
    let mut digest = Digest::new();
    let line = words(data, &mut digest);
    for (word, mark) in
        [("ARP", "ARP"), (" TCP ", "TCP"), (" UDP ", "UDP"), ("ICMPv6", "ICMPv6"), ("cut short", "cut short")]
    {
        if line.contains(word) {
            digest.mark(mark);
        }
    }
    let mut repaired = data.to_vec();
    repair::checksums(&mut repaired);
    check_repair(data, &repaired, &mut digest);
    words(&repaired, &mut digest);
    digest
}

/// A summary is one line, details are lines without one at the end, and nothing in them moves a terminal's cursor.
fn words(frame: &[u8], digest: &mut Digest) -> String {
    let line = summary(frame).to_string();
    let lines = [details(frame).to_string(), details_ip(frame).to_string()];
    for text in [&line, &summary_ip(frame).to_string()] {
        assert!(!text.is_empty() && !text.contains(char::is_control), "one line: {text:?}");
    }
    for text in &lines {
        assert!(!text.is_empty() && !text.ends_with('\n'), "no line feed at the end: {text:?}");
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "control characters: {text:?}");
    }
    digest.see(&(&line, &lines));
    line
}

/// Repairing changes checksums and nothing else: the length stays, a second time changes nothing, and what can be
/// judged with the plain sum is right.
fn check_repair(data: &[u8], repaired: &[u8], digest: &mut Digest) {
    assert_eq!(data.len(), repaired.len());
    let changed = data.iter().zip(repaired).filter(|(a, b)| a != b).count();
    assert!(changed <= 4, "{changed} octets changed: two checksums are four");
    let mut again = repaired.to_vec();
    repair::checksums(&mut again);
    assert_eq!(again, repaired, "repaired twice");
    let Ok((EthernetRepr { ethertype: EtherType::IPV4, .. }, _, packet)) = EthernetRepr::parse_any(repaired) else {
        return;
    };
    let Ok(repr) = Ipv4Repr::parse(&Ipv4Packet::new_unchecked(packet)) else { return };
    let body = &packet[repr.buffer_len()..repr.buffer_len() + repr.payload_len];
    if repr.protocol.0 == 6
        && body.len() >= 20
        && !repr.is_fragment()
        && usize::from(body[12] >> 4) * 4 <= body.len()
        && body[12] >= 0x50
    {
        let pseudo = pseudo_header(&repr.src.octets(), &repr.dst.octets(), 6, body.len());
        assert!(is_valid(&[&pseudo, body]), "TCP checksum after the repair");
        if changed > 0 {
            digest.mark("checksum repaired");
        }
    }
}
