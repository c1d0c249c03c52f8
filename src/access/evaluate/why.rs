//! Why a record can or cannot be reached: the specification's formulas again, this time keeping every part of the answer, down to the single
//! statement.

use serde::Serialize;

use super::{Evaluator, Row, Truth};
use crate::catalog::TableId;
use crate::model::{Condition, Describe, Operation, RoleUse};

/// A statement about a record and a session, whether it is true, and the statements that make it so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The statement, in words.
    pub text: String,
    /// Empty where it is unknown, which denies.
    pub truth: Truth,
    /// What it consists of; empty for a single statement.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Reason>,
}

impl Reason {
    fn single(text: impl Into<String>, truth: Truth) -> Reason {
        Reason { text: text.into(), truth, parts: Vec::new() }
    }

    /// True when all parts are, false when one is not.
    fn all(text: impl Into<String>, parts: Vec<Reason>) -> Reason {
        let is = |truth| parts.iter().any(|part| part.truth == truth);
        let truth = if is(Some(false)) { Some(false) } else { (!is(None)).then_some(true) };
        Reason { text: text.into(), truth, parts }
    }

    /// True when one part is, false when none is.
    fn any(text: impl Into<String>, parts: Vec<Reason>) -> Reason {
        let is = |truth| parts.iter().any(|part| part.truth == truth);
        let truth = if is(Some(true)) { Some(true) } else { (!is(None)).then_some(false) };
        Reason { text: text.into(), truth, parts }
    }
}

impl Evaluator<'_> {
    /// Why a row that is there can or cannot be read, updated or deleted. Of an update, whether it may start here; where it may end is another
    /// question.
    pub fn why(&self, table: TableId, operation: Operation, row: &Row) -> Reason {
        let mut parts = self.why_bound(table, row);
        if operation != Operation::Read {
            parts.push(self.why_granted(table, Operation::Read, row));
        }
        parts.push(self.why_granted(table, operation, row));
        let name = &self.model.catalog.table(table).name;
        Reason::all(format!("{} this record of {name}", operation.word()), parts)
    }

    fn why_bound(&self, table: TableId, row: &Row) -> Vec<Reason> {
        let mut found = Vec::new();
        for boundary in &self.model.boundaries {
            for clause in boundary.tables.get(&table).into_iter().flatten() {
                let mut ways = vec![self.why_condition(&clause.condition, table, row)];
                ways.extend(clause.except.iter().map(|role| self.why_held(role, row)));
                found.push(Reason::any(format!("boundary \"{}\"", boundary.name), ways));
            }
        }
        found
    }

    /// By the rules of some role.
    fn why_granted(&self, table: TableId, operation: Operation, row: &Row) -> Reason {
        let rules = self.rules(table);
        let mut roles: Vec<&RoleUse> = self.grants(table, operation).into_iter().map(|(role, _)| role).collect();
        roles.sort_unstable();
        roles.dedup();
        let ways = roles.into_iter().map(|role| {
            let own = || rules.iter().filter(|rule| rule.roles.contains(role));
            let mut parts = vec![self.why_held(role, row)];
            for rule in own() {
                for filter in &rule.filters {
                    let reason = self.why_condition(filter, table, row);
                    parts.push(Reason { text: format!("\"{}\" where {}", rule.name, reason.text), ..reason });
                }
            }
            let grants = own().flat_map(|rule| {
                let of_operation = rule.grants.iter().filter(|grant| grant.operation == operation);
                of_operation.map(|grant| {
                    let words = format!("\"{}\" allows {}", rule.name, operation.word());
                    match &grant.when {
                        None => Reason::single(words, Some(true)),
                        Some(when) => {
                            let reason = self.why_condition(when, table, row);
                            Reason { text: format!("{words} when {}", reason.text), ..reason }
                        }
                    }
                })
            });
            let mut grants: Vec<Reason> = grants.collect();
            let only = if grants.len() == 1 { grants.pop() } else { None };
            parts.push(only.unwrap_or_else(|| Reason::any("some rule grants it", grants)));
            Reason::all(format!("{} by {}", operation.word(), self.describe().role_use(role)), parts)
        });
        Reason::any(format!("some role may {}", operation.word()), ways.collect())
    }

    fn why_held(&self, role: &RoleUse, row: &Row) -> Reason {
        Reason::single(format!("the session holds {}", self.describe().role_use(role)), Some(self.holds(role, row)))
    }

    fn why_condition(&self, condition: &Condition, table: TableId, row: &Row) -> Reason {
        let words = self.describe().condition(condition);
        let parts = |parts: &[Condition]| parts.iter().map(|part| self.why_condition(part, table, row)).collect();
        match condition {
            Condition::All(all) => Reason::all(words, parts(all)),
            Condition::Any(any) => Reason::any(words, parts(any)),
            Condition::Not(inner) => {
                let inner = self.why_condition(inner, table, row);
                Reason { text: words, truth: inner.truth.map(|truth| !truth), parts: vec![inner] }
            }
            Condition::Atom(atom) => Reason::single(words, self.atom(atom, table, row)),
        }
    }

    fn describe(&self) -> Describe<'_> {
        Describe { model: self.model }
    }
}
