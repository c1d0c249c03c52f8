//! Runs scenarios: every operation on every row as the database role that the application would use. Each attempt is a transaction of
//! its own that is rolled back, so nothing is left behind and no attempt sees another.

use std::collections::{BTreeMap, BTreeSet};

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::session::{act, is_denial, is_violation, source};
use super::statements::{deletes, insert, key_condition, key_expression, key_names, key_text, updates};
use super::steps::{step, try_call};
use super::{DatabaseError, describe_error};
use crate::catalog::{Catalog, Table, TableId};
use crate::model::{Model, Operation};
use crate::objects::quote::{identifier, literal, qualified};
use crate::scenario::{Attempt, SampleRow, Scenario, Scenarios, row_text};
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
    let mut prober = Prober { model, scenarios, scenario, rows: BTreeMap::new(), failures: Vec::new() };
    if !scenario.after.is_empty() || !scenario.calls.is_empty() {
        let mut transaction = client.transaction()?;
        let is_done = prober.begin(&mut transaction, true)?;
        if is_done {
            prober.calls(&mut transaction)?;
        }
        transaction.rollback()?;
        if !is_done {
            return Ok(prober.failures);
        }
    }
    for &table in &scenario.tables {
        let mut transaction = client.transaction()?;
        prober.begin(&mut transaction, false)?;
        prober.table(&mut transaction, table)?;
        transaction.rollback()?;
    }
    Ok(prober.failures)
}

struct Prober<'a> {
    model: &'a Model,
    scenarios: &'a Scenarios,
    scenario: &'a Scenario,
    /// As they are once the scenario's steps are done.
    rows: BTreeMap<TableId, Vec<SampleRow>>,
    failures: Vec<Failure>,
}

/// What a statement did: the rows it touched, or why the server refused.
type Outcome = Result<u64, String>;

/// Something that is tried on one row, in each form that a client may give it; all forms must do the same.
struct Trial<'a> {
    what: String,
    operation: Operation,
    row: &'a SampleRow,
    statements: Vec<String>,
    expected: bool,
}

