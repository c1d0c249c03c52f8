//! Tables that everybody reads as a whole, because a role sees all of them.

use super::{Input, Report};
use crate::sql;

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    for id in sql::tables_without_gate(input.model, input.encoding) {
        let table = input.model.catalog.table(id);
        let title = format!("a role that sees all rows makes everybody read the whole of `{}`", table.name);
        report.push(report.diagnostic(table.span, title).with_help(
            "give the table a key, or an index on a column without empty values, of the type integer, uuid, date or timestamp; \
             or the role a database role of its own",
        ));
    }
}
