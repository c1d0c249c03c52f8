//! The fields of a grant: by name, by class, or all but these. In: a grant of a rule. Out: columns.

use std::collections::BTreeSet;

use super::Binder;
use crate::ast::{self, OperationWord};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};

impl Binder<'_> {
    /// The columns of a grant, ordered; `Some(None)` for all.
    pub(super) fn fields(&mut self, table: TableId, grant: &ast::Grant) -> Option<Option<Vec<u32>>> {
        let (names, except) = match &grant.fields {
            ast::Fields::All => return Some(None),
            ast::Fields::Only(names) => (names, false),
            ast::Fields::Except(names) => (names, true),
        };
        if matches!(grant.operation.value, OperationWord::Delete | OperationWord::All) {
            let title = match grant.operation.value {
                OperationWord::Delete => "a record is deleted as a whole, so `delete` takes no fields",
                _ => "`all` contains `delete`, which takes no fields",
            };
            let help = "write the operations out, each with its fields";
            self.report(Diagnostic::new(Code::FieldsOfDelete, grant.operation.span, title).with_help(help));
            return None;
        }
        let named: Vec<_> = names.labels.iter().map(|label| self.field(table, label)).collect();
        if !except {
            self.note_listed(grant, &named, &names.labels);
        }
        let classes: Vec<_> = names.classes.iter().map(|class| self.fields_of_class(table, class, except)).collect();
        let classes: Vec<Vec<u32>> = classes.into_iter().collect::<Option<_>>()?;
        let named: BTreeSet<u32> = named.into_iter().map(|column| column.map(|column| column.column)).collect::<Option<_>>()?;
        let named: BTreeSet<u32> = classes.into_iter().flatten().chain(named).collect();
        let all = (0u32..).zip(&self.catalog.table(table).columns).map(|(index, _)| index);
        Some(Some(all.filter(|index| named.contains(index) != except).collect()))
    }

    /// A field: a column that is stored.
    fn field(&mut self, table: TableId, label: &ast::Label) -> Option<ColumnRef> {
        let column = self.column(table, label)?;
        let Some(derived) = self.catalog.derivation(column) else { return Some(column) };
        let entry = self.catalog.table(table);
        let from = derived.term.columns().into_iter().filter_map(|index| entry.columns.get(index as usize));
        let from: Vec<String> = from.map(|column| format!("`{}`", column.name)).collect();
        let what = if self.catalog.is_tuple(column) { "a reference of several columns" } else { "derived" };
        let title = format!("`{}` is {what}, and no field that could be shown or written", derived.column.name);
        let help = if self.catalog.is_tuple(column) { "name its columns" } else { "name what it is derived from" };
        let help = format!("{help}: {}", from.join(", "));
        self.report(Diagnostic::new(Code::UnknownColumn, label.span, title).with_help(help));
        None
    }

    /// A class with the word `fields` behind it.
    fn up_to_fields(&self, class: Span) -> Span {
        let behind = self.sources.get(class.file).text.get(class.end as usize..).unwrap_or_default();
        let length = behind.to_ascii_lowercase().find("fields").map_or(0, |at| at + "fields".len());
        Span::new(class.file, class.start as usize, class.end as usize + length)
    }

    /// The fields of a class, which some column of the schema file has to have. Where `except` says it, this table need have none.
    fn fields_of_class(&mut self, table: TableId, class: &Spanned<String>, except: bool) -> Option<Vec<u32>> {
        let is_meant = |known: &str| known.to_lowercase() == class.value.to_lowercase();
        let entry = self.catalog.table(table);
        let columns = (0u32..).zip(&entry.columns);
        let named = columns.filter(|(_, column)| column.class.as_deref().is_some_and(is_meant)).map(|(index, _)| index);
        let named: Vec<u32> = named.collect();
        let known: BTreeSet<&str> =
            self.catalog.tables().flat_map(|(_, table)| &table.columns).filter_map(|column| column.class.as_deref()).collect();
        if !named.is_empty() || (except && known.iter().any(|known| is_meant(known))) {
            return Some(named);
        }
        let title = format!("no field of `{}` is of the class `{}`", entry.name, class.value);
        let diagnostic = Diagnostic::new(Code::UnknownColumn, class.span, title);
        if ["all", "every"].iter().any(|word| is_meant(word)) {
            let whole = self.up_to_fields(class.span);
            self.report(diagnostic.with_edit("leave it out: without a list, all fields are meant", whole, ""));
            return None;
        }
        let others = known.into_iter().filter(|known| !is_meant(known));
        let diagnostic = diagnostic.with_suggestion(class.span, &class.value, others);
        self.report(diagnostic.with_help(format!("say in the schema file which columns are: `class: {}`", class.value)));
        None
    }
}
