//! An entry of `actions`, as it is written.

use serde::Deserialize;

use super::Scalar;
use crate::yaml::{OneOrMany, UniqueMap};

/// What one call does: it finds a record, uses it up, and makes others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `on:`, `by:`, `where:` and `set:`")]
pub struct Action {
    /// The table of the record that is found.
    pub on: String,
    /// The columns that whoever calls it has to give: a key of the table.
    pub by: OneOrMany,
    /// The roles that may call it; whoever is signed in where nothing is said.
    #[serde(default = "signed_in")]
    pub r#for: OneOrMany,
    /// What the record has to match, as a condition of the policy language.
    pub r#where: String,
    /// What becomes of it: columns, and values of the policy language.
    pub set: UniqueMap<Scalar>,
    /// The records that are made, by their tables: columns and values.
    #[serde(default)]
    pub create: UniqueMap<UniqueMap<Scalar>>,
}

fn signed_in() -> OneOrMany {
    OneOrMany(vec!["Authenticated".to_owned()])
}
