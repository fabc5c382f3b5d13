//! What IGMP and MLD have in common: the timers of groups, suppression, versions.
//!
//! Versions are counted as IGMP counts them: MLDv1 is version 2, MLDv2 is version 3.

use crate::errno::Errno;
use crate::fault::{Fault, FaultSet};
use crate::rng::Rng;
use crate::time::{Duration, Instant};
use crate::wire::igmp::RecordType;

/// RFC 2236 8.10, RFC 2710 7.10: between the first unsolicited reports of versions 1 and 2.
const OLD_REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// RFC 3376 8.11, RFC 3810 9.11: between the state-change reports of version 3.
const CHANGE_INTERVAL: Duration = Duration::from_secs(1);
/// RFC 2236 8.11: Version 1 Router Present Timeout of a version 2 host.
const VERSION_1_TIMEOUT: Duration = Duration::from_secs(400);
/// RFC 3376 8.2: Query Interval.
const QUERY_INTERVAL: Duration = Duration::from_secs(125);
/// RFC 3376 8.1: Robustness Variable, until a querier says otherwise.
const ROBUSTNESS: u8 = 2;
/// Sources of a query that are remembered for one answer; beyond, the answer is about the whole group.
const MAX_SOURCES: usize = 64;

/// What a timer of a group is about to say.
#[derive(Clone, Debug)]
struct Group<A> {
    addr: A,
    /// How often it was joined; 0 while the leaving of it is still being said.
    joins: u32,
    /// When the change of state is said (again).
    change: Option<Instant>,
    /// How often it is still said.
    changes_left: u8,
    /// When a query is answered; in versions 1 and 2 also the second unsolicited report.
    response: Option<Instant>,
    /// The sources that the query asked about; none: about the group.
    sources: Vec<A>,
    /// RFC 2236 6: we were the last host to report it.
    last_reporter: bool,
    /// The whole state is being said, in answer to a general query.
    announce: bool,
}

/// The next thing to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<A> {
    /// A report of version 1 or 2.
    Report { version: u8, group: A },
    /// A leave message or done message.
    Leave(A),
    /// A report of version 3: its records come out of [`Machine::take_records`].
    Records,
}

/// A query as both protocols have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<A> {
    pub version: u8,
    /// `None`: about all groups.
    pub group: Option<A>,
    pub max_response: Duration,
    /// The querier's Robustness Variable; 0: not said.
    pub robustness: u8,
}

/// The membership machine of one interface.
#[derive(Clone, Debug)]
pub(super) struct Machine<A> {
    groups: Vec<Group<A>>,
    limit: usize,
    highest: u8,
    /// The version spoken at the last call.
    mode: u8,
    version_1_until: Instant,
    version_2_until: Instant,
    robustness: u8,
    /// When a general query is answered in version 3.
    general: Option<Instant>,
    rng: Rng,
    faults: FaultSet,
}

impl<A: Copy + PartialEq> Machine<A> {
    pub fn new(limit: usize, highest: u8, seed: u64, faults: FaultSet) -> Self {
        Self {
            groups: Vec::new(),
            limit,
            highest,
            mode: highest,
            version_1_until: Instant::ZERO,
            version_2_until: Instant::ZERO,
            robustness: ROBUSTNESS,
            general: None,
            rng: Rng::new(seed),
            faults,
        }
    }

    /// A random time in (0, `max`].
    fn random(&mut self, max: Duration) -> Duration {
        Duration::from_micros(1 + self.rng.below(max.as_micros()))
    }

    fn find(&self, addr: A) -> Option<usize> {
        self.groups.iter().position(|group| group.addr == addr)
    }

