//! Scenarios in memory: each expectation, asked of the evaluator. In: a test file with its names looked up. Out: what happened to each cell, and why.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::evaluate::{Unreadable, data, read_change, read_row, session};
use super::tried::{Cell, Expected, Outcome, Tried};
use super::{Actor, After, Attempt, SampleRow, Scenario, Scenarios, is_possible};
use crate::access::evaluate::{Data, Evaluator, Reason, Row, Session, Without};
use crate::catalog::TableId;
use crate::model::{GrantId, Model, NoGrant, Operation};

/// A test file, ready to be asked.
pub struct InMemory<'a> {
    model: &'a Model,
    scenarios: &'a Scenarios,
    data: Cow<'a, Data>,
    now: i64,
}

impl<'a> InMemory<'a> {
    /// Reads the rows of a file. `now` is the moment of everything that is tried, unless the file says another one. The error is a value that only a server could read.
    pub fn new(model: &'a Model, scenarios: &'a Scenarios, now: i64) -> Result<InMemory<'a>, Unreadable> {
        let now = scenarios.now.unwrap_or(now);
        Ok(InMemory { model, scenarios, data: Cow::Owned(data(model, scenarios, now)?), now })
    }

    /// The same rows under other rules over the same schema file.
    pub fn under<'b>(&'b self, model: &'b Model) -> InMemory<'b> {
        InMemory { model, scenarios: self.scenarios, data: Cow::Borrowed(&*self.data), now: self.now }
    }

    /// A scenario with its steps done.
    pub fn stage<'b>(&'b self, scenario: &'b Scenario) -> Result<Stage<'b>, Unreadable> {
        let session = session(self.model, &scenario.actor, self.now)?;
        let after = match scenario.after.is_empty() {
            true => None,
            false => Some(After::new(self.model, self.scenarios, scenario, Data::clone(&self.data), self.now)?),
        };
        Ok(Stage { of: self, scenario, session, after })
    }
}

/// A row that is to be made, or to become another: what it was, if it was there, and what it is then.
pub type Written<'a> = (&'a Attempt, Option<Row>, Row);

/// A scenario whose steps are done.
pub struct Stage<'a> {
    of: &'a InMemory<'a>,
    scenario: &'a Scenario,
    session: Session,
    /// Rows behind the steps, where there are any.
    after: Option<After>,
}

