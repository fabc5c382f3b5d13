//! A network namespace with its TAP devices, and the thread that lives in it.
//!
//! The thread enters a namespace of its own, sets it up, and then waits at the devices: it stamps each frame
//! as it leaves. Sockets have to be made in the namespace, so it makes them on request; once made, they work
//! from every thread. The namespace goes when the thread ends and the last socket is closed.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant as WallInstant;

use nix::net::if_::if_nametoindex;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use socket2::{Domain, Socket, Type};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use super::netlink::Netlink;
use super::{state, sysctl};
use crate::target::{Blame, Duration, Instant, TargetError, TimedFrame, Topology};

/// Frames that may wait to be taken. Above it the target floods.
const MAX_FRAMES: usize = 16_384;

/// How long the kernel may take to make its IPv6 addresses usable; it does so in the background.
const ADDRESS_PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// The device node that TAP devices come from.
pub(in crate::target) const TUN: &str = "/dev/net/tun";

/// What the thread says once it is set up: the shared part and the indices of the interfaces.
type Ready = Result<(Arc<Shared>, Vec<u32>), TargetError>;

/// What the thread does for others.
enum Request {
    /// A socket of the namespace.
    Socket(Domain, Type, SyncSender<io::Result<Socket>>),
    /// The TCP tables of the namespace, `/proc/net/tcp` and `tcp6` one after the other.
    Tables(SyncSender<io::Result<String>>),
}

/// Frames on their way from the devices to the tester.
#[derive(Default)]
struct Queue {
    frames: VecDeque<TimedFrame>,
    flooded: bool,
    broken: Option<String>,
    buffer: Vec<u8>,
}

/// What the thread and the tester share.
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
    taps: Vec<SyncDevice>,
    started: WallInstant,
}

impl Shared {
    fn now(&self) -> Instant {
        Instant::from_micros(u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes everything that the devices have, with the time at which it was seen.
    fn drain(&self, queue: &mut Queue) {
        queue.buffer.resize(1 << 16, 0);
        for (interface, tap) in self.taps.iter().enumerate() {
            while queue.frames.len() < MAX_FRAMES {
                match tap.recv(&mut queue.buffer) {
                    Ok(len) => {
                        let at = self.now();
                        let bytes = queue.buffer[..len].to_vec();
                        queue.frames.push_back(TimedFrame { at, interface, bytes });
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => {
                        queue.broken.get_or_insert_with(|| format!("reading TAP device {interface}: {error}"));
                        break;
                    }
                }
            }
        }
        queue.flooded |= queue.frames.len() >= MAX_FRAMES;
    }
}

/// A namespace in use. Dropping it waits until the namespace is gone.
pub(super) struct Namespace {
    // Dropped in this order: the thread then closes the devices, which takes the kernel tens of milliseconds.
    shared: Arc<Shared>,
    requests: Sender<Request>,
    thread: Thread,
    /// Indices of the interfaces in the namespace.
    pub(super) indices: Vec<u32>,
}

/// The thread of a namespace, told to end and joined when dropped.
pub(super) struct Thread {
    /// One byte wakes the thread for a request; closing it ends the thread.
    wake: Option<UnixStream>,
    handle: Option<JoinHandle<()>>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(handle) = self.handle.take() {
            // It has nothing left to tell.
            let _ = handle.join();
        }
    }
}

fn environment(what: String, hint: &str) -> TargetError {
    TargetError { blame: Blame::Environment, what, hint: hint.into() }
}

fn harness(what: String) -> TargetError {
    TargetError { blame: Blame::Harness, what, hint: String::new() }
}

/// Moves this thread into a fresh network namespace.
pub(super) fn enter() -> Result<(), TargetError> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|errno| {
        environment(format!("a network namespace cannot be made: {}", io::Error::from(errno)), match errno {
            nix::errno::Errno::EPERM => {
                "run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)"
            }
            nix::errno::Errno::ENOSPC => "raise sysctl user.max_net_namespaces",
            _ => "the kernel needs CONFIG_NET_NS",
        })
    })
}

/// Makes a TAP device in the namespace of this thread.
pub(super) fn open_tap(name: &str) -> Result<SyncDevice, TargetError> {
    if !Path::new(TUN).exists() {
        return Err(environment(
            format!("there is no {TUN}"),
            "load the module `tun`; in a container, pass the device in (docker: --device /dev/net/tun)",
        ));
    }
    let device = DeviceBuilder::new().layer(Layer::L2).name(name).inherit_enable_state().build_sync();
    let device = device.map_err(|error| {
        let readable = std::fs::OpenOptions::new().read(true).write(true).open(TUN);
        let hint = match readable {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                "the device node itself is closed to this user, in every namespace: run as root, or `chmod 666 /dev/net/tun` as most distributions have it"
            }
            _ => "CAP_NET_ADMIN in the network namespace is needed: run as root or allow user namespaces",
        };
        environment(format!("a TAP device cannot be made from {TUN}: {error}"), hint)
    })?;
    // The device goes with its namespace: the kernel takes many namespaces down in one go, devices one by one.
    let ready = device.persist().and_then(|()| device.set_nonblocking(true));
    ready.map_err(|error| environment(format!("{TUN}: {error}"), ""))?;
    Ok(device)
}

