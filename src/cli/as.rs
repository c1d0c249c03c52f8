//! `rowgate as`: what somebody sees and may do, on the rows of the test files or in a database.

use clap::Args;
use serde_json::json;

use super::output::{Format, Output, count};
use super::{Error, FormatArgument, ProjectArgument, Verdict, compile, people};
use crate::access::evaluate::{Datum, Evaluator};
use crate::access::{self, Predicate};
use crate::catalog::{Table, TableId};
use crate::db;
use crate::model::{Describe, Model, Operation, RoleUse, Scope, Subject};
use crate::project::Compiled;
use crate::scenario::{Scenarios, plain_text};

/// Without a database, the rules are asked about the rows of the test files. With one, the server is asked, in a transaction that is rolled
/// back: nothing stays but numbers that were drawn from sequences. The connection has to be allowed to act as the application's roles.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Who: a name under `users` of a test file, an identity, `nobody`, `anonymous`, or the database role of a session.
    who: String,
    #[command(flatten)]
    project: ProjectArgument,
    /// Only this table; can be given several times.
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
    /// Look into this database instead of the test files.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Look at the rows of the test files, whatever DATABASE_URL says.
    #[arg(long, conflicts_with = "sql")]
    samples: bool,
    /// Tell what a statement would do in the database, and undo it; several are run one after the other.
    #[arg(long, value_name = "STATEMENT", requires = "database_url", allow_hyphen_values = true)]
    sql: Vec<String>,
    /// How many rows of each table of a database are shown.
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    rows: usize,
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
    let (sections, verdict) = match url {
        Some(url) => in_database(model, &compiled, url, &tables, arguments)?,
        None => (in_samples(model, &compiled, &tables, &arguments.who, output)?, Verdict::Clean),
    };
    match arguments.format.format {
        Format::Json => {
            let all: Vec<_> = sections.iter().map(Section::json).collect();
            output.result(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        }
        Format::Text => {
            let all: Vec<_> = sections.iter().map(|section| section.text(output.styled_results())).collect();
            output.result(&all.join("\n"))?;
        }
    }
    Ok(verdict)
}

/// What there is to say of a table or of a statement.
#[derive(Default)]
struct Section {
    /// The table's name, or the statement.
    about: String,
    /// In a few words: how many rows, or why none.
    summary: String,
    columns: Vec<String>,
    /// The values of each row, empty where there is none, or where it is not to be seen.
    rows: Vec<Vec<Value>>,
    /// What may be done with each row; nothing where that was not asked.
    may: Vec<String>,
    /// What may be done besides, in words.
    remarks: Vec<String>,
}

/// A value as somebody sees it.
enum Value {
    Hidden,
    Empty,
    Text(String),
}

impl Section {
    fn json(&self) -> serde_json::Value {
        let value = |value: &Value| match value {
            Value::Hidden => json!({ "hidden": true }),
            Value::Empty => serde_json::Value::Null,
            Value::Text(text) => text.as_str().into(),
        };
        let row = |(index, row): (usize, &Vec<Value>)| {
            let values = std::iter::zip(&self.columns, row).map(|(name, one)| (name.clone(), value(one)));
            let mut shown = json!({ "values": values.collect::<serde_json::Map<_, _>>() });
            if let Some(may) = self.may.get(index) {
                shown["may"] = may.as_str().into();
            }
            shown
        };
        let rows: Vec<_> = self.rows.iter().enumerate().map(row).collect();
        json!({ "about": self.about, "summary": self.summary, "rows": rows, "remarks": self.remarks })
    }

    fn text(&self, styled: bool) -> String {
        let dim = |text: &str| if styled { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() };
        let mut out = format!("{}  {}\n", self.about, dim(&self.summary)).trim_end().to_owned() + "\n";
        let shown = |value: &Value| match value {
            Value::Hidden => "·".to_owned(),
            Value::Empty => String::new(),
            // A row is a line.
            Value::Text(text) => text.replace('\n', "⏎"),
        };
        let mut lines: Vec<Vec<String>> = Vec::new();
        if !self.rows.is_empty() {
            lines.push(self.columns.clone());
        }
        lines.extend(self.rows.iter().map(|row| row.iter().map(shown).collect()));
        if !self.may.is_empty() {
            let may = std::iter::once("may").chain(self.may.iter().map(String::as_str));
            std::iter::zip(&mut lines, may).for_each(|(line, may)| line.push(may.to_owned()));
        }
        let width = |index: usize| lines.iter().map(|line| line[index].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..lines.first().map_or(0, Vec::len)).map(width).collect();
        for (index, line) in lines.iter().enumerate() {
            let cells =
                std::iter::zip(line, &widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())));
            let line = format!("  {}", cells.collect::<Vec<_>>().join("  "));
            let line = line.trim_end();
            out.push_str(&format!("{}\n", if index == 0 { dim(line) } else { line.to_owned() }));
        }
        for remark in &self.remarks {
            out.push_str(&format!("  {remark}\n"));
        }
        out
    }
}

