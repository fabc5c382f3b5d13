//! The timeline: the one intermediate form of a test.
//!
//! A [`Timeline`] is plain data: a test bed, flows, and a list of events, each a time ([`When`]) and an action
//! ([`Action`]). Rust-written cases build it through [`crate::suite::Scene`]; packetdrill scripts, fuzz inputs,
//! recorded failures and shrinking use the same form. [`crate::runner`] drives it against a target; [`mod@explain`]
//! tells it in words and as a ladder; [`text`] reads and writes it as a file.
//!
//! Read in this order: [`event`] (what can happen), [`packet`] (what a frame looks like), [`compose`] (how a packet
//! spec is written), [`field`] and [`layer`] (values and the table of header fields), [`encode`] and [`decode`].

pub mod bed;
pub mod check;
pub mod compose;
pub mod decode;
pub mod describe;
pub mod encode;
pub mod event;
pub mod explain;
pub mod field;
pub mod flow;
pub mod layer;
pub mod needs;
pub mod packet;
pub mod text;
pub mod time;
pub mod words;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use bed::{Bed, BedLink, BedRoute, FlowSpec};
pub use check::Check;
pub use event::{AckPolicy, Action, DataSpec, Event, Expected, LinkEffect, Order, Verb, Weight, When};
pub use explain::explain;
pub use field::{Field, Value};
pub use layer::{FieldId, LayerKind};
pub use packet::{Body, Bytes, Checksum, NdOption, PacketSpec, PayloadSpec, TcpOption};

use crate::capability::Capability;

/// One test, as data.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timeline {
    /// Where it plays: links, routes, forwarding.
    pub bed: Bed,
    /// The flows that packet specs and helpers name.
    pub flows: Vec<FlowSpec>,
    /// What the events need of the target.
    pub needs: BTreeSet<Capability>,
    /// What happens, in this order.
    pub events: Vec<Event>,
}

impl Timeline {
    /// The flow of this name.
    pub fn flow(&self, name: &str) -> Option<&FlowSpec> {
        self.flows.iter().find(|flow| flow.name == name)
    }

    /// Index of the event behind the set-up: the first that decides.
    pub fn setup_len(&self) -> usize {
        self.events.iter().position(|event| event.action == Action::SetupDone).map_or(0, |at| at + 1)
    }

    /// Whether any event after the set-up can fail because of the target. A timeline without one proves nothing.
    pub fn decides(&self) -> bool {
        self.events[self.setup_len()..].iter().any(|event| event.action.decides())
    }
}
