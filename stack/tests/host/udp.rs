//! Datagrams between two hosts (RFC 768, RFC 1122 4.1).

use std::net::SocketAddr;

use wireproof_stack::errno::Errno;
use wireproof_stack::event::DropReason;
use wireproof_stack::socket::{Family, Shutdown, SocketKind, SocketOption};
use wireproof_stack::time::Duration;

use crate::lab::{FAMILIES, Lab, address, good_wire, pattern, v4};

#[test]
fn a_question_and_its_answer() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let server = SocketAddr::new(address(family, 2), 53);
        let receiver = lab.socket(1, family, SocketKind::Udp, Some(SocketAddr::new(family.unspecified(), 53)));
        let sender = lab.socket(0, family, SocketKind::Udp, None);
        assert_eq!(lab.hosts[0].set_option(lab.now, sender, SocketOption::Ttl(9)), Ok(()));
        assert_eq!(lab.hosts[0].set_option(lab.now, sender, SocketOption::Tos(0xb8)), Ok(()));
        assert_eq!(lab.hosts[0].send_to(lab.now, sender, b"question", server), Ok(8));
        lab.run(Duration::from_secs(1));
        let mut buffer = [0; 100];
        let received = lab.hosts[1].recv_from(lab.now, receiver, &mut buffer).expect("a datagram");
        assert_eq!((&buffer[..received.len], received.truncated), (&b"question"[..], false));
        assert_eq!((received.arrival.to, received.arrival.ttl, received.arrival.tos), (server, 9, 0xb8));
        assert_eq!(lab.hosts[1].send_to(lab.now, receiver, b"", received.arrival.from), Ok(0));
        lab.run(Duration::from_secs(1));
        let answer = lab.hosts[0].recv_from(lab.now, sender, &mut buffer).expect("an empty datagram");
        assert_eq!((answer.len, answer.arrival.from), (0, server));
        assert_eq!(lab.hosts[0].recv(lab.now, sender, &mut buffer), Err(Errno::WouldBlock));
    }
}

#[test]
fn sixty_thousand_octets_in_one_datagram() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let server = SocketAddr::new(address(family, 2), 53);
        let receiver = lab.socket(1, family, SocketKind::Udp, Some(server));
        let sender = lab.socket(0, family, SocketKind::Udp, None);
        let data = pattern(60_000);
        let mut buffer = vec![0; 70_000];
        for _ in 0..3 {
            // The first one waits for its neighbour in one piece.
            assert_eq!(lab.hosts[0].send_to(lab.now, sender, &data, server), Ok(data.len()));
            lab.run(Duration::from_secs(1));
            assert_eq!(lab.hosts[1].recv(lab.now, receiver, &mut buffer), Ok(data.len()));
            assert!(buffer[..data.len()] == data);
        }
        assert!(lab.frames[0] > 3 * 41);
        let limit = if family == Family::Ipv4 { 65_507 } else { 65_527 };
        let large = pattern(limit + 1);
        assert_eq!(lab.hosts[0].send_to(lab.now, sender, &large, server), Err(Errno::MessageSize));
        assert_eq!(lab.hosts[0].send_to(lab.now, sender, &large[..limit], server), Ok(limit));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[1].recv(lab.now, receiver, &mut buffer), Ok(limit));
    }
}

#[test]
fn a_port_without_a_socket_refuses_connected_senders() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let nobody = SocketAddr::new(address(family, 2), 54);
        let sender = lab.socket(0, family, SocketKind::Udp, None);
        assert_eq!(lab.hosts[0].connect(lab.now, sender, nobody), Ok(()));
        assert_eq!(lab.hosts[0].send(lab.now, sender, b"x"), Ok(1));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[1].events().count(DropReason::PortUnreachable), 1);
        assert!(lab.hosts[0].readiness(sender).is_ok_and(|ready| ready.readable && ready.error));
        assert_eq!(lab.hosts[0].recv(lab.now, sender, &mut [0; 9]), Err(Errno::ConnectionRefused));
        assert_eq!(lab.hosts[0].recv(lab.now, sender, &mut [0; 9]), Err(Errno::WouldBlock));
        assert_eq!(lab.hosts[0].send(lab.now, sender, b"x"), Ok(1));
        lab.run(Duration::from_secs(1));
        assert_eq!(
            lab.hosts[0].get_option(sender, SocketOption::Error(None)),
            Ok(SocketOption::Error(Some(Errno::ConnectionRefused)))
        );
    }
}

#[test]
fn a_silent_neighbour_is_reported_to_connected_senders() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let nobody = SocketAddr::new(address(family, 77), 54);
        let sender = lab.socket(0, family, SocketKind::Udp, None);
        assert_eq!(lab.hosts[0].connect(lab.now, sender, nobody), Ok(()));
        assert_eq!(lab.hosts[0].send(lab.now, sender, b"x"), Ok(1));
        lab.run(Duration::from_secs(10));
        assert_eq!(lab.hosts[0].events().count(DropReason::NeighborUnresolved), 1);
        assert_eq!(lab.hosts[0].recv(lab.now, sender, &mut [0; 9]), Err(Errno::HostUnreachable));
    }
}

