//! Expectations: what a target is known to do differently, one TOML file per target.
//!
//! ```toml
//! [[expect]]
//! case = "tcp.options.mss-clamped"      # id, id[name=value], or a glob over ids
//! verdict = "fail"
//! reason = "RFC 9293 3.7.1: ignores the MSS option of a SYN that also carries data"
//! when = { family = "ipv6" }            # optional: parameters, and `version` of the target (globs)
//! ```
//!
//! The file is strict in both directions: see [`apply`].

mod apply;
mod update;

pub use apply::apply;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
pub use update::update;

use crate::campaign::pattern::{Closeness, Pattern, glob_matches};
use crate::result::CaseResult;
use crate::verdict::Verdict;

/// What `expectations update` writes as the reason of a new entry; the gate refuses it.
pub const UNREVIEWED: &str = "unreviewed:";

/// The expectation files that are part of the program, by target name.
const EMBEDDED: &[(&str, &str)] = &[
    ("reference", include_str!("../../expectations/reference.toml")),
    ("smoltcp", include_str!("../../expectations/smoltcp.toml")),
    ("linux", include_str!("../../expectations/linux.toml")),
];

/// One entry of a file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which instances it is for, as written.
    pub case: String,
    /// The verdict that they have.
    pub verdict: Verdict,
    /// Why, with the RFC section. Never empty in a file that passes the gate.
    pub reason: String,
    /// Further conditions: parameter names, and `version` of the target, each with a glob.
    pub when: BTreeMap<String, String>,
    /// The line of the file that it starts on, from 1.
    pub line: usize,
    pattern: Pattern,
}

impl Entry {
    /// Whether it speaks of this version of the target.
    pub fn is_for_version(&self, version: &str) -> bool {
        self.when.get("version").is_none_or(|glob| glob_matches(glob, version))
    }

    /// Whether it speaks of the instance of case `id` with these parameters.
    pub fn matches(&self, id: &str, params: &BTreeMap<String, String>) -> bool {
        let when = self.when.iter().filter(|(name, _)| *name != "version");
        self.pattern.closeness(id, params) == Some(Closeness::Exact)
            && when.into_iter().all(|(name, glob)| params.get(name).is_some_and(|value| glob_matches(glob, value)))
    }

    /// Whether a person gave it a reason.
    pub fn is_reviewed(&self) -> bool {
        let reason = self.reason.trim();
        !reason.is_empty() && !reason.starts_with(UNREVIEWED)
    }
}

/// The expectations of one target.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// Where they come from, for messages.
    pub file: String,
    /// Its entries in the order of the file.
    pub entries: Vec<Entry>,
}

/// A file that cannot be read as expectations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if it concerns the whole file.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for FileError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    expect: Vec<Spanned<RawEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    case: String,
    verdict: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    when: BTreeMap<String, String>,
}

impl Expectations {
    /// No expectations: every case has to do what the RFC asks.
    pub fn none() -> Self {
        Self { file: "(none)".to_owned(), entries: Vec::new() }
    }

    /// The file that is part of the program for `target`, or none. A mutant of the reference is held to
    /// the reference's own.
    ///
    /// # Errors
    ///
    /// The file is broken (a test keeps that from happening).
    pub fn for_target(target: &str) -> Result<Self, FileError> {
        let name = if target.starts_with("mutant:") { "reference" } else { target };
        match EMBEDDED.iter().find(|(embedded, _)| *embedded == name) {
            Some((_, text)) => Self::parse(&format!("expectations/{name}.toml"), text),
            None => Ok(Self::none()),
        }
    }

