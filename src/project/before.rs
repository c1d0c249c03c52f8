//! Rules of before over the schema file of now. In: their texts, and the tables of then. Out: a project, and what only one of both schema files has: of a table that there was
//! not, nobody had anything; rules of a table that is gone say nothing any more, nor do lists of fields of a field that is.

use super::{Compiled, Texts, compile_prepared};
use crate::ast::{self, Allow, FieldNames, Fields, Item, Label, TableName};
use crate::catalog::{Catalog, Table, words};
use crate::config::Config;
use crate::diagnostic::Diagnostic;

/// What only one of both schema files has.
#[derive(Debug, Default)]
pub struct Apart {
    /// The tables that there were not.
    pub new: Vec<String>,
    /// What rules of then are about and that is gone: tables, and fields as `table.field`.
    pub gone: Vec<String>,
}

/// Compiles them. What a condition says of something that is gone stays, and is an error.
pub fn compile_before(texts: Texts, found: Vec<Diagnostic>, was: &Catalog) -> (Compiled, Apart) {
    let mut apart = Apart::default();
    let compiled = compile_prepared(texts, found, |files, config, now| apart.take(files, config, (was, now)));
    (compiled, apart)
}

impl Apart {
    fn take(&mut self, files: &mut [ast::File], config: &mut Config, (was, now): (&Catalog, &Catalog)) {
        let has = |catalog: &Catalog, name: &str| catalog.tables().any(|(_, table)| table.name.written() == name);
        let names = |catalog: &Catalog| catalog.tables().map(|(_, table)| table.name.written()).collect::<Vec<_>>();
        for name in names(now).into_iter().filter(|name| !has(was, name)) {
            config.closed_tables.0.entry(name.clone()).or_insert_with(|| "there was no such table".to_owned());
            self.new.push(name);
        }
        for name in names(was).into_iter().filter(|name| !has(now, name)) {
            config.closed_tables.0.remove(&name);
        }
        for file in files {
            file.items.retain_mut(|item| self.stays(item, was, now));
        }
        self.gone.sort();
        self.gone.dedup();
    }

    /// Whether something stands in the rules of both times, without the fields that are gone.
    fn stays(&mut self, item: &mut Item, was: &Catalog, now: &Catalog) -> bool {
        let Item::Table(block) = item else { return true };
        let (Some(then), table) = (named(was, &block.name), named(now, &block.name)) else { return true };
        let Some(table) = table else {
            self.gone.push(then.name.to_string());
            return false;
        };
        let is_gone = |label: &Label| has(then, label) && !has(table, label);
        for allow in block.rules.iter_mut().flat_map(|rule| &mut rule.allows) {
            let fields = leave_out(allow, &is_gone);
            self.gone.extend(fields.iter().map(|field| format!("{}.{field}", table.name)));
        }
        true
    }
}

/// Takes fields out of the lists of a clause, and tells which. A list of nothing else grants nothing.
fn leave_out(allow: &mut Allow, is_gone: &dyn Fn(&Label) -> bool) -> Vec<String> {
    let mut gone = Vec::new();
    let is_any = |names: &FieldNames| !names.labels.is_empty() || !names.classes.is_empty();
    allow.grants.retain_mut(|grant| {
        let is_only = matches!(grant.fields, Fields::Only(_));
        let (Fields::Only(names) | Fields::Except(names)) = &mut grant.fields else { return true };
        let left_out = names.labels.extract_if(.., |label| is_gone(label));
        gone.extend(left_out.map(|label| label.text));
        match (is_any(names), is_only) {
            (true, _) => true,
            (false, true) => false,
            (false, false) => {
                grant.fields = Fields::All;
                true
            }
        }
    });
    gone
}

fn named<'c>(catalog: &'c Catalog, name: &TableName) -> Option<&'c Table> {
    let is_schema = |table: &Table| name.schema.as_ref().is_none_or(|schema| words(&schema.text) == words(&table.name.schema));
    let found = catalog.by_words(&words(&name.name.text)).iter().map(|&id| catalog.table(id));
    found.into_iter().find(|table| is_schema(table))
}

fn has(table: &Table, label: &Label) -> bool {
    !table.columns_by_words(&words(&label.text)).is_empty()
}
