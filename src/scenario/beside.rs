//! Whether the rows of a test file could stand beside each other: keys that nothing has, and values that only one row may have. In: rows whose values are right each by itself. Out: what is
//! wrong, and at which row. A server would refuse them, and memory would answer for what cannot be.

use std::collections::BTreeMap;

use super::check::Problem;
use super::evaluate::read_row;
use super::load::{At, Loader};
use super::{SampleRow, plain_text};
use crate::access::evaluate::{Data, Datum, Row, Rows};
use crate::catalog::{ColumnRef, Table, TableId};
use crate::model::Model;

impl Loader<'_> {
    /// Says what is wrong, where each row by itself is right.
    pub(super) fn rows_beside(&mut self) {
        for ((table, position), problem) in problems(self.model, &self.rows) {
            let name = self.written.get(&table).map_or("", String::as_str);
            let at = At::new(&["rows", name]).item(position);
            self.report_problems(&at, vec![problem]);
        }
    }
}

/// All that is wrong, with the table and the position of the row. What only a server could read is not looked at.
fn problems(model: &Model, rows: &BTreeMap<TableId, Vec<SampleRow>>) -> Vec<((TableId, usize), Problem)> {
    let mut data = Data::default();
    for (&table, rows) in rows {
        if let Ok(read) = rows.iter().map(|row| read_row(model, table, row, 0)).collect() {
            data.insert(table, read);
        }
    }
    let file = File { model, rows, data };
    let all = rows.keys().flat_map(|&table| (0..file.data.rows(table).len()).map(move |position| (table, position)));
    all.flat_map(|at| file.of(at.0, at.1).into_iter().map(move |problem| (at, problem))).collect()
}

struct File<'a> {
    model: &'a Model,
    rows: &'a BTreeMap<TableId, Vec<SampleRow>>,
    data: Data,
}

impl File<'_> {
    fn of(&self, table: TableId, position: usize) -> Vec<Problem> {
        let entry = self.model.catalog.table(table);
        let (Some(row), Some(written)) =
            (self.data.rows(table).get(position), self.rows.get(&table).and_then(|rows| rows.get(position)))
        else {
            return Vec::new();
        };
        // What is only derived, no foreign key is about.
        let is_stored = |index: u32| entry.derivation(index).is_none() || entry.tuple(index).is_some();
        let references = entry.values().filter(|(index, _)| is_stored(*index));
        let references = references.filter_map(|(index, column)| Some((index, column.references?)));
        let mut found: Vec<Problem> =
            references.filter_map(|(index, target)| self.dangling(entry, (index, target), row, written)).collect();
        found.extend(entry.keys().filter_map(|key| self.taken(table, key, row, written)));
        found
    }

    /// A reference to a row that is not in the file.
    fn dangling(&self, entry: &Table, (own, target): (u32, ColumnRef), row: &Row, written: &SampleRow) -> Option<Problem> {
        let (columns, targets) = (entry.stored(own), self.model.catalog.parts(target));
        let values: Vec<&Datum> = columns.iter().filter_map(|&column| row.get(column as usize)).collect();
        // What a file does not say, its table's default or a trigger may.
        let is_said = columns.iter().all(|&column| written.contains_key(&entry.columns[column as usize].name));
        if !is_said || values.len() != targets.len() || values.iter().any(|value| value.is_null()) {
            return None;
        }
        let other = self.model.catalog.table(target.table);
        let is_read = self.rows.get(&target.table).is_none_or(|rows| rows.len() == self.data.rows(target.table).len());
        let (&first, &value) = (targets.first()?, values.first()?);
        let has = |other: &&Row| {
            std::iter::zip(&targets, &values)
                .all(|(target, value)| other.get(target.column as usize).and_then(|own| own.equals(value)) == Some(true))
        };
        // Rows of others come and go without those that reference them.
        if !is_read || other.is_external() || self.data.with(first, value).any(|other| has(&other)) {
            return None;
        }
        let name = |column: u32| entry.columns[column as usize].name.as_str();
        let texts: Vec<String> = columns.iter().filter_map(|&column| written.get(name(column))).map(plain_text).collect();
        let wanted = std::iter::zip(&targets, &texts)
            .map(|(target, text)| format!("{}: {text}", other.columns[target.column as usize].name));
        let wanted = wanted.collect::<Vec<_>>().join(", ");
        let own: Vec<&str> = columns.iter().map(|&column| name(column)).collect();
        let is_optional = columns.iter().any(|&column| entry.columns[column as usize].nullable);
        let or_empty = if is_optional { ", or leave the field empty" } else { "" };
        Some(Problem {
            column: Some(name(*columns.first()?).to_owned()),
            title: format!(
                "`{}` of `{}` is {}, and `rows` has no such row of `{}`",
                own.join(", "),
                entry.name,
                texts.join(", "),
                other.name
            ),
            help: Some(format!("add `{{ {wanted}, … }}` to `{}` under `rows`{or_empty}", other.name)),
        })
    }

    /// A value that a row before it has, where only one may.
    fn taken(&self, table: TableId, key: &[u32], row: &Row, written: &SampleRow) -> Option<Problem> {
        let entry = self.model.catalog.table(table);
        let value = |row: &Row, column: u32| row.get(column as usize).cloned().unwrap_or(Datum::Null);
        let first = *key.first()?;
        if key.iter().any(|&column| value(row, column).is_null()) {
            return None;
        }
        let is_same = |other: &&Row| key.iter().all(|&column| value(other, column).equals(&value(row, column)) == Some(true));
        let own = value(row, first);
        // Rows come in the order of the file.
        let before = self.data.with(ColumnRef { table, column: first }, &own).find(is_same)?;
        if std::ptr::eq(before, row) {
            return None;
        }
        let names: Vec<&str> = key.iter().map(|&column| entry.columns[column as usize].name.as_str()).collect();
        let texts: Vec<String> = names.iter().filter_map(|name| written.get(*name)).map(plain_text).collect();
        Some(Problem {
            column: names.last().filter(|name| written.contains_key(**name)).map(|name| (*name).to_owned()),
            title: format!(
                "two rows of `{}` have `{}` {}, which the schema file calls unique",
                entry.name,
                names.join(", "),
                texts.join(", ")
            ),
            help: Some("give one of them another value".to_owned()),
        })
    }
}
