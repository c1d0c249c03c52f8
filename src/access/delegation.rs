//! What conditions and roles mean to one kind of session. `can read Project` is written out as a predicate on that record, and what it says depends on
//! which roles may be held.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Predicate;
use super::convert::{Context, convert};
use super::decide::simplify;
use super::grants::{Grant, RoleAccess, usable};
use super::holds::{holds, holds_as};
use crate::catalog::TableId;
use crate::model::{self, Atom, Boundary, Condition, GrantId, Model, Operation, RoleUse, Rule, Subject};

/// Whose rules count.
enum Holder<'a> {
    /// A session of this database role.
    Session(&'a str),
    /// Somebody who holds this and what it includes, and nothing else.
    Alone(Subject),
}

/// Writes out what is said for one kind of session. Access depends on no access of its own (the binder reports cycles), so this ends.
pub(super) struct Delegation<'a> {
    model: &'a Model,
    holder: Holder<'a>,
    known: BTreeMap<(TableId, Operation), Predicate>,
}

impl<'a> Delegation<'a> {
    /// For the sessions of a database role.
    pub(super) fn of_sessions(model: &'a Model, database_role: &'a str) -> Delegation<'a> {
        Delegation { model, holder: Holder::Session(database_role), known: BTreeMap::new() }
    }

    /// For somebody who holds `subject` and what it includes, and nothing else.
    pub(super) fn of_holder(model: &'a Model, subject: Subject) -> Delegation<'a> {
        Delegation { model, holder: Holder::Alone(subject), known: BTreeMap::new() }
    }

    /// When a role is held.
    pub(super) fn holds(&self, role: &RoleUse) -> Predicate {
        match self.holder {
            Holder::Session(database_role) => holds(self.model, role, database_role),
            Holder::Alone(subject) => holds_as(self.model, role, subject),
        }
    }

    /// The predicate of a condition.
    pub(super) fn predicate(&mut self, condition: &Condition) -> Predicate {
        self.predicate_for(condition, None)
    }

    /// The same on a record that a statement makes, changes or removes, where its table is named.
    fn predicate_for(&mut self, condition: &Condition, changed: Option<TableId>) -> Predicate {
        let context = Context { model: self.model, changed, written: &[], depth: 0 };
        simplify(convert(&context, condition, false, &mut |can| self.access(can.target.table, can.operation)))
    }

    /// What the rules of a table give to each role. What does not depend on the session is taken from `known`, which is the same for another kind of
    /// session.
    pub(super) fn roles(&mut self, table: TableId, known: &[RoleAccess]) -> Vec<RoleAccess> {
        let model = self.model;
        let rules = model.tables.get(&table).map_or(&[][..], |rules| rules);
        let uses = role_uses(rules);
        let mut all = Vec::with_capacity(uses.len());
        for (index, (role, rules)) in uses.into_iter().enumerate() {
            let depends = rules.iter().any(|(_, rule)| rule.conditions().any(Condition::asks_for_access));
            let operations = match known.get(index).filter(|_| !depends) {
                Some(known) => known.operations.clone(),
                None => Arc::new(self.operations(table, &rules, None)),
            };
            all.push(RoleAccess { role: role.clone(), held: self.holds(role), operations });
        }
        all
    }

    /// What the rules of a table give to each role for reading and for one operation, as far as the record decides it that is there. No more is asked
    /// for, so that this ends.
    fn roles_for(&mut self, table: TableId, asked: Operation) -> Vec<RoleAccess> {
        let model = self.model;
        let uses = role_uses(model.tables.get(&table).map_or(&[][..], |rules| rules));
        let access = uses.into_iter().map(|(role, rules)| {
            let operations = Arc::new(self.operations(table, &rules, Some(asked)));
            RoleAccess { role: role.clone(), held: self.holds(role), operations }
        });
        access.collect()
    }

    /// The grants of one role: its records match the filters of all its rules. Where another record's access asks for one operation, no other ones, and
    /// nothing of where a step ends.
    fn operations(
        &mut self,
        table: TableId,
        rules: &[(u32, &Rule)],
        asked: Option<Operation>,
    ) -> BTreeMap<Operation, Vec<Grant>> {
        let model = self.model;
        let changes = rules.iter().any(|(_, rule)| rule.conditions().any(|condition| looks_at(condition, table)));
        let reach = self.reach(rules, None);
        let reach_of_others = if changes { self.reach(rules, Some(table)) } else { reach.clone() };
        let mut operations: BTreeMap<Operation, Vec<Grant>> = BTreeMap::new();
        for &(rule, of) in rules {
            let is_wanted = |grant: &model::Grant| asked.is_none_or(|asked| [asked, Operation::Read].contains(&grant.operation));
            for (grant, written) in (0u32..).zip(&of.grants).filter(|(_, written)| is_wanted(written)) {
                let is_read = written.operation == Operation::Read;
                let (reach, changed) = if is_read { (&reach, None) } else { (&reach_of_others, Some(table)) };
                let mut with = |condition: &Option<Condition>| match condition {
                    Some(own) => simplify(Predicate::all([reach.clone(), self.predicate_for(own, changed)])),
                    None => reach.clone(),
                };
                let before = with(&written.when);
                let has_end = written.operation == Operation::Update && asked.is_none();
                let after = if has_end { with(&written.then) } else { before.clone() };
                let id = GrantId { table, rule, grant };
                let filled = model.presets(table, written.operation).into_keys().collect();
                let fields = model.fields(table, rules.iter().map(|(_, rule)| *rule), written);
                let grant = Grant { id, before, after, fields, filled };
                operations.entry(written.operation).or_insert_with(|| Vec::with_capacity(1)).push(grant);
            }
        }
        operations
    }

    /// The records that match the filters of all these rules.
    fn reach(&mut self, rules: &[(u32, &Rule)], changed: Option<TableId>) -> Predicate {
        let filters: Vec<Predicate> =
            rules.iter().flat_map(|(_, rule)| &rule.filters).map(|filter| self.predicate_for(filter, changed)).collect();
        simplify(Predicate::all(filters))
    }

    /// What a boundary asks of a table's rows.
    pub(super) fn bound(&mut self, boundary: &Boundary, table: TableId) -> Predicate {
        let mut all = Vec::new();
        for clause in boundary.tables.get(&table).into_iter().flatten() {
            let mut any = vec![self.predicate(&clause.condition)];
            any.extend(clause.except.iter().map(|role| self.holds(role)));
            all.push(Predicate::Any(any));
        }
        simplify(Predicate::All(all))
    }

    /// Which rows of a table may be reached with an operation.
    fn access(&mut self, table: TableId, operation: Operation) -> Predicate {
        if let Some(known) = self.known.get(&(table, operation)) {
            return known.clone();
        }
        let roles = self.roles_for(table, operation);
        let reached = |operation| Predicate::Any(usable(&roles, operation).into_iter().map(|grant| grant.before).collect());
        let mut all = vec![reached(Operation::Read)];
        if operation != Operation::Read {
            all.push(reached(operation));
        }
        for boundary in self.model.boundaries.iter().filter(|boundary| boundary.limits(operation)) {
            all.push(self.bound(boundary, table));
        }
        let predicate = simplify(Predicate::All(all));
        self.known.insert((table, operation), predicate.clone());
        predicate
    }
}

/// Whether a condition may look at other rows of a table: by itself, or by asking for the access to a record.
fn looks_at(condition: &Condition, table: TableId) -> bool {
    let mut found = false;
    condition.for_each_atom(&mut |atom| match atom {
        Atom::Exists(exists) => found |= exists.table == table,
        Atom::Can(_) => found = true,
        _ => {}
    });
    found
}

/// The rules of each role that the rules of a table are for, with their positions.
pub(crate) fn role_uses(rules: &[Rule]) -> BTreeMap<&RoleUse, Vec<(u32, &Rule)>> {
    let mut uses: BTreeMap<&RoleUse, Vec<(u32, &Rule)>> = BTreeMap::new();
    for (index, rule) in (0u32..).zip(rules) {
        for role in &rule.roles {
            let rules = uses.entry(role).or_default();
            if rules.last().is_none_or(|(last, _)| *last != index) {
                rules.push((index, rule));
            }
        }
    }
    uses
}
