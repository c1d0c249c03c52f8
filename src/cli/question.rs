//! What is asked about one record, or about an action: its names looked up among the test files. In: the words of the command line. Out: a [`Question`] and the
//! test file that has the record.

use clap::ValueEnum;

use std::collections::BTreeSet;

use super::actors::{TestFile, TestFiles};
use super::not_asked::NotAsked;
use super::{Error, Named, key, set};
use crate::access::evaluate::{Data, Datum, Evaluator, Reason, Row, Rows, Session, Without};
use crate::catalog::TableId;
use crate::model::{Action, Model, Operation};
use crate::scenario::{self, SampleRow};

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

/// What is asked, in the words of the command line. `set` are pairs `column=value` that the record is to have.
#[derive(Clone, Copy)]
pub(super) struct Words<'w> {
    pub(super) asked: Asked,
    pub(super) table: &'w str,
    pub(super) key: &'w str,
    pub(super) set: &'w [String],
}

/// The same with its names looked up.
pub(super) enum Wanted<'a> {
    Record {
        table: TableId,
        operation: Operation,
        set: SampleRow,
        /// Whether the record is none of those that are there.
        is_new: bool,
    },
    Action {
        action: &'a Action,
        arguments: Vec<Datum>,
    },
}

impl Words<'_> {
    pub(super) fn look_up<'a>(&self, model: &'a Model) -> Result<Wanted<'a>, Error> {
        let operation = match self.asked {
            Asked::Create => Operation::Create,
            Asked::Read => Operation::Read,
            Asked::Update => Operation::Update,
            Asked::Delete => Operation::Delete,
            Asked::Do => {
                let known = || model.actions.iter().map(|action| action.name.as_str());
                let action = model.actions.iter().find(|action| action.name == self.table);
                let action = action.ok_or_else(|| Error::unknown(Named::Action, self.table, known()))?;
                return Ok(Wanted::Action { action, arguments: arguments(model, action, self.key)? });
            }
        };
        let table = super::table(model, self.table)?;
        let set = set::pairs(model, table, self.set)?;
        let is_new = operation == Operation::Create && self.key == NEW;
        Ok(Wanted::Record { table, operation, set, is_new })
    }
}

/// The values that an action is called with, each of its column's type: one that is none is a mistake of whoever asks, and no record that is not there.
fn arguments(model: &Model, action: &Action, called: &str) -> Result<Vec<Datum>, Error> {
    // A text may have commas.
    let texts = if action.by.len() == 1 { vec![called.to_owned()] } else { key::parts(called) };
    let now = jiff::Timestamp::now().as_microsecond();
    let value = |(&column, text): (&u32, &String)| key::value_of(model, action.table, column, text, now);
    let values: Option<Vec<Datum>> = std::iter::zip(&action.by, &texts).map(value).collect();
    values.filter(|_| texts.len() == action.by.len()).ok_or_else(|| {
        let columns = key::typed(model, action.table, &action.by);
        NotAsked::NoArguments { action: action.name.clone(), key: called.to_owned(), columns }.into()
    })
}

impl Wanted<'_> {
    /// The test file that has the record, and its position there.
    pub(super) fn in_samples<'f>(
        &self,
        model: &Model,
        files: &'f TestFiles,
        key: &str,
        now: i64,
    ) -> Result<(&'f TestFile, Option<usize>), Error> {
        match self {
            Wanted::Record { table, is_new: true, .. } => {
                let has_rows = |file: &&TestFile| file.1.rows.contains_key(table);
                let file = files.read.iter().find(has_rows).or(files.read.first());
                Ok((file.ok_or_else(|| Error::NoRows { unread: files.unread.clone() })?, None))
            }
            Wanted::Record { table, .. } => {
                // What no record can have is a mistake of whoever asks, whatever the files say.
                key::read(model, *table, key, now)?;
                for file in &files.read {
                    if let Some(position) = key::position(model, &file.1, *table, key, now)? {
                        return Ok((file, Some(position)));
                    }
                }
                Err(no_row(model, *table, key_of(model, *table), key, files))
            }
            Wanted::Action { action, .. } => {
                let has_rows = |file: &&TestFile| file.1.rows.get(&action.table).is_some_and(|rows| !rows.is_empty());
                let file = files.read.iter().find(has_rows);
                Ok((file.ok_or_else(|| no_row(model, action.table, found_by(model, action), key, files))?, None))
            }
        }
    }
}

/// The columns that an action finds its record by.
fn found_by<'a>(model: &'a Model, action: &Action) -> Vec<&'a str> {
    let columns = &model.catalog.table(action.table).columns;
    action.by.iter().map(|&column| columns[column as usize].name.as_str()).collect()
}

/// What is asked, with the record that it is asked of.
pub(super) enum Question<'a> {
    Record {
        table: TableId,
        operation: Operation,
        row: &'a Row,
    },
    /// A record that is made: one that is there as if it were not, or another one. The columns are those that the statement gives a value.
    Create {
        table: TableId,
        row: Option<&'a Row>,
        made: Row,
        supplied: BTreeSet<u32>,
    },
    /// A record that becomes another, by a statement that names these columns.
    Change {
        table: TableId,
        row: &'a Row,
        written: Row,
        named: BTreeSet<u32>,
    },
    Action {
        action: &'a Action,
        arguments: Vec<Datum>,
    },
}

/// An answer of one session.
pub(super) struct Answered {
    pub(super) reason: Reason,
    /// Whether it depended on raw SQL, which only a server knows.
    pub(super) met_raw_sql: bool,
    /// What the session was asked for and does not say.
    pub(super) unsaid: BTreeSet<String>,
}

