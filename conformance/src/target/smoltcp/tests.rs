//! The adapter keeps the promises of the trait, and its declarations are what smoltcp does.

use super::*;
use crate::target::testkit;

#[test]
fn keeps_the_promises_of_the_trait() {
    assert_eq!(testkit::complaints(&mut SmoltcpTarget::new()), Vec::<String>::new());
}

#[test]
fn version_is_the_one_in_the_lock_file() {
    let lock = include_str!("../../../../Cargo.lock");
    let entry = format!("name = \"smoltcp\"\nversion = \"{}\"", profile::VERSION);
    assert!(lock.contains(&entry), "Cargo.lock has another smoltcp than {}", profile::VERSION);
}

#[test]
fn refuses_what_it_did_not_declare() {
    let mut target = SmoltcpTarget::new();
    let mut topology = Topology::default();
    topology.links.push(crate::target::Link::standard(1));
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
    let topology = Topology { forwarding: true, ..Topology::default() };
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
    let topology = Topology { links: Vec::new(), ..Topology::default() };
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
}
