//! Rules, what they grant, boundaries and assertions.

use std::collections::{BTreeMap, BTreeSet};

use super::LookUp;
use super::condition::{Atom, Comparison, Condition};
use super::operation::Operation;
use super::role::RoleUse;
use super::value::{Path, Value};
use super::written::Written;
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::Span;

/// A rule of one table.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// Whom it is for.
    pub roles: Vec<RoleUse>,
    /// What a record must match.
    pub filters: Vec<Condition>,
    /// What it grants.
    pub grants: Vec<Grant>,
    /// Paths that were completed to the user, in words for reviewers.
    pub completions: Vec<String>,
    /// Its statements in the words of the text.
    pub written: Written,
    /// How other rows are asked for what it says of them, where it says how.
    pub look_up: Option<LookUp>,
}

impl Rule {
    /// All that it says of records.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let of_grants = self.grants.iter().flat_map(|grant| grant.when.iter().chain(&grant.then));
        self.filters.iter().chain(of_grants)
    }
}

/// One operation that a rule grants.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The operation.
    pub operation: Operation,
    /// The columns it is limited to, ordered; `None` is every column.
    pub fields: Option<Vec<u32>>,
    /// Whether the text says which, instead of which not.
    pub is_listed: bool,
    /// Holds for the row, or for the row before an update.
    pub when: Option<Condition>,
    /// Holds for the row after an update; equal to `when` where the rule does not say otherwise.
    pub then: Option<Condition>,
    /// What the database fills in, which nobody else may supply.
    pub presets: Vec<Preset>,
    /// The place of the operation's word.
    pub span: Span,
}

impl Grant {
    /// `when` and `then` as the text says them: without that fields have the values that the database fills in, which the record has by itself.
    /// `then` is empty where the text does not say one, and so means `when`.
    pub fn conditions_beside_presets(&self, table: TableId) -> [Option<Condition>; 2] {
        let set: Vec<Condition> = self.presets.iter().map(|preset| Condition::from(preset.holds(table))).collect();
        let when = match self.operation {
            Operation::Create => self.when.as_ref().and_then(|when| beside(when, &set)),
            // What a record is before an update, nothing has filled in.
            _ => self.when.clone(),
        };
        let then = self.end_beside_presets(table).filter(|then| when.as_ref() != Some(then));
        [when, then]
    }

    /// What is asked of the record that is left, whether the text says it of that or of both.
    pub fn end_beside_presets(&self, table: TableId) -> Option<Condition> {
        let set: Vec<Condition> = self.presets.iter().map(|preset| Condition::from(preset.holds(table))).collect();
        self.then.as_ref().and_then(|then| beside(then, &set))
    }
}

/// A condition without the parts that it ends with.
fn beside(condition: &Condition, end: &[Condition]) -> Option<Condition> {
    let parts = match condition {
        Condition::All(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    match parts.strip_suffix(end).unwrap_or(parts) {
        [] => None,
        [only] => Some(only.clone()),
        rest => Some(Condition::All(rest.to_vec())),
    }
}

/// A value that the database gives a field of a new or changed record.
#[derive(Debug, Clone)]
pub struct Preset {
    /// The field, one of the record's own.
    pub column: u32,
    /// What it gets; does not depend on the record.
    pub value: Value,
    /// The place of the field's name.
    pub span: Span,
}

impl Preset {
    /// What is then true of a stored record of the table. A moment is there, with as many digits as the field has.
    pub fn holds(&self, table: TableId) -> Atom {
        let column = ColumnRef { table, column: self.column };
        let left = Value::Record(Path { table, hops: Vec::new(), column });
        match &self.value {
            Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..) => {
                Atom::Empty { value: left, negated: true }
            }
            value => Atom::Compare { left, operator: Comparison::Equal, right: value.clone() },
        }
    }
}

/// What every application role is held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// Its conditions on each table that it holds on.
    pub tables: BTreeMap<TableId, Vec<BoundaryClause>>,
    /// What it limits.
    pub operations: BTreeSet<Operation>,
    /// Its statements in the words of the text.
    pub written: Written,
}

impl Boundary {
    /// Whether an operation depends on it: by itself, or because what it is done to has to be readable.
    pub fn limits(&self, operation: Operation) -> bool {
        self.operations.contains(&operation) || operation.needs_read() && self.operations.contains(&Operation::Read)
    }

    /// `update, delete`; `None` where it limits all.
    pub fn operations_in_words(&self) -> Option<String> {
        let words: Vec<&str> = self.operations.iter().map(|operation| operation.word()).collect();
        (words.len() < Operation::ALL.len()).then(|| words.join(", "))
    }
}

/// A condition of a boundary, bound to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundaryClause {
    /// What a record must match.
    pub condition: Condition,
    /// Who need not.
    pub except: Vec<RoleUse>,
}

/// A condition that rules may use by its name.
#[derive(Debug, Clone)]
pub struct NamedCondition {
    /// As it is written.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// Whether a rule, a boundary or an assertion uses it; that a condition does which nothing uses counts for nothing.
    pub is_used: bool,
}

/// What the rules must never allow.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// Whose rules; those of what it includes, `Authenticated` and `Anyone` count too.
    pub role: RoleUse,
    /// With which operation.
    pub operation: Operation,
    /// On which table.
    pub table: TableId,
    /// For which records.
    pub condition: Option<Condition>,
    /// The place of the whole.
    pub span: Span,
}
