//! What is asked about one record, or about an action: its names looked up among the test files. In: the words of the command line. Out: a [`Question`] and the
//! test file that has the record.

use clap::ValueEnum;

use std::collections::BTreeSet;

use super::actors::{TestFile, TestFiles};
use super::{Error, Named};
use crate::access::evaluate::{self, Data, Datum, Evaluator, Reason, Row, Session, Without};
use crate::catalog::{TableId, Type, words};
use crate::model::{Action, Model, Operation};
use crate::scenario::{self, SampleRow, Scenarios};

/// The key of a record that no test file has.
pub(super) const NEW: &str = "-";

/// Where values of the command line stand, in messages.
const SET: &str = "--set";

/// What can be done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Asked {
    Create,
    Read,
    Update,
    Delete,
    /// An action.
    Do,
}

impl Asked {
    pub(super) fn word(self) -> &'static str {
        match self {
            Asked::Create => "create",
            Asked::Read => "read",
            Asked::Update => "update",
            Asked::Delete => "delete",
            Asked::Do => "do",
        }
    }
}

/// What is asked, with its names looked up.
pub(super) enum Question<'a> {
    Record {
        table: TableId,
        operation: Operation,
        position: usize,
    },
    /// A record that is made: one of a test file as if it were not there yet, or another one. The columns are those that the statement gives a value.
    Create {
        table: TableId,
        position: Option<usize>,
        made: Row,
        supplied: BTreeSet<u32>,
    },
    /// A record that becomes another, by a statement that names these columns.
    Change {
        table: TableId,
        position: usize,
        written: Row,
        named: BTreeSet<u32>,
    },
    Action {
        action: &'a Action,
        arguments: Vec<String>,
    },
}

/// An answer of one session.
pub(super) struct Answered {
    pub(super) reason: Reason,
    /// Whether it depended on raw SQL, which only a server knows.
    pub(super) met_raw_sql: bool,
}

impl<'a> Question<'a> {
    /// What is asked, and the test file with the rows that it is asked of. `set` are pairs `column=value` that the record is to have.
    pub(super) fn find(
        (asked, table, key): (Asked, &str, &str),
        set: &[String],
        model: &'a Model,
        files: &'a TestFiles,
        now: i64,
    ) -> Result<(&'a TestFile, Question<'a>), Error> {
        let operation = match asked {
            Asked::Create => Operation::Create,
            Asked::Read => Operation::Read,
            Asked::Update => Operation::Update,
            Asked::Delete => Operation::Delete,
            Asked::Do => return Question::of_action(table, key, model, files),
        };
        let table = super::table(model, table)?;
        let set = pairs(model, table, set)?;
        if operation == Operation::Create && key == NEW {
            let has_rows = |file: &&TestFile| file.1.rows.contains_key(&table);
            let file = files.read.iter().find(has_rows).or(files.read.first());
            let file = file.ok_or_else(|| Error::NoRows { unread: files.unread.clone() })?;
            return Ok((file, Question::create(model, table, (file, None), set, now)?));
        }
        let found = files.read.iter().find_map(|file| Some((file, position(model, &file.1, table, key)?)));
        let (file, position) = found.ok_or_else(|| no_row(model, table, key_of(model, table), key, files))?;
        let question = match operation {
            Operation::Create => Question::create(model, table, (file, Some(position)), set, now)?,
            Operation::Update if !set.is_empty() => {
                let before = scenario::read_row(model, table, &file.1.rows[&table][position], now);
                let before = before.map_err(|value| Error::value(&file.0, value))?;
                let written =
                    scenario::read_change(model, table, &before, &set, now).map_err(|value| Error::value(SET, value))?;
                let named = set.keys().filter_map(|name| model.catalog.table(table).column_named(name)).collect();
                Question::Change { table, position, written, named }
            }
            operation => Question::Record { table, operation, position },
        };
        Ok((file, question))
    }

