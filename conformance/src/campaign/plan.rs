//! Which case instances a run is about.

use std::fmt;
use std::str::FromStr;

use super::pattern::{Closeness, Pattern, suggest};
use crate::requirement::rfc_of;
use crate::suite::{self, Instance};

/// One of several equal parts of the suites: `I/N`, from `1/N` to `N/N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// Whether the instance with this full id belongs to the part. It depends on the id alone, so adding
    /// a case moves no other case.
    pub fn holds(self, full_id: &str) -> bool {
        fnv1a(full_id) % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not I/N with 1 <= I <= N, e.g. 2/4");
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let (index, count) = (index.parse().map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?);
        if index == 0 || index > count { Err(wrong()) } else { Ok(Self { index, count }) }
    }
}

/// FNV-1a over the bytes: small, and the same on every machine and in every version.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What to choose. Empty lists choose everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Patterns; an instance has to fit one of them.
    pub patterns: Vec<Pattern>,
    /// Suites: an id, or the beginning of one up to a dot.
    pub suites: Vec<String>,
    /// RFCs: some requirement of the case belongs to one of them.
    pub rfcs: Vec<u32>,
    /// `must`, `should`, `may`.
    pub levels: Vec<String>,
    /// A part of what is left.
    pub shard: Option<Shard>,
}

/// Nothing fits some part of the selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoMatch {
    /// What was asked for, in words.
    pub what: String,
    /// Names that are near to it.
    pub near: Vec<String>,
}

