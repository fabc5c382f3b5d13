//! Seeds of the state machines: event lists as the oracles read them, one choice a byte.

use super::Seed;

/// Configuration with everything on, the largest buffers; ISS and IRS 1000; IPv4; MTU 1500.
const ACTIVE: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
/// The same, opened by a SYN of the peer (its own options follow).
const PASSIVE: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 0];
/// After an event: send what wants to leave.
const DRAIN: u8 = 1;
/// A SYN with MSS 1460, window scale 7, SACK-permitted, timestamps, window 65535.
const SYN: [u8; 4] = [0, 0, 0, 0];

/// The peer answers the SYN (no bare SYN: one in eight would be).
fn handshake() -> Vec<u8> {
    [&[0, 1][..], &SYN, &[DRAIN]].concat()
}

/// The peer acknowledges what it has.
const ACK: [u8; 2] = [0, DRAIN];
/// SEND takes the n-th of the oracle's lengths; not urgent.
const fn send(length: u8) -> [u8; 4] {
    [11, length, 1, DRAIN]
}
/// The peer sends a full segment, in order.
const TEXT: [u8; 4] = [4, 0, 0, DRAIN];
/// The peer sends 100 octets above a gap of 100.
const TEXT_ABOVE_GAP: [u8; 4] = [4, 2, 4, DRAIN];
/// RECEIVE with a large buffer.
const RECV: [u8; 3] = [13, 0, DRAIN];
/// The peer's FIN without text.
const PEER_FIN: [u8; 3] = [7, 0, DRAIN];
/// Half close.
const SHUTDOWN: [u8; 3] = [16, 0, DRAIN];
/// Go to the next timer.
const WAKE: [u8; 2] = [14, DRAIN];
/// The peer's window closes; opens.
const WINDOW_ZERO: [u8; 3] = [19, 0, DRAIN];
const WINDOW_OPEN: [u8; 3] = [19, 4, DRAIN];

fn seed(name: &str, open: &[u8], events: &[&[u8]]) -> Seed {
    Seed::new(name, [open, &events.concat()].concat())
}

pub fn tcp() -> Vec<Seed> {
    let open = [&ACTIVE[..], &handshake()].concat();
    let accept = [&PASSIVE[..], &SYN, &[0, DRAIN]].concat();
    let simultaneous = [&ACTIVE[..], &[0, 0], &SYN, &[DRAIN], &ACK].concat();
    vec![
        seed("active-open-data-close", &open, &[&send(3), &ACK, &TEXT, &RECV, &SHUTDOWN, &ACK, &PEER_FIN, &WAKE]),
        seed("passive-open-peer-closes", &accept, &[&TEXT, &TEXT, &RECV, &PEER_FIN, &RECV, &SHUTDOWN, &ACK]),
        seed("simultaneous-open", &simultaneous, &[&send(2), &ACK]),
        seed("simultaneous-close", &open, &[&SHUTDOWN, &[9, 0x11, 0, 2, 1, 2, 1, 1, 1, 0], &[DRAIN], &ACK, &WAKE]),
        seed("retransmission", &open, &[&send(5), &WAKE, &WAKE, &ACK, &ACK]),
        seed("duplicate-acks", &open, &[&send(5), &[8, 3, DRAIN], &[8, 3, DRAIN], &ACK, &ACK]),
        seed("zero-window", &open, &[&send(5), &WINDOW_ZERO, &ACK, &WAKE, &WAKE, &WAKE, &WINDOW_OPEN, &ACK]),
        seed("hole-filled", &open, &[&TEXT_ABOVE_GAP, &[4, 2, 0, DRAIN], &RECV]),
        seed("reset", &open, &[&[9, 4, 0, 2, 0, 2, 1, 1, 1, 0, DRAIN], &RECV]),
        seed("abort", &open, &[&send(3), &[16, 7, DRAIN]]),
        seed("packet-too-big", &open, &[&send(5), &[17, 2, 3, 0, DRAIN], &ACK]),
    ]
}
