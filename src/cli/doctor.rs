//! `rowgate doctor`: a running database as the application uses it, by its login and through its pooler.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::json;

use super::output::{Format, Output, count};
use super::{Error, FormatArgument, ProjectArgument, Verdict, compile, database};
use crate::access::{Review, review};
use crate::catalog::TableId;
use crate::db::{self, Surroundings};
use crate::doctor::{self, Facts, Finding, Severity};
use crate::model::{Held, Operation, Subject};
use crate::sql;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// The database as the application connects to it: a URL or `host=… dbname=…`; what it leaves out is in the PG* variables.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    #[command(flatten)]
    format: FormatArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((_, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let (Some(meaning), Some(state)) = (&compiled.meaning, compiled.state()) else { return Ok(Verdict::Findings) };
    let model = &meaning.model;
    let around = Surroundings::of_process();
    let url = database::named(arguments.database_url.as_deref(), &around)?;
    let tables: Vec<TableId> = meaning.encoding.tables.keys().copied().collect();
    let last_step = sql::findings_by_a_session(model, &meaning.encoding, &state.objects);
    let asked = db::Asked { model, tables: &tables, last_step: &last_step };
    let facts = db::look_at_database(&|| db::connect_in(url, &around), &asked)?;
    let found = doctor::examine(model, &facts, &closed_to_nobody(&review(model)), sql::about_finding);
    match arguments.format.format {
        Format::Json => {
            let all: Vec<_> = found.iter().map(as_json).collect();
            output.result(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        }
        Format::Text => {
            let all: Vec<_> = found.iter().map(|finding| as_text(finding, output.styled_results())).collect();
            output.result(&all.join("\n"))?;
        }
    }
    output.message(&looked_at(&facts, &found));
    let is_bad = found.iter().any(|finding| finding.severity != Severity::Notice);
    Ok(if is_bad { Verdict::Findings } else { Verdict::Clean })
}

/// The tables of which the rules show nothing to who is not signed in. What a session is by its database role is held by all of that role.
fn closed_to_nobody(review: &Review<'_>) -> BTreeSet<TableId> {
    let is_of_nobody = |subject| match subject {
        Subject::Anyone => true,
        Subject::Authenticated => false,
        Subject::Role(role) => matches!(review.model.role(role).held, Held::DatabaseRole(_)),
    };
    let never = review.tables.iter().filter(|(_, roles)| {
        let answers =
            roles.iter().filter(|role| is_of_nobody(role.subject)).filter_map(|role| role.operations.get(&Operation::Read));
        answers.flatten().all(|answer| answer.word() == "never")
    });
    never.map(|(&table, _)| table).collect()
}

fn as_json(finding: &Finding) -> serde_json::Value {
    json!({
        "id": finding.id,
        "severity": finding.severity.word(),
        "says": finding.says,
        "means": finding.means,
        "mends": finding.mends,
    })
}

fn as_text(finding: &Finding, styled: bool) -> String {
    let head = format!("{}[{}]", finding.severity.word(), finding.id);
    let colour = match finding.severity {
        Severity::Danger => "91",
        Severity::Failure => "93",
        Severity::Notice => "92",
    };
    let head = if styled { format!("\u{1b}[1m\u{1b}[{colour}m{head}\u{1b}[0m") } else { head };
    let mut text = format!("{head}: {}\n  means: {}\n", finding.says, finding.means);
    if let Some(mends) = &finding.mends {
        text.push_str(&format!("  mends it: {mends}\n"));
    }
    text
}

/// What was looked at, and how much was found.
fn looked_at(facts: &Facts, found: &[Finding]) -> String {
    let acts: Vec<&str> =
        facts.roles.iter().filter(|role| role.is_inherited || role.is_settable).map(|role| role.name.as_str()).collect();
    let acts =
        if facts.login.is_superuser || acts.is_empty() { String::new() } else { format!(", which acts as {}", acts.join(", ")) };
    let numbers = [Severity::Danger, Severity::Failure, Severity::Notice]
        .map(|severity| (severity, found.iter().filter(|finding| finding.severity == severity).count()));
    let numbers: Vec<String> =
        numbers.into_iter().filter(|(_, number)| *number > 0).map(|(severity, number)| count(number, severity.word())).collect();
    let numbers = if numbers.is_empty() { "nothing found".to_owned() } else { numbers.join(", ") };
    format!(
        "{numbers}: {} as `{}`{acts}, PostgreSQL {}",
        count(facts.tables.len(), "table"),
        facts.login.name,
        facts.server_version
    )
}
