//! Actions in a scenario as they are written: what is done before anything is tried (`after`, `leaves`), and calls that are tried (`do`). In: entries of the
//! file. Out: the scenario's steps and calls, every name looked up.

use std::collections::BTreeMap;

use super::check::{self, no_value};
use super::load::{At, Loader};
use super::written::{Listed, StepEntry};
use super::{Actor, Attempt, Call, Cell, Denial, Scenario, Step};
use crate::catalog::TableId;
use crate::diagnostic::{Code, advice_for};
use crate::model::{Action, Operation};
use crate::yaml::{UniqueMap, Value};

/// What stands for the rows that steps make, whose keys the database chooses.
const MADE: &str = "made";

impl Scenario {
    pub(super) fn new(name: &str, position: usize, actor: Actor, tables: Vec<TableId>) -> Scenario {
        Scenario {
            name: name.to_owned(),
            position,
            places: BTreeMap::new(),
            actor,
            tables,
            reached: BTreeMap::new(),
            attempts: Vec::new(),
            denials: BTreeMap::new(),
            after: Vec::new(),
            made: BTreeMap::new(),
            leaves: None,
            calls: Vec::new(),
        }
    }

    /// Something particular, and where the file says it.
    pub(super) fn expect(&mut self, attempt: Attempt, expected: bool, at: &At) {
        self.places.insert(Cell::Attempt(self.attempts.len()), at.steps());
        self.attempts.push((attempt, expected));
    }
}

impl<'a> Loader<'a> {
    /// The tables that a scenario is about where it does not say: all with rows; behind steps not the record of changes, since triggers write there.
    pub(super) fn tables(&self, has_steps: bool) -> Vec<TableId> {
        let recorded = self.model.audit.as_ref().map(|audit| audit.log).filter(|_| has_steps);
        let is_tried = |&table: &TableId| Some(table) != recorded && !self.model.catalog.table(table).is_external();
        self.rows.keys().copied().filter(is_tried).collect()
    }

    /// How many rows a table has in a scenario.
    pub(super) fn count(&self, scenario: &Scenario, table: TableId) -> usize {
        self.rows.get(&table).map_or(0, Vec::len) + scenario.made.get(&table).copied().unwrap_or(0)
    }

    /// Behind steps, nobody can list what triggers have recorded.
    fn refuse_record(&mut self, scenario: &Scenario, at: &At) {
        let recorded = self.model.audit.as_ref().map(|audit| audit.log);
        let Some(log) = recorded.filter(|log| !scenario.after.is_empty() && scenario.tables.contains(log)) else { return };
        let title = format!(
            "triggers write `{}` when the steps are done, and no row of theirs can be listed",
            self.model.catalog.table(log).name
        );
        self.report_with(Code::SampleRow, &at.key("tables"), title, Some("leave it out here".to_owned()));
    }

