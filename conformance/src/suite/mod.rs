//! Test cases: what a conforming stack does, as timelines.
//!
//! (The guide for authors follows with the runner.)

pub mod case;
pub mod scene;
pub mod scene_calls;
pub mod scene_tcp;

pub mod arp;
pub mod ethernet;
pub mod harness;
pub mod icmp;
pub mod ipv4;
pub mod ipv6;
pub mod ndp;
pub mod route;
pub mod tcp;
pub mod udp;

pub use case::{BuildError, Case, CaseBuilder, Instance, Params, case, typical_profile};
pub use scene::{Scene, Step};
pub use scene_tcp::State;

/// What a file of cases imports: `use crate::suite::prelude::*;`.
pub mod prelude {
    pub use super::{Case, Scene, State, case};
    pub use crate::capability::Capability;
    pub use crate::target::{Errno, Family, MacAddress, Shutdown, SocketKind, SocketOption};
    pub use crate::timeline::field::{any, bind, mask, not, one_of, var, var_plus};
    pub use crate::timeline::packet;
    pub use crate::timeline::time::{ms, secs, us};
    pub use crate::timeline::{
        AckPolicy, Action, Check, Checksum, DataSpec, Expected, Field, FieldId, LayerKind, NdOption, PacketSpec,
        PayloadSpec, TcpOption, Verb,
    };
}

/// Every case, in the order of reports. Canaries are in [`canaries`].
pub fn all() -> Vec<Case> {
    [
        ethernet::cases(),
        arp::cases(),
        ipv4::cases(),
        ipv6::cases(),
        route::cases(),
        icmp::cases(),
        ndp::cases(),
        udp::cases(),
        tcp::cases(),
    ]
    .concat()
}

/// Cases that must fail, to prove that failures are seen.
pub fn canaries() -> Vec<Case> {
    harness::canaries()
}
