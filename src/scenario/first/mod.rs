//! A first test file, made from the rules: for somebody to read, who says whether that is what is meant. In: a model. Out: the text of a file with people, rows and, for each person, what the rules let
//! them do. Expectations are the evaluator's: they say what is, not what should be.

mod actors;
mod additions;
mod calls;
mod complete;
mod memberships;
mod missing;
mod rows;
mod said;
mod sayings;
mod values;

use std::collections::BTreeSet;
use std::fmt::Write;

use self::calls::Calls;
use self::complete::{ALL_QUESTIONS, change_text, is_about};
use self::rows::{Maker, make};
use super::{Actor, Attempt, Call, Cell, InMemory, Outcome, Scenario, Scenarios, Stage, Tried, Unreadable, data, plain_text};
use crate::catalog::TableId;
use crate::model::{Model, Operation};
use crate::yaml::{Value, scalar};

/// What stands above the rest.
const HEAD: &str = "# Made by `rowgate test --generate` from the rules: what they let each of these people do, not what they should. Read each line, and correct the rules\n\
                    # where a line is wrong; then the file is yours, and `rowgate test` tells when the rules say something else.\n";

/// A file that is not finished: people, rows, who acts.
pub struct First<'m> {
    maker: Maker<'m>,
    entries: Vec<Entry>,
    /// What is tried beside operations on the rows as they are, each by the entry at a position.
    attempts: Vec<(usize, Attempt)>,
    /// Calls that nobody may do and that are told all the same.
    calls: Vec<Call>,
    /// So many questions may still be asked to find more.
    questions: usize,
    /// What no row was found for.
    given_up: BTreeSet<String>,
}

/// Somebody who acts.
struct Entry {
    name: String,
    who: String,
    /// The position of the same person where nothing keeps them out.
    twin: Option<usize>,
    /// Somebody who was not made for a role.
    stranger: Option<Actor>,
    /// Whether such a one has none: rows that were added later may give one.
    has_no_role: bool,
}

impl First<'_> {
    /// Makes one. `now` is the moment at which it holds.
    pub fn new(model: &Model, now: i64) -> First<'_> {
        let maker = make(model, now);
        let mut entries = actors::entries(model, &maker.made, now);
        actors::name_strangers(&mut entries, model, &maker.made, now);
        First { maker, entries, attempts: Vec::new(), calls: Vec::new(), questions: ALL_QUESTIONS, given_up: BTreeSet::new() }
    }

    /// People and rows.
    fn head(&self) -> String {
        let made = &self.maker.made;
        let mut head = format!("{HEAD}users: {{ ");
        let people: Vec<String> = made.people.iter().map(|one| format!("{}: {}", scalar(&one.name), yaml(&one.key))).collect();
        writeln!(head, "{} }}\n\nrows:", people.join(", ")).ok();
        for (&table, rows) in made.rows.of.iter().filter(|(_, rows)| !rows.is_empty()) {
            writeln!(head, "  {}:", scalar(&self.maker.model.catalog.table(table).name.to_string())).ok();
            for row in rows {
                let fields: Vec<String> = row.iter().map(|(name, value)| format!("{}: {}", scalar(name), yaml(value))).collect();
                writeln!(head, "    - {{ {} }}", fields.join(", ")).ok();
            }
        }
        head.push_str("\nscenarios:\n");
        head
    }

    /// Its text without expectations, which is to be read.
    pub fn outline(&self) -> String {
        format!("{}{}", self.head(), self.entries.iter().map(Entry::head).collect::<String>())
    }

    /// Its text, once the outline was read.
    pub fn text(&self, scenarios: &Scenarios) -> Result<String, Unreadable> {
        let (model, now) = (self.maker.model, self.maker.now);
        let memory = InMemory::new(model, scenarios, now)?;
        let all: Vec<Scenario> =
            scenarios.scenarios.iter().enumerate().map(|(index, one)| self.with_attempts(index, one)).collect();
        let stages = all.iter().map(|scenario| memory.stage(scenario)).collect::<Result<Vec<_>, _>>()?;
        let tried = stages.iter().map(Stage::run).collect::<Result<Vec<_>, _>>()?;
        let data = data(model, scenarios, now)?;
        let calls = Calls::new(model, scenarios, &data, now).and(&self.calls);
        let mut text = self.head();
        for (index, (scenario, entry)) in std::iter::zip(&all, &self.entries).enumerate() {
            text.push_str(&entry.head());
            let own = Listing { model, scenarios, scenario, stage: &stages[index] };
            let can = own.lines(|cell| is_allowed(&tried[index], cell), true) + &calls.lines(&scenario.actor, true);
            // What the same person may who is not kept out of it; and what was tried in particular.
            let is_denied = |cell| match (cell, entry.twin) {
                (Cell::Attempt(_), _) => is_refused(&tried[index], cell),
                (_, Some(twin)) => is_allowed(&tried[twin], cell) && !is_allowed(&tried[index], cell),
                (_, None) => false,
            };
            let cannot = own.lines(is_denied, false) + &calls.lines(&scenario.actor, false);
            for (word, lines) in [("can", can), ("cannot", cannot)] {
                if !lines.is_empty() {
                    text.push_str(&format!("    {word}:\n{lines}"));
                }
            }
        }
        Ok(text)
    }

    /// A scenario with what is tried in it beside.
    fn with_attempts(&self, index: usize, scenario: &Scenario) -> Scenario {
        let mut scenario = scenario.clone();
        let own = self.attempts.iter().filter(|(of, _)| *of == index).map(|(_, attempt)| (attempt.clone(), true));
        scenario.attempts.extend(own);
        scenario
    }
}

