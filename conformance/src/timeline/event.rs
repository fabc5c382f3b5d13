//! Events: a time and an action, as plain data.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::check::Check;
use super::packet::{Bytes, PacketSpec, is_default};
use super::time::{self, Duration, Instant};
use crate::target::{ErrnoValue, Family, Shutdown, SocketKind, SocketOption};

/// When an event happens. Spans count from the end of the previous event, on the target's clock.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// At once. An expectation is given the usual time for a reaction; a call is made once.
    #[default]
    Now,
    /// This long after the previous event.
    After(#[serde(with = "time::micros")] Duration),
    /// At this time since the reset of the target.
    At(#[serde(with = "time::instant")] Instant),
    /// Until this long after the previous event. A call that would block is tried again until then.
    Within(#[serde(with = "time::micros")] Duration),
    /// An expectation that is met no earlier than `min` and no later than `max` after the labelled event (else
    /// the previous one). In wall time the window is widened by the tolerance.
    Between {
        /// Label of the event to count from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Least time.
        #[serde(with = "time::micros")]
        min: Duration,
        /// Greatest time.
        #[serde(with = "time::micros")]
        max: Duration,
    },
    /// Whenever it comes, within the bounds of the run.
    Any,
}

/// How much an event weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Its failure fails the case.
    #[default]
    Must,
    /// Its failure is a deviation from a recommendation: the case goes on and ends as pass-with-deviation.
    Should,
}

/// One event of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    #[serde(default, skip_serializing_if = "is_default")]
    pub when: When,
    /// What.
    pub action: Action,
    /// A name for its time and, if it is about a frame, for that frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why, in words or as a requirement id; shown when it fails.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Must or should.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weight: Weight,
}

impl Event {
    /// An event that happens at once.
    pub const fn new(action: Action) -> Self {
        Self { when: When::Now, action, label: None, why: String::new(), weight: Weight::Must }
    }
}

/// What the frames before a match must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Frames that do not match are passed over (and shown if nothing matches).
    #[default]
    Skip,
    /// The next frame of the same scope must match: same flow, else same innermost protocol.
    Next,
}

/// What a link rule does to a frame from the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkEffect {
    /// The tester does not see it.
    Drop,
    /// The tester sees it this much later.
    Delay(#[serde(with = "time::micros")] Duration),
    /// The tester sees it twice.
    Duplicate,
}

/// How the tester acknowledges what it receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AckPolicy {
    /// Every segment.
    #[default]
    Every,
    /// Every second segment, and the last one.
    EveryOther,
    /// Once, at the end.
    AtEnd,
    /// Never.
    None,
}

/// The data of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSpec {
    /// These bytes.
    Bytes(Bytes),
    /// `len` bytes of the data pattern from `offset` on.
    Pattern {
        /// Offset in the stream.
        offset: u64,
        /// Number of bytes.
        len: usize,
    },
}

/// A socket call with its arguments; sockets go by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// socket(2): makes the named socket.
    Socket(Family, SocketKind),
    /// bind(2).
    Bind(SocketAddr),
    /// listen(2).
    Listen(u32),
    /// accept(2); the new socket gets this name.
    Accept(String),
    /// connect(2).
    Connect(SocketAddr),
    /// send(2).
    Send(DataSpec),
    /// sendto(2).
    SendTo(DataSpec, SocketAddr),
    /// send(2) with MSG_OOB.
    SendUrgent(DataSpec),
    /// recv(2) of at most this many bytes.
    Recv(usize),
    /// recvfrom(2) of at most this many bytes.
    RecvFrom(usize),
    /// recv(2) with MSG_OOB.
    RecvUrgent(usize),
    /// shutdown(2).
    Shutdown(Shutdown),
    /// close(2).
    Close,
    /// setsockopt(2).
    SetOption(SocketOption),
    /// getsockopt(2).
    GetOption(SocketOption),
    /// getsockname(2).
    LocalAddress,
    /// getpeername(2).
    PeerAddress,
    /// The TCP state.
    State,
}

