//! The adapter keeps the promises of the trait. Where the machine lacks what it needs, the tests say so and pass.

use super::*;
use crate::target::testkit::frames::{self, Seen};
use crate::target::{Duration, Errno, Family, Link, SocketKind, testkit};

/// Whether the target works here; says why if not.
fn works(test: &str) -> bool {
    match try_namespace() {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.blame, Blame::Environment, "{error}");
            eprintln!("{test} is skipped: {error}");
            false
        }
    }
}

#[test]
fn keeps_the_promises_of_the_trait() {
    if works("keeps_the_promises_of_the_trait") {
        assert_eq!(testkit::complaints(&mut LinuxTarget::new()), Vec::<String>::new());
    }
}

#[test]
fn an_error_before_the_first_reset() {
    let mut target = LinuxTarget::new();
    assert_eq!(target.now(), Instant::ZERO);
    assert_eq!(target.inject(0, &[]).map_err(|error| error.blame), Err(Blame::Harness));
    let topology = Topology { links: Vec::new(), ..Topology::default() };
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
}

/// Everything that leaves within `millis`.
fn run(target: &mut LinuxTarget, millis: u64) -> Vec<TimedFrame> {
    let deadline = target.now() + Duration::from_millis(millis);
    let mut frames = Vec::new();
    while let Some(frame) = target.next_frame(deadline).expect("the target lives") {
        frames.push(frame);
    }
    frames
}

fn echo_replies(frames: &[TimedFrame]) -> Vec<(usize, u16)> {
    let reply = |frame: &TimedFrame| match frames::recognise(&frame.bytes) {
        Seen::EchoReply(sequence) => Some((frame.interface, sequence)),
        _ => None,
    };
    frames.iter().filter_map(reply).collect()
}

#[test]
fn targets_live_side_by_side_with_the_same_addresses() {
    if !works("targets_live_side_by_side_with_the_same_addresses") {
        return;
    }
    let threads = (0..4u16).map(|number| {
        std::thread::spawn(move || {
            let mut target = LinuxTarget::new();
            for round in 0..3 {
                let topology = Topology::default();
                target.reset(&topology).expect("it worked before");
                let link = &topology.links[0];
                let sequence = number * 10 + round;
                target.inject(0, &frames::arp_request(link)).expect("a frame");
                target.inject(0, &frames::echo_request(link, false, sequence)).expect("a frame");
                assert_eq!(echo_replies(&run(&mut target, 50)), [(0, sequence)]);
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().expect("no panic");
    }
}

#[test]
fn forwards_between_its_links_when_told_to() {
    if !works("forwards_between_its_links_when_told_to") {
        return;
    }
    let mut target = LinuxTarget::new();
    for forwarding in [false, true] {
        let links = vec![Link::standard(0), Link::standard(1)];
        let topology = Topology { links: links.clone(), forwarding, ..Topology::default() };
        target.reset(&topology).expect("two links");
        for (interface, link) in links.iter().enumerate() {
            target.inject(interface, &frames::arp_request(link)).expect("a frame");
        }
        run(&mut target, 20);
        // To the tester's other address, by way of the target.
        let across = Link { target_v4: (links[1].tester_v4, 24), ..links[0].clone() };
        target.inject(0, &frames::echo_request(&across, false, 5)).expect("a frame");
        let requests = run(&mut target, 50);
        let crossed = requests.iter().any(|frame| frame.interface == 1 && frame.bytes.get(34) == Some(&8));
        assert_eq!(crossed, forwarding, "{requests:?}");
    }
}

#[test]
fn an_icmp_error_reaches_a_connected_udp_socket() {
    if !works("an_icmp_error_reaches_a_connected_udp_socket") {
        return;
    }
    let mut target = LinuxTarget::new();
    let topology = Topology::default();
    target.reset(&topology).expect("it worked before");
    let link = &topology.links[0];
    target.inject(0, &frames::arp_request(link)).expect("a frame");
    run(&mut target, 20);
    let Ok(Outcome::Socket(id)) = target.call(&Call::Socket(Family::Ipv4, SocketKind::Udp)) else {
        panic!("a socket");
    };
    let there = (link.tester_v4, 9).into();
    assert_eq!(target.call(&Call::Connect(id, there)), Ok(Outcome::Done));
    assert_eq!(target.call(&Call::Send(id, b"x".to_vec())), Ok(Outcome::Count(1)));
    let sent = run(&mut target, 20);
    let datagram = sent.iter().find(|frame| matches!(frames::recognise(&frame.bytes), Seen::Udp((_, 9))));
    let quoted = &datagram.expect("the datagram").bytes[14..];
    target.inject(0, &frames::port_unreachable(link, quoted)).expect("a frame");
    run(&mut target, 20);
    let outcome = target.call(&Call::Recv(id, 10));
    assert_eq!(outcome, Ok(Outcome::Errno(Errno::ConnectionRefused)));
}

#[test]
fn link_local_addresses_need_no_scope() {
    if !works("link_local_addresses_need_no_scope") {
        return;
    }
    let mut target = LinuxTarget::new();
    let topology = Topology::default();
    target.reset(&topology).expect("it worked before");
    let link = &topology.links[0];
    let Ok(Outcome::Socket(id)) = target.call(&Call::Socket(Family::Ipv6, SocketKind::Udp)) else {
        panic!("a socket");
    };
    let here = (link.target_v6_link_local, 4000).into();
    assert_eq!(target.call(&Call::Bind(id, here)), Ok(Outcome::Done));
    assert_eq!(target.call(&Call::LocalAddress(id)), Ok(Outcome::Address(here)));
    let there = (link.tester_v6_link_local, 4001).into();
    assert_eq!(target.call(&Call::SendTo(id, b"x".to_vec(), there)), Ok(Outcome::Count(1)));
    let sent = run(&mut target, 30);
    assert!(sent.iter().any(|frame| frames::recognise(&frame.bytes) == Seen::NeighborSolicitation), "{sent:?}");
}
