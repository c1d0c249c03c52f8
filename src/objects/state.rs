//! Everything that a database should have, and how that is recorded. A recorded state needs nothing else to be left again, not even the rules
//! that it came from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Definition, Kind, Object, Record, Recorded, quote};
use crate::parallel;

/// The format of recorded states that this program writes; it reads all from 1.
pub const VERSION: u32 = 4;

/// How a script ends: what fails when the application's roles could do more than the objects say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// A query whose rows are findings: `what` is there, what it `lets` whom do, the statement that `closes` it, and whether that `fails` a script.
    Findings(String),
    /// A statement that fails, in states of versions 1 and 2.
    Statement(String),
}

/// Everything that the database should have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// The format's version; 1 is a state whose lookup role owns the schema of the look-ups.
    pub version: u32,
    /// What it should have, in the order in which it is made. Functions keep their own order, the rest is ordered by name.
    pub objects: Vec<Object>,
    /// How a script that leads here ends; nothing where there is nothing to check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// Why a text is no recorded state.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is damaged.
    #[error("not a recorded state: {0}")]
    Format(#[from] serde_json::Error),
    /// It is of a later program.
    #[error("version {0} is not known to this program")]
    Version(u32),
}

/// What the record looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeKind {
    /// A table, as SQL.
    Table,
    /// A role that is made for the application, or for what runs for it.
    Role,
    /// A schema that only we put something into.
    Schema,
    /// A setting by which a session says who it is.
    Setting,
    /// A role that every session has: its logins come and go.
    Joined,
}

impl ScopeKind {
    /// As the record has it.
    pub fn word(self) -> &'static str {
        match self {
            ScopeKind::Table => "table",
            ScopeKind::Role => "role",
            ScopeKind::Schema => "schema",
            ScopeKind::Setting => "setting",
            ScopeKind::Joined => "joined",
        }
    }
}

/// Puts an object behind all that it calls of its own kind.
fn visit(place: usize, objects: &[Object], places: &BTreeMap<String, usize>, visited: &mut [bool], order: &mut Vec<usize>) {
    if std::mem::replace(&mut visited[place], true) {
        return;
    }
    for needed in objects[place].needs() {
        if let Some(&needed) = places.get(needed).filter(|&&needed| objects[needed].kind() == objects[place].kind()) {
            visit(needed, objects, places, visited, order);
        }
    }
    order.push(place);
}

fn in_scope(object: &Object) -> Vec<(ScopeKind, String)> {
    match &object.definition {
        Definition::Role(role) => vec![(ScopeKind::Role, role.name.clone())],
        Definition::Schema(schema) => vec![(ScopeKind::Schema, schema.name.clone())],
        Definition::Policy(policy) => vec![(ScopeKind::Table, quote::qualified(&policy.table))],
        Definition::Record(record) => {
            let of = |kind, names: &[String]| names.iter().map(move |name| (kind, name.clone())).collect::<Vec<_>>();
            [of(ScopeKind::Setting, &record.settings), of(ScopeKind::Joined, &record.joined)].concat()
        }
        _ => object.table().map(|table| (ScopeKind::Table, table)).into_iter().collect(),
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// A state of version 1 or 2.
#[derive(Deserialize)]
struct Earlier {
    objects: Vec<Recorded>,
    check: String,
}

impl State {
    /// A database that nothing was applied to.
    pub fn empty() -> State {
        State { version: VERSION, ..State::default() }
    }

    /// The state of these objects, in the order in which they are made: functions behind those that they call.
    pub fn of_record(mut objects: Vec<Object>) -> State {
        objects.sort_by(Object::before);
        let name = |object: &Object| object.id().name.split('(').next().unwrap_or_default().to_owned();
        let is_called = |object: &Object| matches!(object.kind(), Kind::Function | Kind::Guard);
        let places: BTreeMap<String, usize> = objects
            .iter()
            .enumerate()
            .filter(|(_, object)| is_called(object))
            .map(|(place, object)| (name(object), place))
            .collect();
        let mut order = Vec::new();
        let mut visited = vec![false; objects.len()];
        for place in 0..objects.len() {
            // What is called comes first, but never before objects of an earlier kind, which call nothing of a later one.
            visit(place, &objects, &places, &mut visited, &mut order);
        }
        let mut objects: Vec<Option<Object>> = objects.into_iter().map(Some).collect();
        let objects = order.into_iter().filter_map(|place| objects[place].take()).collect();
        State { objects, ..State::empty() }
    }

    /// What tells this state from every other one: the SHA-256 of the outlines of its objects, whatever their order.
    pub fn digest(&self) -> String {
        let lines = self.recorded();
        State::digest_of(lines.iter().map(String::as_str).collect())
    }

    /// The same of its objects as they are recorded.
    pub fn digest_of(mut recorded: Vec<&str>) -> String {
        recorded.sort_unstable();
        let breaks = std::iter::once("").chain(std::iter::repeat("\n"));
        quote::sha256_of_parts(breaks.zip(recorded).flat_map(|(before, line)| [before, line]))
    }

    /// Its objects as the record in the database has them, in their order.
    pub fn recorded(&self) -> Vec<String> {
        let write = |objects: &[Object]| objects.iter().map(Object::as_recorded).collect::<Vec<_>>();
        parallel::stretches(&self.objects, parallel::MIN_OBJECTS, write).into_iter().flatten().collect()
    }

    /// The tables of the record that is part of it.
    pub fn record(&self) -> Option<&Record> {
        self.objects.iter().find_map(|object| match &object.definition {
            Definition::Record(record) => Some(record),
            _ => None,
        })
    }

    /// The same for a database that has no record, nor the function that it is compared with.
    pub fn without_record(&self) -> State {
        let mut state = self.clone();
        let schema = self.record().map(|record| record.schema.clone());
        state.objects.retain(|object| match &object.definition {
            Definition::Record(_) => false,
            Definition::Function(function) => {
                schema.as_ref() != Some(&function.name.schema) || function.name.name != Record::FACTS
            }
            _ => true,
        });
        state
    }

    /// What it is about: tables, the application's roles, roles of ours, and schemas of ours, each with its kind.
    pub fn scope(&self) -> BTreeSet<(ScopeKind, String)> {
        self.objects.iter().flat_map(in_scope).collect()
    }

    /// Reads a recorded state of any version.
    pub fn read(text: &str) -> Result<State, ReadError> {
        let Version { version } = serde_json::from_str(text)?;
        match version {
            1 | 2 => {
                let Earlier { objects, check } = serde_json::from_str(text)?;
                let objects = objects.into_iter().map(|object| Object::new(object, Vec::new())).collect();
                Ok(State { version, objects, check: (!check.is_empty()).then_some(Check::Statement(check)) })
            }
            // Version 4 came with the record in the database.
            3 | VERSION => Ok(serde_json::from_str(text)?),
            other => Err(ReadError::Version(other)),
        }
    }
}
