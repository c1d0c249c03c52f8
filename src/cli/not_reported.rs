//! Why no report or no record of a review was written, as data, and what to do about it.

use std::path::PathBuf;

use crate::report::RecordError;

/// Why it was not.
#[derive(Debug, thiserror::Error)]
pub enum NotReported {
    /// A file that would be written over and is no report.
    #[error("`{0}` is no report, and nothing was written")]
    NoReport(PathBuf),
    /// The record of a review that cannot be read.
    #[error("`{path}` {reason}")]
    Record {
        /// Its file.
        path: PathBuf,
        /// Why not.
        reason: RecordError,
    },
    /// A review that is recorded already.
    #[error("`{0}` exists: the same was signed off today")]
    Signed(PathBuf),
    /// An argument without anything in it.
    #[error("{0} says nothing")]
    Empty(&'static str),
}

impl NotReported {
    /// What to do about it, where there is something to say.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            NotReported::NoReport(_) => "name another file, or take this one away",
            NotReported::Record { .. } => "take the file as it was committed, or take it out of the folder",
            NotReported::Signed(_) => "say with --for what else it is for, or take the file away to sign anew",
            NotReported::Empty("--for") => "say what the review is for: `--for \"2026 Q4\"`",
            NotReported::Empty(_) => "say who reviewed it: `--sign-off \"Ann Lee\"`",
        };
        Some(help.to_owned())
    }
}
