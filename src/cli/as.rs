//! `rowgate as`: what somebody sees and may do, on the rows of the test files or in a database.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, Command};

use super::actors::{SessionArgument, TestFiles};
use super::explained::{self, Project};
use super::looked::{Looks, outcome_view};
use super::output::{Format, Output};
use super::shell::{self, Line};
use super::table_view::{About, Summary, TableView};
use super::would::Would;
use super::{Error, FormatArgument, ProjectArgument, Verdict, actors, compile, samples};
use crate::catalog::TableId;
use crate::db;
use crate::model::{Model, Operation};
use crate::project::Compiled;
use crate::scenario::Actor;

/// What is shown.
const USAGE: &str = "rowgate as [OPTIONS] <WHO> [PROJECT]
       rowgate as [OPTIONS] <WHO> create <TABLE> [PROJECT]
       rowgate as [OPTIONS] <WHO> update|delete <TABLE> <KEY> [PROJECT]";

#[derive(Debug, Args)]
#[command(override_usage = USAGE)]
pub(super) struct Arguments {
    /// Who: a name under `users` of a test file, an identity, `nobody`, `anonymous`, or the database role of a session.
    #[arg(allow_negative_numbers = true)]
    who: String,
    /// What they would do with one record: create, update or delete. It tells whether that is possible, what the record is then, and else what it lacks.
    #[arg(value_parser = Words)]
    operation: Option<String>,
    /// The record's table.
    #[arg(value_name = "TABLE")]
    of: Option<String>,
    /// The record's primary key; a new record has none. Values of several columns are separated by commas.
    #[arg(allow_hyphen_values = true)]
    key: Option<String>,
    /// The project's folder [default: the nearest one upward from here with a rowgate.yaml].
    project: Option<PathBuf>,
    /// What a field is to have of the record that is created or updated; may be repeated. `[a, b]` is a list, `column=` an empty field.
    #[arg(long, value_name = "COLUMN=VALUE")]
    set: Vec<String>,
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

/// The operations, which completion knows; a project's folder stands in the same place.
#[derive(Clone)]
struct Words;

impl TypedValueParser for Words {
    type Value = String;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(OPERATIONS.iter().map(|operation| PossibleValue::new(operation.word()))))
    }
}

/// What is asked by its name. Who only reads is told by the tables.
const OPERATIONS: [Operation; 3] = [Operation::Create, Operation::Update, Operation::Delete];

/// Something that is done with a record: its table, and its key, if it is there already.
type Asked<'a> = (Operation, &'a str, Option<&'a str>);

impl Arguments {
    /// What is done with one record, if something is, and the project.
    fn asked(&self) -> (Option<Asked<'_>>, ProjectArgument) {
        let usage = |kind: ErrorKind, text: &str| -> ! { clap::Error::raw(kind, format!("{text}\n\nUsage: {USAGE}\n")).exit() };
        let folder = |text: &Option<String>| ProjectArgument { project: text.as_ref().map(PathBuf::from) };
        let word = self.operation.as_deref();
        let operation = OPERATIONS.into_iter().find(|operation| word == Some(operation.word()));
        let Some(operation) = operation else {
            if let (Some(word), Some(_)) = (word, &self.of) {
                let text =
                    format!("nothing is told of `{word}`: there are create, update and delete; what they read is shown without");
                usage(ErrorKind::InvalidValue, &text);
            }
            if !self.set.is_empty() {
                usage(ErrorKind::MissingRequiredArgument, "`--set` says what a record is to have that is created or updated");
            }
            return (None, folder(&self.operation));
        };
        if !self.table.is_empty() || !self.sql.is_empty() || self.explain.is_some() || self.shell {
            usage(ErrorKind::ArgumentConflict, "what somebody would do with one record is told by itself");
        }
        match (operation, &self.of, &self.key, &self.project) {
            (_, None, ..) => usage(ErrorKind::MissingRequiredArgument, "the record's table is needed"),
            (Operation::Create, Some(table), project, None) => (Some((operation, table, None)), folder(project)),
            (Operation::Create, ..) => usage(ErrorKind::UnknownArgument, "a new record has no key yet: `--set` says what it has"),
            (_, Some(table), Some(key), project) => {
                (Some((operation, table, Some(key))), ProjectArgument { project: project.clone() })
            }
            (_, Some(_), None, _) => usage(ErrorKind::MissingRequiredArgument, "the record's key is needed"),
        }
    }
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let (asked, project) = arguments.asked();
    let Some((_, compiled)) = compile(&project, output)? else { return Ok(Verdict::Findings) };
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
    if let Some(asked) = asked {
        return would(model, &files, url, asked, arguments, output);
    }
    let (views, verdict) = match url {
        Some(url) => in_database(model, &files, url, &tables, arguments, output)?,
        None => (samples::views(model, &files, &tables, (&arguments.who, &arguments.session), output)?, Verdict::Clean),
    };
    print(&views, arguments, output)?;
    Ok(verdict)
}

fn print(views: &[TableView], arguments: &Arguments, output: &Output) -> Result<(), Error> {
    output.result(&match arguments.format.format {
        Format::Json => format!("{:#}\n", views.iter().map(TableView::json).collect::<serde_json::Value>()),
        Format::Text => {
            let all: Vec<_> = views.iter().map(|view| view.text(output.look())).collect();
            all.join("\n")
        }
    })
}

