//! What a project makes of findings that are no errors.

use serde::Deserialize;

use super::Severity;

/// What a finding counts as. Where nothing is said, its code decides: [`Code::severity`](super::Code::severity).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is not told.
    Allow,
    /// A warning.
    Warn,
    /// An error.
    Deny,
}

impl Level {
    /// How bad a finding of this level is; `None` where it is not told.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Level::Allow => None,
            Level::Warn => Some(Severity::Warning),
            Level::Deny => Some(Severity::Error),
        }
    }
}
