//! Scenarios in memory: their rows and actors as the evaluator takes them.

use super::{Actor, ActorRole, Row, Scenarios, plain_text};
use crate::access::evaluate::{self, Data, Datum, Session};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::model::Model;
use crate::yaml::Value;

/// The rows of a test file. `None` when a value cannot be read without a server.
pub fn data(model: &Model, scenarios: &Scenarios, now: i64) -> Option<Data> {
    let mut data = Data::default();
    for (&table, rows) in &scenarios.rows {
        let rows = rows.iter().map(|row| read_row(model, table, row, now)).collect::<Option<_>>()?;
        data.insert(table, rows);
    }
    Some(data)
}

/// A row with its defaults. `None` when a value cannot be read without a server.
pub fn read_row(model: &Model, table: TableId, row: &Row, now: i64) -> Option<evaluate::Row> {
    let columns = (0u32..).zip(&model.catalog.table(table).columns);
    let datum = |(index, column): (u32, &crate::catalog::Column)| match row.get(&column.name) {
        Some(value) => read(model, ColumnRef { table, column: index }, value, now),
        None => Some(evaluate::constant_default(&model.catalog, column).unwrap_or(Datum::Null)),
    };
    columns.map(datum).collect()
}

fn read(model: &Model, column: ColumnRef, value: &Value, now: i64) -> Option<Datum> {
    let r#type = &model.catalog.column(column).r#type;
    match (value, r#type) {
        (Value::Null, _) => Some(Datum::Null),
        (Value::Sequence(items), Type::Array(element)) => {
            let item = |item: &Value| evaluate::parse(&model.catalog, element, &plain_text(item), now);
            items.iter().map(item).collect::<Option<_>>().map(Datum::Array)
        }
        (value, r#type) => evaluate::parse(&model.catalog, r#type, &plain_text(value), now),
    }
}

/// An actor as a session. `None` when the identity is none of the user table's type.
pub fn session(model: &Model, actor: &Actor, now: i64) -> Option<Session> {
    let identity = match &actor.identity {
        Some(value) => read(model, model.identity.user_key, value, now)?,
        None => Datum::Null,
    };
    let database_role = match &actor.role {
        ActorRole::SignedIn => &model.identity.signed_in_role,
        ActorRole::Anonymous => model.identity.anonymous_role.as_ref().unwrap_or(&model.identity.signed_in_role),
        ActorRole::Named(name) => name,
    };
    let claims = serde_json::Value::Object(actor.claims.clone());
    Some(Session { database_role: database_role.clone(), identity, claims, now })
}