#[test]
fn connected_sockets_hear_their_peer_only() {
    let mut lab = Lab::pair();
    let family = Family::Ipv4;
    let own = SocketAddr::new(address(family, 2), 53);
    let receiver = lab.socket(1, family, SocketKind::Udp, Some(own));
    let [first, second] = [1_111, 2_222].map(|port| {
        let at = SocketAddr::new(address(family, 1), port);
        (lab.socket(0, family, SocketKind::Udp, Some(at)), at)
    });
    assert_eq!(lab.hosts[1].connect(lab.now, receiver, first.1), Ok(()));
    assert_eq!(lab.hosts[1].peer_address(receiver), Ok(first.1));
    assert_eq!(lab.hosts[0].send_to(lab.now, second.0, b"no", own), Ok(2));
    assert_eq!(lab.hosts[0].send_to(lab.now, first.0, b"yes", own), Ok(3));
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[1].recv(lab.now, receiver, &mut [0; 9]), Ok(3));
    assert_eq!(lab.hosts[1].recv(lab.now, receiver, &mut [0; 9]), Err(Errno::WouldBlock));
    assert_eq!(lab.hosts[1].shutdown(lab.now, receiver, Shutdown::Both), Ok(()));
    assert_eq!(lab.hosts[1].recv(lab.now, receiver, &mut [0; 9]), Ok(0));
    assert_eq!(lab.hosts[1].send(lab.now, receiver, b"x"), Err(Errno::BrokenPipe));
}

#[test]
fn broadcast_needs_permission_and_gets_no_error() {
    let mut lab = Lab::pair();
    let family = Family::Ipv4;
    let sender = lab.socket(0, family, SocketKind::Udp, None);
    let everybody = [SocketAddr::from(([255, 255, 255, 255], 67)), SocketAddr::new(v4(0, 255), 67)];
    for to in everybody {
        assert_eq!(lab.hosts[0].send_to(lab.now, sender, b"x", to), Err(Errno::AccessDenied));
    }
    assert_eq!(lab.hosts[0].set_option(lab.now, sender, SocketOption::Broadcast(true)), Ok(()));
    for to in everybody {
        assert_eq!(lab.hosts[0].send_to(lab.now, sender, b"x", to), Ok(1));
    }
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[1].events().count(DropReason::PortUnreachable), 2);
    assert_eq!(lab.frames, [2, 0]);
    let receiver = lab.socket(1, family, SocketKind::Udp, Some(SocketAddr::new(family.unspecified(), 67)));
    for to in everybody {
        assert_eq!(lab.hosts[0].send_to(lab.now, sender, b"x", to), Ok(1));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[1].recv(lab.now, receiver, &mut [0; 9]), Ok(1));
    }
}

#[test]
fn the_receive_queue_is_bounded() {
    let mut lab = Lab::pair_with(good_wire(), |config| config.limits.udp_queue = 3);
    let own = SocketAddr::new(address(Family::Ipv4, 2), 53);
    let receiver = lab.socket(1, Family::Ipv4, SocketKind::Udp, Some(own));
    let sender = lab.socket(0, Family::Ipv4, SocketKind::Udp, None);
    for _ in 0..5 {
        assert_eq!(lab.hosts[0].send_to(lab.now, sender, b"x", own), Ok(1));
        lab.run(Duration::from_millis(10));
    }
    assert_eq!(lab.hosts[1].events().count(DropReason::ReceiveQueueFull), 2);
    assert_eq!(lab.hosts[1].recv(lab.now, receiver, &mut [0; 9]), Ok(1));
}

#[test]
fn calls_that_make_no_sense() {
    let mut lab = Lab::pair();
    let family = Family::Ipv4;
    let host = &mut lab.hosts[0];
    let socket = host.socket(family, SocketKind::Udp).expect("a socket");
    assert_eq!(host.send(lab.now, socket, b"x"), Err(Errno::DestinationRequired));
    assert_eq!(host.listen(socket, 1), Err(Errno::NotSupported));
    assert_eq!(host.accept(lab.now, socket), Err(Errno::NotSupported));
    assert_eq!(host.shutdown(lab.now, socket, Shutdown::Both), Err(Errno::NotConnected));
    assert_eq!(host.peer_address(socket), Err(Errno::NotConnected));
    assert_eq!(host.bind(socket, SocketAddr::new(v4(0, 9), 1)), Err(Errno::AddressNotAvailable));
    let other_family = SocketAddr::new(address(Family::Ipv6, 1), 1);
    assert_eq!(host.bind(socket, other_family), Err(Errno::AddressFamilyNotSupported));
    assert_eq!(host.connect(lab.now, socket, other_family), Err(Errno::AddressFamilyNotSupported));
    assert_eq!(host.set_option(lab.now, socket, SocketOption::NoDelay(true)), Err(Errno::NoProtocolOption));
    assert_eq!(host.set_option(lab.now, socket, SocketOption::Ttl(0)), Err(Errno::Invalid));
    let nowhere = SocketAddr::new(v4(9, 9), 1);
    assert_eq!(host.send_to(lab.now, socket, b"x", nowhere), Err(Errno::NetworkUnreachable));
    assert_eq!(host.close(lab.now, socket), Ok(()));
    assert_eq!(host.close(lab.now, socket), Err(Errno::BadSocket));
}