    fn create(
        model: &Model,
        table: TableId,
        (file, position): (&TestFile, Option<usize>),
        set: SampleRow,
        now: i64,
    ) -> Result<Question<'a>, Error> {
        scenario::read_row(model, table, &set, now).map_err(|value| Error::value(SET, value))?;
        let of_file = position.map(|position| file.1.rows[&table][position].clone());
        let mut row = of_file.unwrap_or_default();
        row.extend(set);
        let made = scenario::read_row(model, table, &row, now).map_err(|value| Error::value(&file.0, value))?;
        let presets = model.presets(table, Operation::Create);
        let columns = row.keys().filter_map(|name| model.catalog.table(table).column_named(name));
        // What the database fills in, no statement gives.
        let supplied = columns.filter(|column| position.is_none() || !presets.contains_key(column)).collect();
        Ok(Question::Create { table, position, made, supplied })
    }

    fn of_action(name: &str, key: &str, model: &'a Model, files: &'a TestFiles) -> Result<(&'a TestFile, Question<'a>), Error> {
        let known = || model.actions.iter().map(|action| action.name.as_str());
        let action = model.actions.iter().find(|action| action.name == name);
        let action = action.ok_or_else(|| Error::unknown(Named::Action, name, known()))?;
        let values: Vec<String> = key.split(',').map(|value| value.trim().to_owned()).collect();
        let has_rows = |file: &&TestFile| file.1.rows.get(&action.table).is_some_and(|rows| !rows.is_empty());
        let columns = &model.catalog.table(action.table).columns;
        let names: Vec<&str> = action.by.iter().map(|&column| columns[column as usize].name.as_str()).collect();
        let file = files.read.iter().find(has_rows).filter(|_| values.len() == names.len());
        let file = file.ok_or_else(|| no_row(model, action.table, names, key, files))?;
        Ok((file, Question::Action { action, arguments: values }))
    }

    /// The fields that are reached, where the operation has fields and these are not all.
    pub(super) fn fields(&self, model: &Model, data: &Data, evaluator: &Evaluator<'_>) -> Option<Vec<String>> {
        let Question::Record { table, operation, position } = self else { return None };
        let row = &data.rows(*table)[*position];
        let fields = match operation {
            Operation::Read => evaluator.read_fields(*table, row),
            Operation::Update => evaluator.update_fields(*table, row),
            Operation::Create | Operation::Delete => return None,
        };
        let columns = &model.catalog.table(*table).columns;
        let names: Vec<String> = fields.iter().map(|&field| columns[field as usize].name.clone()).collect();
        (names.len() < columns.len()).then_some(names)
    }

    /// The answer of one session, with what makes it so.
    pub(super) fn why(&self, model: &Model, data: &Data, session: &Session, now: i64) -> Answered {
        let evaluator = Evaluator::new(model, data, session);
        let reason = match self {
            Question::Record { table, operation, position } => evaluator.why(*table, *operation, &data.rows(*table)[*position]),
            // PostgreSQL asks for the right to assign, also where the value stays.
            Question::Change { table, named, .. } if !evaluator.has_right(*table, Operation::Update, named) => {
                evaluator.why_not_assigned(*table, named)
            }
            Question::Change { table, position, written, .. } => {
                evaluator.why_change(*table, &data.rows(*table)[*position], written)
            }
            Question::Create { table, position: Some(position), made, supplied } => {
                let without = Without::new(data, &data.rows(*table)[*position]);
                let evaluator = Evaluator::new(model, &without, session);
                let reason = evaluator.why_create(*table, made, supplied);
                return Answered { reason, met_raw_sql: evaluator.met_raw_sql() };
            }
            Question::Create { table, position: None, made, supplied } => evaluator.why_create(*table, made, supplied),
            Question::Action { action, arguments } => {
                let columns = action.by.iter().map(|&column| &model.catalog.table(action.table).columns[column as usize].r#type);
                // What is no value of the column's type is that of no record.
                let value = |(of, text): (&Type, &String)| evaluate::parse(&model.catalog, of, text, now).unwrap_or(Datum::Null);
                evaluator.why_act(action, &std::iter::zip(columns, arguments).map(value).collect::<Vec<_>>())
            }
        };
        Answered { reason, met_raw_sql: evaluator.met_raw_sql() }
    }
}

/// `column=value`, each a field of the record: `[a, b]` is a list, and nothing behind the sign is an empty field.
fn pairs(model: &Model, table: TableId, set: &[String]) -> Result<SampleRow, Error> {
    let columns = &model.catalog.table(table).columns;
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| Error::SetArgument(text.clone()))?;
        let named = columns.iter().find(|column| words(&column.name) == words(name));
        let known = || columns.iter().map(|column| column.name.as_str());
        let named = named.ok_or_else(|| Error::unknown(Named::Column, name, known()))?;
        Ok((named.name.clone(), scenario::value_of_text(value)))
    };
    set.iter().map(pair).collect()
}

fn no_row(model: &Model, table: TableId, columns: Vec<&str>, key: &str, files: &TestFiles) -> Error {
    Error::NoSuchRow {
        table: model.catalog.table(table).name.to_string(),
        key: key.to_owned(),
        columns: columns.into_iter().map(str::to_owned).collect(),
        unread: files.unread.clone(),
    }
}

/// The columns of a table's key.
fn key_of(model: &Model, table: TableId) -> Vec<&str> {
    let entry = model.catalog.table(table);
    entry.primary_key.iter().map(|&column| entry.columns[column as usize].name.as_str()).collect()
}

/// The position of the record with a key.
fn position(model: &Model, scenarios: &Scenarios, table: TableId, key: &str) -> Option<usize> {
    let names = key_of(model, table);
    let key_of = |row: &scenario::SampleRow| {
        let values = names.iter().map(|name| row.get(*name).map(scenario::plain_text).unwrap_or_default());
        values.collect::<Vec<_>>().join(",")
    };
    scenarios.rows.get(&table)?.iter().position(|row| key_of(row) == key.replace(", ", ","))
}
