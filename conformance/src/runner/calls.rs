//! Socket calls of a session: arguments in, outcome judged, pending calls tried again.

use super::session::Session;
use super::stop::{Failure, Stop};
use crate::result::TraceWhat;
use crate::target::{Call, Duration, Errno, Outcome, SocketId};
use crate::timeline::packet::pattern;
use crate::timeline::time::ms;
use crate::timeline::words::{expected_words, hex, verb_words};
use crate::timeline::{DataSpec, Event, Expected, Verb, When};

/// The bytes of a data spec.
pub(super) fn data_bytes(data: &DataSpec) -> Vec<u8> {
    match data {
        DataSpec::Bytes(bytes) => bytes.0.clone(),
        DataSpec::Pattern { offset, len } => pattern(*offset, *len),
    }
}

/// An outcome in words.
pub(super) fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "ok".to_owned(),
        Outcome::Socket(_) => "a socket".to_owned(),
        Outcome::Accepted(_, peer) => format!("a connection of {peer}"),
        Outcome::Count(count) => format!("{count} bytes"),
        Outcome::Data(data) if data.is_empty() => "end of file".to_owned(),
        Outcome::Data(data) => format!("{} bytes {}", data.len(), hex(data)),
        Outcome::Datagram { data, from, truncated } => {
            let cut = if *truncated { ", cut short" } else { "" };
            format!("a datagram of {from}, {} bytes {}{cut}", data.len(), hex(data))
        }
        Outcome::Option(option) => format!("{option:?}"),
        Outcome::Address(address) => address.to_string(),
        Outcome::State(state) => format!("state {state}"),
        Outcome::Pending => "would block".to_owned(),
        Outcome::Errno(errno) => errno.to_string(),
        Outcome::Unsupported => "not supported by the target".to_owned(),
    }
}

/// What a call has done so far, over several tries.
#[derive(Default)]
struct Progress {
    tries: usize,
    data: Vec<u8>,
    sent: usize,
}

/// How a try ended.
enum Judged {
    Met,
    /// Not yet: try again while there is time.
    Again(Failure),
    Failed(Failure),
}

