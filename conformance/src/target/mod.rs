//! A stack under test behind one trait: link, clock and socket calls.
//!
//! A target knows nothing of cases, and suites know nothing of targets: what a target can do it declares
//! in [`TargetInfo::capabilities`], what the RFCs leave open it declares in its [`Profile`].

pub mod environment;
#[cfg(all(target_os = "linux", feature = "tap"))]
pub mod linux;
mod mutant;
pub mod reference;
mod registry;
#[cfg(feature = "smoltcp")]
pub mod smoltcp;
pub mod testkit;

use core::fmt;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::Serialize;
pub use wireproof_stack::errno::Errno;
pub use wireproof_stack::time::{Duration, Instant};
pub use wireproof_stack::wire::ethernet::MacAddress;

pub use self::registry::{TargetName, names, open, prepare};
use crate::capability::Capability;

/// Which clock a target lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Time moves only when the runner says so.
    Virtual,
    /// Time is the machine's.
    Wall,
}

/// What a target says of itself before a run.
#[derive(Clone, Debug, Serialize)]
pub struct TargetInfo {
    /// The name that `--target` takes.
    pub name: String,
    /// Version of the stack, as its maker names it.
    pub version: String,
    /// The clock it lives in.
    pub clock: Clock,
    /// How many interfaces it can have at most.
    pub interfaces: usize,
    /// What it can do. Declared, never inferred.
    pub capabilities: BTreeSet<Capability>,
    /// Policy values that the RFCs leave open.
    pub profile: Profile,
}

/// Policy values that the RFCs leave open. Cases compute their bounds from these and from the RFC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// MSS that the target announces on a 1500-byte IPv4 link.
    pub mss_ipv4: u16,
    /// MSS that the target announces on a 1500-byte IPv6 link.
    pub mss_ipv6: u16,
    /// First retransmission timeout of a SYN, in microseconds of the target's clock.
    #[serde(skip)]
    pub rto_initial: Duration,
    /// Least retransmission timeout.
    #[serde(skip)]
    pub rto_min: Duration,
    /// Greatest time an ACK is delayed.
    #[serde(skip)]
    pub delayed_ack_max: Duration,
    /// Maximum segment lifetime: TIME-WAIT lasts two of them.
    #[serde(skip)]
    pub msl: Duration,
    /// Retransmissions of a SYN before the attempt is given up; `u32::MAX` if it never is.
    pub syn_retries: u32,
    /// How long an incomplete datagram is kept.
    #[serde(skip)]
    pub reassembly_timeout: Duration,
    /// Receive buffer of a TCP socket, in bytes.
    pub recv_buffer: usize,
    /// Send buffer of a TCP socket, in bytes.
    pub send_buffer: usize,
    /// TTL / hop limit of outgoing packets.
    pub default_ttl: u8,
}

/// One link between the tester and the target: a point-to-point Ethernet with one station at each end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Address of the target's interface.
    #[serde(skip)]
    pub target_mac: MacAddress,
    /// The tester's own address on this link.
    #[serde(skip)]
    pub tester_mac: MacAddress,
    /// The target's IPv4 address and prefix length.
    pub target_v4: (Ipv4Addr, u8),
    /// The tester's IPv4 address on the same subnet.
    pub tester_v4: Ipv4Addr,
    /// The target's global IPv6 address and prefix length.
    pub target_v6: (Ipv6Addr, u8),
    /// The tester's IPv6 address on the same prefix.
    pub tester_v6: Ipv6Addr,
    /// The target's link-local IPv6 address.
    pub target_v6_link_local: Ipv6Addr,
    /// The tester's link-local IPv6 address.
    pub tester_v6_link_local: Ipv6Addr,
    /// MTU of the link in bytes of IP packet.
    pub mtu: usize,
}

/// A static route of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StaticRoute {
    /// Destination prefix.
    pub prefix: (IpAddr, u8),
    /// Gateway, an address of the tester or one that the tester answers for.
    pub gateway: IpAddr,
    /// Index of the link it leaves by.
    pub link: usize,
}

/// What a target is configured with at [`Target::reset`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Topology {
    /// The links, interface 0 first. At least one.
    pub links: Vec<Link>,
    /// Static routes besides the connected ones.
    pub routes: Vec<StaticRoute>,
    /// Whether packets for others are forwarded.
    pub forwarding: bool,
    /// Seed of everything that the target draws at random, where it can be set.
    pub seed: u64,
}

