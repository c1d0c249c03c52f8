//! Columns on the way from a record to the user: `Owner's Boss is Logged in User` reads the owner's `boss_id`, and whoever writes that of anybody else's row, or of their own,
//! is the boss. In: every grant, every boundary, and whom memberships count for. Out: for a grant that writes such a column, who reads it, where the writer would have by it
//! what no other grant gives them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::message::What;
use super::readings::Reader;
use super::{Grant, Search, is_for};
use crate::access::decide::{Conjunction, implies, simplify};
use crate::access::{self, Access, Atom, Exists, Predicate, RoleAccess};
use crate::catalog::{ColumnRef, TableId};
use crate::lint::conjunction::{allows, limits};
use crate::model::{Comparison, Enough, Holder, Hop, Membership, Model, Operation, Path, Value};

/// A column on the way to the user.
struct Step<'a> {
    reader: Reads<'a>,
    /// The whole path.
    path: Path,
    /// What leads to the column's row; `None` where that is not the record of a rule.
    before: Option<Vec<Hop>>,
    /// The statement that the path stands in, about the column's row.
    rest: Option<Arc<Atom>>,
}

/// Who asks.
#[derive(Clone, Copy)]
enum Reads<'a> {
    /// A grant, of a new record or of where a step ends where `end` says so, by the statement `by` of its record.
    Grant {
        role: &'a RoleAccess,
        operation: Operation,
        grant: &'a access::Grant,
        end: bool,
        by: &'a Arc<Atom>,
    },
    Membership(&'a Membership),
}

/// All columns on the way to the user.
pub(super) struct Ways<'a> {
    access: &'a Access,
    signed_in: &'a str,
    steps: BTreeMap<ColumnRef, Vec<Step<'a>>>,
}

impl<'a> Ways<'a> {
    /// `holders` says of each membership whom it counts for, where that is a condition.
    pub(super) fn new(model: &'a Model, access: &'a Access, holders: &'a [(&'a Membership, Predicate)]) -> Ways<'a> {
        let signed_in = model.identity.signed_in_role.as_str();
        let mut ways = Ways { access, signed_in, steps: BTreeMap::new() };
        for access in access.tables.values() {
            for role in access.sessions.get(signed_in).into_iter().flatten() {
                for (&operation, grants) in role.operations.iter() {
                    for grant in grants {
                        ways.grant(model, access, role, operation, grant);
                    }
                }
            }
        }
        for (membership, holder) in holders {
            holder.for_each_shared(&mut |atom| ways.nested(model, atom, Reads::Membership(membership)));
        }
        ways
    }

    /// Whether a column of the table is on the way.
    pub(super) fn reads(&self, table: TableId) -> bool {
        let first = ColumnRef { table, column: 0 };
        self.steps.range(first..).next().is_some_and(|(column, _)| column.table == table)
    }

    fn grant(
        &mut self,
        model: &Model,
        access: &'a access::TableAccess,
        role: &'a RoleAccess,
        operation: Operation,
        grant: &'a access::Grant,
    ) {
        let end = operation == Operation::Create;
        let bounds = access.boundaries.iter().filter(|boundary| boundary.holds_for(self.signed_in, operation));
        let bounds = bounds.flat_map(|boundary| boundary.predicates.iter().map(|(predicate, _)| predicate));
        for predicate in bounds.chain([&role.held, if end { &grant.after } else { &grant.before }]) {
            self.predicate(model, predicate, |by| Reads::Grant { role, operation, grant, end, by });
        }
        if operation == Operation::Update && grant.after != grant.before {
            self.predicate(model, &grant.after, |by| Reads::Grant { role, operation, grant, end: true, by });
        }
    }

    fn predicate(&mut self, model: &Model, predicate: &'a Predicate, reads: impl Fn(&'a Arc<Atom>) -> Reads<'a>) {
        predicate.for_each_shared(&mut |atom| {
            let reader = reads(atom);
            for path in to_user(model, atom) {
                // A new record, and where a step ends, has what the statement itself gives it.
                let is_written_there = matches!(reader, Reads::Grant { end: true, .. });
                self.path(model, path, atom, reader, usize::from(is_written_there), true);
            }
            self.within(model, atom, reader);
        });
    }

    /// What a statement about other rows asks of them.
    fn within(&mut self, model: &Model, atom: &Atom, reader: Reads<'a>) {
        let Atom::Exists(exists) = atom else { return };
        // The rules of the other record are asked themselves.
        if !exists.negated && exists.delegates.is_none() {
            exists.predicate.for_each_shared(&mut |atom| self.nested(model, atom, reader));
        }
    }

    fn nested(&mut self, model: &Model, atom: &Arc<Atom>, reader: Reads<'a>) {
        for path in to_user(model, atom) {
            // Who makes and changes the row that is looked at is a matter of memberships.
            self.path(model, path, atom, reader, 1, false);
        }
        self.within(model, atom, reader);
    }

    fn path(&mut self, model: &Model, path: &Path, atom: &Arc<Atom>, reader: Reads<'a>, from: usize, is_of_record: bool) {
        let (mut taken, mut rest) = (Vec::new(), Some(path.clone()));
        while let Some(current) = rest {
            let column = super::first(&current);
            let table = model.catalog.table(column.table);
            let is_key =
                |column: u32| column_of(column, current.table) == model.identity.user_key || table.primary_key.contains(&column);
            if taken.len() >= from {
                for stored in table.stored(column.column).into_iter().filter(|&stored| !is_key(stored)) {
                    let step = Step {
                        reader,
                        path: path.clone(),
                        before: is_of_record.then(|| taken.clone()),
                        rest: with_path(atom, path, &current),
                    };
                    self.steps.entry(ColumnRef { column: stored, ..column }).or_default().push(step);
                }
            }
            rest = current.after_first_hop().map(|(hop, after)| {
                taken.push(hop);
                after
            });
        }
    }
}

