//! LLC and SNAP headers behind an 802.3 length (RFC 1042). Read first: RFC 1042 "Header Format".

use super::ethernet::EtherType;
use super::field::{fields, need, view};
use super::{Error, ErrorKind, Layer, Result};

/// Bytes of LLC and SNAP together.
pub const HEADER_LEN: usize = 8;
/// The service access point that says that SNAP follows.
pub const SAP_SNAP: u8 = 170;
/// Unnumbered information.
pub const CONTROL_UI: u8 = 3;

view! {
    /// LLC (3 bytes) and SNAP (5 bytes).
    LlcPacket
}

fields! { LlcPacket {
    /// Destination service access point.
    dsap, set_dsap: u8 = 0;
    /// Source service access point.
    ssap, set_ssap: u8 = 1;
    /// Control field.
    control, set_control: u8 = 2;
    /// Organisation code; zero for EtherTypes.
    oui, set_oui: [u8; 3] = 3;
    /// The EtherType.
    ethertype, set_ethertype: EtherType = 6;
} }

impl<T: AsRef<[u8]>> LlcPacket<T> {
    /// At least 8 bytes.
    ///
    /// # Errors
    /// `Truncated`.
    #[inline]
    pub fn check_len(&self) -> Result<()> {
        need!(Llc, HEADER_LEN, self.buffer.as_ref().len());
        Ok(())
    }

    /// What follows.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..]
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> LlcPacket<T> {
    /// What follows.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }
}

/// LLC and SNAP as RFC 1042 wants them: DSAP and SSAP 170, UI, organisation code zero. 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapRepr {
    /// Protocol of the payload.
    pub ethertype: EtherType,
}

impl SnapRepr {
    /// Reads the headers at the start of `data`; returns what follows.
    ///
    /// # Errors
    /// `Truncated`; `Value` if it is not the RFC 1042 form.
    pub fn parse(data: &[u8]) -> Result<(Self, &[u8])> {
        let view = LlcPacket::new_checked(data)?;
        for (offset, (given, wanted)) in
            [(view.dsap(), SAP_SNAP), (view.ssap(), SAP_SNAP), (view.control(), CONTROL_UI)].into_iter().enumerate()
        {
            if given != wanted {
                return Err(Error::field(Layer::Llc, ErrorKind::Value, offset));
            }
        }
        if view.oui() != [0; 3] {
            return Err(Error::field(Layer::Llc, ErrorKind::Value, 3));
        }
        Ok((Self { ethertype: view.ethertype() }, &data[HEADER_LEN..]))
    }

    /// 8.
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes both headers.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut LlcPacket<T>) {
        packet.set_dsap(SAP_SNAP);
        packet.set_ssap(SAP_SNAP);
        packet.set_control(CONTROL_UI);
        packet.set_oui([0; 3]);
        packet.set_ethertype(self.ethertype);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    quickcheck::quickcheck! {
        fn parse_of_emit(ethertype: u16) -> bool {
            let repr = SnapRepr { ethertype: EtherType(ethertype) };
            let mut packet = LlcPacket::new_unchecked([0xee; HEADER_LEN + 1]);
            repr.emit(&mut packet);
            packet.payload() == [0xee] && SnapRepr::parse(packet.as_bytes()) == Ok((repr, &[0xee][..]))
        }
    }
}
