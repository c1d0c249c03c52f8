//! `rowgate why`: why somebody can or cannot reach a record of the test files, down to the single statement.

use clap::{Args, ValueEnum};

use super::actors::SessionArgument;
use super::output::{Format, Output};
use super::{Error, FormatArgument, ProjectArgument, Verdict, actors, compile};
use crate::access::evaluate::{Evaluator, Reason};
use crate::model::{Model, Operation};
use crate::scenario::{self, Scenarios};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What is done with the record.
    #[arg(value_enum)]
    operation: Asked,
    /// Its table.
    table: String,
    /// Its primary key; the values of a key of several columns are separated by commas.
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
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((_, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(meaning) = &compiled.meaning else { return Ok(Verdict::Findings) };
    let model = &meaning.model;
    let table = super::table(model, &arguments.table)?;
    let files = actors::test_files(&compiled, output);
    let found = files.read.iter().find_map(|file| Some((file, position(model, &file.1, table, &arguments.key)?)));
    let (file, position) = found.ok_or_else(|| Error::NoSuchRow {
        table: model.catalog.table(table).name.to_string(),
        key: arguments.key.clone(),
        columns: key_of(model, table).into_iter().map(str::to_owned).collect(),
        unread: files.unread.clone(),
    })?;
    let now = jiff::Timestamp::now().as_microsecond();
    let actor = arguments.session.given(model, actors::actor(model, Some(&file.1), &arguments.r#as))?;
    let session = actors::session(&files, model, &actor, &arguments.r#as, now)?;
    let data = actors::data(model, file, now)?;
    if actors::is_stranger(model, &files.read, &arguments.r#as, &session, &data) {
        actors::note_stranger(model, &files.read, &arguments.r#as, output);
    }
    let operation = match arguments.operation {
        Asked::Read => Operation::Read,
        Asked::Update => Operation::Update,
        Asked::Delete => Operation::Delete,
    };
    let evaluator = Evaluator::new(model, &data, &session);
    let reason = evaluator.why(table, operation, &data.rows(table)[position]);
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
    if operation == Operation::Update {
        output.note("this is whether an update may start here; `rowgate as WHO --sql` tells of what it sets, too");
    }
    if evaluator.met_raw_sql() {
        output.note("raw SQL is unknown here; a server would know");
    }
    Ok(Verdict::Clean)
}

/// The columns of a table's key.
fn key_of(model: &Model, table: crate::catalog::TableId) -> Vec<&str> {
    let entry = model.catalog.table(table);
    entry.primary_key.iter().map(|&column| entry.columns[column as usize].name.as_str()).collect()
}

/// The position of the record with a key.
fn position(model: &Model, scenarios: &Scenarios, table: crate::catalog::TableId, key: &str) -> Option<usize> {
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
