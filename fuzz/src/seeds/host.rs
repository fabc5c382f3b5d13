//! Seeds of `host_frames`: event lists as the oracle reads them, one choice a byte.

use super::Seed;

/// After an event: send what wants to leave. Also "no" where the oracle asks for one in several.
const DRAIN: u8 = 1;
const NO: u8 = 1;

/// An ARP request of the station for the host.
const ARP: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0, NO, DRAIN];
/// Open a TCP socket over IPv4 and listen on port 80.
const LISTEN: &[u8] = &[4, 0, 0, 0, 0, 2, DRAIN];
/// Open a UDP socket over IPv4 and bind it to port 7.
const UDP: &[u8] = &[4, 0, 0, 1, 1, 2, DRAIN];
/// Open a TCP socket over IPv4 and connect it to the station; the ARP request is answered.
const CONNECT: &[u8] = &[4, 0, 0, 0, 0, 1, DRAIN, NO];
/// The station's end of the first connection: acknowledges; sends 100 octets; its FIN; a reset; answers a SYN.
const PEER_ACK: &[u8] = &[2, 0, 0, DRAIN];
const PEER_TEXT: &[u8] = &[2, 0, 3, 0, 100, DRAIN];
const PEER_FIN: &[u8] = &[2, 0, 5, DRAIN];
const PEER_RESET: &[u8] = &[2, 0, 6, DRAIN];
const PEER_SYN_ACK: &[u8] = &[2, 0, NO, DRAIN];
/// Time until the next timer.
const WAKE: &[u8] = &[7, 0, DRAIN];

/// An IPv4 packet from the station to the host in one piece, with what `upper` says inside; its ARP request is answered.
fn v4(upper: &[u8]) -> Vec<u8> {
    [&[0, 0, 2, 0, 0, NO, 0, 0, 0, 0, NO][..], upper, &[0, NO, NO, DRAIN, NO, NO]].concat()
}

/// The same in three fragments, in order or reversed.
fn v4_pieces(upper: &[u8], order: u8) -> Vec<u8> {
    [&[0, 0, 2, 0, 0, 0, 0, 0, 0, 0, NO][..], upper, &[0, NO, 2, order, NO, DRAIN, NO, NO]].concat()
}

/// An IPv6 packet from the station to the host in one piece.
fn v6(upper: &[u8]) -> Vec<u8> {
    [&[0, 0, 5, 0, 0, NO, NO][..], upper, &[0, 0, NO, 0, NO, DRAIN, NO, NO]].concat()
}

/// Upper layers: an echo request of 100 octets, a datagram for a closed port, one for port 7, a SYN for port 80.
const ECHO: &[u8] = &[0, 0, 0, 100, 4];
const UDP_CLOSED: &[u8] = &[3, 2, 0, 10, 0];
const UDP_SEVEN: &[u8] = &[1, 2, 0, 10, 0];
const SYN: &[u8] = &[0, 4, 0];

fn seed(name: &str, events: &[&[u8]]) -> Seed {
    // Configuration: everything as usual, forwarding on.
    Seed::new(name, [&[0][..], &events.concat()].concat())
}

pub fn frames() -> Vec<Seed> {
    let (echo, closed, syn) = (v4(ECHO), v4(UDP_CLOSED), v4(SYN));
    let call = |what: u8, rest: &[u8]| [&[4, what][..], rest, &[DRAIN]].concat();
    vec![
        seed("arp-request", &[ARP]),
        seed("echo", &[ARP, &echo]),
        seed("echo-in-fragments", &[&v4_pieces(ECHO, 5)]),
        seed("echo-in-fragments-reversed", &[&v4_pieces(ECHO, 0)]),
        seed("echo-over-ipv6", &[&v6(ECHO)]),
        seed("port-unreachable", &[&closed, &closed, &v6(UDP_CLOSED)]),
        seed("datagram-received", &[UDP, &v4(UDP_SEVEN), &call(9, &[0, 0, 0])]),
        seed(
            "passive-open",
            &[LISTEN, &syn, PEER_ACK, PEER_TEXT, &call(4, &[0]), &call(9, &[1, 0, 1]), PEER_FIN, WAKE],
        ),
        seed(
            "active-open",
            &[CONNECT, PEER_SYN_ACK, &call(7, &[0, 1, NO]), PEER_ACK, &call(11, &[0, 0]), PEER_FIN, WAKE],
        ),
        seed("connection-refused", &[CONNECT, PEER_RESET, &call(9, &[0, 0, 1])]),
        seed("segment-to-nobody", &[&syn]),
        seed("nobody-answers", &[&call(0, &[0, 0, 0, 1]), WAKE, WAKE, WAKE, WAKE]),
        seed("join-group", &[UDP, &call(13, &[0, 0, 1, 0, 15]), WAKE, WAKE]),
    ]
}
