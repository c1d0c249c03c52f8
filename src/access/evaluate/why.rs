//! Why a record can or cannot be reached: the specification's formulas again, this time keeping every part of the answer, down to the single
//! statement.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::truth::Among;
use super::{Evaluator, Truth};
use crate::catalog::TableId;
use crate::model::{Condition, Describe, Written};

/// A statement about a record and a session, whether it is true, and the statements that make it so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What it says.
    #[serde(flatten)]
    pub statement: Statement,
    /// The same in words.
    pub text: String,
    /// Empty where it is unknown, which denies.
    #[serde(serialize_with = "truth_word")]
    pub truth: Truth,
    /// What it consists of; empty for a single statement.
    pub parts: Vec<Reason>,
    /// What a single statement compares; empty where it is about more than values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Compared>,
    /// How it follows from its parts.
    #[serde(skip)]
    pub(super) joined: Joined,
}

/// A value that a statement compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What it is, in words.
    pub what: String,
    /// The value; empty where there is none.
    pub value: Option<String>,
}

/// How a statement follows from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    /// From none.
    Single,
    /// All are true.
    All,
    /// One is true.
    Any,
    /// The one is not true.
    Not,
}

/// What a statement is, with the names that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statement {
    /// The operation reaches the record: all parts are true.
    Record {
        /// What is done.
        operation: &'static str,
        /// With a record of which table.
        table: String,
    },
    /// A boundary holds for the record, or the session is excepted: some part is true.
    Boundary {
        /// Its name.
        boundary: String,
    },
    /// Some role may: some part is true.
    AnyRole {
        /// What is done.
        operation: &'static str,
    },
    /// A role may, by all of its rules: all parts are true.
    Role {
        /// What is done.
        operation: &'static str,
        /// By whom.
        role: HeldRole,
    },
    /// The session holds a role.
    Holds {
        /// Which.
        role: HeldRole,
    },
    /// The record matches the `where` of a rule.
    Filter {
        /// The rule's id.
        id: String,
        /// The rule's name.
        rule: String,
        /// What it asks.
        condition: String,
    },
    /// Some rule of the role grants it: some part is true.
    AnyGrant {
        /// What is done.
        operation: &'static str,
    },
    /// No rule grants it to anybody.
    Nobody {
        /// Why the table is closed, where it is.
        closed: Option<String>,
    },
    /// A rule grants it.
    Grant {
        /// The grant's id.
        id: String,
        /// The rule's name.
        rule: String,
        /// What it grants.
        operation: &'static str,
        /// The fields that it names; empty for all of them.
        fields: Option<Vec<String>>,
        /// Its `when`; empty where it has none.
        condition: Option<String>,
        /// What it asks of the record after an update, where the rule says so; whether that holds is not told here.
        then: Option<String>,
        /// What the database fills in: fields with their values in words.
        set: BTreeMap<String, String>,
    },
    /// An action is possible: all parts are true.
    Action {
        /// Its name.
        action: String,
    },
    /// Some role may call an action: some part is true.
    Callers,
    /// There is the record that an action is called with.
    Found {
        /// Of which table.
        table: String,
    },
    /// What an action writes can be written.
    Writes,
    /// A condition of a rule, boundary or action, or a part of one.
    Condition {
        /// As the language says it.
        condition: String,
    },
}

/// A role and where it has to be held: `of` what a path of the record leads to, or `in_any` of what a membership leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldRole {
    /// Its name.
    pub name: String,
    /// The path.
    pub of: Option<String>,
    /// The membership's name.
    pub in_any: Option<String>,
}

fn truth_word<S: Serializer>(truth: &Truth, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match truth {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    })
}

impl Reason {
    pub(super) fn single(statement: Statement, text: impl Into<String>, truth: Truth) -> Reason {
        let (parts, values) = (Vec::new(), Vec::new());
        Reason { statement, text: text.into(), truth, parts, values, joined: Joined::Single }
    }

    /// True when all parts are, false when one is not.
    pub(super) fn all(statement: Statement, text: impl Into<String>, parts: Vec<Reason>) -> Reason {
        let is = |truth| parts.iter().any(|part| part.truth == truth);
        let truth = if is(Some(false)) { Some(false) } else { (!is(None)).then_some(true) };
        Reason { statement, text: text.into(), truth, parts, values: Vec::new(), joined: Joined::All }
    }

    /// True when one part is, false when none is.
    pub(super) fn any(statement: Statement, text: impl Into<String>, parts: Vec<Reason>) -> Reason {
        let is = |truth| parts.iter().any(|part| part.truth == truth);
        let truth = if is(Some(true)) { Some(true) } else { (!is(None)).then_some(false) };
        Reason { statement, text: text.into(), truth, parts, values: Vec::new(), joined: Joined::Any }
    }
}

impl Evaluator<'_> {
    /// Why a condition is true or not; it is told in the words that `written` has of it.
    pub(super) fn why_condition(&self, written: &Written, condition: &Condition, table: TableId, among: Among<'_>) -> Reason {
        let text = written.quote(self.describe(), condition);
        let statement = Statement::Condition { condition: text.clone() };
        let parts = |parts: &[Condition]| parts.iter().map(|part| self.why_condition(written, part, table, among)).collect();
        match condition {
            Condition::All(all) => Reason::all(statement, text, parts(all)),
            Condition::Any(any) => Reason::any(statement, text, parts(any)),
            Condition::Not(inner) => {
                let inner = self.why_condition(written, inner, table, among);
                let truth = inner.truth.map(|truth| !truth);
                // What is told of it in short has to say what it compares.
                let values = if inner.joined == Joined::Single { inner.values.clone() } else { Vec::new() };
                Reason { statement, text, truth, parts: vec![inner], values, joined: Joined::Not }
            }
            Condition::Atom(atom) => {
                let values = self.compared(atom, table, among);
                Reason { values, ..Reason::single(statement, text, self.condition_among(condition, table, among)) }
            }
        }
    }

    pub(super) fn describe(&self) -> Describe<'_> {
        Describe { model: self.model }
    }
}
