//! Frames in words, for traces and reports. Every function takes any bytes: what is cut short or malformed is
//! said, not refused.
//!
//! ```
//! use wireproof_stack::wire::pretty::summary;
//!
//! assert_eq!(summary(b"\x45").to_string(), "Ethernet: cut short: needs 14 bytes, has 1");
//! ```

mod details;

use core::fmt::{self, Display, Formatter};
use core::net::{IpAddr, SocketAddr};

use super::arp::{ArpOperation, ArpPacket, ArpRepr};
use super::ethernet::{Encapsulation, EtherType, EthernetFrame, EthernetRepr, LengthOrType};
use super::icmpv4::{Icmpv4Packet, Icmpv4Repr};
use super::icmpv6::{Icmpv6Packet, Icmpv6Repr};
use super::igmp::{IgmpPacket, IgmpRepr};
use super::ip::{IpProtocol, PseudoHeader};
use super::ipv4::Ipv4Packet;
use super::ipv6::{self, Ipv6Packet};
use super::ipv6_ext::{ChainWalker, FragmentPacket, is_extension};
use super::mld::MldRepr;
use super::ndp::NdpRepr;
use super::quote::Quote;
use super::tcp::TcpPacket;
use super::tcp_options::TcpOptionIter;
use super::udp::UdpPacket;

/// One line for a whole Ethernet frame, as
/// `192.0.2.1:80 > 192.0.2.2:1234 TCP [S.] seq 1 ack 2 win 65535 <mss 1460>`.
pub fn summary(frame: &[u8]) -> impl Display + '_ {
    Words { bytes: frame, write: ethernet }
}

/// One line for an IPv4 or IPv6 packet without a link header.
pub fn summary_ip(packet: &[u8]) -> impl Display + '_ {
    Words { bytes: packet, write: ip }
}

/// Several lines for a whole Ethernet frame: one per header with every field, and the payload in hex. No line
/// feed at the end.
pub fn details(frame: &[u8]) -> impl Display + '_ {
    Words { bytes: frame, write: details::ethernet }
}

/// [`details`] for an IPv4 or IPv6 packet without a link header.
pub fn details_ip(packet: &[u8]) -> impl Display + '_ {
    Words { bytes: packet, write: details::ip }
}

struct Words<'a> {
    bytes: &'a [u8],
    write: fn(&mut Formatter<'_>, &[u8]) -> fmt::Result,
}

impl Display for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (self.write)(f, self.bytes)
    }
}

fn ethernet(f: &mut Formatter<'_>, frame: &[u8]) -> fmt::Result {
    match EthernetRepr::parse_any(frame) {
        Ok((repr, encapsulation, payload)) => {
            if encapsulation == Encapsulation::Snap {
                f.write_str("SNAP ")?;
            }
            match repr.ethertype {
                EtherType::IPV4 | EtherType::IPV6 => ip(f, payload),
                EtherType::ARP | EtherType::RARP => arp(f, payload),
                other => write!(f, "{} > {} {other} len {}", repr.src, repr.dst, payload.len()),
            }
        }
        Err(error) => match EthernetFrame::new_checked(frame) {
            Err(_) => error.fmt(f),
            Ok(view) => match view.length_or_type() {
                LengthOrType::Length(length) => {
                    write!(f, "{} > {} 802.3 length {length}: {error}", view.src(), view.dst())
                }
                _ => write!(f, "{} > {} {error}", view.src(), view.dst()),
            },
        },
    }
}

