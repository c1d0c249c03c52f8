//! `rowgate as`: what somebody sees and may do, on the rows of the test files or in a database.

use clap::Args;

use super::actors::{SessionArgument, TestFiles};
use super::explained::{self, Project};
use super::output::{Format, Output};
use super::shell::{self, Line};
use super::table_view::{About, Remark, Summary, TableView, Value};
use super::{Error, FormatArgument, ProjectArgument, Verdict, actors, compile, samples};
use crate::catalog::TableId;
use crate::db;
use crate::model::Model;
use crate::project::Compiled;
use crate::scenario::Actor;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Who: a name under `users` of a test file, an identity, `nobody`, `anonymous`, or the database role of a session.
    who: String,
    #[command(flatten)]
    project: ProjectArgument,
    /// Only this table; can be given several times.
    #[arg(long, value_name = "TABLE", conflicts_with = "sql")]
    table: Vec<String>,
    /// Look into this database instead of the test files: a URL or `host=… dbname=…`; what it leaves out is in the PG* variables.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Look at the rows of the test files, whatever DATABASE_URL says.
    #[arg(long, conflicts_with = "sql")]
    samples: bool,
    /// Tell what a statement would do in the database, and undo it; several are run one after the other.
    #[arg(long, value_name = "STATEMENT", requires = "database_url", allow_hyphen_values = true)]
    sql: Vec<String>,
    /// Tell what a statement that reads costs in the database as this user, by which rules, and what it costs without row-level security.
    #[arg(long, value_name = "STATEMENT", requires = "database_url", conflicts_with_all = ["sql", "samples", "table", "shell"])]
    explain: Option<String>,
    /// Take statements line by line, from the terminal or from standard input, tell what each would do in the database, and undo it. `as WHO` is a line, too.
    #[arg(long, requires = "database_url", conflicts_with_all = ["sql", "samples", "table"])]
    shell: bool,
    /// How many rows of each table of a database, and of what each statement answers, are shown.
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    rows: usize,
    #[command(flatten)]
    session: SessionArgument,
    #[command(flatten)]
    format: FormatArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((_, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(meaning) = &compiled.meaning else { return Ok(Verdict::Findings) };
    let model = &meaning.model;
    let mut tables = Vec::new();
    for name in &arguments.table {
        tables.push(super::table(model, name)?);
    }
    if tables.is_empty() {
        tables.extend(model.tables.keys());
    }
    let url = arguments.database_url.as_deref().filter(|url| !arguments.samples && !url.is_empty());
    let files = actors::test_files(&compiled, output);
    if let (Some(statement), Some(url)) = (&arguments.explain, url) {
        return explain(&compiled, &files, url, statement, arguments, output);
    }
    if let (true, Some(url)) = (arguments.shell, url) {
        return statements(model, &files, url, arguments, output);
    }
    let (views, verdict) = match url {
        Some(url) => in_database(model, &files, url, &tables, arguments, output)?,
        None => (samples::views(model, &files, &tables, (&arguments.who, &arguments.session), output)?, Verdict::Clean),
    };
    match arguments.format.format {
        Format::Json => {
            let all: Vec<_> = views.iter().map(TableView::json).collect();
            output.result(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        }
        Format::Text => {
            let all: Vec<_> = views.iter().map(|view| view.text(output.styled_results())).collect();
            output.result(&all.join("\n"))?;
        }
    }
    Ok(verdict)
}

/// What a statement costs.
fn explain(
    compiled: &Compiled,
    files: &TestFiles,
    url: &str,
    statement: &str,
    arguments: &Arguments,
    output: &Output,
) -> Result<Verdict, Error> {
    let (Some(meaning), Some(state)) = (&compiled.meaning, compiled.state()) else { return Ok(Verdict::Findings) };
    let model = &meaning.model;
    let (mut client, actor, sign_in) = connected(model, files, url, arguments, output)?;
    let viewer = db::Viewer { model, actor: &actor, sign_in };
    let explained = viewer.explain(&mut client, statement).map_err(Error::Database)?;
    let project = Project::new(&state, compiled.wanted_indexes(), actor.database_role(model));
    output.result(&match arguments.format.format {
        Format::Json => format!("{:#}\n", explained::json(statement, &explained, &project)),
        Format::Text => explained::text(statement, &arguments.who, &explained, &project, output.styled_results()),
    })?;
    if explained.with.is_ok() && explained.without.is_err() {
        output.help(
            "a superuser, a role with BYPASSRLS, or the owner of tables that do not force row-level security may ask without it",
        );
    }
    Ok(if explained.with.is_ok() { Verdict::Clean } else { Verdict::Findings })
}

/// A connection that may act as somebody, and who that is.
fn connected<'f>(
    model: &Model,
    files: &'f TestFiles,
    url: &str,
    arguments: &Arguments,
    output: &Output,
) -> Result<(db::Client, Actor, Option<&'f str>), Error> {
    let (actor, sign_in) = named(model, files, &arguments.who, &arguments.session)?;
    let mut client = db::connect(url)?;
    can_act(model, files, &mut client, (&arguments.who, &actor, sign_in), output)?;
    Ok((client, actor, sign_in))
}

/// Who is meant, which no database is asked for.
fn named<'f>(model: &Model, files: &'f TestFiles, who: &str, said: &SessionArgument) -> Result<(Actor, Option<&'f str>), Error> {
    let (actor, sign_in) = actors::in_database(model, files, who, said)?;
    actors::session(files, model, &actor, who, jiff::Timestamp::now().as_microsecond())?;
    Ok((actor, sign_in))
}