impl Session<'_> {
    /// Makes a call and judges its outcome; tries again while it is pending and the event allows for time.
    pub(super) fn call(&mut self, event: &Event, socket: &str, verb: &Verb, expect: &Expected) -> Result<(), Stop> {
        let patient = matches!(event.when, When::Within(_) | When::Any);
        if !patient {
            self.wait_for(&event.when)?;
        }
        let until = if patient { self.window(&event.when)?.until } else { self.wire.now() };
        let mut step = ms(1);
        let longest = (until.since(self.wire.now()) / 1_000).max(ms(5));
        let mut progress = Progress::default();
        loop {
            let began = self.wire.now();
            let outcome = self.try_call(socket, verb, &progress)?;
            progress.tries += 1;
            let judged = Self::judge_outcome(verb, expect, outcome, &mut progress);
            match judged {
                Judged::Met => {
                    // In wall time what the call sends may leave before it returns.
                    self.last = began;
                    return Ok(());
                }
                Judged::Failed(failure) => return Err(self.call_failure(failure, socket, verb)),
                Judged::Again(failure) => {
                    let now = self.wire.now();
                    if now >= until {
                        return Err(self.call_failure(failure, socket, verb));
                    }
                    self.wire.pull(&self.state, until.min(now + step))?;
                    step = (step * 2).min(longest);
                }
            }
        }
    }

    fn call_failure(&mut self, failure: Failure, socket: &str, verb: &Verb) -> Stop {
        let entry = self.wire.trace.iter().rposition(|entry| matches!(entry.what, TraceWhat::Call(_)));
        let summary = format!("{}: {}", verb_words(socket, verb), failure.summary);
        Failure { summary, decided_by: entry, ..failure }.into()
    }

    fn socket(&self, name: &str) -> Result<SocketId, Stop> {
        let socket = self.state.sockets.get(name).copied();
        socket.ok_or_else(|| Stop::Case(format!("there is no socket `{name}`")))
    }

    fn try_call(&mut self, socket: &str, verb: &Verb, progress: &Progress) -> Result<Outcome, Stop> {
        let call = self.lower(socket, verb, progress)?;
        let outcome = self.wire.call(&self.state, &call, progress.tries == 0)?;
        match (verb, &outcome) {
            (Verb::Socket(..), Outcome::Socket(id)) => {
                self.state.sockets.insert(socket.to_owned(), *id);
            }
            (Verb::Accept(name), Outcome::Accepted(id, _)) => {
                self.state.sockets.insert(name.clone(), *id);
            }
            (Verb::Close, Outcome::Done) => {
                self.state.sockets.remove(socket);
            }
            _ => {}
        }
        let again = outcome == Outcome::Pending && progress.tries > 0;
        if !again {
            let now = self.wire.now();
            let words = format!("{} = {}", verb_words(socket, verb), outcome_words(&outcome));
            self.wire.log(now, TraceWhat::Call(words));
        }
        Ok(outcome)
    }

    /// The call of the target trait, for what is left to do.
    fn lower(&self, socket: &str, verb: &Verb, progress: &Progress) -> Result<Call, Stop> {
        let rest = |data: &DataSpec| data_bytes(data).split_off(progress.sent);
        if let Verb::Socket(family, kind) = verb {
            return Ok(Call::Socket(*family, *kind));
        }
        let id = self.socket(socket)?;
        Ok(match verb {
            Verb::Socket(family, kind) => Call::Socket(*family, *kind),
            Verb::Bind(address) => Call::Bind(id, *address),
            Verb::Listen(backlog) => Call::Listen(id, *backlog),
            Verb::Accept(_) => Call::Accept(id),
            Verb::Connect(address) => Call::Connect(id, *address),
            Verb::Send(data) => Call::Send(id, rest(data)),
            Verb::SendTo(data, to) => Call::SendTo(id, data_bytes(data), *to),
            Verb::SendUrgent(data) => Call::SendUrgent(id, data_bytes(data)),
            Verb::Recv(max) => Call::Recv(id, max.saturating_sub(progress.data.len())),
            Verb::RecvFrom(max) => Call::RecvFrom(id, *max),
            Verb::RecvUrgent(max) => Call::RecvUrgent(id, *max),
            Verb::Shutdown(how) => Call::Shutdown(id, *how),
            Verb::Close => Call::Close(id),
            Verb::SetOption(option) => Call::SetOption(id, *option),
            Verb::GetOption(option) => Call::GetOption(id, *option),
            Verb::LocalAddress => Call::LocalAddress(id),
            Verb::PeerAddress => Call::PeerAddress(id),
            Verb::State => Call::State(id),
        })
    }

    fn judge_outcome(verb: &Verb, expect: &Expected, outcome: Outcome, progress: &mut Progress) -> Judged {
        let got = outcome_words(&outcome);
        let wanted = expected_words(expect);
        let no = || Judged::Failed(Failure::new(format!("{got}, expected {wanted}")));
        let connecting = matches!(verb, Verb::Connect(_));
        // A connect call that has begun says so in one of three ways.
        let pending = outcome == Outcome::Pending
            || (connecting
                && matches!(outcome, Outcome::Errno(Errno::InProgress | Errno::Already | Errno::WouldBlock)));
        let connected = connecting && progress.tries > 1 && outcome == Outcome::Errno(Errno::IsConnected);
        if outcome == Outcome::Unsupported && *expect != Expected::Any {
            let failure =
                Failure::new("the target declares what this call needs, and answers that it is not supported");
            let hint = "declare the capability only if the call works".to_owned();
            return Judged::Failed(Failure { hint, ..failure });
        }
        match (expect, outcome) {
            (Expected::Any, _) => Judged::Met,
            (Expected::Pending, _) if pending => Judged::Met,
            (Expected::Begun, outcome) if pending || outcome == Outcome::Done => Judged::Met,
            (_, _) if pending => Judged::Again(Failure::new(format!("still would block, expected {wanted}"))),
            (Expected::Ok, _) if connected => Judged::Met,
            (Expected::Ok, Outcome::Errno(_)) => no(),
            (Expected::Ok, _) => Judged::Met,
            (Expected::Count(min, max), Outcome::Count(count)) => {
                progress.sent += count;
                let total = progress.sent;
                let short = Failure::new(format!("{total} bytes were taken, expected {wanted}"));
                match total {
                    total if total > *max => Judged::Failed(short),
                    total if total < *min => Judged::Again(short),
                    _ => Judged::Met,
                }
            }
            (Expected::Data(data), Outcome::Data(bytes)) => judge_data(&data_bytes(data), &bytes, progress),
            (Expected::Eof, Outcome::Data(bytes)) if bytes.is_empty() => Judged::Met,
            (Expected::Errno(any), Outcome::Errno(errno)) => {
                if any.is_empty() || any.iter().any(|wanted| wanted.0 == errno) { Judged::Met } else { no() }
            }
            (Expected::Datagram(data, peer), Outcome::Datagram { data: bytes, from, truncated }) => {
                // Cut short is right if the case asked for no more than this.
                let whole = !truncated || matches!(verb, Verb::RecvFrom(max) if *max == bytes.len());
                let same = bytes == data_bytes(data) && whole && peer.is_none_or(|peer| peer == from);
                if same { Judged::Met } else { no() }
            }
            (Expected::Address(address), Outcome::Address(got) | Outcome::Accepted(_, got)) if *address == got => {
                Judged::Met
            }
            (Expected::Option(option), Outcome::Option(got)) if *option == got => Judged::Met,
            (Expected::State(states), Outcome::State(got)) => {
                // A state may change a little later, when the segment that changes it has arrived.
                let there = states.iter().any(|state| state == got);
                if there { Judged::Met } else { Judged::Again(Failure::new(format!("state {got}, expected {wanted}"))) }
            }
            _ => no(),
        }
    }

    /// Reads what a socket has now and compares it with the pattern from `offset` on; how many bytes it had.
    pub(super) fn drain(&mut self, socket: &str, offset: u64) -> Result<usize, Stop> {
        let call = Call::Recv(self.socket(socket)?, 65_536);
        match self.wire.call(&self.state, &call, false)? {
            Outcome::Pending => Ok(0),
            Outcome::Data(bytes) if bytes == pattern(offset, bytes.len()) && !bytes.is_empty() => Ok(bytes.len()),
            Outcome::Data(bytes) if bytes.is_empty() => {
                Err(Failure::new(format!("`{socket}` reads end of file at offset {offset}")).into())
            }
            Outcome::Data(bytes) => {
                let good =
                    bytes.iter().zip(pattern(offset, bytes.len())).take_while(|(got, want)| *got == want).count();
                let at = offset + good as u64;
                Err(Failure::new(format!("`{socket}` reads a wrong byte at stream offset {at}")).into())
            }
            other => Err(Failure::new(format!("`{socket}` reads {}", outcome_words(&other))).into()),
        }
    }
}

fn judge_data(wanted: &[u8], bytes: &[u8], progress: &mut Progress) -> Judged {
    if bytes.is_empty() && !wanted.is_empty() {
        let at = progress.data.len();
        return Judged::Failed(Failure::new(format!("end of file after {at} of {} bytes", wanted.len())));
    }
    progress.data.extend(bytes);
    let have = &progress.data;
    if let Some(at) = have.iter().zip(wanted).position(|(got, wanted)| got != wanted) {
        let (got, wanted) = (hex(&have[at..]), hex(&wanted[at..]));
        return Judged::Failed(Failure::new(format!("byte {at} differs: {got} instead of {wanted}")));
    }
    match have.len() {
        len if len > wanted.len() => Judged::Failed(Failure::new(format!("{len} bytes instead of {}", wanted.len()))),
        len if len < wanted.len() => Judged::Again(Failure::new(format!("only {len} of {} bytes", wanted.len()))),
        _ => Judged::Met,
    }
}

/// The longest that a helper waits for progress.
pub(super) const STALL: Duration = Duration::from_secs(1);
