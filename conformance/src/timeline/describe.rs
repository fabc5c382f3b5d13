//! A frame in one line, for traces, failures and ladders.

use core::fmt::Write;

use super::decode::{ChecksumState, Dissection};
use super::field::Value;
use super::flow::FlowState;
use super::layer::{FieldId, LayerKind, flag_letters};

/// A frame in one line. TCP numbers are relative to a flow that it belongs to, if one does; `+` marks such numbers.
pub fn frame_line(frame: &[u8], flows: &[FlowState]) -> String {
    let dissection = Dissection::of(frame);
    let mut line = String::new();
    match dissection.scope() {
        None => line.push_str("frame cut short"),
        Some(LayerKind::Ethernet | LayerKind::Llc) => ethernet(&mut line, &dissection),
        Some(LayerKind::Arp) => arp(&mut line, &dissection),
        Some(scope) => {
            addresses(&mut line, &dissection);
            fragment(&mut line, &dissection);
            match scope {
                LayerKind::Tcp => tcp(&mut line, &dissection, flows),
                LayerKind::Udp => {
                    let _ = write!(line, " udp, {} bytes", dissection.payload().len());
                }
                LayerKind::Icmpv4 => icmpv4(&mut line, &dissection),
                LayerKind::Icmpv6 => icmpv6(&mut line, &dissection),
                LayerKind::Igmp => {
                    let _ = write!(line, " igmp type {}", shown(&dissection, FieldId::IgmpType));
                }
                scope => {
                    let protocol = dissection.num(FieldId::Ipv4Protocol).or(dissection.num(FieldId::Ipv6NextHeader));
                    let len = dissection.payload().len();
                    let _ = write!(line, " {scope}, protocol {}, {len} bytes", protocol.unwrap_or(0));
                }
            }
        }
    }
    for layer in &dissection.layers {
        if let ChecksumState::Wrong { got, should } = dissection.checksum(layer) {
            let _ = write!(line, " [{} checksum {got:#06x} should be {should:#06x}]", layer.kind);
        }
    }
    if !dissection.is_complete() {
        line.push_str(" [cut short]");
    }
    line
}

fn shown(frame: &Dissection<'_>, field: FieldId) -> String {
    frame.get(field).map_or_else(|| "?".to_owned(), |value| field.show(value))
}

fn ethernet(line: &mut String, frame: &Dissection<'_>) {
    let _ = write!(
        line,
        "{} > {} type {}, {} bytes",
        shown(frame, FieldId::EthSrc),
        shown(frame, FieldId::EthDst),
        shown(frame, FieldId::EthType),
        frame.payload().len()
    );
}

fn arp(line: &mut String, frame: &Dissection<'_>) {
    let ip = |field| shown(frame, field);
    let _ = match frame.num(FieldId::ArpOperation) {
        Some(1) => write!(line, "arp who has {}? tell {}", ip(FieldId::ArpTargetIp), ip(FieldId::ArpSenderIp)),
        Some(2) => write!(line, "arp {} is at {}", ip(FieldId::ArpSenderIp), ip(FieldId::ArpSenderMac)),
        other => write!(line, "arp operation {}", other.unwrap_or(0)),
    };
}

fn addresses(line: &mut String, frame: &Dissection<'_>) {
    let Some((src, dst)) = frame.addresses() else { return };
    let _ = match frame.ports() {
        Some((src_port, dst_port)) => write!(line, "{src}.{src_port} > {dst}.{dst_port}"),
        None => write!(line, "{src} > {dst}"),
    };
}

fn fragment(line: &mut String, frame: &Dissection<'_>) {
    let (offset, more, id) = if frame.has(LayerKind::Fragment) {
        (FieldId::FragmentOffset, FieldId::FragmentMore, FieldId::FragmentId)
    } else if frame.is_fragment() {
        (FieldId::Ipv4FragmentOffset, FieldId::Ipv4MoreFragments, FieldId::Ipv4Id)
    } else {
        return;
    };
    let more = if frame.num(more) == Some(1) { "+" } else { "" };
    let _ = write!(line, " fragment {} at {}{more}", shown(frame, id), frame.num(offset).unwrap_or(0) * 8);
}