impl fmt::Display for NoMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        if !self.near.is_empty() {
            write!(f, "; did you mean {}?", self.near.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for NoMatch {}

/// Every instance of every case, canaries left out, in the order of the suite list.
pub fn catalogue() -> Vec<Instance> {
    suite::all().iter().flat_map(suite::Case::instances).collect()
}

impl Selection {
    /// The chosen instances of `all`, in their order.
    ///
    /// # Errors
    ///
    /// A pattern, a suite or an RFC that fits no instance at all.
    pub fn choose(&self, all: Vec<Instance>) -> Result<Vec<Instance>, NoMatch> {
        let mut chosen = self.by_pattern(all)?;
        for wanted in &self.suites {
            if !chosen.iter().any(|instance| is_of_suite(instance, wanted)) {
                let names: Vec<String> = suites(&chosen);
                let near = suggest(wanted, names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
                return Err(NoMatch { what: format!("no case of suite `{wanted}`"), near });
            }
        }
        for rfc in &self.rfcs {
            if !chosen.iter().any(|instance| is_of_rfc(instance, *rfc)) {
                return Err(NoMatch { what: format!("no case for RFC {rfc}"), near: Vec::new() });
            }
        }
        chosen.retain(|instance| {
            (self.suites.is_empty() || self.suites.iter().any(|suite| is_of_suite(instance, suite)))
                && (self.rfcs.is_empty() || self.rfcs.iter().any(|rfc| is_of_rfc(instance, *rfc)))
                && (self.levels.is_empty() || self.levels.iter().any(|level| level == instance.case.kind.level()))
                && self.shard.is_none_or(|shard| shard.holds(&instance.full_id()))
        });
        Ok(chosen)
    }

    fn by_pattern(&self, all: Vec<Instance>) -> Result<Vec<Instance>, NoMatch> {
        if self.patterns.is_empty() {
            return Ok(all);
        }
        let mut keep = vec![false; all.len()];
        for pattern in &self.patterns {
            let fits: Vec<Option<Closeness>> =
                all.iter().map(|instance| pattern.closeness(&instance.case.id, &instance.params)).collect();
            let Some(best) = fits.iter().flatten().max().copied() else {
                return Err(no_case(pattern, &all));
            };
            for (keep, fit) in keep.iter_mut().zip(fits) {
                *keep |= fit == Some(best);
            }
        }
        Ok(all.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(instance, _)| instance).collect())
    }
}

fn no_case(pattern: &Pattern, all: &[Instance]) -> NoMatch {
    let same_id = all.iter().filter(|instance| instance.case.id == pattern.id());
    let near: Vec<String> = same_id.take(3).map(Instance::full_id).collect();
    if !near.is_empty() {
        return NoMatch { what: format!("`{}` has no such parameters", pattern.id()), near };
    }
    let ids = all.iter().map(|instance| instance.case.id.as_str());
    let near = suggest(pattern.id(), ids).into_iter().map(str::to_owned).collect();
    NoMatch { what: format!("no case fits `{}`", pattern.id()), near }
}

fn is_of_suite(instance: &Instance, suite: &str) -> bool {
    instance.case.id.strip_prefix(suite).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_of_rfc(instance: &Instance, rfc: u32) -> bool {
    instance.case.requirements.iter().any(|id| rfc_of(id) == Some(rfc))
}

/// The beginnings of ids up to each dot, sorted.
fn suites(instances: &[Instance]) -> Vec<String> {
    let mut names: Vec<String> = instances
        .iter()
        .flat_map(|instance| {
            let id = &instance.case.id;
            id.match_indices('.').map(|(dot, _)| id[..dot].to_owned())
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Instance> {
        let must = suite::case("tcp.resets.in-window").title("t").required(&["RFC9293-MUST-10"]).both_families();
        let should = suite::case("udp.ports.tcp-like").title("t").should().required(&["RFC768-0-1"]);
        [must.build(|_| {}), should.build(|_| {})].iter().flat_map(suite::Case::instances).collect()
    }

    fn ids(selection: &Selection) -> Vec<String> {
        selection.choose(all()).expect("something fits").iter().map(Instance::full_id).collect()
    }

    fn patterns(list: &[&str]) -> Selection {
        let patterns = list.iter().map(|text| Pattern::parse(text).expect("well formed")).collect();
        Selection { patterns, ..Selection::default() }
    }

    #[test]
    fn a_suite_name_is_not_a_part_of_other_ids() {
        assert_eq!(
            ids(&patterns(&["tcp"])),
            ["tcp.resets.in-window[family=ipv4]", "tcp.resets.in-window[family=ipv6]"]
        );
        assert_eq!(ids(&patterns(&["tcp-l"])), ["udp.ports.tcp-like"]);
        assert_eq!(ids(&patterns(&["tcp.resets.in-window[family=ipv6]", "udp"])).len(), 2);
        assert_eq!(ids(&Selection::default()).len(), 3);
    }

    #[test]
    fn filters_narrow_the_choice() {
        let udp = Selection { suites: vec!["udp".into()], ..Selection::default() };
        assert_eq!(ids(&udp), ["udp.ports.tcp-like"]);
        let rfc = Selection { rfcs: vec![9293], ..Selection::default() };
        assert_eq!(ids(&rfc).len(), 2);
        let level = Selection { levels: vec!["should".into()], ..Selection::default() };
        assert_eq!(ids(&level), ["udp.ports.tcp-like"]);
    }

    #[test]
    fn what_fits_nothing_is_named_with_something_near() {
        let error = |selection: &Selection| selection.choose(all()).expect_err("nothing fits").to_string();
        assert_eq!(
            error(&patterns(&["tcp.resets.in-windw"])),
            "no case fits `tcp.resets.in-windw`; did you mean tcp.resets.in-window?"
        );
        assert_eq!(
            error(&patterns(&["tcp.resets.in-window[family=ipv5]"])),
            "`tcp.resets.in-window` has no such parameters; did you mean tcp.resets.in-window[family=ipv4], \
             tcp.resets.in-window[family=ipv6]?"
        );
        let suite = Selection { suites: vec!["tpc".into()], ..Selection::default() };
        assert_eq!(error(&suite), "no case of suite `tpc`; did you mean tcp?");
        assert_eq!(error(&Selection { rfcs: vec![1], ..Selection::default() }), "no case for RFC 1");
    }

    #[test]
    fn shards_are_disjoint_and_complete() {
        let parts: Vec<Vec<String>> = (1..=3)
            .map(|index| ids(&Selection { shard: format!("{index}/3").parse().ok(), ..Selection::default() }))
            .collect();
        let mut together: Vec<String> = parts.concat();
        together.sort();
        assert_eq!(together.len(), 3);
        together.dedup();
        assert_eq!(together.len(), 3);
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
