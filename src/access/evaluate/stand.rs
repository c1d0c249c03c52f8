//! Whether a row can stand in its table, and what stops it. In: a row, and the one in whose place it comes. Out: the constraint of the schema file that it breaks, with its
//! values, in words.

use super::{Datum, Evaluator, Row};
use crate::catalog::{Column, ColumnRef, TableId};

/// A constraint that a row breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// A column that may not be empty is.
    Empty(u32),
    /// A column references what is not there.
    Nothing(u32, ColumnRef),
    /// Another row has this key.
    Taken(Vec<u32>),
}

impl Evaluator<'_> {
    /// Whether the constraints of a table, as far as the schema file has them, let a row stand in the place of another.
    pub fn could_stand(&self, table: TableId, row: &Row, instead_of: Option<&Row>) -> bool {
        self.obstacle(table, row, instead_of).is_none()
    }

    /// What does not let it, in words: `no record of people has the id 33, which person_id says`.
    pub fn why_not_stand(&self, table: TableId, row: &Row, instead_of: Option<&Row>) -> Option<String> {
        let catalog = &self.model.catalog;
        let entry = catalog.table(table);
        let name = |column: u32| entry.columns[column as usize].name.as_str();
        let value = |column: u32| self.field(table, row, column).unwrap_or_default();
        Some(match self.obstacle(table, row, instead_of)? {
            Obstacle::Empty(column) => format!("{} may not be empty in {}", name(column), entry.name),
            Obstacle::Nothing(column, target) => {
                let (other, key) = (&catalog.table(target.table).name, &catalog.column(target).name);
                format!("no record of {other} has the {key} {}, which {} says", value(column), name(column))
            }
            Obstacle::Taken(key) => {
                let said: Vec<String> = key.iter().map(|&column| format!("{} {}", name(column), value(column))).collect();
                format!("another record of {} has the {}", entry.name, said.join(" and the "))
            }
        })
    }

    /// The first constraint that the row breaks.
    fn obstacle(&self, table: TableId, row: &Row, instead_of: Option<&Row>) -> Option<Obstacle> {
        let entry = self.model.catalog.table(table);
        let value = |column: u32| row.get(column as usize).unwrap_or(&Datum::Null);
        let is_numbered = |column: &Column| column.identity || column.sequence.is_some();
        let is_filled =
            |column: &Column| column.default.is_some() || column.generated || column.set_by_trigger || is_numbered(column);
        let lacks = |(index, column): (u32, &Column)| {
            (!column.nullable && !is_filled(column) && value(index).is_null()).then_some(Obstacle::Empty(index))
        };
        let leads_nowhere = |(index, column): (u32, &Column)| {
            let is_new = !instead_of.and_then(|own| own.get(index as usize)).is_some_and(|own| own.is_stored_as(value(index)));
            let target = column.references.filter(|_| is_new && !value(index).is_null())?;
            self.find(target, value(index)).next().is_none().then_some(Obstacle::Nothing(index, target))
        };
        let equals =
            |other: &Row, column: &u32| other.get(*column as usize).and_then(|other| other.equals(value(*column))) == Some(true);
        let is_taken = |key: &&Vec<u32>| {
            let mut others = self.rows.all(table).filter(|other| !instead_of.is_some_and(|own| std::ptr::eq(own, *other)));
            !key.is_empty() && others.any(|other| key.iter().all(|column| equals(other, column)))
        };
        let columns = || (0u32..).zip(&entry.columns);
        let mut keys = entry.keys();
        columns()
            .find_map(lacks)
            .or_else(|| columns().find_map(leads_nowhere))
            .or_else(|| keys.find(is_taken).map(|key| Obstacle::Taken(key.clone())))
    }
}
