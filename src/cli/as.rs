//! `rowgate as`: what somebody sees and may do, on the rows of the test files or in a database.

use clap::Args;

use super::output::{Format, Output, count};
use super::section::{Section, Value};
use super::{Error, FormatArgument, ProjectArgument, Verdict, compile, people};
use crate::access::evaluate::{Data, Datum, Evaluator, Row};
use crate::access::{self, RoleReview};
use crate::catalog::{Table, TableId};
use crate::db;
use crate::model::{Model, Operation, RoleUse, Scope, Subject};
use crate::scenario::{self, Scenarios, plain_text};

/// Test files by name.
type Files = [(String, Scenarios)];

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
    let files = super::scenarios(&compiled, output);
    let (sections, verdict) = match url {
        Some(url) => in_database(model, &files, url, &tables, arguments)?,
        None => (in_samples(model, &files, &tables, &arguments.who, output)?, Verdict::Clean),
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

/// On the rows of the test files: the first that knows who it is, or the first of all.
fn in_samples(model: &Model, files: &Files, tables: &[TableId], who: &str, output: &Output) -> Result<Vec<Section>, Error> {
    let (scenarios, actor) = people::find(model, files, who).ok_or_else(|| {
        Error::Other(
            "there are no rows to look at\nhelp: write some into a *.test.yaml file, or name a --database-url".to_owned(),
        )
    })?;
    let now = jiff::Timestamp::now().as_microsecond();
    let session = people::session(model, &actor, who, now)?;
    let data = people::data(model, scenarios, now)?;
    let evaluator = Evaluator::new(model, &data, &session);
    let samples = Samples { model, scenarios, data: &data, evaluator: &evaluator, nobody: session.identity == Datum::Null };
    let review = access::review(model);
    let mut sections = vec![Section { about: who.to_owned(), summary: samples.held(), ..Section::default() }];
    sections.extend(tables.iter().map(|&id| match model.closed.get(&id) {
        Some(reason) => {
            let about = model.catalog.table(id).name.to_string();
            Section { about, summary: format!("closed: {reason}"), ..Section::default() }
        }
        None => samples.section(id, review.tables.get(&id).map_or(&[][..], Vec::as_slice)),
    }));
    if evaluator.met_raw_sql() {
        output.note("raw SQL is unknown here, and denies; a database would know");
    }
    Ok(sections)
}

/// The rows of a test file, as one session sees them.
struct Samples<'a> {
    model: &'a Model,
    scenarios: &'a Scenarios,
    data: &'a Data,
    evaluator: &'a Evaluator<'a>,
    /// Nobody is signed in.
    nobody: bool,
}

impl Samples<'_> {
    /// The rows of a table that can be read, what may be done with each, and which may be made.
    fn section(&self, id: TableId, roles: &[RoleReview]) -> Section {
        let table = self.model.catalog.table(id);
        let rows = self.data.rows(id);
        let sources = self.scenarios.rows.get(&id).map_or(&[][..], Vec::as_slice);
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let mut section = Section { about: table.name.to_string(), ..Section::default() };
        for (row, source) in std::iter::zip(rows, sources) {
            let fields = self.evaluator.read_fields(id, row);
            if fields.is_empty() {
                continue;
            }
            let value = |(index, name): (u32, &String)| match (fields.contains(&index), row.get(index as usize)) {
                (false, _) => Value::Hidden,
                (true, Some(Datum::Null) | None) => Value::Empty,
                (true, Some(_)) => Value::Text(written(table, index, source.get(name))),
            };
            section.rows.push((0u32..).zip(&names).map(value).collect());
            section.may.push(self.may(id, row));
        }
        section.summary = format!("{} of {}", section.rows.len(), count(rows.len(), "row"));
        section.columns = names;
        section.remarks =
            roles.iter().filter(|role| self.holds(role.subject)).flat_map(|role| self.may_create(id, role)).collect();
        section
    }

    /// `read, update (name), delete`
    fn may(&self, id: TableId, row: &Row) -> String {
        let table = self.model.catalog.table(id);
        let mut words = vec!["read".to_owned()];
        let fields: Vec<u32> = self.evaluator.update_fields(id, row).into_iter().collect();
        if !fields.is_empty() {
            words.push(format!("update{}", unless_all(table, &fields)));
        }
        if self.evaluator.delete(id, row) {
            words.push("delete".to_owned());
        }
        words.join(", ")
    }

    /// `may create (name) as Clerk when Owner equals Logged in User`
    fn may_create(&self, id: TableId, role: &RoleReview) -> Vec<String> {
        let table = self.model.catalog.table(id);
        let answers = role.operations.get(&Operation::Create).into_iter().flatten().filter(|answer| answer.word() != "never");
        let words = answers.map(|answer| {
            let fields = unless_all(table, &answer.columns);
            let when =
                answer.condition(self.model, role.subject).map_or_else(String::new, |condition| format!(" when {condition}"));
            format!("may create{fields} as {}{when}", self.model.subject_name(role.subject))
        });
        words.collect()
    }

    /// Whether a row of the matrix is about the session, for some record at least.
    fn holds(&self, subject: Subject) -> bool {
        match subject {
            Subject::Anyone => self.nobody,
            Subject::Authenticated => self.evaluator.holds(&RoleUse { subject, scope: Scope::Unscoped }, &Vec::new()),
            Subject::Role(role) => self.evaluator.held().iter().any(|(held, _)| *held == role),
        }
    }

    /// A row as the test file has it.
    fn source(&self, table: TableId, row: &Row) -> Option<&scenario::Row> {
        let position = self.data.rows(table).iter().position(|other| std::ptr::eq(other, row))?;
        self.scenarios.rows.get(&table)?.get(position)
    }

    /// `holds Authenticated, Viewer of Team 1`
    fn held(&self) -> String {
        let built_in = [Subject::Anyone, Subject::Authenticated].into_iter().filter(|&subject| self.holds(subject));
        let mut words: Vec<String> = built_in.map(|subject| self.model.subject_name(subject).to_owned()).collect();
        for (role, row) in self.evaluator.held() {
            let name = self.model.subject_name(Subject::Role(role));
            let membership = self.model.scope_of(role).map(|membership| self.model.membership(membership));
            words.push(match membership.zip(row) {
                None => name.to_owned(),
                Some((membership, row)) => {
                    let source = self.source(membership.user.table, row);
                    let column = membership.within.map(|column| &self.model.catalog.column(column).name);
                    let scope = source.zip(column).and_then(|(row, column)| row.get(column)).map(plain_text).unwrap_or_default();
                    format!("{name} of {} {scope}", membership.name)
                }
            });
        }
        words.dedup();
        format!("holds {}", words.join(", "))
    }
}

/// ` (name, status)`; nothing where all columns are meant.
fn unless_all(table: &Table, columns: &[u32]) -> String {
    if columns.len() == table.columns.len() {
        return String::new();
    }
    let names: Vec<&str> = columns.iter().map(|&column| table.columns[column as usize].name.as_str()).collect();
    format!(" ({})", names.join(", "))
}

/// A value as the test file has it, or the default that stands for it.
fn written(table: &Table, column: u32, value: Option<&crate::yaml::Value>) -> String {
    let default = || table.columns[column as usize].default.clone().unwrap_or_default();
    value.map_or_else(default, plain_text)
}

/// In a database: the first rows of each table, or what the statements would do.
fn in_database(
    model: &Model,
    files: &Files,
    url: &str,
    tables: &[TableId],
    arguments: &Arguments,
) -> Result<(Vec<Section>, Verdict), Error> {
    let found = people::find(model, files, &arguments.who);
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