impl Link {
    /// Link number `index` of the standard test bed: `192.0.2.0/24` and `2001:db8::/64` for link 0,
    /// `198.51.100.0/24` and `2001:db8:1::/64` for link 1, `203.0.113.0/24` and `2001:db8:2::/64` for link 2;
    /// the target is host 1, the tester host 2. MTU 1500.
    ///
    /// # Panics
    ///
    /// If `index` is above 2: there are three documentation prefixes (RFC 5737).
    pub fn standard(index: usize) -> Self {
        let [a, b, c] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]][index];
        let number = index as u8;
        let global = |host: u16| Ipv6Addr::new(0x2001, 0xdb8, u16::from(number), 0, 0, 0, 0, host);
        let local = |host: u16| Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, u16::from(number), host);
        Self {
            target_mac: MacAddress([0x02, 0, 0, 0, number, 1]),
            tester_mac: MacAddress([0x02, 0, 0, 0, number, 2]),
            target_v4: (Ipv4Addr::new(a, b, c, 1), 24),
            tester_v4: Ipv4Addr::new(a, b, c, 2),
            target_v6: (global(1), 64),
            tester_v6: global(2),
            target_v6_link_local: local(1),
            tester_v6_link_local: local(2),
            mtu: 1500,
        }
    }
}

impl Default for Topology {
    /// One standard link, no routes, no forwarding.
    fn default() -> Self {
        Self { links: vec![Link::standard(0)], routes: Vec::new(), forwarding: false, seed: 1 }
    }
}

/// A frame that left the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedFrame {
    /// When it left, on the target's clock since `reset`.
    pub at: Instant,
    /// The interface it left by.
    pub interface: usize,
    /// The whole Ethernet frame without FCS.
    pub bytes: Vec<u8>,
}

/// The number by which a target names one of its sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u32);

/// Address family of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// AF_INET.
    Ipv4,
    /// AF_INET6.
    Ipv6,
}

/// Type of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SocketKind {
    /// SOCK_STREAM over TCP.
    Tcp,
    /// SOCK_DGRAM over UDP.
    Udp,
}

/// Which half `shutdown` closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shutdown {
    /// SHUT_RD.
    Read,
    /// SHUT_WR.
    Write,
    /// SHUT_RDWR.
    Both,
}

/// A socket option with its value, as `setsockopt` takes it and `getsockopt` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SocketOption {
    /// SO_REUSEADDR.
    ReuseAddress(bool),
    /// SO_BROADCAST.
    Broadcast(bool),
    /// SO_KEEPALIVE.
    KeepAlive(bool),
    /// TCP_KEEPIDLE in seconds.
    KeepIdle(u32),
    /// TCP_KEEPINTVL in seconds.
    KeepInterval(u32),
    /// TCP_KEEPCNT.
    KeepCount(u32),
    /// TCP_NODELAY.
    NoDelay(bool),
    /// TCP_USER_TIMEOUT in milliseconds; 0 switches it off.
    UserTimeout(u32),
    /// SO_LINGER: `None` off, `Some(seconds)` on.
    Linger(Option<u32>),
    /// SO_RCVBUF in bytes.
    RecvBuffer(u32),
    /// SO_SNDBUF in bytes.
    SendBuffer(u32),
    /// IP_TTL / IPV6_UNICAST_HOPS.
    Ttl(u8),
    /// IP_TOS / IPV6_TCLASS.
    Tos(u8),
    /// SO_ERROR: the pending error, cleared by reading; 0 bytes when none. Only for `getsockopt`.
    Error(Option<ErrnoValue>),
    /// IP_ADD_MEMBERSHIP / IPV6_JOIN_GROUP on interface 0. Only for `setsockopt`.
    JoinGroup(IpAddr),
    /// IP_DROP_MEMBERSHIP / IPV6_LEAVE_GROUP on interface 0. Only for `setsockopt`.
    LeaveGroup(IpAddr),
}

/// An [`Errno`] by its POSIX name, as files hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ErrnoValue(pub Errno);

impl From<ErrnoValue> for String {
    fn from(value: ErrnoValue) -> Self {
        value.0.name().to_owned()
    }
}

impl TryFrom<String> for ErrnoValue {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Errno::from_name(&name).map(Self).ok_or_else(|| format!("`{name}` is not the name of an errno"))
    }
}

