//! Below the transports: echo, neighbours, fragments, filters, redirects, groups.

use std::net::{IpAddr, SocketAddr};

use wireproof_stack::event::DropReason;
use wireproof_stack::fault::FaultSet;
use wireproof_stack::host::{ConfigError, Host, HostConfig, InterfaceConfig};
use wireproof_stack::link::FaultProfile;
use wireproof_stack::route::{Prefix, Route};
use wireproof_stack::socket::{Family, SocketKind, SocketOption};
use wireproof_stack::time::{Duration, Instant};
use wireproof_stack::wire::ethernet::MacAddress;

use crate::lab::{FAMILIES, Lab, address, config, good_wire, link_local, mac, pattern, v4, v6};

#[test]
fn ping_in_both_families() {
    let mut lab = Lab::pair();
    for (seq, to) in [v4(0, 2), v6(0, 2), link_local(2)].into_iter().enumerate() {
        assert_eq!(lab.hosts[0].send_echo_request(lab.now, to, 7, seq as u16, b"are you there"), Ok(()));
        lab.run(Duration::from_secs(3));
        let reply = lab.hosts[0].echo_reply().expect("an answer");
        assert_eq!((reply.from, reply.id, reply.seq), (to, 7, seq as u16));
    }
    assert_eq!(lab.hosts[0].echo_reply(), None);
    assert!(lab.hosts[0].neighbors(0).any(|neighbor| neighbor.mac == Some(mac(2, 0))));
}

#[test]
fn a_large_ping_comes_back_in_pieces() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let to = address(family, 2);
        assert_eq!(lab.hosts[0].send_echo_request(lab.now, to, 1, 1, &pattern(20_000)), Ok(()));
        lab.run(Duration::from_secs(1));
        assert!(lab.hosts[0].echo_reply().is_some());
        assert!(lab.frames[0] > 14 && lab.frames[1] > 14, "{:?}", lab.frames);
    }
}

#[test]
fn packets_wait_for_their_neighbour() {
    for family in FAMILIES {
        let mut lab = Lab::pair();
        let server = SocketAddr::new(address(family, 2), 53);
        let receiver = lab.socket(1, family, SocketKind::Udp, Some(server));
        let sender = lab.socket(0, family, SocketKind::Udp, None);
        for text in [b"one", b"two"] {
            assert_eq!(lab.hosts[0].send_to(lab.now, sender, text, server), Ok(3));
        }
        lab.run(Duration::from_secs(1));
        let mut buffer = [0; 8];
        for text in [b"one", b"two"] {
            assert_eq!(lab.hosts[1].recv(lab.now, receiver, &mut buffer), Ok(3));
            assert_eq!(&buffer[..3], text);
        }
    }
}

#[test]
fn frames_for_other_stations_are_not_read() {
    let mut lab = Lab::pair();
    lab.record = Some(Vec::new());
    assert_eq!(lab.hosts[0].send_echo_request(lab.now, v4(0, 2), 7, 7, b"x"), Ok(()));
    lab.run(Duration::from_secs(1));
    let frames = lab.record.take().expect("frames");
    let (_, request) = frames.iter().rfind(|(from, _)| *from == 0).expect("the request");
    let mut other = request.clone();
    other[5] ^= 0x10;
    lab.hosts[1].handle_frame(lab.now, 0, &other);
    assert_eq!(lab.hosts[1].events().count(DropReason::NotForUs), 1);
    let mut group_source = request.clone();
    group_source[6] |= 1;
    lab.hosts[1].handle_frame(lab.now, 0, &group_source);
    assert_eq!(lab.hosts[1].events().count(DropReason::LinkSource), 1);
    let before = lab.frames[1];
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.frames[1], before);
    // The same packet in an RFC 1042 frame is answered.
    let length = (request.len() - 14 + 8) as u16;
    let mut snap = request[..12].to_vec();
    snap.extend_from_slice(&length.to_be_bytes());
    snap.extend_from_slice(&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0]);
    snap.extend_from_slice(&request[14..]);
    lab.hosts[1].handle_frame(lab.now, 0, &snap);
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.frames[1], before + 1);
}

#[test]
fn every_frame_is_survived_and_explained() {
    let mut host = Host::new(config(1, &[0])).expect("a host");
    let mut out = vec![0; host.max_frame_len()];
    for len in 0..120 {
        let mut frame = vec![0x45; len];
        if len >= 14 {
            frame[..6].copy_from_slice(&mac(1, 0).0);
            frame[6..12].copy_from_slice(&mac(2, 0).0);
            let kinds: [[u8; 2]; 3] = [[8, 0], [0x86, 0xdd], [8, 6]];
            frame[12..14].copy_from_slice(&kinds[len % 3]);
        }
        host.handle_frame(Instant::from_millis(1), 0, &frame);
        while host.poll_transmit(Instant::from_millis(1), &mut out).is_some() {}
    }
    let drops: u64 = DropReason::ALL.iter().map(|reason| host.events().count(*reason)).sum();
    assert_eq!(drops, 120);
    host.handle_frame(Instant::from_millis(1), 9, &[0; 60]);
}