impl Stage<'_> {
    /// Every cell that there is. Where a step is not possible, nothing else is tried.
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        if let Some(after) = &self.after {
            cells.push(Cell::Steps);
            if !after.failures.is_empty() {
                return cells;
            }
        }
        cells.extend((0..self.scenario.calls.len()).map(Cell::Call));
        for &table in &self.scenario.tables {
            let rows = 0..self.data().rows(table).len();
            cells.extend(Operation::ALL.into_iter().flat_map(|operation| {
                let of_row = move |position| Cell::Row(table, operation, position);
                rows.clone().map(of_row)
            }));
        }
        cells.extend((0..self.scenario.attempts.len()).map(Cell::Attempt));
        cells
    }

    /// Tries every cell.
    pub fn run(&self) -> Result<Vec<Tried>, Unreadable> {
        let expected = Expected::new(self.scenario);
        let tried = |cell| Ok(expected.tried(cell, self.outcome(cell)?));
        self.cells().into_iter().map(tried).collect()
    }

    /// Whether some expectation does not hold: of those about a table, or of all.
    pub fn fails(&self, table: Option<TableId>) -> Result<bool, Unreadable> {
        let expected = Expected::new(self.scenario);
        let is_meant = |cell: &Cell| table.is_none() || cell.about(self.scenario).is_none_or(|(_, about)| Some(about) == table);
        for cell in self.cells().into_iter().filter(is_meant) {
            if expected.tried(cell, self.outcome(cell)?).holds() == Some(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The rows that everything is tried on.
    pub fn data(&self) -> &Data {
        self.after.as_ref().map_or(&self.of.data, |after| &after.data)
    }

    /// Who acts.
    pub fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(self.of.model, self.data(), &self.session)
    }

    /// The grants by which something is possible.
    pub fn granting(&self, cell: Cell) -> Result<Vec<GrantId>, Unreadable> {
        let evaluator = self.evaluator();
        let of_row = |table, operation, row: &Row| {
            let row = if operation == Operation::Create { &evaluator.filled(table, operation, row) } else { row };
            evaluator.granting(table, operation, row)
        };
        Ok(match cell {
            Cell::Row(table, operation, position) => {
                self.data().rows(table).get(position).map(|row| of_row(table, operation, row)).unwrap_or_default()
            }
            Cell::Attempt(index) => match self.scenario.attempts.get(index) {
                Some((Attempt::Create(table, row), _)) => {
                    of_row(*table, Operation::Create, &read_row(self.of.model, *table, row, self.of.now)?)
                }
                Some((Attempt::Update(table, position, _), _)) => {
                    self.data().rows(*table).get(*position).map(|row| of_row(*table, Operation::Update, row)).unwrap_or_default()
                }
                _ => Vec::new(),
            },
            Cell::Call(_) | Cell::Steps => Vec::new(),
        })
    }

    /// The rows that are to be made, and those that are to become others: what they are before, and after.
    pub fn attempts(&self) -> Result<Vec<Written<'_>>, Unreadable> {
        let (model, now) = (self.of.model, self.of.now);
        let mut found = Vec::new();
        for (attempt, _) in &self.scenario.attempts {
            match attempt {
                Attempt::Create(table, row) => found.push((attempt, None, read_row(model, *table, row, now)?)),
                Attempt::Update(table, position, set) => {
                    let Some(before) = self.data().rows(*table).get(*position) else { continue };
                    found.push((attempt, Some(before.clone()), read_change(model, *table, before, set, now)?));
                }
                Attempt::See(..) => {}
            }
        }
        Ok(found)
    }

    /// Whether the row of a cell may become another one.
    pub fn may_become(&self, cell: Cell, other: &SampleRow) -> Result<bool, Unreadable> {
        let Cell::Row(table, _, position) = cell else { return Ok(false) };
        Ok(self.attempt(&Attempt::Update(table, position, other.clone()))? == Outcome::Allowed)
    }

    fn outcome(&self, cell: Cell) -> Result<Outcome, Unreadable> {
        let (model, now) = (self.of.model, self.of.now);
        Ok(match cell {
            Cell::Row(table, operation, position) => match self.data().rows(table).get(position) {
                Some(row) => self.row(table, operation, position, row),
                None => Outcome::NoRow,
            },
            Cell::Attempt(index) => match self.scenario.attempts.get(index) {
                Some((attempt, _)) => self.attempt(attempt)?,
                None => Outcome::NoRow,
            },
            Cell::Call(index) => match self.scenario.calls.get(index) {
                Some((call, _)) if is_possible(model, self.data(), &self.scenario.actor, call, now)? => Outcome::Allowed,
                _ => Outcome::Rejected(String::new()),
            },
            Cell::Steps => match self.after.as_ref().map(|after| after.failures.as_slice()) {
                None | Some([]) => Outcome::Allowed,
                Some(failures) => Outcome::Otherwise(failures.join("; ")),
            },
        })
    }

    fn row(&self, table: TableId, operation: Operation, position: usize, row: &Row) -> Outcome {
        let evaluator = self.evaluator();
        match operation {
            Operation::Read => self.told(&evaluator, evaluator.read(table, row), table, operation, row, None),
            Operation::Update => self.told(&evaluator, evaluator.update(table, row, row), table, operation, row, None),
            Operation::Delete => self.told(&evaluator, evaluator.delete(table, row), table, operation, row, None),
            Operation::Create => {
                let supplied = self.supplied(table, position);
                // What is to be made is not there yet, and perhaps it is what a role comes from.
                let without = Without::new(self.data(), row);
                let evaluator = Evaluator::new(self.of.model, &without, &self.session);
                self.told(&evaluator, evaluator.create(table, row, &supplied), table, operation, row, None)
            }
        }
    }

    fn attempt(&self, attempt: &Attempt) -> Result<Outcome, Unreadable> {
        let (model, now, evaluator) = (self.of.model, self.of.now, self.evaluator());
        Ok(match attempt {
            Attempt::Create(table, row) => {
                let made = read_row(model, *table, row, now)?;
                let allowed = evaluator.create(*table, &made, &columns(model, *table, row));
                self.told(&evaluator, allowed, *table, Operation::Create, &made, None)
            }
            Attempt::Update(table, position, set) => {
                let Some(before) = self.data().rows(*table).get(*position) else { return Ok(Outcome::NoRow) };
                let (after, named) = (read_change(model, *table, before, set, now)?, columns(model, *table, set));
                // PostgreSQL asks for the right to assign, also where the value stays.
                let may_assign = evaluator.has_right(*table, Operation::Update, &named);
                let allowed = may_assign && evaluator.update(*table, before, &after);
                self.told(&evaluator, allowed, *table, Operation::Update, before, Some(&named))
            }
            Attempt::See(table, position, fields) => {
                let Some(row) = self.data().rows(*table).get(*position) else { return Ok(Outcome::NoRow) };
                let seen = evaluator.read_fields(*table, row);
                if evaluator.met_raw_sql() {
                    return Ok(Outcome::Unknown);
                }
                shown(model, *table, row, &seen, fields)
            }
        })
    }

    /// A yes or a no of the evaluator, which of both kinds of no.
    fn told(
        &self,
        evaluator: &Evaluator<'_>,
        allowed: bool,
        table: TableId,
        operation: Operation,
        row: &Row,
        named: Option<&BTreeSet<u32>>,
    ) -> Outcome {
        if evaluator.met_raw_sql() {
            return Outcome::Unknown;
        }
        if allowed {
            return Outcome::Allowed;
        }
        let nothing = BTreeSet::new();
        let may_read = evaluator.has_right(table, Operation::Read, &nothing);
        let is_refused = match operation {
            Operation::Read => !may_read && self.of.model.no_grant_means == NoGrant::Error,
            Operation::Create => true,
            Operation::Update | Operation::Delete => {
                let has_right = may_read && evaluator.has_right(table, operation, named.unwrap_or(&nothing));
                !has_right || evaluator.reaches(table, operation, row)
            }
        };
        if is_refused { Outcome::Rejected(String::new()) } else { Outcome::NoRow }
    }

    /// The columns that whoever makes a row gives a value: what the database fills in, nobody does.
    fn supplied(&self, table: TableId, position: usize) -> BTreeSet<u32> {
        let of_file = || self.of.scenarios.rows.get(&table)?.get(position).map(|row| columns(self.of.model, table, row));
        let supplied = match &self.after {
            Some(after) => after.supplied.get(&table).and_then(|rows| rows.get(position)).cloned(),
            None => of_file(),
        };
        let presets = self.of.model.presets(table, Operation::Create);
        supplied.unwrap_or_default().into_iter().filter(|column| !presets.contains_key(column)).collect()
    }

    /// Why a cell is as it is, where that is about a row.
    pub fn why(&self, cell: Cell) -> Result<Option<Reason>, Unreadable> {
        let (model, now, evaluator) = (self.of.model, self.of.now, self.evaluator());
        Ok(match cell {
            Cell::Row(table, Operation::Create, position) => self.data().rows(table).get(position).map(|row| {
                let without = Without::new(self.data(), row);
                Evaluator::new(model, &without, &self.session).why_create(table, row, &self.supplied(table, position))
            }),
            Cell::Row(table, operation, position) => self.data().rows(table).get(position).map(|row| match operation {
                Operation::Update => evaluator.why_change(table, row, row, &BTreeSet::new()),
                _ => evaluator.why(table, operation, row),
            }),
            Cell::Attempt(index) => match self.scenario.attempts.get(index) {
                Some((Attempt::Create(table, row), _)) => {
                    let made = read_row(model, *table, row, now)?;
                    Some(evaluator.why_create(*table, &made, &columns(model, *table, row)))
                }
                Some((Attempt::Update(table, position, set), _)) => match self.data().rows(*table).get(*position) {
                    Some(before) => {
                        let written = read_change(model, *table, before, set, now)?;
                        Some(evaluator.why_change(*table, before, &written, &columns(model, *table, set)))
                    }
                    None => None,
                },
                Some((Attempt::See(table, position, _), _)) => {
                    self.data().rows(*table).get(*position).map(|row| evaluator.why(*table, Operation::Read, row))
                }
                None => None,
            },
            Cell::Call(index) => match self.scenario.calls.get(index) {
                Some((call, _)) => super::acted::why_possible(model, self.data(), &self.scenario.actor, call, now)?,
                None => None,
            },
            Cell::Steps => None,
        })
    }
}

