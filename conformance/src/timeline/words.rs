//! Events, packets, calls and checks in words.

use super::check::Check;
use super::event::{Action, DataSpec, Event, Expected, LinkEffect, Order, Verb, Weight, When};
use super::field::Field;
use super::layer::{FieldId, flag_letters};
use super::packet::{Body, Checksum, LayerSpec, NdOption, PacketSpec, PayloadSpec, TcpOption, TcpOptionsSpec};

/// An event in one line: what happens, when, and why.
pub fn event_words(event: &Event) -> String {
    let mut words = action_words(&event.action);
    let when = when_words(&event.when, &event.action);
    if !when.is_empty() {
        words.push_str(", ");
        words.push_str(&when);
    }
    if event.weight == Weight::Should {
        words.push_str(" (recommended)");
    }
    if let Some(label) = &event.label {
        words.push_str(&format!(" [{label}]"));
    }
    if !event.why.is_empty() {
        words.push_str(&format!("  # {}", event.why));
    }
    words
}

fn when_words(when: &When, action: &Action) -> String {
    let waits = matches!(action, Action::Expect { .. } | Action::ExpectOneOf { .. } | Action::Call { .. });
    match when {
        When::Now => String::new(),
        When::After(span) if waits => format!("not before {span} later"),
        When::After(span) => format!("{span} later"),
        When::At(time) => format!("at {time} s"),
        When::Within(span) => format!("within {span}"),
        When::Between { from, min, max } => {
            let from = from.as_deref().map_or_else(|| "the previous event".to_owned(), |label| format!("`{label}`"));
            format!("{min} to {max} after {from}")
        }
        When::Any => "at any time".to_owned(),
    }
}

/// An action in words.
pub fn action_words(action: &Action) -> String {
    let on = |link: Option<usize>| link.map_or_else(String::new, |link| format!(" on link {link}"));
    let some = |link: usize| if link == 0 { None } else { Some(link) };
    match action {
        Action::Inject { link, packet } => format!("tester sends{} {}", on(some(*link)), packet_words(packet)),
        Action::InjectRaw { link, frame } => {
            format!("tester sends{} the bytes {}", on(some(*link)), hex(&frame.0))
        }
        Action::Expect { link, packet, forbid, order } => {
            let next = if *order == Order::Next { " next" } else { "" };
            let mut words = format!("target sends{next}{} {}", on(*link), packet_words(packet));
            for packet in forbid {
                words.push_str(&format!(", and never {}", packet_words(packet)));
            }
            words
        }
        Action::ExpectOneOf { link, packets } => {
            let all: Vec<String> = packets.iter().map(packet_words).collect();
            format!("target sends{} one of: {}", on(*link), all.join(" | "))
        }
        Action::Silence { link, packet, duration } => {
            let span = duration.map_or_else(|| "in reaction".to_owned(), |span| format!("for {span}"));
            format!("target does not send{} {}, {span}", on(*link), packet_words(packet))
        }
        Action::Call { socket, verb, expect } => format!("{} -> {}", verb_words(socket, verb), expected_words(expect)),
        Action::Advance(span) => format!("{span} pass"),
        Action::LinkRule { packet, first, count, effect } => {
            let effect = match effect {
                LinkEffect::Drop => "are lost".to_owned(),
                LinkEffect::Delay(span) => format!("come {span} late"),
                LinkEffect::Duplicate => "come twice".to_owned(),
            };
            let last = u64::from(*first) + u64::from(*count) - 1;
            format!("from now on, frames {first} to {last} of the target like {} {effect}", packet_words(packet))
        }
        Action::Neighbors { answer, addresses } => {
            let does = if *answer { "answers" } else { "does not answer" };
            let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let whom = if all.is_empty() { "anybody".to_owned() } else { all.join(", ") };
            format!("tester {does} ARP and neighbour solicitations for {whom}")
        }
        Action::Forget => "frames not looked at are forgotten".to_owned(),
        Action::Reopen { flow, isn } => format!("flow {flow} starts over at sequence number {isn}"),
        Action::Receive { flow, len, acks } => format!("tester receives {len} bytes on {flow}, acknowledging {acks:?}"),
        Action::ShutWindow { flow, most } => {
            format!("tester sends data on {flow} until the window is shut, {most} bytes at most")
        }
        Action::Transfer { flow, len, segment, drain } => {
            let segment = segment.map_or_else(String::new, |segment| format!(" in segments of {segment}"));
            let drain = drain.as_deref().map_or_else(String::new, |socket| format!(", {socket} reads them"));
            format!("tester sends {len} bytes on {flow}{segment} within the window{drain}")
        }
        Action::Check(check) => check_words(check),
        Action::Note(text) => format!("note: {text}"),
        Action::SetupDone => "the set-up is done".to_owned(),
    }
}

