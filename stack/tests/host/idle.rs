//! What is idle costs nothing; what is due is due; nothing is forgotten.

use std::net::SocketAddr;

use wireproof_stack::errno::Errno;
use wireproof_stack::host::Host;
use wireproof_stack::socket::{Family, SocketKind};
use wireproof_stack::time::{Duration, Instant};

use crate::lab::{FAMILIES, Lab, address, good_wire};

/// Opens `count` connections from host 0 to host 1 and gives the handles of both sides of the last one.
fn many(lab: &mut Lab, count: usize) {
    let server = SocketAddr::new(address(Family::Ipv4, 2), 80);
    let listener = lab.socket(1, Family::Ipv4, SocketKind::Tcp, Some(server));
    assert_eq!(lab.hosts[1].listen(listener, 64), Ok(()));
    let mut opened = 0;
    while opened < count {
        let batch = 32.min(count - opened);
        for _ in 0..batch {
            let client = lab.socket(0, Family::Ipv4, SocketKind::Tcp, None);
            assert_eq!(lab.hosts[0].connect(lab.now, client, server), Err(Errno::InProgress));
        }
        let mut accepted = 0;
        let done = lab.run_until(Duration::from_secs(10), |lab| {
            while lab.hosts[1].accept(lab.now, listener).is_ok() {
                accepted += 1;
            }
            accepted == batch
        });
        assert!(done);
        opened += batch;
    }
    lab.run(Duration::from_secs(1));
}

#[test]
fn idle_connections_are_not_looked_at() {
    let mut visits = Vec::new();
    for count in [1, 2_000] {
        let mut lab = Lab::pair();
        many(&mut lab, count);
        assert_eq!(lab.hosts[0].stats().timers, 0, "an idle connection needs no timer");
        let (client, _, server) = {
            let server = SocketAddr::new(address(Family::Ipv4, 2), 81);
            let listener = lab.socket(1, Family::Ipv4, SocketKind::Tcp, Some(server));
            assert_eq!(lab.hosts[1].listen(listener, 1), Ok(()));
            let client = lab.socket(0, Family::Ipv4, SocketKind::Tcp, None);
            assert_eq!(lab.hosts[0].connect(lab.now, client, server), Err(Errno::InProgress));
            lab.run(Duration::from_secs(1));
            let (accepted, _) = lab.hosts[1].accept(lab.now, listener).expect("a connection");
            (client, listener, accepted)
        };
        let before = lab.hosts[0].stats().visits + lab.hosts[1].stats().visits;
        assert_eq!(lab.hosts[0].send(lab.now, client, &[7; 5_000]), Ok(5_000));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[1].recv(lab.now, server, &mut [0; 9_000]), Ok(5_000));
        visits.push(lab.hosts[0].stats().visits + lab.hosts[1].stats().visits - before);
    }
    assert_eq!(visits[0], visits[1]);
}

#[test]
fn a_host_at_rest_needs_no_waking() {
    let mut lab = Lab::pair();
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[0].poll_timeout(), None);
    let mut host = Host::new(crate::lab::config(1, &[0])).expect("a host");
    assert_eq!(host.poll_transmit(Instant::from_secs(5), &mut [0; 1_514]), None);
    // Time that runs backwards is held.
    assert_eq!(host.poll_transmit(Instant::ZERO, &mut [0; 1_514]), None);
}

quickcheck::quickcheck! {
    /// Whatever is called in whatever order: when nothing is left to send, the next timer lies ahead (the laboratory
    /// asserts it after every step), and nothing panics.
    fn silence_means_that_the_next_timer_lies_ahead(steps: Vec<(u8, u16)>) -> bool {
        let mut lab = Lab::pair_with(good_wire(), |_| {});
        let mut sockets = [Vec::new(), Vec::new()];
        for (what, value) in steps {
            let host = usize::from(value) % 2;
            let family = FAMILIES[usize::from(value / 2) % 2];
            let kind = if value & 4 == 0 { SocketKind::Tcp } else { SocketKind::Udp };
            let port = 1 + value / 8 % 3;
            let here = SocketAddr::new(address(family, host as u8 + 1), port);
            let there = SocketAddr::new(address(family, 2 - host as u8), port);
            let now = lab.now;
            let socket = sockets[host].get(usize::from(value / 16) % sockets[host].len().max(1)).copied();
            match (what % 12, socket) {
                (0, _) => sockets[host].extend(lab.hosts[host].socket(family, kind)),
                (1, Some(socket)) => drop(lab.hosts[host].bind(socket, here)),
                (2, Some(socket)) => drop(lab.hosts[host].listen(socket, usize::from(value % 3))),
                (3, Some(socket)) => drop(lab.hosts[host].connect(now, socket, there)),
                (4, Some(socket)) => sockets[host].extend(lab.hosts[host].accept(now, socket).map(|it| it.0)),
                (5, Some(socket)) => drop(lab.hosts[host].send(now, socket, &vec![1; usize::from(value)])),
                (6, Some(socket)) => drop(lab.hosts[host].send_to(now, socket, &vec![1; usize::from(value)], there)),
                (7, Some(socket)) => drop(lab.hosts[host].recv(now, socket, &mut vec![0; usize::from(value)])),
                (8, Some(socket)) => drop(lab.hosts[host].close(now, socket)),
                (9, Some(socket)) => {
                    let _ = lab.hosts[host].shutdown(now, socket, wireproof_stack::socket::Shutdown::Write);
                }
                _ => lab.run(Duration::from_millis(u64::from(value))),
            }
        }
        lab.run(Duration::from_secs(30));
        for (host, sockets) in sockets.iter().enumerate() {
            for socket in sockets {
                let _ = lab.hosts[host].close(lab.now, *socket);
            }
        }
        lab.run(Duration::from_secs(1_000));
        (0..2).all(|host| lab.hosts[host].stats().sockets == 0)
    }
}
