//! Connections between two hosts.

use std::net::SocketAddr;

use wireproof_stack::errno::Errno;
use wireproof_stack::link::FaultProfile;
use wireproof_stack::socket::{Family, Shutdown, SocketHandle, SocketKind, SocketOption};
use wireproof_stack::tcp::State;
use wireproof_stack::time::Duration;

use crate::lab::{FAMILIES, Lab, address, good_wire, link_local, pattern};

/// Sends `data` from one socket and reads it at the other; panics if it does not arrive whole within an hour.
fn transfer(lab: &mut Lab, from: (usize, SocketHandle), to: (usize, SocketHandle), data: &[u8]) {
    let mut sent = 0;
    let mut received = Vec::new();
    let mut buffer = vec![0; 10_000];
    let done = lab.run_until(Duration::from_secs(3_600), |lab| {
        while sent < data.len() {
            match lab.hosts[from.0].send(lab.now, from.1, &data[sent..]) {
                Ok(count) => sent += count,
                Err(error) => {
                    assert_eq!(error, Errno::WouldBlock);
                    break;
                }
            }
        }
        loop {
            match lab.hosts[to.0].recv(lab.now, to.1, &mut buffer) {
                Ok(count) => received.extend_from_slice(&buffer[..count]),
                Err(error) => {
                    assert_eq!(error, Errno::WouldBlock);
                    break;
                }
            }
        }
        received.len() >= data.len()
    });
    assert!(done, "sent {sent}, received {} of {}", received.len(), data.len());
    assert!(received == data, "the data changed on its way");
}

#[test]
fn connect_transfer_close_in_both_families() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let (client, _, server) = lab.connection(family);
        let data = pattern(1_000_000);
        transfer(&mut lab, (0, client), (1, server), &data);
        transfer(&mut lab, (1, server), (0, client), &data[..300_000]);
        assert_eq!(lab.hosts[0].shutdown(lab.now, client, Shutdown::Write), Ok(()));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[1].recv(lab.now, server, &mut [0; 10]), Ok(0));
        assert_eq!(lab.hosts[1].tcp_state(server), Ok(State::CloseWait));
        assert_eq!(lab.hosts[0].tcp_state(client), Ok(State::FinWait2));
        transfer(&mut lab, (1, server), (0, client), b"the other direction still works");
        assert_eq!(lab.hosts[1].close(lab.now, server), Ok(()));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[0].recv(lab.now, client, &mut [0; 10]), Ok(0));
        assert_eq!(lab.hosts[0].tcp_state(client), Ok(State::TimeWait));
        assert_eq!(lab.hosts[1].stats().connections, 0);
        assert_eq!(lab.hosts[0].close(lab.now, client), Ok(()));
        assert_eq!(lab.hosts[0].close(lab.now, client), Err(Errno::BadSocket));
        assert_eq!(lab.hosts[0].stats().connections, 1);
        lab.run(Duration::from_secs(300));
        assert_eq!((lab.hosts[0].stats().connections, lab.hosts[0].stats().sockets), (0, 0));
        assert_eq!(lab.hosts[0].poll_timeout(), lab.hosts[0].poll_timeout().filter(|at| *at > lab.now));
    }
}

#[test]
fn data_arrives_whole_over_a_bad_wire() {
    for family in FAMILIES {
        let profile = FaultProfile {
            loss: 20_000,
            duplicate: 10_000,
            corrupt: 10_000,
            reorder: 20_000,
            reorder_delay: Duration::from_millis(3),
            delay: Duration::from_millis(5),
            ..good_wire()
        };
        let mut lab = Lab::pair_with(profile, |_| {});
        let (client, _, server) = lab.connection(family);
        transfer(&mut lab, (0, client), (1, server), &pattern(400_000));
        transfer(&mut lab, (1, server), (0, client), &pattern(400_000));
    }
}

#[test]
fn a_closed_port_refuses() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let client = lab.socket(0, family, SocketKind::Tcp, None);
        let nobody = SocketAddr::new(address(family, 2), 81);
        assert_eq!(lab.hosts[0].connect(lab.now, client, nobody), Err(Errno::InProgress));
        assert_eq!(lab.hosts[0].connect(lab.now, client, nobody), Err(Errno::Already));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[0].connect(lab.now, client, nobody), Err(Errno::ConnectionRefused));
        // The socket can be used again.
        assert_eq!(lab.hosts[0].connect(lab.now, client, nobody), Err(Errno::InProgress));
        assert_eq!(lab.hosts[0].close(lab.now, client), Ok(()));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[0].stats().sockets, 0);
    }
}

#[test]
fn link_local_addresses_work() {
    let mut lab = Lab::pair();
    let server = SocketAddr::new(link_local(2), 80);
    let listener = lab.socket(1, Family::Ipv6, SocketKind::Tcp, Some(server));
    assert_eq!(lab.hosts[1].listen(listener, 1), Ok(()));
    let client = lab.socket(0, Family::Ipv6, SocketKind::Tcp, None);
    assert_eq!(lab.hosts[0].connect(lab.now, client, server), Err(Errno::InProgress));
    lab.run(Duration::from_secs(2));
    assert_eq!(lab.hosts[0].tcp_state(client), Ok(State::Established));
    assert_eq!(lab.hosts[0].local_address(client).map(|it| it.ip()), Ok(link_local(1)));
    let (socket, _) = lab.hosts[1].accept(lab.now, listener).expect("a connection");
    transfer(&mut lab, (0, client), (1, socket), &pattern(10_000));
}

