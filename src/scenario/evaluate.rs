//! Scenarios in memory: their rows and actors as the evaluator takes them, and what their rows show of the project's assertions.

use super::{Actor, ActorRole, Row, Scenarios, plain_text, row_text};
use crate::access::evaluate::{self, Data, Datum, Evaluator, Session};
use crate::catalog::{ColumnRef, Table, TableId, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Assertion, Model, RoleId, RoleUse, Subject};
use crate::yaml::Value;

/// A column in words, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// Its type.
    pub r#type: String,
}

impl Place {
    /// A column of a project.
    pub fn new(model: &Model, column: ColumnRef) -> Place {
        let found = model.catalog.column(column);
        let table = model.catalog.table(column.table).name.to_string();
        Place { table, column: found.name.clone(), r#type: found.r#type.to_string() }
    }
}

/// A value that only a server could read, or nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}.{}`{} is `{value}`, which only a server could read as {}", place.table, place.column, of_row(row), place.r#type)]
pub struct Unreadable {
    /// Where a value is meant to stand.
    pub place: Place,
    /// The key of its row as it is written; `None` for an identity.
    pub row: Option<String>,
    /// The value as it is written.
    pub value: String,
}

fn of_row(row: &Option<String>) -> String {
    row.as_ref().map(|row| format!(" of the row {row}")).unwrap_or_default()
}

/// The rows of a test file, or the first value that cannot be read without a server.
pub fn data(model: &Model, scenarios: &Scenarios, now: i64) -> Result<Data, Unreadable> {
    let mut data = Data::default();
    for (&table, rows) in &scenarios.rows {
        let rows = rows.iter().map(|row| read_row(model, table, row, now)).collect::<Result<_, _>>()?;
        data.insert(table, rows);
    }
    Ok(data)
}

/// A row with its defaults, or the first value that cannot be read without a server.
pub fn read_row(model: &Model, table: TableId, row: &Row, now: i64) -> Result<evaluate::Row, Unreadable> {
    let entry = model.catalog.table(table);
    let datum = |(index, column): (u32, &crate::catalog::Column)| match row.get(&column.name) {
        Some(value) => read(model, ColumnRef { table, column: index }, value, now)
            .map_err(|unreadable| Unreadable { row: Some(key_text(entry, row)), ..unreadable }),
        None => Ok(evaluate::constant_default(&model.catalog, column).unwrap_or(Datum::Null)),
    };
    (0u32..).zip(&entry.columns).map(datum).collect()
}

/// The primary key of a row in words; the whole row where that is not in it.
fn key_text(table: &Table, row: &Row) -> String {
    let names = table.primary_key.iter().map(|&column| &table.columns[column as usize].name);
    let key = names.map(|name| Some((name.clone(), row.get(name)?.clone()))).collect::<Option<Row>>();
    row_text(key.as_ref().unwrap_or(row))
}

fn read(model: &Model, column: ColumnRef, value: &Value, now: i64) -> Result<Datum, Unreadable> {
    let read = match (value, &model.catalog.column(column).r#type) {
        (Value::Null, _) => Some(Datum::Null),
        (Value::Sequence(items), Type::Array(element)) => {
            let item = |item: &Value| evaluate::parse(&model.catalog, element, &plain_text(item), now);
            items.iter().map(item).collect::<Option<_>>().map(Datum::Array)
        }
        (value, r#type) => evaluate::parse(&model.catalog, r#type, &plain_text(value), now),
    };
    read.ok_or_else(|| Unreadable { place: Place::new(model, column), row: None, value: plain_text(value) })
}

/// An actor as a session, or an identity that is none of the user table's type.
pub fn session(model: &Model, actor: &Actor, now: i64) -> Result<Session, Unreadable> {
    let identity = match &actor.identity {
        Some(value) => identity(model, value, now)?,
        None => Datum::Null,
    };
    let database_role = match &actor.role {
        ActorRole::SignedIn => &model.identity.signed_in_role,
        ActorRole::Anonymous => model.identity.anonymous_role.as_ref().unwrap_or(&model.identity.signed_in_role),
        ActorRole::Named(name) => name,
    };
    let claims = serde_json::Value::Object(actor.claims.clone());
    Ok(Session { database_role: database_role.clone(), identity, claims, now })
}

/// An identity as a value of the user table's key. What is badly formed as the session's text is none.
pub fn identity(model: &Model, value: &Value, now: i64) -> Result<Datum, Unreadable> {
    let key = model.identity.user_key;
    let read = read(model, key, value, now)?;
    let text = plain_text(value);
    match text.is_empty() || evaluate::is_well_formed(&model.catalog.column(key).r#type, &text) {
        true => Ok(read),
        false => Err(Unreadable { place: Place::new(model, key), row: None, value: text }),
    }
}

/// What the rows of a test file show: assertions that do not hold for one of its actors.
pub fn violations(model: &Model, scenarios: &Scenarios, now: i64) -> Vec<Diagnostic> {
    let Ok(data) = data(model, scenarios, now) else { return Vec::new() };
    let mut found = Vec::new();
    for assertion in &model.assertions {
        let violation = scenarios.scenarios.iter().find_map(|scenario| {
            let session = session(model, &scenario.actor, now).ok()?;
            let row = violating_row(model, &data, &session, assertion)?;
            Some((scenario.name.as_str(), row))
        });
        let Some((scenario, row)) = violation else { continue };
        let table = model.catalog.table(assertion.table);
        let rows = scenarios.rows.get(&assertion.table);
        let shown = rows.and_then(|rows| rows.get(row)).map(row_text).unwrap_or_default();
        let word = assertion.operation.word();
        let title = format!("the sample rows show that this is possible: {word} `{}` {shown}", table.name);
        found.push(
            Diagnostic::new(Code::Violated, assertion.span, title)
                .with_note(format!("in the scenario \"{scenario}\""))
                .with_help("narrow the rules of this role, or correct the assertion"),
        );
    }
    found
}

/// The position of a row that the role's rules give to the session against the assertion.
fn violating_row(model: &Model, data: &Data, session: &Session, assertion: &Assertion) -> Option<usize> {
    let evaluator = Evaluator::new(model, data, session);
    let included = included(model, assertion.role.subject);
    let counts = |role: &RoleUse| match role.subject {
        Subject::Anyone => true,
        Subject::Authenticated => assertion.role.subject != Subject::Anyone,
        Subject::Role(id) => included.contains(&id),
    };
    data.rows(assertion.table).iter().position(|row| {
        let applies = assertion.condition.as_ref().is_none_or(|c| evaluator.condition(c, assertion.table, row) == Some(true));
        applies
            && evaluator.holds(&assertion.role, row)
            && evaluator.reaches_as(assertion.table, assertion.operation, &counts, row)
    })
}

/// A role and all that it includes.
fn included(model: &Model, subject: Subject) -> Vec<RoleId> {
    let Subject::Role(role) = subject else { return Vec::new() };
    let (mut found, mut next) = (vec![role], 0);
    while let Some(&current) = found.get(next) {
        next += 1;
        for &other in &model.role(current).includes {
            if !found.contains(&other) {
                found.push(other);
            }
        }
    }
    found
}
