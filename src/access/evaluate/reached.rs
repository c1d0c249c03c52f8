//! What a session reaches of a record, whatever is done with it. In: an operation and a record that is there. Out: the fields that are reached, or that it is not.

use std::collections::BTreeSet;

use super::{Evaluator, Row, Without};
use crate::catalog::TableId;
use crate::model::{Operation, RoleUse};

impl Evaluator<'_> {
    /// The fields that are read or may be changed, none for the other operations; `None` where the record is not reached. Making one is asked as if it were not
    /// there yet, by a statement that gives the columns `supplied` a value.
    pub fn reached(&self, table: TableId, operation: Operation, row: &Row, supplied: &BTreeSet<u32>) -> Option<BTreeSet<u32>> {
        let fields = match operation {
            Operation::Read => self.read_fields(table, row),
            Operation::Update => self.update_fields(table, row),
            Operation::Delete => return self.delete(table, row).then(BTreeSet::new),
            Operation::Create => {
                let without = Without::new(self.rows, row);
                let before = self.beside(&without);
                let is_made = before.create(table, row, supplied);
                self.met.also(&before.met);
                return is_made.then(BTreeSet::new);
            }
        };
        (!fields.is_empty()).then_some(fields)
    }

    /// The roles by whose grants a record is reached that [`Evaluator::reached`] says is; by their subjects' names.
    pub fn reached_as(&self, table: TableId, operation: Operation, row: &Row) -> BTreeSet<String> {
        let name = |role: &RoleUse| self.model.subject_name(role.subject).to_owned();
        match operation {
            Operation::Create => {
                let without = Without::new(self.rows, row);
                let before = self.beside(&without);
                let filled = before.filled(table, operation, row);
                before.reaching(table, operation, &filled).into_iter().map(name).collect()
            }
            _ => self.reaching(table, operation, row).into_iter().map(name).collect(),
        }
    }
}
