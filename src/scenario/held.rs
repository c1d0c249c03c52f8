//! The roles that somebody holds, in words. In: an evaluator, and how rows are written. Out: each role with the key of what it is held within.

use std::fmt;

use serde::Serialize;

use super::{SampleRow, plain_text};
use crate::access::evaluate::{Evaluator, Row};
use crate::catalog::TableId;
use crate::model::{Model, RoleId};

/// How a row of a membership is written, where that is known.
pub type RowWritten<'a> = dyn Fn(TableId, &Row) -> Option<SampleRow> + 'a;

/// A role that is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Holding {
    /// Its name.
    pub role: String,
    /// What it is held within.
    pub within: Option<Within>,
}

/// What a role is held within.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Within {
    /// The membership.
    pub membership: String,
    /// The key of what it leads to.
    pub key: String,
}

impl fmt::Display for Holding {
    /// `Owner of Team 1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.within {
            Some(Within { membership, key }) => write!(f, "{} of {membership} {key}", self.role),
            None => f.write_str(&self.role),
        }
    }
}

/// The roles that a session holds by themselves, not because another includes them.
pub fn held(model: &Model, evaluator: &Evaluator<'_>, written: &RowWritten<'_>) -> Vec<(RoleId, Holding)> {
    let holding = |(role, row): (RoleId, Option<&Row>)| {
        let membership = model.scope_of(role).map(|membership| model.membership(membership));
        let within = membership.zip(row).and_then(|(membership, row)| {
            let key = written(membership.table, row)?.get(&model.catalog.column(membership.within?).name).map(plain_text)?;
            Some(Within { membership: membership.name.clone(), key })
        });
        (role, Holding { role: model.role(role).name.clone(), within })
    };
    evaluator.held().into_iter().map(holding).collect()
}