    /// The steps of a scenario, and what they leave.
    pub(super) fn after(&mut self, scenario: &mut Scenario, entries: &[StepEntry], leaves: Option<&Listed>, at: &At) {
        for (position, entry) in entries.iter().enumerate() {
            let at = at.key("after").item(position);
            let actor = match &entry.r#as {
                Some(actor) => self.actor(actor, &at.key("as")),
                None => Some(scenario.actor.clone()),
            };
            let Some((number, action)) = self.action(&entry.r#do, &at.key("do")) else { continue };
            let Some(arguments) = self.arguments(action, &entry.r#with, &at.key("with")) else { continue };
            for creation in &action.create {
                *scenario.made.entry(creation.table).or_default() += 1;
            }
            let call = Call { action: number, arguments };
            scenario.after.extend(actor.map(|actor| Step { actor, call }));
        }
        self.refuse_record(scenario, at);
        if let Some(leaves) = leaves {
            self.leaves(scenario, leaves, &at.key("leaves"));
        }
    }

    fn leaves(&mut self, scenario: &mut Scenario, leaves: &Listed, at: &At) {
        let written: Vec<TableId> = scenario.written(self.model).collect();
        let mut listed = BTreeMap::new();
        for (name, rows) in &leaves.0 {
            let at = at.key(name);
            let Some(table) = self.table(name, &at) else { continue };
            if !written.contains(&table) {
                self.report(Code::SampleRow, &at, format!("no step under `after` writes `{name}`"));
            }
            for (position, row) in rows.iter().enumerate() {
                self.report_problems(&at.item(position), check::values(&self.model.catalog, table, &row.0));
            }
            listed.insert(table, rows.iter().map(|row| row.0.clone()).collect());
        }
        scenario.leaves = Some(listed);
    }

    /// Calls that are tried, whether each must succeed or must not.
    pub(super) fn calls(&mut self, scenario: &mut Scenario, listed: &Listed, expected: bool, at: &At) {
        for (name, all) in &listed.0 {
            let at = at.key(name);
            let Some((number, action)) = self.action(name, &at) else { continue };
            for (position, arguments) in all.iter().enumerate() {
                if let Some(arguments) = self.arguments(action, arguments, &at.item(position)) {
                    scenario.places.insert(Cell::Call(scenario.calls.len()), at.item(position).steps());
                    scenario.calls.push((Call { action: number, arguments }, expected));
                }
            }
        }
    }

    /// Which denial something has to be.
    pub(super) fn denial(&mut self, written: Option<&Value>, at: &At) -> Option<Denial> {
        let written = written?;
        let found = [Denial::NoRow, Denial::Rejected].into_iter().find(|denial| written.as_str() == Some(denial.word()));
        if found.is_none() {
            self.report(Code::Yaml, at, "the outcome of what cannot be done is `rejected` or `no row`");
        }
        found
    }

    /// The same of a row as it is: `{ key: 11, outcome: no row }`.
    pub(super) fn denied(&mut self, scenario: &mut Scenario, about: (TableId, Operation), entry: &Value, at: &At) {
        let how = self.denial(entry.get("outcome"), &at.key("outcome"));
        let Some(key) = entry.get("key").filter(|_| about.1 != Operation::Create) else {
            return self.report(Code::Yaml, at, "what has an `outcome` has the `key` of a row");
        };
        let positions = self.those(scenario, about.0, key, &at.key("key"));
        for &position in &positions {
            let cell = Cell::Row(about.0, about.1, position);
            scenario.places.insert(cell, at.steps());
            scenario.denials.extend(how.map(|how| (cell, how)));
        }
        self.refuse_both(scenario, about, &positions, at);
    }

    /// What is listed under `can` and under `cannot` cannot be both. What `can` has is known by then.
    pub(super) fn refuse_both(&mut self, scenario: &Scenario, about: (TableId, Operation), positions: &[usize], at: &At) {
        let reached = scenario.reached.get(&about);
        if positions.iter().any(|position| reached.is_some_and(|reached| reached.contains(position))) {
            let title = format!("\"{}\" lists this row under `can` as well", scenario.name);
            let help = "leave it out of one of them; `all` under `can` is every row".to_owned();
            self.report_with(Code::SampleRow, at, title, Some(help));
        }
    }

    fn action(&mut self, name: &str, at: &At) -> Option<(usize, &'a Action)> {
        let model = self.model;
        let found = model.actions.iter().enumerate().find(|(_, action)| action.name == name);
        if found.is_none() {
            let help = advice_for(name, model.actions.iter().map(|action| action.name.as_str()));
            let help = help.unwrap_or_else(|| "define it under `actions` in rowgate.yaml".to_owned());
            self.report_with(Code::Yaml, at, format!("there is no action `{name}`"), Some(help));
        }
        found
    }

    /// The arguments of a call, in the order of the columns that the action finds its record by.
    fn arguments(&mut self, action: &Action, written: &UniqueMap<Value>, at: &At) -> Option<Vec<Value>> {
        let table = self.model.catalog.table(action.table);
        let columns: Vec<_> = action.by.iter().map(|&column| &table.columns[column as usize]).collect();
        let names = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        let is_meant = written.0.len() == columns.len() && columns.iter().all(|column| written.0.contains_key(&column.name));
        if !is_meant {
            let help = format!("write `{{ {}: … }}`", names.replace(", ", ": …, "));
            self.report_with(Code::SampleRow, at, format!("`{}` is called with {names}", action.name), Some(help));
            return None;
        }
        let mut arguments = Vec::new();
        for column in columns {
            let value = &written.0[&column.name];
            if let Some((reason, help)) = no_value(self.model.catalog.enums(), &column.r#type, value) {
                let title = format!("`{}` of `{}` is `{}`, and {reason}", column.name, action.name, column.r#type);
                self.report_with(Code::SampleRow, &at.key(&column.name), title, help);
                return None;
            }
            arguments.push(value.clone());
        }
        Some(arguments)
    }

    /// The row with this key, or those that the steps of the scenario have made.
    pub(super) fn those(&mut self, scenario: &Scenario, table: TableId, key: &Value, at: &At) -> Vec<usize> {
        let written = self.rows.get(&table).map_or(0, Vec::len);
        let is_written = self.positions.get(&table).is_some_and(|positions| positions.contains_key(std::slice::from_ref(key)));
        if key.as_str() == Some(MADE) && !is_written && !scenario.after.is_empty() {
            let made = written..self.count(scenario, table);
            if made.is_empty() {
                let name = &self.model.catalog.table(table).name;
                self.report(Code::SampleRow, at, format!("no step under `after` makes a row of `{name}`"));
            }
            return made.collect();
        }
        self.position(table, key, at).into_iter().collect()
    }
}