fn column_of(column: u32, table: TableId) -> ColumnRef {
    ColumnRef { table, column }
}

/// The paths by which a statement leads from its record to the user.
fn to_user<'p>(model: &Model, atom: &'p Atom) -> Vec<&'p Path> {
    let is_of_user = |value: &Value| value.mentions_user() || model.is_user(value);
    let leads = match atom.without_case() {
        Atom::Compare { left, operator: Comparison::Equal, right } => is_of_user(left) || is_of_user(right),
        Atom::Member { negated, .. } => !negated,
        Atom::Contains { array, element, negated } => !negated && (is_of_user(array) || is_of_user(element)),
        Atom::Has { whole, of, negated, .. } => {
            let is_users = [whole, of].into_iter().any(|list| list.set().is_some() || list.value().is_some_and(is_of_user));
            !negated && is_users
        }
        Atom::Exists(exists) => exists.of_user && !exists.negated,
        _ => false,
    };
    if leads { atom.record_paths() } else { Vec::new() }
}

/// The statement with another path in the place of one; `None` for one about other rows.
fn with_path(atom: &Atom, path: &Path, other: &Path) -> Option<Arc<Atom>> {
    if matches!(atom, Atom::Exists(_)) {
        return None;
    }
    let mut changed = atom.clone();
    for value in changed.values_mut() {
        if matches!(value, Value::Record(own) if own == path) {
            *value = Value::Record(other.clone());
        }
    }
    Some(Arc::new(changed))
}

impl<'a> Search<'a> {
    /// Who reads a column that the grant lets be written, and what by: the writer has by it what they would not have.
    pub(super) fn leads(&self, grant: &Grant<'_>) -> Option<What<'a>> {
        let is_own = |case: &Conjunction| case.iter().any(|atom| !to_user(self.model, atom).is_empty());
        // Nothing leads to a new row, and who changes the rows of others by a role of their own manages them.
        if grant.operation != Operation::Update || !(grant.is_for_all() || grant.before.iter().all(is_own)) {
            return None;
        }
        let of_table = column_of(0, grant.table)..=column_of(u32::MAX, grant.table);
        let written = self.ways.steps.range(of_table).filter(|(column, _)| grant.names(**column));
        let steps = written.flat_map(|(column, steps)| steps.iter().map(move |step| (*column, step)));
        let is_open = |column, step: &Step<'_>| {
            let rest: Vec<Arc<Atom>> = step.rest.iter().cloned().collect();
            let is_free = |case: &&Conjunction| !limits(&self.model.catalog, case, column) && allows(case, &rest);
            grant.after.iter().any(|case| is_free(&case))
        };
        let mut found = steps.filter(|(column, step)| is_open(*column, step) && self.is_gain(grant, step));
        found.next().map(|(column, step)| {
            let reader = match step.reader {
                Reads::Grant { grant, .. } => Reader::Rule(self.model.rule(grant.id)),
                Reads::Membership(membership) => Reader::Membership(membership),
            };
            What::Leads(column, step.path.clone(), reader)
        })
    }