fn arp(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let view = match ArpPacket::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    match ArpRepr::parse(&view) {
        Ok(arp) => match arp.operation {
            ArpOperation::REQUEST => {
                write!(f, "ARP who-has {} tell {} ({})", arp.target_ip, arp.sender_ip, arp.sender_mac)?;
                if arp.target_mac != super::ethernet::MacAddress::UNSPECIFIED {
                    write!(f, " target {}", arp.target_mac)?;
                }
                Ok(())
            }
            ArpOperation::REPLY => {
                write!(f, "ARP {} is-at {} (to {} {})", arp.sender_ip, arp.sender_mac, arp.target_ip, arp.target_mac)
            }
            other => write!(
                f,
                "ARP {other} sender {} {} target {} {}",
                arp.sender_mac, arp.sender_ip, arp.target_mac, arp.target_ip
            ),
        },
        Err(_) => write!(
            f,
            "ARP {} hardware {} protocol {} lengths {} {}",
            view.operation(),
            view.hardware_type(),
            view.protocol_type(),
            view.hardware_len(),
            view.protocol_len()
        ),
    }
}

fn ip(f: &mut Formatter<'_>, packet: &[u8]) -> fmt::Result {
    match packet.first().map(|first| first >> 4) {
        None => f.write_str("IP: empty"),
        Some(4) => ipv4(f, packet),
        Some(6) => ipv6(f, packet),
        Some(version) => write!(f, "IP version {version} len {}", packet.len()),
    }
}

fn ipv4(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let view = match Ipv4Packet::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    let upper = Upper {
        src: view.src().into(),
        dst: view.dst().into(),
        protocol: view.protocol(),
        pseudo: view.pseudo_header(),
        payload: view.payload(),
    };
    if view.is_fragment() {
        let (offset, len) = (view.fragment_offset(), upper.payload.len());
        let more = if view.more_fragments() { "+" } else { "" };
        write!(
            f,
            "{} > {} {} fragment id {} {offset}:{}{more}",
            upper.src,
            upper.dst,
            upper.protocol,
            view.identification(),
            usize::from(offset) + len
        )?;
    } else {
        upper.write(f)?;
    }
    if !view.options().is_empty() {
        f.write_str(" ip-options ")?;
        list(f, view.option_iter())?;
    }
    let total_len = usize::from(view.total_len());
    if total_len > bytes.len() || total_len < view.header_len() {
        write!(f, " (IPv4 total length {total_len}, has {})", bytes.len())?;
    }
    if !view.verify_checksum() {
        f.write_str(" (bad IPv4 checksum)")?;
    }
    Ok(())
}

fn ipv6(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let view = match Ipv6Packet::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    let area = view.payload();
    let (src, dst, pseudo) = (view.src().into(), view.dst().into(), view.pseudo_header());
    let mut notes = [None; 4];
    let mut used = 0;
    for step in ChainWalker::new(view.next_header(), area) {
        let step = match step {
            Ok(step) => step,
            Err(error) => return write!(f, "{src} > {dst} {error}"),
        };
        let header = &area[step.offset..];
        if step.header == IpProtocol::FRAGMENT
            && let Ok(fragment) = FragmentPacket::new_checked(header)
        {
            let (offset, len) = (usize::from(fragment.fragment_offset()), fragment.payload().len());
            if offset != 0 || fragment.more_fragments() {
                let more = if fragment.more_fragments() { "+" } else { "" };
                write!(
                    f,
                    "{src} > {dst} {} fragment id {} {offset}:{}{more}",
                    fragment.next_header(),
                    fragment.identification(),
                    offset + len
                )?;
                break;
            }
        }
        if is_extension(step.header) {
            if let Some(note) = notes.get_mut(used) {
                *note = Some(step.header);
                used += 1;
            }
            continue;
        }
        Upper { src, dst, protocol: step.header, pseudo, payload: header }.write(f)?;
    }
    for note in notes.iter().flatten() {
        write!(f, " ({note})")?;
    }
    let stated = usize::from(view.payload_len());
    let given = bytes.len() - ipv6::HEADER_LEN;
    if stated > given {
        write!(f, " (IPv6 payload length {stated}, has {given})")?;
    }
    Ok(())
}

/// What stands behind the IP headers.
struct Upper<'a> {
    src: IpAddr,
    dst: IpAddr,
    protocol: IpProtocol,
    pseudo: PseudoHeader,
    payload: &'a [u8],
}

