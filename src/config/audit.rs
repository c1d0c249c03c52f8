//! The `audit` section, as it is written.

use serde::Deserialize;

use crate::yaml::{OneOrMany, UniqueMap};

/// The `audit` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping: `{ table: change_log, of: [documents] }`")]
pub struct Audit {
    /// The table that changes are recorded in; it is made where it is missing, and rules say who may read it.
    pub table: String,
    /// The tables whose changes are recorded.
    pub of: Recorded,
    /// Whether it has what guards refused to whom they answered.
    #[serde(default)]
    pub refusals: bool,
    /// The roles whose holders' reading it has, as far as they ask guards before.
    #[serde(default)]
    pub reads_by: OneOrMany,
    /// How long entries are kept: `365 days`. For good where nothing is said.
    pub keep: Option<String>,
    /// That people can be taken out of it, and the classes of fields whose values go with them.
    pub erase: Option<OneOrMany>,
    /// What takes entries away and people out of them, and who may call it.
    pub upkeep: Option<Upkeep>,
}

/// What keeps the record in order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[serde(expecting = "a mapping: `{ for: [records_office] }`")]
pub struct Upkeep {
    /// The schema of the functions.
    pub schema: Option<String>,
    /// The role that they run as.
    pub role: Option<String>,
    /// The database roles that may call them; only who may act as the owner of the functions where nothing is said.
    pub r#for: OneOrMany,
}

/// What of changes is recorded.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "`of` has to be a table, a list of tables, or tables with the fields whose values are kept: `{ members: [role_id] }`"
)]
pub enum Recorded {
    /// That fields changed.
    Tables(OneOrMany),
    /// Of these fields also what they were and what they became.
    Values(UniqueMap<OneOrMany>),
}

impl Recorded {
    /// The tables, with the fields whose values are kept.
    pub fn tables(&self) -> Vec<(&str, &[String])> {
        match self {
            Recorded::Tables(tables) => tables.0.iter().map(|table| (table.as_str(), &[][..])).collect(),
            Recorded::Values(tables) => tables.0.iter().map(|(table, fields)| (table.as_str(), fields.0.as_slice())).collect(),
        }
    }
}
