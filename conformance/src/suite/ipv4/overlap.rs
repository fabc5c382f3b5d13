//! Fragments that overlap. RFC 791 3.2 lets newer data replace older; RFC 1858 and RFC 3128 show why that is dangerous.
//! What must hold everywhere: no harm, and never a datagram that nobody sent parts of. Read first: RFC 791 3.2, RFC 1858.

use super::echo_works;
use crate::suite::prelude::*;

/// Two ranges of a 96-octet ICMP message that overlap, by name: the first one is 0 to 47, the last one 48 to 95, and
/// this one comes between them.
const RELATIONS: &[(&str, usize, usize)] = &[
    ("equal-start", 0, 24),
    ("inside", 8, 16),
    ("equal", 0, 48),
    ("equal-end", 24, 24),
    ("across-the-border", 40, 16),
    ("covers-the-border-widely", 16, 64),
    ("covers-all", 0, 96),
];

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    let names: Vec<&str> = RELATIONS.iter().map(|(name, ..)| *name).collect();
    vec![
        case("ipv4.overlap.same-data-or-nothing")
            .title("When the overlapping octets are equal, the datagram is delivered unchanged or not at all")
            .required(&["RFC791-WP-1"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .param("relation", &names)
            .build(|s| {
                let (offset, len) = relation(s);
                let whole = s.ip().echo_request(1, 1).fill(0x61, 88);
                s.inject(whole.clone().fragment(21, 0, 48, true));
                s.inject(whole.clone().fragment(21, offset, len, offset + len < 96));
                s.inject(whole.fragment(21, 48, 48, false));
                s.silence(s.ip().icmpv4(0, any()).payload_len(not(88)));
                echo_works(s);
            }),
        case("ipv4.overlap.conflicting-data-policy")
            .title("Whether a datagram with conflicting overlapping data is delivered (RFC 791 replaces, many stacks discard)")
            .observed()
            .required(&["RFC791-WP-1"])
            .needs(&[Capability::UdpSockets, Capability::Reassembly])
            .ipv4()
            .param("relation", &["inside", "across-the-border", "equal"])
            .build(|s| {
                let (offset, len) = relation(s);
                s.udp_bind("u", 5000);
                s.setup_done();
                // Without a checksum, so that the policy alone decides.
                let one = s.ip().udp(40_000, 5000).fill(0x61, 88).checksum(Checksum::Zero);
                let two = s.ip().udp(40_000, 5000).fill(0x62, 88).checksum(Checksum::Zero);
                s.inject(one.clone().fragment(22, 0, 48, true));
                s.inject(two.fragment(22, offset.max(8), len - offset.abs_diff(offset.max(8)), true));
                s.inject(one.fragment(22, 48, 48, false));
                s.call("u", Verb::RecvFrom(2000), Expected::Ok).within(ms(200));
            }),
        case("ipv4.overlap.teardrop-harmless")
            .title("A second fragment that lies wholly inside the first (teardrop) does no harm")
            .required(&["RFC791-3.2-8"])
            .needs(&[Capability::EchoReply, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                let whole = s.ip().udp(40_000, 5999).fill(0x61, 40);
                s.inject(whole.clone().fragment(23, 0, 40, true));
                s.inject(whole.fragment(23, 24, 8, false));
                s.forget();
                echo_works(s);
            }),
        case("ipv4.overlap.tiny-offset-tcp-fragment")
            .title("A TCP fragment at offset eight does not overwrite the flags of the first fragment")
            .should()
            .required(&["RFC1858-4.2-1"])
            .needs(&[Capability::TcpListen, Capability::Reassembly])
            .ipv4()
            .build(|s| {
                s.listen_for("c");
                s.setup_done();
                // The first fragment says ACK, the overlapping one at offset 8 turns it into SYN.
                let harmless = s.tcp("c").ack().untracked().no_options().fill(0, 8);
                let syn = s.tcp("c").syn().untracked().no_options().fill(0, 8);
                s.inject(harmless.fragment(24, 0, 24, true));
                s.inject(syn.fragment(24, 8, 20, false));
                s.silence(s.tcp("c").syn_ack());
                s.inject(s.tcp("c").syn());
                s.expect(s.tcp("c").syn_ack()).why("a whole SYN is answered");
            }),
    ]
}

fn relation(s: &Scene) -> (usize, usize) {
    let name = s.param("relation");
    match RELATIONS.iter().find(|(known, ..)| *known == name) {
        Some((_, offset, len)) => (*offset, *len),
        None => panic!("no relation `{name}`"),
    }
}