impl Prober<'_> {
    fn fail(&mut self, attempt: String, outcome: impl Into<String>) {
        self.failures.push(Failure { scenario: self.scenario.name.clone(), attempt, outcome: outcome.into() });
    }

    /// Does the scenario's steps; false when they cannot be done.
    fn begin(&mut self, transaction: &mut Transaction<'_>, is_first: bool) -> Result<bool, DatabaseError> {
        let stepped = step(transaction, self.model, self.scenarios, self.scenario)?;
        self.rows = stepped.rows;
        let is_done = stepped.failures.is_empty();
        for (attempt, outcome) in stepped.failures.into_iter().filter(|_| is_first) {
            self.fail(attempt, outcome);
        }
        Ok(is_done)
    }

    /// The calls of actions.
    fn calls(&mut self, transaction: &mut Transaction<'_>) -> Result<(), DatabaseError> {
        let (scenario, sign_in) = (self.scenario, self.scenarios.sign_in.as_deref());
        for (call, expected) in &scenario.calls {
            let outcome = try_call(transaction, self.model, sign_in, &scenario.actor, call)?;
            match (expected, outcome) {
                (true, Err(reason)) => self.fail(format!("do {}", call.text(self.model)), format!("denied: {reason}")),
                (false, Ok(())) => self.fail(format!("do {}", call.text(self.model)), "allowed, and must not be"),
                _ => {}
            }
        }
        Ok(())
    }

    /// Everything on one table. The connection's own role acts on `transaction`, the actor in savepoints of it.
    fn table(&mut self, transaction: &mut Transaction<'_>, id: TableId) -> Result<(), DatabaseError> {
        let table = self.model.catalog.table(id);
        let rows = self.rows.get(&id).cloned().unwrap_or_default();
        let rows = rows.as_slice();
        let reached = |operation| self.scenario.reached.get(&(id, operation)).cloned().unwrap_or_default();
        self.read(transaction, table, rows, &reached(Operation::Read))?;
        install_trigger(transaction, table)?;
        let unchanged = self.unchanged(transaction, table)?;
        for operation in [Operation::Create, Operation::Update, Operation::Delete] {
            let expected: BTreeSet<usize> = reached(operation).into_iter().collect();
            for (position, row) in rows.iter().enumerate() {
                let statements = match (operation, &unchanged) {
                    (Operation::Create, _) => vec![insert(table, &self.supplied(id, row))],
                    (Operation::Update, None) => Vec::new(),
                    (Operation::Update, Some(name)) => {
                        let value = current(transaction, table, row, name)?;
                        updates(table, row, &BTreeMap::from([(name.clone(), value)]))
                    }
                    _ => deletes(table, row),
                };
                let what = format!("{} {} {}", operation.word(), table.name, key_text(table, row));
                let trial = Trial { what, operation, row, statements, expected: expected.contains(&position) };
                self.run(transaction, table, &trial)?;
            }
        }
        let changeable: BTreeSet<usize> = reached(Operation::Update).into_iter().collect();
        for trial in crossings(table, rows, &changeable) {
            self.run(transaction, table, &trial)?;
        }
        let scenario = self.scenario;
        for (attempt, expected) in scenario.attempts.iter().filter(|(attempt, _)| attempt.table() == id) {
            let trial = match attempt {
                Attempt::See(_, position, fields) => {
                    let Some(row) = rows.get(*position) else { continue };
                    self.see(transaction, table, row, fields)?;
                    continue;
                }
                Attempt::Create(_, row) => Trial {
                    what: format!("create {} {}", table.name, row_text(row)),
                    operation: Operation::Create,
                    row,
                    statements: vec![insert(table, row)],
                    expected: *expected,
                },
                Attempt::Update(_, position, set) => {
                    let Some(row) = rows.get(*position) else { continue };
                    Trial {
                        what: format!("update {} {} to {}", table.name, key_text(table, row), row_text(set)),
                        operation: Operation::Update,
                        row,
                        statements: updates(table, row, set),
                        expected: *expected,
                    }
                }
            };
            self.run(transaction, table, &trial)?;
        }
        Ok(())
    }

    /// What whoever makes a row supplies of it: all that the database does not fill in.
    fn supplied(&self, id: TableId, row: &SampleRow) -> SampleRow {
        let (table, presets) = (self.model.catalog.table(id), self.model.presets(id, Operation::Create));
        let mut row = row.clone();
        presets.keys().for_each(|&column| drop(row.remove(&table.columns[column as usize].name)));
        row
    }

    fn run(&mut self, transaction: &mut Transaction<'_>, table: &Table, trial: &Trial<'_>) -> Result<(), DatabaseError> {
        if trial.statements.is_empty() && trial.expected {
            self.fail(trial.what.clone(), "denied: no column may be updated");
        }
        for statement in &trial.statements {
            let mut savepoint = transaction.transaction()?;
            prepare(&mut savepoint, table, trial)?;
            act(&mut savepoint, self.model, self.scenarios.sign_in.as_deref(), &self.scenario.actor)?;
            let outcome = execute(&mut savepoint, statement)?;
            savepoint.rollback()?;
            match (trial.expected, outcome) {
                (true, Err(reason)) => self.fail(trial.what.clone(), format!("denied: {reason}")),
                (true, Ok(0)) => self.fail(trial.what.clone(), "denied: no row is reached"),
                (false, Ok(touched)) if touched > 0 => self.fail(trial.what.clone(), "allowed, and must not be"),
                _ => {}
            }
        }
        Ok(())
    }

    /// All rows at once, as a list would show them.
    fn read(
        &mut self,
        transaction: &mut Transaction<'_>,
        table: &Table,
        rows: &[SampleRow],
        expected: &[usize],
    ) -> Result<(), DatabaseError> {
        let key = key_expression(table, "");
        let mut wanted = BTreeSet::new();
        for row in expected.iter().filter_map(|&position| rows.get(position)) {
            let query = format!("SELECT {key} FROM {} WHERE {}", qualified(&table.name), key_condition(table, row));
            wanted.extend(transaction.query(&query, &[])?.iter().map(|row| row.get::<_, String>(0)));
        }
        let (source, base) = (qualified(&source(transaction, self.model, table)?), qualified(&table.name));
        let seen = self.keys(transaction, table, &source)?.unwrap_or_default();
        // Behind a masking view, the table itself shows the same rows, if it shows any column of them.
        let behind = if source == base { None } else { self.keys(transaction, table, &base)? };
        if let Some(behind) = behind.filter(|behind| *behind != seen) {
            self.fail(format!("read {}", table.name), format!("the table shows {behind:?}, and its view {seen:?}"));
        }
        for key in wanted.difference(&seen) {
            self.fail(format!("read {} {key}", table.name), "denied: not among the rows");
        }
        for key in seen.difference(&wanted) {
            self.fail(format!("read {} {key}", table.name), "allowed, and must not be");
        }
        if seen.is_empty() && self.has_hidden_key(transaction, table)? {
            self.fail(format!("read {}", table.name), "its key is not readable, so the rows cannot be told apart");
        }
        Ok(())
    }

    /// The keys of the rows that the actor sees; `None` when it may not read the key.
    fn keys(
        &self,
        transaction: &mut Transaction<'_>,
        table: &Table,
        source: &str,
    ) -> Result<Option<BTreeSet<String>>, DatabaseError> {
        let mut savepoint = transaction.transaction()?;
        act(&mut savepoint, self.model, self.scenarios.sign_in.as_deref(), &self.scenario.actor)?;
        let seen = match savepoint.query(&format!("SELECT {} FROM {source}", key_expression(table, "")), &[]) {
            Ok(found) => Some(found.iter().map(|row| row.get(0)).collect()),
            Err(error) if is_denial(&error) => None,
            Err(error) => return Err(error),
        };
        savepoint.rollback()?;
        Ok(seen)
    }

    /// The fields of a row that the actor sees have what the row has; a field that is empty tells nothing.
    fn see(
        &mut self,
        transaction: &mut Transaction<'_>,
        table: &Table,
        row: &SampleRow,
        fields: &[u32],
    ) -> Result<(), DatabaseError> {
        let (source, condition) = (qualified(&source(transaction, self.model, table)?), key_condition(table, row));
        for (index, column) in (0u32..).zip(&table.columns) {
            let name = identifier(&column.name);
            let value = |source: &str| format!("SELECT {name}::text FROM {source} WHERE {condition}");
            let real: Option<String> = transaction.query_one(&value(&qualified(&table.name)), &[])?.get(0);
            let mut savepoint = transaction.transaction()?;
            act(&mut savepoint, self.model, self.scenarios.sign_in.as_deref(), &self.scenario.actor)?;
            let seen: Option<String> = match savepoint.query_opt(&value(&source), &[]) {
                Ok(row) => row.and_then(|row| row.get(0)),
                Err(error) if is_denial(&error) || error.code() == Some(&SqlState::UNDEFINED_COLUMN) => None,
                Err(error) => return Err(error),
            };
            savepoint.rollback()?;
            let what = format!("read {} {}, {}", table.name, key_text(table, row), column.name);
            match (fields.contains(&index), seen.is_some()) {
                (true, false) if real.is_some() => self.fail(what, "denied: the field is empty"),
                (false, true) => self.fail(what, "allowed, and must not be"),
                _ if seen.is_some() && seen != real => self.fail(what, "it has another value"),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether some column may be read, but not the key.
    fn has_hidden_key(&self, transaction: &mut Transaction<'_>, table: &Table) -> Result<bool, DatabaseError> {
        let role = self.scenario.actor.database_role(self.model);
        let name = qualified(&table.name);
        let query = "SELECT has_any_column_privilege($1::text::name, $2::text, 'SELECT')";
        if !transaction.query_one(query, &[&role, &name])?.get::<_, bool>(0) {
            return Ok(false);
        }
        for column in key_names(table) {
            let query = "SELECT has_column_privilege($1::text::name, $2::text, $3::text, 'SELECT')";
            if !transaction.query_one(query, &[&role, &name, &column])?.get::<_, bool>(0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A column that the actor may update at all, so that a change of nothing can be tried.
    fn unchanged(&self, transaction: &mut Transaction<'_>, table: &Table) -> Result<Option<String>, DatabaseError> {
        let role = self.scenario.actor.database_role(self.model);
        let query = "SELECT has_column_privilege($1::text::name, $2::text, $3::text, 'UPDATE')";
        for column in table.columns.iter().filter(|column| !column.generated) {
            if transaction.query_one(query, &[&role, &qualified(&table.name), &column.name])?.get(0) {
                return Ok(Some(column.name.clone()));
            }
        }
        Ok(None)
    }
}

/// Updates that make a row that may be changed equal to one that may not, key included, and the other way around. None of them may
/// succeed: giving away and taking are what WITH CHECK and USING stop, each alone.
fn crossings<'a>(table: &Table, rows: &'a [SampleRow], changeable: &BTreeSet<usize>) -> Vec<Trial<'a>> {
    let mut trials = Vec::new();
    for (from, row) in rows.iter().enumerate() {
        for (to, other) in rows.iter().enumerate().filter(|(to, _)| changeable.contains(to) != changeable.contains(&from)) {
            let what = format!("update {} {} to what {} is", table.name, key_text(table, row), key_text(table, &rows[to]));
            let statements = updates(table, row, other);
            trials.push(Trial { what, operation: Operation::Update, row, statements, expected: false });
        }
    }
    trials
}

/// What a row has in a column now.
fn current(transaction: &mut Transaction<'_>, table: &Table, row: &SampleRow, column: &str) -> Result<Value, DatabaseError> {
    let (column, name) = (identifier(column), qualified(&table.name));
    let query = format!("SELECT {column}::text FROM {name} WHERE {}", key_condition(table, row));
    let found = transaction.query_opt(&query, &[])?.and_then(|row| row.get::<_, Option<String>>(0));
    Ok(found.map_or(Value::Null, Value::String))
}

/// A trigger that keeps a change to the row whose key `rowgate.probed` holds: it runs between USING and WITH CHECK, before every other
/// trigger, and skips all other rows.
fn install_trigger(transaction: &mut Transaction<'_>, table: &Table) -> Result<(), DatabaseError> {
    let body = format!(
        "BEGIN IF {} IS DISTINCT FROM current_setting('rowgate.probed') THEN RETURN NULL; END IF; \
         IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END",
        key_expression(table, "OLD.")
    );
    transaction.batch_execute(&format!(
        "CREATE FUNCTION pg_temp.rowgate_probe() RETURNS trigger LANGUAGE plpgsql AS {};
         CREATE TRIGGER \" rowgate_probe\" BEFORE UPDATE OR DELETE ON {}
         FOR EACH ROW EXECUTE FUNCTION pg_temp.rowgate_probe()",
        literal(&body),
        qualified(&table.name)
    ))
}

/// Sets the scene as the connection's own role. A row that is to be made is taken away first, as if it had never been there; what
/// is to be changed is told to the trigger.
fn prepare(transaction: &mut Transaction<'_>, table: &Table, trial: &Trial<'_>) -> Result<(), DatabaseError> {
    let (name, condition) = (qualified(&table.name), key_condition(table, trial.row));
    transaction.batch_execute(&match trial.operation {
        Operation::Create => format!(
            "SET LOCAL session_replication_role = replica; DELETE FROM {name} WHERE {condition}; \
             SET LOCAL session_replication_role = origin"
        ),
        _ => {
            let key = key_expression(table, "");
            format!("SELECT set_config('rowgate.probed', (SELECT {key} FROM {name} WHERE {condition}), true)")
        }
    })
}

/// The rows touched, or the denial. A constraint that is violated is no denial: PostgreSQL asks the policies first, and they let the
/// statement through.
fn execute(transaction: &mut Transaction<'_>, statement: &str) -> Result<Outcome, DatabaseError> {
    match transaction.execute(statement, &[]) {
        Ok(touched) => Ok(Ok(touched)),
        Err(error) if is_denial(&error) => Ok(Err(describe_error(&error))),
        Err(error) if is_violation(&error) => Ok(Ok(1)),
        Err(error) => Err(error),
    }
}