    /// Reads the text of a file; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// Not TOML, an unknown key, an unknown verdict or a broken pattern, each with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        let error = |span: Option<Range<usize>>, what: String| FileError {
            file: file.to_owned(),
            line: span.map_or(0, |span| line_of(text, span.start)),
            what,
        };
        let raw: RawFile = toml::from_str(text).map_err(|broken| {
            let what = broken.message().lines().collect::<Vec<_>>().join(", ");
            error(broken.span(), what)
        })?;
        let mut entries = Vec::with_capacity(raw.expect.len());
        for spanned in raw.expect {
            let span = spanned.span();
            let entry = spanned.into_inner();
            let verdict = Verdict::from_name(&entry.verdict).ok_or_else(|| {
                let names: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.name()).collect();
                error(Some(span.clone()), format!("`{}` is not a verdict ({})", entry.verdict, names.join(", ")))
            })?;
            let pattern = Pattern::parse(&entry.case).map_err(|what| error(Some(span.clone()), what))?;
            entries.push(Entry {
                line: line_of(text, span.start),
                case: entry.case,
                verdict,
                reason: entry.reason,
                when: entry.when,
                pattern,
            });
        }
        Ok(Self { file: file.to_owned(), entries })
    }

    /// The entries for an instance of a target of this version.
    pub fn lookup<'a>(&'a self, version: &'a str, case: &'a CaseResult) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.is_for_version(version) && entry.matches(&case.id, &case.params))
    }
}

/// The line, from 1, that byte `offset` of `text` is on.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_lines() {
        let text = "# known\n[[expect]]\ncase = \"a.b\"\nverdict = \"fail\"\nreason = \"RFC 1\"\n\n[[expect]]\n\
                    case = \"a.*[family=ipv6]\"\nverdict = \"inconclusive\"\nreason = \"RFC 2\"\n\
                    when = { version = \"6.*\", offset = \"left\" }\n";
        let file = Expectations::parse("x.toml", text).expect("well formed");
        assert_eq!(file.entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [2, 7]);
        let second = &file.entries[1];
        let params = |list: &[(&str, &str)]| {
            list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        assert!(second.matches("a.c", &params(&[("family", "ipv6"), ("offset", "left")])));
        assert!(!second.matches("a.c", &params(&[("family", "ipv4"), ("offset", "left")])));
        assert!(!second.matches("a.c", &params(&[("family", "ipv6"), ("offset", "right")])));
        assert!(!second.matches("a", &params(&[("family", "ipv6"), ("offset", "left")])), "a prefix is not enough");
        assert!(second.is_for_version("6.18") && !second.is_for_version("5.4"));
    }

    #[test]
    fn broken_files_are_named_with_their_line() {
        let error = |text: &str| Expectations::parse("x.toml", text).expect_err("broken").to_string();
        assert!(error("[[expect]]\ncase = \n").starts_with("x.toml:2: "), "{}", error("[[expect]]\ncase = \n"));
        assert!(error("\n[[expect]]\ncase = \"a\"\nverdict = \"broken\"\n").starts_with("x.toml:2: `broken` is not"));
        assert!(error("[[expect]]\ncase = \"a\"\nverdict = \"fail\"\nwhy = \"x\"\n").contains("unknown field `why`"));
        assert!(error("[[expect]]\ncase = \"a[\"\nverdict = \"fail\"\n").starts_with("x.toml:1: `a[` lacks"));
    }

    #[test]
    fn the_files_in_the_program_are_well_formed_and_complete() {
        for (name, _) in EMBEDDED {
            let file = Expectations::for_target(name).expect("well formed");
            for entry in &file.entries {
                assert!(entry.is_reviewed(), "{}:{}: no reason", file.file, entry.line);
            }
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/expectations");
        for file in std::fs::read_dir(folder).expect("folder") {
            let name = file.expect("file").file_name().to_string_lossy().replace(".toml", "");
            assert!(EMBEDDED.iter().any(|(embedded, _)| *embedded == name), "{name}.toml is not in EMBEDDED");
        }
    }

    #[test]
    fn a_mutant_is_held_to_the_expectations_of_the_reference() {
        assert_eq!(Expectations::for_target("mutant:x").expect("fine").file, "expectations/reference.toml");
        assert_eq!(Expectations::for_target("elsewhere").expect("fine").file, "(none)");
    }
}
