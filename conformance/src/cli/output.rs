//! Where results go: stdout, and files that are opened before the run, so that a long run is not lost to a
//! slip in a path.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use super::Stop;
use crate::verdict::ExitCode;

/// A file, or stdout, that will take a document.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    file: Option<File>,
}

impl Output {
    /// Opens the file for writing without touching what it holds; `-` stands for stdout.
    pub fn open(path: PathBuf) -> Result<Self, Stop> {
        if path.as_os_str() == "-" {
            return Ok(Self { path, file: None });
        }
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| Stop::usage(format!("cannot write {}: {error}", path.display())))?;
        Ok(Self { path, file: Some(file) })
    }

    /// Whether it is stdout.
    pub fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    /// Replaces what the file holds by what `body` writes.
    pub fn write(self, body: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Stop> {
        let Some(mut file) = self.file else {
            return show(body(&mut io::stdout().lock()));
        };
        let mut bytes = Vec::new();
        body(&mut bytes)
            .and_then(|()| file.rewind())
            .and_then(|()| match file.set_len(0) {
                // A pipe or a device has no length to set.
                Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
                done => done,
            })
            .and_then(|()| file.write_all(&bytes))
            .map_err(|error| unwritten(&self.path, &error))
    }
}

/// What to say when a file could not be written after all.
pub fn unwritten(path: &Path, error: &io::Error) -> Stop {
    Stop { code: ExitCode::Environment, message: format!("environment: {} was not written: {error}", path.display()) }
}

/// Writes to the terminal. A reader that has gone (`| head`) is no error.
pub fn show(written: io::Result<()>) -> Result<(), Stop> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Stop { code: ExitCode::Environment, message: format!("environment: stdout: {error}") })
        }
        _ => Ok(()),
    }
}

/// Writes a value as indented JSON to stdout.
pub fn show_json(value: &impl serde::Serialize) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    let written = serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from);
    show(written.and_then(|()| writeln!(out)))
}
