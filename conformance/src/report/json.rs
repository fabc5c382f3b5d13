//! The result as one JSON document: schema `wireproof-result/1`, see `docs/result-schema.md`.

use std::io::{self, Write};

use crate::result::RunResult;

/// Writes the document, indented, with a final line feed.
///
/// # Errors
///
/// What the stream says.
pub fn write(out: &mut dyn Write, run: &RunResult) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, run)?;
    writeln!(out)
}

/// Reads a document that [`write()`] wrote.
///
/// # Errors
///
/// Not JSON, not this schema, in words with line and column.
pub fn read(text: &str) -> Result<RunResult, String> {
    let run: RunResult = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if run.schema != crate::result::SCHEMA {
        return Err(format!("schema `{}`, this tool reads `{}`", run.schema, crate::result::SCHEMA));
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{assert_golden, sample};
    use crate::result::CaseResult;

    fn text() -> String {
        let mut out = Vec::new();
        write(&mut out, &sample::run()).expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn golden() {
        assert_golden("result.json", &text());
    }

    #[test]
    fn what_is_written_can_be_read() {
        let again = read(&text()).expect("own document");
        let mut run = sample::run();
        assert_eq!(again.exit_code(), run.exit_code());
        for case in &mut run.cases {
            case.trace.clear();
        }
        let bare = |cases: &[CaseResult]| format!("{cases:?}");
        assert_eq!(bare(&again.cases), bare(&run.cases));
        assert!(read(&text().replace("wireproof-result/1", "wireproof-result/9")).is_err());
        assert!(read("{").is_err());
    }
}