/// What must come of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// Anything but an error, "would block" and "unsupported".
    Ok,
    /// Anything at all, "would block" and errors included.
    Any,
    /// It would block.
    Pending,
    /// The connect call has begun or is done: would block, `EINPROGRESS` or success.
    Begun,
    /// A send that took between these two numbers of bytes.
    Count(usize, usize),
    /// Exactly these bytes were read. With `Within`, short reads are put together.
    Data(DataSpec),
    /// End of file.
    Eof,
    /// One of these errors; none named: any error.
    Errno(Vec<ErrnoValue>),
    /// A datagram with these bytes, from this address if one is given.
    Datagram(DataSpec, Option<SocketAddr>),
    /// This address (getsockname, getpeername, accept).
    Address(SocketAddr),
    /// This value of an option.
    Option(SocketOption),
    /// One of these TCP states, RFC 9293 spelling.
    State(Vec<String>),
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The tester sends a frame.
    Inject {
        /// Interface.
        #[serde(default, skip_serializing_if = "is_default")]
        link: usize,
        /// The frame.
        packet: PacketSpec,
    },
    /// The tester sends these bytes as they are.
    InjectRaw {
        /// Interface.
        #[serde(default, skip_serializing_if = "is_default")]
        link: usize,
        /// The whole frame.
        frame: Bytes,
    },
    /// The target must send a frame that matches. It is taken; earlier frames of the same scope are passed over
    /// for good; frames of other scopes stay for later events.
    Expect {
        /// Interface; `None`: any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<usize>,
        /// What must come.
        packet: PacketSpec,
        /// A frame that matches one of these while waiting is a failure at once.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        forbid: Vec<PacketSpec>,
        /// Whether other frames may come first.
        #[serde(default, skip_serializing_if = "is_default")]
        order: Order,
    },
    /// One of several frames must come; which one is noted. The first spec that matches a frame counts.
    ExpectOneOf {
        /// Interface; `None`: any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<usize>,
        /// The alternatives.
        packets: Vec<PacketSpec>,
    },
    /// The target must not send a matching frame: not since the last frame or call from the tester, and not for
    /// `duration` from now on. `None`: the usual time for a reaction, proved with a fence in wall time.
    Silence {
        /// Interface; `None`: any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<usize>,
        /// What must not come.
        packet: PacketSpec,
        /// How long.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "time::optional_micros")]
        duration: Option<Duration>,
    },
    /// A socket call on the target.
    Call {
        /// Name of the socket.
        socket: String,
        /// The call.
        verb: Verb,
        /// What must come of it.
        expect: Expected,
    },
    /// Time passes.
    Advance(#[serde(with = "time::micros")] Duration),
    /// From now on frames from the target that match are dropped, delayed or duplicated on their way to the tester.
    LinkRule {
        /// Which frames.
        packet: PacketSpec,
        /// The first matching frame that it applies to, from 1.
        first: u32,
        /// To how many of them.
        count: u32,
        /// What becomes of them.
        effect: LinkEffect,
    },
    /// Whether the tester answers ARP requests and neighbour solicitations from now on.
    Neighbors {
        /// Answer or not.
        answer: bool,
        /// For these addresses; empty: for all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        addresses: Vec<IpAddr>,
    },
    /// Frames that came and were not looked at are forgotten.
    Forget,
    /// The flow starts over: another initial sequence number, nothing known of the target's.
    Reopen {
        /// The flow.
        flow: String,
        /// The tester's new initial sequence number.
        isn: u32,
    },
    /// The tester receives data of a TCP flow in order, until it has `len` bytes more, and acknowledges it. The
    /// bytes must be those of the data pattern.
    Receive {
        /// The flow.
        flow: String,
        /// How many bytes.
        len: usize,
        /// How it acknowledges.
        #[serde(default, skip_serializing_if = "is_default")]
        acks: AckPolicy,
    },
    /// The tester sends `len` bytes of the data pattern on a TCP flow, within the target's window.
    Transfer {
        /// The flow.
        flow: String,
        /// How many bytes.
        len: usize,
        /// Bytes per segment; `None`: the target's MSS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        segment: Option<usize>,
        /// A socket of the target that reads meanwhile, and must read just these bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drain: Option<String>,
    },
    /// The tester sends the data pattern on a TCP flow until the target's window is shut: nothing more fits, and
    /// everything is acknowledged.
    ShutWindow {
        /// The flow.
        flow: String,
        /// Give up after this many bytes.
        most: usize,
    },
    /// A check over everything that was seen so far.
    Check(Check),
    /// A remark for the trace.
    Note(String),
    /// The set-up is done: what fails before is inconclusive, what fails from here on is decided.
    SetupDone,
}

impl Action {
    /// Whether the event can fail because of what the target does or does not do.
    pub const fn decides(&self) -> bool {
        match self {
            Self::Expect { .. }
            | Self::ExpectOneOf { .. }
            | Self::Silence { .. }
            | Self::Receive { .. }
            | Self::Transfer { .. }
            | Self::ShutWindow { .. }
            | Self::Check(_) => true,
            Self::Call { expect, .. } => !matches!(expect, Expected::Any),
            _ => false,
        }
    }
}
