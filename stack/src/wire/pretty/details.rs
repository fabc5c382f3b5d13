//! The long form: one line per header with every field, and the payload in hex.

use core::fmt::{self, Display, Formatter};

use super::super::arp::ArpPacket;
use super::super::ethernet::{EtherType, EthernetFrame, EthernetRepr, HEADER_LEN, LengthOrType};
use super::super::ip::IpProtocol;
use super::super::ipv4::Ipv4Packet;
use super::super::ipv6::{self, Ipv6Packet};
use super::super::ipv6_ext::{ChainWalker, FragmentPacket, Ipv6ExtPacket, Step};
use super::super::tcp::TcpPacket;
use super::super::udp::UdpPacket;
use super::{Upper, list};

/// Payload bytes shown; what is longer is counted.
const MAX_HEX: usize = 512;

fn good(valid: bool) -> &'static str {
    if valid { "good" } else { "bad" }
}

/// `name` padded, so that what follows lines up.
fn head(f: &mut Formatter<'_>, name: impl Display) -> fmt::Result {
    write!(f, "{name:<9} ")
}

pub(super) fn ethernet(f: &mut Formatter<'_>, frame: &[u8]) -> fmt::Result {
    let view = match EthernetFrame::new_checked(frame) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    head(f, "Ethernet")?;
    write!(f, "{} > {} ", view.src(), view.dst())?;
    match view.length_or_type() {
        LengthOrType::Type(ethertype) => write!(f, "{ethertype}")?,
        LengthOrType::Length(length) => write!(f, "802.3 length {length}")?,
        LengthOrType::Undefined(other) => write!(f, "undefined length/type {other:#06x}")?,
    }
    write!(f, " ({} bytes)", frame.len())?;
    match EthernetRepr::parse_any(frame) {
        Ok((repr, _, payload)) => match repr.ethertype {
            EtherType::IPV4 | EtherType::IPV6 => {
                writeln!(f)?;
                ip(f, payload)?;
                let inner = match payload.first().map(|first| first >> 4) {
                    Some(4) => Ipv4Packet::new_checked(payload).map_or(0, |view| view.total_len().into()),
                    Some(6) => Ipv6Packet::new_checked(payload).map_or(0, |view| 40 + usize::from(view.payload_len())),
                    _ => 0,
                };
                let padding = payload.len().saturating_sub(inner);
                if inner > 0 && padding > 0 { write!(f, "\nPadding   {padding} bytes") } else { Ok(()) }
            }
            EtherType::ARP | EtherType::RARP => {
                writeln!(f)?;
                arp(f, payload)
            }
            _ => data(f, payload),
        },
        Err(error) => {
            write!(f, "\n{error}")?;
            data(f, &frame[HEADER_LEN..])
        }
    }
}

fn arp(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let view = match ArpPacket::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    head(f, "ARP")?;
    write!(
        f,
        "{} hardware {} protocol {} lengths {} {}",
        view.operation(),
        view.hardware_type(),
        view.protocol_type(),
        view.hardware_len(),
        view.protocol_len()
    )?;
    for (name, address) in [
        ("sender", view.sender_hardware()),
        ("", view.sender_protocol()),
        ("target", view.target_hardware()),
        ("", view.target_protocol()),
    ] {
        if !name.is_empty() {
            write!(f, "\n          {name}")?;
        }
        f.write_str(" ")?;
        match <[u8; 4]>::try_from(address) {
            Ok(octets) => write!(f, "{}", core::net::Ipv4Addr::from(octets))?,
            Err(_) => address
                .iter()
                .enumerate()
                .try_for_each(|(index, byte)| write!(f, "{}{byte:02x}", if index > 0 { ":" } else { "" }))?,
        }
    }
    Ok(())
}

pub(super) fn ip(f: &mut Formatter<'_>, packet: &[u8]) -> fmt::Result {
    match packet.first().map(|first| first >> 4) {
        Some(4) => ipv4(f, packet),
        Some(6) => ipv6(f, packet),
        Some(version) => {
            head(f, "IP")?;
            write!(f, "version {version}")?;
            data(f, packet)
        }
        None => f.write_str("IP        empty"),
    }
}

fn ipv4(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let view = match Ipv4Packet::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    head(f, "IPv4")?;
    let flag = |set: bool, name| if set { name } else { "" };
    write!(
        f,
        "{} > {} {} ttl {} class {:#04x} id {}{}{}{} offset {} header {} total {} checksum {:#06x} {}",
        view.src(),
        view.dst(),
        view.protocol(),
        view.ttl(),
        view.traffic_class(),
        view.identification(),
        flag(view.reserved_flag(), " reserved"),
        flag(view.dont_fragment(), " DF"),
        flag(view.more_fragments(), " MF"),
        view.fragment_offset(),
        view.header_len(),
        view.total_len(),
        view.checksum(),
        good(view.verify_checksum())
    )?;
    if !view.options().is_empty() {
        f.write_str("\n          ")?;
        list(f, view.option_iter())?;
    }
    if view.fragment_offset() != 0 {
        return data(f, view.payload());
    }
    let (src, dst, pseudo) = (view.src().into(), view.dst().into(), view.pseudo_header());
    upper(f, &Upper { src, dst, protocol: view.protocol(), pseudo, payload: view.payload() })
}

