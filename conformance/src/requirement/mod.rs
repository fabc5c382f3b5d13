//! The requirement registry: every requirement that the project takes up, under its frozen id, in our own
//! words, with what is to become of it. Read `requirements/*.toml` in this package first.
//!
//! Whether a requirement is tested is never typed: it follows from the cases that name it, see [`coverage`].

pub mod coverage;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// File name and text of everything in `requirements/`; the build script lists it.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/requirements.rs"));

/// How strongly the RFC asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// MUST, SHALL, REQUIRED, or plain prose in older RFCs.
    Must,
    /// MUST NOT, SHALL NOT.
    MustNot,
    /// SHOULD, RECOMMENDED.
    Should,
    /// SHOULD NOT, NOT RECOMMENDED.
    ShouldNot,
    /// MAY, OPTIONAL.
    May,
}

impl Level {
    /// The name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::MustNot => "must-not",
            Self::Should => "should",
            Self::ShouldNot => "should-not",
            Self::May => "may",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is to become of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Frames and socket calls can show it: a case has to.
    Observable,
    /// Nothing on the link or at the sockets shows it.
    NotObservable,
    /// It defines a word or grants a licence; nothing can break it.
    Definition,
    /// A later document or another row replaces it.
    Superseded,
    /// It is about something else than a stack on a link.
    OutOfScope,
}

/// One requirement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The frozen id, e.g. `RFC9293-MUST-10`; `-WP-` ids are our own.
    pub id: String,
    /// How strongly the RFC asks.
    pub level: Level,
    /// Section of the RFC; may be empty where the RFC gives none.
    pub section: String,
    /// What it asks, in our words.
    pub text: String,
    /// What is to become of it.
    pub status: Status,
    /// Why, for every status but [`Status::Observable`].
    #[serde(default)]
    pub reason: String,
}

/// The requirements of one RFC.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Number of the RFC.
    pub rfc: u32,
    /// Title of the RFC.
    pub title: String,
    /// Its requirements in the order of the frozen list.
    pub requirements: Vec<Requirement>,
}

/// Every requirement that the project takes up.
#[derive(Clone, Debug)]
pub struct Registry {
    /// One document per RFC, by number.
    pub documents: Vec<Document>,
    by_id: BTreeMap<String, (usize, usize)>,
}

impl Registry {
    /// Reads the registry from (file name, text) pairs.
    ///
    /// # Errors
    ///
    /// The first file that is broken, and where.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, String> {
        let mut documents: Vec<Document> = files
            .iter()
            .map(|(name, text)| toml::from_str(text).map_err(|error| format!("{name}: {error}")))
            .collect::<Result<_, _>>()?;
        documents.sort_by_key(|document| document.rfc);
        let mut by_id = BTreeMap::new();
        for (at, document) in documents.iter().enumerate() {
            for (row, requirement) in document.requirements.iter().enumerate() {
                if by_id.insert(requirement.id.clone(), (at, row)).is_some() {
                    return Err(format!("{} is there twice", requirement.id));
                }
            }
        }
        Ok(Self { documents, by_id })
    }

    /// The requirement with this id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        let (document, row) = self.by_id.get(id)?;
        self.documents.get(*document)?.requirements.get(*row)
    }

    /// Every requirement, by RFC.
    pub fn all(&self) -> impl Iterator<Item = &Requirement> {
        self.documents.iter().flat_map(|document| &document.requirements)
    }
}

/// The registry that is part of the program.
///
/// # Panics
///
/// If an embedded file is broken, which a test excludes.
pub fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| Registry::parse(EMBEDDED).unwrap_or_else(|error| panic!("requirements: {error}")))
}

/// The number of the RFC that a requirement id belongs to.
pub fn rfc_of(id: &str) -> Option<u32> {
    id.strip_prefix("RFC")?.split_once('-')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_belong_to_their_document() {
        assert_eq!(rfc_of("RFC9293-MUST-10"), Some(9293));
        assert_eq!(rfc_of("RFC1122-3.3.1.1-2"), Some(1122));
        assert_eq!(rfc_of("RFC9293"), None);
        assert_eq!(rfc_of("9293-MUST-1"), None);
        for document in &registry().documents {
            for requirement in &document.requirements {
                assert_eq!(rfc_of(&requirement.id), Some(document.rfc), "{}", requirement.id);
            }
        }
    }

    #[test]
    fn every_row_has_words_and_every_exception_a_reason() {
        let broken: Vec<&str> = registry()
            .all()
            .filter(|row| {
                let excepted = row.status != Status::Observable;
                row.text.trim().is_empty() || excepted == row.reason.trim().is_empty()
            })
            .map(|row| row.id.as_str())
            .collect();
        assert!(broken.is_empty(), "{broken:?}");
    }

    #[test]
    fn a_row_reads_as_one_line() {
        for row in registry().all() {
            assert!(row.text.len() < 260 && !row.text.contains(['\n', '\u{2014}']), "{}: {}", row.id, row.text);
        }
    }

    #[test]
    fn broken_registries_are_refused() {
        let row = "{ id = \"RFC1-1\", level = \"must\", section = \"1\", text = \"x\", status = \"observable\" }";
        let file = |rows: &str| format!("rfc = 1\ntitle = \"t\"\nrequirements = [{rows}]");
        assert!(Registry::parse(&[("a", &file(row))]).is_ok());
        assert_eq!(
            Registry::parse(&[("a", &file(&format!("{row}, {row}")))]).map(|_| ()),
            Err("RFC1-1 is there twice".to_owned())
        );
        assert!(Registry::parse(&[("a", &file(&row.replace("observable", "tested")))]).is_err());
    }

    #[test]
    fn every_fault_breaks_a_requirement_that_is_taken_up() {
        let mut broken = Vec::new();
        for fault in wireproof_stack::fault::Fault::ALL {
            for id in fault.requirements() {
                match registry().get(id) {
                    None => broken.push(format!("{}: {id} is not in the registry", fault.name())),
                    Some(row) if row.status == Status::Observable => {}
                    Some(row) => broken.push(format!("{}: {id} is {:?}", fault.name(), row.status)),
                }
            }
        }
        assert!(broken.is_empty(), "{broken:#?}");
    }

    #[test]
    fn every_case_names_requirements_that_are_taken_up_and_observable() {
        let mut broken = Vec::new();
        for case in crate::suite::all() {
            if case.requirements.is_empty() {
                broken.push(format!("{} names none", case.id));
            }
            for id in &case.requirements {
                match registry().get(id) {
                    None => broken.push(format!("{}: {id} is not in the registry", case.id)),
                    Some(row) if row.status == Status::Observable => {}
                    Some(row) => broken.push(format!("{}: {id} is {:?}", case.id, row.status)),
                }
            }
        }
        assert!(broken.is_empty(), "{broken:#?}");
    }
}