/// What would happen if somebody did something with one record.
fn would(
    model: &Model,
    files: &TestFiles,
    url: Option<&str>,
    (operation, table, key): Asked<'_>,
    arguments: &Arguments,
    output: &Output,
) -> Result<Verdict, Error> {
    if operation == Operation::Delete && !arguments.set.is_empty() {
        return Err(Error::NothingSet(operation.word()));
    }
    let table = super::table(model, table)?;
    let would = Would { model, files, who: &arguments.who, operation, table, key, set: &arguments.set };
    let view = match url {
        Some(url) => {
            let (mut client, actor, sign_in) = connected(model, files, url, arguments, output)?;
            would.in_database(&mut client, &db::Viewer { model, actor: &actor, sign_in }, output)?
        }
        None => would.in_samples(&arguments.session, output)?,
    };
    let is_done = matches!(view.summary, Summary::Allowed);
    print(&[view], arguments, output)?;
    Ok(if is_done { Verdict::Clean } else { Verdict::Findings })
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
        Format::Text => explained::text(statement, &arguments.who, &explained, &project, output.look()),
    })?;
    if explained.with.is_ok() && explained.without.is_err() {
        output.help(match explained.is_bound {
            true => "a superuser, a role with BYPASSRLS, or the owner of tables that do not force row-level security may ask without it",
            false => "a view or a function that the statement names asks policies as its owner; name the tables that it reads",
        });
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
    if actors::is_identity(&files.read, who, actor)
        && viewer.has_row(client).or_else(|| has_row(model, files, client, (who, actor))) == Some(false)
    {
        actors::note_stranger(model, &files.read, who, output);
    }
    Ok(())
}

/// The same as whoever inspects, where the connection may be that; `None` where it may not, or does not see every user.
fn has_row(model: &Model, files: &TestFiles, client: &mut db::Client, (who, actor): (&str, &Actor)) -> Option<bool> {
    let rows = db::look(client, model).ok()?;
    let session = actors::session(files, model, actor, who, rows.now()).ok()?;
    let is_stranger = actors::is_stranger(model, &files.read, who, &session, &rows);
    rows.finish().ok()?;
    Some(!is_stranger)
}

/// What statements would do, each as it comes; somebody at a terminal is told of mistakes, and goes on.
fn statements(model: &Model, files: &TestFiles, url: &str, arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let (mut client, mut actor, mut sign_in) = connected(model, files, url, arguments, output)?;
    let (mut verdict, mut is_nobody) = (Verdict::Clean, false);
    shell::run(model, files, &arguments.who, |line| match line {
        Line::As(who) => match named(model, files, who, &arguments.session).and_then(|(actor, sign_in)| {
            can_act(model, files, &mut client, (who, &actor, sign_in), output)?;
            Ok((actor, sign_in))
        }) {
            Ok(found) => {
                (actor, sign_in) = found;
                is_nobody = false;
                Ok(true)
            }
            Err(error) => {
                output.error(&error);
                // At a terminal, somebody sees who goes on; elsewhere, what follows was meant for whoever is not there.
                is_nobody = !shell::is_terminal();
                verdict = if is_nobody { Verdict::Findings } else { verdict };
                Ok(false)
            }
        },
        Line::Statement(statement) if is_nobody => {
            verdict = Verdict::Findings;
            let reason = "it was not run, because the line above that says who goes on names nobody".to_owned();
            print_one(statement, db::Outcome::Refused(reason), arguments, output)?;
            Ok(true)
        }
        Line::Statement(statement) => {
            let viewer = db::Viewer { model, actor: &actor, sign_in };
            let outcomes = viewer.statements(&mut client, &[(*statement).to_owned()]).map_err(Error::Database)?;
            for outcome in outcomes {
                if matches!(outcome, db::Outcome::Refused(_)) && !shell::is_terminal() {
                    verdict = Verdict::Findings;
                }
                print_one(statement, outcome, arguments, output)?;
            }
            Ok(true)
        }
    })?;
    Ok(verdict)
}

/// What one of several statements came to, on lines of its own.
fn print_one(statement: &str, outcome: db::Outcome, arguments: &Arguments, output: &Output) -> Result<(), Error> {
    let view = outcome_view(About::Statement(statement.to_owned()), outcome, arguments.rows);
    output.result(&match arguments.format.format {
        Format::Json => format!("{}\n", view.json()),
        Format::Text => view.text(output.look()),
    })
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
    if arguments.sql.is_empty() {
        let looks = Looks { viewer: &viewer, files, who: &arguments.who, most: arguments.rows };
        return Ok((looks.views(&mut client, tables, output)?, Verdict::Clean));
    }
    let outcomes = viewer.statements(&mut client, &arguments.sql).map_err(Error::Database)?;
    let refused = outcomes.iter().any(|outcome| matches!(outcome, db::Outcome::Refused(_)));
    let of_statements = std::iter::zip(&arguments.sql, outcomes);
    let view =
        |(statement, outcome): (&String, db::Outcome)| outcome_view(About::Statement(statement.clone()), outcome, arguments.rows);
    Ok((of_statements.map(view).collect(), if refused { Verdict::Findings } else { Verdict::Clean }))
}
