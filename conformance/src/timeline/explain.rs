//! A timeline for a person: the bed, every event in words, and a ladder between tester and target.

use core::fmt::Write;

use super::event::{Action, Event, When};
use super::words::{check_words, event_words, expected_words, packet_words, verb_words};
use super::{LinkEffect, Timeline};
use crate::target::SocketKind;

/// Columns between the two lines of the ladder.
const LANE: usize = 72;

/// Explains a timeline.
pub fn explain(timeline: &Timeline) -> String {
    let mut out = String::new();
    bed(&mut out, timeline);
    out.push('\n');
    for (index, event) in timeline.events.iter().enumerate() {
        let _ = writeln!(out, "{:3}. {}", index + 1, event_words(event));
    }
    out.push('\n');
    out.push_str(&ladder(timeline));
    out
}

fn bed(out: &mut String, timeline: &Timeline) {
    for index in 0..timeline.bed.links.len() {
        let link = timeline.bed.link(index);
        let _ = writeln!(
            out,
            "link {index}: tester {} and {}, target {}/{} and {}/{}, MTU {}",
            link.tester_v4,
            link.tester_v6,
            link.target_v4.0,
            link.target_v4.1,
            link.target_v6.0,
            link.target_v6.1,
            link.mtu
        );
    }
    for route in &timeline.bed.routes {
        let (prefix, len) = route.prefix;
        let _ = writeln!(out, "route of the target: {prefix}/{len} by {} on link {}", route.gateway, route.link);
    }
    if timeline.bed.forwarding {
        out.push_str("the target forwards packets\n");
    }
    if timeline.bed.cold {
        out.push_str("the target does not know the tester's link-layer address\n");
    }
    for flow in &timeline.flows {
        let kind = if flow.kind == SocketKind::Tcp { "tcp" } else { "udp" };
        let port = flow.target_port.map_or_else(|| "any port".to_owned(), |port| format!("port {port}"));
        let _ = writeln!(
            out,
            "flow {}: {kind}, tester {} port {}, target {} {port}",
            flow.name, flow.tester, flow.tester_port, flow.target
        );
    }
}

/// The ladder: arrows to the right go to the target, arrows to the left come from it.
pub fn ladder(timeline: &Timeline) -> String {
    let mut out = format!("     {:<width$}target\n", "tester", width = LANE + 1);
    for (index, event) in timeline.events.iter().enumerate() {
        for (row, line) in rungs(event).into_iter().enumerate() {
            let number = if row == 0 { format!("{:3}", index + 1) } else { "   ".to_owned() };
            let _ = writeln!(out, "{number}  {}", line.trim_end());
        }
    }
    out
}

/// The lines of one event.
fn rungs(event: &Event) -> Vec<String> {
    let mut rungs = Vec::new();
    if let When::After(span) = event.when
        && !event.action.decides()
    {
        rungs.push(middle(&format!("{span} pass")));
    }
    let when = match &event.when {
        When::Within(span) => format!(" (within {span})"),
        When::Between { min, max, .. } => format!(" ({min} to {max} later)"),
        _ => String::new(),
    };
    rungs.push(match &event.action {
        Action::Inject { packet, .. } => right(&packet_words(packet)),
        Action::InjectRaw { frame, .. } => right(&format!("{} raw bytes", frame.0.len())),
        Action::Expect { packet, .. } => left(&format!("{}{when}", packet_words(packet)), '<'),
        Action::ExpectOneOf { packets, .. } => {
            let all: Vec<String> = packets.iter().map(packet_words).collect();
            left(&format!("{}{when}", all.join(" | ")), '<')
        }
        Action::Silence { packet, .. } => left(&packet_words(packet), 'x'),
        Action::Call { socket, verb, expect } => {
            format!("|{:LANE$}| {} -> {}{when}", "", verb_words(socket, verb), expected_words(expect))
        }
        Action::Advance(span) => middle(&format!("{span} pass")),
        Action::LinkRule { packet, effect, .. } => {
            let effect = match effect {
                LinkEffect::Drop => "lost",
                LinkEffect::Delay(_) => "late",
                LinkEffect::Duplicate => "twice",
            };
            middle(&format!("from now on {effect}: {}", packet_words(packet)))
        }
        Action::Receive { flow, len, .. } => left(&format!("{flow}: {len} bytes, acknowledged"), '<'),
        Action::ShutWindow { flow, .. } => right(&format!("{flow}: data until the window is shut")),
        Action::Transfer { flow, len, .. } => right(&format!("{flow}: {len} bytes within the window")),
        Action::Check(check) => middle(&format!("check: {}", check_words(check))),
        Action::Note(text) => middle(&format!("# {text}")),
        Action::SetupDone => middle("======== the set-up is done ========"),
        Action::Neighbors { answer: true, .. } => middle("the tester answers ARP and solicitations"),
        Action::Neighbors { .. } => middle("the tester leaves ARP and solicitations unanswered"),
        Action::Forget => middle("what came so far is forgotten"),
        Action::Reopen { flow, .. } => middle(&format!("{flow} starts over")),
    });
    rungs
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(2)).chain("..".chars()).collect()
}

fn right(text: &str) -> String {
    let text = cut(text, LANE - 8);
    let dashes = LANE - 4 - text.chars().count();
    format!("|-- {text} {}>|", "-".repeat(dashes - 1))
}

fn left(text: &str, head: char) -> String {
    let text = cut(text, LANE - 8);
    let dashes = LANE - 4 - text.chars().count();
    format!("|{head}-- {text} {}|", "-".repeat(dashes - 1))
}

fn middle(text: &str) -> String {
    format!("|{:^LANE$}|", cut(text, LANE - 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::prelude::*;
    use crate::suite::{Scene, typical_profile};

    #[test]
    fn words_and_ladder() {
        let mut s = Scene::new(Family::Ipv4, Default::default(), typical_profile());
        s.listen_for("c");
        s.setup_done();
        s.inject(s.tcp("c").syn()).label("syn");
        s.expect(s.tcp("c").syn_ack().ack_next(0)).within(secs(1)).why("RFC9293-WP-2");
        s.silence(s.tcp("c").any_rst());
        let text = explain(&s.finish());
        let expected = include_str!("explain.golden");
        assert_eq!(text, expected, "\n{text}");
    }

    #[test]
    fn every_rung_is_as_wide_as_the_ladder() {
        for text in ["x", &"y".repeat(200)] {
            for rung in [right(text), left(text, '<'), middle(text)] {
                assert_eq!(rung.chars().count(), LANE + 2, "{rung}");
            }
        }
    }
}
