//! Test cases: what a conforming stack does, as timelines.
//!
//! A case is a function that writes down events on a [`Scene`]. Nothing happens while it runs: it builds a
//! [`Timeline`](crate::timeline::Timeline), which the runner plays later. So a case asks nothing of the target but
//! what its [`Scene::profile`] says, and never which target it is.
//!
//! ```
//! use wireproof_conformance::suite::prelude::*;
//!
//! # let case =
//! case("tcp.resets.outside-window-dropped")
//!     .title("A RST outside the window is dropped without a reaction")
//!     .required(&["RFC5961-3.2-1"])
//!     .both_families()
//!     .param("place", &["left", "right"])
//!     .build(|s| {
//!         s.established_passive("c"); // the target listens, the tester opens, the target accepts
//!         s.setup_done(); // what fails before is inconclusive, what fails from here on is decided
//!         let rst = match s.param("place") {
//!             "left" => s.tcp("c").rst().seq_next(-1),
//!             _ => s.tcp("c").rst().seq_edge(0),
//!         };
//!         s.inject(rst.untracked());
//!         s.silence(s.tcp("c").any_rst());
//!         s.transfer("c", 10, Some("c")); // the connection lives
//!     });
//! # assert!(case.instances().iter().all(|instance| instance.timeline(&wireproof_conformance::suite::typical_profile()).is_ok()));
//! ```
//!
//! # Where a case goes
//!
//! `suite/<protocol>/<topic>.rs`, in the list that the file's `cases()` returns; the protocol's `mod.rs` joins the
//! files, [`all`] joins the protocols. The id is `<protocol>.<topic>.<what-happens>`, lower case with hyphens, and
//! never changes. `.must()` is the default, `.should()` makes a recommended case, `.observed()` one that records a
//! choice. Name the requirement ids that the case decides. `cargo test --test suites <part of an id>` runs it, and so
//! does `wireproof run <pattern>`; `wireproof explain <id>` tells it in words.
//!
//! # Packets
//!
//! One [`PacketSpec`](crate::timeline::PacketSpec) sends and matches. What it does not say is a sensible default
//! when sent (valid lengths and checksums, from the tester to the target) and free when matched; only checksums must
//! be right unless it says otherwise. Begin with `s.ip()` (the family of the instance), `packet::arp()`,
//! `packet::ipv4()`, `packet::ethernet()`, or a flow (below); then add from the outside in:
//!
//! ```
//! # use wireproof_conformance::suite::prelude::*;
//! # let _ = case("a.b.c").both_families().build(|s| {
//! s.inject(s.ip().ttl(1).udp(4000, 9).payload(b"hello")).label("probe");
//! s.expect(s.ip().src(s.target()).ttl(1..=255).port_unreachable().quote("probe", 8));
//! s.inject(s.ip().echo_request(1, 1).data(1_400).first_fragment(7, 800)); // any order, any overlap
//! s.inject(s.ip().echo_request(1, 1).data(1_400).last_fragment(7, 800));
//! s.expect(s.ip().echo_reply(1, 1).data(1_400).reassembled());
//! s.inject(s.ip().udp(4000, 9).set(FieldId::UdpLength, 4).bad_checksum()); // nothing is too illegal
//! s.silence(s.ip().port_unreachable());
//! # });
//! ```
//!
//! - A field takes a value, a range `1..=64`, [`not(x)`](crate::timeline::field::not), [`one_of`], [`mask`], [`any()`],
//!   or a name: [`bind("id")`](crate::timeline::field::bind) captures, [`var("id")`](crate::timeline::field::var) compares.
//! - `.set(FieldId::.., value)` reaches every field of the [table](crate::timeline::layer); `.patch`, `.truncate`,
//!   `.pad`, `.checksum_of` and `TcpOption::Raw` spoil a packet.
//! - `.data(n)` is `n` bytes of a fixed pattern, for a TCP flow the bytes at its place in the stream. So what arrives can
//!   be checked byte by byte without writing it down.
//! - Matching: the layers that the spec names are there in this order; others may lie between; `.without(layer)` forbids one.
//!
//! # Flows
//!
//! A flow gives addresses, ports and, for TCP, the numbers. `s.flow("c", 80)` declares one (its window, MSS, options can be
//! set: `s.flow("c", 80).timestamps = true`); the helpers declare it themselves. `s.tcp("c")` is a segment of it: sent, it
//! continues the stream (next sequence number, everything acknowledged); matched, it is from the target on that
//! connection. Numbers are relative to the two initial sequence numbers: a SYN has 0, the first byte of data 1.
//!
//! - `.syn()`, `.syn_ack()`, `.ack()`, `.pure_ack()`, `.fin()` (with ACK), `.rst()`, `.rst_ack()`, or `.flags("FPU")`. Matching
//!   leaves PSH free; `.flags_exact`, `.flags_with`, `.flags_without`, `.any_rst()` say more or less.
//! - `.seq_next(d)`, `.ack_next(d)`: the next number plus `d`; matched: what the tester expects next, and everything that it
//!   sent. `.seq_edge(d)`: the right edge of the window that the target offered. `.seq(n)`, `.ack_number(n)` are plain.
//! - What the tester sends moves the flow only if it is in order, whole and not `.untracked()`. Mark what the target must
//!   not accept as `.untracked()`, or the next segment continues behind it.
//! - What the target sends moves the flow when an event has looked at it: matched it, or passed over it.
//! - `s.in_state("c", State::FinWait2)` reaches any of the eleven states; the socket has the name of the flow.
//!
//! # What the target does
//!
//! Frames wait in a queue. [`Scene::expect`] takes the first that matches, waiting for it as long as a reaction may take
//! (an ACK may be delayed); `.within(ms(200))`, `.between(min, max)`, `.between_from("label", min, max)` set other times,
//! counted from the end of the previous event. Frames of the same scope (same flow, else same protocol) that came before it
//! are passed over and cannot be expected later; those of other scopes stay. `.next()` allows none before it; `.forbid(spec)`
//! fails as soon as such a frame comes.
//!
//! [`Scene::silence`] proves that nothing matching came since the tester's last frame or call, and that nothing comes
//! within the time of a reaction (in wall time: until an echo has come back, and a moment more). [`Scene::silence_for`] waits.
//! ARP, neighbour discovery, IGMP and MLD are seen only by specs that name them.
//!
//! After a drop that nobody can see, show that the target is alive: send what it must answer, as the example does.
//!
//! Checks look at everything since the set-up: [`Scene::count`], and [`Check`](crate::timeline::Check) for intervals, backoff,
//! captured values, byte streams and the offered window.
//!
//! # Socket calls
//!
//! Sockets go by name: `s.udp_bind("u", 7)`, `s.listen("l", 80)`, `s.accept("l", "c")`, `s.send("c", b"..")`,
//! `s.expect_data("c", offset, len)`, `s.expect_eof("c")`, `s.expect_recv_error("c", &[Errno::ConnectionReset])`,
//! `s.shutdown_write("c")`, `s.close("c")`, or `s.call("c", Verb::.., Expected::..)` for anything else. A call is made once; with
//! `.within(..)` it is tried again while it would block, and the frames that come meanwhile stay for later events.
//! Which capabilities the calls need is read off them; what the case is about (SACK, forwarding, errors) `.needs` says.
//!
//! # Time, neighbours, recommendations
//!
//! - `s.advance(secs(1))` lets time pass. Take bounds from the RFC and [`Scene::profile`], never from what a stack happens to do.
//!   A case that waits for more than some seconds needs [`Capability::LongWaits`](crate::capability::Capability::LongWaits).
//! - Tester and target know each other's link-layer addresses before the first event, and the tester answers for every
//!   address that is not the target's. `s.cold_neighbors()`, `s.answer_neighbors(false)` and `s.answer_for(ip, false)` change that.
//! - `.should()` on an event makes its failure a deviation, not a failure; `s.recommended(|s| ..)` does it for several.
//! - `s.drop_frames(spec, 1, 2)` loses the first two frames like this of the target. Usually the tester just does not answer.
//! - `s.receive("c", n)` takes and acknowledges `n` bytes; `s.transfer("c", n, Some("c"))` sends them and reads them.
//!
//! A case must be able to fail: one whose events after the set-up cannot is refused. A test checks that ids are slugs and
//! unique, that each case names a requirement, and that set-up helpers are closed by [`Scene::setup_done`].
//!
//! [`one_of`]: crate::timeline::field::one_of
//! [`mask`]: crate::timeline::field::mask
//! [`any()`]: crate::timeline::field::any

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
pub mod multicast;
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
        multicast::cases(),
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