/// Everything in a fresh namespace up to the first frame. Runs in the thread that will stay there.
fn set_up(topology: &Topology) -> Result<(Shared, Vec<u32>), TargetError> {
    enter()?;
    sysctl::pin(topology)?;
    let refused = |what: &str, error: io::Error| environment(format!("{what}: {error}"), "");
    let mut netlink = Netlink::open().map_err(|error| refused("opening netlink", error))?;
    // The loopback interface is the first of every namespace.
    netlink.set_up(1, None, None).map_err(|error| refused("bringing lo up", error))?;
    let mut taps = Vec::new();
    let mut indices = Vec::new();
    for (number, link) in topology.links.iter().enumerate() {
        let name = format!("wp{number}");
        taps.push(open_tap(&name)?);
        let index = if_nametoindex(name.as_str()).map_err(|errno| refused(&name, errno.into()))?;
        indices.push(index);
        let mtu = u32::try_from(link.mtu).unwrap_or(u32::MAX);
        netlink
            .set_up(index, Some(link.target_mac), Some(mtu))
            .map_err(|error| refused(&format!("{name} with {:?} and MTU {mtu}", link.target_mac), error))?;
        let addresses: [(IpAddr, u8); 3] = [
            (link.target_v4.0.into(), link.target_v4.1),
            (link.target_v6_link_local.into(), 64),
            (link.target_v6.0.into(), link.target_v6.1),
        ];
        for (address, prefix) in addresses {
            netlink
                .add_address(index, address, prefix)
                .map_err(|error| refused(&format!("{address}/{prefix} on {name}"), error))?;
        }
    }
    for route in &topology.routes {
        let index =
            *indices.get(route.link).ok_or_else(|| harness(format!("a route leaves by link {}", route.link)))?;
        let (prefix, len) = route.prefix;
        netlink
            .add_route(index, route.prefix, route.gateway)
            .map_err(|error| refused(&format!("route {prefix}/{len} via {}", route.gateway), error))?;
    }
    wait_for_addresses(topology)?;
    let shared = Shared { queue: Mutex::default(), arrived: Condvar::new(), taps, started: WallInstant::now() };
    Ok((shared, indices))
}

/// Waits until the kernel answers for its IPv6 addresses.
fn wait_for_addresses(topology: &Topology) -> Result<(), TargetError> {
    let addresses: Vec<_> =
        topology.links.iter().flat_map(|link| [link.target_v6.0, link.target_v6_link_local]).collect();
    let begun = WallInstant::now();
    loop {
        let routes = std::fs::read_to_string("/proc/thread-self/net/ipv6_route")
            .map_err(|error| environment(format!("/proc/net/ipv6_route: {error}"), "mount /proc"))?;
        if state::has_local_routes(&routes, &addresses) {
            return Ok(());
        }
        if begun.elapsed() > ADDRESS_PATIENCE {
            let seconds = ADDRESS_PATIENCE.as_secs();
            return Err(environment(
                format!("IPv6 addresses are not usable after {seconds} s"),
                "is the machine overloaded?",
            ));
        }
        std::thread::sleep(std::time::Duration::from_micros(100));
    }
}

