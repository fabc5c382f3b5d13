//! A segment as it arrives: header fields, decoded options and borrowed text (RFC 9293 3.3.1, "SEG.*").

use crate::seq::SeqNumber;
use crate::wire::ip::Ecn;
use crate::wire::tcp::{DecodedOptions, TcpFlags};

/// A received segment whose checksum and header lengths the caller has verified.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// SEG.SEQ.
    pub seq: SeqNumber,
    /// SEG.ACK; meaningful if ACK is set.
    pub ack: SeqNumber,
    /// Control bits.
    pub flags: TcpFlags,
    /// SEG.WND as it stands on the wire, unscaled.
    pub window: u16,
    /// SEG.UP: the urgent pointer as it stands on the wire; meaningful if URG is set.
    pub urgent: u16,
    /// The options that the stack understands.
    pub options: DecodedOptions,
    /// The text.
    pub payload: &'a [u8],
    /// ECN field of the IP header that brought it.
    pub ecn: Ecn,
}

impl Segment<'_> {
    /// SEG.LEN: octets of sequence space that the segment occupies, SYN and FIN included.
    pub fn len(&self) -> u32 {
        self.payload.len() as u32
            + u32::from(self.flags.contains(TcpFlags::SYN))
            + u32::from(self.flags.contains(TcpFlags::FIN))
    }

    /// Whether the segment occupies no sequence space.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sequence number that follows the segment: SEG.SEQ + SEG.LEN.
    pub fn end(&self) -> SeqNumber {
        self.seq + self.len()
    }

    /// The sequence number of the first octet of text: SEG.SEQ, plus one if SYN is set.
    pub fn text_seq(&self) -> SeqNumber {
        self.seq + u32::from(self.flags.contains(TcpFlags::SYN))
    }
}