/// A check in words.
pub fn check_words(check: &Check) -> String {
    match check {
        Check::Count { packet, min, max, since } => {
            let since = since.as_deref().map_or_else(|| "the set-up".to_owned(), |label| format!("`{label}`"));
            let count = if min == max { min.to_string() } else { format!("{min} to {max}") };
            format!("since {since} the target sent {count} of {}", packet_words(packet))
        }
        Check::Interval { from, to, min, max } => format!("from `{from}` to `{to}` took {min} to {max}"),
        Check::Backoff { labels, min_percent, max_percent } => {
            format!("each interval between {} is {min_percent} to {max_percent} % of the one before", labels.join(", "))
        }
        Check::VarsEqual(names) => format!("{} are equal", names.join(", ")),
        Check::VarsDiffer(names) => format!("{} are all different", names.join(", ")),
        Check::Increasing { vars, bits: 0 } => format!("{} increase", vars.join(", ")),
        Check::Increasing { vars, bits } => format!("{} increase, in {bits} bits", vars.join(", ")),
        Check::Apart { vars, least, bits } => {
            format!("{} are each {least} or more apart, in {bits} bits", vars.join(", "))
        }
        Check::VarIn { var, min, max } => format!("{var} is {min} to {max}"),
        Check::StreamEquals { flow, from, len } => format!("{flow} carried {len} bytes of the pattern from {from}"),
        Check::EdgeKept { flow } => format!("the target never took back window that it had offered on {flow}"),
        Check::WithinWindow { flow } => format!("the target kept within the window offered on {flow}"),
    }
}

/// A packet spec in words: `tcp c SA seq +0`, only what the spec says.
pub fn packet_words(packet: &PacketSpec) -> String {
    let mut parts = Vec::new();
    for layer in &packet.layers {
        let quiet = packet.flow.is_some() && layer.kind.is_ip() && layer.fields.is_empty() && layer.body.is_none();
        if !quiet {
            parts.push(layer_words(layer, packet.flow.as_deref()));
        }
    }
    let mut words = if parts.is_empty() { "any frame".to_owned() } else { parts.join(" / ") };
    for kind in &packet.absent {
        words.push_str(&format!(", without {kind}"));
    }
    for patch in &packet.patches {
        words.push_str(&format!(", byte {} of {} overwritten with {}", patch.offset, patch.layer, hex(&patch.bytes.0)));
    }
    if let Some(slice) = packet.slice {
        let more = if slice.more { ", more to come" } else { ", the last" };
        let end = slice.offset.saturating_add(slice.len);
        words.push_str(&format!(", fragment {:#x} bytes {}..{end}{more}", slice.id, slice.offset));
    }
    if let Some(len) = packet.truncate {
        words.push_str(&format!(", cut to {len} bytes"));
    }
    if !packet.padding.0.is_empty() {
        words.push_str(&format!(", {} bytes behind it", packet.padding.0.len()));
    }
    if packet.reassembled {
        words.push_str(", put together");
    }
    words
}

