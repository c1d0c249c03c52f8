//! What names mean: columns of rows, parameters of a helper, tables along a search path.

use std::collections::BTreeMap;

use super::super::meaning::{RECORD, Row, Value};
use super::kinds::{Kind, Typed};
use super::{Reader, Why, listed};
use crate::catalog::{Catalog, ColumnRef, QualifiedName, TableId};

/// What can be named at a place.
#[derive(Debug, Clone, Default)]
pub(in crate::import) struct Scope<'s> {
    /// Rows by the names that stand before their columns.
    pub rows: Vec<(String, Row, TableId)>,
    /// What stands around it.
    pub around: Option<&'s Scope<'s>>,
    /// Of a helper: its parameters.
    pub parameters: BTreeMap<String, Typed>,
    pub positions: Vec<Typed>,
    /// Of a helper: its name, which may stand before a parameter's.
    pub helper: Option<String>,
    /// Of a helper in PL/pgSQL, where a name that is a parameter and a column is an error.
    pub is_strict: bool,
    /// Who reads tables: a helper's owner, or whoever asks.
    pub reader: Option<String>,
    /// Where unqualified names are looked for, by each path that may be in force; none where the server has looked already, and prints what it found.
    pub paths: Vec<Vec<String>>,
    /// The path that a helper around it has set.
    pub in_force: Option<Vec<String>>,
    /// Whether an operator `=` that is not PostgreSQL's own may be where none is printed.
    pub hides_equality: bool,
}

impl<'s> Scope<'s> {
    pub(super) fn of_policy(catalog: &Catalog, table: TableId, hides_equality: bool) -> Scope<'s> {
        Scope { rows: vec![(catalog.table(table).name.name.clone(), RECORD, table)], hides_equality, ..Scope::default() }
    }

    /// A place within this one, with rows of its own.
    pub(super) fn within(&'s self, rows: Vec<(String, Row, TableId)>) -> Scope<'s> {
        Scope {
            rows,
            around: Some(self),
            parameters: BTreeMap::new(),
            positions: Vec::new(),
            helper: self.helper.clone(),
            is_strict: self.is_strict,
            reader: self.reader.clone(),
            paths: self.paths.clone(),
            in_force: self.in_force.clone(),
            hides_equality: self.hides_equality,
        }
    }

    fn parameter(&self, name: &str) -> Option<&Typed> {
        self.parameters.get(name).or_else(|| self.around?.parameter(name))
    }

    fn position(&self, number: usize) -> Option<&Typed> {
        self.positions.get(number.checked_sub(1)?).or_else(|| self.around?.position(number))
    }
}

impl Reader<'_> {
    /// The value behind a name.
    pub(super) fn named(&self, parts: &[String], scope: &Scope<'_>) -> Result<Typed, Why> {
        let (column, table) = match parts {
            [column] => (column, None),
            [table, column] | [_, table, column] => (column, Some(table.as_str())),
            _ => return Err(format!("`{}` is not understood", listed(parts))),
        };
        let mut at = Some(scope);
        let mut found = None;
        while let Some(level) = at {
            let of_table = level.rows.iter().filter(|(name, ..)| table.is_none_or(|table| table == name));
            let columns: Vec<Typed> = of_table.filter_map(|(_, row, id)| self.column_of(*row, *id, column)).collect();
            match columns.as_slice() {
                [] => at = level.around,
                [only] => {
                    found = Some(only.clone());
                    break;
                }
                _ => return Err(format!("`{column}` is a column of several tables")),
            }
        }
        let is_parameter = table.is_none_or(|table| scope.helper.as_deref() == Some(table));
        let parameter = if is_parameter { scope.parameter(column) } else { None };
        match (found, parameter) {
            (Some(_), Some(_)) if scope.is_strict => Err(format!("`{column}` is a parameter and a column")),
            (Some(found), _) => Ok(found),
            (None, Some(parameter)) => Ok(parameter.clone()),
            (None, None) => Err(format!("`{}` is no column of the schema file", listed(parts))),
        }
    }

    fn column_of(&self, row: Row, table: TableId, name: &str) -> Option<Typed> {
        let column = ColumnRef { table, column: self.catalog.table(table).column_named(name)? };
        Some(Typed::new(Value::column(row, column), Kind::Known(self.catalog.column(column).r#type.clone())))
    }

    pub(super) fn positioned(&self, number: usize, scope: &Scope<'_>) -> Result<Typed, Why> {
        scope.position(number).cloned().ok_or_else(|| format!("`${number}` is handed in by nobody"))
    }

    /// The table of a name.
    pub(super) fn table_named(&self, parts: &[String], scope: &Scope<'_>) -> Result<TableId, Why> {
        let named = match parts {
            [schema, name] => Some(QualifiedName::new(schema.as_str(), name.as_str())),
            [name] => self.relation_named(name, scope)?,
            _ => None,
        };
        named
            .and_then(|name| self.catalog.by_name(&name))
            .ok_or_else(|| format!("`{}` is no table of the schema file", listed(parts)))
    }
}
