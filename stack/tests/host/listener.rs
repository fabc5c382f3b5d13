//! Listeners: the SYN queue, the accept queue, and what happens when they are full.

use std::net::SocketAddr;

use wireproof_stack::errno::Errno;
use wireproof_stack::event::DropReason;
use wireproof_stack::socket::{Family, SocketHandle, SocketKind};
use wireproof_stack::tcp::State;
use wireproof_stack::time::Duration;

use crate::lab::{Lab, address, good_wire};

fn server() -> SocketAddr {
    SocketAddr::new(address(Family::Ipv4, 2), 80)
}

/// A listener on host 1 and clients on host 0 that begin to connect at the same time.
fn rush(lab: &mut Lab, backlog: usize, clients: usize) -> (SocketHandle, Vec<SocketHandle>) {
    let listener = lab.socket(1, Family::Ipv4, SocketKind::Tcp, Some(server()));
    assert_eq!(lab.hosts[1].listen(listener, backlog), Ok(()));
    let clients = (0..clients)
        .map(|_| {
            let client = lab.socket(0, Family::Ipv4, SocketKind::Tcp, None);
            assert_eq!(lab.hosts[0].connect(lab.now, client, server()), Err(Errno::InProgress));
            lab.run(Duration::from_millis(10));
            client
        })
        .collect();
    (listener, clients)
}

fn established(lab: &Lab, clients: &[SocketHandle]) -> usize {
    clients.iter().filter(|client| lab.hosts[0].tcp_state(**client) == Ok(State::Established)).count()
}

#[test]
fn a_full_accept_queue_makes_clients_wait() {
    let mut lab = Lab::pair();
    let (listener, clients) = rush(&mut lab, 2, 5);
    lab.run(Duration::from_millis(100));
    assert_eq!(established(&lab, &clients), 2);
    assert!(lab.hosts[1].events().count(DropReason::AcceptQueueFull) >= 3);
    // Everyone is served in the end.
    let mut accepted = 0;
    let done = lab.run_until(Duration::from_secs(60), |lab| {
        if lab.hosts[1].accept(lab.now, listener).is_ok() {
            accepted += 1;
        }
        accepted == 5
    });
    assert!(done && established(&lab, &clients) == 5, "{accepted}");
    assert_eq!(lab.hosts[1].accept(lab.now, listener), Err(Errno::WouldBlock));
}

#[test]
fn the_final_ack_waits_for_room() {
    let mut lab = Lab::pair();
    // Both handshakes begin while there is room for one.
    let listener = lab.socket(1, Family::Ipv4, SocketKind::Tcp, Some(server()));
    assert_eq!(lab.hosts[1].listen(listener, 1), Ok(()));
    let clients: Vec<_> = (0..2)
        .map(|_| {
            let client = lab.socket(0, Family::Ipv4, SocketKind::Tcp, None);
            assert_eq!(lab.hosts[0].connect(lab.now, client, server()), Err(Errno::InProgress));
            client
        })
        .collect();
    lab.run(Duration::from_millis(500));
    // Both clients believe, the server holds one of them back.
    assert_eq!(established(&lab, &clients), 2);
    assert!(lab.hosts[1].accept(lab.now, listener).is_ok());
    assert_eq!(lab.hosts[1].accept(lab.now, listener), Err(Errno::WouldBlock));
    lab.run(Duration::from_secs(5));
    assert!(lab.hosts[1].accept(lab.now, listener).is_ok());
}

#[test]
fn the_syn_queue_is_bounded() {
    let mut lab = Lab::pair_with(good_wire(), |config| config.limits.syn_queue = 3);
    let listener = lab.socket(1, Family::Ipv4, SocketKind::Tcp, Some(server()));
    assert_eq!(lab.hosts[1].listen(listener, 100), Ok(()));
    // A port that answers nothing: the clients vanish after their SYN.
    for _ in 0..5 {
        let client = lab.socket(0, Family::Ipv4, SocketKind::Tcp, None);
        assert_eq!(lab.hosts[0].connect(lab.now, client, server()), Err(Errno::InProgress));
    }
    lab.run(Duration::from_secs(60));
    assert!(lab.hosts[1].events().count(DropReason::SynQueueFull) >= 1);
    for _ in 0..5 {
        assert!(lab.hosts[1].accept(lab.now, listener).is_ok());
    }
}

#[test]
fn closing_a_listener_resets_what_nobody_accepted() {
    let mut lab = Lab::pair();
    let (listener, clients) = rush(&mut lab, 5, 3);
    lab.run(Duration::from_millis(100));
    assert_eq!(established(&lab, &clients), 3);
    assert_eq!(lab.hosts[1].close(lab.now, listener), Ok(()));
    lab.run(Duration::from_millis(100));
    assert_eq!(lab.hosts[1].stats().sockets, 0);
    for client in clients {
        assert_eq!(lab.hosts[0].recv(lab.now, client, &mut [0; 4]), Err(Errno::ConnectionReset));
    }
    let late = lab.socket(0, Family::Ipv4, SocketKind::Tcp, None);
    assert_eq!(lab.hosts[0].connect(lab.now, late, server()), Err(Errno::InProgress));
    lab.run(Duration::from_millis(100));
    assert_eq!(lab.hosts[0].connect(lab.now, late, server()), Err(Errno::ConnectionRefused));
}

#[test]
fn the_very_address_is_served_before_the_wild_one() {
    let mut lab = Lab::pair();
    let family = Family::Ipv4;
    let wild = lab.socket(1, family, SocketKind::Tcp, None);
    let exact = lab.socket(1, family, SocketKind::Tcp, None);
    for socket in [wild, exact] {
        let reuse = wireproof_stack::socket::SocketOption::ReuseAddress(true);
        assert_eq!(lab.hosts[1].set_option(lab.now, socket, reuse), Ok(()));
    }
    assert_eq!(lab.hosts[1].bind(wild, SocketAddr::new(family.unspecified(), 80)), Ok(()));
    assert_eq!(lab.hosts[1].bind(exact, server()), Ok(()));
    assert_eq!(lab.hosts[1].listen(exact, 1), Ok(()));
    assert_eq!(lab.hosts[1].listen(wild, 1), Err(Errno::AddressInUse));
    let client = lab.socket(0, family, SocketKind::Tcp, None);
    assert_eq!(lab.hosts[0].connect(lab.now, client, server()), Err(Errno::InProgress));
    lab.run(Duration::from_millis(100));
    assert!(lab.hosts[1].accept(lab.now, exact).is_ok());
}

#[test]
fn a_socket_that_listens_cannot_connect_or_send() {
    let mut lab = Lab::pair();
    let (listener, _) = rush(&mut lab, 1, 0);
    let host = &mut lab.hosts[1];
    assert_eq!(host.tcp_state(listener), Ok(State::Listen));
    assert_eq!(host.connect(lab.now, listener, server()), Err(Errno::NotSupported));
    assert_eq!(host.send(lab.now, listener, b"x"), Err(Errno::NotConnected));
    assert_eq!(host.recv(lab.now, listener, &mut [0; 4]), Err(Errno::NotConnected));
    assert_eq!(host.listen(listener, 7), Ok(()));
    let fresh = host.socket(Family::Ipv4, SocketKind::Tcp).expect("a socket");
    assert_eq!(host.accept(lab.now, fresh), Err(Errno::Invalid));
}
