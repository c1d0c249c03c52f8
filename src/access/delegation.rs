//! `can read Project`: the access of another record, written out as a condition on that record. What is written out depends on the
//! database role of the session, since that decides which roles may be held.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Predicate;
use super::combine::{bound, pairs, role_accesses};
use super::holds::holds;
use crate::catalog::TableId;
use crate::model::{Atom, Condition, Exists, Link, Model, Operation, RoleUse};

/// Writes out delegations for the sessions of one database role. Access depends on no access of its own (the binder reports cycles),
/// so this ends.
pub(super) struct Delegation<'a> {
    model: &'a Model,
    pub(super) database_role: &'a str,
    known: BTreeMap<(TableId, Operation), Condition>,
}

impl<'a> Delegation<'a> {
    pub(super) fn new(model: &'a Model, database_role: &'a str) -> Delegation<'a> {
        Delegation { model, database_role, known: BTreeMap::new() }
    }

    /// When a session of the database role holds a role.
    pub(super) fn holds(&self, role: &RoleUse) -> Predicate {
        holds(self.model, role, self.database_role)
    }

    /// The predicate without delegations.
    pub(super) fn expand(&mut self, predicate: Predicate) -> Predicate {
        match predicate {
            Predicate::All(parts) => Predicate::all(parts.into_iter().map(|part| self.expand(part)).collect::<Vec<_>>()),
            Predicate::Any(parts) => Predicate::any(parts.into_iter().map(|part| self.expand(part)).collect::<Vec<_>>()),
            Predicate::Atom(atom) => self.atom(atom),
            other => other,
        }
    }

    fn atom(&mut self, whole: Arc<Atom>) -> Predicate {
        // Most statements have nothing to write out, and stay as they are.
        if !matches!(*whole, Atom::Can { .. } | Atom::Exists(_)) {
            return Predicate::Atom(whole);
        }
        let exists = match Arc::unwrap_or_clone(whole) {
            Atom::Can { operation, path, target, negated } => Exists {
                table: target.table,
                condition: self.access(target.table, operation),
                link: Some(Link { path, column: target }),
                of_user: self.model.access_mentions_user(target.table, operation),
                delegates: Some(operation),
                negated,
            },
            Atom::Exists(mut exists) => {
                exists.of_user |= self.model.mentions_user(&exists.condition);
                exists.condition = self.condition(&exists.condition);
                *exists
            }
            other => return Predicate::from(other),
        };
        match Predicate::from_condition(&exists.condition) {
            // Nobody reaches any: true of none, which is unknown where the user matters and nobody is signed in.
            Predicate::Never if !exists.negated => Predicate::Never,
            _ => Predicate::from(Atom::Exists(Box::new(exists))),
        }
    }

    fn condition(&mut self, condition: &Condition) -> Condition {
        let parts = |parts: &[Condition], own: &mut Self| parts.iter().map(|part| own.condition(part)).collect();
        match condition {
            Condition::All(all) => Condition::All(parts(all, self)),
            Condition::Any(any) => Condition::Any(parts(any, self)),
            Condition::Not(inner) => Condition::Not(Box::new(self.condition(inner))),
            Condition::Atom(atom @ (Atom::Can { .. } | Atom::Exists(_))) => self.atom(Arc::new(atom.clone())).to_condition(),
            Condition::Atom(atom) => Condition::Atom(atom.clone()),
        }
    }

    /// Which rows of a table may be reached with an operation.
    fn access(&mut self, table: TableId, operation: Operation) -> Condition {
        if let Some(known) = self.known.get(&(table, operation)) {
            return known.clone();
        }
        let rules = self.model.tables.get(&table).map_or(&[][..], Vec::as_slice);
        let roles = role_accesses(rules);
        let reached = |operation, own: &mut Self| {
            let pairs = pairs(own, &roles, operation);
            Predicate::any(pairs.into_iter().map(|pair| pair.before).collect::<Vec<_>>())
        };
        let mut all = vec![reached(Operation::Read, self)];
        if operation != Operation::Read {
            all.push(reached(operation, self));
        }
        for boundary in &self.model.boundaries {
            all.push(bound(self, boundary, table));
        }
        let condition = Predicate::all(all).to_condition();
        self.known.insert((table, operation), condition.clone());
        condition
    }
}