fn layer_words(layer: &LayerSpec, flow: Option<&str>) -> String {
    let mut words = layer.kind.name().to_owned();
    if let Some(flow) = flow.filter(|_| matches!(layer.kind, super::LayerKind::Tcp | super::LayerKind::Udp)) {
        words.push_str(&format!(" {flow}"));
    }
    for (id, field) in &layer.fields {
        words.push(' ');
        words.push_str(&field_words(*id, field));
    }
    match &layer.body {
        Some(Body::Tcp(options)) => words.push_str(&options_words(options)),
        Some(Body::Nd(options)) => {
            for option in options {
                words.push_str(&format!(" {}", nd_words(option)));
            }
        }
        Some(Body::Raw(bytes)) => words.push_str(&format!(" options {}", hex(&bytes.0))),
        Some(Body::Payload(payload)) => return payload_words(payload),
        None => {}
    }
    match layer.checksum {
        Checksum::Right => {}
        Checksum::Wrong => words.push_str(" (wrong checksum)"),
        Checksum::Zero => words.push_str(" (checksum zero)"),
        Checksum::Any => words.push_str(" (any checksum)"),
    }
    words
}

fn field_words(id: FieldId, field: &Field) -> String {
    let name = id.name().split_once('.').map_or(id.name(), |(_, field)| field);
    let shown = field.words(&|value| id.show(value));
    match (id, field) {
        (FieldId::TcpFlags, Field::Is(_)) => shown,
        (FieldId::TcpFlags, Field::Mask { mask: 0x1ff, value }) => format!("exactly {}", flag_letters(*value)),
        (FieldId::TcpFlags, Field::Mask { mask, value: 0 }) => format!("without {}", flag_letters(*mask)),
        (FieldId::TcpFlags, Field::Mask { mask, value }) if mask == value => format!("with {}", flag_letters(*mask)),
        _ => format!("{name} {shown}"),
    }
}

fn options_words(options: &TcpOptionsSpec) -> String {
    let mut words = String::new();
    let listed: Vec<String> = options.list.iter().flatten().chain(&options.also).map(option_words).collect();
    if options.list.is_some() || !listed.is_empty() {
        let only = if options.exact { "only " } else { "" };
        words.push_str(&format!(" {only}<{}>", listed.join(", ")));
    }
    for kind in &options.absent {
        words.push_str(&format!(" no option {kind}"));
    }
    words
}

fn option_words(option: &TcpOption) -> String {
    match option {
        TcpOption::End => "end".to_owned(),
        TcpOption::Nop => "nop".to_owned(),
        TcpOption::Mss(mss) => format!("mss {mss}"),
        TcpOption::WindowScale(shift) => format!("wscale {shift}"),
        TcpOption::SackPermitted => "sackOK".to_owned(),
        TcpOption::Sack(blocks) => {
            let blocks: Vec<String> = blocks.iter().map(|(left, right)| format!("{left}:{right}")).collect();
            format!("sack {}", blocks.join(" "))
        }
        TcpOption::Timestamps(value, echo) => format!("ts {value} {echo}"),
        TcpOption::Other { kind, data } => format!("kind {kind} {}", hex(&data.0)),
        TcpOption::Raw(bytes) => format!("bytes {}", hex(&bytes.0)),
    }
}

fn nd_words(option: &NdOption) -> String {
    match option {
        NdOption::SourceMac(mac) => format!("source-mac {mac}"),
        NdOption::TargetMac(mac) => format!("target-mac {mac}"),
        NdOption::Prefix { prefix, len, .. } => format!("prefix {prefix}/{len}"),
        NdOption::Redirected { label, len } => format!("redirected `{label}`, {len} bytes"),
        NdOption::Mtu(mtu) => format!("mtu {mtu}"),
        NdOption::Raw { kind, len, .. } => format!("option {kind} of length {len}"),
    }
}