#[test]
fn impossible_configurations_are_refused() {
    let with = |change: fn(&mut HostConfig)| {
        let mut config = config(1, &[0]);
        change(&mut config);
        Host::new(config).err()
    };
    assert_eq!(with(|_| {}), None);
    assert_eq!(with(|config| config.interfaces.clear()), Some(ConfigError::Interfaces));
    assert_eq!(with(|config| config.interfaces[0].mac = MacAddress::BROADCAST), Some(ConfigError::Mac(0)));
    assert_eq!(with(|config| config.interfaces[0].mtu = 1_279), Some(ConfigError::Mtu(0)));
    let group = IpAddr::from([224, 0, 0, 1]);
    assert_eq!(
        with(|config| config.interfaces[0].addresses[0].0 = IpAddr::from([224, 0, 0, 1])),
        Some(ConfigError::Address(group))
    );
    let nowhere = with(|config| {
        config.routes.push(Route::on_link(Prefix::default_of(v4(0, 1)), 3));
    });
    assert_eq!(nowhere, Some(ConfigError::Route(None)));
    // An IPv4-only interface may have a small MTU.
    let small = InterfaceConfig { mac: mac(1, 0), addresses: vec![(v4(0, 1), 24)], mtu: 68 };
    assert!(Host::new(HostConfig { interfaces: vec![small], faults: FaultSet::NONE, ..HostConfig::default() }).is_ok());
}

#[test]
fn groups_are_joined_once_and_left_with_the_last_socket() {
    for (family, group) in
        [(Family::Ipv4, IpAddr::from([239, 1, 2, 3])), (Family::Ipv6, IpAddr::from([0xff05, 0, 0, 0, 0, 0, 0, 7]))]
    {
        let mut lab = Lab::pair();
        let to = SocketAddr::new(group, 5_000);
        let any = SocketAddr::new(family.unspecified(), 5_000);
        let receivers: Vec<_> = (0..2)
            .map(|_| {
                let socket = lab.socket(1, family, SocketKind::Udp, None);
                assert_eq!(lab.hosts[1].set_option(lab.now, socket, SocketOption::ReuseAddress(true)), Ok(()));
                assert_eq!(lab.hosts[1].bind(socket, any), Ok(()));
                socket
            })
            .collect();
        let sender = lab.socket(0, family, SocketKind::Udp, None);
        let mut buffer = [0; 9];
        let mut heard = |lab: &mut Lab| {
            assert_eq!(lab.hosts[0].send_to(lab.now, sender, b"all", to), Ok(3));
            lab.run(Duration::from_secs(1));
            receivers.iter().filter(|it| lab.hosts[1].recv(lab.now, **it, &mut buffer) == Ok(3)).count()
        };
        assert_eq!(heard(&mut lab), 0);
        for socket in &receivers {
            assert_eq!(lab.hosts[1].set_option(lab.now, *socket, SocketOption::JoinGroup(group, 0)), Ok(()));
        }
        let reports = lab.frames[1];
        lab.run(Duration::from_secs(20));
        assert!(lab.frames[1] > reports, "no membership report");
        assert_eq!(heard(&mut lab), 2);
        assert_eq!(lab.hosts[1].set_option(lab.now, receivers[0], SocketOption::LeaveGroup(group, 0)), Ok(()));
        assert_eq!(heard(&mut lab), 2);
        assert_eq!(lab.hosts[1].close(lab.now, receivers[1]), Ok(()));
        lab.run(Duration::from_secs(1));
        assert_eq!(heard(&mut lab), 0);
    }
}

#[test]
fn duplicate_address_detection_makes_addresses_wait() {
    let mut lab = Lab::pair_with(good_wire(), |config| config.duplicate_address_detection = true);
    let nothing = lab.hosts[0].send_echo_request(lab.now, v6(0, 2), 1, 1, b"");
    assert!(nothing.is_err());
    lab.run(Duration::from_secs(5));
    assert_eq!(lab.hosts[0].send_echo_request(lab.now, v6(0, 2), 1, 1, b""), Ok(()));
    lab.run(Duration::from_secs(1));
    assert!(lab.hosts[0].echo_reply().is_some());
}

#[test]
fn two_hosts_that_want_one_address_both_lose_it() {
    let mut configs = vec![config(1, &[0]), config(2, &[0])];
    for config in &mut configs {
        config.duplicate_address_detection = true;
        config.interfaces[0].addresses.push((v6(0, 99), 64));
    }
    let mut lab = Lab::new(configs);
    lab.wire((0, 0), (1, 0), good_wire());
    lab.run(Duration::from_secs(5));
    let bind = |lab: &mut Lab, host: usize| {
        let socket = lab.socket(host, Family::Ipv6, SocketKind::Udp, None);
        lab.hosts[host].bind(socket, SocketAddr::new(v6(0, 99), 1)).is_ok()
    };
    assert!(!(bind(&mut lab, 0) && bind(&mut lab, 1)));
}

#[test]
fn the_same_seed_gives_the_same_frames() {
    let run = || {
        let profile = FaultProfile { loss: 50_000, ..good_wire() };
        let mut lab = Lab::pair_with(profile, |_| {});
        lab.record = Some(Vec::new());
        let (client, _, _) = lab.connection(Family::Ipv6);
        assert!(lab.hosts[0].send(lab.now, client, &pattern(50_000)).is_ok());
        lab.run(Duration::from_secs(30));
        lab.record
    };
    assert_eq!(run(), run());
}