/// On the rows of the test files: the first that knows who it is, or the first of all.
fn in_samples(model: &Model, compiled: &Compiled, tables: &[TableId], who: &str, output: &Output) -> Result<Vec<Section>, Error> {
    let (scenarios, actor) = people::find(model, &compiled.scenarios, who).ok_or_else(|| {
        Error::Other(
            "there are no rows to look at\nhelp: write some into a *.test.yaml file, or name a --database-url".to_owned(),
        )
    })?;
    let now = jiff::Timestamp::now().as_microsecond();
    let session = people::session(model, &actor, who, now)?;
    let data = people::data(model, scenarios, now)?;
    let evaluator = Evaluator::new(model, &data, &session);
    let mut sections =
        vec![Section { about: who.to_owned(), summary: held(model, scenarios, &evaluator, &session), ..Section::default() }];
    let review = access::review(model);
    for &id in tables {
        let table = model.catalog.table(id);
        let name = table.name.to_string();
        if let Some(reason) = model.closed.get(&id) {
            sections.push(Section { about: name, summary: format!("closed: {reason}"), ..Section::default() });
            continue;
        }
        let rows = data.rows(id);
        let sources = scenarios.rows.get(&id).map_or(&[][..], Vec::as_slice);
        let mut section = Section { about: name, columns: names(table), ..Section::default() };
        for (row, source) in std::iter::zip(rows, sources) {
            let fields = evaluator.read_fields(id, row);
            if fields.is_empty() {
                continue;
            }
            let value = |(index, name): (u32, &String)| match (fields.contains(&index), row.get(index as usize)) {
                (false, _) => Value::Hidden,
                (true, Some(Datum::Null) | None) => Value::Empty,
                (true, Some(_)) => Value::Text(written(table, index, source.get(name))),
            };
            section.rows.push((0u32..).zip(&names(table)).map(value).collect());
            section.may.push(may(&evaluator, id, row, table));
        }
        section.summary = format!("{} of {}", section.rows.len(), count(rows.len(), "row"));
        for role in review.tables.get(&id).into_iter().flatten().filter(|role| holds(&evaluator, role.subject, &session.identity))
        {
            for answer in
                role.operations.get(&Operation::Create).into_iter().flatten().filter(|answer| answer.before != Predicate::Never)
            {
                let which = if answer.columns.len() == table.columns.len() {
                    String::new()
                } else {
                    format!(" ({})", list(table, &answer.columns))
                };
                let when =
                    answer.condition(model, role.subject).map_or_else(String::new, |condition| format!(" when {condition}"));
                section.remarks.push(format!("may create{which} as {}{when}", model.subject_name(role.subject)));
            }
        }
        sections.push(section);
    }
    if evaluator.met_raw_sql() {
        output.note("raw SQL is unknown here, and denies; a database would know");
    }
    Ok(sections)
}

fn names(table: &Table) -> Vec<String> {
    table.columns.iter().map(|column| column.name.clone()).collect()
}

fn list(table: &Table, columns: &[u32]) -> String {
    columns.iter().map(|&column| table.columns[column as usize].name.as_str()).collect::<Vec<_>>().join(", ")
}

/// A value as the test file has it, or the default that stands for it.
fn written(table: &Table, column: u32, value: Option<&crate::yaml::Value>) -> String {
    let default = || table.columns[column as usize].default.clone().unwrap_or_default();
    value.map_or_else(default, plain_text)
}

/// `update (name), delete`
fn may(evaluator: &Evaluator<'_>, id: TableId, row: &access::evaluate::Row, table: &Table) -> String {
    let mut words = vec!["read".to_owned()];
    let fields: Vec<u32> = evaluator.update_fields(id, row).into_iter().collect();
    if fields.len() == table.columns.len() {
        words.push("update".to_owned());
    } else if !fields.is_empty() {
        words.push(format!("update ({})", list(table, &fields)));
    }
    if evaluator.delete(id, row) {
        words.push("delete".to_owned());
    }
    words.join(", ")
}

