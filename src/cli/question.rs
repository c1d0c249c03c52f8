//! What is asked about one record, or about an action: its names looked up among the test files. In: the words of the command line. Out: a [`Question`] and the
//! test file that has the record.

use clap::ValueEnum;

use super::actors::{TestFile, TestFiles};
use super::{Error, Named};
use crate::access::evaluate::{self, Data, Datum, Evaluator, Reason};
use crate::catalog::{TableId, Type};
use crate::model::{Action, Model, Operation};
use crate::scenario::{self, Scenarios};

/// What can be done with a record that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Asked {
    Read,
    Update,
    Delete,
    /// An action.
    Do,
}

impl Asked {
    pub(super) fn word(self) -> &'static str {
        match self {
            Asked::Read => "read",
            Asked::Update => "update",
            Asked::Delete => "delete",
            Asked::Do => "do",
        }
    }
}

/// What is asked, with its names looked up.
pub(super) enum Question<'a> {
    Record { table: TableId, operation: Operation, position: usize },
    Action { action: &'a Action, arguments: Vec<String> },
}

impl<'a> Question<'a> {
    /// What is asked, and the test file with the rows that it is asked of.
    pub(super) fn find(
        (asked, table, key): (Asked, &str, &str),
        model: &'a Model,
        files: &'a TestFiles,
    ) -> Result<(&'a TestFile, Question<'a>), Error> {
        let operation = match asked {
            Asked::Read => Operation::Read,
            Asked::Update => Operation::Update,
            Asked::Delete => Operation::Delete,
            Asked::Do => return Question::of_action(table, key, model, files),
        };
        let table = super::table(model, table)?;
        let found = files.read.iter().find_map(|file| Some((file, position(model, &file.1, table, key)?)));
        let (file, position) = found.ok_or_else(|| no_row(model, table, key_of(model, table), key, files))?;
        Ok((file, Question::Record { table, operation, position }))
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
    pub(super) fn why(&self, model: &Model, data: &Data, evaluator: &Evaluator<'_>, now: i64) -> Reason {
        match self {
            Question::Record { table, operation, position } => evaluator.why(*table, *operation, &data.rows(*table)[*position]),
            Question::Action { action, arguments } => {
                let columns = action.by.iter().map(|&column| &model.catalog.table(action.table).columns[column as usize].r#type);
                // What is no value of the column's type is that of no record.
                let value = |(of, text): (&Type, &String)| evaluate::parse(&model.catalog, of, text, now).unwrap_or(Datum::Null);
                evaluator.why_act(action, &std::iter::zip(columns, arguments).map(value).collect::<Vec<_>>())
            }
        }
    }
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
