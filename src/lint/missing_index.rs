//! Columns that policies find rows by and that have no index, each with the statement that makes it and what it finds.

use super::{Input, Report};
use crate::sql;

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    for index in sql::wanted_indexes(input.model, input.encoding) {
        let table = input.model.catalog.table(index.place.table);
        let column = &input.model.catalog.column(index.place).name;
        let found = report.diagnostic(table.span, format!("`{}` needs an index on `{column}`", table.name));
        report.push(
            found
                .with_label(&index.purpose)
                .with_help(index.create(false))
                .with_help(format!("if there is one, list it in the schema file: `indexes: [{column}]`")),
        );
    }
}
