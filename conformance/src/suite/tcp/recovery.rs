//! Fast retransmit and fast recovery. Read first: RFC 5681 3.2, RFC 6582, RFC 3042.

use crate::suite::prelude::*;

/// Octets per segment in these cases.
const MSS: usize = 500;

/// ESTABLISHED with segments of `MSS` octets, a window that has grown to at least ten of them, and ten segments sent
/// and seen: stream offsets `start` to `start + 5000`.
fn ten_in_flight(s: &mut Scene) -> u64 {
    let start = 20_000;
    s.flow("c", 80).mss = Some(MSS as u16);
    s.established_passive("c");
    s.send_data("c", 0, start);
    s.receive("c", start).within(secs(20)).why("set-up: the congestion window grows");
    s.send_data("c", start as u64, 10 * MSS);
    for index in 0..10 {
        s.expect(s.tcp("c").data_at((start + index * MSS) as u64, MSS))
            .label(&format!("s{index}"))
            .why("set-up: ten segments leave");
    }
    s.setup_done();
    start as u64
}

/// An ACK of everything up to segment `index` of the ten.
fn ack_to(s: &Scene, start: u64, index: usize) -> PacketSpec {
    s.tcp("c").ack().ack_number(1 + start as i64 + (index * MSS) as i64)
}

/// Segment `index` of the ten.
fn segment(s: &Scene, start: u64, index: usize) -> PacketSpec {
    s.tcp("c").data_at(start + (index * MSS) as u64, MSS)
}

/// Every case of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case("tcp.recovery.third-duplicate-retransmits")
            .title("Three duplicate ACKs bring the lost segment again at once, before the timeout")
            .should()
            .required(&["RFC5681-3.2-3", "RFC5681-3.2-9"])
            .both_families()
            .build(|s| {
                let start = ten_in_flight(s);
                for _ in 0..3 {
                    s.inject(ack_to(s, start, 0));
                }
                s.expect(segment(s, start, 0)).within(ms(100));
            }),
        case("tcp.recovery.two-duplicates-do-not")
            .title("Two duplicate ACKs are not enough: reordering is no loss")
            .required(&["RFC5681-3-1"])
            .both_families()
            .build(|s| {
                let start = ten_in_flight(s);
                for _ in 0..2 {
                    s.inject(ack_to(s, start, 0));
                }
                s.silence_for(segment(s, start, 0), ms(100));
                s.inject(ack_to(s, start, 10));
                s.send_data("c", start + 10 * MSS as u64, MSS);
                s.expect(segment(s, start, 10)).why("the transfer goes on");
            }),
        case("tcp.recovery.only-the-lost-segment")
            .title("The fast retransmit sends the segment at SND.UNA and not the ones behind it")
            .required(&["RFC5681-3.2-9", "RFC5681-3-1"])
            .both_families()
            .build(|s| {
                let start = ten_in_flight(s);
                s.inject(ack_to(s, start, 3));
                for _ in 0..3 {
                    s.inject(ack_to(s, start, 3));
                }
                let behind = segment(s, start, 4);
                s.expect(segment(s, start, 3)).within(secs(4)).forbid(behind);
            }),
        case("tcp.recovery.limited-transmit")
            .title("The first two duplicate ACKs let one new segment out each")
            .should()
            .required(&["RFC3042-2-1", "RFC5681-3.2-4"])
            .both_families()
            .build(|s| {
                let start = ten_in_flight(s);
                // The peer's window allows more; the congestion window is the limit if it is used up.
                s.send_data("c", start + 10 * MSS as u64, 80 * MSS);
                s.advance(ms(50));
                s.forget();
                s.inject(ack_to(s, start, 0));
                s.inject(ack_to(s, start, 0));
                s.expect(s.tcp("c").flags_with("A").payload_len(1..=MSS as i64))
                    .within(ms(100))
                    .why("a segment of new data");
            }),
        case("tcp.recovery.partial-ack-retransmits-next")
            .title("A partial ACK in recovery brings the next lost segment at once")
            .should()
            .required(&["RFC6582-WP-1"])
            .both_families()
            .build(|s| {
                let start = ten_in_flight(s);
                for _ in 0..3 {
                    s.inject(ack_to(s, start, 0));
                }
                s.expect(segment(s, start, 0)).within(secs(4)).why("the first lost segment");
                s.inject(ack_to(s, start, 4)).why("segments 0 to 3 have arrived, number 4 is lost too");
                s.expect(segment(s, start, 4)).within(ms(100));
            }),
        case("tcp.recovery.full-ack-ends")
            .title("After a full ACK new data flows and nothing old is sent again")
            .required(&["RFC6582-WP-2", "RFC5681-3.2-13"])
            .both_families()
            .build(|s| {
                let start = ten_in_flight(s);
                for _ in 0..3 {
                    s.inject(ack_to(s, start, 0));
                }
                s.expect(segment(s, start, 0)).within(secs(4)).why("the lost segment");
                s.inject(ack_to(s, start, 10));
                s.send_data("c", start + 10 * MSS as u64, MSS);
                let old = segment(s, start, 1);
                s.expect(segment(s, start, 10)).forbid(old);
                s.inject(ack_to(s, start, 11));
                s.silence_for(s.tcp("c").payload_len(1..=MSS as i64), secs(3)).why("all is acknowledged");
            }),
        case("tcp.recovery.data-is-not-a-duplicate-ack")
            .title("Segments with data are not duplicate ACKs")
            .required(&["RFC5681-3-1"])
            .both_families()
            .build(|s| {
                let start = ten_in_flight(s);
                for _ in 0..4 {
                    s.inject(ack_to(s, start, 0).data(10));
                }
                s.silence_for(segment(s, start, 0), ms(100));
            }),
        case("tcp.recovery.window-update-is-not-a-duplicate-ack")
            .title("ACKs that change the window are not duplicate ACKs")
            .required(&["RFC5681-3-1"])
            .both_families()
            .build(|s| {
                let start = ten_in_flight(s);
                for step in 1..=4 {
                    s.inject(ack_to(s, start, 0).window(60_000 + step));
                }
                s.silence_for(segment(s, start, 0), ms(100));
            }),
        case("tcp.recovery.many-losses-heal")
            .title("A transfer in which several segments are lost ends whole and in order")
            .required(&["RFC9293-WP-18", "RFC9293-MUST-19"])
            .both_families()
            .param("lost", &["1", "2", "5"])
            .build(|s| {
                s.flow("c", 80).mss = Some(MSS as u16);
                s.established_passive("c");
                s.setup_done();
                let lost = s.number("lost") as u32;
                s.drop_frames(s.tcp("c").payload_len(1..=MSS as i64), 4, lost);
                s.send_data("c", 0, 16_000);
                s.receive("c", 16_000).within(secs(60));
            }),
    ]
}
