//! References of several columns: `foreign_keys` of a table. In: entries as they are written. Out: values of the row beside its columns, of type
//! [`Type::Tuple`], which reference such a value of the other table: its key. Whoever follows references sees one value on each side.

use super::file::ForeignKeyFields;
use super::load::Loader;
use super::names::split;
use super::{Catalog, Column, ColumnRef, Derived, QualifiedName, Table, TableId, Term, Type, is_same_set, words};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};

/// A reference of several columns as it is written, resolved once all tables are known.
pub(super) struct ForeignKey {
    /// The value that stands for it.
    column: ColumnRef,
    /// Its columns as they are written.
    parts: Vec<u32>,
    target: String,
    table_key: String,
    name: String,
}

/// What is wrong, and what was probably meant.
type Wrong = (Code, String, Option<String>);

impl Loader<'_> {
    /// Adds the value that stands for a reference; `None` where its own side is wrong.
    pub(super) fn foreign_key(
        &mut self,
        table: &mut Table,
        table_key: &str,
        name: String,
        fields: ForeignKeyFields,
        id: TableId,
    ) -> Option<ForeignKey> {
        let path = ["tables", table_key, "foreign_keys", name.as_str()];
        let mut keys = vec![words(&name)];
        keys.extend(fields.label.as_deref().map(words));
        let taken = table.named_values().find(|(_, column)| column.keys.iter().any(|key| keys.contains(key)));
        if let Some((_, column)) = taken {
            let title = format!("`{name}` is a label of the column `{}` already", column.name);
            let found = Diagnostic::new(Code::ForeignKey, self.place(&path), title);
            self.diagnostics.push(match column.references.is_some() || column.name != name {
                true => found.with_help(format!(
                    "leave `references:` out of the column `{}`, if this is its reference; or call this one something else",
                    column.name
                )),
                false => found.with_help("call the reference something else: it is what rules say, `Page's Title`"),
            });
            return None;
        }
        let parts = self.own_columns(table, table_key, &name, &fields.columns.0)?;
        let column = u32::try_from(table.columns.len() + table.derived.len()).unwrap_or(u32::MAX);
        table.derived.push(tuple(table, name.clone(), parts.clone(), keys));
        let column = ColumnRef { table: id, column };
        Some(ForeignKey { column, parts, target: fields.references, table_key: table_key.to_owned(), name })
    }

    fn own_columns(&mut self, table: &Table, table_key: &str, name: &str, written: &[String]) -> Option<Vec<u32>> {
        let path = ["tables", table_key, "foreign_keys", name, "columns"];
        let mut parts = Vec::new();
        for column in written {
            match table.column_named(column) {
                Some(index) if parts.contains(&index) => {
                    self.error(Code::ForeignKey, &path, format!("`{column}` is named twice"));
                    return None;
                }
                Some(index) => parts.push(index),
                None => {
                    let near = did_you_mean(column, table.columns.iter().map(|column| column.name.as_str()));
                    let title = format!("`{}` has no column `{column}`", table.name);
                    self.diagnostics.push(Diagnostic::new(Code::SchemaColumn, self.place(&path), title).with_nearest(near));
                    return None;
                }
            }
        }
        if parts.len() > 1 {
            return Some(parts);
        }
        let found = Diagnostic::new(Code::ForeignKey, self.place(&path), "a reference of one column is said at the column");
        let column = written.first().map_or("page_id", String::as_str);
        self.diagnostics.push(found.with_help(format!("write `{column}: {{ type: …, references: … }}` below `columns`")));
        None
    }

    /// Finds the key that a reference leads to, and makes a value of it.
    pub(super) fn resolve(&mut self, foreign_key: &ForeignKey) {
        let path = ["tables", &foreign_key.table_key, "foreign_keys", &foreign_key.name, "references"];
        let (table, referenced) = match self.catalog.columns_named(&foreign_key.target) {
            Ok(found) => found,
            Err((code, title, near)) => {
                let found = Diagnostic::new(code, self.place(&path), title).with_note(
                    "references of several columns are written `table (column, column)`, or `table` for its primary key",
                );
                self.diagnostics.push(found.with_nearest(near));
                return;
            }
        };
        let entry = self.catalog.table(table);
        let Some(key) = entry.keys().find(|key| is_same_set(key, &referenced)).cloned() else {
            let names = names(entry, &referenced);
            let title = format!("`{} ({names})` is no key", entry.name);
            let found = Diagnostic::new(Code::NoKey, self.place(&path), title)
                .with_label("what is referenced has to be a primary key, or unique")
                .with_help(format!("if these are unique together, say so at `{}`: `unique: [[{names}]]`", entry.name));
            self.diagnostics.push(found);
            return;
        };
        if referenced.len() != foreign_key.parts.len() {
            let names = names(entry, &referenced);
            let title = format!("{} columns cannot reference {}: `{} ({names})`", foreign_key.parts.len(), key.len(), entry.name);
            self.error(Code::ForeignKey, &path, title);
            return;
        }
        for (&own, &other) in std::iter::zip(&foreign_key.parts, &referenced) {
            let own = ColumnRef { table: foreign_key.column.table, column: own };
            self.check_types(&path, own, ColumnRef { table, column: other });
        }
        // In the order of the key, whatever that of the reference is: so two references to one key can be compared.
        let of_key = |column: &u32| referenced.iter().position(|other| other == column);
        let parts = key.iter().filter_map(of_key).filter_map(|index| foreign_key.parts.get(index).copied()).collect();
        let target = self.key_value(table, key);
        self.set_target(foreign_key, parts, target);
    }

    /// The value that stands for a key of several columns, each key once.
    fn key_value(&mut self, id: TableId, key: Vec<u32>) -> ColumnRef {
        let table = &mut self.catalog.tables[id.0 as usize];
        let known = table.values().find(|(index, column)| column.keys.is_empty() && table.tuple(*index) == Some(&key));
        if let Some((column, _)) = known {
            return ColumnRef { table: id, column };
        }
        let column = u32::try_from(table.columns.len() + table.derived.len()).unwrap_or(u32::MAX);
        let name = format!("({})", names(table, &key));
        let value = tuple(table, name, key, Vec::new());
        table.derived.push(value);
        ColumnRef { table: id, column }
    }

    fn set_target(&mut self, foreign_key: &ForeignKey, parts: Vec<u32>, target: ColumnRef) {
        let table = &mut self.catalog.tables[foreign_key.column.table.0 as usize];
        let position = (foreign_key.column.column as usize).checked_sub(table.columns.len());
        let types = types(table, &parts);
        if let Some(derived) = position.and_then(|position| table.derived.get_mut(position)) {
            derived.column.references = Some(target);
            derived.column.r#type = types;
            derived.term = Term::Tuple(parts);
        }
    }
}

