//! Questions about the record of a database: where it is asked, and how it is found. In: the words of the command line, a connection. Out: a [`Question`] and rows for the
//! evaluator, and what a user would do, for the server.

use std::collections::BTreeSet;

use clap::Args;

use super::not_asked::NotAsked;
use super::question::{Question, Wanted, Words};
use super::{Error, key, set};
use crate::access::evaluate::{Row, constant_default};
use crate::catalog::TableId;
use crate::db::{Deed, LiveRows};
use crate::model::{Action, Model, Operation};
use crate::scenario::{Record, Records, SampleRow, plain_text};
use crate::yaml::Value;

/// Whose rows are asked about.
#[derive(Debug, Args)]
pub(super) struct LiveArgument {
    /// Ask about the rows of this database instead of those of the test files: a URL or `host=… dbname=…`; what it leaves out is in the PG* variables.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Ask about the rows of the test files, whatever DATABASE_URL says.
    #[arg(long)]
    samples: bool,
}

impl LiveArgument {
    pub(super) fn url(&self) -> Option<&str> {
        self.database_url.as_deref().filter(|url| !self.samples && !url.is_empty())
    }
}

/// The record that is asked about, by its key; none for a new one and for an action.
fn find<'r>(wanted: &Wanted<'_>, model: &Model, rows: &'r LiveRows<'_>, typed: &str) -> Result<Option<&'r Row>, Error> {
    let Wanted::Record { table, is_new: false, .. } = wanted else { return Ok(None) };
    let values = key::read(model, *table, typed, rows.now())?;
    let found = rows.by_key(*table, &values);
    if found.is_none() {
        rows.check()?;
    }
    let name = || model.catalog.table(*table).name.to_string();
    Ok(Some(found.ok_or_else(|| NotAsked::NoRecord { table: name(), key: typed.to_owned() })?))
}

/// The question, and what a user would do to ask the server the same; an action is not done.
pub(super) fn ask<'r, 'm: 'r>(
    words: &Words<'_>,
    model: &'m Model,
    rows: &'r LiveRows<'_>,
) -> Result<(Question<'r>, Result<Deed, &'m Action>), Error> {
    let mut wanted: Wanted<'m> = words.look_up(model)?;
    if let Wanted::Record { table, set, .. } = &mut wanted {
        set::read_by_server(set, model, *table, rows)?;
    }
    let row = find(&wanted, model, rows, words.key)?;
    let deed = match &wanted {
        Wanted::Record { table, operation, set, .. } => {
            let mut record = row.map(|row| rows.written(*table, row)).unwrap_or_default();
            if *operation == Operation::Create {
                record = row.map(|row| given(model, *table, row, record)).unwrap_or_default();
                record.extend(set.clone());
            }
            Ok(Deed { table: *table, operation: *operation, record, set: set.clone(), fields: Vec::new(), hidden: Vec::new() })
        }
        Wanted::Action { action, .. } => Err(*action),
    };
    let found = row.map(|row| {
        let table = deed.as_ref().ok().map(|deed| deed.table);
        let written = table.map(|table| given(model, table, row, rows.written(table, row)));
        (row, written.unwrap_or_default())
    });
    Ok((Question::of(wanted, model, found, words.table, rows.now())?, deed))
}

/// What a statement that makes such a record would say: not what the database fills in, nor what is there without being said.
fn given(model: &Model, table: TableId, row: &Row, mut written: SampleRow) -> SampleRow {
    let presets = model.presets(table, Operation::Create);
    for (index, column) in (0u32..).zip(&model.catalog.table(table).columns) {
        let is_default =
            row.get(index as usize).is_some_and(|value| constant_default(&model.catalog, column).as_ref() == Some(value));
        if column.generated || presets.contains_key(&index) || is_default {
            written.remove(&column.name);
        }
    }
    written
}

/// The first records of each table.
pub(super) fn records<'r>(
    rows: &'r LiveRows<'_>,
    model: &Model,
    tables: &BTreeSet<TableId>,
    most: usize,
) -> Result<Records<'r>, Error> {
    let mut records = Records::default();
    for &table in tables {
        let (found, is_more) = rows.first(table, most);
        rows.check()?;
        let record = |(row, written): (&'r Row, SampleRow)| {
            Record::new(model, table, row, &written, &given(model, table, row, written.clone()))
        };
        records.of.insert(table, found.into_iter().map(record).collect());
        if is_more {
            records.cut.insert(table);
        }
    }
    Ok(records)
}

/// The users of a database, and whether there are more.
pub(super) fn users(rows: &LiveRows<'_>, most: usize) -> Result<(Vec<Value>, bool), Error> {
    let (found, is_more) = rows.identities(most);
    rows.check()?;
    Ok((found.into_iter().map(Value::String).filter(|value| !plain_text(value).is_empty()).collect(), is_more))
}