fn payload_words(payload: &PayloadSpec) -> String {
    match payload {
        PayloadSpec::Bytes(bytes) if bytes.0.is_empty() => "no data".to_owned(),
        PayloadSpec::Bytes(bytes) => format!("{} bytes {}", bytes.0.len(), hex(&bytes.0)),
        PayloadSpec::Pattern { offset: None, len } => format!("{len} bytes"),
        PayloadSpec::Pattern { offset: Some(offset), len } => format!("{len} bytes from {offset}"),
        PayloadSpec::Fill { byte, len } => format!("{len} times {byte:#04x}"),
        PayloadSpec::Len(len) => format!("data of length {len}"),
        PayloadSpec::Prefix(bytes) => format!("data that begins with {}", hex(&bytes.0)),
        PayloadSpec::Quote { label, len } => format!("IP header and {len} octets of `{label}`"),
    }
}

/// A call in words: `recv(c, 100)`.
pub fn verb_words(socket: &str, verb: &Verb) -> String {
    let data = |data: &DataSpec| match data {
        DataSpec::Bytes(bytes) => format!("{} bytes", bytes.0.len()),
        DataSpec::Pattern { offset, len } => format!("{len} bytes from {offset}"),
    };
    match verb {
        Verb::Socket(family, kind) => format!("{socket} = socket({family:?}, {kind:?})"),
        Verb::Bind(address) => format!("bind({socket}, {address})"),
        Verb::Listen(backlog) => format!("listen({socket}, {backlog})"),
        Verb::Accept(name) => format!("{name} = accept({socket})"),
        Verb::Connect(address) => format!("connect({socket}, {address})"),
        Verb::Send(what) => format!("send({socket}, {})", data(what)),
        Verb::SendTo(what, to) => format!("sendto({socket}, {}, {to})", data(what)),
        Verb::SendUrgent(what) => format!("send({socket}, {}, urgent)", data(what)),
        Verb::Recv(max) => format!("recv({socket}, {max})"),
        Verb::RecvFrom(max) => format!("recvfrom({socket}, {max})"),
        Verb::RecvUrgent(max) => format!("recv({socket}, {max}, urgent)"),
        Verb::Shutdown(how) => format!("shutdown({socket}, {how:?})"),
        Verb::Close => format!("close({socket})"),
        Verb::SetOption(option) => format!("setsockopt({socket}, {option:?})"),
        Verb::GetOption(option) => format!("getsockopt({socket}, {option:?})"),
        Verb::LocalAddress => format!("getsockname({socket})"),
        Verb::PeerAddress => format!("getpeername({socket})"),
        Verb::State => format!("state({socket})"),
    }
}

/// What must come of a call, in words.
pub fn expected_words(expect: &Expected) -> String {
    let data = |data: &DataSpec| match data {
        DataSpec::Bytes(bytes) => format!("{} bytes {}", bytes.0.len(), hex(&bytes.0)),
        DataSpec::Pattern { offset, len } => format!("{len} bytes of the pattern from {offset}"),
    };
    match expect {
        Expected::Ok => "success".to_owned(),
        Expected::Any => "anything".to_owned(),
        Expected::Pending => "would block".to_owned(),
        Expected::Begun => "the attempt has begun".to_owned(),
        Expected::Count(min, max) if min == max => format!("{min} bytes taken"),
        Expected::Count(min, max) => format!("{min} to {max} bytes taken"),
        Expected::Data(what) => data(what),
        Expected::Eof => "end of file".to_owned(),
        Expected::Errno(any) if any.is_empty() => "an error".to_owned(),
        Expected::Errno(any) => any.iter().map(|errno| errno.0.name()).collect::<Vec<_>>().join(" or "),
        Expected::Datagram(what, None) => format!("a datagram of {}", data(what)),
        Expected::Datagram(what, Some(from)) => format!("a datagram of {from}, {}", data(what)),
        Expected::Address(address) => address.to_string(),
        Expected::Option(option) => format!("{option:?}"),
        Expected::State(states) => format!("state {}", states.join(" or ")),
    }
}

/// The first bytes in hexadecimal, with their number if there are more.
pub fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 16;
    let digits: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if bytes.is_empty() {
        "nothing".to_owned()
    } else if bytes.len() > SHOWN {
        format!("{}.. ({} bytes)", digits.join(""), bytes.len())
    } else {
        digits.join("")
    }
}
