//! What the user belongs to. In: the rows of a membership that count. Out: the keys of what they are within, and, where the membership says so, of all that is
//! beneath: each row once, so that a circle in the data ends.

use std::collections::HashSet;

use super::{Datum, Evaluator, Row};
use crate::model::{MembershipId, RoleId, Set};

impl Evaluator<'_> {
    /// The keys of what the user belongs to, or holds one of `roles` in.
    pub(super) fn scopes(&self, id: MembershipId, roles: Option<&[RoleId]>) -> Vec<Datum> {
        let membership = self.model.membership(id);
        let Some(within) = membership.within else { return Vec::new() };
        let own = self.memberships(id, roles).filter_map(|row| self.cell(within, row));
        let mut keys: Vec<Datum> = own.filter(|key| !key.is_null()).collect();
        let Some(parent) = membership.below else { return keys };
        let (mut found, mut next): (HashSet<*const Row>, _) = (HashSet::new(), 0);
        while let Some(key) = keys.get(next).cloned() {
            next += 1;
            let beneath: Vec<&Row> = self.find(parent.foreign_key, &key).collect();
            let new = beneath.into_iter().filter(|row| found.insert(std::ptr::from_ref(*row)));
            keys.extend(new.filter_map(|row| self.cell(parent.target, row)).filter(|key| !key.is_null()));
        }
        keys
    }

    /// What a membership gives the user, without empty elements.
    pub(super) fn set(&self, set: &Set) -> Vec<Datum> {
        let keys = self.scopes(set.membership, set.roles.as_deref());
        let Some(tail) = &set.tail else { return keys };
        let within = self.model.membership(set.membership).within;
        let Some(target) = within.and_then(|within| self.model.catalog.column(within).references) else { return Vec::new() };
        let values = keys.iter().filter_map(|key| self.find(target, key).next().and_then(|row| self.path(tail, row)));
        values.filter(|value| !value.is_null()).collect()
    }
}
