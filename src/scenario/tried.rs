//! Expectations one by one, and what came of them. In: a scenario. Out: a cell for each operation on each row, each attempt, each call, and the steps; whoever
//! tries them (memory, a server) says what happened.

use std::collections::BTreeSet;

use super::{Attempt, Scenario, Scenarios, plain_text, row_text};
use crate::catalog::TableId;
use crate::model::{Model, Operation};

/// One thing that a scenario expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// An operation on the row at this position: those of the file, then those that the steps make.
    Row(TableId, Operation, usize),
    /// The attempt at this position of [`Scenario::attempts`].
    Attempt(usize),
    /// The call at this position of [`Scenario::calls`].
    Call(usize),
    /// What is done before anything is tried, and what it leaves.
    Steps,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Allowed,
    /// There was no such row for whoever acted: nothing was refused, nothing happened.
    NoRow,
    /// It was refused; with what the server says of it, if it was one.
    Rejected(String),
    /// It went another way than a yes or a no can tell: other fields were seen, other rows left.
    Otherwise(String),
    /// It depends on raw SQL, which only a server knows.
    Unknown,
}

impl Outcome {
    /// Of fields that should be seen and are not, and of those that are and should not.
    pub fn of_fields(model: &Model, table: TableId, hidden: &[u32], more: &[u32]) -> Outcome {
        let columns = &model.catalog.table(table).columns;
        let names = |fields: &[u32]| {
            let names = fields.iter().map(|&field| format!("`{}`", columns[field as usize].name));
            names.collect::<Vec<_>>().join(", ")
        };
        match (hidden, more) {
            ([], []) => Outcome::Allowed,
            (hidden, []) => Outcome::Otherwise(format!("does not show {}", names(hidden))),
            ([], more) => Outcome::Otherwise(format!("shows {}, too", names(more))),
            (hidden, more) => Outcome::Otherwise(format!("does not show {}, and shows {}", names(hidden), names(more))),
        }
    }

    /// One word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Allowed => "allowed",
            Outcome::NoRow => "no row",
            Outcome::Rejected(_) => "rejected",
            Outcome::Otherwise(_) => "otherwise",
            Outcome::Unknown => "unknown",
        }
    }
}

/// One of both ways in which something is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// A statement finds nothing.
    NoRow,
    /// A statement ends with an error.
    Rejected,
}

impl Denial {
    /// As test files and results say it.
    pub fn word(self) -> &'static str {
        match self {
            Denial::NoRow => "no row",
            Denial::Rejected => "rejected",
        }
    }
}

/// A cell that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What was tried.
    pub cell: Cell,
    /// Whether it has to be possible.
    pub expected: bool,
    /// Which denial it has to be, where the file says so.
    pub how: Option<Denial>,
    /// What happened.
    pub outcome: Outcome,
}

impl Tried {
    /// Whether that is as expected; empty where nobody knows.
    pub fn holds(&self) -> Option<bool> {
        match self.outcome {
            Outcome::Allowed => Some(self.expected),
            Outcome::NoRow => Some(!self.expected && self.how != Some(Denial::Rejected)),
            Outcome::Rejected(_) => Some(!self.expected && self.how != Some(Denial::NoRow)),
            Outcome::Otherwise(_) => Some(false),
            Outcome::Unknown => None,
        }
    }

    /// What is not as expected, in words that follow upon what was tried.
    pub fn says(&self, scenario: &Scenario) -> String {
        let is_said = scenario.places.contains_key(&self.cell);
        match (&self.outcome, self.expected) {
            (Outcome::NoRow, false) => "reaches no row, and should be rejected".to_owned(),
            (Outcome::Rejected(_), false) => "is rejected, and should reach no row".to_owned(),
            (Outcome::Allowed, _) if is_said => "is possible, and stands under `cannot`".to_owned(),
            (Outcome::Allowed, _) => "is possible, and is not listed under `can`".to_owned(),
            (Outcome::NoRow, _) => "stands under `can`, and reaches no row".to_owned(),
            (Outcome::Rejected(_), _) => "stands under `can`, and is rejected".to_owned(),
            (Outcome::Otherwise(what), _) => what.clone(),
            (Outcome::Unknown, _) => "depends on raw SQL, which only a server knows".to_owned(),
        }
    }
}

/// What a scenario expects of the rows of its tables.
#[derive(Debug)]
pub struct Expected<'a> {
    scenario: &'a Scenario,
    reached: std::collections::BTreeMap<(TableId, Operation), BTreeSet<usize>>,
}

