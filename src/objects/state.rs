//! Everything that a database should have, and how that is recorded. A recorded state needs nothing else to be left again, not even the rules
//! that it came from.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Object, Recorded};

/// The format of recorded states that this program writes; it reads all from 1.
pub const VERSION: u32 = 3;

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

    /// Reads a recorded state of any version.
    pub fn read(text: &str) -> Result<State, ReadError> {
        let Version { version } = serde_json::from_str(text)?;
        match version {
            1 | 2 => {
                let Earlier { objects, check } = serde_json::from_str(text)?;
                let objects = objects.into_iter().map(|object| Object::new(object, Vec::new())).collect();
                Ok(State { version, objects, check: (!check.is_empty()).then_some(Check::Statement(check)) })
            }
            VERSION => Ok(serde_json::from_str(text)?),
            other => Err(ReadError::Version(other)),
        }
    }
}