impl Entry {
    fn head(&self) -> String {
        let name = if self.has_no_role { format!("{}, who has no role", self.name) } else { self.name.clone() };
        format!("  - name: {}\n    as: {}\n", scalar(&name), self.who)
    }
}

fn is_allowed(tried: &[Tried], cell: Cell) -> bool {
    tried.iter().any(|one| one.cell == cell && one.outcome == Outcome::Allowed)
}

fn is_refused(tried: &[Tried], cell: Cell) -> bool {
    tried.iter().any(|one| one.cell == cell && matches!(one.outcome, Outcome::NoRow | Outcome::Rejected(_)))
}

/// What a scenario lists.
struct Listing<'a> {
    model: &'a Model,
    scenarios: &'a Scenarios,
    scenario: &'a Scenario,
    stage: &'a Stage<'a>,
}

impl Listing<'_> {
    /// The rows of which something is so, by operation and table. `with_fields`: with the fields that are seen, where not all are.
    fn lines(&self, is_so: impl Fn(Cell) -> bool, with_fields: bool) -> String {
        let mut lines = String::new();
        for operation in Operation::ALL {
            let mut of_operation = String::new();
            for &table in &self.scenario.tables {
                let rows = 0..self.stage.data().rows(table).len();
                let listed = rows.filter(|&position| is_so(Cell::Row(table, operation, position)));
                let mut listed: Vec<String> = listed.map(|position| self.row(table, operation, position, with_fields)).collect();
                listed.extend(self.changes(table, operation, &is_so));
                if !listed.is_empty() {
                    let name = scalar(&self.model.catalog.table(table).name.to_string());
                    writeln!(of_operation, "        {name}: [{}]", listed.join(", ")).ok();
                }
            }
            if !of_operation.is_empty() {
                write!(lines, "      {}:\n{of_operation}", operation.word()).ok();
            }
        }
        lines
    }

    /// The changes of which something is so.
    fn changes(&self, table: TableId, operation: Operation, is_so: &impl Fn(Cell) -> bool) -> Vec<String> {
        let all = self.scenario.attempts.iter().enumerate().filter(|(_, (attempt, _))| is_about(attempt, table, operation));
        let text = |(index, (attempt, _)): (usize, &(Attempt, bool))| match attempt {
            Attempt::Update(_, position, set) if is_so(Cell::Attempt(index)) => {
                Some(change_text(&self.row(table, operation, *position, false), set, &yaml))
            }
            _ => None,
        };
        all.filter_map(text).collect()
    }

    /// A row by its key.
    fn row(&self, table: TableId, operation: Operation, position: usize, with_fields: bool) -> String {
        let entry = self.model.catalog.table(table);
        let row = self.scenarios.rows.get(&table).and_then(|rows| rows.get(position));
        let names = entry.primary_key.iter().map(|&column| &entry.columns[column as usize].name);
        let key: Vec<String> = names.map(|name| row.and_then(|row| row.get(name)).map(yaml).unwrap_or_default()).collect();
        let key = match key.as_slice() {
            [single] => single.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let seen = self.stage.data().rows(table).get(position).map(|row| self.stage.evaluator().read_fields(table, row));
        let is_told = |attempt: &Attempt| matches!(attempt, Attempt::See(of, at, _) if (*of, *at) == (table, position));
        let is_told = self.scenario.attempts.iter().any(|(attempt, _)| is_told(attempt));
        let is_part = |seen: &BTreeSet<u32>| is_told || seen.len() < entry.columns.len();
        match seen.filter(|seen| with_fields && operation == Operation::Read && is_part(seen)) {
            None => key,
            Some(seen) => {
                let fields: Vec<String> = seen.into_iter().map(|field| scalar(&entry.columns[field as usize].name)).collect();
                format!("{{ key: {key}, fields: [{}] }}", fields.join(", "))
            }
        }
    }
}

/// A value as it is written in one line.
fn yaml(value: &Value) -> String {
    let text = plain_text(value);
    match value {
        Value::Null => "null".to_owned(),
        _ if text.parse::<i64>().is_ok() => text,
        _ if matches!(text.as_str(), "true" | "false") => text,
        _ => scalar(&text),
    }
}
