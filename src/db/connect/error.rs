//! Why there is no connection, as data. In: what failed. Out: a sentence, and apart from it what to do about it. No password is in either: values of
//! parameters are never repeated, and what servers say contains none.

use std::path::{Path, PathBuf};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A connection string that cannot be read.
    #[error("the connection string cannot be read: {reason}")]
    Text {
        /// What is wrong.
        reason: String,
        /// How it is written.
        help: String,
    },
    /// A parameter that is not known, or not possible.
    #[error("{place} {reason}")]
    Setting {
        /// The parameter, and who set it.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// No service file has the service.
    #[error("there is no service `{service}`{}", in_files(.files))]
    NoService {
        /// Its name.
        service: String,
        /// The files that were read.
        files: Vec<PathBuf>,
    },
    /// A line of a service file.
    #[error("line {line} of `{path}` cannot be used: {reason}")]
    ServiceLine {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A file that is needed.
    #[error("{what} `{path}` cannot be used: {reason}")]
    File {
        /// What it is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// What was tried, and why it failed.
    #[error("{}", sentence(.0))]
    Failed(Vec<Failure>),
}

/// A way to a server that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The server: `localhost:5432`.
    pub server: String,
    /// Why it failed.
    pub reason: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl ConnectError {
    pub(super) fn file(what: &'static str, path: &Path, reason: &dyn std::fmt::Display) -> ConnectError {
        ConnectError::File { what, path: path.to_owned(), reason: reason.to_string() }
    }

    /// What to do about it, where there is something to say.
    pub fn help(&self) -> Option<String> {
        match self {
            ConnectError::Text { help, .. } => Some(help.clone()),
            ConnectError::NoService { service, .. } => {
                Some(format!("write `[{service}]` and below it `host=…` into ~/.pg_service.conf, or set PGSERVICEFILE"))
            }
            ConnectError::Failed(failures) => failures.iter().find_map(|failure| failure.help.clone()),
            // Of what is wrong in itself, only what it should be can be said.
            ConnectError::Setting { reason, .. } if reason.contains("no number from 1") => {
                Some("write the number alone, such as `port=5432`, or leave it out".to_owned())
            }
            ConnectError::Setting { .. } | ConnectError::ServiceLine { .. } | ConnectError::File { .. } => None,
        }
    }
}

fn in_files(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|file| format!("`{}`", file.display())).collect();
    if names.is_empty() { ": no service file was found".to_owned() } else { format!(" in {}", names.join(" or ")) }
}

/// Each server once, with all reasons.
fn sentence(failures: &[Failure]) -> String {
    let mut parts: Vec<(&str, Vec<&str>)> = Vec::new();
    for failure in failures {
        match parts.last_mut().filter(|(server, _)| *server == failure.server) {
            Some((_, reasons)) if reasons.contains(&failure.reason.as_str()) => {}
            Some((_, reasons)) => reasons.push(&failure.reason),
            None => parts.push((&failure.server, vec![&failure.reason])),
        }
    }
    let parts: Vec<String> =
        parts.into_iter().map(|(server, reasons)| format!("cannot connect to {server}: {}", reasons.join("; "))).collect();
    parts.join("; ")
}
