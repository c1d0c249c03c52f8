//! `rowgate why`: why somebody can or cannot reach a record of the test files, make one, or do an action, down to the single statement.

use clap::Args;

use super::actors::SessionArgument;
use super::output::{Format, Output};
use super::question::{Answered, Asked, Question};
use super::{Error, FormatArgument, ProjectArgument, Verdict, actors, compile};
use crate::access::evaluate::Reason;
use crate::model::Operation;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What is done with the record.
    #[arg(value_enum)]
    operation: Asked,
    /// Its table; or the action.
    table: String,
    /// Its primary key; `-` for a new record that `--set` tells; or what the action is called with. Values of several columns are separated by commas.
    #[arg(allow_hyphen_values = true)]
    key: String,
    #[command(flatten)]
    project: ProjectArgument,
    /// Who: a name under `users` of a test file, an identity, `nobody`, `anonymous`, or the database role of a session.
    #[arg(long, value_name = "WHO")]
    r#as: String,
    /// What a field of the record is to have, of one that is created or updated; may be repeated. `[a, b]` is a list, `column=` an empty field.
    #[arg(long, value_name = "COLUMN=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    session: SessionArgument,
    #[command(flatten)]
    format: FormatArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((_, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(meaning) = &compiled.meaning else { return Ok(Verdict::Findings) };
    let model = &meaning.model;
    let files = actors::test_files(&compiled, output);
    let now = jiff::Timestamp::now().as_microsecond();
    if !arguments.set.is_empty() && !matches!(arguments.operation, Asked::Create | Asked::Update) {
        return Err(Error::NothingSet(arguments.operation.word()));
    }
    let asked = (arguments.operation, arguments.table.as_str(), arguments.key.as_str());
    let (file, question) = Question::find(asked, &arguments.set, model, &files, now)?;
    let actor = arguments.session.given(model, actors::actor(model, Some(&file.1), &arguments.r#as))?;
    let session = actors::session(&files, model, &actor, &arguments.r#as, now)?;
    let data = actors::data(model, file, now)?;
    if actors::is_stranger(model, &files.read, &arguments.r#as, &session, &data) {
        actors::note_stranger(model, &files.read, &arguments.r#as, output);
    }
    let Answered { reason, met_raw_sql } = question.why(model, &data, &session, now);
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
        output.note("this is whether an update may start here; `--set column=value` asks about what it sets, too");
    }
    if met_raw_sql {
        output.note("raw SQL is unknown here; a server would know");
    }
    Ok(Verdict::Clean)
}

/// A line for each statement: whether it is true, and below it what makes it so.
pub(super) fn write(reason: &Reason, depth: usize, styled: bool, out: &mut String) {
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
