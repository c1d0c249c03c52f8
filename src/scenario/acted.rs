//! Actions in memory: what the rows of a test file are once the steps of a scenario are done, and whether a call is possible then. In: a scenario, and rows as the
//! evaluator takes them. Out: rows; and in words what is not as the scenario says.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Unreadable, read, session};
use super::{Actor, Call, SampleRow, Scenario, Scenarios, row_text};
use crate::access::evaluate::{self, Data, Datum, Evaluator, Reason};
use crate::catalog::{ColumnRef, TableId};
use crate::model::Model;

/// The rows behind the steps of a scenario.
#[derive(Debug)]
pub struct After {
    /// The rows of each table: those of the file, in its order, then those that were made.
    pub data: Data,
    /// The columns that whoever makes each of these rows gives a value, in the same order.
    pub supplied: BTreeMap<TableId, Vec<BTreeSet<u32>>>,
    /// What is not as the scenario says: a step that is not possible, a row that is left or missing.
    pub failures: Vec<String>,
}

impl After {
    /// Does the steps of a scenario. The error is a value that cannot be read without a server.
    pub fn new(model: &Model, scenarios: &Scenarios, scenario: &Scenario, data: Data, now: i64) -> Result<After, Unreadable> {
        let supplied = scenarios.rows.iter().map(|(&table, rows)| {
            let columns = |row: &SampleRow| row.keys().filter_map(|name| model.catalog.table(table).column_named(name)).collect();
            (table, rows.iter().map(columns).collect())
        });
        let mut after = After { supplied: supplied.collect(), data, failures: Vec::new() };
        let before = after.data.clone();
        for step in &scenario.after {
            if !after.step(model, &step.actor, &step.call, now)? {
                after.failures.push(format!("after {}: denied", step.call.text(model)));
                return Ok(after);
            }
        }
        for (&table, listed) in scenario.leaves.iter().flatten() {
            after.compare(model, &before, table, listed, now)?;
        }
        Ok(after)
    }

    fn step(&mut self, model: &Model, actor: &Actor, call: &Call, now: i64) -> Result<bool, Unreadable> {
        let Some(action) = call.action(model) else { return Ok(false) };
        let (session, arguments) = (session(model, actor, now)?, arguments(model, call, now)?);
        let evaluator = Evaluator::new(model, &self.data, &session);
        let Some(done) = evaluator.act(action, &arguments) else { return Ok(false) };
        let rows = self.data.rows(action.table);
        let found = rows.iter().position(|row| std::ptr::eq(row, done.found));
        let mut rows = rows.to_vec();
        if let Some(place) = found.and_then(|position| rows.get_mut(position)) {
            *place = done.changed;
        }
        let of_found = found.and_then(|position| self.supplied.get_mut(&action.table)?.get_mut(position));
        of_found.into_iter().for_each(|supplied| supplied.extend(action.set.iter().map(|field| field.column)));
        let made = done.made;
        self.data.insert(action.table, rows);
        for (creation, row) in std::iter::zip(&action.create, made) {
            let mut rows = self.data.rows(creation.table).to_vec();
            rows.push(row);
            self.data.insert(creation.table, rows);
            let given = creation.fields.iter().map(|field| field.column);
            let key = model.catalog.table(creation.table).primary_key.iter().copied();
            self.supplied.entry(creation.table).or_default().push(given.chain(key).collect());
        }
        Ok(true)
    }

    /// The rows of a table that the steps have changed or made are those that are listed, each by some of its columns.
    fn compare(
        &mut self,
        model: &Model,
        before: &Data,
        table: TableId,
        listed: &[SampleRow],
        now: i64,
    ) -> Result<(), Unreadable> {
        let name = &model.catalog.table(table).name;
        let is_as_before = |position: usize, row: &evaluate::Row| {
            let own = before.rows(table).get(position);
            own.is_some_and(|own| std::iter::zip(own, row).all(|(own, new)| own.is_stored_as(new)))
        };
        let rows = self.data.rows(table).iter().enumerate();
        let written: Vec<&evaluate::Row> =
            rows.filter(|(position, row)| !is_as_before(*position, row)).map(|(_, row)| row).collect();
        let mut matches = Vec::new();
        for pattern in listed {
            let mut values = Vec::new();
            for (column, value) in
                pattern.iter().filter_map(|(name, value)| Some((model.catalog.table(table).column_named(name)?, value)))
            {
                values.push((column, read(model, ColumnRef { table, column }, value, now)?));
            }
            let is_it = |row: &evaluate::Row| {
                values.iter().all(|(column, value)| row.get(*column as usize).is_some_and(|own| own.same(value)))
            };
            matches.push((0..written.len()).filter(|&position| is_it(written[position])).collect());
        }
        self.failures.extend(unlike(&name.to_string(), listed, written.len(), &matches));
        Ok(())
    }
}

/// What is wrong when of so many rows each pattern has to be another one, `matches` being the rows that it fits.
pub fn unlike(table: &str, patterns: &[SampleRow], count: usize, matches: &[BTreeSet<usize>]) -> Vec<String> {
    let mut failures = Vec::new();
    let mut taken = BTreeSet::new();
    // Those that fit fewer rows choose first.
    let mut order: Vec<usize> = (0..patterns.len()).collect();
    order.sort_by_key(|&pattern| matches[pattern].len());
    for pattern in order {
        match matches[pattern].iter().find(|row| !taken.contains(*row)) {
            Some(&row) => {
                taken.insert(row);
            }
            None => failures.push(format!("leaves {table}: no step has left {}", row_text(&patterns[pattern]))),
        }
    }
    if count > taken.len() {
        failures.push(format!("leaves {table}: {} more were changed or made than are listed", count - taken.len()));
    }
    failures
}

/// Whether a call is possible.
pub fn is_possible(model: &Model, data: &Data, actor: &Actor, call: &Call, now: i64) -> Result<bool, Unreadable> {
    let Some(action) = call.action(model) else { return Ok(false) };
    let (session, arguments) = (session(model, actor, now)?, arguments(model, call, now)?);
    Ok(Evaluator::new(model, data, &session).act(action, &arguments).is_some())
}

/// Why a call is or is not possible.
pub(super) fn why_possible(
    model: &Model,
    data: &Data,
    actor: &Actor,
    call: &Call,
    now: i64,
) -> Result<Option<Reason>, Unreadable> {
    let Some(action) = call.action(model) else { return Ok(None) };
    let (session, arguments) = (session(model, actor, now)?, arguments(model, call, now)?);
    Ok(Some(Evaluator::new(model, data, &session).why_act(action, &arguments)))
}

fn arguments(model: &Model, call: &Call, now: i64) -> Result<Vec<Datum>, Unreadable> {
    let Some(action) = call.action(model) else { return Ok(Vec::new()) };
    let values = std::iter::zip(&action.by, &call.arguments);
    values.map(|(&column, value)| read(model, ColumnRef { table: action.table, column }, value, now)).collect()
}