impl Upper<'_> {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.protocol, self.src) {
            (IpProtocol::TCP, _) => self.tcp(f),
            (IpProtocol::UDP, _) => self.udp(f),
            (IpProtocol::ICMP, IpAddr::V4(_)) => {
                self.addresses(f)?;
                icmpv4(f, self.payload)
            }
            (IpProtocol::ICMPV6, IpAddr::V6(_)) => {
                self.addresses(f)?;
                icmpv6(f, self.payload, self.pseudo)
            }
            (IpProtocol::IGMP, IpAddr::V4(_)) => {
                self.addresses(f)?;
                igmp(f, self.payload)
            }
            _ => {
                self.addresses(f)?;
                write!(f, "{} len {}", self.protocol, self.payload.len())
            }
        }
    }

    fn addresses(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {} ", self.src, self.dst)
    }

    fn sockets(&self, f: &mut Formatter<'_>, src_port: u16, dst_port: u16) -> fmt::Result {
        write!(f, "{} > {} ", SocketAddr::new(self.src, src_port), SocketAddr::new(self.dst, dst_port))
    }

    fn tcp(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let view = match TcpPacket::new_checked(self.payload) {
            Ok(view) => view,
            Err(error) => {
                self.addresses(f)?;
                return error.fmt(f);
            }
        };
        self.sockets(f, view.src_port(), view.dst_port())?;
        let flags = view.flags();
        write!(f, "TCP [{flags}] seq {}", view.seq())?;
        if flags.ack() || view.ack().0 != 0 {
            write!(f, " ack {}", view.ack())?;
        }
        write!(f, " win {}", view.window())?;
        if flags.urg() || view.urgent() != 0 {
            write!(f, " urg {}", view.urgent())?;
        }
        if view.reserved() & 0b1110 != 0 {
            write!(f, " reserved {:#x}", view.reserved())?;
        }
        if !view.payload().is_empty() {
            write!(f, " len {}", view.payload().len())?;
        }
        if !view.options().is_empty() {
            f.write_str(" ")?;
            list(f, TcpOptionIter::new(view.options()))?;
        }
        if !view.verify_checksum(self.pseudo) {
            f.write_str(" (bad TCP checksum)")?;
        }
        Ok(())
    }

    fn udp(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let view = match UdpPacket::new_checked(self.payload) {
            Ok(view) => view,
            Err(error) => {
                self.addresses(f)?;
                return error.fmt(f);
            }
        };
        self.sockets(f, view.src_port(), view.dst_port())?;
        write!(f, "UDP len {}", view.payload().len())?;
        let length = usize::from(view.length());
        if length != self.payload.len() {
            write!(f, " (UDP length {length}, has {})", self.payload.len())?;
        }
        if !view.verify_checksum(self.pseudo) {
            f.write_str(" (bad UDP checksum)")?;
        }
        Ok(())
    }
}

/// `<a, b>`; an error ends the list and is named.
fn list<T: Display>(f: &mut Formatter<'_>, items: impl Iterator<Item = super::Result<T>>) -> fmt::Result {
    f.write_str("<")?;
    for (index, item) in items.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        match item {
            Ok(item) => item.fmt(f)?,
            Err(error) => write!(f, "bad option at {}", error.offset)?,
        }
    }
    f.write_str(">")
}

fn icmpv4(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let view = match Icmpv4Packet::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    write!(f, "ICMP {}", view.msg_type())?;
    match Icmpv4Repr::parse_unverified(&view) {
        Err(error) => write!(f, " ({error})")?,
        Ok(repr) => {
            icmpv4_body(f, &repr)?;
            if let Some(quote) = repr.quote() {
                quoted(f, Quote::parse_v4(quote))?;
            }
        }
    }
    if !view.verify_checksum() {
        f.write_str(" (bad ICMP checksum)")?;
    }
    Ok(())
}