    /// Whether what reads the column gives the writer more than all grants do already.
    fn is_gain(&self, written: &Grant<'_>, step: &Step<'a>) -> bool {
        let Reads::Grant { role, operation, grant, end, by } = step.reader else { return true };
        if !written.is_for_all() && !is_for(&role.role, written.role) {
            return false;
        }
        let signed_in = self.ways.signed_in;
        let Some(access) = self.ways.access.tables.get(&grant.id.table) else { return false };
        let bound = access.bound(signed_in, operation);
        let state = |grant: &access::Grant| if end { grant.after.clone() } else { grant.before.clone() };
        let asked = without(&Predicate::all([role.held.clone(), bound.clone(), state(grant)]), by);
        let reached = match &step.before {
            Some(hops) => from(&written.reached, grant.id.table, hops),
            None => Predicate::Always,
        };
        let left = simplify(Predicate::all([asked, reached]));
        if left == Predicate::Never {
            return false;
        }
        let others = access.grants(signed_in, operation);
        let columns = 0..u32::try_from(self.model.catalog.table(grant.id.table).columns.len()).unwrap_or_default();
        let naming = |column: u32| (0..others.len()).filter(|&other| others[other].names(column)).collect::<Vec<usize>>();
        let ways: BTreeSet<Vec<usize>> = columns.filter(|&column| grant.names(column)).map(naming).collect();
        ways.iter().any(|naming| {
            let any = Predicate::any(naming.iter().map(|&other| state(&others[other])));
            !implies(&left, &simplify(Predicate::all([bound.clone(), any]))).is_proved()
        })
    }
}

/// A predicate where one statement is true.
fn without(predicate: &Predicate, known: &Arc<Atom>) -> Predicate {
    match predicate {
        Predicate::All(parts) => Predicate::all(parts.iter().map(|part| without(part, known))),
        Predicate::Any(parts) => Predicate::any(parts.iter().map(|part| without(part, known))),
        Predicate::Atom(atom) if atom == known => Predicate::Always,
        other => other.clone(),
    }
}

/// What is true of a row, said of the record that leads to it. What cannot be said so is left out.
fn from(predicate: &Predicate, table: TableId, hops: &[Hop]) -> Predicate {
    match predicate {
        Predicate::All(parts) => Predicate::all(parts.iter().map(|part| from(part, table, hops))),
        Predicate::Any(parts) => Predicate::any(parts.iter().map(|part| from(part, table, hops))),
        Predicate::Atom(atom) if hops.is_empty() => Predicate::Atom(atom.clone()),
        Predicate::Atom(atom) => said_from(atom, table, hops).map_or(Predicate::Always, Predicate::from),
        other => other.clone(),
    }
}

fn said_from(atom: &Atom, table: TableId, hops: &[Hop]) -> Option<Atom> {
    let (last, earlier) = hops.split_last()?;
    let lead = |path: &Path| match path.hops.is_empty() && path.column == last.target {
        true => Path { table, hops: earlier.to_vec(), column: last.foreign_key },
        false => Path { table, hops: hops.iter().chain(&path.hops).copied().collect(), column: path.column },
    };
    if atom.is_opaque() || atom.speaks_of_former() {
        return None;
    }
    let mut said = atom.clone();
    for value in said.values_mut() {
        if let Value::Record(path) = value {
            *path = lead(path);
        }
    }
    if let Atom::Exists(exists) = &mut said {
        let is_plain = |exists: &Exists| exists.enough == Enough::ONE && exists.predicate.outer_paths().is_empty();
        if !is_plain(exists) || exists.climb.is_some() {
            return None;
        }
        let link = exists.link.as_mut()?;
        link.path = lead(&link.path);
    }
    Some(said)
}

/// Whom memberships count for, where a condition says it.
pub(super) fn holders(model: &Model) -> Vec<(&Membership, Predicate)> {
    let said = |membership: &'_ Membership| match &membership.holder {
        Holder::Where(condition) => Some(Predicate::of(model, condition)),
        Holder::User(_) => None,
    };
    model.memberships.iter().filter_map(|membership| Some((membership, said(membership)?))).collect()
}
