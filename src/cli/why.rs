//! `rowgate why`: why somebody can or cannot reach a record of the test files, or do an action, down to the single statement.

use clap::{Args, ValueEnum};

use super::actors::SessionArgument;
use super::output::{Format, Output};
use super::{Error, FormatArgument, Named, ProjectArgument, Verdict, actors, compile};
use crate::access::evaluate::{self, Datum, Evaluator, Reason};
use crate::catalog::{TableId, Type};
use crate::model::{Action, Model, Operation};
use crate::scenario::{self, Scenarios};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What is done with the record.
    #[arg(value_enum)]
    operation: Asked,
    /// Its table; or the action.
    table: String,
    /// Its primary key; or what the action is called with. Values of several columns are separated by commas.
    key: String,
    #[command(flatten)]
    project: ProjectArgument,
    /// Who: a name under `users` of a test file, an identity, `nobody`, `anonymous`, or the database role of a session.
    #[arg(long, value_name = "WHO")]
    r#as: String,
    #[command(flatten)]
    session: SessionArgument,
    #[command(flatten)]
    format: FormatArgument,
}

/// What can be done with a record that is there.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Asked {
    Read,
    Update,
    Delete,
    /// An action.
    Do,
}

/// What is asked, with its names looked up.
enum Question<'a> {
    Record { table: TableId, operation: Operation, position: usize },
    Action { action: &'a Action, arguments: Vec<String> },
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((_, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(meaning) = &compiled.meaning else { return Ok(Verdict::Findings) };
    let model = &meaning.model;
    let files = actors::test_files(&compiled, output);
    let (file, question) = question(arguments, model, &files)?;
    let now = jiff::Timestamp::now().as_microsecond();
    let actor = arguments.session.given(model, actors::actor(model, Some(&file.1), &arguments.r#as))?;
    let session = actors::session(&files, model, &actor, &arguments.r#as, now)?;
    let data = actors::data(model, file, now)?;
    if actors::is_stranger(model, &files.read, &arguments.r#as, &session, &data) {
        actors::note_stranger(model, &files.read, &arguments.r#as, output);
    }
    let evaluator = Evaluator::new(model, &data, &session);
    let reason = match &question {
        Question::Record { table, operation, position } => evaluator.why(*table, *operation, &data.rows(*table)[*position]),
        Question::Action { action, arguments } => {
            let columns = action.by.iter().map(|&column| &model.catalog.table(action.table).columns[column as usize].r#type);
            // What is no value of the column's type is that of no record.
            let value = |(of, text): (&Type, &String)| evaluate::parse(&model.catalog, of, text, now).unwrap_or(Datum::Null);
            evaluator.why_act(action, &std::iter::zip(columns, arguments).map(value).collect::<Vec<_>>())
        }
    };
    match arguments.format.format {
        Format::Json => {
            output.result(&format!("{:#}\n", serde_json::to_value(&reason)?))?;
        }
        Format::Text => {
            let mut text = String::new();
            write(&reason, 0, output.styled_results(), &mut text);
            output.result(&text)?;
        }
    }
    if matches!(question, Question::Record { operation: Operation::Update, .. }) {
        output.note("this is whether an update may start here; `rowgate as WHO --sql` tells of what it sets, too");
    }
    if evaluator.met_raw_sql() {
        output.note("raw SQL is unknown here; a server would know");
    }
    Ok(Verdict::Clean)
}

/// What is asked, and the test file with the rows that it is asked of.
fn question<'a>(
    arguments: &Arguments,
    model: &'a Model,
    files: &'a actors::TestFiles,
) -> Result<(&'a (String, Scenarios), Question<'a>), Error> {
    let operation = match arguments.operation {
        Asked::Read => Operation::Read,
        Asked::Update => Operation::Update,
        Asked::Delete => Operation::Delete,
        Asked::Do => return question_of_action(arguments, model, files),
    };
    let table = super::table(model, &arguments.table)?;
    let found = files.read.iter().find_map(|file| Some((file, position(model, &file.1, table, &arguments.key)?)));
    let (file, position) = found.ok_or_else(|| no_row(model, table, key_of(model, table), &arguments.key, files))?;
    Ok((file, Question::Record { table, operation, position }))
}

fn question_of_action<'a>(
    arguments: &Arguments,
    model: &'a Model,
    files: &'a actors::TestFiles,
) -> Result<(&'a (String, Scenarios), Question<'a>), Error> {
    let known = || model.actions.iter().map(|action| action.name.as_str());
    let action = model.actions.iter().find(|action| action.name == arguments.table);
    let action = action.ok_or_else(|| Error::unknown(Named::Action, &arguments.table, known()))?;
    let values: Vec<String> = arguments.key.split(',').map(|value| value.trim().to_owned()).collect();
    let has_rows = |file: &&(String, Scenarios)| file.1.rows.get(&action.table).is_some_and(|rows| !rows.is_empty());
    let columns = &model.catalog.table(action.table).columns;
    let names: Vec<&str> = action.by.iter().map(|&column| columns[column as usize].name.as_str()).collect();
    let file = files.read.iter().find(has_rows).filter(|_| values.len() == names.len());
    let file = file.ok_or_else(|| no_row(model, action.table, names, &arguments.key, files))?;
    Ok((file, Question::Action { action, arguments: values }))
}

fn no_row(model: &Model, table: TableId, columns: Vec<&str>, key: &str, files: &actors::TestFiles) -> Error {
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

/// A line for each statement: whether it is true, and below it what makes it so.
fn write(reason: &Reason, depth: usize, styled: bool, out: &mut String) {
    let (word, colour) = match reason.truth {
        Some(true) => ("yes", "\u{1b}[32m"),
        Some(false) => ("no", "\u{1b}[31m"),
        None => ("unknown", "\u{1b}[33m"),
    };
    let shown = if styled { format!("{colour}{word:<7}\u{1b}[0m") } else { format!("{word:<7}") };
    out.push_str(&format!("{shown}  {}{}\n", "  ".repeat(depth), reason.text));
    for part in &reason.parts {
        write(part, depth + 1, styled, out);
    }
}
