//! Runs scenarios: every operation on every row as the database role that the application would use. Each attempt is a transaction of
//! its own that is rolled back, so nothing is left behind and no attempt sees another.

use std::collections::{BTreeMap, BTreeSet};

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::{DatabaseError, describe_error};
use crate::catalog::{Catalog, Table, TableId, Type};
use crate::model::{Model, Operation, Provider};
use crate::scenario::{Actor, Attempt, Row, Scenario, Scenarios};
use crate::sql::{identifier, literal, qualified};
use crate::yaml::Value;

/// An expectation that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The scenario's sentence.
    pub scenario: String,
    /// What was tried.
    pub attempt: String,
    /// What happened instead.
    pub outcome: String,
}

/// Inserts the rows of a test file, referenced tables first, with triggers and policies off. For an empty database, as a role that
/// may do so.
pub fn insert_rows(client: &mut Client, catalog: &Catalog, scenarios: &Scenarios) -> Result<(), DatabaseError> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute("SET LOCAL session_replication_role = replica")?;
    for (&id, rows) in &scenarios.rows {
        for row in rows {
            transaction.batch_execute(&insert(catalog.table(id), row))?;
        }
    }
    transaction.commit()
}

/// Runs scenarios whose rows are in the database already. The connection belongs to a role that may act as the application's roles and
/// sees all rows. The error is a server that failed in another way than by denying.
pub fn run_scenarios(client: &mut Client, model: &Model, scenarios: &Scenarios) -> Result<Vec<Failure>, DatabaseError> {
    let mut failures = Vec::new();
    for scenario in &scenarios.scenarios {
        failures.extend(run_scenario(client, model, scenarios, scenario)?);
    }
    Ok(failures)
}

/// Runs one scenario; see [`run_scenarios`].
pub fn run_scenario(
    client: &mut Client,
    model: &Model,
    scenarios: &Scenarios,
    scenario: &Scenario,
) -> Result<Vec<Failure>, DatabaseError> {
    let mut failures = Vec::new();
    let mut prober = Prober { client, model, scenarios, scenario, failures: &mut failures };
    for &table in &scenario.tables {
        prober.table(table)?;
    }
    for (attempt, expected) in &scenario.attempts {
        prober.attempt(attempt, *expected)?;
    }
    Ok(failures)
}

struct Prober<'a> {
    client: &'a mut Client,
    model: &'a Model,
    scenarios: &'a Scenarios,
    scenario: &'a Scenario,
    failures: &'a mut Vec<Failure>,
}

/// What a statement did: the rows it touched, or why the server refused.
type Outcome = Result<u64, String>;