/// The row of the matrix is about the session, for some record at least.
fn holds(evaluator: &Evaluator<'_>, subject: Subject, identity: &Datum) -> bool {
    match subject {
        Subject::Anyone => *identity == Datum::Null,
        Subject::Authenticated => evaluator.holds(&RoleUse { subject, scope: Scope::Unscoped }, &Vec::new()),
        Subject::Role(role) => evaluator.held().iter().any(|(held, _)| *held == role),
    }
}

/// `holds Authenticated, Viewer of Team 1`
fn held(model: &Model, scenarios: &Scenarios, evaluator: &Evaluator<'_>, session: &access::evaluate::Session) -> String {
    let mut words = Vec::new();
    for subject in [Subject::Anyone, Subject::Authenticated] {
        if holds(evaluator, subject, &session.identity) {
            words.push(model.subject_name(subject).to_owned());
        }
    }
    for (role, position) in evaluator.held() {
        let name = Describe { model }.role_use(&RoleUse { subject: Subject::Role(role), scope: Scope::Unscoped });
        let within = model.scope_of(role).map(|membership| model.membership(membership)).zip(position);
        words.push(within.map_or(name.clone(), |(membership, position)| {
            let row = scenarios.rows.get(&membership.user.table).and_then(|rows| rows.get(position));
            let column = membership.within.map(|column| &model.catalog.column(column).name);
            let scope = row.zip(column).and_then(|(row, column)| row.get(column)).map(plain_text).unwrap_or_default();
            format!("{name} of {} {scope}", membership.name)
        }));
    }
    words.dedup();
    format!("holds {}", words.join(", "))
}

/// In a database: the first rows of each table, or what the statements would do.
fn in_database(
    model: &Model,
    compiled: &Compiled,
    url: &str,
    tables: &[TableId],
    arguments: &Arguments,
) -> Result<(Vec<Section>, Verdict), Error> {
    let found = people::find(model, &compiled.scenarios, &arguments.who);
    let (sign_in, actor) = match found {
        Some((scenarios, actor)) => (scenarios.sign_in.as_deref(), actor),
        None => (None, people::actor(model, None, &arguments.who)),
    };
    let server = |error: db::DatabaseError| Error::Other(format!("the database says: {}", db::describe_error(&error)));
    let mut client = db::connect(url).map_err(server)?;
    let viewer = db::Viewer { model, actor: &actor, sign_in };
    let mut sections = Vec::new();
    if arguments.sql.is_empty() {
        for &id in tables {
            let name = model.catalog.table(id).name.to_string();
            let outcome = viewer.rows(&mut client, id, arguments.rows).map_err(server)?;
            sections.push(outcome.map_or_else(
                || Section { about: name.clone(), summary: "no column may be read".to_owned(), ..Section::default() },
                |outcome| section(name.clone(), outcome, Some(arguments.rows)),
            ));
        }
        return Ok((sections, Verdict::Clean));
    }
    let outcomes = viewer.statements(&mut client, &arguments.sql).map_err(server)?;
    let refused = outcomes.iter().any(|outcome| matches!(outcome, db::Outcome::Refused(_)));
    sections
        .extend(std::iter::zip(&arguments.sql, outcomes).map(|(statement, outcome)| section(statement.clone(), outcome, None)));
    Ok((sections, if refused { Verdict::Findings } else { Verdict::Clean }))
}

fn section(about: String, outcome: db::Outcome, limit: Option<usize>) -> Section {
    match outcome {
        db::Outcome::Refused(reason) => Section { about, summary: format!("refused: {reason}"), ..Section::default() },
        db::Outcome::Touched(rows) => Section {
            about,
            summary: format!("{}, undone", count(usize::try_from(rows).unwrap_or(usize::MAX), "row")),
            ..Section::default()
        },
        db::Outcome::Rows { columns, mut rows } => {
            let more = limit.is_some_and(|limit| rows.len() > limit);
            rows.truncate(limit.unwrap_or(rows.len()));
            let summary = if more { format!("the first {}", count(rows.len(), "row")) } else { count(rows.len(), "row") };
            let value = |value: Option<String>| value.map_or(Value::Empty, Value::Text);
            let rows = rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect();
            Section { about, summary, columns, rows, ..Section::default() }
        }
    }
}
