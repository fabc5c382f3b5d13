//! The chain of IPv6 extension headers (RFC 8200 4, RFC 7045): a bounded walk to the upper-layer header.

use super::field::Field;
use super::ip::IpProtocol;
use super::ipv6_ext::FRAGMENT_LEN;
use super::{Error, ErrorKind, Layer, Result};

/// Extension headers that a [`ChainWalker`] passes if not told otherwise.
pub const DEFAULT_CHAIN_LIMIT: usize = 16;

/// One header of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Type of the header that stands at `offset`.
    pub header: IpProtocol,
    /// Where it starts, in bytes from the start of the area given to the walker (behind the fixed header).
    pub offset: usize,
    /// Where the byte that named this header stands: offset from the start of the area, or `None` if it was
    /// the fixed header.
    pub named_at: Option<usize>,
    /// Bytes of the header; for the last step all that is left.
    pub len: usize,
}

impl Step {
    /// Whether it is a header that a chain goes on behind: hop-by-hop, routing, fragment, destination
    /// options, authentication.
    pub const fn is_extension(&self) -> bool {
        is_extension(self.header)
    }
}

/// Whether the header has a next-header field that a [`ChainWalker`] follows.
pub const fn is_extension(header: IpProtocol) -> bool {
    matches!(
        header,
        IpProtocol::IPV6_HOP_BY_HOP
            | IpProtocol::ROUTING
            | IpProtocol::FRAGMENT
            | IpProtocol::DEST_OPTIONS
            | IpProtocol::AUTHENTICATION
    )
}

/// Walks the chain behind a fixed header, one [`Step`] per header. The last step is the first header that is
/// no extension (upper layer, no next header, unknown). Behind a fragment header with an offset the chain
/// ends: what follows there is in the middle of something. An error ends it too.
#[derive(Clone, Debug)]
pub struct ChainWalker<'a> {
    area: &'a [u8],
    next: Option<IpProtocol>,
    offset: usize,
    named_at: Option<usize>,
    left: usize,
}

impl<'a> ChainWalker<'a> {
    /// `first` is the next-header field of the fixed header, `area` all bytes behind it.
    pub const fn new(first: IpProtocol, area: &'a [u8]) -> Self {
        Self::with_limit(first, area, DEFAULT_CHAIN_LIMIT)
    }

    /// Fails at the extension header after the first `limit`.
    pub const fn with_limit(first: IpProtocol, area: &'a [u8], limit: usize) -> Self {
        Self { area, next: Some(first), offset: 0, named_at: None, left: limit }
    }

    /// The last step of the chain: the upper-layer header, or the fragment header behind which it cannot be
    /// seen.
    ///
    /// # Errors
    /// As the iterator's.
    pub fn last_step(self) -> Result<Step> {
        let mut last = Err(Error::field(Layer::Ipv6Extension, ErrorKind::Value, 0));
        for step in self {
            last = Ok(step?);
        }
        last
    }

    fn extension(&mut self, header: IpProtocol) -> Result<Step> {
        let at = self.offset;
        let rest = &self.area[at..];
        if self.left == 0 {
            return Err(Error::field(Layer::Ipv6Extension, ErrorKind::Value, at));
        }
        self.left -= 1;
        let cut = |needed| Error { offset: at, ..Error::truncated(Layer::Ipv6Extension, needed, rest.len()) };
        let fixed = rest.first_chunk::<8>().ok_or(cut(8))?;
        let len = match header {
            IpProtocol::FRAGMENT => FRAGMENT_LEN,
            // RFC 4302 2.2: in units of 4 bytes, minus 2.
            IpProtocol::AUTHENTICATION => (usize::from(fixed[1]) + 2) * 4,
            _ => (usize::from(fixed[1]) + 1) * 8,
        };
        if len > rest.len() {
            return Err(cut(len));
        }
        let step = Step { header, offset: at, named_at: self.named_at, len };
        if header != IpProtocol::FRAGMENT || u16::get(fixed, 2) & 0xfff8 == 0 {
            self.next = Some(IpProtocol(fixed[0]));
        }
        self.named_at = Some(at);
        self.offset += len;
        Ok(step)
    }
}

