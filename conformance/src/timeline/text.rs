//! A timeline as a file: a comment in words and a line of JSON for each event.
//!
//! Lines that begin with `#` are for people and ignored when read. Writing and reading gives the same timeline.
//!
//! ```
//! use wireproof_conformance::timeline::{Action, Event, Timeline, text};
//!
//! let timeline = Timeline { events: vec![Event::new(Action::Note("hello".into()))], ..Timeline::default() };
//! let file = text::write(&timeline, "an example");
//! assert!(file.starts_with("# wireproof timeline 1: an example\n"));
//! assert_eq!(text::read(&file), Ok(timeline));
//! ```

use core::fmt::{self, Write};
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::words::event_words;
use super::{Bed, Event, FlowSpec, Timeline};
use crate::capability::Capability;

/// First line of a file, up to the title.
const HEAD: &str = "# wireproof timeline 1";

/// One line of JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    Bed(Bed),
    Needs(BTreeSet<Capability>),
    Flow(FlowSpec),
    Event(Box<Event>),
}

/// Why a file is not a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for TextError {}

/// Writes a timeline with a title.
pub fn write(timeline: &Timeline, title: &str) -> String {
    let mut file = format!("{HEAD}: {}\n", title.replace('\n', " "));
    let mut put = |line: Line| {
        // Plain data with string keys: writing it cannot fail.
        let json = serde_json::to_string(&line).unwrap_or_default();
        file.push_str(&json);
        file.push('\n');
    };
    put(Line::Bed(timeline.bed.clone()));
    put(Line::Needs(timeline.needs.clone()));
    for flow in &timeline.flows {
        put(Line::Flow(flow.clone()));
    }
    for (number, event) in timeline.events.iter().enumerate() {
        let _ = writeln!(file, "# {}. {}", number + 1, event_words(event).replace('\n', " "));
        let json = serde_json::to_string(&Line::Event(Box::new(event.clone()))).unwrap_or_default();
        file.push_str(&json);
        file.push('\n');
    }
    file
}

/// Reads a timeline.
///
/// # Errors
///
/// The first line that is not understood.
pub fn read(file: &str) -> Result<Timeline, TextError> {
    let head = file.lines().next().unwrap_or_default();
    if !head.starts_with(HEAD) {
        return Err(TextError { line: 1, what: format!("a timeline begins with `{HEAD}`") });
    }
    let mut timeline = Timeline::default();
    for (index, text) in file.lines().enumerate() {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let line = serde_json::from_str(text);
        match line.map_err(|error| TextError { line: index + 1, what: error.to_string() })? {
            Line::Bed(bed) => timeline.bed = bed,
            Line::Needs(needs) => timeline.needs = needs,
            Line::Flow(flow) => timeline.flows.push(flow),
            Line::Event(event) => timeline.events.push(*event),
        }
    }
    Ok(timeline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{self, Case, typical_profile};

    #[test]
    fn every_case_survives_writing_and_reading() {
        for instance in suite::all().iter().chain(&suite::canaries()).flat_map(Case::instances) {
            let timeline = instance.timeline(&typical_profile()).expect("cases build");
            let file = write(&timeline, &instance.full_id());
            assert_eq!(read(&file).as_ref(), Ok(&timeline), "{}", instance.full_id());
        }
    }

    #[test]
    fn errors_name_the_line() {
        assert_eq!(read("").map_err(|error| error.line), Err(1));
        let file = format!("{HEAD}\n\n{{\"evnt\": 1}}\n");
        let error = read(&file).expect_err("no such line");
        assert_eq!(error.line, 3);
        assert!(error.to_string().contains("evnt"), "{error}");
    }
}
