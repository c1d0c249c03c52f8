//! Why a record can or cannot be made, or become another: the parts of the answer that are about fields, and about the record behind the statement.

use std::collections::BTreeSet;

use super::truth::Among;
use super::why::{Reason, Statement};
use super::why_granted::{Enough, Step, both};
use super::{Evaluator, Row};
use crate::catalog::TableId;
use crate::model::{Grant, Operation, RoleUse};

impl Evaluator<'_> {
    /// Why a record can or cannot be made, `supplied` being the columns that the statement gives a value.
    pub fn why_create(&self, table: TableId, row: &Row, supplied: &BTreeSet<u32>) -> Reason {
        let operation = Operation::Create;
        let filled = self.filled(table, operation, row);
        let step = Step::At(Among::of(operation, &filled));
        let mut parts = self.why_bound(table, operation, Step::At(Among::All(&filled)));
        let asked = supplied.iter().copied().filter(|&column| !self.takes_without_grant(table, &filled, column)).collect();
        parts.extend(self.why_fields(table, operation, step, &asked));
        self.of_record(table, operation, parts, "")
    }

    /// Why a record can or cannot become another by a statement that names these columns.
    pub fn why_change(&self, table: TableId, before: &Row, written: &Row, named: &BTreeSet<u32>) -> Reason {
        let operation = Operation::Update;
        let after = &self.filled(table, operation, written);
        let step = Step::Change { before, after };
        let mut parts = self.why_bound(table, operation, step);
        let read = |row| self.why_granted(table, Operation::Read, Step::At(Among::All(row)));
        parts.extend(both(read(before), read(after)));
        let mut asked = self.changed(table, before, written);
        // PostgreSQL asks for the right to assign, also where the value stays.
        asked.extend(named.iter().filter(|&&column| !self.has_right(table, operation, &[column].into())));
        parts.extend(self.why_fields(table, operation, step, &asked));
        let end = if before == written { "" } else { " to what is set" };
        self.of_record(table, operation, parts, end)
    }

    /// Each of some fields is given by a grant of some role. Fields that the same grants give are asked about once, and those that are given where others are, not at all.
    fn why_fields(&self, table: TableId, operation: Operation, step: Step<'_>, fields: &BTreeSet<u32>) -> Vec<Reason> {
        let grants = self.grants(table, operation);
        if fields.is_empty() || grants.is_empty() {
            return vec![self.why_granted(table, operation, step)];
        }
        let mut groups: Vec<(Vec<usize>, Vec<u32>)> = Vec::new();
        for &field in fields {
            let naming = (0..grants.len()).filter(|&at| self.gives(table, grants[at], field));
            let naming: Vec<usize> = naming.collect();
            match groups.iter_mut().find(|(known, _)| *known == naming) {
                Some((_, fields)) => fields.push(field),
                None => groups.push((naming, vec![field])),
            }
        }
        let is_within = |less: &[usize], more: &[usize]| {
            !less.is_empty() && less.len() < more.len() && less.iter().all(|at| more.contains(at))
        };
        let is_asked = |(naming, _): &&(Vec<usize>, Vec<u32>)| !groups.iter().any(|(other, _)| is_within(other, naming));
        let is_whole = |naming: &[usize]| naming.len() == grants.len();
        let asked = groups.iter().filter(is_asked).map(|(naming, fields)| match naming.as_slice() {
            [] => self.why_nobody_gives(table, operation, fields),
            all if is_whole(all) => self.why_granted(table, operation, step),
            some => {
                let enough: Vec<(&RoleUse, &Grant)> = some.iter().map(|&at| grants[at]).collect();
                let enough: &Enough<'_> = &enough;
                self.why_granted_by(table, operation, step, enough, &format!(" ({})", self.names(table, fields)))
            }
        });
        asked.collect()
    }

    /// Fields that no grant names.
    fn why_nobody_gives(&self, table: TableId, operation: Operation, fields: &[u32]) -> Reason {
        let presets = self.model.presets(table, operation);
        let (filled, others): (Vec<u32>, Vec<u32>) = fields.iter().partition(|field| presets.contains_key(field));
        let mut said = Vec::new();
        if !others.is_empty() {
            said.push(format!("a rule allows {} ({})", operation.word(), self.names(table, &others)));
        }
        if !filled.is_empty() {
            said.push(format!("the statement leaves {} to the database, which fills it in", self.names(table, &filled)));
        }
        let text = said.join(", and ");
        Reason::single(Statement::Condition { condition: text.clone() }, text, Some(false))
    }

    fn names(&self, table: TableId, fields: &[u32]) -> String {
        let columns = &self.model.catalog.table(table).columns;
        fields.iter().map(|&field| columns[field as usize].name.as_str()).collect::<Vec<_>>().join(", ")
    }
}
