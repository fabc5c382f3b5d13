//! The header of a segment that we send: written field by field, with its checksum computed from the fields instead
//! of from the bytes. Every segment passes here, and reading back what was just written is slow.

use crate::seq::SeqNumber;
use crate::wire::checksum;
use crate::wire::tcp::{MIN_HEADER_LEN, TcpFlags, TcpOptions, TcpPacket, TcpRepr};

/// NOP, NOP, kind and length of timestamps, as one word.
const TIMESTAMPS_HEAD: u32 = 0x0101_080a;

/// A header; data offset and checksum follow from the rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub src_port: u16,
    pub dst_port: u16,
    pub seq: SeqNumber,
    pub ack: SeqNumber,
    pub flags: TcpFlags,
    pub window: u16,
    pub urgent: u16,
}

impl Header {
    /// Writes the header into `out`, which has just its length, with a checksum of zero; `stamps` are TSval and TSecr,
    /// the only options. Returns the partial sum of what was written.
    pub fn write(&self, stamps: Option<(u32, u32)>, out: &mut [u8]) -> u32 {
        let offset_and_flags = (((out.len() / 4) as u16) << 12) | (self.flags.0 & 0x1ff);
        let mut packet = TcpPacket::new_unchecked(&mut *out);
        packet.set_src_port(self.src_port);
        packet.set_dst_port(self.dst_port);
        packet.set_seq(self.seq);
        packet.set_ack(self.ack);
        packet.set_offset_and_flags(offset_and_flags);
        packet.set_window(self.window);
        packet.set_checksum(0);
        packet.set_urgent(self.urgent);
        let mut sum = halves(self.seq.0)
            + halves(self.ack.0)
            + u32::from(self.src_port)
            + u32::from(self.dst_port)
            + u32::from(offset_and_flags)
            + u32::from(self.window)
            + u32::from(self.urgent);
        if let Some((value, echo)) = stamps {
            sum += halves(TIMESTAMPS_HEAD) + halves(value) + halves(echo);
            for (place, word) in out[MIN_HEADER_LEN..].chunks_exact_mut(4).zip([TIMESTAMPS_HEAD, value, echo]) {
                place.copy_from_slice(&word.to_be_bytes());
            }
        }
        sum
    }

    /// The same with any options.
    #[cold]
    pub fn write_area(&self, options: &TcpOptions, out: &mut [u8]) -> u32 {
        let Self { src_port, dst_port, seq, ack, flags, window, urgent } = *self;
        let repr = TcpRepr { src_port, dst_port, seq, ack, flags, window, urgent, options: *options };
        repr.emit_header(&mut TcpPacket::new_unchecked(&mut *out));
        checksum::sum(out)
    }
}

/// The two 16-bit words of `word`, added.
fn halves(word: u32) -> u32 {
    (word >> 16) + (word & 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    quickcheck::quickcheck! {
        fn both_ways_write_the_same(ports: (u16, u16), numbers: (u32, u32), rest: (u16, u16, u16), stamps: Option<(u32, u32)>) -> bool {
            let header = Header {
                src_port: ports.0,
                dst_port: ports.1,
                seq: SeqNumber(numbers.0),
                ack: SeqNumber(numbers.1),
                flags: TcpFlags(rest.0 & 0x1ff),
                window: rest.1,
                urgent: rest.2,
            };
            let options = stamps.map_or(TcpOptions::EMPTY, |(value, echo)| TcpOptions::timestamps(value, echo));
            let len = MIN_HEADER_LEN + options.padded_len();
            let (mut fast, mut slow) = (vec![1; len], vec![2; len]);
            let sum = header.write(stamps, &mut fast);
            let expected = header.write_area(&options, &mut slow);
            fast == slow && checksum::fold(sum) == checksum::fold(expected)
        }
    }
}