impl Iterator for ChainWalker<'_> {
    type Item = Result<Step>;

    fn next(&mut self) -> Option<Self::Item> {
        let header = self.next.take()?;
        if is_extension(header) {
            return Some(self.extension(header));
        }
        let len = self.area.len() - self.offset;
        Some(Ok(Step { header, offset: self.offset, named_at: self.named_at, len }))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::ipv6_ext::{Ipv6ExtPacket, RoutingRepr};
    use super::super::testing::hex;
    use super::*;

    fn steps(first: IpProtocol, area: &[u8]) -> Vec<Result<(u8, usize, usize)>> {
        ChainWalker::new(first, area).map(|step| step.map(|step| (step.header.0, step.offset, step.len))).collect()
    }

    #[test]
    fn a_chain_to_its_end() {
        let area = hex("2b00 0000 00000000  2c02 0200 0000000000000000000000000000000000000000  3c00 0000 00000001
             3301 0104 0000000000000000 00000000  0604 00000000 00000001 00000000 00000000 0000000a 0000");
        let (hop, routing) = (IpProtocol::IPV6_HOP_BY_HOP, IpProtocol::ROUTING);
        // Destination options (60) at 40 has length byte 1: 16 bytes; it names AH (51).
        let walked = steps(hop, &area);
        assert_eq!(walked[..4], [Ok((0, 0, 8)), Ok((43, 8, 24)), Ok((44, 32, 8)), Ok((60, 40, 16))]);
        assert_eq!(walked[4], Ok((51, 56, 24)));
        assert_eq!(walked[5..], [Ok((6, 80, 0))]);
        let last = ChainWalker::new(hop, &area).last_step().unwrap();
        assert_eq!((last.header, last.named_at, last.is_extension()), (IpProtocol::TCP, Some(56), false));
        assert!(is_extension(routing));
        let limited = ChainWalker::with_limit(hop, &area, 4).last_step();
        assert_eq!(limited, Err(Error::field(Layer::Ipv6Extension, ErrorKind::Value, 56)));
    }

    #[test]
    fn a_chain_without_extensions() {
        assert_eq!(steps(IpProtocol::TCP, &[1, 2, 3]), [Ok((6, 0, 3))]);
        assert_eq!(steps(IpProtocol::NO_NEXT, &[]), [Ok((59, 0, 0))]);
        let first = ChainWalker::new(IpProtocol::TCP, &[]).last_step().unwrap();
        assert_eq!(first.named_at, None);
    }

    #[test]
    fn behind_a_later_fragment_nothing_is_seen() {
        let area = hex("0600 0008 00000001 aabbccdd");
        assert_eq!(steps(IpProtocol::FRAGMENT, &area), [Ok((44, 0, 8))]);
        let area = hex("0600 0001 00000001 aabbccdd");
        assert_eq!(steps(IpProtocol::FRAGMENT, &area), [Ok((44, 0, 8)), Ok((6, 8, 4))]);
    }

    #[test]
    fn cut_chains() {
        let cut = |offset, needed, given| Error { offset, ..Error::truncated(Layer::Ipv6Extension, needed, given) };
        assert_eq!(steps(IpProtocol::DEST_OPTIONS, &[0; 7]), [Err(cut(0, 8, 7))]);
        assert_eq!(steps(IpProtocol::DEST_OPTIONS, &[6, 1, 0, 0, 0, 0, 0, 0]), [Err(cut(0, 16, 8))]);
        let two = hex("3c00 0000 00000000 3c00");
        assert_eq!(steps(IpProtocol::DEST_OPTIONS, &two), [Ok((60, 0, 8)), Err(cut(8, 8, 2))]);
    }

    quickcheck::quickcheck! {
        fn any_chain(bytes: Vec<u8>, kinds: Vec<u8>) -> bool {
            let mut bytes = bytes;
            for (unit, kind) in bytes.chunks_mut(8).zip(kinds) {
                unit[0] = [0, 43, 44, 60, 51, 6, kind, 60][usize::from(kind & 7)];
                if let Some(len) = unit.get_mut(1) {
                    *len &= 1;
                }
            }
            let mut end = 0;
            for step in ChainWalker::new(IpProtocol::IPV6_HOP_BY_HOP, &bytes).flatten() {
                // Steps follow each other without a gap, inside the area.
                assert_eq!(step.offset, end);
                end += step.len;
                assert!(end <= bytes.len());
            }
            if let Ok(view) = Ipv6ExtPacket::new_checked(&bytes[..]) {
                assert_eq!(2 + view.body().len() + view.payload().len(), bytes.len());
                assert!(RoutingRepr::parse(&view).is_ok());
                let _ = view.option_iter().count();
            }
            true
        }
    }
}
