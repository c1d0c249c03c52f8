//! Which grants a trigger has to tell apart: of which roles, by which fields, and which columns it then reads. In: what may be done with a table. Out:
//! [`StepTrigger`]s.

use std::collections::{BTreeMap, BTreeSet};

use super::permissions::Permissions;
use crate::access::decide::{implies, simplify};
use crate::access::{Grant, Predicate, TableAccess, former_columns, own_columns};
use crate::catalog::Table;
use crate::model::Operation;

/// What the sessions of a database role may do, grant by grant.
#[derive(Debug, Clone)]
pub struct Arm {
    /// The database role.
    pub role: String,
    /// Its grants.
    pub grants: Vec<Grant>,
}

/// Fields that the same grants name.
#[derive(Debug)]
pub struct FieldClass {
    /// The fields.
    pub columns: Vec<u32>,
    /// Positions of the grants that name them, for each arm.
    pub granting: Vec<Vec<usize>>,
}

/// A trigger of one table and operation.
#[derive(Debug)]
pub struct StepTrigger {
    /// Create or update.
    pub operation: Operation,
    /// One for each database role that may do it.
    pub arms: Vec<Arm>,
    /// The fields that some grants name and others do not.
    pub classes: Vec<FieldClass>,
    /// Of a trigger for what the statement assigns: these columns, which the project's own triggers write, too.
    pub assigned: Vec<u32>,
}

/// The columns of the two rows that predicates read.
pub(crate) struct Columns {
    pub(crate) before: BTreeSet<u32>,
    pub(crate) after: BTreeSet<u32>,
}

/// The triggers of a table, where the policies cannot say it without. What the project's own triggers write counts as changed only where the statement
/// assigns it, which PostgreSQL tells by firing a trigger of these columns (manual, CREATE TRIGGER, `UPDATE OF`).
pub(super) fn triggers(table: &Table, access: &TableAccess, permissions: &BTreeMap<String, Permissions>) -> Vec<StepTrigger> {
    let of_operation = |operation| triggers_of(table, arms(access, permissions, operation), operation);
    [Operation::Create, Operation::Update].into_iter().flat_map(of_operation).collect()
}

fn triggers_of(table: &Table, arms: Vec<Arm>, operation: Operation) -> Vec<StepTrigger> {
    if arms.is_empty() {
        return Vec::new();
    }
    let is_set = |column: u32| operation == Operation::Update && table.columns[column as usize].set_by_trigger;
    let all_classes = field_classes(&arms, table, |_| true);
    let assigned: Vec<u32> =
        all_classes.iter().flat_map(|class| &class.columns).copied().filter(|&column| is_set(column)).collect();
    let classes = field_classes(&arms, table, |column| !is_set(column));
    let mut all = vec![StepTrigger { operation, arms: arms.clone(), classes, assigned: Vec::new() }];
    if !assigned.is_empty() {
        all.push(StepTrigger { operation, arms, classes: all_classes, assigned });
    }
    all
}

/// What each database role may do with an operation. Where boundaries differ between them, each comes with its own; else the policies have asked.
fn arms(access: &TableAccess, permissions: &BTreeMap<String, Permissions>, operation: Operation) -> Vec<Arm> {
    let bounds: BTreeSet<Predicate> = permissions.keys().map(|role| access.bound(role, operation)).collect();
    let mut arms = Vec::new();
    for (role, granted) in permissions {
        let Some(grants) = granted.get(&operation).and_then(|permission| permission.apart.as_ref()) else { continue };
        let bound = access.bound(role, operation);
        let within = |predicate: &Predicate| match bounds.len() {
            0 | 1 => predicate.clone(),
            _ => simplify(Predicate::all([predicate.clone(), bound.clone()])),
        };
        let grant = |grant: &Grant| Grant { before: within(&grant.before), after: within(&grant.after), ..grant.clone() };
        arms.push(Arm { role: role.clone(), grants: grants.iter().map(grant).collect() });
    }
    arms
}

/// The fields that some grants of some role name and others do not: those that the same grants name, together. What no grant names is closed by
/// the column lists.
fn field_classes(arms: &[Arm], table: &Table, is_asked: impl Fn(u32) -> bool) -> Vec<FieldClass> {
    let mut classes: Vec<FieldClass> = Vec::new();
    for (column, entry) in (0u32..).zip(&table.columns) {
        let naming = |arm: &Arm| (0..arm.grants.len()).filter(|&index| arm.grants[index].names(column)).collect();
        let granting: Vec<Vec<usize>> = arms.iter().map(naming).collect();
        let is_named = granting.iter().any(|granting| !granting.is_empty());
        let by_all = std::iter::zip(arms, &granting).all(|(arm, granting)| granting.len() == arm.grants.len());
        if entry.generated || !is_named || by_all || !is_asked(column) {
            continue;
        }
        match classes.iter_mut().find(|class| class.granting == granting) {
            Some(class) => class.columns.push(column),
            None => classes.push(FieldClass { columns: vec![column], granting }),
        }
    }
    classes
}

impl StepTrigger {
    /// Whether there is a record before and one after.
    pub fn is_update(&self) -> bool {
        self.operation == Operation::Update
    }

    /// The columns on which an update depends. `None` where it has to be asked about each: when nothing of them changes, and each grant leads to
    /// where it starts, USING has said all.
    pub(crate) fn watched(&self, table: &Table) -> Option<Vec<u32>> {
        let stays = |grant: &Grant| implies(&grant.before, &grant.after).is_proved();
        let is_told = self.is_update() && self.arms.iter().all(|arm| arm.grants.iter().all(stays));
        let stored = |column: &u32| !table.columns[*column as usize].generated;
        is_told.then(|| self.columns(table).into_iter().filter(stored).collect())
    }

    /// All columns that the trigger mentions.
    pub(crate) fn columns(&self, table: &Table) -> BTreeSet<u32> {
        let mut all: BTreeSet<u32> = self.classes.iter().flat_map(|class| &class.columns).copied().collect();
        for arm in &self.arms {
            let Columns { before, after } = self.columns_of(table, &arm.grants);
            all.extend(before);
            all.extend(after);
            // What raw SQL reads is not known.
            let is_opaque = |predicate: &Predicate| {
                let mut found = false;
                predicate.for_each_atom(&mut |atom| found |= atom.is_opaque());
                found
            };
            if arm.grants.iter().any(|grant| is_opaque(&grant.before) || is_opaque(&grant.after)) {
                all.extend((0u32..).zip(&table.columns).map(|(index, _)| index));
            }
        }
        all
    }

    /// The columns that a function about these grants has to be given.
    pub(crate) fn columns_of(&self, table: &Table, grants: &[Grant]) -> Columns {
        let mut columns = Columns { before: BTreeSet::new(), after: BTreeSet::new() };
        for grant in grants {
            if self.is_update() {
                grant.before.for_each_atom(&mut |atom| columns.before.extend(own_columns(table, atom)));
            }
            grant.after.for_each_atom(&mut |atom| columns.after.extend(own_columns(table, atom)));
            columns.before.extend(former_columns(table, &grant.after));
        }
        columns
    }
}
