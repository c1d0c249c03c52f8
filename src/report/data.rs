//! The parts of a report that are told as they come, and the whole.

use serde::Serialize;

use super::access::Table;
use super::classes::Class;
use super::people::People;
use super::reviews::Compared;
use super::roles::{Membership, Role};
use super::rules::{Action, Boundary, Never, Policy, Rule};
use super::tried::Tests;

/// How a report is known.
pub const KIND: &str = "rowgate report";

/// All that is to be said of a project. The same project gives the same report.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `rowgate report`, by which a file of it is known.
    pub kind: &'static str,
    /// The format's version.
    pub version: u32,
    /// What the project is called.
    pub project: String,
    /// How much there is.
    pub summary: Summary,
    /// Tables by name, with what each role may do with them.
    pub tables: Vec<Table>,
    /// Roles: whoever comes, whoever is signed in, then by name.
    pub roles: Vec<Role>,
    /// What roles are held within, by name.
    pub memberships: Vec<Membership>,
    /// What every role is held to, by name.
    pub boundaries: Vec<Boundary>,
    /// What can be done by a call, by name.
    pub actions: Vec<Action>,
    /// What the rules must never allow.
    pub never: Vec<Never>,
    /// Fields by what kind of data they have.
    pub classes: Vec<Class>,
    /// Rules by table and name.
    pub rules: Vec<Rule>,
    /// The policies that the rules become, by table.
    pub policies: Vec<Policy>,
    /// What the scenarios show.
    pub tests: Tests,
    /// What `rowgate check` says.
    pub findings: Vec<Finding>,
    /// What changed since another version of the rules, where that was asked.
    pub since: Option<Since>,
    /// What single people reach, where that was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<People>,
    /// What was signed off, the latest first.
    pub reviews: Vec<Compared>,
}

/// How much there is of everything.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Who the user is, in words.
    pub identity: String,
    /// Tables with rules.
    pub tables: usize,
    /// Tables that nobody may touch.
    pub closed: usize,
    /// Roles of the configuration.
    pub roles: usize,
    /// Rules.
    pub rules: usize,
}

/// A message about the rules.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Its code.
    pub code: String,
    /// `error`, `warning` or `advice`.
    pub severity: String,
    /// The message.
    pub text: String,
    /// The file that it is about.
    pub file: String,
    /// The line there, from 1 on.
    pub line: usize,
}

/// A comparison with another version of the rules.
#[derive(Debug, Clone, Serialize)]
pub struct Since {
    /// What that is called.
    pub name: String,
    /// Why it cannot be compared, if it cannot.
    pub unknown: Option<String>,
    /// What changed.
    pub changed: Vec<Change>,
}

/// What changed for a role.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Which way: `wider`, `narrower`, …
    pub word: String,
    /// Whether somebody may do more, as far as is known.
    pub may_widen: bool,
    /// The role.
    pub role: String,
    /// What its holders do.
    pub operation: String,
    /// With which table, and which of its fields where not all are meant.
    pub place: String,
    /// Before, any of these; none for never.
    pub was: Vec<String>,
    /// Now.
    pub is: Vec<String>,
    /// The rules that say so.
    pub rules: Vec<String>,
}
