//! Questions about the record of a database: where it is asked, and how it is found. In: the words of the command line, a connection. Out: a [`Question`] and rows for the
//! evaluator, and what a user would do, for the server.

use std::collections::BTreeSet;

use clap::Args;

use super::Error;
use super::question::{self, Question, Wanted, Words};
use crate::access::evaluate::{Datum, Row, constant_default, parse};
use crate::catalog::{TableId, Type};
use crate::db::{Deed, InspectError, LiveRows};
use crate::model::{Model, Operation};
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

/// Why nothing could be asked of a database.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// No record has the key.
    #[error("the database has no record of `{table}` with the key `{key}`")]
    NoRecord {
        /// The table.
        table: String,
        /// As it was typed.
        key: String,
    },
    /// The key is none of the table's.
    #[error("`{key}` is no key of `{table}`, which is ({})", columns.join(", "))]
    NoKey {
        /// The table.
        table: String,
        /// As it was typed.
        key: String,
        /// The columns of its key with their types.
        columns: Vec<String>,
    },
    /// Records that cannot be told apart.
    #[error("`{0}` has no primary key, so no record of it can be named")]
    NoPrimaryKey(String),
    /// Rows that nobody showed.
    #[error(transparent)]
    Rows(#[from] InspectError),
}

impl From<NotAsked> for Error {
    fn from(reason: NotAsked) -> Error {
        Error::NotAsked(Box::new(reason))
    }
}

impl From<InspectError> for Error {
    fn from(reason: InspectError) -> Error {
        NotAsked::Rows(reason).into()
    }
}

impl NotAsked {
    /// What to do about it, where there is something to say.
    pub(super) fn help(&self) -> Option<String> {
        Some(match self {
            NotAsked::NoRecord { .. } => "the rows of the test files are asked with --samples".to_owned(),
            NotAsked::NoKey { columns, .. } if columns.len() > 1 => {
                "write one value for each column, in this order, with commas between them".to_owned()
            }
            NotAsked::NoKey { .. } => "write a value of this type".to_owned(),
            NotAsked::NoPrimaryKey(_) => "ask about a new record: `rowgate why create TABLE - --set column=value`".to_owned(),
            NotAsked::Rows(InspectError::NoReader { role: None, .. }) => {
                "name a role that sees every row in rowgate.yaml (`lookup: { inspection_role: rowgate_inspection }`), apply the rules, and let the login act as it; or \
                 connect as a superuser or a role with BYPASSRLS"
                    .to_owned()
            }
            NotAsked::Rows(InspectError::NoReader { role: Some(role), gives: None, .. }) => {
                format!("`rowgate apply` makes the role `{role}`, which rowgate.yaml names")
            }
            NotAsked::Rows(InspectError::NoReader { gives: Some(gives), .. }) => {
                format!("let it act as the role of inspection: {gives}; a login that also acts for the application is named under `accepted: logins`")
            }
            NotAsked::Rows(InspectError::Narrowed { .. }) => {
                "`rowgate verify` says what is otherwise than it was applied; or connect as a superuser or a role with BYPASSRLS".to_owned()
            }
            NotAsked::Rows(InspectError::TooMany { .. }) => {
                "ask about another record, or about the rows of the test files with --samples".to_owned()
            }
            NotAsked::Rows(InspectError::Unreadable { .. }) => return None,
            NotAsked::Rows(InspectError::Database(reason)) => return super::refused::help_of_reader(reason),
        })
    }
}

/// The record that is asked about, by its key; none for a new one and for an action.
fn find<'r>(wanted: &Wanted<'_>, model: &Model, rows: &'r LiveRows<'_>, key: &str) -> Result<Option<&'r Row>, Error> {
    let Wanted::Record { table, is_new: false, .. } = wanted else { return arguments(wanted, model, key).map(|()| None) };
    let values = read_key(model, *table, key, rows.now())?;
    let found = rows.by_key(*table, &values);
    if found.is_none() {
        rows.check()?;
    }
    let name = || model.catalog.table(*table).name.to_string();
    Ok(Some(found.ok_or_else(|| NotAsked::NoRecord { table: name(), key: key.to_owned() })?))
}

/// Whether an action is called with as many values as it takes.
fn arguments(wanted: &Wanted<'_>, model: &Model, key: &str) -> Result<(), Error> {
    let Wanted::Action { action, arguments } = wanted else { return Ok(()) };
    let columns: Vec<String> = question::found_by(model, action).into_iter().map(str::to_owned).collect();
    let (table, key) = (action.name.clone(), key.to_owned());
    if columns.len() == arguments.len() { Ok(()) } else { Err(NotAsked::NoKey { table, key, columns }.into()) }
}

/// The values of a key as its columns' types read them.
fn read_key(model: &Model, table: TableId, key: &str, now: i64) -> Result<Vec<(u32, Datum)>, NotAsked> {
    let entry = model.catalog.table(table);
    let texts = match entry.primary_key.as_slice() {
        [] => return Err(NotAsked::NoPrimaryKey(entry.name.to_string())),
        // A text may have commas.
        [_] => vec![key.to_owned()],
        _ => question::parts(key),
    };
    let value = |(&column, text): (&u32, &String)| {
        let r#type = &entry.columns[column as usize].r#type;
        let is_number = matches!(r#type, Type::SmallInt | Type::Integer | Type::BigInt);
        let fits = !is_number || text.parse::<i64>().is_ok();
        parse(&model.catalog, r#type, text, now).filter(|_| fits && is_uuid(r#type, text)).map(|value| (column, value))
    };
    let values: Option<Vec<(u32, Datum)>> = std::iter::zip(&entry.primary_key, &texts).map(value).collect();
    let column = |column: &u32| {
        let column = &entry.columns[*column as usize];
        format!("{} {}", column.name, column.r#type)
    };
    let wrong = || {
        let columns = entry.primary_key.iter().map(column).collect();
        NotAsked::NoKey { table: entry.name.to_string(), key: key.to_owned(), columns }
    };
    values.filter(|_| texts.len() == entry.primary_key.len()).ok_or_else(wrong)
}

/// Whether a text is an identifier, where it has to be one: the server would refuse another.
fn is_uuid(r#type: &Type, text: &str) -> bool {
    *r#type != Type::Uuid || crate::access::evaluate::is_well_formed(r#type, text)
}

/// The question, and what a user would do to ask the server the same; nothing for an action.
pub(super) fn ask<'r>(
    words: &Words<'_>,
    model: &'r Model,
    rows: &'r LiveRows<'_>,
) -> Result<(Question<'r>, Option<Deed>), Error> {
    let wanted = words.look_up(model)?;
    let row = find(&wanted, model, rows, words.key)?;
    let deed = match &wanted {
        Wanted::Record { table, operation, set, .. } => {
            let mut record = row.map(|row| rows.written(*table, row)).unwrap_or_default();
            if *operation == Operation::Create {
                record = row.map(|row| given(model, *table, row, record)).unwrap_or_default();
                record.extend(set.clone());
            }
            Some(Deed { table: *table, operation: *operation, record, fields: Vec::new(), set: set.clone() })
        }
        Wanted::Action { .. } => None,
    };
    let found = row.map(|row| {
        let table = deed.as_ref().map(|deed| deed.table);
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
