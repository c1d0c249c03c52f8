//! `*.test.yaml`: who must and must not be able to do what, on which rows. In: text. Out: [`Scenarios`] with every name looked up. It knows
//! no server; running them is the business of [`db`](crate::db).
//!
//! A file has `rows` (what is in the tables), `users` (names for identities) and `scenarios`. A scenario says who acts (`as`), and for each
//! operation and table which rows it reaches (`can`), by primary key. What is not listed is denied, and that is tested too: every
//! operation on every row of every table. Rows that are not in the tables, and particular changes, are listed under `can` or `cannot`,
//! and so are calls of actions; what is so once actions are done is told by a scenario with steps (`after`).

mod acted;
mod assertions;
mod attributes;
mod beside;
mod calls;
mod check;
mod coverage;
mod evaluate;
mod first;
mod granted;
mod held;
mod in_memory;
mod load;
mod mutants;
mod named;
mod points;
mod records;
mod token;
mod tried;
mod written;

use std::collections::BTreeMap;

pub use acted::{After, is_possible, unlike};
pub use assertions::try_assertions;
pub use attributes::{NotSaid, insert_claim, say};
pub use check::no_value;
pub use coverage::{Coverage, Gap, Part};
pub use evaluate::{Place, Unreadable, data, identity, is_readable, read_change, read_row, session, value_of_text};
pub use first::First;
pub use held::{Holding, RowWritten, Within, held};
pub use in_memory::{InMemory, Stage, Written, changeable};
pub use load::load;
pub use mutants::{Missed, Mutated, is_quick, mutate};
pub use records::{Record, Records};
pub use token::complete_token;
pub use tried::{Cell, Denial, Expected, Outcome, Tried};

use crate::catalog::TableId;
use crate::diagnostic::FileId;
use crate::model::{Action, Model, Operation};
use crate::yaml::Value;

/// A test file.
#[derive(Debug)]
pub struct Scenarios {
    /// The file itself.
    pub file: FileId,
    /// The rows of each table, in the order of insertion: tables as listed by their references, rows as written.
    pub rows: BTreeMap<TableId, Vec<SampleRow>>,
    /// What is tried.
    pub scenarios: Vec<Scenario>,
    /// SQL that signs somebody in, `{identity}` standing for who, where the provider is a function of the project.
    pub sign_in: Option<String>,
    /// Names for identities.
    pub users: BTreeMap<String, Value>,
    /// The moment of everything that is tried, in microseconds since 1970 in UTC; without it, the present one.
    pub now: Option<i64>,
}

/// A row by column name.
pub type SampleRow = BTreeMap<String, Value>;

impl Scenarios {
    /// How many single expectations there are: each operation on each row, and each attempt.
    pub fn expectations(&self) -> usize {
        let of = |scenario: &Scenario| {
            let rows: usize = scenario.tables.iter().map(|&table| self.count(scenario, table)).sum();
            let left = scenario.leaves.iter().flat_map(BTreeMap::values).map(Vec::len).sum::<usize>();
            rows * Operation::ALL.len() + scenario.attempts.len() + scenario.calls.len() + scenario.after.len() + left
        };
        self.scenarios.iter().map(of).sum()
    }

    /// How many rows a table has in a scenario: those that are written, and those that its steps make.
    fn count(&self, scenario: &Scenario, table: TableId) -> usize {
        self.rows.get(&table).map_or(0, Vec::len) + scenario.made.get(&table).copied().unwrap_or(0)
    }
}

/// Who acts, and what must and must not be possible.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// A sentence.
    pub name: String,
    /// Its position among those of the file.
    pub position: usize,
    /// Where the file says something of a cell, as steps to it.
    pub places: BTreeMap<Cell, Vec<String>>,
    /// Who acts.
    pub actor: Actor,
    /// The tables that it is about; everything that is not listed is denied on these.
    pub tables: Vec<TableId>,
    /// The rows, as positions in [`Scenarios::rows`], that an operation reaches.
    pub reached: BTreeMap<(TableId, Operation), Vec<usize>>,
    /// Further attempts, and whether each must succeed.
    pub attempts: Vec<(Attempt, bool)>,
    /// Which denial something has to be, where the file says so.
    pub denials: BTreeMap<Cell, Denial>,
    /// What is done before anything is tried; all of it must be possible.
    pub after: Vec<Step>,
    /// How many rows of a table the steps make. They stand behind the rows of the file.
    pub made: BTreeMap<TableId, usize>,
    /// By table, the rows that the steps have changed or made, each by some of its columns; `None` where nothing is said of them.
    pub leaves: Option<BTreeMap<TableId, Vec<SampleRow>>>,
    /// Calls of actions, and whether each must succeed.
    pub calls: Vec<(Call, bool)>,
}

