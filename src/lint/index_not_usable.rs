//! Indexes that filters of clients cannot use, because policies are asked before them.

use super::{Input, Report};
use crate::sql;

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    for place in sql::lost_indexes(input.model) {
        let (table, column) = (input.model.catalog.table(place.table), input.model.catalog.column(place));
        let title = format!("filters of clients cannot use the index on `{}.{}` ({})", table.name, column.name, column.r#type);
        report.push(
            report
                .diagnostic(table.span, title)
                .with_note(
                    "operators of its type are not leakproof, so PostgreSQL applies the policy first (manual section 41.5)",
                )
                .with_help("let the rules find few rows by another index; or filter by a column of another type"),
        );
    }
}
