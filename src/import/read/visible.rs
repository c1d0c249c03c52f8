//! Which rows of another table somebody sees who reads it: what the language looks up is not filtered by policies, so what they say has to be said beside it.

use super::super::meaning::{Condition, Row};
use super::super::parse;
use super::{DEPTH, Reader, Scope, Why};
use crate::catalog::{QualifiedName, TableId};
use crate::model::Operation;

/// The mark of a table whose policies are being read.
pub(super) fn opening(table: &QualifiedName) -> String {
    format!("policies of {table}")
}

impl Reader<'_> {
    /// What a row has to be for whoever reads it at this place to see it.
    pub(super) fn visible(&mut self, row: Row, table: TableId, scope: &Scope<'_>) -> Result<Condition, Why> {
        let name = self.catalog.table(table).name.clone();
        if let Some(owner) = &scope.reader {
            if !self.facts.may_read(owner, &name) {
                return Err(format!("`{owner}`, whose helper reads {name}, may not read all of it"));
            }
            if self.facts.sees_all(owner, &name) {
                return Ok(Condition::Constant(true));
            }
            return Err(format!("`{owner}`, whose helper reads {name}, sees only some of its rows"));
        }
        let mut same: Option<Condition> = None;
        // Rows are numbered alike for each reader, so that what they see can be compared.
        let (first, mut last) = (self.next, self.next);
        for reader in self.readers.clone() {
            if !self.facts.may_read(&reader, &name) {
                return Err(format!("`{reader}` may not read all of {name}"));
            }
            self.next = first;
            let seen = self.visible_to(&reader, row, table)?;
            last = last.max(self.next);
            if same.as_ref().is_some_and(|before| *before != seen) {
                return Err(format!("the policy's roles see different rows of {name}"));
            }
            same = Some(seen);
        }
        self.next = last;
        Ok(same.unwrap_or(Condition::Constant(true)))
    }

    fn visible_to(&mut self, reader: &str, row: Row, table: TableId) -> Result<Condition, Why> {
        let name = self.catalog.table(table).name.clone();
        let facts = self.facts;
        if facts.sees_all(reader, &name) {
            return Ok(Condition::Constant(true));
        }
        let mark = opening(&name);
        if self.open.contains(&mark) || self.open.len() > DEPTH {
            return Err(format!("it asks for rows of {name} whose policies ask for them in turn"));
        }
        self.open.push(mark);
        let seen = self.ways(reader, row, table, &name);
        self.open.pop();
        seen
    }

    fn ways(&mut self, reader: &str, row: Row, table: TableId, name: &QualifiedName) -> Result<Condition, Why> {
        let facts = self.facts;
        let (mut ways, mut limits) = (Vec::new(), Vec::new());
        let about = |policy: &&super::super::facts::PolicyFacts| policy.operations.contains(&Operation::Read);
        for policy in facts.policies_on(name).filter(about).filter(|policy| facts.applies(policy, reader)) {
            let said = match &policy.using {
                Some(text) => self
                    .other_policy(text, policy.equality.is_of_built_in, row, table)
                    .map_err(|why| format!("what is seen of {name}: {why}"))?,
                None => Condition::Constant(true),
            };
            if policy.is_permissive { ways.push(said) } else { limits.push(said) }
        }
        limits.push(Condition::any(ways));
        Ok(Condition::all(limits))
    }

    /// Another table's policy, said of a row of it.
    fn other_policy(&mut self, text: &str, hides_equality: bool, row: Row, table: TableId) -> Result<Condition, Why> {
        let rows = vec![(self.catalog.table(table).name.name.clone(), row, table)];
        let scope = Scope { rows, hides_equality, ..Scope::default() };
        self.condition(&parse::expression(text)?, &scope, false)
    }
}