/// The thread of a namespace: sets it up, says so, then serves devices and requests until `wake` closes.
fn live(topology: &Topology, ready: &SyncSender<Ready>, requests: &Receiver<Request>, mut wake: UnixStream) {
    let shared = match set_up(topology) {
        Ok((shared, indices)) => {
            let shared = Arc::new(shared);
            // Nobody listens if the target was dropped meanwhile: then `wake` is closed too.
            let _ = ready.send(Ok((Arc::clone(&shared), indices)));
            shared
        }
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    loop {
        let mut ends = vec![PollFd::new(wake.as_fd(), PollFlags::POLLIN)];
        ends.extend(shared.taps.iter().map(|tap| PollFd::new(tap.as_fd(), PollFlags::POLLIN)));
        if poll(&mut ends, PollTimeout::NONE).is_err() {
            continue;
        }
        if ends[1..].iter().any(|end| end.any() == Some(true)) {
            let mut queue = shared.lock();
            shared.drain(&mut queue);
            let stop = queue.broken.is_some() || queue.flooded;
            drop(queue);
            shared.arrived.notify_all();
            if stop {
                // What is wrong is told by next_frame; polling on would spin.
                let mut byte = [0];
                while matches!(wake.read(&mut byte), Ok(1)) {
                    requests.try_iter().for_each(serve);
                }
                break;
            }
        }
        if ends[0].any() == Some(true) {
            let mut bytes = [0; 64];
            match wake.read(&mut bytes) {
                Ok(0) | Err(_) => break,
                Ok(_) => requests.try_iter().for_each(serve),
            }
        }
    }
    sysctl::leave();
}

fn serve(request: Request) {
    // Whoever asked may have gone; then the answer is not wanted.
    match request {
        Request::Socket(domain, kind, answer) => {
            let _ = answer.send(Socket::new(domain, kind, None));
        }
        Request::Tables(answer) => {
            let read = |name| std::fs::read_to_string(format!("/proc/thread-self/net/{name}"));
            let tables = read("tcp").and_then(|four| read("tcp6").map(|six| four + &six));
            let _ = answer.send(tables);
        }
    }
}

impl Namespace {
    /// A fresh namespace with this configuration; its clock starts now.
    pub(super) fn new(topology: &Topology) -> Result<Self, TargetError> {
        let (wake, other) = UnixStream::pair().map_err(|error| environment(format!("a socket pair: {error}"), ""))?;
        let (requests, receiver) = channel();
        let (ready, answer) = sync_channel(1);
        let topology = topology.clone();
        let thread = std::thread::Builder::new()
            .name("wireproof-linux".into())
            .spawn(move || live(&topology, &ready, &receiver, other))
            .map_err(|error| environment(format!("a thread cannot be started: {error}"), ""))?;
        match answer.recv() {
            Ok(Ok((shared, indices))) => {
                let thread = Thread { wake: Some(wake), handle: Some(thread) };
                Ok(Self { shared, requests, thread, indices })
            }
            Ok(Err(error)) => {
                // It has nothing left to tell.
                let _ = thread.join();
                Err(error)
            }
            Err(_) => Err(harness("the thread of a network namespace died while it was set up".into())),
        }
    }

    /// Lets the namespace go in the background; dropping what this gives waits for it.
    pub(super) fn retire(self) -> Thread {
        let Self { shared, mut thread, .. } = self;
        drop(shared);
        thread.wake = None;
        thread
    }

    /// Time since the namespace was ready.
    pub(super) fn now(&self) -> Instant {
        self.shared.now()
    }

    /// Puts a frame on a link. What is no frame at all is dropped as a device would.
    pub(super) fn inject(&self, interface: usize, frame: &[u8]) -> Result<(), TargetError> {
        let tap = self.shared.taps.get(interface).ok_or_else(|| {
            harness(format!("a frame for interface {interface} of linux, which has {}", self.shared.taps.len()))
        })?;
        match tap.send(frame) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
            Err(error) => {
                Err(environment(format!("writing {} bytes to TAP device {interface}: {error}", frame.len()), ""))
            }
        }
    }

    /// The next frame up to `deadline`; see [`crate::target::Target::next_frame`].
    pub(super) fn next_frame(&self, deadline: Instant) -> Result<Option<TimedFrame>, TargetError> {
        let shared = &self.shared;
        let past = deadline <= shared.now();
        let mut queue = shared.lock();
        loop {
            shared.drain(&mut queue);
            if let Some(front) = queue.frames.front() {
                return Ok(if past || front.at <= deadline { queue.frames.pop_front() } else { None });
            }
            if let Some(broken) = &queue.broken {
                return Err(environment(broken.clone(), ""));
            }
            if queue.flooded {
                return Err(TargetError {
                    blame: Blame::Target,
                    what: format!("linux sent more than {MAX_FRAMES} frames that nobody had asked for yet"),
                    hint: String::new(),
                });
            }
            let left = deadline.since(shared.now());
            if left == Duration::ZERO {
                return Ok(None);
            }
            // Deadlines may be as far as time goes: look again once a minute.
            let left = std::time::Duration::from_micros(left.as_micros()).min(std::time::Duration::from_secs(60));
            queue = shared.arrived.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A socket of the namespace.
    pub(super) fn socket(&self, domain: Domain, kind: Type) -> Result<io::Result<Socket>, TargetError> {
        self.ask(|answer| Request::Socket(domain, kind, answer))
    }

    /// The TCP connections of the namespace as the kernel prints them.
    pub(super) fn tables(&self) -> Result<String, TargetError> {
        self.ask(Request::Tables)?.map_err(|error| environment(format!("reading /proc/net/tcp: {error}"), ""))
    }

    fn ask<T>(&self, request: impl FnOnce(SyncSender<T>) -> Request) -> Result<T, TargetError> {
        let (answer, answered) = sync_channel(1);
        let gone = || harness("the thread of the network namespace is gone".into());
        self.requests.send(request(answer)).map_err(|_| gone())?;
        let mut wake = self.thread.wake.as_ref().ok_or_else(gone)?;
        wake.write_all(&[1]).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())
    }
}