impl Answered {
    fn by(reason: Reason, evaluator: &Evaluator<'_>) -> Answered {
        Answered { reason, met_raw_sql: evaluator.met_raw_sql(), unsaid: evaluator.unsaid() }
    }
}

impl<'a> Question<'a> {
    /// A question about a record that was found where `place` says, with what is written of it there. A new one has none.
    pub(super) fn of(
        wanted: Wanted<'a>,
        model: &Model,
        found: Option<(&'a Row, SampleRow)>,
        place: &str,
        now: i64,
    ) -> Result<Question<'a>, Error> {
        Ok(match (wanted, found) {
            (Wanted::Action { action, arguments }, _) => Question::Action { action, arguments },
            (Wanted::Record { table, operation: Operation::Create, set, .. }, found) => {
                Question::create(model, table, found, set, place, now)?
            }
            (Wanted::Record { table, operation: Operation::Update, set, .. }, Some((row, _))) if !set.is_empty() => {
                let written = scenario::read_change(model, table, row, &set, now).map_err(|value| Error::value(SET, value))?;
                let named = set.keys().filter_map(|name| model.catalog.table(table).column_named(name)).collect();
                Question::Change { table, row, written, named }
            }
            (Wanted::Record { table, operation, .. }, Some((row, _))) => Question::Record { table, operation, row },
            (Wanted::Record { .. }, None) => return Err(Error::NoRows { unread: Vec::new() }),
        })
    }

    /// The same about a record of a test file.
    pub(super) fn in_samples(
        wanted: Wanted<'a>,
        model: &Model,
        (file, data, position): (&TestFile, &'a Data, Option<usize>),
        now: i64,
    ) -> Result<Question<'a>, Error> {
        let found = match (&wanted, position) {
            (Wanted::Record { table, .. }, Some(position)) => {
                Some((&data.rows(*table)[position], file.1.rows[table][position].clone()))
            }
            _ => None,
        };
        Question::of(wanted, model, found, &file.0, now)
    }

    fn create(
        model: &Model,
        table: TableId,
        found: Option<(&'a Row, SampleRow)>,
        set: SampleRow,
        place: &str,
        now: i64,
    ) -> Result<Question<'a>, Error> {
        scenario::read_row(model, table, &set, now).map_err(|value| Error::value(SET, value))?;
        let (there, mut row) = found.map_or((None, SampleRow::new()), |(row, written)| (Some(row), written));
        row.extend(set);
        let made = scenario::read_row(model, table, &row, now).map_err(|value| Error::value(place, value))?;
        let presets = model.presets(table, Operation::Create);
        let columns = row.keys().filter_map(|name| model.catalog.table(table).column_named(name));
        // What the database fills in, no statement gives.
        let supplied = columns.filter(|column| there.is_none() || !presets.contains_key(column)).collect();
        Ok(Question::Create { table, row: there, made, supplied })
    }

    /// The fields that are reached, where the operation has fields and these are not all.
    pub(super) fn fields(&self, model: &Model, evaluator: &Evaluator<'_>) -> Option<Vec<String>> {
        let Question::Record { table, operation: Operation::Read | Operation::Update, .. } = self else { return None };
        let names = self.reached(model, evaluator);
        (names.len() < model.catalog.table(*table).columns.len()).then_some(names)
    }

    /// The fields that are read or may be changed; none of any other operation.
    pub(super) fn reached(&self, model: &Model, evaluator: &Evaluator<'_>) -> Vec<String> {
        let Question::Record { table, operation, row } = self else { return Vec::new() };
        let fields = match operation {
            Operation::Read => evaluator.read_fields(*table, row),
            Operation::Update => evaluator.update_fields(*table, row),
            Operation::Create | Operation::Delete => return Vec::new(),
        };
        let columns = &model.catalog.table(*table).columns;
        fields.iter().map(|&field| columns[field as usize].name.clone()).collect()
    }

    /// The record behind the statement, as the statement writes it; of one that is taken away, as it was.
    pub(super) fn behind(&self) -> Option<&Row> {
        match self {
            Question::Record { row, .. } => Some(row),
            Question::Create { made, .. } => Some(made),
            Question::Change { written, .. } => Some(written),
            Question::Action { .. } => None,
        }
    }

    /// What the constraints of its table, as far as the schema file has them, do not let stand of the record that the statement leaves.
    pub(super) fn obstacle(&self, model: &Model, rows: &dyn Rows, session: &Session) -> Option<String> {
        let evaluator = Evaluator::new(model, rows, session);
        match self {
            Question::Create { table, row: None, made, .. } => {
                evaluator.why_not_stand(*table, &evaluator.filled(*table, Operation::Create, made), None)
            }
            Question::Change { table, row, written, .. } => {
                evaluator.why_not_stand(*table, &evaluator.filled(*table, Operation::Update, written), Some(row))
            }
            _ => None,
        }
    }

    /// The answer of one session, with what makes it so.
    pub(super) fn why(&self, model: &Model, rows: &dyn Rows, session: &Session) -> Answered {
        let evaluator = Evaluator::new(model, rows, session);
        let reason = match self {
            Question::Record { table, operation, row } => evaluator.why(*table, *operation, row),
            Question::Change { table, row, written, named } => evaluator.why_change(*table, row, written, named),
            Question::Create { table, row: Some(row), made, supplied } => {
                let without = Without::new(rows, row);
                let evaluator = Evaluator::new(model, &without, session);
                let reason = evaluator.why_create(*table, made, supplied);
                return Answered::by(reason, &evaluator);
            }
            Question::Create { table, row: None, made, supplied } => evaluator.why_create(*table, made, supplied),
            Question::Action { action, arguments } => evaluator.why_act(action, arguments),
        };
        Answered::by(reason, &evaluator)
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
