//! Runs scenarios: every operation on every row as the database role that the application would use. Each attempt is a transaction of
//! its own that is rolled back, so nothing is left behind and no attempt sees another.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use postgres::error::SqlState;
use postgres::{Client, GenericClient, Transaction};

use super::DatabaseError;
use super::acting::{Acts, has_hidden_key, keys, unchanged};
use super::session::{is_denial, source};
use super::statements::{deletes, insert, key_condition, key_expression, key_text, updates};
use super::steps::{step, try_call};
use super::trials::{Trial, crossings, current, execute, install_trigger, make_room, prepare};
use crate::catalog::{Catalog, Table, TableId};
use crate::model::{Model, Operation};
use crate::objects::quote::{identifier, qualified};
use crate::scenario::{Attempt, Cell, Expected, InMemory, Outcome, SampleRow, Scenario, Scenarios, Tried, row_text};

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
    insert_all(&mut transaction, catalog, scenarios)?;
    transaction.commit()
}

/// The same within a transaction, in which triggers and policies stay off.
pub(super) fn insert_all(
    transaction: &mut Transaction<'_>,
    catalog: &Catalog,
    scenarios: &Scenarios,
) -> Result<(), DatabaseError> {
    transaction.batch_execute("SET LOCAL session_replication_role = replica")?;
    for (&id, rows) in &scenarios.rows {
        for row in rows {
            transaction.batch_execute(&insert(catalog.table(id), row))?;
        }
    }
    Ok(())
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
    let failed = probe(client, model, scenarios, scenario)?.into_iter().filter(|found| found.tried.holds() == Some(false));
    let failure = |found: Found| Failure { scenario: scenario.name.clone(), attempt: found.what, outcome: found.told };
    Ok(failed.map(failure).collect())
}

/// Runs one scenario, and says what came of each cell; see [`run_scenarios`]. Everything is undone.
pub fn try_scenario(
    client: &mut impl GenericClient,
    model: &Model,
    scenarios: &Scenarios,
    scenario: &Scenario,
) -> Result<Vec<Tried>, DatabaseError> {
    let mut cells: BTreeMap<Cell, Tried> = BTreeMap::new();
    for Found { tried, .. } in probe(client, model, scenarios, scenario)? {
        // Of several forms of a statement, the one that did not do what it should.
        match cells.entry(tried.cell) {
            Entry::Vacant(place) => drop(place.insert(tried)),
            Entry::Occupied(mut place) if place.get().holds() == Some(true) => drop(place.insert(tried)),
            Entry::Occupied(_) => {}
        }
    }
    Ok(cells.into_values().collect())
}

fn probe(
    client: &mut impl GenericClient,
    model: &Model,
    scenarios: &Scenarios,
    scenario: &Scenario,
) -> Result<Vec<Found>, DatabaseError> {
    let expected = Expected::new(scenario);
    let acts = Acts::new(model, scenarios, scenario);
    let mut prober = Prober { model, scenarios, scenario, acts, expected, rows: BTreeMap::new(), found: Vec::new() };
    if !scenario.after.is_empty() || !scenario.calls.is_empty() {
        let mut transaction = client.transaction()?;
        let is_done = prober.begin(&mut transaction, true)?;
        if is_done {
            prober.calls(&mut transaction)?;
        }
        transaction.rollback()?;
        if !is_done {
            return Ok(prober.found);
        }
    }
    for &table in &scenario.tables {
        let mut transaction = client.transaction()?;
        prober.begin(&mut transaction, false)?;
        prober.table(&mut transaction, table)?;
        transaction.rollback()?;
    }
    Ok(prober.found)
}

struct Prober<'a> {
    model: &'a Model,
    scenarios: &'a Scenarios,
    scenario: &'a Scenario,
    acts: Acts<'a>,
    /// As they are once the scenario's steps are done.
    rows: BTreeMap<TableId, Vec<SampleRow>>,
    expected: Expected<'a>,
    found: Vec<Found>,
}

/// What came of a cell: of one form of its statement, or of one thing that is asked about it.
struct Found {
    tried: Tried,
    /// What was tried.
    what: String,
    /// What happened, in words.
    told: String,
}

