//! The adapter keeps the promises of the trait.

use super::*;
use crate::target::{Link, testkit};

#[test]
fn keeps_the_promises_of_the_trait() {
    assert_eq!(testkit::complaints(&mut ReferenceTarget::new()), Vec::<String>::new());
}

#[test]
fn every_mutant_boots_under_its_name() {
    for &fault in Fault::ALL {
        let mut target = ReferenceTarget::with_fault(fault);
        assert_eq!(target.info().name, format!("mutant:{}", fault.name()));
        assert!(target.reset(&Topology::default()).is_ok());
    }
}

#[test]
fn takes_three_links_and_refuses_what_is_not_possible() {
    let mut target = ReferenceTarget::new();
    let mut topology = Topology { links: (0..3).map(Link::standard).collect(), ..Topology::default() };
    topology.forwarding = true;
    assert!(target.reset(&topology).is_ok());
    topology.links[0].mtu = 10;
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
    topology.links.clear();
    assert_eq!(target.reset(&topology).map_err(|error| error.blame), Err(Blame::Harness));
}
