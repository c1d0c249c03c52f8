//! Why a record can or cannot be reached as it is. In: an operation and a record. Out: the reasons.

use super::truth::Among;
use super::why::{Reason, Statement};
use super::why_granted::Step;
use super::{Evaluator, Row};
use crate::catalog::TableId;
use crate::model::Operation;

impl Evaluator<'_> {
    /// Why a row can or cannot be read, created, updated or deleted. Of an update, whether it may start here; where it may end is another
    /// question.
    pub fn why(&self, table: TableId, operation: Operation, row: &Row) -> Reason {
        let mut parts = self.why_bound(table, operation, Step::At(Among::All(row)));
        if operation.needs_read() {
            parts.push(self.why_granted(table, Operation::Read, Step::At(Among::All(row))));
        }
        parts.push(self.why_granted(table, operation, Step::At(Among::of(operation, row))));
        self.of_record(table, operation, parts, "")
    }

    pub(super) fn of_record(&self, table: TableId, operation: Operation, parts: Vec<Reason>, end: &str) -> Reason {
        let (word, table) = (operation.word(), self.model.catalog.table(table).name.to_string());
        let text = format!("{word} this record of {table}{end}");
        Reason::all(Statement::Record { operation: word, table }, text, parts)
    }
}
