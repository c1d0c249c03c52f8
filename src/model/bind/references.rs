//! Children that do not point where they are looked for. In: what was found, the tables. Out: the message with the rows that may be meant.

use super::Binder;
use super::rows::reference_label;
use crate::ast;
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::{Diagnostic, Span};

impl Binder<'_> {
    /// Nothing in the child references the table: both may reference a third one, or the user.
    pub(super) fn no_reference(&self, found: Diagnostic, table: TableId, child: TableId, label: &ast::Label) -> Diagnostic {
        let name = &self.catalog.table(child).name;
        if let Some(text) = self.by_array(child, table) {
            return found.with_help(format!("ask for those that have its key in an array: `{text}`"));
        }
        let own = self.catalog.table(table).values().filter(|(_, column)| column.references.is_some());
        let shared = own.filter_map(|(index, column)| {
            let target = column.references?.table;
            let is_user = self.identity.as_ref().is_some_and(|identity| identity.user_key.table == target);
            let is_one = self.references_to(child, target).len() == 1 && !is_user;
            is_one.then(|| format!("{}'s {}", reference_label(self.catalog, ColumnRef { table, column: index }), label.text))
        });
        let shared: Vec<String> = shared.collect();
        let found = shared
            .iter()
            .fold(found, |found, rows| found.with_edit(format!("those of the same one: `{rows}`"), label.span, rows.clone()));
        let of_user =
            self.identity.as_ref().is_some_and(|identity| self.references_to(child, identity.user_key.table).len() == 1);
        let found = match of_user {
            true => found.with_help(format!("those of who is signed in, whatever the record: `User's {}`", label.text)),
            false => found,
        };
        let tie = "tie it to the record by `… is this record's …`, or it says nothing of the record";
        found.with_help(format!("any row of the table: `any record of {name} where (…)`; {tie}"))
    }

    /// What stands behind `by` is no reference to the table.
    pub(super) fn unknown_reference(
        &self,
        found: Diagnostic,
        references: &[ColumnRef],
        label: &ast::Label,
        relation: &str,
    ) -> Diagnostic {
        let names: Vec<String> = references.iter().map(|&column| reference_label(self.catalog, column)).collect();
        let lower = relation.to_ascii_lowercase();
        if ["different ", "distinct ", "unique ", "separate "].iter().any(|word| lower.starts_with(word)) {
            let note = "rows are counted, and not whom they reference: two of one person are two";
            let help = "let a unique key keep them to one each (`unique:` in the schema file), and leave out what stands behind the rows";
            return found.with_note(note).with_help(help);
        }
        let written: Vec<String> = references.iter().map(|&column| format!("`{}`", self.column_name(column))).collect();
        let found = found.with_note(format!("its references are {}", written.join(", ")));
        let start = label.span.end as usize - relation.len();
        found.with_suggestion(
            Span::new(label.span.file, start, label.span.end as usize),
            relation,
            names.iter().map(String::as_str),
        )
    }
}
