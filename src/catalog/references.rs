//! References of `schema.yaml`: which key each leads to, and whether PostgreSQL could have such a foreign key.

use super::file::Reference;
use super::load::Loader;
use super::{Catalog, ColumnRef, QualifiedName, Table, TableId, Type};
use crate::diagnostic::{Code, Diagnostic};

impl Loader<'_> {
    /// Resolves `table`, `table.column` or `schema.table.column`.
    pub(super) fn reference(&mut self, reference: &Reference) {
        let path = ["tables", reference.table_key.as_str(), reference.section, reference.column_key.as_str(), "references"];
        let resolved = self.catalog.key_named(&reference.target);
        match resolved {
            Ok(target) => {
                if !self.catalog.is_unique(target) {
                    self.no_key(&path, reference, target);
                }
                self.check_types(&path, reference.column, target);
                let table = &mut self.catalog.tables[reference.column.table.0 as usize];
                let index = reference.column.column as usize;
                let column = match index.checked_sub(table.columns.len()) {
                    None => table.columns.get_mut(index),
                    Some(derived) => table.derived.get_mut(derived).map(|derived| &mut derived.column),
                };
                if let Some(column) = column {
                    match column.r#type {
                        Type::Array(_) => column.elements = Some(target),
                        _ => column.references = Some(target),
                    }
                }
            }
            Err((code, title, near)) => {
                let diagnostic = Diagnostic::new(code, self.place(&path), title)
                    .with_note("references are written `table.column`, or `table` for its primary key");
                let help = self.catalog.by_table(&reference.target).map(|(id, table)| (id, table.primary_key.clone()));
                let help = help.filter(|(_, key)| key.len() > 1).map(|(id, key)| self.of_several(reference, id, &key, None));
                let diagnostic = help.into_iter().fold(diagnostic, Diagnostic::with_help);
                self.diagnostics.push(diagnostic.with_nearest(near));
            }
        }
    }

    /// PostgreSQL has no foreign key between values that it cannot compare.
    pub(super) fn check_types(&mut self, path: &[&str], from: ColumnRef, target: ColumnRef) {
        let (column, other) = (&self.catalog.column(from).r#type, &self.catalog.column(target).r#type);
        // Each element of an array is a key.
        let own = if let Type::Array(element) = column { element } else { column };
        let is_unknown = |r#type: &Type| *r#type == Type::Other(QualifiedName::new("pg_catalog", "unknown"));
        if own.family() == other.family() || is_unknown(own) || is_unknown(other) {
            return;
        }
        let name = format!("{}.{}", self.catalog.table(target.table).name, self.catalog.column(target).name);
        let title = format!("a `{column}` cannot reference `{name}`, which is `{other}`");
        let diagnostic = Diagnostic::new(Code::ReferenceType, self.place(path), title);
        self.diagnostics.push(diagnostic.with_help("give both columns the type that they have in the database"));
    }

    /// Many rows could have the value that is referenced, so a path that follows the reference could end at any of them.
    fn no_key(&mut self, path: &[&str], reference: &Reference, target: ColumnRef) {
        let table = self.catalog.table(target.table);
        let column = &self.catalog.column(target).name;
        let diagnostic = Diagnostic::new(Code::NoKey, self.place(path), format!("`{}.{column}` is no key", table.name))
            .with_label("what is referenced has to be a primary key, or unique, of one column")
            .with_help(format!("if it is unique, say so at `{}`: `unique: [{column}]`", table.name));
        let composite = table.keys().find(|key| key.len() > 1 && key.contains(&target.column));
        let help = composite.map(|key| self.of_several(reference, target.table, key, Some(target.column)));
        let diagnostic = help.into_iter().fold(diagnostic, Diagnostic::with_help);
        self.diagnostics.push(diagnostic);
    }

    /// How a reference to a key of several columns is said, as far as the names of columns tell.
    fn of_several(&self, reference: &Reference, target: TableId, key: &[u32], named: Option<u32>) -> String {
        let (own, other) = (self.catalog.table(reference.column.table), self.catalog.table(target));
        let name = reference.column_key.strip_suffix("_id").unwrap_or(&reference.column_key);
        let is_named = |column: u32| named.map_or_else(|| Some(&column) == key.last(), |named| named == column);
        let part = |&column: &u32| match &other.columns[column as usize].name {
            _ if is_named(column) => reference.column_key.clone(),
            same if own.column_named(same).is_some() => same.clone(),
            _ => "…".to_owned(),
        };
        let columns: Vec<String> = key.iter().map(part).collect();
        let names: Vec<&str> = key.iter().map(|&column| other.columns[column as usize].name.as_str()).collect();
        format!(
            "name all columns of the key at `{}`, instead of `references:`: `foreign_keys: {{ {name}: {{ columns: [{}], references: '{} ({})' }} }}`",
            own.name,
            columns.join(", "),
            other.name,
            names.join(", ")
        )
    }
}

impl Catalog {
    /// The table that `table` or `schema.table` names.
    fn by_table(&self, target: &str) -> Option<(TableId, &Table)> {
        let id = self.by_name(&QualifiedName::parse(target).ok()?)?;
        Some((id, self.table(id)))
    }

    /// The key that `table`, `table.column` or `schema.table.column` names; or why there is none, and what was probably meant.
    pub fn key_named(&self, target: &str) -> Result<ColumnRef, (Code, String, Option<String>)> {
        let mut parts = super::names::split(target).map_err(|reason| (Code::Identifier, reason, None))?;
        let whole = match parts.as_slice() {
            [table] => self.by_name(&QualifiedName::new("public", table.as_str())),
            [schema, table] => self.by_name(&QualifiedName::new(schema.as_str(), table.as_str())),
            _ => None,
        };
        if let Some(id) = whole {
            return match self.table(id).primary_key.as_slice() {
                [column] => Ok(ColumnRef { table: id, column: *column }),
                _ => {
                    let title = format!("`{target}` has no primary key of one column; name the column that is referenced");
                    Err((Code::SchemaColumn, title, None))
                }
            };
        }
        let column = parts.pop().unwrap_or_default();
        let name = match parts.as_slice() {
            [table] => QualifiedName::new("public", table.as_str()),
            [schema, table] => QualifiedName::new(schema.as_str(), table.as_str()),
            _ => QualifiedName::new("public", column.as_str()),
        };
        let Some(id) = self.by_name(&name) else {
            let known: Vec<String> = self.tables().map(|(_, table)| table.name.to_string()).collect();
            let near = crate::diagnostic::did_you_mean(&name.to_string(), known.iter().map(String::as_str));
            return Err((Code::SchemaTable, format!("there is no table `{name}`"), near));
        };
        let table = self.table(id);
        table.column_named(&column).map(|column| ColumnRef { table: id, column }).ok_or_else(|| {
            let known = table.columns.iter().map(|column| column.name.as_str());
            let near = crate::diagnostic::did_you_mean(&column, known);
            (Code::SchemaColumn, format!("`{name}` has no column `{column}`"), near)
        })
    }
}
