//! Which role may do more than which. In: the grants of all roles. Out: an order, in which most roles do not stand above each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::decide::implies;
use crate::access::{Access, Grant, RoleAccess};
use crate::catalog::TableId;
use crate::model::{Model, Operation, RoleId, RoleUse, Scope, Subject};

/// What each role is given.
pub(super) struct Rank<'a> {
    model: &'a Model,
    uses: BTreeMap<Subject, Vec<(TableId, &'a RoleAccess)>>,
}

impl<'a> Rank<'a> {
    pub(super) fn new(model: &'a Model, access: &'a Access) -> Rank<'a> {
        let mut uses: BTreeMap<Subject, Vec<(TableId, &RoleAccess)>> = BTreeMap::new();
        for (&table, access) in &access.tables {
            for role in access.roles() {
                uses.entry(role.role.subject).or_default().push((table, role));
            }
        }
        Rank { model, uses }
    }

    /// Whether who holds `role` holds `other` too.
    pub(super) fn includes(&self, role: RoleId, other: RoleId) -> bool {
        self.model.holders(other).contains(&role)
    }

    /// Whether `role` may do something that `other` may not, and is given at least as many operations on as many tables. That `other` manages
    /// one of them counts for nothing.
    pub(super) fn is_above(&self, role: RoleId, other: RoleId, managed: TableId) -> bool {
        let own = self.operations(role);
        let others = self.operations(other);
        others.iter().all(|granted| granted.0 == managed || own.contains(granted)) && !self.covers(other, role)
    }

    /// Whether `role` may do all that `other` may, within the same scopes, and boundaries spare it as they spare the other.
    pub(super) fn covers(&self, role: RoleId, other: RoleId) -> bool {
        let (mut own, others) = (self.included(role), self.included(other));
        own.extend([Subject::Anyone, Subject::Authenticated]);
        let is_granted = |&(table, access): &(TableId, &RoleAccess)| {
            let by_own = |operation: Operation, grant: &Grant| {
                let all = self.of(&own).filter(|(other, own)| *other == table && reaches(&own.role.scope, &access.role.scope));
                all.flat_map(|(_, own)| own.operations.get(&operation).into_iter().flatten()).any(|own| contains(own, grant))
            };
            access.operations.iter().all(|(operation, grants)| grants.iter().all(|grant| by_own(*operation, grant)))
        };
        let is_spared = |except: &[RoleUse]| {
            let spares = |roles: &BTreeSet<Subject>| except.iter().any(|role| roles.contains(&role.subject));
            spares(&own) || !spares(&others)
        };
        self.of(&others).all(|used| is_granted(&used))
            && self
                .model
                .boundaries
                .iter()
                .flat_map(|boundary| boundary.tables.values().flatten())
                .all(|clause| is_spared(&clause.except))
    }

    /// Whether boundaries spare who holds a role.
    pub(super) fn is_spared(&self, subject: Subject, except: &[RoleUse]) -> bool {
        let Subject::Role(role) = subject else { return except.iter().any(|other| other.subject == subject) };
        let own = self.included(role);
        except.iter().any(|other| own.contains(&other.subject))
    }

    fn operations(&self, role: RoleId) -> BTreeSet<(TableId, Operation)> {
        let included = self.included(role);
        self.of(&included).flat_map(|(table, access)| access.operations.keys().map(move |&key| (table, key))).collect()
    }

    fn of<'s>(&'s self, subjects: &'s BTreeSet<Subject>) -> impl Iterator<Item = (TableId, &'a RoleAccess)> + 's {
        subjects.iter().filter_map(|subject| self.uses.get(subject)).flatten().copied()
    }

    /// A role and all that it includes.
    fn included(&self, role: RoleId) -> BTreeSet<Subject> {
        let all = (0u32..).map(RoleId).take(self.model.roles.len());
        all.filter(|&other| self.includes(role, other)).map(Subject::Role).collect()
    }
}

/// Whether a role that is held so is held wherever one is that is held as `other` says.
fn reaches(scope: &Scope, other: &Scope) -> bool {
    *scope == Scope::Unscoped || scope == other
}

fn contains(grant: &Grant, other: &Grant) -> bool {
    let fields = match (&grant.fields, &other.fields) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(others)) => others.iter().all(|column| own.contains(column)),
    };
    fields && implies(&other.before, &grant.before).is_proved() && implies(&other.after, &grant.after).is_proved()
}
