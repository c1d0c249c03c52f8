//! Scenarios in memory: their rows and actors as the evaluator takes them.

use super::{Actor, ActorRole, SampleRow, Scenarios, plain_text, row_text};
use crate::access::evaluate::{self, Data, Datum, Session};
use crate::catalog::{ColumnRef, Table, TableId, Type};
use crate::model::Model;
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
pub fn read_row(model: &Model, table: TableId, row: &SampleRow, now: i64) -> Result<evaluate::Row, Unreadable> {
    let entry = model.catalog.table(table);
    let datum = |(index, column): (u32, &crate::catalog::Column)| match row.get(&column.name) {
        Some(value) => read(model, ColumnRef { table, column: index }, value, now)
            .map_err(|unreadable| Unreadable { row: Some(key_text(entry, row)), ..unreadable }),
        None => Ok(evaluate::constant_default(&model.catalog, column).unwrap_or(Datum::Null)),
    };
    (0u32..).zip(&entry.columns).map(datum).collect()
}

/// A value as it is typed behind `column=`: a list, nothing, or the text, which is read as the column's type says.
pub fn value_of_text(text: &str) -> Value {
    let items = text.strip_prefix('[').and_then(|items| items.strip_suffix(']'));
    match items {
        _ if text.is_empty() => Value::Null,
        Some(items) if items.trim().is_empty() => Value::Sequence(Vec::new()),
        Some(items) => Value::Sequence(items.split(',').map(|item| Value::String(item.trim().to_owned())).collect()),
        None => Value::String(text.to_owned()),
    }
}

/// The primary key of a row in words; the whole row where that is not in it.
fn key_text(table: &Table, row: &SampleRow) -> String {
    let names = table.primary_key.iter().map(|&column| &table.columns[column as usize].name);
    let key = names.map(|name| Some((name.clone(), row.get(name)?.clone()))).collect::<Option<SampleRow>>();
    row_text(key.as_ref().unwrap_or(row))
}

pub(super) fn read(model: &Model, column: ColumnRef, value: &Value, now: i64) -> Result<Datum, Unreadable> {
    let read = match (value, &model.catalog.column(column).r#type) {
        (Value::Null, _) => Some(Datum::Null),
        (Value::Sequence(items), Type::Array(element)) => {
            let item = |item: &Value| match item {
                Value::Null => Some(Datum::Null),
                item => evaluate::parse(&model.catalog, element, &plain_text(item), now),
            };
            items.iter().map(item).collect::<Option<_>>().map(Datum::Array)
        }
        (value, r#type) => evaluate::parse(&model.catalog, r#type, &plain_text(value), now),
    };
    read.ok_or_else(|| Unreadable { place: Place::new(model, column), row: None, value: plain_text(value) })
}

/// Whether a value is read here as one of its column's type. What is not, a server may read.
pub fn is_readable(model: &Model, column: ColumnRef, value: &Value, now: i64) -> bool {
    read(model, column, value, now).is_ok()
}

/// A row with some of its values replaced, or the first value that cannot be read without a server.
pub fn read_change(
    model: &Model,
    table: TableId,
    row: &evaluate::Row,
    set: &SampleRow,
    now: i64,
) -> Result<evaluate::Row, Unreadable> {
    let mut row = row.clone();
    for (name, value) in set {
        let Some(column) = model.catalog.table(table).column_named(name) else { continue };
        let value = read(model, ColumnRef { table, column }, value, now)?;
        row.get_mut(column as usize).into_iter().for_each(|field| *field = value.clone());
    }
    Ok(row)
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
    Ok(Session { database_role: database_role.clone(), identity, claims, settings: actor.settings.clone(), now })
}

/// An identity as a value of the user table's key. What is badly formed as the session's text is none, and with an empty text nobody is signed in.
pub fn identity(model: &Model, value: &Value, now: i64) -> Result<Datum, Unreadable> {
    let key = model.identity.user_key;
    let read = read(model, key, value, now)?;
    let text = plain_text(value);
    match text.is_empty() || evaluate::is_well_formed(&model.catalog.column(key).r#type, &text) {
        true if text.is_empty() => Ok(Datum::Null),
        true => Ok(read),
        false => Err(Unreadable { place: Place::new(model, key), row: None, value: text }),
    }
}