/// Whether these fields of a row are seen and no others. An empty field tells nothing, so it need not be listed.
fn shown(model: &Model, table: TableId, row: &Row, seen: &BTreeSet<u32>, listed: &[u32]) -> Outcome {
    let told = |field: &u32| row.get(*field as usize).is_some_and(|value| !value.is_null());
    let hidden: Vec<u32> = listed.iter().copied().filter(|field| !seen.contains(field)).filter(told).collect();
    let more: Vec<u32> = seen.iter().copied().filter(|field| !listed.contains(field)).filter(told).collect();
    Outcome::of_fields(model, table, &hidden, &more)
}

/// A column that an actor has the right to change in some row of a table; `None` where there is none.
pub fn changeable(model: &Model, actor: &Actor, table: TableId, now: i64) -> Result<Option<u32>, Unreadable> {
    let (session, data) = (session(model, actor, now)?, Data::default());
    let evaluator = Evaluator::new(model, &data, &session);
    let columns = (0u32..).zip(&model.catalog.table(table).columns).filter(|(_, column)| !column.generated);
    let mut changeable = columns.filter(|(index, _)| evaluator.has_right(table, Operation::Update, &[*index].into()));
    Ok(changeable.next().map(|(index, _)| index))
}

fn columns(model: &Model, table: TableId, row: &SampleRow) -> BTreeSet<u32> {
    row.keys().filter_map(|name| model.catalog.table(table).column_named(name)).collect()
}
