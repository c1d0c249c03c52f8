//! What policies become, and what became of them: rules that are not written yet. In: conditions. Out: grants and limits of a table.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Equality, Granted};
use super::meaning::{Condition, Session};
use super::raw::{as_sql, hides_operator};
use crate::catalog::QualifiedName;
use crate::model::Operation;

/// What became of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// It is said in the language.
    Said,
    /// Parts of it are SQL: each with the reason.
    Sql(Vec<(String, String)>),
    /// It is not said at all, and so it denies.
    LeftOut(String),
    /// It gave nobody anything.
    Dead(String),
}

/// How far a policy has been given up on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GivenUp {
    /// All of it is SQL, for this reason.
    Sql(String),
    /// It is left out.
    Out(String),
}

/// The policies that have been given up on, by table and name.
pub(super) type GivenUps = BTreeMap<(QualifiedName, String), GivenUp>;

/// A policy, read.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub how: How,
    pub helpers: BTreeSet<String>,
    /// Whether it asks for other rows of its own table.
    pub asks_itself: bool,
}

/// One thing that roles may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    /// The policies that say so.
    pub policies: Vec<String>,
    pub operation: Operation,
    pub roles: Vec<String>,
    pub columns: Granted,
    pub when: Condition,
    /// Of an update, what becomes of the record; else the same.
    pub then: Condition,
}

/// What nobody may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limit {
    pub policy: String,
    pub operations: Vec<Operation>,
    pub condition: Condition,
}

/// All that a table's policies become.
#[derive(Debug, Clone, Default)]
pub(super) struct Ruled {
    pub grants: Vec<Grant>,
    pub limits: Vec<Limit>,
    pub outcomes: BTreeMap<String, Outcome>,
    /// What of the table's state is worth a remark.
    pub remarks: Vec<String>,
}

/// What is noted while a policy is said.
#[derive(Default)]
pub(super) struct Parts {
    /// What is SQL, and why.
    pub raw: Vec<(String, String)>,
    /// The helpers that stand in their places.
    pub helpers: BTreeSet<String>,
    pub equality: Equality,
}

impl Parts {
    /// A part as SQL, which is noted.
    pub fn sql(&mut self, text: &str, why: String) -> Result<String, String> {
        if self.equality.is_needed && hides_operator(text) {
            return Err("it compares by an operator that is not PostgreSQL's own, where none is printed".to_owned());
        }
        let text = as_sql(text)?;
        self.raw.push((text.clone(), why));
        Ok(text)
    }
}

impl Ruled {
    /// All that is asked of records.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let of_grants = self.grants.iter().flat_map(|grant| [&grant.when, &grant.then]);
        of_grants.chain(self.limits.iter().map(|limit| &limit.condition))
    }
}

impl Grant {
    /// Whether nobody has it who is not signed in.
    pub fn needs(&self, identity: Option<&Session>) -> bool {
        identity.is_some_and(|identity| self.when.needs(identity) || self.then.needs(identity))
    }
}