#[test]
fn a_host_can_talk_to_itself() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let own = SocketAddr::new(address(family, 1), 80);
        let listener = lab.socket(0, family, SocketKind::Tcp, Some(own));
        assert_eq!(lab.hosts[0].listen(listener, 1), Ok(()));
        let client = lab.socket(0, family, SocketKind::Tcp, None);
        assert_eq!(lab.hosts[0].connect(lab.now, client, own), Err(Errno::InProgress));
        lab.run(Duration::from_secs(1));
        let (socket, _) = lab.hosts[0].accept(lab.now, listener).expect("a connection");
        transfer(&mut lab, (0, client), (0, socket), &pattern(100_000));
        assert_eq!(lab.frames[0], 0);
    }
}

#[test]
fn linger_zero_resets() {
    let mut lab = Lab::pair();
    let (client, _, server) = lab.connection(Family::Ipv4);
    let linger = SocketOption::Linger(Some(Duration::ZERO));
    assert_eq!(lab.hosts[0].set_option(lab.now, client, linger), Ok(()));
    assert_eq!(lab.hosts[0].close(lab.now, client), Ok(()));
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[0].stats().sockets, 0);
    assert_eq!(lab.hosts[1].recv(lab.now, server, &mut [0; 4]), Err(Errno::ConnectionReset));
}

#[test]
fn a_connection_to_nowhere_times_out() {
    let mut lab = Lab::pair();
    let client = lab.socket(0, Family::Ipv4, SocketKind::Tcp, None);
    let nobody = SocketAddr::new(crate::lab::v4(0, 77), 80);
    assert_eq!(lab.hosts[0].connect(lab.now, client, nobody), Err(Errno::InProgress));
    lab.run(Duration::from_secs(400));
    let outcome = lab.hosts[0].connect(lab.now, client, nobody);
    assert!(matches!(outcome, Err(Errno::TimedOut | Errno::HostUnreachable)), "{outcome:?}");
    let elsewhere = SocketAddr::new(crate::lab::v4(9, 1), 80);
    assert_eq!(lab.hosts[0].connect(lab.now, client, elsewhere), Err(Errno::NetworkUnreachable));
    let group = SocketAddr::new([224, 0, 0, 5].into(), 80);
    assert_eq!(lab.hosts[0].connect(lab.now, client, group), Err(Errno::NetworkUnreachable));
    let broadcast = SocketAddr::new(crate::lab::v4(0, 255), 80);
    assert_eq!(lab.hosts[0].connect(lab.now, client, broadcast), Err(Errno::NetworkUnreachable));
}

#[test]
fn a_new_connection_takes_the_place_of_one_in_time_wait() {
    let mut lab = Lab::pair();
    let (client, listener, server) = lab.connection(Family::Ipv4);
    let port = lab.hosts[0].local_address(client).expect("an address").port();
    // The server closes first, so that TIME-WAIT is on its side.
    assert_eq!(lab.hosts[1].close(lab.now, server), Ok(()));
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[0].close(lab.now, client), Ok(()));
    lab.run(Duration::from_secs(1));
    assert_eq!((lab.hosts[0].stats().connections, lab.hosts[1].stats().connections), (0, 1));
    let again = lab.socket(0, Family::Ipv4, SocketKind::Tcp, Some(SocketAddr::new(address(Family::Ipv4, 1), port)));
    let to = SocketAddr::new(address(Family::Ipv4, 2), 80);
    assert_eq!(lab.hosts[0].connect(lab.now, again, to), Err(Errno::InProgress));
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[0].tcp_state(again), Ok(State::Established));
    assert!(lab.hosts[1].accept(lab.now, listener).is_ok());
    assert_eq!(lab.hosts[1].stats().connections, 1);
}

#[test]
fn reuse_address_rules() {
    let mut lab = Lab::pair();
    let (_, listener, server) = lab.connection(Family::Ipv4);
    let own = SocketAddr::new(address(Family::Ipv4, 2), 80);
    assert_eq!(lab.hosts[1].close(lab.now, listener), Ok(()));
    let next = lab.socket(1, Family::Ipv4, SocketKind::Tcp, None);
    assert_eq!(lab.hosts[1].bind(next, own), Err(Errno::AddressInUse));
    assert_eq!(lab.hosts[1].set_option(lab.now, next, SocketOption::ReuseAddress(true)), Ok(()));
    // The connection was accepted without it.
    assert_eq!(lab.hosts[1].bind(next, own), Err(Errno::AddressInUse));
    assert_eq!(lab.hosts[1].set_option(lab.now, server, SocketOption::Linger(Some(Duration::ZERO))), Ok(()));
    assert_eq!(lab.hosts[1].close(lab.now, server), Ok(()));
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[1].bind(next, own), Ok(()));
    assert_eq!(lab.hosts[1].bind(next, own), Err(Errno::Invalid));
}

#[test]
fn the_short_way_in_changes_nothing() {
    for family in FAMILIES {
        // The strong host model, which makes no difference with one interface, takes the long way for every frame.
        let run = |long: bool| {
            let profile = FaultProfile {
                loss: 10_000,
                corrupt: 50_000,
                reorder: 20_000,
                reorder_delay: Duration::from_millis(3),
                ..good_wire()
            };
            let mut lab = Lab::pair_with(profile, |config| config.strong_host = long);
            lab.record = Some(Vec::new());
            let (client, _, server) = lab.connection(family);
            transfer(&mut lab, (0, client), (1, server), &pattern(200_000));
            assert_eq!(lab.hosts[0].close(lab.now, client), Ok(()));
            assert_eq!(lab.hosts[1].close(lab.now, server), Ok(()));
            lab.run(Duration::from_secs(10));
            lab.record
        };
        assert!(run(false) == run(true));
    }
}