    pub fn join(&mut self, now: Instant, addr: A) -> Result<(), Errno> {
        self.settle(now);
        let changes = if self.mode == 3 { self.robustness } else { 1 };
        if let Some(at) = self.find(addr) {
            let group = &mut self.groups[at];
            group.joins = group.joins.saturating_add(1);
            if group.joins == 1 {
                // The leaving of it was still being said: now the opposite is.
                (group.change, group.changes_left) = (Some(now), changes);
            }
            return Ok(());
        }
        if self.groups.len() >= self.limit {
            let leaving = self.groups.iter().position(|group| group.joins == 0).ok_or(Errno::NoBuffers)?;
            self.groups.remove(leaving);
        }
        self.groups.push(Group {
            addr,
            joins: 1,
            change: Some(now),
            changes_left: changes,
            response: None,
            sources: Vec::new(),
            last_reporter: false,
            announce: false,
        });
        Ok(())
    }

    pub fn leave(&mut self, now: Instant, addr: A) -> bool {
        self.settle(now);
        let Some(at) = self.find(addr).filter(|at| self.groups[*at].joins > 0) else {
            return false;
        };
        let (mode, robustness) = (self.mode, self.robustness);
        let group = &mut self.groups[at];
        group.joins -= 1;
        if group.joins > 0 {
            return true;
        }
        group.response = None;
        group.sources.clear();
        group.announce = false;
        // RFC2236-3-3, RFC2236-6-2: who was not the last to report has nothing to take back.
        let said = match mode {
            1 => 0,
            2 => u8::from(group.last_reporter),
            _ => robustness,
        };
        if said == 0 {
            self.groups.remove(at);
        } else {
            (group.change, group.changes_left) = (Some(now), said);
        }
        true
    }

    /// Takes a query. `sources`: those that it asks about, if any.
    pub fn query(&mut self, now: Instant, query: Query<A>, sources: impl Iterator<Item = A>) {
        if self.faults.has(Fault::IgmpNoReport) {
            return;
        }
        self.hear_version(now, &query);
        self.settle(now);
        if self.mode < 3 {
            return self.query_old(now, &query);
        }
        if query.robustness > 0 {
            self.robustness = query.robustness;
        }
        // RFC3376-5.2-1: never at once.
        let due = now + self.random(query.max_response);
        // RFC 3376 5.2, rules 1 to 5.
        if self.general.is_some_and(|general| general <= due) {
            return;
        }
        let Some(addr) = query.group else {
            self.general = Some(due);
            return;
        };
        let Some(group) = self.groups.iter_mut().find(|group| group.addr == addr && group.joins > 0) else {
            return;
        };
        let pending = group.response.is_some();
        let about_group = pending && group.sources.is_empty();
        let mut specific = false;
        for source in sources {
            specific = true;
            if !about_group && !group.sources.contains(&source) {
                group.sources.push(source);
            }
        }
        if !specific || about_group || group.sources.len() > MAX_SOURCES {
            group.sources.clear();
        }
        group.response = Some(group.response.map_or(due, |response| response.min(due)));
    }

    /// RFC 2236 6, RFC 2710 5: each group has its own timer.
    fn query_old(&mut self, now: Instant, query: &Query<A>) {
        for at in 0..self.groups.len() {
            let delay = self.random(query.max_response);
            let group = &mut self.groups[at];
            let asked = query.group.is_none_or(|addr| addr == group.addr) && group.joins > 0;
            // A running timer is restarted only if it would end after the time that the querier allows.
            if asked && group.response.is_none_or(|response| response > now + query.max_response) {
                group.response = Some(now + delay);
            }
        }
    }

    /// RFC2236-4-2, RFC2236-4-3, RFC3376-7.2.1-2: which versions queriers speak here.
    fn hear_version(&mut self, now: Instant, query: &Query<A>) {
        let older = QUERY_INTERVAL * u64::from(self.robustness) + query.max_response;
        match query.version {
            1 if !self.faults.has(Fault::IgmpVersion1Ignored) => {
                self.version_1_until = now + if self.highest == 2 { VERSION_1_TIMEOUT } else { older };
            }
            2 if query.group.is_none() => self.version_2_until = now + older,
            _ => {}
        }
    }