fn icmpv4_body(f: &mut Formatter<'_>, repr: &Icmpv4Repr<'_>) -> fmt::Result {
    match repr {
        Icmpv4Repr::EchoRequest { identifier, sequence, data }
        | Icmpv4Repr::EchoReply { identifier, sequence, data } => {
            write!(f, " id {identifier} seq {sequence} len {}", data.len())
        }
        Icmpv4Repr::DestinationUnreachable { code, next_hop_mtu, .. } => {
            write!(f, ", {code}")?;
            if *next_hop_mtu != 0 { write!(f, " mtu {next_hop_mtu}") } else { Ok(()) }
        }
        Icmpv4Repr::SourceQuench { .. } => Ok(()),
        Icmpv4Repr::Redirect { code, gateway, .. } => write!(f, " {code} to {gateway}"),
        Icmpv4Repr::TimeExceeded { code, .. } => write!(f, " {code}"),
        Icmpv4Repr::ParameterProblem { code, pointer, .. } => write!(f, " {code} {pointer}"),
        Icmpv4Repr::TimestampRequest { identifier, sequence, originate, receive, transmit }
        | Icmpv4Repr::TimestampReply { identifier, sequence, originate, receive, transmit } => {
            write!(f, " id {identifier} seq {sequence} originate {originate} receive {receive} transmit {transmit}")
        }
        Icmpv4Repr::AddressMaskRequest { identifier, sequence, mask }
        | Icmpv4Repr::AddressMaskReply { identifier, sequence, mask } => {
            write!(f, " id {identifier} seq {sequence} mask {mask}")
        }
        Icmpv4Repr::Unknown { code, data, .. } => write!(f, " code {code} len {}", data.len()),
    }
}

fn quoted(f: &mut Formatter<'_>, quote: super::Result<Quote<'_>>) -> fmt::Result {
    match quote {
        Err(error) => write!(f, " [quote: {error}]"),
        Ok(quote) => {
            f.write_str(" [")?;
            match quote.ports() {
                Some((src, dst)) => {
                    write!(f, "{} > {}", SocketAddr::new(quote.src, src), SocketAddr::new(quote.dst, dst))?;
                }
                None => write!(f, "{} > {}", quote.src, quote.dst)?,
            }
            write!(f, " {}", quote.protocol)?;
            if let Some(seq) = quote.tcp_seq() {
                write!(f, " seq {seq}")?;
            }
            f.write_str("]")
        }
    }
}

fn icmpv6(f: &mut Formatter<'_>, bytes: &[u8], pseudo: PseudoHeader) -> fmt::Result {
    let view = match Icmpv6Packet::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    let msg_type = view.msg_type();
    write!(f, "ICMPv6 {msg_type}")?;
    if msg_type.is_ndp() {
        match NdpRepr::parse(&view, None) {
            Ok(repr) => ndp(f, &repr)?,
            Err(error) => write!(f, " ({error})")?,
        }
    } else if msg_type.is_mld() {
        match MldRepr::parse(&view, None) {
            Ok(repr) => mld(f, &repr)?,
            Err(error) => write!(f, " ({error})")?,
        }
    } else {
        match Icmpv6Repr::parse(&view, None) {
            Ok(repr) => icmpv6_body(f, &repr)?,
            Err(error) => write!(f, " ({error})")?,
        }
    }
    if !view.verify_checksum(pseudo) {
        f.write_str(" (bad ICMPv6 checksum)")?;
    }
    Ok(())
}

