//! The commands that policies and rights are about.

use serde::{Deserialize, Serialize};

/// What a policy or a right is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // SQL's words
pub enum Command {
    Select,
    Insert,
    Update,
    Delete,
}

impl Command {
    /// As SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Command::Select => "SELECT",
            Command::Insert => "INSERT",
            Command::Update => "UPDATE",
            Command::Delete => "DELETE",
        }
    }

    /// As `pg_policy.polcmd` has it.
    pub fn letter(self) -> &'static str {
        match self {
            Command::Select => "r",
            Command::Insert => "a",
            Command::Update => "w",
            Command::Delete => "d",
        }
    }
}