impl<'a> Expected<'a> {
    /// Of a scenario.
    pub fn new(scenario: &'a Scenario) -> Expected<'a> {
        let reached = scenario.reached.iter().map(|(key, rows)| (*key, rows.iter().copied().collect())).collect();
        Expected { scenario, reached }
    }

    /// Whether a cell has to be possible.
    pub fn of(&self, cell: Cell) -> bool {
        match cell {
            Cell::Row(table, operation, position) => {
                self.reached.get(&(table, operation)).is_some_and(|rows| rows.contains(&position))
            }
            Cell::Attempt(index) => self.scenario.attempts.get(index).is_some_and(|(_, expected)| *expected),
            Cell::Call(index) => self.scenario.calls.get(index).is_some_and(|(_, expected)| *expected),
            Cell::Steps => true,
        }
    }
}

impl Expected<'_> {
    /// Which denial a cell has to be, where the file says so.
    pub fn how(&self, cell: Cell) -> Option<Denial> {
        self.scenario.denials.get(&cell).copied()
    }

    /// A cell with what happened.
    pub fn tried(&self, cell: Cell, outcome: Outcome) -> Tried {
        Tried { cell, expected: self.of(cell), how: self.how(cell), outcome }
    }
}

impl Cell {
    /// The operation and the table that it is about, if it is about one.
    pub fn about(&self, scenario: &Scenario) -> Option<(Operation, TableId)> {
        match *self {
            Cell::Row(table, operation, _) => Some((operation, table)),
            Cell::Attempt(index) => scenario.attempts.get(index).map(|(attempt, _)| match *attempt {
                Attempt::Create(table, _) => (Operation::Create, table),
                Attempt::Update(table, ..) => (Operation::Update, table),
                Attempt::See(table, ..) => (Operation::Read, table),
            }),
            Cell::Call(_) | Cell::Steps => None,
        }
    }

    /// What it is done to, in words: the key of a row, the columns of a new one, what a row is changed to.
    pub fn object(&self, model: &Model, scenarios: &Scenarios, scenario: &Scenario) -> String {
        let key = |table, position| key_of(model, scenarios, table, position);
        match *self {
            Cell::Row(table, _, position) => key(table, position),
            Cell::Attempt(index) => match scenario.attempts.get(index) {
                Some((Attempt::Create(_, row), _)) => row_text(row),
                Some((Attempt::Update(table, position, set), _)) => format!("{} to {}", key(*table, *position), row_text(set)),
                Some((Attempt::See(table, position, fields), _)) => {
                    let columns = &model.catalog.table(*table).columns;
                    let names: Vec<&str> = fields.iter().map(|&field| columns[field as usize].name.as_str()).collect();
                    format!("{} ({})", key(*table, *position), names.join(", "))
                }
                None => String::new(),
            },
            Cell::Call(index) => scenario.calls.get(index).map(|(call, _)| call.text(model)).unwrap_or_default(),
            Cell::Steps => String::new(),
        }
    }

    /// What is tried, in words: `read items 11`.
    pub fn text(&self, model: &Model, scenarios: &Scenarios, scenario: &Scenario) -> String {
        let object = self.object(model, scenarios, scenario);
        match (self.about(scenario), self) {
            (Some((operation, table)), _) => format!("{} {} {object}", operation.word(), model.catalog.table(table).name),
            (None, Cell::Steps) => "the steps:".to_owned(),
            (None, _) => format!("do {object}"),
        }
    }

    /// The steps to where the file says it; to the nearest thing that it says, where it is not listed.
    pub fn place(&self, model: &Model, scenario: &Scenario) -> Vec<String> {
        if let Some(place) = scenario.places.get(self) {
            return place.clone();
        }
        let top = ["scenarios".to_owned(), format!("[{}]", scenario.position)];
        let listed = |&(operation, table): &(Operation, TableId)| scenario.reached.contains_key(&(table, operation));
        let inner = match self.about(scenario).filter(listed) {
            Some((operation, table)) => {
                vec!["can".to_owned(), operation.word().to_owned(), model.catalog.table(table).name.to_string()]
            }
            None if *self == Cell::Steps => vec!["after".to_owned()],
            None => vec!["name".to_owned()],
        };
        top.into_iter().chain(inner).collect()
    }
}

/// The key of a row in words, as it is written; `made` where a step makes it.
fn key_of(model: &Model, scenarios: &Scenarios, table: TableId, position: usize) -> String {
    let Some(row) = scenarios.rows.get(&table).and_then(|rows| rows.get(position)) else { return "made".to_owned() };
    let entry = model.catalog.table(table);
    let names = entry.primary_key.iter().map(|&column| &entry.columns[column as usize].name);
    let values: Vec<String> = names.map(|name| row.get(name).map(plain_text).unwrap_or_default()).collect();
    match values.as_slice() {
        [single] => single.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}
