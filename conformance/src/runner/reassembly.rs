//! Puts the target's fragments together, for specs that match on whole datagrams.
//!
//! Strict where the stack under test may be lenient: fragments that overlap are never put together.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::timeline::decode::{Dissection, finish_sum, sum_words};
use crate::timeline::{FieldId, LayerKind};

type Key = (IpAddr, IpAddr, i64, i64);

/// Fragments of one datagram: what comes before the fragmentable part, and its pieces by offset.
#[derive(Default)]
struct Parts {
    head: Option<(Vec<u8>, u8)>,
    pieces: BTreeMap<usize, Vec<u8>>,
    len: Option<usize>,
}

/// Fragments of the target that are not complete yet.
#[derive(Default)]
pub struct Reassembly(BTreeMap<Key, Parts>);

/// More datagrams than this at a time are forgotten: the bound of a tester, not of a stack.
const LIMIT: usize = 64;

impl Reassembly {
    /// Takes a frame; the whole datagram as a frame if this fragment completes it.
    pub fn take(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let frame = Dissection::of(bytes);
        if !frame.is_fragment() {
            return None;
        }
        let (src, dst) = frame.addresses()?;
        let v6 = frame.layer(LayerKind::Fragment);
        let (offset, more, id) = match v6 {
            Some(_) => (FieldId::FragmentOffset, FieldId::FragmentMore, FieldId::FragmentId),
            None => (FieldId::Ipv4FragmentOffset, FieldId::Ipv4MoreFragments, FieldId::Ipv4Id),
        };
        let protocol = frame.num(if v6.is_some() { FieldId::FragmentNext } else { FieldId::Ipv4Protocol })?;
        let carrier = v6.or_else(|| frame.layer(LayerKind::Ipv4))?;
        let offset = frame.num(offset)? as usize * 8;
        let piece = frame.carried(carrier).to_vec();
        if self.0.len() >= LIMIT {
            self.0.clear();
        }
        let key = (src, dst, frame.num(id)?, protocol);
        let parts = self.0.entry(key).or_default();
        if frame.num(more)? == 0 {
            parts.len = Some(offset + piece.len());
        }
        if offset == 0 {
            let head_end = if v6.is_some() { carrier.start } else { carrier.body };
            parts.head = Some((bytes[..head_end].to_vec(), protocol as u8));
        }
        parts.pieces.insert(offset, piece);
        let whole = parts.whole()?;
        self.0.remove(&key);
        Some(whole)
    }
}

impl Parts {
    fn whole(&self) -> Option<Vec<u8>> {
        let (head, protocol) = self.head.as_ref()?;
        let mut body: Vec<u8> = Vec::new();
        for (offset, piece) in &self.pieces {
            if *offset != body.len() {
                return None;
            }
            body.extend(piece);
        }
        if Some(body.len()) != self.len {
            return None;
        }
        let mut frame = head.clone();
        let dissection = Dissection::of(&frame);
        let ip = *dissection.layers.iter().find(|layer| layer.kind.is_ip())?;
        if ip.kind == LayerKind::Ipv4 {
            let total = (frame.len() - ip.start + body.len()) as u16;
            let header = &mut frame[ip.start..];
            header[2..4].copy_from_slice(&total.to_be_bytes());
            header[6..8].fill(0);
            header[10..12].fill(0);
            let sum = finish_sum(sum_words(header));
            header[10..12].copy_from_slice(&sum.to_be_bytes());
        } else {
            // The header before the fragment header now announces what it carried.
            let last = dissection.layers.iter().rev().find(|l| l.kind.is_ip() || l.kind.is_extension()).copied()?;
            let next = if last.kind == LayerKind::Ipv6 { last.start + 6 } else { last.start };
            let len = (frame.len() - ip.start - 40 + body.len()) as u16;
            frame[next] = *protocol;
            frame[ip.start + 4..ip.start + 6].copy_from_slice(&len.to_be_bytes());
        }
        frame.extend(body);
        Some(frame)
    }
}
