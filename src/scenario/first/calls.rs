//! Calls of actions. In: an action, and rows. Out: a record that somebody may call it with, and the calls that people can and cannot do.

use std::collections::BTreeMap;

use super::rows::{Maker, wanted};
use super::yaml;
use crate::access::evaluate::Data;
use crate::catalog::ColumnRef;
use crate::model::{Action, Model};
use crate::scenario::{Actor, Call, SampleRow, Scenarios, is_possible};
use crate::yaml::{Value, scalar};

impl Maker<'_> {
    /// Adds a record that somebody may call an action with, unless one is there.
    pub(super) fn callable(&mut self, action: &Action) {
        let number = self.made.rows.of.get(&action.table).map_or(0, Vec::len) + 1;
        let data = self.made.rows.data(self.now);
        let all = self.made.rows.of.get(&action.table).into_iter().flatten();
        let is_there = all.filter_map(|row| call(self.model, action, row)).any(|call| {
            self.made.people.iter().any(|person| is_possible(self.model, &data, &self.actor(person), &call, self.now) == Ok(true))
        });
        if is_there {
            return;
        }
        let found = self.made.people.iter().find_map(|person| {
            let actor = self.actor(person);
            let row = self.satisfying(action.table, self.base(action.table, number), &wanted([action.condition.clone()]), person);
            self.beside(action, row).into_iter().find(|row| self.may_call(action, row, &actor))
        });
        if let Some(row) = found {
            self.made.rows.of.entry(action.table).or_default().push(row);
        }
    }

    /// A row, and others that differ from it in one reference each.
    fn beside(&self, action: &Action, row: SampleRow) -> Vec<SampleRow> {
        let mut found = vec![row.clone()];
        for (index, column) in (0u32..).zip(&self.model.catalog.table(action.table).columns) {
            if column.references.is_some() {
                let tried = self.tried(ColumnRef { table: action.table, column: index }, column);
                found.extend(tried.into_iter().map(|value| {
                    let mut other = row.clone();
                    other.insert(column.name.clone(), value);
                    other
                }));
            }
        }
        found
    }

    /// Whether somebody may call an action with a row that is added to the others.
    fn may_call(&self, action: &Action, row: &SampleRow, actor: &Actor) -> bool {
        let mut rows = self.made.rows.of.get(&action.table).cloned().unwrap_or_default();
        rows.push(row.clone());
        if self.unique(action.table, rows.clone()).len() < rows.len() {
            return false;
        }
        let mut data = self.made.rows.data(self.now);
        let read = rows.iter().filter_map(|row| crate::scenario::read_row(self.model, action.table, row, self.now).ok());
        data.insert(action.table, read.collect());
        call(self.model, action, row).is_some_and(|call| is_possible(self.model, &data, actor, &call, self.now) == Ok(true))
    }
}

/// The call of an action with a record, where all that it is found by is there.
pub(super) fn call(model: &Model, action: &Action, row: &SampleRow) -> Option<Call> {
    let columns = &model.catalog.table(action.table).columns;
    let values =
        action.by.iter().map(|&column| row.get(&columns[column as usize].name).filter(|value| !value.is_null()).cloned());
    let arguments: Vec<Value> = values.collect::<Option<_>>()?;
    let number = model.actions.iter().position(|other| other.name == action.name)?;
    Some(Call { action: number, arguments })
}

/// By action, the calls with each of its records that somebody of all may do.
pub(super) struct Calls<'a> {
    model: &'a Model,
    data: &'a Data,
    now: i64,
    of: BTreeMap<usize, Vec<Call>>,
}

impl<'a> Calls<'a> {
    /// Of the people of a file. Where nobody may do anything, the first record stays.
    pub(super) fn new(model: &'a Model, scenarios: &Scenarios, data: &'a Data, now: i64) -> Calls<'a> {
        let mut calls = Calls { model, data, now, of: BTreeMap::new() };
        for (number, action) in model.actions.iter().enumerate() {
            let rows = scenarios.rows.get(&action.table).into_iter().flatten();
            let all: Vec<Call> = rows.filter_map(|row| call(model, action, row)).collect();
            let may = |call: &&Call| scenarios.scenarios.iter().any(|scenario| calls.may(&scenario.actor, call));
            let mut found: Vec<Call> = all.iter().filter(may).cloned().collect();
            if found.is_empty() {
                found.extend(all.first().cloned());
            }
            calls.of.insert(number, found);
        }
        calls
    }

    /// And these.
    pub(super) fn and(mut self, calls: &[Call]) -> Calls<'a> {
        for call in calls {
            let of_action = self.of.entry(call.action).or_default();
            if !of_action.iter().any(|known| known.arguments == call.arguments) {
                of_action.push(call.clone());
            }
        }
        self
    }

    fn may(&self, actor: &Actor, call: &Call) -> bool {
        is_possible(self.model, self.data, actor, call, self.now) == Ok(true)
    }

    /// What somebody can or cannot do, in lines.
    pub(super) fn lines(&self, actor: &Actor, can: bool) -> String {
        let mut lines = String::new();
        for calls in self.of.values() {
            let listed: Vec<&Call> = calls.iter().filter(|call| self.may(actor, call) == can).collect();
            let Some(action) = listed.first().and_then(|call| call.action(self.model)) else { continue };
            let listed: Vec<String> = listed.into_iter().map(|call| self.arguments(action, call)).collect();
            lines.push_str(&format!("        {}: [{}]\n", scalar(&action.name), listed.join(", ")));
        }
        if lines.is_empty() { lines } else { format!("      do:\n{lines}") }
    }

    fn arguments(&self, action: &Action, call: &Call) -> String {
        let columns = &self.model.catalog.table(action.table).columns;
        let one = |(&column, value): (&u32, &Value)| format!("{}: {}", scalar(&columns[column as usize].name), yaml(value));
        let all: Vec<String> = std::iter::zip(&action.by, &call.arguments).map(one).collect();
        format!("{{ {} }}", all.join(", "))
    }
}
