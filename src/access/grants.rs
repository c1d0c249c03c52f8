//! What rules grant, once they are combined: who holds a role in which sessions, and what each of its grants then allows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decide::simplify;
use super::{Atom, Predicate};
use crate::catalog::TableId;
use crate::diagnostic::Span;
use crate::model::{GrantId, LookUp, Operation, RoleUse};

/// What may be done with each table that has rules, boundaries, or is closed.
#[derive(Debug, Default)]
pub struct Access {
    /// Ordered by the tables' names.
    pub tables: BTreeMap<TableId, Arc<TableAccess>>,
    /// How other rows are asked for statements, where a rule says so. Changes nothing of what the statements mean.
    pub look_ups: BTreeMap<Atom, LookUp>,
}

/// What may be done with one table.
#[derive(Debug, Default)]
pub struct TableAccess {
    /// What each role that its rules are for is given in the sessions of each database role, without the boundaries; both ordered.
    pub sessions: BTreeMap<String, Vec<RoleAccess>>,
    /// What holds for all of them; ordered by name.
    pub boundaries: Vec<BoundaryAccess>,
}

impl TableAccess {
    /// The grants of an operation that the sessions of a database role can use, each with who holds its role.
    pub fn grants(&self, database_role: &str, operation: Operation) -> Vec<Grant> {
        usable(self.sessions.get(database_role).map_or(&[], Vec::as_slice), operation)
    }

    /// Each role that the rules are for once, as it is in sessions that can hold it.
    pub fn roles(&self) -> Vec<&RoleAccess> {
        let mut roles: Vec<&RoleAccess> = self.sessions.values().next().into_iter().flatten().collect();
        for session in self.sessions.values() {
            for (known, other) in std::iter::zip(&mut roles, session) {
                if known.held == Predicate::Never {
                    *known = other;
                }
            }
        }
        roles
    }

    /// All boundaries that limit an operation of the sessions of a database role.
    pub fn bound(&self, database_role: &str, operation: Operation) -> Predicate {
        let holds = |roles: &[String]| roles.iter().any(|role| role == database_role);
        let limiting = self.boundaries.iter().filter(|boundary| boundary.limited.contains(&operation));
        let all = limiting
            .flat_map(|boundary| boundary.predicates.iter().map(move |(predicate, roles)| (boundary.table, predicate, roles)));
        let asked = |table, predicate: &Predicate| match operation {
            Operation::Read => predicate.clone(),
            Operation::Create | Operation::Update | Operation::Delete => predicate.anew(table),
        };
        let all = all.filter(|(_, _, roles)| holds(roles)).map(|(table, predicate, _)| asked(table, predicate));
        simplify(Predicate::all(all))
    }
}

/// The grants of an operation, each with who holds its role, that somebody can use.
pub(super) fn usable(roles: &[RoleAccess], operation: Operation) -> Vec<Grant> {
    let of_role = |role: &'_ RoleAccess| -> Vec<Grant> {
        let grants = role.operations.get(&operation).into_iter().flatten();
        grants.map(|grant| grant.held(&role.held)).filter(Grant::is_possible).collect()
    };
    roles.iter().flat_map(of_role).collect()
}

/// What the holders of a role may do, as the rules for it say.
#[derive(Debug, Clone)]
pub struct RoleAccess {
    /// The role and where it is held.
    pub role: RoleUse,
    /// When it is held.
    pub held: Predicate,
    /// Its grants per operation, each with the filters of all rules for the role, and without who holds it. Shared by sessions in which they are the same.
    pub operations: Arc<BTreeMap<Operation, Vec<Grant>>>,
}

/// A grant in its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Where it is written.
    pub id: GrantId,
    /// For the row, or for the row before an update.
    pub before: Predicate,
    /// For the row after an update or a create; the same as `before` otherwise.
    pub after: Predicate,
    /// The columns that it names, ordered; `None` is every column.
    pub fields: Option<Vec<u32>>,
    /// The columns that the database fills in.
    pub filled: Vec<u32>,
}

impl Grant {
    /// Whether the grant names a column.
    pub fn names(&self, column: u32) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.binary_search(&column).is_ok())
    }

    /// The same where something else has to be true, too, before and after.
    pub fn held(&self, held: &Predicate) -> Grant {
        let with = |predicate: &Predicate| simplify(Predicate::all([held.clone(), predicate.clone()]));
        let before = with(&self.before);
        let after = if self.after == self.before { before.clone() } else { with(&self.after) };
        Grant { id: self.id, before, after, fields: self.fields.clone(), filled: self.filled.clone() }
    }

    /// Whether it can be used at all.
    pub fn is_possible(&self) -> bool {
        self.before != Predicate::Never && self.after != Predicate::Never
    }
}

/// A boundary on one table.
#[derive(Debug, Clone)]
pub struct BoundaryAccess {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// The table.
    pub table: TableId,
    /// What a row must match to be read, with the database roles for which it is so; roles that it does not hold for are missing. Of what is written the same is
    /// asked, anew for each record.
    pub predicates: Vec<(Predicate, Vec<String>)>,
    /// The operations that depend on it.
    pub limited: Vec<Operation>,
    /// Those that it names, in words; `None` for all.
    pub named: Option<String>,
}

impl BoundaryAccess {
    /// Whether it asks anything of an operation of a database role's sessions.
    pub fn holds_for(&self, database_role: &str, operation: Operation) -> bool {
        self.limited.contains(&operation)
            && self.predicates.iter().any(|(_, roles)| roles.iter().any(|role| role == database_role))
    }
}