    /// The version spoken now. A change of it cancels what was pending (RFC 3376 7.2.1).
    fn settle(&mut self, now: Instant) {
        let mode = match self.highest {
            _ if now < self.version_1_until => 1,
            3 if now < self.version_2_until => 2,
            highest => highest,
        };
        if mode == self.mode {
            return;
        }
        self.mode = mode;
        self.general = None;
        self.groups.retain(|group| group.joins > 0);
        for group in &mut self.groups {
            // What was never said is still said, once, in the new version.
            if group.changes_left < self.robustness || group.change.is_none_or(|change| change > now) {
                group.change = None;
            }
            group.changes_left = 1;
            group.response = None;
            group.sources.clear();
            group.announce = false;
        }
    }

    /// Another host reported a group (RFC2236-5-1). In version 3 nothing is suppressed.
    pub fn reported(&mut self, now: Instant, addr: A) {
        self.settle(now);
        if self.mode == 3 || self.faults.has(Fault::IgmpNoSuppression) {
            return;
        }
        if let Some(group) = self.groups.iter_mut().find(|group| group.addr == addr && group.joins > 0) {
            group.response = None;
            group.last_reporter = false;
        }
    }

    /// What is due next.
    pub fn next(&mut self, now: Instant) -> Option<Step<A>> {
        self.settle(now);
        let due = |timer: Option<Instant>| timer.is_some_and(|timer| timer <= now);
        if self.mode == 3 {
            let pending = self.groups.iter().any(|group| due(group.change) || due(group.response) || group.announce);
            return (due(self.general) || pending).then_some(Step::Records);
        }
        let at = self.groups.iter().position(|group| due(group.change) || due(group.response))?;
        let again = now + self.random(OLD_REPORT_INTERVAL);
        let version = self.mode;
        let group = &mut self.groups[at];
        let addr = group.addr;
        if group.joins == 0 {
            self.groups.remove(at);
            return Some(Step::Leave(addr));
        }
        // RFC 2236 3: an unsolicited report is repeated once, in case it was lost.
        group.response = due(group.change).then_some(again);
        group.change = None;
        group.last_reporter = true;
        Some(Step::Report { version, group: addr })
    }

    /// Hands out the records of one report of version 3: first changes of state, else the current state. `emit`
    /// takes type, group and sources, and says whether there was room; the first record always counts as said.
    pub fn take_records(&mut self, now: Instant, mut emit: impl FnMut(RecordType, A, &[A]) -> bool) {
        let due = |timer: Option<Instant>| timer.is_some_and(|timer| timer <= now);
        let mut first = true;
        if self.groups.iter().any(|group| due(group.change)) {
            for at in 0..self.groups.len() {
                if !due(self.groups[at].change) {
                    continue;
                }
                let again = now + self.random(CHANGE_INTERVAL);
                let group = &mut self.groups[at];
                let joined = group.joins > 0;
                // RFC 3376 4.2.12: joining is a change to EXCLUDE nothing, leaving one to INCLUDE nothing.
                let kind = if joined { RecordType::CHANGE_TO_EXCLUDE } else { RecordType::CHANGE_TO_INCLUDE };
                if !emit(kind, group.addr, &[]) && !first {
                    break;
                }
                first = false;
                group.changes_left = group.changes_left.saturating_sub(1);
                group.change = (group.changes_left > 0).then_some(again);
            }
            self.groups.retain(|group| group.joins > 0 || group.change.is_some());
            return;
        }
        if due(self.general) {
            self.general = None;
            self.groups.iter_mut().for_each(|group| group.announce = group.joins > 0);
        }
        for group in self.groups.iter_mut().filter(|group| group.announce || due(group.response)) {
            let specific = !group.announce && !group.sources.is_empty();
            let kind = if specific { RecordType::MODE_IS_INCLUDE } else { RecordType::MODE_IS_EXCLUDE };
            let sources: &[A] = if specific { &group.sources } else { &[] };
            if !emit(kind, group.addr, sources) && !first {
                break;
            }
            first = false;
            group.announce = false;
            group.response = group.response.filter(|response| *response > now);
            group.sources.clear();
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let announcing = self.groups.iter().any(|group| group.announce);
        let timers = self.groups.iter().flat_map(|group| [group.change, group.response]);
        timers.chain([self.general, announcing.then_some(Instant::ZERO)]).flatten().min()
    }
}
