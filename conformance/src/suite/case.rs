//! Cases and their instances.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::scene::Scene;
use crate::capability::Capability;
use crate::target::{Duration, Family, Profile};
use crate::timeline::Timeline;
use crate::verdict::Kind;

/// The parameters of an instance by name, e.g. `family = ipv4`.
pub type Params = BTreeMap<String, String>;

/// The function that builds a case's timeline.
type Build = Arc<dyn Fn(&mut Scene) + Send + Sync>;

/// One test case: what it decides, what it needs, and how its timeline is built.
#[derive(Clone)]
pub struct Case {
    /// Stable slug that mirrors the path: `tcp.resets.outside-window-dropped`. Never positional.
    pub id: String,
    /// One line for a person: what a conforming stack does.
    pub title: String,
    /// Required, recommended or observed.
    pub kind: Kind,
    /// The requirement ids that it decides.
    pub requirements: Vec<String>,
    /// Capabilities besides those that its timeline shows ([`Case::needs`] has all).
    pub extra_needs: BTreeSet<Capability>,
    /// Parameters with their values, in the order of declaration.
    pub params: Vec<(String, Vec<String>)>,
    /// A case that must fail, to prove that failures are seen. Not part of normal runs.
    pub canary: bool,
    build: Build,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("id", &self.id).field("params", &self.params).finish_non_exhaustive()
    }
}

/// Begins a case with this id. See [`CaseBuilder`].
pub fn case(id: impl Into<String>) -> CaseBuilder {
    CaseBuilder(Case {
        id: id.into(),
        title: String::new(),
        kind: Kind::Required,
        requirements: Vec::new(),
        extra_needs: BTreeSet::new(),
        params: Vec::new(),
        canary: false,
        build: Arc::new(|_| {}),
    })
}

/// Builds a [`Case`]; [`CaseBuilder::build`] ends it.
#[must_use = "end it with `build`"]
pub struct CaseBuilder(Case);

impl CaseBuilder {
    /// One line: what a conforming stack does.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = title.into();
        self
    }

    /// Decides a MUST or MUST NOT (the default).
    pub fn must(mut self) -> Self {
        self.0.kind = Kind::Required;
        self
    }

    /// Decides a SHOULD or SHOULD NOT.
    pub fn should(mut self) -> Self {
        self.0.kind = Kind::Recommended;
        self
    }

    /// Observes a choice that the RFC leaves open: yes if every event is as the case says, else no.
    pub fn observed(mut self) -> Self {
        self.0.kind = Kind::Observed;
        self
    }

    /// The requirement ids (of the registry) that the case decides.
    pub fn required<S: AsRef<str>>(mut self, ids: &[S]) -> Self {
        self.0.requirements.extend(ids.iter().map(|id| id.as_ref().to_owned()));
        self
    }

    /// Capabilities that the case is about. Those that its calls and families need are added by themselves.
    pub fn needs(mut self, capabilities: &[Capability]) -> Self {
        self.0.extra_needs.extend(capabilities);
        self
    }

    /// One instance for each value.
    pub fn param<S: AsRef<str>>(mut self, name: &str, values: &[S]) -> Self {
        let values = values.iter().map(|value| value.as_ref().to_owned()).collect();
        self.0.params.push((name.to_owned(), values));
        self
    }

    /// One instance over IPv4 and one over IPv6.
    pub fn both_families(self) -> Self {
        self.param("family", &["ipv4", "ipv6"])
    }

    /// Over IPv4 only.
    pub fn ipv4(self) -> Self {
        self.param("family", &["ipv4"])
    }

    /// Over IPv6 only.
    pub fn ipv6(self) -> Self {
        self.param("family", &["ipv6"])
    }

    /// A case that must fail.
    pub fn canary(mut self) -> Self {
        self.0.canary = true;
        self
    }

    /// Ends the case with the function that builds its timeline, once for each instance.
    pub fn build(mut self, build: impl Fn(&mut Scene) + Send + Sync + 'static) -> Case {
        self.0.build = Arc::new(build);
        self.0
    }
}

/// A case could not be built: the case is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError(pub String);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the case could not be built: {}", self.0)
    }
}

impl std::error::Error for BuildError {}

impl Case {
    /// Every instance: the product of the parameters, the last parameter fastest.
    pub fn instances(&self) -> Vec<Instance> {
        let case = Arc::new(self.clone());
        let mut all = vec![Params::new()];
        for (name, values) in &self.params {
            all = all
                .into_iter()
                .flat_map(|params| {
                    values.iter().map(move |value| {
                        let mut params = params.clone();
                        params.insert(name.clone(), value.clone());
                        params
                    })
                })
                .collect();
        }
        all.into_iter().map(|params| Instance { case: Arc::clone(&case), params }).collect()
    }

    /// Every capability that an instance of the case needs, on a target with typical policy values.
    pub fn needs(&self) -> BTreeSet<Capability> {
        let built = self.instances().into_iter().filter_map(|instance| instance.timeline(&typical_profile()).ok());
        built.flat_map(|timeline| timeline.needs).chain(self.extra_needs.iter().copied()).collect()
    }
}

/// One case with one set of parameters.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The case.
    pub case: Arc<Case>,
    /// Its parameters.
    pub params: Params,
}

impl Instance {
    /// `tcp.resets.x[family=ipv4,offset=left]`, parameters in alphabetical order; the bare id without parameters.
    pub fn full_id(&self) -> String {
        if self.params.is_empty() {
            return self.case.id.clone();
        }
        let params: Vec<String> = self.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}[{}]", self.case.id, params.join(","))
    }

    /// Family of the instance; IPv4 for a case without families.
    pub fn family(&self) -> Family {
        match self.params.get("family").map(String::as_str) {
            Some("ipv6") => Family::Ipv6,
            _ => Family::Ipv4,
        }
    }

    /// Builds the timeline for a target with these policy values.
    ///
    /// # Errors
    ///
    /// The building function panicked, or the timeline contains no event that could fail.
    pub fn timeline(&self, profile: &Profile) -> Result<Timeline, BuildError> {
        let build = AssertUnwindSafe(|| {
            let mut scene = Scene::new(self.family(), self.params.clone(), profile.clone());
            (self.case.build)(&mut scene);
            scene.finish()
        });
        let mut timeline = catch_unwind(build).map_err(|panic| BuildError(panic_words(panic.as_ref())))?;
        timeline.needs.extend(&self.case.extra_needs);
        if self.params.contains_key("family") {
            timeline.needs.insert(match self.family() {
                Family::Ipv4 => Capability::Ipv4,
                Family::Ipv6 => Capability::Ipv6,
            });
        }
        if !timeline.decides() {
            return Err(BuildError("nothing after the set-up can fail, so it would prove nothing".to_owned()));
        }
        Ok(timeline)
    }
}

/// What a panic said.
pub(crate) fn panic_words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without words").to_owned()
}

/// Policy values of a typical stack, for listing and explaining cases without a target.
pub fn typical_profile() -> Profile {
    Profile {
        mss_ipv4: 1460,
        mss_ipv6: 1440,
        rto_initial: Duration::from_secs(1),
        rto_min: Duration::from_secs(1),
        delayed_ack_max: Duration::from_millis(500),
        msl: Duration::from_secs(120),
        syn_retries: 5,
        reassembly_timeout: Duration::from_secs(60),
        recv_buffer: 65_536,
        send_buffer: 65_536,
        default_ttl: 64,
    }
}
