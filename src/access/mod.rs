//! How rules combine: one predicate per table, role and operation. In: [`Model`](crate::model::Model). Out: [`AccessMatrix`] and
//! messages. It does not know how SQL is written; where it asks what policies can say exactly, it asks about the shape "some of
//! these for the old row, some of those for the new one", nothing else.

mod combine;
pub mod decide;
mod delegation;
pub mod evaluate;
mod exact;
mod holds;
mod matrix;
mod memory;
mod predicate;
mod raw_sql;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use combine::{combine, combine_again};
pub(crate) use exact::own_columns;
pub use holds::holds;
pub use matrix::{Answer, Review, RoleReview, Way, review};
pub use memory::Memory;
pub use predicate::Predicate;
pub use table::render as render_table;

use decide::simplify;

use crate::catalog::{Table, TableId};
use crate::diagnostic::Span;
use crate::model::{Atom, LookUp, Operation, RoleUse};

/// What may be done with each table that has rules, boundaries, or is closed.
#[derive(Debug, Default)]
pub struct AccessMatrix {
    /// Ordered by the tables' names.
    pub tables: BTreeMap<TableId, Arc<TableAccess>>,
    /// How other rows are asked for statements, where a rule says so. Changes nothing of what the statements mean.
    pub look_ups: BTreeMap<Atom, LookUp>,
}

/// What may be done with one table.
#[derive(Debug, Default)]
pub struct TableAccess {
    /// What the holders of each role may do, without the boundaries; ordered.
    pub roles: Vec<RoleAccess>,
    /// What the sessions of each database role may do; ordered by name. A role that may do nothing is missing.
    pub permissions: BTreeMap<String, BTreeMap<Operation, Permission>>,
    /// What holds for all of them; ordered by name.
    pub boundaries: Vec<BoundaryAccess>,
    /// Whether the permissions are exact only as long as no session inherits two of the database roles.
    pub keep_apart: bool,
}

impl TableAccess {
    /// All boundaries for a database role.
    pub fn bound(&self, role: &str) -> Predicate {
        let of_role = |(_, roles): &&(Predicate, Vec<String>)| roles.iter().any(|other| other == role);
        let all = self.boundaries.iter().flat_map(|boundary| boundary.predicates.iter().filter(of_role));
        simplify(Predicate::all(all.map(|(predicate, _)| predicate.clone())))
    }
}

/// What the holders of a role may do, as the rules for it say.
#[derive(Debug)]
pub struct RoleAccess {
    /// The role and where it is held.
    pub role: RoleUse,
    /// Its grants per operation, each with the rules' filters.
    pub operations: BTreeMap<Operation, Vec<Arm>>,
}

/// One grant of a role.
#[derive(Debug, Clone)]
pub struct Arm {
    /// For the row, or for the row before an update. Without the question who holds the role.
    pub before: Predicate,
    /// For the row after an update or a create.
    pub after: Predicate,
    /// The columns that it names, ordered; `None` is every column.
    pub fields: Option<Vec<u32>>,
    /// The place of the grant.
    pub span: Span,
}

impl Arm {
    /// Whether the grant names a column.
    pub fn names(&self, column: u32) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.binary_search(&column).is_ok())
    }
}

/// What the sessions of a database role may do with an operation.
#[derive(Debug, Clone)]
pub struct Permission {
    /// For the row as it is: read, update, delete.
    pub using: Predicate,
    /// For the row as it will be: create, update.
    pub check: Predicate,
    /// The columns, ordered; `None` is every column. Of what is masked, those that can be read wherever anything can.
    pub columns: Option<Vec<u32>>,
    /// The single grants, where predicates and columns apart do not say it, of this database role or, for writing, of another: a masking view for
    /// reading, a trigger for writing has to tell which grant allows what.
    pub steps: Option<Vec<Step>>,
    /// The rules that it comes from, by role, then name.
    pub sources: Vec<Arc<Source>>,
}

impl Permission {
    /// The columns that have to be granted for an operation; `None` where it may be all of the table. Where grants of writing differ in fields, the
    /// list is closed: a column that is added later belongs to none of them until the rules say so.
    pub fn granted_columns(&self, operation: Operation, table: &Table) -> Option<Vec<u32>> {
        if !matches!(operation, Operation::Create | Operation::Update) {
            return self.columns.clone();
        }
        let all = || (0u32..).take(table.columns.len()).collect();
        let columns: Option<Vec<u32>> = self.columns.clone().or_else(|| self.steps.is_some().then(all));
        // What the database computes nobody writes, also not when it is computed no more.
        columns.map(|columns| columns.into_iter().filter(|&column| !table.columns[column as usize].generated).collect())
    }
}

/// One grant together with who holds its role.
#[derive(Debug, Clone)]
pub struct Step {
    /// For the row, or for the row before an update.
    pub before: Predicate,
    /// For the row after an update or a create.
    pub after: Predicate,
    /// The columns that it names, ordered; `None` is every column.
    pub fields: Option<Vec<u32>>,
}

impl Step {
    /// Whether the grant names a column.
    pub fn names(&self, column: u32) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.binary_search(&column).is_ok())
    }
}

/// A rule as the origin of a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The role it acts for.
    pub role: RoleUse,
    /// Its name.
    pub rule: String,
    /// Where its name is written.
    pub span: Span,
    /// Paths that were completed in it, in words.
    pub completions: Vec<String>,
}

impl BoundaryAccess {
    /// Whether it asks anything of a database role's sessions.
    pub fn holds_for(&self, role: &str) -> bool {
        self.predicates.iter().any(|(_, roles)| roles.iter().any(|other| other == role))
    }
}

/// A boundary on one table.
#[derive(Debug)]
pub struct BoundaryAccess {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// What a row must match, with the database roles for which it is so; roles that it does not hold for are missing.
    pub predicates: Vec<(Predicate, Vec<String>)>,
}