fn icmpv6_body(f: &mut Formatter<'_>, repr: &Icmpv6Repr<'_>) -> fmt::Result {
    match repr {
        Icmpv6Repr::DestinationUnreachable { code, .. } => write!(f, ", {code}")?,
        Icmpv6Repr::PacketTooBig { mtu, .. } => write!(f, " mtu {mtu}")?,
        Icmpv6Repr::TimeExceeded { code, .. } => write!(f, " {code}")?,
        Icmpv6Repr::ParameterProblem { code, pointer, .. } => write!(f, ", {code} at {pointer}")?,
        Icmpv6Repr::EchoRequest { identifier, sequence, data }
        | Icmpv6Repr::EchoReply { identifier, sequence, data } => {
            write!(f, " id {identifier} seq {sequence} len {}", data.len())?;
        }
        Icmpv6Repr::Other { code, body, .. } => write!(f, " code {code} len {}", body.len())?,
    }
    match repr.quote() {
        Some(quote) => quoted(f, Quote::parse_v6(quote)),
        None => Ok(()),
    }
}

fn ndp(f: &mut Formatter<'_>, repr: &NdpRepr<'_>) -> fmt::Result {
    match repr {
        NdpRepr::RouterSolicitation { .. } => {}
        NdpRepr::RouterAdvertisement { hop_limit, flags, router_lifetime, reachable_time, retrans_timer, .. } => {
            write!(
                f,
                " hop limit {hop_limit} flags {flags:#04x} lifetime {router_lifetime} reachable {reachable_time} \
             retrans {retrans_timer}"
            )?
        }
        NdpRepr::NeighborSolicitation { target, .. } => write!(f, " who-has {target}")?,
        NdpRepr::NeighborAdvertisement { router, solicited, override_flag, target, .. } => {
            let flag = |set: bool, name| if set { name } else { "" };
            write!(f, " {target} [{}{}{}]", flag(*router, "R"), flag(*solicited, "S"), flag(*override_flag, "O"))?;
        }
        NdpRepr::Redirect { target, destination, .. } => write!(f, " {destination} to {target}")?,
    }
    if repr.options().0.is_empty() {
        return Ok(());
    }
    f.write_str(" ")?;
    list(f, repr.options().iter())
}

fn mld(f: &mut Formatter<'_>, repr: &MldRepr<'_>) -> fmt::Result {
    match repr {
        MldRepr::QueryV1 { max_response_delay, group } => write!(f, " v1 {group} delay {max_response_delay}"),
        MldRepr::QueryV2 { max_response_code, group, sources, .. } => {
            write!(f, " v2 {group} code {max_response_code} sources {sources:?}")
        }
        MldRepr::ReportV1 { group } | MldRepr::Done { group } => write!(f, " {group}"),
        MldRepr::ReportV2 { records } => records
            .iter()
            .flatten()
            .try_for_each(|record| write!(f, " [{} {} {:?}]", record.record_type, record.group, record.sources)),
    }
}

fn igmp(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let view = match IgmpPacket::new_checked(bytes) {
        Ok(view) => view,
        Err(error) => return error.fmt(f),
    };
    write!(f, "IGMP {}", view.msg_type())?;
    match IgmpRepr::parse_unverified(&view) {
        Err(error) => write!(f, " ({error})")?,
        Ok(IgmpRepr::QueryV1 { group }) => write!(f, " v1 {group}")?,
        Ok(IgmpRepr::QueryV2 { max_resp_time, group }) => write!(f, " v2 {group} time {max_resp_time}")?,
        Ok(IgmpRepr::QueryV3 { max_resp_code, group, sources, .. }) => {
            write!(f, " v3 {group} code {max_resp_code} sources {sources:?}")?;
        }
        Ok(IgmpRepr::ReportV1 { group } | IgmpRepr::ReportV2 { group } | IgmpRepr::Leave { group }) => {
            write!(f, " {group}")?;
        }
        Ok(IgmpRepr::ReportV3 { records }) => records
            .iter()
            .flatten()
            .try_for_each(|record| write!(f, " [{} {} {:?}]", record.record_type, record.group, record.sources))?,
        Ok(IgmpRepr::Unknown { data, .. }) => write!(f, " len {}", data.len())?,
    }
    if !view.verify_checksum() {
        f.write_str(" (bad IGMP checksum)")?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
