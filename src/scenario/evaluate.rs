//! Scenarios in memory: their rows and actors as the evaluator takes them, and what their rows show of the project's assertions.

use super::{Actor, ActorRole, Row, Scenarios, plain_text};
use crate::access::evaluate::{self, Data, Datum, Evaluator, Session};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Assertion, Model, RoleId, RoleUse, Subject};
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

/// What the rows of a test file show: assertions that do not hold for one of its actors.
pub fn violations(model: &Model, scenarios: &Scenarios, now: i64) -> Vec<Diagnostic> {
    let Some(data) = data(model, scenarios, now) else { return Vec::new() };
    let mut found = Vec::new();
    for assertion in &model.assertions {
        let violation = scenarios.scenarios.iter().find_map(|scenario| {
            let session = session(model, &scenario.actor, now)?;
            let row = violating_row(model, &data, &session, assertion)?;
            Some((scenario.name.as_str(), row))
        });
        let Some((scenario, row)) = violation else { continue };
        let table = model.catalog.table(assertion.table);
        let rows = scenarios.rows.get(&assertion.table);
        let shown = rows.and_then(|rows| rows.get(row)).map(super::row_text).unwrap_or_default();
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
