//! What single people reach. In: everybody, and the rows that are there. Out: for each the roles that they hold, and for each table how many records they reach, and by
//! which roles.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::access::evaluate::{Evaluator, Rows, Session};
use crate::catalog::TableId;
use crate::model::{Action, Describe, Model, Operation};
use crate::scenario::{Records, RowWritten, held};

/// What people reach of the rows of one place.
#[derive(Debug, Clone, Default, Serialize)]
pub struct People {
    /// Whose rows: a test file, or a database.
    pub place: String,
    /// When a database was looked at, in UTC; empty for a test file.
    pub at: Option<String>,
    /// How many users were asked about, where there are more.
    pub users: Option<usize>,
    /// Of how many records of a table it is told at most.
    pub records: usize,
    /// The tables that have more.
    pub cut: Vec<String>,
    /// Whether some answer depended on raw SQL, which only a server knows.
    pub raw_sql: bool,
    /// What each session of somebody says beside who it is: the claims of a token, attributes.
    pub said: Vec<String>,
    /// What rules asked the sessions for, and they do not say.
    pub unsaid: BTreeSet<String>,
    /// How a database is known, or feared, to decide otherwise than the rules, by which all of this is told.
    pub otherwise: Option<String>,
    /// Everybody who reaches something, in the order of the rows.
    pub people: Vec<Person>,
    /// Everybody else.
    pub nothing: Vec<Who>,
}

/// Whom something is said of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Who {
    /// A name of the test file, or an identity.
    pub who: String,
    /// What somebody with that identity is called, by their row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `7 (Ann)`
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} ({name})", self.who),
            None => f.write_str(&self.who),
        }
    }
}

/// Somebody.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// Who it is.
    #[serde(flatten)]
    pub who: Who,
    /// The roles that are held, with what they are held within.
    pub roles: Vec<String>,
    /// The tables of which some record is reached.
    pub tables: Vec<Reach>,
    /// The actions that may be called.
    pub actions: Vec<May>,
}

/// An action that somebody may call.
#[derive(Debug, Clone, Serialize)]
pub struct May {
    /// Its name.
    pub action: String,
    /// What it asks of its record.
    pub when: String,
}

/// How much of a table somebody reaches.
#[derive(Debug, Clone, Serialize)]
pub struct Reach {
    /// The table.
    pub table: String,
    /// How many records were looked at.
    pub of: usize,
    /// Reading, creating, updating, deleting.
    pub cells: Vec<Reached>,
}

/// How many records are reached.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Reached {
    /// So many; of those that might be made, so many that are there could be, if they were not.
    pub records: usize,
    /// Whether of some of them only some fields are.
    pub some_fields: bool,
    /// By grants to these roles.
    pub roles: BTreeSet<String>,
}

impl People {
    /// What these sessions reach of these records.
    pub fn new(
        model: &Model,
        rows: &dyn Rows,
        records: &Records<'_>,
        all: &[(Who, Session)],
        written: &RowWritten<'_>,
    ) -> People {
        let mut found = People::default();
        for (who, session) in all {
            let evaluator = Evaluator::new(model, rows, session);
            let roles: BTreeSet<String> =
                held(model, &evaluator, written).into_iter().map(|(_, held)| held.to_string()).collect();
            let tables: Vec<Reach> = records.of.keys().filter_map(|&table| reach(model, &evaluator, table, records)).collect();
            let callable = model.actions.iter().filter(|action| evaluator.may_call(action));
            let may =
                |action: &Action| May { action: action.name.clone(), when: Describe { model }.condition(&action.condition) };
            let actions: Vec<May> = callable.map(may).collect();
            found.raw_sql |= evaluator.met_raw_sql();
            found.unsaid.extend(evaluator.unsaid());
            if roles.is_empty() && tables.is_empty() && actions.is_empty() {
                found.nothing.push(who.clone());
            } else {
                found.people.push(Person { who: who.clone(), roles: roles.into_iter().collect(), tables, actions });
            }
        }
        found.cut = records.cut.iter().map(|&table| model.catalog.table(table).name.to_string()).collect();
        found
    }
}

fn reach(model: &Model, evaluator: &Evaluator<'_>, table: TableId, records: &Records<'_>) -> Option<Reach> {
    let (entry, records) = (model.catalog.table(table), records.of.get(&table)?);
    let cell = |operation: Operation| {
        let mut cell = Reached::default();
        for record in records {
            let Some(fields) = evaluator.reached(table, operation, record.row, &record.supplied) else { continue };
            cell.records += 1;
            cell.some_fields |= !fields.is_empty() && fields.len() < entry.columns.len();
            cell.roles.extend(evaluator.reached_as(table, operation, record.row));
        }
        cell
    };
    let cells: Vec<Reached> = Operation::ALL.into_iter().map(cell).collect();
    cells.iter().any(|cell| cell.records > 0).then(|| Reach { table: entry.name.to_string(), of: records.len(), cells })
}