fn ipv6(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let view = match Ipv6Packet::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    head(f, "IPv6")?;
    write!(
        f,
        "{} > {} {} hop limit {} class {:#04x} flow {:#07x} payload {} of {}",
        view.src(),
        view.dst(),
        view.next_header(),
        view.hop_limit(),
        view.traffic_class(),
        view.flow_label(),
        view.payload_len(),
        bytes.len() - ipv6::HEADER_LEN
    )?;
    let area = view.payload();
    for step in ChainWalker::new(view.next_header(), area) {
        match step {
            Err(error) => write!(f, "\n{error}")?,
            Ok(step) if step.is_extension() => {
                extension(f, &step, &area[step.offset..])?;
                if step.header == IpProtocol::FRAGMENT
                    && FragmentPacket::new_checked(&area[step.offset..]).is_ok_and(|view| view.fragment_offset() != 0)
                {
                    data(f, &area[step.offset + step.len..])?;
                }
            }
            Ok(step) => {
                let (src, dst, pseudo) = (view.src().into(), view.dst().into(), view.pseudo_header());
                upper(f, &Upper { src, dst, protocol: step.header, pseudo, payload: &area[step.offset..] })?;
            }
        }
    }
    Ok(())
}

/// The walker has proved that the header is there in full.
fn extension(f: &mut Formatter<'_>, step: &Step, bytes: &[u8]) -> fmt::Result {
    f.write_str("\n")?;
    if step.header == IpProtocol::FRAGMENT {
        let view = FragmentPacket::new_unchecked(bytes);
        head(f, "Fragment")?;
        let more = if view.more_fragments() { " M" } else { "" };
        return write!(
            f,
            "next {} offset {}{more} id {} reserved {:#x} {:#x}",
            view.next_header(),
            view.fragment_offset(),
            view.identification(),
            view.reserved(),
            view.reserved_bits()
        );
    }
    let view = Ipv6ExtPacket::new_unchecked(bytes);
    head(f, "Extension")?;
    write!(f, "{} next {} length {}", step.header, view.next_header(), step.len)?;
    match step.header {
        IpProtocol::IPV6_HOP_BY_HOP | IpProtocol::DEST_OPTIONS => {
            f.write_str(" ")?;
            list(f, view.option_iter())
        }
        IpProtocol::ROUTING => write!(f, " type {} segments left {}", view.routing_type(), view.segments_left()),
        _ => Ok(()),
    }
}

fn upper(f: &mut Formatter<'_>, upper: &Upper<'_>) -> fmt::Result {
    f.write_str("\n")?;
    match upper.protocol {
        IpProtocol::TCP => tcp(f, upper),
        IpProtocol::UDP => udp(f, upper),
        _ => {
            // The short form says all of it; the addresses are repeated.
            upper.write(f)?;
            data(f, upper.payload)
        }
    }
}

fn tcp(f: &mut Formatter<'_>, upper: &Upper<'_>) -> fmt::Result {
    let view = match TcpPacket::new_checked(upper.payload) {
        Ok(view) => view,
        Err(error) => {
            error.fmt(f)?;
            return data(f, upper.payload);
        }
    };
    head(f, "TCP")?;
    write!(
        f,
        "{} > {} [{}] seq {} ack {} win {} urg {} header {} reserved {:#x} checksum {:#06x} {}",
        view.src_port(),
        view.dst_port(),
        view.flags(),
        view.seq(),
        view.ack(),
        view.window(),
        view.urgent(),
        view.header_len(),
        view.reserved(),
        view.checksum(),
        good(view.verify_checksum(upper.pseudo))
    )?;
    if !view.options().is_empty() {
        f.write_str("\n          ")?;
        list(f, view.option_iter())?;
    }
    data(f, view.payload())
}

fn udp(f: &mut Formatter<'_>, upper: &Upper<'_>) -> fmt::Result {
    let view = match UdpPacket::new_checked(upper.payload) {
        Ok(view) => view,
        Err(error) => {
            error.fmt(f)?;
            return data(f, upper.payload);
        }
    };
    head(f, "UDP")?;
    write!(
        f,
        "{} > {} length {} of {} checksum {:#06x} {}",
        view.src_port(),
        view.dst_port(),
        view.length(),
        upper.payload.len(),
        view.checksum(),
        good(view.verify_checksum(upper.pseudo))
    )?;
    data(f, view.payload())
}

/// A line with the length, then 16 bytes a line in hex and in ASCII. Nothing for no bytes.
fn data(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    if bytes.is_empty() {
        return Ok(());
    }
    write!(f, "\nData      {} bytes", bytes.len())?;
    for (row, chunk) in bytes[..bytes.len().min(MAX_HEX)].chunks(16).enumerate() {
        write!(f, "\n  {:04x} ", row * 16)?;
        for index in 0..16 {
            match chunk.get(index) {
                Some(byte) => write!(f, " {byte:02x}")?,
                None => f.write_str("   ")?,
            }
        }
        f.write_str("  ")?;
        for byte in chunk {
            let shown = if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
            write!(f, "{shown}")?;
        }
    }
    if bytes.len() > MAX_HEX {
        write!(f, "\n  ... {} more", bytes.len() - MAX_HEX)?;
    }
    Ok(())
}