impl Prober<'_> {
    fn note(&mut self, cell: Cell, what: impl Into<String>, outcome: Outcome) {
        let told = match &outcome {
            Outcome::Allowed => "allowed, and must not be".to_owned(),
            Outcome::NoRow => "denied: no row is reached".to_owned(),
            Outcome::Rejected(reason) => format!("denied: {reason}"),
            Outcome::Otherwise(what) => what.clone(),
            Outcome::Unknown => "unknown".to_owned(),
        };
        let tried = self.expected.tried(cell, outcome);
        self.found.push(Found { tried, what: what.into(), told });
    }

    /// Does the scenario's steps; false when they cannot be done.
    fn begin(&mut self, transaction: &mut Transaction<'_>, is_first: bool) -> Result<bool, DatabaseError> {
        let stepped = step(transaction, self.model, self.scenarios, self.scenario)?;
        self.rows = stepped.rows;
        let is_done = stepped.failures.is_empty();
        for (attempt, outcome) in stepped.failures.into_iter().filter(|_| is_first) {
            let said = if attempt.starts_with("after the") { outcome.clone() } else { format!("{attempt}: {outcome}") };
            let tried = self.expected.tried(Cell::Steps, Outcome::Otherwise(said));
            self.found.push(Found { tried, what: attempt, told: outcome });
        }
        if is_first && is_done && !self.scenario.after.is_empty() {
            self.note(Cell::Steps, "after", Outcome::Allowed);
        }
        Ok(is_done)
    }

    /// The calls of actions.
    fn calls(&mut self, transaction: &mut Transaction<'_>) -> Result<(), DatabaseError> {
        let (scenario, sign_in) = (self.scenario, self.scenarios.sign_in.as_deref());
        for (index, (call, _)) in scenario.calls.iter().enumerate() {
            let outcome = match try_call(transaction, self.model, sign_in, &scenario.actor, call)? {
                Ok(()) => Outcome::Allowed,
                Err(reason) => Outcome::Rejected(reason),
            };
            self.note(Cell::Call(index), format!("do {}", call.text(self.model)), outcome);
        }
        Ok(())
    }

    /// Everything on one table. The connection's own role acts on `transaction`, the actor in savepoints of it.
    fn table(&mut self, transaction: &mut Transaction<'_>, id: TableId) -> Result<(), DatabaseError> {
        let table = self.model.catalog.table(id);
        let rows = self.rows.get(&id).cloned().unwrap_or_default();
        let rows = rows.as_slice();
        let reached = |operation| self.scenario.reached.get(&(id, operation)).cloned().unwrap_or_default();
        self.read(transaction, id, rows)?;
        install_trigger(transaction, table)?;
        let unchanged = unchanged(&self.acts, transaction, table)?;
        for operation in [Operation::Create, Operation::Update, Operation::Delete] {
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
                let cell = Cell::Row(id, operation, position);
                let trial = Trial { cell, what, operation, row, statements, becomes: None };
                self.run(transaction, table, &trial)?;
            }
        }
        let changeable: BTreeSet<usize> = reached(Operation::Update).into_iter().collect();
        for trial in crossings(id, table, rows, &changeable) {
            self.run(transaction, table, &trial)?;
        }
        self.attempts(transaction, id, rows)
    }

    /// What is particular.
    fn attempts(&mut self, transaction: &mut Transaction<'_>, id: TableId, rows: &[SampleRow]) -> Result<(), DatabaseError> {
        let (table, scenario) = (self.model.catalog.table(id), self.scenario);
        for (index, (attempt, _)) in scenario.attempts.iter().enumerate().filter(|(_, (attempt, _))| attempt.table() == id) {
            let cell = Cell::Attempt(index);
            let trial = match attempt {
                Attempt::See(_, position, fields) => {
                    let Some(row) = rows.get(*position) else { continue };
                    self.see(transaction, cell, row, fields)?;
                    continue;
                }
                Attempt::Create(_, row) => Trial {
                    cell,
                    what: format!("create {} {}", table.name, row_text(row)),
                    operation: Operation::Create,
                    row,
                    statements: vec![insert(table, row)],
                    becomes: None,
                },
                Attempt::Update(_, position, set) => {
                    let Some(row) = rows.get(*position) else { continue };
                    Trial {
                        cell,
                        what: format!("update {} {} to {}", table.name, key_text(table, row), row_text(set)),
                        operation: Operation::Update,
                        row,
                        statements: updates(table, row, set),
                        becomes: None,
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
        if trial.statements.is_empty() {
            self.note(trial.cell, trial.what.clone(), Outcome::Rejected("no column may be updated".to_owned()));
        }
        for statement in &trial.statements {
            let (mut outcome, is_violation) = self.executed(transaction, table, (trial, statement), None)?;
            let Some(other) = trial.becomes else {
                self.note(trial.cell, trial.what.clone(), outcome);
                continue;
            };
            if is_violation {
                (outcome, _) = self.executed(transaction, table, (trial, statement), Some(other))?;
            }
            if outcome == Outcome::Allowed && !self.may_become(trial.cell, other) {
                self.note(trial.cell, trial.what.clone(), Outcome::Otherwise("allowed, and must not be".to_owned()));
            }
        }
        Ok(())
    }

    /// What a statement does to the scene of its trial. `room`: a row that is taken away before.
    fn executed(
        &self,
        transaction: &mut Transaction<'_>,
        table: &Table,
        (trial, statement): (&Trial<'_>, &str),
        room: Option<&SampleRow>,
    ) -> Result<(Outcome, bool), DatabaseError> {
        let mut savepoint = transaction.transaction()?;
        prepare(&mut savepoint, table, trial)?;
        if let Some(room) = room {
            make_room(&mut savepoint, table, room)?;
        }
        self.acts.become_actor(&mut savepoint)?;
        let done = execute(&mut savepoint, statement)?;
        savepoint.rollback()?;
        Ok(done)
    }

    /// Whether the rules let a row become another one: by a step, what may not be changed may still be where a change ends. No file says so, row by row.
    fn may_become(&self, cell: Cell, other: &SampleRow) -> bool {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.ok().and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or_default();
        let memory = InMemory::new(self.model, self.scenarios, now);
        memory.and_then(|memory| memory.stage(self.scenario)?.may_become(cell, other)).unwrap_or(false)
    }

    /// All rows at once, as a list would show them.
    fn read(&mut self, transaction: &mut Transaction<'_>, id: TableId, rows: &[SampleRow]) -> Result<(), DatabaseError> {
        let table = self.model.catalog.table(id);
        let key = key_expression(table, "");
        let mut known = Vec::new();
        for row in rows {
            let query = format!("SELECT {key} FROM {} WHERE {}", qualified(&table.name), key_condition(table, row));
            known.push(transaction.query_opt(&query, &[])?.map(|row| row.get::<_, String>(0)).unwrap_or_default());
        }
        let (source, base) = (qualified(&source(transaction, self.model, table)?), qualified(&table.name));
        let seen = keys(&self.acts, transaction, table, &source)?;
        // Behind a masking view, the table itself shows the same rows, if it shows any column of them.
        let behind = if source == base { Ok(BTreeSet::new()) } else { keys(&self.acts, transaction, table, &base)? };
        let first = Cell::Row(id, Operation::Read, 0);
        let what = format!("read {}", table.name);
        if let (Ok(behind), Ok(seen)) = (&behind, &seen)
            && source != base
            && behind != seen
        {
            let words = |keys: &BTreeSet<String>| keys.iter().cloned().collect::<Vec<_>>().join(", ");
            let said = format!("the table shows {}, and its view {}", words(behind), words(seen));
            self.note(first, &what, Outcome::Otherwise(said));
        }
        for (position, key) in known.iter().enumerate() {
            let outcome = match &seen {
                Ok(seen) if seen.contains(key) => Outcome::Allowed,
                Ok(_) => Outcome::NoRow,
                Err(reason) => Outcome::Rejected(reason.clone()),
            };
            self.note(Cell::Row(id, Operation::Read, position), format!("{what} {key}"), outcome);
        }
        for key in seen.iter().flatten().filter(|key| !known.contains(key)) {
            self.note(first, format!("{what} {key}"), Outcome::Otherwise(format!("shows {key}, which is no row of the file")));
        }
        let sees_nothing = seen.as_ref().is_ok_and(BTreeSet::is_empty) || seen.is_err();
        if sees_nothing && has_hidden_key(&self.acts, transaction, table)? {
            let said = "its key is not readable, so the rows cannot be told apart";
            self.note(first, what, Outcome::Otherwise(said.to_owned()));
        }
        Ok(())
    }

    /// The fields of a row that the actor sees have what the row has; a field that is empty tells nothing.
    fn see(
        &mut self,
        transaction: &mut Transaction<'_>,
        cell: Cell,
        row: &SampleRow,
        fields: &[u32],
    ) -> Result<(), DatabaseError> {
        let Some((_, id)) = cell.about(self.scenario) else { return Ok(()) };
        let table = self.model.catalog.table(id);
        let (source, condition) = (qualified(&source(transaction, self.model, table)?), key_condition(table, row));
        let (mut hidden, mut more, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (index, column) in (0u32..).zip(&table.columns) {
            let name = identifier(&column.name);
            let value = |source: &str| format!("SELECT {name}::text FROM {source} WHERE {condition}");
            let real: Option<String> = transaction.query_one(&value(&qualified(&table.name)), &[])?.get(0);
            let mut savepoint = transaction.transaction()?;
            self.acts.become_actor(&mut savepoint)?;
            let seen: Option<String> = match savepoint.query_opt(&value(&source), &[]) {
                Ok(row) => row.and_then(|row| row.get(0)),
                Err(error) if is_denial(&error) || error.code() == Some(&SqlState::UNDEFINED_COLUMN) => None,
                Err(error) => return Err(error),
            };
            savepoint.rollback()?;
            match (fields.contains(&index), seen.is_some()) {
                (true, false) if real.is_some() => hidden.push(index),
                (false, true) => more.push(index),
                _ if seen.is_some() && seen != real => others.push(column.name.as_str()),
                _ => {}
            }
        }
        let outcome = match others.as_slice() {
            [] => Outcome::of_fields(self.model, id, &hidden, &more),
            others => Outcome::Otherwise(format!("shows other values of {}", others.join(", "))),
        };
        self.note(cell, format!("read {} {}", table.name, key_text(table, row)), outcome);
        Ok(())
    }
}