fn tcp(line: &mut String, frame: &Dissection<'_>, flows: &[FlowState]) {
    let number = |field| frame.num(field).unwrap_or(0);
    let absolute = (number(FieldId::TcpSeqAbsolute) as u32, number(FieldId::TcpAckAbsolute) as u32);
    let flags = number(FieldId::TcpFlags);
    let numbers = flows.iter().find_map(|flow| {
        if flow.is_from_target(frame) {
            return flow.numbers_of(frame);
        }
        let (src, dst) = frame.addresses()?;
        let ports = frame.ports()?;
        let from_tester = (src, ports.0) == (flow.spec.tester, flow.spec.tester_port)
            && (dst, Some(ports.1)) == (flow.spec.target, flow.peer_port);
        from_tester.then(|| (flow.relative(true, absolute.0), flow.relative(false, absolute.1)))
    });
    let len = frame.payload().len();
    let (seq, ack) = match numbers {
        Some((seq, ack)) => (format!("+{seq}"), format!("+{ack}")),
        None => (absolute.0.to_string(), absolute.1.to_string()),
    };
    let _ = write!(line, " tcp {} seq {seq}", flag_letters(flags));
    if len > 0 {
        let _ = write!(line, " ({len} bytes)");
    }
    if flags & 0x10 != 0 {
        let _ = write!(line, " ack {ack}");
    }
    let _ = write!(line, " win {}", number(FieldId::TcpWindow));
    if flags & 0x20 != 0 {
        let _ = write!(line, " urg {}", number(FieldId::TcpUrgent));
    }
    tcp_options(line, frame);
}

fn tcp_options(line: &mut String, frame: &Dissection<'_>) {
    let be = |bytes: &[u8]| bytes.iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
    let options: Vec<String> = frame
        .tcp_options()
        .into_iter()
        .map(|(kind, data)| match (kind, data.len()) {
            (2, 2) => format!("mss {}", be(data)),
            (3, 1) => format!("wscale {}", data[0]),
            (4, 0) => "sackOK".to_owned(),
            (5, _) => {
                let edges: Vec<String> =
                    data.chunks_exact(8).map(|b| format!("{}:{}", be(&b[..4]), be(&b[4..]))).collect();
                format!("sack {}", edges.join(" "))
            }
            (8, 8) => format!("ts {} {}", be(&data[..4]), be(&data[4..])),
            (kind, len) => format!("kind {kind} ({len} bytes)"),
        })
        .collect();
    if !options.is_empty() {
        let _ = write!(line, " <{}>", options.join(", "));
    }
}

fn icmpv4(line: &mut String, frame: &Dissection<'_>) {
    let number = |field| frame.num(field).unwrap_or(0);
    let (kind, code) = (number(FieldId::Icmpv4Type), number(FieldId::Icmpv4Code));
    let _ = match kind {
        0 | 8 => {
            let what = if kind == 8 { "request" } else { "reply" };
            let (ident, seq) = (number(FieldId::Icmpv4Ident), number(FieldId::Icmpv4Seq));
            write!(line, " icmp echo {what} {ident:#x}/{seq}, {} bytes", frame.payload().len())
        }
        3 => write!(line, " icmp unreachable, code {code}, mtu {}", number(FieldId::Icmpv4Mtu)),
        5 => write!(line, " icmp redirect, code {code}, gateway {}", shown(frame, FieldId::Icmpv4Gateway)),
        11 => write!(line, " icmp time exceeded, code {code}"),
        12 => write!(line, " icmp parameter problem, code {code}, pointer {}", number(FieldId::Icmpv4Pointer)),
        kind => write!(line, " icmp type {kind}, code {code}"),
    };
}

fn icmpv6(line: &mut String, frame: &Dissection<'_>) {
    let number = |field| frame.num(field).unwrap_or(0);
    let (kind, code) = (number(FieldId::Icmpv6Type), number(FieldId::Icmpv6Code));
    let target = || match frame.get(FieldId::NdTarget) {
        Some(Value::V6(target)) => target.to_string(),
        _ => "?".to_owned(),
    };
    let _ = match kind {
        128 | 129 => {
            let what = if kind == 128 { "request" } else { "reply" };
            let (ident, seq) = (number(FieldId::Icmpv6Ident), number(FieldId::Icmpv6Seq));
            write!(line, " icmpv6 echo {what} {ident:#x}/{seq}, {} bytes", frame.payload().len())
        }
        1 => write!(line, " icmpv6 unreachable, code {code}"),
        2 => write!(line, " icmpv6 packet too big, mtu {}", number(FieldId::Icmpv6Mtu)),
        3 => write!(line, " icmpv6 time exceeded, code {code}"),
        4 => write!(line, " icmpv6 parameter problem, code {code}, pointer {}", number(FieldId::Icmpv6Pointer)),
        130 => write!(line, " mld query"),
        131 | 143 => write!(line, " mld report"),
        132 => write!(line, " mld done"),
        133 => write!(line, " router solicitation"),
        134 => write!(line, " router advertisement"),
        135 => write!(line, " neighbour solicitation for {}", target()),
        136 => write!(line, " neighbour advertisement of {}", target()),
        137 => write!(line, " redirect to {}", target()),
        kind => write!(line, " icmpv6 type {kind}, code {code}"),
    };
}