impl Prober<'_> {
    fn fail(&mut self, attempt: String, outcome: impl Into<String>) {
        self.failures.push(Failure { scenario: self.scenario.name.clone(), attempt, outcome: outcome.into() });
    }

    fn table(&mut self, id: TableId) -> Result<(), DatabaseError> {
        let model = self.model;
        let table = model.catalog.table(id);
        let rows = self.scenarios.rows.get(&id).map_or(&[][..], Vec::as_slice);
        let reached = |operation| self.scenario.reached.get(&(id, operation)).cloned().unwrap_or_default();
        self.read(table, rows, &reached(Operation::Read))?;
        for operation in [Operation::Create, Operation::Update, Operation::Delete] {
            let expected: BTreeSet<usize> = reached(operation).into_iter().collect();
            for (position, row) in rows.iter().enumerate() {
                let what = format!("{} {} {}", operation.word(), table.name, key_text(table, row));
                let statements = match operation {
                    Operation::Create => vec![insert(table, row)],
                    Operation::Update => match self.unchanged(table)? {
                        None => Vec::new(),
                        Some(name) => updates(table, row, &BTreeMap::from([(name.clone(), self.current(table, row, &name)?)])),
                    },
                    _ => deletes(table, row),
                };
                self.statements(table, row, operation, &statements, what, expected.contains(&position))?;
            }
        }
        Ok(())
    }

    /// Tries each form of a statement; all of them must do the same.
    fn statements(
        &mut self,
        table: &Table,
        row: &Row,
        operation: Operation,
        statements: &[String],
        what: String,
        expected: bool,
    ) -> Result<(), DatabaseError> {
        let mut outcomes = Vec::new();
        for statement in statements {
            let mut transaction = self.client.transaction()?;
            prepare(&mut transaction, table, row, operation)?;
            act(&mut transaction, self.model, &self.scenario.actor)?;
            outcomes.push(execute(&mut transaction, statement)?);
            transaction.rollback()?;
        }
        if statements.is_empty() && expected {
            self.fail(what, "denied: no column may be updated");
            return Ok(());
        }
        for outcome in outcomes {
            match (expected, outcome) {
                (true, Err(reason)) => self.fail(what.clone(), format!("denied: {reason}")),
                (true, Ok(0)) => self.fail(what.clone(), "denied: no row is reached"),
                (false, Ok(touched)) if touched > 0 => self.fail(what.clone(), "allowed, and must not be"),
                _ => {}
            }
        }
        Ok(())
    }

    /// All rows at once, as a list would show them.
    fn read(&mut self, table: &Table, rows: &[Row], expected: &[usize]) -> Result<(), DatabaseError> {
        let key = key_expression(table, "");
        let mut wanted = BTreeSet::new();
        for row in expected.iter().filter_map(|&position| rows.get(position)) {
            let query = format!("SELECT {key} FROM {} WHERE {}", qualified(&table.name), key_condition(table, row));
            wanted.extend(self.client.query(&query, &[])?.iter().map(|row| row.get::<_, String>(0)));
        }
        let mut transaction = self.client.transaction()?;
        act(&mut transaction, self.model, &self.scenario.actor)?;
        let query = format!("SELECT {key} FROM {}", qualified(&table.name));
        let seen: BTreeSet<String> = match transaction.query(&query, &[]) {
            Ok(found) => found.iter().map(|row| row.get(0)).collect(),
            Err(error) if is_denial(&error) => BTreeSet::new(),
            Err(error) => return Err(error),
        };
        transaction.rollback()?;
        for key in wanted.difference(&seen) {
            self.fail(format!("read {} {key}", table.name), "denied: not among the rows");
        }
        for key in seen.difference(&wanted) {
            self.fail(format!("read {} {key}", table.name), "allowed, and must not be");
        }
        if seen.is_empty() && self.has_hidden_key(table)? {
            self.fail(format!("read {}", table.name), "its key is not readable, so the rows cannot be told apart");
        }
        Ok(())
    }

    /// Whether some column may be read, but not the key.
    fn has_hidden_key(&mut self, table: &Table) -> Result<bool, DatabaseError> {
        let role = database_role(self.model, &self.scenario.actor);
        let name = qualified(&table.name);
        let query = "SELECT has_any_column_privilege($1::text::name, $2::text, 'SELECT')";
        if !self.client.query_one(query, &[&role, &name])?.get::<_, bool>(0) {
            return Ok(false);
        }
        for &column in &table.primary_key {
            let query = "SELECT has_column_privilege($1::text::name, $2::text, $3::text, 'SELECT')";
            let column = &table.columns[column as usize].name;
            if !self.client.query_one(query, &[&role, &name, column])?.get::<_, bool>(0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A column that the actor may update at all, so that a change of nothing can be tried.
    fn unchanged(&mut self, table: &Table) -> Result<Option<String>, DatabaseError> {
        let role = database_role(self.model, &self.scenario.actor);
        let query = "SELECT has_column_privilege($1::text::name, $2::text, $3::text, 'UPDATE')";
        for column in table.columns.iter().filter(|column| !column.generated) {
            if self.client.query_one(query, &[&role, &qualified(&table.name), &column.name])?.get(0) {
                return Ok(Some(column.name.clone()));
            }
        }
        Ok(None)
    }

    /// What a row has in a column now.
    fn current(&mut self, table: &Table, row: &Row, column: &str) -> Result<Value, DatabaseError> {
        let query = format!(
            "SELECT {}::text FROM {} WHERE {}",
            identifier(column),
            qualified(&table.name),
            key_condition(table, row)
        );
        let found = self.client.query_opt(&query, &[])?.and_then(|row| row.get::<_, Option<String>>(0));
        Ok(found.map_or(Value::Null, Value::String))
    }

    fn attempt(&mut self, attempt: &Attempt, expected: bool) -> Result<(), DatabaseError> {
        let model = self.model;
        match attempt {
            Attempt::Create(id, row) => {
                let table = model.catalog.table(*id);
                let what = format!("create {} {}", table.name, row_text(row));
                self.statements(table, row, Operation::Create, &[insert(table, row)], what, expected)
            }
            Attempt::Update(id, position, set) => {
                let table = model.catalog.table(*id);
                let Some(row) = self.scenarios.rows.get(id).and_then(|rows| rows.get(*position)) else { return Ok(()) };
                let what = format!("update {} {} to {}", table.name, key_text(table, row), row_text(set));
                self.statements(table, row, Operation::Update, &updates(table, row, set), what, expected)
            }
        }
    }
}

/// An update of one row, by its key and blind: without a WHERE, PostgreSQL reads no column and asks no policy of SELECT. What narrows
/// the blind form to the row is a trigger, see [`prepare`].
fn updates(table: &Table, row: &Row, set: &Row) -> Vec<String> {
    let assignments = set.iter().map(|(name, value)| format!("{} = {}", identifier(name), sql_value(table, name, value)));
    let blind = format!("UPDATE {} SET {}", qualified(&table.name), assignments.collect::<Vec<_>>().join(", "));
    vec![format!("{blind} WHERE {}", key_condition(table, row)), blind]
}

/// A delete of one row, by its key and blind.
fn deletes(table: &Table, row: &Row) -> Vec<String> {
    let blind = format!("DELETE FROM {}", qualified(&table.name));
    vec![format!("{blind} WHERE {}", key_condition(table, row)), blind]
}

/// Sets the scene as the connection's own role. A row that is to be made is taken away first, as if it had never been there. A change is
/// kept to the one row: a trigger, which runs between USING and WITH CHECK, skips all others.
fn prepare(transaction: &mut Transaction<'_>, table: &Table, row: &Row, operation: Operation) -> Result<(), DatabaseError> {
    let name = qualified(&table.name);
    if operation == Operation::Create {
        return transaction.batch_execute(&format!(
            "SET LOCAL session_replication_role = replica; DELETE FROM {name} WHERE {}; SET LOCAL session_replication_role = origin",
            key_condition(table, row)
        ));
    }
    let body = format!(
        "BEGIN IF {} IS DISTINCT FROM current_setting('rowgate.probed') THEN RETURN NULL; END IF; \
         IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END",
        key_expression(table, "OLD.")
    );
    transaction.batch_execute(&format!(
        "CREATE FUNCTION pg_temp.rowgate_probe() RETURNS trigger LANGUAGE plpgsql AS {};
         CREATE TRIGGER \"000_rowgate_probe\" BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION pg_temp.rowgate_probe();
         SELECT set_config('rowgate.probed', (SELECT {} FROM {name} WHERE {}), true);",
        literal(&body),
        key_expression(table, ""),
        key_condition(table, row)
    ))
}

/// Becomes the actor until the end of the transaction.
fn act(transaction: &mut Transaction<'_>, model: &Model, actor: &Actor) -> Result<(), DatabaseError> {
    let identity = match actor {
        Actor::SignedIn(identity) | Actor::DatabaseRole(_, identity) => identity.as_ref(),
        Actor::Anonymous => None,
    };
    let identity = identity.map(plain_text).unwrap_or_default();
    match &model.identity.provider {
        Provider::Setting(name) => {
            transaction.execute("SELECT set_config($1, $2, true)", &[name, &identity])?;
        }
        Provider::Supabase => {
            let claims = if identity.is_empty() { String::new() } else { serde_json::json!({ "sub": identity }).to_string() };
            transaction.execute("SELECT set_config('request.jwt.claims', $1, true)", &[&claims])?;
        }
    }
    transaction.batch_execute(&format!("SET LOCAL ROLE {}", identifier(database_role(model, actor))))
}

fn database_role<'a>(model: &'a Model, actor: &'a Actor) -> &'a str {
    match actor {
        Actor::SignedIn(_) => &model.identity.signed_in_role,
        Actor::Anonymous => model.identity.anonymous_role.as_deref().unwrap_or(&model.identity.signed_in_role),
        Actor::DatabaseRole(name, _) => name,
    }
}

/// The rows touched, or the denial. A foreign key that is violated is not a denial: the policies let the statement through.
fn execute(transaction: &mut Transaction<'_>, statement: &str) -> Result<Outcome, DatabaseError> {
    match transaction.execute(statement, &[]) {
        Ok(touched) => Ok(Ok(touched)),
        Err(error) if is_denial(&error) => Ok(Err(describe_error(&error))),
        Err(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) => Ok(Ok(1)),
        Err(error) => Err(error),
    }
}

fn is_denial(error: &DatabaseError) -> bool {
    error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
}

/// The statement that inserts a row.
pub fn insert(table: &Table, row: &Row) -> String {
    let columns: Vec<_> = row.keys().map(|name| identifier(name)).collect();
    let values: Vec<String> = row.iter().map(|(name, value)| sql_value(table, name, value)).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", qualified(&table.name), columns.join(", "), values.join(", "))
}

fn key_names(table: &Table) -> impl Iterator<Item = &str> {
    table.primary_key.iter().map(|&index| table.columns[index as usize].name.as_str())
}

/// The key as one text, its columns behind `prefix`.
fn key_expression(table: &Table, prefix: &str) -> String {
    let names: Vec<String> = key_names(table).map(|name| format!("{prefix}{}", identifier(name))).collect();
    format!("jsonb_build_array({})::text", names.join(", "))
}

fn key_condition(table: &Table, row: &Row) -> String {
    let parts = key_names(table).map(|name| {
        let value = row.get(name).map_or_else(|| "NULL".to_owned(), |value| sql_value(table, name, value));
        format!("{} = {value}", identifier(name))
    });
    parts.collect::<Vec<_>>().join(" AND ")
}

fn key_text(table: &Table, row: &Row) -> String {
    let values: Vec<String> = key_names(table).map(|name| row.get(name).map(plain_text).unwrap_or_default()).collect();
    values.join(", ")
}

fn row_text(row: &Row) -> String {
    let parts: Vec<String> = row.iter().map(|(name, value)| format!("{name}: {}", plain_text(value))).collect();
    format!("{{{}}}", parts.join(", "))
}

/// A value as an SQL constant that takes the type of its column.
fn sql_value(table: &Table, column: &str, value: &Value) -> String {
    let is_array = table.column_named(column).is_some_and(|index| matches!(table.columns[index as usize].r#type, Type::Array(_)));
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Sequence(items) if is_array => {
            let items: Vec<String> = items.iter().map(|item| literal(&plain_text(item))).collect();
            if items.is_empty() { "'{}'".to_owned() } else { format!("ARRAY[{}]::{}", items.join(", "), array_type(table, column)) }
        }
        other => literal(&plain_text(other)),
    }
}

fn array_type(table: &Table, column: &str) -> String {
    let index = table.column_named(column).unwrap_or(0);
    crate::sql::type_name(&table.columns[index as usize].r#type)
}

/// A scalar as it is, anything else as JSON.
fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// The tables of a set of rows, for callers that count.
impl Scenarios {
    /// How many single expectations there are: each operation on each row, and each attempt.
    pub fn expectations(&self) -> usize {
        let rows: BTreeMap<TableId, usize> = self.rows.iter().map(|(&id, rows)| (id, rows.len())).collect();
        let of = |scenario: &Scenario| {
            let rows: usize = scenario.tables.iter().map(|table| rows.get(table).copied().unwrap_or(0)).sum();
            rows * Operation::ALL.len() + scenario.attempts.len()
        };
        self.scenarios.iter().map(of).sum()
    }
}