impl Catalog {
    /// The columns that `table (column, column)` names, or `table` for its primary key; or what is wrong.
    fn columns_named(&self, text: &str) -> Result<(TableId, Vec<u32>), Wrong> {
        let (table, columns) = match text.split_once('(') {
            Some((table, rest)) => match rest.trim_end().strip_suffix(')') {
                Some(columns) => (table.trim(), Some(columns)),
                None => return Err((Code::ForeignKey, format!("`)` is missing at the end of `{text}`"), None)),
            },
            None => (text.trim(), None),
        };
        let name = QualifiedName::parse(table).map_err(|reason| (Code::Identifier, reason, None))?;
        let Some(id) = self.by_name(&name) else {
            let known: Vec<String> = self.tables().map(|(_, table)| table.name.to_string()).collect();
            let near = did_you_mean(&name.to_string(), known.iter().map(String::as_str));
            return Err((Code::SchemaTable, format!("there is no table `{name}`"), near));
        };
        let table = self.table(id);
        let Some(columns) = columns else { return Ok((id, table.primary_key.clone())) };
        let column = |written: &str| {
            let parts = split(written.trim()).map_err(|reason| (Code::Identifier, reason, None))?;
            let found = match parts.as_slice() {
                [column] => table.column_named(column),
                _ => None,
            };
            found.ok_or_else(|| {
                let known = table.columns.iter().map(|column| column.name.as_str());
                let title = format!("`{}` has no column `{}`", table.name, written.trim());
                (Code::SchemaColumn, title, did_you_mean(written.trim(), known))
            })
        };
        Ok((id, columns.split(',').map(column).collect::<Result<_, Wrong>>()?))
    }
}

/// A value of several columns; without spellings, rules cannot name it.
fn tuple(table: &Table, name: String, parts: Vec<u32>, keys: Vec<String>) -> Derived {
    let nullable = parts.iter().any(|&part| table.columns.get(part as usize).is_none_or(|column| column.nullable));
    let column = Column { nullable, ..Column::made(name, types(table, &parts), keys) };
    Derived { column, term: Term::Tuple(parts) }
}

fn types(table: &Table, parts: &[u32]) -> Type {
    Type::Tuple(parts.iter().filter_map(|&part| table.columns.get(part as usize)).map(|column| column.r#type.clone()).collect())
}

/// The names of columns, between commas.
fn names(table: &Table, columns: &[u32]) -> String {
    let names: Vec<&str> =
        columns.iter().filter_map(|&index| table.columns.get(index as usize)).map(|column| column.name.as_str()).collect();
    names.join(", ")
}
