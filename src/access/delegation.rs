//! `can read Project`: the access of another record, written out as a condition on that record. What is written out depends on the
//! database role of the session, since that decides which roles may be held.

use std::collections::BTreeMap;

use super::combine::{bound, pairs, role_accesses};
use super::decide::simplify;
use super::holds::holds;
use super::{Predicate, RoleAccess};
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

    /// When it holds each of some roles.
    pub(super) fn held(&self, roles: &[RoleAccess]) -> Vec<Predicate> {
        roles.iter().map(|access| self.holds(&access.role)).collect()
    }

    /// The predicate without delegations.
    pub(super) fn expand(&mut self, predicate: &Predicate) -> Predicate {
        let mut has_delegation = false;
        predicate.for_each_atom(&mut |atom| has_delegation |= is_delegation(atom));
        // Most predicates have nothing to write out, and stay as they are.
        if !has_delegation {
            return predicate.clone();
        }
        simplify(self.written_out(predicate))
    }

    fn written_out(&mut self, predicate: &Predicate) -> Predicate {
        match predicate {
            Predicate::All(parts) => Predicate::All(parts.iter().map(|part| self.written_out(part)).collect()),
            Predicate::Any(parts) => Predicate::Any(parts.iter().map(|part| self.written_out(part)).collect()),
            Predicate::Atom(atom) => self.atom(atom),
            other => other.clone(),
        }
    }

    fn atom(&mut self, whole: &Atom) -> Predicate {
        let exists = match whole {
            Atom::Can { operation, path, target, negated } => Exists {
                table: target.table,
                condition: self.access(target.table, *operation),
                link: Some(Link { path: path.clone(), column: *target }),
                of_user: self.model.access_mentions_user(target.table, *operation),
                delegates: Some(*operation),
                negated: *negated,
            },
            Atom::Exists(exists) => Exists {
                of_user: exists.of_user || self.model.mentions_user(&exists.condition),
                condition: self.condition(&exists.condition),
                ..(**exists).clone()
            },
            other => return Predicate::from(other.clone()),
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
            Condition::Atom(atom) if is_delegation(atom) => self.atom(atom).to_condition(),
            Condition::Atom(atom) => Condition::Atom(atom.clone()),
        }
    }

    /// Which rows of a table may be reached with an operation.
    fn access(&mut self, table: TableId, operation: Operation) -> Condition {
        if let Some(known) = self.known.get(&(table, operation)) {
            return known.clone();
        }
        let rules = self.model.tables.get(&table).map_or(&[][..], |rules| rules);
        let roles = role_accesses(rules);
        let held = self.held(&roles);
        let reached = |operation, own: &mut Self| {
            let pairs = pairs(own, &roles, &held, operation);
            Predicate::Any(pairs.into_iter().map(|pair| pair.before).collect())
        };
        let mut all = vec![reached(Operation::Read, self)];
        if operation != Operation::Read {
            all.push(reached(operation, self));
        }
        for boundary in &self.model.boundaries {
            all.push(bound(self, boundary, table));
        }
        let condition = simplify(Predicate::All(all)).to_condition();
        self.known.insert((table, operation), condition.clone());
        condition
    }
}

/// Whether a statement is about the access of other records, or may contain one that is.
fn is_delegation(atom: &Atom) -> bool {
    matches!(atom, Atom::Can { .. } | Atom::Exists(_))
}
