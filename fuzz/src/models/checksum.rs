//! The Internet checksum as RFC 1071 4.1 spells it out: add 16-bit words, fold, complement. No tricks.

/// The ones' complement sum over the concatenation of `parts`.
pub fn sum(parts: &[&[u8]]) -> u16 {
    let bytes: Vec<u8> = parts.concat();
    let mut sum: u32 = 0;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
        if sum > 0xffff {
            sum -= 0xffff;
        }
    }
    sum as u16
}

/// The checksum over the concatenation of `parts`: what goes into the header.
pub fn checksum(parts: &[&[u8]]) -> u16 {
    !sum(parts)
}

/// Whether a header with its checksum in place, `parts`, is intact.
pub fn is_valid(parts: &[&[u8]]) -> bool {
    sum(parts) == 0xffff
}

/// The pseudo header of IPv4 (RFC 9293 3.1) or IPv6 (RFC 8200 8.1), by the length of the addresses.
pub fn pseudo_header(src: &[u8], dst: &[u8], protocol: u8, len: usize) -> Vec<u8> {
    let mut bytes = [src, dst].concat();
    if src.len() == 4 {
        bytes.extend([0, protocol]);
        bytes.extend((len as u16).to_be_bytes());
    } else {
        bytes.extend((len as u32).to_be_bytes());
        bytes.extend([0, 0, 0, protocol]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_rfc_1071_section_3() {
        assert_eq!(sum(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]]), 0xddf2);
        assert!(is_valid(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], &(!0xddf2u16).to_be_bytes()]));
    }
}
