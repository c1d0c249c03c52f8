//! The records that are asked about one by one. In: rows, and what is written of them. Out: each with its key in words, and what a statement that makes it says.

use std::collections::{BTreeMap, BTreeSet};

use super::{SampleRow, Scenarios, plain_text};
use crate::access::evaluate::{Data, Row};
use crate::catalog::TableId;
use crate::model::{Model, Operation};

/// A record that is there.
#[derive(Debug)]
pub struct Record<'a> {
    /// Its values.
    pub row: &'a Row,
    /// Its key as it is written, with commas between several columns; empty where its table has none.
    pub key: String,
    /// The columns that a statement which makes it gives a value.
    pub supplied: BTreeSet<u32>,
}

/// The records of each table.
#[derive(Debug, Default)]
pub struct Records<'a> {
    /// Those that are looked at, in the order of the test file or by their keys.
    pub of: BTreeMap<TableId, Vec<Record<'a>>>,
    /// The tables that have more.
    pub cut: BTreeSet<TableId>,
}

impl<'a> Record<'a> {
    /// A record with what is written of it, and what of that a statement says.
    pub fn new(model: &Model, table: TableId, row: &'a Row, written: &SampleRow, given: &SampleRow) -> Record<'a> {
        let entry = model.catalog.table(table);
        let part = |&column: &u32| written.get(&entry.columns[column as usize].name).map(plain_text).unwrap_or_default();
        let key = entry.primary_key.iter().map(part).collect::<Vec<_>>().join(",");
        // What the database fills in, no statement gives.
        let presets = model.presets(table, Operation::Create);
        let columns = given.keys().filter_map(|name| entry.column_named(name));
        Record { row, key, supplied: columns.filter(|column| !presets.contains_key(column)).collect() }
    }
}

impl<'a> Records<'a> {
    /// All of a test file that `tables` have.
    pub fn of_samples(model: &Model, scenarios: &Scenarios, data: &'a Data, tables: &BTreeSet<TableId>) -> Records<'a> {
        let records = |&table: &TableId| {
            let written = scenarios.rows.get(&table).map_or(&[][..], Vec::as_slice);
            let record = |(row, written): (&'a Row, &SampleRow)| Record::new(model, table, row, written, written);
            (table, std::iter::zip(data.rows(table), written).map(record).collect())
        };
        Records { of: tables.iter().map(records).collect(), cut: BTreeSet::new() }
    }
}

/// What stands beneath a table: what is denied is always listed.
pub(super) fn listed(expected: bool) -> &'static str {
    match expected {
        true => "this is a list of rows by their keys, or `all`",
        false => "this is a list of rows by their keys; whatever `can` does not list is denied anyway",
    }
}