/// One socket call. All calls are non-blocking; what would block answers [`Outcome::Pending`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// socket(2): gives [`Outcome::Socket`].
    Socket(Family, SocketKind),
    /// bind(2).
    Bind(SocketId, SocketAddr),
    /// listen(2) with its backlog.
    Listen(SocketId, u32),
    /// accept(2): gives [`Outcome::Accepted`].
    Accept(SocketId),
    /// connect(2): `Pending` means that it has begun; call it again to learn how it went.
    Connect(SocketId, SocketAddr),
    /// send(2) on a connected socket: gives [`Outcome::Count`].
    Send(SocketId, Vec<u8>),
    /// sendto(2): gives [`Outcome::Count`].
    SendTo(SocketId, Vec<u8>, SocketAddr),
    /// send(2) with MSG_OOB.
    SendUrgent(SocketId, Vec<u8>),
    /// recv(2) of at most this many bytes: gives [`Outcome::Data`]; empty data is end of file.
    Recv(SocketId, usize),
    /// recvfrom(2): gives [`Outcome::Datagram`].
    RecvFrom(SocketId, usize),
    /// recv(2) with MSG_OOB.
    RecvUrgent(SocketId, usize),
    /// shutdown(2).
    Shutdown(SocketId, Shutdown),
    /// close(2): the descriptor is gone, the connection may live on.
    Close(SocketId),
    /// setsockopt(2).
    SetOption(SocketId, SocketOption),
    /// getsockopt(2); the value in the argument is ignored. Gives [`Outcome::Option`].
    GetOption(SocketId, SocketOption),
    /// getsockname(2): gives [`Outcome::Address`].
    LocalAddress(SocketId),
    /// getpeername(2): gives [`Outcome::Address`].
    PeerAddress(SocketId),
    /// The TCP state by its RFC 9293 name; needs `state-query`. Gives [`Outcome::State`].
    State(SocketId),
}

/// What came of a [`Call`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Success without a value.
    Done,
    /// A new socket.
    Socket(SocketId),
    /// A new connected socket and its peer.
    Accepted(SocketId, SocketAddr),
    /// Bytes taken.
    Count(usize),
    /// Bytes read; empty is end of file.
    Data(Vec<u8>),
    /// A datagram and its source. `truncated` if it was longer than asked for.
    Datagram {
        /// Payload, cut to the length asked for.
        data: Vec<u8>,
        /// Source address.
        from: SocketAddr,
        /// MSG_TRUNC.
        truncated: bool,
    },
    /// The value of an option.
    Option(SocketOption),
    /// An address.
    Address(SocketAddr),
    /// A TCP state, RFC 9293 spelling ("SYN-SENT").
    State(&'static str),
    /// The call would block.
    Pending,
    /// The call failed.
    Errno(Errno),
    /// The target does not have this call.
    Unsupported,
}

/// Who is at fault when a target cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// The stack under test died, hung or broke the adapter's contract.
    Target,
    /// The machine lacks something.
    Environment,
    /// wireproof itself.
    Harness,
}

/// A target could not do what the trait asks of it: the run of this case ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetError {
    /// Who is at fault.
    pub blame: Blame,
    /// What was seen, one line.
    pub what: String,
    /// What to do next, one line; may be empty.
    pub hint: String,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blame = match self.blame {
            Blame::Target => "target",
            Blame::Environment => "environment",
            Blame::Harness => "harness",
        };
        write!(f, "{blame}: {}", self.what)?;
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for TargetError {}

/// A stack under test.
///
/// Time: `now()` is zero after `reset` and never decreases. A virtual target moves only inside
/// [`Target::next_frame`], and never past the deadline given there; a wall target moves by itself.
pub trait Target {
    /// Name, version, clock, declared capabilities and profile; the same before and after any reset.
    fn info(&self) -> &TargetInfo;

    /// Brings the stack to a fresh boot with this configuration: no sockets, empty caches, time zero.
    /// The same timeline afterwards gives the same trace (in virtual time).
    ///
    /// # Errors
    ///
    /// The configuration asks for more than the target declared, or the environment refuses.
    fn reset(&mut self, topology: &Topology) -> Result<(), TargetError>;

    /// The target's clock, since `reset`.
    fn now(&self) -> Instant;

    /// Puts a frame on link `interface`; the target takes it at `now()`.
    ///
    /// # Errors
    ///
    /// The target died, or the interface does not exist.
    fn inject(&mut self, interface: usize, frame: &[u8]) -> Result<(), TargetError>;

    /// The next frame that leaves the target at or before `deadline`, in order of time. `None` means that
    /// none does, and then `now()` is (in wall time: is at least) `deadline`. A deadline that is not later than
    /// `now()` asks for what has left by now, even if that was after the deadline.
    ///
    /// # Errors
    ///
    /// The target died, hung or flooded.
    fn next_frame(&mut self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError>;

    /// One non-blocking socket call at `now()`.
    ///
    /// # Errors
    ///
    /// The target died. What the call itself answers is in the [`Outcome`].
    fn call(&mut self, call: &Call) -> Result<Outcome, TargetError>;
}
