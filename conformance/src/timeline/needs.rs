//! What the events of a timeline need of the target, read off the events themselves.

use std::collections::BTreeSet;

use super::event::{Action, Event, Expected, Verb};
use super::layer::LayerKind;
use super::packet::PacketSpec;
use crate::capability::Capability;
use crate::target::{Family, SocketKind, SocketOption};

/// Capabilities that follow from the events. Which protocol options a case is about (SACK, ECN ..) it says itself.
pub fn needs_of(events: &[Event]) -> BTreeSet<Capability> {
    let mut needs = BTreeSet::new();
    for event in events {
        match &event.action {
            Action::Inject { packet, .. } => needs.extend(families_of(packet)),
            Action::Call { socket, verb, expect } => {
                let tcp = is_tcp(events, socket);
                needs.extend(needs_of_verb(verb, tcp));
                if matches!(expect, Expected::Errno(_)) {
                    needs.insert(Capability::SocketErrors);
                }
            }
            Action::Transfer { drain: Some(_), .. } => {
                needs.insert(Capability::TcpListen);
            }
            _ => {}
        }
    }
    needs
}

/// Whether the named socket is a TCP socket: made as one, or accepted.
fn is_tcp(events: &[Event], name: &str) -> bool {
    events.iter().any(|event| match &event.action {
        Action::Call { socket, verb: Verb::Socket(_, kind), .. } => socket == name && *kind == SocketKind::Tcp,
        Action::Call { verb: Verb::Accept(socket), .. } => socket == name,
        _ => false,
    })
}

fn families_of(packet: &PacketSpec) -> impl Iterator<Item = Capability> {
    let v4 = packet.names(&[LayerKind::Ipv4]).then_some(Capability::Ipv4);
    let v6 = packet.names(&[LayerKind::Ipv6]).then_some(Capability::Ipv6);
    let arp = packet.names(&[LayerKind::Arp]).then_some(Capability::Arp);
    v4.into_iter().chain(v6).chain(arp)
}

fn needs_of_verb(verb: &Verb, tcp: bool) -> Vec<Capability> {
    let one = |capability| vec![capability];
    match verb {
        Verb::Socket(family, kind) => {
            let family = if *family == Family::Ipv4 { Capability::Ipv4 } else { Capability::Ipv6 };
            if *kind == SocketKind::Udp { vec![family, Capability::UdpSockets] } else { one(family) }
        }
        Verb::Listen(_) | Verb::Accept(_) => one(Capability::TcpListen),
        Verb::Connect(_) if tcp => one(Capability::TcpConnect),
        Verb::SendUrgent(_) | Verb::RecvUrgent(_) => one(Capability::TcpUrgent),
        Verb::Shutdown(_) if tcp => one(Capability::TcpHalfClose),
        Verb::State => one(Capability::StateQuery),
        Verb::SetOption(option) | Verb::GetOption(option) => match option {
            SocketOption::KeepAlive(_) | SocketOption::KeepIdle(_) | SocketOption::KeepInterval(_) => {
                one(Capability::TcpKeepAlive)
            }
            SocketOption::KeepCount(_) => one(Capability::TcpKeepCount),
            SocketOption::NoDelay(_) => one(Capability::TcpNoDelay),
            SocketOption::UserTimeout(_) => one(Capability::TcpUserTimeout),
            SocketOption::RecvBuffer(_) => one(Capability::RecvBufferSize),
            SocketOption::Ttl(_) => one(Capability::TtlOption),
            SocketOption::Tos(_) => one(Capability::TosOption),
            SocketOption::Error(_) => one(Capability::SocketErrors),
            SocketOption::JoinGroup(group) | SocketOption::LeaveGroup(group) => {
                one(if group.is_ipv4() { Capability::Igmp } else { Capability::Mld })
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::suite::prelude::*;
    use crate::suite::{Scene, typical_profile};

    #[test]
    fn calls_and_packets_show_what_they_need() {
        let mut s = Scene::new(Family::Ipv6, BTreeMap::new(), typical_profile());
        s.established_active("c");
        s.shutdown_write("c");
        s.expect_recv_error("c", &[]);
        s.inject(packet::arp());
        s.set_option("c", SocketOption::NoDelay(true));
        s.links(2);
        let needs: Vec<&str> = s.finish().needs.into_iter().map(Capability::name).collect();
        let expected = ["ipv6", "arp", "multi-homed", "tcp-connect", "tcp-half-close", "tcp-no-delay", "socket-errors"];
        assert_eq!(needs, expected);
    }
}
