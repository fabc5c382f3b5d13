//! A host with two interfaces between two others.

use std::net::SocketAddr;

use wireproof_stack::event::DropReason;
use wireproof_stack::host::HostConfig;
use wireproof_stack::route::{Prefix, Route};
use wireproof_stack::socket::{Family, SocketKind, SocketOption};
use wireproof_stack::time::Duration;

use crate::lab::{Lab, config, good_wire, pattern, v4, v6};

/// Host 0 on link 0, host 1 on links 0 and 1, host 2 on link 1.
fn chain(change: impl Fn(&mut HostConfig)) -> Lab {
    let mut ends = [config(1, &[0]), config(3, &[1])];
    for (end, link) in ends.iter_mut().zip([0, 1]) {
        for gateway in [v4(link, 2), v6(link, 2)] {
            end.routes.push(Route::via(Prefix::default_of(gateway), gateway, 0));
        }
    }
    let [one, three] = ends;
    let mut router = config(2, &[0, 1]);
    router.forwarding = true;
    change(&mut router);
    let mut lab = Lab::new(vec![one, router, three]);
    lab.wire((0, 0), (1, 0), good_wire());
    lab.wire((1, 1), (2, 0), good_wire());
    lab
}

#[test]
fn a_router_passes_packets_on() {
    let mut lab = chain(|_| {});
    for to in [v4(1, 3), v6(1, 3)] {
        assert_eq!(lab.hosts[0].send_echo_request(lab.now, to, 1, 1, b"far"), Ok(()));
        lab.run(Duration::from_secs(5));
        assert_eq!(lab.hosts[0].echo_reply().map(|reply| reply.from), Some(to));
    }
}

#[test]
fn a_host_does_not() {
    let mut lab = chain(|router| router.forwarding = false);
    assert_eq!(lab.hosts[0].send_echo_request(lab.now, v4(1, 3), 1, 1, b"far"), Ok(()));
    lab.run(Duration::from_secs(5));
    assert_eq!(lab.hosts[0].echo_reply(), None);
    assert_eq!(lab.frames[2], 0);
    let host = &mut lab.hosts[1];
    assert_eq!(host.events().count(DropReason::ForwardingOff) + host.events().count(DropReason::BadDestination), 1);
}

#[test]
fn hops_are_counted() {
    let mut lab = chain(|_| {});
    let sender = lab.socket(0, Family::Ipv4, SocketKind::Udp, None);
    let to = SocketAddr::new(v4(1, 3), 9);
    assert_eq!(lab.hosts[0].connect(lab.now, sender, to), Ok(()));
    assert_eq!(lab.hosts[0].set_option(lab.now, sender, SocketOption::Ttl(1)), Ok(()));
    assert_eq!(lab.hosts[0].send(lab.now, sender, b"x"), Ok(1));
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[1].events().count(DropReason::TtlExpired), 1);
    assert!(lab.hosts[0].readiness(sender).is_ok_and(|ready| ready.error));
}

#[test]
fn the_path_mtu_is_learnt() {
    for (family, to) in [(Family::Ipv4, v4(1, 3)), (Family::Ipv6, v6(1, 3))] {
        let mut lab = chain(|router| router.interfaces[1].mtu = 1_300);
        let server = SocketAddr::new(to, 80);
        let listener = lab.socket(2, family, SocketKind::Tcp, Some(server));
        assert_eq!(lab.hosts[2].listen(listener, 1), Ok(()));
        let client = lab.socket(0, family, SocketKind::Tcp, None);
        assert!(lab.hosts[0].connect(lab.now, client, server).is_err());
        lab.run(Duration::from_secs(2));
        let (accepted, _) = lab.hosts[2].accept(lab.now, listener).expect("a connection");
        let data = pattern(100_000);
        assert_eq!(lab.hosts[0].send(lab.now, client, &data), Ok(data.len()));
        let mut received = Vec::new();
        let mut buffer = vec![0; 9_000];
        let done = lab.run_until(Duration::from_secs(60), |lab| {
            while let Ok(count) = lab.hosts[2].recv(lab.now, accepted, &mut buffer) {
                received.extend_from_slice(&buffer[..count]);
            }
            received.len() == data.len()
        });
        assert!(done && received == data);
        assert!(lab.hosts[1].events().count(DropReason::FragmentationNeeded) > 0);
        assert!(lab.hosts[0].tcp_info(client).is_ok_and(|info| info.snd_mss < 1_300));
        // Datagrams over IPv6 are cut to the path by their sender.
        let sender = lab.socket(0, family, SocketKind::Udp, None);
        let receiver = lab.socket(2, family, SocketKind::Udp, Some(server));
        assert_eq!(lab.hosts[0].send_to(lab.now, sender, &data[..5_000], server), Ok(5_000));
        lab.run(Duration::from_secs(1));
        assert_eq!(lab.hosts[2].recv(lab.now, receiver, &mut buffer), Ok(5_000));
        // After ten minutes the estimate is forgotten.
        lab.run(Duration::from_secs(700));
        assert_eq!(lab.hosts[0].send(lab.now, client, b"again"), Ok(5));
        lab.run(Duration::from_secs(1));
        assert!(lab.hosts[0].tcp_info(client).is_ok_and(|info| info.snd_mss > 1_300));
    }
}

#[test]
fn a_redirect_changes_the_way() {
    // Host 0 knows only the router, which is on its own link with host 2.
    let mut one = config(1, &[0]);
    one.interfaces[0].addresses = vec![(v4(0, 1), 32)];
    one.routes.push(Route::on_link(Prefix::host(v4(0, 2)), 0));
    one.routes.push(Route::via(Prefix::default_of(v4(0, 2)), v4(0, 2), 0));
    let mut router = config(2, &[0]);
    router.forwarding = true;
    let mut lab = Lab::new(vec![one, router]);
    lab.wire((0, 0), (1, 0), good_wire());
    assert_eq!(lab.hosts[0].send_echo_request(lab.now, v4(0, 9), 1, 1, b"x"), Ok(()));
    lab.run(Duration::from_millis(500));
    let hosts = lab.hosts[0].routes().filter(|route| route.prefix == Prefix::host(v4(0, 9))).count();
    assert_eq!(hosts, 1);
}