/// Whether a connection may act as somebody; whom no row has, is noted.
fn can_act(
    model: &Model,
    files: &TestFiles,
    client: &mut db::Client,
    (who, actor, sign_in): (&str, &Actor, Option<&str>),
    output: &Output,
) -> Result<(), Error> {
    let viewer = db::Viewer { model, actor, sign_in };
    if let Some(reason) = viewer.cannot_act(client).map_err(Error::Database)? {
        return Err(Error::CannotAct(reason));
    }
    if actors::is_identity(&files.read, who, actor) && viewer.has_row(client) == Some(false) {
        actors::note_stranger(model, &files.read, who, output);
    }
    Ok(())
}

/// What statements would do, each as it comes; somebody at a terminal is told of mistakes, and goes on.
fn statements(model: &Model, files: &TestFiles, url: &str, arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let (mut client, mut actor, mut sign_in) = connected(model, files, url, arguments, output)?;
    let mut verdict = Verdict::Clean;
    shell::run(model, files, &arguments.who, |line| match line {
        Line::As(who) => match named(model, files, who, &arguments.session).and_then(|(actor, sign_in)| {
            can_act(model, files, &mut client, (who, &actor, sign_in), output)?;
            Ok((actor, sign_in))
        }) {
            Ok(found) => {
                (actor, sign_in) = found;
                Ok(true)
            }
            // What follows would be done as somebody else.
            Err(error) if !shell::is_terminal() => Err(error),
            Err(error) => {
                output.error(&error);
                Ok(false)
            }
        },
        Line::Statement(statement) => {
            let viewer = db::Viewer { model, actor: &actor, sign_in };
            let outcomes = viewer.statements(&mut client, &[(*statement).to_owned()]).map_err(Error::Database)?;
            for outcome in outcomes {
                if matches!(outcome, db::Outcome::Refused(_)) && !shell::is_terminal() {
                    verdict = Verdict::Findings;
                }
                let view = outcome_view(About::Statement((*statement).to_owned()), outcome, arguments.rows);
                output.result(&match arguments.format.format {
                    Format::Json => format!("{}\n", view.json()),
                    Format::Text => view.text(output.styled_results()),
                })?;
            }
            Ok(true)
        }
    })?;
    Ok(verdict)
}

/// In a database: the first rows of each table, or what the statements would do.
fn in_database(
    model: &Model,
    files: &TestFiles,
    url: &str,
    tables: &[TableId],
    arguments: &Arguments,
    output: &Output,
) -> Result<(Vec<TableView>, Verdict), Error> {
    let (mut client, actor, sign_in) = connected(model, files, url, arguments, output)?;
    let viewer = db::Viewer { model, actor: &actor, sign_in };
    let mut views = Vec::new();
    if arguments.sql.is_empty() {
        for &id in tables {
            let name = model.catalog.table(id).name.to_string();
            let found = viewer.rows(&mut client, id, arguments.rows).map_err(Error::Database)?;
            views.push(table_view(name, found, arguments.rows));
        }
        return Ok((views, Verdict::Clean));
    }
    let outcomes = viewer.statements(&mut client, &arguments.sql).map_err(Error::Database)?;
    let refused = outcomes.iter().any(|outcome| matches!(outcome, db::Outcome::Refused(_)));
    let of_statements = std::iter::zip(&arguments.sql, outcomes);
    views.extend(
        of_statements.map(|(statement, outcome)| outcome_view(About::Statement(statement.clone()), outcome, arguments.rows)),
    );
    Ok((views, if refused { Verdict::Findings } else { Verdict::Clean }))
}

/// The rows of a table, or that none of its columns may be read.
fn table_view(name: String, found: Option<db::TableRows>, limit: usize) -> TableView {
    let Some(found) = found else { return TableView::new(About::Table(name), Summary::NoColumn) };
    let mut view = outcome_view(About::Table(name), found.outcome, limit);
    let some_empty = view.rows.iter().flatten().any(|value| matches!(value, Value::Empty));
    view.remarks.extend(found.masking_view.filter(|_| some_empty).map(|view| Remark::Masked { view }));
    view
}

fn outcome_view(about: About, outcome: db::Outcome, limit: usize) -> TableView {
    match outcome {
        db::Outcome::Refused(reason) => TableView::new(about, Summary::Refused(reason)),
        db::Outcome::Touched(rows) => TableView::new(about, Summary::Touched(rows)),
        db::Outcome::Rows { columns, mut rows } => {
            let more = rows.len() > limit;
            rows.truncate(limit);
            let value = |value: Option<String>| value.map_or(Value::Empty, Value::Text);
            let rows = rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect();
            TableView { columns, rows, ..TableView::new(about, Summary::Rows { more }) }
        }
    }
}
