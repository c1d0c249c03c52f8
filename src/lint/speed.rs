//! What would make the policies faster: indexes that are missing, keys that are, and indexes that policies keep clients' filters from. Meaning and
//! output are the same with and without.

use crate::diagnostic::{Code, Diagnostic};
use crate::encode::Encoding;
use crate::model::Model;
use crate::sql;

/// Each index that is missing, with the statement that makes it and what it finds.
pub(super) fn missing_indexes(model: &Model, encoding: &Encoding, found: &mut Vec<Diagnostic>) {
    for index in sql::wanted_indexes(model, encoding) {
        let table = model.catalog.table(index.place.table);
        let column = &model.catalog.column(index.place).name;
        found.push(
            Diagnostic::new(Code::MissingIndex, table.span, format!("`{}` needs an index on `{column}`", table.name))
                .with_label(&index.purpose)
                .with_help(index.create(false))
                .with_help(format!("if there is one, list it in the schema file: `indexes: [{column}]`")),
        );
    }
}

/// Tables that everybody reads as a whole.
pub(super) fn whole_tables(model: &Model, encoding: &Encoding, found: &mut Vec<Diagnostic>) {
    for id in sql::tables_without_gate(model, encoding) {
        let table = model.catalog.table(id);
        let title = format!("a role that sees all rows makes everybody read the whole of `{}`", table.name);
        found.push(Diagnostic::new(Code::WholeTable, table.span, title).with_help(
            "give the table a key, or an index on a column without empty values, of the type integer, uuid, date or timestamp; \
             or the role a database role of its own",
        ));
    }
}

/// Indexes that filters of clients cannot use.
pub(super) fn unusable_indexes(model: &Model, found: &mut Vec<Diagnostic>) {
    for place in sql::lost_indexes(model) {
        let (table, column) = (model.catalog.table(place.table), model.catalog.column(place));
        let title = format!("filters of clients cannot use the index on `{}.{}` ({})", table.name, column.name, column.r#type);
        found.push(
            Diagnostic::new(Code::IndexNotUsable, table.span, title)
                .with_note(
                    "operators of its type are not leakproof, so PostgreSQL applies the policy first (manual section 41.5)",
                )
                .with_help("let the rules find few rows by another index; or filter by a column of another type"),
        );
    }
}