impl Scenario {
    /// The tables that the steps write, each once.
    pub fn written<'m>(&self, model: &'m Model) -> impl Iterator<Item = TableId> + use<'m> {
        let actions = self.after.iter().filter_map(|step| step.call.action(model));
        let tables: std::collections::BTreeSet<TableId> = actions.flat_map(Action::written).collect();
        tables.into_iter()
    }
}

/// Something that somebody does before anything is tried.
#[derive(Debug, Clone)]
pub struct Step {
    /// Who does it.
    pub actor: Actor,
    /// What is done.
    pub call: Call,
}

/// A call of an action.
#[derive(Debug, Clone)]
pub struct Call {
    /// The position of the action in the model.
    pub action: usize,
    /// Its arguments, in the order of the columns that its record is found by.
    pub arguments: Vec<Value>,
}

impl Call {
    /// The action that is called.
    pub fn action<'m>(&self, model: &'m Model) -> Option<&'m Action> {
        model.actions.get(self.action)
    }

    /// The call in words.
    pub fn text(&self, model: &Model) -> String {
        let Some(action) = self.action(model) else { return String::new() };
        let columns = &model.catalog.table(action.table).columns;
        let names = action.by.iter().map(|&column| columns[column as usize].name.clone());
        let row: SampleRow = names.zip(self.arguments.iter().cloned()).collect();
        format!("{} {}", action.name, row_text(&row))
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// What the session runs as.
    pub role: ActorRole,
    /// Who is signed in.
    pub identity: Option<Value>,
    /// What the session's token says besides; an object.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// The settings that its attributes come from.
    pub settings: BTreeMap<String, String>,
}

impl Actor {
    fn new(role: ActorRole, identity: Option<Value>) -> Actor {
        Actor { role, identity, claims: serde_json::Map::new(), settings: BTreeMap::new() }
    }

    /// Somebody who is signed in.
    pub fn signed_in(identity: Value) -> Actor {
        Actor::new(ActorRole::SignedIn, Some(identity))
    }

    /// A session of the signed-in role that nobody is signed in to.
    pub fn nobody() -> Actor {
        Actor::new(ActorRole::SignedIn, None)
    }

    /// A session of the anonymous role.
    pub fn anonymous() -> Actor {
        Actor::new(ActorRole::Anonymous, None)
    }

    /// A session of another role.
    pub fn of_role(name: &str) -> Actor {
        Actor::new(ActorRole::Named(name.to_owned()), None)
    }
}

/// The database role of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActorRole {
    /// That of signed-in sessions.
    SignedIn,
    /// That of sessions that nobody is signed in to.
    Anonymous,
    /// Another one, by name.
    Named(String),
}

/// Something particular that is tried.
#[derive(Debug, Clone)]
pub enum Attempt {
    /// A new row.
    Create(TableId, SampleRow),
    /// A change of the row at this position.
    Update(TableId, usize, SampleRow),
    /// These fields of the row at this position are seen, and no others.
    See(TableId, usize, Vec<u32>),
}

impl Attempt {
    /// The table that it is about.
    pub fn table(&self) -> TableId {
        match self {
            Attempt::Create(table, _) | Attempt::Update(table, ..) | Attempt::See(table, ..) => *table,
        }
    }
}

/// A scalar as it is, anything else as JSON.
pub fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// A row in words.
pub fn row_text(row: &SampleRow) -> String {
    let parts: Vec<String> = row.iter().map(|(name, value)| format!("{name}: {}", plain_text(value))).collect();
    format!("{{{}}}", parts.join(", "))
}
